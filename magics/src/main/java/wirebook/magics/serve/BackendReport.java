package wirebook.magics.serve;

import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import wirebook.engine.http.backend.Replica;
import wirebook.engine.http.backend.ReplicaSet;
import wirebook.engine.http.server.HttpServer;
import wirebook.engine.http.server.Metrics;
import wirebook.render.BackendPictures;
import wirebook.spi.MagicCall;
import wirebook.spi.Plural;

/** What {@code %backend NAME} tells of a backend. */
final class BackendReport {
  private static final Duration REFRESH = Duration.ofMillis(500);
  private static final Duration WATCHED = Duration.ofMinutes(5);
  private static final int EVENTS = 8;

  private BackendReport() {}

  static String line(ReplicaSet set, HttpServer front) {
    return front.url() + "  " + head(set);
  }

  static String head(ReplicaSet set) {
    return set.name()
        + ": version "
        + set.version()
        + ", "
        + set.ready()
        + " of "
        + Plural.of(set.replicas().size(), "replica")
        + " ready"
        + set.canaryShare()
            .map(share -> String.format(Locale.ROOT, ", a canary has %.0f %%", share * 100))
            .orElse("");
  }

  static void show(MagicCall call, ReplicaSet set) {
    PrintStream out = call.out();
    out.println(head(set));
    out.print(table(set));
    List<String> events =
        set.events().stream()
            .filter(e -> !e.what().startsWith("drill"))
            .map(String::valueOf)
            .toList();
    events.stream().skip(Math.max(0, events.size() - EVENTS)).forEach(out::println);
    if (call.inCell()) {
      call.display().show(BackendPictures.of(set).bundle());
    }
  }

  private static String table(ReplicaSet set) {
    StringBuilder text =
        new StringBuilder(
            String.format(
                Locale.ROOT,
                "%-14s %7s %8s %9s %7s %9s %9s  %s%n",
                "REPLICA",
                "VERSION",
                "RESTARTS",
                "ANSWERED",
                "FAILED",
                "P50",
                "P99",
                "STATE"));
    Stream.concat(
            set.replicas().stream(),
            set.gone().stream().filter(r -> r.counts().succeeded() + r.counts().failed() > 0))
        .forEach(
            replica ->
                text.append(
                    String.format(
                        Locale.ROOT,
                        "%-14s %7d %8d %9d %7d %9s %9s  %s%n",
                        replica.name(),
                        replica.version(),
                        replica.restarts(),
                        replica.counts().succeeded(),
                        replica.counts().failed(),
                        millis(replica, 50),
                        millis(replica, 99),
                        replica.words())));
    return text.toString();
  }

  /** In Prometheus' text format. */
  static void metrics(ReplicaSet set, Metrics.Text text) {
    // One that is replaced by another of its name is not told twice.
    List<Replica> replicas =
        set.replicas().stream().filter(r -> r.state() != Replica.State.DRAINING).toList();
    text.head("backend_replica_ready", "gauge", "Whether it takes requests.");
    for (Replica replica : replicas) {
      text.sample(
          "backend_replica_ready", labels(replica), replica.state() == Replica.State.READY ? 1 : 0);
    }
    text.head("backend_replica_restarts_total", "counter", "How often it was started anew.");
    for (Replica replica : replicas) {
      text.sample("backend_replica_restarts_total", labels(replica), replica.restarts());
    }
    text.head("backend_replica_requests_total", "counter", "Requests that it was given.");
    for (Replica replica : replicas) {
      String labels = labels(replica);
      String open = labels.substring(0, labels.length() - 1);
      text.sample(
          "backend_replica_requests_total",
          open + ",outcome=\"answered\"}",
          (double) replica.counts().succeeded());
      text.sample(
          "backend_replica_requests_total",
          open + ",outcome=\"failed\"}",
          (double) replica.counts().failed());
    }
    text.head("backend_retries_total", "counter", "Requests that were asked a second time.");
    text.sample("backend_retries_total", "", (double) set.balancer().retried());
    text.head("backend_refused_total", "counter", "Requests for which no replica was there.");
    text.sample("backend_refused_total", "", (double) set.balancer().refused());
  }

  private static String labels(Replica replica) {
    return Metrics.Text.labels(
        "replica", replica.name(), "version", String.valueOf(replica.version()));
  }

  private static String millis(Replica replica, double percent) {
    Duration time = replica.counts().percentile(percent);
    return time.isZero() ? "-" : String.format(Locale.ROOT, "%.1f ms", time.toNanos() / 1e6);
  }

  /** A picture that is drawn anew while something happens; the cell ends at once. */
  static void watch(MagicCall call, ReplicaSet set, Optional<Duration> longest) {
    if (!call.inCell()) {
      show(call, set);
      return;
    }
    String id = call.display().show(BackendPictures.of(set).bundle());
    Duration until = longest.orElse(WATCHED);
    Thread.ofVirtual()
        .name("backend-watch")
        .start(
            () ->
                call.place()
                    .execute(
                        () -> {
                          long begun = set.clock().nanoTime();
                          String shown = "";
                          try {
                            while (set.clock().nanoTime() - begun < until.toNanos()
                                && !set.isClosed()) {
                              set.clock().sleep(REFRESH);
                              var picture = BackendPictures.of(set);
                              if (!picture.svg().equals(shown)) {
                                shown = picture.svg();
                                call.display().update(id, picture.bundle());
                              }
                            }
                          } catch (InterruptedException e) {
                            // The last picture stays.
                          }
                        }));
  }
}
