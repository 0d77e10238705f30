package wirebook.trace;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** An immutable run of bytes, as it was on the wire. */
public final class Bytes {
  public static final Bytes EMPTY = new Bytes(new byte[0]);

  private final byte[] content;

  private Bytes(byte[] content) {
    this.content = content;
  }

  /** Copies {@code bytes}. */
  public static Bytes of(byte[] bytes) {
    return bytes.length == 0 ? EMPTY : new Bytes(bytes.clone());
  }

  /** Copies {@code length} bytes from {@code offset} on. */
  public static Bytes of(byte[] bytes, int offset, int length) {
    return length == 0 ? EMPTY : new Bytes(Arrays.copyOfRange(bytes, offset, offset + length));
  }

  /** All of them, one behind the other. */
  public static Bytes joined(List<Bytes> parts) {
    byte[] all = new byte[parts.stream().mapToInt(Bytes::length).sum()];
    int at = 0;
    for (Bytes part : parts) {
      System.arraycopy(part.content, 0, all, at, part.content.length);
      at += part.content.length;
    }
    return all.length == 0 ? EMPTY : new Bytes(all);
  }

  /** The UTF-8 form of {@code text}. */
  public static Bytes utf8(String text) {
    return new Bytes(text.getBytes(StandardCharsets.UTF_8));
  }

  public int length() {
    return content.length;
  }

  public boolean isEmpty() {
    return content.length == 0;
  }

  /** The byte at {@code index} as a number from 0 to 255. */
  public int at(int index) {
    return content[index] & 0xff;
  }

  public byte[] toArray() {
    return content.clone();
  }

  /** A read-only view, without a copy. */
  public ByteBuffer buffer() {
    return ByteBuffer.wrap(content).asReadOnlyBuffer();
  }

  public Bytes slice(int from, int to) {
    return of(content, from, to - from);
  }

  public Bytes plus(Bytes more) {
    byte[] joined = Arrays.copyOf(content, content.length + more.content.length);
    System.arraycopy(more.content, 0, joined, content.length, more.content.length);
    return new Bytes(joined);
  }

  /** The bytes read as UTF-8; what is not UTF-8 becomes U+FFFD. */
  public String text() {
    return text(StandardCharsets.UTF_8);
  }

  /** Whether they are text in UTF-8. */
  public boolean isUtf8() {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(buffer());
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }

  public String text(Charset charset) {
    return new String(content, charset);
  }

  /** Lower-case hex digits without separators. */
  public String hex() {
    return HexFormat.of().formatHex(content);
  }

  /**
   * Sixteen bytes a line: offset, hex, and the printable ASCII characters, as {@code hexdump -C}
   * prints them.
   */
  public String hexdump() {
    StringBuilder out = new StringBuilder();
    for (int line = 0; line < content.length; line += 16) {
      out.append(String.format("%08x ", line));
      for (int i = line; i < line + 16; i++) {
        out.append(i % 16 == 8 ? "  " : " ");
        out.append(i < content.length ? String.format("%02x", at(i)) : "  ");
      }
      out.append("  |");
      for (int i = line; i < Math.min(line + 16, content.length); i++) {
        out.append(at(i) >= 0x20 && at(i) < 0x7f ? (char) at(i) : '.');
      }
      out.append("|\n");
    }
    return out.toString();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Bytes bytes && Arrays.equals(content, bytes.content);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(content);
  }

  /** The length and at most the first 32 bytes, in hex. */
  @Override
  public String toString() {
    String shown = HexFormat.ofDelimiter(" ").formatHex(content, 0, Math.min(32, content.length));
    return content.length
        + " bytes"
        + (isEmpty() ? "" : ": " + shown + (content.length > 32 ? " …" : ""));
  }
}
