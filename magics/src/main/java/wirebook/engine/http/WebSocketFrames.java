package wirebook.engine.http;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The WebSocket frames that a server sends (RFC 6455 section 5), as the bytes come. Not safe for
 * use by several threads.
 */
public final class WebSocketFrames {
  public static final int BINARY = 2;
  public static final int CLOSE = 8;
  public static final int PING = 9;
  public static final int PONG = 10;

  private static final int MAX_CONTROL = 125;

  /** Gets what the frames hold. */
  public interface Sink {
    /** A piece of a message. */
    void data(byte[] bytes, int offset, int length) throws HttpFailure;

    /** A whole control frame. */
    void control(int opcode, byte[] payload) throws HttpFailure;
  }

  private final byte[] head = new byte[10];
  private int headLength;
  private int opcode;
  private long left;
  private byte[] control = new byte[0];

  private int wanted() {
    int size = headLength < 2 ? 0 : head[1] & 127;
    return size < 126 ? 2 : size == 126 ? 4 : 10;
  }

  public void feed(byte[] bytes, int offset, int length, Sink sink) throws HttpFailure {
    int pos = offset;
    int end = offset + length;
    while (pos < end) {
      if (headLength < wanted()) {
        head[headLength++] = bytes[pos++];
        if (headLength == wanted()) {
          begin(sink);
        }
        continue;
      }
      int n = (int) Math.min(left, end - pos);
      if (opcode < CLOSE) {
        sink.data(bytes, pos, n);
      } else {
        System.arraycopy(bytes, pos, control, control.length - (int) left, n);
      }
      pos += n;
      left -= n;
      endIfWhole(sink);
    }
  }

  private void begin(Sink sink) throws HttpFailure {
    opcode = head[0] & 15;
    if ((head[0] & 0x70) != 0) {
      throw bad("invalid reserved bits");
    }
    if ((opcode > 2 && opcode < CLOSE) || opcode > PONG) {
      throw bad("invalid opcode");
    }
    if ((head[1] & 128) != 0) {
      throw bad("masked input frame");
    }
    left = head[1] & 127;
    if (headLength > 2) {
      left = 0;
      for (int i = 2; i < headLength; i++) {
        left = left << 8 | (head[i] & 255);
      }
    }
    if (left < 0) {
      throw bad("frame length longer than 63 bits not supported");
    }
    if (opcode >= CLOSE) {
      if (left > MAX_CONTROL) {
        throw bad("received control frame is too big");
      }
      control = new byte[(int) left];
    }
    endIfWhole(sink);
  }

  private void endIfWhole(Sink sink) throws HttpFailure {
    if (left > 0) {
      return;
    }
    headLength = 0;
    if (opcode >= CLOSE) {
      sink.control(opcode, control);
    }
  }

  private static HttpFailure bad(String what) {
    return new HttpFailure(CurlCode.RECV_ERROR, "[WS] " + what);
  }

  /**
   * A whole message in one frame as a client sends it (RFC 6455, section 5.2).
   *
   * @param mask four bytes
   */
  public static byte[] frame(int opcode, byte[] payload, byte[] mask) {
    int n = payload.length;
    int lengthBytes = n < 126 ? 0 : n < 0x10000 ? 2 : 8;
    ByteBuffer frame = ByteBuffer.allocate(2 + lengthBytes + 4 + n);
    frame.put((byte) (0x80 | opcode));
    switch (lengthBytes) {
      case 0 -> frame.put((byte) (0x80 | n));
      case 2 -> frame.put((byte) (0x80 | 126)).putShort((short) n);
      default -> frame.put((byte) (0x80 | 127)).putLong(n);
    }
    frame.put(mask, 0, 4);
    for (int i = 0; i < n; i++) {
      frame.put((byte) (payload[i] ^ mask[i % 4]));
    }
    return frame.array();
  }

  /**
   * A control frame as a client sends it.
   *
   * @param mask four bytes
   */
  public static byte[] control(int opcode, byte[] payload, byte[] mask) {
    return frame(opcode, Arrays.copyOf(payload, Math.min(payload.length, MAX_CONTROL)), mask);
  }
}
