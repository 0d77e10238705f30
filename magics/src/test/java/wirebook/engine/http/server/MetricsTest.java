package wirebook.engine.http.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import wirebook.net.NetworkClock;

/** {@code /metrics} as a strict reader of Prometheus' text format takes it. */
class MetricsTest {
  private static final Pattern SAMPLE =
      Pattern.compile(
          "([a-zA-Z_:][a-zA-Z0-9_:]*)(\\{[a-zA-Z_][a-zA-Z0-9_]*=\"(?:[^\"\\\\\\n]|\\\\[\\\\\"n])*\""
              + "(?:,[a-zA-Z_][a-zA-Z0-9_]*=\"(?:[^\"\\\\\\n]|\\\\[\\\\\"n])*\")*\\})?"
              + " ([0-9.]+(?:[eE][+-]?[0-9]+)?|\\+Inf|NaN)");
  private static final Pattern TYPE =
      Pattern.compile("# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)");

  private final HttpServers servers = new HttpServers();

  @AfterEach
  void close() {
    servers.closeAll();
  }

  /** Samples by name and labels; each must follow its family's type, and stand only once. */
  private static Map<String, Double> read(String text) {
    Map<String, Double> samples = new HashMap<>();
    Map<String, String> types = new HashMap<>();
    Set<String> closed = new HashSet<>();
    String family = "";
    assertThat(text).endsWith("\n").doesNotContain("\n\n");
    for (String line : text.split("\n")) {
      Matcher type = TYPE.matcher(line);
      Matcher sample = SAMPLE.matcher(line);
      if (type.matches()) {
        closed.add(family);
        family = type.group(1);
        assertThat(closed).as("the lines of a family stand together").doesNotContain(family);
        types.put(family, type.group(2));
      } else if (!line.startsWith("# HELP ")) {
        assertThat(sample.matches()).as(line).isTrue();
        String name = sample.group(1);
        String of =
            types.getOrDefault(family, "").equals("histogram")
                ? name.replaceAll("_(bucket|sum|count)$", "")
                : name;
        assertThat(of).as(line).isEqualTo(family);
        assertThat(types.getOrDefault(family, "").equals("counter"))
            .isEqualTo(name.endsWith("_total"));
        String key = name + (sample.group(2) == null ? "" : sample.group(2));
        assertThat(samples.put(key, Double.parseDouble(sample.group(3)))).as(key).isNull();
      }
    }
    return samples;
  }

  private static HttpResponse<String> ask(HttpServer server, String path, String method)
      throws IOException, InterruptedException {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(
          HttpRequest.newBuilder(URI.create(server.url()).resolve(path))
              .method(method, HttpRequest.BodyPublishers.noBody())
              .build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }

  @Test
  void whatWasAskedIsCountedAsPrometheusReadsIt() throws Exception {
    HttpServer server =
        servers
            .start(
                HttpServers.Plan.on(
                    0,
                    "counted",
                    new Metrics(
                        request -> {
                          if (request.path().equals("/none")) {
                            throw new HttpError(404, "none");
                          }
                          return Response.text("yes");
                        },
                        NetworkClock.SYSTEM,
                        text -> {
                          text.head("more", "gauge", "More.");
                          text.sample("more", Metrics.Text.labels("name", "a \"b\" \\ c\nd"), 1.5);
                        })),
                NetworkClock.SYSTEM)
            .server();
    ask(server, "/", "GET");
    ask(server, "/", "GET");
    ask(server, "/none", "GET");
    ask(server, "/", "BREW");
    HttpResponse<String> metrics = ask(server, "/metrics", "GET");
    assertThat(metrics.headers().firstValue("Content-Type").orElseThrow())
        .startsWith("text/plain; version=0.0.4");
    Map<String, Double> samples = read(metrics.body());
    assertThat(samples)
        .containsEntry("http_requests_total{method=\"GET\",code=\"200\"}", 2.0)
        .containsEntry("http_requests_total{method=\"GET\",code=\"404\"}", 1.0)
        .containsEntry("http_requests_total{method=\"other\",code=\"200\"}", 1.0)
        .containsEntry("http_requests_in_flight", 0.0)
        .containsEntry("http_request_duration_seconds_count", 4.0)
        .containsEntry("http_request_duration_seconds_bucket{le=\"+Inf\"}", 4.0)
        .containsEntry("more{name=\"a \\\"b\\\" \\\\ c\\nd\"}", 1.5);
  }
}
