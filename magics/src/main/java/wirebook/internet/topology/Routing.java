// Above 500 lines: one packet's way; each turn of it reads the same tables, under one lock.
package wirebook.internet.topology;

import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import wirebook.engine.socket.Cidr;
import wirebook.engine.socket.icmp.Echo;
import wirebook.engine.socket.ip.IpCommand;
import wirebook.engine.socket.ip.IpRefusal;
import wirebook.engine.socket.ip.IpResult;
import wirebook.trace.Bytes;

/**
 * How packets find their way through the lab: from host to host, each by its own table. The tables
 * are first those that a routing protocol would have come to; what somebody changes in one of them
 * has the effect that it has in life.
 *
 * <p>The plugs: a router has one interface for the hosts of each subnet that are linked to it, one
 * for those that are in none, and one for each other router. Hosts do not forward.
 */
public final class Routing {
  public static final int TTL = 64;
  private static final Duration NEIGHBOUR_PATIENCE = Duration.ofSeconds(3);
  private static final int MOST_STEPS = 256;
  private static final int MOST_KNOWN = 10_000;

  private Topology topology;
  private final Function<String, Condition> condition;
  private final Map<String, HostKernel> kernels = new ConcurrentHashMap<>();
  private final Map<String, List<Port>> ports = new HashMap<>();
  private final Map<Bytes, Set<String>> owners = new HashMap<>();
  private final Map<String, List<Place>> places = new LinkedHashMap<>();
  private final Map<String, Map<String, Port>> ways = new HashMap<>();
  private final Map<Question, Outcome> known = new ConcurrentHashMap<>();
  private final Map<Ends, Optional<Bytes>> sources = new ConcurrentHashMap<>();
  private final Set<String> touched = new LinkedHashSet<>();
  private final Map<Lan, Segment> lans = new HashMap<>();
  private @Nullable String root;
  private int changes;

  /** Where several interfaces are plugged together. */
  static final class Segment {
    final List<Port> members = new ArrayList<>();
    final List<Port> routers = new ArrayList<>();

    /** The subnets of the hosts on it. */
    final Set<Cidr> ranges = new HashSet<>();
  }

  /** The hosts of one subnet at a router; of none, when it is empty. */
  private record Lan(String router, Optional<Cidr> range) {}

  /** One interface of a node. */
  record Port(String node, int device, Duration delay, Topology.Link link, Segment segment) {
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Port p && p.node.equals(node) && p.device == device;
    }

    @Override
    public int hashCode() {
      return node.hashCode() * 31 + device;
    }
  }

  /** A range that is reached at a router. */
  private record Place(Cidr range, boolean subnet) {}

  private record Question(
      String from, Bytes source, Bytes to, int ttl, int size, boolean whole, int flow) {}

  private record Ends(String from, Bytes to) {}

  /**
   * A node that a packet came to.
   *
   * @param delay since it was sent
   * @param jitter of the links so far that have any
   * @param arrives the share of such packets that comes so far
   */
  public record Step(
      String node, int device, Duration delay, List<Duration> jitter, double arrives) {}

  /** What became of a packet. */
  public sealed interface Outcome {
    List<Step> steps();

    /** How long it was under way. */
    default Duration delay() {
      return steps().isEmpty() ? Duration.ZERO : steps().getLast().delay();
    }

    /** How long one packet is, when chance adds to it or takes away, each link for itself. */
    default Duration delay(RandomGenerator chance) {
      double nanos = 0;
      for (Duration jitter : steps().isEmpty() ? List.<Duration>of() : steps().getLast().jitter) {
        nanos += jitter.toNanos() * (2 * chance.nextDouble() - 1);
      }
      return delay().plusNanos(Math.round(nanos));
    }

    /** It came to the host that has the address. */
    record Delivered(List<Step> steps, String node) implements Outcome {}

    /** It is for all on a link, or all of a group: nobody of the lab listens, nobody answers. */
    record ToMany(boolean broadcast) implements Outcome {
      @Override
      public List<Step> steps() {
        return List.of();
      }
    }

    /** It went nowhere: the sender's own kernel refused it. */
    record Refused(List<Step> steps, int errno) implements Outcome {}

    /** Nobody says anything. */
    record Dropped(List<Step> steps, String reason) implements Outcome {}

    /**
     * A router says why it goes no further (RFC 792, RFC 4443).
     *
     * @param by the router's name, {@code address} the one that it says it with
     * @param mtu of the next link, for what is too large
     */
    record Returned(List<Step> steps, String by, Bytes address, Echo.Why why, int mtu)
        implements Outcome {}
  }

  public Routing(Topology topology, Function<String, Condition> condition) {
    this.topology = topology;
    this.condition = condition;
    plugIn();
  }

  // Plugs.

  private void plugIn() {
    for (Topology.Link link : topology.links()) {
      plug(link);
    }
    for (Topology.Node node : topology.nodes().values()) {
      settle(node);
    }
  }

  private boolean isRouter(String name) {
    return topology.nodes().get(name) instanceof Topology.Router;
  }

  private void plug(Topology.Link link) {
    boolean one = isRouter(link.one());
    boolean other = isRouter(link.other());
    if (one == other) {
      Segment cable = new Segment();
      port(link.one(), link.delay(), link, cable);
      port(link.other(), Duration.ZERO, link, cable);
      return;
    }
    String router = one ? link.one() : link.other();
    String host = one ? link.other() : link.one();
    Segment lan =
        lans.computeIfAbsent(
            new Lan(router, shared(host, router)),
            _ -> {
              Segment fresh = new Segment();
              port(router, Duration.ZERO, new Topology.Link(router, "", Duration.ZERO), fresh);
              return fresh;
            });
    port(host, link.delay(), link, lan);
    addressesOf(host).stream()
        .map(this::rangeOf)
        .flatMap(Optional::stream)
        .forEach(lan.ranges::add);
  }

  /** The first subnet of a router that a host has an address in. */
  private Optional<Cidr> shared(String host, String router) {
    return addressesOf(host).stream()
        .flatMap(
            h ->
                addressesOf(router).stream()
                    .map(this::rangeOf)
                    .flatMap(Optional::stream)
                    .filter(r -> r.contains(h)))
        .findFirst();
  }

  private Optional<Cidr> rangeOf(InetAddress address) {
    return topology.subnetOf(Bytes.of(address.getAddress()));
  }

  private void port(String node, Duration delay, Topology.Link link, Segment segment) {
    List<Port> own = ports.computeIfAbsent(node, _ -> new ArrayList<>());
    Port port = new Port(node, own.size() + 2, delay, link, segment);
    own.add(port);
    segment.members.add(port);
    if (isRouter(node)) {
      segment.routers.add(port);
    }
  }

  /** Where the addresses of a node are. */
  private void settle(Topology.Node node) {
    for (InetAddress address : node.addresses()) {
      Bytes bytes = Bytes.of(address.getAddress());
      owners.computeIfAbsent(bytes, _ -> new LinkedHashSet<>()).add(node.name());
      Optional<Cidr> subnet = topology.subnetOf(bytes);
      Place place =
          new Place(subnet.orElse(Cidr.of(bytes, 8 * bytes.length())), subnet.isPresent());
      for (String at : isRouter(node.name()) ? List.of(node.name()) : routersOf(node.name())) {
        if (subnet.isEmpty() || isRouter(node.name())) {
          List<Place> all = places.computeIfAbsent(at, _ -> new ArrayList<>());
          if (subnet.isEmpty() || !all.contains(place)) {
            all.add(place);
          }
        }
      }
    }
  }

  private List<String> routersOf(String host) {
    return ports.getOrDefault(host, List.of()).stream()
        .flatMap(p -> p.segment.routers.stream())
        .map(Port::node)
        .filter(n -> !n.equals(host))
        .distinct()
        .toList();
  }

  // Kernels.

  /** The kernel of a node, which is made when it is first asked for. */
  public synchronized HostKernel kernel(String name) {
    HostKernel kernel = kernels.get(name);
    if (kernel == null) {
      kernel = make(name);
      kernels.put(name, kernel);
      List<List<String>> commands = topology.commands().getOrDefault(name, List.of());
      for (int i = 0; i < commands.size(); i++) {
        refusal(kernel, commands.get(i), i);
      }
      touched.remove(name);
    }
    return kernel;
  }

  /** One of the commands of the topology that a node does not take. */
  static final class RefusedCommand extends IllegalArgumentException {
    private static final long serialVersionUID = 1;
    private final int number;

    RefusedCommand(int number, String message) {
      super(message.strip().replaceFirst("\\.$", ""));
      this.number = number;
    }

    int number() {
      return number;
    }
  }

  /** What ip was told before: what it does not take any more is left out. */
  public void tell(String node, List<String> words) {
    try {
      refusal(kernel(node), words, 0);
    } catch (RefusedCommand e) {
      // Another network: that interface or that way is gone.
    }
  }

  private static void refusal(HostKernel kernel, List<String> words, int number) {
    try {
      IpResult result = IpCommand.run(kernel, _ -> Optional.empty(), words, false);
      if (result.status() != 0) {
        throw new RefusedCommand(number, result.error());
      }
    } catch (IpRefusal e) {
      throw new RefusedCommand(number, e.text());
    }
  }

  private HostKernel make(String name) {
    Topology.Node node = node(name);
    HostKernel kernel = new HostKernel(name, () -> changed(name), this::neighbours);
    List<Port> own = ports.getOrDefault(name, List.of());
    Bytes hardware = hardware(node);
    for (Port port : own) {
      byte[] mac = hardware.toArray();
      mac[1] = (byte) (port.device - 2);
      kernel.plug("eth" + (port.device - 2), port.link.mtu(), Bytes.of(mac));
    }
    int first = own.isEmpty() ? HostKernel.LOOPBACK : 2;
    for (InetAddress address : node.addresses()) {
      Bytes bytes = Bytes.of(address.getAddress());
      int bits = topology.subnetOf(bytes).map(Cidr::bits).orElse(8 * bytes.length());
      kernel.give(deviceFor(name, bytes, first), bytes, bits);
    }
    if (isRouter(name)) {
      towardsAll(name, kernel);
    } else {
      own.stream().findFirst().ifPresent(p -> towardsRouter(p, kernel));
    }
    return kernel;
  }

  /** The interface on whose segment others have addresses of the same subnet, else the first. */
  private int deviceFor(String name, Bytes address, int first) {
    Optional<Cidr> subnet = topology.subnetOf(address);
    if (subnet.isEmpty()) {
      return first;
    }
    boolean router = isRouter(name);
    for (Port port : ports.getOrDefault(name, List.of())) {
      List<Port> others =
          router && port.segment.members.size() == 2 ? port.segment.members : port.segment.routers;
      if ((router && port.segment.ranges.contains(subnet.get()))
          || others.stream()
              .filter(m -> !m.node.equals(name))
              .anyMatch(m -> addressesOf(m.node).stream().anyMatch(subnet.get()::contains))) {
        return port.device;
      }
    }
    return first;
  }

  private List<InetAddress> addressesOf(String node) {
    return node(node).addresses();
  }

  private Topology.Node node(String name) {
    return topology
        .node(name)
        .orElseThrow(() -> new IllegalArgumentException("no " + name + " in the network"));
  }

  /** Locally administered, made of the first address. */
  private static Bytes hardware(Topology.Node node) {
    byte[] mac = {2, 0, 0, 0, 0, 0};
    byte[] address =
        node.addresses().isEmpty() ? new byte[4] : node.addresses().getFirst().getAddress();
    System.arraycopy(address, address.length - 4, mac, 2, 4);
    return Bytes.of(mac);
  }

  private void towardsRouter(Port port, HostKernel kernel) {
    for (Port member : port.segment.members) {
      if (!isRouter(member.node)) {
        continue;
      }
      for (boolean six : List.of(false, true)) {
        Optional<Bytes> gateway = gateway(member.node, kernel, six);
        if (gateway.isPresent()
            && kernel.ownAddress(port.device, six).isPresent()
            && isNear(gateway.get(), kernel)) {
          kernel.route(
              new Cidr(Bytes.of(new byte[six ? 16 : 4]), 0), gateway, port.device, HostKernel.BOOT);
        }
      }
      return;
    }
  }

  /** Whether a host takes an address for a gateway: one without a subnet takes any. */
  private static boolean isNear(Bytes gateway, HostKernel kernel) {
    int bits = 8 * gateway.length();
    List<Cidr> ranges =
        kernel.addresses().stream()
            .filter(a -> a.scope() == 0 && a.local().length() == gateway.length())
            .map(HostKernel.Address::range)
            .filter(r -> r.bits() < bits)
            .toList();
    return ranges.isEmpty() || ranges.stream().anyMatch(r -> r.contains(Cidr.of(gateway, bits)));
  }

  /** The router's address that is in a subnet of this host, else its first. */
  private Optional<Bytes> gateway(String router, HostKernel kernel, boolean six) {
    List<Bytes> all =
        addressesOf(router).stream()
            .map(a -> Bytes.of(a.getAddress()))
            .filter(a -> (a.length() == 16) == six)
            .toList();
    return all.stream()
        .filter(
            a ->
                kernel.addresses().stream()
                    .anyMatch(o -> o.range().contains(Cidr.of(a, 8 * a.length()))))
        .findFirst()
        .or(() -> all.stream().findFirst());
  }

  /**
   * What a routing protocol comes to: the quickest way to each range, what is the same as default.
   */
  private void towardsAll(String name, HostKernel kernel) {
    Map<String, Port> first = ways.computeIfAbsent(name, this::firstSteps);
    Port up = name.equals(root()) ? null : first.get(root());
    // The nearest first: the range of a link is at both of its ends.
    Set<Cidr> done = new HashSet<>();
    Stream.concat(Stream.of(name), first.keySet().stream())
        .forEach(
            at -> towards(kernel, name, first, up, at, places.getOrDefault(at, List.of()), done));
    if (up != null) {
      for (boolean six : List.of(false, true)) {
        Optional<Bytes> gateway = otherEnd(up).flatMap(o -> gateway(o.node, kernel, six));
        gateway.ifPresent(
            g ->
                kernel.route(
                    new Cidr(Bytes.of(new byte[six ? 16 : 4]), 0),
                    Optional.of(g),
                    up.device,
                    HostKernel.STATIC));
      }
    }
  }

  private void towards(
      HostKernel kernel,
      String name,
      Map<String, Port> first,
      @Nullable Port up,
      String at,
      List<Place> ranges,
      Set<Cidr> done) {
    Port way = first.get(at);
    if (at.equals(name)) {
      Optional<Port> lan =
          ports.getOrDefault(name, List.of()).stream().filter(p -> !isRouterLink(p)).findFirst();
      for (Place place : ranges) {
        boolean own = kernel.has(place.range.network()) && !place.subnet;
        if (!place.subnet && !own && lan.isPresent()) {
          kernel.route(place.range, Optional.empty(), lan.get().device, HostKernel.STATIC);
        }
      }
    } else if (way != null) {
      String next = otherEnd(way).map(Port::node).orElse("");
      for (Place place : ranges) {
        boolean six = !place.range.isIpv4();
        Optional<Bytes> gateway = gateway(next, kernel, six);
        boolean connected =
            kernel.addresses().stream().anyMatch(a -> a.range().equals(place.range));
        if (gateway.isPresent() && !connected && done.add(place.range) && !way.equals(up)) {
          kernel.route(place.range, gateway, way.device, HostKernel.STATIC);
        }
      }
    }
  }

  private boolean isRouterLink(Port port) {
    return isRouter(port.link.one()) && isRouter(port.link.other());
  }

  private static Optional<Port> otherEnd(Port port) {
    return port.segment.members.stream().filter(m -> !m.node.equals(port.node)).findFirst();
  }

  /** The router that most is at: everybody's default leads to it. */
  private String root() {
    if (root == null) {
      root =
          topology.nodes().values().stream()
              .filter(Topology.Router.class::isInstance)
              .map(Topology.Node::name)
              .max(
                  Comparator.comparingInt((String r) -> places.getOrDefault(r, List.of()).size())
                      .thenComparingInt(r -> -List.copyOf(topology.nodes().keySet()).indexOf(r)))
              .orElse("");
    }
    return root;
  }

  /**
   * For each router, by which of its own ports the quickest way from {@code start} begins; the
   * nearest router comes first.
   */
  private Map<String, Port> firstSteps(String start) {
    record Reached(String node, Duration delay, @Nullable Port first) {}
    Map<String, Port> firsts = new LinkedHashMap<>();
    Set<String> done = new HashSet<>();
    PriorityQueue<Reached> queue = new PriorityQueue<>(Comparator.comparing(Reached::delay));
    queue.add(new Reached(start, Duration.ZERO, null));
    while (!queue.isEmpty()) {
      Reached next = queue.remove();
      if (!done.add(next.node)) {
        continue;
      }
      if (next.first != null) {
        firsts.put(next.node, next.first);
      }
      for (Port port : ports.getOrDefault(next.node, List.of())) {
        if (isRouterLink(port)) {
          otherEnd(port)
              .ifPresent(
                  o ->
                      queue.add(
                          new Reached(
                              o.node,
                              next.delay.plus(port.link.delay()),
                              next.first == null ? port : next.first)));
        }
      }
    }
    return firsts;
  }

  private synchronized void changed(String name) {
    touched.add(name);
    changes++;
    learn(name);
  }

  private void learn(String name) {
    changed();
    owners.values().forEach(o -> o.remove(name));
    for (Bytes address : kernel(name).global()) {
      owners.computeIfAbsent(address, _ -> new LinkedHashSet<>()).add(name);
    }
  }

  /** How often a node was changed. */
  public synchronized int changes() {
    return changes;
  }

  /** The tables and interfaces that somebody changed are as the topology says again. */
  public synchronized void restore() {
    List.copyOf(touched).forEach(this::restore);
  }

  /** A node's tables and interfaces are as the topology says again. */
  public synchronized void restore(String name) {
    if (touched.remove(name)) {
      kernels.remove(name);
      learn(name);
    }
  }

  /** Something that no table tells of is different now. */
  public void changed() {
    known.clear();
    sources.clear();
  }

  /** One more host, or other addresses of one: the tables learn of it. */
  public synchronized void follow(Topology next, String host) {
    boolean fresh = !topology.nodes().containsKey(host);
    topology = next;
    changed();
    if (!fresh) {
      return;
    }
    List<String> before = List.copyOf(kernels.keySet());
    for (Topology.Link link : next.links()) {
      if (link.one().equals(host) || link.other().equals(host)) {
        String router = link.opposite(host);
        if (isRouter(router) && !lans.containsKey(new Lan(router, shared(host, router)))) {
          kernels.remove(router);
        }
        plug(link);
      }
    }
    settle(node(host));
    for (String name : before) {
      HostKernel kernel = kernels.get(name);
      if (kernel == null || !isRouter(name)) {
        continue;
      }
      Map<String, Port> first = ways.computeIfAbsent(name, this::firstSteps);
      Port up = name.equals(root()) ? null : first.get(root());
      Set<Cidr> done = new HashSet<>();
      for (String at : routersOf(host)) {
        List<Place> mine =
            addressesOf(host).stream()
                .map(a -> Bytes.of(a.getAddress()))
                .filter(a -> topology.subnetOf(a).isEmpty())
                .map(a -> new Place(Cidr.of(a, 8 * a.length()), false))
                .toList();
        towards(kernel, name, first, up, at, mine, done);
      }
    }
  }

  // Packets.

  /** Whether both ends of a link are up. */
  public synchronized boolean isUp(Topology.Link link) {
    return Stream.of(link.one(), link.other())
        .flatMap(n -> ports.getOrDefault(n, List.of()).stream())
        .filter(p -> p.link.equals(link))
        .allMatch(p -> kernel(p.node).isUp(p.device));
  }

  /** The nodes that have an address now. */
  synchronized Set<String> owners(Bytes address) {
    return Set.copyOf(owners.getOrDefault(address, Set.of()));
  }

  /**
   * Sends a packet.
   *
   * @param source empty for the one that the sender's kernel takes
   * @param size of the whole packet in bytes
   * @param whole whether it must not be cut into fragments (RFC 791)
   */
  public Outcome send(
      String from, Optional<Bytes> source, Bytes to, int ttl, int size, boolean whole, int flow) {
    Question question = new Question(from, source.orElse(Bytes.EMPTY), to, ttl, size, whole, flow);
    Outcome outcome = known.get(question);
    if (outcome == null) {
      outcome = walk(question, source);
      if (known.size() >= MOST_KNOWN) {
        changed();
      }
      known.put(question, outcome);
    }
    return outcome;
  }

  /** A packet that may be cut, on a way of several that is always the same for two ends. */
  public Outcome send(String from, Optional<Bytes> source, Bytes to, int size) {
    return send(from, source, to, TTL, size, false, to.hashCode());
  }

  /** The address that a host's packet to another has. */
  public Optional<Bytes> source(String from, Bytes to) {
    Ends ends = new Ends(from, to);
    Optional<Bytes> source = sources.get(ends);
    if (source == null) {
      source = kernel(from).decide(to, Optional.empty(), 0, 0, to.hashCode()).source();
      if (sources.size() >= MOST_KNOWN) {
        sources.clear();
      }
      sources.put(ends, source);
    }
    return source;
  }

  /** The share of packets that is lost on a way, or whose answer is, in percent. */
  public static int loss(Outcome way, Outcome back) {
    return (int) Math.round(100 * (1 - arrives(way) * arrives(back)));
  }

  private static double arrives(Outcome way) {
    return way.steps().isEmpty() ? 1 : way.steps().getLast().arrives;
  }

  private synchronized Outcome walk(Question q, Optional<Bytes> source) {
    List<Step> steps = new ArrayList<>();
    String at = q.from;
    int in = 0;
    int ttl = q.ttl;
    Duration delay = Duration.ZERO;
    List<Duration> jitter = List.of();
    double arrives = 1;
    Optional<Bytes> from = source;
    while (steps.size() < MOST_STEPS) {
      HostKernel kernel = kernel(at);
      boolean origin = steps.isEmpty();
      HostKernel.Decision decision = kernel.decide(q.to, from, in, 0, q.flow);
      if (decision.type() == HostKernel.LOCAL) {
        return new Outcome.Delivered(List.copyOf(steps), at);
      }
      if (origin) {
        if (decision.type() == HostKernel.BROADCAST
            || (decision.type() == HostKernel.MULTICAST && decision.hop().isPresent())) {
          return new Outcome.ToMany(decision.type() == HostKernel.BROADCAST);
        }
        int errno = HostKernel.errno(decision);
        if (errno != 0) {
          return new Outcome.Refused(List.of(), errno);
        }
        from = source.or(decision::source);
        if (from.isEmpty()) {
          return new Outcome.Refused(List.of(), 101);
        }
      } else if (!isRouter(at)) {
        return new Outcome.Dropped(List.copyOf(steps), at + " is a host: it forwards nothing");
      }
      switch (decision.type()) {
        case HostKernel.UNICAST -> {
          if (decision.hop().isEmpty()) {
            return returned(steps, at, in, from, q.to, Echo.Why.NET_UNREACHABLE, 0, delay);
          }
        }
        case HostKernel.BLACKHOLE -> {
          return new Outcome.Dropped(List.copyOf(steps), at + " has a blackhole route");
        }
        case HostKernel.UNREACHABLE -> {
          return returned(steps, at, in, from, q.to, Echo.Why.HOST_UNREACHABLE, 0, delay);
        }
        case HostKernel.PROHIBIT -> {
          return returned(steps, at, in, from, q.to, Echo.Why.PROHIBITED, 0, delay);
        }
        default -> {
          return returned(steps, at, in, from, q.to, Echo.Why.NET_UNREACHABLE, 0, delay);
        }
      }
      // As in Linux, a route that refuses does so before the time to live is looked at.
      if (!origin && --ttl <= 0) {
        return returned(steps, at, in, from, q.to, Echo.Why.TIME_EXCEEDED, 0, delay);
      }
      RouteTable.Hop hop = decision.hop().get();
      if (q.size > kernel.mtu(hop.device()) && (q.whole || (q.to.length() == 16 && !origin))) {
        return origin
            ? new Outcome.Refused(List.of(), Echo.Why.TOO_LARGE.errno())
            : returned(
                steps, at, in, from, q.to, Echo.Why.TOO_LARGE, kernel.mtu(hop.device()), delay);
      }
      Optional<Port> next = neighbour(at, hop.device(), hop.gateway().orElse(q.to));
      if (next.isEmpty()) {
        kernel.silent(hop.device(), hop.gateway().orElse(q.to));
        return returned(
            steps,
            at,
            in,
            from,
            q.to,
            Echo.Why.HOST_UNREACHABLE,
            0,
            delay.plus(NEIGHBOUR_PATIENCE));
      }
      Port out = port(at, hop.device());
      delay = delay.plus(out.delay).plus(next.get().delay);
      for (Topology.Link link : new LinkedHashSet<>(List.of(out.link, next.get().link))) {
        arrives *= 1 - link.lossPercent() / 100.0;
        if (!link.jitter().isZero()) {
          jitter = Stream.concat(jitter.stream(), Stream.of(link.jitter())).toList();
        }
      }
      at = next.get().node;
      in = next.get().device;
      switch (condition.apply(at)) {
        case Condition.Failed _ -> {
          return new Outcome.Dropped(List.copyOf(steps), at + " is down");
        }
        case Condition.Slow slow -> delay = delay.plus(slow.extra());
        case Condition.Up _, Condition.Lame _, Condition.Lossy _ -> {}
      }
      steps.add(new Step(at, in, delay, jitter, arrives));
    }
    return new Outcome.Dropped(List.copyOf(steps), "it went round in a circle");
  }

  private Port port(String node, int device) {
    return ports.getOrDefault(node, List.of()).get(device - 2);
  }

  private Outcome returned(
      List<Step> steps,
      String by,
      int in,
      Optional<Bytes> from,
      Bytes to,
      Echo.Why why,
      int mtu,
      Duration delay) {
    if (steps.isEmpty()) {
      return new Outcome.Refused(List.of(new Step(by, 0, delay, List.of(), 1)), why.errno());
    }
    List<Step> all = new ArrayList<>(steps);
    Step last = steps.getLast();
    all.set(all.size() - 1, new Step(by, in, delay, last.jitter, last.arrives));
    // As Linux does, with the address of the interface by which it sends this. Without an address
    // of the family it can say nothing.
    return from.flatMap(f -> source(by, f))
        .or(() -> kernel(by).ownAddress(in, to.length() == 16))
        .<Outcome>map(a -> new Outcome.Returned(List.copyOf(all), by, a, why, mtu))
        .orElseGet(
            () -> new Outcome.Dropped(List.copyOf(all), by + " has no address to answer with"));
  }

  /** Who on the segment has the address, on an interface that is up. */
  private Optional<Port> neighbour(String node, int device, Bytes address) {
    if (device < 2) {
      return Optional.empty();
    }
    Segment segment = port(node, device).segment;
    for (String owner : owners.getOrDefault(address, Set.of())) {
      for (Port port : ports.getOrDefault(owner, List.of())) {
        if (port.segment == segment && !owner.equals(node) && kernel(owner).isUp(port.device)) {
          return Optional.of(port);
        }
      }
    }
    return Optional.empty();
  }

  /** The neighbours of a host, as its neighbour table has them. */
  private List<HostKernel.Neighbour> neighbours(HostKernel kernel) {
    List<HostKernel.Neighbour> all = new ArrayList<>();
    for (Port own : ports.getOrDefault(kernel.host(), List.of())) {
      if (!kernel.isUp(own.device)) {
        continue;
      }
      for (Port other : own.segment.members) {
        if (other.node.equals(kernel.host()) || all.size() >= MOST_STEPS) {
          continue;
        }
        HostKernel there = kernel(other.node);
        Bytes hardware = there.interfaces().get(other.device - 1).hardware();
        for (HostKernel.Address a : there.addresses()) {
          boolean near =
              a.scope() == 0
                  && a.local().length() == 4
                  && (kernel.addresses().stream()
                          .anyMatch(
                              o ->
                                  o.device() == own.device
                                      && o.range().contains(Cidr.of(a.local(), 32)))
                      || (isRouter(other.node) && !isRouter(kernel.host())));
          if (near) {
            all.add(
                new HostKernel.Neighbour(a.local(), own.device, hardware, isRouter(other.node)));
          }
        }
      }
    }
    return all;
  }
}
