package wirebook.render;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import wirebook.engine.http.backend.Replica;
import wirebook.engine.http.backend.ReplicaSet;
import wirebook.engine.http.server.TargetCounts;

/**
 * A backend over time: of each replica in a lane when it was ready and when not, and below that how
 * many requests it answered and failed.
 */
public final class BackendPictures {
  private static final int WIDTH = 664;
  private static final int LEFT = 128;
  private static final int RIGHT = 594;
  private static final int TOP = 62;
  private static final int LANE = 46;
  private static final int BAND = 8;
  private static final int MOST_LANES = 12;
  private static final int MOST_COLUMNS = 78;
  private static final long SHORTEST = 3_000_000_000L;
  private static final long LONGEST = 300_000_000_000L;

  private BackendPictures() {}

  /** One picture, whatever happened. */
  public static Picture of(ReplicaSet set) {
    List<Replica> all =
        Stream.concat(set.gone().stream(), set.replicas().stream())
            .sorted(
                java.util.Comparator.comparing(Replica::name)
                    .thenComparingLong(r -> r.changes().getFirst().nanos()))
            .toList();
    List<Replica> lanes = all.subList(Math.max(0, all.size() - MOST_LANES), all.size());
    long end = end(set, lanes);
    long begin =
        Math.max(
            end - LONGEST,
            Math.min(
                end - SHORTEST,
                lanes.stream().mapToLong(r -> r.changes().getFirst().nanos()).min().orElse(end)));
    Svg svg = new Svg();
    legend(svg);
    double most = most(lanes, begin, end);
    for (int i = 0; i < lanes.size(); i++) {
      lane(svg, lanes.get(i), TOP + i * LANE, begin, end, most);
    }
    int bottom = TOP + lanes.size() * LANE;
    for (int i = 0; i <= 4; i++) {
      double x = LEFT + (RIGHT - LEFT) * i / 4.0;
      double ago = (end - begin) / 1e9 * (4 - i) / 4;
      svg.text(
          "soft",
          "middle",
          10,
          x,
          bottom + 16,
          i == 4 ? "now" : String.format(Locale.ROOT, "-%.1f s", ago));
    }
    return svg.picture(WIDTH, bottom + 28, line(set, lanes));
  }

  /** The last thing that happened, so that a picture of a backend at rest stays as it is. */
  private static long end(ReplicaSet set, List<Replica> lanes) {
    long last =
        lanes.stream()
            .flatMap(
                r ->
                    Stream.of(
                        r.changes().getLast().nanos(),
                        r.counts().steps().isEmpty()
                            ? Long.MIN_VALUE
                            : (r.counts().steps().getLast().step() + 1)
                                * TargetCounts.STEP.toNanos()))
            .max(Long::compare)
            .orElse(set.clock().nanoTime());
    return last + TargetCounts.STEP.toNanos();
  }

  /** No column is shorter than the step in which is counted. */
  private static int count(long begin, long end) {
    return Math.clamp((end - begin) / TargetCounts.STEP.toNanos(), 1, MOST_COLUMNS);
  }

  private static long[][] columns(Replica replica, long begin, long end) {
    int count = count(begin, end);
    long[][] columns = new long[count][2];
    for (TargetCounts.Step step : replica.counts().steps()) {
      long at = step.step() * TargetCounts.STEP.toNanos() - begin;
      int column = (int) (at * count / (end - begin));
      if (at >= 0 && column < count) {
        columns[column][0] += step.succeeded();
        columns[column][1] += step.failed();
      }
    }
    return columns;
  }

  private static double most(List<Replica> lanes, long begin, long end) {
    long most = 1;
    for (Replica replica : lanes) {
      for (long[] column : columns(replica, begin, end)) {
        most = Math.max(most, column[0] + column[1]);
      }
    }
    return most;
  }

  private static void lane(Svg svg, Replica replica, int top, long begin, long end, double most) {
    svg.text("strong", "start", 11.5, 12, top + 9, replica.name())
        .text("soft", "start", 10, 12, top + 23, "version " + replica.version());
    List<Replica.Change> changes = replica.changes();
    for (int i = 0; i < changes.size(); i++) {
      Replica.Change change = changes.get(i);
      long until = i + 1 < changes.size() ? changes.get(i + 1).nanos() : end;
      double from = x(change.nanos(), begin, end);
      double to = x(until, begin, end);
      if (to <= LEFT || change.state() == Replica.State.STOPPED) {
        continue;
      }
      svg.rectangle(style(change.state()), from, top, Math.max(1.5, to - from), BAND, 1);
      if (Set.of(Replica.State.BACK_OFF, Replica.State.CRASH_LOOP, Replica.State.ENDED)
          .contains(change.state())) {
        svg.text("halo", "middle", 12, from, top + 9, "✕");
      }
    }
    long[][] columns = columns(replica, begin, end);
    double step = (double) (RIGHT - LEFT) / columns.length;
    double room = LANE - BAND - 10;
    double bottom = top + LANE - 8;
    svg.line("l-hold", LEFT, bottom, RIGHT, bottom);
    for (int i = 0; i < columns.length; i++) {
      double x = LEFT + i * step;
      double good = columns[i][0] / most * room;
      double bad = columns[i][1] / most * room;
      if (good > 0) {
        svg.rectangle("f-ask", x, bottom - Math.max(1.5, good), step - 0.8, Math.max(1.5, good), 0);
      }
      if (bad > 0) {
        double height = Math.max(2.5, bad);
        svg.rectangle("f-bad", x, bottom - good - height, step - 0.8, height, 0);
      }
    }
    svg.text("soft", "start", 10, RIGHT + 6, top + 9, replica.counts().succeeded() + " ok");
    if (replica.counts().failed() > 0) {
      svg.text("soft", "start", 10, RIGHT + 6, top + 23, replica.counts().failed() + " failed");
    }
  }

  private static double x(long nanos, long begin, long end) {
    return LEFT
        + (double) Math.clamp(nanos - begin, 0, end - begin) / (end - begin) * (RIGHT - LEFT);
  }

  private static String style(Replica.State state) {
    return switch (state) {
      case READY -> "f-give";
      case STARTING -> "queue";
      case UNREADY, DRAINING -> "f-point";
      case BACK_OFF, CRASH_LOOP, ENDED -> "f-bad";
      case STOPPED -> "f-hold";
    };
  }

  private static void legend(Svg svg) {
    String[][] marks = {
      {"f-give", "ready"},
      {"queue", "starting"},
      {"f-point", "not ready, or draining"},
      {"f-bad", "ended, waits to restart"}
    };
    int x = 12;
    for (String[] mark : marks) {
      svg.rectangle(mark[0], x, 16, 18, BAND, 1).text("soft", "start", 10.5, x + 23, 24, mark[1]);
      x += 40 + mark[1].length() * 6;
    }
    svg.rectangle("f-ask", 12, 33, 9, 9, 0)
        .text("soft", "start", 10.5, 26, 41, "answered")
        .rectangle("f-bad", 92, 33, 9, 9, 0)
        .text("soft", "start", 10.5, 106, 41, "failed (5xx, or no answer)");
  }

  private static String line(ReplicaSet set, List<Replica> lanes) {
    List<String> told = new ArrayList<>();
    for (Replica replica : lanes) {
      told.add(
          replica.name()
              + " version "
              + replica.version()
              + ": "
              + replica.changes().stream()
                  .map(change -> change.state().toString())
                  .collect(Collectors.joining(", "))
              + "; "
              + replica.counts().succeeded()
              + " answered, "
              + replica.counts().failed()
              + " failed");
    }
    return set.name() + " over time. " + String.join(". ", told);
  }
}
