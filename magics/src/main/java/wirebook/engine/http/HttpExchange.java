package wirebook.engine.http;

import java.util.Optional;

/**
 * One request and what came of it.
 *
 * @param url that was asked for
 * @param channel the connection in the trace; exchanges with the same number shared it
 * @param reused whether the connection was open before
 * @param response empty when none came
 */
public record HttpExchange(
    String url,
    int channel,
    boolean reused,
    HttpRequest request,
    Optional<HttpResponse> response,
    HttpTiming timing) {
  @Override
  public String toString() {
    return request + " → " + response.map(HttpResponse::toString).orElse("no response");
  }
}
