package wirebook.engine.http.backend;

import java.time.Duration;

/** What goes wrong in an instance, in a drill. */
public sealed interface Fault {
  /** Nothing any more. */
  record None() implements Fault {}

  /**
   * Requests are answered with 500, its health paths are not.
   *
   * @param share of them, from 0 to 1
   */
  record Fail(double share) implements Fault {}

  /** Its health paths answer 503; other requests are answered as ever. */
  record Sick() implements Fault {}

  /** Everything takes so much longer. */
  record Slow(Duration by) implements Fault {}

  /**
   * Each request leaves something behind, until the instance has more than it may have.
   *
   * @param bytes that a request leaves
   */
  record Leak(long bytes) implements Fault {}

  /** It ends at once. */
  record Crash(int status) implements Fault {}
}
