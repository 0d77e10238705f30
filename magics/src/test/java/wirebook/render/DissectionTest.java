package wirebook.render;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import wirebook.trace.Bytes;
import wirebook.trace.Event.Transport;
import wirebook.trace.Packet;
import wirebook.trace.Packets;

@Tag("slow")
class DissectionTest {
  private static final InetSocketAddress CLIENT = at(40_000);
  private static final InetSocketAddress SERVER = at(9999);

  private final List<Packet> packets = new ArrayList<>();

  private static InetSocketAddress at(int port) {
    return new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), port);
  }

  private void says(InetSocketAddress from, Transport transport, Bytes bytes) {
    packets.add(
        new Packet(
            packets.size() + 1,
            Instant.EPOCH,
            "eth0",
            transport,
            Packet.Kind.DATA,
            from.equals(CLIENT),
            1,
            from,
            from.equals(CLIENT) ? SERVER : CLIENT,
            0,
            bytes));
  }

  private void says(InetSocketAddress from, String text) {
    says(from, Transport.TCP, Bytes.of(text.getBytes(ISO_8859_1)));
  }

  /** What each packet is, in a line. */
  private List<String> read() {
    Dissection dissection = new Dissection();
    return packets.stream()
        .map(dissection::next)
        .map(r -> (r.protocol() + " " + r.line()).strip())
        .toList();
  }

  @Test
  void sshIsReadUntilItIsEncrypted() {
    says(SERVER, "SSH-2.0-Server_1\r\n");
    says(CLIENT, "SSH-2.0-Client_1\r\n\0\0\0\14\4\24key12\0\0\0\0\0");
    says(SERVER, "\0\0\0\14\12\25\0\0\0\0\0\0\0\0\0\0");
    says(SERVER, "\1\2\3\4\5\6\7");
    assertThat(read())
        .containsExactly(
            "SSH SSH-2.0-Server_1",
            "SSH SSH-2.0-Client_1, KEXINIT",
            "SSH NEWKEYS",
            "SSH encrypted");
  }

  @Test
  void tlsSaysWhichServerIsMeant() throws Exception {
    SSLEngine engine = SSLContext.getDefault().createSSLEngine("class.example", 443);
    engine.setUseClientMode(true);
    ByteBuffer hello = ByteBuffer.allocate(1 << 16);
    engine.wrap(ByteBuffer.allocate(0), hello);
    byte[] bytes = new byte[hello.flip().remaining()];
    hello.get(bytes);
    says(CLIENT, Transport.TCP, Bytes.of(bytes));
    says(SERVER, "\25\3\3\0\2\2\50");
    assertThat(read()).containsExactly("TLS ClientHello for class.example", "TLS alert");
  }

  @Test
  void httpIsReadLineByLineAndItsContentIsNot() {
    says(CLIENT, "POST /x HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\n");
    says(CLIENT, "more");
    says(SERVER, "HTTP/1.1 204 No Content\r\n\r\n");
    assertThat(read())
        .containsExactly(
            "HTTP POST /x HTTP/1.1", "HTTP content, continued", "HTTP HTTP/1.1 204 No Content");
    assertThat(WireText.lines(new Packets(packets, 0), true, 10, ZoneOffset.UTC))
        .startsWith(
            "00:00:00.000000 eth0 Out IP 192.0.2.1.40000 > 192.0.2.1.9999: Flags [P.], seq 1:46")
        .contains("header Host", "end of the header section", "content");
  }

  @Test
  void http2IsFramesAlsoAfterAnUpgrade() {
    says(CLIENT, "GET / HTTP/1.1\r\nUpgrade: h2c\r\n\r\n");
    says(SERVER, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n");
    says(SERVER, "\0\0\0\4\0\0\0\0\0\0\0\2\1\4\0\0\0\1ab");
    says(CLIENT, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\1\0\0\0\0");
    assertThat(read()).endsWith("HTTP/2 SETTINGS, HEADERS", "HTTP/2 preface, SETTINGS");
  }

  @Test
  void whateverComesIsShown() {
    Random random = new Random(11);
    List<String> starts =
        List.of(
            "SSH-2.0-x\r\n",
            "\26\3\1",
            "GET / HTTP/1.1\r\n",
            "HTTP/1.1 101 \33[31m\r\n\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "\177\377\377\377",
            "\26\3\1\0\100\1\0\0\74\3\3",
            "");
    for (int i = 0; i < 20_000; i++) {
      packets.clear();
      for (int j = 0; j < 3; j++) {
        byte[] noise = new byte[random.nextInt(60)];
        random.nextBytes(noise);
        if (random.nextInt(4) == 0) {
          noise = "\177\377".repeat(noise.length).getBytes(ISO_8859_1);
        }
        String start = j == 0 || random.nextBoolean() ? starts.get(random.nextInt(8)) : "";
        says(
            random.nextBoolean() ? CLIENT : SERVER,
            random.nextInt(5) == 0 ? Transport.UDP : Transport.TCP,
            Bytes.of(start.getBytes(ISO_8859_1)).plus(Bytes.of(noise)));
      }
      Packets all = new Packets(packets, 0);
      String text = WireText.lines(all, true, 10, ZoneOffset.UTC);
      assertThat(text.chars()).noneMatch(c -> (c < 0x20 && c != '\n') || c == 0x7f);
      assertThat(WireText.picture(all).line()).contains("packets between");
    }
  }
}
