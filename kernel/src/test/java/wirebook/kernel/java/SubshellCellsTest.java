package wirebook.kernel.java;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import wirebook.kernel.session.Interpreter.Outcome;
import wirebook.spi.MimeBundle;

/** Cells that run beside each other, as those of subshells do. */
@Tag("slow")
class SubshellCellsTest {
  private static Optional<String> text(Outcome outcome) {
    assertThat(outcome).isInstanceOf(Outcome.Done.class);
    return ((Outcome.Done) outcome).value().map(MimeBundle::text);
  }

  @Test
  void aCellRunsWhileAnotherOneWaitsAndBothSeeTheSameVariables() {
    try (TestCells cells = new TestCells()) {
      cells.out("var go = new CountDownLatch(1); int given = 20;");
      TestCells.Recorded waits = new TestCells.Recorded();
      CompletableFuture<Outcome> first =
          CompletableFuture.supplyAsync(
              () -> cells.run("System.out.println(\"waits\"); go.await(); given + 2", waits));
      Awaitility.await().until(() -> waits.out().equals("waits\n"));
      TestCells.Recorded beside = new TestCells.Recorded();
      Outcome second = cells.run("System.out.println(\"beside\"); given = 40; given + 0", beside);
      assertThat(text(second)).contains("40");
      assertThat(beside.out()).isEqualTo("beside\n");
      assertThat(first).isNotDone();
      cells.out("go.countDown();");
      assertThat(text(first.join())).contains("42");
      assertThat(waits.out()).isEqualTo("waits\n");
      assertThat(cells.value("_2 + _3")).contains("82");
    }
  }

  @Test
  void aStopEndsAllThatRun() {
    try (TestCells cells = new TestCells()) {
      cells.out("int kept = 7;");
      TestCells.Recorded one = new TestCells.Recorded();
      TestCells.Recorded two = new TestCells.Recorded();
      String loop = "System.out.println(\"on\"); while (true) { }";
      CompletableFuture<Outcome> first = CompletableFuture.supplyAsync(() -> cells.run(loop, one));
      CompletableFuture<Outcome> second = CompletableFuture.supplyAsync(() -> cells.run(loop, two));
      Awaitility.await().until(() -> one.out().equals("on\n") && two.out().equals("on\n"));
      cells.interpreter.interrupt();
      assertThat(first.join()).isInstanceOf(Outcome.Failed.class);
      assertThat(second.join()).isInstanceOf(Outcome.Failed.class);
      assertThat(cells.value("kept")).contains("7");
    }
  }

  @Test
  void theEndOfTheWorkerEndsAllThatRunAndOneTakesItsPlace() {
    try (TestCells cells = new TestCells()) {
      TestCells.Recorded waits = new TestCells.Recorded();
      CompletableFuture<Outcome> first =
          CompletableFuture.supplyAsync(
              () -> cells.run("System.out.println(\"on\"); Thread.sleep(100_000);", waits));
      Awaitility.await().until(() -> waits.out().equals("on\n"));
      assertThat(cells.failure("System.exit(3);").name()).isEqualTo("WorkerDied");
      assertThat(((Outcome.Failed) first.join()).name()).isEqualTo("WorkerDied");
      assertThat(cells.value("1 + 1")).contains("2");
    }
  }
}
