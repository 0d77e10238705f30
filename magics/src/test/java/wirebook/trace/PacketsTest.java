package wirebook.trace;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Packets that a filter has gone through. */
class PacketsTest {
  private static final InetSocketAddress CLIENT =
      new InetSocketAddress(InetAddress.ofLiteral("192.0.2.10"), 40_000);
  private static final InetSocketAddress SERVER =
      new InetSocketAddress(InetAddress.ofLiteral("203.0.113.10"), 80);

  private static Packet packet(int number, Packet.Kind kind, boolean forth, String text) {
    return new Packet(
        number,
        Instant.EPOCH,
        "eth0",
        Event.Transport.TCP,
        kind,
        forth,
        1,
        forth ? CLIENT : SERVER,
        forth ? SERVER : CLIENT,
        0,
        Bytes.utf8(text));
  }

  private static final Packets ALL =
      new Packets(
          List.of(
              packet(1, Packet.Kind.OPEN, true, ""),
              packet(2, Packet.Kind.DATA, true, "ask"),
              packet(3, Packet.Kind.DATA, false, "answer")),
          0);

  private static Packets where(String filter) throws PacketFilter.Wrong {
    return ALL.where(PacketFilter.of(List.of(filter.split(" "))));
  }

  private static List<Packet.Kind> kinds(Packets packets) {
    return packets.packets().stream().map(Packet::kind).toList();
  }

  @Test
  void aFilterTakesAHandshakeApartWhereItLetsSomeOfItThrough() throws Exception {
    assertThat(kinds(where("src host 192.0.2.10")))
        .containsExactly(Packet.Kind.ASKED, Packet.Kind.CONFIRMED, Packet.Kind.DATA);
    assertThat(kinds(where("inbound"))).containsExactly(Packet.Kind.TAKEN, Packet.Kind.DATA);
    assertThat(where("dst port 40000").packets()).allMatch(p -> p.from().equals(SERVER));
    assertThat(kinds(where("port 80")))
        .containsExactly(Packet.Kind.OPEN, Packet.Kind.DATA, Packet.Kind.DATA);
    assertThat(Pcapng.count(where("src port 80"))).isEqualTo(2);
  }

  @Test
  void whoAskedIsKnownFromTheAnswerToo() throws Exception {
    Packets answers = where("src host 203.0.113.10");
    assertThat(answers.request(1)).isEqualTo(Bytes.EMPTY);
    assertThat(answers.response(1)).isEqualTo(Bytes.utf8("answer"));
  }
}
