package wirebook.engine.http;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
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
  /** Header fields whose values are secrets. */
  private static final Set<String> SECRET =
      Set.of("authorization", "proxy-authorization", "cookie", "set-cookie");

  /** A command of curl that sends this request again, passwords and cookies included. */
  public String asCurl() {
    return CopyAs.curl(this);
  }

  /** Java code for a cell that sends this request again, passwords and cookies included. */
  public String asJava() {
    return CopyAs.java(this);
  }

  /** This request for a {@code .http} file or {@code %%http}, passwords and cookies included. */
  public String asHttp() {
    return CopyAs.http(this);
  }

  /**
   * This for the eyes of others: without the fields Authorization, Proxy-Authorization, Cookie and
   * Set-Cookie, and without a password in the URL. What the heads, bodies and queries say stays.
   */
  public HttpExchange withoutSecrets() {
    return new HttpExchange(
        url.replaceFirst("^([a-zA-Z][a-zA-Z0-9+.-]*://)[^/?#]*@", "$1"),
        channel,
        reused,
        new HttpRequest(
            request.method(),
            request.target(),
            request.version(),
            open(request.headers()),
            request.head(),
            request.body(),
            request.bodyLength()),
        response.map(
            r ->
                new HttpResponse(
                    r.status(),
                    r.reason(),
                    r.version(),
                    open(r.headers()),
                    r.head(),
                    r.content(),
                    r.bodyLength())),
        timing);
  }

  private static List<HttpHeader> open(List<HttpHeader> headers) {
    return headers.stream()
        .filter(h -> !SECRET.contains(h.name().toLowerCase(Locale.ROOT)))
        .toList();
  }

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
