package wirebook.internet.wire;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.function.Supplier;
import wirebook.engine.socket.Errno;
import wirebook.engine.socket.icmp.Echo;
import wirebook.engine.socket.icmp.Probe;
import wirebook.internet.time.LabClock;
import wirebook.internet.topology.Condition;
import wirebook.internet.topology.HostKernel;
import wirebook.internet.topology.Routing;
import wirebook.internet.topology.Topology;
import wirebook.internet.topology.World;
import wirebook.trace.Bytes;
import wirebook.trace.Event;
import wirebook.trace.IpText;

/**
 * What becomes of packets between the hosts of the lab: their way, delay, loss, and what ICMP says.
 */
public final class LabPackets {
  private final World world;
  private final LabClock clock;
  private final Listeners bound;
  private final Supplier<LabServers> servers;
  private final Random losses = new Random(1);
  private volatile Optional<Trip> trip = Optional.empty();

  LabPackets(World world, LabClock clock, Listeners bound, Supplier<LabServers> servers) {
    this.world = world;
    this.clock = clock;
    this.bound = bound;
    this.servers = servers;
  }

  /** What becomes of a packet to an address. */
  public sealed interface Route {
    /** Nobody answers. */
    record Lost() implements Route {}

    /** The host says that nothing listens there. */
    record Closed(Duration delay) implements Route {}

    /** It arrives. */
    sealed interface Leading extends Route {}

    /** At a port on loopback, after a delay of lab time. */
    record Open(int realPort, Duration delay) implements Leading {}

    /** It stays on its host, where a socket on loopback has it. */
    record Inside(InetSocketAddress real) implements Leading {}

    /**
     * The sender's own kernel, or a router on the way, says that it goes no further.
     *
     * @param after zero for the sender's own kernel
     */
    record Unreachable(int errno, Duration after) implements Route {
      /** What the JDK throws for it. */
      public SocketException exception() {
        String text = Errno.of(errno).text();
        return switch (errno) {
          case 113 -> new NoRouteToHostException(text);
          case 13 -> new BindException(text);
          default -> new SocketException(text);
        };
      }
    }
  }

  /** A packet that somebody sent, and the answer's way. */
  public record Trip(
      String from, InetAddress to, Routing.Outcome way, Optional<Routing.Outcome> back) {}

  /** The last packet of somebody who sits in the lab, not of the servers in it. */
  public Optional<Trip> lastTrip() {
    return trip;
  }

  private void remember(String from, InetAddress to, Routing.Outcome way) {
    if (!LabClock.CURRENT.isBound()) {
      Optional<Routing.Outcome> back =
          way instanceof Routing.Outcome.Delivered d
              ? world
                  .routing()
                  .source(from, Bytes.of(to.getAddress()))
                  .map(s -> world.routing().send(d.node(), Optional.empty(), s, SMALL))
              : Optional.empty();
      trip = Optional.of(new Trip(from, to, way, back));
    }
  }

  /** Whether what a host sends there stays on it; a name server of the lab is reached as others. */
  public boolean isInside(Topology.Host host, InetSocketAddress to) {
    return Listeners.isInside(to.getAddress())
        || (world.routing().kernel(host.name()).has(Bytes.of(to.getAddress().getAddress()))
            && !servers.get().answersAt(to));
  }

  public Route route(Topology.Host from, InetSocketAddress to, Event.Transport protocol)
      throws IOException {
    if (isInside(from, to)) {
      return inside(from, to, protocol);
    }
    if (world.condition(from.name()) instanceof Condition.Failed) {
      return new Route.Lost();
    }
    Bytes there = Bytes.of(to.getAddress().getAddress());
    Routing.Outcome sent = world.routing().send(from.name(), Optional.empty(), there, SMALL);
    remember(from.name(), to.getAddress(), sent);
    return switch (sent) {
      case Routing.Outcome.Refused refused ->
          new Route.Unreachable(refused.errno(), refused.delay());
      // As Linux has it: TCP goes to one host only.
      case Routing.Outcome.ToMany _ ->
          protocol == Event.Transport.TCP
              ? new Route.Unreachable(101, Duration.ZERO)
              : new Route.Lost();
      case Routing.Outcome.Dropped _ -> new Route.Lost();
      case Routing.Outcome.Returned returned ->
          new Route.Unreachable(returned.why().errno(), returned.delay().multipliedBy(2));
      case Routing.Outcome.Delivered way -> arrived(from, to, there, protocol, way);
    };
  }

  /** What becomes of a packet to a host's own address: it stays there. */
  private Route inside(Topology.Host host, InetSocketAddress to, Event.Transport protocol)
      throws IOException {
    boolean here = host.name().equals(world.topology().here());
    int port = to.getPort();
    Route real =
        to.getAddress().isLoopbackAddress()
            ? new Route.Inside(to)
            : protocol == Event.Transport.TCP && !to.getAddress().isAnyLocalAddress()
                ? new Route.Open(port, Duration.ZERO)
                : new Route.Inside(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    if (bound.hears(protocol, host.name(), to)) {
      return real;
    }
    if (protocol == Event.Transport.TCP
        // The machine's own sshd is this host's.
        && (!here || world.topology().service(host.name(), port).isPresent())) {
      OptionalInt service = servers.get().ownPort(host.name(), to);
      if (service.isPresent()) {
        return new Route.Open(service.getAsInt(), Duration.ZERO);
      }
    }
    boolean machines =
        bound.at(protocol, port).filter(p -> p.isOn(host.name())).isEmpty()
            && (here
                ? bound.isTheMachines(protocol, port)
                : bound.at(protocol, port).isEmpty()
                    && (protocol == Event.Transport.UDP || Listeners.startedHere().contains(port)));
    return machines ? real : new Route.Closed(Duration.ZERO);
  }

  /** What answers to who asks from elsewhere. */
  private Optional<Integer> port(Topology.Node node, InetSocketAddress to, Event.Transport protocol)
      throws IOException {
    return bound.hears(protocol, node.name(), to)
        ? Optional.of(to.getPort())
        : servers.get().port(node, to, protocol);
  }

  /** The size of a packet that opens a connection, or asks a short question. */
  private static final int SMALL = 60;

  /**
   * Sends a packet from a host and waits, in no time, for what comes back; the clock stays. A
   * capture gets both.
   */
  public Echo echo(String from, InetAddress to, Probe probe) {
    Bytes there = Bytes.of(to.getAddress());
    Echo echo = answer(from, to, there, probe);
    boolean open = echo instanceof Echo.Reply && probe.asks().isPresent() && listens(to, probe);
    world
        .routing()
        .source(from, there)
        .ifPresent(
            s ->
                probe.tap(
                    from.equals(world.topology().here()) ? "lab" : "lab:" + from,
                    IpText.address(s),
                    to,
                    echo,
                    open,
                    Duration.ZERO));
    return echo;
  }

  private boolean listens(InetAddress to, Probe probe) {
    try {
      Optional<Topology.Node> node = world.topology().node(to);
      return node.isPresent()
          && port(
                  node.get(),
                  new InetSocketAddress(to, probe.asks().getAsInt()),
                  Event.Transport.TCP)
              .isPresent();
    } catch (IOException e) {
      return false;
    }
  }

  /** The largest packet that a host sends to an address whole, as far as it knows. */
  public int mtu(String from, InetAddress to) {
    HostKernel kernel = world.routing().kernel(from);
    int own = kernel.mtu(2);
    return kernel
        .path(Bytes.of(to.getAddress()))
        .map(path -> Math.min(own, path.mtu()))
        .orElse(own);
  }

  private Echo answer(String from, InetAddress to, Bytes there, Probe probe) {
    int flow = there.hashCode();
    int ttl = probe.ttl();
    HostKernel kernel = world.routing().kernel(from);
    Optional<HostKernel.PathMtu> path =
        kernel.path(there).filter(p -> probe.whole() && probe.size() > p.mtu());
    if (path.isPresent()) {
      return new Echo.Refused(
          Errno.of(Echo.Why.TOO_LARGE.errno()).text(), path.get().mtu(), Duration.ZERO);
    }
    Routing.Outcome sent =
        world.routing().send(from, Optional.empty(), there, ttl, probe.size(), probe.whole(), flow);
    remember(from, to, sent);
    return switch (sent) {
      case Routing.Outcome.Refused r ->
          new Echo.Refused(
              Errno.of(r.errno()).text(), r.errno() == 90 ? kernel.mtu(2) : 0, r.delay());
      case Routing.Outcome.ToMany many ->
          many.broadcast()
              ? new Echo.Refused(Errno.of(13).text(), 0, Duration.ZERO)
              : new Echo.Silence(Duration.ZERO);
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
                        IpText.address(r.address()),
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
    Optional<Bytes> here = world.routing().source(from, there);
    if (here.isEmpty()
        || !(world.routing().send(node, Optional.empty(), here.get(), SMALL)
            instanceof Routing.Outcome.Delivered back)) {
      return Optional.empty();
    }
    int percent = Routing.loss(way, back);
    if (world.condition(node) instanceof Condition.Lossy lossy) {
      percent = Math.max(percent, lossy.percent());
    }
    synchronized (losses) {
      return percent > 0 && losses.nextInt(100) < percent ? Optional.empty() : Optional.of(back);
    }
  }

  private Route arrived(
      Topology.Host from,
      InetSocketAddress to,
      Bytes there,
      Event.Transport protocol,
      Routing.Outcome.Delivered way)
      throws IOException {
    Optional<Bytes> here = world.routing().source(from.name(), there);
    Routing.Outcome back =
        world.routing().send(way.node(), Optional.of(there), here.orElse(there), SMALL);
    Optional<Topology.Node> node = world.topology().node(way.node());
    if (!(back instanceof Routing.Outcome.Delivered)
        || node.isEmpty()
        || (protocol == Event.Transport.TCP && servers.get().apart(from.name(), way.node()))) {
      // No way back, or a firewall: the sender hears nothing.
      return new Route.Lost();
    }
    Duration delay =
        protocol == Event.Transport.UDP ? oneWay(way) : roundTrip(way, back).dividedBy(2);
    int percent = Routing.loss(way, back);
    if (world.condition(way.node()) instanceof Condition.Lossy lossy) {
      percent = Math.max(percent, lossy.percent());
    }
    boolean lost;
    synchronized (losses) {
      lost = percent > 0 && losses.nextInt(100) < percent;
    }
    // TCP sends again what is lost: it is late instead.
    if (lost && protocol == Event.Transport.UDP) {
      return new Route.Lost();
    }
    delay = lost ? delay.plusSeconds(1) : delay;
    Optional<Integer> port = port(node.get(), to, protocol);
    return port.isPresent() ? new Route.Open(port.get(), delay) : new Route.Closed(delay);
  }

  /** How long a reply is under way; empty when it is lost. */
  public Optional<Duration> replyDelay(Topology.Host from, InetAddress client) {
    return world.condition(from.name()) instanceof Condition.Failed
        ? Optional.empty()
        : world.routing().send(from.name(), Optional.empty(), Bytes.of(client.getAddress()), SMALL)
                instanceof Routing.Outcome.Delivered way
            ? Optional.of(way.delay())
            : Optional.empty();
  }

  /** From now on this was the last one. */
  public void last(Optional<Trip> trip) {
    this.trip = trip;
  }
}
