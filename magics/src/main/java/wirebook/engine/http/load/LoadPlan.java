package wirebook.engine.http.load;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Stream;
import wirebook.engine.http.HttpHeader;
import wirebook.trace.Bytes;

/**
 * What load to put on a server.
 *
 * @param connections at a time; each carries one request after the other, or several with {@code
 *     streams}
 * @param duration after which no request begins
 * @param count requests in all, instead of a duration
 * @param rate requests a second, begun at fixed times whether answers come or not (open model);
 *     empty: each connection asks again as soon as it has its answer (closed model)
 * @param timeout how long an answer may take
 * @param fresh whether each request looks the name up anew, and has a connection of its own to the
 *     first address: as a simple client does
 * @param streams requests at a time on a connection, over HTTP/2; empty: over HTTP/1.1
 */
public record LoadPlan(
    URI url,
    String method,
    List<HttpHeader> headers,
    Bytes body,
    int connections,
    Optional<Duration> duration,
    OptionalLong count,
    OptionalDouble rate,
    Duration timeout,
    boolean fresh,
    OptionalInt streams) {
  public LoadPlan {
    headers = List.copyOf(headers);
  }

  boolean isEncrypted() {
    return url.getScheme().equals("https");
  }

  int port() {
    return url.getPort() > 0 ? url.getPort() : isEncrypted() ? 443 : 80;
  }

  /** The path and the query. */
  String target() {
    String path = url.getRawPath() == null || url.getRawPath().isEmpty() ? "/" : url.getRawPath();
    return path + (url.getRawQuery() == null ? "" : "?" + url.getRawQuery());
  }

  /** Which host is asked for: what a Host field says, or the URL. */
  String authority() {
    return headers.stream()
        .filter(field -> field.name().equalsIgnoreCase("Host"))
        .map(HttpHeader::value)
        .findFirst()
        .orElse(url.getHost() + (url.getPort() < 0 ? "" : ":" + url.getPort()));
  }

  /** The other fields. */
  List<HttpHeader> fields() {
    return Stream.concat(
            headers.stream().filter(field -> !field.name().equalsIgnoreCase("Host")),
            body.isEmpty()
                ? Stream.empty()
                : Stream.of(new HttpHeader("Content-Length", String.valueOf(body.length()))))
        .toList();
  }
}
