// Above 500 lines: one grammar, with what each of its words means for a packet.
package wirebook.trace;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Reads tcpdump's filter language (pcap-filter(7)), as far as packets without their headers can
 * answer it. What it takes means what it means to tcpdump on a file that {@link Pcapng} wrote; what
 * it does not know it refuses. {@code flow NUMBER} is its own.
 */
public final class PacketFilter {
  private static final String KNOWN =
      "tcp, udp, icmp, icmp6, arp, ip, ip6, [tcp|udp] [src|dst] port N or NAME, … portrange N-M,"
          + " [ip|ip6] [src|dst] host A or NAME, … net A/BITS, [ip|ip6] proto N, [ip|ip6] multicast,"
          + " inbound, outbound, greater N, less N, flow N, with and, or, not, ( )";

  private static final String IP = "ip";
  private static final String IP6 = "ip6";
  private static final String TCP = "tcp";
  private static final String UDP = "udp";
  private static final String HOST = "host";
  private static final String NET = "net";
  private static final String PORT = "port";
  private static final String PORTRANGE = "portrange";
  private static final String PROTO = "proto";
  private static final String OPENING = "(";
  private static final String CLOSING = ")";
  private static final int HIGHEST_PORT = 65_535;

  /** Protocols that have no packets here. */
  private static final List<String> ABSENT = List.of("arp", "rarp", "sctp", "igmp");

  private static final List<String> PROTOCOLS =
      Stream.concat(Stream.of(IP, IP6, TCP, UDP, "icmp", "icmp6"), ABSENT.stream()).toList();

  private static final List<String> TYPES = List.of(HOST, NET, PORT, PORTRANGE, PROTO);

  private final List<String> words;
  private final Names names;
  private Optional<Qualifiers> last = Optional.empty();
  private int at;

  private PacketFilter(List<String> words, Names names) {
    this.words = words;
    this.names = names;
  }

  /** What names in a filter stand for. */
  public interface Names {
    /** The addresses of a host; none when there is no such name. */
    List<InetAddress> addresses(String host);

    /** The ports of a service, by protocol; none when there is no such name. */
    List<Service> services(String name);

    /** A filter's names are all unknown. */
    Names NONE =
        new Names() {
          @Override
          public List<InetAddress> addresses(String host) {
            return List.of();
          }

          @Override
          public List<Service> services(String name) {
            return List.of();
          }
        };
  }

  /** A line of services(5). */
  public record Service(int port, Event.Transport transport) {}

  /** What stands before a name or a number; empty where nothing does. */
  private record Qualifiers(String protocol, Direction direction, String type) {}

  private enum Direction {
    EITHER,
    SOURCE,
    DESTINATION,
    BOTH;

    boolean test(Predicate<InetSocketAddress> end, Packet p) {
      return switch (this) {
        case EITHER -> end.test(p.from()) || end.test(p.to());
        case SOURCE -> end.test(p.from());
        case DESTINATION -> end.test(p.to());
        case BOTH -> end.test(p.from()) && end.test(p.to());
      };
    }
  }

  /** The words are no filter. */
  public static final class Wrong extends Exception {
    private static final long serialVersionUID = 1L;
    private final int word;

    Wrong(int word, String message) {
      super(message, null, false, false);
      this.word = word;
    }

    /** The index of the word at fault, or the number of words when one is missing. */
    public int word() {
      return word;
    }

    /** What there is. */
    public String fix() {
      return KNOWN;
    }
  }

  /** The filter that the words say; none lets everything through. */
  public static Predicate<Packet> of(List<String> words) throws Wrong {
    return of(words, Names.NONE);
  }

  /** The filter that the words say, with names in it; none lets everything through. */
  public static Predicate<Packet> of(List<String> words, Names names) throws Wrong {
    PacketFilter reader = new PacketFilter(words, names);
    if (words.isEmpty()) {
      return p -> true;
    }
    Predicate<Packet> filter = reader.expression();
    if (reader.at < words.size()) {
      throw new Wrong(reader.at, "what does " + words.get(reader.at) + " do here?");
    }
    return filter;
  }

  /** Here {@code and} binds no closer than {@code or}. */
  private Predicate<Packet> expression() throws Wrong {
    Predicate<Packet> left = term();
    while (true) {
      if (take("and") || take("&&")) {
        left = left.and(term());
      } else if (take("or") || take("||")) {
        left = left.or(term());
      } else {
        return left;
      }
    }
  }

  private Predicate<Packet> term() throws Wrong {
    if (take("not") || take("!")) {
      return term().negate();
    }
    if (take(OPENING)) {
      Predicate<Packet> inner = expression();
      close();
      return inner;
    }
    return condition();
  }

  private void close() throws Wrong {
    if (!take(CLOSING)) {
      throw new Wrong(at, "a closing parenthesis is missing");
    }
  }

  private Predicate<Packet> condition() throws Wrong {
    if (take("flow")) {
      int number = number();
      return p -> p.flow() == number;
    }
    if (take("greater")) {
      int length = number();
      return p -> longest(p) >= length;
    }
    if (take("less")) {
      int length = number();
      return p -> shortest(p) <= length;
    }
    if (take("inbound")) {
      return p -> !p.outgoing();
    }
    if (take("outbound")) {
      return Packet::outgoing;
    }
    int start = at;
    String protocol = "";
    if (at < words.size() && PROTOCOLS.contains(words.get(at))) {
      protocol = words.get(at++);
    }
    if (take("multicast")) {
      if (!protocol.equals(IP) && !protocol.equals(IP6)) {
        throw new Wrong(start, "multicast is that of ip or ip6 here");
      }
      return of(protocol).and(p -> p.to().getAddress().isMulticastAddress());
    }
    int before = at;
    Optional<Direction> direction = direction();
    Optional<String> type = Optional.empty();
    if (at < words.size() && TYPES.contains(words.get(at))) {
      type = Optional.of(words.get(at++));
    }
    if (at == before && !protocol.isEmpty()) {
      if (isId()) {
        throw new Wrong(at, "what is " + words.get(at) + " of " + protocol + ": a host, a port?");
      }
      return of(protocol);
    }
    if (at == start) {
      String word = next("a condition");
      at--;
      if (last.isEmpty()) {
        throw new Wrong(at, "no condition on packets: " + word);
      }
      return id(last.get());
    }
    Qualifiers qualifiers =
        new Qualifiers(protocol, direction.orElse(Direction.EITHER), type.orElse(HOST));
    check(qualifiers, start);
    last = Optional.of(qualifiers);
    if (take(OPENING)) {
      Predicate<Packet> inner = expression();
      close();
      return inner;
    }
    return id(qualifiers);
  }

  /** Whether a word follows that belongs to what stands before it. */
  private boolean isId() {
    return at < words.size() && !List.of("and", "&&", "or", "||", CLOSING).contains(words.get(at));
  }

  private void check(Qualifiers of, int start) throws Wrong {
    String protocol = of.protocol;
    boolean fits =
        switch (of.type) {
          case PORT, PORTRANGE -> List.of("", TCP, UDP).contains(protocol);
          case PROTO -> List.of("", IP, IP6).contains(protocol);
          default -> List.of("", IP, IP6, "arp", "rarp").contains(protocol);
        };
    if (!fits) {
      throw new Wrong(
          start,
          protocol + " " + of.type + " is no condition: write " + protocol + " and " + of.type);
    }
  }

  private Optional<Direction> direction() throws Wrong {
    Optional<Direction> first = oneDirection();
    if (first.isEmpty() || at + 1 >= words.size()) {
      return first;
    }
    String joint = words.get(at);
    String other = words.get(at + 1);
    boolean opposite = other.equals(first.get() == Direction.SOURCE ? "dst" : "src");
    if (opposite && (joint.equals("or") || joint.equals("and"))) {
      at += 2;
      return Optional.of(joint.equals("or") ? Direction.EITHER : Direction.BOTH);
    }
    return first;
  }

  private Optional<Direction> oneDirection() {
    return take("src")
        ? Optional.of(Direction.SOURCE)
        : take("dst") ? Optional.of(Direction.DESTINATION) : Optional.empty();
  }

  private Predicate<Packet> id(Qualifiers of) throws Wrong {
    String word = next(of.type.equals(HOST) ? "an address or a name" : "a " + of.type);
    Predicate<Packet> protocol = of.protocol.isEmpty() ? p -> true : of(of.protocol);
    return switch (of.type) {
      case PORT -> protocol.and(port(of, word));
      case PORTRANGE -> protocol.and(range(of, word));
      case PROTO -> protocol.and(number(word));
      case NET -> protocol.and(ends(of, List.of(net(word))));
      default -> protocol.and(ends(of, hosts(word)));
    };
  }

  private static Predicate<Packet> of(String protocol) {
    return switch (protocol) {
      case IP -> p -> !isSix(p);
      case IP6 -> PacketFilter::isSix;
      case TCP -> p -> p.transport() == Event.Transport.TCP || isWhole(p, IpPacket.TCP);
      case UDP ->
          p -> (p.transport() == Event.Transport.UDP && !isIcmp(p)) || isWhole(p, IpPacket.UDP);
      case "icmp" -> p -> isIcmp(p) && !isSix(p);
      case "icmp6" -> p -> isIcmp(p) && isSix(p);
      default -> p -> false;
    };
  }

  private static boolean isSix(Packet p) {
    return p.from().getAddress() instanceof Inet6Address;
  }

  /** That nothing listens for datagrams is said by ICMP, which has no ports. */
  private static boolean isIcmp(Packet p) {
    return (p.transport() == Event.Transport.UDP && p.kind() == Packet.Kind.REFUSED)
        || isWhole(p, IpPacket.ICMP)
        || isWhole(p, IpPacket.ICMPV6);
  }

  private static boolean isWhole(Packet p, int protocol) {
    return p.transport() == Event.Transport.IP && new IpPacket(p.bytes()).protocol() == protocol;
  }

  private Predicate<Packet> number(String word) throws Wrong {
    return switch (word.replace("\\", "")) {
      case "6", TCP -> of(TCP);
      case "17", UDP -> of(UDP);
      case "1", "icmp" -> of("icmp");
      case "58", "icmp6" -> of("icmp6");
      default -> {
        if (!word.matches("\\d{1,3}")) {
          throw new Wrong(at - 1, "no protocol: " + word);
        }
        yield p -> false;
      }
    };
  }

  // Ports.

  private Predicate<Packet> port(Qualifiers of, String word) throws Wrong {
    if (word.matches("\\d+")) {
      return ports(of, portNumber(word), portNumber(word));
    }
    List<Service> services =
        names.services(word).stream()
            .filter(s -> of.protocol.isEmpty() || of(s).equals(of.protocol))
            .toList();
    if (services.isEmpty()) {
      throw new Wrong(at - 1, "no service has the name " + word + " in /etc/services");
    }
    Predicate<Packet> any = p -> false;
    for (Service each : services) {
      any = any.or(of(of(each)).and(ports(of, each.port, each.port)));
    }
    return any;
  }

  private static String of(Service service) {
    return service.transport == Event.Transport.UDP ? UDP : TCP;
  }

  private Predicate<Packet> range(Qualifiers of, String word) throws Wrong {
    String[] ends = word.split("-", 2);
    if (!word.matches("\\d+(-\\d+)?")) {
      throw new Wrong(at - 1, word + " is no range of ports, such as 8000-8100");
    }
    int one = portNumber(ends[0]);
    int other = portNumber(ends[ends.length - 1]);
    return ports(of, Math.min(one, other), Math.max(one, other));
  }

  private static Predicate<Packet> ports(Qualifiers of, int low, int high) {
    return p -> !isIcmp(p) && of.direction.test(e -> e.getPort() >= low && e.getPort() <= high, p);
  }

  private int portNumber(String text) throws Wrong {
    if (!text.matches("\\d{1,5}") || Integer.parseInt(text) > HIGHEST_PORT) {
      throw new Wrong(at - 1, text + " is no port: they go from 0 to " + HIGHEST_PORT);
    }
    return Integer.parseInt(text);
  }

  // Addresses.

  /** The first bits of an address. */
  private record Block(Bytes address, int bits) {
    boolean holds(InetSocketAddress end) {
      byte[] other = end.getAddress().getAddress();
      if (other.length != address.length()) {
        return false;
      }
      for (int i = 0; i < bits; i++) {
        if (((address.at(i / 8) ^ other[i / 8]) & 0x80 >> i % 8) != 0) {
          return false;
        }
      }
      return true;
    }

    boolean hasMore() {
      for (int i = bits; i < address.length() * 8; i++) {
        if ((address.at(i / 8) & 0x80 >> i % 8) != 0) {
          return true;
        }
      }
      return false;
    }
  }

  private static Predicate<Packet> ends(Qualifiers of, List<Block> blocks) {
    return p -> of.direction.test(e -> blocks.stream().anyMatch(b -> b.holds(e)), p);
  }

  /** Where less than four numbers stand, it is all addresses that begin with them. */
  private List<Block> hosts(String word) throws Wrong {
    if (word.contains("/")) {
      throw new Wrong(at - 1, word + " is a network: net " + word);
    }
    Optional<Block> literal = literal(word);
    if (literal.isPresent()) {
      return List.of(literal.get());
    }
    List<InetAddress> found =
        word.matches("[\\d.]+") || word.contains(":") ? List.of() : names.addresses(word);
    if (found.isEmpty()) {
      throw new Wrong(at - 1, word + " is no address, and no name that has one here");
    }
    return found.stream()
        .map(a -> new Block(Bytes.of(a.getAddress()), a.getAddress().length * 8))
        .toList();
  }

  private Block net(String word) throws Wrong {
    String[] parts = word.split("/", 2);
    Block address =
        literal(parts[0])
            .orElseThrow(() -> new Wrong(at - 1, word + " is no network, such as 10.0.0.0/8"));
    int most = address.address.length() * 8;
    int bits = address.bits;
    if (parts.length > 1) {
      if (!parts[1].matches("\\d{1,3}") || Integer.parseInt(parts[1]) > most) {
        throw new Wrong(at - 1, word + ": a mask has from 0 to " + most + " bits");
      }
      bits = Integer.parseInt(parts[1]);
    } else if (take("mask")) {
      bits = mask(next("a mask"));
    }
    Block net = new Block(address.address, bits);
    if (net.hasMore()) {
      throw new Wrong(
          at - 1, word + " has bits behind its mask: is it host " + parts[0] + " you look for?");
    }
    return net;
  }

  private int mask(String word) throws Wrong {
    Optional<Block> mask = literal(word).filter(m -> m.address.length() == 4);
    int bits = mask.map(m -> m.address.buffer().getInt()).orElse(1);
    int ones = Integer.numberOfLeadingZeros(~bits);
    if (mask.isEmpty() || (ones < Integer.SIZE && bits << ones != 0)) {
      throw new Wrong(at - 1, word + " is no mask, such as 255.255.255.0");
    }
    return ones;
  }

  private static Optional<Block> literal(String word) {
    if (word.matches("\\d{1,3}(\\.\\d{1,3}){0,3}")) {
      String[] numbers = word.split("\\.");
      byte[] address = new byte[4];
      for (int i = 0; i < numbers.length; i++) {
        int number = Integer.parseInt(numbers[i]);
        if (number > 255) {
          return Optional.empty();
        }
        address[i] = (byte) number;
      }
      return Optional.of(new Block(Bytes.of(address), 8 * numbers.length));
    }
    if (!word.contains(":")) {
      return Optional.empty();
    }
    try {
      byte[] address = InetAddress.ofLiteral(word).getAddress();
      return Optional.of(new Block(Bytes.of(address), 8 * address.length));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  // Lengths, of packets as they are saved: with their headers, and in segments.

  private static int longest(Packet p) {
    return Pcapng.lengths(p).stream().mapToInt(Integer::intValue).max().orElse(0);
  }

  private static int shortest(Packet p) {
    return Pcapng.lengths(p).stream().mapToInt(Integer::intValue).min().orElse(0);
  }

  private int number() throws Wrong {
    String text = next("a number");
    if (!text.matches("\\d{1,9}")) {
      throw new Wrong(at - 1, text + " is no number");
    }
    return Integer.parseInt(text);
  }

  private String next(String what) throws Wrong {
    if (at == words.size()) {
      throw new Wrong(at, "the filter ends where " + what + " should be");
    }
    String word = words.get(at++);
    if (word.contains("[")) {
      List<String> all = new ArrayList<>(words.subList(at - 1, words.size()));
      throw new Wrong(
          at - 1,
          String.join(" ", all)
              + ": the headers of packets are not kept here; save them for Wireshark");
    }
    return word;
  }

  private boolean take(String word) {
    if (at < words.size() && words.get(at).equals(word)) {
      at++;
      return true;
    }
    return false;
  }
}
