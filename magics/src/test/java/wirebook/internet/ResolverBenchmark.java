package wirebook.internet;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import wirebook.internet.time.LabClock;
import wirebook.net.TemporaryFolder;

/**
 * Queries a second that the lab's resolver answers out of its cache, beside BIND's named with the
 * same answers in its own cache, measured by dnsperf by turns on loopback. Run by hand: {@code java
 * … ResolverBenchmark [seconds] [rounds]}.
 */
final class ResolverBenchmark {
  private static final String QUERIES =
      """
      google.com A
      www.google.com AAAA
      example.com A
      www.class.example A
      github.com MX
      nothing.class.example A
      com NS
      """;

  private ResolverBenchmark() {}

  public static void main(String[] arguments) throws Exception {
    int seconds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 5;
    int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 3;
    Path folder = Files.createTempDirectory("resolver-benchmark");
    try (Lab lab = Internets.lab(LabClock.running())) {
      int ours =
          Objects.requireNonNull(lab.ports().listen().get(lab.world().resolver().orElseThrow()));
      int theirs = freePort();
      Process named = named(folder, theirs, ours);
      try {
        Path queries = Files.writeString(folder.resolve("queries"), QUERIES);
        // The first run fills the caches, and warms the JVM.
        dnsperf(queries, ours, seconds);
        dnsperf(queries, theirs, 1);
        for (int i = 0; i < rounds; i++) {
          System.out.println("lab    " + dnsperf(queries, ours, seconds));
          System.out.println("named  " + dnsperf(queries, theirs, seconds));
        }
      } finally {
        named.destroy();
        named.waitFor(5, TimeUnit.SECONDS);
      }
    } finally {
      TemporaryFolder.delete(folder);
    }
  }

  private static int freePort() throws IOException {
    try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** A resolver that learns everything from the lab's. */
  private static Process named(Path folder, int port, int forwarder) throws Exception {
    Path configuration =
        Files.writeString(
            folder.resolve("named.conf"),
            """
            options {
              directory "%s"; pid-file none; session-keyfile none;
              listen-on port %d { 127.0.0.1; }; listen-on-v6 { none; };
              forward only; forwarders { 127.0.0.1 port %d; };
              dnssec-validation no; recursion yes; allow-query { any; };
            };
            controls { };
            """
                .formatted(folder, port, forwarder));
    Process process =
        new ProcessBuilder("named", "-f", "-c", configuration.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("named.log").toFile())
            .start();
    byte[] query = {0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1};
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.setSoTimeout(500);
      for (int i = 0; i < 20; i++) {
        try {
          socket.send(
              new DatagramPacket(
                  query,
                  query.length,
                  new InetSocketAddress(InetAddress.getLoopbackAddress(), port)));
          socket.receive(new DatagramPacket(new byte[4096], 4096));
          return process;
        } catch (IOException e) {
          // It is not there yet.
        }
      }
    }
    process.destroy();
    throw new IOException(Files.readString(folder.resolve("named.log")));
  }

  private static String dnsperf(Path queries, int port, int seconds) throws Exception {
    Process process =
        new ProcessBuilder(
                "dnsperf",
                "-s",
                "127.0.0.1",
                "-p",
                Integer.toString(port),
                "-d",
                queries.toString(),
                "-l",
                Integer.toString(seconds),
                "-q",
                "50")
            .redirectErrorStream(true)
            .start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    List<String> wanted =
        text.lines()
            .filter(l -> l.contains("per second") || l.contains("lost:") || l.contains("codes:"))
            .map(String::strip)
            .toList();
    return wanted.isEmpty() ? text : String.join("; ", wanted);
  }
}
