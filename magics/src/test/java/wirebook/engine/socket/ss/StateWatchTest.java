package wirebook.engine.socket.ss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import wirebook.engine.socket.Platform;
import wirebook.engine.socket.SocketEntry;
import wirebook.engine.socket.SocketName;
import wirebook.engine.socket.SocketState;
import wirebook.engine.socket.calls.Descriptor;
import wirebook.engine.socket.calls.SystemCalls;
import wirebook.net.NetworkClock;
import wirebook.trace.Bytes;

/** How the states of a connection changed is what a socket table showed, look by look. */
class StateWatchTest {
  private static final Bytes LOOPBACK = Bytes.of(new byte[] {127, 0, 0, 1});
  private static final Bytes FAR = Bytes.of(new byte[] {(byte) 192, 0, 2, 9});
  private static final long OWN = 7;
  private static final long OTHER = 8;

  private final List<SocketEntry> table = new ArrayList<>();
  private long nanos;
  private final StateWatch watch =
      new StateWatch(() -> List.copyOf(table), () -> Set.of(OWN), clock());

  private NetworkClock clock() {
    return new NetworkClock() {
      @Override
      public long nanoTime() {
        return nanos;
      }

      @Override
      public Instant instant() {
        return Instant.EPOCH.plusNanos(nanos);
      }

      @Override
      public void sleep(Duration duration) {
        nanos += duration.toNanos();
      }
    };
  }

  private static SocketEntry entry(
      SocketState state, Bytes local, int port, Bytes peer, int peerPort, long inode) {
    return SocketEntry.of(
        "tcp",
        state,
        0,
        0,
        new SocketEntry.End.Ip(local, port, 0),
        new SocketEntry.End.Ip(peer, peerPort, 0),
        inode,
        0,
        0,
        0,
        0);
  }

  private static SocketEntry listener() {
    return entry(SocketState.LISTEN, Bytes.of(new byte[16]), 8080, Bytes.of(new byte[16]), 0, OWN);
  }

  private static SocketEntry client(SocketState state) {
    // As a socket of IPv6 that is connected to an IPv4 address has it.
    return entry(state, mapped(), 5000, mapped(), 8080, state == SocketState.TIME_WAIT ? 0 : OWN);
  }

  private static Bytes mapped() {
    byte[] bytes = new byte[16];
    bytes[10] = -1;
    bytes[11] = -1;
    bytes[12] = 127;
    bytes[15] = 1;
    return Bytes.of(bytes);
  }

  private static SocketEntry server(SocketState state) {
    return entry(state, LOOPBACK, 8080, LOOPBACK, 5000, OWN);
  }

  private void look(SocketEntry... now) throws IOException {
    table.clear();
    table.addAll(List.of(now));
    watch.look();
    nanos += 100_000_000;
  }

  private List<ConnectionStates> found(String... filter) {
    List<String> words = new ArrayList<>(List.of("-tan"));
    words.addAll(List.of(filter));
    return watch.found(SsQuery.parse(words).filter(), false, Optional.empty());
  }

  private ConnectionStates whole() throws IOException {
    look();
    look(listener());
    look(listener(), client(SocketState.SYN_SENT), server(SocketState.NEW_SYN_RECEIVED));
    look(listener(), client(SocketState.ESTABLISHED), server(SocketState.ESTABLISHED));
    look(listener(), client(SocketState.ESTABLISHED), server(SocketState.ESTABLISHED));
    look(listener(), client(SocketState.FIN_WAIT_2), server(SocketState.CLOSE_WAIT));
    look(listener(), client(SocketState.TIME_WAIT));
    look(listener());
    return found("sport", "=", ":8080").getFirst();
  }

  @Test
  void theStatesOfBothEndsStandInTheOrderInWhichTheyCame() throws IOException {
    assertThat(whole().text())
        .isEqualTo(
            """
                        client 127.0.0.1:5000                             server 127.0.0.1:8080
            +0.000 s                                                      LISTEN                  listen
            +0.100 s    SYN-SENT                ── SYN ─▶                 SYN-RECEIVED
            +0.200 s    ESTABLISHED             ── SYN+ACK, ACK ─▶        ESTABLISHED
            +0.400 s    FIN-WAIT-2              ── FIN ─▶                 CLOSE-WAIT
            +0.500 s    TIME-WAIT               ◀─ FIN ──                 CLOSED
            +0.600 s    CLOSED                                            CLOSED
            """);
  }

  @Test
  void aFilterChoosesTheConnectionByEitherEnd() throws IOException {
    whole();
    assertThat(found("dport", "=", ":8080")).hasSize(1);
    assertThat(found("sport", "=", ":5000")).hasSize(1);
    assertThat(found("sport", "=", ":5001")).isEmpty();
    assertThat(found()).hasSize(1);
  }

  @Test
  void bothEndsGoneAtOnceIsAReset() throws IOException {
    look();
    look(listener());
    look(listener(), client(SocketState.ESTABLISHED), server(SocketState.ESTABLISHED));
    look(listener());
    ConnectionStates states = found().getFirst();
    assertThat(states.segments(1)).isEqualTo(ConnectionStates.Segments.HANDSHAKE);
    assertThat(states.segments(2)).isEqualTo(ConnectionStates.Segments.RESET);
  }

  @Test
  void ofAConnectionToAnotherMachineOneEndIsSeen() throws IOException {
    look();
    look(entry(SocketState.SYN_SENT, LOOPBACK, 5000, FAR, 80, OWN));
    look(entry(SocketState.ESTABLISHED, LOOPBACK, 5000, FAR, 80, OWN));
    look(entry(SocketState.CLOSE_WAIT, LOOPBACK, 5000, FAR, 80, OWN));
    look();
    ConnectionStates states = found("dst", "192.0.2.9").getFirst();
    assertThat(states.line())
        .isEqualTo("client 127.0.0.1:5000: SYN-SENT, ESTABLISHED, CLOSE-WAIT, CLOSED");
    assertThat(states.server()).isEqualTo("192.0.2.9:80");
    assertThat(states.segments(2)).isEqualTo(ConnectionStates.Segments.FIN_OF_SERVER);
    assertThat(states.segments(3)).isEqualTo(ConnectionStates.Segments.FIN_OF_CLIENT);
  }

  @Test
  void aSynThatNobodyAnswersLeavesTheListenerAsItIs() throws IOException {
    look();
    look(listener());
    look(listener(), client(SocketState.SYN_SENT));
    look(listener());
    assertThat(found().getFirst().line())
        .isEqualTo("client 127.0.0.1:5000: SYN-SENT, CLOSED; server 127.0.0.1:8080: LISTEN");
    assertThat(found().getFirst().segments(2)).isEqualTo(ConnectionStates.Segments.NONE);
  }

  @Test
  void theSocketsOfOtherProcessesAreLeftOut() throws IOException {
    look(entry(SocketState.ESTABLISHED, LOOPBACK, 5000, FAR, 80, OTHER));
    assertThat(found()).isEmpty();
    assertThat(watch.found(new SsQuery.Filter.All(), true, Optional.empty())).hasSize(1);
  }

  @Test
  void manyForeignConnectionsDoNotPushOutItsOwn() throws IOException {
    look();
    look(listener(), client(SocketState.ESTABLISHED));
    SocketEntry[] many =
        IntStream.range(0, 1000)
            .mapToObj(i -> entry(SocketState.TIME_WAIT, LOOPBACK, 10_000 + i, FAR, 80, 0))
            .toArray(SocketEntry[]::new);
    look(many);
    look(many);
    assertThat(found()).hasSize(1);
    assertThat(watch.found(new SsQuery.Filter.All(), true, Optional.empty())).hasSize(256);
  }

  @Test
  void withoutAConnectionThereIsTheListener() throws IOException {
    look();
    look(listener());
    assertThat(found().getFirst().line()).isEqualTo("server [::]:8080: LISTEN");
  }

  @Test
  void whatStoodBeforeTheFirstLookHasNoHandshake() throws IOException {
    look(listener(), client(SocketState.ESTABLISHED), server(SocketState.ESTABLISHED));
    assertThat(found().getFirst().segments(0)).isEqualTo(ConnectionStates.Segments.NONE);
  }

  @Test
  void whatHasNotChangedSinceAMomentIsLeftOut() throws IOException {
    whole();
    assertThat(watch.found(new SsQuery.Filter.All(), false, Optional.of(nanos))).isEmpty();
  }

  @Test
  void realSocketsAreSeenCallByCall() throws Exception {
    assumeTrue(Platform.CURRENT == Platform.LINUX, "the system shows its sockets");
    try (StateWatch real = new StateWatch()) {
      real.start();
      int port;
      try (SystemCalls calls = new SystemCalls()) {
        Descriptor s = calls.socket(2, 1, 0).descriptor().orElseThrow();
        calls.bind(s, SocketName.parse("127.0.0.1:0"));
        calls.listen(s, 5);
        real.look();
        SocketName at = calls.getsockname(s).address().orElseThrow();
        port = ((SocketName.Ip) at).port();
        Descriptor c = calls.socket(2, 1, 0).descriptor().orElseThrow();
        calls.connect(c, at);
        Descriptor a = calls.accept(s).descriptor().orElseThrow();
        calls.shutdown(c, 1);
        calls.recv(a, 10, 0);
        calls.close(a);
        calls.close(c);
        real.look();
      }
      ConnectionStates states =
          real.found(
                  SsQuery.parse(List.of("-tan", "sport", "=", ":" + port)).filter(),
                  false,
                  Optional.empty())
              .getFirst();
      assertThat(states.line())
          .contains("server 127.0.0.1:" + port + ": LISTEN, ESTABLISHED, CLOSE-WAIT, CLOSED")
          .containsPattern("client .*: ESTABLISHED, FIN-WAIT-[12],.* TIME-WAIT");
      assertThat(states.changes()).extracting(ConnectionStates.Change::call).contains("shutdown");
    }
  }

  @Test
  void aLongLifeIsCutAndSaid() throws IOException {
    look();
    for (int i = 0; i < 100; i++) {
      look(client(i % 2 == 0 ? SocketState.ESTABLISHED : SocketState.CLOSE_WAIT));
    }
    assertThat(found().getFirst().changes()).hasSize(64);
    assertThat(found().getFirst().text())
        .endsWith("# 36 changes before the last one are not kept\n");
  }
}
