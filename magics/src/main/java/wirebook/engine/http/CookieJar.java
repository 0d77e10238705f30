// Above 500 lines: one set of rules (RFC 6265), for taking a cookie and for giving it.
package wirebook.engine.http;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The cookies of a session, with the rules of RFC 6265 as curl applies them: domain and path match,
 * secure and prefixes, limits. A cookie for a public suffix, or for a domain without an inner dot,
 * is refused, {@code localhost} excepted.
 *
 * <p>Not safe for use by several threads.
 */
public final class CookieJar {
  private static final int MAX_LINE = 5000;
  private static final int MAX_NAME_VALUE = 4096;
  private static final int MAX_SENT = 150;
  private static final int MAX_SET_IN_RESPONSE = 50;
  private static final int MAX_HEADER = 8190;
  private static final long MAX_AGE = 400L * 24 * 3600;
  private static final int MAX_DATE = 80;

  private final InstantSource clock;
  private Consumer<String> info;
  private List<Cookie> cookies = new ArrayList<>();
  private boolean running;
  private boolean newSession;
  private int lastCreated;
  private int setInResponse;

  /**
   * @param info gets one line for each decision worth knowing, until somebody else does
   */
  public CookieJar(InstantSource clock, Consumer<String> info) {
    this.clock = clock;
    this.info = info;
  }

  public List<Cookie> cookies() {
    return List.copyOf(cookies);
  }

  /** A new response begins: its limit of cookies is counted from here. */
  public void newResponse() {
    setInResponse = 0;
  }

  /**
   * Adds what a file has: Netscape lines, or {@code Set-Cookie:} headers.
   *
   * @param forgetSession leaves out cookies without an expiry
   */
  public void load(String content, boolean forgetSession) {
    newSession = forgetSession;
    running = false;
    setInResponse = 0;
    for (String line : content.split("\n", -1)) {
      if (line.isEmpty()) {
        continue;
      }
      if (ByteText.startsWithIgnoreCase(line, "Set-Cookie:")) {
        add(line.substring(ByteText.skipBlanks(line, 11)), true, Optional.empty(), "", true);
      } else {
        add(line, false, Optional.empty(), "", true);
      }
    }
    removeExpired();
    running = true;
  }

  /** Who gets one line for each decision worth knowing from now on. */
  public void tell(Consumer<String> log) {
    info = log;
  }

  public void run() {
    running = true;
  }

  /** A {@code Set-Cookie} header's value, from {@code host} for a request of {@code path}. */
  public void set(String header, String host, String path, boolean secureOrigin) {
    add(header, true, Optional.of(host), path, secureOrigin);
  }

  private static final class Draft {
    String name = "";
    String value = "";
    String domain = "";
    boolean tailMatch;
    String path = "";
    boolean secure;
    boolean httpOnly;
    long expires;
  }

  private void add(
      String line, boolean header, Optional<String> host, String path, boolean secureOrigin) {
    if (setInResponse >= MAX_SET_IN_RESPONSE) {
      return;
    }
    Draft draft = new Draft();
    boolean fine =
        header
            ? readHeader(draft, line, host, path, secureOrigin)
            : readNetscape(draft, line, secureOrigin);
    if (!fine
        || (draft.name.startsWith("__Secure-") && !draft.secure)
        || (draft.name.startsWith("__Host-")
            && !(draft.secure && draft.path.equals("/") && !draft.tailMatch))
        || (!running && newSession && draft.expires == 0)) {
      return;
    }
    int created = ++lastCreated;
    removeExpiredUnlessLoading();
    boolean replaces = false;
    int replaced = -1;
    for (int i = 0; i < cookies.size(); i++) {
      Cookie old = cookies.get(i);
      if (!old.name().equals(draft.name)) {
        continue;
      }
      boolean related =
          (old.domain().isEmpty() || draft.domain.isEmpty())
              ? old.domain().isEmpty() && draft.domain.isEmpty()
              : tailMatches(old.domain(), draft.domain) || tailMatches(draft.domain, old.domain());
      if (related && old.secure() && !draft.secure && !secureOrigin) {
        int slash = old.path().indexOf('/', 1);
        String top = slash < 0 ? old.path() : old.path().substring(0, slash);
        if (draft.path.startsWith(top)) {
          info.accept(
              "cookie '"
                  + draft.name
                  + "' for domain '"
                  + draft.domain
                  + "' dropped, would overlay an existing cookie");
          return;
        }
      }
      if (replaced < 0
          && old.domain().equalsIgnoreCase(draft.domain)
          && old.tailMatch() == draft.tailMatch
          && old.path().equals(draft.path)) {
        if (!running && old.live()) {
          return;
        }
        replaced = i;
        replaces = true;
        created = old.created();
      }
    }
    if (replaced >= 0) {
      cookies.remove(replaced);
    }
    cookies.add(
        new Cookie(
            draft.name,
            draft.value,
            draft.domain,
            draft.tailMatch,
            draft.path,
            draft.secure,
            draft.httpOnly,
            draft.expires,
            running,
            created));
    if (running) {
      info.accept(
          (replaces ? "Replaced" : "Added")
              + " cookie "
              + draft.name
              + "=\""
              + draft.value
              + "\" for domain "
              + draft.domain
              + ", path "
              + draft.path
              + ", expire "
              + draft.expires);
    }
    if (header) {
      setInResponse++;
    }
  }

  private static boolean badOctets(String text) {
    return text.chars().anyMatch(c -> c < 0x20 || c == 0x7f);
  }

  private boolean readHeader(
      Draft draft, String line, Optional<String> host, String path, boolean secureOrigin) {
    if (line.length() > MAX_LINE) {
      return false;
    }
    Optional<String> origin = host;
    String cookiePath = "";
    int pos = 0;
    long now = clock.instant().getEpochSecond();
    boolean more = true;
    while (more) {
      int end = ByteText.find(line, pos, ";\t\r\n=");
      if (end > pos) {
        String name = ByteText.trimBlanks(line.substring(pos, end));
        if (badOctets(name)) {
          info.accept("invalid octets in name, cookie dropped");
          return false;
        }
        boolean separator = end < line.length() && line.charAt(end) == '=';
        String value = "";
        if (separator) {
          int stop = ByteText.find(line, end + 1, ";\r\n");
          value = ByteText.trimBlanks(line.substring(end + 1, stop));
          end = stop;
          if (badOctets(value)) {
            info.accept("invalid octets in value, cookie dropped");
            return false;
          }
        }
        String lower = ByteText.lower(name);
        if (draft.name.isEmpty()) {
          if (!separator || name.isEmpty()) {
            info.accept("invalid cookie, dropped");
            return false;
          }
          if (name.length() + value.length() > MAX_NAME_VALUE) {
            info.accept(
                "oversized cookie dropped, name/val "
                    + name.length()
                    + " + "
                    + value.length()
                    + " bytes");
            return false;
          }
          draft.name = name;
          draft.value = value;
        } else if (!separator) {
          if (lower.equals("secure")) {
            if (!secureOrigin && running) {
              info.accept("skipped cookie because not 'secure'");
              return false;
            }
            draft.secure = true;
          } else if (lower.equals("httponly")) {
            draft.httpOnly = true;
          }
        } else if (lower.equals("path")) {
          cookiePath = value;
        } else if (lower.equals("domain") && !value.isEmpty()) {
          String wanted = value.startsWith(".") ? value.substring(1) : value;
          if (badDomain(wanted)) {
            origin = Optional.of(":");
          }
          boolean ip = isIp(origin.orElse(wanted));
          if (!ip
              && origin.filter(o -> !wanted.equalsIgnoreCase(o)).isPresent()
              && PublicSuffixes.contains(wanted)) {
            info.accept(
                "cookie '"
                    + draft.name
                    + "' dropped, domain '"
                    + origin.get()
                    + "' must not set cookies for '"
                    + wanted
                    + "'");
            return false;
          }
          if (origin.isEmpty()
              || (ip && wanted.equals(origin.get()))
              || (!ip && tailMatches(wanted, origin.get()))) {
            draft.domain = wanted;
            if (!ip) {
              draft.tailMatch = true;
            }
          } else {
            info.accept("skipped cookie with bad tailmatch domain: " + wanted);
            return false;
          }
        } else if (lower.equals("max-age") && !value.isEmpty()) {
          draft.expires = cap(maxAge(value, now), now);
        } else if (lower.equals("expires") && !value.isEmpty() && draft.expires == 0) {
          if (value.length() < MAX_DATE) {
            var date = HttpDate.parse(value);
            draft.expires = date.isPresent() ? Math.max(date.getAsLong(), 1) : 0;
            if (date.isPresent() && date.getAsLong() < 0) {
              draft.expires = date.getAsLong();
            }
            draft.expires = cap(draft.expires, now);
          }
        }
      }
      more = end < line.length() && line.charAt(end) == ';';
      pos = end + 1;
    }
    if (draft.name.isEmpty()) {
      return false;
    }
    if (!cookiePath.isEmpty()) {
      draft.path = cleanPath(cookiePath);
    } else if (host.isPresent()) {
      int slash = path.lastIndexOf('/');
      draft.path = cleanPath(slash < 0 ? path : path.substring(0, slash + 1));
    }
    if (draft.domain.isEmpty()) {
      draft.domain = host.orElse("");
    }
    return true;
  }

  private static long maxAge(String value, long now) {
    int start = value.startsWith("\"") ? 1 : 0;
    int end = start;
    while (end < value.length() && ByteText.isDigit(value.charAt(end))) {
      end++;
    }
    if (end == start) {
      return 1;
    }
    try {
      long seconds = Long.parseLong(value.substring(start, end));
      return seconds == 0 ? 1 : Math.addExact(seconds, now);
    } catch (NumberFormatException | ArithmeticException e) {
      return Long.MAX_VALUE;
    }
  }

  /** Nothing lasts longer than 400 days; a capped time is rounded to the minute. */
  private static long cap(long expires, long now) {
    long limit = now + MAX_AGE;
    return expires > limit ? (limit + 30) / 60 * 60 : expires;
  }

  private static boolean badDomain(String domain) {
    if (domain.equalsIgnoreCase("localhost")) {
      return false;
    }
    int dot = domain.indexOf('.');
    return dot < 0 || domain.length() - dot <= 1;
  }

  private static String cleanPath(String path) {
    String clean = path;
    if (clean.startsWith("\"")) {
      clean = clean.substring(1);
      if (clean.endsWith("\"")) {
        clean = clean.substring(0, clean.length() - 1);
      }
    }
    if (!clean.startsWith("/")) {
      return "/";
    }
    return clean.length() > 1 && clean.endsWith("/")
        ? clean.substring(0, clean.length() - 1)
        : clean;
  }

  private boolean readNetscape(Draft draft, String text, boolean secureOrigin) {
    String line = text;
    if (line.startsWith("#HttpOnly_")) {
      line = line.substring(10);
      draft.httpOnly = true;
    }
    if (line.startsWith("#")) {
      return false;
    }
    int newline = ByteText.find(line, 0, "\r\n");
    List<String> fields = new ArrayList<>(List.of(line.substring(0, newline).split("\t", -1)));
    if (fields.size() > 2
        && ("TRUE".startsWith(fields.get(2)) || "FALSE".startsWith(fields.get(2)))) {
      fields.add(2, "/");
    }
    if (fields.size() == 6) {
      fields.add("");
    }
    if (fields.size() != 7) {
      return false;
    }
    String domain = fields.getFirst();
    draft.domain = domain.startsWith(".") ? domain.substring(1) : domain;
    draft.tailMatch = fields.get(1).equalsIgnoreCase("TRUE");
    if (draft.tailMatch && !isIp(draft.domain) && PublicSuffixes.contains(draft.domain)) {
      info.accept("cookie for the public suffix '" + draft.domain + "' dropped");
      return false;
    }
    draft.path = cleanPath(fields.get(2));
    if (fields.get(3).equalsIgnoreCase("TRUE")) {
      if (!secureOrigin && !running) {
        return false;
      }
      draft.secure = true;
    }
    String digits = fields.get(4);
    int end = 0;
    while (end < digits.length() && ByteText.isDigit(digits.charAt(end))) {
      end++;
    }
    try {
      draft.expires = Long.parseLong(digits.substring(0, end));
    } catch (NumberFormatException e) {
      return false;
    }
    draft.name = fields.get(5);
    draft.value = fields.get(6);
    return !badOctets(draft.name) && !badOctets(draft.value);
  }

  private static boolean tailMatches(String domain, String host) {
    int offset = host.length() - domain.length();
    return offset >= 0
        && host.regionMatches(true, offset, domain, 0, domain.length())
        && (offset == 0 || host.charAt(offset - 1) == '.');
  }

  private static boolean pathMatches(String cookiePath, String requestPath) {
    if (cookiePath.length() == 1) {
      return true;
    }
    String path = requestPath.startsWith("/") ? requestPath : "/";
    return path.startsWith(cookiePath)
        && (path.length() == cookiePath.length() || path.charAt(cookiePath.length()) == '/');
  }

  static boolean isIp(String host) {
    if (host.isEmpty() || !(ByteText.isHex(host.charAt(0)) || host.charAt(0) == ':')) {
      return false;
    }
    try {
      java.net.InetAddress.ofLiteral(host);
      return host.indexOf(':') >= 0 || host.chars().filter(c -> c == '.').count() == 3;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private void removeExpiredUnlessLoading() {
    if (running) {
      removeExpired();
    }
  }

  private void removeExpired() {
    long now = clock.instant().getEpochSecond();
    cookies.removeIf(c -> c.expires() != 0 && c.expires() < now);
  }

  /** The cookies that a request gets, in the order in which they are sent. */
  public List<Cookie> matching(String host, String path, boolean secureContext) {
    removeExpired();
    boolean ip = isIp(host);
    List<Cookie> found = new ArrayList<>();
    for (Cookie c : cookies) {
      boolean domain =
          c.domain().isEmpty()
              || (c.tailMatch() && !ip && tailMatches(c.domain(), host))
              || ((!c.tailMatch() || ip) && host.equalsIgnoreCase(c.domain()));
      if ((!c.secure() || secureContext)
          && domain
          && (c.path().isEmpty() || pathMatches(c.path(), path))) {
        found.add(c);
        if (found.size() >= MAX_SENT) {
          info.accept("Included max number of cookies (" + MAX_SENT + ") in request!");
          break;
        }
      }
    }
    found.sort(
        Comparator.<Cookie>comparingInt(c -> -c.path().length())
            .thenComparingInt(c -> -c.domain().length())
            .thenComparingInt(c -> -c.name().length())
            .thenComparingInt(c -> -c.created()));
    return found;
  }

  /**
   * The value of a {@code Cookie} header.
   *
   * @param extra what the command line adds, empty for nothing
   */
  public Optional<String> header(String host, String path, boolean secureContext, String extra) {
    StringBuilder out = new StringBuilder();
    int length = 8;
    boolean capped = false;
    for (Cookie c : matching(host, path, secureContext)) {
      int add = c.name().length() + c.value().length() + 1;
      if (length + add >= MAX_HEADER) {
        info.accept("Restricted outgoing cookies due to header size, '" + c.name() + "' not sent");
        capped = true;
        break;
      }
      length += add + (out.isEmpty() ? 0 : 2);
      out.append(out.isEmpty() ? "" : "; ").append(c.name()).append('=').append(c.value());
    }
    if (!extra.isEmpty() && !capped) {
      out.append(out.isEmpty() ? "" : "; ").append(extra);
    }
    return out.isEmpty() ? Optional.empty() : Optional.of(out.toString());
  }

  /** The whole Netscape cookie file. */
  public String file() {
    removeExpired();
    StringBuilder out =
        new StringBuilder(
            """
            # Netscape HTTP Cookie File
            # https://curl.se/docs/http-cookies.html
            # This file was generated by libcurl! Edit at your own risk.

            """);
    cookies.stream()
        .filter(c -> !c.domain().isEmpty())
        .sorted(Comparator.comparingInt(c -> -c.created()))
        .forEach(c -> out.append(c.netscapeLine()).append('\n'));
    return out.toString();
  }
}
