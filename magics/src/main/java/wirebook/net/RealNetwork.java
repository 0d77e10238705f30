package wirebook.net;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import wirebook.trace.Bytes;

/** The machine's own network. */
public final class RealNetwork implements Network {
  private static final Path RESOLV_CONF = Path.of("/etc/resolv.conf");

  private final NetworkClock clock;

  public RealNetwork() {
    clock = NetworkClock.SYSTEM;
  }

  /**
   * @param dates what time of day it is; time passes as on the machine
   */
  public RealNetwork(InstantSource dates) {
    clock =
        new NetworkClock() {
          @Override
          public Instant instant() {
            return dates.instant();
          }

          @Override
          public long nanoTime() {
            return SYSTEM.nanoTime();
          }

          @Override
          public void sleep(Duration duration) throws InterruptedException {
            SYSTEM.sleep(duration);
          }
        };
  }

  @Override
  public String name() {
    return "real";
  }

  @Override
  public NetworkClock clock() {
    return clock;
  }

  /** Read anew at each call, as the tools do at each start. */
  @Override
  public HostConfig hostConfig() {
    try {
      return ResolvConf.parse(Files.readAllLines(RESOLV_CONF));
    } catch (IOException e) {
      return ResolvConf.parse(List.of());
    }
  }

  @Override
  public List<InetAddress> lookUp(String host) throws UnknownHostException {
    List<InetAddress> found = List.of(InetAddress.getAllByName(host));
    if (found.stream().map(InetAddress::getClass).distinct().count() < 2) {
      return found;
    }
    List<InetAddress> ordered = new ArrayList<>(found);
    ordered.sort(Comparator.comparingInt(RealNetwork::precedence));
    return List.copyOf(ordered);
  }

  /**
   * The order in which {@code getaddrinfo(3)} hands addresses out, where the JDK always begins with
   * IPv4 (RFC 6724, 6: rules 1 and 6): IPv6 before IPv4, and last what no route leads to.
   */
  private static int precedence(InetAddress address) {
    // Connecting a datagram socket sends nothing: it only asks for a route.
    try (DatagramSocket probe = new DatagramSocket()) {
      probe.connect(new InetSocketAddress(address, 53));
      return address instanceof Inet6Address ? 0 : 1;
    } catch (IOException | UncheckedIOException e) {
      return 2;
    }
  }

  @Override
  public UdpSocket openUdp(ProtocolFamily family, Optional<InetSocketAddress> local)
      throws IOException {
    InetSocketAddress any =
        new InetSocketAddress(
            InetAddress.getByName(family == StandardProtocolFamily.INET6 ? "::" : "0.0.0.0"), 0);
    return new SystemUdpSocket(new DatagramSocket(local.orElse(any)));
  }

  @Override
  public Socket connect(
      InetSocketAddress remote, Optional<InetSocketAddress> local, Duration timeout)
      throws IOException {
    Socket socket = new Socket();
    try {
      if (local.isPresent()) {
        socket.bind(local.get());
      }
      socket.setTcpNoDelay(true);
      socket.connect(remote, Math.toIntExact(Math.min(timeout.toMillis(), Integer.MAX_VALUE)));
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  @Override
  public ServerSocket listen(InetSocketAddress local, int backlog) throws IOException {
    ServerSocket server = new ServerSocket();
    try {
      server.bind(local, backlog);
      return server;
    } catch (IOException e) {
      server.close();
      throw e;
    }
  }

  private record SystemUdpSocket(DatagramSocket socket) implements UdpSocket {
    private static final int LARGEST = 65_535;

    @Override
    public InetSocketAddress localAddress() {
      return (InetSocketAddress) socket.getLocalSocketAddress();
    }

    @Override
    public void send(InetSocketAddress to, Bytes payload) throws IOException {
      byte[] bytes = payload.toArray();
      socket.send(new DatagramPacket(bytes, bytes.length, to));
    }

    @Override
    public Datagram receive(Duration timeout) throws IOException {
      socket.setSoTimeout(Math.toIntExact(Math.clamp(timeout.toMillis(), 1, Integer.MAX_VALUE)));
      DatagramPacket packet = new DatagramPacket(new byte[LARGEST], LARGEST);
      socket.receive(packet);
      return new Datagram(
          (InetSocketAddress) packet.getSocketAddress(),
          Bytes.of(packet.getData(), packet.getOffset(), packet.getLength()));
    }

    @Override
    public void connect(InetSocketAddress peer) throws IOException {
      socket.connect(peer);
    }

    @Override
    public void close() {
      socket.close();
    }
  }

  /** The parts of {@code resolv.conf(5)} that name look-ups need. */
  static final class ResolvConf {
    private static final int DNS_PORT = 53;

    private ResolvConf() {}

    static HostConfig parse(List<String> lines) {
      List<InetSocketAddress> servers = new ArrayList<>();
      List<String> search = new ArrayList<>();
      int ndots = 1;
      int timeout = 0;
      int attempts = 0;
      for (String line : lines) {
        String[] words = line.strip().split("\\s+");
        switch (words[0]) {
          case "nameserver" -> address(words).ifPresent(servers::add);
          case "domain", "search" -> {
            search.clear();
            search.addAll(List.of(words).subList(1, words.length));
          }
          case "options" -> {
            for (String option : words) {
              ndots = number(option, "ndots:", ndots);
              timeout = number(option, "timeout:", timeout);
              attempts = number(option, "attempts:", attempts);
            }
          }
          default -> {
            // Comments, blank lines, sortlist: nothing that a look-up here uses.
          }
        }
      }
      if (servers.isEmpty()) {
        servers.add(new InetSocketAddress(InetAddress.getLoopbackAddress(), DNS_PORT));
      }
      return new HostConfig(servers, search, ndots, Duration.ofSeconds(timeout), attempts);
    }

    private static Optional<InetSocketAddress> address(String[] words) {
      try {
        return words.length < 2
            ? Optional.empty()
            : Optional.of(new InetSocketAddress(InetAddress.ofLiteral(words[1]), DNS_PORT));
      } catch (IllegalArgumentException e) {
        return Optional.empty();
      }
    }

    private static int number(String option, String name, int otherwise) {
      try {
        return option.startsWith(name)
            ? Integer.parseInt(option.substring(name.length()))
            : otherwise;
      } catch (NumberFormatException e) {
        return otherwise;
      }
    }
  }
}
