package wirebook.engine.http.client;

import static wirebook.engine.http.ByteText.startsWithIgnoreCase;

import java.security.SecureRandom;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import wirebook.engine.http.AwsSigV4;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.CurlCode;
import wirebook.engine.http.DigestAuth;
import wirebook.engine.http.HttpFailure;
import wirebook.engine.http.client.CallOptions.Fail;

/**
 * Who a transfer says it is, to the server and to a proxy: credentials against challenges, over as
 * many rounds as it takes (RFC 9110, section 11).
 */
final class Authentication {
  static final SecureRandom RANDOM = new SecureRandom();
  private static final DateTimeFormatter AWS_STAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  static final class Auth {
    int want;
    int picked;
    int available;
    boolean done;
    boolean multipass;
  }

  final Auth hostAuth = new Auth();
  final Auth proxyAuth = new Auth();
  boolean authProblem;
  final DigestAuth digest = new DigestAuth(Authentication::nonce);
  private final DigestAuth proxyDigest = new DigestAuth(Authentication::nonce);
  private final CallState t;

  Authentication(CallState state) {
    t = state;
  }

  private static byte[] nonce() {
    byte[] bytes = new byte[12];
    RANDOM.nextBytes(bytes);
    return bytes;
  }

  private static String basic(String user, String password) {
    return Base64.getEncoder().encodeToString(ByteText.bytes(user + ":" + password));
  }

  /** The authentication headers of a request, each with its line end. */
  String authorize(
      String method, RequestKind kind, String pathAndQuery, boolean isConnect, Route route)
      throws HttpFailure {
    Optional<Route.Credentials> proxyLogin = route.proxy().flatMap(Route.Proxy::credentials);
    if (proxyLogin.isEmpty() && t.creds.isEmpty()) {
      hostAuth.done = true;
      proxyAuth.done = true;
      return "";
    }
    if (hostAuth.picked == 0) {
      hostAuth.picked = hostAuth.want;
    }
    if (proxyAuth.picked == 0) {
      proxyAuth.picked = proxyAuth.want;
    }
    String out = "";
    if (route.forwarded() || isConnect) {
      out += proxyAuthorization(proxyLogin, method, pathAndQuery);
    } else {
      proxyAuth.done = true;
    }
    if (isConnect) {
      return out;
    }
    if (t.creds.isPresent() || t.authAllowed()) {
      out += hostAuthorization(method, pathAndQuery);
    } else {
      hostAuth.done = true;
    }
    t.k.negotiating =
        ((hostAuth.multipass && !hostAuth.done) || (proxyAuth.multipass && !proxyAuth.done))
            && kind != RequestKind.GET
            && kind != RequestKind.HEAD;
    return out;
  }

  private String proxyAuthorization(
      Optional<Route.Credentials> login, String method, String pathAndQuery) {
    String out = "";
    String used = "";
    if (proxyAuth.picked == CallOptions.AUTH_DIGEST) {
      used = "Digest";
      if (login.isPresent() && proxyDigest.hasChallenge()) {
        out =
            "Proxy-Authorization: "
                + proxyDigest.answer(
                    login.get().user(), login.get().password(), method, pathAndQuery)
                + "\r\n";
        proxyAuth.done = true;
      } else {
        proxyAuth.done = false;
      }
    } else if (proxyAuth.picked == CallOptions.AUTH_BASIC) {
      if (login.isPresent()
          && !(login.get().user().isEmpty() && login.get().password().isEmpty())
          && CallState.find(t.config.proxyHeaders, "Proxy-authorization").isEmpty()) {
        used = "Basic";
        out =
            "Proxy-Authorization: Basic "
                + basic(login.get().user(), login.get().password())
                + "\r\n";
      }
      proxyAuth.done = true;
    }
    if (used.isEmpty()) {
      proxyAuth.multipass = false;
    } else {
      t.info(
          "Proxy auth using "
              + used
              + " with user '"
              + login.map(Route.Credentials::user).orElse("")
              + "'");
      proxyAuth.multipass = !proxyAuth.done;
    }
    return out;
  }

  private String hostAuthorization(String method, String pathAndQuery) throws HttpFailure {
    String out = "";
    String used = "";
    boolean custom = t.header("Authorization").isPresent();
    Creds c = t.creds.orElse(new Creds("", "", "", Creds.Source.OPTION));
    switch (hostAuth.picked) {
      case CallOptions.AUTH_AWS -> {
        used = "AWS_SIGV4";
        out = custom ? "" : aws(method, c);
        hostAuth.done = true;
      }
      case CallOptions.AUTH_DIGEST -> {
        used = "Digest";
        if (digest.hasChallenge()) {
          out =
              "Authorization: "
                  + digest.answer(c.user(), c.password(), method, pathAndQuery)
                  + "\r\n";
          hostAuth.done = true;
        } else {
          hostAuth.done = false;
        }
      }
      case CallOptions.AUTH_BASIC -> {
        if (t.creds.isPresent() && c.hasUserOrPassword() && !custom) {
          used = "Basic";
          out = "Authorization: Basic " + basic(c.user(), c.password()) + "\r\n";
        }
        hostAuth.done = true;
      }
      case CallOptions.AUTH_BEARER -> {
        if (!c.bearer().isEmpty() && !custom) {
          used = "Bearer";
          out = "Authorization: Bearer " + c.bearer() + "\r\n";
        }
        hostAuth.done = true;
      }
      default -> {
        // Several are wanted: the server's challenge decides.
      }
    }
    if (used.isEmpty()) {
      hostAuth.multipass = false;
    } else {
      t.info("Server auth using " + used + " with user '" + c.user() + "'");
      hostAuth.multipass = !hostAuth.done;
    }
    return out;
  }

  private String aws(String method, Creds c) throws HttpFailure {
    if (t.config.pathAsIs) {
      throw new HttpFailure(
          CurlCode.BAD_FUNCTION_ARGUMENT, "Cannot use sigv4 authentication with path-as-is flag");
    }
    return AwsSigV4.sign(
        new AwsSigV4.Request(
            CallOptions.orEmpty(t.config.awsSigV4),
            c.user(),
            c.password(),
            method,
            t.origin.host(),
            t.uh.requestPath(),
            t.uh.query().orElse(""),
            Optional.of(t.k.hostLine).filter(line -> !line.isEmpty()),
            t.config.headers,
            t.upload instanceof Upload.Text t ? Optional.of(t.data()) : Optional.empty(),
            t.req == RequestKind.GET || t.req == RequestKind.HEAD || t.upload.length() == 0,
            AWS_STAMP.format(t.session.network.clock().instant())));
  }

  private static boolean authIs(String name, String text) {
    return startsWithIgnoreCase(text, name)
        && (text.length() == name.length() || !ByteText.isAlnum(text.charAt(name.length())));
  }

  /** Takes the value of an {@code Authenticate} header, which may have several challenges. */
  void inputAuth(boolean proxy, String value) {
    Auth auth = proxy ? proxyAuth : hostAuth;
    String text = value;
    while (!text.isEmpty()) {
      if (authIs("Digest", text)) {
        if ((auth.available & CallOptions.AUTH_DIGEST) != 0) {
          t.info("Ignoring duplicate digest auth header.");
        } else {
          auth.available |= CallOptions.AUTH_DIGEST;
          if (!(proxy ? proxyDigest : digest).challenge(text)) {
            t.info("Digest authentication problem, ignoring.");
            authProblem = true;
          }
        }
      }
      for (String name : List.of("Basic", "Bearer")) {
        if (authIs(name, text)) {
          int bit = name.equals("Basic") ? CallOptions.AUTH_BASIC : CallOptions.AUTH_BEARER;
          auth.available |= bit;
          if (auth.picked == bit) {
            auth.available = 0;
            t.info(name + " authentication problem, ignoring.");
            authProblem = true;
          }
        }
      }
      int comma = text.indexOf(',');
      text = comma < 0 ? "" : text.substring(ByteText.skipBlanks(text, comma + 1));
    }
  }

  private boolean pick(Auth auth, boolean bearer, boolean userOrPassword) {
    int available = auth.available & auth.want;
    auth.available = 0;
    if ((available & CallOptions.AUTH_BEARER) != 0 && bearer) {
      auth.picked = CallOptions.AUTH_BEARER;
    } else if ((available & CallOptions.AUTH_DIGEST) != 0 && userOrPassword) {
      auth.picked = CallOptions.AUTH_DIGEST;
    } else if ((available & CallOptions.AUTH_BASIC) != 0 && userOrPassword) {
      auth.picked = CallOptions.AUTH_BASIC;
    } else {
      auth.picked = 1 << 30;
      return false;
    }
    return true;
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
    return authProblem;
  }

  HttpFailure returnedError(int code) {
    return new HttpFailure(
        CurlCode.HTTP_RETURNED_ERROR, "The requested URL returned error: " + code);
  }

  void actOnAuth(Connection connection) throws HttpFailure {
    if (t.k.code >= 100 && t.k.code <= 199) {
      return;
    }
    if (authProblem) {
      if (t.config.fail == Fail.WITHOUT_BODY) {
        throw new HttpFailure(CurlCode.HTTP_RETURNED_ERROR);
      }
      return;
    }
    boolean pickHost = false;
    boolean pickProxy = false;
    Optional<Route.Credentials> proxyLogin =
        connection.route.proxy().flatMap(Route.Proxy::credentials);
    boolean negotiated = t.k.negotiating && t.k.code < 300;
    if (t.creds.isPresent() && (t.k.code == 401 || negotiated)) {
      pickHost =
          pick(hostAuth, !t.creds.get().bearer().isEmpty(), t.creds.get().hasUserOrPassword());
      authProblem |= !pickHost;
    }
    if (proxyLogin.isPresent() && (t.k.code == 407 || negotiated)) {
      pickProxy = pick(proxyAuth, false, true);
      authProblem |= !pickProxy;
    }
    if (pickHost || pickProxy) {
      perhapsRewind(connection);
      t.k.newUrl = Optional.of(t.url);
    } else if (t.k.code < 300 && !hostAuth.done && t.k.negotiating) {
      if (t.req != RequestKind.GET && t.req != RequestKind.HEAD) {
        t.k.newUrl = Optional.of(t.url);
        hostAuth.done = true;
      }
    }
    if (shouldFail(t.k.code)) {
      throw returnedError(t.k.code);
    }
  }

  void perhapsRewind(Connection connection) {
    long remain = t.k.uploadLength >= 0 ? t.k.uploadLength - t.k.sentBody : -1;
    boolean little = remain >= 0 && remain < 2000;
    boolean abort = !t.k.uploadDone && !little;
    if (t.uploadUsed) {
      t.info("Need to rewind upload for next request");
      t.k.willRewind = true;
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
      t.k.size = 0;
      t.k.bodyless = true;
    }
  }
}
