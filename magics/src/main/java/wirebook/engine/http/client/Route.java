package wirebook.engine.http.client;

import java.util.Optional;

/**
 * The way to a server.
 *
 * @param scheme of the URL
 * @param host of the URL, without brackets
 * @param via where to connect instead of there
 * @param proxy an HTTP proxy
 * @param tunnel whether the proxy is asked to connect through
 * @param socks a SOCKS proxy
 */
record Route(
    String scheme,
    String host,
    int port,
    Optional<Peer> via,
    Optional<Proxy> proxy,
    boolean tunnel,
    Optional<Proxy> socks,
    Optional<String> unixSocket) {

  record Peer(String host, int port) {
    @Override
    public String toString() {
      return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
  }

  /**
   * @param type {@code http}, {@code http1.0}, {@code https}, {@code socks4}, {@code socks4a},
   *     {@code socks5} or {@code socks5h}
   * @param host its name, or the path of its Unix-domain socket
   */
  record Proxy(String type, String host, int port, Optional<Credentials> credentials) {
    boolean tls() {
      return type.equals("https");
    }
  }

  record Credentials(String user, String password) {}

  /** Whether requests are handed to a proxy as they are. */
  boolean forwarded() {
    return proxy.isPresent() && !tunnel;
  }

  boolean secure() {
    return scheme.equals("https") || scheme.equals("wss");
  }

  /** The Unix-domain socket that the first connection goes to, the SOCKS proxy's before its own. */
  Optional<String> socketPath() {
    return socks.map(Proxy::host).filter(h -> h.startsWith("/")).or(() -> unixSocket);
  }

  /** Where the first TCP connection goes. */
  Peer first() {
    return socks.or(() -> proxy).map(p -> new Peer(p.host(), p.port())).orElseGet(this::target);
  }

  /** Where the tunnel or the connection ends. */
  Peer target() {
    return via.orElse(new Peer(host, port));
  }

  /** Connections with the same key are interchangeable. */
  String key() {
    String lower = host.toLowerCase(java.util.Locale.ROOT);
    return (forwarded() ? "" : (secure() ? "tls " : "tcp ") + lower + ":" + port)
        + via.map(v -> " via " + v).orElse("")
        + proxy.map(p -> " proxy " + p + tunnel).orElse("")
        + socks.map(p -> " socks " + p).orElse("")
        + unixSocket.map(u -> " unix " + u).orElse("");
  }
}
