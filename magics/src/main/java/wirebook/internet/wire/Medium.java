package wirebook.internet.wire;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import wirebook.internet.time.Fabric;
import wirebook.internet.time.LabClock;
import wirebook.internet.topology.Topology;
import wirebook.internet.topology.World;
import wirebook.trace.Event;

/**
 * What the lab's sockets share: its hosts, the time, what becomes of packets, and which socket of
 * loopback is on which host.
 */
public final class Medium {
  private static final int FIRST_EPHEMERAL = 49_152;

  private final World world;
  private final LabClock clock;
  private final Supplier<LabServers> servers;
  private final Fabric fabric;
  private final LabPackets packets;
  private final Listeners bound = new Listeners();
  private final Map<Integer, Long> streamTimes = new ConcurrentHashMap<>();
  private final AtomicInteger unused = new AtomicInteger();
  private volatile String seat = "";

  /**
   * @param servers asked for when the first packet is sent
   */
  public Medium(World world, LabClock clock, Supplier<LabServers> servers) {
    this.world = world;
    this.clock = clock;
    this.servers = servers;
    this.fabric = new Fabric(clock);
    this.packets = new LabPackets(world, clock, bound, servers);
  }

  public World world() {
    return world;
  }

  public LabClock clock() {
    return clock;
  }

  public Fabric fabric() {
    return fabric;
  }

  public LabPackets packets() {
    return packets;
  }

  LabServers servers() {
    return servers.get();
  }

  private static Event.Transport transport(boolean datagrams) {
    return datagrams ? Event.Transport.UDP : Event.Transport.TCP;
  }

  /** A socket of this kernel is on a host of the lab, with this port of loopback. */
  public void bound(String host, boolean datagrams, InetAddress at, int port) {
    bound.add(transport(datagrams), port, new Listeners.Place(host, at));
  }

  /** It is no longer there. */
  public void unbound(boolean datagrams, int port) {
    bound.remove(transport(datagrams), port);
  }

  /**
   * The address on a host of a socket of this kernel with that address underneath; none when it is
   * another host's.
   *
   * @param started the ports of programs that a cell started, if it may be one of them
   */
  public Optional<InetSocketAddress> localAddress(
      String host, boolean datagrams, Set<Integer> started, InetSocketAddress real) {
    InetAddress address = real.getAddress();
    if (!Listeners.isInside(address)) {
      boolean others =
          world.topology().node(address).filter(node -> !node.name().equals(host)).isPresent();
      return others ? Optional.empty() : Optional.of(real);
    }
    Optional<Listeners.Place> place = bound.at(transport(datagrams), real.getPort());
    if (place.isEmpty()) {
      return host.equals(world.topology().here()) || datagrams || started.contains(real.getPort())
          ? Optional.of(real)
          : Optional.empty();
    }
    return place
        .filter(p -> p.isOn(host))
        .map(p -> p.isInside() ? real : new InetSocketAddress(p.at(), real.getPort()));
  }

  /** The sender of a datagram that came out of loopback, as a host sees it. */
  public InetSocketAddress sender(String host, InetSocketAddress real) {
    return bound
        .at(Event.Transport.UDP, real.getPort())
        .filter(p -> real.getAddress().isLoopbackAddress())
        .flatMap(
            p ->
                !p.isInside()
                    ? Optional.of(p.at())
                    : world
                        .topology()
                        .node(p.host())
                        .filter(_ -> !p.isOn(host))
                        .map(node -> node.addresses().getFirst()))
        .map(from -> new InetSocketAddress(from, real.getPort()))
        .orElse(real);
  }

  /** The loopback port behind one of a host's own addresses, localhost too, for the host itself. */
  public OptionalInt localPort(String host, InetSocketAddress to) throws IOException {
    return bound.hears(Event.Transport.TCP, host, to)
        ? OptionalInt.of(to.getPort())
        : servers().ownPort(host, to);
  }

  /** Another network is there, on which nothing was sent, and no socket is on a host of it. */
  public void forget() {
    bound.clear();
    packets.last(Optional.empty());
  }

  /**
   * What a capture calls the place where a host's packets are seen: as for the notebook's own it is
   * for the one that one sits on, since both are this kernel.
   */
  String link(Topology.Host at) {
    return at.name().equals(world.topology().here()) || at.name().equals(seat)
        ? "lab"
        : "lab:" + at.name();
  }

  /** The host that one sits on from now on. */
  public void sitOn(String name) {
    seat = name;
  }

  /** A port for a connection that comes to nothing, from those that systems choose from. */
  int unusedPort() {
    return FIRST_EPHEMERAL + unused.getAndIncrement() % (0x10000 - FIRST_EPHEMERAL);
  }

  /** A server's own time when it wrote to the connection from this loopback port. */
  public void streamTime(int clientPort, long nanos) {
    streamTimes.put(clientPort, nanos);
  }

  public @Nullable Long streamTime(int clientPort) {
    return streamTimes.get(clientPort);
  }

  public @Nullable Long takeStreamTime(int clientPort) {
    return streamTimes.remove(clientPort);
  }
}
