package wirebook.engine.http.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import wirebook.net.NetworkClock;
import wirebook.spi.Html;
import wirebook.trace.Bytes;

/**
 * The endpoints of httpbin.org (psf/httpbin 0.10): a site to test HTTP clients against. Behaviour
 * follows its documentation and what it answers; a request that it would fail on with 500 because
 * an argument is no number is 400 here.
 */
public final class Httpbin implements Endpoint {
  private static final String ALL = "GET POST PUT DELETE PATCH TRACE";
  private static final int MOST_RANDOM = 100 * 1024;
  private static final int MOST_DRIPPED = 10 * 1024 * 1024;
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  /** Cookies by which visitors are counted: shown only with {@code ?show_env}. */
  private static final Set<String> COUNTERS =
      Set.of(
          "_gauges_unique",
          "_gauges_unique_year",
          "_gauges_unique_month",
          "_gauges_unique_day",
          "_gauges_unique_hour",
          "__utmz",
          "__utma",
          "__utmb");

  /** Fields that proxies add: shown only with {@code ?show_env}. */
  private static final Set<String> OF_PROXIES =
      Set.of(
          "X-Varnish",
          "X-Request-Start",
          "X-Heroku-Queue-Depth",
          "X-Real-Ip",
          "X-Forwarded-Proto",
          "X-Forwarded-Protocol",
          "X-Forwarded-Ssl",
          "X-Heroku-Queue-Wait-Time",
          "X-Forwarded-For",
          "X-Heroku-Dynos-In-Use",
          "X-Forwarded-Port",
          "X-Request-Id",
          "Via",
          "Total-Route-Time",
          "Connect-Time");

  private final NetworkClock clock;
  private final Routes routes = new Routes();

  public Httpbin(NetworkClock clock) {
    this.clock = clock;
    pages();
    inspection();
    formats();
    redirects();
    statusCodes();
    cookies();
    authentication();
    dynamicData();
    caching();
    images();
    routes.get("/", request -> Response.html(index()));
    routes.get("/legacy", request -> Response.html(index()));
  }

  /** The routes with their methods. */
  public List<String> routes() {
    return routes.list();
  }

  @Override
  public Response handle(Request request) throws Exception {
    Response response;
    try {
      response = routes.handle(request);
    } catch (HttpError e) {
      response = refusal(e.status(), e.reason());
    } catch (NumberFormatException e) {
      response = refusal(400, "not a number: " + e.getMessage());
    }
    if (response.status() == 405 && response.headers().has("Allow")) {
      response =
          refusal(405, request.method() + " is not allowed here")
              .with("Allow", response.headers().first("Allow").orElse(""));
    }
    return allowOtherOrigins(request, response);
  }

  /** A page, as httpbin's own refusals are, whatever the client would rather have. */
  private static Response refusal(int status, String reason) {
    return ErrorPage.of(Optional.of("text/html"), status, reason);
  }

  /** Cross-origin resource sharing (Fetch Standard §3.2). */
  private static Response allowOtherOrigins(Request request, Response response) {
    Response open =
        response
            .with("Access-Control-Allow-Origin", request.header("Origin").orElse("*"))
            .with("Access-Control-Allow-Credentials", "true");
    if (!request.method().equals("OPTIONS")) {
      return open;
    }
    Response preflight =
        open.with("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE, PATCH, OPTIONS")
            .with("Access-Control-Max-Age", "3600");
    return request
        .header("Access-Control-Request-Headers")
        .map(names -> preflight.with("Access-Control-Allow-Headers", names))
        .orElse(preflight);
  }

  // ---------------------------------------------------------------- what a request was

  private static Response echo(Request request, String... keys) throws IOException {
    return json(told(request, keys));
  }

  private static Response json(Object value) {
    return Response.of("application/json", Bytes.utf8(Json.sorted(value) + "\n"));
  }

  private static Map<String, Object> told(Request request, String... keys) throws IOException {
    Map<String, Object> all = new LinkedHashMap<>();
    for (String key : keys) {
      all.put(
          key,
          switch (key) {
            case "url" -> url(request);
            case "args" -> flat(request.query());
            case "form" -> flat(form(request).fields());
            case "data" -> isForm(request) ? "" : shown(request.body(), MediaTypes.OCTETS);
            case "origin" -> origin(request);
            case "headers" -> headers(request);
            case "files" -> files(request);
            case "json" ->
                isForm(request)
                    ? Optional.empty()
                    : Optional.ofNullable(request.body())
                        .filter(Bytes::isUtf8)
                        .flatMap(bytes -> Json.parse(bytes.text()));
            case "method" -> request.method();
            default -> throw new IllegalArgumentException(key);
          });
    }
    return all;
  }

  private static boolean isForm(Request request) {
    return request.mediaType().equals("application/x-www-form-urlencoded")
        || (request.mediaType().equals("multipart/form-data")
            && MediaTypes.parameter(request.header("Content-Type").orElse(""), "boundary")
                .isPresent());
  }

  private static Form form(Request request) throws IOException {
    return isForm(request) ? request.form() : Form.NONE;
  }

  private static String origin(Request request) {
    return request
        .header("X-Forwarded-For")
        .orElseGet(() -> request.remote().getAddress().getHostAddress());
  }

  /** Of a name that comes several times the list, else the value. */
  private static Map<String, Object> flat(Parameters parameters) {
    Map<String, Object> map = new LinkedHashMap<>();
    parameters
        .byName()
        .forEach((name, values) -> map.put(name, values.size() == 1 ? values.getFirst() : values));
    return map;
  }

  private static Map<String, String> files(Request request) throws IOException {
    Map<String, String> map = new LinkedHashMap<>();
    for (Form.File file : form(request).files()) {
      map.putIfAbsent(file.name(), shown(file.bytes(), file.contentType()));
    }
    return map;
  }

  /** The fields with their names in capitals, as a gateway hands them on, joined where repeated. */
  private static Map<String, String> headers(Request request) {
    boolean all = request.query().has("show_env");
    Map<String, String> map = new LinkedHashMap<>();
    for (Headers.Field field : request.headers().fields()) {
      String name = titled(field.name());
      boolean empty =
          field.value().isEmpty() && (name.equals("Content-Type") || name.equals("Content-Length"));
      if (!empty && !field.name().contains("_") && (all || !OF_PROXIES.contains(name))) {
        map.merge(name, field.value(), (one, two) -> one + "," + two);
      }
    }
    return map;
  }

  private static String titled(String name) {
    StringBuilder out = new StringBuilder(name.length());
    boolean inWord = false;
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      out.append(inWord ? Character.toLowerCase(c) : Character.toUpperCase(c));
      inWord = Character.isLetter(c);
    }
    return out.toString();
  }

  /** Text as it is, anything else as a {@code data:} URL (RFC 2397). */
  private static String shown(Bytes bytes, String contentType) {
    return bytes.isUtf8()
        ? bytes.text()
        : "data:" + contentType + ";base64," + Base64.getEncoder().encodeToString(bytes.toArray());
  }

  private static String scheme(Request request) {
    return request
        .header("X-Forwarded-Proto")
        .or(() -> request.header("X-Forwarded-Protocol"))
        .or(() -> request.header("X-Forwarded-Ssl").filter("on"::equals).map(on -> "https"))
        .orElse(request.secure() ? "https" : "http");
  }

  private static String url(Request request) {
    return scheme(request)
        + "://"
        + host(request)
        + readable(Parameters.decode(request.path()))
        + request.queryText().filter(q -> !q.isEmpty()).map(q -> "?" + readableQuery(q)).orElse("");
  }

  private static String host(Request request) {
    String host = request.host();
    String usual = request.secure() ? ":443" : ":80";
    return host.endsWith(usual) ? host.substring(0, host.length() - usual.length()) : host;
  }

  /** A decoded path with what cannot stand in a URL encoded, and letters of all scripts as such. */
  private static String readable(String path) {
    StringBuilder out = new StringBuilder(path.length());
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      boolean plain =
          c > 0x7f || Character.isLetterOrDigit(c) || "-._~!$&'()*+,/:;=@%".indexOf(c) >= 0;
      out.append(plain ? String.valueOf(c) : String.format("%%%02X", (int) c));
    }
    return out.toString();
  }

  /** A query with its percent-encoding undone where that changes no meaning. */
  private static String readableQuery(String query) {
    StringBuilder out = new StringBuilder(query.length());
    int i = 0;
    while (i < query.length()) {
      int end = i;
      while (end + 2 < query.length()
          && query.charAt(end) == '%'
          && Character.digit(query.charAt(end + 1), 16) >= 0
          && Character.digit(query.charAt(end + 2), 16) >= 0) {
        end += 3;
      }
      if (end == i) {
        char c = query.charAt(i++);
        boolean plain =
            c > 0x7f || Character.isLetterOrDigit(c) || "-._~!$&'()*+,/:;=?@%".indexOf(c) >= 0;
        out.append(plain ? String.valueOf(c) : String.format("%%%02X", (int) c));
      } else {
        String run = query.substring(i, end);
        String decoded = Parameters.decode(run);
        if (decoded.indexOf('\ufffd') >= 0) {
          out.append(run.toUpperCase(Locale.ROOT));
        } else {
          decoded
              .codePoints()
              .forEach(
                  c ->
                      out.append(
                          c <= 0x20 || c == 0x7f || "%&=+#".indexOf(c) >= 0
                              ? String.format("%%%02X", c)
                              : Character.toString(c)));
        }
        i = end;
      }
    }
    return out.toString();
  }

  // ---------------------------------------------------------------- endpoints

  private void pages() {
    routes.get("/html", request -> page("moby.html"));
    routes.get("/encoding/utf8", request -> page("utf8.html"));
    routes.get("/forms/post", request -> page("form.html"));
    routes.get("/xml", request -> Response.of("application/xml", resource("slides.xml")));
    routes.get("/json", request -> Response.of("application/json", resource("slides.json")));
    routes.get(
        "/robots.txt",
        request -> Response.of("text/plain", Bytes.utf8("User-agent: *\nDisallow: /deny\n")));
    routes.get("/deny", request -> Response.of("text/plain", resource("deny.txt")));
  }

  private void inspection() {
    routes.get("/ip", request -> json(Map.of("origin", origin(request))));
    routes.get("/uuid", request -> json(Map.of("uuid", UUID.randomUUID().toString())));
    routes.get("/headers", request -> echo(request, "headers"));
    routes.get("/user-agent", request -> json(Map.of("user-agent", request.header("User-Agent"))));
    routes.get("/get", Httpbin::get);
    for (String method : List.of("POST", "PUT", "PATCH", "DELETE")) {
      routes.add(
          method,
          "/" + method.toLowerCase(Locale.ROOT),
          request ->
              echo(request, "url", "args", "form", "data", "origin", "headers", "files", "json"));
    }
    Endpoint anything =
        request ->
            echo(
                request, "url", "args", "headers", "origin", "method", "form", "data", "files",
                "json");
    routes.add(ALL, "/anything", anything);
    routes.add(ALL, "/anything/{rest:path}", anything);
    routes.add("GET POST", "/response-headers", Httpbin::responseHeaders);
  }

  private static Response get(Request request) throws IOException {
    return echo(request, "url", "args", "headers", "origin");
  }

  /** The answer tells its own fields, its length among them, until the two agree. */
  private static Response responseHeaders(Request request) {
    List<Headers.Field> asked =
        request.query().list().stream().map(p -> new Headers.Field(p.name(), p.value())).toList();
    for (Headers.Field field : asked) {
      if (!isField(field)) {
        throw new HttpError(400, "that cannot be a header field: " + field.name());
      }
    }
    int length = -1;
    Bytes body = Bytes.EMPTY;
    while (length != body.length()) {
      length = body.length();
      Parameters told =
          new Parameters(
              List.of(
                  new Parameters.Parameter("Content-Type", "application/json"),
                  new Parameters.Parameter("Content-Length", String.valueOf(length))));
      List<Parameters.Parameter> all = new ArrayList<>(told.list());
      all.addAll(request.query().list());
      body = Bytes.utf8(Json.sorted(flat(new Parameters(all))) + "\n");
    }
    Response response = Response.of("application/json", body);
    for (Headers.Field field : asked) {
      if (!field.name().equalsIgnoreCase("Content-Length")) {
        response = response.plus(field.name(), field.value());
      }
    }
    return response;
  }

  /** Whether it can be sent as a field line (RFC 9110 §5.1, §5.5). */
  private static boolean isField(Headers.Field field) {
    return !field.name().isEmpty()
        && field
            .name()
            .chars()
            .allMatch(
                c ->
                    c < 0x7f && (Character.isLetterOrDigit(c) || "!#$%&'*+-.^_`|~".indexOf(c) >= 0))
        && field.value().chars().noneMatch(c -> (c < 0x20 && c != '\t') || c == 0x7f);
  }

  private void formats() {
    routes.get("/gzip", request -> coded(request, "gzipped", "gzip", GZIPOutputStream::new));
    routes.get(
        "/deflate", request -> coded(request, "deflated", "deflate", DeflaterOutputStream::new));
    routes.get(
        "/brotli",
        request -> {
          Response plain = json(coding(request, "brotli"));
          return plain
              .withContent(new Response.Content.Whole(Brotli.stored(bytes(plain))))
              .with("Content-Encoding", "br");
        });
  }

  private interface Coder {
    OutputStream over(OutputStream out) throws IOException;
  }

  private static Map<String, Object> coding(Request request, String flag) throws IOException {
    Map<String, Object> told = told(request, "origin", "headers", "method");
    told.put(flag, true);
    return told;
  }

  private static Response coded(Request request, String flag, String coding, Coder coder)
      throws IOException {
    Response plain = json(coding(request, flag));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream coded = coder.over(out)) {
      coded.write(bytes(plain).toArray());
    }
    return plain
        .withContent(new Response.Content.Whole(Bytes.of(out.toByteArray())))
        .with("Content-Encoding", coding);
  }

  private static Bytes bytes(Response response) {
    return response.content() instanceof Response.Content.Whole whole ? whole.bytes() : Bytes.EMPTY;
  }

  private void redirects() {
    routes.get(
        "/redirect/{n:int}",
        request -> {
          boolean absolute =
              request.query("absolute").map(a -> a.equalsIgnoreCase("true")).orElse(false);
          return redirect(request, absolute ? "absolute" : "relative", absolute);
        });
    routes.get(
        "/relative-redirect/{n:int}",
        request -> emptyHtml().withStatus(302).with("Location", afterOne(request, "relative")));
    routes.get("/absolute-redirect/{n:int}", request -> redirect(request, "absolute", true));
    routes.add(ALL, "/redirect-to", Httpbin::redirectTo);
  }

  private static Response redirect(Request request, String kind, boolean absolute) {
    String path = afterOne(request, kind);
    return moved(absolute ? scheme(request) + "://" + host(request) + path : path);
  }

  private static String afterOne(Request request, String kind) {
    BigInteger n = new BigInteger(request.parameter("n"));
    if (n.signum() == 0) {
      throw new HttpError(400, "nothing is left to redirect: n is 1 or more");
    }
    return n.equals(BigInteger.ONE)
        ? "/get"
        : "/" + kind + "-redirect/" + n.subtract(BigInteger.ONE);
  }

  private static Response moved(String location) {
    return Response.html(
            new Html()
                .open("html", "lang", "en")
                .element("title", "Redirecting")
                .open("p")
                .text("This has moved to ")
                .element("a", location, "href", location)
                .text(".")
                .close("p")
                .close("html")
                .toString())
        .withStatus(302)
        .with("Location", location);
  }

  private static Response emptyHtml() {
    return Response.html("");
  }

  private static Response redirectTo(Request request) throws IOException {
    Headers arguments =
        new Headers(
            Stream.concat(request.query().list().stream(), form(request).fields().list().stream())
                .map(p -> new Headers.Field(p.name(), p.value()))
                .toList());
    String url =
        arguments
            .first("url")
            .filter(u -> isField(new Headers.Field("Location", u)))
            .orElseThrow(() -> new HttpError(400, "say where to: ?url=…"));
    int status = arguments.first("status_code").map(Integer::parseInt).orElse(302);
    return emptyHtml()
        .withStatus(status >= 300 && status < 400 ? status : 302)
        .with("Location", asciiOnly(url));
  }

  private static String asciiOnly(String url) {
    StringBuilder out = new StringBuilder(url.length());
    for (byte b : url.getBytes(StandardCharsets.UTF_8)) {
      out.append(b > 0x20 ? String.valueOf((char) b) : String.format("%%%02X", b & 0xff));
    }
    return out.toString();
  }

  private void statusCodes() {
    routes.add(
        ALL,
        "/status/{codes}",
        request -> {
          try {
            return status(choose(request.parameter("codes")));
          } catch (IllegalArgumentException e) {
            return Response.of("text/plain; charset=utf-8", Bytes.utf8("Invalid status code"))
                .withStatus(400);
          }
        });
  }

  /** One of {@code 200}, {@code 200,404} or {@code 200:3,404:0.5}, drawn by the weights. */
  private static int choose(String codes) {
    if (!codes.contains(",")) {
      return code(codes);
    }
    record Choice(int code, double weight) {}
    List<Choice> choices =
        Arrays.stream(codes.split(",", -1))
            .map(
                choice -> {
                  int colon = choice.indexOf(':');
                  return colon < 0
                      ? new Choice(code(choice), 1)
                      : new Choice(
                          code(choice.substring(0, colon)),
                          Double.parseDouble(choice.substring(colon + 1).strip()));
                })
            .toList();
    double drawn =
        ThreadLocalRandom.current().nextDouble()
            * choices.stream().mapToDouble(Choice::weight).sum();
    for (Choice choice : choices) {
      drawn -= choice.weight();
      if (drawn < 0) {
        return choice.code();
      }
    }
    return choices.getLast().code();
  }

  private static int code(String text) {
    int code = Integer.parseInt(text.strip());
    if (code < 200 || code > 999) {
      // An interim status cannot end an exchange (RFC 9110 §15.2).
      throw new IllegalArgumentException("no final status: " + code);
    }
    return code;
  }

  private static Response status(int code) {
    return switch (code) {
      case 301, 302, 303, 305, 307 -> Response.status(code).with("Location", "/redirect/1");
      case 304 -> Response.status(code);
      case 401 -> Response.status(code).with("WWW-Authenticate", "Basic realm=\"Fake Realm\"");
      case 402 ->
          plain(code, "Payment required: this is where the money would come in.")
              .with("x-more-info", "http://vimeo.com/22053820");
      case 406 ->
          Response.of(
                  "application/json",
                  Bytes.utf8(
                      "{\"message\": \"Client did not request a supported media type.\","
                          + " \"accept\": [\"image/webp\", \"image/svg+xml\", \"image/jpeg\","
                          + " \"image/png\", \"image/*\"]}"))
              .withStatus(code);
      case 407 -> Response.status(code).with("Proxy-Authenticate", "Basic realm=\"Fake Realm\"");
      case 418 ->
          new Response(
              code,
              Headers.of("x-more-info", "http://tools.ietf.org/html/rfc2324"),
              new Response.Content.Whole(resource("teapot.txt")));
      default -> emptyHtml().withStatus(code);
    };
  }

  private static Response plain(int code, String text) {
    return new Response(code, Headers.NONE, new Response.Content.Whole(Bytes.utf8(text)));
  }

  private void cookies() {
    routes.get(
        "/cookies",
        request -> {
          Map<String, String> shown = new LinkedHashMap<>(request.cookies());
          if (!request.query().has("show_env")) {
            shown.keySet().removeAll(COUNTERS);
          }
          return json(Map.of("cookies", shown));
        });
    routes.get(
        "/cookies/set/{name}/{value}",
        request ->
            moved("/cookies")
                .plus(
                    "Set-Cookie",
                    cookie(request, request.parameter("name"), request.parameter("value"))));
    routes.get(
        "/cookies/set",
        request -> {
          Response response = moved("/cookies");
          for (Map.Entry<String, List<String>> c : request.query().byName().entrySet()) {
            response =
                response.plus("Set-Cookie", cookie(request, c.getKey(), c.getValue().getFirst()));
          }
          return response;
        });
    routes.get(
        "/cookies/delete",
        request -> {
          Response response = moved("/cookies");
          for (String name : request.query().byName().keySet()) {
            response =
                response.plus(
                    "Set-Cookie",
                    cookieName(name)
                        + "=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/");
          }
          return response;
        });
  }

  private static String cookie(Request request, String name, String value) {
    return cookieName(name)
        + "="
        + cookieValue(value)
        + (request.secure() ? "; Secure" : "")
        + "; Path=/";
  }

  private static String cookieName(String name) {
    if (!isField(new Headers.Field(name, ""))) {
      throw new HttpError(400, "that cannot be a cookie's name: " + name);
    }
    return name;
  }

  /**
   * In quotes with octal escapes where it has characters that a cookie cannot (RFC 6265 §4.1.1).
   */
  private static String cookieValue(String value) {
    boolean safe =
        value
            .chars()
            .allMatch(
                c ->
                    c < 0x7f
                        && (Character.isLetterOrDigit(c)
                            || "_!#$%&'()*+-./:<=>?@[]^`{|}~".indexOf(c) >= 0));
    if (safe) {
      return value;
    }
    StringBuilder out = new StringBuilder("\"");
    for (byte b : value.getBytes(StandardCharsets.UTF_8)) {
      if (b == '"' || b == '\\') {
        out.append('\\').append((char) b);
      } else if (b < 0x20 || b == ',' || b == ';' || b == 0x7f) {
        out.append(String.format("\\%03o", b & 0xff));
      } else {
        out.append((char) b);
      }
    }
    return out.append('"').toString();
  }

  private void authentication() {
    routes.get("/basic-auth/{user}/{passwd}", request -> basic(request, status(401)));
    routes.get(
        "/hidden-basic-auth/{user}/{passwd}",
        request -> basic(request, emptyHtml().withStatus(404)));
    routes.get(
        "/bearer",
        request ->
            request
                .header("Authorization")
                .filter(a -> a.startsWith("Bearer "))
                .map(
                    a ->
                        json(
                            Map.of(
                                "authenticated", true, "token", a.substring("Bearer ".length()))))
                .orElseGet(() -> emptyHtml().withStatus(401).with("WWW-Authenticate", "Bearer")));
    routes.get("/digest-auth/{qop}/{user}/{passwd}", request -> digest(request, "MD5", "never"));
    routes.get(
        "/digest-auth/{qop}/{user}/{passwd}/{algorithm}",
        request -> digest(request, request.parameter("algorithm"), "never"));
    routes.get(
        "/digest-auth/{qop}/{user}/{passwd}/{algorithm}/{stale_after}",
        request ->
            digest(request, request.parameter("algorithm"), request.parameter("stale_after")));
  }

  private static Response basic(Request request, Response otherwise) {
    String user = request.parameter("user");
    String expected = user + ":" + request.parameter("passwd");
    return request
            .header("Authorization")
            .filter(a -> a.regionMatches(true, 0, "Basic ", 0, 6))
            .flatMap(a -> base64(a.substring(6).strip(), Base64.getDecoder()))
            .filter(bytes -> bytes.text().equals(expected))
            .isPresent()
        ? json(Map.of("authenticated", true, "user", user))
        : otherwise;
  }

  private static Optional<Bytes> base64(String text, Base64.Decoder decoder) {
    try {
      return Optional.of(Bytes.of(decoder.decode(text)));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /**
   * Digest authentication with a nonce that a client may use once, or {@code stale_after} times:
   * what the server would have to remember travels in cookies.
   */
  private static Response digest(Request request, String asked, String staleAfter)
      throws IOException {
    String algorithm = Set.of("MD5", "SHA-256", "SHA-512").contains(asked) ? asked : "MD5";
    Optional<String> qop =
        Optional.of(request.parameter("qop")).filter(Set.of("auth", "auth-int")::contains);
    boolean needsCookie =
        request
            .query("require-cookie")
            .map(v -> Set.of("1", "t", "true").contains(v.toLowerCase(Locale.ROOT)))
            .orElse(false);
    Map<String, String> cookies = request.cookies();
    Optional<Map<String, String>> credentials =
        request.header("Authorization").flatMap(DigestAuth::credentials);
    if (credentials.isEmpty() || (needsCookie && !request.headers().has("Cookie"))) {
      return challenge(request, qop, algorithm, false)
          .plus("Set-Cookie", cookie(request, "stale_after", staleAfter))
          .plus("Set-Cookie", "fake=fake_value; Path=/");
    }
    if (needsCookie && !"fake_value".equals(cookies.getOrDefault("fake", ""))) {
      return json(Map.of("errors", List.of("missing cookie set on challenge")))
          .withStatus(403)
          .plus("Set-Cookie", "fake=fake_value; Path=/");
    }
    String nonce = credentials.get().getOrDefault("nonce", "");
    Optional<String> usesLeft = Optional.ofNullable(cookies.get("stale_after"));
    boolean stale =
        nonce.equals(cookies.getOrDefault("last_nonce", "\0"))
            || usesLeft.filter("0"::equals).isPresent();
    if (stale
        || !DigestAuth.matches(
            credentials.get(), request.parameter("user"), request.parameter("passwd"), request)) {
      return challenge(request, qop, algorithm, stale)
          .plus("Set-Cookie", cookie(request, "stale_after", staleAfter))
          .plus("Set-Cookie", cookie(request, "last_nonce", nonce))
          .plus("Set-Cookie", "fake=fake_value; Path=/");
    }
    Response welcome =
        json(Map.of("authenticated", true, "user", request.parameter("user")))
            .plus("Set-Cookie", "fake=fake_value; Path=/");
    return usesLeft
        .map(uses -> welcome.plus("Set-Cookie", cookie(request, "stale_after", oneLess(uses))))
        .orElse(welcome);
  }

  private static Response challenge(
      Request request, Optional<String> qop, String algorithm, boolean stale) {
    return emptyHtml()
        .withStatus(401)
        .with(
            "WWW-Authenticate",
            DigestAuth.challenge("digest@" + host(request), qop, algorithm, stale));
  }

  private static String oneLess(String count) {
    try {
      return String.valueOf(Integer.parseInt(count) - 1);
    } catch (NumberFormatException e) {
      return "never";
    }
  }

  private void dynamicData() {
    routes.add(
        ALL,
        "/delay/{seconds}",
        request -> {
          clock.sleep(seconds(request.parameter("seconds"), 10));
          return echo(request, "url", "args", "form", "data", "origin", "headers", "files");
        });
    routes.get("/drip", this::drip);
    routes.get("/stream/{n:int}", Httpbin::stream);
    routes.get(
        "/base64/{value}",
        request ->
            Response.html(
                base64(padded(request.parameter("value")), Base64.getUrlDecoder())
                    .filter(Bytes::isUtf8)
                    .map(Bytes::text)
                    .orElse("Incorrect Base64 data try: SFRUUEJJTiBpcyBhd2Vzb21l")));
    routes.get(
        "/bytes/{n:int}", request -> Response.of(MediaTypes.OCTETS, Bytes.of(random(request))));
    routes.get(
        "/stream-bytes/{n:int}",
        request -> {
          byte[] bytes = random(request);
          int chunk = chunkSize(request);
          return Response.stream(
              MediaTypes.OCTETS,
              out -> {
                for (int at = 0; at < bytes.length; at += chunk) {
                  out.write(bytes, at, Math.min(chunk, bytes.length - at));
                  out.flush();
                }
              });
        });
    routes.get("/range/{n:int}", this::range);
    routes.get(
        "/links/{n:int}",
        request -> moved("/links/" + new BigInteger(request.parameter("n")) + "/0"));
    routes.get("/links/{n:int}/{offset:int}", Httpbin::links);
  }

  /** Base64 without its padding is not taken, as Python's decoder does not take it. */
  private static String padded(String value) {
    return value.length() % 4 == 0 ? value : "*";
  }

  private static Duration seconds(String text, double most) {
    double seconds = Double.parseDouble(text.strip());
    if (!(seconds >= 0)) {
      throw new HttpError(400, "a time in seconds cannot be " + text);
    }
    return Duration.ofNanos((long) (Math.min(seconds, most) * 1e9));
  }

  private static Optional<String> argument(Request request, String name) {
    return request.query().list().stream()
        .filter(p -> p.name().equalsIgnoreCase(name))
        .map(Parameters.Parameter::value)
        .findFirst();
  }

  private Response drip(Request request) throws InterruptedException {
    Duration duration = seconds(argument(request, "duration").orElse("2"), 3600);
    int count =
        (int)
            Math.min(
                Long.parseLong(argument(request, "numbytes").orElse("10").strip()), MOST_DRIPPED);
    int code = code(argument(request, "code").orElse("200"));
    if (count <= 0) {
      return plain(400, "number of bytes must be positive")
          .with("Content-Type", "text/plain; charset=utf-8");
    }
    clock.sleep(seconds(argument(request, "delay").orElse("0"), 3600));
    return new Response(
        code,
        Headers.of("Content-Type", MediaTypes.OCTETS),
        new Response.Content.Streamed(
            OptionalLong.of(count),
            out -> {
              long start = clock.nanoTime();
              for (int i = 0; i < count; i++) {
                out.write('*');
                out.flush();
                sleepUntil(start + duration.toNanos() * (i + 1) / count);
              }
            }));
  }

  private void sleepUntil(long nanos) throws InterruptedException {
    long left = nanos - clock.nanoTime();
    if (left > 0) {
      clock.sleep(Duration.ofNanos(left));
    }
  }

  private static Response stream(Request request) throws IOException {
    Map<String, Object> told = told(request, "url", "args", "headers", "origin");
    int n = number(request.parameter("n"), 100);
    return Response.stream(
        "application/json",
        out -> {
          for (int i = 0; i < n; i++) {
            told.put("id", i);
            out.write((Json.oneLine(told) + "\n").getBytes(StandardCharsets.UTF_8));
            out.flush();
          }
        });
  }

  private static int number(String digits, int most) {
    return new BigInteger(digits).min(BigInteger.valueOf(most)).intValue();
  }

  private static byte[] random(Request request) {
    byte[] bytes = new byte[number(request.parameter("n"), MOST_RANDOM)];
    Optional<String> seed = argument(request, "seed");
    if (seed.isPresent()) {
      MersenneTwister random = new MersenneTwister(new BigInteger(seed.get().strip()));
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) random.nextByte();
      }
    } else {
      ThreadLocalRandom.current().nextBytes(bytes);
    }
    return bytes;
  }

  private static int chunkSize(Request request) {
    return argument(request, "chunk_size")
        .map(size -> Math.clamp(Long.parseLong(size.strip()), 1, MOST_RANDOM))
        .orElse(10 * 1024);
  }

  private Response range(Request request) {
    int total = number(request.parameter("n"), Integer.MAX_VALUE);
    Headers identity = Headers.of("ETag", "range" + total, "Accept-Ranges", "bytes");
    if (total <= 0 || total > MOST_RANDOM) {
      return new Response(
          404,
          identity.plus("Content-Type", "text/plain; charset=utf-8"),
          new Response.Content.Whole(
              Bytes.utf8("number of bytes must be in the range (0, 102400]")));
    }
    int chunk = chunkSize(request);
    long perByte = seconds(argument(request, "duration").orElse("0"), 3600).toNanos() / total;
    int first = 0;
    int last = total - 1;
    String[] bounds =
        request
            .header("Range")
            .map(String::strip)
            .filter(r -> r.startsWith("bytes="))
            .orElse("=")
            .split("=", -1);
    String[] ends = bounds.length == 2 ? bounds[1].split("-", -1) : new String[0];
    if (ends.length >= 2) {
      Optional<Integer> from = integer(ends[0]);
      Optional<Integer> to = integer(ends[1]);
      if (from.isPresent()) {
        first = from.get();
        last = to.orElse(last);
      } else if (to.isPresent()) {
        first = Math.max(0, total - to.get());
      }
    }
    if (first > last || first >= total || last >= total) {
      return new Response(
          416,
          identity
              .plus("Content-Type", "text/plain; charset=utf-8")
              .plus("Content-Range", "bytes */" + total),
          new Response.Content.Whole(Bytes.EMPTY));
    }
    int from = first;
    int to = last;
    return new Response(
        from == 0 && to == total - 1 ? 200 : 206,
        identity
            .plus("Content-Type", MediaTypes.OCTETS)
            .plus("Content-Range", "bytes " + from + "-" + to + "/" + total),
        new Response.Content.Streamed(
            OptionalLong.of(to - from + 1),
            out -> {
              long start = clock.nanoTime();
              for (int i = from; i <= to; i++) {
                out.write('a' + i % 26);
                int sent = i - from + 1;
                if (sent % chunk == 0 || i == to) {
                  sleepUntil(start + perByte * sent);
                  out.flush();
                }
              }
            }));
  }

  private static Optional<Integer> integer(String text) {
    try {
      return Optional.of(Integer.parseInt(text.strip()));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static Response links(Request request) {
    int n = Math.max(1, number(request.parameter("n"), 200));
    BigInteger offset = new BigInteger(request.parameter("offset"));
    StringBuilder page = new StringBuilder("<html><head><title>Links</title></head><body>");
    for (int i = 0; i < n; i++) {
      page.append(
          BigInteger.valueOf(i).equals(offset)
              ? i + " "
              : "<a href='/links/" + n + "/" + i + "'>" + i + "</a> ");
    }
    return Response.html(page.append("</body></html>").toString());
  }

  private void caching() {
    routes.get(
        "/cache",
        request ->
            request.headers().has("If-Modified-Since") || request.headers().has("If-None-Match")
                ? Response.status(304)
                : get(request)
                    .with("Last-Modified", DATE.format(clock.instant()))
                    .with("ETag", UUID.randomUUID().toString().replace("-", "")));
    routes.get(
        "/cache/{seconds:int}",
        request ->
            get(request)
                .with(
                    "Cache-Control",
                    "public, max-age=" + new BigInteger(request.parameter("seconds"))));
    routes.get(
        "/etag/{etag}",
        request -> {
          String etag = request.parameter("etag");
          if (!isField(new Headers.Field("ETag", etag))) {
            throw new HttpError(400, "that cannot be an entity tag");
          }
          List<String> none = entityTags(request.header("If-None-Match"));
          List<String> match = entityTags(request.header("If-Match"));
          if (!none.isEmpty()) {
            if (none.contains(etag) || none.contains("*")) {
              return Response.status(304).with("ETag", etag);
            }
          } else if (!match.isEmpty() && !match.contains(etag) && !match.contains("*")) {
            return emptyHtml().withStatus(412);
          }
          return get(request).with("ETag", etag);
        });
  }

  /** The tags of a list, without quotes and without the mark of a weak one. */
  private static List<String> entityTags(Optional<String> list) {
    return list.filter(text -> !text.isEmpty()).stream()
        .flatMap(text -> Arrays.stream(text.split(",")))
        .map(String::strip)
        .map(tag -> tag.startsWith("W/") ? tag.substring(2) : tag)
        .map(tag -> tag.replace("\"", ""))
        .toList();
  }

  private void images() {
    routes.get("/image/png", request -> image("image/png"));
    routes.get("/image/jpeg", request -> image("image/jpeg"));
    routes.get("/image/webp", request -> image("image/webp"));
    routes.get("/image/svg", request -> image("image/svg+xml"));
    routes.get(
        "/image",
        request -> {
          String accept = request.header("Accept").orElse("image/*").toLowerCase(Locale.ROOT);
          for (String type : List.of("image/webp", "image/svg+xml", "image/jpeg", "image/png")) {
            if (accept.contains(type)) {
              return image(type);
            }
          }
          return accept.contains("image/*") ? image("image/png") : status(406);
        });
    routes.get("/favicon.ico", request -> image("image/png"));
  }

  private static Response image(String type) {
    String extension = type.substring("image/".length()).replace("+xml", "");
    return Response.of(type, resource("image." + extension));
  }

  private static Response page(String name) {
    return Response.of("text/html; charset=utf-8", resource(name));
  }

  static Bytes resource(String name) {
    try (InputStream in = Httpbin.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the jar lacks " + name);
      }
      return Bytes.of(in.readAllBytes());
    } catch (IOException e) {
      throw new IllegalStateException("the jar cannot be read", e);
    }
  }

  private String index() {
    Html page =
        new Html()
            .open("html", "lang", "en")
            .element("title", "httpbin")
            .element("h1", "httpbin")
            .element("p", "A site to test HTTP clients against. It tells you what you sent.")
            .open("ul");
    for (String route : routes.list()) {
      int space = route.lastIndexOf(' ');
      String path = route.substring(space + 1);
      page.open("li");
      if (path.contains("{")) {
        page.element("code", path);
      } else {
        // A hub shows the page below a path of its own.
        page.element("a", path, "href", "." + path);
      }
      page.text(" " + route.substring(0, space)).close("li");
    }
    return page.close("ul").close("html").toString();
  }
}
