package wirebook.engine.http.server;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.ConcurrentHistogram;

/** What one server behind a {@link Balancer} was given, and how that went, over time. */
public final class TargetCounts {
  /** The step in which time is counted. */
  public static final Duration STEP = Duration.ofMillis(100);

  /** Five minutes. */
  private static final int KEPT = 3000;

  private static final long LONGEST_MICROS = Duration.ofHours(1).toNanos() / 1000;

  private final ConcurrentHistogram micros = new ConcurrentHistogram(1, LONGEST_MICROS, 2);
  private final long[] steps = new long[KEPT];
  private final int[] good = new int[KEPT];
  private final int[] bad = new int[KEPT];
  private final long[] bounds = new long[BOUNDS.length + 1];
  private long succeeded;
  private long failed;
  private double seconds;

  /** Upper bounds of the buckets of the histogram that is exposed, in seconds. */
  static final double[] BOUNDS = {.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10};

  /**
   * What came of the requests that ended in a step.
   *
   * @param step the time in units of {@link #STEP}
   */
  public record Step(long step, int succeeded, int failed) {}

  synchronized void add(boolean success, long nanos, long now) {
    long step = Math.floorDiv(now, STEP.toNanos());
    int at = (int) Math.floorMod(step, (long) KEPT);
    if (steps[at] != step) {
      steps[at] = step;
      good[at] = 0;
      bad[at] = 0;
    }
    if (success) {
      succeeded++;
      good[at]++;
    } else {
      failed++;
      bad[at]++;
    }
    seconds += nanos / 1e9;
    int bucket = 0;
    while (bucket < BOUNDS.length && nanos / 1e9 > BOUNDS[bucket]) {
      bucket++;
    }
    bounds[bucket]++;
    micros.recordValue(Math.clamp(nanos / 1000, 1, LONGEST_MICROS));
  }

  /** Requests that it answered without a failure of its own. */
  public synchronized long succeeded() {
    return succeeded;
  }

  /** Requests to which it gave a 5xx, or no answer. */
  public synchronized long failed() {
    return failed;
  }

  /** How long it took in all. */
  synchronized double seconds() {
    return seconds;
  }

  /** Requests in each bucket of {@link #BOUNDS}, and above all. */
  synchronized long[] buckets() {
    return bounds.clone();
  }

  /** In which time that share, from 0 to 100, of its answers came. */
  public Duration percentile(double percent) {
    return micros.getTotalCount() == 0
        ? Duration.ZERO
        : Duration.ofNanos(micros.getValueAtPercentile(percent) * 1000);
  }

  /** Step by step, those in which something ended, the oldest first. */
  public synchronized List<Step> steps() {
    List<Step> list = new ArrayList<>();
    for (int i = 0; i < KEPT; i++) {
      if (good[i] + bad[i] > 0) {
        list.add(new Step(steps[i], good[i], bad[i]));
      }
    }
    list.sort((a, b) -> Long.compare(a.step(), b.step()));
    return list;
  }
}
