package wirebook.internet.topology;

import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.SequencedCollection;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import wirebook.engine.socket.Cidr;
import wirebook.trace.Bytes;

/**
 * Hosts, routers and the links between them, with the delay of each.
 *
 * <p>{@link TopologyText} has them as text.
 *
 * <p>An address that is in none of the subnets is a range of its own.
 *
 * @param nodes by name, in the order of the text
 * @param signed the origins of the zones that are signed
 * @param prefixes of the addresses that were written with one
 * @param commands by node
 * @param known the nodes whose names need no name server, as those of a hosts file
 */
public record Topology(
    SequencedMap<String, Node> nodes,
    List<Link> links,
    Set<String> signed,
    Subnets subnets,
    Map<Bytes, Integer> prefixes,
    Map<String, List<List<String>>> commands,
    List<Service> services,
    Set<String> known) {
  /** The host that the notebook runs on, where there is one of that name. */
  public static final String HERE = "lab";

  public Topology {
    nodes = new LinkedHashMap<>(nodes);
    links = List.copyOf(links);
    signed = Set.copyOf(signed);
    // Hashes of addresses lie close together: the JDK's immutable maps would look for them long.
    prefixes = Collections.unmodifiableMap(new HashMap<>(prefixes));
    commands = Map.copyOf(commands);
    services = List.copyOf(services);
    known = Set.copyOf(known);
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
   * @param jitter by how much a packet is quicker or slower, at most: one may overtake another
   * @param mtu the largest packet that it carries, in bytes
   * @param lossPercent the share of packets that it loses
   */
  public record Link(
      String one, String other, Duration delay, Duration jitter, int mtu, int lossPercent) {
    public static final int ETHERNET_MTU = 1500;

    Link(String one, String other, Duration delay) {
      this(one, other, delay, Duration.ZERO, ETHERNET_MTU, 0);
    }

    /** The end that is not this one. */
    public String opposite(String name) {
      return one.equals(name) ? other : one;
    }
  }

  /** What answers HTTP at a port of a host, and in which words. */
  public record Service(String host, int port, String answer) {}

  /** What answers HTTP on a host. */
  public List<Service> services(String host) {
    return services.stream().filter(s -> s.host().equals(host)).toList();
  }

  public Optional<Service> service(String host, int port) {
    return services(host).stream().filter(s -> s.port() == port).findFirst();
  }

  /** Ranges of addresses; an address is in the smallest of them that has it. */
  public static final class Subnets {
    private final SequencedSet<Cidr> ranges;
    private final SortedSet<Integer> lengths = new TreeSet<>(Comparator.reverseOrder());

    Subnets(Collection<Cidr> ranges) {
      this.ranges = new LinkedHashSet<>(ranges);
      ranges.forEach(r -> lengths.add(r.bits()));
    }

    public SequencedCollection<Cidr> ranges() {
      return Collections.unmodifiableSequencedSet(ranges);
    }

    Optional<Cidr> of(Bytes address) {
      return lengths.stream()
          .filter(bits -> bits <= 8 * address.length())
          .map(bits -> Cidr.of(address, bits))
          .filter(ranges::contains)
          .findFirst();
    }
  }

  /** The range that an address was written with, else the smallest subnet that it is in. */
  public Optional<Cidr> subnetOf(Bytes address) {
    Integer bits = prefixes.get(address);
    return bits == null ? subnets.of(address) : Optional.of(Cidr.of(address, bits));
  }

  /** The host that the notebook runs on: the one of that name, else the first. */
  public String here() {
    return nodes.get(HERE) instanceof Host
        ? HERE
        : nodes.values().stream()
            .filter(Host.class::isInstance)
            .findFirst()
            .map(Node::name)
            .orElse(HERE);
  }

  /** This topology with another version of a host in its place. */
  public Topology with(Host host) {
    SequencedMap<String, Node> changed = new LinkedHashMap<>(nodes);
    changed.put(host.name(), host);
    return new Topology(changed, links, signed, subnets, prefixes, commands, services, known);
  }

  /** This topology with one more host, one hop behind {@code near}. */
  public Topology with(Host host, String near, Duration delay) {
    SequencedMap<String, Node> more = new LinkedHashMap<>(nodes);
    more.put(host.name(), host);
    List<Link> longer = new ArrayList<>(links);
    longer.removeIf(l -> l.one().equals(host.name()));
    longer.add(new Link(host.name(), near, delay));
    return new Topology(more, longer, signed, subnets, prefixes, commands, services, known);
  }

  /** This topology without some hosts. */
  public Topology without(Set<String> gone) {
    SequencedMap<String, Node> left = new LinkedHashMap<>(nodes);
    left.keySet().removeAll(gone);
    return new Topology(
        left,
        links.stream().filter(l -> !gone.contains(l.one()) && !gone.contains(l.other())).toList(),
        signed,
        subnets,
        prefixes,
        commands,
        services.stream().filter(s -> !gone.contains(s.host())).toList(),
        known);
  }

  /** This topology without signed zones. */
  public Topology unsigned() {
    return new Topology(nodes, links, Set.of(), subnets, prefixes, commands, services, known);
  }

  /** This topology with one more service. */
  public Topology with(Service service) {
    List<Service> more = new ArrayList<>(services);
    more.removeIf(s -> s.host().equals(service.host()) && s.port() == service.port());
    more.add(service);
    return new Topology(nodes, links, signed, subnets, prefixes, commands, more, known);
  }

  public Optional<Node> node(String name) {
    return Optional.ofNullable(nodes.get(name));
  }

  /** The node of this name, in any case of letters, when no name server is needed for it. */
  public Optional<Node> known(String name) {
    return known.contains(name)
        ? node(name)
        : known.stream().filter(name::equalsIgnoreCase).findFirst().flatMap(this::node);
  }

  public Optional<Node> node(InetAddress address) {
    return nodes.values().stream().filter(n -> n.addresses().contains(address)).findFirst();
  }

  public List<Host> hosts() {
    return nodes.values().stream().filter(Host.class::isInstance).map(Host.class::cast).toList();
  }

  /** The links of each node that has any. */
  public Map<String, List<Link>> linksByNode() {
    Map<String, List<Link>> at = new HashMap<>();
    for (Link link : links) {
      at.computeIfAbsent(link.one, _ -> new ArrayList<>()).add(link);
      at.computeIfAbsent(link.other, _ -> new ArrayList<>()).add(link);
    }
    return at;
  }

  /** How far a node is. */
  private record Reached(String name, Duration delay) {}

  /** The time a packet takes one way to each node that there is a way to. */
  public Map<String, Duration> delays(String from) {
    Map<String, List<Link>> at = linksByNode();
    Map<String, Duration> done = new HashMap<>();
    PriorityQueue<Reached> queue = new PriorityQueue<>(Comparator.comparing(Reached::delay));
    queue.add(new Reached(from, Duration.ZERO));
    while (!queue.isEmpty()) {
      Reached next = queue.remove();
      if (done.putIfAbsent(next.name, next.delay) == null) {
        for (Link link : at.getOrDefault(next.name, List.of())) {
          String other = link.opposite(next.name);
          if (!done.containsKey(other)) {
            queue.add(new Reached(other, next.delay.plus(link.delay)));
          }
        }
      }
    }
    return done;
  }
}
