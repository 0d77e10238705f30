package wirebook.engine.http.server;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import wirebook.engine.http.HttpUrl;
import wirebook.trace.Bytes;

/**
 * A request and its response as they were on the wire. Bytes beyond what is kept are only counted.
 *
 * @param at when the request had been read up to its content
 * @param connection the number of its connection at the server's port, from 1 on
 * @param stream of HTTP/2, 0 in HTTP/1
 * @param remote the client
 * @param protocol {@code HTTP/1.1}, {@code HTTP/2.0}
 * @param status of the response, 0 when none was sent
 * @param request the first bytes of the request; made up from the fields where HTTP/2 sent them in
 *     frames
 * @param requestLength all bytes of the request, of HTTP/2 with the fields as they were made up
 * @param response the first bytes of the response; made up, without its content, for HTTP/2
 * @param responseLength all bytes of the response, likewise
 * @param duration from {@code at} until the response had been handed to the system
 * @param notes what the server's knobs did, and what went wrong
 */
public record Exchange(
    Instant at,
    long connection,
    int stream,
    InetSocketAddress remote,
    String protocol,
    int status,
    Bytes request,
    long requestLength,
    Bytes response,
    long responseLength,
    Duration duration,
    List<String> notes) {

  /**
   * Those that came later than others.
   *
   * @param count how many requests have come in all, with these
   * @param exchanges the oldest first
   */
  public record Later(long count, List<Exchange> exchanges) {}

  /** As in the Common Log Format. */
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss Z", Locale.ROOT).withZone(ZoneOffset.UTC);

  /** In the log; longer, what a client sent would bury the rest of its line. */
  private static final int MOST_SHOWN = 400;

  public Exchange {
    notes = List.copyOf(notes);
  }

  /** The first line of the request as it was sent, control characters shown. */
  public String requestLine() {
    String line = firstLine();
    return line.length() > 2000 ? line.substring(0, 2000) + "…" : line;
  }

  private String firstLine() {
    String text = request.text(StandardCharsets.ISO_8859_1).stripLeading();
    int end = text.indexOf('\n');
    return shown((end < 0 ? text : text.substring(0, end)).stripTrailing());
  }

  public String method() {
    String line = requestLine();
    int space = line.indexOf(' ');
    return space < 0 ? line : line.substring(0, space);
  }

  /** What the request line names, as sent. */
  public String target() {
    String[] words = requestLine().split(" ");
    return words.length < 2 ? "" : words[1];
  }

  /** The value of a request field, from the bytes that were kept. */
  public Optional<String> header(String name) {
    return request
        .text(StandardCharsets.ISO_8859_1)
        .lines()
        .skip(1)
        .takeWhile(line -> !line.isEmpty())
        .filter(line -> line.regionMatches(true, 0, name + ":", 0, name.length() + 1))
        .map(line -> shown(line.substring(name.length() + 1).strip()))
        .findFirst();
  }

  /** Bytes sent behind the header section, as servers count them: of content and its framing. */
  public long contentLength() {
    int begin = 0;
    for (int i = 3; i < response.length(); i++) {
      if (response.at(i) == '\n'
          && response.at(i - 1) == '\r'
          && response.at(i - 2) == '\n'
          && response.at(i - 3) == '\r') {
        String line = response.slice(begin, Math.min(begin + 12, i)).text();
        if (!line.startsWith("HTTP/1.1 1") || line.endsWith(" 101")) {
          return responseLength - i - 1;
        }
        // An interim response goes before the one that counts (RFC 9110 §15.2).
        begin = i + 1;
      }
    }
    return 0;
  }

  static String brief(String text) {
    return text.length() <= MOST_SHOWN
        ? text
        : text.substring(0, MOST_SHOWN) + "… and " + (text.length() - MOST_SHOWN) + " more";
  }

  /**
   * A line of an access log: the Common Log Format with client, user agent and milliseconds behind.
   */
  public String logLine() {
    StringBuilder line = new StringBuilder(beginning());
    line.append(" \"")
        .append(brief(header("User-Agent").orElse("-")))
        .append("\" ")
        .append(String.format(Locale.ROOT, "%.1fms", duration.toNanos() / 1e6));
    notes.forEach(note -> line.append(" [").append(brief(note)).append(']'));
    return line.toString();
  }

  /** As Apache and nginx write it by default: what their readers of logs read. */
  public String combined() {
    return beginning()
        + " \""
        + brief(header("Referer").orElse("-"))
        + "\" \""
        + brief(header("User-Agent").orElse("-"))
        + '"';
  }

  /** The Common Log Format. */
  private String beginning() {
    return logStart(remote, at) + '"' + brief(firstLine()) + "\" " + status + ' ' + contentLength();
  }

  /** The same as a line of JSON; what the request did not say is left out. */
  public String json() {
    Map<String, Object> told = new LinkedHashMap<>();
    told.put("time", at.toString());
    told.put("remote", remote.getAddress() == null ? "-" : HttpUrl.text(remote.getAddress()));
    told.put("method", method());
    told.put("target", target());
    told.put("protocol", protocol);
    told.put("status", status);
    told.put("bytes", contentLength());
    told.put("milliseconds", Math.round(duration.toNanos() / 10_000.0) / 100.0);
    for (String name : List.of("Host", "User-Agent", "Referer", "X-Request-Id", "traceparent")) {
      header(name).ifPresent(value -> told.put(name.toLowerCase(Locale.ROOT), value));
    }
    told.put("notes", notes);
    return JsonForm.oneLine(told);
  }

  /** What each line of the log begins with: who, and when. */
  static String logStart(InetSocketAddress remote, Instant at) {
    return (remote.getAddress() == null ? "-" : HttpUrl.text(remote.getAddress()))
        + " - - ["
        + TIME.format(at)
        + "] ";
  }

  /** As Apache and nginx write it: what is not ASCII may be of any encoding. */
  static String shown(String text) {
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < 0x20 || c >= 0x7f || c == '"') {
        out.append("\\x").append(HexFormat.of().toHexDigits((byte) c));
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }
}
