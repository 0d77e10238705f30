package wirebook.engine.http.server;

import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Keeps web pages of others away from a server of this machine. A page can have a name of its own
 * point to 127.0.0.1 (DNS rebinding), and would then read all that is served here: so a request has
 * to name this machine in {@code Host}, or it is 421. And a page may send forms, and open
 * WebSockets, to any address: so where {@code Origin} (RFC 6454 §7) says that a page of another
 * server asks, only the safe methods (RFC 9110 §9.2.1) are answered, the rest is 403. Programs send
 * no {@code Origin}.
 *
 * @param inside answers the others
 * @param names whether the server has this name, beside those of this machine
 * @param hubPrefix the path below which a hub's proxy hands requests on, under its own name
 * @param anyHost whether {@code Host} does not matter
 * @param anyOrigin whether {@code Origin} does not matter
 */
public record OriginPolicy(
    Endpoint inside,
    Predicate<String> names,
    Optional<String> hubPrefix,
    boolean anyHost,
    boolean anyOrigin)
    implements Endpoint {
  private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS", "TRACE");

  @Override
  public Response handle(Request request) throws Exception {
    String host = request.host();
    if (!anyHost && !host.isEmpty() && !isOurs(host) && !isFromHub(request)) {
      request.note("host");
      return ErrorPage.of(
          request,
          421,
          "this server is this machine's own, and the request is for "
              + shortened(host)
              + ": a page whose name points here could read all of it (--any-host allows that)");
    }
    Optional<String> origin = request.header("Origin");
    if (!anyOrigin && origin.isPresent() && isForeign(origin.get(), request) && !isSafe(request)) {
      request.note("origin");
      return ErrorPage.of(
          request,
          403,
          "a page of "
              + shortened(origin.get())
              + " asks, which is another server than "
              + shortened(host)
              + " (--cors allows that)");
    }
    return inside.handle(request);
  }

  private static boolean isSafe(Request request) {
    return SAFE.contains(request.method()) && request.header("Upgrade").isEmpty();
  }

  private boolean isOurs(String host) {
    String name = withoutPort(host).toLowerCase(Locale.ROOT);
    name = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    return name.equals("localhost")
        || name.endsWith(".localhost")
        || isLoopback(name)
        || names.test(name);
  }

  private static boolean isLoopback(String name) {
    try {
      String plain =
          name.startsWith("[") && name.endsWith("]") ? name.substring(1, name.length() - 1) : name;
      return InetAddress.ofLiteral(plain).isLoopbackAddress();
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** A hub's browser is on another machine, and the hub has let it in. */
  private boolean isFromHub(Request request) {
    return hubPrefix.isPresent()
        && List.of("X-Forwarded-Prefix", "X-Forwarded-Context", "X-ProxyContextPath").stream()
            .flatMap(name -> request.header(name).stream())
            .anyMatch(path -> path.startsWith(hubPrefix.get() + "proxy/"));
  }

  /**
   * Whether the page is none of the server that was asked. A proxy may have asked under another
   * name; what it says of the first one no page can say of itself, without being asked for leave.
   */
  private static boolean isForeign(String origin, Request request) {
    try {
      URI page = new URI(origin);
      if (page.getAuthority() == null) {
        return true;
      }
      String own = authority(page.getScheme(), page.getAuthority());
      return !own.equalsIgnoreCase(authority(page.getScheme(), request.host()))
          && request
              .header("X-Forwarded-Host")
              .filter(first -> own.equalsIgnoreCase(authority(page.getScheme(), first)))
              .isEmpty();
    } catch (URISyntaxException e) {
      return true;
    }
  }

  /** Without the scheme's own port. */
  private static String authority(String scheme, String host) {
    String usual = "https".equalsIgnoreCase(scheme) ? ":443" : ":80";
    return host.endsWith(usual) ? host.substring(0, host.length() - usual.length()) : host;
  }

  private static String withoutPort(String host) {
    int colon = host.lastIndexOf(':');
    return colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
  }

  private static String shortened(String text) {
    return text.length() > 100 ? text.substring(0, 99) + "…" : text;
  }
}
