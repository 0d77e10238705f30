package wirebook.engine.http;

import java.util.List;
import java.util.Optional;
import wirebook.trace.Bytes;

/**
 * A request as it went out.
 *
 * @param target what stood in the request line
 * @param head every byte of request line and headers
 * @param bodyLength how many bytes of body were sent; {@code body} may hold fewer
 */
public record HttpRequest(
    String method,
    String target,
    String version,
    List<HttpHeader> headers,
    Bytes head,
    Bytes body,
    long bodyLength) {
  public HttpRequest {
    headers = List.copyOf(headers);
  }

  /** The first header of this name, in any case. */
  public Optional<String> header(String name) {
    return headers.stream()
        .filter(h -> h.name().equalsIgnoreCase(name))
        .map(HttpHeader::value)
        .findFirst();
  }

  @Override
  public String toString() {
    return method + " " + target;
  }
}
