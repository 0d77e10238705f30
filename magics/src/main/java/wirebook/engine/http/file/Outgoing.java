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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import wirebook.codec.Json;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.client.CallOptions;
import wirebook.engine.http.client.CallOptions.Follow;
import wirebook.engine.http.client.CallOptions.HttpVersion;
import wirebook.engine.http.curl.options.CurlConfig;
import wirebook.engine.http.curl.options.CurlConfig.Method;
import wirebook.spi.Diagnostic;
import wirebook.spi.MagicException;
import wirebook.spi.Span;

/**
 * A request with its references filled in, as the editors send it: VS Code's REST Client, where the
 * others do not say more.
 *
 * @param url of one request, or the words of a whole command
 */
public record Outgoing(String method, String url, Wanted wanted) {
  /** What the client is to do. */
  public sealed interface Wanted {
    /** One request with its options, whose texts are byte text. */
    record Options(CurlConfig config) implements Wanted {}

    /** What the words of a command say. */
    record Command(List<String> words) implements Wanted {
      public Command {
        words = List.copyOf(words);
      }
    }
  }

  private static final Map<String, HttpVersion> VERSIONS =
      Map.of(
          "http/1.0", HttpVersion.HTTP_1_0,
          "http/1.1", HttpVersion.HTTP_1_1,
          "http/2", HttpVersion.HTTP_2,
          "http/2.0", HttpVersion.HTTP_2,
          "http/2 (prior knowledge)", HttpVersion.HTTP_2_PRIOR_KNOWLEDGE);
  private static final BigDecimal LONGEST = BigDecimal.valueOf(Integer.MAX_VALUE);
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

  /**
   * Fills a request in.
   *
   * @param directory where its files are looked for
   * @throws MagicException at what has no value, or is no part of a request
   */
  public static Outgoing of(HttpFile.Request request, VariableResolver resolver, Path directory) {
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
    CurlConfig config = new CurlConfig(ByteText.fromText(url));
    if (!request.has("no-redirect")) {
      // What comes behind a 303 is a GET, whatever came before (RFC 9110, 15.4.4).
      config.follow = Follow.OBEY_CODE;
    }
    if (method.equals("HEAD")) {
      config.method = Method.HEAD;
      config.noBody = true;
    } else if (!method.equals(sends ? "POST" : "GET")) {
      config.customRequest = ByteText.fromText(method);
    }
    request.version().ifPresent(version -> config.http = version(request, version));
    config.maxTime = timeout(request, "timeout");
    config.connectTimeout = timeout(request, "connection-timeout");
    boolean typed = false;
    for (Field field : fields) {
      switch (field.name().toLowerCase(Locale.ROOT)) {
        case "x-request-type" -> {
          if (!graphQl) {
            config.headers.add(field.line());
          }
        }
        case "content-length" -> {
          // It is that of the body, whatever the file says.
        }
        case "authorization" -> login(field, config);
        case "accept-encoding" -> {
          config.compressed = true;
          config.headers.add(field.line());
        }
        default -> {
          typed |= field.name().equalsIgnoreCase("Content-Type");
          config.headers.add(field.line());
        }
      }
    }
    if (sends) {
      if (!typed) {
        // curl would call it a form; nobody said that it is one.
        config.headers.add("Content-Type:" + (graphQl ? " application/json" : ""));
      }
      config.post.append(ByteText.of(body));
      config.posts = true;
    }
    if (request.url().toString().equals(ALL)) {
      config.requestTarget = ALL;
    }
    return new Outgoing(method, url, new Wanted.Options(config));
  }

  /** A command of curl: its words are the options. */
  private static Outgoing command(HttpFile.Request request, VariableResolver resolver) {
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
          new Wanted.Command(words.subList(1, words.size())));
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
    String line() {
      return ByteText.fromText(value.isEmpty() ? name + ";" : name + ": " + value);
    }
  }

  /**
   * The header fields.
   *
   * @param body gets what variables among them have for the body
   */
  private static void fields(
      HttpFile.Request request, VariableResolver resolver, List<Field> fields, StringBuilder body) {
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

  private static HttpVersion version(HttpFile.Request request, String version) {
    HttpVersion spoken = VERSIONS.get(version.toLowerCase(Locale.ROOT));
    if (spoken == null) {
      throw wrong(
          "HTTP039", request.span(), version + " is not spoken here", "Write HTTP/1.1 or HTTP/2.");
    }
    return spoken;
  }

  /**
   * A name and a password, as the editors take them, become a login; all else goes as it stands.
   * Blanks separate them, or, for Basic, a colon.
   */
  private static void login(Field field, CurlConfig config) {
    String[] parts = field.value().strip().split("\\s+", 3);
    boolean basic = parts[0].equalsIgnoreCase("basic");
    if (parts.length == 3 && (basic || parts[0].equalsIgnoreCase("digest"))) {
      config.auth = basic ? CallOptions.AUTH_BASIC : CallOptions.AUTH_DIGEST;
      config.user = ByteText.fromText(parts[1].replaceFirst(":$", "") + ":" + parts[2]);
    } else if (parts.length == 2 && basic && parts[1].contains(":")) {
      config.auth = CallOptions.AUTH_BASIC;
      config.user = ByteText.fromText(parts[1]);
    } else {
      config.headers.add(field.line());
    }
  }

  /** The URL; only a path when the header Host says where that is, as on the wire. */
  private static String address(HttpFile.Request request, VariableResolver resolver) {
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

  /** The milliseconds that {@code # @timeout 500 ms} gives a request, 0 for no limit. */
  private static long timeout(HttpFile.Request request, String directive) {
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
              case "ms" -> BigDecimal.ONE;
              case "m" -> new BigDecimal(60_000);
              default -> new BigDecimal(1000);
            };
        return new BigDecimal(m.group(1)).multiply(unit).min(LONGEST).longValue();
      }
    }
    return 0;
  }

  private static byte[] body(
      HttpFile.Request request, VariableResolver resolver, String ahead, Path directory) {
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
