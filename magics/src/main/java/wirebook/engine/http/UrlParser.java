package wirebook.engine.http;

import java.net.InetAddress;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import wirebook.engine.http.HttpUrl.BadUrl;
import wirebook.engine.http.HttpUrl.Flag;
import wirebook.engine.http.HttpUrl.Problem;

/** Reads one URL, part by part. */
final class UrlParser {
  private static final int MAX_INPUT = 8_000_000;
  private static final String HOST_INVALID = " \r\n\t/:#?!@{}[]\\$'\"^`*<>=;,+&()%|";

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

  private UrlParser(Set<Flag> flags) {
    this.flags = flags;
  }

  private HttpUrl url() {
    return new HttpUrl(
        scheme, guessed, user, password, host, zone, port, path, query, fragment, fragmentMark);
  }

  private int file(String text) throws BadUrl {
    if (text.length() <= 6 || text.charAt(5) != '/') {
      throw new BadUrl(Problem.BAD_FILE_URL);
    }
    int start = 5;
    if (text.charAt(6) == '/') {
      start = 7;
      if (start >= text.length() || text.charAt(start) != '/') {
        String rest = text.substring(start);
        if (!ByteText.startsWithIgnoreCase(rest, "localhost/") && !rest.startsWith("127.0.0.1/")) {
          throw new BadUrl(Problem.BAD_FILE_URL);
        }
        start += 9;
      }
    }
    scheme = "file";
    return start;
  }

  private void authority(String text, boolean hasScheme) throws BadUrl {
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

  /** The text form of RFC 5952. A mapped IPv4 address, which Java makes 4 bytes, stays as it is. */
  static String shortest(byte[] address, String original) {
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

  private void guessScheme() {
    guessed = true;
    String lower = ByteText.lower(host);
    scheme =
        java.util.stream.Stream.of("ftp", "dict", "ldap", "imap", "smtp", "pop3")
            .filter(s -> lower.startsWith(s + "."))
            .findFirst()
            .orElse("http");
  }

  private void rest(String text) {
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

  static HttpUrl parse(String text, Set<Flag> flags) throws BadUrl {
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
    int schemeLength = HttpUrl.schemeLength(text, guess);
    String scheme = ByteText.lower(text.substring(0, schemeLength));
    UrlParser parser = new UrlParser(flags);
    int pathStart;
    if (scheme.equals("file")) {
      pathStart = parser.file(text);
    } else {
      int hostStart = 0;
      if (schemeLength > 0) {
        if (!HttpUrl.knows(scheme) && !flags.contains(Flag.ANY_SCHEME)) {
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

  /** Whether a text is a query, which has its own form of a blank. */
  enum QueryState {
    NO,
    LATER,
    YES
  }

  static String encode(String text, boolean relative, QueryState query) {
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
