package wirebook.internet.host;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import wirebook.internet.host.HostView.HostSocket;
import wirebook.internet.topology.Topology;
import wirebook.internet.wire.LabNetwork;
import wirebook.internet.wire.LabTcpSocket;
import wirebook.internet.wire.LabWay;
import wirebook.internet.wire.Listeners;
import wirebook.internet.wire.Medium;
import wirebook.net.HostConfig;
import wirebook.net.Network;
import wirebook.net.NetworkClock;
import wirebook.net.RealNetwork;
import wirebook.net.SocketAround;
import wirebook.net.UdpSocket;
import wirebook.net.Wire;
import wirebook.trace.Event;

/**
 * The lab's network as a program on one of its hosts has it: {@link LabNetwork}, but {@code
 * localhost} is that host, on which only what is there can be reached.
 */
final class HostNetwork implements Network {
  private static final int MOST_LISTENERS = 100;
  private static final RealNetwork REAL = new RealNetwork();

  private final LabNetwork outside;
  private final Medium medium;
  private final Topology.Host host;
  private final Services services;
  private final Map<Integer, Integer> listeners = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<Socket> open = new ConcurrentLinkedQueue<>();

  /** Where sshd listens underneath its port 22; it is the first to listen. */
  private volatile int daemon;

  /** What listens on the host's own addresses. */
  interface Services {
    /** The real port behind one of its addresses, localhost too. */
    OptionalInt port(InetSocketAddress to) throws IOException;
  }

  HostNetwork(Medium medium, Topology.Host host, Services services) {
    this.medium = medium;
    this.host = host;
    this.services = services;
    outside = new LabNetwork(medium, host);
  }

  @Override
  public String name() {
    return outside.name();
  }

  @Override
  public NetworkClock clock() {
    return outside.clock();
  }

  @Override
  public HostConfig hostConfig() {
    return outside.hostConfig();
  }

  @Override
  public List<InetAddress> lookUp(String name) throws java.net.UnknownHostException {
    return outside.lookUp(name);
  }

  @Override
  public UdpSocket openUdp(ProtocolFamily family, Optional<InetSocketAddress> local)
      throws IOException {
    return outside.openUdp(family, local);
  }

  @Override
  public Socket connect(
      InetSocketAddress remote, Optional<InetSocketAddress> local, Duration timeout)
      throws IOException {
    InetAddress address = remote.getAddress();
    boolean own = address != null && medium.packets().isInside(host, remote);
    Socket socket = own ? here(remote) : outside.connect(remote, local, timeout);
    open.removeIf(Socket::isClosed);
    open.add(socket);
    return socket;
  }

  private Socket here(InetSocketAddress remote) throws IOException {
    Integer listener =
        Listeners.isInside(remote.getAddress()) ? listeners.get(remote.getPort()) : null;
    OptionalInt port = listener != null ? OptionalInt.of(listener) : services.port(remote);
    if (port.isEmpty()) {
      throw new ConnectException("Connection refused");
    }
    return new LabTcpSocket(
        new LabWay(medium, host, remote.getAddress(), remote, port.getAsInt(), Duration.ZERO),
        port.getAsInt());
  }

  /** On the host's localhost, whatever address is asked for. */
  @Override
  public ServerSocket listen(InetSocketAddress local, int backlog) throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    if (local.getPort() != 0
        && (listeners.containsKey(local.getPort())
            || services.port(new InetSocketAddress(loopback, local.getPort())).isPresent())) {
      throw new BindException("Address already in use");
    }
    if (listeners.size() >= MOST_LISTENERS) {
      throw new BindException("Too many open files");
    }
    ServerSocket real = REAL.listen(new InetSocketAddress(loopback, 0), backlog);
    int port = local.getPort() == 0 ? real.getLocalPort() : local.getPort();
    listeners.put(port, real.getLocalPort());
    daemon = daemon == 0 ? port : daemon;
    Wire.hide(Event.Transport.TCP, real.getLocalPort());
    return new Listener(real, new InetSocketAddress(loopback, port));
  }

  /** Sockets of programs on this host. */
  List<HostSocket> sockets() {
    List<HostSocket> all = new ArrayList<>();
    listeners.keySet().stream()
        .filter(p -> p != daemon)
        .forEach(
            p ->
                all.add(
                    new HostSocket(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), p),
                        Optional.empty(),
                        "sshd")));
    for (Socket each : open) {
      if (!each.isClosed() && each.getLocalSocketAddress() instanceof InetSocketAddress from) {
        InetSocketAddress to = (InetSocketAddress) each.getRemoteSocketAddress();
        all.add(new HostSocket(from, Optional.of(to), "sshd"));
        if (to.getAddress().isLoopbackAddress()) {
          all.add(new HostSocket(to, Optional.of(from), to.getPort() == 22 ? "sshd" : "ui"));
        }
      }
    }
    return all;
  }

  /** Listens at a port of the machine, and says that it is another. */
  private final class Listener extends ServerSocket {
    private final ServerSocket real;
    private final InetSocketAddress address;

    Listener(ServerSocket real, InetSocketAddress address) throws IOException {
      this.real = real;
      this.address = address;
    }

    @Override
    public Socket accept() throws IOException {
      return new Accepted(real.accept(), address);
    }

    @Override
    public SocketAddress getLocalSocketAddress() {
      return address;
    }

    @Override
    public InetAddress getInetAddress() {
      return address.getAddress();
    }

    @Override
    public int getLocalPort() {
      return address.getPort();
    }

    @Override
    public boolean isClosed() {
      return real.isClosed();
    }

    @Override
    public void close() throws IOException {
      listeners.remove(address.getPort());
      real.close();
      Wire.unhide(Event.Transport.TCP, real.getLocalPort());
    }
  }

  private static final class Accepted extends SocketAround {
    private final Socket real;
    private final InetSocketAddress local;

    Accepted(Socket real, InetSocketAddress local) {
      super(real);
      this.real = real;
      this.local = local;
    }

    @Override
    public SocketAddress getLocalSocketAddress() {
      return local;
    }

    @Override
    public int getLocalPort() {
      return local.getPort();
    }

    @Override
    public SocketAddress getRemoteSocketAddress() {
      return real.getRemoteSocketAddress();
    }

    @Override
    public void setTcpNoDelay(boolean on) throws java.net.SocketException {
      real.setTcpNoDelay(on);
    }
  }
}
