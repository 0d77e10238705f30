package wirebook.internet.plain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import wirebook.engine.http.server.HttpServer;
import wirebook.internet.Internets;
import wirebook.magics.TestCells;
import wirebook.magics.host.Ss;
import wirebook.magics.serve.Serve;

/** A socket that listens is on the host of the lab on which one sat when it was bound. */
@Tag("slow")
class HostListenersTest {
  private static final String NETWORK =
      """
      router core 10.10.10.1/24 10.10.20.1/24
      host pc1 10.10.10.11 at core 1ms
      host srv 10.10.20.10 at core 1ms
      service srv 80 hello
      """;

  private final Internets internets = new Internets("lab");

  @BeforeEach
  void draw() throws IOException {
    PlainJava.follow(internets);
    assertThat(PlainJava.prepare()).isEmpty();
    assertThat(internets.lab().load(NETWORK, /* anyway= */ false)).isEmpty();
    internets.sitOn("srv");
  }

  @AfterEach
  void leave() throws IOException {
    PlainJava.unfollow();
    internets.close();
  }

  private static void connects(String host, int port) throws IOException {
    new Socket(host, port).close();
  }

  private static void isRefused(String host, int port) {
    assertThatThrownBy(() -> connects(host, port))
        .as(host)
        .isInstanceOf(ConnectException.class)
        .hasMessage("Connection refused");
  }

  /** As magics connect. */
  private void magicConnects(String address, int port) throws IOException {
    internets
        .current()
        .connect(
            new InetSocketAddress(InetAddress.ofLiteral(address), port),
            Optional.empty(),
            Duration.ofSeconds(5))
        .close();
  }

  @Test
  void aServerStaysOnItsHost() throws IOException {
    try (ServerSocket server = new ServerSocket(0)) {
      int port = server.getLocalPort();
      for (String own : new String[] {"srv", "10.10.20.10", "localhost", "127.0.0.1"}) {
        connects(own, port);
      }
      magicConnects("10.10.20.10", port);
      magicConnects("127.0.0.1", port);
      internets.sitOn("pc1");
      connects("srv", port);
      magicConnects("10.10.20.10", port);
      isRefused("pc1", port);
      isRefused("localhost", port);
      assertThatThrownBy(() -> magicConnects("127.0.0.1", port))
          .isInstanceOf(ConnectException.class);
      assertThatThrownBy(() -> magicConnects("10.10.10.11", port))
          .isInstanceOf(ConnectException.class);
    }
  }

  @Test
  void thePortOfAServerThatIsClosedIsFreeForAnotherHost() throws IOException {
    int port;
    try (ServerSocket server = new ServerSocket(0)) {
      port = server.getLocalPort();
    }
    internets.sitOn("pc1");
    try (ServerSocket server = new ServerSocket(port)) {
      connects("localhost", server.getLocalPort());
    }
  }

  @Test
  void whatTheLabAddressIsBoundToIsNotAtLoopback() throws IOException {
    InetAddress own = InetAddress.ofLiteral("10.10.20.10");
    try (ServerSocket server = new ServerSocket(0, 50, own);
        DatagramSocket datagrams = new DatagramSocket(0, own)) {
      assertThat(server.getLocalSocketAddress())
          .isEqualTo(new InetSocketAddress(own, server.getLocalPort()));
      assertThat(datagrams.getLocalAddress()).isEqualTo(own);
      connects("srv", server.getLocalPort());
      magicConnects("10.10.20.10", server.getLocalPort());
      isRefused("127.0.0.1", server.getLocalPort());
    }
  }

  @Test
  void whatIsBoundToLoopbackIsForItsHostAlone() throws IOException {
    try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      connects("localhost", server.getLocalPort());
      isRefused("srv", server.getLocalPort());
      internets.sitOn("pc1");
      isRefused("srv", server.getLocalPort());
    }
  }

  @Test
  void aServerOfAMagicIsForItsHostAloneUnlessItIsTold(@TempDir Path folder) throws Exception {
    TestCells cells = new TestCells(internets, folder);
    for (String bind : new String[] {"", "--tls", "--bind 0.0.0.0", "--bind 10.10.20.10"}) {
      internets.sitOn("srv");
      HttpServer server = (HttpServer) cells.run(new Serve(), "serve 0 -q " + bind);
      boolean open = bind.startsWith("--bind");
      if (!bind.contains("10.10")) {
        connects("localhost", server.port());
      }
      for (String from : new String[] {"srv", "pc1"}) {
        internets.sitOn(from);
        if (open) {
          connects("srv", server.port());
          magicConnects("10.10.20.10", server.port());
        } else {
          isRefused("srv", server.port());
          assertThatThrownBy(() -> magicConnects("10.10.20.10", server.port()))
              .isInstanceOf(ConnectException.class);
        }
      }
      server.close();
    }
  }

  @Test
  void aHostReachesItsOwnServices() throws IOException {
    connects("srv", 80);
    connects("127.0.0.1", 80);
    magicConnects("10.10.20.10", 80);
    magicConnects("127.0.0.1", 80);
    internets.sitOn("pc1");
    isRefused("pc1", 80);
  }

  /** The machine's loopback is that of the notebook's own host, pc1. */
  @Test
  void whatListensOnTheMachineIsTheNotebooksHostsAlone() throws IOException {
    internets.use("real");
    try (ServerSocket machines = new ServerSocket(0)) {
      internets.use("lab");
      isRefused("127.0.0.1", machines.getLocalPort());
      internets.sitOn("pc1");
      connects("127.0.0.1", machines.getLocalPort());
      internets.sitOn("srv");
      isRefused("pc1", machines.getLocalPort());
    }
  }

  @Test
  void datagramsGoFromHostToHostAndBack() throws IOException {
    try (DatagramSocket server = new DatagramSocket(0)) {
      server.setSoTimeout(10_000);
      internets.sitOn("pc1");
      try (DatagramSocket client = new DatagramSocket()) {
        client.setSoTimeout(10_000);
        byte[] asked = "asked".getBytes(StandardCharsets.UTF_8);
        InetSocketAddress to =
            new InetSocketAddress(InetAddress.ofLiteral("10.10.20.10"), server.getLocalPort());
        client.send(new DatagramPacket(asked, asked.length, to));
        DatagramPacket packet = new DatagramPacket(new byte[10], 10);
        server.receive(packet);
        assertThat(packet.getSocketAddress())
            .isEqualTo(
                new InetSocketAddress(InetAddress.ofLiteral("10.10.10.11"), client.getLocalPort()));
        server.send(packet);
        client.receive(packet);
        assertThat(packet.getSocketAddress()).isEqualTo(to);
      }
    }
  }

  @Test
  void ssShowsAHostWhatListensThereAndItsServices(@TempDir Path folder) throws Exception {
    TestCells cells = new TestCells(internets, folder);
    try (ServerSocket server = new ServerSocket(0, 50, InetAddress.ofLiteral("10.10.20.10"))) {
      String port = ":" + server.getLocalPort() + " ";
      cells.run(new Ss(), "%ss -tln");
      assertThat(cells.printed()).contains("10.10.20.10" + port, "0.0.0.0:80 ");
      internets.sitOn("pc1");
      cells.run(new Ss(), "%ss -tln");
      assertThat(cells.printed()).doesNotContain(port, ":80 ");
    }
  }

  /** The JDK connects it by the same way as a stream, to what the lab has made of its address. */
  @Test
  void aDatagramSocketIsConnectedOnEachHost() throws IOException {
    byte[] question = "here?".getBytes(StandardCharsets.UTF_8);
    try (DatagramSocket server = new DatagramSocket(0)) {
      internets.sitOn("pc1");
      try (DatagramSocket client = new DatagramSocket()) {
        client.connect(InetAddress.ofLiteral("10.10.20.10"), server.getLocalPort());
        client.send(new DatagramPacket(question, question.length));
        DatagramPacket came = new DatagramPacket(new byte[10], 10);
        server.setSoTimeout(30_000);
        server.receive(came);
        assertThat(came.getLength()).isEqualTo(question.length);
      }
      try (DatagramChannel group = DatagramChannel.open(StandardProtocolFamily.INET)) {
        group.connect(new InetSocketAddress(InetAddress.ofLiteral("239.1.2.3"), 5000));
        assertThat(group.write(ByteBuffer.wrap(question))).isEqualTo(question.length);
      }
    }
  }
}
