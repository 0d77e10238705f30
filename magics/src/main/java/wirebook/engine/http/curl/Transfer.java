package wirebook.engine.http.curl;

import static wirebook.engine.http.ByteText.headerSays;
import static wirebook.engine.http.ByteText.headerValue;
import static wirebook.engine.http.ByteText.startsWithIgnoreCase;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.InvalidPathException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import javax.net.ssl.SSLSocket;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.ContentDecoder;
import wirebook.engine.http.CurlCode;
import wirebook.engine.http.HeadParser;
import wirebook.engine.http.HttpDate;
import wirebook.engine.http.HttpExchange;
import wirebook.engine.http.HttpFailure;
import wirebook.engine.http.HttpHeader;
import wirebook.engine.http.HttpRequest;
import wirebook.engine.http.HttpResponse;
import wirebook.engine.http.HttpTiming;
import wirebook.engine.http.HttpUrl;
import wirebook.engine.http.HttpUrl.BadUrl;
import wirebook.engine.http.HttpUrl.Flag;
import wirebook.engine.http.Idn;
import wirebook.engine.http.Netrc;
import wirebook.engine.http.curl.CurlConfig.Follow;
import wirebook.engine.http.curl.CurlConfig.HttpVersion;
import wirebook.engine.http.curl.TraceLog.Kind;
import wirebook.net.UnixSocket;
import wirebook.trace.Bytes;
import wirebook.trace.Event;
import wirebook.trace.Failure;

/**
 * One URL from its request to the end of its body, with its redirects, its authentication rounds
 * and its connections: what libcurl calls an easy handle. Used by one thread.
 */
final class Transfer {
  /** Gets what the server sends. */
  interface Sink {
    /** A header line of any response, also of a proxy's. */
    void header(String line, int responseCode) throws HttpFailure;

    void body(byte[] bytes, int offset, int length) throws HttpFailure;
  }

  /** What kind of request it is. */
  enum Req {
    GET,
    HEAD,
    POST,
    MIME,
    PUT
  }

  private static final int MAX_HOST = 0xffff;
  private static final int EXPECT_THRESHOLD = 1024 * 1024;
  private static final int MAX_REQUEST = 1024 * 1024;
  private static final int MAX_RETRIES = 5;

  record Origin(String scheme, String host, int port) {}

  enum CredentialSource {
    OPTION,
    URL,
    NETRC
  }

  record Creds(String user, String password, String bearer, CredentialSource source) {
    boolean hasUserOrPassword() {
      return !user.isEmpty() || !password.isEmpty();
    }
  }

  enum FollowType {
    REDIRECT,
    RETRY,
    FAKE
  }

  final Session session;
  final CurlConfig config;
  final Sink sink;
  private final Connector connector;
  final TransferInfo info;
  final int id;

  private final long startNanos;
  Upload upload;
  Req req;
  private boolean uploading;
  String url;
  HttpUrl uh =
      new HttpUrl(
          "",
          false,
          Optional.empty(),
          Optional.empty(),
          "",
          Optional.empty(),
          java.util.OptionalInt.empty(),
          "",
          Optional.empty(),
          Optional.empty(),
          false);
  Origin origin = new Origin("", "", 0);
  private Optional<Origin> initialOrigin = Optional.empty();
  Optional<Creds> creds = Optional.empty();
  private int followed;
  int requests;
  private int retryCount;
  boolean isFollow;
  private boolean ignoreCustom;
  boolean disableExpect;
  int receivedMinVersion;
  private Optional<String> referer = Optional.empty();
  long resumeFrom;
  Optional<String> range = Optional.empty();
  boolean cookieEngine;
  String hostLine = "";
  Optional<Connection> current = Optional.empty();
  final BodyChain bodyChain = new BodyChain(this);
  final Tunnel tunnel = new Tunnel(this);
  final Authentication authentication = new Authentication(this);
  final ResponseHead responseHead = new ResponseHead(this);
  Request k = new Request();
  boolean uploadUsed;
  long headerTotal;
  int headerCount;

  /** The state of one request and its response. */
  final class Request {
    boolean inHead = true;
    int headerLine;
    int httpVersion;
    int httpVersionSent;
    int code;
    long size = -1;
    long maxDownload = -1;
    boolean chunked;
    boolean ignoreLength;
    boolean ignoreBody;
    boolean bodyless;
    boolean noBody;
    boolean contentRange;
    boolean downloadDone;
    boolean done;
    long byteCount;
    long headerBytes;
    long allHeaderBytes;
    long deductHeaders;
    Optional<String> newUrl = Optional.empty();
    Optional<String> location = Optional.empty();
    OptionalLong timeOfDocument = OptionalLong.empty();
    boolean uploadDone;
    boolean uploadAborted;
    boolean willRewind;
    boolean chunkedUpload;
    boolean upgradeWs;
    boolean upgradeHttp2;
    long sentBody;
    long uploadLength;
    Expect expect = Expect.NONE;
    long expectDeadline;
    boolean teHeader;
    String cookieHost = "";
    boolean startedResponse;
    final HeadParser parser = new HeadParser();
    final List<String> transferCodings = new ArrayList<>();
    final List<String> contentCodings = new ArrayList<>();
    BodyChain.Writer chain = bodyChain.plain();
    final List<ContentDecoder> decoders = new ArrayList<>();
    // For the value that a cell gets.
    String method = "";
    String target = "";
    String head = "";
    final StringBuilder responseHead = new StringBuilder();
    String reason = "";
    final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    final ByteArrayOutputStream keptUpload = new ByteArrayOutputStream();
    long delivered;
    long startedAt;
    long sentAt;
    long firstByteAt;
    long lookupAt;
    long connectAt;
    long tlsAt;
    boolean reported;
  }

  enum Expect {
    NONE,
    WAITING,
    SEND
  }

  Transfer(
      Session session,
      CurlConfig config,
      Sink sink,
      TransferInfo info,
      String url,
      Upload upload,
      Req req) {
    this.session = session;
    this.config = config;
    this.sink = sink;
    this.info = info;
    this.url = url;
    this.upload = upload;
    this.req = req;
    this.uploading = req == Req.PUT;
    this.connector = new Connector(session, config, this);
    this.id = info.transferId;
    this.startNanos = now();
  }

  long now() {
    return session.environment.network().clock().nanoTime();
  }

  long micros() {
    return (now() - startNanos) / 1000;
  }

  long millis() {
    return micros() / 1000;
  }

  /** A line of {@code -v}. */
  void info(String line) {
    if (session.log.on()) {
      session.log.log(Kind.TEXT, id, current.map(c -> c.id).orElse(-1L), line + "\n");
    }
  }

  void debug(Kind kind, String data) {
    if (session.log.on()) {
      session.log.log(kind, id, current.map(c -> c.id).orElse(-1L), data);
    }
  }

  // ---- the whole ----------------------------------------------------------------------------

  /** Does it all; the failure is what curl would exit with. */
  void perform() throws HttpFailure, InterruptedException {
    session.activate(this);
    try {
      prepare();
      loop();
    } catch (HttpFailure e) {
      current.ifPresent(
          c -> {
            info("closing connection #" + c.id);
            session.drop(c);
          });
      current = Optional.empty();
      report();
      throw e;
    } catch (InterruptedException e) {
      current.ifPresent(session::drop);
      throw e;
    } finally {
      k.decoders.forEach(ContentDecoder::close);
      info.timeTotal = micros();
      info.effectiveUrl = url;
      info.redirects = followed;
      info.referer = referer.orElse(null);
      StateFiles files = new StateFiles(session, config, this);
      files.saveCookies();
      files.saveHsts();
    }
  }

  private void prepare() throws HttpFailure {
    info.scheme = null;
    if (config.posts && config.resumeFrom != 0 && req == Req.POST) {
      throw new HttpFailure(
          CurlCode.BAD_FUNCTION_ARGUMENT, "cannot mix POSTFIELDS with RESUME_FROM");
    }
    authentication.hostAuth.want = config.auth == 0 ? CurlConfig.AUTH_BASIC : config.auth;
    authentication.proxyAuth.want =
        config.proxyAnyAuth
            ? CurlConfig.AUTH_BASIC | CurlConfig.AUTH_DIGEST
            : config.proxyDigest ? CurlConfig.AUTH_DIGEST : CurlConfig.AUTH_BASIC;
    referer = Optional.ofNullable(config.referer);
    resumeFrom = config.resumeFrom;
    StateFiles files = new StateFiles(session, config, this);
    cookieEngine = files.loadCookies();
    connector.loadResolve();
    files.loadHsts();
  }

  private void loop() throws HttpFailure, InterruptedException {
    while (true) {
      setOriginAndCredentials();
      k = new Request();
      k.startedAt = micros();
      setRange();
      Connection connection = attach();
      k.noBody = req == Req.HEAD;
      Optional<HttpFailure> failure = Optional.empty();
      try {
        exchange(connection);
      } catch (HttpFailure e) {
        failure = Optional.of(e);
      }
      boolean broken =
          failure.isPresent()
              && (failure.get().code() == CurlCode.RECV_ERROR
                  || failure.get().code() == CurlCode.SEND_ERROR);
      if ((failure.isEmpty() || broken) && connection.reused && k.byteCount + k.headerBytes == 0) {
        if (retryCount++ >= MAX_RETRIES) {
          throw new HttpFailure(
              CurlCode.SEND_ERROR,
              "Connection died, tried " + MAX_RETRIES + " times before giving up");
        }
        info("Connection died, retrying a fresh connect (retry count: " + retryCount + ")");
        connection.close = true;
        finish(connection, false);
        follow(url, FollowType.RETRY);
        continue;
      }
      if (failure.isPresent()) {
        flushHead();
        throw failure.get();
      }
      flushHead();
      report();
      Optional<String> next = k.newUrl;
      if (next.isPresent()) {
        finish(connection, false);
        follow(next.get(), FollowType.REDIRECT);
        continue;
      }
      if (k.location.isPresent()) {
        follow(k.location.get(), FollowType.FAKE);
      }
      if (k.byteCount + k.headerBytes - k.deductHeaders <= 0) {
        connection.close = true;
        finish(connection, false);
        throw new HttpFailure(CurlCode.GOT_NOTHING, "Empty reply from server");
      }
      finish(connection, false);
      return;
    }
  }

  private void finish(Connection connection, boolean premature) {
    k.decoders.forEach(ContentDecoder::close);
    authentication.hostAuth.multipass = false;
    authentication.proxyAuth.multipass = false;
    if (connection.close || premature) {
      info("shutting down connection #" + connection.id);
      session.drop(connection);
    } else {
      Route r = connection.route;
      session.giveBack(connection);
      Route.Peer shown = r.forwarded() ? r.first() : new Route.Peer(r.host(), r.port());
      info(
          "Connection #"
              + connection.id
              + " to host "
              + shown.host()
              + ":"
              + shown.port()
              + " left intact");
    }
    current = Optional.empty();
  }

  /** A head that the other side cut off is shown as far as it came. */
  private void flushHead() throws HttpFailure {
    String pending = k.parser.pending();
    if (k.inHead && !pending.isEmpty()) {
      debug(Kind.HEADER_IN, pending);
      sink.header(pending, k.code);
      responseHead.bumpHeaders(pending.length(), false);
    }
  }

  // ---- URL, credentials, proxies ------------------------------------------------------------

  private void setOriginAndCredentials() throws HttpFailure {
    if (config.protoDefault != null && HttpUrl.schemeLength(url, true) == 0) {
      url = config.protoDefault + "://" + url;
    }
    Set<Flag> flags = EnumSet.of(Flag.GUESS_SCHEME, Flag.ANY_SCHEME);
    if (config.noUserInUrl) {
      flags.add(Flag.NO_USER);
    }
    if (config.pathAsIs) {
      flags.add(Flag.PATH_AS_IS);
    }
    try {
      uh = HttpUrl.parse(url, flags);
    } catch (BadUrl e) {
      if (e.problem() == HttpUrl.Problem.USER_NOT_ALLOWED) {
        throw new HttpFailure(CurlCode.LOGIN_DENIED, "URL rejected: " + e.problem().words());
      }
      throw new HttpFailure(e.problem().code(), "URL rejected: " + e.problem().words());
    }
    url = uh.text(false, true);
    String scheme = uh.scheme();
    info.scheme = scheme;
    if (!HttpUrl.knows(scheme)) {
      throw unsupported(scheme, "not supported");
    }
    String host = Idn.toAscii(uh.hostName());
    if (host.length() > MAX_HOST) {
      throw new HttpFailure(
          CurlCode.URL_MALFORMAT, "Too long hostname (maximum is " + MAX_HOST + ")");
    }
    origin = new Origin(scheme, host, uh.effectivePort());
    if (scheme.equals("http") && config.hsts != null && session.hsts.applies(host)) {
      uh = uh.withScheme("https");
      if (uh.port().isPresent() && uh.port().getAsInt() == 80) {
        uh =
            new HttpUrl(
                uh.scheme(),
                false,
                uh.user(),
                uh.password(),
                uh.host(),
                uh.zone(),
                java.util.OptionalInt.of(443),
                uh.path(),
                uh.query(),
                uh.fragment(),
                uh.fragmentMark());
      }
      url = uh.text();
      origin = new Origin("https", host, uh.effectivePort());
      info("Switched from HTTP to HTTPS due to HSTS => " + url);
    }
    checkScheme(origin.scheme());
    if (initialOrigin.isEmpty()) {
      initialOrigin = Optional.of(origin);
    }
    creds = credentials();
  }

  private HttpFailure unsupported(String scheme, String how) {
    return new HttpFailure(
        CurlCode.UNSUPPORTED_PROTOCOL,
        "Protocol \"" + scheme + "\" " + how + (isFollow ? " (in redirect)" : ""));
  }

  private void checkScheme(String scheme) throws HttpFailure {
    List<String> allowed = config.protocols == null ? Arguments.PROTOCOLS : config.protocols;
    if (isFollow) {
      List<String> redirects =
          config.redirectProtocols == null ? List.of("http", "https") : config.redirectProtocols;
      if (!redirects.contains(scheme) || !allowed.contains(scheme)) {
        throw unsupported(
            scheme,
            Arguments.PROTOCOLS.contains(scheme) || scheme.equals("ftp")
                ? "is disabled"
                : "not supported");
      }
      return;
    }
    if (scheme.equals("ftp") && config.protocols == null && route().forwarded()) {
      return;
    }
    if (!Arguments.PROTOCOLS.contains(scheme)) {
      throw unsupported(scheme, "not supported");
    }
    if (!allowed.contains(scheme)) {
      throw unsupported(scheme, "is disabled");
    }
  }

  boolean authAllowed() {
    return config.trusted || initialOrigin.map(origin::equals).orElse(true);
  }

  private Optional<Creds> credentials() throws HttpFailure {
    Optional<Creds> found = Optional.empty();
    String user = "";
    String password = "";
    boolean given = false;
    if (config.user != null && (config.bearer == null || config.user.indexOf(':') >= 0)) {
      int colon = config.user.indexOf(':');
      user = colon < 0 ? config.user : config.user.substring(0, colon);
      password = colon < 0 ? "" : config.user.substring(colon + 1);
      given = true;
    }
    String bearer = CurlConfig.orEmpty(config.bearer);
    if ((given || !bearer.isEmpty()) && authAllowed()) {
      found = Optional.of(new Creds(user, password, bearer, CredentialSource.OPTION));
    }
    boolean noUser = found.map(c -> c.user.isEmpty()).orElse(true);
    if (noUser && (uh.user().isPresent() || uh.password().isPresent())) {
      String u = ByteText.unescape(uh.user().orElse(""));
      String p = ByteText.unescape(uh.password().orElse(""));
      if (u.indexOf('\0') >= 0 || p.indexOf('\0') >= 0) {
        throw new HttpFailure(CurlCode.URL_MALFORMAT, "error extracting credentials from URL");
      }
      if (!u.isEmpty() || !p.isEmpty() || found.isEmpty()) {
        String oldPassword = found.map(Creds::password).orElse("");
        found =
            Optional.of(
                new Creds(u, p.isEmpty() ? oldPassword : p, bearer(found), CredentialSource.URL));
      }
    }
    return netrc(found);
  }

  private static String bearer(Optional<Creds> c) {
    return c.map(Creds::bearer).orElse("");
  }

  private Optional<Creds> netrc(Optional<Creds> found) throws HttpFailure {
    boolean required = !config.netrcOptional && (config.netrc || config.netrcFile != null);
    if (!required && !config.netrcOptional) {
      return found;
    }
    String user = "";
    if (found.isPresent()) {
      Creds c = found.get();
      if (c.source == CredentialSource.OPTION) {
        return found;
      }
      if (!required && !c.user.isEmpty() && !c.password.isEmpty()) {
        return found;
      }
      user = c.user;
    }
    String file = CurlConfig.orEmpty(config.netrcFile);
    if (file.isEmpty()) {
      file = session.environment.variable("NETRC");
    }
    if (file.isEmpty()) {
      file = session.environment.variable("HOME") + "/.netrc";
    }
    Optional<Netrc.Login> login = Optional.empty();
    boolean missing = false;
    try {
      login = Netrc.find(Inputs.read(Inputs.place(session.environment, file)), origin.host, user);
    } catch (IOException e) {
      missing = true;
      if (required) {
        throw new HttpFailure(CurlCode.READ_ERROR, ".netrc error: no such file");
      }
    } catch (Netrc.SyntaxError e) {
      if (required) {
        throw new HttpFailure(CurlCode.READ_ERROR, ".netrc error: syntax error");
      }
      missing = true;
    }
    if (login.isEmpty() || missing) {
      info(
          "Could not find host "
              + origin.host
              + " in the "
              + (config.netrcFile == null ? ".netrc" : config.netrcFile)
              + " file; using defaults");
      return found;
    }
    String u = login.get().user().orElse("");
    String p = login.get().password().orElse("");
    Creds merged =
        new Creds(
            u.isEmpty() ? user : u,
            p.isEmpty() ? found.map(Creds::password).orElse("") : p,
            bearer(found),
            CredentialSource.NETRC);
    uh =
        uh.withUser(
            Optional.of(HttpUrl.escapeCredential(merged.user)),
            Optional.of(HttpUrl.escapeCredential(merged.password)));
    return Optional.of(merged);
  }

  private Route route() throws HttpFailure {
    return new RouteFinder(
            config, session.environment, origin.scheme, origin.host, origin.port, this::info)
        .find();
  }

  private void setRange() {
    if (resumeFrom != 0) {
      range = Optional.of(resumeFrom + "-");
    } else {
      range = Optional.ofNullable(config.range);
    }
  }

  // ---- connections --------------------------------------------------------------------------

  private Connection attach() throws HttpFailure, InterruptedException {
    Route route = route();
    info.proxyUsed = route.proxy().isPresent() || route.socks().isPresent();
    String key =
        route.key()
            + (route.secure() ? config.tls.key() : "")
            + CurlConfig.orEmpty(config.networkInterface)
            + config.localPort
            + "v"
            + config.ipVersion
            + config.http
            + config.haproxy;
    List<Connection> dead = new ArrayList<>();
    Optional<Connection> old = session.take(key, dead);
    for (Connection d : dead) {
      info("Connection " + d.id + " seems to be dead, terminating");
      info("shutting down connection #" + d.id);
      d.closeNow();
    }
    Connection connection;
    if (old.isPresent()) {
      connection = old.get();
      connection.reused = true;
      current = old;
      String host = route.socks().or(route::proxy).map(Route.Proxy::host).orElse(route.host());
      info(
          "Reusing existing "
              + origin.scheme
              + ": connection with "
              + (info.proxyUsed ? "proxy " : "host ")
              + host);
    } else {
      connection = open(route, key);
    }
    info.connectionId = connection.id;
    info.localIp = ip(connection.local);
    info.localPort = connection.local.getPort();
    info.remoteIp = ip(connection.remote);
    info.remotePort = connection.remote.getPort();
    long done = micros();
    if (connection.reused) {
      info.timeNameLookup = info.timeNameLookup == 0 ? done : info.timeNameLookup;
      info.timeConnect = info.timeConnect == 0 ? done : info.timeConnect;
    }
    info.timePreTransfer = done;
    return connection;
  }

  private static String ip(InetSocketAddress address) {
    return address.getAddress() == null ? "" : Connector.text(address.getAddress());
  }

  /** Milliseconds until the first of the limits, 0 for none; throws when it has passed. */
  private long connectMillis() throws HttpFailure {
    long left = Long.MAX_VALUE;
    if (config.maxTime > 0) {
      left = config.maxTime - millis();
    }
    long connect = config.connectTimeout > 0 ? config.connectTimeout : 300_000;
    left = Math.min(left, connect - (millis() - k.startedAt / 1000));
    if (left <= 0) {
      throw connectTimeout();
    }
    return left;
  }

  private HttpFailure connectTimeout() {
    return new HttpFailure(
        CurlCode.OPERATION_TIMEDOUT, "Connection timed out after " + millis() + " milliseconds");
  }

  private Connection open(Route route, String key) throws HttpFailure, InterruptedException {
    while (true) {
      int channel = session.recorder.newChannel();
      Route.Peer first = route.first();
      boolean toProxy = route.socks().isPresent() || route.proxy().isPresent();
      Socket socket;
      InetSocketAddress local;
      InetSocketAddress remote;
      boolean unix = route.unixSocket().isPresent();
      if (unix) {
        String path = route.unixSocket().get();
        info("  Trying " + path + "...");
        if (config.abstractUnixSocket) {
          throw new HttpFailure(CurlCode.NOT_BUILT_IN);
        }
        try {
          socket = UnixSocket.connect(session.environment.path(path));
        } catch (IOException | InvalidPathException e) {
          throw new HttpFailure(
              CurlCode.COULDNT_CONNECT,
              "Failed to connect to "
                  + origin.host
                  + ":"
                  + origin.port
                  + " over unix://"
                  + path
                  + " after "
                  + millis()
                  + " ms: "
                  + CurlCode.COULDNT_CONNECT.words());
        }
        local = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0);
        remote = local;
      } else {
        List<InetAddress> addresses = connector.resolve(first.host(), first.port(), toProxy);
        k.lookupAt = micros();
        info.timeNameLookup = k.lookupAt;
        try {
          socket = connector.connect(addresses, first.port(), channel, connectMillis());
        } catch (SocketTimeoutException e) {
          throw connectTimeout();
        } catch (IOException e) {
          String viaText = route.via().isPresent() && !toProxy ? " via " + first : "";
          String proxyText = toProxy ? "over proxy " + first.host() + " " : "";
          throw new HttpFailure(
              CurlCode.COULDNT_CONNECT,
              "Failed to connect to "
                  + (route.forwarded()
                      ? first.host() + ":" + first.port()
                      : origin.host + ":" + origin.port)
                  + viaText
                  + " "
                  + proxyText
                  + "after "
                  + millis()
                  + " ms: "
                  + CurlCode.COULDNT_CONNECT.words());
        }
        local = (InetSocketAddress) socket.getLocalSocketAddress();
        remote = (InetSocketAddress) socket.getRemoteSocketAddress();
      }
      info.connects++;
      k.connectAt = micros();
      info.timeConnect = k.connectAt;
      session.recorder.connected(
          channel, unix ? Event.Transport.UNIX : Event.Transport.TCP, local, remote);
      Connection connection;
      try {
        connection =
            new Connection(
                session.connections.getAndIncrement(),
                channel,
                key,
                route,
                socket,
                local,
                remote,
                session.recorder,
                session.environment.keep() > 0);
      } catch (IOException e) {
        throw new HttpFailure(CurlCode.COULDNT_CONNECT);
      }
      session.opened(connection);
      current = Optional.of(connection);
      if (set(connection, route)) {
        connection.startReading();
        return connection;
      }
      info("Connect me again please");
      session.drop(connection);
      current = Optional.empty();
    }
  }

  /**
   * Goes through proxies and TLS.
   *
   * @return false when a proxy closed and one has to connect anew, with authentication
   */
  private boolean set(Connection connection, Route route) throws HttpFailure, InterruptedException {
    long left = connectMillis();
    Thread watch =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    Thread.sleep(left);
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
                config.socks5Basic,
                host -> connector.resolve(host, target.port(), false))
            .connect(target);
        info("Opened SOCKS connection");
      }
      if (route.proxy().filter(Route.Proxy::tls).isPresent()) {
        tls(connection, config.proxyTls, route.proxy().get().host(), route.proxy().get().port());
      }
      if (route.proxy().isPresent() && route.tunnel() && !tunnel.open(connection, route)) {
        return false;
      }
      if (config.haproxy || config.haproxyClientIp != null) {
        haproxy(connection);
      }
      if (route.secure() && !route.forwarded()) {
        tls(connection, config.tls, route.host(), route.port());
        connection.secure = true;
      } else if (config.http == HttpVersion.HTTP_2_PRIOR_KNOWLEDGE && !route.forwarded()) {
        speakHttp2(connection);
      }
      info(
          "Established connection to "
              + shownHost(route)
              + " ("
              + ip(connection.remote)
              + " port "
              + connection.remote.getPort()
              + ") from "
              + ip(connection.local)
              + " port "
              + connection.local.getPort()
              + " ");
      return true;
    } catch (IOException e) {
      throw millis() >= 0 && watch.getState() == Thread.State.TERMINATED
          ? connectTimeout()
          : new HttpFailure(CurlCode.RECV_ERROR, "Recv failure: " + systemWords(e));
    } catch (HttpFailure e) {
      session.recorder.failed(connection.channel, new Failure.Other(e.words()));
      if (watch.getState() == Thread.State.TERMINATED
          && (e.code() == CurlCode.SSL_CONNECT_ERROR || e.code() == CurlCode.PROXY)) {
        throw connectTimeout();
      }
      throw e;
    } finally {
      watch.interrupt();
    }
  }

  private static String shownHost(Route route) {
    return route
        .socks()
        .map(Route.Proxy::host)
        .or(() -> route.proxy().map(Route.Proxy::host))
        .orElse(route.via().map(Route.Peer::host).orElse(route.host()));
  }

  private void tls(Connection connection, CurlConfig.Tls options, String host, int port)
      throws HttpFailure, IOException {
    boolean judge =
        config.writeOut != null
            && (config.writeOut.contains("verify_result") || config.writeOut.contains("%{json}"));
    TlsClient client = new TlsClient(session.environment, options, judge);
    List<String> protocols = protocols(options);
    if (!protocols.isEmpty()) {
      info("ALPN: curl offers " + String.join(",", protocols));
    }
    SSLSocket socket = client.wrap(connection.socket(), host, port, protocols);
    if (options == config.proxyTls) {
      info.proxySslVerifyResult = client.verifyResult();
    } else {
      info.sslVerifyResult = client.verifyResult();
    }
    connection.layer(socket);
    String agreed = socket.getApplicationProtocol();
    if (agreed.equals("h2")) {
      speakHttp2(connection);
    }
    k.tlsAt = micros();
    info.timeAppConnect = k.tlsAt;
    session.recorder.secured(
        connection.channel,
        socket.getSession().getProtocol(),
        socket.getSession().getCipherSuite(),
        TlsClient.peerName(socket.getSession()));
    if (session.log.on()) {
      if (!protocols.isEmpty()) {
        info(
            agreed.isEmpty()
                ? "ALPN: server did not agree on a protocol. Uses default."
                : "ALPN: server accepted " + agreed);
      }
      TlsClient.describe(socket.getSession(), !options.insecure).forEach(this::info);
    }
    if (config.writeOut != null) {
      info.certs = TlsClient.pem(socket.getSession());
      info.certCount = info.certs.split("BEGIN CERTIFICATE", -1).length - 1;
    }
  }

  /** What ALPN offers: none when it is off, HTTP/2 only for the site itself. */
  private List<String> protocols(CurlConfig.Tls options) {
    if (options.noAlpn) {
      return List.of();
    }
    if (options == config.proxyTls || origin.scheme.startsWith("ws")) {
      return List.of("http/1.1");
    }
    return switch (config.http) {
      case DEFAULT, HTTP_2 -> List.of("h2", "http/1.1");
      case HTTP_2_PRIOR_KNOWLEDGE -> List.of("h2");
      case HTTP_1_1 -> List.of("http/1.1");
      case HTTP_1_0 -> List.of("http/1.0");
    };
  }

  void speakHttp2(Connection connection) {
    connection.http2 = Optional.of(new Http2(session.recorder::note));
  }

  private void haproxy(Connection connection) throws IOException {
    String line = "PROXY UNKNOWN\r\n";
    if (config.unixSocket == null) {
      String from = CurlConfig.orEmpty(config.haproxyClientIp);
      boolean given = !from.isEmpty();
      String to = given ? from : ip(connection.remote);
      from = given ? from : ip(connection.local);
      line =
          "PROXY "
              + (from.indexOf(':') >= 0 ? "TCP6" : "TCP4")
              + " "
              + from
              + " "
              + to
              + " "
              + connection.local.getPort()
              + " "
              + connection.remote.getPort()
              + "\r\n";
    }
    connection.write(line);
  }

  static Optional<String> find(List<String> headers, String name) {
    return headers.stream()
        .filter(
            h ->
                startsWithIgnoreCase(h, name)
                    && h.length() > name.length()
                    && ":;".indexOf(h.charAt(name.length())) >= 0)
        .findFirst();
  }

  Optional<String> header(String name) {
    return find(config.headers, name);
  }

  // ---- the request --------------------------------------------------------------------------

  boolean secureContext(String host) {
    boolean tls = origin.scheme.equals("https") || origin.scheme.equals("wss");
    return (tls && !current.map(c -> c.route.forwarded()).orElse(false))
        || host.equalsIgnoreCase("localhost")
        || host.equals("127.0.0.1")
        || host.equals("::1");
  }

  private String method() {
    if (config.customRequest != null && !ignoreCustom) {
      return config.customRequest;
    }
    if (k.noBody) {
      return "HEAD";
    }
    return switch (kind()) {
      case POST, MIME -> "POST";
      case PUT -> "PUT";
      case GET -> "GET";
      case HEAD -> "HEAD";
    };
  }

  Req kind() {
    if (origin.scheme.startsWith("ws")) {
      return Req.GET;
    }
    return uploading ? Req.PUT : req;
  }

  private void setHost() {
    hostLine = "";
    k.cookieHost = "";
    Optional<String> custom =
        initialOrigin.filter(origin::equals).isPresent() ? header("Host") : Optional.empty();
    if (custom.isPresent()) {
      String value = headerValue(custom.get().replaceFirst(";", ":"));
      if (value.startsWith("[")) {
        int close = value.indexOf(']');
        k.cookieHost = close < 0 ? value.substring(1) : value.substring(1, close);
      } else {
        int colon = value.indexOf(':');
        k.cookieHost = colon < 0 ? value : value.substring(0, colon);
      }
      if (!custom.get().equalsIgnoreCase("Host:")) {
        hostLine = "Host:" + custom.get().substring(5);
      }
      return;
    }
    String host = origin.host.indexOf(':') >= 0 ? "[" + origin.host + "]" : origin.host;
    boolean usual = origin.port == HttpUrl.defaultPort(origin.scheme);
    boolean otherFamily = origin.scheme.equals("ftp");
    hostLine = "Host: " + host + (usual && !otherFamily ? "" : ":" + origin.port);
  }

  private String target(Connection connection) {
    if (!connection.route.forwarded()) {
      if (config.requestTarget != null) {
        return config.requestTarget;
      }
      return uh.requestPath() + uh.query().map(q -> "?" + q).orElse("");
    }
    if (config.requestTarget != null) {
      return config.requestTarget;
    }
    HttpUrl u = uh.withoutFragment();
    if (!u.isIpv6() && !u.hostName().equals(origin.host)) {
      u = u.withHost(origin.host);
    }
    if (origin.scheme.equals("http")) {
      u = u.withUser(Optional.empty(), Optional.empty());
    } else if (creds.isPresent() && creds.get().source != CredentialSource.URL) {
      u =
          u.withUser(
              Optional.of(HttpUrl.escapeCredential(creds.get().user)),
              Optional.of(HttpUrl.escapeCredential(creds.get().password)));
    }
    return u.text(true, false);
  }

  private boolean mayUse11(Connection connection) {
    return receivedMinVersion != 10
        && connection.httpVersionSeen != 10
        && config.http != HttpVersion.HTTP_1_0;
  }

  private void exchange(Connection connection) throws HttpFailure, InterruptedException {
    if (!connection.reused) {
      info(connection.http2.isPresent() ? "using HTTP/2" : "using HTTP/1.x");
    }
    session.cookies.newResponse();
    authentication.authNegotiation = false;
    String method = method();
    info.method = method;
    k.method = method;
    Req kind = kind();
    setHost();
    String pathAndQuery =
        uh.requestPath() + uh.query().filter(q -> !q.isEmpty()).map(q -> "?" + q).orElse("");
    String auth = authentication.authorize(method, kind, pathAndQuery, false, connection.route);
    Upload body = body(kind);
    long skip = 0;
    if ((kind == Req.POST || kind == Req.PUT) && resumeFrom != 0) {
      if (resumeFrom < 0) {
        resumeFrom = 0;
      }
      if (resumeFrom > 0 && !authentication.authNegotiation) {
        skip = resumeFrom;
        if (body.length() > 0 && body.length() - skip <= 0) {
          throw new HttpFailure(CurlCode.PARTIAL_FILE, "File already completely uploaded");
        }
      }
    }
    long length = body.length() < 0 ? -1 : body.length() - skip;
    if (config.crlf && length > 0) {
      length = -1;
    }
    k.uploadLength = length;
    boolean version11 = mayUse11(connection);
    k.httpVersionSent = connection.http2.isPresent() ? 20 : version11 ? 11 : 10;
    String head = head(connection, method, kind, auth, length, version11);
    if (head.length() > MAX_REQUEST) {
      throw new HttpFailure(CurlCode.TOO_LARGE, "HTTP request too large");
    }
    k.head = head;
    k.target = target(connection);
    send(connection, head, body, skip, length);
  }

  private Upload body(Req kind) {
    if (authentication.authNegotiation) {
      return new Upload.None();
    }
    return switch (kind) {
      case GET, HEAD -> new Upload.None();
      case POST, MIME, PUT -> upload;
    };
  }

  private String head(
      Connection connection, String method, Req kind, String auth, long length, boolean version11)
      throws HttpFailure {
    StringBuilder h = new StringBuilder();
    h.append(method).append(' ').append(target(connection));
    boolean http2 = connection.http2.isPresent();
    h.append(" HTTP/").append(http2 ? "2" : version11 ? "1.1" : "1.0").append("\r\n");
    if (!hostLine.isEmpty()) {
      h.append(hostLine).append("\r\n");
    }
    // Proxy-Authorization comes first in what authorize() gave.
    h.append(auth);
    h.append(rangeHeader(kind, length));
    String agent = config.userAgent == null ? CurlVersion.AGENT : config.userAgent;
    if (!agent.isEmpty() && header("User-Agent").isEmpty()) {
      h.append("User-Agent: ").append(agent).append("\r\n");
    }
    if (header("Accept").isEmpty()) {
      h.append("Accept: */*\r\n");
    }
    if (config.trEncoding && header("TE").isEmpty()) {
      k.teHeader = true;
      h.append("TE: gzip\r\n");
    }
    if (config.compressed && header("Accept-Encoding").isEmpty()) {
      h.append("Accept-Encoding: deflate, gzip, br, zstd\r\n");
    }
    if (referer.isPresent() && header("Referer").isEmpty()) {
      h.append("Referer: ").append(referer.get()).append("\r\n");
    }
    if (connection.route.forwarded()
        && header("Proxy-Connection").isEmpty()
        && tunnel.proxyHeader("Proxy-Connection").isEmpty()) {
      h.append("Proxy-Connection: Keep-Alive\r\n");
    }
    Optional<String> te = header("Transfer-Encoding");
    if (te.isPresent()) {
      k.chunkedUpload = headerSays(te.get(), "Transfer-Encoding:", "chunked");
    } else if (length < 0 && !http2) {
      if (!version11) {
        throw new HttpFailure(CurlCode.UPLOAD_FAILED, "Chunky upload is not supported by HTTP 1.0");
      }
      k.chunkedUpload = true;
      h.append("Transfer-Encoding: chunked\r\n");
    }
    boolean ws = origin.scheme.startsWith("ws");
    if (ws) {
      byte[] key = new byte[16];
      Authentication.RANDOM.nextBytes(key);
      appendUnless(h, "Upgrade", "websocket");
      appendUnless(h, "Sec-WebSocket-Version", "13");
      appendUnless(h, "Sec-WebSocket-Key", Base64.getEncoder().encodeToString(key));
      k.upgradeWs = true;
    }
    boolean h2c =
        config.http == HttpVersion.HTTP_2
            && version11
            && !http2
            && origin.scheme.equals("http")
            && !connection.route.forwarded();
    if (h2c) {
      h.append("Upgrade: h2c\r\nHTTP2-Settings: ")
          .append(Base64.getUrlEncoder().withoutPadding().encodeToString(Http2.SETTINGS))
          .append("\r\n");
      k.upgradeHttp2 = true;
    }
    h.append(cookieHeader());
    h.append(timeCondition());
    customHeaders(h, connection);
    boolean expect = false;
    if (kind == Req.PUT || kind == Req.POST || kind == Req.MIME) {
      if (length >= 0
          && !k.chunkedUpload
          && (authentication.authNegotiation || header("Content-Length").isEmpty())) {
        h.append("Content-Length: ").append(length).append("\r\n");
      }
      if (kind == Req.MIME && !authentication.authNegotiation) {
        h.append("Content-Type: ").append(formContentType).append("\r\n");
      }
      if (kind == Req.POST && header("Content-Type").isEmpty()) {
        h.append("Content-Type: application/x-www-form-urlencoded\r\n");
      }
      Optional<String> custom = header("Expect");
      if (custom.isPresent()) {
        expect = headerSays(custom.get(), "Expect:", "100-continue");
      } else if (!disableExpect && version11 && !ws && !http2) {
        if (length > EXPECT_THRESHOLD || length < 0) {
          h.append("Expect: 100-continue\r\n");
          expect = true;
        }
      }
    }
    if (expect) {
      k.expect = Expect.WAITING;
    }
    if (!http2) {
      connectionHeader(h, ws || h2c, h2c);
    }
    return h.append("\r\n").toString();
  }

  /** The content type of a form, set by who made its body. */
  String formContentType = "";

  private void appendUnless(StringBuilder h, String name, String value) {
    if (header(name).isEmpty()) {
      h.append(name).append(": ").append(value).append("\r\n");
    }
  }

  private String rangeHeader(Req kind, long length) {
    if (range.isEmpty()) {
      return "";
    }
    if ((kind == Req.GET || kind == Req.HEAD) && header("Range").isEmpty()) {
      return "Range: bytes=" + range.get() + "\r\n";
    }
    if ((kind == Req.POST || kind == Req.PUT) && header("Content-Range").isEmpty()) {
      if (config.resumeFrom < 0) {
        return "Content-Range: bytes 0-" + (length - 1) + "/" + length + "\r\n";
      }
      if (resumeFrom > 0) {
        long total = authentication.authNegotiation ? upload.length() : resumeFrom + length;
        return "Content-Range: bytes " + range.get() + (total - 1) + "/" + total + "\r\n";
      }
      return "Content-Range: bytes " + range.get() + "/" + length + "\r\n";
    }
    return "";
  }

  private String cookieHeader() {
    String extra = "";
    if (!config.cookies.isEmpty() && header("Cookie").isEmpty() && authAllowed()) {
      StringBuilder joined = new StringBuilder();
      for (String c : config.cookies) {
        if (!joined.isEmpty()) {
          joined.append(!c.isEmpty() && ByteText.isBlank(c.charAt(0)) ? ";" : "; ");
        }
        joined.append(c);
      }
      extra = joined.toString();
    }
    String host = k.cookieHost.isEmpty() ? origin.host : k.cookieHost;
    if (!cookieEngine) {
      return extra.isEmpty() ? "" : "Cookie: " + extra + "\r\n";
    }
    synchronized (session.cookies) {
      session.activate(this);
      return session
          .cookies
          .header(host, uh.requestPath(), secureContext(host), extra)
          .map(c -> "Cookie: " + c + "\r\n")
          .orElse("");
    }
  }

  private String timeCondition() {
    String name =
        switch (config.timeCondition) {
          case NONE -> "";
          case IF_MODIFIED -> "If-Modified-Since";
          case IF_UNMODIFIED -> "If-Unmodified-Since";
          case LAST_MODIFIED -> "Last-Modified";
        };
    return name.isEmpty() || header(name).isPresent()
        ? ""
        : name + ": " + HttpDate.format(config.conditionTime) + "\r\n";
  }

  private void customHeaders(StringBuilder h, Connection connection) {
    List<String> all = new ArrayList<>(config.headers);
    if (connection.route.forwarded()) {
      all.addAll(config.proxyHeaders);
    }
    for (String header : all) {
      int semicolon = header.indexOf(';');
      boolean blank = semicolon > 0 && semicolon == header.length() - 1 && header.indexOf(':') < 0;
      String name;
      if (blank) {
        name = header.substring(0, semicolon);
      } else {
        int colon = header.indexOf(':');
        if (colon <= 0
            || ByteText.trimBlanks(
                    header.substring(colon + 1, ByteText.find(header, colon + 1, "\r\n")))
                .isEmpty()) {
          continue;
        }
        name = header.substring(0, colon);
      }
      name = ByteText.trimBlanks(name);
      String lower = ByteText.lower(name);
      boolean skip =
          switch (lower) {
            case "host" -> !hostLine.isEmpty();
            case "content-type" -> req == Req.MIME;
            case "content-length" -> authentication.authNegotiation;
            case "connection" -> true;
            case "authorization", "cookie" -> !authAllowed();
            default -> false;
          };
      if (!skip) {
        h.append(blank ? name + ":" : header).append("\r\n");
      }
    }
  }

  private void connectionHeader(StringBuilder h, boolean upgrade, boolean h2c) {
    List<String> lines =
        config.headers.stream()
            .filter(
                x ->
                    startsWithIgnoreCase(x, "Connection")
                        && x.length() > 10
                        && ":;".indexOf(x.charAt(10)) >= 0
                        && !ByteText.trimBlanks(x.substring(11)).isEmpty())
            .toList();
    List<String> values = new ArrayList<>();
    if (!lines.isEmpty()) {
      values.add(ByteText.trimBlanks(lines.getFirst().substring(11)));
    }
    if (k.teHeader) {
      values.add("TE");
    }
    if (upgrade) {
      values.add("Upgrade");
    }
    if (h2c) {
      values.add("HTTP2-Settings");
    }
    if (!values.isEmpty()) {
      h.append("Connection: ").append(String.join(", ", values)).append("\r\n");
    }
    for (int i = 1; i < lines.size(); i++) {
      h.append(lines.get(i)).append("\r\n");
    }
  }

  // ---- sending and receiving ----------------------------------------------------------------

  private void send(Connection connection, String head, Upload body, long skip, long length)
      throws HttpFailure, InterruptedException {
    InputStream in = InputStream.nullInputStream();
    boolean sending = length != 0 || k.chunkedUpload;
    try {
      if (sending && !(body instanceof Upload.None)) {
        if (uploadUsed && body instanceof Upload.Stream) {
          throw new HttpFailure(
              CurlCode.SEND_FAIL_REWIND, "necessary data rewind was not possible");
        }
        in = body.open();
        uploadUsed = true;
        long left = skip;
        while (left > 0) {
          long n = in.skip(left);
          if (n <= 0) {
            throw new HttpFailure(
                CurlCode.READ_ERROR, "Could only read " + (skip - left) + " bytes from the input");
          }
          left -= n;
        }
        if (config.crlf) {
          in = new CrlfStream(in);
        }
        connection.unlimited();
      }
      Pump pump = new Pump(this, connection, in, length);
      pump.run(head, sending);
    } catch (IOException e) {
      throw new HttpFailure(CurlCode.READ_ERROR);
    } finally {
      try {
        in.close();
      } catch (IOException e) {
        // It was read already.
      }
    }
  }

  static String systemWords(IOException e) {
    String message = e.getMessage() == null ? "" : e.getMessage();
    if (message.contains("reset")) {
      return "Connection reset by peer";
    }
    return message.contains("roken pipe") ? "Broken pipe" : message;
  }

  HttpFailure timedOut() {
    return new HttpFailure(
        CurlCode.OPERATION_TIMEDOUT,
        "Operation timed out after "
            + millis()
            + " milliseconds with "
            + k.byteCount
            + (k.size >= 0 ? " out of " + k.size : "")
            + " bytes received");
  }

  // ---- the response -------------------------------------------------------------------------

  void feed(Connection connection, byte[] bytes, boolean eos) throws HttpFailure {
    int used = 0;
    if (k.firstByteAt == 0 && bytes.length > 0) {
      k.firstByteAt = micros();
      if (!k.startedResponse) {
        k.startedResponse = true;
        info.timeStartTransfer = k.firstByteAt;
      }
    }
    if (connection.http2.isPresent()) {
      feedHttp2(connection, bytes, eos);
      return;
    }
    if (k.inHead) {
      used =
          k.parser.feed(
              bytes,
              0,
              bytes.length,
              new HeadParser.Sink() {
                @Override
                public boolean line(String line) throws HttpFailure {
                  responseHead.headLine(connection, line);
                  return k.inHead && connection.http2.isEmpty();
                }

                @Override
                public void noStatusLine() throws HttpFailure {
                  responseHead.noStatus(connection);
                }
              });
      if (k.done) {
        return;
      }
      if (connection.http2.isPresent()) {
        feedHttp2(connection, Arrays.copyOfRange(bytes, used, bytes.length), eos);
        return;
      }
      if (!k.inHead && k.headerLine == 0 && !k.parser.pending().isEmpty() && !k.noBody) {
        byte[] start = ByteText.bytes(k.parser.pending());
        k.chain.write(start, 0, start.length, false);
      }
    }
    if (!k.inHead && (bytes.length > used || eos)) {
      k.chain.write(bytes, used, bytes.length - used, eos);
    }
    if (eos) {
      k.downloadDone = true;
    }
  }

  /** The request's head as HTTP/2 has it (RFC 9113, section 8.3.1), in curl's order. */
  List<HttpHeader> http2Fields(String head) {
    List<HttpHeader> fields = new ArrayList<>();
    String[] lines = head.split("\r\n");
    String[] request = lines[0].split(" ", 3);
    String authority = "";
    for (String line : lines) {
      if (startsWithIgnoreCase(line, "Host:")) {
        authority = headerValue(line);
      }
    }
    fields.add(new HttpHeader(":method", request[0]));
    fields.add(new HttpHeader(":scheme", origin.scheme));
    fields.add(new HttpHeader(":authority", authority));
    fields.add(new HttpHeader(":path", request[1]));
    for (String line : lines) {
      int colon = line.indexOf(':');
      String name = colon < 0 ? "" : ByteText.lower(line.substring(0, colon));
      switch (name) {
        case "",
            "host",
            "connection",
            "upgrade",
            "keep-alive",
            "proxy-connection",
            "transfer-encoding" -> {
          // Not in HTTP/2 (section 8.2.2).
        }
        case "te" -> {
          if (headerSays(line, "TE:", "trailers")) {
            fields.add(new HttpHeader(name, "trailers"));
          }
        }
        default -> fields.add(new HttpHeader(name, headerValue(line)));
      }
    }
    return fields;
  }

  private void feedHttp2(Connection connection, byte[] bytes, boolean eos) throws HttpFailure {
    Http2 protocol = connection.http2.orElseThrow();
    ByteArrayOutputStream answer = new ByteArrayOutputStream();
    try {
      protocol.feed(bytes, new Http2Reader(connection), answer);
    } catch (HttpFailure e) {
      connection.close = true;
      throw e;
    } finally {
      if (answer.size() > 0) {
        try {
          connection.write(answer.toByteArray(), 0, answer.size());
        } catch (IOException e) {
          // What the server said first counts; if it is gone, reading tells.
          connection.close = true;
        }
      }
    }
    if (!protocol.usable() && k.downloadDone) {
      connection.close = true;
    }
    if (eos && !k.downloadDone) {
      throw new HttpFailure(
          CurlCode.HTTP2,
          "HTTP/2 stream "
              + protocol.stream()
              + " was not closed cleanly before end of the underlying connection");
    }
  }

  /** Gives what comes in frames to what reads heads and bodies. */
  private final class Http2Reader implements Http2.Sink {
    private final Connection connection;

    Http2Reader(Connection connection) {
      this.connection = connection;
    }

    @Override
    public void head(int status, List<HttpHeader> fields) throws HttpFailure {
      responseHead.headLine(connection, "HTTP/2 " + status + " \r\n");
      for (HttpHeader field : fields) {
        responseHead.headLine(connection, field.name() + ": " + field.value() + "\r\n");
      }
      responseHead.headLine(connection, "\r\n");
    }

    @Override
    public void trailers(List<HttpHeader> fields) throws HttpFailure {
      for (HttpHeader field : fields) {
        String line = field.name() + ": " + field.value() + "\r\n";
        debug(Kind.HEADER_IN, line);
        sink.header(line, k.code);
      }
    }

    @Override
    public void data(byte[] bytes, int offset, int length) throws HttpFailure {
      if (!k.done) {
        k.chain.write(bytes, offset, length, false);
      }
    }

    @Override
    public void end() throws HttpFailure {
      if (!k.done) {
        k.chain.write(new byte[0], 0, 0, true);
      }
      k.downloadDone = true;
    }
  }

  // ---- going on to another URL --------------------------------------------------------------

  private void follow(String newUrl, FollowType wanted) throws HttpFailure {
    FollowType type = wanted;
    boolean maximum = false;
    if (type != FollowType.FAKE) {
      requests++;
    }
    if (type == FollowType.REDIRECT) {
      if (config.maxRedirects != -1 && followed >= config.maxRedirects) {
        maximum = true;
        type = FollowType.FAKE;
      } else {
        followed++;
        if (config.autoReferer) {
          try {
            referer =
                Optional.of(
                    HttpUrl.parse(url, Flag.ANY_SCHEME)
                        .withoutFragment()
                        .withUser(Optional.empty(), Optional.empty())
                        .text());
          } catch (BadUrl e) {
            throw new HttpFailure(CurlCode.OUT_OF_MEMORY);
          }
        }
      }
    }
    Set<Flag> flags = EnumSet.of(Flag.ALLOW_SPACE);
    switch (type) {
      case FAKE -> flags = EnumSet.of(Flag.ANY_SCHEME);
      case REDIRECT -> flags.add(Flag.ENCODE);
      case RETRY -> {
        // The same again.
      }
    }
    if (type != FollowType.FAKE && config.pathAsIs) {
      flags.add(Flag.PATH_AS_IS);
    }
    String target = newUrl;
    try {
      HttpUrl next = uh.resolve(newUrl, flags);
      target = next.text();
      if (type != FollowType.FAKE && !next.sameOrigin(uh)) {
        authentication.digest.forget();
      }
    } catch (BadUrl e) {
      if (type != FollowType.FAKE) {
        throw new HttpFailure(
            e.problem().code(),
            "The redirect target URL could not be parsed: " + e.problem().words());
      }
    }
    if (type == FollowType.FAKE) {
      info.redirectUrl = target;
      if (maximum) {
        throw new HttpFailure(
            CurlCode.TOO_MANY_REDIRECTS,
            "Maximum (" + config.maxRedirects + ") redirects followed");
      }
      return;
    }
    url = target;
    info("Issue another request to this URL: '" + url + "'");
    int code = k.code;
    if (type == FollowType.REDIRECT || type == FollowType.RETRY) {
      boolean post = req == Req.POST || req == Req.MIME;
      if ((code == 301 && post && !config.post301)
          || (code == 302 && post && !config.post302)
          || (code == 303 && !(post && config.post303))) {
        switchToGet(code);
      }
    }
    info.timeRedirect = micros();
    info.sizeDownload = 0;
    info.sizeDelivered = 0;
    info.sizeUpload = 0;
  }

  private void switchToGet(int code) {
    boolean custom = config.customRequest != null;
    if ((custom || req != Req.GET) && config.follow == Follow.OBEY_CODE) {
      info("Switch to GET because of " + code + " response");
      ignoreCustom = true;
    } else if (custom) {
      info("Stick to " + config.customRequest + " instead of GET");
    }
    if (req != Req.HEAD) {
      req = Req.GET;
    }
    uploading = false;
    upload = new Upload.None();
    uploadUsed = false;
  }

  // ---- the value ----------------------------------------------------------------------------

  private static List<HttpHeader> fields(String head) {
    List<HttpHeader> fields = new ArrayList<>();
    String[] lines = head.split("\r?\n");
    for (int i = 1; i < lines.length; i++) {
      int colon = lines[i].indexOf(':');
      if (colon > 0) {
        fields.add(
            new HttpHeader(
                ByteText.toText(lines[i].substring(0, colon)),
                ByteText.toText(ByteText.trimBlanks(lines[i].substring(colon + 1)))));
      }
    }
    return fields;
  }

  private static String version(int number) {
    return switch (number) {
      case 10 -> "HTTP/1.0";
      case 11 -> "HTTP/1.1";
      case 20 -> "HTTP/2";
      default -> "HTTP/0.9";
    };
  }

  private static Duration micros(long at, long start) {
    return at <= start ? Duration.ZERO : Duration.ofNanos((at - start) * 1000);
  }

  private void report() {
    if (k.head.isEmpty() || k.reported || session.environment.keep() == 0) {
      return;
    }
    k.reported = true;
    String responseHead = k.responseHead.toString();
    int last = responseHead.lastIndexOf("\nHTTP/");
    String finalHead = last < 0 ? responseHead : responseHead.substring(last + 1);
    Optional<HttpResponse> response =
        responseHead.isEmpty() && k.delivered == 0
            ? Optional.empty()
            : Optional.of(
                new HttpResponse(
                    k.code,
                    ByteText.toText(k.reason),
                    version(k.httpVersion),
                    fields(finalHead),
                    Bytes.of(ByteText.bytes(responseHead)),
                    Bytes.of(k.kept.toByteArray()),
                    k.delivered));
    session.add(
        new HttpExchange(
            ByteText.toText(uh.text()),
            current.map(c -> c.channel).orElse(0),
            current.map(c -> c.reused).orElse(false),
            new HttpRequest(
                k.method,
                ByteText.toText(k.target),
                version(k.httpVersionSent),
                fields(k.head),
                Bytes.of(ByteText.bytes(k.head)),
                Bytes.of(k.keptUpload.toByteArray()),
                k.sentBody),
            response,
            new HttpTiming(
                micros(k.lookupAt, k.startedAt),
                micros(k.connectAt, k.startedAt),
                micros(k.tlsAt, k.startedAt),
                micros(k.sentAt, k.startedAt),
                micros(k.firstByteAt, k.startedAt),
                micros(micros(), k.startedAt))));
  }
}
