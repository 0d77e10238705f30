package wirebook.engine.http.client;

import java.io.IOException;
import java.io.InputStream;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import wirebook.codec.Quietly;
import wirebook.engine.http.ContentDecoder;
import wirebook.engine.http.CurlCode;
import wirebook.engine.http.HttpFailure;
import wirebook.engine.http.HttpUrl;
import wirebook.engine.http.HttpUrl.BadUrl;
import wirebook.engine.http.HttpUrl.Flag;

/**
 * One URL from its request to the end of its body, with its redirects, its authentication rounds
 * and its connections: what libcurl calls an easy handle. Used by one thread.
 */
public final class HttpCall {
  private static final int MAX_HOST = 0xffff;
  private static final int MAX_REQUEST = 1024 * 1024;
  private static final int MAX_RETRIES = 5;

  private final CallState t;
  private final Authentication authentication;
  private final AuthRounds rounds;
  private final RequestHead requestHead;
  private final ResponseHead responseHead;
  private final Connector connector;
  private final Dialer dialer;
  private final Redirects redirects;
  private int retryCount;

  /**
   * @param options are not changed
   * @param info is told what {@code -w} can print
   */
  public HttpCall(
      HttpClient client, CallOptions options, CallRequest request, Sink sink, TransferInfo info) {
    t = new CallState(client, options, request, sink, info);
    HeaderLimits limits = new HeaderLimits(t.info);
    authentication = new Authentication(options, t::info);
    rounds = new AuthRounds(t, authentication);
    requestHead = new RequestHead(t);
    responseHead = new ResponseHead(t, rounds, new BodyChain(t), limits);
    connector =
        new Connector(t.client.network, t.client.recorder, t.client.resolved, t.config, t::info);
    dialer = new Dialer(t, new Tunnel(t, authentication, rounds, limits), connector);
    redirects = new Redirects(t);
  }

  // ---- the whole ----------------------------------------------------------------------------

  /** A line for the log of this call. */
  public void info(String line) {
    t.info(line);
  }

  /** Does it all; the failure is what curl would exit with. */
  public void perform() throws HttpFailure, InterruptedException {
    try {
      prepare();
      loop();
    } catch (HttpFailure e) {
      t.tell(e);
      t.exchange.stream.ifPresent(Http2Connection.Exchange::leave);
      t.current.ifPresent(
          c -> {
            t.info("closing connection #" + c.id);
            t.client.pool.drop(c);
          });
      t.current = Optional.empty();
      report();
      throw e;
    } catch (InterruptedException e) {
      t.current.ifPresent(t.client.pool::drop);
      throw e;
    } finally {
      t.exchange.decoders.forEach(ContentDecoder::close);
      t.info.timeTotal = t.micros();
      t.info.effectiveUrl = t.url;
      t.info.redirects = redirects.followed;
      t.info.referer = t.referer.orElse(null);
    }
  }

  private void prepare() throws HttpFailure {
    t.info.scheme = null;
    if (t.config.resumeFrom != 0 && t.req == RequestKind.POST) {
      throw new HttpFailure(
          CurlCode.BAD_FUNCTION_ARGUMENT, "cannot mix POSTFIELDS with RESUME_FROM");
    }
    t.referer = Optional.ofNullable(t.config.referer);
    t.resumeFrom = t.config.resumeFrom;
    connector.loadResolve();
  }

  private void loop() throws HttpFailure, InterruptedException {
    while (true) {
      setOriginAndCredentials();
      t.exchange = new ExchangeState();
      t.exchange.start = t.client.network.clock().instant();
      t.exchange.startedAt = t.micros();
      setRange();
      Connection connection = dialer.attach();
      t.exchange.noBody = t.req == RequestKind.HEAD;
      Optional<HttpFailure> failure = Optional.empty();
      try {
        exchange(connection);
      } catch (HttpFailure e) {
        t.tell(e);
        failure = Optional.of(e);
      }
      boolean broken =
          failure.isPresent()
              && (failure.get().code() == CurlCode.RECV_ERROR
                  || failure.get().code() == CurlCode.SEND_ERROR);
      if ((failure.isEmpty() || broken)
          && t.exchange.reused
          && t.exchange.byteCount + t.exchange.headerBytes == 0) {
        if (retryCount++ >= MAX_RETRIES) {
          throw new HttpFailure(
              CurlCode.SEND_ERROR,
              "Connection died, tried " + MAX_RETRIES + " times before giving up");
        }
        t.info("Connection died, retrying a fresh connect (retry count: " + retryCount + ")");
        connection.close = true;
        finish(connection);
        redirects.follow(t.url, Redirects.FollowType.RETRY);
        continue;
      }
      responseHead.flush();
      if (failure.isPresent()) {
        throw failure.get();
      }
      report();
      Optional<String> next = t.exchange.newUrl;
      if (next.isPresent()) {
        finish(connection);
        if (redirects.follow(next.get(), Redirects.FollowType.REDIRECT)) {
          authentication.forgetServer();
        }
        continue;
      }
      if (t.exchange.location.isPresent()) {
        redirects.follow(t.exchange.location.get(), Redirects.FollowType.FAKE);
      }
      if (t.exchange.byteCount + t.exchange.headerBytes - t.exchange.deductHeaders <= 0) {
        HttpFailure nothing = new HttpFailure(CurlCode.GOT_NOTHING, "Empty reply from server");
        t.tell(nothing);
        connection.close = true;
        finish(connection);
        throw nothing;
      }
      finish(connection);
      return;
    }
  }

  private void finish(Connection connection) {
    t.exchange.decoders.forEach(ContentDecoder::close);
    t.exchange.stream.ifPresent(Http2Connection.Exchange::leave);
    authentication.requestDone();
    if (connection.close) {
      t.info("shutting down connection #" + connection.id);
      t.client.pool.drop(connection);
    } else {
      Route r = connection.route;
      t.client.pool.giveBack(connection);
      String shown =
          r.forwarded() ? r.first().host() + ":" + r.first().port() : r.host() + ":" + r.port();
      t.info("Connection #" + connection.id + " to host " + shown + " left intact");
    }
    t.current = Optional.empty();
  }

  private void report() {
    if (!t.exchange.head.isEmpty() && !t.exchange.reported && t.client.keep > 0) {
      t.exchange.reported = true;
      t.client.add(ExchangeReport.of(t));
    }
  }

  // ---- URL, credentials, proxies ------------------------------------------------------------

  private void setOriginAndCredentials() throws HttpFailure {
    if (t.config.protoDefault != null && HttpUrl.schemeLength(t.url, true) == 0) {
      t.url = t.config.protoDefault + "://" + t.url;
    }
    Set<Flag> flags = EnumSet.of(Flag.GUESS_SCHEME, Flag.ANY_SCHEME);
    if (t.config.noUserInUrl) {
      flags.add(Flag.NO_USER);
    }
    if (t.config.pathAsIs) {
      flags.add(Flag.PATH_AS_IS);
    }
    try {
      t.target = HttpUrl.parse(t.url, flags);
    } catch (BadUrl e) {
      throw e.rejected();
    }
    t.url = t.target.text(false, true);
    String scheme = t.target.scheme();
    t.info.scheme = scheme;
    if (!HttpUrl.knows(scheme)) {
      throw t.unsupported(scheme, "not supported");
    }
    String host = t.target.asciiHost();
    if (host.length() > MAX_HOST) {
      throw new HttpFailure(
          CurlCode.URL_MALFORMAT, "Too long hostname (maximum is " + MAX_HOST + ")");
    }
    t.origin = new CallState.Origin(scheme, host, t.target.effectivePort());
    if (scheme.equals("http") && t.config.strictTransport && t.client.hsts.applies(host)) {
      t.target = t.target.secured();
      t.url = t.target.text();
      t.origin = new CallState.Origin("https", host, t.target.effectivePort());
      t.info("Switched from HTTP to HTTPS due to HSTS => " + t.url);
    }
    checkScheme(t.origin.scheme());
    if (t.initialOrigin.isEmpty()) {
      t.initialOrigin = Optional.of(t.origin);
    }
    CredentialFinder.Found found =
        CredentialFinder.find(
            t.config, t.client.surroundings, t.target, t.origin.host(), t.authAllowed(), t::info);
    t.creds = found.creds();
    t.target = found.url();
  }

  private void checkScheme(String scheme) throws HttpFailure {
    List<String> allowed = t.config.protocols == null ? CallOptions.PROTOCOLS : t.config.protocols;
    if (t.isFollow) {
      List<String> redirects =
          t.config.redirectProtocols == null
              ? List.of("http", "https")
              : t.config.redirectProtocols;
      if (!redirects.contains(scheme) || !allowed.contains(scheme)) {
        throw t.unsupported(scheme, "is disabled");
      }
    } else if (scheme.equals("ftp")
        && t.config.protocols == null
        && t.route().proxy().isPresent()) {
      // The proxy speaks it, or is asked for a way there; what is behind a tunnel is refused then.
      return;
    }
    if (!CallOptions.PROTOCOLS.contains(scheme)) {
      throw t.unsupported(scheme, "not supported");
    }
    if (!allowed.contains(scheme)) {
      throw t.unsupported(scheme, "is disabled");
    }
  }

  private void setRange() {
    t.range = Optional.ofNullable(t.resumeFrom != 0 ? t.resumeFrom + "-" : t.config.range);
  }

  // ---- the request --------------------------------------------------------------------------

  private void exchange(Connection connection) throws HttpFailure, InterruptedException {
    if (!t.exchange.reused) {
      t.info(connection.http2.isPresent() ? "using HTTP/2" : "using HTTP/1.x");
    }
    t.client.cookies.newResponse();
    String method = requestHead.method();
    t.info.method = method;
    t.exchange.method = method;
    RequestKind kind = t.kind();
    requestHead.setHost();
    String pathAndQuery =
        t.target.requestPath()
            + t.target.query().filter(q -> !q.isEmpty()).map(q -> "?" + q).orElse("");
    Authentication.Said auth =
        rounds.authorize(method, kind, pathAndQuery, connection.route, false);
    t.exchange.negotiating = auth.onlyToHear();
    Upload body = body(kind);
    long skip = 0;
    if ((kind == RequestKind.POST || kind == RequestKind.PUT) && t.resumeFrom != 0) {
      t.resumeFrom = Math.max(0, t.resumeFrom);
      if (t.resumeFrom > 0 && !t.exchange.negotiating) {
        skip = t.resumeFrom;
        if (body.length() > 0 && body.length() - skip <= 0) {
          throw new HttpFailure(CurlCode.PARTIAL_FILE, "File already completely uploaded");
        }
      }
    }
    long length = body.length() < 0 ? -1 : body.length() - skip;
    if (t.config.crlf && length > 0) {
      length = -1;
    }
    t.exchange.uploadLength = length;
    boolean version11 = requestHead.mayUse11(connection);
    t.exchange.httpVersionSent = connection.http2.isPresent() ? 20 : version11 ? 11 : 10;
    String head = requestHead.head(connection, method, kind, auth.lines(), length, version11);
    if (head.length() > MAX_REQUEST) {
      throw new HttpFailure(CurlCode.TOO_LARGE, "HTTP request too large");
    }
    t.exchange.head = head;
    t.exchange.target = requestHead.target(connection);
    send(connection, head, body, skip, length);
  }

  private Upload body(RequestKind kind) {
    if (t.exchange.negotiating) {
      return new Upload.None();
    }
    return switch (kind) {
      case GET, HEAD -> new Upload.None();
      case POST, MIME, PUT -> t.upload;
    };
  }

  // ---- sending and receiving ----------------------------------------------------------------

  private void send(Connection connection, String head, Upload body, long skip, long length)
      throws HttpFailure, InterruptedException {
    InputStream in = InputStream.nullInputStream();
    boolean sending = length != 0 || t.exchange.chunkedUpload;
    try {
      if (sending && !(body instanceof Upload.None)) {
        if (t.uploadUsed && body instanceof Upload.Stream) {
          throw new HttpFailure(
              CurlCode.SEND_FAIL_REWIND, "necessary data rewind was not possible");
        }
        in = body.open();
        t.uploadUsed = true;
        long left = skip;
        while (left > 0) {
          long n = in.skip(left);
          if (n <= 0) {
            throw new HttpFailure(
                CurlCode.READ_ERROR, "Could only read " + (skip - left) + " bytes from the input");
          }
          left -= n;
        }
        if (t.config.crlf) {
          in = new CrlfStream(in);
        }
        connection.unlimited();
      }
      Pump pump = new Pump(t, new ResponseReader(t, responseHead), connection, in, length);
      pump.run(head, sending);
    } catch (IOException e) {
      throw new HttpFailure(CurlCode.READ_ERROR);
    } finally {
      Quietly.close(in);
    }
  }
}
