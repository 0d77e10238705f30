package wirebook.kernel.run;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import wirebook.kernel.session.Interpreter;
import wirebook.kernel.session.Interpreter.CellRequest;
import wirebook.kernel.session.Interpreter.Outcome;

/**
 * One run of a notebook, cell by cell, from the first code cell to the last. After a failed cell
 * the others are not run. Used by one thread.
 */
public final class NotebookRun implements AutoCloseable {
  /** How long a cell may take to stop when it is told to; more than the stop ladder needs. */
  private static final Duration GRACE = Duration.ofSeconds(5);

  private final NotebookFile notebook;
  private final Interpreter interpreter;
  private final Duration timeout;
  private final CollectedOutput output = new CollectedOutput();
  private final List<CellReport> reports = new ArrayList<>();
  private final List<CollectedOutput.OfCell> outputs = new ArrayList<>();
  private final ExecutorService executor =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("cells").factory());
  private String stopped = "";
  private int executionCount;

  /**
   * @param interpreter closed with this run
   * @param timeout for each cell; zero for none
   */
  public NotebookRun(NotebookFile notebook, Interpreter interpreter, Duration timeout) {
    this.notebook = notebook;
    this.interpreter = interpreter;
    this.timeout = timeout;
  }

  /**
   * Runs the next code cell.
   *
   * @throws IllegalStateException when there is none
   */
  public CellReport next() throws InterruptedException {
    List<NotebookCell.Code> cells = notebook.codeCells();
    if (reports.size() == cells.size()) {
      throw new IllegalStateException("no cell after the last of " + notebook.name());
    }
    NotebookCell.Code cell = cells.get(reports.size());
    CollectedOutput.OfCell collected = output.newCell();
    CellReport report = run(cell, collected);
    reports.add(report);
    outputs.add(collected);
    if (report.failed()) {
      stopped = "cell " + cell.number() + " failed";
    }
    return report;
  }

  private CellReport run(NotebookCell.Code cell, CollectedOutput.OfCell collected)
      throws InterruptedException {
    if (cell.isSkipped()) {
      return left(cell, new CellReport.End.Skipped("tagged skip-execution"));
    }
    if (cell.source().isBlank()) {
      return left(cell, new CellReport.End.Skipped("empty"));
    }
    if (!stopped.isEmpty()) {
      return left(cell, new CellReport.End.NotRun(stopped));
    }
    if (executionCount++ == 0) {
      // As nbclient's, the time-out is not for the start of the kernel.
      interpreter.awaitReady();
    }
    long start = System.nanoTime();
    CellReport.End end = end(cell, collected);
    return new CellReport(
        cell, end, Duration.ofNanos(System.nanoTime() - start), collected.outputs());
  }

  private static CellReport left(NotebookCell.Code cell, CellReport.End end) {
    return new CellReport(cell, end, Duration.ZERO, List.of());
  }

  private CellReport.End end(NotebookCell.Code cell, CollectedOutput.OfCell collected)
      throws InterruptedException {
    CellRequest request = new CellRequest(cell.source(), executionCount, false, true);
    Future<Outcome> running = executor.submit(() -> interpreter.execute(request, collected));
    try {
      return switch (timeout.isZero()
          ? running.get()
          : running.get(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
        case Outcome.Done done -> {
          done.value()
              .ifPresent(value -> collected.add(new NotebookOutput.Result(value, executionCount)));
          yield asTheTextSays(cell, collected, false);
        }
        case Outcome.Failed(String name, String message, List<String> traceback) -> {
          NotebookOutput.Failed error = new NotebookOutput.Failed(name, message, traceback);
          collected.add(error);
          yield cell.mayFail()
              ? asTheTextSays(cell, collected, true)
              : new CellReport.End.Failed(error);
        }
      };
    } catch (TimeoutException e) {
      stop(running);
      collected.add(
          new NotebookOutput.Failed(
              "CellTimeout",
              "stopped after " + CellReport.limit(timeout),
              List.of(
                  "The cell was stopped after " + CellReport.limit(timeout) + " (--timeout).")));
      return new CellReport.End.TimedOut(timeout);
    } catch (ExecutionException e) {
      throw new IllegalStateException(
          "the interpreter failed on cell " + cell.number() + " of " + notebook.file(),
          e.getCause());
    }
  }

  /** A lesson's sentence about a cell is true when the cell's output, as plain text, has it. */
  private static CellReport.End asTheTextSays(
      NotebookCell.Code cell, CollectedOutput.OfCell collected, boolean raised) {
    String printed = NotebookOutput.text(collected.outputs());
    List<String> missing =
        cell.expected().stream()
            .filter(expected -> !expected.matcher(printed).find())
            .map(
                expected ->
                    "The output has this nowhere, and the cell's metadata (wirebook.expect) wants it: "
                        + expected)
            .toList();
    if (missing.isEmpty()) {
      return new CellReport.End.Passed(raised);
    }
    NotebookOutput.Failed error =
        new NotebookOutput.Failed("NotAsTheTextSays", missing.getFirst(), missing);
    collected.add(error);
    return new CellReport.End.Failed(error);
  }

  private void stop(Future<Outcome> running) throws InterruptedException {
    interpreter.interrupt();
    try {
      running.get(GRACE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      // It does not stop, or ended in a way that no longer matters; closing ends its process.
    }
  }

  /** The reports so far, with what threads of earlier cells have put out since. */
  public List<CellReport> reports() {
    List<CellReport> all = new ArrayList<>();
    for (int i = 0; i < reports.size(); i++) {
      CellReport report = reports.get(i);
      all.add(new CellReport(report.cell(), report.end(), report.took(), outputs.get(i).outputs()));
    }
    return all;
  }

  @Override
  public void close() {
    interpreter.close();
    executor.shutdownNow();
  }
}
