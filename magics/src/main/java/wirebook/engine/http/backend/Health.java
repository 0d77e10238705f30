package wirebook.engine.http.backend;

import java.time.Duration;
import java.util.Optional;

/**
 * How an instance is asked whether it is well. (Kubernetes: probes; systemd: watchdog; nginx and
 * HAProxy: health checks.)
 *
 * @param ready path that says whether it can take requests; without one it can when its port takes
 *     connections
 * @param live path that says whether it works at all; one that does not is killed and started anew
 * @param every how often it is asked
 * @param timeout how long an answer may take
 * @param threshold bad answers in a row that count
 * @param start how long it may take from its start to its first good answer
 */
public record Health(
    Optional<String> ready,
    Optional<String> live,
    Duration every,
    Duration timeout,
    int threshold,
    Duration start) {
  public static final Health USUAL =
      new Health(
          Optional.empty(),
          Optional.empty(),
          Duration.ofSeconds(1),
          Duration.ofSeconds(1),
          3,
          Duration.ofSeconds(10));

  /** Whether a request is one of these questions. */
  boolean asks(String path) {
    return ready.filter(path::equals).isPresent() || live.filter(path::equals).isPresent();
  }
}
