package wirebook.engine.socket.calls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import wirebook.engine.socket.Errno;
import wirebook.peer.Ipv6;
import wirebook.trace.Bytes;

class SystemCallsTest {
  private final SystemCalls calls = new SystemCalls();

  @AfterEach
  void closeAll() {
    calls.close();
  }

  private Syscall call(String line) {
    return CallParser.parse(calls, List.of(line.split(" "))).make().get();
  }

  @Test
  void aConnectionIsMadeCallByCall() {
    Syscall server = call("socket");
    assertThat(server.line())
        .isEqualTo("socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = " + server.fd());
    assertThat(call("bind " + server + " 127.0.0.1:0").ok()).isTrue();
    assertThat(call("listen " + server + " 5").line())
        .startsWith("listen(" + server + ", 5)   ")
        .as("results stand in column 40")
        .endsWith("= 0")
        .hasSize(43);
    int port = call("getsockname " + server).port();

    Syscall client = call("socket inet stream");
    assertThat(call("connect " + client + " 127.0.0.1:" + port).line())
        .isEqualTo(
            "connect(%s, {sa_family=AF_INET, sin_port=htons(%d), sin_addr=inet_addr(\"127.0.0.1\")}, 16) = 0"
                .formatted(client, port));
    Syscall accepted = call("accept " + server);
    assertThat(accepted.address()).isEqualTo(call("getsockname " + client).address());
    assertThat(call("send " + client + " hello\\r\\n").line())
        .startsWith("sendto(" + client + ", \"hello\\r\\n\", 7, 0, NULL, 0)");
    assertThat(call("recv " + accepted).text()).isEqualTo("hello\r\n");
    assertThat(call("shutdown " + client + " wr").line()).contains("SHUT_WR");
    Syscall end = call("recv " + accepted + " 10");
    assertThat(end.result()).isZero();
    assertThat(end.bytes()).isEqualTo(Bytes.EMPTY);
    assertThat(call("close " + client).ok()).isTrue();
  }

  @Test
  void valuesOfCallsMakeTheNextCalls() {
    Syscall server = call("socket");
    server.bind("127.0.0.1:0");
    server.listen();
    Syscall client = call("socket");
    client.connect("127.0.0.1:" + server.getsockname().port());
    Syscall accepted = server.accept();
    client.send("ping");
    assertThat(accepted.recv().text()).isEqualTo("ping");
    assertThat(accepted.getpeername().address()).isEqualTo(client.getsockname().address());
    assertThat(accepted.close().ok()).isTrue();
  }

  @Test
  void anAddressInUseIsExplained() {
    Syscall one = call("socket");
    one.bind("127.0.0.1:0");
    int port = one.getsockname().port();
    Syscall refused = call("socket").bind("127.0.0.1:" + port);
    assertThat(refused.line()).endsWith("= -1 EADDRINUSE (Address already in use)");
    assertThat(refused.advice()).contains("%ss");
  }

  @Test
  void aClosedPortRefuses() {
    Syscall unbound = call("socket");
    unbound.bind("127.0.0.1:0");
    Syscall refused = call("socket").connect("127.0.0.1:" + unbound.getsockname().port());
    assertThat(refused.error()).map(Errno::name).contains("ECONNREFUSED");
    assertThat(refused.advice()).contains("nothing listens");
  }

  @Test
  void datagramsCarryTheirSender() {
    Ipv6.assumed();
    Syscall here = call("socket inet6 dgram");
    here.bind("[::1]:0");
    Syscall there = call("socket inet6 dgram");
    there.bind("[::1]:0");
    call("sendto " + there + " hi [::1]:" + here.getsockname().port());
    Syscall got = call("recvfrom " + here);
    assertThat(got.text()).isEqualTo("hi");
    assertThat(got.address()).isEqualTo(there.getsockname().address());
  }

  @Test
  void unixSocketsHavePaths(@TempDir Path folder) {
    Path path = folder.resolve("s");
    Syscall server = call("socket unix");
    assertThat(call("bind " + server + " " + path).line()).contains("sun_path=\"" + path + "\"");
    server.listen();
    Syscall client = call("socket unix");
    assertThat(client.connect(path.toString()).ok()).isTrue();
    assertThat(server.accept().line()).contains("{sa_family=AF_UNIX}");
    assertThat(Files.exists(path)).isTrue();
  }

  @Test
  void optionsAreSetAndRead() {
    Syscall one = call("socket");
    assertThat(call("setsockopt " + one + " SO_REUSEADDR 1").line())
        .contains("SO_REUSEADDR, [1], 4)");
    assertThat(call("getsockopt " + one + " so_reuseaddr").value()).isEqualTo(1);
    assertThat(call("setsockopt " + one + " SO_LINGER 0").line())
        .contains("{l_onoff=1, l_linger=0}, 8)");
    assertThat(call("getsockopt " + one + " SO_TYPE").value()).isEqualTo(1);
  }

  @Test
  void pollTellsWhatIsReady() {
    Syscall server = call("socket");
    server.bind("127.0.0.1:0");
    server.listen();
    assertThat(call("poll " + server + ":POLLIN timeout=0").line()).endsWith("= 0 (Timeout)");
    call("socket").connect("127.0.0.1:" + server.getsockname().port());
    assertThat(call("poll " + server + " timeout=1000").line())
        .endsWith("= 1 ([{fd=" + server + ", revents=POLLIN}])");
  }

  @Test
  void aNonBlockingDescriptorAnswersAtOnce() {
    Syscall server = call("socket");
    server.bind("127.0.0.1:0");
    server.listen();
    assertThat(call("fcntl " + server + " F_SETFL O_NONBLOCK").line())
        .contains("F_SETFL, O_RDONLY|O_NONBLOCK)");
    assertThat(call("fcntl " + server + " F_GETFL").line()).endsWith("(flags O_RDWR|O_NONBLOCK)");
    assertThat(server.accept().error()).map(Errno::name).contains("EAGAIN");
  }

  @Test
  void anInterruptEndsABlockedCallWithin300Milliseconds() throws Exception {
    Syscall server = call("socket");
    server.bind("127.0.0.1:0");
    server.listen();
    Duration fastest = Duration.ofDays(1);
    for (int i = 0; i < 6; i++) {
      String blocked = (i % 2 == 0 ? "accept " : "poll ") + server;
      CompletableFuture<Syscall> ended = new CompletableFuture<>();
      Thread thread = Thread.ofVirtual().start(() -> ended.complete(call(blocked)));
      Awaitility.await()
          .pollInterval(Duration.ofMillis(1))
          .until(() -> thread.getState() == Thread.State.WAITING);
      long before = System.nanoTime();
      thread.interrupt();
      Syscall result = ended.get(5, TimeUnit.SECONDS);
      Duration took = Duration.ofNanos(System.nanoTime() - before);
      fastest = took.compareTo(fastest) < 0 ? took : fastest;
      assertThat(result.error()).map(Errno::name).contains("EINTR");
    }
    assertThat(fastest)
        .as("other work on this machine left out")
        .isLessThan(Duration.ofMillis(300));
    assertThat(server.getsockname().ok()).as("the descriptor is still in order").isTrue();
  }

  @Test
  void aDescriptorThatWasNotMadeHereIsRefused() {
    for (String foreign :
        List.of("close 0", "write 1 hello", "recv 99999", "bind -1 127.0.0.1:0")) {
      assertThatThrownBy(() -> call(foreign))
          .isInstanceOf(CallParser.Wrong.class)
          .hasMessageContaining("made by %socket");
    }
  }

  @Test
  void aClosedDescriptorStaysClosedWhenItsNumberIsUsedAgain() {
    Syscall first = call("socket");
    first.close();
    call("socket");
    assertThatThrownBy(first::listen)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is closed");
  }

  @Test
  void sizesAreCapped() {
    Syscall one = call("socket");
    assertThatThrownBy(() -> call("recv " + one + " 2000000000"))
        .isInstanceOf(CallParser.Wrong.class)
        .hasMessageContaining("1048576");
    assertThatThrownBy(() -> one.recv(1 << 21)).isInstanceOf(IllegalArgumentException.class);
  }
}
