package wirebook.engine.http;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.Supplier;
import wirebook.codec.Digests;

/**
 * The state of Digest authentication with one server (RFC 7616): its last challenge, and how often
 * that was answered. Not safe for use by several threads.
 */
public final class DigestAuth {
  private static final int MAX_VALUE = 1024;

  private enum Algorithm {
    MD5("MD5", "MD5", false),
    MD5_SESS("MD5-sess", "MD5", true),
    SHA256("SHA-256", "SHA-256", false),
    SHA256_SESS("SHA-256-SESS", "SHA-256", true),
    SHA512_256("SHA-512-256", "SHA-512/256", false),
    SHA512_256_SESS("SHA-512-256-SESS", "SHA-512/256", true);

    private final String token;
    private final String hash;
    private final boolean session;

    Algorithm(String token, String hash, boolean session) {
      this.token = token;
      this.hash = hash;
      this.session = session;
    }
  }

  private final Supplier<byte[]> random;
  private Optional<String> nonce = Optional.empty();
  private Optional<String> realm = Optional.empty();
  private Optional<String> opaque = Optional.empty();
  private Optional<String> qop = Optional.empty();
  private Optional<String> algorithmName = Optional.empty();
  private Optional<String> cnonce = Optional.empty();
  private Algorithm algorithm = Algorithm.MD5;
  private boolean stale;
  private boolean userHash;
  private int count;

  /**
   * @param random gives the bytes of a client nonce
   */
  public DigestAuth(Supplier<byte[]> random) {
    this.random = random;
  }

  public boolean hasChallenge() {
    return nonce.isPresent();
  }

  public void forget() {
    nonce = realm = opaque = qop = algorithmName = cnonce = Optional.empty();
    algorithm = Algorithm.MD5;
    stale = false;
    userHash = false;
    count = 0;
  }

  /**
   * Takes the challenge of an {@code Authenticate} header.
   *
   * @param header from the word Digest on
   * @return whether an answer makes sense: not when the last one was refused and is not just stale
   */
  public boolean challenge(String header) {
    if (!ByteText.startsWithIgnoreCase(header, "Digest")
        || header.length() < 7
        || !ByteText.isBlank(header.charAt(6))) {
      return false;
    }
    boolean before = nonce.isPresent();
    forget();
    int pos = ByteText.skipBlanks(header, 6);
    while (pos < header.length()) {
      pos = ByteText.skipBlanks(header, pos);
      int equals = header.indexOf('=', pos);
      if (equals < 0) {
        break;
      }
      String name = ByteText.lower(header.substring(pos, equals));
      StringBuilder value = new StringBuilder();
      int end = value(header, equals + 1, value);
      if (end < 0) {
        break;
      }
      if (!take(name, value.toString())) {
        return false;
      }
      pos = ByteText.skipBlanks(header, end);
      if (pos < header.length() && header.charAt(pos) == ',') {
        pos++;
      }
    }
    return !(before && !stale) && nonce.isPresent() && !(qop.isEmpty() && algorithm.session);
  }

  private static int value(String text, int start, StringBuilder out) {
    int i = start;
    boolean quoted = i < text.length() && text.charAt(i) == '"';
    if (quoted) {
      i++;
    }
    for (; i < text.length() && out.length() < MAX_VALUE - 1; i++) {
      char c = text.charAt(i);
      if (quoted && c == '\\') {
        if (++i >= text.length()) {
          return -1;
        }
        out.append(text.charAt(i));
        continue;
      }
      if (c == '"') {
        return quoted ? i + 1 : -1;
      }
      if (c == ',' && !quoted) {
        return i;
      }
      out.append(c);
    }
    return i;
  }

  private boolean take(String name, String value) {
    switch (name) {
      case "nonce" -> nonce = Optional.of(value);
      case "stale" -> {
        if (value.equalsIgnoreCase("true")) {
          stale = true;
          count = 1;
        }
      }
      case "realm" -> realm = Optional.of(value);
      case "opaque" -> opaque = Optional.of(value);
      case "qop" -> {
        boolean auth = false;
        boolean authInt = false;
        for (String word : value.split(",")) {
          auth |= ByteText.trimBlanks(word).equalsIgnoreCase("auth");
          authInt |= ByteText.trimBlanks(word).equalsIgnoreCase("auth-int");
        }
        if (auth || authInt) {
          qop = Optional.of(auth ? "auth" : "auth-int");
        }
      }
      case "algorithm" -> {
        algorithmName = Optional.of(value);
        for (Algorithm a : Algorithm.values()) {
          if (a.token.equalsIgnoreCase(value)) {
            algorithm = a;
            return true;
          }
        }
        return false;
      }
      case "userhash" -> userHash = value.equalsIgnoreCase("true");
      default -> {
        // Unknown directives are to be ignored (RFC 7616 section 3.3).
      }
    }
    return true;
  }

  /** The value of the {@code Authorization} header for one request. */
  public String answer(String user, String password, String method, String uri) {
    String client = cnonce.orElseGet(() -> Base64.getEncoder().encodeToString(random.get()));
    cnonce = Optional.of(client);
    if (count == 0) {
      count = 1;
    }
    String realmText = realm.orElse("");
    String nonceText = nonce.orElse("");
    String ha1 = hash(user + ":" + realmText + ":" + password);
    if (algorithm.session) {
      ha1 = hash(ha1 + ":" + nonceText + ":" + client);
    }
    String a2 = method + ":" + uri;
    if (qop.filter("auth-int"::equals).isPresent()) {
      a2 += ":" + hash("");
    }
    String ha2 = hash(a2);
    String nc = String.format("%08x", count);
    String response =
        qop.isPresent()
            ? hash(ha1 + ":" + nonceText + ":" + nc + ":" + client + ":" + qop.get() + ":" + ha2)
            : hash(ha1 + ":" + nonceText + ":" + ha2);
    StringBuilder out = new StringBuilder("Digest username=\"");
    out.append(quoted(userHash ? hash(user + ":" + realmText) : user))
        .append("\", realm=\"")
        .append(quoted(realmText))
        .append("\", nonce=\"")
        .append(quoted(nonceText))
        .append("\", uri=\"")
        .append(quoted(uri))
        .append("\", ");
    if (qop.isPresent()) {
      out.append("cnonce=\"").append(client).append("\", nc=").append(nc);
      out.append(", qop=").append(qop.get()).append(", ");
      count++;
    }
    out.append("response=\"").append(response).append('"');
    opaque.ifPresent(o -> out.append(", opaque=\"").append(quoted(o)).append('"'));
    algorithmName.ifPresent(a -> out.append(", algorithm=").append(a));
    if (userHash) {
      out.append(", userhash=true");
    }
    return out.toString();
  }

  private String hash(String byteText) {
    byte[] bytes = byteText.getBytes(StandardCharsets.ISO_8859_1);
    return HexFormat.of().formatHex(Digests.of(algorithm.hash, bytes));
  }

  private static String quoted(String text) {
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < ' ' || c > 0x7e) {
        out.append(ByteText.percent(c));
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }
}
