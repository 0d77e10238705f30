package wirebook.kernel.run;

import java.time.Duration;
import java.util.List;

/** What became of one code cell. */
public record CellReport(
    NotebookCell.Code cell, End end, Duration took, List<NotebookOutput> outputs) {
  public CellReport {
    outputs = List.copyOf(outputs);
  }

  public boolean failed() {
    return switch (end) {
      case End.Failed f -> true;
      case End.TimedOut t -> true;
      case End.Passed p -> false;
      case End.Skipped s -> false;
      case End.NotRun n -> false;
    };
  }

  /** How it ended. */
  public sealed interface End {
    /**
     * To its end.
     *
     * @param raised or in an error that its tag allows
     */
    record Passed(boolean raised) implements End {}

    record Failed(NotebookOutput.Failed error) implements End {}

    record TimedOut(Duration after) implements End {}

    /** Left out, with the notebook's wish. */
    record Skipped(String reason) implements End {}

    /** Left out, because of a cell above. */
    record NotRun(String reason) implements End {}
  }
}
