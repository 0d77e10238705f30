package wirebook.engine.http.server.httpbin;

import java.io.IOException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import wirebook.codec.Json;
import wirebook.engine.http.HttpUrl;
import wirebook.engine.http.server.Endpoint;
import wirebook.engine.http.server.Form;
import wirebook.engine.http.server.Headers;
import wirebook.engine.http.server.JsonForm;
import wirebook.engine.http.server.MediaTypes;
import wirebook.engine.http.server.Parameters;
import wirebook.engine.http.server.Request;
import wirebook.engine.http.server.Response;
import wirebook.engine.http.server.Routes;
import wirebook.trace.Bytes;

/**
 * What a request was, told in JSON: httpbin's HTTP methods, its request inspection and anything.
 */
final class HttpbinEcho {
  /** The methods that what takes any of them takes. */
  static final String ALL = "GET POST PUT DELETE PATCH TRACE";

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

  /** Blanks, control characters and {@code # % & + =}, encoded. */
  private static final Pattern WITH_MEANING =
      Pattern.compile("(%([01]\\p{XDigit}|20|7F|2[356B]|3D))+", Pattern.CASE_INSENSITIVE);

  private HttpbinEcho() {}

  static Response echo(Request request, String... keys) throws IOException {
    return json(told(request, keys));
  }

  static Response json(Object value) {
    return Response.of("application/json", Bytes.utf8(JsonForm.sorted(value) + "\n"));
  }

  static Map<String, Object> told(Request request, String... keys) throws IOException {
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
                        .flatMap(bytes -> Json.read(bytes.text()));
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

  static Form form(Request request) throws IOException {
    return isForm(request) ? request.form() : Form.NONE;
  }

  private static String origin(Request request) {
    return request
        .header("X-Forwarded-For")
        .orElseGet(() -> HttpUrl.text(request.remote().getAddress()));
  }

  /** Of a name that comes several times the list, else the value. */
  static Map<String, Object> flat(Parameters parameters) {
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

  static String scheme(Request request) {
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

  static String host(Request request) {
    String host = request.host();
    String usual = request.secure() ? ":443" : ":80";
    return host.endsWith(usual) ? host.substring(0, host.length() - usual.length()) : host;
  }

  /** A decoded path with what cannot stand in a URL encoded, and letters of all scripts as such. */
  private static String readable(String path) {
    StringBuilder out = new StringBuilder(path.length());
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      boolean encoded = c <= 0x20 || c == 0x7f || c == '?' || c == '#';
      out.append(encoded ? String.format("%%%02X", (int) c) : String.valueOf(c));
    }
    return out.toString();
  }

  /** A query with its percent-encoding undone where that changes no meaning. */
  private static String readableQuery(String query) {
    StringBuilder out = new StringBuilder(query.length());
    Matcher meaning = WITH_MEANING.matcher(query);
    int from = 0;
    while (meaning.find()) {
      out.append(Parameters.decode(query.substring(from, meaning.start()))).append(meaning.group());
      from = meaning.end();
    }
    return out.append(Parameters.decode(query.substring(from))).toString();
  }

  static void add(Routes routes) {
    routes.get("/ip", request -> json(Map.of("origin", origin(request))));
    routes.get("/uuid", request -> json(Map.of("uuid", UUID.randomUUID().toString())));
    routes.get("/headers", request -> echo(request, "headers"));
    routes.get(
        "/user-agent",
        request -> json(Map.of("user-agent", joined(request.headers().all("User-Agent")))));
    routes.get("/get", HttpbinEcho::get);
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
  }

  private static Optional<String> joined(List<String> values) {
    return values.stream().reduce((one, two) -> one + "," + two);
  }

  static Response get(Request request) throws IOException {
    return echo(request, "url", "args", "headers", "origin");
  }
}
