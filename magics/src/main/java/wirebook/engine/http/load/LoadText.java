package wirebook.engine.http.load;

import java.time.Duration;
import java.util.Locale;

/** A load in words and numbers. */
final class LoadText {
  private static final int ROWS = 10;
  private static final int WIDEST = 40;

  private LoadText() {}

  static String of(LoadResult result) {
    LoadPlan plan = result.plan();
    Latencies latencies = result.latencies();
    StringBuilder out = new StringBuilder();
    line(
        out,
        String.format(
            Locale.ROOT,
            "%s %s, %d connections%s, %s",
            plan.method(),
            plan.url(),
            plan.connections(),
            plan.streams().isPresent()
                ? " of HTTP/2 x " + plan.streams().getAsInt() + " at once"
                : "",
            model(plan)));
    if (latencies.count() == 0) {
      line(
          out,
          String.format(
              Locale.ROOT, "  There was no answer, in %.2fs.", result.took().toNanos() / 1e9));
    } else {
      answers(out, result);
    }
    if (!result.errors().isEmpty()) {
      line(out, "Errors:");
      result
          .errors()
          .forEach(
              (kind, count) -> line(out, String.format(Locale.ROOT, "  [%d] %s", count, kind)));
      line(out, "  " + result.failedShare());
    }
    if (result.unsent() > 0) {
      line(
          out,
          String.format(
              Locale.ROOT,
              "%d requests were due and never sent: no connection was free.",
              result.unsent()));
    }
    return out.toString();
  }

  /** How fast they came, and what they were. */
  private static void answers(StringBuilder out, LoadResult result) {
    LoadPlan plan = result.plan();
    Latencies latencies = result.latencies();
    line(
        out,
        String.format(
            Locale.ROOT,
            "  Latency from %s:",
            plan.rate().isPresent() ? "the time a request was due" : "a request's beginning"));
    line(
        out,
        String.format(
            Locale.ROOT,
            "    mean %s, stdev %s, min %s, max %s",
            shown(latencies.mean()),
            shown(latencies.deviation()),
            shown(latencies.least()),
            shown(latencies.most())));
    for (double percent : new double[] {50, 75, 90, 99, 99.9}) {
      line(
          out,
          String.format(
              Locale.ROOT, "    %6s%%  %s", number(percent), shown(latencies.percentile(percent))));
    }
    histogram(out, latencies);
    line(
        out,
        String.format(
            Locale.ROOT,
            "  %d requests in %.2fs, %s read",
            result.answers(),
            result.took().toNanos() / 1e9,
            size(result.bytes())));
    line(out, String.format(Locale.ROOT, "Requests/sec: %10.2f", result.perSecond()));
    line(
        out,
        String.format(
            Locale.ROOT,
            "Transfer/sec: %10s",
            size(Math.round(result.bytes() * 1e9 / Math.max(1, result.took().toNanos())))));
    line(out, "Status codes:");
    result
        .statuses()
        .forEach(
            (status, count) ->
                line(out, String.format(Locale.ROOT, "  [%d] %d responses", status, count)));
  }

  private static String model(LoadPlan plan) {
    return plan.rate().isPresent()
        ? number(plan.rate().getAsDouble()) + " requests a second whether answers come or not"
        : "each asks again when it has its answer";
  }

  private static void histogram(StringBuilder out, Latencies latencies) {
    // The last thousandth would leave one row for all others.
    double from = latencies.least().toNanos();
    double to = Math.max(from + 1, (double) latencies.percentile(99.9).toNanos());
    long[] counts = new long[ROWS];
    long most = 1;
    for (int i = 0; i < ROWS; i++) {
      double low = from + (to - from) * i / ROWS;
      double high =
          i == ROWS - 1 ? latencies.most().toNanos() : from + (to - from) * (i + 1) / ROWS - 1000;
      counts[i] =
          high < low
              ? 0
              : latencies.between(Duration.ofNanos((long) low), Duration.ofNanos((long) high));
      most = Math.max(most, counts[i]);
    }
    line(out, "  Histogram:");
    for (int i = 0; i < ROWS; i++) {
      line(
          out,
          String.format(
              Locale.ROOT,
              "    %9s [%d]\t|%s",
              shown(Duration.ofNanos((long) (from + (to - from) * i / ROWS))),
              counts[i],
              "■".repeat((int) (counts[i] * WIDEST / most))));
    }
  }

  private static void line(StringBuilder out, String text) {
    out.append(text).append('\n');
  }

  static String shown(Duration time) {
    double micros = time.toNanos() / 1e3;
    return micros < 1000
        ? String.format(Locale.ROOT, "%.0fus", micros)
        : micros < 1e6
            ? String.format(Locale.ROOT, "%.2fms", micros / 1e3)
            : String.format(Locale.ROOT, "%.2fs", micros / 1e6);
  }

  private static String size(long bytes) {
    return bytes < 1 << 20
        ? String.format(Locale.ROOT, "%.2fKB", bytes / 1024.0)
        : String.format(Locale.ROOT, "%.2fMB", bytes / 1048576.0);
  }

  static String number(double value) {
    return value == Math.rint(value) ? String.valueOf((long) value) : String.valueOf(value);
  }
}
