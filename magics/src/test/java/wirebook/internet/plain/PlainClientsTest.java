package wirebook.internet.plain;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URLConnection;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.eclipse.jetty.client.HttpClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;
import wirebook.internet.Internets;
import wirebook.net.Wire;
import wirebook.trace.Capture;
import wirebook.trace.Packet;
import wirebook.trace.Packets;

/** The clients that people use, each in the lab, with the lab's time and on the wire. */
@ResourceLock("wire")
@Tag("slow")
class PlainClientsTest {
  private static final String SITE = "http://example.com/";
  private static final String NOBODY = "203.0.113.200";

  /** The lab's site is no nearer than this. */
  private static final Duration ROUND_TRIP = Duration.ofMillis(50);

  private final Internets internets = new Internets("lab");
  private final Capture capture = new Capture(() -> internets.current().clock().instant(), 1 << 20);

  @BeforeEach
  void enterTheLab() {
    PlainJava.follow(internets);
    assertThat(PlainJava.prepare()).isEmpty();
    Wire.use(Optional.of(capture));
  }

  @AfterEach
  void leaveTheLab() throws IOException {
    Wire.use(Optional.empty());
    PlainJava.unfollow();
    internets.close();
  }

  /** What a client got is the lab's page, it took the lab's time, and it was on the wire. */
  private void assertInTheLab(String body) {
    assertThat(body).contains("Example Domain");
    Packets sites =
        capture.packets().where(p -> p.from().getPort() == 80 || p.to().getPort() == 80);
    assertThat(sites.packets()).allMatch(p -> p.link().equals("lab"));
    int flow = asking(sites).flow();
    Packets http = sites.where(p -> p.flow() == flow);
    List<Packet> data = http.packets().stream().filter(p -> p.kind() == Packet.Kind.DATA).toList();
    assertThat(http.packets().getFirst().kind()).isEqualTo(Packet.Kind.OPEN);
    assertThat(data.getFirst().bytes().text()).startsWith("GET / HTTP/1.");
    assertThat(http.response(http.flows().getFirst()).text()).contains("200 OK", "Example Domain");
    assertThat(Duration.between(http.packets().getFirst().at(), data.getFirst().at()))
        .isGreaterThan(ROUND_TRIP);
    assertThat(Duration.between(data.getFirst().at(), data.get(1).at())).isGreaterThan(ROUND_TRIP);
    assertThat(capture.packets().packets())
        .filteredOn(p -> p.link().equals("lo"))
        .as("what carries the lab's connections")
        .isEmpty();
  }

  /** The packet with the request: a client may have opened a connection more than it used. */
  private static Packet asking(Packets packets) {
    return packets.packets().stream()
        .filter(p -> p.kind() == Packet.Kind.DATA && p.bytes().text().startsWith("GET / HTTP/1."))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void inetAddressFindsTheLabsNames() throws IOException {
    assertThat(InetAddress.getByName("google.com").getHostAddress()).isEqualTo("142.250.185.78");
  }

  @Test
  void aSocket() throws IOException {
    try (Socket socket = new Socket("example.com", 80)) {
      socket.getOutputStream().write("GET / HTTP/1.0\r\nHost: example.com\r\n\r\n".getBytes(UTF_8));
      assertInTheLab(new String(socket.getInputStream().readAllBytes(), UTF_8));
    }
  }

  /** As the system does (RFC 1122, 4.2.2.13), in the lab and on loopback. */
  @Test
  void aSocketThatIsThrownAwayEndsWithRst() throws IOException {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      for (boolean lingers : List.of(true, false)) {
        Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
        int port = client.getLocalPort();
        try (Socket accepted = server.accept()) {
          accepted.getOutputStream().write(1);
          if (lingers) {
            assertThat(client.getInputStream().read()).isEqualTo(1);
            client.setSoLinger(true, 0);
          } else {
            // What comes after is not read.
            assertThat(client.getInputStream().read()).isEqualTo(1);
            accepted.getOutputStream().write(new byte[2]);
            assertThat(client.getInputStream().read()).isZero();
          }
          client.close();
          if (lingers) {
            assertThatThrownBy(() -> accepted.getInputStream().read())
                .isInstanceOf(SocketException.class);
          }
        }
        assertThat(
                capture.packets().packets().stream()
                    .filter(p -> p.from().getPort() == port || p.to().getPort() == port)
                    .filter(p -> p.kind() == Packet.Kind.RESET || p.kind() == Packet.Kind.END)
                    .map(p -> (p.from().getPort() == port ? "client " : "server ") + p.kind()))
            .containsExactlyElementsOf(
                lingers ? List.of("client RESET") : List.of("client END", "client RESET"));
      }
    }
    Socket far = new Socket("example.com", 80);
    far.setSoLinger(true, 0);
    far.close();
    assertThat(capture.packets().packets().getLast().kind()).isEqualTo(Packet.Kind.RESET);
    assertThat(capture.packets().packets().getLast().link()).isEqualTo("lab");
  }

  @Test
  void anAsynchronousChannel() throws Exception {
    try (AsynchronousSocketChannel channel = AsynchronousSocketChannel.open()) {
      channel.connect(new InetSocketAddress("example.com", 80)).get();
      channel
          .write(ByteBuffer.wrap("GET / HTTP/1.0\r\nHost: example.com\r\n\r\n".getBytes(UTF_8)))
          .get();
      ByteBuffer buffer = ByteBuffer.allocate(4096);
      int count;
      do {
        count = channel.read(buffer).get();
      } while (count >= 0);
      assertInTheLab(UTF_8.decode(buffer.flip()).toString());
    }
  }

  @Test
  void aChannelWithASelector() throws IOException {
    try (Selector selector = Selector.open();
        SocketChannel channel = SocketChannel.open()) {
      channel.configureBlocking(false);
      channel.connect(new InetSocketAddress("example.com", 80));
      channel.register(selector, SelectionKey.OP_CONNECT);
      selector.select();
      assertThat(channel.finishConnect()).isTrue();
      channel.write(ByteBuffer.wrap("GET / HTTP/1.0\r\nHost: example.com\r\n\r\n".getBytes(UTF_8)));
      selector.selectedKeys().clear();
      channel.keyFor(selector).interestOps(SelectionKey.OP_READ);
      ByteBuffer buffer = ByteBuffer.allocate(4096);
      while (channel.read(buffer) >= 0) {
        selector.select();
        selector.selectedKeys().clear();
      }
      assertInTheLab(UTF_8.decode(buffer.flip()).toString());
    }
  }

  @Test
  void theHttpClientOfTheJdk() throws Exception {
    try (java.net.http.HttpClient client = java.net.http.HttpClient.newHttpClient()) {
      assertInTheLab(
          client
              .send(
                  HttpRequest.newBuilder(URI.create(SITE))
                      .version(java.net.http.HttpClient.Version.HTTP_1_1)
                      .build(),
                  HttpResponse.BodyHandlers.ofString())
              .body());
    }
  }

  @Test
  void aUrlStream() throws IOException {
    try (InputStream in = URI.create(SITE).toURL().openStream()) {
      assertInTheLab(new String(in.readAllBytes(), UTF_8));
    }
  }

  @Test
  void okHttp() throws IOException {
    OkHttpClient client = new OkHttpClient();
    try (Response response = client.newCall(new Request.Builder().url(SITE).build()).execute()) {
      assertInTheLab(response.body().string());
    } finally {
      client.dispatcher().executorService().shutdown();
      client.connectionPool().evictAll();
    }
  }

  @Test
  void jettysClient() throws Exception {
    HttpClient client = new HttpClient();
    client.start();
    try {
      assertInTheLab(client.GET(SITE).getContentAsString());
    } finally {
      client.stop();
    }
  }

  @Test
  void aDatagramSocketWaitsAsLongAsTheLabsResolverNeeds() throws IOException {
    byte[] query =
        Message.newQuery(Record.newRecord(Name.fromString("www.github.com."), Type.A, DClass.IN))
            .toWire();
    Instant before = internets.current().clock().instant();
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.setSoTimeout(10_000);
      socket.send(
          new DatagramPacket(query, query.length, InetAddress.ofLiteral("198.51.100.53"), 53));
      DatagramPacket packet = new DatagramPacket(new byte[4096], 4096);
      socket.receive(packet);
      assertThat(packet.getAddress().getHostAddress()).isEqualTo("198.51.100.53");
    }
    assertThat(Duration.between(before, internets.current().clock().instant()))
        .as("the resolver asked the root, com and github.com")
        .isGreaterThan(Duration.ofMillis(30));
    assertThat(capture.packets().where(p -> p.link().equals("lab")).packets()).hasSize(2);
  }

  @Test
  void aReadTimesOutInLabTimeAndALaterOneHasTheAnswer() throws IOException {
    try (Socket socket = new Socket("httpbin.org", 80)) {
      socket.setSoTimeout(300);
      socket
          .getOutputStream()
          .write("GET /delay/10 HTTP/1.0\r\nHost: httpbin.org\r\n\r\n".getBytes(UTF_8));
      Instant asked = internets.current().clock().instant();
      assertThatThrownBy(() -> socket.getInputStream().read())
          .isInstanceOf(SocketTimeoutException.class)
          .hasMessage("Read timed out");
      assertThat(Duration.between(asked, internets.current().clock().instant()))
          .isBetween(Duration.ofMillis(300), Duration.ofSeconds(9));
      socket.setSoTimeout(30_000);
      assertThat(new String(socket.getInputStream().readAllBytes(), UTF_8)).contains("200 OK");
      assertThat(Duration.between(asked, internets.current().clock().instant()))
          .isGreaterThan(Duration.ofSeconds(10));
    }
  }

  @Test
  void aUrlConnectionsReadTimesOutInLabTime() throws IOException {
    URI slow = URI.create("http://httpbin.org/delay/1");
    URLConnection hasty = slow.toURL().openConnection();
    hasty.setReadTimeout(300);
    assertThatThrownBy(hasty::getInputStream).isInstanceOf(SocketTimeoutException.class);
    URLConnection patient = slow.toURL().openConnection();
    patient.setReadTimeout(10_000);
    try (InputStream in = patient.getInputStream()) {
      assertThat(new String(in.readAllBytes(), UTF_8)).contains("/delay/1");
    }
  }

  @Test
  void nobodyAtAnAddressTakesNoWallTime() {
    Instant before = internets.current().clock().instant();
    assertThatThrownBy(() -> new Socket(NOBODY, 80).close())
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("timed out");
    assertThat(Duration.between(before, internets.current().clock().instant()))
        .isBetween(Duration.ofSeconds(127), Duration.ofSeconds(137));
    try (Socket socket = new Socket()) {
      assertThatThrownBy(() -> socket.connect(new InetSocketAddress(NOBODY, 80), 60_000))
          .isInstanceOf(SocketTimeoutException.class);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    assertThat(capture.packets().packets())
        .extracting(Packet::kind)
        .containsExactly(Packet.Kind.ASKED, Packet.Kind.ASKED);
  }
}
