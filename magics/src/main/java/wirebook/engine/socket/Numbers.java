package wirebook.engine.socket;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import wirebook.trace.Bytes;

/** Numbers in the machine's byte order, as the system's structures have them. */
public final class Numbers {
  private Numbers() {}

  public static int int32(Bytes bytes, int at) {
    return buffer(bytes).getInt(at);
  }

  public static long uint32(Bytes bytes, int at) {
    return Integer.toUnsignedLong(int32(bytes, at));
  }

  public static long int64(Bytes bytes, int at) {
    return buffer(bytes).getLong(at);
  }

  public static int uint16(Bytes bytes, int at) {
    return Short.toUnsignedInt(buffer(bytes).getShort(at));
  }

  /** A buffer of {@code size} zeros to write such numbers into. */
  public static ByteBuffer room(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.nativeOrder());
  }

  /** All of a buffer's bytes, written or not. */
  public static Bytes bytes(ByteBuffer room) {
    byte[] all = new byte[room.capacity()];
    room.get(0, all);
    return Bytes.of(all);
  }

  private static ByteBuffer buffer(Bytes bytes) {
    return bytes.buffer().order(ByteOrder.nativeOrder());
  }
}
