package wirebook.engine.socket.calls;

import java.util.List;
import java.util.Optional;
import wirebook.engine.socket.Errno;
import wirebook.engine.socket.Names;
import wirebook.engine.socket.Numbers;
import wirebook.engine.socket.SocketName;
import wirebook.trace.Bytes;
import wirebook.trace.IpText;

/** Calls, arguments and results in the notation of strace(1), version 6. */
final class Strace {
  /** strace shows this much of a string ({@code -s}), and starts the result in this column. */
  private static final int SHOWN = 32;

  private static final int RESULT_COLUMN = 40;

  private Strace() {}

  /** {@code name(arguments) = result}. */
  static String line(String name, List<String> arguments, String result) {
    String call = name + "(" + String.join(", ", arguments) + ")";
    return call + " ".repeat(Math.max(1, RESULT_COLUMN - call.length())) + "= " + result;
  }

  static String result(long result, Optional<Errno> error) {
    return error.map(e -> "-1 " + e.name() + " (" + e.text() + ")").orElse(Long.toString(result));
  }

  /** A buffer: quoted, escaped as in C, cut after 32 bytes. */
  static String string(Bytes bytes) {
    int end = Math.min(SHOWN, bytes.length());
    return quoted(bytes.slice(0, end)) + (bytes.length() > end ? "..." : "");
  }

  static String quoted(Bytes bytes) {
    StringBuilder out = new StringBuilder("\"");
    for (int i = 0; i < bytes.length(); i++) {
      int b = bytes.at(i);
      switch (b) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\t' -> out.append("\\t");
        case '\r' -> out.append("\\r");
        case 0x0b -> out.append("\\v");
        case 0x0c -> out.append("\\f");
        default -> {
          boolean digitFollows =
              i + 1 < bytes.length() && bytes.at(i + 1) >= '0' && bytes.at(i + 1) <= '9';
          if (b >= 0x20 && b < 0x7f) {
            out.append((char) b);
          } else {
            out.append(digitFollows ? "\\%03o".formatted(b) : "\\%o".formatted(b));
          }
        }
      }
    }
    return out.append('"').toString();
  }

  static String name(SocketName name) {
    return switch (name) {
      case SocketName.Ip ip when ip.address().length() == 4 ->
          "{sa_family=AF_INET, sin_port=htons(%d), sin_addr=inet_addr(\"%s\")}"
              .formatted(ip.port(), IpText.of(ip.address()));
      case SocketName.Ip ip ->
          "{sa_family=AF_INET6, sin6_port=htons(%d), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, \"%s\", &sin6_addr), sin6_scope_id=%s}"
              .formatted(ip.port(), IpText.of(ip.address()), ip.scope());
      case SocketName.Path path ->
          "{sa_family=AF_UNIX, sun_path=%s%s}"
              .formatted(path.hidden() ? "@" : "", quoted(Bytes.utf8(path.path())));
      case SocketName.Unnamed unnamed -> "{sa_family=AF_UNIX}";
      case SocketName.Other other -> "{sa_family=0x%x}".formatted(other.family());
    };
  }

  /** A length that the system may have changed: {@code [16]} or {@code [110 => 2]}. */
  static String length(int before, int after) {
    return before == after ? "[" + before + "]" : "[" + before + " => " + after + "]";
  }

  static String pointer(long address) {
    return address == 0 ? "NULL" : "0x" + Long.toHexString(address);
  }

  static String type(int type) {
    String name = Names.TYPES.name(type & 0xf).orElse("0x%x".formatted(type & 0xf));
    int flags = type & ~0xf;
    return flags == 0 ? name : name + "|" + Names.TYPE_FLAGS.flags(flags);
  }

  /** The third argument of socket(2), which has names for the Internet families only. */
  static String protocol(int family, int protocol) {
    return family == Names.FAMILIES.get("AF_UNIX")
        ? Integer.toString(protocol)
        : Names.PROTOCOLS.name(protocol).orElse("0x%x /* IPPROTO_??? */".formatted(protocol));
  }

  static String option(SocketOption option, Bytes value) {
    return switch (option.kind()) {
      case INT -> value.length() >= 4 ? "[" + Numbers.int32(value, 0) + "]" : string(value);
      case LINGER ->
          "{l_onoff=%d, l_linger=%d}".formatted(Numbers.int32(value, 0), Numbers.int32(value, 4));
      case TIMEVAL, NAME, TCP_INFO -> string(value);
    };
  }
}
