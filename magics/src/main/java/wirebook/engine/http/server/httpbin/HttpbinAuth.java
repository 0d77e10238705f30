package wirebook.engine.http.server.httpbin;

import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import wirebook.engine.http.server.Request;
import wirebook.engine.http.server.Response;
import wirebook.engine.http.server.Routes;
import wirebook.trace.Bytes;

/** httpbin's authentication (RFC 7616, RFC 7617, RFC 6750). */
final class HttpbinAuth {
  private HttpbinAuth() {}

  static void add(Routes routes) {
    routes.get("/basic-auth/{user}/{passwd}", request -> basic(request, HttpbinStatus.status(401)));
    routes.get(
        "/hidden-basic-auth/{user}/{passwd}",
        request -> basic(request, HttpbinStatus.emptyHtml().withStatus(404)));
    routes.get(
        "/bearer",
        request ->
            request
                .header("Authorization")
                .filter(a -> a.startsWith("Bearer "))
                .map(
                    a ->
                        HttpbinEcho.json(
                            Map.of(
                                "authenticated", true, "token", a.substring("Bearer ".length()))))
                .orElseGet(
                    () ->
                        HttpbinStatus.emptyHtml()
                            .withStatus(401)
                            .with("WWW-Authenticate", "Bearer")));
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
        ? HttpbinEcho.json(Map.of("authenticated", true, "user", user))
        : otherwise;
  }

  static Optional<Bytes> base64(String text, Base64.Decoder decoder) {
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
        request.header("Authorization").flatMap(HttpbinDigest::credentials);
    if (credentials.isEmpty() || (needsCookie && !request.headers().has("Cookie"))) {
      return challenge(request, qop, algorithm, false)
          .plus("Set-Cookie", HttpbinCookies.cookie(request, "stale_after", staleAfter))
          .plus("Set-Cookie", "fake=fake_value; Path=/");
    }
    if (needsCookie && !"fake_value".equals(cookies.getOrDefault("fake", ""))) {
      return HttpbinEcho.json(Map.of("errors", List.of("missing cookie set on challenge")))
          .withStatus(403)
          .plus("Set-Cookie", "fake=fake_value; Path=/");
    }
    String nonce = credentials.get().getOrDefault("nonce", "");
    Optional<String> usesLeft = Optional.ofNullable(cookies.get("stale_after"));
    boolean stale =
        nonce.equals(cookies.getOrDefault("last_nonce", "\0"))
            || usesLeft.filter("0"::equals).isPresent();
    if (stale
        || !HttpbinDigest.matches(
            credentials.get(), request.parameter("user"), request.parameter("passwd"), request)) {
      return challenge(request, qop, algorithm, stale)
          .plus("Set-Cookie", HttpbinCookies.cookie(request, "stale_after", staleAfter))
          .plus("Set-Cookie", HttpbinCookies.cookie(request, "last_nonce", nonce))
          .plus("Set-Cookie", "fake=fake_value; Path=/");
    }
    Response welcome =
        HttpbinEcho.json(Map.of("authenticated", true, "user", request.parameter("user")))
            .plus("Set-Cookie", "fake=fake_value; Path=/");
    return usesLeft
        .map(
            uses ->
                welcome.plus(
                    "Set-Cookie", HttpbinCookies.cookie(request, "stale_after", oneLess(uses))))
        .orElse(welcome);
  }

  private static Response challenge(
      Request request, Optional<String> qop, String algorithm, boolean stale) {
    return HttpbinStatus.emptyHtml()
        .withStatus(401)
        .with(
            "WWW-Authenticate",
            HttpbinDigest.challenge("digest@" + HttpbinEcho.host(request), qop, algorithm, stale));
  }

  private static String oneLess(String count) {
    try {
      return String.valueOf(Integer.parseInt(count) - 1);
    } catch (NumberFormatException e) {
      return "never";
    }
  }
}
