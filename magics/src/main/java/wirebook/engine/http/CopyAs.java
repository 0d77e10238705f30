package wirebook.engine.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A request that was sent, written so that it can be sent again. */
final class CopyAs {
  private static final String FORM = "application/x-www-form-urlencoded";
  private static final String BODY_FILE = "body.bin";

  /** Lines that are no body in a {@code .http} file. */
  private static final Pattern OWN_MEANING = Pattern.compile("(?m)^(?:###|[<>]|# @|// @)");

  private final HttpExchange exchange;
  private final HttpRequest request;

  private CopyAs(HttpExchange exchange) {
    this.exchange = exchange;
    request = exchange.request();
  }

  static String curl(HttpExchange exchange) {
    return new CopyAs(exchange).curl();
  }

  static String java(HttpExchange exchange) {
    return new CopyAs(exchange).java();
  }

  static String http(HttpExchange exchange) {
    return new CopyAs(exchange).http();
  }

  /** Whether a body goes along, though it may be an empty one. */
  private boolean sends() {
    return request.bodyLength() > 0 || request.header("Content-Length").isPresent();
  }

  /** The body where it is text and all there. */
  private Optional<String> text() {
    return request.body().length() == request.bodyLength()
            && request.body().isUtf8()
            && request.body().text().indexOf('\0') < 0
        ? Optional.of(request.body().text())
        : Optional.empty();
  }

  private String missing(String comment) {
    return text().isPresent()
        ? ""
        : String.format(
            "%s %s is to hold the body: %,d bytes that are no text, or are not kept%n",
            comment, BODY_FILE, request.bodyLength());
  }

  /** The fields that do not follow from URL and body. */
  private List<HttpHeader> fields() {
    String authority = exchange.url().replaceFirst("^[^/]*//", "").replaceFirst("[/?#].*", "");
    String host = authority.substring(authority.lastIndexOf('@') + 1);
    return request.headers().stream()
        .filter(h -> !h.name().equalsIgnoreCase("Content-Length"))
        .filter(h -> !h.name().equalsIgnoreCase("Host") || !h.value().equalsIgnoreCase(host))
        .toList();
  }

  /** Whether curl sends the same without being told. */
  private static boolean curlsOwn(HttpHeader field) {
    return switch (field.name().toLowerCase(Locale.ROOT)) {
      case "accept" -> field.value().equals("*/*");
      case "user-agent" -> field.value().startsWith("curl/");
      default -> false;
    };
  }

  private String curl() {
    List<String> lines = new ArrayList<>();
    String usual = sends() ? "POST" : "GET";
    String method =
        request.method().equals("HEAD")
            ? " --head"
            : request.method().equals(usual) ? "" : " -X " + quoted(request.method());
    boolean secure = exchange.url().startsWith("https:");
    String version =
        switch (request.version()) {
          case "HTTP/1.0" -> " --http1.0";
          case "HTTP/1.1" -> secure ? " --http1.1" : "";
          case "HTTP/2" -> secure ? "" : " --http2-prior-knowledge";
          default -> "";
        };
    String literally = exchange.url().matches("(?s).*[\\[\\]{}].*") ? " -g" : "";
    String dots = exchange.url().matches("(?s).*/\\.\\.?(?:[/?#].*)?") ? " --path-as-is" : "";
    String target = request.target().equals("*") ? " --request-target '*'" : "";
    lines.add("curl" + method + version + literally + dots + target + " " + quoted(exchange.url()));
    for (HttpHeader field : fields()) {
      boolean form = sends() && field.toString().equalsIgnoreCase("Content-Type: " + FORM);
      if (!curlsOwn(field) && !form) {
        String whole = field.value().isEmpty() ? field.name() + ";" : field.toString();
        lines.add("-H " + quoted(whole));
      }
      if (field.name().equalsIgnoreCase("Accept-Encoding")) {
        lines.add("--compressed");
      }
    }
    for (String own : List.of("Accept", "User-Agent", "Content-Type")) {
      // curl would send its own.
      if (request.header(own).isEmpty() && (sends() || !own.equals("Content-Type"))) {
        lines.add("-H " + quoted(own + ":"));
      }
    }
    if (sends()) {
      lines.add(text().map(t -> "--data-raw " + quoted(t)).orElse("--data-binary @" + BODY_FILE));
    }
    return missing("#") + String.join(" \\\n  ", lines) + "\n";
  }

  /** For a POSIX shell, where nothing but a quote means something between quotes. */
  private static String quoted(String text) {
    return text.matches("[A-Za-z0-9_./:@%+=,-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
  }

  private String java() {
    StringBuilder out = new StringBuilder(missing("//"));
    String version = request.version().equals("HTTP/2") ? "HTTP_2" : "HTTP_1_1";
    out.append("var client = HttpClient.newBuilder().version(HttpClient.Version.")
        .append(version)
        .append(").build();\nvar request = HttpRequest.newBuilder(URI.create(")
        .append(JavaSource.literal(JavaSource.uri(ByteText.fromText(exchange.url()))))
        .append("))\n");
    for (HttpHeader field : fields()) {
      boolean own =
          JavaSource.RESTRICTED.contains(field.name().toLowerCase(Locale.ROOT))
              || field.name().equalsIgnoreCase("Transfer-Encoding");
      out.append(own ? "    // java.net.http sets it itself: " : "    .header(")
          .append(JavaSource.literal(field.name()))
          .append(", ")
          .append(JavaSource.literal(field.value()))
          .append(own ? "\n" : ")\n");
    }
    String publisher =
        !sends()
            ? "noBody()"
            : text()
                .map(t -> "ofString(" + JavaSource.literal(t) + ")")
                .orElse("ofFile(Path.of(\"" + BODY_FILE + "\"))");
    return out.append("    .method(")
        .append(JavaSource.literal(request.method()))
        .append(", HttpRequest.BodyPublishers.")
        .append(publisher)
        .append(
            """
            )
                .build();
            var response = client.send(request, HttpResponse.BodyHandlers.ofString());
            System.out.println(response.body());
            """)
        .toString();
  }

  private String http() {
    String body = text().orElse("< ./" + BODY_FILE);
    boolean twofold =
        text().isPresent() && (body.contains("{{") || OWN_MEANING.matcher(body).find());
    return missing("#")
        + (twofold ? "# Some of this body means something of its own in a .http file.\n" : "")
        + "# @no-redirect\n"
        + request.method()
        + " "
        + exchange.url()
        + " "
        + request.version()
        + "\n"
        + fields().stream()
            .filter(h -> !curlsOwn(h))
            .map(h -> h + "\n")
            .collect(Collectors.joining())
        + (request.bodyLength() > 0 ? "\n" + body + "\n" : "");
  }
}
