package wirebook.engine.http.file;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import wirebook.codec.Json;
import wirebook.spi.Diagnostic;
import wirebook.spi.MagicException;
import wirebook.spi.Span;
import wirebook.trace.Bytes;

/**
 * A request with its references filled in, as the editors send it: VS Code's REST Client, where the
 * others do not say more.
 *
 * @param options curl's, for the request itself
 */
public record Outgoing(String method, String url, List<String> options, Bytes body) {
  private static final Map<String, String> VERSIONS =
      Map.of(
          "http/1.0", "--http1.0",
          "http/1.1", "--http1.1",
          "http/2", "--http2",
          "http/2.0", "--http2",
          "http/2 (prior knowledge)", "--http2-prior-knowledge");
  private static final Pattern TIMEOUT = Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*(ms|s|m)?");

  /** The server as a whole, in {@code OPTIONS *}. */
  private static final String ALL = "*";

  private static final byte[] LINE_END = {'\r', '\n'};
  private static final String GRAPHQL_HEADER = "X-Request-Type";
  private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
  private static final Pattern OPERATION =
      Pattern.compile("^\\s*query\\s+([^@{(\\s]+)", Pattern.CASE_INSENSITIVE);

  private static final Pattern GAP = Pattern.compile("\\r?\\n[ \\t]*\\r?\\n");

  /** What stands in a URL or a form as it is; of all else the bytes are escaped. */
  private static final String PLAIN = "!#$%&'()*+,-./:;=?@[]_~";

  public Outgoing {
    options = List.copyOf(options);
  }

  /**
   * Fills a request in.
   *
   * @param directory where its files are looked for
   * @throws MagicException at what has no value, or is no part of a request
   */
  public static Outgoing of(HttpFile.Request request, Resolver resolver, Path directory) {
    if (request.method().equals(HttpFileParser.CURL)) {
      return command(request, resolver);
    }
    String url = address(request, resolver);
    boolean graphQl = graphQl(request);
    List<Field> fields = new ArrayList<>();
    StringBuilder ahead = new StringBuilder();
    fields(request, resolver, fields, ahead);
    byte[] plain = body(request, resolver, ahead.toString(), directory);
    byte[] body = graphQl ? graphQlBody(plain) : plain;
    String method = request.method().equals("GRAPHQL") ? "POST" : request.method();
    // A POST has a body, though it may be empty.
    boolean sends = body.length > 0 || method.equals("POST");
    List<String> words = new ArrayList<>();
    if (!request.has("no-redirect")) {
      // What comes behind a 303 is a GET, whatever came before (RFC 9110, 15.4.4).
      words.add("--follow");
    }
    if (method.equals("HEAD")) {
      words.add("--head");
    } else if (!method.equals(sends ? "POST" : "GET")) {
      words.addAll(List.of("-X", method));
    }
    request.version().ifPresent(version -> words.add(version(request, version)));
    timeout(request, "timeout").ifPresent(seconds -> words.addAll(List.of("-m", seconds)));
    timeout(request, "connection-timeout")
        .ifPresent(seconds -> words.addAll(List.of("--connect-timeout", seconds)));
    boolean typed = false;
    for (Field field : fields) {
      switch (field.name().toLowerCase(Locale.ROOT)) {
        case "x-request-type" -> {
          if (!graphQl) {
            words.addAll(field.option());
          }
        }
        case "content-length" -> {
          // It is that of the body, whatever the file says.
        }
        case "authorization" -> words.addAll(login(field));
        case "accept-encoding" -> {
          words.add("--compressed");
          words.addAll(field.option());
        }
        default -> {
          typed |= field.name().equalsIgnoreCase("Content-Type");
          words.addAll(field.option());
        }
      }
    }
    if (sends) {
      if (!typed && graphQl) {
        words.addAll(List.of("-H", "Content-Type: application/json"));
      } else if (!typed) {
        // curl would call it a form; nobody said that it is one.
        words.addAll(List.of("-H", "Content-Type:"));
      }
      words.addAll(List.of("--data-binary", "@-"));
    }
    if (request.url().toString().equals(ALL)) {
      words.addAll(List.of("--request-target", ALL));
    }
    words.addAll(List.of("-g", "--url", url));
    return new Outgoing(method, url, words, Bytes.of(body));
  }

  /** A command of curl: its words are the options. */
  private static Outgoing command(HttpFile.Request request, Resolver resolver) {
    StringBuilder text = new StringBuilder();
    for (HttpFile.Part part : request.body().parts()) {
      if (part instanceof HttpFile.Part.Text(Template template)) {
        text.append(resolver.fill(template));
      }
    }
    try {
      List<String> words = CommandWords.of(text.toString());
      return new Outgoing(
          request.method(),
          String.join(" ", words.subList(1, words.size())),
          words.subList(1, words.size()),
          Bytes.EMPTY);
    } catch (IllegalArgumentException e) {
      throw wrong(
          "HTTP020",
          request.span(),
          "this is no command of curl alone, but goes on with " + e.getMessage(),
          "Write a line of ### behind it, or put it into a cell of its own: %curl …");
    }
  }

  /** A header with its value. */
  private record Field(String name, String value) {
    List<String> option() {
      return List.of("-H", value.isEmpty() ? name + ";" : name + ": " + value);
    }
  }

  /**
   * The header fields.
   *
   * @param body gets what variables among them have for the body
   */
  private static void fields(
      HttpFile.Request request, Resolver resolver, List<Field> fields, StringBuilder body) {
    for (HttpFile.Header header : request.headers()) {
      String value = resolver.fill(header.value());
      if (!header.name().isEmpty()) {
        fields.add(new Field(header.name(), value));
        continue;
      }
      Matcher gap = GAP.matcher(value);
      if (gap.find()) {
        body.append(value.substring(gap.end()).strip());
        value = value.substring(0, gap.start());
      }
      for (String line : value.lines().filter(l -> !l.isBlank()).toList()) {
        int colon = line.indexOf(':');
        if (colon <= 0 || !TOKEN.matcher(line.substring(0, colon)).matches()) {
          throw wrong(
              "HTTP006",
              header.span(),
              header.value() + " is no header, but " + line,
              "Give it Name: value, or write Name: in front of it.");
        }
        fields.add(new Field(line.substring(0, colon).strip(), line.substring(colon + 1).strip()));
      }
    }
  }

  private static String version(HttpFile.Request request, String version) {
    String option = VERSIONS.get(version.toLowerCase(Locale.ROOT));
    if (option == null) {
      throw wrong(
          "HTTP039", request.span(), version + " is not spoken here", "Write HTTP/1.1 or HTTP/2.");
    }
    return option;
  }

  /**
   * A name and a password, as the editors take them, become a login; all else goes as it stands.
   * Blanks separate them, or, for Basic, a colon.
   */
  private static List<String> login(Field field) {
    List<String> plain = field.option();
    String[] parts = field.value().strip().split("\\s+", 3);
    String scheme = parts[0].toLowerCase(Locale.ROOT);
    if (!scheme.equals("basic") && !scheme.equals("digest")) {
      return plain;
    }
    if (parts.length == 3) {
      String user =
          parts[1].endsWith(":") ? parts[1].substring(0, parts[1].length() - 1) : parts[1];
      return List.of("--" + scheme, "-u", user + ":" + parts[2]);
    }
    return parts.length == 2 && scheme.equals("basic") && parts[1].contains(":")
        ? List.of("--basic", "-u", parts[1])
        : plain;
  }

  /** The URL; only a path when the header Host says where that is, as on the wire. */
  private static String address(HttpFile.Request request, Resolver resolver) {
    String url = escaped(resolver.fill(request.url()).strip());
    if (!url.startsWith("/") && !url.equals(ALL)) {
      return url;
    }
    String path = url.equals(ALL) ? "/" : url;
    String host =
        request.headers().stream()
            .filter(h -> h.name().equalsIgnoreCase("Host"))
            .findFirst()
            .map(h -> resolver.fill(h.value()))
            .orElseThrow(
                () ->
                    new MagicException(
                        new Diagnostic(
                            "HTTP037",
                            request.span(),
                            url + " is on no host",
                            "Write http://127.0.0.1:8080" + url + ", or a header Host.")));
    return (host.endsWith(":443") || host.endsWith(":8443") ? "https://" : "http://") + host + path;
  }

  /** The seconds that {@code # @timeout 500 ms} gives a request. */
  private static Optional<String> timeout(HttpFile.Request request, String directive) {
    for (HttpFile.Directive d : request.directives()) {
      if (d.word().equals(directive)) {
        Matcher m = TIMEOUT.matcher(d.argument());
        if (!m.matches()) {
          throw new MagicException(
              new Diagnostic(
                  "HTTP040",
                  d.span(),
                  "\"" + d.argument() + "\" is no time",
                  "Write seconds, or a number with ms, s or m: # @" + directive + " 500 ms"));
        }
        BigDecimal unit =
            switch (String.valueOf(m.group(2))) {
              case "ms" -> new BigDecimal("0.001");
              case "m" -> new BigDecimal(60);
              default -> BigDecimal.ONE;
            };
        return Optional.of(new BigDecimal(m.group(1)).multiply(unit).toPlainString());
      }
    }
    return Optional.empty();
  }

  private static byte[] body(
      HttpFile.Request request, Resolver resolver, String ahead, Path directory) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.writeBytes(ahead.getBytes(StandardCharsets.UTF_8));
    boolean multipart = typed(request, "multipart/");
    boolean form = typed(request, "application/x-www-form-urlencoded");
    boolean file = false;
    for (HttpFile.Part part : request.body().parts()) {
      switch (part) {
        case HttpFile.Part.Text(Template text) -> {
          String filled = resolver.fill(text);
          // A multipart body's lines end in CR LF, however the cell's do (RFC 2046 §4.1.1), and a
          // form's fields may stand below one another.
          String lines =
              multipart
                  ? filled.replaceAll("\r?\n", "\r\n")
                  : form ? escaped(oneBelowTheOther(filled.stripLeading())) : filled;
          body.writeBytes(lines.getBytes(StandardCharsets.UTF_8));
        }
        case HttpFile.Part.File(Template path, boolean replaced, String encoding, Span span) -> {
          String name = resolver.fill(path);
          file = true;
          try {
            byte[] bytes = Files.readAllBytes(directory.resolve(name));
            body.writeBytes(
                replaced
                    ? resolver
                        .fill(Template.parse(new String(bytes, charset(encoding, span)), 0))
                        .getBytes(StandardCharsets.UTF_8)
                    : bytes);
          } catch (IOException e) {
            throw new MagicException(
                new Diagnostic(
                    "HTTP036",
                    span,
                    name + " cannot be read",
                    "It is looked for in " + directory + "."));
          }
        }
      }
    }
    if (multipart && file) {
      body.writeBytes(LINE_END);
    }
    if (typed(request, "application/x-ndjson") && body.size() > 0) {
      body.write('\n');
    }
    return body.toByteArray();
  }

  private static Charset charset(String name, Span span) {
    try {
      return name.isEmpty() ? StandardCharsets.UTF_8 : Charset.forName(name);
    } catch (IllegalArgumentException e) {
      throw wrong(
          "HTTP047", span, "there is no encoding " + name, "Write <@ for UTF-8, or <@latin1.");
    }
  }

  /** As {@code encodeURI} does it, and a percent sign that begins no escape. */
  private static String escaped(String text) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      boolean escape = c == '%' && text.substring(i).matches("(?s)%[0-9A-Fa-f]{2}.*");
      if (c == '%' ? escape : c < 0x80 && (Character.isLetterOrDigit(c) || PLAIN.indexOf(c) >= 0)) {
        out.append((char) c);
      } else {
        for (byte b : Character.toString(c).getBytes(StandardCharsets.UTF_8)) {
          out.append(String.format("%%%02X", b & 0xff));
        }
      }
      i += Character.charCount(c);
    }
    return out.toString();
  }

  /** A form in one line, of fields that stand below one another, with blanks for people. */
  private static String oneBelowTheOther(String form) {
    return form.replaceAll("[ \\t]*\r?\n\\s*&", "&")
        .replaceAll("[ \\t]*&[ \\t]*\r?\n[ \\t]*", "&")
        .replaceAll("(^|&)([^=&\\s]+)[ \\t]*=[ \\t]*", "$1$2=");
  }

  private static boolean graphQl(HttpFile.Request request) {
    return request.method().equals("GRAPHQL")
        || request.headers().stream()
            .anyMatch(
                h ->
                    h.name().equalsIgnoreCase(GRAPHQL_HEADER)
                        && h.value().toString().equalsIgnoreCase("GraphQL"));
  }

  /** A query and, behind an empty line, its variables, as the JSON that servers take. */
  private static byte[] graphQlBody(byte[] body) {
    String text = new String(body, StandardCharsets.UTF_8).strip();
    Json variables = Json.Obj.EMPTY;
    Matcher gap = GAP.matcher(text);
    while (gap.find()) {
      try {
        if (Json.parse(text.substring(gap.end())) instanceof Json.Obj given) {
          variables = given;
          text = text.substring(0, gap.start()).strip();
          break;
        }
      } catch (Json.Malformed e) {
        // That still belongs to the query.
      }
    }
    Json.Obj json = Json.object("query", text);
    Matcher operation = OPERATION.matcher(text);
    if (operation.find()) {
      json = json.with("operationName", Json.of(operation.group(1)));
    }
    return json.with("variables", variables).write().getBytes(StandardCharsets.UTF_8);
  }

  private static boolean typed(HttpFile.Request request, String type) {
    return request.headers().stream()
        .anyMatch(
            h ->
                h.name().equalsIgnoreCase("Content-Type") && h.value().toString().startsWith(type));
  }

  private static MagicException wrong(String id, Span span, String message, String fix) {
    return new MagicException(new Diagnostic(id, span, message, fix));
  }
}
