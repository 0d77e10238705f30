package wirebook.internet;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.TextParseException;
import wirebook.engine.dns.resolver.NetworkUpstream;
import wirebook.engine.dns.resolver.RecursiveServer;
import wirebook.engine.dns.resolver.Resolver;
import wirebook.engine.dns.resolver.RootHints;
import wirebook.engine.dns.server.AuthoritativeServer;
import wirebook.engine.dns.server.ServerCookies;
import wirebook.engine.dns.server.ServerQuery;
import wirebook.engine.dns.server.Zone;
import wirebook.engine.socket.Errno;
import wirebook.engine.socket.icmp.Echo;
import wirebook.engine.socket.icmp.Probe;
import wirebook.engine.socket.ip.Rtnetlink;
import wirebook.engine.ssh.server.SshLogin;
import wirebook.internet.topology.Condition;
import wirebook.internet.topology.HostKernel;
import wirebook.internet.topology.Routing;
import wirebook.internet.topology.Topology;
import wirebook.internet.topology.TopologyCheck;
import wirebook.internet.topology.TopologyText;
import wirebook.net.Network;
import wirebook.trace.Bytes;

/**
 * The mini-Internet: hosts of a {@link Topology} whose name servers really answer, on loopback
 * sockets that are opened when somebody first asks them.
 */
public final class Lab implements AutoCloseable {
  private static final int DNS = 53;
  private static final int DNS_TLS = 853;
  private static final int HTTPS = 443;
  private static final int WHOIS = 43;
  private static final int COOKIE_SECRET = 16;
  private static final int FIRST_EPHEMERAL = 49_152;

  private final LabClock clock;
  private final Fabric fabric;
  private final WebSites sites;
  private final Registries registries = new Registries(this);
  private final ServerCookies cookies;
  private final LabZones zones;
  private final Secondaries secondaries;
  private final Map<String, Condition> conditions = new ConcurrentHashMap<>();
  private final Map<InetSocketAddress, DnsListener> listeners = new LinkedHashMap<>();
  private final Map<InetSocketAddress, Integer> published = new ConcurrentHashMap<>();
  private final Map<Integer, Long> streamTimes = new ConcurrentHashMap<>();
  private final AtomicInteger unused = new AtomicInteger();
  private final AtomicInteger turns = new AtomicInteger();
  private final Random losses = new Random(1);
  private final Map<String, Resolver> resolvers = new HashMap<>();
  private final Map<String, DnsListener.Service> recursive = new HashMap<>();
  private final Map<InetSocketAddress, DnsOverTls> encrypted = new HashMap<>();
  private volatile Topology topology;
  private volatile Routing routing;
  private volatile String drawn = "world";
  private final Map<String, List<List<String>>> told = new ConcurrentHashMap<>();
  private final LabLogins logins = new LabLogins(this);
  private Optional<LabHome> home = Optional.empty();
  private final Map<String, List<InetAddress>> clusters = new ConcurrentHashMap<>();
  private volatile @Nullable Trip trip;

  enum Protocol {
    UDP,
    TCP
  }

  /** What becomes of a packet to an address. */
  sealed interface Route {
    /** Nobody answers. */
    record Lost() implements Route {}

    /** The host says that nothing listens there. */
    record Closed(Duration delay) implements Route {}

    /** It arrives, after a delay of lab time, at a port on loopback. */
    record Open(int realPort, Duration delay) implements Route {}

    /**
     * The sender's own kernel, or a router on the way, says that it goes no further.
     *
     * @param after zero for the sender's own kernel
     */
    record Unreachable(int errno, Duration after) implements Route {
      /** What the JDK throws for it. */
      SocketException exception() {
        String text = Errno.of(errno).text();
        return switch (errno) {
          case 113 -> new NoRouteToHostException(text);
          case 13 -> new BindException(text);
          default -> new SocketException(text);
        };
      }
    }
  }

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
    byte[] secret = new byte[COOKIE_SECRET];
    new SecureRandom().nextBytes(secret);
    this.cookies = new ServerCookies(Bytes.of(secret));
    this.zones = new LabZones(clock, () -> topology);
    this.secondaries = new Secondaries(this, zones, clock);
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

  /** The hosts that answer anybody's questions about any name, over TLS and HTTPS as well. */
  private static final Set<String> RESOLVERS =
      Set.of(
          TopologyText.RESOLVER,
          "dns.google",
          "one.one.one.one",
          "cloudflare-dns.com",
          "dns.quad9.net");

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
    List.of(clusters, conditions, published, resolvers, recursive, told).forEach(Map::clear);
    zones.clear();
    secondaries.clear();
    trip = null;
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

  /** What answers at {@link #resolver}: with its cache. */
  public Resolver providersResolver() {
    return resolverAt(host(TopologyText.RESOLVER));
  }

  private synchronized Resolver resolverAt(Topology.Host host) {
    return resolvers.computeIfAbsent(
        host.name(),
        _ ->
            new Resolver(
                RootHints.builtIn(),
                Resolver.Options.USUAL,
                new NetworkUpstream(networkOf(host), DNS),
                clock,
                new SecureRandom()));
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

  /** The loopback port behind a port of a host's own localhost; a host that is gone has none. */
  OptionalInt ownPort(String name, int port) throws IOException {
    if (!(topology.nodes().get(name) instanceof Topology.Host host)) {
      return OptionalInt.empty();
    }
    OptionalInt own = logins.ownPort(host, port);
    if (own.isPresent()) {
      return own;
    }
    Optional<Integer> real =
        realPort(host, new InetSocketAddress(host.addresses().getFirst(), port), Protocol.TCP);
    return real.isPresent() ? OptionalInt.of(real.get()) : OptionalInt.empty();
  }

  // Conditions.

  public Condition condition(String host) {
    return conditions.getOrDefault(host, new Condition.Up());
  }

  public void set(String host, Condition condition) {
    if (condition instanceof Condition.Up) {
      conditions.remove(host);
      routing.restore(host);
      told.remove(host);
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

  /** All hosts are up, with the tables, interfaces and zones that they had at first. */
  public void healAll() {
    conditions.clear();
    restoreTables();
    zones.mendAll();
    routing.changed();
  }

  /**
   * Makes a TCP server of this machine the one that answers at a lab address.
   *
   * @param realPort on 127.0.0.1
   */
  public void publish(InetSocketAddress address, int realPort) {
    published.put(address, realPort);
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
    published.remove(address);
  }

  /** The same, unless another server has taken the address over. */
  public void unpublish(InetSocketAddress address, int realPort) {
    published.remove(address, realPort);
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

  // Packets.

  /** A packet that somebody sent, and the answer's way. */
  record Trip(String from, InetAddress to, Routing.Outcome way, Optional<Routing.Outcome> back) {}

  /** The last packet of somebody who sits in the lab, not of the servers in it. */
  Optional<Trip> lastTrip() {
    return Optional.ofNullable(trip);
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
      } else if (RESOLVERS.contains(name)) {
        all.add("DNS at port 53 for everybody, as a resolver");
      }
      if (WebSites.isSite(name)) {
        all.add("HTTP at ports 80 and 443");
      }
      published.keySet().stream()
          .filter(p -> host.addresses().contains(p.getAddress()))
          .forEach(p -> all.add("a server of this notebook at port " + p.getPort()));
    }
    return all;
  }

  /** The network as it is drawn. */
  public NetworkMap map(String here) {
    return NetworkMap.of(this, here);
  }

  private void remember(String from, InetAddress to, Routing.Outcome way) {
    if (!LabClock.CURRENT.isBound()) {
      Optional<Routing.Outcome> back =
          way instanceof Routing.Outcome.Delivered d
              ? routing
                  .source(from, Bytes.of(to.getAddress()))
                  .map(s -> routing.send(d.node(), Optional.empty(), s, SMALL))
              : Optional.empty();
      trip = new Trip(from, to, way, back);
    }
  }

  Route route(Topology.Host from, InetSocketAddress to, Protocol protocol) throws IOException {
    if (condition(from.name()) instanceof Condition.Failed) {
      return new Route.Lost();
    }
    Bytes there = Bytes.of(to.getAddress().getAddress());
    Routing.Outcome sent = routing.send(from.name(), Optional.empty(), there, SMALL);
    remember(from.name(), to.getAddress(), sent);
    return switch (sent) {
      case Routing.Outcome.Refused refused ->
          new Route.Unreachable(refused.errno(), refused.delay());
      case Routing.Outcome.Dropped _ -> new Route.Lost();
      case Routing.Outcome.Returned returned ->
          new Route.Unreachable(returned.why().errno(), returned.delay().multipliedBy(2));
      case Routing.Outcome.Delivered way -> arrived(from, to, there, protocol, way);
    };
  }

  /** The size of a packet that opens a connection, or asks a short question. */
  private static final int SMALL = 60;

  /** Somebody waited until that lab time, in nanoseconds; a time that is past changes nothing. */
  public void waitedUntil(long nanos) {
    clock.moveTo(nanos);
  }

  /**
   * Sends a packet from a host and waits, in no time, for what comes back; the clock stays. A
   * capture gets both.
   */
  public Echo echo(String from, InetAddress to, Probe probe) {
    Bytes there = Bytes.of(to.getAddress());
    Echo echo = answer(from, to, there, probe);
    boolean open = echo instanceof Echo.Reply && probe.asks().isPresent() && listens(to, probe);
    routing
        .source(from, there)
        .ifPresent(
            s ->
                probe.tap(
                    from.equals(topology.here()) ? "lab" : "lab:" + from,
                    address(s),
                    to,
                    echo,
                    open,
                    Duration.ZERO));
    return echo;
  }

  private boolean listens(InetAddress to, Probe probe) {
    try {
      Optional<Topology.Node> node = topology.node(to);
      return node.isPresent()
          && realPort(node.get(), new InetSocketAddress(to, probe.asks().getAsInt()), Protocol.TCP)
              .isPresent();
    } catch (IOException e) {
      return false;
    }
  }

  /** The largest packet that a host sends to an address whole, as far as it knows. */
  public int mtu(String from, InetAddress to) {
    HostKernel kernel = routing.kernel(from);
    int own = kernel.mtu(2);
    return kernel
        .path(Bytes.of(to.getAddress()))
        .map(path -> Math.min(own, path.mtu()))
        .orElse(own);
  }

  private Echo answer(String from, InetAddress to, Bytes there, Probe probe) {
    int flow = there.hashCode();
    int ttl = probe.ttl();
    HostKernel kernel = routing.kernel(from);
    Optional<HostKernel.PathMtu> path =
        kernel.path(there).filter(p -> probe.whole() && probe.size() > p.mtu());
    if (path.isPresent()) {
      return new Echo.Refused(
          Errno.of(Echo.Why.TOO_LARGE.errno()).text(), path.get().mtu(), Duration.ZERO);
    }
    Routing.Outcome sent =
        routing.send(from, Optional.empty(), there, ttl, probe.size(), probe.whole(), flow);
    remember(from, to, sent);
    return switch (sent) {
      case Routing.Outcome.Refused r ->
          new Echo.Refused(
              Errno.of(r.errno()).text(), r.errno() == 90 ? kernel.mtu(2) : 0, r.delay());
      case Routing.Outcome.Dropped d -> new Echo.Silence(d.delay());
      case Routing.Outcome.Returned r ->
          back(from, r.by(), there, r)
              .<Echo>map(
                  b -> {
                    if (r.why() == Echo.Why.TOO_LARGE) {
                      long until = clock.nanoTime() + PATH_MTU_HOLDS.toNanos();
                      kernel.learn(
                          there, new HostKernel.PathMtu(r.mtu(), () -> until - clock.nanoTime()));
                    }
                    return new Echo.Returned(
                        address(r.address()),
                        r.why(),
                        r.mtu(),
                        left(Routing.TTL, b),
                        left(ttl, r),
                        roundTrip(r, b));
                  })
              .orElseGet(() -> new Echo.Silence(r.delay()));
      case Routing.Outcome.Delivered d ->
          back(from, d.node(), there, d)
              .<Echo>map(
                  b -> new Echo.Reply(to, left(Routing.TTL, b), left(ttl, d), roundTrip(d, b)))
              .orElseGet(() -> new Echo.Silence(d.delay()));
    };
  }

  /** As net.ipv4.route.mtu_expires has it. */
  private static final Duration PATH_MTU_HOLDS = Duration.ofMinutes(10);

  private Duration oneWay(Routing.Outcome way) {
    synchronized (losses) {
      return way.delay(losses);
    }
  }

  private Duration roundTrip(Routing.Outcome way, Routing.Outcome back) {
    return oneWay(way).plus(oneWay(back));
  }

  /** The time to live with which a packet arrived. */
  private static int left(int ttl, Routing.Outcome way) {
    return ttl - Math.max(0, way.steps().size() - 1);
  }

  /** The way back to where a packet came from, unless it is lost on one of the two. */
  private Optional<Routing.Outcome.Delivered> back(
      String from, String node, Bytes there, Routing.Outcome way) {
    Optional<Bytes> here = routing.source(from, there);
    if (here.isEmpty()
        || !(routing.send(node, Optional.empty(), here.get(), SMALL)
            instanceof Routing.Outcome.Delivered back)) {
      return Optional.empty();
    }
    int percent = Routing.loss(way, back);
    if (condition(node) instanceof Condition.Lossy lossy) {
      percent = Math.max(percent, lossy.percent());
    }
    synchronized (losses) {
      return percent > 0 && losses.nextInt(100) < percent ? Optional.empty() : Optional.of(back);
    }
  }

  private static InetAddress address(Bytes bytes) {
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
    @Nullable Trip asked = trip;
    Optional<String> router =
        topology.node(address).filter(Topology.Router.class::isInstance).map(Topology.Node::name);
    try {
      return router.isPresent() ? router : new LabNetwork(this, here()).nameOf(address);
    } catch (java.net.UnknownHostException e) {
      return Optional.empty();
    } finally {
      // The question for the name is nobody's packet.
      trip = asked;
    }
  }

  private Route arrived(
      Topology.Host from,
      InetSocketAddress to,
      Bytes there,
      Protocol protocol,
      Routing.Outcome.Delivered way)
      throws IOException {
    Optional<Bytes> here = routing.source(from.name(), there);
    Routing.Outcome back = routing.send(way.node(), Optional.of(there), here.orElse(there), SMALL);
    Optional<Topology.Node> node = topology.node(way.node());
    if (!(back instanceof Routing.Outcome.Delivered)
        || node.isEmpty()
        || (protocol == Protocol.TCP && LabLogins.apart(from.name(), way.node()))) {
      // No way back, or a firewall: the sender hears nothing.
      return new Route.Lost();
    }
    Duration delay = protocol == Protocol.UDP ? oneWay(way) : roundTrip(way, back).dividedBy(2);
    int percent = Routing.loss(way, back);
    if (condition(way.node()) instanceof Condition.Lossy lossy) {
      percent = Math.max(percent, lossy.percent());
    }
    boolean lost;
    synchronized (losses) {
      lost = percent > 0 && losses.nextInt(100) < percent;
    }
    // TCP sends again what is lost: it is late instead.
    if (lost && protocol == Protocol.UDP) {
      return new Route.Lost();
    }
    delay = lost ? delay.plusSeconds(1) : delay;
    Optional<Integer> port = realPort(node.get(), to, protocol);
    return port.isPresent() ? new Route.Open(port.get(), delay) : new Route.Closed(delay);
  }

  /** How long a reply is under way; empty when it is lost. */
  Optional<Duration> replyDelay(Topology.Host from, InetAddress client) {
    return condition(from.name()) instanceof Condition.Failed
        ? Optional.empty()
        : routing.send(from.name(), Optional.empty(), Bytes.of(client.getAddress()), SMALL)
                instanceof Routing.Outcome.Delivered way
            ? Optional.of(way.delay())
            : Optional.empty();
  }

  private Optional<Integer> realPort(Topology.Node node, InetSocketAddress to, Protocol protocol)
      throws IOException {
    if (protocol == Protocol.TCP && published.containsKey(to)) {
      return Optional.ofNullable(published.get(to));
    }
    if (protocol == Protocol.TCP
        && node instanceof Topology.Host host
        && RESOLVERS.contains(host.name())
        && (to.getPort() == DNS_TLS || to.getPort() == HTTPS)) {
      return Optional.of(encrypted(host, to));
    }
    if (protocol == Protocol.TCP && to.getPort() == WHOIS) {
      OptionalInt whois = registries.port(node.name());
      return whois.isPresent() ? Optional.of(whois.getAsInt()) : Optional.empty();
    }
    if (protocol == Protocol.TCP && to.getPort() != DNS) {
      OptionalInt site = sites.port(node.name(), to.getPort());
      if (site.isEmpty() && node instanceof Topology.Host host) {
        site = logins.port(host, to.getPort());
      }
      return site.isPresent() ? Optional.of(site.getAsInt()) : Optional.empty();
    }
    if (to.getPort() != DNS || !(node instanceof Topology.Host host)) {
      return Optional.empty();
    }
    Optional<DnsListener> listener = listener(host, to);
    return listener.map(DnsListener::port);
  }

  private synchronized Optional<DnsListener> listener(Topology.Host host, InetSocketAddress address)
      throws IOException {
    DnsListener listener = listeners.get(address);
    if (listener == null) {
      Optional<DnsListener.Service> service = service(host);
      if (service.isEmpty()) {
        return Optional.empty();
      }
      listener = new DnsListener(this, host, address, service.get());
      listeners.put(address, listener);
    }
    return Optional.of(listener);
  }

  /** What answers at a resolver, however it is asked. */
  private synchronized DnsListener.Service recursive(Topology.Host host) {
    return recursive.computeIfAbsent(
        host.name(),
        _ -> {
          Thread.startVirtualThread(zones::prepare);
          RecursiveServer server =
              new RecursiveServer(
                  resolverAt(host),
                  NameServers.traits(host.name(), cookies),
                  Optional.of(new RecursiveServer.Trust(trustAnchor(), clock)),
                  origin -> zones.zone(origin).isEmpty(),
                  // What was there from the start is the same each time that a lesson asks.
                  name -> !cluster(name.toString(true)).isEmpty());
          return (query, transport, client) ->
              server.answer(query, transport, client, clock.instant());
        });
  }

  /** The loopback port at which a resolver answers over TLS or HTTPS. */
  private synchronized int encrypted(Topology.Host host, InetSocketAddress to) throws IOException {
    List<String> names = new ArrayList<>();
    names.add(host.name());
    host.addresses().forEach(a -> names.add(a.getHostAddress()));
    if (to.getPort() == HTTPS) {
      return sites.port(host.name(), names, new DnsOverHttps(recursive(host))).orElseThrow();
    }
    DnsOverTls server = encrypted.get(to);
    if (server == null) {
      DnsListener plain = listener(host, new InetSocketAddress(to.getAddress(), DNS)).orElseThrow();
      server = new DnsOverTls(names, plain::serve);
      encrypted.put(to, server);
    }
    return server.port();
  }

  /** Whether a name server of the lab answers there. */
  boolean answersAt(InetSocketAddress to) {
    return to.getPort() == DNS
        && topology.node(to.getAddress()).orElse(null) instanceof Topology.Host host
        && service(host).isPresent();
  }

  private Optional<DnsListener.Service> service(Topology.Host host) {
    if (RESOLVERS.contains(host.name())) {
      return Optional.of(recursive(host));
    }
    if (host.serves().isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        (query, transport, client) ->
            condition(host.name()) instanceof Condition.Lame
                ? refuse(query, Rcode.REFUSED)
                : answer(host, query, transport, client));
  }

  private List<Bytes> answer(
      Topology.Host host,
      Bytes query,
      AuthoritativeServer.Transport transport,
      InetAddress client) {
    Optional<Message> notified = notified(host, query);
    if (notified.isPresent()) {
      return List.of(Bytes.of(notified.get().toWire()));
    }
    secondaries.refreshWhatIsDue(host);
    List<Name> expired = secondaries.expired(host.name());
    if (ServerQuery.read(query) instanceof ServerQuery.Asked asked
        && expired.stream().anyMatch(z -> asked.name().subdomain(z))) {
      // RFC 1035, 3.3.13: after this time the zone is no longer authoritative.
      return refuse(query, Rcode.SERVFAIL);
    }
    AuthoritativeServer server =
        AuthoritativeServer.of(
            zonesOf(host.name()),
            NameServers.traits(host.name(), cookies),
            this::isTransferable,
            zones::earlier);
    List<Bytes> replies = server.answer(query, transport, client, clock.instant());
    return Elsewhere.instead(replies, query, name -> isCutOut(server, name));
  }

  /** Whether a name is below one of the lab's own zones, which are cut down, and no student's. */
  private boolean isCutOut(AuthoritativeServer server, Name name) {
    for (Name each = new Name(name, 1); ; each = new Name(each, 1)) {
      if (server.zones().containsKey(each)) {
        return zones.published(each).isEmpty();
      }
      if (each.labels() <= 1) {
        return false;
      }
    }
  }

  /** The reply to a NOTIFY (RFC 1996, 4.7); fetching comes after it. */
  private Optional<Message> notified(Topology.Host host, Bytes query) {
    try {
      Message message = new Message(query.toArray());
      if (message.getHeader().getOpcode() != Opcode.NOTIFY
          || message.getHeader().getFlag(Flags.QR)
          || message.getQuestion() == null) {
        return Optional.empty();
      }
      Name origin = message.getQuestion().getName();
      boolean ours = secondaries.holds(host.name(), origin);
      Message reply = new Message(message.getHeader().getID());
      reply.getHeader().setOpcode(Opcode.NOTIFY);
      reply.getHeader().setFlag(Flags.QR);
      reply.getHeader().setFlag(Flags.AA);
      reply.getHeader().setRcode(ours ? Rcode.NOERROR : Rcode.NOTAUTH);
      reply.addRecord(message.getQuestion(), Section.QUESTION);
      return Optional.of(reply);
    } catch (IOException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** The root, as the real one's servers allow, and what belongs to the class. */
  boolean isTransferable(Name origin) {
    return origin.equals(Name.root)
        || zones.published(origin).isPresent()
        || ("." + origin).endsWith(".example.");
  }

  private List<Zone> zonesOf(String host) {
    List<Zone> served = new ArrayList<>();
    for (String origin : host(host).serves()) {
      try {
        secondaries
            .served(host, Name.fromString(origin, Name.root))
            .map(zones::asServed)
            .ifPresent(served::add);
      } catch (TextParseException e) {
        throw new IllegalStateException("in the topology: " + origin, e);
      }
    }
    return served;
  }

  private static List<Bytes> refuse(Bytes query, int rcode) {
    return switch (ServerQuery.read(query)) {
      case ServerQuery.Ignored _ -> List.of();
      case ServerQuery.Rejected rejected -> List.of(Bytes.of(rejected.reply().toWire()));
      case ServerQuery.Asked asked -> {
        Message reply = asked.reply();
        reply.getHeader().setRcode(rcode);
        reply.getHeader().unsetFlag(Flags.AA);
        yield List.of(Bytes.of(reply.toWire()));
      }
    };
  }

  /** The port of 127.0.0.1 at which each DNS server of the lab can be asked from outside. */
  public Map<InetSocketAddress, Integer> listen() throws IOException {
    Map<InetSocketAddress, Integer> ports = new LinkedHashMap<>();
    for (Topology.Host host : topology.hosts()) {
      for (InetAddress address : host.addresses()) {
        InetSocketAddress dns = new InetSocketAddress(address, DNS);
        listener(host, dns).ifPresent(l -> ports.put(dns, l.port()));
      }
    }
    return ports;
  }

  /** What a capture calls the place where {@code at}'s packets are seen. */
  String link(Topology.Host at) {
    return at.name().equals(topology.here()) ? "lab" : "lab:" + at.name();
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
    sites.close();
    registries.close();
    logins.close();
    for (DnsListener listener : listeners.values()) {
      listener.close();
    }
    listeners.clear();
    for (DnsOverTls listener : encrypted.values()) {
      listener.close();
    }
    encrypted.clear();
  }
}
