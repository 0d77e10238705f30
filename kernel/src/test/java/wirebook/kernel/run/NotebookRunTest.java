package wirebook.kernel.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static wirebook.kernel.run.Notebooks.notebook;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import wirebook.kernel.session.CellOutput.Stream;
import wirebook.kernel.session.Interpreter.Outcome;
import wirebook.spi.MimeBundle;

class NotebookRunTest {
  private static final Outcome DONE = new Outcome.Done(Optional.empty());

  private static List<CellReport> run(NotebookFile notebook, ScriptedInterpreter interpreter)
      throws InterruptedException {
    try (NotebookRun run = new NotebookRun(notebook, interpreter, Duration.ofMinutes(1))) {
      for (int i = 0; i < notebook.codeCells().size(); i++) {
        run.next();
      }
      return run.reports();
    }
  }

  private static List<Class<?>> ends(List<CellReport> reports) {
    List<Class<?>> ends = new ArrayList<>();
    reports.forEach(report -> ends.add(report.end().getClass()));
    return ends;
  }

  @Test
  void theCellsAfterAFailedOneAreNotRun() throws Exception {
    List<CellReport> reports =
        run(
            notebook().code("one").code("fail two").code("three").parsed(),
            new ScriptedInterpreter());

    assertThat(ends(reports))
        .containsExactly(
            CellReport.End.Passed.class, CellReport.End.Failed.class, CellReport.End.NotRun.class);
    assertThat(reports.get(2).outputs()).isEmpty();
  }

  @Test
  void aCellWhoseOutputIsNotWhatTheTextSaysFails() throws Exception {
    assertThat(
            ends(
                run(
                    notebook().expecting("the port stays open", "^the port .* open$").parsed(),
                    new ScriptedInterpreter())))
        .containsExactly(CellReport.End.Passed.class);

    List<CellReport> reports =
        run(
            notebook().expecting("version 2", "^version 1$").code("after").parsed(),
            new ScriptedInterpreter());

    assertThat(ends(reports))
        .containsExactly(CellReport.End.Failed.class, CellReport.End.NotRun.class);
    assertThat(NotebookOutput.text(reports.getFirst().outputs()))
        .startsWith("version 2\n")
        .contains("(wirebook.expect)", "^version 1$");
  }

  @Test
  void anExpectationThatIsNoRegularExpressionIsNamed() {
    assertThatThrownBy(() -> notebook().expecting("one", "(").parsed())
        .isInstanceOf(NotebookException.class)
        .hasMessageContaining("cell 1 expects what is no regular expression: (");
  }

  @Test
  void aCellTaggedRaisesExceptionMayFailAndKeepsItsError() throws Exception {
    List<CellReport> reports =
        run(
            notebook().code("fail one", "raises-exception").code("two").parsed(),
            new ScriptedInterpreter());

    assertThat(ends(reports))
        .containsExactly(CellReport.End.Passed.class, CellReport.End.Passed.class);
    assertThat(reports.getFirst().outputs().getFirst()).isInstanceOf(NotebookOutput.Failed.class);
  }

  @Test
  void aCellTaggedSkipExecutionAndAnEmptyOneAreSkipped() throws Exception {
    List<CellReport> reports =
        run(
            notebook().code("fail", "skip-execution").code(" \n").code("three").parsed(),
            new ScriptedInterpreter());

    assertThat(ends(reports))
        .containsExactly(
            CellReport.End.Skipped.class,
            CellReport.End.Skipped.class,
            CellReport.End.Passed.class);
  }

  @Test
  void aCellThatRunsTooLongIsStoppedAndFails() throws Exception {
    NotebookFile notebook = notebook().code("hang").code("two").parsed();
    ScriptedInterpreter interpreter = new ScriptedInterpreter();
    try (NotebookRun run = new NotebookRun(notebook, interpreter, Duration.ofMillis(20))) {
      assertThat(run.next().end()).isInstanceOf(CellReport.End.TimedOut.class);
      assertThat(run.next().end()).isInstanceOf(CellReport.End.NotRun.class);
    }
    assertThat(interpreter.closed).isTrue();
  }

  @Test
  void theTimeOutIsNotForTheStartOfTheKernel() throws Exception {
    ScriptedInterpreter interpreter = new ScriptedInterpreter();
    try (NotebookRun run =
        new NotebookRun(notebook().code("ready?").parsed(), interpreter, Duration.ofMinutes(1))) {
      assertThat(run.next().outputs())
          .containsExactly(new NotebookOutput.Text(Stream.STDOUT, "true\n"));
    }
  }

  @Test
  void textOfOneStreamIsJoinedAndOrderIsKept() throws Exception {
    List<CellReport> reports =
        run(
            notebook().code("x").parsed(),
            new ScriptedInterpreter(
                Map.of(
                    "x",
                    output -> {
                      output.stream(Stream.STDOUT, "a");
                      output.stream(Stream.STDOUT, "b\n");
                      output.stream(Stream.STDERR, "c\n");
                      output.display(MimeBundle.text("d"), Optional.empty());
                      output.stream(Stream.STDOUT, "e\n");
                      return new Outcome.Done(Optional.of(MimeBundle.text("f")));
                    })));

    assertThat(reports.getFirst().outputs())
        .containsExactly(
            new NotebookOutput.Text(Stream.STDOUT, "ab\n"),
            new NotebookOutput.Text(Stream.STDERR, "c\n"),
            new NotebookOutput.Shown(MimeBundle.text("d"), Optional.empty()),
            new NotebookOutput.Text(Stream.STDOUT, "e\n"),
            new NotebookOutput.Result(MimeBundle.text("f"), 1));
  }

  @Test
  void anUpdatedDisplayChangesInTheCellThatShowedIt() throws Exception {
    List<CellReport> reports =
        run(
            notebook().code("show").code("update").parsed(),
            new ScriptedInterpreter(
                Map.of(
                    "show",
                    output -> {
                      output.display(MimeBundle.text("old"), Optional.of("id"));
                      return DONE;
                    },
                    "update",
                    output -> {
                      output.updateDisplay(MimeBundle.text("new"), "id");
                      return DONE;
                    })));

    assertThat(reports.getFirst().outputs())
        .containsExactly(new NotebookOutput.Shown(MimeBundle.text("new"), Optional.of("id")));
    assertThat(reports.getLast().outputs()).isEmpty();
  }

  @Test
  void aClearThatWaitsClearsAtTheNextOutput() throws Exception {
    List<CellReport> reports =
        run(
            notebook().code("wait").code("end").parsed(),
            new ScriptedInterpreter(
                Map.of(
                    "wait",
                    output -> {
                      output.stream(Stream.STDOUT, "old");
                      output.clear(true);
                      output.stream(Stream.STDOUT, "new");
                      return DONE;
                    },
                    "end",
                    output -> {
                      output.stream(Stream.STDOUT, "stays");
                      output.clear(true);
                      return DONE;
                    })));

    assertThat(reports.getFirst().outputs())
        .containsExactly(new NotebookOutput.Text(Stream.STDOUT, "new"));
    assertThat(reports.getLast().outputs())
        .containsExactly(new NotebookOutput.Text(Stream.STDOUT, "stays"));
  }

  @Test
  void whatAThreadPrintsLaterBelongsToItsOwnCell() throws Exception {
    List<wirebook.kernel.session.CellOutput> first = new ArrayList<>();
    List<CellReport> reports =
        run(
            notebook().code("start").code("later").parsed(),
            new ScriptedInterpreter(
                Map.of(
                    "start",
                    output -> {
                      first.add(output);
                      return DONE;
                    },
                    "later",
                    output -> {
                      first.getFirst().stream(Stream.STDOUT, "late");
                      return DONE;
                    })));

    assertThat(reports.getFirst().outputs())
        .containsExactly(new NotebookOutput.Text(Stream.STDOUT, "late"));
  }

  @Test
  void textAboveTheCapIsDroppedAndTheCellSaysSo() {
    CollectedOutput.OfCell cell = new CollectedOutput(10).newCell();
    for (int i = 0; i < 5; i++) {
      cell.stream(Stream.STDOUT, "1234");
    }
    assertThat(cell.outputs())
        .containsExactly(
            new NotebookOutput.Text(
                Stream.STDOUT, "1234123412\n[more than 10 characters: the rest is dropped]\n"));
  }
}
