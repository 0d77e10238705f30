package wirebook.notebooks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import wirebook.kernel.java.JavaInterpreter;
import wirebook.kernel.run.NotebookCell;
import wirebook.kernel.run.NotebookException;
import wirebook.kernel.run.NotebookFile;
import wirebook.kernel.session.CellOutput;
import wirebook.kernel.session.Interpreter.CellRequest;
import wirebook.kernel.session.Interpreter.Outcome;
import wirebook.spi.MimeBundle;

/**
 * What the checks of a notebook's exercises say: a session in which its cells run, with a student's
 * answers in them.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class Exercises {
  /** The file. */
  final Path notebook;

  private final JavaInterpreter interpreter =
      new JavaInterpreter(Path.of("").toAbsolutePath(), Map.of("WIREBOOK_INTERNET", "lab"));
  private int count;

  /**
   * @param notebook its file's name
   */
  Exercises(String notebook) {
    this.notebook = Path.of("").toAbsolutePath().resolve(notebook);
  }

  /** What a cell prints. */
  private static final class Printed implements CellOutput {
    private final StringBuilder text = new StringBuilder();

    @Override
    public synchronized void stream(Stream stream, String more) {
      text.append(more);
    }

    @Override
    public void display(MimeBundle bundle, Optional<String> displayId) {}

    @Override
    public void updateDisplay(MimeBundle bundle, String displayId) {}

    @Override
    public void clear(boolean wait) {}

    @Override
    public Optional<String> ask(String prompt, boolean password) {
      return Optional.empty();
    }
  }

  /** Runs a cell to its end, and gives what it prints. */
  final String run(String source) {
    Printed printed = new Printed();
    assertThat(interpreter.execute(new CellRequest(source, ++count, false, true), printed))
        .as(source)
        .isInstanceOf(Outcome.Done.class);
    return printed.text.toString();
  }

  /** What the value of an expression is printed as. */
  final String told(String expression) {
    return run("System.out.println(" + expression + ");");
  }

  /** The sources of the notebook's cells. */
  final List<String> cells() throws NotebookException {
    return NotebookFile.read(notebook).codeCells().stream().map(NotebookCell.Code::source).toList();
  }

  /** The only cell that begins so. */
  final String cell(String start) throws NotebookException {
    return sole(start, source -> source.startsWith(start));
  }

  /** The only cell that declares this method of an exercise. */
  final String check(String method) throws NotebookException {
    return sole(method, source -> source.contains("String " + method + "("));
  }

  private String sole(String what, Predicate<String> wanted) throws NotebookException {
    List<String> found = cells().stream().filter(wanted).toList();
    assertThat(found).as(what).hasSize(1);
    return found.getFirst();
  }

  @AfterAll
  void close() {
    interpreter.close();
  }
}
