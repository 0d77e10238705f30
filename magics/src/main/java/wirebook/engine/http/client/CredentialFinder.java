package wirebook.engine.http.client;

import java.io.IOException;
import java.util.Optional;
import java.util.function.Consumer;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.CurlCode;
import wirebook.engine.http.HttpFailure;
import wirebook.engine.http.HttpUrl;
import wirebook.engine.http.Netrc;
import wirebook.engine.http.Surroundings;

/**
 * Finds who a transfer is to say it is: options come before the URL, the URL before a netrc file.
 */
final class CredentialFinder {
  /**
   * What was found.
   *
   * @param url with what a netrc file says in place of what it said itself
   */
  record Found(Optional<Creds> creds, HttpUrl url) {}

  private final CallOptions config;
  private final Surroundings surroundings;
  private final HttpUrl url;
  private final String host;
  private final Consumer<String> log;

  private CredentialFinder(
      CallOptions config,
      Surroundings surroundings,
      HttpUrl url,
      String host,
      Consumer<String> log) {
    this.config = config;
    this.surroundings = surroundings;
    this.url = url;
    this.host = host;
    this.log = log;
  }

  /**
   * Who to be at a URL.
   *
   * @param host of the URL, as a name server has it
   * @param trusted whether the options' credentials are meant for it
   * @param log gets the lines that {@code -v} shows
   */
  static Found find(
      CallOptions config,
      Surroundings surroundings,
      HttpUrl url,
      String host,
      boolean trusted,
      Consumer<String> log)
      throws HttpFailure {
    CredentialFinder finder = new CredentialFinder(config, surroundings, url, host, log);
    return finder.netrc(finder.given(trusted));
  }

  private Optional<Creds> given(boolean trusted) throws HttpFailure {
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
    String bearer = ByteText.orEmpty(config.bearer);
    if ((given || !bearer.isEmpty()) && trusted) {
      found = Optional.of(new Creds(user, password, bearer, Creds.Source.OPTION));
    }
    boolean noUser = found.map(c -> c.user().isEmpty()).orElse(true);
    if (noUser && (url.user().isPresent() || url.password().isPresent())) {
      String u = ByteText.unescape(url.user().orElse(""));
      String p = ByteText.unescape(url.password().orElse(""));
      if (u.indexOf('\0') >= 0 || p.indexOf('\0') >= 0) {
        throw new HttpFailure(CurlCode.URL_MALFORMAT, "error extracting credentials from URL");
      }
      if (!u.isEmpty() || !p.isEmpty() || found.isEmpty()) {
        String oldPassword = found.map(Creds::password).orElse("");
        found =
            Optional.of(
                new Creds(u, p.isEmpty() ? oldPassword : p, bearer(found), Creds.Source.URL));
      }
    }
    return found;
  }

  private static String bearer(Optional<Creds> c) {
    return c.map(Creds::bearer).orElse("");
  }

  private Found netrc(Optional<Creds> found) throws HttpFailure {
    boolean required = !config.netrcOptional && (config.netrc || config.netrcFile != null);
    if (!required && !config.netrcOptional) {
      return new Found(found, url);
    }
    String user = "";
    if (found.isPresent()) {
      Creds c = found.get();
      if (c.source() == Creds.Source.OPTION) {
        return new Found(found, url);
      }
      if (!required && !c.user().isEmpty() && !c.password().isEmpty()) {
        return new Found(found, url);
      }
      user = c.user();
    }
    String file = ByteText.orEmpty(config.netrcFile);
    if (file.isEmpty()) {
      file = surroundings.variable("NETRC");
    }
    if (file.isEmpty()) {
      file = surroundings.variable("HOME") + "/.netrc";
    }
    Optional<Netrc.Login> login = Optional.empty();
    boolean missing = false;
    try {
      login = Netrc.find(surroundings.read(file), host, user);
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
      log.accept(
          "Could not find host "
              + host
              + " in the "
              + (config.netrcFile == null ? ".netrc" : config.netrcFile)
              + " file; using defaults");
      return new Found(found, url);
    }
    String u = login.get().user().orElse("");
    String p = login.get().password().orElse("");
    Creds merged =
        new Creds(
            u.isEmpty() ? user : u,
            p.isEmpty() ? found.map(Creds::password).orElse("") : p,
            bearer(found),
            Creds.Source.NETRC);
    return new Found(
        Optional.of(merged),
        url.withUser(
            Optional.of(HttpUrl.escapeCredential(merged.user())),
            Optional.of(HttpUrl.escapeCredential(merged.password()))));
  }
}
