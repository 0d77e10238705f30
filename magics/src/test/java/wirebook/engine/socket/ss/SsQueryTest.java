package wirebook.engine.socket.ss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import wirebook.engine.socket.SocketEntry;
import wirebook.engine.socket.SocketState;
import wirebook.trace.IpText;

class SsQueryTest {
  private static SsQuery query(String words) {
    return SsQuery.parse(words.isEmpty() ? List.of() : List.of(words.split(" ")));
  }

  private static SocketEntry tcp(SocketState state, String local, int port, String peer, int at) {
    return SocketEntry.of(
        "tcp",
        state,
        0,
        128,
        new SocketEntry.End.Ip(IpText.parse(local), port, 0),
        new SocketEntry.End.Ip(IpText.parse(peer), at, 0),
        7,
        0,
        0,
        0,
        0);
  }

  private static final SocketEntry LISTENER =
      tcp(SocketState.LISTEN, "127.0.0.1", 8080, "0.0.0.0", 0);
  private static final SocketEntry CLIENT =
      tcp(SocketState.ESTABLISHED, "::ffff:10.1.2.3", 40000, "::ffff:10.0.0.1", 443);

  @Test
  void withoutOptionsConnectionsOfAllKindsAreShown() {
    SsQuery query = query("");
    assertThat(query.tables()).containsExactlyInAnyOrder(SsQuery.Table.values());
    assertThat(query.states())
        .contains(SocketState.ESTABLISHED)
        .doesNotContain(SocketState.LISTEN, SocketState.TIME_WAIT);
  }

  @Test
  void optionsMayStandTogether() {
    SsQuery query = query("-tlnp");
    assertThat(query.tables()).containsExactly(SsQuery.Table.TCP);
    assertThat(query.states()).containsExactlyInAnyOrder(SocketState.LISTEN, SocketState.CLOSED);
    assertThat(query.numeric()).isTrue();
    assertThat(query.processes()).isTrue();
  }

  @Test
  void filtersJoinFromLeftToRight() {
    assertThat(query("-ta sport = :8080").filter().matches(LISTENER)).isTrue();
    assertThat(query("-ta sport != :8080").filter().matches(LISTENER)).isFalse();
    assertThat(query("-ta sport < :8081 dport ge :0").filter().matches(LISTENER)).isTrue();
    assertThat(
            query("-ta ( dport = :1 or sport = 8080 ) and not src 10.0.0.0/8")
                .filter()
                .matches(LISTENER))
        .isTrue();
    assertThat(query("-ta dst 10.0.0.1:443").filter().matches(CLIENT)).isTrue();
    assertThat(query("-ta src 10.0.0.0/8").filter().matches(CLIENT))
        .as("a mapped address matches its IPv4 prefix")
        .isTrue();
    assertThat(query("-ta dst [::1]").filter().matches(CLIENT)).isFalse();
  }

  @Test
  void whatIsWrongHasItsPlace() {
    SsQuery.Wrong wrong = catchThrowableOfType(SsQuery.Wrong.class, () -> query("-ta state open"));
    assertThat(wrong).hasMessage("ss: wrong state name: open");
    assertThat(wrong.word()).isEqualTo(2);
    assertThat(catchThrowableOfType(SsQuery.Wrong.class, () -> query("-tZ")))
        .hasMessage("ss: invalid option -- 'Z'");
    assertThat(catchThrowableOfType(SsQuery.Wrong.class, () -> query("-ta sport =")))
        .hasMessageContaining("needs a port");
    SsQuery.Wrong port =
        catchThrowableOfType(SsQuery.Wrong.class, () -> query("-ta sport = :65536"));
    assertThat(port.word()).isEqualTo(3);
    assertThat(port.fix()).contains("0 to 65535");
  }

  @Test
  void columnsAreAsWideAsWhatStandsInThem() {
    String text = new SsText(query("-tan"), Map.of()).render(List.of(LISTENER, CLIENT));
    assertThat(text)
        .isEqualTo(
            """
            State  Recv-Q Send-Q     Local Address:Port       Peer Address:PortProcess
            LISTEN 0      128            127.0.0.1:8080            0.0.0.0:*         \s
            ESTAB  0      128    [::ffff:10.1.2.3]:40000 [::ffff:10.0.0.1]:443       \s
            """);
  }

  @Test
  void timesAndNumbersAreThoseOfC() {
    assertThat(SsText.time(59_000)).isEqualTo("59sec");
    assertThat(SsText.time(1_200)).isEqualTo("1.200ms");
    assertThat(SsText.time(123_456)).isEqualTo("2min3sec");
    assertThat(SsText.general(0.021)).isEqualTo("0.021");
    assertThat(SsText.general(1234567)).isEqualTo("1.23457e+06");
    assertThat(SsText.general(200)).isEqualTo("200");
    assertThat(SsText.general(0.00001)).isEqualTo("1e-05");
  }

  @Test
  void longOptionsMayBeShortenedAsLongAsOneIsMeant() {
    SsQuery query = SsQuery.parse(List.of("--tcp", "--num", "--proc", "excl", "time-wait"));
    assertThat(query.numeric()).isTrue();
    assertThat(query.processes()).isTrue();
    assertThat(query.states()).doesNotContain(SocketState.TIME_WAIT);
    assertThatThrownBy(() -> SsQuery.parse(List.of("--ipv")))
        .hasMessage("ss: unrecognized option '--ipv'");
  }
}
