package wirebook.engine.http.server;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import wirebook.trace.Bytes;

/**
 * What an {@link Endpoint} answers (RFC 9110 §3.4). {@code Date}, {@code Content-Length} and {@code
 * Transfer-Encoding} are added when it is sent.
 */
public record Response(int status, Headers headers, Content content) {
  /** What follows the header section. */
  public sealed interface Content {
    /** All there is, known beforehand. */
    record Whole(Bytes bytes) implements Content {}

    /**
     * Written piece by piece; each flush goes out at once. Without a length it is sent chunked, or
     * up to the connection's end to an HTTP/1.0 client.
     */
    record Streamed(OptionalLong length, Writer writer) implements Content {}

    /** Written piece by piece, with fields behind it (RFC 9110 §6.5) that are asked for then. */
    record Trailed(Writer writer, Supplier<Headers> trailers) implements Content {}

    /**
     * No content: the connection goes on as a WebSocket, if the client wants one.
     *
     * @param protocols of those that a client offers the first is agreed to that stands here
     */
    record Upgrade(WebSocket.Handler handler, List<String> protocols) implements Content {
      public Upgrade {
        protocols = List.copyOf(protocols);
      }
    }

    /** No content: what comes from either side goes to the other, as it is. */
    record Tunnelled(UpstreamConnection upstream) implements Content {}

    /** {@code length} bytes of a file from {@code offset} on. */
    record Part(Path file, long offset, long length) implements Content {}
  }

  /** Writes a response's content; called once, on the request's thread. */
  @FunctionalInterface
  public interface Writer {
    void write(OutputStream out) throws IOException, InterruptedException;
  }

  public Response {
    boolean leaves = content instanceof Content.Upgrade || content instanceof Content.Tunnelled;
    boolean fits = leaves ? status == 101 : status >= 200;
    if (!fits || status > 999) {
      throw new IllegalArgumentException(
          "a response ends with a status from 200 to 999 (RFC 9110 §15), not " + status);
    }
  }

  private static final Content NOTHING = new Content.Whole(Bytes.EMPTY);

  /** Nothing but a status. */
  public static Response status(int status) {
    return new Response(status, Headers.NONE, NOTHING);
  }

  /** {@code text/plain} in UTF-8. */
  public static Response text(String text) {
    return of("text/plain; charset=utf-8", Bytes.utf8(text));
  }

  /** {@code text/html} in UTF-8. */
  public static Response html(String html) {
    return of("text/html; charset=utf-8", Bytes.utf8(html));
  }

  /**
   * {@code application/json}: maps, lists, arrays, strings, numbers, booleans, null, records by
   * their components, and objects of a cell's classes by their fields.
   */
  public static Response json(@Nullable Object value) {
    return of("application/json", Bytes.utf8(JsonForm.pretty(value) + "\n"));
  }

  public static Response of(String contentType, Bytes bytes) {
    return new Response(200, Headers.of("Content-Type", contentType), new Content.Whole(bytes));
  }

  /**
   * A file, of the type that its name tells.
   *
   * @throws HttpError 404 when there is none
   */
  public static Response file(Path path) {
    if (!Files.isRegularFile(path)) {
      throw new HttpError(404, "there is no file " + path.getFileName());
    }
    return new Response(
        200,
        Headers.of("Content-Type", MediaTypes.ofFile(String.valueOf(path.getFileName()))),
        new Content.Part(path, 0, path.toFile().length()));
  }

  /** Content of unknown length, written piece by piece. */
  public static Response stream(String contentType, Writer writer) {
    return new Response(
        200,
        Headers.of("Content-Type", contentType),
        new Content.Streamed(OptionalLong.empty(), writer));
  }

  /** The same with {@code trailers} behind, which are known when all has been written. */
  public static Response stream(String contentType, Writer writer, Supplier<Headers> trailers) {
    return new Response(
        200, Headers.of("Content-Type", contentType), new Content.Trailed(writer, trailers));
  }

  /** Events of a server, as browsers' {@code EventSource} reads them. */
  public static Response events(EventStream.Writer writer) {
    return stream("text/event-stream", out -> writer.write(new EventStream(out)))
        .with("Cache-Control", "no-store");
  }

  /**
   * Leaves HTTP for a WebSocket; a client that does not ask for one gets 426.
   *
   * @param protocols that the handler speaks (RFC 6455 §1.9): the first of the client's that stands
   *     here is agreed to, and {@link WebSocket#protocol} tells it
   */
  public static Response webSocket(WebSocket.Handler handler, String... protocols) {
    return new Response(101, Headers.NONE, new Content.Upgrade(handler, List.of(protocols)));
  }

  /** Status 302 to {@code location}. */
  public static Response redirect(String location) {
    return status(302).with("Location", Parameters.encodeUnsafe(location));
  }

  public Response withStatus(int code) {
    return new Response(code, headers, content);
  }

  /**
   * With this field in place of all of its name.
   *
   * @throws IllegalArgumentException when it would be no field, or more than one
   */
  public Response with(String name, String value) {
    return new Response(status, sendable(name, value).with(name, value), content);
  }

  /**
   * With one more field line.
   *
   * @throws IllegalArgumentException when it would be no field, or more than one
   */
  public Response plus(String name, String value) {
    return new Response(status, sendable(name, value).plus(name, value), content);
  }

  private Headers sendable(String name, String value) {
    if (!new Headers.Field(name, value).canBeSent()) {
      throw new IllegalArgumentException(
          "a header field is a name of letters, digits and -, and a value without line ends"
              + " (RFC 9110 §5), not "
              + JsonForm.oneLine(Map.of(name, value)));
    }
    return headers;
  }

  public Response withHeaders(Headers others) {
    return new Response(status, others, content);
  }

  public Response withContent(Content other) {
    return new Response(status, headers, other);
  }
}
