package wirebook.kernel.java;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import wirebook.kernel.session.Interpreter.Outcome;

/**
 * Any text is a cell: half-typed Java, other languages, logs and pages, cut and mixed. Each ends
 * soon, says what is wrong, and leaves a session in which the next cell runs. A build tries a few;
 * {@code -Dwirebook.texts=20000 -Dwirebook.texts.seconds=2 -Dwirebook.texts.seed=1} tries many, and
 * quickly has to be quick.
 */
@Tag("slow")
class AnyTextTest {
  private static final int COUNT = Integer.getInteger("wirebook.texts", 80);
  private static final long SEED = Long.getLong("wirebook.texts.seed", 0);

  private static final int FROM = Integer.getInteger("wirebook.texts.from", 0);

  /** Of processor time: a busy machine needs longer than a person at a quiet one waits. */
  private static final Duration SOON =
      Duration.ofSeconds(Long.getLong("wirebook.texts.seconds", 30));

  private static final int PATIENCE = 10;

  private static final int SESSION = 400;

  private static final List<String> TEXTS = texts();

  private static final List<String> TOKENS =
      List.of(
          ("(¦)¦{¦}¦[¦]¦<¦>¦;¦,¦.¦:¦::¦->¦=¦==¦+¦++¦-¦*¦/¦%¦&&¦|¦?¦!¦@¦#¦$¦\\¦\"¦'¦\"\"\"¦/*¦*/¦//¦\n"
                  + "¦\n\n¦\t¦ ¦\r\n¦int ¦var ¦if (¦if (true)\n¦else ¦for (¦for (;;)\n¦while (x)¦do ¦switch (x) {"
                  + "¦case ¦default ¦try {¦catch (¦finally ¦return ¦yield ¦throw ¦new ¦class ¦record ¦enum "
                  + "¦interface ¦import ¦package ¦public ¦private ¦static ¦final ¦abstract ¦void ¦String ¦this."
                  + "¦super(¦null¦true¦0¦1e¦0x¦'a¦\\u¦\\u0041¦@Override ¦instanceof ¦extends ¦implements ¦throws "
                  + "¦sealed ¦permits ¦non-sealed ¦synchronized ¦assert ¦goto ¦_¦…¦“¦é¦\0¦\uD83D¦\u202e¦\u00a0"
                  + "¦%%¦\n%¦\n%%time\n¦??¦!ls ¦<T>¦<?>¦List<String>¦x -> ¦(a, b) -> {¦System.¦.class¦...")
              .split("¦"));

  @Test
  void anyTextEndsSoonAndTheNextCellRuns() {
    Random random = new Random(SEED);
    int done = 0;
    while (done < COUNT) {
      try (TestCells cells = new TestCells()) {
        for (int i = 0; i < SESSION && done < COUNT; i++, done++) {
          String text = text(random);
          if (done >= FROM) {
            check(cells, text, "text " + done + " of seed " + SEED);
          }
        }
      }
    }
  }

  private static void check(TestCells cells, String text, String which) {
    String what = which + ":\n" + text + "\n";
    Outcome outcome =
        soon(cells, "the cell", what, () -> cells.run(text, new TestCells.Recorded()));
    if (outcome instanceof Outcome.Failed failed) {
      // Some of it fails while it runs, with whatever message it has for that.
      assertThat(failed.name() + failed.message()).as(what).isNotBlank();
      assertThat(failed.traceback()).as(what).isNotEmpty();
      assertThat(String.join("\n", failed.traceback()))
          .as(what)
          .doesNotContain("The kernel failed");
    }
    int cursor = text.length() / 2;
    soon(cells, "completion", what, () -> cells.interpreter.complete(text, cursor));
    soon(cells, "inspection", what, () -> cells.interpreter.inspect(text, cursor, 0));
    soon(cells, "is_complete", what, () -> cells.interpreter.isComplete(text));
    Outcome next =
        soon(cells, "the next cell", what, () -> cells.run("20 + 22", new TestCells.Recorded()));
    assertThat(next)
        .as("the next cell after " + what)
        .isInstanceOfSatisfying(
            Outcome.Done.class,
            ended -> assertThat(ended.value().orElseThrow().text()).as(what).isEqualTo("42"));
  }

  /** Some of it is Java that runs on: that is stopped, and no fault. */
  private static <T> T soon(TestCells cells, String work, String what, Supplier<T> answer) {
    CompletableFuture<T> answered = new CompletableFuture<>();
    Thread thread =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    answered.complete(answer.get());
                  } catch (Throwable e) {
                    answered.completeExceptionally(e);
                  }
                });
    try {
      for (int i = 0; i < PATIENCE; i++) {
        try {
          return answered.get(SOON.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
          List<StackTraceElement> stack = List.of(thread.getStackTrace());
          if (stack.stream().anyMatch(frame -> frame.getMethodName().equals("waiting"))) {
            cells.interpreter.interrupt();
          } else if (used(thread).compareTo(SOON) >= 0) {
            return fail(work + " does not end: " + what + stack);
          }
        }
      }
      return fail(work + " is never done: " + what);
    } catch (InterruptedException | ExecutionException e) {
      return fail(work + " of " + what, e);
    }
  }

  private static Duration used(Thread thread) {
    return Duration.ofNanos(
        ManagementFactory.getThreadMXBean().getThreadCpuTime(thread.threadId()));
  }

  private static String text(Random random) {
    StringBuilder text = new StringBuilder(TEXTS.get(random.nextInt(TEXTS.size())));
    if (random.nextInt(4) == 0) {
      text.append('\n').append(TEXTS.get(random.nextInt(TEXTS.size())));
    }
    int changes = random.nextInt(6);
    for (int i = 0; i < changes; i++) {
      change(text, random);
    }
    return text.toString();
  }

  private static void change(StringBuilder text, Random random) {
    int at = random.nextInt(text.length() + 1);
    int end = Math.min(text.length(), at + 1 + random.nextInt(12));
    switch (random.nextInt(8)) {
      case 0 -> text.delete(at, end);
      case 1 -> text.insert(at, TOKENS.get(random.nextInt(TOKENS.size())));
      case 2 -> text.replace(at, end, TOKENS.get(random.nextInt(TOKENS.size())));
      case 3 -> text.setLength(at);
      case 4 -> text.insert(at, text.substring(at, end));
      case 5 -> {
        String piece = TEXTS.get(random.nextInt(TEXTS.size()));
        int from = random.nextInt(piece.length());
        text.insert(at, piece, from, Math.min(piece.length(), from + 40));
      }
      case 6 -> {
        List<String> lines = new ArrayList<>(text.toString().lines().toList());
        Collections.shuffle(lines, random);
        text.setLength(0);
        text.append(String.join("\n", lines));
      }
      default -> {
        if (at < text.length()) {
          text.setCharAt(at, (char) (33 + random.nextInt(94)));
        }
      }
    }
  }

  private static List<String> texts() {
    try (InputStream in = AnyTextTest.class.getResourceAsStream("texts.txt")) {
      return Stream.of(new String(in.readAllBytes(), StandardCharsets.UTF_8).split("(?m)^#----\n"))
          .map(text -> text.substring(0, text.length() - 1))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
