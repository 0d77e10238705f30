package wirebook.engine.http.client;

import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import wirebook.engine.http.AwsSigV4;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.CurlCode;
import wirebook.engine.http.HttpFailure;
import wirebook.engine.http.client.CallOptions.Fail;

/** What a challenge means for a call: another round, another body, or its end. */
final class AuthRounds {
  private static final DateTimeFormatter AWS_STAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  private final CallState t;
  private final Authentication authentication;

  AuthRounds(CallState state, Authentication authentication) {
    t = state;
    this.authentication = authentication;
  }

  /** Takes the value of an {@code Authenticate} header. */
  void challenge(boolean proxy, String value) {
    authentication.challenge(proxy, value);
  }

  /**
   * What the request of now has to say.
   *
   * @param connect whether it is only to the proxy
   */
  Authentication.Said authorize(
      String method, RequestKind kind, String pathAndQuery, Route route, boolean connect)
      throws HttpFailure {
    return authentication.authorize(
        new Authentication.Asking(
            method, kind, pathAndQuery, t.creds, t.authAllowed(), route, connect),
        creds -> aws(method, creds));
  }

  private String aws(String method, Creds c) throws HttpFailure {
    if (t.config.pathAsIs) {
      throw new HttpFailure(
          CurlCode.BAD_FUNCTION_ARGUMENT, "Cannot use sigv4 authentication with path-as-is flag");
    }
    return AwsSigV4.sign(
        new AwsSigV4.Request(
            ByteText.orEmpty(t.config.awsSigV4),
            c.user(),
            c.password(),
            method,
            t.origin.host(),
            t.target.requestPath(),
            t.target.query().orElse(""),
            Optional.of(t.exchange.hostLine).filter(line -> !line.isEmpty()),
            t.config.headers,
            t.upload instanceof Upload.Text t ? Optional.of(t.data()) : Optional.empty(),
            t.req == RequestKind.GET || t.req == RequestKind.HEAD || t.upload.length() == 0,
            AWS_STAMP.format(t.client.network.clock().instant())));
  }

  boolean shouldFail(int code) {
    if (t.config.fail != Fail.WITHOUT_BODY || code < 400) {
      return false;
    }
    if (t.resumeFrom != 0 && t.req == RequestKind.GET && code == 416) {
      return false;
    }
    if (code != 401 && code != 407) {
      return true;
    }
    if (code == 401 && t.creds.isEmpty()) {
      return true;
    }
    if (code == 407
        && t.current.flatMap(c -> c.route.proxy()).flatMap(Route.Proxy::credentials).isEmpty()) {
      return true;
    }
    return authentication.problem();
  }

  HttpFailure returnedError(int code) {
    return new HttpFailure(
        CurlCode.HTTP_RETURNED_ERROR, "The requested URL returned error: " + code);
  }

  void act(Connection connection) throws HttpFailure {
    if (t.exchange.code >= 100 && t.exchange.code <= 199) {
      return;
    }
    if (authentication.problem()) {
      if (t.config.fail == Fail.WITHOUT_BODY) {
        throw new HttpFailure(CurlCode.HTTP_RETURNED_ERROR);
      }
      return;
    }
    Optional<Route.Credentials> proxyLogin =
        connection.route.proxy().flatMap(Route.Proxy::credentials);
    boolean another = false;
    if (authentication.again(t.exchange.code, t.exchange.negotiating, t.creds, proxyLogin)) {
      perhapsRewind(connection);
      another = true;
    } else if (t.exchange.code < 300
        && t.exchange.negotiating
        && t.req != RequestKind.GET
        && t.req != RequestKind.HEAD) {
      another = authentication.settleHost();
    }
    if (another) {
      t.exchange.newUrl = Optional.of(t.url);
    }
    if (shouldFail(t.exchange.code)) {
      throw returnedError(t.exchange.code);
    }
  }

  void perhapsRewind(Connection connection) {
    long remain = t.exchange.uploadLength >= 0 ? t.exchange.uploadLength - t.exchange.sentBody : -1;
    boolean little = remain >= 0 && remain < 2000;
    boolean abort = !t.exchange.uploadDone && !little;
    if (t.uploadUsed) {
      t.info("Need to rewind upload for next request");
      t.exchange.willRewind = true;
    }
    if (connection.close) {
      return;
    }
    if (abort) {
      t.info(
          remain >= 0
              ? "close instead of sending " + remain + " more bytes"
              : "close instead of sending unknown amount of more bytes");
      connection.close = true;
      t.exchange.size = 0;
      t.exchange.bodyless = true;
    }
  }
}
