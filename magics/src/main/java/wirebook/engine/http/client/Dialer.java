package wirebook.engine.http.client;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.file.InvalidPathException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLSocket;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.CurlCode;
import wirebook.engine.http.HttpFailure;
import wirebook.engine.http.HttpUrl;
import wirebook.engine.http.client.CallOptions.HttpVersion;
import wirebook.engine.http.tls.TlsClient;
import wirebook.engine.http.tls.TlsOptions;
import wirebook.engine.http.tls.TlsReport;
import wirebook.net.UnixSocket;
import wirebook.trace.Event;
import wirebook.trace.Failure;

/** Gets a transfer its connection: an idle one, or a new one through proxies and TLS. */
final class Dialer {
  private final CallState t;
  private final Tunnel tunnel;
  private final Connector connector;

  Dialer(CallState state, Tunnel tunnel, Connector connector) {
    t = state;
    this.tunnel = tunnel;
    this.connector = connector;
  }

  Connection attach() throws HttpFailure, InterruptedException {
    Route route = t.route();
    t.info.proxyUsed = route.proxy().isPresent() || route.socks().isPresent();
    String key =
        route.key()
            + (route.secure() ? t.config.tls.key() : "")
            + (route.proxy().filter(Route.Proxy::tls).isPresent() ? t.config.proxyTls.key() : "")
            + ByteText.orEmpty(t.config.networkInterface)
            + t.config.localPort
            + "v"
            + t.config.ipVersion
            + t.config.http
            + t.config.proxyHttp2
            + t.config.haproxy;
    boolean mayShare =
        t.origin.scheme().startsWith("http")
            && t.config.http != HttpVersion.HTTP_1_0
            && t.config.http != HttpVersion.HTTP_1_1;
    Optional<Connection> old = t.client.pool.take(key, mayShare, t::info);
    t.exchange.readyAt = t.micros();
    t.info.timeQueue += t.exchange.readyAt - t.exchange.startedAt;
    Connection connection;
    if (old.isPresent()) {
      connection = old.get();
      t.exchange.reused = true;
      t.current = old;
      String host = t.info.proxyUsed ? route.first().host() : route.host();
      String with = (t.info.proxyUsed ? "proxy " : "host ") + host;
      t.info("Reusing existing " + t.origin.scheme() + ": connection with " + with);
    } else {
      Optional<Connection> opened = Optional.empty();
      try {
        connection = open(route, key);
        opened = Optional.of(connection);
      } finally {
        t.client.pool.settled(key, opened);
      }
    }
    t.info.connectionId = connection.id;
    t.info.localIp = ip(connection.local);
    t.info.localPort = connection.local.getPort();
    t.info.remoteIp = ip(connection.remote);
    t.info.remotePort = connection.remote.getPort();
    long done = t.micros();
    if (t.exchange.reused) {
      t.info.timeNameLookup = t.info.timeNameLookup == 0 ? done : t.info.timeNameLookup;
      t.info.timeConnect = t.info.timeConnect == 0 ? done : t.info.timeConnect;
    }
    t.info.timePreTransfer = done;
    return connection;
  }

  private static String ip(InetSocketAddress address) {
    return address.getAddress() == null ? "" : HttpUrl.text(address.getAddress());
  }

  /** Milliseconds until the first of the limits, 0 for none; throws when it has passed. */
  private long connectMillis() throws HttpFailure {
    long left = Long.MAX_VALUE;
    if (t.config.maxTime > 0) {
      left = t.config.maxTime - t.millis();
    }
    long connect = t.config.connectTimeout > 0 ? t.config.connectTimeout : 300_000;
    left = Math.min(left, connect - (t.millis() - t.exchange.startedAt / 1000));
    if (left <= 0) {
      throw connectTimeout();
    }
    return left;
  }

  private HttpFailure connectTimeout() {
    return new HttpFailure(
        CurlCode.OPERATION_TIMEDOUT, "Connection timed out after " + t.millis() + " milliseconds");
  }

  private Connection open(Route route, String key) throws HttpFailure, InterruptedException {
    while (true) {
      long id = t.client.connections.getAndIncrement();
      t.dialing = id;
      int channel = t.client.recorder.newChannel();
      boolean unix = route.socketPath().isPresent();
      Socket socket;
      try {
        socket = unix ? unixSocket(route.socketPath().get()) : tcpSocket(route, channel);
      } catch (HttpFailure e) {
        t.tell(e);
        t.info("closing connection #" + id);
        throw e;
      }
      if (!unix) {
        options(socket);
      }
      InetSocketAddress nowhere = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0);
      InetSocketAddress local = unix ? nowhere : (InetSocketAddress) socket.getLocalSocketAddress();
      InetSocketAddress remote =
          unix ? nowhere : (InetSocketAddress) socket.getRemoteSocketAddress();
      t.info.connects++;
      t.exchange.connectAt = t.micros();
      t.info.timeConnect = t.exchange.connectAt;
      t.client.recorder.connected(
          channel, unix ? Event.Transport.UNIX : Event.Transport.TCP, local, remote);
      Connection connection;
      try {
        connection =
            new Connection(
                id,
                channel,
                key,
                route,
                socket,
                local,
                remote,
                t.client.recorder,
                t.client.keep > 0);
      } catch (IOException e) {
        throw new HttpFailure(CurlCode.COULDNT_CONNECT);
      }
      t.client.pool.opened(connection);
      t.current = Optional.of(connection);
      if (set(connection, route)) {
        connection.startReading(
            t.client.log.on() || t.config.limitRate > 0
                ? Connection.USUAL_CHUNK
                : Connection.LARGE_CHUNK);
        connection.http2.ifPresent(Http2Connection::start);
        return connection;
      }
      t.info("Connect me again please");
      t.client.pool.drop(connection);
      t.current = Optional.empty();
    }
  }

  private void options(Socket socket) {
    try {
      socket.setTcpNoDelay(t.config.noDelay);
      socket.setKeepAlive(!t.config.noKeepAlive);
    } catch (SocketException | UnsupportedOperationException e) {
      // Not every network's sockets have them; the transfer is the same.
    }
  }

  private Socket unixSocket(String path) throws HttpFailure {
    t.info("  Trying " + path + ":0...");
    if (t.config.abstractUnixSocket) {
      throw new HttpFailure(CurlCode.NOT_BUILT_IN);
    }
    try {
      return UnixSocket.connect(t.client.surroundings.path(path));
    } catch (IOException | InvalidPathException e) {
      throw notConnected(t.origin.host() + ":" + t.origin.port() + " over unix://" + path);
    }
  }

  private Socket tcpSocket(Route route, int channel) throws HttpFailure, InterruptedException {
    Route.Peer first = route.first();
    boolean toProxy = route.socks().isPresent() || route.proxy().isPresent();
    List<InetAddress> addresses = connector.resolve(first.host(), first.port(), toProxy);
    t.exchange.lookupAt = t.micros();
    t.info.timeNameLookup = t.exchange.lookupAt;
    try {
      return connector.connect(addresses, first.port(), channel, connectMillis());
    } catch (SocketTimeoutException e) {
      throw connectTimeout();
    } catch (IOException e) {
      String to =
          route.forwarded()
              ? first.host() + ":" + first.port()
              : t.origin.host() + ":" + t.origin.port();
      String via = route.via().isPresent() && !toProxy ? " via " + first : "";
      throw notConnected(to + via + (toProxy ? " over proxy " + first.host() : ""));
    }
  }

  private HttpFailure notConnected(String where) {
    return new HttpFailure(
        CurlCode.COULDNT_CONNECT,
        "Failed to connect to %s after %s ms: %s"
            .formatted(where, t.millis(), CurlCode.COULDNT_CONNECT.words()));
  }

  /**
   * Goes through proxies and TLS.
   *
   * @return false when a proxy closed and one has to connect anew, with authentication
   */
  private boolean set(Connection connection, Route route) throws HttpFailure, InterruptedException {
    long left = connectMillis();
    long end = t.millis() + left;
    AtomicBoolean late = new AtomicBoolean();
    Thread watch =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    Thread.sleep(left);
                    late.set(true);
                    connection.socket().close();
                  } catch (InterruptedException | IOException e) {
                    // In time, or closed already.
                  }
                });
    try {
      if (route.socks().isPresent()) {
        Route.Peer target =
            route.proxy().map(p -> new Route.Peer(p.host(), p.port())).orElse(route.target());
        new Socks(
                connection,
                route.socks().get(),
                t.config.socks5Basic,
                host -> connector.resolve(host, target.port(), false))
            .connect(target);
        t.info("Opened SOCKS connection");
      }
      String agreed = "";
      if (route.proxy().filter(Route.Proxy::tls).isPresent()) {
        Route.Proxy proxy = route.proxy().get();
        agreed = tls(connection, t.config.proxyTls, proxy.host(), proxy.port());
      }
      boolean http2 = agreed.equals("h2");
      if (route.proxy().isPresent() && route.tunnel()) {
        t.info("CONNECT: " + (agreed.isEmpty() ? "no ALPN" : "'" + agreed + "'") + " negotiated");
        if (http2) {
          tunnel.openStream(connection, route);
        } else if (!tunnel.open(connection, route)) {
          return false;
        }
        if (route.scheme().equals("ftp")) {
          throw t.unsupported("ftp", "not supported");
        }
      } else if (http2) {
        connection.speakHttp2();
      }
      if (t.config.haproxy || t.config.haproxyClientIp != null) {
        haproxy(connection);
      }
      if (route.secure() && !route.forwarded()) {
        if (tls(connection, t.config.tls, route.host(), route.port()).equals("h2")) {
          connection.speakHttp2();
        }
        connection.secure = true;
      } else if (t.config.http == HttpVersion.HTTP_2_PRIOR_KNOWLEDGE && !route.forwarded()) {
        connection.speakHttp2();
      }
      if (t.millis() >= end) {
        // A lab's clock was ahead of the machine's, which the watch waits for.
        throw connectTimeout();
      }
      String from = ip(connection.local) + " port " + connection.local.getPort();
      String to = ip(connection.remote) + " port " + connection.remote.getPort();
      t.info(
          "Established connection to " + route.first().host() + " (" + to + ") from " + from + " ");
      return true;
    } catch (IOException e) {
      throw late.get() || t.millis() >= end
          ? connectTimeout()
          : new HttpFailure(CurlCode.RECV_ERROR, "Recv failure: " + CallState.systemWords(e));
    } catch (HttpFailure e) {
      t.client.recorder.failed(connection.channel, new Failure.Other(e.words()));
      if ((late.get() || t.millis() >= end)
          && (e.code() == CurlCode.SSL_CONNECT_ERROR || e.code() == CurlCode.PROXY)) {
        throw connectTimeout();
      }
      throw e;
    } finally {
      watch.interrupt();
    }
  }

  /** Returns what ALPN agreed on, or nothing. */
  private String tls(Connection connection, TlsOptions options, String host, int port)
      throws HttpFailure, IOException {
    boolean verbose = t.client.log.on();
    TlsClient client =
        new TlsClient(
            t.client.surroundings,
            options,
            t.config.judgeAnyway,
            verbose ? Optional.of(t::info) : Optional.empty());
    List<String> protocols = protocols(options);
    if (!protocols.isEmpty()) {
      t.info("ALPN: curl offers " + String.join(",", protocols));
    }
    SSLSocket socket = client.wrap(connection.socket(), host, port, protocols);
    if (options == t.config.proxyTls) {
      t.info.proxySslVerifyResult = client.verifyResult();
    } else {
      t.info.sslVerifyResult = client.verifyResult();
    }
    connection.layer(socket);
    String agreed = socket.getApplicationProtocol();
    t.exchange.tlsAt = t.micros();
    t.info.timeAppConnect = t.exchange.tlsAt;
    t.client.recorder.secured(
        connection.channel,
        socket.getSession().getProtocol(),
        socket.getSession().getCipherSuite(),
        TlsReport.peerName(socket.getSession()));
    if (verbose) {
      if (!protocols.isEmpty()) {
        t.info(
            agreed.isEmpty()
                ? "ALPN: server did not agree on a protocol. Uses default."
                : "ALPN: server accepted " + agreed);
      }
      TlsReport.certificates(
              socket.getSession(),
              options == t.config.proxyTls ? "Proxy" : "Server",
              host,
              client.trusted(),
              !options.insecure)
          .forEach(t::info);
    }
    if (t.config.keepCertificates) {
      t.info.certs = TlsReport.pem(socket.getSession());
      t.info.certCount = t.info.certs.split("BEGIN CERTIFICATE", -1).length - 1;
    }
    return agreed;
  }

  /** What ALPN offers: none when it is off, HTTP/2 with a proxy only when asked for. */
  private List<String> protocols(TlsOptions options) {
    if (options == t.config.proxyTls && t.config.proxyHttp2) {
      return List.of("h2", "http/1.1");
    }
    if (options.noAlpn) {
      return List.of();
    }
    if (options == t.config.proxyTls || t.origin.scheme().startsWith("ws")) {
      return List.of("http/1.1");
    }
    return switch (t.config.http) {
      case DEFAULT, HTTP_2 -> List.of("h2", "http/1.1");
      case HTTP_2_PRIOR_KNOWLEDGE -> List.of("h2");
      case HTTP_1_1 -> List.of("http/1.1");
      case HTTP_1_0 -> List.of("http/1.0");
    };
  }

  private void haproxy(Connection connection) throws IOException {
    String line = "PROXY UNKNOWN\r\n";
    if (t.config.unixSocket == null) {
      String from = ByteText.orEmpty(t.config.haproxyClientIp);
      boolean given = !from.isEmpty();
      String to = given ? from : ip(connection.remote);
      from = given ? from : ip(connection.local);
      line =
          "PROXY %s %s %s %s %s\r\n"
              .formatted(
                  from.indexOf(':') >= 0 ? "TCP6" : "TCP4",
                  from,
                  to,
                  connection.local.getPort(),
                  connection.remote.getPort());
    }
    connection.write(line);
  }
}
