package wirebook.engine.http.curl;

import java.io.IOException;
import java.util.Optional;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.CurlCode;
import wirebook.engine.http.HttpFailure;
import wirebook.engine.http.HttpUrl;
import wirebook.engine.http.Netrc;
import wirebook.engine.http.curl.options.CurlConfig;
import wirebook.engine.http.curl.options.Inputs;

/**
 * Finds who a transfer is to say it is: options come before the URL, the URL before a netrc file.
 */
final class CredentialFinder {
  private final Transfer t;

  CredentialFinder(Transfer transfer) {
    t = transfer;
  }

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

  Optional<Creds> credentials() throws HttpFailure {
    Optional<Creds> found = Optional.empty();
    String user = "";
    String password = "";
    boolean given = false;
    if (t.config.user != null && (t.config.bearer == null || t.config.user.indexOf(':') >= 0)) {
      int colon = t.config.user.indexOf(':');
      user = colon < 0 ? t.config.user : t.config.user.substring(0, colon);
      password = colon < 0 ? "" : t.config.user.substring(colon + 1);
      given = true;
    }
    String bearer = CurlConfig.orEmpty(t.config.bearer);
    if ((given || !bearer.isEmpty()) && t.authAllowed()) {
      found = Optional.of(new Creds(user, password, bearer, CredentialSource.OPTION));
    }
    boolean noUser = found.map(c -> c.user.isEmpty()).orElse(true);
    if (noUser && (t.uh.user().isPresent() || t.uh.password().isPresent())) {
      String u = ByteText.unescape(t.uh.user().orElse(""));
      String p = ByteText.unescape(t.uh.password().orElse(""));
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
    boolean required = !t.config.netrcOptional && (t.config.netrc || t.config.netrcFile != null);
    if (!required && !t.config.netrcOptional) {
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
    String file = CurlConfig.orEmpty(t.config.netrcFile);
    if (file.isEmpty()) {
      file = t.session.environment.variable("NETRC");
    }
    if (file.isEmpty()) {
      file = t.session.environment.variable("HOME") + "/.netrc";
    }
    Optional<Netrc.Login> login = Optional.empty();
    boolean missing = false;
    try {
      login =
          Netrc.find(Inputs.read(Inputs.place(t.session.environment, file)), t.origin.host(), user);
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
      t.info(
          "Could not find host "
              + t.origin.host()
              + " in the "
              + (t.config.netrcFile == null ? ".netrc" : t.config.netrcFile)
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
    t.uh =
        t.uh.withUser(
            Optional.of(HttpUrl.escapeCredential(merged.user)),
            Optional.of(HttpUrl.escapeCredential(merged.password)));
    return Optional.of(merged);
  }
}
