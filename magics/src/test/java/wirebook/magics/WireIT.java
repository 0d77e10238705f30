package wirebook.magics;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import wirebook.engine.http.server.HttpServer;
import wirebook.engine.http.server.HttpServers;
import wirebook.engine.http.server.httpbin.ClassApi;
import wirebook.engine.socket.nc.Netcat;
import wirebook.internet.Internets;
import wirebook.internet.plain.PlainJava;
import wirebook.magics.host.Ping;
import wirebook.magics.host.Traceroute;
import wirebook.net.NetworkClock;
import wirebook.net.Wire;
import wirebook.peer.Peer;
import wirebook.render.WireText;
import wirebook.trace.Bytes;
import wirebook.trace.Capture;
import wirebook.trace.Packet;
import wirebook.trace.PacketFilter;
import wirebook.trace.Packets;
import wirebook.trace.Pcapng;

/** tshark, of Wireshark, reads what we write as what it is. */
@ResourceLock("wire")
@Peer("tshark")
class WireIT {
  private final Internets internets = new Internets("lab");
  private final HttpServers servers = new HttpServers();
  private final Capture capture =
      new Capture(() -> internets.current().clock().instant(), 64L << 20);
  @TempDir Path folder;

  @BeforeEach
  void on() throws IOException {
    PlainJava.follow(internets);
    assertThat(PlainJava.prepare()).isEmpty();
    Wire.use(Optional.of(capture));
  }

  @AfterEach
  void off() throws IOException {
    Wire.use(Optional.empty());
    PlainJava.unfollow();
    servers.closeAll();
    internets.close();
  }

  private List<String> tshark(String... words) throws IOException {
    List<String> command = new ArrayList<>(List.of("tshark"));
    command.addAll(List.of(words));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    List<String> lines =
        new String(process.getInputStream().readAllBytes(), ISO_8859_1).lines().toList();
    try {
      assertThat(process.waitFor()).as("the exit code of %s", command).isZero();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    return lines;
  }

  /** The file that has these packets. */
  private String file(Packets packets) throws IOException {
    Path file = folder.resolve("wire.pcapng");
    Files.write(file, Pcapng.of(packets).toArray());
    assertThat(
            tshark(
                "-r",
                file.toString(),
                "-o",
                "ip.check_checksum:TRUE",
                "-o",
                "tcp.check_checksum:TRUE",
                "-o",
                "udp.check_checksum:TRUE",
                "-Y",
                "_ws.malformed || _ws.short || ip.checksum.status==0 || tcp.checksum.status==0 ||"
                    + " udp.checksum.status==0 || (tcp.analysis.flags &&"
                    + " !tcp.analysis.window_full)"))
        .as("packets that are wrong")
        .isEmpty();
    return file.toString();
  }

  private Packets of(int port) {
    return capture.packets().where(p -> p.from().getPort() == port || p.to().getPort() == port);
  }

  /** Both directions of the only stream of a file. */
  private List<Bytes> followed(String file) throws IOException {
    Bytes client = Bytes.EMPTY;
    Bytes server = Bytes.EMPTY;
    for (String line : tshark("-r", file, "-q", "-z", "follow,tcp,raw,0")) {
      if (line.matches("\t?[0-9a-f]+")) {
        Bytes some = Bytes.of(HexFormat.of().parseHex(line.strip()));
        if (line.startsWith("\t")) {
          server = server.plus(some);
        } else {
          client = client.plus(some);
        }
      }
    }
    return List.of(client, server);
  }

  @Test
  void aLookUpAndARequestInTheLabAreDnsAndHttp() throws Exception {
    try (Socket socket = new Socket("example.com", 80)) {
      socket.getOutputStream().write("GET / HTTP/1.0\r\nHost: example.com\r\n\r\n".getBytes(UTF_8));
      byte[] answer = socket.getInputStream().readAllBytes();
      assertThat(new String(answer, UTF_8)).contains("Example Domain");
    }
    Packets packets = capture.packets();
    String file = file(packets);
    assertThat(
            tshark("-r", file, "-Y", "dns.flags.response==0", "-T", "fields", "-e", "dns.qry.name"))
        .contains("example.com");
    assertThat(tshark("-r", file, "-Y", "dns.a", "-T", "fields", "-e", "dns.a"))
        .contains("93.184.215.14");
    assertThat(
            tshark(
                "-r",
                file,
                "-Y",
                "http.request",
                "-T",
                "fields",
                "-e",
                "http.host",
                "-e",
                "ip.dst"))
        .containsExactly("example.com\t93.184.215.14");
    assertThat(
            tshark("-r", file, "-Y", "http.response", "-T", "fields", "-e", "http.response.code"))
        .containsExactly("200");
    assertThat(tshark("-r", file, "-q", "-z", "io,phs").toString()).contains("dns", "http");
  }

  private List<String> fields(Packets packets, String filter, String... names) throws IOException {
    List<String> words = new ArrayList<>(List.of("-r", file(packets), "-Y", filter));
    words.addAll(List.of("-T", "fields"));
    // Of a packet in a packet, only the outer one.
    words.addAll(List.of("-E", "occurrence=f"));
    for (String name : names) {
      words.addAll(List.of("-e", name));
    }
    return tshark(words.toArray(String[]::new));
  }

  @Test
  void pingAndTracerouteAreIcmpWithItsTimeToLive() throws Exception {
    TestCells cells = new TestCells(internets, folder);
    cells.run(new Ping(), "%ping -c 2 -s 65507 192.0.2.20");
    cells.run(new Ping(), "%ping -n -c 1 -t 2 142.250.185.78");
    Packets pings = capture.packets();
    assertThat(fields(pings, "icmp", "ip.src", "icmp.type", "icmp.seq", "ip.ttl", "frame.len"))
        .containsExactly(
            "192.0.2.10\t8\t1\t64\t65535",
            "192.0.2.20\t0\t1\t64\t65535",
            "192.0.2.10\t8\t2\t64\t65535",
            "192.0.2.20\t0\t2\t64\t65535",
            "192.0.2.10\t8\t1\t2\t84",
            "198.51.100.1\t11\t1\t63\t112");
    assertThat(fields(pings, "icmp.resptime", "icmp.resptime"))
        .hasSize(2)
        .allMatch(millis -> Double.parseDouble(millis) == 2);
    assertThat(fields(pings, "icmp.checksum.status==0", "frame.number")).isEmpty();
    assertThat(WireText.lines(pings, false, 9, ZoneOffset.UTC).lines().toList().getLast())
        .endsWith(
            "lab  In  IP 198.51.100.1 > 192.0.2.10: ICMP time exceeded in-transit, length 92"
                + " (ttl 63)");

    capture.clear();
    cells.run(new Traceroute(), "%traceroute -n -q 1 142.250.185.78");
    Packets way = capture.packets();
    assertThat(fields(way, "udp && !icmp", "ip.dst", "udp.dstport", "ip.ttl"))
        .containsExactly(
            "142.250.185.78\t33434\t1",
            "142.250.185.78\t33435\t2",
            "142.250.185.78\t33436\t3",
            "142.250.185.78\t33437\t4");
    assertThat(fields(way, "icmp", "ip.src", "icmp.type", "icmp.code"))
        .containsExactly(
            "192.0.2.1\t11\t0",
            "198.51.100.1\t11\t0",
            "203.0.113.129\t11\t0",
            "142.250.185.78\t3\t3");
    assertThat(way.where(PacketFilter.of(List.of("icmp"))).packets()).hasSize(4);
    assertThat(way.where(PacketFilter.of(List.of("udp", "port", "33435"))).packets()).hasSize(1);

    capture.clear();
    cells.run(new Ping(), "%ping -c 1 2a00:1450:4001:82a::200e");
    cells.run(new Traceroute(), "%traceroute -n -q 1 2a00:1450:4001:82a::200e");
    Packets six = capture.packets().where(PacketFilter.of(List.of("icmp6")));
    assertThat(fields(six, "icmpv6", "icmpv6.type", "icmpv6.code", "ipv6.hlim"))
        .containsExactly(
            "128\t0\t64", "129\t0\t61", "3\t0\t64", "3\t0\t63", "3\t0\t62", "1\t4\t61");
    assertThat(fields(six, "icmpv6.checksum.status==0", "frame.number")).isEmpty();
  }

  @Test
  void aStreamIsTheBytesThatWereSent() throws Exception {
    byte[] up = new byte[300_000];
    byte[] down = new byte[200_000];
    new Random(7).nextBytes(up);
    new Random(8).nextBytes(down);
    int port;
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
        Socket accepted = server.accept()) {
      port = server.getLocalPort();
      Thread sender =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      client.getOutputStream().write(up);
                      client.shutdownOutput();
                    } catch (IOException e) {
                      throw new AssertionError(e);
                    }
                  });
      assertThat(accepted.getInputStream().readAllBytes()).isEqualTo(up);
      accepted.getOutputStream().write(down);
      accepted.shutdownOutput();
      assertThat(client.getInputStream().readAllBytes()).isEqualTo(down);
      sender.join();
    }
    Packets packets = of(port);
    assertThat(packets.request(packets.flows().getFirst())).isEqualTo(Bytes.of(up));
    List<Bytes> followed = followed(file(packets));
    assertThat(followed.get(0)).isEqualTo(Bytes.of(up));
    assertThat(followed.get(1)).isEqualTo(Bytes.of(down));
  }

  @Test
  void aServersConversationWithTheHttpClientIsWhole() throws Exception {
    internets.use("real");
    HttpServer server =
        servers
            .start(
                HttpServers.Plan.on(0, "wire", new ClassApi(Optional.empty(), upload -> {})),
                NetworkClock.SYSTEM)
            .server();
    URI uri = URI.create("http://127.0.0.1:" + server.port() + "/html");
    String body;
    try (HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
      body = client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()).body();
    }
    Packets packets = of(server.port());
    String file = file(packets);
    assertThat(tshark("-r", file, "-Y", "http.response", "-T", "fields", "-e", "http.file_data"))
        .hasSize(1);
    assertThat(followed(file).get(1).text()).startsWith("HTTP/1.1 200").endsWith(body);
    assertThat(tshark("-r", file, "-Y", "frame.comment", "-T", "fields", "-e", "frame.comment"))
        .isNotEmpty()
        .allMatch("synthesised"::equals);
  }

  @Test
  void tlsIsSeenAsItIsOnTheWire() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Thread peer =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try (Socket accepted = server.accept()) {
                      accepted.getInputStream().readNBytes(5);
                    } catch (IOException e) {
                      throw new AssertionError(e);
                    }
                  });
      try (Socket plain = new Socket(server.getInetAddress(), server.getLocalPort());
          Socket tls =
              ((SSLSocketFactory) SSLSocketFactory.getDefault())
                  .createSocket(plain, "class.example", 443, true)) {
        tls.getOutputStream().write(1);
      } catch (IOException e) {
        // The other side is no TLS server.
      }
      peer.join();
      String file = file(of(server.getLocalPort()));
      assertThat(
              tshark(
                  "-r",
                  file,
                  "-d",
                  "tcp.port==" + server.getLocalPort() + ",tls",
                  "-Y",
                  "tls.handshake.type==1",
                  "-T",
                  "fields",
                  "-e",
                  "tls.handshake.extensions_server_name"))
          .containsExactly("class.example");
    }
  }

  @Test
  void aRefusalIsARst() throws Exception {
    internets.use("real");
    int free;
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = server.getLocalPort();
    }
    Netcat netcat =
        new Netcat(
            internets.current(),
            new Netcat.Plan(false, false, false, false, java.time.Duration.ZERO, Bytes.EMPTY),
            e -> {});
    try {
      netcat.probe(new InetSocketAddress(InetAddress.getLoopbackAddress(), free));
    } catch (IOException e) {
      // Refused.
    }
    assertThat(of(free).packets())
        .extracting(Packet::kind)
        .containsExactly(Packet.Kind.ASKED, Packet.Kind.REFUSED);
    assertThat(tshark("-r", file(of(free)), "-T", "fields", "-e", "tcp.flags.str").toString())
        .contains("S", "R");
  }
}
