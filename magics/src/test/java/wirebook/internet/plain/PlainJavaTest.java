package wirebook.internet.plain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ForkJoinPool;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;
import wirebook.internet.Internets;
import wirebook.internet.topology.Condition;
import wirebook.net.Network;
import wirebook.net.UdpSocket;
import wirebook.peer.Ipv6;
import wirebook.trace.Bytes;
import wirebook.trust.LabTrust;

@Tag("slow")
class PlainJavaTest {
  private static final String HOST = "a.root-servers.net";

  /** How long Linux tries to connect. */
  private static final Duration SYSTEM = Duration.ofSeconds(127);

  private final Internets internets = new Internets("lab");
  private HttpServer server;
  private InetSocketAddress site;

  @BeforeEach
  void aSiteInTheLab() throws IOException {
    PlainJava.follow(internets);
    assertThat(PlainJava.prepare()).isEmpty();
    // Another test may have had the JDK make its default context, before the lab's trust was there.
    LabTrust.authority();
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          byte[] body = "in the lab".getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    site = new InetSocketAddress(address(HOST), 80);
    internets.lab().ports().publish(site, server.getAddress().getPort());
  }

  @AfterEach
  void leaveTheLab() throws IOException {
    PlainJava.unfollow();
    server.stop(0);
    internets.close();
  }

  private InetAddress address(String host) {
    return internets.lab().topology().node(host).orElseThrow().addresses().getFirst();
  }

  private static String addressOf(String name) {
    try {
      return InetAddress.getByName(name).getHostAddress();
    } catch (UnknownHostException e) {
      return e.toString();
    }
  }

  /** The resolver of the lab must not want a thread of the pool whose threads wait for it. */
  @Test
  @Timeout(30)
  void tasksThatFillTheCommonPoolLookNamesUp() {
    assertThat(addressOf("www.class.example")).isEqualTo("203.0.113.10");
    List<CompletableFuture<String>> tasks =
        IntStream.range(0, 2 * ForkJoinPool.getCommonPoolParallelism())
            .mapToObj(i -> CompletableFuture.supplyAsync(() -> addressOf("class.example")))
            .toList();
    assertThat(tasks).extracting(CompletableFuture::join).containsOnly("203.0.113.10");
  }

  @Test
  void aSocketReachesALabAddressAndShowsIt() throws IOException {
    try (Socket socket = new Socket(site.getAddress(), 80)) {
      assertThat(socket.getInetAddress()).isEqualTo(site.getAddress());
      assertThat(socket.getRemoteSocketAddress()).isEqualTo(site);
      assertThat(socket.getLocalAddress()).isEqualTo(address("lab"));
      socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.UTF_8));
      assertThat(text(socket.getInputStream())).endsWith("in the lab");
    }
  }

  @Test
  void aSocketChannelReachesALabAddressAndShowsIt() throws IOException {
    try (SocketChannel channel = SocketChannel.open(site)) {
      assertThat(channel.getRemoteAddress()).isEqualTo(site);
      assertThat(((InetSocketAddress) channel.getLocalAddress()).getAddress())
          .isEqualTo(address("lab"));
      channel.write(ByteBuffer.wrap("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.UTF_8)));
      assertThat(text(channel.socket().getInputStream())).endsWith("in the lab");
    }
  }

  @Test
  void theHttpClientReachesALabAddress() throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<String> response =
          client.send(
              HttpRequest.newBuilder(URI.create("http://" + site.getHostString() + "/")).build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(response.body()).isEqualTo("in the lab");
    }
  }

  @Test
  void theSitesOfTheLabAreTrustedOverTls() throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<String> response =
          client.send(
              HttpRequest.newBuilder(URI.create("https://httpbin.org/get")).build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_2);
      assertThat(response.body()).contains("\"url\": \"https://httpbin.org/get\"");
    }
    try (InputStream in = URI.create("https://example.com/").toURL().openStream()) {
      assertThat(text(in)).contains("Example Domain");
    }
  }

  @Test
  void aSiteUnderAnotherNameIsNotTrusted() {
    String address = address("httpbin.org").getHostAddress();
    try (HttpClient client = HttpClient.newHttpClient()) {
      assertThatThrownBy(
              () ->
                  client.send(
                      HttpRequest.newBuilder(URI.create("https://" + address + "/get")).build(),
                      HttpResponse.BodyHandlers.ofString()))
          .hasMessageContaining("No subject alternative names matching IP address " + address);
    }
  }

  @Test
  void aUrlReachesALabAddress() throws IOException {
    try (InputStream in = URI.create("http://" + site.getHostString() + "/").toURL().openStream()) {
      assertThat(text(in)).isEqualTo("in the lab");
    }
  }

  @Test
  void aDatagramSocketTalksToALabNameServer() throws IOException {
    InetSocketAddress root = new InetSocketAddress(site.getAddress(), 53);
    byte[] query = query(".");
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.setSoTimeout(5000);
      socket.send(new DatagramPacket(query, query.length, root));
      DatagramPacket packet = new DatagramPacket(new byte[4096], 4096);
      socket.receive(packet);
      assertThat(packet.getSocketAddress()).isEqualTo(root);
      assertThat(
              new Message(java.util.Arrays.copyOf(packet.getData(), packet.getLength()))
                  .getSection(Section.ANSWER))
          .isNotEmpty();
    }
  }

  /** A datagram of the lab's own that is not known as one takes no time, and holds up the rest. */
  @Test
  void theLabsOwnQuestionsTakeTheirWayAlsoAfterPlainJavaAskedTheSameServer() throws IOException {
    InetSocketAddress root = new InetSocketAddress(site.getAddress(), 53);
    byte[] query = query(".");
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.setSoTimeout(5000);
      socket.send(new DatagramPacket(query, query.length, root));
      socket.receive(new DatagramPacket(new byte[4096], 4096));
    }
    Network network = internets.lab().network();
    try (UdpSocket socket = network.openUdp(StandardProtocolFamily.INET, Optional.empty())) {
      long asked = network.clock().nanoTime();
      socket.send(root, Bytes.of(query));
      socket.receive(Duration.ofSeconds(5));
      assertThat(network.clock().nanoTime() - asked)
          .isGreaterThanOrEqualTo(new PlainRoutes(internets).roundTrip(root));
    }
  }

  @Test
  void aConnectedDatagramChannelTalksToALabNameServer() throws IOException {
    InetSocketAddress root = new InetSocketAddress(site.getAddress(), 53);
    try (DatagramChannel channel = DatagramChannel.open().connect(root)) {
      assertThat(channel.getRemoteAddress()).isEqualTo(root);
      channel.write(ByteBuffer.wrap(query(".")));
      ByteBuffer buffer = ByteBuffer.allocate(4096);
      assertThat(channel.receive(buffer)).isEqualTo(root);
    }
  }

  @Test
  void aLabHostRefusesClosedPorts() throws IOException {
    assertThatThrownBy(() -> new Socket(site.getAddress(), 81).close())
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("refused");
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.connect(site.getAddress(), 54);
      socket.setSoTimeout(5000);
      socket.send(new DatagramPacket(new byte[1], 1));
      assertThatThrownBy(() -> socket.receive(new DatagramPacket(new byte[1], 1)))
          .isInstanceOf(PortUnreachableException.class);
    }
  }

  @Test
  void aFailedLabHostDoesNotAnswer() throws IOException {
    internets.lab().world().set(HOST, new Condition.Failed());
    try (Socket socket = new Socket()) {
      assertThatThrownBy(() -> socket.connect(site, 50)).isInstanceOf(SocketTimeoutException.class);
    }
  }

  /** What takes as much of the lab's time: nobody waits for it really. */
  private void takes(Duration time, ThrowingCallable what) throws Throwable {
    long start = internets.lab().clock().nanoTime();
    what.call();
    assertThat(Duration.ofNanos(internets.lab().clock().nanoTime() - start))
        .isBetween(time, time.plusSeconds(20));
  }

  @Test
  @Timeout(60)
  void aChannelThatBlocksWaitsInLabTimeForAHostThatDoesNotAnswer() throws Throwable {
    internets.lab().world().set(HOST, new Condition.Failed());
    takes(
        SYSTEM,
        () ->
            assertThatThrownBy(() -> SocketChannel.open(site))
                .isInstanceOf(ConnectException.class)
                .hasMessageContaining("timed out"));
    takes(
        Duration.ofSeconds(90),
        () -> {
          try (SocketChannel channel = SocketChannel.open()) {
            assertThatThrownBy(() -> channel.socket().connect(site, 90_000))
                .isInstanceOf(SocketTimeoutException.class);
          }
        });
    takes(
        SYSTEM,
        () -> {
          try (AsynchronousSocketChannel channel = AsynchronousSocketChannel.open()) {
            assertThatThrownBy(() -> channel.connect(site).get())
                .hasCauseInstanceOf(ConnectException.class);
          }
        });
  }

  @Test
  @Timeout(60)
  void aSelectorWaitsInLabTimeForAHostThatDoesNotAnswer() throws Throwable {
    internets.lab().world().set(HOST, new Condition.Failed());
    try (Selector selector = Selector.open();
        SocketChannel channel = SocketChannel.open()) {
      channel.configureBlocking(false);
      assertThat(channel.connect(site)).isFalse();
      channel.register(selector, SelectionKey.OP_CONNECT);
      takes(
          Duration.ofSeconds(100), () -> assertThat(selector.select(100_000)).as("ready").isZero());
      assertThat(channel.finishConnect()).isFalse();
      takes(Duration.ofSeconds(20), () -> assertThat(selector.select()).isEqualTo(1));
      assertThat(selector.selectedKeys().iterator().next().isConnectable()).isTrue();
      assertThatThrownBy(channel::finishConnect)
          .isInstanceOf(ConnectException.class)
          .hasMessageContaining("timed out");
    }
  }

  @Test
  @Timeout(60)
  void whoAsksAgainAndAgainInsteadOfWaitingComesToAnEnd() throws Throwable {
    internets.lab().world().set(HOST, new Condition.Failed());
    try (SocketChannel channel = SocketChannel.open()) {
      channel.configureBlocking(false);
      channel.connect(site);
      takes(
          SYSTEM,
          () ->
              assertThatThrownBy(
                      () -> {
                        while (!channel.finishConnect()) {
                          Thread.onSpinWait();
                        }
                      })
                  .isInstanceOf(ConnectException.class));
    }
  }

  @Test
  @Timeout(60)
  void aSelectorThatIsWokenUpOrHasOtherWorkDoesNotWait() throws Throwable {
    internets.lab().world().set(HOST, new Condition.Failed());
    try (Selector selector = Selector.open();
        SocketChannel lost = SocketChannel.open();
        SocketChannel there = SocketChannel.open(server.getAddress())) {
      lost.configureBlocking(false);
      lost.connect(site);
      lost.register(selector, SelectionKey.OP_CONNECT);
      long start = internets.lab().clock().nanoTime();
      selector.wakeup();
      assertThat(selector.select()).isZero();
      there.configureBlocking(false);
      there.register(selector, SelectionKey.OP_WRITE);
      assertThat(selector.select()).isEqualTo(1);
      assertThat(selector.selectedKeys().iterator().next().channel()).isSameAs(there);
      assertThat(Duration.ofNanos(internets.lab().clock().nanoTime() - start)).isLessThan(SYSTEM);
    }
  }

  @Test
  @Timeout(60)
  void theHttpClientGivesUpInLabTime() throws Throwable {
    internets.lab().world().set(HOST, new Condition.Failed());
    HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + HOST + "/")).build();
    try (HttpClient client =
        HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(70)).build()) {
      takes(
          Duration.ofSeconds(70),
          () ->
              assertThatThrownBy(() -> client.send(request, HttpResponse.BodyHandlers.discarding()))
                  .isInstanceOf(HttpConnectTimeoutException.class));
    }
    try (HttpClient client = HttpClient.newHttpClient()) {
      long start = internets.lab().clock().nanoTime();
      assertThatThrownBy(() -> client.send(request, HttpResponse.BodyHandlers.discarding()))
          .isInstanceOf(ConnectException.class);
      assertThat(Duration.ofNanos(internets.lab().clock().nanoTime() - start))
          .isGreaterThanOrEqualTo(SYSTEM);
    }
  }

  @Test
  void namesAreTheLabs() throws UnknownHostException {
    assertThat(InetAddress.getAllByName("lab")).contains(address("lab"));
    assertThat(InetAddress.getByName("localhost").isLoopbackAddress()).isTrue();
    assertThat(InetAddress.getLocalHost()).isNotNull();
  }

  @Test
  void loopbackIsAlwaysReal() throws IOException {
    try (Socket socket = new Socket("127.0.0.1", server.getAddress().getPort())) {
      assertThat(socket.getPort()).isEqualTo(server.getAddress().getPort());
    }
  }

  @Test
  void theRealNetworkIsUntouched() throws IOException {
    internets.use("real");
    try (Socket socket = new Socket()) {
      // 192.0.2.0/24 is documentation's (RFC 5737): no one answers, or there is no route.
      assertThatThrownBy(() -> socket.connect(new InetSocketAddress("192.0.2.1", 9), 50))
          .isInstanceOf(IOException.class);
    }
    try (Socket socket = new Socket("127.0.0.1", server.getAddress().getPort())) {
      assertThat(socket.isConnected()).isTrue();
    }
  }

  private static byte[] query(String name) throws IOException {
    return Message.newQuery(Record.newRecord(Name.fromString(name), Type.NS, DClass.IN)).toWire();
  }

  private static String text(InputStream in) throws IOException {
    return new String(in.readAllBytes(), StandardCharsets.UTF_8);
  }

  @Test
  void aServerOnIpv6LoopbackIsReachedThere() throws IOException {
    Ipv6.assumed();
    InetSocketAddress six = new InetSocketAddress(InetAddress.ofLiteral("::1"), 0);
    try (ServerSocket plain = new ServerSocket(0, 1, six.getAddress());
        ServerSocket server = internets.lab().network().listen(six, 1)) {
      for (ServerSocket each : List.of(plain, server)) {
        try (Socket client = new Socket(six.getAddress(), each.getLocalPort())) {
          assertThat(client.isConnected()).isTrue();
        }
      }
    }
  }
}
