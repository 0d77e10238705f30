package wirebook.internet;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Where the sockets of plain Java code go: what {@link java.net.Socket} and the channels are asked
 * to reach is turned into what the system really reaches, when the lab is in use. The socket itself
 * goes on to show the lab's address. With the real network, and for loopback addresses, nothing is
 * turned.
 *
 * <p>Lab time passes for connecting; after that, plain Java's bytes take no lab time.
 */
public final class PlainRoutes {
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
   * The address to connect a stream to.
   *
   * @throws ConnectException when the lab's host refuses
   */
  public InetSocketAddress stream(InetSocketAddress to) throws IOException {
    if (isReal(to.getAddress()) || !(internets.current() instanceof LabNetwork network)) {
      return to;
    }
    if (network.host().addresses().contains(to.getAddress())) {
      return loopback(to.getPort());
    }
    Lab lab = network.lab();
    return switch (lab.route(network.host(), to, Lab.Protocol.TCP)) {
      case Lab.Route.Lost _ -> nowhere().stream();
      case Lab.Route.Closed closed -> {
        lab.clock().moveTo(lab.clock().nanoTime() + 2 * closed.delay().toNanos());
        throw new ConnectException("Connection refused");
      }
      case Lab.Route.Open open -> {
        lab.clock().moveTo(lab.clock().nanoTime() + 2 * open.delay().toNanos());
        yield loopback(open.realPort());
      }
    };
  }

  /** The address to send a datagram to, or to fix as the peer. */
  public InetSocketAddress datagram(InetSocketAddress to) throws IOException {
    if (isReal(to.getAddress()) || !(internets.current() instanceof LabNetwork network)) {
      return to;
    }
    if (network.host().addresses().contains(to.getAddress())) {
      return loopback(to.getPort());
    }
    return switch (network.lab().route(network.host(), to, Lab.Protocol.UDP)) {
      case Lab.Route.Lost _ -> nowhere().silent();
      case Lab.Route.Closed _ -> nowhere().refusing();
      case Lab.Route.Open open -> {
        sources.put(open.realPort(), to);
        yield loopback(open.realPort());
      }
    };
  }

  /** The sender of a datagram, as the lab knows it. */
  public InetSocketAddress source(InetSocketAddress from) {
    InetSocketAddress known = sources.get(from.getPort());
    return known != null && from.getAddress().isLoopbackAddress() && inLab() ? known : from;
  }

  /** The address to bind to. */
  public InetSocketAddress local(InetSocketAddress address) {
    return internets.current() instanceof LabNetwork network
            && network.host().addresses().contains(address.getAddress())
        ? loopback(address.getPort())
        : address;
  }

  private static boolean isReal(InetAddress address) {
    return address.isLoopbackAddress()
        || address.isAnyLocalAddress()
        || address.isMulticastAddress()
        || address.isLinkLocalAddress();
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
