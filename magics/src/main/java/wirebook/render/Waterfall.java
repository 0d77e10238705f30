package wirebook.render;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import wirebook.engine.http.HttpExchange;
import wirebook.engine.http.HttpTiming;
import wirebook.spi.Durations;

/**
 * Where the time of several exchanges went, on one axis: each has a bar from its start to its end,
 * in the colours of what it waited for.
 */
final class Waterfall {
  /** More would be too small to read; the value has them all. */
  static final int MOST = 60;

  private static final int FEW = 12;
  private static final double STEP = 24;
  private static final double DENSE_STEP = 17;
  private static final double BAR = 11;
  private static final int HEAD = 44;
  private static final int MARGIN = 18;
  private static final int CONNECTION = 196;
  private static final int START = 218;
  private static final int END = 580;

  /** Marks of the axis, at most. */
  private static final int MARKS = 5;

  private final List<Bar> bars;
  private final int leftOut;

  /** What every bar is counted from, and the end of the last, both on the network's clock. */
  private final Instant from;

  private final double nanos;

  /**
   * One exchange.
   *
   * @param connection its number in the picture
   */
  record Bar(HttpExchange exchange, int connection) {
    Instant start() {
      return exchange.timing().start();
    }

    /**
     * Without content nothing is received: what comes behind the first byte is the client's own.
     */
    private boolean receives() {
      return exchange.response().map(response -> response.bodyLength() > 0).orElse(true);
    }

    Duration end() {
      HttpTiming timing = exchange.timing();
      return receives() || timing.firstByte().isZero()
          ? timing.total()
          : Phase.later(timing.firstByte(), Phase.ready(timing));
    }

    Duration of(Phase phase) {
      return phase == Phase.RECEIVE && !receives() ? Duration.ZERO : phase.of(exchange.timing());
    }
  }

  /**
   * A part of an exchange's time: how it is called, and the class of its colour. The wait is for
   * the way there and back, too, and begins when the connection stands: a fast answer may come
   * before the client has noted that the request is sent.
   */
  enum Phase {
    QUEUE("queue", "queue"),
    LOOKUP("DNS", "f-point"),
    CONNECT("connect", "f-ask"),
    TLS("TLS", "f-seal"),
    WAIT("wait", "f-hold"),
    RECEIVE("receive", "f-give");

    private final String words;
    private final String style;

    Phase(String words, String style) {
      this.words = words;
      this.style = style;
    }

    /** In {@link HttpTiming} a step that was not needed is at zero. */
    Duration of(HttpTiming t) {
      Duration known = later(t.queued(), t.nameLookup());
      Duration connected = later(known, t.connect());
      Duration ready = ready(t);
      return switch (this) {
        case QUEUE -> t.queued();
        case LOOKUP -> known.minus(t.queued());
        case CONNECT -> connected.minus(known);
        case TLS -> ready.minus(connected);
        case WAIT ->
            (t.firstByte().isZero() ? later(t.total(), ready) : later(t.firstByte(), ready))
                .minus(ready);
        case RECEIVE ->
            t.firstByte().isZero()
                ? Duration.ZERO
                : later(t.total(), ready).minus(later(t.firstByte(), ready));
      };
    }

    /** When the request could be sent. */
    private static Duration ready(HttpTiming t) {
      return later(later(later(t.queued(), t.nameLookup()), t.connect()), t.tls());
    }

    private static Duration later(Duration a, Duration b) {
      return a.compareTo(b) > 0 ? a : b;
    }
  }

  Waterfall(List<Bar> all) {
    bars = all.stream().sorted(Comparator.comparing(Bar::start)).limit(MOST).toList();
    leftOut = all.size() - bars.size();
    from = bars.stream().map(Bar::start).min(Instant::compareTo).orElse(Instant.EPOCH);
    nanos =
        Math.max(
            1,
            bars.stream()
                .mapToDouble(bar -> offset(bar).plus(bar.end()).toNanos())
                .max()
                .orElse(1));
  }

  private Duration offset(Bar bar) {
    return Duration.between(from, bar.start());
  }

  private double step() {
    return bars.size() > FEW ? DENSE_STEP : STEP;
  }

  /** In pixels. */
  int height() {
    return HEAD + (int) Math.ceil(bars.size() * step()) + (leftOut > 0 ? 20 : 0);
  }

  void draw(Svg svg, int top) {
    legend(svg, top + 10);
    double bottom = top + HEAD + bars.size() * step();
    for (Duration mark : marks()) {
      double x = x(mark);
      svg.line("lane", x, top + HEAD - 6, x, bottom)
          .text("soft", "middle", 10, x, top + HEAD - 10, mark.isZero() ? "0" : axis(mark));
    }
    double y = top + HEAD;
    for (Bar bar : bars) {
      bar(svg, bar, y);
      y += step();
    }
    if (leftOut > 0) {
      svg.text(
          "soft", "start", 11, MARGIN, y + 14, "and " + leftOut + " more: the value has them all");
    }
  }

  private void legend(Svg svg, double y) {
    svg.text("soft", "start", 10.5, MARGIN, y, "Where the time went");
    double x = START;
    for (Phase phase : Phase.values()) {
      if (bars.stream().anyMatch(bar -> isSeen(bar.of(phase)))) {
        svg.rectangle(phase.style, x, y - 8, 9, 9, 2)
            .text("soft", "start", 10.5, x + 13, y, phase.words);
        x += 13 + Svg.width(phase.words, 10.5, false) + 12;
      }
    }
  }

  private void bar(Svg svg, Bar bar, double y) {
    HttpExchange exchange = bar.exchange();
    svg.text(
            "mono",
            "start",
            10.5,
            MARGIN,
            y + 12,
            Svg.fit(
                exchange.request().method() + " " + exchange.request().target(),
                CONNECTION - MARGIN - 20,
                10.5,
                true))
        .text("soft", "end", 10, CONNECTION + 10, y + 12, connection(bar));
    Duration offset = offset(bar);
    Duration at = offset;
    for (Phase phase : Phase.values()) {
      Duration took = bar.of(phase);
      if (isSeen(took)) {
        double left = x(at);
        svg.rectangle(phase.style, left, y + 3, Math.max(x(at.plus(took)) - left, 1), BAR, 1.5);
      }
      at = at.plus(took);
    }
    String took = Durations.milliseconds(bar.end());
    double end = x(at) + 6;
    boolean fits = end + Svg.width(took, 10.5, false) < END + 62;
    svg.text("halo soft", fits ? "start" : "end", 10.5, fits ? end : x(offset) - 6, y + 12, took);
  }

  /** Whether it has half a pixel. */
  private boolean isSeen(Duration took) {
    return took.toNanos() / nanos * (END - START) >= 0.5;
  }

  private static String connection(Bar bar) {
    return bar.connection() == 0 ? "" : "#" + bar.connection();
  }

  private double x(Duration offset) {
    return START + offset.toNanos() / nanos * (END - START);
  }

  /** Round times, as many as can be read. */
  private List<Duration> marks() {
    double step = Math.pow(10, Math.floor(Math.log10(nanos)));
    while (nanos / step > MARKS) {
      step *= 2;
    }
    while (nanos / step < MARKS / 2.0) {
      step /= 2;
    }
    List<Duration> marks = new ArrayList<>();
    for (double at = 0; at <= nanos; at += step) {
      marks.add(Duration.ofNanos(Math.round(at)));
    }
    return marks;
  }

  private static String axis(Duration mark) {
    double ms = mark.toNanos() / 1e6;
    boolean seconds = ms >= 1000;
    String number = String.valueOf(Math.round((seconds ? ms / 1000 : ms) * 100) / 100.0);
    return (number.endsWith(".0") ? number.substring(0, number.length() - 2) : number)
        + (seconds ? " s" : " ms");
  }
}
