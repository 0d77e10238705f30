package wirebook.kernel.java;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import wirebook.codec.Json;
import wirebook.kernel.protocol.ConnectionInfo;
import wirebook.kernel.protocol.Message;
import wirebook.kernel.session.History;
import wirebook.kernel.session.KernelSession;
import wirebook.kernel.session.Transport;
import wirebook.trace.Bytes;

/** Conversations of cells with the front end, through a real session and a real worker. */
@Tag("slow")
class CommTest {
  private static final BlockingQueue<Message> PUBLISHED = new LinkedBlockingQueue<>();
  private static TestCells cells;
  private static KernelSession session;
  private static int count;

  @BeforeAll
  static void start() {
    cells = new TestCells();
    session =
        new KernelSession(
            new ConnectionInfo("tcp", "127.0.0.1", 0, 0, 0, 0, 0, "hmac-sha256", "key"),
            new Transport() {
              @Override
              public void send(Channel channel, Message message) {
                if (message.type().startsWith("comm_")) {
                  PUBLISHED.add(message);
                }
              }

              @Override
              public void awaitRoom() {}
            },
            CompletableFuture.completedFuture(cells.interpreter),
            History.inMemory(),
            new KernelSession.Host() {
              @Override
              public void shutDown(boolean restart) {}

              @Override
              public void log(String line, Optional<Throwable> cause) {
                throw new AssertionError(line, cause.orElse(null));
              }
            });
  }

  @AfterAll
  static void stop() {
    cells.close();
  }

  private static Message published() throws InterruptedException {
    Message message = PUBLISHED.poll(60, TimeUnit.SECONDS);
    assertThat(message).as("a message about a comm").isNotNull();
    return message;
  }

  private static void send(String type, Json.Obj content, List<Bytes> buffers) {
    session.receive(
        Transport.Channel.SHELL,
        new Message(
            List.of(),
            new Message.Header(
                Json.object("msg_id", "m" + ++count, "session", "s", "msg_type", type)),
            Json.Obj.EMPTY,
            Json.Obj.EMPTY,
            content,
            buffers));
  }

  private static void run(String code) {
    send("execute_request", Json.object("code", code), List.of());
  }

  @Test
  void aWidgetSaysWhichProtocolItSpeaksAndACellCanSayAnother() {
    TestCells.Recorded output = new TestCells.Recorded();
    cells.run(
        """
        openComm("jupyter.widget", Map.of("state", Map.of())).close();
        openComm("jupyter.widget", Map.of("state", Map.of()), Map.of("version", "2.0.0"), new byte[1]).close();
        openComm("other", Map.of()).close();
        """,
        output);
    assertThat(
            output.comms.stream()
                .filter(sent -> sent.text("target_name").isPresent())
                .map(opened -> opened.object("metadata").write()))
        .containsExactly("{\"version\":\"2.1.0\"}", "{\"version\":\"2.0.0\"}", "{}");
  }

  @Test
  void aCellBeginsAConversationAndIsAnswered() throws Exception {
    TestCells.Recorded output = new TestCells.Recorded();
    cells.run(
        """
        var mine = openComm("some.widget", Map.of("x", 1));
        mine.onMessage((data, buffers) -> {
          System.out.println(data.get("n") + " " + buffers.getFirst().length);
          mine.send(Map.of("twice", 2 * (long) data.get("n")), new byte[] {7, 8});
        });
        """,
        output);
    Json.Obj opened = output.comms.getFirst();
    assertThat(opened.write())
        .contains("\"target_name\":\"some.widget\"")
        .contains("\"data\":{\"x\":1}");
    String id = opened.text("comm_id").orElseThrow();
    send(
        "comm_msg",
        Json.object("comm_id", id, "data", Json.object("n", 21)),
        List.of(Bytes.utf8("abc")));
    Message answer = published();
    assertThat(answer.type()).isEqualTo("comm_msg");
    assertThat(answer.content().object("data")).isEqualTo(Json.object("twice", 42));
    assertThat(answer.buffers()).containsExactly(Bytes.of(new byte[] {7, 8}));
    assertThat(answer.parent().text("msg_id")).contains("m" + count);
    await().until(() -> output.out().equals("21 3\n"));
    run("mine.close(); mine.close();");
    assertThat(published().type()).isEqualTo("comm_close");
    assertThat(cells.failure("mine.send(Map.of())").message()).contains("closed");
  }

  @Test
  void theFrontEndBeginsOneAndEndsIt() throws Exception {
    TestCells.Recorded output = new TestCells.Recorded();
    cells.run(
        """
        onComm("cells.echo", (comm, data) -> {
          comm.onMessage((more, buffers) -> { throw new IllegalStateException("oh " + more); });
          comm.onClose(() -> System.out.println("over"));
          comm.send(data);
        });
        """,
        output);
    send(
        "comm_open",
        Json.object("comm_id", "c1", "target_name", "cells.echo", "data", Json.object("a", "b")),
        List.of());
    assertThat(published().content().object("data")).isEqualTo(Json.object("a", "b"));
    send("comm_msg", Json.object("comm_id", "c1", "data", Json.Obj.EMPTY), List.of());
    await().until(() -> output.err().contains("IllegalStateException: oh {}"));
    send("comm_close", Json.object("comm_id", "c1", "data", Json.Obj.EMPTY), List.of());
    await().until(() -> output.out().equals("over\n"));
  }

  @Test
  void whatACellSaysHasThatCellAsItsParent() throws Exception {
    run(
        """
        var told = openComm("told", Map.of());
        told.send(Map.of());
        told.close();
        System.out.print(told);
        """);
    for (String type : List.of("comm_open", "comm_msg", "comm_close")) {
      Message message = published();
      assertThat(message.type()).isEqualTo(type);
      assertThat(message.parent().text("msg_id")).contains("m" + count);
    }
    assertThat(cells.out("System.out.print(told);")).isEqualTo("comm told, closed");
  }

  @Test
  void aCommWhoseTargetFailsIsClosed() throws Exception {
    TestCells.Recorded output = new TestCells.Recorded();
    cells.run("onComm(\"fails\", (comm, data) -> { throw new Exception(\"no\"); });", output);
    send("comm_open", Json.object("comm_id", "f", "target_name", "fails"), List.of());
    assertThat(published().type()).isEqualTo("comm_close");
    assertThat(output.err()).contains("Exception: no").contains("In[");
  }

  @Test
  void aListenerThatDoesNotEndIsStoppedAsACellIs() throws Exception {
    TestCells.Recorded output = new TestCells.Recorded();
    cells.run(
        """
        int kept = 7;
        onComm("loops", (comm, data) -> { System.out.println("runs"); while (true) { } });
        """,
        output);
    send("comm_open", Json.object("comm_id", "l", "target_name", "loops"), List.of());
    await().until(() -> output.out().equals("runs\n"));
    session.interrupt();
    assertThat(published().type()).isEqualTo("comm_close");
    assertThat(output.err()).contains("Interrupted");
    assertThat(cells.value("kept")).contains("7");
  }

  @ParameterizedTest
  @ValueSource(strings = {"System.exit(3);", "%reset"})
  void withTheWorkerItsCommsEndAndItsTargetsAreForgotten(String end) throws Exception {
    run("var lost = openComm(\"lost\", Map.of()); onComm(\"gone\", (comm, data) -> { });");
    assertThat(published().type()).isEqualTo("comm_open");
    run(end);
    assertThat(published().type()).isEqualTo("comm_close");
    send("comm_open", Json.object("comm_id", "g", "target_name", "gone"), List.of());
    Message closed = published();
    assertThat(closed.type()).isEqualTo("comm_close");
    assertThat(closed.content().text("comm_id")).contains("g");
  }
}
