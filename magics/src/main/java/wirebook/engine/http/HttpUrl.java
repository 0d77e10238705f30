package wirebook.engine.http;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import wirebook.net.Idn;

/**
 * A URL as curl reads it: RFC 3986, with the tolerance and the refusals of curl's {@code urlapi}.
 * All parts are byte text, still escaped.
 *
 * @param scheme lower case; empty when the text had none and none was to be guessed
 * @param schemeGuessed whether the scheme came from the host name
 * @param host IPv6 addresses with their brackets; numeric IPv4 addresses normalised
 * @param zone the zone identifier of a link-local IPv6 address
 * @param path empty when absent; {@link #pathOrSlash} is what is requested
 * @param query without the question mark; present but empty for a bare {@code ?}
 * @param fragmentMark whether there was a {@code #}, even with nothing behind
 */
public record HttpUrl(
    String scheme,
    boolean schemeGuessed,
    Optional<String> user,
    Optional<String> password,
    String host,
    Optional<String> zone,
    OptionalInt port,
    String path,
    Optional<String> query,
    Optional<String> fragment,
    boolean fragmentMark) {

  /** How tolerant parsing is. */
  public enum Flag {
    GUESS_SCHEME,
    ANY_SCHEME,
    PATH_AS_IS,
    NO_USER,
    ALLOW_SPACE,
    ENCODE
  }

  /** Why a text is no URL. */
  public enum Problem {
    MALFORMED_INPUT("Malformed input to a URL function"),
    BAD_PORT_NUMBER("Port number was not a decimal number between 0 and 65535"),
    UNSUPPORTED_SCHEME("Unsupported URL scheme"),
    USER_NOT_ALLOWED("Credentials was passed in the URL when prohibited"),
    NO_HOST("No host part in the URL"),
    BAD_IPV6("Bad IPv6 address"),
    BAD_HOSTNAME("Bad hostname"),
    BAD_FILE_URL("Bad file:// URL"),
    BAD_SLASHES("Unsupported number of slashes following scheme"),
    BAD_SCHEME("Bad scheme"),
    BACKSLASH("Found a backslash where a forward slash was expected");

    private final String words;

    Problem(String words) {
      this.words = words;
    }

    public String words() {
      return this == NO_HOST ? "No host present" : words;
    }

    public CurlCode code() {
      return switch (this) {
        case UNSUPPORTED_SCHEME -> CurlCode.UNSUPPORTED_PROTOCOL;
        case USER_NOT_ALLOWED -> CurlCode.LOGIN_DENIED;
        default -> CurlCode.URL_MALFORMAT;
      };
    }
  }

  /** The text is no URL. */
  public static final class BadUrl extends Exception {
    private static final long serialVersionUID = 1L;
    private final Problem problem;

    BadUrl(Problem problem) {
      super(problem.words(), null, false, false);
      this.problem = problem;
    }

    public Problem problem() {
      return problem;
    }

    /** What a transfer fails with. */
    public HttpFailure rejected() {
      return new HttpFailure(problem.code(), "URL rejected: " + problem.words());
    }
  }

  private static final int MAX_SCHEME = 40;

  /** The default ports of the schemes that curl knows. */
  private static final Map<String, Integer> PORTS =
      Map.ofEntries(
          Map.entry("http", 80),
          Map.entry("https", 443),
          Map.entry("ws", 80),
          Map.entry("wss", 443),
          Map.entry("ftp", 21),
          Map.entry("ftps", 990),
          Map.entry("file", 0),
          Map.entry("scp", 22),
          Map.entry("sftp", 22),
          Map.entry("telnet", 23),
          Map.entry("dict", 2628),
          Map.entry("ldap", 389),
          Map.entry("ldaps", 636),
          Map.entry("tftp", 69),
          Map.entry("imap", 143),
          Map.entry("imaps", 993),
          Map.entry("pop3", 110),
          Map.entry("pop3s", 995),
          Map.entry("smtp", 25),
          Map.entry("smtps", 465),
          Map.entry("smb", 445),
          Map.entry("smbs", 445),
          Map.entry("rtsp", 554),
          Map.entry("gopher", 70),
          Map.entry("gophers", 70),
          Map.entry("mqtt", 1883),
          Map.entry("mqtts", 8883),
          Map.entry("socks", 1080),
          Map.entry("socks4", 1080),
          Map.entry("socks4a", 1080),
          Map.entry("socks5", 1080),
          Map.entry("socks5h", 1080));

  /** Whether curl has a scheme of this name. */
  public static boolean knows(String scheme) {
    return PORTS.containsKey(ByteText.lower(scheme));
  }

  public static HttpUrl parse(String text, Flag first, Flag... more) throws BadUrl {
    return parse(text, EnumSet.of(first, more));
  }

  public static HttpUrl parse(String text, Set<Flag> flags) throws BadUrl {
    return UrlParser.parse(text, flags);
  }

  /** The length of the scheme that {@code text} begins with, 0 when it is no absolute URL. */
  public static int schemeLength(String text, boolean slashNeeded) {
    int i = 0;
    if (!text.isEmpty() && ByteText.isAlpha(text.charAt(0))) {
      for (i = 1; i < MAX_SCHEME && i < text.length(); i++) {
        char c = text.charAt(i);
        if (!ByteText.isAlnum(c) && c != '+' && c != '-' && c != '.') {
          break;
        }
      }
    }
    boolean colon = i > 0 && i < text.length() && text.charAt(i) == ':';
    boolean slash = i + 1 < text.length() && text.charAt(i + 1) == '/';
    return colon && (slash || !slashNeeded) ? i : 0;
  }

  /** What {@code reference} means on a page of this URL (RFC 3986 section 5, as curl does it). */
  public HttpUrl resolve(String reference, Set<Flag> flags) throws BadUrl {
    if (reference.isEmpty()) {
      return withoutFragment();
    }
    if (schemeLength(reference, false) > 0) {
      return parse(reference, flags);
    }
    String base = text(false, true);
    int authority = scheme.length() + 3;
    int cut = -1;
    String use = reference;
    boolean hostChanges = false;
    switch (reference.charAt(0)) {
      case '/' -> {
        if (reference.startsWith("//")) {
          cut = authority;
          use = reference.substring(2);
          hostChanges = true;
        } else {
          cut = base.indexOf('/', authority);
        }
      }
      case '#' -> cut = fragmentMark ? base.indexOf('#', authority) : -1;
      default -> {
        if (query.isPresent()) {
          cut = base.indexOf('?', authority);
        } else if (fragmentMark) {
          cut = base.indexOf('#', authority);
        }
        if (reference.charAt(0) != '?') {
          int last = base.lastIndexOf('/', (cut < 0 ? base.length() : cut) - 1);
          cut = last < authority ? -1 : last + 1;
        }
      }
    }
    String head = cut < 0 ? base : base.substring(0, cut);
    Set<Flag> without = EnumSet.copyOf(flags);
    without.remove(Flag.PATH_AS_IS);
    return parse(head + UrlParser.encode(use, !hostChanges, UrlParser.QueryState.LATER), without);
  }

  public String pathOrSlash() {
    return path.isEmpty() ? "/" : path;
  }

  /** The path as it stands in a request line: what is not ASCII is escaped. */
  public String requestPath() {
    return UrlParser.encode(pathOrSlash(), true, UrlParser.QueryState.NO);
  }

  /** The port given or the scheme's, 0 when neither is known. */
  public int effectivePort() {
    return port.orElse(PORTS.getOrDefault(scheme, 0));
  }

  /** An address as the host of a URL (RFC 3986 §3.2.2, RFC 5952). */
  public static String host(InetAddress address) {
    return address instanceof Inet6Address ? "[" + text(address) + "]" : address.getHostAddress();
  }

  /** An address as people write it: {@code ::1} (RFC 5952). */
  public static String text(InetAddress address) {
    return address instanceof Inet6Address
        ? UrlParser.shortest(address.getAddress(), address.getHostAddress())
        : address.getHostAddress();
  }

  /** Whether a host without brackets is an address and no name. */
  public static boolean isLiteral(String host) {
    try {
      InetAddress.ofLiteral(host);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  public static int defaultPort(String scheme) {
    return PORTS.getOrDefault(scheme, 0);
  }

  /** Without brackets. */
  public String hostName() {
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  /**
   * {@link #hostName} as a name server has it.
   *
   * @throws HttpFailure when it is not UTF-8, or {@link Idn} refuses it
   */
  public String asciiHost() throws HttpFailure {
    String text = ByteText.toText(hostName());
    if (text.indexOf('\ufffd') >= 0) {
      throw new HttpFailure(CurlCode.URL_MALFORMAT);
    }
    try {
      return ByteText.isAscii(text) ? text : Idn.toAscii(text);
    } catch (IllegalArgumentException e) {
      throw new HttpFailure(CurlCode.URL_MALFORMAT);
    }
  }

  public boolean isIpv6() {
    return host.startsWith("[");
  }

  public HttpUrl withUser(Optional<String> newUser, Optional<String> newPassword) {
    return new HttpUrl(
        scheme,
        schemeGuessed,
        newUser,
        newPassword,
        host,
        zone,
        port,
        path,
        query,
        fragment,
        fragmentMark);
  }

  public HttpUrl withoutFragment() {
    return new HttpUrl(
        scheme,
        schemeGuessed,
        user,
        password,
        host,
        zone,
        port,
        path,
        query,
        Optional.empty(),
        false);
  }

  public HttpUrl withHost(String newHost) {
    return new HttpUrl(
        scheme,
        schemeGuessed,
        user,
        password,
        newHost,
        Optional.empty(),
        port,
        path,
        query,
        fragment,
        fragmentMark);
  }

  /** The same over TLS. */
  public HttpUrl secured() {
    OptionalInt newPort = port.equals(OptionalInt.of(80)) ? OptionalInt.of(443) : port;
    return new HttpUrl(
        "https", false, user, password, host, zone, newPort, path, query, fragment, fragmentMark);
  }

  public HttpUrl withPath(String newPath) {
    String slashed = newPath.startsWith("/") ? newPath : "/" + newPath;
    return new HttpUrl(
        scheme,
        schemeGuessed,
        user,
        password,
        host,
        zone,
        port,
        upperHex(slashed),
        query,
        fragment,
        fragmentMark);
  }

  /** With one more {@code name=value} at the end of the query. */
  public HttpUrl withQueryAppended(String more) {
    String part = upperHex(more);
    String old = query.orElse("");
    String joined = old.isEmpty() ? part : old + (old.endsWith("&") ? "" : "&") + part;
    return new HttpUrl(
        scheme,
        schemeGuessed,
        user,
        password,
        host,
        zone,
        port,
        path,
        Optional.of(joined),
        fragment,
        fragmentMark);
  }

  private static String upperHex(String text) {
    StringBuilder out = new StringBuilder(text);
    for (int i = 0; i + 2 < out.length(); i++) {
      if (out.charAt(i) == '%'
          && ByteText.isHex(out.charAt(i + 1))
          && ByteText.isHex(out.charAt(i + 2))) {
        out.setCharAt(i + 1, Character.toUpperCase(out.charAt(i + 1)));
        out.setCharAt(i + 2, Character.toUpperCase(out.charAt(i + 2)));
        i += 2;
      }
    }
    return out.toString();
  }

  /** Escapes what may not stand in a user name or password. */
  public static String escapeCredential(String text) {
    return ByteText.escape(text);
  }

  /** The whole URL. */
  public String text() {
    return text(false, false);
  }

  /**
   * The whole URL.
   *
   * @param withoutDefaultPort leaves the port out when it is the scheme's
   * @param keepEmpty keeps a {@code ?} or {@code #} with nothing behind
   */
  public String text(boolean withoutDefaultPort, boolean keepEmpty) {
    return (scheme.isEmpty() ? "" : scheme + "://")
        + textAfterScheme(withoutDefaultPort, keepEmpty);
  }

  public String textAfterScheme(boolean withoutDefaultPort, boolean keepEmpty) {
    StringBuilder out = new StringBuilder();
    if (!scheme.equals("file")) {
      out.append(user.orElse(""));
      password.ifPresent(p -> out.append(':').append(p));
      if (user.isPresent() || password.isPresent()) {
        out.append('@');
      }
      if (zone.isPresent() && isIpv6()) {
        out.append(host, 0, host.length() - 1).append("%25").append(zone.get()).append(']');
      } else {
        out.append(host);
      }
      if (port.isPresent() && !(withoutDefaultPort && port.getAsInt() == defaultPort(scheme))) {
        out.append(':').append(port.getAsInt());
      }
      out.append(pathOrSlash());
    } else {
      out.append(path);
    }
    if (query.isPresent() && (keepEmpty || !query.get().isEmpty())) {
      out.append('?').append(query.get());
    }
    if (fragment.isPresent() || (keepEmpty && fragmentMark)) {
      out.append('#').append(fragment.orElse(""));
    }
    return out.toString();
  }

  @Override
  public String toString() {
    return ByteText.toText(text());
  }

  public boolean sameOrigin(HttpUrl other) {
    return scheme.equals(other.scheme)
        && host.equalsIgnoreCase(other.host)
        && effectivePort() == other.effectivePort()
        && zone.equals(other.zone);
  }
}
