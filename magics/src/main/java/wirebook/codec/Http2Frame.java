package wirebook.codec;

import java.io.ByteArrayOutputStream;
import java.util.List;

/**
 * The head of a frame of HTTP/2 (RFC 9113 §4.1).
 *
 * @param length of the payload behind it
 * @param stream 0 for the connection as a whole
 */
public record Http2Frame(int length, int type, int flags, int stream) {
  /** Bytes of a head. */
  public static final int SIZE = 9;

  public static final int DATA = 0;
  public static final int HEADERS = 1;
  public static final int RST_STREAM = 3;
  public static final int SETTINGS = 4;
  public static final int PUSH_PROMISE = 5;
  public static final int PING = 6;
  public static final int GOAWAY = 7;
  public static final int WINDOW_UPDATE = 8;
  public static final int CONTINUATION = 9;

  public static final int END_STREAM = 1;
  public static final int ACK = 1;
  public static final int END_HEADERS = 4;
  public static final int PADDED = 8;
  public static final int PRIORITY = 0x20;

  /** What a client says first (RFC 9113 §3.4). */
  public static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

  private static final List<String> NAMES =
      List.of(
          "DATA",
          "HEADERS",
          "PRIORITY",
          "RST_STREAM",
          "SETTINGS",
          "PUSH_PROMISE",
          "PING",
          "GOAWAY",
          "WINDOW_UPDATE",
          "CONTINUATION");

  private static final List<String> PARAMETERS =
      List.of(
          "",
          "HEADER_TABLE_SIZE",
          "ENABLE_PUSH",
          "MAX_CONCURRENT_STREAMS",
          "INITIAL_WINDOW_SIZE",
          "MAX_FRAME_SIZE",
          "MAX_HEADER_LIST_SIZE",
          "",
          "ENABLE_CONNECT_PROTOCOL");

  private static final List<String> ERRORS =
      List.of(
          "NO_ERROR",
          "PROTOCOL_ERROR",
          "INTERNAL_ERROR",
          "FLOW_CONTROL_ERROR",
          "SETTINGS_TIMEOUT",
          "STREAM_CLOSED",
          "FRAME_SIZE_ERROR",
          "REFUSED_STREAM",
          "CANCEL",
          "COMPRESSION_ERROR",
          "CONNECT_ERROR",
          "ENHANCE_YOUR_CALM",
          "INADEQUATE_SECURITY",
          "HTTP_1_1_REQUIRED");

  /** Reads the head that begins there. */
  public static Http2Frame read(byte[] bytes, int at) {
    return new Http2Frame(
        number(bytes, at) >>> 8, bytes[at + 3] & 0xff, bytes[at + 4] & 0xff, id(bytes, at + 5));
  }

  /** Writes the head, and the payload that begins at {@code offset}. */
  public void write(ByteArrayOutputStream out, byte[] payload, int offset) {
    out.writeBytes(number(length << 8 | type));
    out.write(flags);
    out.writeBytes(number(stream));
    out.write(payload, offset, length);
  }

  /** A number of four bytes. */
  public static byte[] number(int value) {
    return new byte[] {
      (byte) (value >> 24), (byte) (value >> 16), (byte) (value >> 8), (byte) value
    };
  }

  /** The number of four bytes at a place. */
  public static int number(byte[] bytes, int at) {
    return (bytes[at] & 0xff) << 24
        | (bytes[at + 1] & 0xff) << 16
        | (bytes[at + 2] & 0xff) << 8
        | (bytes[at + 3] & 0xff);
  }

  /** A stream's number, or a window's size, whose first bit is reserved. */
  public static int id(byte[] bytes, int at) {
    return number(bytes, at) & Integer.MAX_VALUE;
  }

  /** What a type is called (RFC 9113 §6); a number that nobody has named is told as one. */
  public static String name(int type) {
    return named(NAMES, "type ", type);
  }

  /** Whether a frame's type is one of RFC 9113's. */
  public static boolean isKnown(int type) {
    return type >= 0 && type < NAMES.size();
  }

  /** A parameter of SETTINGS (RFC 9113 §6.5.2, RFC 8441 §3). */
  public static String setting(int number) {
    return named(PARAMETERS, "setting ", number);
  }

  /** The code in RST_STREAM and GOAWAY (RFC 9113 §7). */
  public static String error(int code) {
    return named(ERRORS, "error ", code);
  }

  private static String named(List<String> names, String kind, int number) {
    String name = number >= 0 && number < names.size() ? names.get(number) : "";
    return name.isEmpty() ? kind + Integer.toUnsignedString(number) : name;
  }
}
