package wirebook.engine.http.curl;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.CurlCode;
import wirebook.engine.http.HttpFailure;
import wirebook.engine.http.HttpUrl;
import wirebook.engine.http.HttpUrl.BadUrl;
import wirebook.engine.http.HttpUrl.Flag;
import wirebook.engine.http.client.TransferInfo;
import wirebook.engine.http.curl.options.Console;
import wirebook.engine.http.curl.options.CurlCommand;
import wirebook.engine.http.curl.options.CurlConfig;
import wirebook.engine.http.curl.options.CurlConfig.Method;
import wirebook.engine.http.curl.options.CurlConfig.Target;
import wirebook.engine.http.curl.options.CurlEnvironment;
import wirebook.engine.http.curl.options.Inputs;

/**
 * The transfers that a command line asks for, one after the other: what its URLs and files stand
 * for, and where the output of each goes.
 */
final class Planner {
  private final CurlEnvironment environment;
  private final Console console;
  private final CurlCommand line;
  private final Forms forms;

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
  private int made;

  /** Made, and not yet done. */
  final List<PlannedTransfer> pending = new ArrayList<>();

  Planner(CurlEnvironment environment, Console console, CurlCommand line, Forms forms) {
    this.environment = environment;
    this.console = console;
    this.line = line;
    this.forms = forms;
  }

  /** A transfer could not even be made. */
  static final class NotMade extends Exception {
    private static final long serialVersionUID = 1L;
    final CurlCode code;

    /** What is to be said of it, empty when that was said. */
    final String words;

    NotMade(CurlCode code) {
      this(code, "");
    }

    NotMade(CurlCode code, String words) {
      super(code.words(), null, false, false);
      this.code = code;
      this.words = words;
    }
  }

  /** The next transfer, empty when there are no more. */
  Optional<PlannedTransfer> next() throws NotMade {
    while (configIndex < line.configs.size()) {
      CurlConfig c = line.configs.get(configIndex);
      if (c.targets.isEmpty() || c.targets.getFirst().url == null) {
        console.help("(" + CurlCode.FAILED_INIT.number() + ") no URL specified");
        throw new NotMade(CurlCode.FAILED_INIT, "no URL specified");
      }
      if (c.posts) {
        Method method = !c.useGet ? Method.POST : c.noBody ? Method.HEAD : Method.GET;
        if (c.useGet) {
          c.query = c.post.toString();
          c.posts = false;
        }
        choose(c, method);
      }
      Optional<PlannedTransfer> made = single(c);
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

  private void choose(CurlConfig c, Method method) throws NotMade {
    if (!c.choose(method, console)) {
      throw new NotMade(CurlCode.FAILED_INIT);
    }
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
      console.failed(CurlCode.URL_MALFORMAT, e.words());
      throw new NotMade(CurlCode.URL_MALFORMAT, e.words());
    }
  }

  private Optional<PlannedTransfer> single(CurlConfig c) throws NotMade {
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
      PlannedTransfer per = make(c, t);
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

  private PlannedTransfer make(CurlConfig c, Target t) throws NotMade {
    TransferInfo info = new TransferInfo();
    info.transferId = made++;
    info.urlNumber = t.number;
    Output output = new Output(environment, console, c, info);
    PlannedTransfer per = new PlannedTransfer(c, info, output);
    per.first = !configStarted;
    pending.add(per);
    if (uploadFile != null) {
      per.upload = uploadFile;
      choose(c, Method.PUT);
    }
    per.configured = true;
    return per;
  }

  private void configure(CurlConfig c, Target t, PlannedTransfer per) throws HttpFailure, NotMade {
    headerFile(c, per);
    if (c.etagSave != null) {
      per.output.saveEtag(c.etagSave);
    }
    String url = ByteText.orEmpty(t.url);
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
    if (c.resumeFrom != 0 && (c.method == Method.POST || c.method == Method.FORM)) {
      console.error(
          "cannot mix --continue-at with " + (c.method == Method.POST ? "--data" : "--form"));
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
    per.retryStart = environment.network().clock().nanoTime();
  }

  private void headerFile(CurlConfig c, PlannedTransfer per) throws HttpFailure {
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

  private void outFile(CurlConfig c, Target t, PlannedTransfer per) throws HttpFailure, NotMade {
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
        console.failed(CurlCode.BAD_FUNCTION_ARGUMENT, e.words());
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
}
