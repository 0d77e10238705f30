package wirebook.internet.wire;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.PTRRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.ReverseMap;
import org.xbill.DNS.Section;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;
import wirebook.internet.topology.Topology;
import wirebook.internet.zones.Elsewhere;
import wirebook.net.HostConfig;
import wirebook.net.Network;
import wirebook.net.NetworkClock;
import wirebook.net.RealNetwork;
import wirebook.net.UdpSocket;
import wirebook.net.Wire;
import wirebook.trace.Bytes;
import wirebook.trace.Capture;
import wirebook.trace.Event;
import wirebook.trace.IpText;

/**
 * The lab Internet as one of its hosts sees it. {@code 127/8}, {@code ::1} and {@code localhost}
 * are the real machine, as are the host's own addresses.
 *
 * @param host where this is
 */
public record LabNetwork(Medium medium, Topology.Host host) implements Network {
  /** How long a system tries to connect (Linux: six retries of a SYN). */
  public static final Duration SYSTEM_CONNECT_TIMEOUT = Duration.ofSeconds(127);

  /** As getaddrinfo does where resolv.conf does not say; dig then makes it three. */
  private static final int ATTEMPTS = 2;

  /** Bound while a stream is connected to what the lab has turned its address into already. */
  public static final ScopedValue<Boolean> TURNED = ScopedValue.newInstance();

  private static final RealNetwork REAL = new RealNetwork();

  @Override
  public String name() {
    return "lab";
  }

  @Override
  public NetworkClock clock() {
    return medium.clock();
  }

  @Override
  public HostConfig hostConfig() {
    return new HostConfig(
        medium.world().resolver().stream().toList(), List.of(), 1, Duration.ofSeconds(5), 0);
  }

  /**
   * IPv4 addresses come first.
   *
   * @throws UnknownHostException with a cause when no name server could say (EAI_AGAIN)
   */
  @Override
  public List<InetAddress> lookUp(String name) throws UnknownHostException {
    try {
      return List.of(InetAddress.ofLiteral(name));
    } catch (IllegalArgumentException e) {
      // A name, then.
    }
    if (name.equalsIgnoreCase("localhost") || name.equalsIgnoreCase("localhost.")) {
      return List.of(InetAddress.getLoopbackAddress());
    }
    if (name.equalsIgnoreCase(host.name())) {
      return host.addresses();
    }
    // As /etc/hosts of the lab's machines has it: names without a dot are in no zone.
    Optional<Topology.Node> known =
        medium
            .world()
            .topology()
            .known(name)
            .or(
                () ->
                    name.indexOf('.') < 0
                        ? medium.world().nodeNamed(name).flatMap(medium.world().topology()::node)
                        : Optional.empty());
    if (known.isPresent()) {
      return known.get().addresses();
    }
    if (medium.world().resolver().isEmpty() && !medium.world().cluster(name).isEmpty()) {
      return medium.world().turned(name);
    }
    if (medium.world().resolver().isEmpty()) {
      throw new UnknownHostException(name + ": this network has no name server, and no such host");
    }
    Name asked;
    try {
      asked = Name.fromString(name, Name.root);
    } catch (TextParseException e) {
      throw new UnknownHostException(name + ": " + e.getMessage());
    }
    List<InetAddress> addresses = new ArrayList<>();
    for (Record record : answers(asked, List.of(Type.A, Type.AAAA))) {
      if (record instanceof ARecord a) {
        addresses.add(a.getAddress());
      } else if (record instanceof AAAARecord aaaa) {
        addresses.add(aaaa.getAddress());
      }
    }
    if (addresses.isEmpty()) {
      boolean elsewhere = Elsewhere.above(asked).isPresent();
      throw new UnknownHostException(elsewhere ? name + ": " + Elsewhere.WORDS : name);
    }
    return List.copyOf(addresses);
  }

  /** The name that in-addr.arpa and ip6.arpa have for an address. */
  public Optional<String> nameOf(InetAddress address) throws UnknownHostException {
    if (host.addresses().contains(address)) {
      return Optional.of(host.name());
    }
    Optional<Topology.Node> known =
        medium
            .world()
            .topology()
            .node(address)
            .filter(n -> medium.world().topology().known(n.name()).isPresent());
    if (known.isPresent() || medium.world().resolver().isEmpty()) {
      return known.map(Topology.Node::name);
    }
    return answers(ReverseMap.fromAddress(address), List.of(Type.PTR)).stream()
        .filter(PTRRecord.class::isInstance)
        .map(record -> ((PTRRecord) record).getTarget().toString(/* omitFinalDot= */ true))
        .findFirst();
  }

  /** All questions go out of one socket at once, as glibc has it; the answers in their order. */
  private List<Record> answers(Name name, List<Integer> types) throws UnknownHostException {
    HostConfig config = hostConfig();
    int first = ThreadLocalRandom.current().nextInt(0x10000);
    SortedMap<Integer, List<Record>> found = new TreeMap<>();
    try (UdpSocket socket = openUdp(StandardProtocolFamily.INET, Optional.empty())) {
      for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        for (int i = 0; i < types.size(); i++) {
          if (!found.containsKey(i)) {
            Message query = Message.newQuery(Record.newRecord(name, types.get(i), DClass.IN));
            query.getHeader().setID((first + i) & 0xffff);
            socket.send(medium.world().resolver().orElseThrow(), Bytes.of(query.toWire()));
          }
        }
        try {
          while (found.size() < types.size()) {
            Message reply = new Message(socket.receive(config.timeout()).payload().toArray());
            int which = (reply.getHeader().getID() - first) & 0xffff;
            if (which < types.size()) {
              if (reply.getRcode() == Rcode.SERVFAIL && Elsewhere.above(name).isEmpty()) {
                throw new IOException("the name server failed");
              }
              found.put(which, reply.getSection(Section.ANSWER));
            }
          }
          return found.values().stream().flatMap(List::stream).toList();
        } catch (SocketTimeoutException e) {
          // The next attempt, if there is one.
        }
      }
      throw new SocketTimeoutException("no name server answers");
    } catch (IOException e) {
      UnknownHostException unknown = new UnknownHostException(name + ": " + e.getMessage());
      unknown.initCause(e);
      throw unknown;
    }
  }

  @Override
  public UdpSocket openUdp(ProtocolFamily family, Optional<InetSocketAddress> local)
      throws IOException {
    Optional<InetAddress> given =
        local.map(InetSocketAddress::getAddress).filter(a -> !a.isAnyLocalAddress());
    InetAddress address =
        given.isPresent() ? given.get() : own(family == StandardProtocolFamily.INET6);
    if (!address.isLoopbackAddress() && !isOwn(address)) {
      throw new BindException("Cannot assign requested address");
    }
    return new LabUdpSocket(
        medium,
        host,
        address,
        given.orElse(InetAddress.ofLiteral("0.0.0.0")),
        local.map(InetSocketAddress::getPort).orElse(0));
  }

  /** This host's address of a family; without one, no route leads to that family. */
  public InetAddress own(boolean six) throws SocketException {
    return medium
        .world()
        .kernel(host.name())
        .ownAddress(2, six)
        .map(IpText::address)
        .orElseThrow(() -> new SocketException("Network is unreachable"));
  }

  /** The address from which this host sends to another, or to itself. */
  public InetAddress source(InetAddress to) throws SocketException {
    return Listeners.isInside(to)
        ? InetAddress.getLoopbackAddress()
        : isOwn(to) ? to : own(to instanceof Inet6Address);
  }

  /** This host's addresses now. */
  public List<InetAddress> addresses() {
    return medium.world().kernel(host.name()).global().stream().map(IpText::address).toList();
  }

  /** Whether an address is this host's now. */
  public boolean isOwn(InetAddress address) {
    return medium.world().kernel(host.name()).has(Bytes.of(address.getAddress()));
  }

  @Override
  public Socket connect(
      InetSocketAddress remote, Optional<InetSocketAddress> local, Duration timeout)
      throws IOException {
    InetAddress address = remote.getAddress();
    if (address == null) {
      throw new UnknownHostException(remote.getHostString());
    }
    return switch (leading(
        medium.packets().route(host, remote, Event.Transport.TCP), remote, timeout)) {
      case LabPackets.Route.Open open ->
          new LabTcpSocket(
              new LabWay(medium, host, source(address), remote, open.realPort(), open.delay()),
              open.realPort());
      case LabPackets.Route.Inside inside ->
          ScopedValue.where(TURNED, true)
              .call(
                  () ->
                      REAL.connect(
                          inside.real(),
                          Listeners.isInside(address) ? local : Optional.empty(),
                          timeout));
    };
  }

  /**
   * The route of somebody who asks for a connection, when it leads to one.
   *
   * @param timeout how long he waits, zero for as long as the system
   * @throws ConnectException when nobody listens, or answers who waits as long as the system
   * @throws SocketTimeoutException when nobody answers in time
   */
  public LabPackets.Route.Leading leading(
      LabPackets.Route route, InetSocketAddress remote, Duration timeout) throws IOException {
    return switch (route) {
      case LabPackets.Route.Leading leading -> leading;
      case LabPackets.Route.Lost _ -> {
        tap(remote, false);
        boolean own = timeout.isZero() || timeout.compareTo(SYSTEM_CONNECT_TIMEOUT) > 0;
        pass(own ? SYSTEM_CONNECT_TIMEOUT : timeout);
        if (own) {
          throw new ConnectException("Connection timed out");
        }
        throw new SocketTimeoutException("Connect timed out");
      }
      case LabPackets.Route.Closed closed -> {
        pass(closed.delay().multipliedBy(2));
        tap(remote, true);
        throw new ConnectException("Connection refused");
      }
      case LabPackets.Route.Unreachable unreachable -> {
        if (!unreachable.after().isZero()) {
          tap(remote, false);
        }
        pass(unreachable.after());
        throw unreachable.exception();
      }
    };
  }

  private void pass(Duration time) {
    medium.clock().moveTo(medium.clock().nanoTime() + time.toNanos());
  }

  /** Somebody asked for a connection, and got none. */
  public void tap(InetSocketAddress remote, boolean refused) throws SocketException {
    Capture tap = Wire.tap();
    if (tap == null) {
      return;
    }
    InetAddress from = source(remote.getAddress());
    int port = medium.unusedPort();
    Capture.End end =
        new Capture.End(
            Listeners.isInside(remote.getAddress()) ? "lo" : medium.link(host),
            Event.Transport.TCP,
            new InetSocketAddress(from, port),
            remote,
            true);
    if (refused) {
      tap.refused(end);
    } else {
      tap.unanswered(end);
    }
  }

  @Override
  public ServerSocket listen(InetSocketAddress local, int backlog) throws IOException {
    InetAddress address = local.getAddress();
    boolean own = address != null && !address.isLoopbackAddress() && isOwn(address);
    ServerSocket server =
        REAL.listen(
            own ? new InetSocketAddress(InetAddress.getLoopbackAddress(), local.getPort()) : local,
            backlog);
    medium.bound(host.name(), /* datagrams= */ false, address, server.getLocalPort());
    return server;
  }
}
