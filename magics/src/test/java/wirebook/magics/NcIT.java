package wirebook.magics;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import wirebook.engine.socket.nc.Netcat;
import wirebook.internet.Internets;
import wirebook.magics.host.Nc;
import wirebook.net.RealNetwork;
import wirebook.peer.Peer;
import wirebook.peer.PeerPort;
import wirebook.trace.Bytes;

/** %nc beside OpenBSD's netcat: the same words, and they understand each other. */
@Peer(value = "nc", of = "netcat-openbsd", version = "OpenBSD netcat", asked = "-h")
class NcIT {
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

  @TempDir private Path folder = Path.of("");

  private final Internets internets = new Internets("real");
  private final TestCells cells = new TestCells(internets, Path.of("").toAbsolutePath());

  @AfterEach
  void close() throws IOException {
    internets.close();
  }

  /**
   * What the real one says, on both of its outputs. Its input is a file, since one that is refused
   * may have ended before a pipe is written to.
   */
  private String nc(String input, String... words) throws IOException {
    List<String> command = new ArrayList<>(List.of("nc"));
    command.addAll(List.of(words));
    Path file = Files.writeString(folder.resolve("input"), input);
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectInput(file.toFile()).start();
    return new String(process.getInputStream().readAllBytes(), UTF_8);
  }

  @Test
  void aScanIsToldInTheSameWords() throws Exception {
    int closed = PeerPort.find();
    try (ServerSocket open = new ServerSocket(0, 5, LOOPBACK);
        DatagramSocket udp = new DatagramSocket(0, LOOPBACK)) {
      for (String words :
          List.of(
              "-zvn 127.0.0.1 " + open.getLocalPort(),
              "-zvn 127.0.0.1 " + closed,
              "-zvn 127.0.0.1 " + closed + " " + open.getLocalPort(),
              "-zvn 127.0.0.2 " + closed + " " + open.getLocalPort(),
              "-zvn localhost " + closed,
              "-n localhost " + open.getLocalPort(),
              "-zuvn 127.0.0.1 " + udp.getLocalPort(),
              "-zuvn 127.0.0.1 " + closed)) {
        cells.run(new Nc(), "%nc " + words);
        assertThat(cells.printed()).as(words).isEqualTo(nc("", words.split(" ")));
      }
    }
  }

  private static Netcat netcat(boolean crlf, String data) {
    return new Netcat(
        new RealNetwork(),
        new Netcat.Plan(false, true, false, crlf, Duration.ofSeconds(20), Bytes.utf8(data)),
        event -> {});
  }

  @Test
  void theirClientAndOurListenerUnderstandEachOther() throws Exception {
    try (Netcat ours = netcat(false, "from us\n")) {
      Netcat.Listener listener = ours.listen(new InetSocketAddress(LOOPBACK, 0));
      Thread serving =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      ours.serve(listener, Optional.empty());
                    } catch (IOException e) {
                      throw new AssertionError(e);
                    }
                  });
      String theirs =
          nc("from them\n", "-nNC", "127.0.0.1", String.valueOf(listener.address().getPort()));
      serving.join();
      assertThat(theirs).isEqualTo("from us\n");
      assertThat(ours.text()).isEqualTo("from them\r\n");
    }
  }

  @Test
  void ourClientAndTheirListenerUnderstandEachOther() throws Exception {
    int port = PeerPort.find();
    Process theirs =
        new ProcessBuilder("nc", "-nvlN", "127.0.0.1", String.valueOf(port))
            .redirectErrorStream(true)
            .start();
    try (Netcat ours = netcat(true, "from us\n")) {
      assertThat(theirs.inputReader().readLine()).isEqualTo("Listening on 127.0.0.1 " + port);
      theirs.getOutputStream().write("from them\n".getBytes(UTF_8));
      theirs.getOutputStream().close();
      ours.connect(new InetSocketAddress(LOOPBACK, port), Optional.empty());
      assertThat(ours.text()).isEqualTo("from them\n");
      assertThat(theirs.inputReader().readLine()).startsWith("Connection received on 127.0.0.1 ");
      assertThat(theirs.inputReader().readLine()).isEqualTo("from us");
      assertThat(theirs.waitFor(20, TimeUnit.SECONDS)).isTrue();
    } finally {
      theirs.destroy();
    }
  }

  @Test
  void withKListenersGoOnAndWithoutItTheyEndAfterOneConversation() throws Exception {
    for (boolean keep : List.of(true, false)) {
      int port = PeerPort.find();
      Process theirs =
          new ProcessBuilder("nc", keep ? "-nvlk" : "-nvl", "127.0.0.1", String.valueOf(port))
              .redirectErrorStream(true)
              .start();
      Netcat.Plan plan =
          new Netcat.Plan(false, true, keep, false, Duration.ofSeconds(20), Bytes.EMPTY);
      try (Netcat ours = new Netcat(new RealNetwork(), plan, event -> {})) {
        Netcat.Listener listener = ours.listen(new InetSocketAddress(LOOPBACK, 0));
        Thread serving =
            Thread.ofVirtual()
                .start(
                    () -> {
                      try {
                        ours.serve(listener, Optional.empty());
                      } catch (IOException e) {
                        throw new AssertionError(e);
                      }
                    });
        assertThat(theirs.inputReader().readLine()).startsWith("Listening on");
        StringBuilder told = new StringBuilder();
        for (String text : List.of("one", "two")) {
          String toOurs = nc(text + "\n", "-nvN", "127.0.0.1", "" + listener.address().getPort());
          String toTheirs = nc(text + "\n", "-nvN", "127.0.0.1", "" + port);
          assertThat(withoutPort(toOurs)).as(text).isEqualTo(withoutPort(toTheirs));
          if (toTheirs.contains("succeeded")) {
            assertThat(theirs.inputReader().readLine()).startsWith("Connection received on");
            told.append(theirs.inputReader().readLine()).append('\n');
          }
          if (!keep) {
            serving.join();
            assertThat(theirs.waitFor(20, TimeUnit.SECONDS)).isTrue();
          }
        }
        assertThat(told.toString()).isEqualTo(keep ? "one\ntwo\n" : "one\n");
        Awaitility.await().untilAsserted(() -> assertThat(ours.text()).isEqualTo(told.toString()));
        assertThat(serving.isAlive()).isEqualTo(keep);
      } finally {
        theirs.destroy();
      }
    }
  }

  private static String withoutPort(String text) {
    return text.replaceAll("(127.0.0.1 (?:port )?)\\d+", "$1N");
  }
}
