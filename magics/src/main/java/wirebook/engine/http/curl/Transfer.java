package wirebook.engine.http.curl;

import static wirebook.engine.http.ByteText.startsWithIgnoreCase;

import java.io.IOException;
import java.io.InputStream;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import wirebook.engine.http.ContentDecoder;
import wirebook.engine.http.CurlCode;
import wirebook.engine.http.HttpFailure;
import wirebook.engine.http.HttpUrl;
import wirebook.engine.http.HttpUrl.BadUrl;
import wirebook.engine.http.HttpUrl.Flag;
import wirebook.engine.http.curl.TraceLog.Kind;
import wirebook.engine.http.curl.options.CurlConfig;
import wirebook.engine.http.curl.options.CurlEnvironment;
import wirebook.engine.http.curl.options.CurlVersion;

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

    /** Whether the body goes to a file, where who wants it finds it. */
    default boolean toFile() {
      return false;
    }

    /**
     * Called often while bytes move.
     *
     * @param download how many bytes are to come, -1 when nobody knows
     * @param upload how many bytes are to go, -1 when nobody knows
     */
    default void moving(long download, long upload) {}

    /** Where a cell sees how far a long transfer is; nowhere when that is not wanted. */
    default Optional<CurlEnvironment.BodyView> view() {
      return Optional.empty();
    }
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
  private static final int MAX_REQUEST = 1024 * 1024;
  private static final int MAX_RETRIES = 5;

  record Origin(String scheme, String host, int port) {}

  final Session session;
  final CurlConfig config;
  final Sink sink;
  final TransferInfo info;
  final int id;

  private final long startNanos;
  Upload upload;
  Req req;
  boolean uploading;
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
  Optional<Origin> initialOrigin = Optional.empty();
  Optional<CredentialFinder.Creds> creds = Optional.empty();
  int requests;
  private int retryCount;
  boolean isFollow;
  boolean ignoreCustom;
  boolean disableExpect;
  int receivedMinVersion;
  long resumeFrom;
  Optional<String> range = Optional.empty();
  boolean cookieEngine;
  Optional<Connection> current = Optional.empty();

  /** The number that a connection will have once it stands, -1 for none. */
  long dialing = -1;

  final BodyChain bodyChain = new BodyChain(this);
  final Tunnel tunnel = new Tunnel(this);
  final Authentication authentication = new Authentication(this);
  final RequestHead requestHead = new RequestHead(this);
  final ResponseHead responseHead = new ResponseHead(this);
  final ResponseReader responseReader = new ResponseReader(this);
  final Dialer dialer;
  final Redirects redirects = new Redirects(this);
  RequestState k = new RequestState(bodyChain.plain());
  boolean uploadUsed;
  long headerTotal;
  int headerCount;

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
    dialer = new Dialer(this);
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
      session.log.log(Kind.TEXT, id, current.map(c -> c.id).orElse(dialing), line + "\n");
    }
  }

  /** Says in the log what went wrong, when that has not been said. */
  void tell(HttpFailure failure) {
    failure.tell().ifPresent(this::info);
  }

  void debug(Kind kind, String data) {
    if (session.log.on()) {
      session.log.log(kind, id, current.map(c -> c.id).orElse(dialing), data);
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
      tell(e);
      k.stream.ifPresent(Http2Connection.Exchange::leave);
      current.ifPresent(
          c -> {
            info("closing connection #" + c.id);
            session.drop(c);
          });
      current = Optional.empty();
      new ExchangeReport(this).report();
      throw e;
    } catch (InterruptedException e) {
      current.ifPresent(session::drop);
      throw e;
    } finally {
      k.decoders.forEach(ContentDecoder::close);
      info.timeTotal = micros();
      info.effectiveUrl = url;
      info.redirects = redirects.followed;
      info.referer = redirects.referer.orElse(null);
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
    redirects.referer = Optional.ofNullable(config.referer);
    resumeFrom = config.resumeFrom;
    StateFiles files = new StateFiles(session, config, this);
    cookieEngine = files.loadCookies();
    dialer.connector.loadResolve();
    files.loadHsts();
  }

  private void loop() throws HttpFailure, InterruptedException {
    while (true) {
      setOriginAndCredentials();
      k = new RequestState(bodyChain.plain());
      k.start = session.environment.network().clock().instant();
      k.startedAt = micros();
      setRange();
      Connection connection = dialer.attach();
      k.noBody = req == Req.HEAD;
      Optional<HttpFailure> failure = Optional.empty();
      try {
        exchange(connection);
      } catch (HttpFailure e) {
        tell(e);
        failure = Optional.of(e);
      }
      boolean broken =
          failure.isPresent()
              && (failure.get().code() == CurlCode.RECV_ERROR
                  || failure.get().code() == CurlCode.SEND_ERROR);
      if ((failure.isEmpty() || broken) && k.reused && k.byteCount + k.headerBytes == 0) {
        if (retryCount++ >= MAX_RETRIES) {
          throw new HttpFailure(
              CurlCode.SEND_ERROR,
              "Connection died, tried " + MAX_RETRIES + " times before giving up");
        }
        info("Connection died, retrying a fresh connect (retry count: " + retryCount + ")");
        connection.close = true;
        finish(connection, false);
        redirects.follow(url, Redirects.FollowType.RETRY);
        continue;
      }
      if (failure.isPresent()) {
        flushHead();
        throw failure.get();
      }
      flushHead();
      new ExchangeReport(this).report();
      Optional<String> next = k.newUrl;
      if (next.isPresent()) {
        finish(connection, false);
        redirects.follow(next.get(), Redirects.FollowType.REDIRECT);
        continue;
      }
      if (k.location.isPresent()) {
        redirects.follow(k.location.get(), Redirects.FollowType.FAKE);
      }
      if (k.byteCount + k.headerBytes - k.deductHeaders <= 0) {
        HttpFailure nothing = new HttpFailure(CurlCode.GOT_NOTHING, "Empty reply from server");
        tell(nothing);
        connection.close = true;
        finish(connection, false);
        throw nothing;
      }
      finish(connection, false);
      return;
    }
  }

  private void finish(Connection connection, boolean premature) {
    k.decoders.forEach(ContentDecoder::close);
    k.stream.ifPresent(Http2Connection.Exchange::leave);
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

  /**
   * The last line of a head without an end may have waited for a line that it goes on in. One that
   * was cut off is no header: it is only traced.
   */
  private void flushHead() throws HttpFailure {
    String pending = k.parser.pending();
    if (k.inHead && !pending.isEmpty()) {
      debug(Kind.HEADER_IN, pending);
      if (pending.endsWith("\n")) {
        sink.header(pending, k.code);
        responseHead.bumpHeaders(pending.length(), false);
      }
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
    String host = uh.asciiHost();
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
    creds = new CredentialFinder(this).credentials();
  }

  HttpFailure unsupported(String scheme, String how) {
    return new HttpFailure(
        CurlCode.UNSUPPORTED_PROTOCOL,
        "Protocol \"" + scheme + "\" " + how + (isFollow ? " (in redirect)" : ""));
  }

  private void checkScheme(String scheme) throws HttpFailure {
    List<String> allowed = config.protocols == null ? CurlVersion.PROTOCOLS : config.protocols;
    if (isFollow) {
      List<String> redirects =
          config.redirectProtocols == null ? List.of("http", "https") : config.redirectProtocols;
      if (!redirects.contains(scheme) || !allowed.contains(scheme)) {
        throw unsupported(scheme, "is disabled");
      }
      return;
    }
    if (scheme.equals("ftp") && config.protocols == null && route().proxy().isPresent()) {
      // The proxy speaks it, or is asked for a way there; what is behind a tunnel is refused then.
      return;
    }
    if (!CurlVersion.PROTOCOLS.contains(scheme)) {
      throw unsupported(scheme, "not supported");
    }
    if (!allowed.contains(scheme)) {
      throw unsupported(scheme, "is disabled");
    }
  }

  boolean authAllowed() {
    return config.trusted || initialOrigin.map(origin::equals).orElse(true);
  }

  Route route() throws HttpFailure {
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

  Req kind() {
    if (origin.scheme.startsWith("ws")) {
      return Req.GET;
    }
    return uploading ? Req.PUT : req;
  }

  private void exchange(Connection connection) throws HttpFailure, InterruptedException {
    if (!k.reused) {
      info(connection.http2.isPresent() ? "using HTTP/2" : "using HTTP/1.x");
    }
    session.cookies.newResponse();
    authentication.authNegotiation = false;
    String method = requestHead.method();
    info.method = method;
    k.method = method;
    Req kind = kind();
    requestHead.setHost();
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
    boolean version11 = requestHead.mayUse11(connection);
    k.httpVersionSent = connection.http2.isPresent() ? 20 : version11 ? 11 : 10;
    String head = requestHead.head(connection, method, kind, auth, length, version11);
    if (head.length() > MAX_REQUEST) {
      throw new HttpFailure(CurlCode.TOO_LARGE, "HTTP request too large");
    }
    k.head = head;
    k.target = requestHead.target(connection);
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
}
