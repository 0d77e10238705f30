package wirebook.engine.http.server.httpbin;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import wirebook.codec.Digests;
import wirebook.engine.http.server.MediaTypes;
import wirebook.engine.http.server.Request;
import wirebook.trace.Bytes;

/** Digest access authentication, the server's side (RFC 7616; SHA-512 in its full length). */
public final class HttpbinDigest {
  private static final SecureRandom RANDOM = new SecureRandom();

  private HttpbinDigest() {}

  /** What a {@code Digest} challenge says. */
  static String challenge(String realm, Optional<String> qop, String algorithm, boolean stale) {
    return "Digest realm=\""
        + realm
        + "\", nonce=\""
        + random(algorithm)
        + "\", opaque=\""
        + random(algorithm)
        + "\", qop=\""
        + qop.orElse("auth, auth-int")
        + "\", algorithm="
        + algorithm
        + ", stale="
        + (stale ? "TRUE" : "FALSE");
  }

  private static String random(String algorithm) {
    byte[] bytes = new byte[20];
    RANDOM.nextBytes(bytes);
    return hash(algorithm, Bytes.of(bytes));
  }

  /** The parameters of {@code Authorization: Digest …}; empty for another scheme. */
  public static Optional<Map<String, String>> credentials(String authorization) {
    int space = authorization.indexOf(' ');
    if (space < 0 || !authorization.substring(0, space).equalsIgnoreCase("digest")) {
      return Optional.empty();
    }
    Map<String, String> parameters = new LinkedHashMap<>();
    int at = space + 1;
    while (at < authorization.length()) {
      int end = at;
      boolean quoted = false;
      while (end < authorization.length() && (quoted || authorization.charAt(end) != ',')) {
        char c = authorization.charAt(end);
        if (c == '"') {
          quoted = !quoted;
        } else if (c == '\\' && quoted) {
          end++;
        }
        end++;
      }
      String pair = authorization.substring(at, Math.min(end, authorization.length()));
      int equals = pair.indexOf('=');
      if (equals > 0) {
        parameters.put(
            pair.substring(0, equals).strip().toLowerCase(Locale.ROOT),
            MediaTypes.unquote(pair.substring(equals + 1).strip()));
      }
      at = end + 1;
    }
    return Optional.of(parameters);
  }

  /** Whether the response in {@code credentials} is the one for this user, password and request. */
  public static boolean matches(
      Map<String, String> credentials, String user, String password, Request request)
      throws IOException {
    String algorithm = credentials.getOrDefault("algorithm", "MD5");
    String qop = credentials.getOrDefault("qop", "");
    String a1 = user + ":" + credentials.getOrDefault("realm", "") + ":" + password;
    String a2 = request.method() + ":" + request.target();
    if (qop.equals("auth-int")) {
      a2 += ":" + hash(algorithm, request.body());
    }
    String nonce = credentials.getOrDefault("nonce", "");
    String middle =
        qop.isEmpty()
            ? nonce
            : String.join(
                ":",
                nonce,
                credentials.getOrDefault("nc", ""),
                credentials.getOrDefault("cnonce", ""),
                qop);
    String expected =
        hash(
            algorithm,
            Bytes.utf8(
                hash(algorithm, Bytes.utf8(a1))
                    + ":"
                    + middle
                    + ":"
                    + hash(algorithm, Bytes.utf8(a2))));
    return user.equals(credentials.getOrDefault("username", ""))
        && MessageDigest.isEqual(
            expected.getBytes(StandardCharsets.UTF_8),
            credentials.getOrDefault("response", "").getBytes(StandardCharsets.UTF_8));
  }

  private static String hash(String algorithm, Bytes text) {
    String hash = algorithm.equals("SHA-256") || algorithm.equals("SHA-512") ? algorithm : "MD5";
    return HexFormat.of().formatHex(Digests.of(hash, text.toArray()));
  }
}
