package wirebook.engine.http;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import wirebook.trace.Bytes;

/**
 * A response as it came in.
 *
 * @param head every byte of status line and headers
 * @param content the body after transfer and content codings were undone; when the body was too
 *     large to keep, its beginning; nothing of one that went to a file, or that made room
 * @param bodyLength the body's whole length in bytes, after the codings were undone
 */
public record HttpResponse(
    int status,
    String reason,
    String version,
    List<HttpHeader> headers,
    Bytes head,
    Bytes content,
    long bodyLength) {
  public HttpResponse {
    headers = List.copyOf(headers);
  }

  /** The first header of this name, in any case. */
  public Optional<String> header(String name) {
    return headers.stream()
        .filter(h -> h.name().equalsIgnoreCase(name))
        .map(HttpHeader::value)
        .findFirst();
  }

  public List<String> headers(String name) {
    return headers.stream()
        .filter(h -> h.name().equalsIgnoreCase(name))
        .map(HttpHeader::value)
        .toList();
  }

  /** Without parameters, lower case; empty when not said. */
  public String contentType() {
    String type = header("Content-Type").orElse("");
    int semicolon = type.indexOf(';');
    return (semicolon < 0 ? type : type.substring(0, semicolon)).strip().toLowerCase(Locale.ROOT);
  }

  /** The character set that the content type names, else UTF-8. */
  public Charset charset() {
    String type = header("Content-Type").orElse("").toLowerCase(Locale.ROOT);
    int at = type.indexOf("charset=");
    if (at < 0) {
      return StandardCharsets.UTF_8;
    }
    String name = type.substring(at + 8).replaceAll("[\"';].*", "").strip();
    name = name.isEmpty() ? type.substring(at + 8).replace("\"", "").split(";")[0].strip() : name;
    try {
      return Charset.forName(name);
    } catch (IllegalArgumentException e) {
      return StandardCharsets.UTF_8;
    }
  }

  /**
   * The body as text.
   *
   * @throws IllegalStateException when nothing of it is kept
   */
  public String body() {
    if (content.isEmpty() && bodyLength > 0) {
      throw new IllegalStateException(
          String.format(
              "The body (%,d bytes) is not in this value: one that goes to a file is only there, and"
                  + " results without a name give theirs up for newer ones. Ask again: var r = %%curl"
                  + " … keeps it.",
              bodyLength));
    }
    return content.text(charset());
  }

  /** Whether {@link #content} is only the beginning of the body. */
  public boolean truncated() {
    return content.length() < bodyLength;
  }

  @Override
  public String toString() {
    return status + (reason.isEmpty() ? "" : " " + reason);
  }
}
