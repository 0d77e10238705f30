package wirebook.engine.http.server.httpbin;

import java.io.ByteArrayOutputStream;
import wirebook.trace.Bytes;

/**
 * Brotli streams (RFC 7932) of uncompressed meta-blocks: every decoder reads them, they are just
 * not shorter. The JDK has no Brotli, and a label without the coding would be a lie.
 */
public final class Brotli {
  private static final int LONGEST_BLOCK = 1 << 16;

  private Brotli() {}

  public static Bytes stored(Bytes content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] bytes = content.toArray();
    // Window of 16 bits (one 0 bit), then a block: not last, length - 1 in 4 nibbles, uncompressed;
    // 20 bits, filled up to 24. Later blocks have no window bit.
    boolean first = true;
    for (int at = 0; at < bytes.length; at += LONGEST_BLOCK) {
      int length = Math.min(LONGEST_BLOCK, bytes.length - at);
      int header = (length - 1) << 3 | 1 << 19;
      int bits = first ? header << 1 : header;
      out.write(bits);
      out.write(bits >>> 8);
      out.write(bits >>> 16);
      out.write(bytes, at, length);
      first = false;
    }
    // The last block, empty: two 1 bits, after the window bit when nothing came before.
    out.write(first ? 0b110 : 0b11);
    return Bytes.of(out.toByteArray());
  }
}
