package wirebook.render;

import java.time.Duration;
import java.util.Locale;

/** Durations as people read them on a wire. */
final class Durations {
  private Durations() {}

  /** {@code 0.4 ms}, {@code 23 ms}, {@code 5.0 s}. */
  static String milliseconds(Duration duration) {
    double ms = duration.toNanos() / 1e6;
    if (ms >= 10_000) {
      return String.format(Locale.ROOT, "%.0f s", ms / 1000);
    }
    if (ms >= 1000) {
      return String.format(Locale.ROOT, "%.1f s", ms / 1000);
    }
    return String.format(Locale.ROOT, ms >= 10 || ms == 0 ? "%.0f ms" : "%.1f ms", ms);
  }
}
