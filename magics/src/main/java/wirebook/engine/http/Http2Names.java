package wirebook.engine.http;

import java.util.List;

/** What the numbers of HTTP/2 are called; those that nobody has named are told as numbers. */
public final class Http2Names {
  /** What a client says first (RFC 9113 §3.4). */
  public static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

  private static final List<String> FRAMES =
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

  private static final List<String> SETTINGS =
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

  private Http2Names() {}

  /** The type of a frame (RFC 9113 §6). */
  public static String frame(int type) {
    return named(FRAMES, "type ", type);
  }

  /** Whether a frame's type is one of RFC 9113's. */
  public static boolean isFrame(int type) {
    return type >= 0 && type < FRAMES.size();
  }

  /** A parameter of SETTINGS (RFC 9113 §6.5.2, RFC 8441 §3). */
  public static String setting(int number) {
    return named(SETTINGS, "setting ", number);
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
