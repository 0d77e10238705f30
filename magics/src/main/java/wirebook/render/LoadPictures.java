package wirebook.render;

import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import wirebook.engine.http.load.LoadResult;

/** A load as a picture: how many answers each second had, and how long they took. */
public final class LoadPictures {
  private static final int WIDTH = 660;
  private static final int HEIGHT = 300;
  private static final int LEFT = 70;
  private static final int RIGHT = 640;
  private static final int RATE_TOP = 44;
  private static final int RATE_BOTTOM = 140;
  private static final int TIME_TOP = 180;
  private static final int TIME_BOTTOM = 268;

  private LoadPictures() {}

  /** One picture, whatever came of it. */
  public static Picture of(LoadResult result) {
    List<LoadResult.Second> seconds = result.seconds();
    Svg svg = new Svg();
    double most =
        Math.max(
            1, seconds.stream().mapToDouble(s -> s.answerRate() + s.failureRate()).max().orElse(1));
    double longest =
        Math.max(0.01, seconds.stream().mapToDouble(LoadPictures::p99).max().orElse(1));
    double step = (double) (RIGHT - LEFT) / Math.max(1, seconds.size());
    axis(svg, "answers a second", RATE_TOP, RATE_BOTTOM, number(most));
    axis(svg, "latency, ms", TIME_TOP, TIME_BOTTOM, number(longest));
    legend(svg);
    for (int i = 0; i < seconds.size(); i++) {
      double x = LEFT + i * step + step * 0.1;
      double good = seconds.get(i).answerRate() / most * (RATE_BOTTOM - RATE_TOP);
      double bad = seconds.get(i).failureRate() / most * (RATE_BOTTOM - RATE_TOP);
      svg.rectangle("f-give", x, RATE_BOTTOM - good, step * 0.8, good, 1);
      if (bad > 0) {
        svg.rectangle("f-bad", x, RATE_BOTTOM - good - bad, step * 0.8, bad, 1);
      }
    }
    line(svg, "arrow l-ask", seconds, LoadPictures::p50, longest, step);
    line(svg, "arrow lost l-point", seconds, LoadPictures::p99, longest, step);
    svg.text(
        "soft",
        "middle",
        10,
        (LEFT + RIGHT) / 2.0,
        HEIGHT - 12,
        String.format(
            Locale.ROOT, "%.1f s; %s", result.took().toNanos() / 1e9, result.failedShare()));
    return svg.picture(
        WIDTH,
        HEIGHT,
        result.latencies().count() == 0
            ? "Load on " + result.plan().url() + ": no answer to " + result.failures() + " requests"
            : String.format(
                Locale.ROOT,
                "Load on %s: %.0f requests/s, p50 %.2f ms, p99 %.2f ms, %d without an answer",
                result.plan().url(),
                result.perSecond(),
                result.latencies().percentile(50).toNanos() / 1e6,
                result.latencies().percentile(99).toNanos() / 1e6,
                result.failures()));
  }

  private static double p50(LoadResult.Second second) {
    return second.p50().toNanos() / 1e6;
  }

  private static double p99(LoadResult.Second second) {
    return second.p99().toNanos() / 1e6;
  }

  private static void axis(Svg svg, String what, int top, int bottom, String most) {
    svg.text("soft", "start", 10.5, LEFT, top - 8, what)
        .text("soft", "end", 10, LEFT - 6, top + 4, most)
        .text("soft", "end", 10, LEFT - 6, bottom + 4, "0")
        .line("lane", LEFT, top, RIGHT, top)
        .line("l-hold", LEFT, bottom, RIGHT, bottom);
  }

  private static void legend(Svg svg) {
    svg.rectangle("f-give", 330, RATE_TOP - 16, 9, 9, 2)
        .text("soft", "start", 10.5, 343, RATE_TOP - 8, "answered")
        .rectangle("f-bad", 420, RATE_TOP - 16, 9, 9, 2)
        .text("soft", "start", 10.5, 433, RATE_TOP - 8, "no answer")
        .line("arrow l-ask", 330, TIME_TOP - 12, 345, TIME_TOP - 12)
        .text("soft", "start", 10.5, 350, TIME_TOP - 8, "p50")
        .line("arrow lost l-point", 420, TIME_TOP - 12, 435, TIME_TOP - 12)
        .text("soft", "start", 10.5, 440, TIME_TOP - 8, "p99");
  }

  private static void line(
      Svg svg,
      String style,
      List<LoadResult.Second> seconds,
      ToDoubleFunction<LoadResult.Second> value,
      double longest,
      double step) {
    StringBuilder path = new StringBuilder();
    String dot = style.contains("l-ask") ? "f-ask" : "f-point";
    for (int i = 0; i < seconds.size(); i++) {
      double y =
          TIME_BOTTOM - value.applyAsDouble(seconds.get(i)) / longest * (TIME_BOTTOM - TIME_TOP);
      path.append(
          String.format(
              Locale.ROOT, "%s%.1f %.1f", i == 0 ? "M" : "L", LEFT + (i + 0.5) * step, y));
      // A run of one second is a point.
      svg.rectangle(dot, LEFT + (i + 0.5) * step - 2.5, y - 2.5, 5, 5, 2.5);
    }
    if (!seconds.isEmpty()) {
      svg.path(style, path.toString());
    }
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, value < 10 ? "%.2f" : "%.0f", value);
  }
}
