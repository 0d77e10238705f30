package wirebook.kernel.java;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import wirebook.kernel.run.CellReport;
import wirebook.kernel.run.NotebookException;
import wirebook.kernel.run.NotebookFile;
import wirebook.kernel.run.NotebookRun;

/** IJava's own example notebooks, as they are; where they are from is said beside them. */
@Tag("slow")
class ExampleNotebooksTest {
  private static NotebookRun open(String name) throws URISyntaxException, NotebookException {
    Path file =
        Path.of(
            Objects.requireNonNull(ExampleNotebooksTest.class.getResource("/ijava-binder/" + name))
                .toURI());
    NotebookFile notebook = NotebookFile.read(file);
    return new NotebookRun(
        notebook, new JavaInterpreter(notebook.directory(), Map.of()), Duration.ofMinutes(1));
  }

  @Test
  void helloWorldRuns() throws Exception {
    try (NotebookRun run = open("HelloWorld.ipynb")) {
      CellReport report = run.next();
      assertThat(report.end()).isInstanceOf(CellReport.End.Passed.class);
      assertThat(report.outputs().toString())
          .contains("Hello stdout!\n")
          .contains("Hello stderr!\n");
    }
  }

  /** The cells after the first need Maven Central. */
  @Test
  void thePathsThatJarsAddsAreAList() throws Exception {
    try (NotebookRun run = open("3rdPartyDependency.ipynb")) {
      CellReport report = run.next();
      assertThat(report.cell().source()).startsWith("List<String> added = %jars");
      assertThat(report.end()).isInstanceOf(CellReport.End.Passed.class);
      assertThat(report.outputs().toString()).contains("[");
    }
  }
}
