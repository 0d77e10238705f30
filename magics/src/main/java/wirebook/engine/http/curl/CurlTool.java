package wirebook.engine.http.curl;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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
import wirebook.engine.http.CurlCode;
import wirebook.engine.http.HttpFailure;
import wirebook.engine.http.HttpTransfer;
import wirebook.engine.http.HttpUrl;
import wirebook.engine.http.HttpUrl.BadUrl;
import wirebook.engine.http.HttpUrl.Flag;
import wirebook.engine.http.Multipart;
import wirebook.engine.http.curl.CurlConfig.Fail;
import wirebook.engine.http.curl.CurlConfig.Method;
import wirebook.engine.http.curl.CurlConfig.Target;
import wirebook.engine.http.curl.CurlUsage.Problem;

/** The curl command: from its arguments to its exit code. */
public final class CurlTool {
  private static final long RETRY_FIRST = 1000;
  private static final long RETRY_LONGEST = 600_000;
  private static final String CA_WORDS =
      """
      More details here: https://curl.se/docs/sslcerts.html

      curl failed to verify the legitimacy of the server and therefore could not
      establish a secure connection to it. To learn more about this situation and
      how to fix it, please visit the webpage mentioned above.
      """;

  private final CurlEnvironment environment;
  private final Console console;
  private final TraceLog log;
  private final Session session;
  private final Arguments arguments;
  private final WriteOut writeOut;
  private final Forms forms;
  private Optional<LibcurlSource> source = Optional.empty();
  private String lastError = "";

  // Where the making of transfers stands.
  private int configIndex;
  private int targetIndex;
  private Optional<UrlGlob> urlGlob = Optional.empty();
  private Optional<UrlGlob> uploadGlob = Optional.empty();
  private long urlCount;
  private long urlDone;
  private long uploadCount = 1;
  private long uploadDone;
  private @Nullable String uploadFile;
  private boolean configStarted;
  private boolean exhausted;
  private final List<Per> pending = new ArrayList<>();

  /** One transfer with its output and its retries. */
  private static final class Per {
    final CurlConfig config;
    final TransferInfo info;
    final Output output;
    String url = "";
    @Nullable String upload;
    @Nullable String outFile;
    boolean skip;
    int retriesLeft;
    long retrySleep;
    long retryStart;
    boolean configured;
    boolean first;

    Per(CurlConfig config, TransferInfo info, Output output) {
      this.config = config;
      this.info = info;
      this.output = output;
    }
  }

  private CurlTool(CurlEnvironment environment) {
    this.environment = environment;
    console = new Console(environment);
    log = new TraceLog(environment, console);
    session = new Session(environment, console, log);
    arguments = new Arguments(environment, console);
    writeOut = new WriteOut(environment, console);
    forms = new Forms(environment);
  }

  /**
   * Runs curl.
   *
   * @param words its arguments as byte text
   */
  public static HttpTransfer run(CurlEnvironment environment, List<String> words)
      throws InterruptedException {
    CurlTool tool = new CurlTool(environment);
    CurlCode code;
    try {
      code = tool.operate(words);
      if (code != CurlCode.OK) {
        tool.console.tellCode(code);
      }
    } finally {
      tool.session.end();
      tool.log.close();
    }
    return tool.value(code);
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
    try {
      boolean withDefaults =
          words.isEmpty()
              || !(words.getFirst().startsWith("-q") || words.getFirst().equals("--disable"));
      Optional<String> file = Optional.empty();
      if (withDefaults) {
        try {
          file = arguments.configFiles.defaultConfig();
        } catch (CurlUsage e) {
          // curl goes on as if there were no such file.
        }
        if (words.isEmpty() && arguments.configs.getFirst().targets.isEmpty()) {
          console.help("");
          return CurlCode.FAILED_INIT;
        }
      }
      arguments.parse(words);
      file.ifPresent(f -> console.note("Read config file from '" + f + "'"));
    } catch (CurlUsage e) {
      return usage(e.problem());
    }
    for (int i = 0; i < arguments.configs.size(); i++) {
      complete(arguments.configs.get(i), i);
    }
    session.waitToShare = arguments.parallel && !arguments.parallelImmediate;
    String libcurl = arguments.libcurl;
    if (libcurl != null) {
      source = Optional.of(new LibcurlSource());
    }
    CurlCode result = arguments.parallel ? parallel() : serial();
    for (Per per : List.copyOf(pending)) {
      CurlCode after = afterTransfer(per, result, Optional.empty());
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
        Optional<String> help = CurlHelp.help(arguments.helpSubject, console.columns());
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
    boolean last = index == arguments.configs.size() - 1;
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

  // ---- making transfers ---------------------------------------------------------------------

  /** A transfer could not even be made. */
  private static final class NotMade extends Exception {
    private static final long serialVersionUID = 1L;
    private final CurlCode code;

    NotMade(CurlCode code) {
      super(code.words(), null, false, false);
      this.code = code;
    }
  }

  /** The next transfer, empty when there are no more. */
  private Optional<Per> create() throws NotMade {
    while (configIndex < arguments.configs.size()) {
      CurlConfig c = arguments.configs.get(configIndex);
      if (c.targets.isEmpty() || c.targets.getFirst().url == null) {
        console.help("(" + CurlCode.FAILED_INIT.number() + ") no URL specified");
        lastError = "no URL specified";
        throw new NotMade(CurlCode.FAILED_INIT);
      }
      if (c.posts) {
        if (c.useGet) {
          String get = c.post.toString();
          c.query = get;
          c.posts = false;
          if (!Arguments.method(console, c, c.noBody ? Method.HEAD : Method.GET)) {
            throw new NotMade(CurlCode.FAILED_INIT);
          }
        } else if (!Arguments.method(console, c, Method.POST)) {
          throw new NotMade(CurlCode.FAILED_INIT);
        }
      }
      Optional<Per> made = single(c);
      if (made.isPresent()) {
        return made;
      }
      if (exhausted) {
        // curl stays where it is, so that what stands after --next is not done either.
        return Optional.empty();
      }
      configIndex++;
      targetIndex = 0;
      configStarted = false;
      resetGlobs();
    }
    return Optional.empty();
  }

  private void resetGlobs() {
    urlGlob = Optional.empty();
    uploadGlob = Optional.empty();
    urlCount = 0;
    urlDone = 0;
    uploadCount = 1;
    uploadDone = 0;
    uploadFile = null;
  }

  private UrlGlob glob(String pattern) throws NotMade {
    try {
      return new UrlGlob(pattern);
    } catch (UrlGlob.BadGlob e) {
      if (!console.silent || console.showError) {
        console.print("curl: (" + CurlCode.URL_MALFORMAT.number() + ") " + e.words() + "\n");
      }
      lastError = e.words();
      throw new NotMade(CurlCode.URL_MALFORMAT);
    }
  }

  private Optional<Per> single(CurlConfig c) throws NotMade {
    while (targetIndex < c.targets.size()) {
      Target t = c.targets.get(targetIndex);
      if (t.url == null) {
        console.warn("Got more output options than URLs");
        exhausted = true;
        return Optional.empty();
      }
      if (t.inFile != null) {
        if (!c.globOff && uploadGlob.isEmpty()) {
          UrlGlob g = glob(t.inFile);
          uploadGlob = Optional.of(g);
          uploadCount = g.amount();
        }
        if (uploadFile == null) {
          if (uploadGlob.isPresent()) {
            uploadFile = uploadGlob.get().next().orElse(null);
          } else if (uploadDone == 0) {
            uploadFile = t.inFile;
          }
        }
      }
      if (uploadDone >= uploadCount) {
        resetGlobs();
        targetIndex++;
        continue;
      }
      if (urlCount == 0) {
        if (!c.globOff && !t.noGlob) {
          UrlGlob g = glob(t.url);
          urlGlob = Optional.of(g);
          urlCount = g.amount();
        } else {
          urlCount = 1;
        }
      }
      if (!etags(c)) {
        return Optional.empty();
      }
      Per per = make(c, t);
      try {
        configure(c, t, per);
      } catch (HttpFailure e) {
        per.info.errorMessage = e.words();
        throw new NotMade(e.code());
      }
      if (++urlDone >= urlCount) {
        urlDone = 0;
        urlCount = 0;
        urlGlob = Optional.empty();
        uploadDone++;
        uploadFile = null;
      }
      configStarted = true;
      return Optional.of(per);
    }
    return Optional.empty();
  }

  /** Prepares the ETag files; false when this transfer is to be left out. */
  private boolean etags(CurlConfig c) throws NotMade {
    String compare = c.etagCompare;
    if (compare != null) {
      String tag = "";
      try {
        tag = Inputs.withoutLineEnds(Inputs.read(Inputs.place(environment, compare)));
      } catch (IOException e) {
        console.warn("Failed to open " + compare + ": " + Inputs.why(e));
      }
      c.headers.add("If-None-Match: " + (tag.isEmpty() ? "\"\"" : tag));
    }
    String save = c.etagSave;
    if (save != null && !save.equals("-")) {
      if (c.createDirs && !createFolders(save)) {
        throw new NotMade(CurlCode.WRITE_ERROR);
      }
      try {
        Files.newOutputStream(
                environment.path(save), StandardOpenOption.CREATE, StandardOpenOption.APPEND)
            .close();
      } catch (IOException | InvalidPathException e) {
        console.warn("Failed creating file for saving etags: \"" + save + "\". Skip this transfer");
        return false;
      }
    }
    return true;
  }

  private Per make(CurlConfig c, Target t) throws NotMade {
    TransferInfo info = new TransferInfo();
    info.transferId = session.transfers.getAndIncrement();
    info.urlNumber = t.number;
    Output output = new Output(environment, console, c, info);
    Per per = new Per(c, info, output);
    per.first = !configStarted;
    pending.add(per);
    if (uploadFile != null) {
      per.upload = uploadFile;
      if (!Arguments.method(console, c, Method.PUT)) {
        throw new NotMade(CurlCode.FAILED_INIT);
      }
    }
    per.configured = true;
    return per;
  }

  private void configure(CurlConfig c, Target t, Per per) throws HttpFailure, NotMade {
    headerFile(c, per);
    if (c.etagSave != null) {
      per.output.saveEtag(c.etagSave);
    }
    String url = CurlConfig.orEmpty(t.url);
    per.url = urlGlob.isPresent() ? urlGlob.get().next().orElse(url) : url;
    outFile(c, t, per);
    String upload = per.upload;
    if (upload != null) {
      if (upload.equals("-") || upload.equals(".")) {
        if (c.proxyAnyAuth || Integer.bitCount(c.auth) > 1) {
          console.warn(
              "Using --anyauth or --proxy-anyauth with upload from stdin involves a big risk of it"
                  + " not working. Use a temporary file or a fixed auth type instead");
        }
      } else {
        per.url = withFileName(per.url, upload);
      }
      if (c.resumeFromCurrent) {
        c.resumeFrom = -1;
      }
    }
    String query = c.query;
    if (query != null) {
      try {
        HttpUrl u = HttpUrl.parse(per.url, Flag.GUESS_SCHEME, Flag.ANY_SCHEME);
        if (!HttpUrl.knows(u.scheme())) {
          throw new HttpFailure(CurlCode.UNSUPPORTED_PROTOCOL);
        }
        HttpUrl with = u.withQueryAppended(query);
        per.url = with.schemeGuessed() ? with.textAfterScheme(false, false) : with.text();
      } catch (BadUrl e) {
        console.error(
            "(" + e.problem().code().number() + ") Could not parse the URL, failed to set query");
        c.syntheticError = true;
        throw new HttpFailure(e.problem().code());
      }
    }
    per.output.terminalBinaryAllowed = "-".equals(per.outFile);
    per.output.honorDisposition = c.contentDisposition && t.remoteName;
    if (c.method == Method.POST && c.resumeFrom != 0) {
      console.error("cannot mix --continue-at with --data");
      throw new HttpFailure(CurlCode.FAILED_INIT);
    }
    if (c.method == Method.FORM && c.resumeFrom != 0) {
      console.error("cannot mix --continue-at with --form");
      throw new HttpFailure(CurlCode.FAILED_INIT);
    }
    if (c.method == Method.FORM) {
      // Files are looked at now, as curl does, so that a missing one ends it before a connection.
      forms.form(c.form);
    }
    String cookies = String.join("; ", c.cookies);
    if (cookies.length() >= 8200) {
      console.warn("skipped provided cookie, the cookie header would go over 8200 bytes");
      throw new HttpFailure(CurlCode.TOO_LARGE);
    }
    String custom = c.customRequest;
    if (custom != null) {
      String usual =
          switch (c.method) {
            case UNSPECIFIED, GET -> "GET";
            case HEAD -> "HEAD";
            case FORM, POST -> "POST";
            case PUT -> "PUT";
          };
      if (custom.equalsIgnoreCase(usual)) {
        console.note("Unnecessary use of -X or --request, " + usual + " is already inferred.");
      } else if (custom.equalsIgnoreCase("head")) {
        console.warn(
            "Setting custom HTTP method to HEAD with -X/--request may not work the way you want."
                + " Consider using -I/--head instead.");
      }
    }
    per.info.url = per.url;
    per.retriesLeft = c.retries;
    per.retrySleep = c.retryDelay;
    per.retryStart = now();
  }

  private long now() {
    return environment.network().clock().nanoTime();
  }

  private void headerFile(CurlConfig c, Per per) throws HttpFailure {
    String file = c.headerFile;
    if (file == null) {
      return;
    }
    if (file.equals("-")) {
      per.output.headersTo(environment.stdout(), false);
      return;
    }
    if (file.equals("%")) {
      per.output.headersTo(console.err(), false);
      return;
    }
    if (c.createDirs && !createFolders(file)) {
      throw new HttpFailure(CurlCode.WRITE_ERROR);
    }
    try {
      Path path = environment.path(file);
      OutputStream out =
          per.first
              ? Files.newOutputStream(path)
              : Files.newOutputStream(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      per.output.headersTo(out, true);
    } catch (IOException | InvalidPathException e) {
      console.error("Failed to open " + file);
      throw new HttpFailure(CurlCode.WRITE_ERROR);
    }
  }

  private boolean createFolders(String file) {
    int slash = file.indexOf('/', 1);
    while (slash > 0) {
      String folder = file.substring(0, slash);
      try {
        Files.createDirectory(environment.path(folder));
      } catch (FileAlreadyExistsException | AccessDeniedException e) {
        // As good.
      } catch (IOException | InvalidPathException e) {
        if (!Files.isDirectory(environment.path(folder))) {
          console.error("Error creating directory " + folder);
          return false;
        }
      }
      while (slash + 1 < file.length() && file.charAt(slash + 1) == '/') {
        slash++;
      }
      slash = file.indexOf('/', slash + 1);
    }
    return true;
  }

  private String remoteName(String url) throws HttpFailure {
    HttpUrl u;
    try {
      u = HttpUrl.parse(url, Flag.GUESS_SCHEME);
    } catch (BadUrl e) {
      console.error("Failed to extract a filename from the URL to use for storage");
      throw new HttpFailure(e.problem().code());
    }
    String path = u.pathOrSlash();
    while (true) {
      int slash = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'));
      if (slash < 0) {
        console.warn("No remote filename, uses \"curl_response\"");
        return "curl_response";
      }
      if (slash + 1 < path.length()) {
        return path.substring(slash + 1);
      }
      path = path.substring(0, slash);
    }
  }

  private void outFile(CurlConfig c, Target t, Per per) throws HttpFailure, NotMade {
    String wanted = t.outFile;
    per.output.outNull = t.outNull;
    if (t.outNull || (!t.remoteName && (wanted == null || wanted.equals("-")))) {
      per.outFile = wanted;
      per.output.toStdout();
      return;
    }
    String name;
    if (wanted == null) {
      name = remoteName(per.url);
    } else if (urlGlob.isPresent() || uploadGlob.isPresent()) {
      try {
        name = UrlGlob.output(wanted, urlGlob, uploadGlob);
      } catch (UrlGlob.BadGlob e) {
        if (!console.silent || console.showError) {
          console.print(
              "curl: (" + CurlCode.BAD_FUNCTION_ARGUMENT.number() + ") " + e.words() + "\n");
        }
        c.syntheticError = true;
        throw new HttpFailure(CurlCode.BAD_FUNCTION_ARGUMENT, e.words());
      } catch (HttpFailure e) {
        console.warn(e.words());
        throw new HttpFailure(e.code());
      }
    } else {
      name = wanted;
    }
    if (c.outputDir != null) {
      name = c.outputDir + "/" + name;
    }
    per.outFile = name;
    if (c.createDirs && !createFolders(name)) {
      throw new HttpFailure(CurlCode.WRITE_ERROR);
    }
    boolean exists;
    long size = 0;
    try {
      exists = Files.exists(environment.path(name));
      size =
          exists && Files.isRegularFile(environment.path(name))
              ? Files.size(environment.path(name))
              : 0;
    } catch (IOException | InvalidPathException e) {
      exists = false;
    }
    if (c.skipExisting && exists) {
      console.note("skips transfer, \"" + name + "\" exists locally");
      per.skip = true;
    }
    if (c.resumeFromCurrent) {
      c.resumeFrom = size;
    }
    per.output.filename = name;
    per.info.fileName = name;
    if (c.resumeFrom != 0) {
      per.output.append(name);
      per.output.initial = c.resumeFrom;
    }
    per.output.regular = true;
  }

  /** The URL of an upload, which has the file's name when it is a folder's. */
  static String withFileName(String url, String file) throws HttpFailure {
    HttpUrl u;
    try {
      u = HttpUrl.parse(url, Flag.GUESS_SCHEME, Flag.ANY_SCHEME);
    } catch (BadUrl e) {
      throw new HttpFailure(e.problem().code());
    }
    if (u.query().filter(q -> !q.isEmpty()).isPresent() || !u.pathOrSlash().endsWith("/")) {
      return url;
    }
    String name = file.substring(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
    return u.withPath(u.pathOrSlash() + ByteText.escape(name)).text();
  }

  // ---- running ------------------------------------------------------------------------------

  private CurlCode serial() throws InterruptedException {
    Optional<Per> next;
    try {
      next = create();
    } catch (NotMade e) {
      return e.code;
    }
    if (next.isEmpty()) {
      console.error("no transfer performed");
      lastError = "no transfer performed";
      return CurlCode.READ_ERROR;
    }
    CurlCode result = CurlCode.OK;
    while (next.isPresent()) {
      Per per = next.get();
      long started = now();
      result = runWithRetries(per);
      pending.remove(per);
      boolean fatal =
          result == CurlCode.FAILED_INIT
              || result == CurlCode.BAD_FUNCTION_ARGUMENT
              || result == CurlCode.UNKNOWN_OPTION;
      if (fatal || (result != CurlCode.OK && arguments.failEarly)) {
        return result;
      }
      try {
        next = create();
      } catch (NotMade e) {
        return e.code;
      }
      if (next.isPresent() && arguments.millisPerTransfer > 0) {
        long took = (now() - started) / 1_000_000;
        if (took < arguments.millisPerTransfer) {
          long wait = arguments.millisPerTransfer - took;
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
        while (more && !stop && running < arguments.parallelMax) {
          Optional<Per> per;
          try {
            synchronized (this) {
              per = create();
            }
          } catch (NotMade e) {
            result = e.code;
            stop = true;
            break;
          }
          if (per.isEmpty()) {
            more = false;
            break;
          }
          Per p = per.get();
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
                            pending.remove(p);
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
          if (arguments.failEarly && !stop) {
            stop = true;
            threads.forEach(Thread::interrupt);
          }
        }
      }
    } finally {
      threads.forEach(Thread::interrupt);
    }
  }

  private CurlCode runWithRetries(Per per) throws InterruptedException {
    while (true) {
      CurlCode result = CurlCode.OK;
      Optional<HttpFailure> failure = Optional.empty();
      if (!per.skip) {
        try {
          perform(per);
        } catch (HttpFailure e) {
          failure = Optional.of(e);
          result = e.code();
        }
      }
      long[] delay = {-1};
      result = afterTransfer(per, result, Optional.of(delay), failure);
      if (delay[0] < 0) {
        return result;
      }
      environment.network().clock().sleep(Duration.ofMillis(delay[0]));
    }
  }

  private void perform(Per per) throws HttpFailure, InterruptedException {
    CurlConfig c = per.config;
    Upload upload = new Upload.None();
    Transfer.Req req = Transfer.Req.GET;
    String contentType = "";
    switch (c.method) {
      case UNSPECIFIED, GET -> req = Transfer.Req.GET;
      case HEAD -> req = Transfer.Req.HEAD;
      case POST -> {
        req = Transfer.Req.POST;
        upload = new Upload.Text(c.post.toString());
      }
      case FORM -> {
        req = Transfer.Req.MIME;
        Multipart.Content.Parts form = forms.form(c.form);
        Optional<String> given =
            c.headers.stream()
                .filter(h -> ByteText.startsWithIgnoreCase(h, "Content-Type:"))
                .map(ByteText::headerValue)
                .findFirst();
        contentType = Multipart.contentType(given, form);
        upload = new Upload.Segments(Multipart.body(form, contentType, c.formEscape));
      }
      case PUT -> {
        req = Transfer.Req.PUT;
        upload = uploadOf(per);
      }
    }
    if (c.method == Method.PUT && per.upload == null) {
      req = c.noBody ? Transfer.Req.HEAD : Transfer.Req.GET;
    }
    if (per.info.retries == 0) {
      source.ifPresent(s -> s.transfer(c, console, per.url, per.upload != null));
    }
    per.info.responseHeaders.clear();
    per.info.responseCode = 0;
    if (showsProgress(per) && !environment.inCell()) {
      per.output.progress = Optional.of(newProgress(per));
    }
    Transfer transfer = new Transfer(session, c, per.output, per.info, per.url, upload, req);
    transfer.requestHead.formContentType = contentType;
    transfer.perform();
  }

  private Upload uploadOf(Per per) throws HttpFailure {
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

  private CurlCode afterTransfer(Per per, CurlCode code, Optional<long[]> delay) {
    Optional<HttpFailure> failure =
        code == CurlCode.OK
            ? Optional.empty()
            : Optional.of(
                new HttpFailure(
                    code, per.info.errorMessage.isEmpty() ? code.words() : per.info.errorMessage));
    return afterTransfer(per, code, delay, failure);
  }

  private synchronized CurlCode afterTransfer(
      Per per, CurlCode code, Optional<long[]> delay, Optional<HttpFailure> failure) {
    CurlConfig c = per.config;
    if (!per.configured) {
      return code;
    }
    CurlCode result = code;
    per.info.errorMessage = failure.map(HttpFailure::words).orElse("");
    if (!per.skip) {
      result = checkResult(per, result);
      result = checkOutput(per, result);
      boolean inTime = c.retryMaxTime == 0 || (now() - per.retryStart) / 1_000_000 < c.retryMaxTime;
      if (delay.isPresent() && per.retriesLeft > 0 && inTime) {
        long wait = retry(per, result);
        if (wait >= 0) {
          delay.get()[0] = wait;
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

  private CurlCode checkResult(Per per, CurlCode result) {
    CurlConfig c = per.config;
    if (!c.syntheticError && result != CurlCode.OK) {
      lastError = per.info.errorMessage;
      if (!console.silent || console.showError) {
        console.print("curl: (" + result.number() + ") " + per.info.errorMessage + "\n");
        if (result == CurlCode.PEER_FAILED_VERIFICATION) {
          console.print(CA_WORDS);
        }
        environment.view().ifPresent(view -> view.failed(value(result)));
      }
    } else if (c.fail == Fail.WITH_BODY && per.info.responseCode >= 400) {
      String words = "The requested URL returned error: " + per.info.responseCode;
      lastError = words;
      if (!console.silent || console.showError) {
        console.print("curl: (" + CurlCode.HTTP_RETURNED_ERROR.number() + ") " + words + "\n");
      }
      return CurlCode.HTTP_RETURNED_ERROR;
    }
    return result;
  }

  private CurlCode checkOutput(Per per, CurlCode result) {
    if (result == CurlCode.OK && !per.output.hasStream() && per.output.bytes == 0) {
      boolean unmet = per.info.conditionUnmet || per.info.responseCode == 304;
      if (!unmet && !per.output.create()) {
        return CurlCode.WRITE_ERROR;
      }
    }
    return result;
  }

  private CurlCode closeOutput(Per per, CurlCode code) {
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

  /** How long to wait before another try in milliseconds, -1 for none. */
  private long retry(Per per, CurlCode result) {
    CurlConfig c = per.config;
    String reason = "";
    if (result == CurlCode.OPERATION_TIMEDOUT
        || result == CurlCode.COULDNT_RESOLVE_HOST
        || result == CurlCode.COULDNT_RESOLVE_PROXY) {
      reason = ": timeout";
    } else if (c.retryRefused && result == CurlCode.COULDNT_CONNECT) {
      reason = ": connection refused";
    } else if (result == CurlCode.OK
        || (c.fail != Fail.NO && result == CurlCode.HTTP_RETURNED_ERROR)) {
      switch (per.info.responseCode) {
        case 408, 429, 500, 502, 503, 504, 522, 524 -> reason = ": HTTP error";
        default -> {
          // Not an error that may pass.
        }
      }
    }
    boolean http = reason.equals(": HTTP error");
    if (result != CurlCode.OK && reason.isEmpty() && c.retryAll) {
      reason = "(retrying all errors)";
    }
    if (reason.isEmpty()) {
      return -1;
    }
    long sleep = 0;
    if (http && per.info.retryAfter > 0) {
      sleep = per.info.retryAfter * 1000;
      if (c.retryMaxTime > 0 && (now() - per.retryStart) / 1_000_000 + sleep > c.retryMaxTime) {
        console.warn(
            "The Retry-After: time would make this command line exceed the maximum allowed time"
                + " for retries.");
        return -1;
      }
    }
    if (sleep == 0 && c.retryDelay == 0) {
      per.retrySleep =
          Math.min(per.retrySleep == 0 ? RETRY_FIRST : per.retrySleep * 2, RETRY_LONGEST);
    }
    if (sleep == 0) {
      sleep = per.retrySleep;
    }
    console.warn(
        "Problem "
            + reason
            + ". Retrying in "
            + sleep / 1000
            + (sleep % 1000 == 0 ? "" : "." + String.format("%03d", sleep % 1000))
            + " second"
            + (sleep == 1000 ? "" : "s")
            + ". "
            + per.retriesLeft
            + " retr"
            + (per.retriesLeft > 1 ? "ies" : "y")
            + " left.");
    per.retriesLeft--;
    per.info.retries++;
    Output out = per.output;
    boolean resumable =
        c.resume
            && c.resumeFromCurrent
            && c.resumeFrom >= 0
            && out.initial == c.resumeFrom
            && out.bytes > 0
            && out.isFile()
            && c.customRequest == null
            && per.upload == null
            && (c.method == Method.UNSPECIFIED || c.method == Method.GET)
            && result != CurlCode.WRITE_ERROR
            && result != CurlCode.RANGE_ERROR;
    boolean ranges =
        (per.info.responseCode == 206 && c.resumeFrom != 0)
            || (per.info.responseCode == 200
                && per.info.header("Accept-Ranges", -1).filter("bytes"::equals).isPresent());
    if (resumable && ranges) {
      console.note("Keeping " + out.bytes + " bytes");
      out.initial += out.bytes;
      out.bytes = 0;
      c.resumeFrom = out.initial;
    } else if (out.bytes > 0 && out.isFile()) {
      console.note("Throwing away " + out.bytes + " bytes");
      if (!out.truncate()) {
        console.error("Failed to truncate file");
        return -1;
      }
    }
    return sleep;
  }

  private boolean showsProgress(Per per) {
    return !console.silent
        && !console.noProgress
        && (!environment.inCell() || console.progressBar)
        && !arguments.parallel
        && !toTerminal(per);
  }

  private boolean toTerminal(Per per) {
    return environment.terminal() && (per.outFile == null || "-".equals(per.outFile));
  }

  private void progress(Per per) {
    if (showsProgress(per) && (per.info.connects > 0 || per.info.sizeHeader > 0)) {
      per.output.progress.orElseGet(() -> newProgress(per)).done();
    }
  }

  private Progress newProgress(Per per) {
    return new Progress(
        console,
        environment.network().clock(),
        per.info,
        per.config.resume ? per.config.resumeFrom : 0);
  }
}
