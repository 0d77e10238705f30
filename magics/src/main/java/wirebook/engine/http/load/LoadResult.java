package wirebook.engine.http.load;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What came of a load.
 *
 * @param network {@code real} or {@code lab}
 * @param took from the first request's beginning to the last answer
 * @param bytes received, with header sections
 * @param statuses how many answers had which
 * @param errors how many requests got no answer, and why
 * @param unsent requests that were due and for which no connection was free
 * @param latencies of answers; in the open model from the time at which a request was due
 * @param seconds how it went, second by second
 */
public record LoadResult(
    LoadPlan plan,
    String network,
    Duration took,
    long bytes,
    SortedMap<Integer, Long> statuses,
    SortedMap<String, Long> errors,
    long unsent,
    Latencies latencies,
    List<Second> seconds) {
  /**
   * One second of it; the last one may be shorter.
   *
   * @param length how long it was
   */
  public record Second(long answers, long failures, Duration p50, Duration p99, Duration length) {
    private double perSecond(long count) {
      return length.isZero() ? 0 : count * 1e9 / length.toNanos();
    }

    /** Answers a second. */
    public double answerRate() {
      return perSecond(answers);
    }

    /** Requests without an answer, a second. */
    public double failureRate() {
      return perSecond(failures);
    }
  }

  public LoadResult {
    statuses = new TreeMap<>(statuses);
    errors = new TreeMap<>(errors);
    seconds = List.copyOf(seconds);
  }

  public long answers() {
    return latencies.count();
  }

  public long failures() {
    return errors.values().stream().mapToLong(Long::longValue).sum();
  }

  public double perSecond() {
    return took.isZero() ? 0 : answers() * 1e9 / took.toNanos();
  }

  /** Two runs side by side, this one first. */
  public String compare(LoadResult after) {
    List<String> lines = new ArrayList<>();
    lines.add(String.format(Locale.ROOT, "%-14s %12s %12s %9s", "", "before", "after", "change"));
    lines.add(line("Requests/sec", perSecond(), after.perSecond(), "%.1f"));
    for (double percent : new double[] {50, 90, 99, 99.9}) {
      lines.add(
          line(
              "p" + LoadText.number(percent) + " (ms)",
              latencies.percentile(percent).toNanos() / 1e6,
              after.latencies.percentile(percent).toNanos() / 1e6,
              "%.2f"));
    }
    lines.add(line("errors", (double) failures(), (double) after.failures(), "%.0f"));
    lines.add(line("5xx", failed(statuses), failed(after.statuses), "%.0f"));
    return String.join("\n", lines) + "\n";
  }

  /** How many requests had no answer, in words: {@code 10 of 30 failed, 33.3 %}. */
  public String failedShare() {
    long all = failures() + latencies.count();
    return String.format(
        Locale.ROOT,
        "%d of %d failed, %.1f %%",
        failures(),
        all,
        all == 0 ? 0.0 : 100.0 * failures() / all);
  }

  private static double failed(Map<Integer, Long> statuses) {
    return statuses.entrySet().stream()
        .filter(entry -> entry.getKey() >= 500)
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  private static String line(String what, double before, double after, String format) {
    String change =
        before == 0
            ? (after == 0 ? "=" : "new")
            : String.format(Locale.ROOT, "%+.1f %%", (after / before - 1) * 100);
    return String.format(
        Locale.ROOT,
        "%-14s %12s %12s %9s",
        what,
        String.format(Locale.ROOT, format, before),
        String.format(Locale.ROOT, format, after),
        change);
  }

  /** As {@code wrk} and {@code hey} print it. */
  @Override
  public String toString() {
    return LoadText.of(this);
  }
}
