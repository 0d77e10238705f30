package wirebook.spi;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Lengths of time as people write and read them. */
public final class Durations {
  private static final Pattern PART =
      Pattern.compile("(\\d{1,15}(?:\\.\\d{1,9})?|\\.\\d{1,9})(ms|min|s|m|h|d|w)");
  private static final Duration LONGEST = Duration.ofDays(36_500);

  private Durations() {}

  /**
   * {@code 300s}, {@code 1h30m}, {@code 1.5s}, {@code 800ms}; the largest unit is a week, {@code
   * w}.
   *
   * @return empty for anything else, and for more than a hundred years
   */
  public static Optional<Duration> parse(String text) {
    Matcher part = PART.matcher(text);
    BigDecimal millis = BigDecimal.ZERO;
    int end = 0;
    while (part.find() && part.start() == end) {
      long unit =
          switch (part.group(2)) {
            case "ms" -> 1;
            case "s" -> 1000;
            case "m", "min" -> 60_000;
            case "h" -> 3_600_000;
            case "d" -> 86_400_000;
            default -> 7 * 86_400_000L;
          };
      millis = millis.add(new BigDecimal(part.group(1)).multiply(BigDecimal.valueOf(unit)));
      end = part.end();
    }
    boolean sensible =
        end == text.length()
            && end > 0
            && millis.compareTo(BigDecimal.valueOf(LONGEST.toMillis())) <= 0;
    return sensible
        ? Optional.of(Duration.ofNanos(millis.movePointRight(6).longValue()))
        : Optional.empty();
  }

  /** {@code 0.4 ms}, {@code 23 ms}, {@code 5.0 s}. */
  public static String milliseconds(Duration duration) {
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
