package wirebook.engine.http.backend;

import java.util.List;
import java.util.OptionalInt;

/**
 * How an instance ended.
 *
 * @param status as the shell has it: 128 and the signal for one that was killed; empty for one that
 *     never ran
 * @param why in words
 * @param lastLines what it printed last
 */
public record Exit(OptionalInt status, String why, List<String> lastLines) {
  /** What the shell makes of {@code SIGKILL}. */
  public static final int KILLED = 137;

  public Exit {
    lastLines = List.copyOf(lastLines);
  }

  static Exit never(String why) {
    return new Exit(OptionalInt.empty(), why, List.of());
  }

  @Override
  public String toString() {
    return (status.isPresent() ? "exit status " + status.getAsInt() : "did not start")
        + (why.isEmpty() ? "" : ": " + why);
  }
}
