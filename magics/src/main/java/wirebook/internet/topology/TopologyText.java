// Above 500 lines: one grammar, a method for each kind of line.
package wirebook.internet.topology;

import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import wirebook.codec.Resource;
import wirebook.engine.socket.Cidr;
import wirebook.spi.Typos;
import wirebook.trace.Bytes;
import wirebook.trace.IpText;

/**
 * A network as text, a line each, {@code #} begins a comment:
 *
 * <pre>
 * world                what the lab has of the Internet is there too
 * subnet RANGE…
 * router NAME ADDRESS[/BITS]…
 * host NAME ADDRESS[/BITS]… [at ROUTER DELAY [OPTIONS]] [serves ZONE…] [does WORDS]
 * link NODE NODE DELAY [jitter TIME] [mtu BYTES] [loss PERCENT]
 * service HOST PORT [WORDS]   what answers HTTP there
 * ip NODE WORDS               what ip is told on a node: ip r1 route add blackhole 10.9.0.0/16
 * signed ZONE…                zones that are signed
 * </pre>
 *
 * <p>Delays are one way, such as {@code 0.5ms}; a host's link has the options of {@code link}. The
 * ranges of routers' addresses are subnets too.
 */
public final class TopologyText {
  private static final List<String> LINES =
      List.of("router", "host", "link", "subnet", "service", "ip", "world", "signed");
  private static final Set<String> OPTIONS =
      Set.of("at", "serves", "does", "jitter", "mtu", "loss");
  private static final Pattern WORD = Pattern.compile("\\S+");
  private static final Pattern NAME =
      Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?");
  private static final Pattern DELAY = Pattern.compile("(\\d{1,6}(?:\\.\\d{1,6})?)(us|ms|s|)");

  /** The name of the provider's resolver in the lab's own world. */
  public static final String RESOLVER = "resolver.isp";

  private static final int SMALLEST_MTU = 68;
  private static final int LARGEST = 65_535;

  /** Where something stands: the line, from 0, and the columns in it. */
  public record Mark(int line, int start, int end) {}

  /**
   * Something that is wrong.
   *
   * @param readable whether there is a network all the same, one that does not work as it is drawn
   */
  public record Mistake(Mark at, String message, String fix, boolean readable) {}

  /** Where nodes, addresses and what {@code ip} is told stand. */
  record Marks(
      SequencedMap<String, Mark> nodes,
      Map<String, List<Mark>> addresses,
      Map<String, List<Mark>> commands) {}

  /** The network that was read, and what is wrong with the text. */
  public record Reading(Topology topology, Marks marks, List<Mistake> mistakes) {}

  private record Word(String text, Mark at) {}

  /** A line that cannot be read any further. */
  private static final class Unreadable extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final transient Mistake mistake;

    Unreadable(Word word, String message, String fix) {
      super(message, null, false, false);
      mistake = new Mistake(word.at, message, fix, false);
    }
  }

  private final SequencedMap<String, Topology.Node> nodes = new LinkedHashMap<>();
  private final List<Topology.Link> links = new ArrayList<>();
  private final Set<String> signed = new HashSet<>();
  private final Set<Cidr> subnets = new LinkedHashSet<>();
  private final Map<Bytes, Integer> prefixes = new HashMap<>();
  private final Map<String, List<List<String>>> commands = new LinkedHashMap<>();
  private final List<Topology.Service> services = new ArrayList<>();
  private final Set<String> known = new LinkedHashSet<>();
  private final Marks marks = new Marks(new LinkedHashMap<>(), new HashMap<>(), new HashMap<>());
  private final List<Mistake> mistakes = new ArrayList<>();
  private final List<Runnable> later = new ArrayList<>();
  private final boolean own;

  /** The words of the line that is read, and the next of them. */
  private List<Word> words = List.of();

  private int next;

  private TopologyText(boolean own) {
    this.own = own;
  }

  /** The lab's hosts and links, without starting it. */
  public static Topology world() {
    return parse(Resource.text(TopologyText.class, "topology.txt"));
  }

  /** The network of somebody's own. */
  public static Reading read(String text) {
    return new TopologyText(true).readAll(text);
  }

  /**
   * A network that is known to be well.
   *
   * @throws IllegalArgumentException with the first mistake
   */
  static Topology parse(String text) {
    Reading reading = new TopologyText(false).readAll(text);
    reading.mistakes.stream()
        .findFirst()
        .ifPresent(
            m -> {
              throw new IllegalArgumentException("line " + (m.at.line + 1) + ": " + m.message);
            });
    return reading.topology;
  }

  private Reading readAll(String text) {
    List<String> lines = text.lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      words = split(lines.get(i), i);
      next = 0;
      if (!words.isEmpty()) {
        attempt(this::line);
      }
    }
    later.forEach(this::attempt);
    Topology topology =
        new Topology(
            nodes,
            links,
            signed,
            new Topology.Subnets(subnets),
            prefixes,
            commands,
            services,
            known);
    return new Reading(topology, marks, List.copyOf(mistakes));
  }

  private void attempt(Runnable step) {
    try {
      step.run();
    } catch (Unreadable e) {
      mistakes.add(e.mistake);
    }
  }

  private static List<Word> split(String line, int number) {
    int hash = line.indexOf('#');
    Matcher matcher = WORD.matcher(hash < 0 ? line : line.substring(0, hash));
    List<Word> words = new ArrayList<>();
    while (matcher.find()) {
      words.add(new Word(matcher.group(), new Mark(number, matcher.start(), matcher.end())));
    }
    return words;
  }

  private void line() {
    Word first = word("a line");
    switch (first.text) {
      case "router" -> router();
      case "host" -> host();
      case "link" -> link();
      case "subnet" -> {
        do {
          subnet(word("subnet"));
        } while (more());
      }
      case "service" -> service();
      case "ip" -> ip();
      case "world" -> world(first);
      case "signed" -> {
        while (more()) {
          signed.add(word("signed").text);
        }
      }
      case "nat", "masquerade", "firewall", "iptables", "nft", "acl", "vlan", "switch", "bridge" ->
          throw new Unreadable(
              first,
              "the lab has no " + first.text,
              "It has hosts, routers, links and routes, and neither NAT, firewalls nor VLANs.");
      default ->
          throw new Unreadable(
              first,
              "no line of a network begins with " + first.text,
              Typos.nearest(first.text, LINES, 2)
                  .map(w -> "Did you mean " + w + "?")
                  .orElse("Begin it with one of: " + String.join(", ", LINES) + "."));
    }
    if (more()) {
      Word left = words.get(next);
      throw new Unreadable(
          left, first.text + " has no word " + left.text + " here", "Take it away.");
    }
  }

  // Words.

  private boolean more() {
    return next < words.size();
  }

  private boolean more(String keyword) {
    return more() && words.get(next).text.equals(keyword);
  }

  private boolean accept(String keyword) {
    boolean there = more(keyword);
    next += there ? 1 : 0;
    return there;
  }

  private Word word(String what) {
    if (!more()) {
      throw new Unreadable(
          words.getLast(), words.getFirst().text + " needs " + what + " after this", example());
    }
    return words.get(next++);
  }

  private String example() {
    return "For example: "
        + switch (words.getFirst().text) {
          case "router" -> "router r1 10.0.0.1/24 10.0.1.1/24";
          case "host" -> "host pc1 10.0.0.10/24 at r1 1ms";
          case "link" -> "link r1 r2 5ms jitter 1ms mtu 1400 loss 2%";
          case "service" -> "service web 80 hello from web";
          case "ip" -> "ip r1 route add 10.9.0.0/16 via 10.0.1.2";
          default -> "subnet 10.0.0.0/24";
        };
  }

  private String rest() {
    List<String> rest = words.subList(next, words.size()).stream().map(Word::text).toList();
    next = words.size();
    return String.join(" ", rest);
  }

  private Word newName() {
    Word name = word("a name");
    if (!NAME.matcher(name.text).matches() || isAddress(name.text)) {
      throw new Unreadable(
          name,
          name.text + " is no name",
          "A name has letters, digits, dots and hyphens, such as pc1 or web.class.example.");
    }
    if (nodes.containsKey(name.text)) {
      Mark there = marks.nodes.get(name.text);
      throw new Unreadable(
          name,
          "there is a "
              + name.text
              + (there == null ? " in the lab's own world" : " in line " + (there.line + 1))
              + " already",
          "Choose another name.");
    }
    if (own) {
      marks.nodes.put(name.text, name.at);
      known.add(name.text);
    }
    return name;
  }

  private static boolean isAddress(String text) {
    return text.contains(":") || text.matches("[0-9.]+");
  }

  /** A node that is, or is to come further down. */
  private void later(Word name, BiConsumer<Topology.Node, Word> use) {
    later.add(
        () -> {
          Topology.Node node = nodes.get(name.text);
          if (node == null && marks.nodes.containsKey(name.text)) {
            // Its own line is wrong, which is said there.
            return;
          }
          if (node == null) {
            throw new Unreadable(
                name,
                "there is no " + name.text,
                Typos.nearest(name.text, nodes.keySet(), Math.min(2, name.text.length() / 3))
                    .map(n -> "Did you mean " + n + "?")
                    .orElse("Write a line for it: router " + name.text + " 10.0.0.1/24"));
          }
          use.accept(node, name);
        });
  }

  private Duration delay() {
    Word word = word("a delay");
    Matcher matcher = DELAY.matcher(word.text);
    if (!matcher.matches()) {
      throw new Unreadable(word, word.text + " is no delay", "Write for example 0.5ms or 2s.");
    }
    double unit =
        switch (matcher.group(2)) {
          case "us" -> 1e3;
          case "s" -> 1e9;
          default -> 1e6;
        };
    return Duration.ofNanos(Math.round(Double.parseDouble(matcher.group(1)) * unit));
  }

  private int number(String what, int least, int most) {
    Word word = word(what);
    String digits = word.text.endsWith("%") ? word.text.replaceFirst("%$", "") : word.text;
    if (digits.matches("\\d{1,9}")) {
      int number = Integer.parseInt(digits);
      if (number >= least && number <= most) {
        return number;
      }
    }
    throw new Unreadable(
        word, word.text + " is no " + what, "Write a number from " + least + " to " + most + ".");
  }

  // Lines.

  private void world(Word first) {
    if (!own || nodes.containsKey(RESOLVER)) {
      throw new Unreadable(first, "world is there already", "Take this line away.");
    }
    Topology world = world();
    for (Topology.Node node : world.nodes().values()) {
      if (nodes.putIfAbsent(node.name(), node) != null) {
        throw new Unreadable(
            first,
            "the lab's own world has a " + node.name() + " too",
            "Begin with the line world, and choose another name.");
      }
    }
    links.addAll(world.links());
    signed.addAll(world.signed());
    subnets.addAll(world.subnets().ranges());
    world.commands().forEach((node, told) -> commands.put(node, new ArrayList<>(told)));
    prefixes.putAll(world.prefixes());
  }

  private void subnet(Word word) {
    try {
      Cidr range = Cidr.parse(word.text);
      if (!IpText.of(range.network())
          .equals(IpText.of(IpText.parse(word.text.replaceFirst("/.*", ""))))) {
        throw new Unreadable(
            word,
            word.text + " has host bits: no network begins there",
            "The network with this address is " + range + ".");
      }
      subnets.add(range);
    } catch (IllegalArgumentException e) {
      throw new Unreadable(
          word, word.text + " is no range: " + e.getMessage(), "For example 10.0.0.0/24.");
    }
  }

  private void router() {
    Word name = newName();
    List<InetAddress> addresses = new ArrayList<>();
    do {
      addresses.add(address(name, true));
    } while (more());
    nodes.put(name.text, new Topology.Router(name.text, addresses));
  }

  private void host() {
    Word name = newName();
    List<InetAddress> addresses = new ArrayList<>();
    do {
      addresses.add(address(name, false));
    } while (more() && !OPTIONS.contains(words.get(next).text));
    if (accept("at")) {
      Word router = word("a router");
      Topology.Link link = link(name.text, router.text);
      links.add(link);
      later(
          router,
          (node, at) -> {
            if (own && !(node instanceof Topology.Router)) {
              throw new Unreadable(
                  at,
                  at.text + " is a host, and hosts forward nothing",
                  "Write the router's name after at.");
            }
          });
    }
    List<String> serves = new ArrayList<>();
    if (accept("serves")) {
      do {
        serves.add(word("a zone").text);
      } while (more() && !more("does"));
    }
    String does = accept("does") ? rest() : "";
    nodes.put(name.text, new Topology.Host(name.text, addresses, serves, does));
  }

  private InetAddress address(Word of, boolean router) {
    Word word = word("an address");
    String[] parts = word.text.split("/", 2);
    if (!word.text.matches("[0-9a-fA-F:.]+(/.*)?")) {
      throw new Unreadable(
          word,
          word.text + " is no address" + (router ? "" : ", and no word that is known here"),
          Typos.nearest(word.text, List.copyOf(OPTIONS), 1)
              .map(w -> "Did you mean " + w + "?")
              .orElse(example()));
    }
    InetAddress address;
    try {
      if (!parts[0].contains(":") && parts[0].chars().filter(c -> c == '.').count() != 3) {
        throw new IllegalArgumentException("an IPv4 address is four numbers");
      }
      address = InetAddress.ofLiteral(parts[0]);
      Cidr range = Cidr.parse(word.text);
      if (parts.length > 1) {
        prefixes.put(Bytes.of(address.getAddress()), range.bits());
        if (router) {
          subnets.add(range);
        }
      }
    } catch (IllegalArgumentException e) {
      throw new Unreadable(
          word,
          word.text + " is no address" + reason(e),
          "Four numbers from 0 to 255, and after / how many bits are the network's: 10.0.0.1/24.");
    }
    if (own) {
      marks.addresses.computeIfAbsent(of.text, _ -> new ArrayList<>()).add(word.at);
    }
    return address;
  }

  private static String reason(IllegalArgumentException e) {
    @Nullable String message = e.getMessage();
    return message == null || message.startsWith("Invalid IP address literal")
        ? ""
        : ": " + message;
  }

  private void link() {
    Word one = word("a node");
    Word other = word("another node");
    if (one.text.equals(other.text)) {
      throw new Unreadable(other, one.text + " cannot be linked to itself", example());
    }
    links.add(link(one.text, other.text));
    later(one, (_, _) -> {});
    later(other, (_, _) -> {});
  }

  private Topology.Link link(String one, String other) {
    Duration delay = delay();
    Duration jitter = Duration.ZERO;
    int mtu = Topology.Link.ETHERNET_MTU;
    int loss = 0;
    while (more("jitter") || more("mtu") || more("loss")) {
      if (accept("mtu")) {
        mtu = number("MTU", SMALLEST_MTU, LARGEST);
      } else if (accept("loss")) {
        loss = number("percentage", 0, 100);
      } else {
        next++;
        jitter = delay();
        if (jitter.compareTo(delay) > 0) {
          throw new Unreadable(
              words.get(next - 1),
              "a jitter is at most the delay of its link",
              "Write a longer delay, or a smaller jitter.");
        }
      }
    }
    return new Topology.Link(one, other, delay, jitter, mtu, loss);
  }

  private void service() {
    Word host = word("a host");
    int port = number("port", 1, LARGEST);
    String answer = more() ? rest() : host.text;
    later(
        host,
        (node, at) -> {
          if (!(node instanceof Topology.Host)) {
            throw new Unreadable(
                at, at.text + " is a router, and serves nothing", "Write a host's name.");
          }
          services.add(new Topology.Service(at.text, port, answer));
        });
  }

  private void ip() {
    Word node = word("a node");
    Word first = word("words of ip");
    next--;
    List<String> told = List.of(rest().split(" "));
    Mark all = new Mark(first.at.line, first.at.start, words.getLast().at.end);
    later(
        node,
        (_, at) -> {
          commands.computeIfAbsent(at.text, _ -> new ArrayList<>()).add(told);
          marks.commands.computeIfAbsent(at.text, _ -> new ArrayList<>()).add(all);
        });
  }

  /** What is told of a node, in the form of the text: for what was changed since it was read. */
  public static Optional<String> command(String node, List<String> told) {
    boolean plain = told.stream().noneMatch(w -> w.isEmpty() || w.matches(".*[\\s#].*"));
    return plain ? Optional.of("ip " + node + " " + String.join(" ", told)) : Optional.empty();
  }
}
