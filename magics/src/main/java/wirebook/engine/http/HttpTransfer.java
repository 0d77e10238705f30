package wirebook.engine.http;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import wirebook.codec.Json;
import wirebook.trace.Bytes;
import wirebook.trace.Heavy;
import wirebook.trace.Trace;

/**
 * All that a call of curl did: every exchange in order, redirects and retries included.
 *
 * @param exitCode curl's
 * @param error curl's message, empty when all went well
 */
public record HttpTransfer(List<HttpExchange> exchanges, int exitCode, String error, Trace trace)
    implements Heavy {
  public HttpTransfer {
    exchanges = List.copyOf(exchanges);
  }

  @Override
  public long weight() {
    return trace.weight() + exchanges.stream().mapToLong(HttpExchange::weight).sum();
  }

  @Override
  public HttpTransfer lightened() {
    return new HttpTransfer(
        exchanges.stream().map(HttpExchange::lightened).toList(),
        exitCode,
        error,
        trace.lightened());
  }

  /** The last response. */
  public Optional<HttpResponse> response() {
    return exchanges.reversed().stream().flatMap(e -> e.response().stream()).findFirst();
  }

  /** The last request. */
  public Optional<HttpRequest> request() {
    return exchanges.isEmpty() ? Optional.empty() : Optional.of(exchanges.getLast().request());
  }

  /** The last response's status, 0 when there was none. */
  public int status() {
    return response().map(HttpResponse::status).orElse(0);
  }

  /** The last response's body as text, empty when there was none. */
  public String body() {
    return response().map(HttpResponse::body).orElse("");
  }

  /** The last response's body as it was. */
  public Bytes bytes() {
    return response().map(HttpResponse::content).orElse(Bytes.EMPTY);
  }

  /** A header of the last response, empty text when it has none of that name. */
  public String header(String name) {
    return response().flatMap(r -> r.header(name)).orElse("");
  }

  /**
   * A value of the last response's JSON body.
   *
   * @param path {@code $.user.name} or {@code $.items[0].id}
   * @return strings without quotes, objects and arrays as JSON, an array of all where the path
   *     means several; empty text when nothing is there
   * @throws IllegalStateException when the body is no JSON
   * @throws IllegalArgumentException when the path is none
   */
  public String json(String path) {
    return switch (JsonPath.findAll(body(), path)) {
      case JsonPath.Found.Values(List<Json> values) ->
          values.isEmpty()
              ? ""
              : values.size() == 1 ? values.getFirst().text() : Json.of(values).write();
      case JsonPath.Found.NoJson(String why) -> {
        if (body().isBlank()) {
          yield "";
        }
        throw new IllegalStateException("The body is no JSON (" + why + "): look at .body()");
      }
      case JsonPath.Found.NoPath(String why) ->
          throw new IllegalArgumentException(path + " is no JSON path: " + why);
    };
  }

  /** The URLs in the order in which they were asked for. */
  public List<String> urls() {
    return exchanges.stream().map(HttpExchange::url).toList();
  }

  @Override
  public String toString() {
    String all = exchanges.stream().map(HttpExchange::toString).collect(Collectors.joining("\n"));
    return error.isEmpty()
        ? all
        : (all.isEmpty() ? "" : all + "\n") + "curl: (" + exitCode + ") " + error;
  }
}
