package wirebook.engine.http.server;

import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http2.ErrorCode;
import org.eclipse.jetty.http2.HTTP2Connection;
import org.eclipse.jetty.http2.frames.ResetFrame;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import wirebook.trace.Bytes;

/** What Jetty refuses before an endpoint sees it, in our words. */
final class Refusals extends ErrorHandler {
  static final int LONGEST_HEADER_SECTION = 16 * 1024;

  /** The attribute of a request in which the log finds them. */
  static final String REASON = "wirebook.refused";

  /** Jetty's words by their beginning, and ours. */
  private static final Map<String, String> WORDS =
      Map.ofEntries(
          Map.entry("No Host", "there is no Host field (RFC 9112 §3.2)"),
          Map.entry("Blank Host", "the Host field is empty"),
          Map.entry("Duplicate Host", "there are two Host fields (RFC 9112 §3.2)"),
          Map.entry("Authority!=Host", "the target and the Host field name different servers"),
          Map.entry("Mismatched Auth", "the target and the Host field name different servers"),
          Map.entry("Invalid Authority", "the Host field names no server"),
          Map.entry("Bad Host", "the Host field names no server"),
          Map.entry("No URI", "the request line has no target"),
          Map.entry("LF line", "a line ends with LF alone, where HTTP has CR LF (RFC 9112 §2.2)"),
          Map.entry("Bad EOL", "a CR stands without its LF (RFC 9112 §2.2)"),
          Map.entry(
              "Transfer-Encoding and",
              "Transfer-Encoding and Content-Length together can be read in two ways"
                  + " (RFC 9112 §6.1)"),
          Map.entry("Multiple Content", "there are two Content-Length fields (RFC 9112 §6.3)"),
          Map.entry("Invalid Content-L", "Content-Length is no number (RFC 9112 §6.3)"),
          Map.entry("Line Folding", "a field goes on in the next line (RFC 9112 §5.2)"),
          Map.entry("Whitespace", "a blank stands before a field's colon (RFC 9112 §5.1)"),
          Map.entry(
              "Illegal character SPACE",
              "a blank stands where none may, perhaps before a field's colon (RFC 9112 §5.1)"),
          Map.entry("Illegal character HTAB", "a tab stands where none may"),
          Map.entry("Illegal character EOL", "a header line has no colon"),
          Map.entry(
              "Illegal character OTEXT",
              "the method, or the name of a field, has a character beyond ASCII"),
          Map.entry("Illegal character CNTL", "there is a control character (RFC 9110 §5.5)"),
          Map.entry(
              "Illegal character VCHAR",
              "the method, or the name of a field, is no token (RFC 9110 §5.6.2)"),
          Map.entry("Bad URI path", "the target does not begin with /"),
          Map.entry(
              "Bad Transfer-Encoding",
              "of the transfer codings this server knows chunked, which stands alone"
                  + " (RFC 9112 §6.1)"),
          Map.entry("Fields must", "a header line has no colon"),
          Map.entry(
              "Illegal character CNTL=0x16",
              "this may be TLS, and this port speaks in the clear: ask http://, or %serve --tls"));

  /** 2^63 has 19 digits. */
  private static final Pattern LENGTH_BEYOND =
      Pattern.compile("(?i)content-length:\\s*0*(?:[1-9][0-9]{19,}|9[3-9][0-9]{17})\\s*");

  @Override
  public boolean handle(
      org.eclipse.jetty.server.Request request,
      org.eclipse.jetty.server.Response response,
      Callback callback) {
    // Jetty means the preface of HTTP/2 in a place where it may not stand.
    int status = response.getStatus() == 426 ? 505 : response.getStatus();
    response.setStatus(status);
    if (status == 400 && resetStream(request)) {
      callback.succeeded();
      return true;
    }
    String reason = "the request could not be answered";
    if (request.getAttribute(ERROR_EXCEPTION) instanceof Throwable cause) {
      reason = inTheHead(request).orElseGet(() -> words(status, cause));
    } else if (request.getAttribute(ERROR_MESSAGE) instanceof String message) {
      reason = message;
    }
    request.setAttribute(REASON, "refused: " + reason);
    Response page =
        ErrorPage.of(
            Optional.ofNullable(request.getHeaders().get(HttpHeader.ACCEPT)), status, reason);
    response.getHeaders().put(ResponseSender.SERVER);
    if (!ResponseSender.isHttp2(request)) {
      // What follows a malformed request could be anything.
      response.getHeaders().put(ResponseSender.CLOSE);
    }
    page.headers().fields().forEach(f -> response.getHeaders().put(f.name(), f.value()));
    Bytes text =
        page.content() instanceof Response.Content.Whole whole ? whole.bytes() : Bytes.EMPTY;
    ResponseSender.nameStatus(request, status);
    response.write(true, text.buffer(), callback);
    return true;
  }

  /** What Jetty has no words of its own for, or those of another fault. */
  private static Optional<String> inTheHead(org.eclipse.jetty.server.Request request) {
    if (ResponseSender.isHttp2(request)) {
      return Optional.empty();
    }
    return TappedConnector.connection(request).stream()
        .flatMap(c -> c.tap().current().request().text().lines().skip(1))
        .takeWhile(line -> !line.isEmpty())
        .flatMap(Refusals::inTheLine)
        .findFirst();
  }

  private static Stream<String> inTheLine(String line) {
    if (line.startsWith(":")) {
      return Stream.of("a field has no name (RFC 9110 §5.1)");
    }
    return LENGTH_BEYOND.matcher(line).matches()
        ? Stream.of("Content-Length is greater than any length that can be counted")
        : Stream.empty();
  }

  /** A malformed HTTP/2 request is a stream error (RFC 9113 §8.1.1). */
  private static boolean resetStream(org.eclipse.jetty.server.Request request) {
    if (request.getConnectionMetaData().getConnection() instanceof HTTP2Connection connection) {
      int id = ResponseSender.stream(request);
      org.eclipse.jetty.http2.api.Stream stream = connection.getSession().getStream(id);
      if (stream != null) {
        stream.reset(new ResetFrame(id, ErrorCode.PROTOCOL_ERROR.code), Callback.NOOP);
        return true;
      }
    }
    return false;
  }

  private static String words(int status, Throwable cause) {
    String reason =
        switch (cause) {
          case HttpException http -> http.getReason();
          case EofException broken -> "broken off: " + broken.getMessage();
          default -> cause.toString();
        };
    return switch (status) {
      case 414 -> "the request target is longer than this server takes";
      case 417 -> "the only expectation that can be met is 100-continue";
      case 431 ->
          "the header section is longer than the "
              + LONGEST_HEADER_SECTION
              + " bytes that this server takes";
      case 505 -> "this port speaks HTTP/1.0 and HTTP/1.1, and HTTP/2 behind its preface";
      default ->
          reason == null || reason.equals("Bad Request")
              ? "the request is malformed: perhaps its target climbs above /,"
                  + " or has a % without two hex digits"
              : WORDS.entrySet().stream()
                  .filter(words -> reason.startsWith(words.getKey()))
                  .max(Comparator.comparingInt(words -> words.getKey().length()))
                  .map(Map.Entry::getValue)
                  .orElse(reason);
    };
  }
}
