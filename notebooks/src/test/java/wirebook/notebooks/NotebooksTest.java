package wirebook.notebooks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import wirebook.kernel.java.JavaInterpreter;
import wirebook.kernel.run.CellReport;
import wirebook.kernel.run.NotebookCell;
import wirebook.kernel.run.NotebookException;
import wirebook.kernel.run.NotebookFile;
import wirebook.kernel.run.NotebookOutput;
import wirebook.kernel.run.NotebookRun;

/** Every notebook, a test a cell, in the headless runner. */
@Tag("slow")
class NotebooksTest {
  private static final Duration TIMEOUT = Duration.ofMinutes(2);
  private static final int TITLE = 60;

  /** Not where the sign itself is explained. */
  private static final Pattern ASKS = Pattern.compile("(?<!it says )\\*Predict");

  /** The cell that says whether an exercise's answer is right. */
  private static final Pattern CHECK =
      Pattern.compile("println\\((?:check\\w+|solve|\\s*switch|[^;]*\"Not yet)");

  private static final Pattern NO_ANSWER =
      Pattern.compile("(?m)^(Not yet|This exercise needs Python)");

  private static final Pattern HEADING = Pattern.compile("(?m)^## (\\d+\\.\\d+) ");

  /** Most of a notebook's time is waiting, as it is about networks. */
  private static final int AT_ONCE = 3;

  private final ExecutorService runners = Executors.newFixedThreadPool(AT_ONCE);

  @AfterEach
  void end() {
    runners.shutdownNow();
  }

  @Test
  void thereAreNotebooksAndEachHasCodeToRun() throws NotebookException {
    assertThat(Labs.all()).isNotEmpty();
    for (Path lab : Labs.all()) {
      assertThat(NotebookFile.read(lab).codeCells()).as(lab.toString()).isNotEmpty();
    }
  }

  /** A heading that is lost in an edit takes its section's words and tasks with it. */
  @Test
  void headingsCountUpWithoutAGap() throws NotebookException {
    for (Path lab : Labs.all()) {
      String chapter =
          String.valueOf(Integer.parseInt(lab.getFileName().toString().substring(0, 2)));
      List<String> numbers =
          texts(lab).flatMap(text -> HEADING.matcher(text).results()).map(h -> h.group(1)).toList();
      assertThat(numbers)
          .as(lab.toString())
          .isNotEmpty()
          .isEqualTo(
              IntStream.rangeClosed(1, numbers.size()).mapToObj(n -> chapter + "." + n).toList());
    }
  }

  @Test
  void whatIsToBePredictedIsRunAndThenExplained() throws NotebookException {
    for (Path lab : Labs.all()) {
      List<NotebookCell> cells = NotebookFile.read(lab).cells();
      for (int i = 0; i < cells.size(); i++) {
        if (cells.get(i) instanceof NotebookCell.Markdown(String text, var attachments)
            && ASKS.matcher(text).find()) {
          List<NotebookCell> after = cells.subList(i + 1, cells.size());
          assertThat(after.getFirst()).as(text).isInstanceOf(NotebookCell.Code.class);
          assertThat(after).as(text).hasAtLeastOneElementOfType(NotebookCell.Markdown.class);
        }
      }
    }
  }

  @Test
  void eachNotebookHasExercisesAndSaysWhatTheyAsk() throws NotebookException {
    for (Path lab : Labs.all()) {
      assertThat(texts(lab).filter(text -> text.contains(" Exercise")).toList())
          .as(lab.toString())
          .singleElement()
          .satisfies(
              text -> assertThat(text.substring(text.indexOf(" Exercise"))).hasSizeGreaterThan(80));
    }
  }

  /** Else {@code run} calls a notebook failed because somebody has solved it. */
  @Test
  void noExerciseWantsOneOfTheVerdictsOfItsCheck() throws NotebookException {
    for (Path lab : Labs.all()) {
      List<NotebookCell.Code> code = NotebookFile.read(lab).codeCells();
      assertThat(code.stream().filter(NotebooksTest::isCheck))
          .as(lab.toString())
          .isNotEmpty()
          .allSatisfy(cell -> assertThat(cell.expected()).as(cell.source()).isEmpty());
      assertThat(code.stream().flatMap(cell -> cell.expected().stream()).map(Pattern::pattern))
          .as(lab.toString())
          .noneMatch(expected -> expected.matches(".*(Not yet|Nearly|Right).*"));
    }
  }

  private static boolean isCheck(NotebookCell.Code cell) {
    return CHECK.matcher(cell.source()).find();
  }

  private static Stream<String> texts(Path lab) throws NotebookException {
    return NotebookFile.read(lab).cells().stream()
        .filter(NotebookCell.Markdown.class::isInstance)
        .map(NotebookCell::source);
  }

  @TestFactory
  Stream<DynamicContainer> everyCellRuns() throws NotebookException {
    List<DynamicContainer> labs = new ArrayList<>();
    for (Path lab : Labs.all()) {
      NotebookFile notebook = NotebookFile.read(lab);
      labs.add(dynamicContainer(notebook.name(), cells(notebook)));
    }
    return labs.stream();
  }

  private Stream<DynamicTest> cells(NotebookFile notebook) {
    Future<List<CellReport>> reports = runners.submit(() -> run(notebook));
    return IntStream.range(0, notebook.codeCells().size())
        .mapToObj(
            i -> {
              NotebookCell.Code cell = notebook.codeCells().get(i);
              return dynamicTest(
                  notebook.name() + " [" + cell.number() + "] " + cell.title(TITLE),
                  () -> check(cell, reports.get().get(i)));
            });
  }

  private static List<CellReport> run(NotebookFile notebook) throws InterruptedException {
    JavaInterpreter interpreter =
        new JavaInterpreter(notebook.directory(), Map.of("WIREBOOK_INTERNET", "lab"));
    try (NotebookRun run = new NotebookRun(notebook, interpreter, TIMEOUT)) {
      List<CellReport> reports = new ArrayList<>();
      while (reports.size() < notebook.codeCells().size()) {
        reports.add(run.next());
      }
      return reports;
    }
  }

  private static void check(NotebookCell.Code cell, CellReport report) {
    switch (report.end()) {
      case CellReport.End.Passed p -> {
        if (isCheck(cell)) {
          assertThat(NotebookOutput.text(report.outputs()))
              .as("%s, with nobody's answer", cell.source())
              .containsPattern(NO_ANSWER)
              .doesNotContain("Right");
        }
      }
      case CellReport.End.Failed f ->
          fail(cell.source() + "\n\n" + String.join("\n", f.error().traceback()));
      case CellReport.End.TimedOut t -> fail(cell.source() + "\n\nstill ran after " + t.after());
      case CellReport.End.Skipped s -> abort(s.reason());
      case CellReport.End.NotRun n -> abort(n.reason());
    }
  }
}
