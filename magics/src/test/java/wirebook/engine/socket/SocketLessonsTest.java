package wirebook.engine.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import wirebook.engine.socket.calls.CallParser;
import wirebook.engine.socket.calls.Syscall;
import wirebook.engine.socket.calls.SystemCalls;
import wirebook.engine.socket.ss.SocketTable;
import wirebook.engine.socket.ss.SsQuery;

/** What a cell can show of TCP on this system, call by call. */
@Timeout(30)
class SocketLessonsTest {
  private static final int UNSENT = 144;

  private final SystemCalls calls = new SystemCalls();
  private Syscall server;
  private int port;

  @BeforeEach
  void listen() {
    assumeTrue(Platform.CURRENT == Platform.LINUX, "the states are asked of Linux");
    server = call("socket");
    server.bind("127.0.0.1:0");
    call("listen " + server + " 1");
    port = server.getsockname().port();
  }

  @AfterEach
  void closeAll() {
    calls.close();
  }

  private Syscall call(String line) {
    return CallParser.parse(calls, List.of(line.split(" "))).make().get();
  }

  private Syscall connected() {
    Syscall client = call("socket");
    assertThat(client.connect("127.0.0.1:" + port).ok()).isTrue();
    return client;
  }

  private Optional<SocketState> state(Syscall of) {
    return calls.state(calls.descriptor(of.fd()).orElseThrow());
  }

  private static List<SocketState> states(String filter) throws IOException {
    return SocketTable.ofMachine(SsQuery.parse(List.of(("-tan " + filter).split(" "))))
        .sockets()
        .stream()
        .map(SocketEntry::state)
        .toList();
  }

  private void reach(Syscall end, SocketState state) {
    Awaitility.await().untilAsserted(() -> assertThat(state(end)).contains(state));
  }

  private void reachesOnly(SocketState state) {
    Awaitility.await()
        .untilAsserted(() -> assertThat(states("sport = :" + port)).containsExactly(state));
  }

  @Test
  void whoClosesFirstKeepsThePortInTimeWaitAndReuseaddrTakesItNevertheless() {
    // Linux asks that the one before had it as well; what accept returns inherits it.
    call("setsockopt " + server + " SO_REUSEADDR 1");
    Syscall client = connected();
    Syscall accepted = server.accept();
    accepted.close();
    assertThat(client.recv().result()).isZero();
    client.close();
    server.close();
    reachesOnly(SocketState.TIME_WAIT);

    Syscall next = call("socket");
    Syscall refused = next.bind("127.0.0.1:" + port);
    assertThat(refused.error()).map(Errno::name).contains("EADDRINUSE");
    assertThat(refused.advice()).contains("SO_REUSEADDR");
    call("setsockopt " + next + " SO_REUSEADDR 1");
    assertThat(next.bind("127.0.0.1:" + port).ok()).isTrue();
  }

  @Test
  void onLinuxReuseaddrTakesAPortInTimeWaitOnlyFromOneThatHadItToo() {
    Syscall client = connected();
    Syscall accepted = server.accept();
    accepted.close();
    assertThat(client.recv().result()).isZero();
    client.close();
    server.close();
    reachesOnly(SocketState.TIME_WAIT);

    Syscall next = call("socket");
    call("setsockopt " + next + " SO_REUSEADDR 1");
    Syscall refused = next.bind("127.0.0.1:" + port);
    assertThat(refused.error()).map(Errno::name).contains("EADDRINUSE");
    assertThat(refused.advice()).contains("Linux wants that the earlier socket had it too");
  }

  @Test
  void reuseaddrDoesNotTakeThePortOfOneThatListens() {
    Syscall other = call("socket");
    call("setsockopt " + other + " SO_REUSEADDR 1");
    assertThat(other.bind("127.0.0.1:" + port).error()).map(Errno::name).contains("EADDRINUSE");
  }

  @Test
  void aFullBacklogLeavesTheSynUnansweredUntilOneIsAccepted() {
    connected();
    connected();
    Syscall third = call("socket inet SOCK_STREAM|SOCK_NONBLOCK");
    assertThat(third.connect("127.0.0.1:" + port).error()).map(Errno::name).contains("EINPROGRESS");
    assertThat(call("poll " + third + ":POLLOUT timeout=200").result()).isZero();
    assertThat(state(third)).contains(SocketState.SYN_SENT);

    server.accept();
    server.accept();
    assertThat(call("poll " + third + ":POLLOUT timeout=20000").result())
        .as("the SYN is sent again")
        .isEqualTo(1);
    assertThat(state(third)).contains(SocketState.ESTABLISHED);
  }

  @Test
  void bytesLeftUnreadMakeOfFinARst() {
    Syscall orderly = connected();
    server.accept().close();
    assertThat(orderly.recv().result()).as("FIN").isZero();

    Syscall rude = connected();
    Syscall accepted = server.accept();
    rude.send("nobody reads this");
    assertThat(call("poll " + accepted + " timeout=5000").result()).isEqualTo(1);
    accepted.close();
    assertThat(rude.recv().error()).map(Errno::name).as("RST").contains("ECONNRESET");
    assertThat(state(rude)).contains(SocketState.CLOSED);
  }

  @Test
  void aHalfClosedConnectionStillCarriesTheOtherDirection() {
    Syscall client = connected();
    Syscall accepted = server.accept();
    call("shutdown " + client + " SHUT_WR");
    assertThat(accepted.recv().result()).isZero();
    reach(client, SocketState.FIN_WAIT_2);
    reach(accepted, SocketState.CLOSE_WAIT);
    accepted.send("still here");
    assertThat(client.recv().text()).isEqualTo("still here");
    assertThat(client.send("no").error()).map(Errno::name).contains("EPIPE");
  }

  @Test
  void nagleKeepsSmallWritesBackUntilTheAcknowledgementAndNodelayDoesNot() {
    assertThat(IntStream.range(0, 10).map(i -> unsent(true)).max()).hasValue(0);
    // The acknowledgement may come before a busy machine has looked.
    assertThat(IntStream.range(0, 10).map(i -> unsent(false)).max()).hasValue(2);
  }

  /** How many bytes of three small writes stay here, when the peer acknowledges late. */
  private int unsent(boolean noDelay) {
    Syscall client = connected();
    Syscall accepted = server.accept();
    call("setsockopt " + client + " TCP_NODELAY " + (noDelay ? 1 : 0));
    call("setsockopt " + accepted + " TCP_QUICKACK 0");
    client.send("a");
    client.send("b");
    client.send("c");
    int unsent =
        (int) new TcpInfo(call("getsockopt " + client + " TCP_INFO").bytes()).uint32(UNSENT);
    assertThat(call("recv " + accepted + " 3 MSG_WAITALL").text()).isEqualTo("abc");
    return unsent;
  }
}
