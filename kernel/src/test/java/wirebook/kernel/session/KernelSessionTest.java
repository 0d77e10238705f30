package wirebook.kernel.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import wirebook.codec.Json;
import wirebook.kernel.protocol.ConnectionInfo;
import wirebook.kernel.protocol.Message;
import wirebook.kernel.session.Transport.Channel;
import wirebook.trace.Bytes;

@Timeout(30)
class KernelSessionTest {
  private record Sent(Channel channel, Message message) {
    String parent() {
      return message.parent().text("msg_id").orElse("");
    }
  }

  private final BlockingQueue<Sent> sent = new LinkedBlockingQueue<>();
  private final List<Sent> seen = new ArrayList<>();
  private final FakeInterpreter interpreter = new FakeInterpreter();
  private final AtomicInteger shutDowns = new AtomicInteger();
  private final AtomicInteger ids = new AtomicInteger();
  private volatile Consumer<Message> whenSent = message -> {};

  private final KernelSession session =
      new KernelSession(
          new ConnectionInfo("tcp", "127.0.0.1", 1, 2, 3, 4, 5, "hmac-sha256", ""),
          new Transport() {
            @Override
            public void send(Channel channel, Message message) {
              sent.add(new Sent(channel, message));
              whenSent.accept(message);
            }

            @Override
            public void awaitRoom() {}
          },
          CompletableFuture.completedFuture(interpreter),
          History.inMemory(),
          new KernelSession.Host() {
            @Override
            public void shutDown(boolean restart) {
              shutDowns.incrementAndGet();
            }

            @Override
            public void log(String line, Optional<Throwable> cause) {}
          });

  private String send(Channel channel, String type, Json.Obj content, String subshell) {
    String id = "m" + ids.incrementAndGet();
    Json.Obj header = Json.object("msg_id", id, "session", "s", "msg_type", type);
    session.receive(
        channel,
        new Message(
            List.of(Bytes.utf8("client")),
            new Message.Header(
                subshell.isEmpty() ? header : header.with("subshell_id", Json.of(subshell))),
            Json.Obj.EMPTY,
            Json.Obj.EMPTY,
            content,
            List.of()));
    return id;
  }

  private String send(String type, Object... content) {
    return send(Channel.SHELL, type, Json.object(content), "");
  }

  private String run(String code) {
    return send("execute_request", "code", code, "allow_stdin", true);
  }

  /** All that was sent for the request up to its idle. */
  private List<Sent> until(String id) throws InterruptedException {
    while (seen.stream().noneMatch(s -> s.parent().equals(id) && isStatus(s, "idle"))) {
      take();
    }
    return of(id);
  }

  private List<Sent> of(String id) {
    return seen.stream().filter(s -> s.parent().equals(id)).toList();
  }

  private Sent take() throws InterruptedException {
    Sent next = sent.poll(20, TimeUnit.SECONDS);
    if (next == null) {
      throw new AssertionError("nothing more came after " + seen);
    }
    seen.add(next);
    return next;
  }

  private static boolean isStatus(Sent s, String state) {
    return s.message.content().text("execution_state").equals(Optional.of(state));
  }

  private Message reply(String id) throws InterruptedException {
    return until(id).stream()
        .filter(s -> s.channel == Channel.SHELL || s.channel == Channel.CONTROL)
        .map(Sent::message)
        .findFirst()
        .orElseThrow();
  }

  private static String text(List<Sent> messages) {
    StringBuilder text = new StringBuilder();
    for (Sent s : messages) {
      s.message.content().text("text").ifPresent(text::append);
    }
    return text.toString();
  }

  private static List<String> types(List<Sent> messages) {
    return messages.stream()
        .map(
            s ->
                s.message.type().equals("status")
                    ? s.message.content().text("execution_state").orElse("")
                    : s.message.type())
        .toList();
  }

  @Test
  void whateverBecomesOfARequestTheNextOneIsAnswered() throws InterruptedException {
    AtomicInteger thrown = new AtomicInteger();
    whenSent =
        message -> {
          if (message.content().text("execution_state").equals(Optional.of("idle"))
              && thrown.incrementAndGet() == 1) {
            throw new StackOverflowError();
          }
        };
    until(send("kernel_info_request"));
    assertThat(reply(send("kernel_info_request")).type()).isEqualTo("kernel_info_reply");
  }

  @Test
  void aCellsMessagesComeInTheirOrder() throws InterruptedException {
    List<Sent> messages = until(run("out a\nerr b\nout c\nshow d\nout e\n= 42"));
    assertThat(types(messages))
        .containsExactly(
            "busy",
            "execute_input",
            "stream",
            "stream",
            "stream",
            "display_data",
            "stream",
            "execute_result",
            "execute_reply",
            "idle");
    assertThat(text(messages)).isEqualTo("a\nb\nc\ne\n");
  }

  @Test
  void manySmallWritesAreFewMessages() throws InterruptedException {
    List<Sent> messages = until(run("out x\n".repeat(10_000)));
    assertThat(text(messages)).isEqualTo("x\n".repeat(10_000));
    assertThat(messages).hasSizeLessThan(500);
  }

  /** Each would be an output of its own in the notebook. */
  @Test
  void theLinesOfACellThatSoonEndsAreOneMessage() throws InterruptedException {
    List<Sent> messages = until(run("out a\nout b\nout c"));
    assertThat(types(messages))
        .containsExactly("busy", "execute_input", "stream", "execute_reply", "idle");
  }

  @Test
  void aLineThatIsPrintedWhileTheCellRunsOnIsSeenBeforeItsEnd() throws InterruptedException {
    String cell = run("out a\nwait");
    while (!text(of(cell)).contains("a\n")) {
      take();
    }
    session.interrupt();
    until(cell);
  }

  @Test
  void resultsAndPicturesAreNoLargerThanOneValueMayBe() throws InterruptedException {
    List<Sent> messages = until(run("large 17\n=large 17"));
    assertThat(text(messages)).isEmpty();
    for (String type : List.of("display_data", "execute_result")) {
      Json.Obj data =
          messages.stream()
              .map(Sent::message)
              .filter(message -> message.type().equals(type))
              .findFirst()
              .orElseThrow()
              .content()
              .object("data");
      assertThat(data.text("text/plain").orElseThrow())
          .hasSizeLessThan(101_000)
          .endsWith(
              "[One value may show 16 MB. This one has more characters: 17,825,792 of text/plain.]");
    }
    List<Sent> capped = until(run("large 15\n".repeat(5)));
    assertThat(types(capped).stream().filter("display_data"::equals)).hasSize(4);
    assertThat(text(capped)).contains("64 MB");
  }

  @Test
  void aSurrogatePairIsNotTornApart() throws InterruptedException {
    List<Sent> messages = until(run("out " + "\ud83d\ude00".repeat(600_000)));
    for (Sent s : messages) {
      s.message
          .content()
          .text("text")
          .ifPresent(
              t -> assertThat(Character.isHighSurrogate(t.charAt(t.length() - 1))).isFalse());
    }
  }

  @Test
  void aCellThatPrintsWithoutEndIsCappedAndSaysSo() throws InterruptedException {
    List<Sent> messages = until(run("flood 80\nout more\n= done"));
    String text = text(messages);
    assertThat(text.length()).isBetween(64 << 20, (64 << 20) + 500);
    assertThat(text).endsWith("stopped.]\n").doesNotContain("more\n");
    assertThat(types(messages)).contains("execute_result");
  }

  @Test
  void silentCellsAreQuietAndUncounted() throws InterruptedException {
    int before = reply(run("= 1")).content().integer("execution_count").orElseThrow();
    List<Sent> messages = until(send("execute_request", "code", "= 1", "silent", true));
    assertThat(types(messages)).containsExactly("busy", "execute_reply", "idle");
    assertThat(reply(run("= 1")).content().integer("execution_count")).contains(before + 1);
  }

  @Test
  void afterAnErrorWhatIsQueuedIsAborted() throws InterruptedException {
    String first = run("wait");
    interpreter.waiting.await();
    String second = run("= 1");
    String info = send("kernel_info_request");
    session.interrupt();
    assertThat(reply(first).content().text("status")).contains("error");
    assertThat(types(until(second))).containsExactly("busy", "execute_reply", "idle");
    assertThat(reply(second).content().text("status")).contains("aborted");
    assertThat(reply(info).content().text("status")).contains("ok");
    assertThat(reply(run("= 1")).content().text("status")).contains("ok");
  }

  @ParameterizedTest
  @ValueSource(strings = {"status", "execute_input"})
  void aStopAskedForAsSoonAsACellIsToldToRunIsForThatCell(String told) throws InterruptedException {
    whenSent =
        message -> {
          if (message.header().type().equals(told)) {
            whenSent = other -> {};
            session.interrupt();
          }
        };
    assertThat(reply(run("wait")).content().text("ename")).contains("Stopped");
  }

  @Test
  void aStopAskedForBeforeIsForNoCell() throws InterruptedException {
    session.interrupt();
    String cell = run("wait");
    interpreter.waiting.await();
    assertThat(types(of(cell))).doesNotContain("execute_reply");
    session.interrupt();
    until(cell);
  }

  @Test
  void stopOnErrorCanBeSwitchedOff() throws InterruptedException {
    String first = send("execute_request", "code", "wait", "stop_on_error", false);
    interpreter.waiting.await();
    String second = run("= 1");
    session.interrupt();
    assertThat(reply(first).content().text("status")).contains("error");
    assertThat(reply(second).content().text("status")).contains("ok");
  }

  @Test
  void aBugOfTheInterpreterIsAnErrorOfTheCell() throws InterruptedException {
    assertThat(reply(run("throw")).content().text("ename")).contains("IllegalStateException");
    assertThat(reply(run("= 1")).content().text("status")).contains("ok");
  }

  @Test
  void aThreadsOutputBelongsToItsCellForEver() throws InterruptedException {
    String first = run("later from the thread");
    until(first);
    until(run("out other"));
    interpreter.later.countDown();
    while (!text(of(first)).contains("from the thread")) {
      take();
    }
    assertThat(of(first).getLast().message.type()).isEqualTo("stream");
  }

  @Test
  void inputIsAskedOfTheOneWhoSentTheCell() throws InterruptedException {
    String cell = run("ask Name?");
    Sent question = take();
    while (question.channel != Channel.STDIN) {
      question = take();
    }
    assertThat(question.message.identities()).containsExactly(Bytes.utf8("client"));
    assertThat(question.message.content().text("prompt")).contains("Name?");
    send(Channel.STDIN, "input_reply", Json.object("value", "Ada"), "");
    assertThat(text(until(cell))).isEqualTo("got Ada");
  }

  @Test
  void anInterruptEndsAQuestion() throws InterruptedException {
    String cell = run("ask Name?");
    while (take().channel != Channel.STDIN) {
      // Until it asks.
    }
    session.interrupt();
    assertThat(reply(cell).content().text("status")).contains("error");
  }

  @Test
  void whereNobodyCanBeAskedTheAnswerIsNoneAndThePersonIsToldWhy() throws InterruptedException {
    assertThat(text(until(send("execute_request", "code", "ask Name?"))))
        .isEqualTo("This front end gives no input: standard input is at its end.\ngot nobody");
  }

  @Test
  void userExpressionsFailAlone() throws InterruptedException {
    Json.Obj values =
        reply(
                send(
                    "execute_request",
                    "code",
                    "",
                    "user_expressions",
                    Json.object("good", "= 42", "bad", "fail", "odd", 5)))
            .content()
            .object("user_expressions");
    assertThat(values.object("good").object("data").text("text/plain")).contains("42");
    assertThat(values.object("bad").text("ename")).contains("Failure");
    assertThat(values.object("odd").text("status")).contains("error");
  }

  @Test
  void cursorsCountCodePoints() throws InterruptedException {
    Json.Obj reply =
        reply(send("complete_request", "code", "\ud83d\ude00\ud83d\ude00ab", "cursor_pos", 4))
            .content();
    assertThat(reply.get("matches")).isEqualTo(Json.texts(List.of("match6")));
    assertThat(reply.integer("cursor_start")).contains(3);
    assertThat(reply.integer("cursor_end")).contains(4);
    assertThat(
            reply(send("complete_request", "code", "abc", "cursor_pos", 999))
                .content()
                .get("matches"))
        .isEqualTo(Json.texts(List.of("match3")));
  }

  @Test
  void otherRequestsAreAnswered() throws InterruptedException {
    assertThat(
            reply(send("inspect_request", "code", "known", "cursor_pos", 2))
                .content()
                .bool("found", false))
        .isTrue();
    assertThat(
            reply(send("inspect_request", "code", "x", "cursor_pos", 1))
                .content()
                .bool("found", true))
        .isFalse();
    assertThat(reply(send("is_complete_request", "code", "{")).content().text("indent"))
        .contains("  ");
    assertThat(reply(send("connect_request")).content().integer("hb_port")).contains(5);
    assertThat(reply(send("complete_request", "code", 5)).content().text("status"))
        .contains("error");
    assertThat(reply(send("history_request", "hist_access_type", "x")).content().text("status"))
        .contains("error");
    assertThat(types(until(send("no_such_request")))).containsExactly("busy", "idle");
  }

  @Test
  void debuggingIsRefusedInItsOwnProtocol() throws InterruptedException {
    String id =
        send(Channel.CONTROL, "debug_request", Json.object("seq", 3, "command", "attach"), "");
    Message reply = reply(id);
    assertThat(reply.type()).isEqualTo("debug_reply");
    assertThat(reply.content().bool("success", true)).isFalse();
    assertThat(reply.content().integer("request_seq")).contains(3);
  }

  @Test
  void historyKnowsWhatWasStored() throws InterruptedException {
    until(run("= 1"));
    until(send("execute_request", "code", "= 2", "store_history", false));
    until(run("out 3"));
    Json.Obj tail =
        reply(send("history_request", "hist_access_type", "tail", "n", 5, "output", true))
            .content();
    assertThat(tail.get("history").write())
        .isEqualTo("[[1,1,[\"= 1\",\"1\"]],[1,2,[\"out 3\",null]]]");
  }

  @Test
  void aCommForAnUnknownTargetIsClosed() throws InterruptedException {
    List<Sent> messages =
        until(send("comm_open", "comm_id", "c", "target_name", "nobody", "data", Json.Obj.EMPTY));
    assertThat(types(messages)).containsExactly("busy", "comm_close", "idle");
  }

  @Test
  void commsTalkBothWays() throws InterruptedException {
    String cell = run("echo echo");
    until(cell);
    until(send("comm_open", "comm_id", "c", "target_name", "echo"));
    List<Sent> messages = until(send("comm_msg", "comm_id", "c", "data", Json.object("a", 1)));
    assertThat(types(messages)).containsExactly("busy", "comm_msg", "idle");
    assertThat(text(of(cell))).as("printed by the cell that listens").isEqualTo("told");
    assertThat(
            reply(send("comm_info_request", "target_name", "echo"))
                .content()
                .object("comms")
                .has("c"))
        .isTrue();
    until(send("comm_close", "comm_id", "c"));
    assertThat(reply(send("comm_info_request")).content().object("comms").members()).isEmpty();
  }

  @Test
  void aCommThatIsRefusedIsClosed() throws InterruptedException {
    until(run("echo echo"));
    List<Sent> messages =
        until(
            send("comm_open", "comm_id", "c", "target_name", "echo", "data", Json.object("a", 1)));
    assertThat(types(messages)).containsExactly("busy", "comm_close", "idle");
    assertThat(reply(send("comm_info_request")).content().object("comms").members()).isEmpty();
  }

  @Test
  void aSubshellRunsItsCellsWhileAnotherCellRuns() throws InterruptedException {
    String created =
        reply(send(Channel.CONTROL, "create_subshell_request", Json.Obj.EMPTY, ""))
            .content()
            .text("subshell_id")
            .orElseThrow();
    String running = run("wait");
    interpreter.waiting.await();
    String cell = send(Channel.SHELL, "execute_request", Json.object("code", "= 7"), created);
    Json.Obj known = Json.object("code", "known", "cursor_pos", 1);
    String other =
        reply(send(Channel.CONTROL, "create_subshell_request", Json.Obj.EMPTY, ""))
            .content()
            .text("subshell_id")
            .orElseThrow();
    assertThat(
            reply(send(Channel.SHELL, "inspect_request", known, other))
                .content()
                .bool("found", false))
        .isTrue();
    assertThat(types(until(cell))).contains("execute_result");
    assertThat(types(of(running))).doesNotContain("execute_reply");
    session.interrupt();
    until(running);
    until(
        send(Channel.CONTROL, "delete_subshell_request", Json.object("subshell_id", created), ""));
    String late = send(Channel.SHELL, "execute_request", Json.object("code", "= 7"), created);
    assertThat(reply(late).content().text("status")).contains("error");
  }

  @Test
  void shutdownIsAnsweredAndThenDone() throws InterruptedException {
    String id = send(Channel.CONTROL, "shutdown_request", Json.object("restart", true), "");
    assertThat(reply(id).content().bool("restart", false)).isTrue();
    assertThat(types(until(id)))
        .containsExactly("busy", "shutdown_reply", "shutdown_reply", "idle");
    org.awaitility.Awaitility.await().until(() -> shutDowns.get() == 1);
  }
}
