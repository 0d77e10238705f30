package wirebook.render;

import java.util.Locale;
import wirebook.engine.dns.Inet;
import wirebook.trace.IpPacket;

/** What a whole IP packet says, above all ICMP's (RFC 792, RFC 4443). */
final class IpPacketText {
  private static final int ICMP_HEADER = 8;

  private IpPacketText() {}

  /** What it says, in tcpdump's words, with the time to live behind. */
  static String line(IpPacket p) {
    int at = p.header();
    int length = p.bytes().length() - at;
    String words =
        switch (p.protocol()) {
          case IpPacket.ICMP -> "ICMP " + four(p, at) + ", length " + length;
          case IpPacket.ICMPV6 -> "ICMP6, " + six(p, at) + ", length " + length;
          case IpPacket.TCP -> tcp(p, at);
          case IpPacket.UDP -> "UDP, length " + (length - 8);
          default -> "ip-proto-" + p.protocol() + " " + length;
        };
    return words + " (ttl " + p.ttl() + ")";
  }

  private static String tcp(IpPacket p, int at) {
    int flags = p.bytes().at(at + 13);
    boolean acknowledges = (flags & IpPacket.ACK) != 0;
    return "Flags [%s%s%s], seq %d%s, win %d, length 0"
        .formatted(
            (flags & IpPacket.SYN) != 0 ? "S" : "",
            (flags & IpPacket.RESET) != 0 ? "R" : "",
            acknowledges ? "." : "",
            uint32(p, at + 4),
            acknowledges ? ", ack " + uint32(p, at + 8) : "",
            p.uint16(at + 14));
  }

  private static long uint32(IpPacket p, int at) {
    return (long) p.uint16(at) << 16 | p.uint16(at + 2);
  }

  private static String echo(IpPacket p, int at, String which) {
    return "echo %s, id %d, seq %d".formatted(which, p.uint16(at + 4), p.uint16(at + 6));
  }

  private static String four(IpPacket p, int at) {
    int type = p.bytes().at(at);
    int code = p.bytes().at(at + 1);
    return switch (type) {
      case 0 -> echo(p, at, "reply");
      case 8 -> echo(p, at, "request");
      case 11 -> "time exceeded in-transit";
      case 3 -> {
        IpPacket quoted = new IpPacket(p.bytes().slice(at + ICMP_HEADER, p.bytes().length()));
        String to = Inet.text(quoted.to());
        yield switch (code) {
          case 0 -> "net " + to + " unreachable";
          case 1 -> "host " + to + " unreachable";
          case 3 -> "%s udp port %d unreachable".formatted(to, quoted.uint16(quoted.header() + 2));
          case 4 -> "%s unreachable - need to frag (mtu %d)".formatted(to, p.uint16(at + 6));
          case 13 -> "host " + to + " unreachable - admin prohibited filter";
          default -> to + " unreachable - #" + code;
        };
      }
      default -> "type-#" + type;
    };
  }

  private static String six(IpPacket p, int at) {
    int type = p.bytes().at(at);
    int code = p.bytes().at(at + 1);
    return switch (type) {
      case 128 -> echo(p, at, "request");
      case 129 -> echo(p, at, "reply");
      case 2 -> "packet too big, mtu " + p.uint16(at + 6);
      case 1, 3 -> {
        IpPacket quoted = new IpPacket(p.bytes().slice(at + ICMP_HEADER, p.bytes().length()));
        String to = Inet.text(quoted.to());
        yield type == 3
            ? "time exceeded in-transit for " + to
            : "destination unreachable, "
                + switch (code) {
                  case 0 -> "unreachable route " + to;
                  case 1 -> "unreachable prohibited " + to;
                  case 3 -> "unreachable address " + to;
                  case 4 ->
                      "unreachable port, %s udp port %d"
                          .formatted(to, quoted.uint16(quoted.header() + 2));
                  default -> String.format(Locale.ROOT, "unknown unreach code (%d)", code);
                };
      }
      default -> "type-#" + type;
    };
  }
}
