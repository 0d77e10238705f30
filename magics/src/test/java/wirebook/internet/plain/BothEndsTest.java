package wirebook.internet.plain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import wirebook.engine.http.server.HttpServer;
import wirebook.engine.socket.Names;
import wirebook.engine.socket.calls.Syscall;
import wirebook.engine.socket.calls.SystemCalls;
import wirebook.internet.Internets;
import wirebook.magics.TestCells;
import wirebook.magics.host.Ss;
import wirebook.magics.serve.Serve;

/** Of a connection through the lab both ends see the same four-tuple (accept(2), RFC 9293, 3.3). */
@Tag("slow")
class BothEndsTest {
  private static final InetAddress HERE = InetAddress.ofLiteral("192.0.2.10");
  private static final InetAddress NEIGHBOUR = InetAddress.ofLiteral("192.0.2.20");

  private final Internets internets = new Internets("lab");

  @BeforeEach
  void enter() throws IOException {
    PlainJava.follow(internets);
    assertThat(PlainJava.prepare()).isEmpty();
  }

  @AfterEach
  void leave() throws IOException {
    PlainJava.unfollow();
    internets.close();
  }

  private static InetSocketAddress here(int port) {
    return new InetSocketAddress(HERE, port);
  }

  @Test
  void aServerSocketSeesWhoConnectsAsHeSeesHimself() throws IOException {
    try (ServerSocket server = new ServerSocket(0)) {
      internets.sitOn("neighbour");
      try (Socket client = new Socket(HERE, server.getLocalPort());
          Socket accepted = server.accept()) {
        assertThat(client.getLocalAddress()).isEqualTo(NEIGHBOUR);
        assertThat(accepted.getRemoteSocketAddress()).isEqualTo(client.getLocalSocketAddress());
        assertThat(accepted.getLocalSocketAddress()).isEqualTo(client.getRemoteSocketAddress());
        assertThat(accepted.toString()).contains("/192.0.2.20");
        client.getOutputStream().write('a');
        assertThat(accepted.getInputStream().read()).isEqualTo('a');
      }
    }
  }

  @Test
  void alsoWhoIsGoneBeforeHeIsAccepted() throws IOException {
    try (ServerSocket server = new ServerSocket(0)) {
      internets.sitOn("neighbour");
      SocketAddress gone;
      try (Socket client = new Socket(HERE, server.getLocalPort())) {
        gone = client.getLocalSocketAddress();
      }
      try (Socket accepted = server.accept()) {
        assertThat(accepted.getRemoteSocketAddress()).isEqualTo(gone);
      }
    }
  }

  @Test
  void aServerThatIsQuickSeesWhoConnects() throws Exception {
    try (ServerSocket server = new ServerSocket(0)) {
      Thread.startVirtualThread(
          () -> {
            while (!server.isClosed()) {
              try (Socket accepted = server.accept()) {
                accepted
                    .getOutputStream()
                    .write(accepted.getInetAddress().equals(NEIGHBOUR) ? 'y' : 'n');
              } catch (IOException e) {
                // Closed: the end.
              }
            }
          });
      internets.sitOn("neighbour");
      for (int i = 0; i < 100; i++) {
        try (Socket client =
            i % 2 == 0
                ? new Socket(HERE, server.getLocalPort())
                : internets
                    .current()
                    .connect(
                        here(server.getLocalPort()), Optional.empty(), Duration.ofSeconds(10))) {
          assertThat(client.getInputStream().read()).as("number " + i).isEqualTo('y');
        }
      }
    }
  }

  @Test
  void channelsSeeIt() throws Exception {
    try (ServerSocketChannel server = ServerSocketChannel.open().bind(here(0))) {
      int port = ((InetSocketAddress) server.getLocalAddress()).getPort();
      internets.sitOn("neighbour");
      try (SocketChannel client = SocketChannel.open()) {
        client.configureBlocking(false);
        client.connect(here(port));
        try (SocketChannel accepted = server.accept()) {
          while (!client.finishConnect()) {
            Thread.onSpinWait();
          }
          assertThat(accepted.getRemoteAddress()).isEqualTo(client.getLocalAddress());
          assertThat(accepted.getLocalAddress()).isEqualTo(client.getRemoteAddress());
          assertThat(((InetSocketAddress) accepted.getRemoteAddress()).getAddress())
              .isEqualTo(NEIGHBOUR);
        }
      }
    }
    internets.sitOn("lab");
    try (AsynchronousServerSocketChannel server =
        AsynchronousServerSocketChannel.open().bind(here(0))) {
      int port = ((InetSocketAddress) server.getLocalAddress()).getPort();
      Future<AsynchronousSocketChannel> coming = server.accept();
      internets.sitOn("neighbour");
      try (AsynchronousSocketChannel client = AsynchronousSocketChannel.open()) {
        client.connect(here(port)).get(30, TimeUnit.SECONDS);
        try (AsynchronousSocketChannel accepted = coming.get(30, TimeUnit.SECONDS)) {
          assertThat(accepted.getRemoteAddress()).isEqualTo(client.getLocalAddress());
          assertThat(accepted.getLocalAddress()).isEqualTo(here(port));
        }
      }
    }
  }

  @Test
  void whatCameOverLoopbackStaysThere() throws Exception {
    try (ServerSocket server = new ServerSocket(0)) {
      for (String name : new String[] {"localhost", "127.0.0.1", "192.0.2.10"}) {
        try (Socket client = new Socket(name, server.getLocalPort());
            Socket accepted = server.accept()) {
          InetAddress own = name.equals("192.0.2.10") ? HERE : InetAddress.getLoopbackAddress();
          assertThat(accepted.getInetAddress()).as(name).isEqualTo(own);
          assertThat(accepted.getRemoteSocketAddress()).isEqualTo(client.getLocalSocketAddress());
          assertThat(accepted.getLocalSocketAddress()).isEqualTo(client.getRemoteSocketAddress());
        }
      }
    }
  }

  @Test
  void theSendersOfDatagramsAreThoseOfTheirHosts() throws IOException {
    try (DatagramChannel server = DatagramChannel.open().bind(here(0));
        DatagramSocket beside = new DatagramSocket(new InetSocketAddress(HERE, 0))) {
      InetSocketAddress to = (InetSocketAddress) server.getLocalAddress();
      beside.send(new DatagramPacket(new byte[1], 1, to));
      assertThat(server.receive(ByteBuffer.allocate(1))).isEqualTo(beside.getLocalSocketAddress());
      internets.sitOn("neighbour");
      try (DatagramChannel client =
          DatagramChannel.open().bind(new InetSocketAddress(NEIGHBOUR, 0))) {
        client.send(ByteBuffer.allocate(1), to);
        assertThat(server.receive(ByteBuffer.allocate(1))).isEqualTo(client.getLocalAddress());
      }
    }
  }

  @Test
  void systemCallsSeeIt() {
    int family = Names.FAMILIES.get("AF_INET");
    int stream = Names.TYPES.get("SOCK_STREAM");
    try (SystemCalls calls = new SystemCalls(new PlainRoutes(internets))) {
      Syscall server = calls.socket(family, stream, 0);
      server.bind("192.0.2.10:0");
      server.listen();
      internets.sitOn("neighbour");
      Syscall client = calls.socket(family, stream, 0);
      assertThat(client.connect("192.0.2.10:" + server.getsockname().port()).ok()).isTrue();
      Syscall accepted = server.accept();
      assertThat(accepted.address()).isEqualTo(client.getsockname().address());
      assertThat(accepted.line()).contains("192.0.2.20");
      assertThat(accepted.getpeername().address()).isEqualTo(client.getsockname().address());
      assertThat(accepted.getsockname().address()).isEqualTo(client.getpeername().address());
      client.send("ping");
      assertThat(accepted.recv().text()).isEqualTo("ping");
    }
  }

  @Test
  void aWebServerLogsWhoAskedAndTellsItToWhatIsBehindIt(@TempDir Path folder) throws Exception {
    TestCells cells = new TestCells(internets, folder);
    HttpServer app = (HttpServer) cells.run(new Serve(), "serve 0 --httpbin -q --bind 0.0.0.0");
    HttpServer front =
        (HttpServer)
            cells.run(
                new Serve(), "serve 0 --to http://127.0.0.1:" + app.port() + "/ -q --bind 0.0.0.0");
    internets.sitOn("neighbour");
    HttpClient client = HttpClient.newHttpClient();
    assertThat(get(client, "http://192.0.2.10:" + app.port() + "/ip")).contains("192.0.2.20");
    assertThat(get(client, "http://192.0.2.10:" + front.port() + "/headers"))
        .contains("for=192.0.2.20;");
    // The log comes after the answer.
    await().untilAsserted(() -> assertThat(front.log()).startsWith("192.0.2.20 "));
    app.close();
    front.close();
  }

  private static String get(HttpClient client, String url) throws Exception {
    return client
        .send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofString())
        .body();
  }

  @Test
  void ssShowsBothEndsAlike(@TempDir Path folder) throws Exception {
    TestCells cells = new TestCells(internets, folder);
    try (ServerSocket server = new ServerSocket(0)) {
      int port = server.getLocalPort();
      internets.sitOn("neighbour");
      try (Socket client = new Socket(HERE, port);
          Socket _ = server.accept()) {
        // A socket of Java is one of IPv6, in which IPv4 is mapped.
        String ours = "192\\.0\\.2\\.20]?:" + client.getLocalPort();
        String theirs = "192\\.0\\.2\\.10]?:" + port;
        cells.run(new Ss(), "ss -tanH");
        assertThat(cells.printed()).containsPattern("ESTAB .*" + ours + " .*" + theirs);
        internets.sitOn("lab");
        cells.run(new Ss(), "ss -tanH");
        assertThat(cells.printed()).containsPattern("ESTAB .*" + theirs + " .*" + ours);
      }
    }
  }
}
