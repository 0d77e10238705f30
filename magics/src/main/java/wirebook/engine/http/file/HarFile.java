package wirebook.engine.http.file;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import wirebook.codec.Json;
import wirebook.engine.http.Har;
import wirebook.spi.Diagnostic;
import wirebook.spi.Span;
import wirebook.trace.Bytes;

/**
 * The requests of an HTTP Archive (HAR 1.2), as browsers save it. They are called by their number,
 * from 1. Nothing in them is a reference or names a file; redirects are entries of their own.
 */
public final class HarFile {
  private static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
  private static final Span START = new Span(0, 0);

  /** What has to be written by whoever sends. */
  private static final Set<String> NOT_SENT = Set.of("content-length", "transfer-encoding");

  private HarFile() {}

  /** As {@link HttpFile#parse}: what cannot be understood is said in what comes out. */
  public static HttpFile parse(String text) {
    List<HttpFile.Request> requests = new ArrayList<>();
    List<Diagnostic> wrong = new ArrayList<>();
    Har.read(
            text,
            entry ->
                requests.add(
                    request(Integer.toString(requests.size() + 1), Har.object(entry, "request"))))
        .ifPresent(
            taken ->
                wrong.add(
                    new Diagnostic(
                        "HTTP048",
                        START,
                        taken == 0
                            ? "this is no HTTP Archive"
                            : "entry " + (taken + 1) + " of the HTTP Archive cannot be read",
                        "It is JSON with log.entries, as %curl --har and browsers' developer tools"
                            + " write it.")));
    return new HttpFile(requests, List.of(), wrong, wrong);
  }

  private static HttpFile.Request request(String number, Json.Obj json) {
    String method = Har.needed(json, "method");
    String url = Har.needed(json, "url");
    List<HttpFile.Header> headers = new ArrayList<>();
    Optional<String> refusal = Optional.empty();
    if (!method.matches(TOKEN)) {
      refusal = Optional.of("its method is none");
    }
    if (!url.matches("(?i)https?://[^\\p{Cntrl}]+")) {
      refusal = Optional.of("its URL is none of http or https");
    }
    for (Json element : Har.items(json, "headers")) {
      String name = Har.needed(Har.object(element), "name");
      String value = Har.needed(Har.object(element), "value");
      if (name.startsWith(":") || NOT_SENT.contains(name.toLowerCase(Locale.ROOT))) {
        continue;
      }
      if (!name.matches(TOKEN) || value.matches("(?s).*[\r\n\0].*")) {
        refusal = Optional.of("a header field of it would be several");
      }
      headers.add(new HttpFile.Header(name, literal(value), START));
    }
    List<HttpFile.Directive> directives = new ArrayList<>();
    directives.add(new HttpFile.Directive("no-redirect", "", START));
    if (has(headers, "Cookie")) {
      directives.add(new HttpFile.Directive("no-cookie-jar", "", START));
    }
    HttpFile.Body body = HttpFile.Body.NONE;
    if (json.get("postData") instanceof Json.Obj data) {
      Optional<String> text = text(data);
      if (text.isEmpty()) {
        refusal = Optional.of("its body is not text, or not all of it is there");
      } else {
        body = new HttpFile.Body(List.of(new HttpFile.Part.Text(literal(text.get()))));
      }
      String type = Har.word(data, "mimeType");
      if (!type.isEmpty() && !type.matches("(?s).*\\p{Cntrl}.*") && !has(headers, "Content-Type")) {
        headers.add(new HttpFile.Header("Content-Type", literal(type), START));
      }
    }
    String version = Har.word(json, "httpVersion");
    return new HttpFile.Request(
        number,
        Optional.empty(),
        directives,
        method,
        literal(url),
        version.matches("(?i)http/1\\.[01]") ? Optional.of(version) : Optional.empty(),
        headers,
        body,
        START,
        List.of(),
        List.of(),
        refusal.map(
            why ->
                new Diagnostic(
                    "HTTP046",
                    START,
                    "request " + number + " of the HTTP Archive cannot be sent: " + why,
                    "Name the others: %http FILE.har 1 2")));
  }

  /** Empty when it is not to be had as text. */
  private static Optional<String> text(Json.Obj data) {
    if (Har.word(data, "comment").startsWith("cut: ")) {
      return Optional.empty();
    }
    String text = Har.word(data, "text");
    if (Har.word(data, "_encoding").equals("base64")
        || Har.word(data, "encoding").equals("base64")) {
      try {
        Bytes bytes = Bytes.of(Base64.getDecoder().decode(text));
        return bytes.isUtf8() ? Optional.of(bytes.text()) : Optional.empty();
      } catch (IllegalArgumentException e) {
        return Optional.empty();
      }
    }
    if (!text.isEmpty() || !data.has("params")) {
      return Optional.of(text);
    }
    if (Har.word(data, "mimeType").startsWith("multipart/")) {
      return Optional.empty();
    }
    return Optional.of(
        Har.items(data, "params").stream()
            .map(Har::object)
            .map(p -> escaped(Har.word(p, "name")) + "=" + escaped(Har.word(p, "value")))
            .collect(Collectors.joining("&")));
  }

  private static String escaped(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static boolean has(List<HttpFile.Header> headers, String name) {
    return headers.stream().anyMatch(h -> h.name().equalsIgnoreCase(name));
  }

  /** In an archive two braces are two braces. */
  private static Template literal(String text) {
    return new Template(List.of(new Template.Piece.Text(text)));
  }
}
