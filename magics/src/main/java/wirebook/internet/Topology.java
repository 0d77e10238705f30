package wirebook.internet;

import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.SequencedMap;
import java.util.Set;
import wirebook.engine.socket.Cidr;
import wirebook.trace.Bytes;

/**
 * Hosts, routers and the links between them, with the delay of each.
 *
 * <p>As text, a line each, {@code #} begins a comment:
 *
 * <pre>
 * router NAME ADDRESS…
 * host NAME ADDRESS… [at NODE DELAY] [serves ZONE…] [does WORDS]
 * link NODE NODE DELAY [mtu BYTES] [loss PERCENT]
 * subnet RANGE…
 * ip NODE WORDS       what {@code ip} is told on a node: {@code ip gateway route add …}
 * signed ZONE…
 * </pre>
 *
 * <p>An address that is in none of the subnets is a range of its own.
 *
 * @param nodes by name, in the order of the text
 * @param signed the origins of the zones that are signed
 * @param commands by node
 */
public record Topology(
    SequencedMap<String, Node> nodes,
    List<Link> links,
    Set<String> signed,
    List<Cidr> subnets,
    Map<String, List<List<String>>> commands) {
  /** The host that the notebook runs on. */
  public static final String HERE = "lab";

  public Topology {
    nodes = new LinkedHashMap<>(nodes);
    links = List.copyOf(links);
    signed = Set.copyOf(signed);
    subnets = List.copyOf(subnets);
    commands = Map.copyOf(commands);
  }

  /** What has an address. */
  public sealed interface Node {
    String name();

    List<InetAddress> addresses();
  }

  public record Router(String name, List<InetAddress> addresses) implements Node {}

  /**
   * @param serves the origins of the zones that it is authoritative for
   * @param does what it is for, in words
   */
  public record Host(String name, List<InetAddress> addresses, List<String> serves, String does)
      implements Node {}

  /**
   * Both ways the same.
   *
   * @param mtu the largest packet that it carries, in bytes
   * @param lossPercent the share of packets that it loses
   */
  public record Link(String one, String other, Duration delay, int mtu, int lossPercent) {
    public static final int ETHERNET_MTU = 1500;

    Link(String one, String other, Duration delay) {
      this(one, other, delay, ETHERNET_MTU, 0);
    }
  }

  /** One hop of a path: the node reached, and the delay since the start. */
  public record Hop(Node node, Duration delay) {}

  static Topology parse(String text) {
    SequencedMap<String, Node> nodes = new LinkedHashMap<>();
    List<Link> links = new ArrayList<>();
    Set<String> signed = new HashSet<>();
    List<Cidr> subnets = new ArrayList<>();
    Map<String, List<List<String>>> commands = new LinkedHashMap<>();
    for (String line : text.lines().toList()) {
      List<String> words = List.of(line.replaceFirst("#.*", "").strip().split("\\s+"));
      switch (words.getFirst()) {
        case "" -> {}
        case "signed" -> signed.addAll(words.subList(1, words.size()));
        case "subnet" -> words.stream().skip(1).map(Cidr::parse).forEach(subnets::add);
        case "ip" ->
            commands
                .computeIfAbsent(words.get(1), _ -> new ArrayList<>())
                .add(words.subList(2, words.size()));
        case "link" ->
            links.add(
                new Link(
                    words.get(1),
                    words.get(2),
                    delay(words.get(3)),
                    number(words, "mtu", Link.ETHERNET_MTU),
                    number(words, "loss", 0)));
        case "router" ->
            nodes.put(
                words.get(1), new Router(words.get(1), addresses(words.subList(2, words.size()))));
        case "host" -> {
          int at = end(words, "at");
          int serves = end(words, "serves");
          int does = end(words, "does");
          String name = words.get(1);
          nodes.put(
              name,
              new Host(
                  name,
                  addresses(words.subList(2, Math.min(at, Math.min(serves, does)))),
                  serves < does ? words.subList(serves + 1, does) : List.of(),
                  does < words.size()
                      ? String.join(" ", words.subList(does + 1, words.size()))
                      : ""));
          if (at < words.size()) {
            links.add(new Link(name, words.get(at + 1), delay(words.get(at + 2))));
          }
        }
        default -> throw new IllegalArgumentException("no topology: " + line);
      }
    }
    return new Topology(nodes, links, signed, subnets, commands);
  }

  private static int number(List<String> words, String keyword, int otherwise) {
    int at = words.indexOf(keyword);
    return at < 0 ? otherwise : Integer.parseInt(words.get(at + 1));
  }

  /** The smallest subnet that an address is in. */
  Optional<Cidr> subnetOf(Bytes address) {
    Cidr whole = Cidr.of(address, 8 * address.length());
    return subnets.stream().filter(s -> s.contains(whole)).max(Comparator.comparingInt(Cidr::bits));
  }

  private static int end(List<String> words, String keyword) {
    int index = words.indexOf(keyword);
    return index < 0 ? words.size() : index;
  }

  private static List<InetAddress> addresses(List<String> words) {
    return words.stream().map(InetAddress::ofLiteral).toList();
  }

  private static Duration delay(String text) {
    return Duration.ofNanos(
        Math.round(Double.parseDouble(text.replaceFirst("ms$", "")) * 1_000_000));
  }

  /** This topology with another version of a host in its place. */
  Topology with(Host host) {
    SequencedMap<String, Node> changed = new LinkedHashMap<>(nodes);
    changed.put(host.name(), host);
    return new Topology(changed, links, signed, subnets, commands);
  }

  /** This topology with one more host, one hop behind {@code near}. */
  Topology with(Host host, String near, Duration delay) {
    SequencedMap<String, Node> more = new LinkedHashMap<>(nodes);
    more.put(host.name(), host);
    List<Link> longer = new ArrayList<>(links);
    longer.removeIf(l -> l.one().equals(host.name()));
    longer.add(new Link(host.name(), near, delay));
    return new Topology(more, longer, signed, subnets, commands);
  }

  public Optional<Node> node(String name) {
    return Optional.ofNullable(nodes.get(name));
  }

  public Optional<Node> node(InetAddress address) {
    return nodes.values().stream().filter(n -> n.addresses().contains(address)).findFirst();
  }

  public List<Host> hosts() {
    return nodes.values().stream().filter(Host.class::isInstance).map(Host.class::cast).toList();
  }

  /**
   * The quickest way from one node to another, the start left out, the end last; empty when there
   * is none.
   */
  public List<Hop> path(String from, String to) {
    record Reached(String name, Duration delay, Optional<Reached> before) {}
    Map<String, Reached> done = new HashMap<>();
    PriorityQueue<Reached> queue = new PriorityQueue<>(Comparator.comparing(Reached::delay));
    queue.add(new Reached(from, Duration.ZERO, Optional.empty()));
    while (!queue.isEmpty()) {
      Reached next = queue.remove();
      if (done.putIfAbsent(next.name, next) != null) {
        continue;
      }
      if (next.name.equals(to)) {
        List<Hop> path = new ArrayList<>();
        Optional<Reached> step = Optional.of(next);
        while (step.isPresent() && step.get().before.isPresent()) {
          Reached here = step.get();
          node(here.name).ifPresent(n -> path.addFirst(new Hop(n, here.delay)));
          step = here.before;
        }
        return List.copyOf(path);
      }
      for (Link link : links) {
        String other =
            link.one.equals(next.name) ? link.other : link.other.equals(next.name) ? link.one : "";
        if (!other.isEmpty()) {
          queue.add(new Reached(other, next.delay.plus(link.delay), Optional.of(next)));
        }
      }
    }
    return List.of();
  }

  /** The time a packet takes one way; empty when there is no way. */
  Optional<Duration> delay(String from, String to) {
    if (from.equals(to)) {
      return Optional.of(Duration.ZERO);
    }
    List<Hop> path = path(from, to);
    return path.isEmpty() ? Optional.empty() : Optional.of(path.getLast().delay());
  }
}
