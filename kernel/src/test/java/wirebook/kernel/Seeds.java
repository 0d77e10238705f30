package wirebook.kernel;

import java.util.Random;
import java.util.stream.LongStream;

/**
 * What the fuzzers' random numbers begin with: in every build the same, so that it passes or fails
 * for what has changed. With {@code -Dwirebook.fuzz=COUNT} so many that were never tried; one that
 * fails is in the message, and {@code -Dwirebook.fuzz.from=SEED} begins with it.
 */
public final class Seeds {
  private Seeds() {}

  /**
   * @param usual how many in a build
   */
  public static Iterable<Long> of(int usual) {
    Long count = Long.getLong("wirebook.fuzz");
    long from = count == null ? 0 : Long.getLong("wirebook.fuzz.from", new Random().nextInt());
    return () -> LongStream.range(from, from + (count == null ? usual : count)).iterator();
  }
}
