package wirebook.engine.http.server;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import wirebook.codec.Http2Frame;
import wirebook.trace.Bytes;

/** A frame as it was on the wire. Of its payload the first {@link #KEPT} bytes are kept. */
public sealed interface WireFrame {
  int KEPT = 64;

  /** Whether the client sent it. */
  boolean received();

  /** All bytes of its payload. */
  long length();

  /** In one line: type, length, what it says. */
  String words();

  /**
   * A frame of a WebSocket (RFC 6455 §5.2).
   *
   * @param fin whether the message ends with it
   * @param compressed whether its first reserved bit is set, as that of a message is which
   *     permessage-deflate has made smaller (RFC 7692 §6)
   * @param masked whether its payload was, as that of a client has to be
   * @param payload its first bytes, without the mask
   */
  record WebSocket(
      boolean received,
      int opcode,
      boolean fin,
      boolean compressed,
      boolean masked,
      long length,
      Bytes payload)
      implements WireFrame {
    private static final List<String> DATA = List.of("CONTINUATION", "TEXT", "BINARY");
    private static final List<String> CONTROL = List.of("CLOSE", "PING", "PONG");

    public String type() {
      int control = opcode - 8;
      return opcode < DATA.size()
          ? DATA.get(opcode)
          : control >= 0 && control < CONTROL.size() ? CONTROL.get(control) : "opcode " + opcode;
    }

    @Override
    public String words() {
      StringBuilder line = new StringBuilder(type());
      line.append(fin ? "" : ", more to come")
          .append(", ")
          .append(bytes(length))
          .append(compressed ? ", compressed" : "")
          .append(masked ? ", masked" : ", unmasked");
      if (type().equals("CLOSE") && payload.length() >= 2) {
        line.append(": ").append(payload.at(0) << 8 | payload.at(1));
        if (payload.length() > 2) {
          line.append(' ').append(shown(payload.slice(2, payload.length()), length - 2));
        }
      } else if (!payload.isEmpty()) {
        line.append(": ").append(shown(payload, length));
      }
      return line.toString();
    }
  }

  /**
   * A frame of HTTP/2 (RFC 9113 §4.1).
   *
   * @param stream 0 for the connection as a whole
   * @param payload its first bytes; those of a header section are HPACK's
   */
  record Http2(boolean received, int type, int flags, int stream, long length, Bytes payload)
      implements WireFrame {

    public String name() {
      return Http2Frame.name(type);
    }

    @Override
    public String words() {
      String flagged = flagNames();
      String says = says();
      return name()
          + (stream == 0 ? "" : ", stream " + stream)
          + ", "
          + bytes(length)
          + (flagged.isEmpty() ? "" : ", " + flagged)
          + (says.isEmpty() ? "" : ": " + says);
    }

    private String flagNames() {
      String first =
          switch (name()) {
            case "SETTINGS", "PING" -> "ACK";
            case "DATA", "HEADERS" -> "END_STREAM";
            default -> "";
          };
      StringBuilder names = new StringBuilder();
      flag(names, 0x1, first);
      boolean section = List.of("HEADERS", "PUSH_PROMISE", "CONTINUATION").contains(name());
      flag(names, 0x4, section ? "END_HEADERS" : "");
      boolean padded = List.of("DATA", "HEADERS", "PUSH_PROMISE").contains(name());
      flag(names, 0x8, padded ? "PADDED" : "");
      flag(names, 0x20, name().equals("HEADERS") ? "PRIORITY" : "");
      return names.toString();
    }

    private void flag(StringBuilder names, int bit, String name) {
      if ((flags & bit) != 0 && !name.isEmpty()) {
        names.append(names.isEmpty() ? "" : " ").append(name);
      }
    }

    private String says() {
      return switch (name()) {
        case "SETTINGS" -> settings();
        case "RST_STREAM" -> payload.length() < 4 ? "" : Http2Frame.error(number(0));
        case "GOAWAY" ->
            payload.length() < 8
                ? ""
                : Http2Frame.error(number(4)) + ", last stream " + (number(0) & Integer.MAX_VALUE);
        case "WINDOW_UPDATE" -> payload.length() < 4 ? "" : "+" + (number(0) & Integer.MAX_VALUE);
        case "PING" -> payload.hex();
        case "DATA" -> payload.isEmpty() ? "" : shown(payload, length);
        default -> "";
      };
    }

    private String settings() {
      StringBuilder all = new StringBuilder();
      for (int at = 0; at + 6 <= payload.length(); at += 6) {
        all.append(all.isEmpty() ? "" : ", ")
            .append(Http2Frame.setting(payload.at(at) << 8 | payload.at(at + 1)))
            .append('=')
            .append(Integer.toUnsignedLong(number(at + 2)));
      }
      return all.toString();
    }

    private int number(int at) {
      return payload.at(at) << 24
          | payload.at(at + 1) << 16
          | payload.at(at + 2) << 8
          | payload.at(at + 3);
    }
  }

  private static String bytes(long count) {
    return count + (count == 1 ? " byte" : " bytes");
  }

  /** Text in quotes, or hex where it is none. */
  private static String shown(Bytes payload, long length) {
    String text = payload.text(StandardCharsets.UTF_8);
    // What was cut may have been cut within a character.
    String whole = length > payload.length() ? text.replaceFirst("\ufffd$", "") : text;
    boolean isText =
        whole.indexOf('\ufffd') < 0
            && whole.chars().noneMatch(c -> Character.isISOControl(c) && c != '\n' && c != '\r');
    String more = length > payload.length() ? " …" : "";
    return isText
        ? String.format(Locale.ROOT, "\"%s\"", whole.replace("\r", "\\r").replace("\n", "\\n"))
            + more
        : payload.hex() + more;
  }
}
