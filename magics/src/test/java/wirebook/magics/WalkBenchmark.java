package wirebook.magics;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.xbill.DNS.Name;
import wirebook.engine.dns.resolver.DnsWalk;
import wirebook.engine.dns.server.AuthoritativeServer;
import wirebook.engine.dns.server.AuthoritativeServer.Transport;
import wirebook.engine.dns.server.ServerCookies;
import wirebook.engine.dns.server.Zone;
import wirebook.engine.dns.server.ZoneText;
import wirebook.internet.Internets;
import wirebook.magics.dns.Resolve;
import wirebook.net.TemporaryFolder;
import wirebook.trace.Bytes;

/**
 * Wall time: {@code %resolve} beside BIND's own {@code dig +trace}, by turns, on the same two name
 * servers over real sockets. dig's start is said apart, since half of its time is that, which a
 * kernel does not have. Run by hand, on Linux, where all of 127/8 is there: {@code java …
 * WalkBenchmark [rounds]}.
 */
final class WalkBenchmark {
  private final List<DatagramSocket> servers = new ArrayList<>();

  private WalkBenchmark() {}

  public static void main(String[] arguments) throws Exception {
    int rounds = arguments.length == 0 ? 21 : Integer.parseInt(arguments[0]);
    Path folder = Files.createTempDirectory("walk");
    WalkBenchmark benchmark = new WalkBenchmark();
    try {
      benchmark.compare(folder, rounds);
    } finally {
      benchmark.servers.forEach(DatagramSocket::close);
      TemporaryFolder.delete(folder);
    }
  }

  private void compare(Path folder, int rounds) throws Exception {
    int port = start(folder);
    String[] dig = {
      "dig", "+trace", "+nodnssec", "@127.53.0.1", "-p", Integer.toString(port), "www.google.com"
    };
    String cell =
        "%resolve --no-cache --hints "
            + folder.resolve("hints")
            + " --port "
            + port
            + " www.google.com";
    try (Internets internets = new Internets("real")) {
      TestCells cells = new TestCells(internets, folder);
      List<Long> ours = new ArrayList<>();
      List<Long> waiting = new ArrayList<>();
      List<Long> theirs = new ArrayList<>();
      List<Long> digsStart = new ArrayList<>();
      for (int i = 0; i < rounds; i++) {
        long start = System.nanoTime();
        DnsWalk walk = (DnsWalk) cells.run(new Resolve(), cell);
        ours.add(System.nanoTime() - start);
        waiting.add(walk.took().toNanos());
        theirs.add(wall("192.0.2.80", dig));
        digsStart.add(wall("DiG", "dig", "-v"));
        if (!walk.status().equals("NOERROR")) {
          throw new IllegalStateException(walk.toString());
        }
      }
      System.out.printf(
          Locale.ROOT,
          "%%resolve: first %.1f ms, median %.1f ms, of which waiting %.1f ms;"
              + " dig +trace: median %.1f ms, of which %.1f ms to start%n"
              + "%%resolve / dig +trace: %.2f; / dig +trace without its start: %.2f%n",
          ours.getFirst() / 1e6,
          median(ours),
          median(waiting),
          median(theirs),
          median(digsStart),
          median(ours) / median(theirs),
          median(ours) / (median(theirs) - median(digsStart)));
    }
  }

  private int start(Path folder) throws IOException {
    // dig asks the system for the address of a name server, and an address needs no asking.
    int port =
        serve(
            "127.53.0.1",
            0,
            ".",
            """
            NS 127.53.0.1.
            127.53.0.1. A 127.53.0.1
            com. NS 127.53.0.2.
            127.53.0.2. A 127.53.0.2
            """);
    serve("127.53.0.2", port, "com.", "NS 127.53.0.2.\nwww.google A 192.0.2.80\n");
    Files.writeString(
        folder.resolve("hints"),
        ". 3600000 IN NS 127.53.0.1.\n127.53.0.1. 3600000 IN A 127.53.0.1\n");
    return port;
  }

  private int serve(String address, int port, String origin, String records) throws IOException {
    String text = "$TTL 3600\n@ SOA ns h. 1 3600 600 86400 300\n@ " + records;
    if (!(ZoneText.parse(text, Name.fromString(origin)) instanceof ZoneText.Good(Zone zone, _))) {
      throw new AssertionError(text);
    }
    AuthoritativeServer server =
        AuthoritativeServer.of(List.of(zone), new ServerCookies(Bytes.of(new byte[16])));
    DatagramSocket socket = new DatagramSocket(port, InetAddress.ofLiteral(address));
    servers.add(socket);
    Thread.ofPlatform().daemon().start(() -> serve(socket, server));
    return socket.getLocalPort();
  }

  private static void serve(DatagramSocket socket, AuthoritativeServer server) {
    try {
      while (true) {
        DatagramPacket packet = new DatagramPacket(new byte[4096], 4096);
        socket.receive(packet);
        Bytes query = Bytes.of(packet.getData(), 0, packet.getLength());
        for (Bytes reply :
            server.answer(query, Transport.UDP, packet.getAddress(), Instant.EPOCH)) {
          socket.send(
              new DatagramPacket(reply.toArray(), reply.length(), packet.getSocketAddress()));
        }
      }
    } catch (IOException e) {
      if (!socket.isClosed()) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** In nanoseconds. */
  private static long wall(String expected, String... command) throws IOException {
    long start = System.nanoTime();
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.onExit().join();
    long took = System.nanoTime() - start;
    if (!text.contains(expected)) {
      throw new IOException(String.join(" ", command) + ": " + text);
    }
    return took;
  }

  /** In milliseconds. */
  private static double median(List<Long> nanos) {
    return nanos.stream().sorted().toList().get(nanos.size() / 2) / 1e6;
  }
}
