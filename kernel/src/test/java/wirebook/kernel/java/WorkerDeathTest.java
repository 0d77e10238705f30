package wirebook.kernel.java;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import wirebook.kernel.session.Interpreter.Outcome.Failed;

class WorkerDeathTest {
  @Test
  void afterSystemExitAFreshWorkerIsReadyAndTheCellSaysWhatWasLost() {
    try (TestCells cells = new TestCells()) {
      cells.out(
          "import java.util.concurrent.atomic.AtomicInteger;\nint twice(int x) { return 2 * x; }");
      cells.out("int gone = 7;");
      Failed failed = cells.failure("System.exit(3);");
      assertThat(failed.message()).contains("exit code 3");
      assertThat(failed.traceback()).anyMatch(line -> line.contains("variables gone"));
      assertThat(cells.value("twice(new AtomicInteger(21).get())")).contains("42");
      assertThat(cells.failure("gone").message()).contains("cannot find symbol");
    }
  }
}
