package wirebook.notebooks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import wirebook.kernel.java.JavaInterpreter;
import wirebook.kernel.session.CellOutput;
import wirebook.kernel.session.Interpreter.CellRequest;
import wirebook.kernel.session.Interpreter.Outcome;
import wirebook.spi.MimeBundle;

/** A session in which the cells of exercises run, with a student's answers in them. */
final class ExerciseSession implements AutoCloseable {
  private final JavaInterpreter interpreter =
      new JavaInterpreter(Path.of("").toAbsolutePath(), Map.of("WIREBOOK_INTERNET", "lab"));
  private int count;

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
  String run(String source) {
    Printed printed = new Printed();
    assertThat(interpreter.execute(new CellRequest(source, ++count, false, true), printed))
        .as(source)
        .isInstanceOf(Outcome.Done.class);
    return printed.text.toString();
  }

  @Override
  public void close() {
    interpreter.close();
  }
}
