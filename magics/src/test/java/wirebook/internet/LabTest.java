package wirebook.internet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;
import wirebook.engine.dns.server.Zone;
import wirebook.internet.time.LabClock;
import wirebook.internet.topology.Condition;
import wirebook.internet.topology.Topology;
import wirebook.net.Network;
import wirebook.net.UdpSocket;
import wirebook.net.Wire;
import wirebook.trace.Bytes;
import wirebook.trace.Event;

@Tag("slow")
class LabTest {
  private final LabClock clock = LabClock.standing(Instant.parse("2026-02-01T12:00:00Z"));
  private final Lab lab = Internets.lab(clock);
  private final Network network = lab.network();

  @AfterEach
  void close() throws IOException {
    lab.close();
  }

  private static InetSocketAddress dns(String address) {
    return new InetSocketAddress(InetAddress.ofLiteral(address), 53);
  }

  private Message ask(String server, String name, int type) throws IOException {
    try (UdpSocket socket = network.openUdp(StandardProtocolFamily.INET, Optional.empty())) {
      Message query = Message.newQuery(Record.newRecord(Name.fromString(name), type, DClass.IN));
      socket.send(dns(server), Bytes.of(query.toWire()));
      UdpSocket.Datagram reply = socket.receive(Duration.ofSeconds(5));
      assertThat(reply.from()).isEqualTo(dns(server));
      return new Message(reply.payload().toArray());
    }
  }

  @Test
  void theRootRefersToTheServersOfComWithTheirAddresses() throws IOException {
    Message reply = ask("198.41.0.4", "com.", Type.NS);
    assertThat(reply.getHeader().getFlag(Flags.AA)).isFalse();
    assertThat(reply.getSection(Section.ANSWER)).isEmpty();
    assertThat(reply.getSection(Section.AUTHORITY)).hasSize(13);
    assertThat(reply.getSection(Section.ADDITIONAL).getFirst().toString())
        .isEqualTo("a.gtld-servers.net.\t172800\tIN\tA\t192.5.6.30");
  }

  @Test
  void theServersOfGoogleAnswerWithAuthority() throws IOException {
    Message reply = ask("216.239.32.10", "google.com.", Type.A);
    assertThat(reply.getHeader().getFlag(Flags.AA)).isTrue();
    assertThat(reply.getHeader().getFlag(Flags.RA)).isFalse();
    assertThat(reply.getSection(Section.ANSWER)).hasSize(1);
    assertThat(reply.getSection(Section.AUTHORITY)).isEmpty();
  }

  @Test
  void everyZoneOfTheTopologyCanBeServedAndItsServersHaveAddresses() throws IOException {
    for (Topology.Host host : lab.topology().hosts()) {
      for (String origin : host.serves()) {
        Zone zone = lab.zones().zone(Name.fromString(origin, Name.root)).orElseThrow();
        assertThat(zone.records()).anyMatch(r -> r.getType() == Type.NS);
      }
      assertThat(lab.topology().delays(Topology.HERE)).containsKey(host.name());
    }
  }

  @Test
  void everyDelegationLeadsToAServerOfThatZone() throws IOException {
    for (Topology.Host host : lab.topology().hosts()) {
      for (String origin : host.serves()) {
        Zone zone = lab.zones().zone(Name.fromString(origin, Name.root)).orElseThrow();
        for (Record record : zone.records()) {
          if (record instanceof NSRecord ns) {
            Topology.Host target =
                (Topology.Host)
                    lab.topology()
                        .node(serverOf(ns))
                        .orElseThrow(() -> new AssertionError("no server for " + ns));
            String delegated = ns.getName().equals(Name.root) ? "." : ns.getName().toString(true);
            assertThat(target.serves()).as(ns.toString()).contains(delegated);
          }
        }
      }
    }
  }

  /** The thirteen names in ns.arpa are root servers under another name. */
  private static String serverOf(NSRecord ns) {
    return ns.getTarget().toString(true).replace(".ns.arpa", ".root-servers.net");
  }

  @Test
  void anExchangeTakesTheRoundTripOfThePath() throws IOException {
    long before = clock.nanoTime();
    ask("198.41.0.4", ".", Type.NS);
    Duration oneWay =
        Objects.requireNonNull(lab.topology().delays(Topology.HERE).get("a.root-servers.net"));
    assertThat(clock.nanoTime() - before).isEqualTo(oneWay.toNanos() * 2);
  }

  @Test
  void exchangesSideBySideTakeAsLongAsTheLongestOfThem() throws Exception {
    long before = clock.nanoTime();
    List<String> servers = List.of("198.41.0.4", "202.12.27.33", "192.33.4.12", "216.239.32.10");
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<UdpSocket> sockets = List.of(open(), open(), open(), open());
      for (int i = 0; i < servers.size(); i++) {
        sockets.get(i).send(dns(servers.get(i)), query(".", Type.NS));
      }
      List<Future<UdpSocket.Datagram>> replies =
          sockets.stream()
              .map(s -> threads.submit(() -> s.receive(Duration.ofSeconds(5))))
              .toList();
      for (Future<UdpSocket.Datagram> reply : replies) {
        assertThat(reply.get().payload().length()).isGreaterThan(12);
      }
      sockets.forEach(UdpSocket::close);
    }
    Duration farthest =
        Objects.requireNonNull(lab.topology().delays(Topology.HERE).get("m.root-servers.net"));
    assertThat(clock.nanoTime() - before).isEqualTo(farthest.toNanos() * 2);
  }

  private UdpSocket open() throws IOException {
    return network.openUdp(StandardProtocolFamily.INET, Optional.empty());
  }

  private static Bytes query(String name, int type) throws IOException {
    return Bytes.of(
        Message.newQuery(Record.newRecord(Name.fromString(name), type, DClass.IN)).toWire());
  }

  @Test
  void aHostThatDoesNotExistCostsTheTimeOutInLabTimeOnly() throws IOException {
    long before = clock.nanoTime();
    try (UdpSocket socket = open()) {
      socket.send(dns("203.0.113.77"), query(".", Type.NS));
      assertThatThrownBy(() -> socket.receive(Duration.ofSeconds(5)))
          .isInstanceOf(SocketTimeoutException.class);
    }
    assertThat(clock.nanoTime() - before).isEqualTo(Duration.ofSeconds(5).toNanos());
  }

  @Test
  void aFailedHostIsSilentUntilItIsHealed() throws IOException {
    lab.world().set("a.root-servers.net", new Condition.Failed());
    assertThatThrownBy(() -> ask("198.41.0.4", ".", Type.NS))
        .isInstanceOf(SocketTimeoutException.class);
    lab.healAll();
    assertThat(ask("198.41.0.4", ".", Type.NS).getSection(Section.ANSWER)).hasSize(13);
  }

  @Test
  void aLameHostRefuses() throws IOException {
    lab.world().set("a.root-servers.net", new Condition.Lame());
    assertThat(ask("198.41.0.4", ".", Type.NS).getRcode()).isEqualTo(Rcode.REFUSED);
  }

  @Test
  void aSlowHostAnswersAfterTheReceiverGaveUpAndTheReplyIsStillThereLater() throws IOException {
    lab.world().set("a.root-servers.net", new Condition.Slow(Duration.ofSeconds(7)));
    try (UdpSocket socket = open()) {
      socket.send(dns("198.41.0.4"), query(".", Type.NS));
      assertThatThrownBy(() -> socket.receive(Duration.ofSeconds(5)))
          .isInstanceOf(SocketTimeoutException.class);
      assertThat(socket.receive(Duration.ofSeconds(5)).from()).isEqualTo(dns("198.41.0.4"));
    }
  }

  @Test
  void aClosedPortOfAConnectedSocketIsReported() throws IOException {
    try (UdpSocket socket = open()) {
      InetSocketAddress web = new InetSocketAddress(InetAddress.ofLiteral("198.41.0.4"), 99);
      socket.connect(web);
      socket.send(web, Bytes.utf8("x"));
      assertThatThrownBy(() -> socket.receive(Duration.ofSeconds(5)))
          .isInstanceOf(java.net.PortUnreachableException.class);
    }
  }

  @Test
  void overTcpTheServerHasItsAddressInTheLab() throws IOException {
    long before = clock.nanoTime();
    try (Socket socket =
        network.connect(dns("198.41.0.4"), Optional.empty(), Duration.ofSeconds(5))) {
      assertThat(socket.getRemoteSocketAddress()).isEqualTo(dns("198.41.0.4"));
      assertThat(socket.getLocalAddress()).isEqualTo(InetAddress.ofLiteral("192.0.2.10"));
      byte[] query = query("com.", Type.NS).toArray();
      socket.getOutputStream().write(new byte[] {0, (byte) query.length});
      socket.getOutputStream().write(query);
      byte[] length = socket.getInputStream().readNBytes(2);
      byte[] reply =
          socket.getInputStream().readNBytes((length[0] & 0xff) << 8 | (length[1] & 0xff));
      assertThat(new Message(reply).getSection(Section.AUTHORITY)).hasSize(13);
    }
    Duration oneWay =
        Objects.requireNonNull(lab.topology().delays(Topology.HERE).get("a.root-servers.net"));
    assertThat(clock.nanoTime() - before).isEqualTo(oneWay.toNanos() * 4);
  }

  @Test
  void aPortWhereNothingListensIsRefusedAndAnUnknownHostTimesOut() {
    assertThatThrownBy(
            () ->
                network.connect(
                    new InetSocketAddress(InetAddress.ofLiteral("198.41.0.4"), 80),
                    Optional.empty(),
                    Duration.ofSeconds(5)))
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("refused");
    assertThatThrownBy(
            () -> network.connect(dns("203.0.113.77"), Optional.empty(), Duration.ofSeconds(3)))
        .isInstanceOf(SocketTimeoutException.class);
    assertThat(clock.nanoTime()).isGreaterThan(Duration.ofSeconds(3).toNanos());
  }

  @Test
  void aPublishedServerAnswersAtItsLabAddress() throws IOException {
    try (ServerSocket server =
        network.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1)) {
      InetSocketAddress web = new InetSocketAddress(InetAddress.ofLiteral("52.22.188.161"), 80);
      lab.ports().publish(web, server.getLocalPort());
      try (Socket client = network.connect(web, Optional.empty(), Duration.ofSeconds(5));
          Socket accepted = server.accept()) {
        assertThat(client.getInetAddress()).isEqualTo(web.getAddress());
        accepted.getOutputStream().write('x');
        assertThat(client.getInputStream().read()).isEqualTo('x');
      }
    }
  }

  @Test
  void loopbackIsTheRealMachine() throws IOException {
    try (UdpSocket one =
            network.openUdp(
                StandardProtocolFamily.INET,
                Optional.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)));
        UdpSocket other = open()) {
      other.send(one.localAddress(), Bytes.utf8("hello"));
      UdpSocket.Datagram got = one.receive(Duration.ofSeconds(5));
      assertThat(got.payload().text()).isEqualTo("hello");
      assertThat(got.from().getAddress().isLoopbackAddress()).isTrue();
      one.send(got.from(), Bytes.utf8("world"));
      assertThat(other.receive(Duration.ofSeconds(5)).payload().text()).isEqualTo("world");
    }
  }

  /** So many are asked in one walk that their sockets took most of its time. */
  @Test
  void aQuestionToANameServerTakesNoSocketOfTheMachine() throws IOException {
    try (UdpSocket socket = open()) {
      socket.send(dns("198.41.0.4"), query(".", Type.NS));
      assertThat(socket.receive(Duration.ofSeconds(5)).from()).isEqualTo(dns("198.41.0.4"));
      assertThat(Wire.isHidden(Event.Transport.UDP, socket.localAddress().getPort())).isFalse();
    }
  }

  @Test
  void aSocketThatIsClosedSendsNothingMore() throws IOException {
    UdpSocket socket = open();
    socket.close();
    for (String server : List.of("198.41.0.4", "127.0.0.1")) {
      assertThatThrownBy(() -> socket.send(dns(server), query(".", Type.NS)))
          .hasMessage("Socket closed");
    }
  }

  @Test
  void theProvidersResolverAnswersFromItsCacheUntilTheTtlIsOver() throws IOException {
    Message first = ask("198.51.100.53", "google.com.", Type.A);
    assertThat(first.getHeader().getFlag(Flags.RA)).isTrue();
    assertThat(first.getHeader().getFlag(Flags.AA)).isFalse();
    assertThat(first.getSection(Section.ANSWER).getFirst().getTTL()).isEqualTo(300);
    long before = clock.nanoTime();
    Message second = ask("198.51.100.53", "google.com.", Type.A);
    assertThat(second.getSection(Section.ANSWER).getFirst().getTTL()).isEqualTo(300);
    assertThat(Duration.ofNanos(clock.nanoTime() - before)).isEqualTo(Duration.ofMillis(10));
    clock.advance(Duration.ofSeconds(100));
    Message third = ask("198.51.100.53", "google.com.", Type.A);
    assertThat(third.getSection(Section.ANSWER).getFirst().getTTL()).isEqualTo(200);
    clock.advance(Duration.ofSeconds(200));
    before = clock.nanoTime();
    Message fourth = ask("198.51.100.53", "google.com.", Type.A);
    assertThat(fourth.getSection(Section.ANSWER).getFirst().getTTL()).isEqualTo(300);
    assertThat(Duration.ofNanos(clock.nanoTime() - before)).isGreaterThan(Duration.ofMillis(10));
  }

  @Test
  void everyNameServerOfTheLabHasAnAddressThatTheResolverFinds() throws IOException {
    for (Topology.Host host : lab.topology().hosts()) {
      if (!host.serves().isEmpty()) {
        assertThat(network.lookUp(host.name()))
            .as(host.name())
            .containsExactlyInAnyOrderElementsOf(host.addresses());
      }
    }
  }

  @Test
  void namesThatDoNotExistAreUnknownHosts() {
    assertThatThrownBy(() -> network.lookUp("no.such.example"))
        .isInstanceOf(java.net.UnknownHostException.class);
  }

  @Test
  void whenAllServersOfAZoneAreDownTheResolverFailsInLabTimeOnly() throws IOException {
    lab.world().set("ns1.class.example", new Condition.Failed());
    lab.world().set("ns2.class.example", new Condition.Failed());
    try (UdpSocket socket = open()) {
      socket.send(dns("198.51.100.53"), query("www.class.example.", Type.A));
      Message reply = new Message(socket.receive(Duration.ofSeconds(30)).payload().toArray());
      assertThat(reply.getRcode()).isEqualTo(Rcode.SERVFAIL);
    }
    lab.world().set("ns2.class.example", new Condition.Up());
    assertThat(ask("198.51.100.53", "www.class.example.", Type.A).getRcode())
        .isEqualTo(Rcode.SERVFAIL);
    clock.advance(Duration.ofSeconds(6));
    assertThat(ask("198.51.100.53", "www.class.example.", Type.A).getRcode())
        .isEqualTo(Rcode.NOERROR);
  }

  @Test
  void movingTheClockMovesTheTimeOfDayAndResettingItDoesNotShortenWhatWasMeasured() {
    Instant start = clock.instant();
    long nanos = clock.nanoTime();
    clock.advance(Duration.ofMinutes(5));
    assertThat(clock.instant()).isEqualTo(start.plusSeconds(300));
    clock.reset(start);
    assertThat(clock.instant()).isEqualTo(start);
    assertThat(clock.nanoTime() - nanos).isEqualTo(Duration.ofMinutes(5).toNanos());
  }

  @Test
  void noRouteLeadsToAFamilyThatTheHostHasNoAddressOf() {
    Topology.Host host =
        lab.topology().hosts().stream()
            .filter(h -> h.addresses().stream().noneMatch(a -> a instanceof Inet6Address))
            .findFirst()
            .orElseThrow();
    Network old = lab.networkOf(host);
    assertThatThrownBy(
            () ->
                old.connect(
                    new InetSocketAddress("2001:503:ba3e::2:30", 80),
                    Optional.empty(),
                    Duration.ofSeconds(1)))
        .isInstanceOf(SocketException.class)
        .hasMessage("Network is unreachable");
    assertThatThrownBy(() -> old.openUdp(StandardProtocolFamily.INET6, Optional.empty()))
        .isInstanceOf(SocketException.class)
        .hasMessage("Network is unreachable");
  }
}
