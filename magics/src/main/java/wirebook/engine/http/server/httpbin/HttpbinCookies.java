package wirebook.engine.http.server.httpbin;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import wirebook.engine.http.server.Headers;
import wirebook.engine.http.server.HttpError;
import wirebook.engine.http.server.Request;
import wirebook.engine.http.server.Response;
import wirebook.engine.http.server.Routes;

/** httpbin's cookies. */
final class HttpbinCookies {
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

  private HttpbinCookies() {}

  static void add(Routes routes) {
    routes.get(
        "/cookies",
        request -> {
          Map<String, String> shown = new LinkedHashMap<>(request.cookies());
          if (!request.query().has("show_env")) {
            shown.keySet().removeAll(COUNTERS);
          }
          return HttpbinEcho.json(Map.of("cookies", shown));
        });
    routes.get(
        "/cookies/set/{name}/{value}",
        request ->
            HttpbinRedirects.moved("/cookies")
                .plus(
                    "Set-Cookie",
                    cookie(request, request.parameter("name"), request.parameter("value"))));
    routes.get(
        "/cookies/set",
        request -> {
          Response response = HttpbinRedirects.moved("/cookies");
          for (Map.Entry<String, List<String>> c : request.query().byName().entrySet()) {
            response =
                response.plus("Set-Cookie", cookie(request, c.getKey(), c.getValue().getFirst()));
          }
          return response;
        });
    routes.get(
        "/cookies/delete",
        request -> {
          Response response = HttpbinRedirects.moved("/cookies");
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

  static String cookie(Request request, String name, String value) {
    return cookieName(name)
        + "="
        + cookieValue(value)
        + (HttpbinEcho.scheme(request).equals("https") ? "; Secure" : "")
        + "; Path=/";
  }

  private static String cookieName(String name) {
    if (!new Headers.Field(name, "").canBeSent()) {
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
}
