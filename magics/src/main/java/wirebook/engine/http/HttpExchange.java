package wirebook.engine.http;

import java.util.Optional;
import wirebook.trace.Bytes;

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
  /** About how many bytes it holds. */
  long weight() {
    return (long) request.head().length()
        + request.body().length()
        + response.map(r -> (long) r.head().length() + r.content().length()).orElse(0L);
  }

  /** This without the bodies. */
  HttpExchange lightened() {
    return new HttpExchange(
        url,
        channel,
        reused,
        new HttpRequest(
            request.method(),
            request.target(),
            request.version(),
            request.headers(),
            request.head(),
            Bytes.EMPTY,
            request.bodyLength()),
        response.map(
            r ->
                new HttpResponse(
                    r.status(),
                    r.reason(),
                    r.version(),
                    r.headers(),
                    r.head(),
                    Bytes.EMPTY,
                    r.bodyLength())),
        timing);
  }

  @Override
  public String toString() {
    return request + " → " + response.map(HttpResponse::toString).orElse("no response");
  }
}
