package wirebook.kernel.worker.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import wirebook.kernel.Seeds;
import wirebook.kernel.session.CellOutput.Stream;
import wirebook.kernel.worker.wire.WorkerMessage.Ending;
import wirebook.kernel.worker.wire.WorkerMessage.Thrown;
import wirebook.spi.Diagnostic;
import wirebook.spi.MimeBundle;
import wirebook.spi.Span;
import wirebook.spi.Word;
import wirebook.trace.Bytes;

class CodecTest {
  private static final Thrown THROWN =
      new Thrown(
          "a.B",
          Optional.of("zażółć"),
          List.of(new StackTraceElement("c.D", "m", null, 3)),
          Optional.of(
              new Thrown("e.F", Optional.empty(), List.of(), Optional.empty(), List.of(), 0)),
          List.of(),
          3);

  private static final List<WorkerMessage> MESSAGES =
      List.of(
          new WorkerMessage.Load(
              1, List.of(new WorkerMessage.ClassFile("A", Bytes.utf8("x"), true))),
          new WorkerMessage.Redefine(2, List.of()),
          new WorkerMessage.Invoke(3, 1, "A", "do_it$"),
          new WorkerMessage.ShowResult(4, 1, 9, true),
          new WorkerMessage.Enter(7, 1),
          new WorkerMessage.ReadVariable(5, 1, "A", "x"),
          new WorkerMessage.RunMagic(
              6,
              1,
              "dig",
              List.of(new Word("+short", new Span(5, 11))),
              Optional.of(new Word("body", new Span(12, 16)))),
          new WorkerMessage.AddToClassPath("/a.jar"),
          new WorkerMessage.Answer(7, Optional.empty()),
          new WorkerMessage.Stop(1),
          new WorkerMessage.Remember(4, "1 + 1"),
          new WorkerMessage.CommReceived(
              6, 2, WorkerMessage.CommStep.MESSAGE, "id", "t", "{}", List.of(Bytes.utf8("b"))),
          new WorkerMessage.CommSent(
              1, WorkerMessage.CommStep.CLOSE, "id", "t", "{\"version\":\"2\"}", "{}", List.of()),
          new WorkerMessage.Called(7, Optional.of("no"), Optional.of(List.of("a"))),
          new WorkerMessage.Evaluate(8, 1, "1 + 1"),
          new WorkerMessage.CallMagic(7, 1, "jars", List.of("a", "b"), Optional.of("c")),
          new WorkerMessage.Quit(),
          new WorkerMessage.Await(5),
          new WorkerMessage.Finished(8, new Ending.Returned()),
          new WorkerMessage.Finished(8, new Ending.Rendered(Optional.of(MimeBundle.text("t")))),
          new WorkerMessage.Finished(
              8, new Ending.MagicDone(Optional.of("int"), 9, List.of("the clock"))),
          new WorkerMessage.Finished(
              8, new Ending.MagicWrong(new Diagnostic("X1", new Span(1, 2), "what", "fix"))),
          new WorkerMessage.Finished(8, new Ending.Threw(THROWN)),
          new WorkerMessage.Finished(8, new Ending.Unresolved(3, THROWN.frames())),
          new WorkerMessage.Finished(8, new Ending.Stopped()),
          new WorkerMessage.Finished(8, new Ending.Refused("no")),
          new WorkerMessage.Output(1, Stream.STDERR, Bytes.utf8("out")),
          new WorkerMessage.Shown(1, MimeBundle.text("t").with("text/html", "<b>"), "id"),
          new WorkerMessage.Updated(1, MimeBundle.text("t"), "id"),
          new WorkerMessage.Cleared(1, true),
          new WorkerMessage.Ask(9, 1, "name?", false),
          new WorkerMessage.ThreadFailed(1, "t", THROWN),
          new WorkerMessage.VariablesReset(1, List.of("a", "b")),
          new WorkerMessage.CellGone(1));

  @Test
  void everyMessageSurvivesTheWay() throws IOException {
    for (WorkerMessage message : MESSAGES) {
      assertThat(Codec.decode(Codec.encode(message))).isEqualTo(message);
    }
  }

  @Test
  void everyPrefixOfAMessageIsRefused() {
    for (WorkerMessage message : MESSAGES) {
      byte[] bytes = Codec.encode(message);
      for (int i = 0; i < bytes.length; i++) {
        byte[] prefix = Arrays.copyOf(bytes, i);
        assertThatThrownBy(() -> Codec.decode(prefix)).isInstanceOf(IOException.class);
      }
    }
  }

  @Test
  void brokenMessagesAreRefusedOrReadButNothingElse() {
    for (long seed : Seeds.of(20_000)) {
      RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
      byte[] bytes = Codec.encode(MESSAGES.get(random.nextInt(MESSAGES.size())));
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      try {
        Codec.decode(bytes);
      } catch (IOException e) {
        assertThat(e).as("seed " + seed).hasMessageNotContaining("null");
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
  }
}
