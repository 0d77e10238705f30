package wirebook.render;

import java.net.InetSocketAddress;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import wirebook.engine.dns.Inet;
import wirebook.render.SequenceDiagram.Kind;
import wirebook.render.SequenceDiagram.Lane;
import wirebook.render.SequenceDiagram.Message;
import wirebook.trace.Bytes;
import wirebook.trace.Event;
import wirebook.trace.Packet;
import wirebook.trace.Packets;

/** What passed on the wire, as lines in the manner of tcpdump, in hex, and as a picture. */
public final class WireText {
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss.SSSSSS");
  private static final int LONGEST_LINE = 160;
  private static final int LONGEST_FIELD = 8;
  private static final int BYTES_A_LINE = 16;
  private static final int MOST_MESSAGES = 24;
  private static final int MOST_LANES = 5;

  private WireText() {}

  /**
   * A line for each packet; with {@code hex}, below it its bytes with what they are.
   *
   * @param most how many packets are shown
   */
  public static String lines(Packets packets, boolean hex, int most, ZoneId zone) {
    StringBuilder out = new StringBuilder();
    Dissection dissection = new Dissection();
    Map<Integer, Map<InetSocketAddress, Long>> seen = new HashMap<>();
    int count = 0;
    for (Packet packet : packets.packets()) {
      Dissection.Read read = dissection.next(packet);
      if (count++ < most) {
        line(out, packet, read, seen, zone);
        if (hex) {
          hex(out, packet.bytes(), read.fields());
        }
      }
    }
    if (count > most) {
      out.append("# and %d more; -c COUNT shows more of them\n".formatted(count - most));
    }
    return out.toString();
  }

  private static void line(
      StringBuilder out,
      Packet packet,
      Dissection.Read read,
      Map<Integer, Map<InetSocketAddress, Long>> seen,
      ZoneId zone) {
    String line =
        "%s %-4s %-3s %s %s > %s: %s%s"
            .formatted(
                TIME.format(packet.at().atZone(zone)),
                packet.link(),
                packet.link().equals("lo") ? "" : packet.outgoing() ? "Out" : "In",
                packet.from().getAddress().getAddress().length == 4 ? "IP" : "IP6",
                name(packet.from()),
                name(packet.to()),
                switch (packet.transport()) {
                  case UDP -> datagram(packet, read);
                  case TCP, UNIX -> stream(packet, seen);
                  case IP -> "";
                },
                visible(said(packet, read)))
            .replaceFirst(" {4,}IP", " IP");
    out.append(line.length() <= LONGEST_LINE ? line : line.substring(0, LONGEST_LINE - 1) + "…")
        .append('\n');
  }

  private static String datagram(Packet packet, Dissection.Read read) {
    return packet.kind() == Packet.Kind.REFUSED
        ? "ICMP port unreachable"
        : read.protocol().equals("DNS") ? "" : "UDP, length " + packet.bytes().length();
  }

  private static String said(Packet packet, Dissection.Read read) {
    if (read.line().isEmpty()) {
      return "";
    }
    if (packet.transport() == Event.Transport.IP
        || (packet.transport() == Event.Transport.UDP && read.protocol().equals("DNS"))) {
      return read.line();
    }
    return ": " + (read.protocol().isEmpty() ? "" : read.protocol() + ": ") + read.line();
  }

  private static String stream(Packet packet, Map<Integer, Map<InetSocketAddress, Long>> seen) {
    Map<InetSocketAddress, Long> sides = seen.computeIfAbsent(packet.flow(), _ -> new HashMap<>());
    long sequence = packet.offset() + 1;
    long acknowledged = sides.getOrDefault(packet.to(), 0L) + 1;
    int length = packet.bytes().length();
    sides.put(packet.from(), packet.offset() + length);
    return switch (packet.kind()) {
      case OPEN -> "Flags [S], seq 0, length 0 (answered: the connection stands)";
      case ASKED -> "Flags [S], seq 0, length 0";
      case TAKEN -> "Flags [S.], seq 0, ack 1, length 0";
      case CONFIRMED -> "Flags [.], ack 1, length 0";
      case REFUSED -> "Flags [R.], seq 0, ack 1, length 0 (refused)";
      case DATA ->
          "Flags [P.], seq %d:%d, ack %d, length %d"
              .formatted(sequence, sequence + length, acknowledged, length);
      case END -> "Flags [F.], seq %d, ack %d, length 0".formatted(sequence, acknowledged);
      case RESET -> "Flags [R.], seq %d, ack %d, length 0".formatted(sequence, acknowledged);
    };
  }

  private static String name(InetSocketAddress end) {
    return Inet.text(end.getAddress()) + (end.getPort() == 0 ? "" : "." + end.getPort());
  }

  private static void hex(StringBuilder out, Bytes bytes, List<Dissection.Field> fields) {
    for (Dissection.Field field : fields) {
      int length = field.to() - field.from();
      int lines = (length + BYTES_A_LINE - 1) / BYTES_A_LINE;
      for (int i = 0; i < Math.min(lines, LONGEST_FIELD); i++) {
        int from = field.from() + i * BYTES_A_LINE;
        Bytes some = bytes.slice(from, Math.min(from + BYTES_A_LINE, field.to()));
        out.append("    0x%04x  %-48s%-16s".formatted(from, spaced(some), ascii(some)));
        out.append(i == 0 ? "  " + visible(field.words()) : "").append('\n');
      }
      if (lines > LONGEST_FIELD) {
        out.append("    … and %d bytes more\n".formatted(length - LONGEST_FIELD * BYTES_A_LINE));
      }
    }
  }

  private static String spaced(Bytes bytes) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < bytes.length(); i++) {
      out.append("%02x ".formatted(bytes.at(i)));
    }
    return out.toString();
  }

  private static String ascii(Bytes bytes) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < bytes.length(); i++) {
      out.append(bytes.at(i) >= 0x20 && bytes.at(i) < 0x7f ? (char) bytes.at(i) : '.');
    }
    return out.toString();
  }

  private static String visible(String text) {
    return text.codePoints()
        .map(c -> c < 0x20 || (c >= 0x7f && c < 0xa0) ? '.' : c)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  /** Who said what to whom: a lane for each service, and one for each host that asks. */
  public static Picture picture(Packets packets) {
    List<Lane> lanes = new ArrayList<>();
    List<Message> messages = new ArrayList<>();
    Map<Integer, InetSocketAddress> asking = new HashMap<>();
    Dissection dissection = new Dissection();
    Set<Integer> refused =
        packets.packets().stream()
            .filter(p -> p.kind() == Packet.Kind.REFUSED)
            .map(Packet::flow)
            .collect(Collectors.toSet());
    int left = 0;
    for (Packet packet : packets.packets()) {
      Dissection.Read read = dissection.next(packet);
      boolean whole = packet.transport() == Event.Transport.IP;
      // What ICMP says comes from whom nobody asked.
      InetSocketAddress first =
          whole
              ? packet.outgoing() ? packet.from() : packet.to()
              : asking.computeIfAbsent(packet.flow(), _ -> packet.asking());
      boolean question = packet.from().equals(first);
      InetSocketAddress server = question ? packet.to() : packet.from();
      boolean own = packet.outgoing() == question && !packet.link().equals("lo");
      int client =
          lane(
              lanes,
              own
                  ? new Lane("this host", packet.link(), "")
                  : new Lane("client", Inet.text(first.getAddress()), ""));
      int service =
          lane(
              lanes,
              new Lane(
                  whole ? "host" : service(server),
                  Inet.text(server.getAddress()),
                  whole ? "" : "port " + server.getPort()));
      if (client < 0 || service < 0 || messages.size() == MOST_MESSAGES) {
        left++;
        continue;
      }
      messages.add(
          new Message(
              question ? client : service,
              question ? service : client,
              message(packet, read),
              java.util.Optional.of(
                  java.time.Duration.between(packets.packets().getFirst().at(), packet.at())),
              switch (packet.kind()) {
                case REFUSED, RESET, ASKED -> Kind.FAILURE;
                case OPEN, TAKEN, CONFIRMED, END -> Kind.REFERRAL;
                case DATA -> question ? Kind.QUESTION : Kind.ANSWER;
              },
              packet.kind() != Packet.Kind.ASKED || refused.contains(packet.flow())));
    }
    String line =
        packets.packets().size()
            + (packets.packets().size() == 1 ? " packet" : " packets")
            + " between "
            + lanes.size()
            + " parties"
            + (left > 0 ? "; the last " + left + " are not drawn" : "");
    return new SequenceDiagram(lanes, messages, line).picture();
  }

  private static int lane(List<Lane> lanes, Lane lane) {
    int known = lanes.indexOf(lane);
    if (known >= 0) {
      return known;
    }
    if (lanes.size() == MOST_LANES) {
      return -1;
    }
    lanes.add(lane);
    return lanes.size() - 1;
  }

  private static String service(InetSocketAddress server) {
    return switch (server.getPort()) {
      case 53 -> "DNS server";
      case 22 -> "SSH server";
      case 80 -> "HTTP server";
      case 443 -> "HTTPS server";
      default -> "server";
    };
  }

  private static String message(Packet packet, Dissection.Read read) {
    return switch (packet.kind()) {
      case OPEN -> "SYN: opens a connection";
      case ASKED -> "SYN: asks for a connection";
      case TAKEN -> "SYN, ACK: takes it";
      case CONFIRMED -> "ACK";
      case REFUSED ->
          packet.transport() == Event.Transport.UDP ? "ICMP: port unreachable" : "RST: refused";
      case END -> "FIN: sends no more";
      case RESET -> "RST";
      case DATA ->
          read.line().isEmpty()
              ? packet.bytes().length() + " bytes"
              : read.line()
                  .replaceFirst("^\\d+\\+? (?=\\w+\\?)|^\\d+\\S*( \\w+)? q: \\S+ \\S+ ", "$1 ")
                  .strip();
    };
  }
}
