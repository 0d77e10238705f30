package wirebook.engine.http.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http2.HTTP2Connection;
import org.eclipse.jetty.http2.HTTP2Stream;
import org.eclipse.jetty.server.Request;

/**
 * What RFC 9113 says of requests in HTTP/2 and Jetty leaves to others. Most of it is there so that
 * no request means something else when it is handed on in HTTP/1.1 (§10.3).
 */
final class Http2Rules {
  private static final Set<String> OF_THE_CONNECTION = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);

  static {
    OF_THE_CONNECTION.addAll(
        List.of("Keep-Alive", "Proxy-Connection", "Transfer-Encoding", "Upgrade"));
  }

  private Http2Rules() {}

  /** Why the request is malformed (RFC 9113 §8.1.1). */
  static Optional<String> fault(Request request) {
    if (request.getHeaders().contains(HttpHeader.CONNECTION)) {
      // Jetty resets a stream that has it: this one came in HTTP/1.1 and asked for the change.
      return Optional.empty();
    }
    if (!new Headers.Field(request.getMethod(), "").canBeSent()) {
      return Optional.of(":method is no token (RFC 9110 §9.1)");
    }
    if (HttpMethod.CONNECT.is(request.getMethod()) && request.getHttpURI().getPathQuery() != null) {
      return Optional.of("CONNECT has no :path (RFC 9113 §8.5)");
    }
    String target = target(request);
    if (target.chars().anyMatch(c -> c <= ' ' || c == 0x7f)
        || request.getHttpURI().getFragment() != null) {
      return Optional.of(":path has a blank, a fragment or a control character (RFC 9113 §8.3.1)");
    }
    for (HttpField field : request.getHeaders()) {
      if (OF_THE_CONNECTION.contains(field.getName())) {
        return Optional.of("HTTP/2 has no field " + field.getName() + " (RFC 9113 §8.2.2)");
      }
    }
    // Nothing has been read so far: all that came is there.
    return request.getConnectionMetaData().getConnection() instanceof HTTP2Connection connection
            && Optional.ofNullable(
                    connection.getSession().getStream(ResponseSender.stream(request)))
                .filter(HTTP2Stream::isLastDataReceived)
                .filter(stream -> stream.getDataLength() < request.getLength())
                .isPresent()
        ? Optional.of("content-length tells of content that did not come (RFC 9113 §8.1.1)")
        : Optional.empty();
  }

  /** What the request line of HTTP/1.1 would have; CONNECT has the authority alone there. */
  static String target(Request request) {
    String path = request.getHttpURI().getPathQuery();
    return path == null ? String.valueOf(request.getHttpURI().getAuthority()) : path;
  }

  /** With the cookies of all lines in one, as they are in HTTP/1.1 (RFC 9113 §8.2.3). */
  static Headers withOneCookieLine(Headers headers) {
    List<String> lines = headers.all("Cookie");
    if (lines.size() < 2) {
      return headers;
    }
    List<Headers.Field> fields = new ArrayList<>();
    boolean joined = false;
    for (Headers.Field field : headers.fields()) {
      if (!field.name().equalsIgnoreCase("Cookie")) {
        fields.add(field);
      } else if (!joined) {
        joined = true;
        fields.add(new Headers.Field(field.name(), String.join("; ", lines)));
      }
    }
    return new Headers(fields);
  }
}
