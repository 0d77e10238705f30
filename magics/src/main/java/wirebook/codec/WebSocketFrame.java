package wirebook.codec;

import java.nio.ByteBuffer;

/**
 * The head of a frame of a WebSocket (RFC 6455 §5.2).
 *
 * @param fin whether the message ends with it
 * @param reserved its three reserved bits, 4 for the first
 * @param mask what the payload is masked with, 0 also when it is not
 * @param length of the payload behind it; negative where its first bit, against the rule, is set
 */
public record WebSocketFrame(
    boolean fin, int reserved, int opcode, boolean masked, int mask, long length) {
  public static final int BINARY = 2;
  public static final int CLOSE = 8;
  public static final int PING = 9;
  public static final int PONG = 10;

  /** How long a control frame's payload may be. */
  public static final int MAX_CONTROL = 125;

  private static final int MASKED = 0x80;

  /** How long the head is that begins with so many known bytes, or at least is. */
  public static int headSize(byte[] head, int known) {
    return known < 2 ? 2 : lengthEnd(head) + ((head[1] & MASKED) != 0 ? 4 : 0);
  }

  private static int lengthEnd(byte[] head) {
    int size = head[1] & 127;
    return size < 126 ? 2 : size == 126 ? 4 : 10;
  }

  /** Reads a whole head. */
  public static WebSocketFrame read(byte[] head) {
    ByteBuffer bytes = ByteBuffer.wrap(head);
    int end = lengthEnd(head);
    boolean masked = (head[1] & MASKED) != 0;
    return new WebSocketFrame(
        head[0] < 0,
        head[0] >> 4 & 7,
        head[0] & 15,
        masked,
        masked ? bytes.getInt(end) : 0,
        end == 2 ? head[1] & 127 : end == 4 ? bytes.getShort(2) & 0xffff : bytes.getLong(2));
  }

  /** Takes the mask off the beginning of the payload, or puts it on. */
  public void mask(byte[] payload, int offset, int count) {
    for (int i = 0; i < count; i++) {
      payload[offset + i] ^= (byte) (mask >> (24 - 8 * (i % 4)));
    }
  }

  /** A whole message in one frame as a client sends it. */
  public static byte[] message(int opcode, byte[] payload, int mask) {
    int n = payload.length;
    int lengthBytes = n < 126 ? 0 : n < 0x10000 ? 2 : 8;
    ByteBuffer frame = ByteBuffer.allocate(2 + lengthBytes + 4 + n);
    frame.put((byte) (0x80 | opcode));
    switch (lengthBytes) {
      case 0 -> frame.put((byte) (MASKED | n));
      case 2 -> frame.put((byte) (MASKED | 126)).putShort((short) n);
      default -> frame.put((byte) (MASKED | 127)).putLong(n);
    }
    frame.putInt(mask).put(payload);
    new WebSocketFrame(true, 0, opcode, true, mask, n).mask(frame.array(), frame.capacity() - n, n);
    return frame.array();
  }
}
