package wirebook.engine.http.backend;

import java.net.URI;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/** One run of an application, from its start to its end. */
public interface Instance {
  /** Where it listens, or is going to. */
  URI url();

  /** Why nothing may answer there, in words; empty where that is not known. */
  default Optional<String> elsewhere() {
    return Optional.empty();
  }

  /** How it ended; empty while it runs. */
  Optional<Exit> exit();

  /** Waits for its end; true when it has come. */
  boolean awaitExit(Duration longest) throws InterruptedException;

  /** Asks it to end, as {@code SIGTERM} does, and kills it when it has not by then. */
  void stop(Duration grace) throws InterruptedException;

  /** Ends it at once, with what it is doing. */
  void kill();

  /**
   * What such a fault is to it, in words.
   *
   * @throws IllegalArgumentException when that cannot be brought about in such an instance, with
   *     the reason
   */
  default String words(Fault fault) {
    return switch (fault) {
      case Fault.None _ -> "over";
      case Fault.Fail(double share) -> percent(share) + " of its requests fail";
      case Fault.Sick _ -> "its health paths answer 503";
      case Fault.Slow(Duration by) -> "all it does takes " + by.toMillis() + " ms longer";
      case Fault.Leak(long bytes) -> "each request leaves " + bytes + " bytes behind";
      case Fault.Crash _ -> "it crashes";
    };
  }

  /** Has something go wrong in it that it has {@link #words} for. */
  void drill(Fault fault);

  /** A share of all in words. */
  static String percent(double share) {
    return String.format(Locale.ROOT, "%.0f %%", share * 100);
  }
}
