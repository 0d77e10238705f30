package wirebook.engine.socket.calls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import wirebook.engine.socket.SocketState;

@Tag("slow")
class SocketScriptTest {
  private static final String SERVER =
      """
      | s = socket
      | bind s 127.0.0.1:0
      | listen s
      """;

  private final SystemCalls calls = new SystemCalls();

  private final List<SocketScript.Shown> shown = new ArrayList<>();

  @AfterEach
  void closeAll() {
    calls.close();
  }

  private SocketScript.Ended run(String script) throws InterruptedException {
    return SocketScript.parse(script).run(calls, shown::add);
  }

  private List<String> of(int column) {
    return shown.stream()
        .filter(s -> s.column() == column && s.result().isPresent())
        .map(s -> s.call() + s.state().map(t -> " " + t).orElse(""))
        .toList();
  }

  @Test
  void eachCallLeadsToAState() throws InterruptedException {
    SocketScript.Ended ended =
        run(
            SERVER
                + """
                c = socket |
                connect c @s | a = accept s
                send c "hello there" | recv a
                shutdown c wr | recv a
                """);
    assertThat(ended.word()).isEmpty();
    assertThat(of(0))
        .containsExactly(
            "c = socket CLOSED",
            "connect c @s ESTABLISHED",
            "send c hello there ESTABLISHED",
            "shutdown c wr FIN_WAIT_2");
    assertThat(of(1))
        .containsExactly(
            "s = socket CLOSED",
            "bind s 127.0.0.1:0 CLOSED",
            "listen s LISTEN",
            "a = accept s ESTABLISHED",
            "recv a ESTABLISHED",
            "recv a CLOSE_WAIT");
    assertThat(calls.descriptors()).as("all are closed at the end").isEmpty();
  }

  @Test
  void aCallThatBlocksWaitsForTheOtherColumn() throws InterruptedException {
    run(SERVER + "c = socket | a = accept s\n       | recv a\nconnect c @s |\nsend c x |");
    assertThat(shown)
        .filteredOn(s -> s.result().isEmpty())
        .extracting(SocketScript.Shown::call)
        .contains("a = accept s", "recv a");
    assertThat(of(1)).endsWith("recv a ESTABLISHED");
  }

  @Test
  void aStopFreesWhatBlocks() throws Exception {
    CompletableFuture<Boolean> stopped = new CompletableFuture<>();
    CompletableFuture<Void> waits = new CompletableFuture<>();
    Thread thread =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    SocketScript.parse(SERVER + " | accept s")
                        .run(
                            calls,
                            s -> {
                              if (s.result().isEmpty()) {
                                waits.complete(null);
                              }
                            });
                    stopped.complete(false);
                  } catch (InterruptedException e) {
                    stopped.complete(true);
                  }
                });
    waits.get(10, TimeUnit.SECONDS);
    thread.interrupt();
    assertThat(stopped.get(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void linesThatAreNoneHaveTheirNumber() {
    assertThat(parse("s = socket\nfrobnicate s").line()).isEqualTo(1);
    assertThat(parse("a | b | c")).hasMessageContaining("two columns");
    assertThat(parse("send c \"x")).hasMessageContaining("quote");
    assertThat(SocketScript.parse("me | you\n# nothing\n").names()).containsExactly("me", "you");
  }

  private static SocketScript.Wrong parse(String script) {
    return catchThrowableOfType(SocketScript.Wrong.class, () -> SocketScript.parse(script));
  }

  @Test
  void theStatesOfBothEndsAreSeenUntilTheLastIsGone() throws InterruptedException {
    run(
        SERVER
            + """
            c = socket | a = accept s
            connect c @s |
            shutdown c SHUT_WR | recv a
                       | close a
            close c |
            """);
    assertThat(
            shown.stream()
                .filter(e -> e.result().isPresent())
                .map(e -> e.ends().stream().map(o -> o.map(SocketState::name).orElse("-")).toList())
                .distinct()
                .toList())
        .containsExactly(
            List.of("-", "CLOSED"),
            List.of("-", "LISTEN"),
            List.of("CLOSED", "LISTEN"),
            List.of("ESTABLISHED", "ESTABLISHED"),
            List.of("FIN_WAIT_2", "CLOSE_WAIT"),
            List.of("TIME_WAIT", "CLOSED"));
  }

  @Test
  void anEndThatIsResetIsClosed() throws InterruptedException {
    run(
        SERVER
            + """
            c = socket | a = accept s
            connect c @s |
            send c hello |
                       | close a
            recv c |
            """);
    assertThat(of(0)).endsWith("recv c CLOSED");
  }

  @Test
  void whoClosesSecondIsClosedAtOnce() throws InterruptedException {
    run(
        SERVER
            + """
            c = socket | a = accept s
            connect c @s |
            shutdown c SHUT_WR | recv a
                       | shutdown a SHUT_WR
            recv c     |
            """);
    assertThat(of(1)).endsWith("recv a CLOSE_WAIT", "shutdown a SHUT_WR CLOSED");
  }
}
