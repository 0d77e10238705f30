// Above 500 lines: one command, whose transfers share their words, progress and exit code.
package wirebook.engine.http.curl;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.CookieJar;
import wirebook.engine.http.CurlCode;
import wirebook.engine.http.HttpFailure;
import wirebook.engine.http.HttpTransfer;
import wirebook.engine.http.Multipart;
import wirebook.engine.http.client.CallOptions;
import wirebook.engine.http.client.CallOptions.Fail;
import wirebook.engine.http.client.CallRequest;
import wirebook.engine.http.client.FileCall;
import wirebook.engine.http.client.HttpCall;
import wirebook.engine.http.client.HttpClient;
import wirebook.engine.http.client.RequestKind;
import wirebook.engine.http.client.TransferInfo;
import wirebook.engine.http.client.Upload;
import wirebook.engine.http.curl.options.Arguments;
import wirebook.engine.http.curl.options.Console;
import wirebook.engine.http.curl.options.CurlCommand;
import wirebook.engine.http.curl.options.CurlConfig;
import wirebook.engine.http.curl.options.CurlConfig.Method;
import wirebook.engine.http.curl.options.CurlEnvironment;
import wirebook.engine.http.curl.options.CurlHelp;
import wirebook.engine.http.curl.options.CurlUsage;
import wirebook.engine.http.curl.options.CurlUsage.Problem;
import wirebook.engine.http.curl.options.CurlVersion;
import wirebook.engine.http.curl.options.Inputs;
import wirebook.engine.http.curl.options.LibcurlSource;

/** The curl command: from its arguments to its exit code. */
public final class CurlTool {
  private static final String CA_WORDS =
      """
      More details here: https://curl.se/docs/sslcerts.html

      curl failed to verify the legitimacy of the server and therefore could not
      establish a secure connection to it. To learn more about this situation and
      how to fix it, please visit the webpage mentioned above.
      """;

  private final CurlEnvironment environment;

  /** Whether cookies are kept though no option asks for it. */
  private final boolean shared;

  private final Console console;
  private final TraceLog log;
  private final HttpClient session;
  private final CurlCommand line;
  private final WriteOut writeOut;
  private final Forms forms;
  private final Planner planner;
  private Optional<LibcurlSource> source = Optional.empty();
  private String lastError = "";

  private CurlTool(CurlEnvironment environment, Optional<CookieJar> cookies) {
    this.environment = environment;
    shared = cookies.isPresent();
    console = new Console(environment);
    log = new TraceLog(environment, console);
    session =
        new HttpClient(
            environment.network(),
            environment,
            log,
            environment.keep(),
            environment.inCell(),
            cookies.orElseGet(() -> new CookieJar(environment.network().clock(), line -> {})));
    line = new CurlCommand(environment, console);
    writeOut = new WriteOut(environment, console);
    forms = new Forms(environment);
    planner = new Planner(environment, console, line, forms);
  }

  /**
   * Runs curl.
   *
   * @param words its arguments as byte text
   */
  public static HttpTransfer run(CurlEnvironment environment, List<String> words)
      throws InterruptedException {
    return run(environment, words, Optional.empty());
  }

  /**
   * Runs curl with cookies that others have, too.
   *
   * @param cookies are sent and kept whatever the words say
   */
  public static HttpTransfer run(
      CurlEnvironment environment, List<String> words, Optional<CookieJar> cookies)
      throws InterruptedException {
    CurlTool tool = new CurlTool(environment, cookies);
    return tool.run(() -> tool.operate(words));
  }

  /**
   * Sends one request whose options nobody wrote as words, and shows head and body of its answer.
   *
   * @param verbose whether the head of the request is shown, too
   * @param cookies are sent and kept whatever the options say
   */
  public static HttpTransfer send(
      CurlEnvironment environment, CurlConfig config, boolean verbose, Optional<CookieJar> cookies)
      throws InterruptedException {
    CurlTool tool = new CurlTool(environment, cookies);
    tool.console.silent = true;
    tool.console.showError = true;
    if (verbose) {
      tool.console.traceToErr();
    } else {
      config.showHeaders = true;
    }
    // Nobody wrote a command: a file of this machine is no answer to a request.
    config.protocols = CallOptions.PROTOCOLS;
    tool.line.configs.set(0, config);
    return tool.run(tool::transfer);
  }

  private interface Work {
    CurlCode done() throws InterruptedException;
  }

  private HttpTransfer run(Work work) throws InterruptedException {
    CurlCode code;
    try {
      code = work.done();
      if (code != CurlCode.OK) {
        console.tellCode(code);
      }
    } finally {
      session.end();
      log.close();
    }
    return value(code);
  }

  /** What has come of it so far. */
  private HttpTransfer value(CurlCode code) {
    return new HttpTransfer(
        session.exchanges(),
        code.number(),
        code == CurlCode.OK ? "" : ByteText.toText(lastError),
        session.recorder.trace());
  }

  private CurlCode operate(List<String> words) throws InterruptedException {
    Arguments arguments = new Arguments(line);
    try {
      boolean withDefaults =
          words.isEmpty()
              || !(words.getFirst().startsWith("-q") || words.getFirst().equals("--disable"));
      Optional<String> file = Optional.empty();
      if (withDefaults) {
        try {
          file = arguments.defaultConfig();
        } catch (CurlUsage e) {
          // curl goes on as if there were no such file.
        }
        if (words.isEmpty() && line.configs.getFirst().targets.isEmpty()) {
          console.help("");
          return CurlCode.FAILED_INIT;
        }
      }
      arguments.parse(words);
      file.ifPresent(f -> console.note("Read config file from '" + f + "'"));
    } catch (CurlUsage e) {
      return usage(e.problem());
    }
    return transfer();
  }

  private CurlCode transfer() throws InterruptedException {
    for (int i = 0; i < line.configs.size(); i++) {
      complete(line.configs.get(i), i);
    }
    session.pool.waitToShare = line.parallel && !line.parallelImmediate;
    String libcurl = line.libcurl;
    if (libcurl != null) {
      source = Optional.of(new LibcurlSource());
    }
    CurlCode result = line.parallel ? parallel() : serial();
    for (PlannedTransfer per : List.copyOf(planner.pending)) {
      String words = per.info.errorMessage.isEmpty() ? result.words() : per.info.errorMessage;
      CurlCode after = afterTransfer(per, result, result == CurlCode.OK ? "" : words, false);
      if (result == CurlCode.OK) {
        result = after;
      }
    }
    if (libcurl != null) {
      source.ifPresent(s -> s.write(environment, console, libcurl));
    }
    return result;
  }

  private CurlCode usage(Problem problem) {
    lastError = problem.words;
    switch (problem) {
      case HELP -> {
        Optional<String> help = CurlHelp.help(line.helpSubject, console.columns());
        help.ifPresent(this::stdout);
        if (help.isEmpty()) {
          console.print("Incorrect option name to show help for, see curl -h\n");
        }
      }
      case VERSION -> stdout(CurlVersion.text());
      case MANUAL -> stdout(CurlHelp.manual());
      case ENGINES, CA_EMBED -> {
        // There are none.
      }
      case UNSUPPORTED_PROTOCOL -> {
        return CurlCode.UNSUPPORTED_PROTOCOL;
      }
      case READ_ERROR -> {
        return CurlCode.READ_ERROR;
      }
      default -> {
        return CurlCode.FAILED_INIT;
      }
    }
    return CurlCode.OK;
  }

  private void stdout(String text) {
    try {
      environment.stdout().write(ByteText.bytes(text));
      environment.stdout().flush();
    } catch (IOException e) {
      // Nobody reads.
    }
  }

  private static boolean has(List<String> headers, String name) {
    return headers.stream()
        .anyMatch(
            h ->
                ByteText.startsWithIgnoreCase(h, name)
                    && h.length() > name.length()
                    && ":;".indexOf(h.charAt(name.length())) >= 0);
  }

  /** Adds what follows from other options, and asks for passwords that are missing. */
  private void complete(CurlConfig c, int index) {
    if (c.json) {
      if (!has(c.headers, "Content-Type")) {
        c.headers.add("Content-Type: application/json");
      }
      if (!has(c.headers, "Accept")) {
        c.headers.add("Accept: application/json");
      }
    }
    c.cookieEngine = shared || !c.cookieFiles.isEmpty() || c.cookieJar != null;
    c.strictTransport = c.hsts != null;
    String format = ByteText.orEmpty(c.writeOut);
    c.judgeAnyway = format.contains("verify_result") || format.contains("%{json}");
    c.keepCertificates = !format.isEmpty();
    boolean last = index == line.configs.size() - 1;
    if (c.user != null && c.bearer == null) {
      c.user = withPassword("host", c.user, index, last);
    }
    if (c.proxyUser != null) {
      c.proxyUser = withPassword("proxy", c.proxyUser, index, last);
    }
  }

  private String withPassword(String kind, String user, int index, boolean last) {
    if (user.indexOf(':') >= 0 || user.startsWith(";")) {
      return user;
    }
    console.print(
        "Enter "
            + kind
            + " password for user '"
            + user
            + "'"
            + (index == 0 && last ? "" : " on URL #" + (index + 1))
            + ":");
    StringBuilder password = new StringBuilder();
    try {
      int b = environment.stdin().read();
      while (b >= 0 && b != '\n') {
        if (b != '\r') {
          password.append((char) b);
        }
        b = environment.stdin().read();
      }
    } catch (IOException e) {
      // No password can be had.
    }
    console.print("\n");
    return user + ":" + password;
  }

  private CurlCode notMade(Planner.NotMade e) {
    lastError = e.words.isEmpty() ? lastError : e.words;
    return e.code;
  }

  private long now() {
    return environment.network().clock().nanoTime();
  }

  private CurlCode serial() throws InterruptedException {
    Optional<PlannedTransfer> next;
    try {
      next = planner.next();
    } catch (Planner.NotMade e) {
      return notMade(e);
    }
    if (next.isEmpty()) {
      console.error("no transfer performed");
      lastError = "no transfer performed";
      return CurlCode.READ_ERROR;
    }
    CurlCode result = CurlCode.OK;
    while (next.isPresent()) {
      PlannedTransfer per = next.get();
      long started = now();
      result = runWithRetries(per);
      planner.pending.remove(per);
      boolean fatal =
          result == CurlCode.FAILED_INIT
              || result == CurlCode.BAD_FUNCTION_ARGUMENT
              || result == CurlCode.UNKNOWN_OPTION;
      if (fatal || (result != CurlCode.OK && line.failEarly)) {
        return result;
      }
      try {
        next = planner.next();
      } catch (Planner.NotMade e) {
        return notMade(e);
      }
      if (next.isPresent() && line.millisPerTransfer > 0) {
        long took = (now() - started) / 1_000_000;
        if (took < line.millisPerTransfer) {
          long wait = line.millisPerTransfer - took;
          console.note("Transfer took " + took + " ms, waits " + wait + "ms as set by --rate");
          environment.network().clock().sleep(Duration.ofMillis(wait));
        }
      }
    }
    return result;
  }

  private CurlCode parallel() throws InterruptedException {
    BlockingQueue<CurlCode> results = new LinkedBlockingQueue<>();
    List<Thread> threads = new ArrayList<>();
    int running = 0;
    CurlCode result = CurlCode.OK;
    boolean stop = false;
    boolean more = true;
    ParallelProgress meter = new ParallelProgress(console, environment.network().clock());
    boolean showing = !console.silent && !console.noProgress && !environment.inCell();
    try {
      while (true) {
        while (more && !stop && running < line.parallelMax) {
          Optional<PlannedTransfer> per;
          try {
            synchronized (this) {
              per = planner.next();
            }
          } catch (Planner.NotMade e) {
            result = notMade(e);
            stop = true;
            break;
          }
          if (per.isEmpty()) {
            more = false;
            break;
          }
          PlannedTransfer p = per.get();
          meter.add(p.info);
          showing &= !toTerminal(p);
          running++;
          threads.add(
              Thread.ofVirtual()
                  .start(
                      () -> {
                        CurlCode code = CurlCode.ABORTED_BY_CALLBACK;
                        try {
                          code = runWithRetries(p);
                        } catch (InterruptedException e) {
                          Thread.currentThread().interrupt();
                        } finally {
                          synchronized (this) {
                            planner.pending.remove(p);
                          }
                          results.add(code);
                        }
                      }));
        }
        if (showing) {
          meter.show(running, running == 0);
        }
        if (running == 0) {
          return result;
        }
        CurlCode one = results.poll(ParallelProgress.MILLIS, TimeUnit.MILLISECONDS);
        if (one == null) {
          continue;
        }
        running--;
        if (one != CurlCode.OK && !(stop && one == CurlCode.ABORTED_BY_CALLBACK)) {
          result = one;
          if (line.failEarly && !stop) {
            stop = true;
            threads.forEach(Thread::interrupt);
          }
        }
      }
    } finally {
      threads.forEach(Thread::interrupt);
    }
  }

  private CurlCode runWithRetries(PlannedTransfer per) throws InterruptedException {
    while (true) {
      CurlCode result = CurlCode.OK;
      String words = "";
      if (!per.skip) {
        try {
          perform(per);
        } catch (HttpFailure e) {
          result = e.code();
          words = e.words();
        }
      }
      result = afterTransfer(per, result, words, true);
      if (per.retryIn < 0) {
        return result;
      }
      environment.network().clock().sleep(Duration.ofMillis(per.retryIn));
    }
  }

  private void perform(PlannedTransfer per) throws HttpFailure, InterruptedException {
    CurlConfig c = per.config;
    Upload upload = new Upload.None();
    RequestKind req = RequestKind.GET;
    String contentType = "";
    switch (c.method) {
      case UNSPECIFIED, GET -> req = RequestKind.GET;
      case HEAD -> req = RequestKind.HEAD;
      case POST -> {
        req = RequestKind.POST;
        upload = new Upload.Text(c.post.toString());
      }
      case FORM -> {
        req = RequestKind.MIME;
        Multipart.Content.Parts form = forms.form(c.form);
        contentType = Forms.contentType(c, form);
        upload = new Upload.Segments(Multipart.body(form, contentType, c.formEscape));
      }
      case PUT -> {
        req = RequestKind.PUT;
        upload = uploadOf(per);
      }
    }
    if (c.method == Method.PUT && per.upload == null) {
      req = c.noBody ? RequestKind.HEAD : RequestKind.GET;
    }
    if (per.info.retries == 0) {
      source.ifPresent(s -> s.transfer(c, console, per.url, per.upload != null));
    }
    per.info.responseHeaders.clear();
    per.info.responseCode = 0;
    if (showsProgress(per) && !environment.inCell()) {
      per.output.progress = Optional.of(newProgress(per));
    }
    CallRequest request = new CallRequest(per.url, req, upload, contentType);
    if (FileCall.takes(per.url, c)) {
      new FileCall(session, c, request, per.output, per.info).perform();
      return;
    }
    HttpCall call = new HttpCall(session, c, request, per.output, per.info);
    StateFiles files = new StateFiles(environment, session, c, call::info);
    files.load();
    try {
      call.perform();
    } finally {
      files.save();
    }
  }

  private Upload uploadOf(PlannedTransfer per) throws HttpFailure {
    String file = per.upload;
    if (file == null) {
      return new Upload.None();
    }
    if (file.equals("-") || file.equals(".")) {
      return new Upload.Stream(environment.stdin(), -1);
    }
    try {
      Path path = environment.path(file);
      if (!Files.isReadable(path)) {
        throw new IOException(file);
      }
      return new Upload.OfFile(path, Files.isRegularFile(path) ? Files.size(path) : -1);
    } catch (IOException | InvalidPathException e) {
      console.help("cannot open '" + file + "'");
      // It is no transfer that went wrong: another try would find no file either.
      per.retriesLeft = 0;
      throw new HttpFailure(CurlCode.READ_ERROR);
    }
  }

  /**
   * Says what came of it, and whether and when it is tried again.
   *
   * @param words why it failed, empty if it did not
   */
  private synchronized CurlCode afterTransfer(
      PlannedTransfer per, CurlCode code, String words, boolean again) {
    CurlConfig c = per.config;
    per.retryIn = -1;
    if (!per.configured) {
      return code;
    }
    CurlCode result = code;
    per.info.errorMessage = words;
    if (!per.skip) {
      result = checkResult(per, result);
      result = checkOutput(per, result);
      boolean inTime = c.retryMaxTime == 0 || (now() - per.retryStart) / 1_000_000 < c.retryMaxTime;
      if (again && per.retriesLeft > 0 && inTime) {
        per.retryIn = Retry.wait(console, environment.network().clock(), per, result);
        if (per.retryIn >= 0) {
          return CurlCode.OK;
        }
      }
      result = closeOutput(per, result);
    }
    per.info.exitCode = result.number();
    per.info.fileName = per.output.filename;
    progress(per);
    if (c.writeOut != null) {
      writeOut.print(c.writeOut, per.info);
    }
    per.output.closeHeaders();
    return result;
  }

  private CurlCode checkResult(PlannedTransfer per, CurlCode result) {
    CurlConfig c = per.config;
    if (!c.syntheticError && result != CurlCode.OK) {
      lastError = per.info.errorMessage;
      console.failed(result, lastError);
      if (!console.silent || console.showError) {
        if (result == CurlCode.PEER_FAILED_VERIFICATION) {
          console.print(CA_WORDS);
        }
        if (!console.redirected()) {
          environment.view().ifPresent(view -> view.failed(value(result)));
        }
      }
    } else if (c.fail == Fail.WITH_BODY && per.info.responseCode >= 400) {
      lastError = "The requested URL returned error: " + per.info.responseCode;
      console.failed(CurlCode.HTTP_RETURNED_ERROR, lastError);
      return CurlCode.HTTP_RETURNED_ERROR;
    }
    return result;
  }

  private CurlCode checkOutput(PlannedTransfer per, CurlCode result) {
    if (result == CurlCode.OK && !per.output.hasStream() && per.output.bytes == 0) {
      boolean unmet = per.info.conditionUnmet || per.info.responseCode == 304;
      if (!unmet && !per.output.create()) {
        return CurlCode.WRITE_ERROR;
      }
    }
    return result;
  }

  private CurlCode closeOutput(PlannedTransfer per, CurlCode code) {
    CurlConfig c = per.config;
    CurlCode result = code;
    boolean fine = per.output.closeBody();
    String name = per.output.filename;
    if (per.output.opened) {
      if (!fine && result == CurlCode.OK) {
        result = CurlCode.WRITE_ERROR;
        console.error("curl: (" + result.number() + ") Failed writing body");
      }
      if (result != CurlCode.OK && c.removeOnError && name != null) {
        try {
          if (Files.isRegularFile(environment.path(name))) {
            Files.delete(environment.path(name));
            console.note("Removed output file: " + name);
          } else {
            console.warn("Skipping removal; not a regular file: " + name);
          }
        } catch (IOException e) {
          console.warn("Failed removing: " + name);
        }
      }
    }
    if (c.xattr && per.output.regular && name != null) {
      attributes(per.info, environment.path(name), name);
    }
    if (result == CurlCode.OK
        && c.remoteTime
        && per.output.regular
        && name != null
        && per.info.fileTime != -1) {
      try {
        Files.setLastModifiedTime(
            environment.path(name), FileTime.from(Instant.ofEpochSecond(per.info.fileTime)));
      } catch (IOException e) {
        console.warn(
            "Failed to set filetime " + per.info.fileTime + " on '" + name + "': " + Inputs.why(e));
      }
    }
    return result;
  }

  /** Stores where a file came from beside it, as {@code --xattr} wants it. */
  private void attributes(TransferInfo info, Path path, String name) {
    Map<String, @Nullable String> all = new LinkedHashMap<>();
    all.put("creator", "curl");
    all.put("xdg.referrer.url", info.referer);
    all.put("mime_type", info.contentType);
    // Whoever may read the file need not know the password.
    all.put(
        "xdg.origin.url",
        info.effectiveUrl == null ? null : info.effectiveUrl.replaceFirst("://[^/@]*@", "://"));
    for (Map.Entry<String, @Nullable String> one : all.entrySet()) {
      String value = one.getValue();
      try {
        if (value != null) {
          Files.setAttribute(path, "user:" + one.getKey(), ByteBuffer.wrap(ByteText.bytes(value)));
        }
      } catch (IOException | UnsupportedOperationException e) {
        console.warn("Error setting extended attributes on '" + name + "': " + e.getMessage());
        return;
      }
    }
  }

  private boolean showsProgress(PlannedTransfer per) {
    return !console.silent
        && !console.noProgress
        && (!environment.inCell() || console.progressBar)
        && !line.parallel
        && !toTerminal(per);
  }

  private boolean toTerminal(PlannedTransfer per) {
    return environment.terminal() && (per.outFile == null || "-".equals(per.outFile));
  }

  private void progress(PlannedTransfer per) {
    TransferInfo i = per.info;
    if (showsProgress(per)
        && (i.connects > 0 || i.sizeHeader > 0 || i.sizeDownload > 0 || i.sizeUpload > 0)) {
      per.output.progress.orElseGet(() -> newProgress(per)).done();
    }
  }

  private Progress newProgress(PlannedTransfer per) {
    return new Progress(
        console,
        environment.network().clock(),
        per.info,
        per.config.resume ? per.config.resumeFrom : 0);
  }
}
