package wirebook.engine.http.load;

import java.time.Duration;
import org.HdrHistogram.Histogram;

/** How long answers took, each counted, to three digits (an HdrHistogram). */
public final class Latencies {
  /** The longest that is told apart. */
  static final Duration LONGEST = Duration.ofHours(1);

  private final Histogram micros;

  Latencies(Histogram micros) {
    this.micros = micros.copy();
  }

  public long count() {
    return micros.getTotalCount();
  }

  /** The time in which this share of the answers had come, from 0 to 100. */
  public Duration percentile(double percent) {
    return count() == 0 ? Duration.ZERO : of(micros.getValueAtPercentile(percent));
  }

  public Duration mean() {
    return count() == 0 ? Duration.ZERO : Duration.ofNanos(Math.round(micros.getMean() * 1000));
  }

  public Duration deviation() {
    return count() == 0
        ? Duration.ZERO
        : Duration.ofNanos(Math.round(micros.getStdDeviation() * 1000));
  }

  public Duration least() {
    return count() == 0 ? Duration.ZERO : of(micros.getMinValue());
  }

  public Duration most() {
    return of(micros.getMaxValue());
  }

  /** Answers that took from one time to another. */
  public long between(Duration from, Duration to) {
    return count() == 0
        ? 0
        : micros.getCountBetweenValues(from.toNanos() / 1000, to.toNanos() / 1000);
  }

  private static Duration of(long micros) {
    return Duration.ofNanos(micros * 1000);
  }

  @Override
  public String toString() {
    return count() + " answers, p50 " + percentile(50) + ", p99 " + percentile(99);
  }
}
