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
      return this == UNSUPPORTED_SCHEME ? CurlCode.UNSUPPORTED_PROTOCOL : CurlCode.URL_MALFORMAT;
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
  }

  private static final int MAX_SCHEME = 40;
  private static final int MAX_INPUT = 8_000_000;
  private static final String HOST_INVALID = " \r\n\t/:#?!@{}[]\\$'\"^`*<>=;,+&()%|";

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
    if (text.length() > MAX_INPUT) {
      throw new BadUrl(Problem.MALFORMED_INPUT);
    }
    char highestControl = flags.contains(Flag.ALLOW_SPACE) ? (char) 0x1f : ' ';
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c <= highestControl || c == 127) {
        throw new BadUrl(Problem.MALFORMED_INPUT);
      }
    }
    boolean guess = flags.contains(Flag.GUESS_SCHEME);
    int schemeLength = schemeLength(text, guess);
    String scheme = ByteText.lower(text.substring(0, schemeLength));
    Parser parser = new Parser(flags);
    int pathStart;
    if (scheme.equals("file")) {
      pathStart = parser.file(text);
    } else {
      int hostStart = 0;
      if (schemeLength > 0) {
        if (!knows(scheme) && !flags.contains(Flag.ANY_SCHEME)) {
          throw new BadUrl(Problem.UNSUPPORTED_SCHEME);
        }
        hostStart = schemeLength + 1;
        if (hostStart >= text.length() || text.charAt(hostStart) != '/') {
          throw new BadUrl(Problem.BAD_SLASHES);
        }
        int slashes = 0;
        while (hostStart < text.length() && text.charAt(hostStart) == '/' && slashes < 4) {
          hostStart++;
          slashes++;
        }
        if (slashes > 3) {
          throw new BadUrl(Problem.BAD_SLASHES);
        }
        parser.scheme = scheme;
      } else if (!guess) {
        throw new BadUrl(Problem.BAD_SCHEME);
      }
      pathStart = ByteText.find(text, hostStart, "/?#");
      if (pathStart == hostStart) {
        throw new BadUrl(Problem.NO_HOST);
      }
      parser.authority(text.substring(hostStart, pathStart), schemeLength > 0);
      if (parser.scheme.isEmpty()) {
        parser.guessScheme();
      }
    }
    parser.rest(text.substring(pathStart));
    return parser.url();
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
    return parse(head + encode(use, !hostChanges, QueryState.LATER), without);
  }

  private enum QueryState {
    NO,
    LATER,
    YES
  }

  private static String encode(String text, boolean relative, QueryState query) {
    StringBuilder out = new StringBuilder(text.length() + 8);
    int i = 0;
    QueryState state = query;
    if (!relative) {
      int slashes = text.indexOf("//");
      i = ByteText.find(text, slashes < 0 ? 0 : slashes + 2, "/?");
      out.append(text, 0, i);
    }
    for (; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == ' ') {
        out.append(state == QueryState.YES ? "+" : "%20");
      } else if (c < ' ' || c >= 0x7f) {
        out.append(ByteText.percent(c));
      } else if (c == '%'
          && i + 2 < text.length()
          && ByteText.isHex(text.charAt(i + 1))
          && ByteText.isHex(text.charAt(i + 2))) {
        out.append(text.substring(i, i + 3).toUpperCase(java.util.Locale.ROOT));
        i += 2;
      } else {
        out.append(c);
        if (c == '?' && state == QueryState.LATER) {
          state = QueryState.YES;
        }
      }
    }
    return out.toString();
  }

  public String pathOrSlash() {
    return path.isEmpty() ? "/" : path;
  }

  /** The path as it stands in a request line: what is not ASCII is escaped. */
  public String requestPath() {
    return encode(pathOrSlash(), true, QueryState.NO);
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
        ? Parser.shortest(address.getAddress(), address.getHostAddress())
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

  public HttpUrl withScheme(String newScheme) {
    return new HttpUrl(
        newScheme, false, user, password, host, zone, port, path, query, fragment, fragmentMark);
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

  private static final class Parser {
    private final Set<Flag> flags;
    private String scheme = "";
    private boolean guessed;
    private Optional<String> user = Optional.empty();
    private Optional<String> password = Optional.empty();
    private String host = "";
    private Optional<String> zone = Optional.empty();
    private OptionalInt port = OptionalInt.empty();
    private String path = "";
    private Optional<String> query = Optional.empty();
    private Optional<String> fragment = Optional.empty();
    private boolean fragmentMark;

    Parser(Set<Flag> flags) {
      this.flags = flags;
    }

    HttpUrl url() {
      return new HttpUrl(
          scheme, guessed, user, password, host, zone, port, path, query, fragment, fragmentMark);
    }

    int file(String text) throws BadUrl {
      if (text.length() <= 6 || text.charAt(5) != '/') {
        throw new BadUrl(Problem.BAD_FILE_URL);
      }
      int start = 5;
      if (text.charAt(6) == '/') {
        start = 7;
        if (start >= text.length() || text.charAt(start) != '/') {
          String rest = text.substring(start);
          if (!ByteText.startsWithIgnoreCase(rest, "localhost/")
              && !rest.startsWith("127.0.0.1/")) {
            throw new BadUrl(Problem.BAD_FILE_URL);
          }
          start += 9;
        }
      }
      scheme = "file";
      return start;
    }

    void authority(String text, boolean hasScheme) throws BadUrl {
      String rest = text;
      int at = text.indexOf('@');
      if (at >= 0) {
        if (flags.contains(Flag.NO_USER)) {
          throw new BadUrl(Problem.USER_NOT_ALLOWED);
        }
        String login = text.substring(0, at);
        int colon = login.indexOf(':');
        user = Optional.of(colon < 0 ? login : login.substring(0, colon));
        password = colon < 0 ? Optional.empty() : Optional.of(login.substring(colon + 1));
        rest = text.substring(at + 1);
      }
      String name = port(rest, hasScheme);
      if (name.isEmpty()) {
        throw new BadUrl(Problem.NO_HOST);
      }
      if (name.indexOf('%') >= 0 && name.charAt(0) != '[') {
        name = ByteText.unescape(name);
        if (ByteText.hasControl(name)) {
          throw new BadUrl(Problem.BAD_HOSTNAME);
        }
      }
      if (name.charAt(0) == '[') {
        host = ipv6(name);
        return;
      }
      Optional<String> numeric = numericIpv4(name);
      if (numeric.isPresent()) {
        host = numeric.get();
        return;
      }
      if (ByteText.find(name, 0, HOST_INVALID) != name.length()
          || name.endsWith("..")
          || name.equals(".")) {
        throw new BadUrl(Problem.BAD_HOSTNAME);
      }
      host = name;
    }

    private String port(String text, boolean hasScheme) throws BadUrl {
      int colon;
      if (text.startsWith("[")) {
        int close = text.indexOf(']');
        if (close < 0) {
          throw new BadUrl(Problem.BAD_IPV6);
        }
        colon = close + 1;
        if (colon == text.length()) {
          return text;
        }
        if (text.charAt(colon) != ':') {
          throw new BadUrl(Problem.BAD_PORT_NUMBER);
        }
      } else {
        colon = text.indexOf(':');
        if (colon < 0) {
          return text;
        }
      }
      String digits = text.substring(colon + 1);
      if (digits.isEmpty()) {
        if (!hasScheme) {
          throw new BadUrl(Problem.BAD_PORT_NUMBER);
        }
        return text.substring(0, colon);
      }
      int end = 0;
      long number = 0;
      while (end < digits.length() && ByteText.isDigit(digits.charAt(end)) && number <= 0xffff) {
        number = number * 10 + digits.charAt(end++) - '0';
      }
      if (end < digits.length() && digits.charAt(end) == '\\') {
        throw new BadUrl(Problem.BACKSLASH);
      }
      if (end == 0 || end < digits.length() || number > 0xffff) {
        throw new BadUrl(Problem.BAD_PORT_NUMBER);
      }
      port = OptionalInt.of((int) number);
      return text.substring(0, colon);
    }

    private String ipv6(String text) throws BadUrl {
      String inner = text.substring(1, text.length() - 1);
      int end = 0;
      while (end < inner.length()
          && (ByteText.isHex(inner.charAt(end)) || ":.".indexOf(inner.charAt(end)) >= 0)) {
        end++;
      }
      if (text.length() < 4) {
        throw new BadUrl(Problem.BAD_IPV6);
      }
      if (end < inner.length()) {
        if (inner.charAt(end) != '%') {
          throw new BadUrl(Problem.BAD_IPV6);
        }
        String id = inner.substring(end + 1);
        if (id.startsWith("25") && id.length() > 2) {
          id = id.substring(2);
        }
        if (id.isEmpty() || id.length() > 14) {
          throw new BadUrl(Problem.BAD_IPV6);
        }
        zone = Optional.of(id);
        inner = inner.substring(0, end);
      }
      if (inner.indexOf(':') < 0) {
        throw new BadUrl(Problem.BAD_IPV6);
      }
      try {
        return "[" + shortest(InetAddress.ofLiteral(inner).getAddress(), inner) + "]";
      } catch (IllegalArgumentException e) {
        throw new BadUrl(Problem.BAD_IPV6);
      }
    }

    /**
     * The text form of RFC 5952. A mapped IPv4 address, which Java makes 4 bytes, stays as it is.
     */
    private static String shortest(byte[] address, String original) {
      if (address.length != 16) {
        return original;
      }
      int[] groups = new int[8];
      for (int i = 0; i < 8; i++) {
        groups[i] = ((address[2 * i] & 0xff) << 8) | (address[2 * i + 1] & 0xff);
      }
      int bestStart = -1;
      int bestLength = 1;
      for (int i = 0; i < 8; i++) {
        int j = i;
        while (j < 8 && groups[j] == 0) {
          j++;
        }
        if (j - i > bestLength) {
          bestStart = i;
          bestLength = j - i;
        }
        i = Math.max(i, j - 1);
      }
      StringBuilder out = new StringBuilder();
      for (int i = 0; i < 8; i++) {
        if (i == bestStart) {
          out.append("::");
          i += bestLength - 1;
        } else {
          if (!out.isEmpty() && out.charAt(out.length() - 1) != ':') {
            out.append(':');
          }
          out.append(Integer.toHexString(groups[i]));
        }
      }
      return out.toString();
    }

    /** {@code 0x7f.1}, {@code 2130706433} and the like, as {@code inet_aton} reads them. */
    private static Optional<String> numericIpv4(String name) {
      String[] parts =
          (name.endsWith(".") ? name.substring(0, name.length() - 1) : name).split("\\.", -1);
      if (parts.length > 4) {
        return Optional.empty();
      }
      long[] values = new long[parts.length];
      for (int i = 0; i < parts.length; i++) {
        String part = parts[i];
        int radix = 10;
        if (ByteText.startsWithIgnoreCase(part, "0x")) {
          radix = 16;
          part = part.substring(2);
        } else if (part.length() > 1 && part.startsWith("0")) {
          radix = 8;
        }
        if (part.isEmpty() || part.length() > 20) {
          return Optional.empty();
        }
        long value = 0;
        for (int j = 0; j < part.length(); j++) {
          char c = part.charAt(j);
          int digit = c < 0x80 ? Character.digit(c, radix) : -1;
          if (digit < 0) {
            return Optional.empty();
          }
          value = value * radix + digit;
          if (value > 0xffffffffL) {
            return Optional.empty();
          }
        }
        values[i] = value;
      }
      long address = 0;
      for (int i = 0; i < values.length; i++) {
        boolean last = i == values.length - 1;
        int bits = last ? 8 * (4 - i) : 8;
        if (values[i] >= 1L << bits) {
          return Optional.empty();
        }
        address = (address << bits) | values[i];
      }
      return Optional.of(
          (address >> 24)
              + "."
              + (address >> 16 & 255)
              + "."
              + (address >> 8 & 255)
              + "."
              + (address & 255));
    }

    void guessScheme() {
      guessed = true;
      String lower = ByteText.lower(host);
      scheme =
          java.util.stream.Stream.of("ftp", "dict", "ldap", "imap", "smtp", "pop3")
              .filter(s -> lower.startsWith(s + "."))
              .findFirst()
              .orElse("http");
    }

    void rest(String text) {
      String left = text;
      boolean encode = flags.contains(Flag.ENCODE);
      int hash = left.indexOf('#');
      if (hash >= 0) {
        fragmentMark = true;
        String part = left.substring(hash + 1);
        if (!part.isEmpty()) {
          fragment = Optional.of(encode ? encode(part, true, QueryState.NO) : part);
        }
        left = left.substring(0, hash);
      }
      int mark = left.indexOf('?');
      if (mark >= 0) {
        String part = left.substring(mark + 1);
        query = Optional.of(encode ? encode(part, true, QueryState.YES) : part);
        left = left.substring(0, mark);
      }
      if (encode) {
        left = encode(left, true, QueryState.NO);
      }
      if (left.length() > (scheme.equals("file") ? 0 : 1)) {
        path = flags.contains(Flag.PATH_AS_IS) ? left : withoutDots(left);
      }
    }
  }

  private static int dot(String s, int i) {
    if (i < s.length() && s.charAt(i) == '.') {
      return 1;
    }
    return i + 2 < s.length()
            && s.charAt(i) == '%'
            && s.charAt(i + 1) == '2'
            && (s.charAt(i + 2) | 0x20) == 'e'
        ? 3
        : 0;
  }

  /** Removes dot segments (RFC 3986 section 5.2.4); {@code %2e} counts as a dot. */
  static String withoutDots(String path) {
    StringBuilder out = new StringBuilder();
    String in = path;
    int i = 0;
    int first = dot(in, 0);
    if (first > 0) {
      int second = dot(in, first);
      if (first < in.length() && in.charAt(first) == '/') {
        i = first + 1;
      } else if (second > 0) {
        if (first + second == in.length()) {
          return "";
        }
        if (in.charAt(first + second) == '/') {
          i = first + second + 1;
        }
      }
    }
    while (i < in.length()) {
      if (in.charAt(i) == '/') {
        int one = dot(in, i + 1);
        if (one > 0) {
          int after = i + 1 + one;
          if (after == in.length()) {
            out.append('/');
            break;
          }
          if (in.charAt(after) == '/') {
            i = after;
            continue;
          }
          int two = dot(in, after);
          int end = after + two;
          if (two > 0 && (end == in.length() || in.charAt(end) == '/')) {
            int last = out.lastIndexOf("/");
            if (last >= 0) {
              out.setLength(last);
            }
            if (end < in.length()) {
              i = end;
              continue;
            }
            out.append('/');
            break;
          }
        }
      }
      out.append(in.charAt(i++));
    }
    return out.toString();
  }
}
