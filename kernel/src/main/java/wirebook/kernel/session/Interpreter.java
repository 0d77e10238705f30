package wirebook.kernel.session;

import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import wirebook.spi.MimeBundle;

/**
 * What runs cells. All methods may be called by several threads at any time, also while cells run:
 * each thread that calls {@link #execute} or {@link #evaluate} has its cell run beside the others'.
 */
public interface Interpreter extends AutoCloseable {
  /**
   * Runs a cell to its end. What it prints and shows goes to {@code output} as it comes, also after
   * this returned, when a thread of the cell still runs.
   */
  Outcome execute(CellRequest request, CellOutput output);

  /** Returns when cells can run, or when that has failed: the next cell says why. */
  default void awaitReady() {}

  /** Evaluates one expression in the cells' scope, for {@code user_expressions}. */
  Outcome evaluate(String expression, CellOutput output);

  /** Stops the running cells, and returns at once. Does nothing when none runs. */
  void interrupt();

  /** Offsets are in UTF-16 units. */
  Completion complete(String code, int cursor);

  /** Documentation of what stands at the cursor; empty when nothing is known. */
  Optional<MimeBundle> inspect(String code, int cursor, int detailLevel);

  Completeness isComplete(String code);

  /** Gives cells a way to talk with objects in the front end; without one they talk to nobody. */
  default void connect(Comms comms) {}

  /** Lets cells look into earlier sessions; without one they know their own. */
  default void connect(History history) {}

  /** Ends the worker and everything it started. */
  @Override
  void close();

  /**
   * @param code the whole cell
   * @param executionCount the number in {@code In[n]}
   * @param silent no results are shown
   * @param storeHistory whether the result becomes {@code Out[n]}
   * @param interrupted whether a stop was asked for since the front end was told that the cell
   *     runs: {@link #interrupt} may have come when nothing ran here yet
   */
  record CellRequest(
      String code,
      int executionCount,
      boolean silent,
      boolean storeHistory,
      BooleanSupplier interrupted) {
    /** One that nobody asks to stop before it runs. */
    public CellRequest(String code, int executionCount, boolean silent, boolean storeHistory) {
      this(code, executionCount, silent, storeHistory, () -> false);
    }
  }

  /** How a cell ended. */
  public sealed interface Outcome {
    /** To its end; the last expression's value, when there is one to show. */
    record Done(Optional<MimeBundle> value) implements Outcome {}

    /** In an error; {@code traceback} is ready to show, a line an element, with ANSI colours. */
    record Failed(String name, String message, List<String> traceback) implements Outcome {}
  }

  /** Replacing {@code start} to {@code end} by one of the matches. */
  record Completion(List<Match> matches, int start, int end) {}

  /**
   * {@code type} is a word such as {@code method}, {@code signature} the way to call it, or empty.
   */
  record Match(String text, String type, String signature) {}

  /** Whether a cell can be run as it stands. */
  sealed interface Completeness {
    record Complete() implements Completeness {}

    record Incomplete(String indent) implements Completeness {}

    record Invalid() implements Completeness {}

    record Unknown() implements Completeness {}
  }
}
