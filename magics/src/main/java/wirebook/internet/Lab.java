// Above 500 lines: one world; its hosts, zones and ports are opened and closed under one lock.
package wirebook.internet;

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
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import wirebook.engine.dns.resolver.Resolver;
import wirebook.engine.dns.server.Zone;
import wirebook.engine.socket.icmp.Echo;
import wirebook.engine.socket.icmp.Probe;
import wirebook.engine.socket.ip.Rtnetlink;
import wirebook.engine.ssh.server.SshLogin;
import wirebook.internet.topology.Condition;
import wirebook.internet.topology.Routing;
import wirebook.internet.topology.Topology;
import wirebook.internet.topology.TopologyCheck;
import wirebook.internet.topology.TopologyText;
import wirebook.net.Network;
import wirebook.net.NetworkClock;
import wirebook.trace.Bytes;

/**
 * The mini-Internet: hosts of a {@link Topology} whose name servers really answer, on loopback
 * sockets that are opened when somebody first asks them. Long, as it is the one door to all of
 * that.
 */
public final class Lab implements AutoCloseable {
  private static final int DNS = 53;
  private static final int SSH = 22;
  private static final int HTTP = 80;
  private static final int HTTPS = 443;
  private static final int FIRST_EPHEMERAL = 49_152;

  /** Each time-out that a lesson waits for moves it a little. */
  private static final Duration CLOCK_KEEPS_TO = Duration.ofMinutes(10);

  private final LabClock clock;
  private final Fabric fabric;
  private final WebSites sites;
  private final LabZones zones;
  private final Secondaries secondaries;
  private final Map<String, Condition> conditions = new ConcurrentHashMap<>();
  private final Map<Integer, Long> streamTimes = new ConcurrentHashMap<>();
  private final AtomicInteger unused = new AtomicInteger();
  private final AtomicInteger turns = new AtomicInteger();
  private volatile Topology topology;
  private volatile Routing routing;
  private volatile String drawn = "world";
  private volatile String seat = "";
  private final Map<String, List<List<String>>> told = new ConcurrentHashMap<>();
  private final LabLogins logins = new LabLogins(this);
  private Optional<LabHome> home = Optional.empty();
  private final Map<String, List<InetAddress>> clusters = new ConcurrentHashMap<>();
  private final LabPackets packets = new LabPackets(this);
  private final LabPorts ports;

  public Lab(LabClock clock) {
    this(clock, TopologyText.world());
  }

  /** The hosts that answer HTTP from the start, by the names that people type. */
  public static List<String> siteNames() {
    return WebSites.NAMES;
  }

  Lab(LabClock clock, Topology topology) {
    this.clock = clock;
    this.fabric = new Fabric(clock);
    this.topology = topology;
    this.routing = new Routing(topology, this::condition);
    this.sites = new WebSites(clock, () -> here().addresses().getFirst(), this::streamTime);
    this.zones = new LabZones(clock, () -> topology);
    this.secondaries = new Secondaries(this, zones, clock);
    this.ports = new LabPorts(this, sites, logins);
  }

  public LabClock clock() {
    return clock;
  }

  Fabric fabric() {
    return fabric;
  }

  public Topology topology() {
    return topology;
  }

  /** How packets go from host to host. */
  public Routing routing() {
    return routing;
  }

  /** What ip(8) asks and changes on a host. */
  public Rtnetlink kernel(String host) {
    return routing.kernel(host);
  }

  /** The same, of a host or router with this name or address. */
  public Optional<Rtnetlink> kernelNamed(String nameOrAddress) {
    return nodeNamed(nameOrAddress).map(this::kernel);
  }

  /** The network as {@code host} sees it. */
  Network networkOf(Topology.Host host) {
    return new LabNetwork(this, host);
  }

  /** The network as the notebook's host sees it. */
  public Network network() {
    return networkOf(here());
  }

  /** The network as another host, or a router, sees it. */
  Network networkAt(String name) {
    return topology.node(name).orElse(null) instanceof Topology.Host host
        ? networkOf(host)
        : topology
            .node(name)
            .map(n -> networkOf(new Topology.Host(n.name(), n.addresses(), List.of(), "")))
            .orElseGet(this::network);
  }

  /** The caching resolver that hosts are configured with; a network of one's own may have none. */
  Optional<InetSocketAddress> resolver() {
    return topology
        .node(TopologyText.RESOLVER)
        .map(n -> new InetSocketAddress(n.addresses().getFirst(), DNS));
  }

  /** The notebook's host. */
  Topology.Host here() {
    return host(topology.here());
  }

  /** The router that this host's default route leads to. */
  Optional<InetAddress> gateway() {
    return routing.kernel(topology.here()).defaultGateway().map(Lab::address);
  }

  /** Whether the network is the one that the lab began with. */
  public boolean isOwnWorld() {
    return drawn.equals("world");
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

  /** How often something was changed in a table or an interface. */
  public int changes() {
    return routing.changes();
  }

  /** ip changed something on a host. */
  public void told(String host, List<String> words) {
    told.computeIfAbsent(host, _ -> new ArrayList<>()).add(List.copyOf(words));
  }

  /**
   * Takes another network in the place of this one, with no host down and nothing published. What
   * cannot be read, or does not work as it is drawn, leaves the old one as it is.
   *
   * @param anyway whether to take it although it does not work
   * @return what is wrong with it
   */
  public synchronized List<TopologyText.Mistake> load(String text, boolean anyway)
      throws IOException {
    TopologyText.Reading reading = TopologyText.read(text);
    List<TopologyText.Mistake> mistakes = reading.mistakes();
    Routing next = routing;
    if (mistakes.isEmpty()) {
      next = new Routing(reading.topology(), this::condition);
      mistakes = TopologyCheck.of(reading, next);
    }
    if (mistakes.stream().allMatch(m -> anyway && m.readable())) {
      begin(reading.topology(), next);
      drawn = text;
    }
    return mistakes;
  }

  /** The network that the lab began with, as it was then. */
  public synchronized void loadOwnWorld() throws IOException {
    Topology world = TopologyText.world();
    begin(world, new Routing(world, this::condition));
    drawn = "world";
  }

  /**
   * Puts replicas of a service into the lab, in the place of those that its name had.
   *
   * @param places subnets and routers; none for the notebook's own subnet
   * @param answer what each says over HTTP, {@code {name}} is its own name
   */
  public synchronized Cluster up(
      String name, int replicas, List<String> places, int port, String answer)
      throws Publication.RefusedException {
    return Cluster.up(this, name, replicas, places, port, answer);
  }

  /** Takes the replicas of a name away; false when it has none. */
  public synchronized boolean down(String name) throws Publication.RefusedException {
    return Cluster.down(this, name);
  }

  /** Other hosts are there now; what ip was told on those that stay still holds. */
  void become(Topology next, String cluster, List<InetAddress> addresses) {
    Routing ways = new Routing(next, this::condition);
    told.forEach(
        (node, all) -> {
          if (next.nodes().containsKey(node)) {
            all.forEach(words -> ways.tell(node, words));
          }
        });
    topology = next;
    routing = ways;
    sites.serve(next.services());
    conditions.keySet().removeIf(h -> !next.nodes().containsKey(h));
    clusters.put(cluster, addresses);
  }

  /** The addresses of a name that several hosts have, where no name server knows it. */
  List<InetAddress> turned(String name) {
    List<InetAddress> all = new ArrayList<>(cluster(name));
    Collections.rotate(all, -Math.floorMod(turns.getAndIncrement(), Math.max(1, all.size())));
    return all;
  }

  List<InetAddress> cluster(String name) {
    return clusters.getOrDefault(name.toLowerCase(Locale.ROOT), List.of());
  }

  private void begin(Topology next, Routing ways) throws IOException {
    close();
    List.of(clusters, conditions, told).forEach(Map::clear);
    ports.forget();
    zones.clear();
    secondaries.clear();
    packets.last(Optional.empty());
    topology = next;
    routing = ways;
    sites.serve(next.services());
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

  Topology.Host host(String name) {
    return switch (topology.node(name).orElse(null)) {
      case Topology.Host host -> host;
      case Topology.Router _ -> throw new IllegalStateException(name + " is a router");
      case null -> throw new IllegalStateException("no host " + name + " in the lab");
    };
  }

  // Logins.

  /** The student's home folder in the lab; made at first use. */
  public synchronized LabHome home() {
    if (home.isEmpty()) {
      home = Optional.of(new LabHome());
    }
    return home.get();
  }

  /**
   * The port of 127.0.0.1 at which other programs reach a host's SSH server.
   *
   * @throws IOException when it has none
   */
  public int sshPort(String host) throws IOException {
    return logins.host(host(host)).orElseThrow(() -> new IOException("it has none")).daemon();
  }

  /** A socket of this kernel is on a host of the lab, with this port of loopback. */
  public void bound(String host, boolean datagrams, InetAddress at, int port) {
    ports.bound().add(protocol(datagrams), port, new Listeners.Place(host, at));
  }

  /** It is no longer there. */
  public void unbound(boolean datagrams, int port) {
    ports.bound().remove(protocol(datagrams), port);
  }

  /**
   * The address on a host of a socket of this kernel with that address underneath; none when it is
   * another host's.
   *
   * @param listens as those that a program has which a cell started may do
   */
  public Optional<InetSocketAddress> localAddress(
      String host, boolean datagrams, boolean listens, InetSocketAddress real) {
    InetAddress address = real.getAddress();
    if (!LabPackets.isInside(address)) {
      boolean others = topology.node(address).filter(node -> !node.name().equals(host)).isPresent();
      return others ? Optional.empty() : Optional.of(real);
    }
    Optional<Listeners.Place> place = ports.bound().at(protocol(datagrams), real.getPort());
    if (place.isEmpty()) {
      return host.equals(topology.here())
              || datagrams
              || (listens && Listeners.isStartedHere(real.getPort()))
          ? Optional.of(real)
          : Optional.empty();
    }
    return place
        .filter(p -> p.isOn(host))
        .map(p -> p.isInside() ? real : new InetSocketAddress(p.at(), real.getPort()));
  }

  /** The TCP ports of what a host serves, and whether there are datagrams as well. */
  public SortedMap<Integer, Boolean> listening(String host) {
    SortedMap<Integer, Boolean> all = new TreeMap<>();
    topology.services().stream()
        .filter(s -> s.host().equals(host))
        .forEach(s -> all.put(s.port(), false));
    if (topology.nodes().get(host) instanceof Topology.Host node) {
      if (LabLogins.has(node)) {
        all.put(SSH, false);
      }
      if (WebSites.isSite(host)) {
        all.putAll(Map.of(HTTP, false, HTTPS, false));
      }
      ports.published().keySet().stream()
          .filter(p -> node.addresses().contains(p.getAddress()))
          .forEach(p -> all.put(p.getPort(), false));
      if (ports.answersAt(new InetSocketAddress(node.addresses().getFirst(), DNS))) {
        all.put(DNS, true);
      }
    }
    return all;
  }

  /** The sender of a datagram that came out of loopback, as a host sees it. */
  InetSocketAddress sender(String host, InetSocketAddress real) {
    return ports
        .bound()
        .at(LabPackets.Protocol.UDP, real.getPort())
        .filter(p -> real.getAddress().isLoopbackAddress() && !p.isOn(host))
        .flatMap(p -> topology.node(p.host()))
        .map(node -> new InetSocketAddress(node.addresses().getFirst(), real.getPort()))
        .orElse(real);
  }

  private static LabPackets.Protocol protocol(boolean datagrams) {
    return datagrams ? LabPackets.Protocol.UDP : LabPackets.Protocol.TCP;
  }

  /** Who logged in to a host over SSH, or tried to, the latest last. */
  public List<SshLogin> logins(String host) {
    return logins.log(host);
  }

  /**
   * Puts somebody between this host and another one's SSH server.
   *
   * @throws IOException when that host has none
   */
  public void putBetween(String host) throws IOException {
    logins.between(Optional.of(host(host)));
  }

  /** Nobody is in the middle any more. */
  public void takeAway() throws IOException {
    logins.between(Optional.empty());
  }

  /** What the man in the middle has read since he came. */
  public List<String> heard() {
    return logins.heard();
  }

  /** The loopback port behind a port of a host's own localhost. */
  OptionalInt localPort(String name, int port) throws IOException {
    return ports
            .bound()
            .hearsItself(
                LabPackets.Protocol.TCP,
                name,
                new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
        ? OptionalInt.of(port)
        : ownPort(name, port);
  }

  /** The port behind a service of a host; one that is gone has none. */
  OptionalInt ownPort(String name, int port) throws IOException {
    if (!(topology.nodes().get(name) instanceof Topology.Host host)) {
      return OptionalInt.empty();
    }
    OptionalInt own = logins.ownPort(host, port);
    if (own.isPresent()) {
      return own;
    }
    Optional<Integer> real =
        ports.service(
            host,
            new InetSocketAddress(host.addresses().getFirst(), port),
            LabPackets.Protocol.TCP);
    return real.isPresent() ? OptionalInt.of(real.get()) : OptionalInt.empty();
  }

  // Conditions.

  public Condition condition(String host) {
    return conditions.getOrDefault(host, new Condition.Up());
  }

  public void set(String host, Condition condition) {
    if (condition instanceof Condition.Up) {
      conditions.remove(host);
    } else {
      conditions.put(host, condition);
    }
    routing.changed();
  }

  /** The tables and interfaces of all hosts are as they were at first. */
  public void restoreTables() {
    routing.restore();
    told.clear();
  }

  /** What the commands of a lesson have changed, apart from the network itself. */
  List<String> changesInWords() {
    List<String> all = new ArrayList<>();
    Duration ahead = Duration.between(NetworkClock.SYSTEM.instant(), clock.instant());
    if (ahead.abs().compareTo(CLOCK_KEEPS_TO) > 0) {
      all.add("the clock");
    }
    zones.students().forEach(zone -> all.add("the zone " + zone));
    told.keySet().stream().sorted().forEach(node -> all.add("what ip was told on " + node));
    conditions.keySet().stream().sorted().forEach(node -> all.add("what ails " + node));
    zones.damages().keySet().forEach(zone -> all.add("what ails the zone " + zone));
    clusters.keySet().stream().sorted().forEach(name -> all.add("the replicas of " + name));
    return all;
  }

  /** Whether ip has changed something that {@link #restoreTables} undoes. */
  public boolean isTold() {
    return !told.isEmpty();
  }

  /** All hosts and zones are well; what ip changed is nobody's illness, and stays. */
  public void healAll() {
    conditions.clear();
    logins.heal();
    zones.mendAll();
    routing.changed();
  }

  /**
   * Makes a TCP server of this machine the one that answers at a lab address.
   *
   * @param realPort on 127.0.0.1
   */
  public void publish(InetSocketAddress address, int realPort) {
    ports.published().put(address, realPort);
  }

  /**
   * A place for a server under a name; a name that has been placed before keeps its address.
   *
   * @throws Publication.RefusedException when the lab has no place for the name
   */
  public synchronized PublishedSite place(String name, int port)
      throws Publication.RefusedException {
    return PublishedSite.place(this, name, port);
  }

  public void unpublish(InetSocketAddress address) {
    ports.published().remove(address);
  }

  /** The same, unless another server has taken the address over. */
  public void unpublish(InetSocketAddress address, int realPort) {
    ports.published().remove(address, realPort);
  }

  // Zones.

  LabZones zones() {
    return zones;
  }

  Secondaries secondaries() {
    return secondaries;
  }

  /** The root's key, as a DS record in zone file format: where trust in the lab begins. */
  public String trustAnchor() {
    return zones.trustAnchor();
  }

  /** Whether the lab signs a zone. */
  public boolean isSigned(Name origin) {
    return zones.isSigned(origin);
  }

  /** Damages a signed zone. */
  public void damage(Name origin, Damage damage) {
    zones.damage(origin, damage);
  }

  /** The zones that are damaged. */
  public Map<Name, Damage> damages() {
    return zones.damages();
  }

  /** Mends a zone; false when it was not damaged. */
  public boolean mend(Name origin) {
    return zones.mend(origin);
  }

  /** Secondaries that could not fetch a zone try again; what came of it, a line each. */
  public synchronized List<String> retryTransfers() {
    return secondaries.retryTransfers();
  }

  /** How a signed zone can go wrong, for a drill. */
  public enum Damage {
    /** Nobody has renewed its signatures. */
    EXPIRED("its signatures have expired"),
    /** It has a new key, and its parent does not know. */
    ROLLED("its key was changed, and the DS record in its parent was not"),
    /** Somebody has changed addresses without the key. */
    FORGED("its addresses were changed by somebody who does not have its key"),
    /** It is no longer signed, but its parent's DS record says that it is. */
    UNSIGNED("its signatures are gone, and its parent still has the DS record");

    private final String words;

    Damage(String words) {
      this.words = words;
    }

    public String words() {
      return words;
    }
  }

  /**
   * Gives a zone to the name servers that it names, and has its parent delegate it to them. The
   * primary has it at once and notifies the secondaries, which fetch it when its serial is newer
   * than what they have.
   *
   * @param sign whether the lab signs it from now on; one that it signs already stays so
   * @throws Publication.RefusedException when the lab has no place for it
   */
  public synchronized Publication publish(Zone zone, boolean sign)
      throws Publication.RefusedException {
    return new ZonePublisher(this, zone, sign).publish();
  }

  /** From now on the host serves the zone. */
  Topology.Host serve(Topology.Host host, String origin) {
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

  Topology.Host add(Topology.Host host, String near, Duration delay) {
    topology = topology.with(host, near, delay);
    routing.follow(topology, host.name());
    return host;
  }

  /** What a host answers, a line each. */
  public List<String> servicesOf(String name) {
    List<String> all = new ArrayList<>();
    topology.services().stream()
        .filter(s -> s.host().equals(name))
        .forEach(s -> all.add("HTTP at port " + s.port() + ": " + s.answer()));
    if (topology.nodes().get(name) instanceof Topology.Host host) {
      if (!host.serves().isEmpty()) {
        all.add("DNS at port 53 for " + String.join(" ", host.serves()));
      } else if (LabPorts.isResolver(name)) {
        all.add("DNS at port 53 for everybody, as a resolver");
      }
      if (WebSites.isSite(name)) {
        all.add("HTTP at ports 80 and 443");
      }
      ports.published().keySet().stream()
          .filter(p -> host.addresses().contains(p.getAddress()))
          .forEach(p -> all.add("a server of this notebook at port " + p.getPort()));
    }
    return all;
  }

  // Packets and ports.

  LabPackets packets() {
    return packets;
  }

  LabPorts ports() {
    return ports;
  }

  /**
   * Sends a packet from a host and waits, in no time, for what comes back; the clock stays. A
   * capture gets both.
   */
  public Echo echo(String from, InetAddress to, Probe probe) {
    return packets.echo(from, to, probe);
  }

  /** The largest packet that a host sends to an address whole, as far as it knows. */
  public int mtu(String from, InetAddress to) {
    return packets.mtu(from, to);
  }

  /** The port of 127.0.0.1 at which each DNS server of the lab can be asked from outside. */
  public Map<InetSocketAddress, Integer> listen() throws IOException {
    return ports.listen();
  }

  /** What answers at {@link #resolver}: with its cache. */
  public Resolver providersResolver() {
    return ports.providersResolver();
  }

  /** The network as it is drawn. */
  public NetworkMap map(String here) {
    return NetworkMap.of(this, here);
  }

  /** Somebody waited until that lab time, in nanoseconds; a time that is past changes nothing. */
  public void waitedUntil(long nanos) {
    clock.moveTo(nanos);
  }

  static InetAddress address(Bytes bytes) {
    try {
      return InetAddress.getByAddress(bytes.toArray());
    } catch (java.net.UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The number of the autonomous system that an address belongs to. */
  public Optional<String> networkNumber(InetAddress address) {
    return Registries.network(address);
  }

  /** The name of an address by the lab's reverse tree, as {@code from} asks for it. */
  public Optional<String> nameOf(InetAddress address) {
    Optional<LabPackets.Trip> asked = packets.lastTrip();
    Optional<String> router =
        topology.node(address).filter(Topology.Router.class::isInstance).map(Topology.Node::name);
    try {
      return router.isPresent() ? router : new LabNetwork(this, here()).nameOf(address);
    } catch (java.net.UnknownHostException e) {
      return Optional.empty();
    } finally {
      // The question for the name is nobody's packet.
      packets.last(asked);
    }
  }

  /** The root, as the real one's servers allow, and what belongs to the class. */
  boolean isTransferable(Name origin) {
    return origin.equals(Name.root)
        || zones.published(origin).isPresent()
        || ("." + origin).endsWith(".example.");
  }

  /** What a capture calls the place where {@code at}'s packets are seen. */
  String link(Topology.Host at) {
    return link(at.name());
  }

  /** As for the notebook's own host it is for the one that one sits on: both are this kernel. */
  private String link(String at) {
    return at.equals(topology.here()) || at.equals(seat) ? "lab" : "lab:" + at;
  }

  /** The host that one sits on from now on. */
  void sitOn(String name) {
    seat = name;
  }

  /** A port for a connection that comes to nothing, from those that systems choose from. */
  int unusedPort() {
    return FIRST_EPHEMERAL + unused.getAndIncrement() % (0x10000 - FIRST_EPHEMERAL);
  }

  /** A server's own time when it wrote to the connection from this loopback port. */
  void streamTime(int clientPort, long nanos) {
    streamTimes.put(clientPort, nanos);
  }

  @Nullable Long streamTime(int clientPort) {
    return streamTimes.get(clientPort);
  }

  @Nullable Long takeStreamTime(int clientPort) {
    return streamTimes.remove(clientPort);
  }

  @Override
  public synchronized void close() throws IOException {
    ports.close();
  }
}
