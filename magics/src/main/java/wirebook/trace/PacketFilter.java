package wirebook.trace;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;

/**
 * Reads the part of tcpdump's filter language (pcap-filter(7)) that packets without their headers
 * can answer: {@code tcp}, {@code udp}, {@code [src|dst] host ADDRESS}, {@code [src|dst] port
 * NUMBER}, {@code [src|dst] portrange FROM-TO}, {@code [src|dst] net ADDRESS/BITS}, {@code ip},
 * {@code ip6}, {@code greater LENGTH}, {@code less LENGTH}, with {@code and}, {@code or}, {@code
 * not} and parentheses; and {@code flow NUMBER}, which tcpdump has not.
 */
public final class PacketFilter {
  private static final String KNOWN =
      "tcp, udp, ip, ip6, [src|dst] host A, [src|dst] port N, [src|dst] portrange N-M, [src|dst]"
          + " net A/BITS, flow N, greater N, less N, with and, or, not, ( )";

  private final List<String> words;
  private int at;

  private PacketFilter(List<String> words) {
    this.words = words;
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
    PacketFilter reader = new PacketFilter(words);
    if (words.isEmpty()) {
      return p -> true;
    }
    Predicate<Packet> filter = reader.either();
    if (reader.at < words.size()) {
      throw new Wrong(reader.at, "what does " + words.get(reader.at) + " do here?");
    }
    return filter;
  }

  private Predicate<Packet> either() throws Wrong {
    Predicate<Packet> left = both();
    while (take("or") || take("||")) {
      left = left.or(both());
    }
    return left;
  }

  private Predicate<Packet> both() throws Wrong {
    Predicate<Packet> left = term();
    while (take("and") || take("&&")) {
      left = left.and(term());
    }
    return left;
  }

  private Predicate<Packet> term() throws Wrong {
    if (take("not") || take("!")) {
      return term().negate();
    }
    if (take("(")) {
      Predicate<Packet> inner = either();
      if (!take(")")) {
        throw new Wrong(at, "a closing parenthesis is missing");
      }
      return inner;
    }
    String word = next("a condition");
    return switch (word) {
      case "tcp" -> p -> p.transport() == Event.Transport.TCP;
      case "udp" -> p -> p.transport() == Event.Transport.UDP;
      case "ip" -> p -> p.from().getAddress().getAddress().length == 4;
      case "ip6" -> p -> p.from().getAddress().getAddress().length == 16;
      case "flow" -> {
        int number = number();
        yield p -> p.flow() == number;
      }
      case "greater" -> {
        int length = number();
        yield p -> p.bytes().length() >= length;
      }
      case "less" -> {
        int length = number();
        yield p -> p.bytes().length() <= length;
      }
      case "src", "dst" -> {
        Predicate<InetSocketAddress> end = end(next("host, port or net"));
        yield word.equals("src") ? p -> end.test(p.from()) : p -> end.test(p.to());
      }
      default -> {
        Predicate<InetSocketAddress> end = end(word);
        yield p -> end.test(p.from()) || end.test(p.to());
      }
    };
  }

  private Predicate<InetSocketAddress> end(String word) throws Wrong {
    return switch (word) {
      case "host" -> {
        InetAddress address = address(next("an address"));
        yield e -> e.getAddress().equals(address);
      }
      case "net" -> net(next("a network"));
      case "port" -> {
        int port = port(next("a port"));
        yield e -> e.getPort() == port;
      }
      case "portrange" -> {
        String[] ends = next("two ports").split("-", 2);
        try {
          int low = port(ends[0]);
          int high = port(ends[ends.length - 1]);
          yield e -> e.getPort() >= low && e.getPort() <= high;
        } catch (NumberFormatException e) {
          throw new Wrong(at - 1, words.get(at - 1) + " is no range of ports, such as 8000-8100");
        }
      }
      default -> throw new Wrong(at - 1, "no condition on packets: " + word);
    };
  }

  private Predicate<InetSocketAddress> net(String text) throws Wrong {
    String[] parts = text.split("/", 2);
    byte[] net = address(parts[0]).getAddress();
    int bits;
    try {
      bits = parts.length < 2 ? net.length * 8 : Integer.parseInt(parts[1]);
    } catch (NumberFormatException e) {
      throw new Wrong(at - 1, text + " is no network, such as 10.0.0.0/8");
    }
    return e -> {
      byte[] other = e.getAddress().getAddress();
      if (other.length != net.length) {
        return false;
      }
      for (int i = 0; i < Math.min(bits, net.length * 8); i++) {
        if (((net[i / 8] ^ other[i / 8]) & 0x80 >> i % 8) != 0) {
          return false;
        }
      }
      return true;
    };
  }

  private InetAddress address(String text) throws Wrong {
    try {
      return InetAddress.ofLiteral(text.equals("localhost") ? "127.0.0.1" : text);
    } catch (IllegalArgumentException e) {
      throw new Wrong(at - 1, text + " is no address; packets have no names");
    }
  }

  private int port(String text) throws Wrong {
    if (!text.matches("\\d{1,5}") || Integer.parseInt(text) > 65_535) {
      throw new Wrong(at - 1, text + " is no port: they go from 0 to 65535");
    }
    return Integer.parseInt(text);
  }

  private int number() throws Wrong {
    String text = next("a number");
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new Wrong(at - 1, text + " is no number");
    }
  }

  private String next(String what) throws Wrong {
    if (at == words.size()) {
      throw new Wrong(at, "the filter ends where " + what + " should be");
    }
    return words.get(at++).toLowerCase(Locale.ROOT);
  }

  private boolean take(String word) {
    if (at < words.size() && words.get(at).equalsIgnoreCase(word)) {
      at++;
      return true;
    }
    return false;
  }
}
