package wirebook.magics.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import wirebook.internet.Internets;
import wirebook.magics.TestCells;
import wirebook.net.RealNetwork;

/** A port where nothing comes back, as where a network drops all DNS. */
@Tag("slow")
class BlockedTest {
  private static final InetAddress HERE = InetAddress.ofLiteral("127.0.0.1");

  @Test
  void digSaysThatNoDnsComesThroughWhileItStillWaitsAndNamesDnsOverHttpsAsTheWayOut()
      throws Exception {
    try (DatagramSocket hole = new DatagramSocket(0, HERE);
        Internets internets = new Internets("real")) {
      TestCells cells = new TestCells(internets, Path.of(""));
      String cell = "%dig @127.0.0.1 -p " + hole.getLocalPort() + " +tries=1 google.com MX";
      long start = System.nanoTime();
      cells.run(new DigCommand(), cell);
      long took = System.nanoTime() - start;
      assertThat(cells.printed())
          .contains(";; no servers could be reached")
          .doesNotContain("HTTPS");
      assertThat(cells.shown()).hasSize(1);
      assertThat(cells.shown().getFirst().text())
          .startsWith("127.0.0.1 answers neither over UDP nor over TCP (")
          .contains("lets no DNS through to port " + hole.getLocalPort() + ".")
          .endsWith("%dig +https @1.1.1.1 google.com.");
      // What was said took nothing from dig's five seconds.
      assertThat(took).isBetween(TimeUnit.MILLISECONDS.toNanos(4900), TimeUnit.SECONDS.toNanos(20));
    }
  }

  @Test
  void whereOnlyUdpIsDroppedTheWayOutIsTcp() throws Exception {
    try (ServerSocket tcp = new ServerSocket(0, 5, HERE);
        DatagramSocket hole = new DatagramSocket(tcp.getLocalPort(), HERE)) {
      CompletableFuture<Void> served =
          CompletableFuture.runAsync(
              () -> {
                try (var socket = tcp.accept()) {
                  byte[] query = socket.getInputStream().readNBytes(2 + 17);
                  query[4] |= (byte) 0x80;
                  socket.getOutputStream().write(query);
                } catch (java.io.IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
      String words =
          Blocked.probe(
              new RealNetwork(), new InetSocketAddress(HERE, hole.getLocalPort()), "google.com");
      served.get(5, TimeUnit.SECONDS);
      assertThat(words)
          .startsWith("127.0.0.1 answers over TCP, but not over UDP: nothing came back within 1 s")
          .endsWith("Try %dig +tcp google.com.");
    }
  }
}
