package wirebook.kernel.run;

import java.util.List;
import java.util.Optional;
import wirebook.kernel.session.CellOutput;
import wirebook.spi.MimeBundle;

/** One output of a code cell, in the kinds of the notebook format. */
public sealed interface Output {
  record Text(CellOutput.Stream stream, String text) implements Output {}

  record Shown(MimeBundle bundle, Optional<String> displayId) implements Output {}

  record Result(MimeBundle bundle, int executionCount) implements Output {}

  record Failed(String name, String message, List<String> traceback) implements Output {
    public Failed {
      traceback = List.copyOf(traceback);
    }
  }
}
