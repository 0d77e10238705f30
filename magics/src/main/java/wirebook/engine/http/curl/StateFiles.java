package wirebook.engine.http.curl;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.util.function.Consumer;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.CurlCode;
import wirebook.engine.http.client.HttpClient;
import wirebook.engine.http.curl.options.CurlConfig;
import wirebook.engine.http.curl.options.CurlEnvironment;
import wirebook.engine.http.curl.options.Inputs;

/** The files in which cookies and HSTS hosts are kept between runs. */
final class StateFiles {
  private final CurlEnvironment environment;
  private final HttpClient session;
  private final CurlConfig config;
  private final Consumer<String> log;

  StateFiles(
      CurlEnvironment environment, HttpClient session, CurlConfig config, Consumer<String> log) {
    this.environment = environment;
    this.session = session;
    this.config = config;
    this.log = log;
  }

  /** Reads them before a transfer. */
  void load() {
    if (config.cookieEngine) {
      loadCookies();
    }
    loadHsts();
  }

  /** Writes them after a transfer. */
  void save() {
    saveCookies();
    String file = config.hsts;
    if (file != null && !file.isEmpty()) {
      save(file, session.hsts.file(), "HSTS cache");
    }
  }

  private void loadCookies() {
    synchronized (session.cookies) {
      session.cookies.tell(log);
      for (String file : config.cookieFiles) {
        if (file.isEmpty()) {
          continue;
        }
        try {
          session.cookies.load(Inputs.read(environment, file), config.forgetSessionCookies);
        } catch (IOException e) {
          log.accept("WARNING: failed to open cookie file \"" + file + "\"");
        }
      }
      session.cookies.run();
    }
  }

  private void saveCookies() {
    String file = config.cookieJar;
    if (file == null) {
      return;
    }
    synchronized (session.cookies) {
      session.cookies.tell(log);
      save(file, session.cookies.file(), "cookies");
    }
  }

  private void save(String file, String content, String what) {
    try {
      if (file.equals("-")) {
        environment.stdout().write(ByteText.bytes(content));
        environment.stdout().flush();
      } else {
        Files.write(environment.path(file), ByteText.bytes(content));
      }
    } catch (IOException | InvalidPathException e) {
      log.accept(
          "WARNING: failed to save " + what + " in " + file + ": " + CurlCode.WRITE_ERROR.words());
    }
  }

  private void loadHsts() {
    String file = config.hsts;
    if (file != null && !file.isEmpty()) {
      try {
        session.hsts.load(Inputs.read(Inputs.place(environment, file)));
      } catch (IOException e) {
        // A cache that is not there yet.
      }
    }
  }
}
