package wirebook.internet.plain;

import java.io.IOException;
import java.net.ConnectException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import wirebook.internet.Internets;
import wirebook.internet.wire.LabNetwork;
import wirebook.internet.wire.LabPackets;
import wirebook.internet.wire.LabWay;
import wirebook.internet.wire.Listeners;
import wirebook.internet.wire.Medium;
import wirebook.net.Detour;
import wirebook.net.RealNetwork;
import wirebook.trace.Event;

/**
 * Where the sockets of plain Java code go: what {@link java.net.Socket} and the channels are asked
 * to reach is turned into what the system really reaches, when the lab is in use. The socket itself
 * goes on to show the lab's address. With the real network, and for loopback addresses, nothing is
 * turned.
 *
 * <p>Lab time passes as it does for the lab's own sockets: a round trip to connect, a round trip
 * from a question to the first byte that comes after it.
 */
public final class PlainRoutes implements Detour {
  private static final int DNS = 53;

  private final Internets internets;
  private final Map<Integer, InetSocketAddress> sources = new ConcurrentHashMap<>();
  private @Nullable Nowhere nowhere;

  public PlainRoutes(Internets internets) {
    this.internets = internets;
  }

  /** Whether plain Java's sockets are in the lab now. */
  public boolean inLab() {
    return internets.current() instanceof LabNetwork;
  }

  /** The addresses of a name in the lab. */
  public List<InetAddress> lookUp(String name) throws UnknownHostException {
    return internets.current().lookUp(name);
  }

  /**
   * Where a stream is really connected to.
   *
   * @param lab the connection as it is in the lab, when that is where it goes
   * @param givesUp the lab time at which the system gives up, when nobody answers there
   */
  public record Stream(InetSocketAddress real, Optional<LabWay> lab, OptionalLong givesUp) {
    private Stream(InetSocketAddress real) {
      this(real, Optional.empty(), OptionalLong.empty());
    }
  }

  /**
   * The address to connect a stream to.
   *
   * @param patience how long the caller waits, zero for as long as the system; empty when it does
   *     not wait
   * @throws ConnectException when the lab's host refuses, or does not answer a caller that waits
   * @throws SocketTimeoutException when it does not answer in time
   */
  public Stream stream(InetSocketAddress to, Optional<Duration> patience) throws IOException {
    if (LabNetwork.TURNED.isBound() || !(internets.current() instanceof LabNetwork network)) {
      return new Stream(to);
    }
    Medium lab = network.medium();
    LabPackets.Route route =
        lab.packets().route(network.host(), inLab(lab, to), Event.Transport.TCP);
    if (route instanceof LabPackets.Route.Lost && patience.isEmpty()) {
      network.tap(to, false);
      return new Stream(
          nowhere().stream(),
          Optional.empty(),
          OptionalLong.of(lab.clock().nanoTime() + LabNetwork.SYSTEM_CONNECT_TIMEOUT.toNanos()));
    }
    if (route instanceof LabPackets.Route.Closed && Listeners.isInside(to.getAddress())) {
      throw new ConnectException("Connection refused");
    }
    return switch (network.leading(route, to, patience.orElse(Duration.ZERO))) {
      case LabPackets.Route.Open open ->
          new Stream(
              loopback(open.realPort()),
              Optional.of(
                  new LabWay(
                      lab,
                      network.host(),
                      network.source(to.getAddress()),
                      to,
                      open.realPort(),
                      open.delay())),
              OptionalLong.empty());
      case LabPackets.Route.Inside inside -> new Stream(inside.real());
    };
  }

  /** The lab time that a datagram to {@code to} and an answer take; zero when it is not there. */
  public long roundTrip(InetSocketAddress to) throws IOException {
    return !isReal(to)
            && internets.current() instanceof LabNetwork network
            && network
                    .medium()
                    .packets()
                    .route(network.host(), inLab(network.medium(), to), Event.Transport.UDP)
                instanceof LabPackets.Route.Open open
        ? 2 * open.delay().toNanos()
        : 0;
  }

  /**
   * Whether a host answers within that lab time, which passes.
   *
   * <p>As the JDK does without the right to send echo requests, it is the echo port that is asked.
   */
  public boolean reachable(InetAddress address, Duration patience) throws IOException {
    if (isReal(address) || !(internets.current() instanceof LabNetwork network)) {
      return true;
    }
    if (network.isOwn(address)) {
      return true;
    }
    Medium lab = network.medium();
    Optional<Duration> delay =
        switch (lab.packets()
            .route(network.host(), new InetSocketAddress(address, 7), Event.Transport.TCP)) {
          case LabPackets.Route.Lost _, LabPackets.Route.Unreachable _ -> Optional.empty();
          case LabPackets.Route.Closed closed -> Optional.of(closed.delay());
          case LabPackets.Route.Open open -> Optional.of(open.delay());
          case LabPackets.Route.Inside _ -> Optional.of(Duration.ZERO);
        };
    Optional<Duration> roundTrip = delay.map(d -> d.multipliedBy(2));
    boolean answers = roundTrip.filter(t -> t.compareTo(patience) <= 0).isPresent();
    lab.clock().moveTo(lab.clock().nanoTime() + (answers ? roundTrip.get() : patience).toNanos());
    return answers;
  }

  /** The name of an address in the lab, if it has one. */
  public Optional<String> nameOf(InetAddress address) throws UnknownHostException {
    return internets.current() instanceof LabNetwork network
        ? network.nameOf(address)
        : Optional.empty();
  }

  private LabNetwork here() {
    return internets.current() instanceof LabNetwork network ? network : internets.lab().network();
  }

  /** The addresses of this machine in the lab. */
  public List<InetAddress> own() {
    return here().addresses();
  }

  /** Lab time now. */
  public long nanoTime() {
    return internets.lab().clock().nanoTime();
  }

  /** Somebody waited until that lab time. */
  public void waitedUntil(long nanos) {
    internets.lab().clock().moveTo(nanos);
  }

  /**
   * An answer came to the loopback socket of that port, to what was sent at lab time {@code sent}.
   */
  public void answered(int localPort, long sent, long roundTrip) {
    Medium lab = internets.lab().medium();
    Long serverTime = lab.takeStreamTime(localPort);
    lab.clock().moveTo((serverTime == null ? sent : Math.max(sent, serverTime)) + roundTrip);
  }

  /** This host's address in the lab, in the family of {@code peer}. */
  @Override
  public InetAddress ownAddress(InetAddress peer) throws SocketException {
    return here().own(peer instanceof Inet6Address);
  }

  /** Whether an address is reached through the lab now. */
  public boolean isInLab(InetAddress address) {
    return inLab() && !isReal(address);
  }

  @Override
  public boolean isInUse() {
    return inLab();
  }

  @Override
  public Leads connect(InetSocketAddress to, boolean waits) throws IOException {
    Stream stream = stream(to, waits ? Optional.of(Duration.ZERO) : Optional.empty());
    return new Leads(stream.real(), stream.lab().map(way -> way));
  }

  /** The address to send a datagram to, or to fix as the peer. */
  @Override
  public InetSocketAddress datagram(InetSocketAddress to) throws IOException {
    return datagram(to, Optional.empty());
  }

  /**
   * The same.
   *
   * @param from the socket that sends, if it is bound to a host
   */
  public InetSocketAddress datagram(InetSocketAddress to, Optional<Bound> from) throws IOException {
    if (!(internets.current() instanceof LabNetwork now)) {
      return to;
    }
    LabNetwork network = from.map(b -> b.network).orElse(now);
    return switch (network
        .medium()
        .packets()
        .route(network.host(), inLab(network.medium(), to), Event.Transport.UDP)) {
      case LabPackets.Route.Lost _ -> nowhere().silent();
      case LabPackets.Route.Closed _ -> nowhere().refusing();
      case LabPackets.Route.Unreachable unreachable -> {
        if (unreachable.after().isZero()) {
          throw unreachable.exception();
        }
        yield nowhere().silent();
      }
      case LabPackets.Route.Inside inside -> inside.real();
      case LabPackets.Route.Open open -> {
        sources.put(open.realPort(), to);
        yield loopback(open.realPort());
      }
    };
  }

  /** The sender of a datagram, as the lab knows it. */
  @Override
  public InetSocketAddress source(InetSocketAddress from) {
    return source(from, Optional.empty());
  }

  /**
   * The same.
   *
   * @param receiver the socket that it came to, if it is bound to a host
   */
  public InetSocketAddress source(InetSocketAddress from, Optional<Bound> receiver) {
    if (!from.getAddress().isLoopbackAddress()
        || !(internets.current() instanceof LabNetwork now)) {
      return from;
    }
    LabNetwork network = receiver.map(b -> b.network).orElse(now);
    InetSocketAddress sender = network.medium().sender(network.host().name(), from);
    InetSocketAddress known = sources.get(from.getPort());
    return sender.equals(from) && known != null ? known : sender;
  }

  /** A socket that was bound in the lab: it is on the host on which one sat then. */
  public static final class Bound implements Detour.Held {
    private final LabNetwork network;
    private final InetAddress at;
    private final boolean datagrams;
    private volatile int port;

    private Bound(LabNetwork network, InetAddress at, boolean datagrams) {
      this.network = network;
      this.at = at;
      this.datagrams = datagrams;
    }

    @Override
    public InetSocketAddress local(InetSocketAddress real) {
      if (port == 0 && real.getPort() != 0) {
        port = real.getPort();
        network.medium().bound(network.host().name(), datagrams, at, port);
      }
      return Listeners.isInside(at) ? real : new InetSocketAddress(at, real.getPort());
    }

    @Override
    public void closed() {
      network.medium().unbound(datagrams, port);
    }
  }

  @Override
  public Optional<Bound> bound(InetAddress at, boolean datagrams) {
    return internets.current() instanceof LabNetwork network
        ? Optional.of(new Bound(network, at, datagrams))
        : Optional.empty();
  }

  /** The address to bind to. */
  @Override
  public InetSocketAddress local(InetSocketAddress address) {
    return !isReal(address.getAddress())
            && internets.current() instanceof LabNetwork network
            && network.isOwn(address.getAddress())
        ? loopback(address.getPort())
        : address;
  }

  private static boolean isReal(InetSocketAddress to) {
    return isReal(to.getAddress()) && !isResolver(to);
  }

  /** Libraries that resolve names themselves ask the servers in this system's configuration. */
  private static boolean isResolver(InetSocketAddress to) {
    return to.getPort() == DNS && Configured.RESOLVERS.contains(to.getAddress());
  }

  /** The lab's resolver stands for this system's, which would ask the world. */
  private static InetSocketAddress inLab(Medium lab, InetSocketAddress to) {
    return isResolver(to) ? lab.world().resolver().orElse(to) : to;
  }

  /** Read when something is sent to port 53. */
  private static final class Configured {
    static final Set<InetAddress> RESOLVERS =
        new RealNetwork()
            .hostConfig().nameServers().stream()
                .map(InetSocketAddress::getAddress)
                .collect(Collectors.toUnmodifiableSet());
  }

  private static boolean isReal(InetAddress address) {
    return address.isLoopbackAddress() || address.isAnyLocalAddress();
  }

  private static InetSocketAddress loopback(int port) {
    return new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port);
  }

  private synchronized Nowhere nowhere() throws IOException {
    if (nowhere == null) {
      nowhere = Nowhere.open();
    }
    return nowhere;
  }

  /**
   * Ports that behave as a lost or refusing host does, with the system's own time-outs: a listener
   * whose queue is full drops each SYN; a datagram socket with another peer is, for everyone else,
   * a closed port.
   *
   * @param held what must stay open for that
   */
  private record Nowhere(
      InetSocketAddress stream,
      InetSocketAddress silent,
      InetSocketAddress refusing,
      List<AutoCloseable> held) {
    /** Linux queues one more than the backlog. */
    private static final int FILLERS = 4;

    static Nowhere open() throws IOException {
      List<AutoCloseable> held = new ArrayList<>();
      ServerSocketChannel full = ServerSocketChannel.open().bind(loopback(0), 1);
      held.add(full);
      for (int i = 0; i < FILLERS; i++) {
        SocketChannel filler = SocketChannel.open();
        held.add(filler);
        filler.configureBlocking(false);
        filler.connect(full.getLocalAddress());
      }
      DatagramChannel silent = DatagramChannel.open().bind(loopback(0));
      DatagramChannel refusing =
          DatagramChannel.open().bind(loopback(0)).connect(silent.getLocalAddress());
      held.add(silent);
      held.add(refusing);
      return new Nowhere(
          (InetSocketAddress) full.getLocalAddress(),
          (InetSocketAddress) silent.getLocalAddress(),
          (InetSocketAddress) refusing.getLocalAddress(),
          List.copyOf(held));
    }
  }
}
