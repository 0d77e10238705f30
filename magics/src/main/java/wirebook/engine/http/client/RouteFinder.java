package wirebook.engine.http.client;

import static wirebook.engine.http.ByteText.startsWithIgnoreCase;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.CurlCode;
import wirebook.engine.http.HttpFailure;
import wirebook.engine.http.HttpUrl;
import wirebook.engine.http.HttpUrl.BadUrl;
import wirebook.engine.http.HttpUrl.Flag;
import wirebook.engine.http.Surroundings;

/** Finds the way to a server: proxies of the options and of the environment, other places. */
final class RouteFinder {
  private final CallOptions config;
  private final Surroundings environment;
  private final String originScheme;
  private final String originHost;
  private final int originPort;
  private final Consumer<String> info;

  /**
   * @param originHost of the URL, without brackets
   * @param info gets the lines that {@code -v} shows
   */
  RouteFinder(
      CallOptions config,
      Surroundings environment,
      String originScheme,
      String originHost,
      int originPort,
      Consumer<String> info) {
    this.config = config;
    this.environment = environment;
    this.originScheme = originScheme;
    this.originHost = originHost;
    this.originPort = originPort;
    this.info = info;
  }

  Route find() throws HttpFailure {
    Optional<Route.Peer> via = Optional.empty();
    if (config.unixSocket != null) {
      Optional<Route.Proxy> none = Optional.empty();
      return new Route(
          originScheme,
          originHost,
          originPort,
          via,
          none,
          false,
          none,
          Optional.of(config.unixSocket));
    }
    for (String entry : config.connectTo) {
      if (via.isEmpty()) {
        via = connectTo(entry);
      }
    }
    via = via.filter(v -> !v.equals(new Route.Peer(originHost, originPort)));
    String proxy = "";
    String pre = "";
    String noProxy = ByteText.orEmpty(config.noProxy);
    if (config.noProxy == null) {
      noProxy = firstVariable(List.of("no_proxy", "NO_PROXY"));
    }
    boolean detected = false;
    if (!NoProxy.matches(originHost, noProxy)) {
      proxy = ByteText.orEmpty(config.proxy);
      pre = ByteText.orEmpty(config.preProxy);
      boolean detect =
          !(config.proxy != null && config.proxy.isEmpty())
              && !(config.preProxy != null && config.preProxy.isEmpty());
      if (proxy.isEmpty() && pre.isEmpty() && detect) {
        proxy = proxyFromEnvironment();
        detected = true;
      }
    }
    Optional<Route.Proxy> http = Optional.empty();
    Optional<Route.Proxy> socks = Optional.empty();
    if (!pre.isEmpty()) {
      socks = Optional.of(parseProxy(pre, "socks4", true));
    }
    if (!proxy.isEmpty()) {
      Route.Proxy p = parseProxy(proxy, detected ? "http" : config.proxyType, false);
      if (p.type().startsWith("socks")) {
        if (socks.isPresent()) {
          throw new HttpFailure(
              CurlCode.COULDNT_RESOLVE_PROXY,
              "Having a SOCKS pre-proxy and proxy is not supported with '" + proxy + "'");
        }
        socks = Optional.of(p);
      } else {
        http = Optional.of(p);
      }
    }
    boolean tunnel =
        http.isPresent()
            && (config.tunnel
                || via.isPresent()
                || !(originScheme.equals("http") || originScheme.equals("ftp")));
    return new Route(
        originScheme, originHost, originPort, via, http, tunnel, socks, Optional.empty());
  }

  private Optional<Route.Peer> connectTo(String entry) throws HttpFailure {
    String rest;
    if (entry.startsWith(":")) {
      rest = entry.substring(1);
    } else {
      String shown = originHost.indexOf(':') >= 0 ? "[" + originHost + "]" : originHost;
      if (!startsWithIgnoreCase(entry, shown + ":")) {
        return Optional.empty();
      }
      rest = entry.substring(shown.length() + 1);
    }
    int colon = rest.indexOf(':');
    if (colon < 0) {
      return Optional.empty();
    }
    String port = rest.substring(0, colon);
    if (!port.isEmpty() && !port.equals(String.valueOf(originPort))) {
      return Optional.empty();
    }
    rest = rest.substring(colon + 1);
    if (rest.isEmpty()) {
      return Optional.empty();
    }
    String host = rest;
    String newPort = "";
    if (rest.startsWith("[")) {
      int close = rest.indexOf(']');
      if (close < 0) {
        throw new HttpFailure(
            CurlCode.SETOPT_OPTION_SYNTAX, "Invalid IPv6 address format in '" + rest + "'");
      }
      host = rest.substring(1, close);
      newPort = close + 1 < rest.length() ? rest.substring(close + 2) : "";
    } else if (rest.indexOf(':') >= 0) {
      host = rest.substring(0, rest.indexOf(':'));
      newPort = rest.substring(rest.indexOf(':') + 1);
    }
    int number = originPort;
    if (!newPort.isEmpty()) {
      if (!newPort.matches("[0-9]{1,5}") || Integer.parseInt(newPort) > 0xffff) {
        throw new HttpFailure(
            CurlCode.SETOPT_OPTION_SYNTAX, "No valid port number in '" + rest + "'");
      }
      number = Integer.parseInt(newPort);
    }
    return Optional.of(new Route.Peer(host.isEmpty() ? originHost : host, number));
  }

  private String proxyFromEnvironment() {
    String scheme =
        switch (originScheme) {
          case "ws" -> "http";
          case "wss" -> "https";
          default -> originScheme;
        };
    List<String> names = new ArrayList<>(List.of(scheme + "_proxy"));
    if (!scheme.equals("http")) {
      names.add(scheme.toUpperCase(Locale.ROOT) + "_PROXY");
    }
    names.add("all_proxy");
    names.add("ALL_PROXY");
    return firstVariable(names);
  }

  private String firstVariable(List<String> names) {
    for (String name : names) {
      String value = environment.variable(name);
      if (!value.isEmpty()) {
        info.accept("Uses proxy env variable " + name + " == '" + value + "'");
        return value;
      }
    }
    return "";
  }

  private Route.Proxy parseProxy(String text, String type, boolean pre) throws HttpFailure {
    HttpUrl p;
    try {
      p = HttpUrl.parse(text, Flag.ANY_SCHEME, Flag.GUESS_SCHEME);
    } catch (BadUrl e) {
      throw new HttpFailure(
          CurlCode.COULDNT_RESOLVE_PROXY,
          "Unsupported proxy syntax in '" + text + "': " + e.problem().words());
    }
    String kind = type;
    if (!p.schemeGuessed()) {
      kind =
          switch (p.scheme()) {
            case "http" -> type.equals("http1.0") ? type : "http";
            case "https", "socks4", "socks4a", "socks5", "socks5h" -> p.scheme();
            case "socks" -> "socks4";
            default ->
                throw new HttpFailure(
                    CurlCode.COULDNT_CONNECT, "Unsupported proxy scheme for '" + text + "'");
          };
    }
    if (pre && !kind.startsWith("socks")) {
      throw new HttpFailure(
          CurlCode.COULDNT_RESOLVE_PROXY, "Unsupported pre-proxy type for '" + text + "'");
    }
    int port = p.port().isPresent() ? p.port().getAsInt() : kind.equals("https") ? 443 : 1080;
    Optional<Route.Credentials> login = Optional.empty();
    if (p.user().isPresent() || p.password().isPresent()) {
      login =
          Optional.of(
              new Route.Credentials(
                  ByteText.unescape(p.user().orElse("")),
                  ByteText.unescape(p.password().orElse(""))));
    } else if (!pre && config.proxyUser != null) {
      int colon = config.proxyUser.indexOf(':');
      login =
          Optional.of(
              new Route.Credentials(
                  ByteText.unescape(
                      colon < 0 ? config.proxyUser : config.proxyUser.substring(0, colon)),
                  ByteText.unescape(colon < 0 ? "" : config.proxyUser.substring(colon + 1))));
    }
    boolean socket =
        kind.startsWith("socks")
            && p.hostName().equalsIgnoreCase("localhost")
            && p.path().length() > 1;
    String host = socket ? ByteText.unescape(p.path()) : p.asciiHost();
    return new Route.Proxy(kind, host, port, login);
  }
}
