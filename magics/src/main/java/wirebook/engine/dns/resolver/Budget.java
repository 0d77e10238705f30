package wirebook.engine.dns.resolver;

import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.SequencedSet;
import java.util.Set;
import org.xbill.DNS.ExtendedErrorCodeOption;

/** What one question of a client may cost and has cost, all inner walks together. */
final class Budget {
  /** Queries for one question, all inner walks counted. */
  private static final int MOST_QUERIES = 100;

  /**
   * Work for one question. BIND's resolver-query-timeout is 10 s; a little less, so that a client
   * who asks twice with 5 s of patience hears of the failure and not of silence.
   */
  private static final Duration LONGEST = Duration.ofMillis(9_500);

  /** So long a client waits before it gets what has run out (RFC 8767, 5). */
  private static final Duration STALE_AFTER = Duration.ofMillis(1_800);

  /** So many silent servers make one think of a blocked port. */
  private static final int BLOCKED = 3;

  /** A limit on the work for one question was reached. */
  static final class LimitException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    final String limit;
    final transient ExtendedError error;

    LimitException(String message, ExtendedError error) {
      super(message, null, false, false);
      limit = message;
      this.error = error;
    }
  }

  private final Means means;
  private final long begun;

  /** What is being looked into, so that nothing waits for itself. */
  final Set<Question> underWay = new HashSet<>();

  final SequencedSet<ExtendedError> errors = new LinkedHashSet<>();
  int queries;
  int mute;
  boolean blocked;
  private Duration longest = LONGEST;
  Duration waited = Duration.ZERO;

  Budget(Means means, long begun) {
    this.means = means;
    this.begun = begun;
  }

  /** From here on there is an answer that has run out, which is better than to wait. */
  void hurry() {
    longest = STALE_AFTER;
  }

  void check() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    if (queries >= MOST_QUERIES) {
      throw limit("more than " + MOST_QUERIES + " queries for one question");
    }
    if (means.has(Feature.NOTICE_BLOCKED) && !means.heard().get() && mute >= BLOCKED) {
      blocked = true;
      throw limit(
          "none of "
              + BLOCKED
              + " servers answered, and none ever did: this network seems to let no DNS through"
              + " to port 53 of other hosts. Ask the configured resolver (%dig NAME), or one over"
              + " HTTPS (%dig +https @1.1.1.1 NAME)");
    }
    if (!left().isPositive()) {
      String words = String.format(Locale.ROOT, "no answer within %.1f s", seconds(longest));
      throw new LimitException(
          words, new ExtendedError(ExtendedErrorCodeOption.NO_REACHABLE_AUTHORITY, words));
    }
  }

  private static LimitException limit(String words) {
    return new LimitException(words, new ExtendedError(ExtendedErrorCodeOption.OTHER, words));
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }

  /** Until the client's question has to be given up. */
  Duration left() {
    return longest.minusNanos(means.clock().nanoTime() - begun);
  }
}
