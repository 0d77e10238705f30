package wirebook.kernel.run;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

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

  static String seconds(Duration took) {
    return String.format(Locale.ROOT, "%.2f s", took.toMillis() / 1000.0);
  }

  /** Of a cell that may fail, whether it did: the tag can be a student's. */
  String ok(boolean raised) {
    return seconds(took) + (raised ? " (raised, as tagged)" : "");
  }

  /** A time-out as it was given. */
  static String limit(Duration timeout) {
    return BigDecimal.valueOf(timeout.toMillis(), 3).stripTrailingZeros().toPlainString() + " s";
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
