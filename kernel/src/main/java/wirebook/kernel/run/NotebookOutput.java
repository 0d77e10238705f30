package wirebook.kernel.run;

import java.util.List;
import java.util.Optional;
import wirebook.kernel.session.CellOutput;
import wirebook.spi.MimeBundle;

/** One output of a code cell, in the kinds of the notebook format. */
public sealed interface NotebookOutput {
  /** What a person reads of these in a terminal: one below the other, each with a line end. */
  static String text(List<NotebookOutput> outputs) {
    StringBuilder text = new StringBuilder();
    for (NotebookOutput output : outputs) {
      switch (output) {
        case Text(CellOutput.Stream stream, String part) -> text.append(part);
        case Shown(MimeBundle bundle, var id) -> text.append(bundle.text()).append('\n');
        case Result(MimeBundle bundle, int count) -> text.append(bundle.text()).append('\n');
        case Failed failed -> text.append(String.join("\n", failed.traceback())).append('\n');
      }
    }
    return Ansi.plain(text.toString());
  }

  record Text(CellOutput.Stream stream, String text) implements NotebookOutput {}

  record Shown(MimeBundle bundle, Optional<String> displayId) implements NotebookOutput {}

  record Result(MimeBundle bundle, int executionCount) implements NotebookOutput {}

  record Failed(String name, String message, List<String> traceback) implements NotebookOutput {
    public Failed {
      traceback = List.copyOf(traceback);
    }
  }
}
