package wirebook.engine.http.server;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What of a server's conduct a lesson can turn.
 *
 * @param keepAlive how long an idle connection stays open; zero closes it after each response
 * @param patience how long a client may take to send a header section, or to send or take the next
 *     piece of content; then the connection is closed
 * @param latency added before each response
 * @param errorRate the share of requests, from 0 to 1, that end in 503
 * @param maxBody the longest content of a request that is taken, in bytes; more is 413
 * @param maxConnections connections at a time; one more gets 503 and is closed
 * @param rate requests a second; more are 429
 */
public record Knobs(
    Duration keepAlive,
    Duration patience,
    Optional<Latency> latency,
    double errorRate,
    OptionalLong maxBody,
    OptionalInt maxConnections,
    OptionalInt rate) {
  /** As most servers have it: idle connections for 30 s, slow clients for 20 s, and no limits. */
  public static final Knobs USUAL =
      new Knobs(
          Duration.ofSeconds(30),
          Duration.ofSeconds(20),
          Optional.empty(),
          0,
          OptionalLong.empty(),
          OptionalInt.empty(),
          OptionalInt.empty());

  /** A delay drawn evenly between two bounds. */
  public record Latency(Duration least, Duration most) {}

  public Knobs {
    if (keepAlive.isNegative() || patience.isNegative()) {
      throw new IllegalArgumentException(
          "a time cannot be negative: " + keepAlive + ", " + patience);
    }
    if (!(errorRate >= 0 && errorRate <= 1)) {
      throw new IllegalArgumentException("a share is from 0 to 1, not " + errorRate);
    }
  }

  /** The same with another bound for the content of requests, in bytes. */
  public Knobs withMaxBody(long most) {
    return new Knobs(
        keepAlive, patience, latency, errorRate, OptionalLong.of(most), maxConnections, rate);
  }
}
