package wirebook.internet.topology;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import wirebook.engine.socket.ip.Rtnetlink;
import wirebook.trace.IpText;

/**
 * What there is in the lab now: its nodes, the ways between them, what ip was told on each, and
 * what ails which.
 */
public final class World {
  private static final int DNS = 53;
  private static final String OWN = "world";

  private final Map<String, Condition> conditions = new ConcurrentHashMap<>();
  private final Map<String, List<List<String>>> told = new ConcurrentHashMap<>();
  private final Map<String, List<InetAddress>> clusters = new ConcurrentHashMap<>();
  private final AtomicInteger turns = new AtomicInteger();
  private volatile Topology topology;
  private volatile Routing routing;
  private volatile String drawn = OWN;

  public World(Topology topology) {
    this.topology = topology;
    this.routing = new Routing(topology, this::condition);
  }

  public Topology topology() {
    return topology;
  }

  /** How packets go from node to node. */
  public Routing routing() {
    return routing;
  }

  /** What ip(8) asks and changes on a node. */
  public HostKernel kernel(String node) {
    return routing.kernel(node);
  }

  /** The same, of a node with this name or address. */
  public Optional<Rtnetlink> kernelNamed(String nameOrAddress) {
    return nodeNamed(nameOrAddress).map(this::kernel);
  }

  /** The notebook's host. */
  public Topology.Host here() {
    return host(topology.here());
  }

  /**
   * @throws IllegalStateException when there is no such host
   */
  public Topology.Host host(String name) {
    return switch (topology.node(name).orElse(null)) {
      case Topology.Host host -> host;
      case Topology.Router _ -> throw new IllegalStateException(name + " is a router");
      case null -> throw new IllegalStateException("no host " + name + " in the lab");
    };
  }

  /** The host or router with this name, in any case of letters, or with this address. */
  public Optional<String> nodeNamed(String nameOrAddress) {
    return named(topology.nodes().values(), nameOrAddress);
  }

  /** The host with this name, in any case of letters, or with this address. */
  public Optional<String> hostNamed(String nameOrAddress) {
    return named(topology.hosts(), nameOrAddress);
  }

  private static Optional<String> named(
      Collection<? extends Topology.Node> nodes, String nameOrAddress) {
    Optional<InetAddress> address = literal(nameOrAddress);
    return nodes.stream()
        .filter(
            n ->
                n.name().equalsIgnoreCase(nameOrAddress)
                    || address.filter(n.addresses()::contains).isPresent())
        .map(Topology.Node::name)
        .findFirst();
  }

  private static Optional<InetAddress> literal(String text) {
    try {
      return Optional.of(InetAddress.ofLiteral(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** The caching resolver that hosts are configured with; a network of one's own may have none. */
  public Optional<InetSocketAddress> resolver() {
    return topology
        .node(TopologyText.RESOLVER)
        .map(n -> new InetSocketAddress(n.addresses().getFirst(), DNS));
  }

  /** The router that the notebook's default route leads to. */
  public Optional<InetAddress> gateway() {
    return kernel(topology.here()).defaultGateway().map(IpText::address);
  }

  // The network as it is drawn.

  /** Whether it is the one that the lab began with. */
  public boolean isOwn() {
    return drawn.equals(OWN);
  }

  /**
   * The network as {@link #load} reads it, with what ip was told since on the nodes that are in it:
   * replicas and servers that came later are not.
   */
  public String text() {
    Set<String> known = TopologyText.read(drawn).topology().nodes().keySet();
    StringBuilder text = new StringBuilder(drawn);
    if (!drawn.endsWith("\n")) {
      text.append('\n');
    }
    told.forEach(
        (node, all) ->
            all.stream()
                .filter(_ -> known.contains(node))
                .flatMap(words -> TopologyText.command(node, words).stream())
                .forEach(line -> text.append(line).append('\n')));
    return text.toString();
  }

  /**
   * Takes another network in the place of this one, with no host down. What cannot be read, or does
   * not work as it is drawn, leaves the old one as it is.
   *
   * @param anyway whether to take it although it does not work
   * @param old what stands on the present one: closed before that is gone
   * @return what is wrong with it
   */
  public List<TopologyText.Mistake> load(String text, boolean anyway, Closeable old)
      throws IOException {
    TopologyText.Reading reading = TopologyText.read(text);
    List<TopologyText.Mistake> mistakes = reading.mistakes();
    Routing next = routing;
    if (mistakes.isEmpty()) {
      next = new Routing(reading.topology(), this::condition);
      mistakes = TopologyCheck.of(reading, next);
    }
    if (mistakes.stream().allMatch(m -> anyway && m.readable())) {
      begin(reading.topology(), next, text, old);
    }
    return mistakes;
  }

  /** The network that the lab began with, as it was then. */
  public void loadOwn(Closeable old) throws IOException {
    Topology world = TopologyText.world();
    begin(world, new Routing(world, this::condition), OWN, old);
  }

  private void begin(Topology next, Routing ways, String text, Closeable old) throws IOException {
    old.close();
    List.of(clusters, conditions, told).forEach(Map::clear);
    topology = next;
    routing = ways;
    drawn = text;
  }

  // Nodes that come and go.

  /** Other hosts are there now; what ip was told on those that stay still holds. */
  public void become(Topology next, String cluster, List<InetAddress> addresses) {
    Routing ways = new Routing(next, this::condition);
    told.forEach(
        (node, all) -> {
          if (next.nodes().containsKey(node)) {
            all.forEach(words -> ways.tell(node, words));
          }
        });
    topology = next;
    routing = ways;
    conditions.keySet().removeIf(h -> !next.nodes().containsKey(h));
    clusters.put(cluster, addresses);
  }

  /** The addresses of a name that several hosts have. */
  public List<InetAddress> cluster(String name) {
    return clusters.getOrDefault(name.toLowerCase(Locale.ROOT), List.of());
  }

  /** The same where no name server knows it: each time another comes first. */
  public List<InetAddress> turned(String name) {
    List<InetAddress> all = new ArrayList<>(cluster(name));
    Collections.rotate(all, -Math.floorMod(turns.getAndIncrement(), Math.max(1, all.size())));
    return all;
  }

  /** From now on the host serves the zone. */
  public Topology.Host serve(Topology.Host host, String origin) {
    if (host.serves().contains(origin)) {
      return host;
    }
    List<String> more = new ArrayList<>(host.serves());
    more.add(origin);
    Topology.Host next = new Topology.Host(host.name(), host.addresses(), more, host.does());
    topology = topology.with(next);
    routing.follow(topology, next.name());
    return next;
  }

  public Topology.Host add(Topology.Host host, String near, Duration delay) {
    topology = topology.with(host, near, delay);
    routing.follow(topology, host.name());
    return host;
  }

  // What is done to nodes.

  public Condition condition(String node) {
    return conditions.getOrDefault(node, new Condition.Up());
  }

  public void set(String node, Condition condition) {
    if (condition instanceof Condition.Up) {
      conditions.remove(node);
    } else {
      conditions.put(node, condition);
    }
    routing.changed();
  }

  /** All nodes are well; what ip changed is nobody's illness, and stays. */
  public void heal() {
    conditions.clear();
    routing.changed();
  }

  /** ip changed something on a node. */
  public void told(String node, List<String> words) {
    told.computeIfAbsent(node, _ -> new ArrayList<>()).add(List.copyOf(words));
  }

  /** Whether ip has changed something that {@link #restoreTables} undoes. */
  public boolean isTold() {
    return !told.isEmpty();
  }

  /** How often something was changed in a table or an interface. */
  public int changes() {
    return routing.changes();
  }

  /** The tables and interfaces of all nodes are as they were at first. */
  public void restoreTables() {
    routing.restore();
    told.clear();
  }

  /** What is no longer as it was drawn, in words. */
  public List<String> changesInWords() {
    List<String> all = new ArrayList<>();
    told.keySet().stream().sorted().forEach(node -> all.add("what ip was told on " + node));
    conditions.keySet().stream().sorted().forEach(node -> all.add("what ails " + node));
    clusters.keySet().stream().sorted().forEach(name -> all.add("the replicas of " + name));
    return all;
  }
}
