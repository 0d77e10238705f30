package wirebook.engine.http.server;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How a {@link Balancer} deals with servers that are slow, full or failing.
 *
 * @param timeout how long a server may take to begin its answer, each time it is asked
 * @param retryBudget how many requests, of all, may be asked a second time: 0.2 is one in five.
 *     Without a bound, retries multiply the load on servers that fail because of load.
 * @param tripAfter failures in a row that open a server's breaker
 * @param openFor for how long, the first time; each further time twice as long
 * @param concurrency requests at one server at a time
 * @param queue requests that may wait for a server to have room; more are refused at once
 * @param sticky whether a client's next request goes where its last one went (by a cookie)
 */
public record BalancerPolicy(
    Optional<Duration> timeout,
    double retryBudget,
    int tripAfter,
    Duration openFor,
    OptionalInt concurrency,
    int queue,
    boolean sticky) {
  public static final BalancerPolicy USUAL =
      new BalancerPolicy(
          Optional.empty(), 0.2, 5, Duration.ofSeconds(2), OptionalInt.empty(), 0, false);
}
