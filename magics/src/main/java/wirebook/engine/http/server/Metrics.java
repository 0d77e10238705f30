package wirebook.engine.http.server;

import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import wirebook.net.NetworkClock;

/**
 * Counts the requests at an endpoint, and answers {@code GET /metrics} with what it counted, in
 * Prometheus' text format (version 0.0.4). Written out here: the format is lines, and the client
 * library is four jars.
 */
public final class Metrics implements Endpoint {
  private static final String PATH = "/metrics";
  private static final Set<String> METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");

  private final Endpoint endpoint;
  private final NetworkClock clock;
  private final Consumer<Text> more;
  private final TreeMap<String, Long> requests = new TreeMap<>();
  private final TargetCounts counts = new TargetCounts();
  private int inFlight;

  /**
   * @param more writes metrics of its own behind
   */
  public Metrics(Endpoint endpoint, NetworkClock clock, Consumer<Text> more) {
    this.endpoint = endpoint;
    this.clock = clock;
    this.more = more;
  }

  @Override
  public Response handle(Request request) throws Exception {
    if (request.path().equals(PATH) && request.method().equals("GET")) {
      return Response.text(text()).with("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    }
    long begun = clock.nanoTime();
    int status = 500;
    count(1);
    try {
      Response response = endpoint.handle(request);
      status = response.status();
      return response;
    } catch (HttpError e) {
      status = e.status();
      throw e;
    } finally {
      long now = clock.nanoTime();
      counts.add(status < 500, now - begun, now);
      count(-1);
      add(METHODS.contains(request.method()) ? request.method() : "other", status);
    }
  }

  private synchronized void count(int more) {
    inFlight += more;
  }

  private synchronized void add(String method, int status) {
    requests.merge(Text.labels("method", method, "code", String.valueOf(status)), 1L, Long::sum);
  }

  private String text() {
    Text text = new Text();
    synchronized (this) {
      text.head("http_requests_total", "counter", "Requests answered.");
      requests.forEach(
          (labels, count) -> text.sample("http_requests_total", labels, count.doubleValue()));
      text.head("http_requests_in_flight", "gauge", "Requests being answered.");
      text.sample("http_requests_in_flight", "", inFlight);
    }
    text.head("http_request_duration_seconds", "histogram", "Time to the answer's head.");
    text.histogram("http_request_duration_seconds", counts);
    more.accept(text);
    return text.toString();
  }

  /** Lines of the format. */
  public static final class Text {
    private final StringBuilder lines = new StringBuilder();

    /** What the samples behind it are. */
    public void head(String name, String type, String help) {
      lines.append("# HELP ").append(name).append(' ').append(help).append('\n');
      lines.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    }

    /**
     * @param labels as {@link #labels} makes them, or none
     */
    public void sample(String name, String labels, double value) {
      lines.append(name).append(labels).append(' ').append(number(value)).append('\n');
    }

    void histogram(String name, TargetCounts counts) {
      long[] buckets = counts.buckets();
      long sum = 0;
      for (int i = 0; i < buckets.length; i++) {
        sum += buckets[i];
        String bound =
            i < TargetCounts.BOUNDS.length ? String.valueOf(TargetCounts.BOUNDS[i]) : "+Inf";
        sample(name + "_bucket", labels("le", bound), (double) sum);
      }
      sample(name + "_sum", "", counts.seconds());
      sample(name + "_count", "", (double) sum);
    }

    private static String number(double value) {
      return value == Math.rint(value) && Math.abs(value) < 1e15
          ? String.valueOf((long) value)
          : String.format(Locale.ROOT, "%.6f", value);
    }

    /** Names and values by turns. */
    public static String labels(String... namesAndValues) {
      StringBuilder text = new StringBuilder("{");
      for (int i = 0; i < namesAndValues.length; i += 2) {
        String value = namesAndValues[i + 1];
        text.append(i == 0 ? "" : ",")
            .append(namesAndValues[i])
            .append("=\"")
            .append(value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n"))
            .append('"');
      }
      return text.append('}').toString();
    }

    @Override
    public String toString() {
      return lines.toString();
    }
  }
}
