package wirebook.engine.http.backend;

import java.time.Duration;

/**
 * When an instance that ended is started anew. (systemd: {@code Restart=} and {@code RestartSec=};
 * Kubernetes: {@code restartPolicy}.)
 *
 * @param restarts whether it is at all
 * @param first how long to wait after the first end; after each further one in a row twice as long
 * @param longest how long to wait at most
 * @param loopAfter ends in a row that are called a crash loop
 * @param wellAfter how long it has to run for its ends to be counted anew
 */
public record RestartPolicy(
    boolean restarts, Duration first, Duration longest, int loopAfter, Duration wellAfter) {
  public static final RestartPolicy USUAL =
      new RestartPolicy(
          true, Duration.ofMillis(500), Duration.ofSeconds(30), 3, Duration.ofSeconds(10));

  /** How long to wait after so many ends in a row, from 1 on. */
  Duration wait(int ends) {
    Duration wait = first.multipliedBy(1L << Math.min(ends - 1, 20));
    return wait.compareTo(longest) > 0 ? longest : wait;
  }
}
