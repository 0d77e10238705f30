package wirebook.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;
import wirebook.trace.Capture.End;
import wirebook.trace.Event.Transport;

class CaptureTest {
  private static final InetSocketAddress CLIENT = at(40_000);
  private static final InetSocketAddress SERVER = at(80);
  private static final End OURS = new End("lo", Transport.TCP, CLIENT, SERVER, true);
  private static final End THEIRS = new End("lo", Transport.TCP, SERVER, CLIENT, false);

  private final Capture capture = new Capture(InstantSource.fixed(Instant.EPOCH), 100_000);

  private static InetSocketAddress at(int port) {
    return new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port);
  }

  private List<String> seen() {
    return capture.packets().packets().stream()
        .map(
            p ->
                "%d>%d %s %d %s"
                    .formatted(
                        p.from().getPort(),
                        p.to().getPort(),
                        p.kind(),
                        p.offset(),
                        p.bytes().text()))
        .toList();
  }

  private void send(End end, String text) {
    capture.sending(end, Bytes.utf8(text)).sent(text.length());
  }

  @Test
  void whatBothEndsOfThisProcessSeeIsWrittenDownOnce() {
    capture.opened(OURS);
    send(OURS, "ping");
    capture.received(THEIRS, Bytes.utf8("ping"));
    send(THEIRS, "pong");
    capture.received(OURS, Bytes.utf8("pong"));
    capture.ended(OURS, false);
    capture.ended(THEIRS, true);
    capture.ended(THEIRS, false);
    assertThat(seen())
        .containsExactly(
            "40000>80 OPEN 0 ",
            "40000>80 DATA 0 ping",
            "80>40000 DATA 0 pong",
            "40000>80 END 4 ",
            "80>40000 END 4 ");
    assertThat(capture.packets().flows()).containsExactly(1);
    assertThat(capture.packets().request(1).text()).isEqualTo("ping");
    assertThat(capture.packets().response(1).text()).isEqualTo("pong");
  }

  @Test
  void whatIsWrittenAfterAResetIsOfTheSameConversation() {
    capture.opened(OURS);
    capture.ended(THEIRS, false);
    capture.reset(THEIRS, false);
    capture.sending(OURS, Bytes.utf8("late")).sent(-1);
    capture.reset(OURS, true);
    capture.ended(OURS, false);
    assertThat(seen()).containsExactly("40000>80 OPEN 0 ", "80>40000 END 0 ", "80>40000 RESET 0 ");
    assertThat(capture.packets().flows()).containsExactly(1);
  }

  @Test
  void aPeerElsewhereIsSeenWhereItIsReceived() {
    capture.received(THEIRS, Bytes.utf8("GET"));
    send(THEIRS, "200");
    assertThat(seen()).containsExactly("40000>80 DATA 0 GET", "80>40000 DATA 0 200");
  }

  @Test
  void whatHasArrivedWasSentThoughItsSenderHasNotSaidSoYet() {
    send(OURS, "ping");
    Capture.Sending sending = capture.sending(OURS, Bytes.utf8("question"));
    capture.received(THEIRS, Bytes.utf8("pingquest"));
    assertThat(seen()).containsExactly("40000>80 DATA 0 ping", "40000>80 DATA 4 quest");
    sending.sent(6);
    send(OURS, "on");
    assertThat(seen())
        .containsExactly("40000>80 DATA 0 ping", "40000>80 DATA 4 questi", "40000>80 DATA 10 on");
  }

  @Test
  void whatIsSentKeepsItsPlaceBeforeTheAnswer() {
    Capture.Sending sending = capture.sending(OURS, Bytes.utf8("question"));
    capture.received(THEIRS, Bytes.utf8("question"));
    send(THEIRS, "answer");
    sending.sent(8);
    assertThat(seen()).containsExactly("40000>80 DATA 0 question", "80>40000 DATA 0 answer");
  }

  @Test
  void onlyWhatTheSystemTookWasSent() {
    capture.sending(OURS, Bytes.utf8("abcdef")).sent(4);
    capture.sending(OURS, Bytes.utf8("ef")).sent(-2);
    send(OURS, "ef");
    assertThat(seen()).containsExactly("40000>80 DATA 0 abcd", "40000>80 DATA 4 ef");
  }

  @Test
  void aNewConnectionOfTheSamePortsIsAnotherFlow() {
    capture.opened(OURS);
    capture.reset(OURS, false);
    capture.opened(OURS);
    send(OURS, "again");
    assertThat(capture.packets().flows()).containsExactly(1, 2);
    assertThat(capture.packets().request(2).text()).isEqualTo("again");
  }

  @Test
  void aRefusedConnectionIsAskedForAndReset() {
    capture.refused(OURS);
    assertThat(seen()).containsExactly("40000>80 ASKED 0 ", "80>40000 REFUSED 0 ");
  }

  @Test
  void memoryIsBoundedAndTheOldestGoes() {
    String kilobyte = "x".repeat(1000);
    for (int i = 0; i < 1000; i++) {
      send(OURS, kilobyte);
    }
    Packets kept = capture.packets();
    assertThat(kept.packets().size()).isBetween(50, 100);
    assertThat(kept.dropped()).isEqualTo(1000 - kept.packets().size());
    assertThat(kept.packets().getLast().offset()).isEqualTo(999_000);
  }

  @Test
  void aMessageLargerThanTheMemoryLeavesItsEnd() {
    byte[] large = new byte[3 << 20];
    Capture small = new Capture(InstantSource.fixed(Instant.EPOCH), 2 << 20);
    small.sending(OURS, Bytes.of(large)).sent(large.length);
    assertThat(small.packets().packets()).singleElement().matches(p -> p.offset() == 2 << 20);
  }

  @Test
  void aFilterReadsTheLanguageOfTcpdump() throws PacketFilter.Wrong {
    send(OURS, "ping");
    capture.sending(new End("lo", Transport.UDP, at(5000), at(53), true), Bytes.utf8("?")).sent(1);
    assertThat(matching("tcp")).isEqualTo(1);
    assertThat(matching("udp and dst port 53")).isEqualTo(1);
    assertThat(matching("src port 53")).isZero();
    assertThat(matching("port 53 or port 80")).isEqualTo(2);
    assertThat(matching("not ( port 53 or port 80 )")).isZero();
    assertThat(matching("host 127.0.0.1 and greater 44")).isEqualTo(1);
    assertThat(matching("net 127.0.0.0/8")).isEqualTo(2);
    assertThat(matching("portrange 50-60")).isEqualTo(1);
    assertThat(matching("ip6")).isZero();
    assertThat(matching("net 127")).isEqualTo(2);
    assertThat(matching("net 127.0.1")).isZero();
    assertThat(matching("port 80 or 53")).isEqualTo(2);
    assertThat(matching("tcp port 80")).isEqualTo(1);
    assertThat(matching("udp port 80")).isZero();
    assertThat(matching("src or dst port 53")).isEqualTo(1);
    // Both bind alike, from left to right.
    assertThat(matching("tcp or udp and port 53")).isEqualTo(1);
    assertThat(matching("arp or icmp")).isZero();
    for (String wrong :
        List.of(
            "port",
            "port http",
            "port 65536",
            "portrange 1-70000",
            "host nowhere",
            "( tcp",
            "tcp udp",
            "color red",
            "tcp host 127.0.0.1",
            "port 80 53",
            "net 127.0.0.1/8",
            "tcp[13] & 2 != 0",
            "net 1/x")) {
      assertThatThrownBy(() -> PacketFilter.of(List.of(wrong.split(" "))))
          .as(wrong)
          .isInstanceOf(PacketFilter.Wrong.class);
    }
  }

  private int matching(String filter) throws PacketFilter.Wrong {
    return capture.packets().where(PacketFilter.of(List.of(filter.split(" ")))).packets().size();
  }

  @Test
  void aFileHoldsAsManyPacketsAsIsSaid() {
    capture.opened(OURS);
    send(OURS, "a".repeat(3000));
    capture.ended(OURS, false);
    ByteBuffer file = Pcapng.pcap(capture.packets()).buffer().order(ByteOrder.LITTLE_ENDIAN);
    int records = 0;
    for (int at = 24; at < file.limit(); at += 16 + file.getInt(at + 8)) {
      records++;
    }
    // A handshake, three segments and a FIN.
    assertThat(records).isEqualTo(7);
    assertThat(Pcapng.count(capture.packets())).isEqualTo(records);
  }
}
