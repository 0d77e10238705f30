package wirebook.engine.http.client;

import static wirebook.engine.http.ByteText.startsWithIgnoreCase;

import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.DigestAuth;
import wirebook.engine.http.HttpFailure;

/**
 * Who a transfer says it is, to the server and to a proxy: credentials against challenges, over as
 * many rounds as it takes (RFC 9110, section 11).
 */
final class Authentication {
  static final SecureRandom RANDOM = new SecureRandom();

  /**
   * A request that is to say who it is from.
   *
   * @param pathAndQuery of the URL, or the authority that a proxy is asked for
   * @param trusted whether what the options say is meant for this host
   * @param connect whether it is only to the proxy
   */
  record Asking(
      String method,
      RequestKind kind,
      String pathAndQuery,
      Optional<Creds> creds,
      boolean trusted,
      Route route,
      boolean connect) {}

  /**
   * What a request says.
   *
   * @param lines header lines, each with its end
   * @param onlyToHear whether it is sent without its body, to hear a challenge
   */
  record Said(String lines, boolean onlyToHear) {}

  /** Signs a request as AWS has it. */
  interface Signer {
    String sign(Creds creds) throws HttpFailure;
  }

  private static final class Auth {
    final DigestAuth digest = new DigestAuth(Authentication::nonce);
    int want;
    int picked;
    int available;
    boolean done;
    boolean multipass;
  }

  private final Auth hostAuth = new Auth();
  private final Auth proxyAuth = new Auth();
  private boolean problem;
  private final CallOptions options;
  private final Consumer<String> log;

  /**
   * @param log gets the lines that {@code -v} shows
   */
  Authentication(CallOptions options, Consumer<String> log) {
    this.options = options;
    this.log = log;
    hostAuth.want = options.auth == 0 ? CallOptions.AUTH_BASIC : options.auth;
    proxyAuth.want =
        options.proxyAnyAuth
            ? CallOptions.AUTH_BASIC | CallOptions.AUTH_DIGEST
            : options.proxyDigest ? CallOptions.AUTH_DIGEST : CallOptions.AUTH_BASIC;
  }

  /** Whether what a server or a proxy asks for cannot be given. */
  boolean problem() {
    return problem;
  }

  /** A request is over; the next one begins its rounds anew. */
  void requestDone() {
    hostAuth.multipass = false;
    proxyAuth.multipass = false;
  }

  /** The proxy has let a request through. */
  void proxyDone() {
    proxyAuth.done = true;
    proxyAuth.multipass = false;
  }

  /** Whether a proxy has challenged and not been answered. */
  boolean proxyAsks() {
    return proxyAuth.available != 0;
  }

  /** What the server said before is no business of another one. */
  void forgetServer() {
    hostAuth.digest.forget();
  }

  private static byte[] nonce() {
    byte[] bytes = new byte[12];
    RANDOM.nextBytes(bytes);
    return bytes;
  }

  private static String basic(String user, String password) {
    return Base64.getEncoder().encodeToString(ByteText.bytes(user + ":" + password));
  }

  /** What a request has to say, as far as it is known yet what is asked for. */
  Said authorize(Asking asking, Signer signer) throws HttpFailure {
    Optional<Route.Credentials> proxyLogin =
        asking.route().proxy().flatMap(Route.Proxy::credentials);
    if (proxyLogin.isEmpty() && asking.creds().isEmpty()) {
      hostAuth.done = true;
      proxyAuth.done = true;
      return new Said("", false);
    }
    if (hostAuth.picked == 0) {
      hostAuth.picked = hostAuth.want;
    }
    if (proxyAuth.picked == 0) {
      proxyAuth.picked = proxyAuth.want;
    }
    String out = "";
    if (asking.route().forwarded() || asking.connect()) {
      Optional<Creds> login =
          proxyLogin.map(p -> new Creds(p.user(), p.password(), "", Creds.Source.OPTION));
      boolean custom = CallState.find(options.proxyHeaders, "Proxy-authorization").isPresent();
      out += authorization(proxyAuth, login, custom, asking, signer);
    } else {
      proxyAuth.done = true;
    }
    if (asking.connect()) {
      return new Said(out, false);
    }
    if (asking.creds().isPresent() || asking.trusted()) {
      boolean custom = CallState.find(options.headers, "Authorization").isPresent();
      out += authorization(hostAuth, asking.creds(), custom, asking, signer);
    } else {
      hostAuth.done = true;
    }
    boolean rounds =
        (hostAuth.multipass && !hostAuth.done) || (proxyAuth.multipass && !proxyAuth.done);
    return new Said(
        out, rounds && asking.kind() != RequestKind.GET && asking.kind() != RequestKind.HEAD);
  }

  /**
   * The header line that says it, empty for none.
   *
   * @param custom whether the options have a header of that name
   */
  private String authorization(
      Auth auth, Optional<Creds> creds, boolean custom, Asking asking, Signer signer)
      throws HttpFailure {
    boolean proxy = auth == proxyAuth;
    String name = proxy ? "Proxy-Authorization: " : "Authorization: ";
    String out = "";
    String used = "";
    Creds c = creds.orElse(new Creds("", "", "", Creds.Source.OPTION));
    switch (auth.picked) {
      case CallOptions.AUTH_AWS -> {
        used = "AWS_SIGV4";
        out = custom ? "" : signer.sign(c);
        auth.done = true;
      }
      case CallOptions.AUTH_DIGEST -> {
        used = "Digest";
        auth.done = auth.digest.hasChallenge() && (creds.isPresent() || !proxy);
        if (auth.done) {
          out =
              name
                  + auth.digest.answer(
                      c.user(), c.password(), asking.method(), asking.pathAndQuery())
                  + "\r\n";
        }
      }
      case CallOptions.AUTH_BASIC -> {
        if (c.hasUserOrPassword() && !custom) {
          used = "Basic";
          out = name + "Basic " + basic(c.user(), c.password()) + "\r\n";
        }
        auth.done = true;
      }
      case CallOptions.AUTH_BEARER -> {
        if (!c.bearer().isEmpty() && !custom) {
          used = "Bearer";
          out = name + "Bearer " + c.bearer() + "\r\n";
        }
        auth.done = true;
      }
      default -> {
        // Several are wanted: the challenge decides.
      }
    }
    if (!used.isEmpty()) {
      log.accept(
          (proxy ? "Proxy" : "Server") + " auth using " + used + " with user '" + c.user() + "'");
    }
    auth.multipass = !used.isEmpty() && !auth.done;
    return out;
  }

  private static boolean authIs(String name, String text) {
    return startsWithIgnoreCase(text, name)
        && (text.length() == name.length() || !ByteText.isAlnum(text.charAt(name.length())));
  }

  /** Takes the value of an {@code Authenticate} header, which may have several challenges. */
  void challenge(boolean proxy, String value) {
    Auth auth = proxy ? proxyAuth : hostAuth;
    String text = value;
    while (!text.isEmpty()) {
      if (authIs("Digest", text)) {
        if ((auth.available & CallOptions.AUTH_DIGEST) != 0) {
          log.accept("Ignoring duplicate digest auth header.");
        } else {
          auth.available |= CallOptions.AUTH_DIGEST;
          if (!auth.digest.challenge(text)) {
            log.accept("Digest authentication problem, ignoring.");
            problem = true;
          }
        }
      }
      for (String name : List.of("Basic", "Bearer")) {
        if (authIs(name, text)) {
          int bit = name.equals("Basic") ? CallOptions.AUTH_BASIC : CallOptions.AUTH_BEARER;
          auth.available |= bit;
          if (auth.picked == bit) {
            auth.available = 0;
            log.accept(name + " authentication problem, ignoring.");
            problem = true;
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

  /**
   * Whether the same is to be asked once more, with what the challenges ask for.
   *
   * @param code of the answer
   * @param negotiated whether the request was only to hear a challenge
   */
  boolean again(
      int code, boolean negotiated, Optional<Creds> creds, Optional<Route.Credentials> proxyLogin) {
    boolean heard = negotiated && code < 300;
    boolean pickHost = false;
    boolean pickProxy = false;
    if (creds.isPresent() && (code == 401 || heard)) {
      pickHost = pick(hostAuth, !creds.get().bearer().isEmpty(), creds.get().hasUserOrPassword());
      problem |= !pickHost;
    }
    if (proxyLogin.isPresent() && (code == 407 || heard)) {
      pickProxy = pick(proxyAuth, false, true);
      problem |= !pickProxy;
    }
    return pickHost || pickProxy;
  }

  /** Whether the server has not been answered; from now on it has. */
  boolean settleHost() {
    boolean open = !hostAuth.done;
    hostAuth.done = true;
    return open;
  }
}
