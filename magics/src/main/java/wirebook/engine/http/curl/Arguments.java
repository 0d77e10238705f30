package wirebook.engine.http.curl;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.HttpDate;
import wirebook.engine.http.HttpUrl;
import wirebook.engine.http.curl.CurlConfig.Clobber;
import wirebook.engine.http.curl.CurlConfig.Fail;
import wirebook.engine.http.curl.CurlConfig.Follow;
import wirebook.engine.http.curl.CurlConfig.HttpVersion;
import wirebook.engine.http.curl.CurlConfig.Method;
import wirebook.engine.http.curl.CurlConfig.Target;
import wirebook.engine.http.curl.CurlConfig.TimeCondition;
import wirebook.engine.http.curl.CurlOptions.CurlOption;
import wirebook.engine.http.curl.CurlOptions.Kind;
import wirebook.engine.http.curl.CurlOptions.Status;
import wirebook.engine.http.curl.CurlUsage.Problem;

/** Reads the command line and config files into configurations. */
final class Arguments {
  static final List<String> PROTOCOLS = List.of("http", "https", "ws", "wss");
  private static final int MAX_CONFIG_LEVELS = 5;
  private static final int MAX_OPTION = 26;

  final List<CurlConfig> configs = new ArrayList<>();
  final Variables variables;
  boolean failEarly;
  boolean parallel;
  int parallelMax = 50;
  long millisPerTransfer;
  String helpSubject = "";
  boolean helpAll;

  private final CurlEnvironment environment;
  private final Console console;
  private int targetNumbers;
  private int verboseCount;
  private boolean usedArgument;
  private boolean traceConfigured;

  Arguments(CurlEnvironment environment, Console console) {
    this.environment = environment;
    this.console = console;
    variables = new Variables(environment, console);
    configs.add(new CurlConfig());
  }

  private CurlConfig config() {
    return configs.getLast();
  }

  void parse(List<String> arguments) throws CurlUsage {
    boolean options = true;
    String current = "";
    try {
      for (int i = 0; i < arguments.size(); i++) {
        current = arguments.get(i);
        if (options && current.startsWith("-")) {
          if (current.equals("--")) {
            options = false;
          } else {
            @Nullable String next = i + 1 < arguments.size() ? arguments.get(i + 1) : null;
            if (option(current, next, MAX_CONFIG_LEVELS)) {
              next();
            } else if (usedArgument) {
              i++;
            }
          }
        } else {
          option("--url", current, 0);
        }
      }
      current = "";
      if (config().contentDisposition && config().resumeFromCurrent) {
        throw new CurlUsage(Problem.DISPOSITION_AND_RESUME);
      }
    } catch (CurlUsage e) {
      if (!e.problem().asks()) {
        console.help(
            current.isEmpty() || current.equals(":")
                ? e.problem().words
                : "option " + current + ": " + e.problem().words);
      }
      throw e;
    }
  }

  private void next() throws CurlUsage {
    if (config().targets.isEmpty() || config().targets.getFirst().url == null) {
      console.error("missing URL before --next");
      throw new CurlUsage(Problem.BAD_USE);
    }
    configs.add(new CurlConfig());
  }

  /**
   * Takes one word of options, which may be several letters.
   *
   * @return whether it was {@code --next}
   */
  private boolean option(String flag, @Nullable String following, int levels) throws CurlUsage {
    usedArgument = false;
    verboseCount = 0;
    if (!flag.startsWith("-") || flag.startsWith("--")) {
      return longOption(flag.startsWith("-") ? flag.substring(2) : flag, following, levels);
    }
    for (int i = 1; i < flag.length(); i++) {
      CurlOption option =
          CurlOptions.letter(flag.charAt(i))
              .orElseThrow(() -> new CurlUsage(Problem.UNKNOWN_OPTION));
      if (takesArgument(option)) {
        if (i + 1 < flag.length()) {
          withArgument(option, flag.substring(i + 1), levels);
          return false;
        }
        if (option.name().equals("help")) {
          throw help(following);
        }
        if (following == null) {
          throw new CurlUsage(Problem.REQUIRES_PARAMETER);
        }
        usedArgument = true;
        withArgument(option, following, levels);
        return false;
      }
      if (flag(option, option.kind() != Kind.REVERSED)) {
        return true;
      }
      verboseCount++;
      if (flag.length() == 1) {
        break;
      }
    }
    if (flag.length() == 1) {
      throw new CurlUsage(Problem.UNKNOWN_OPTION);
    }
    return false;
  }

  private CurlUsage help(@Nullable String subject) {
    helpSubject = subject == null ? "" : subject;
    return new CurlUsage(Problem.HELP);
  }

  private static boolean takesArgument(CurlOption option) {
    return switch (option.kind()) {
      case NONE, FLAG, REVERSED -> false;
      case TEXT, FILE, SECONDS, NUMBER -> true;
    };
  }

  private boolean longOption(String text, @Nullable String following, int levels) throws CurlUsage {
    String word = text;
    boolean toggle = true;
    boolean expand = false;
    if (word.startsWith("no-")) {
      word = word.substring(3);
      toggle = false;
    } else if (word.startsWith("expand-")) {
      word = word.substring(7);
      expand = true;
    }
    @Nullable String argument = following;
    boolean consumes = true;
    int equals = word.indexOf('=');
    Optional<CurlOption> found;
    if (equals > 0 && equals <= MAX_OPTION) {
      found = CurlOptions.named(word.substring(0, equals));
      argument = word.substring(equals + 1);
      consumes = false;
    } else {
      found = CurlOptions.named(word);
    }
    CurlOption option = found.orElseThrow(() -> new CurlUsage(Problem.UNKNOWN_OPTION));
    if (!toggle && option.kind() != Kind.FLAG && option.kind() != Kind.REVERSED) {
      throw new CurlUsage(Problem.NO_PREFIX);
    }
    if (expand && argument != null) {
      if (option.kind() != Kind.TEXT && option.kind() != Kind.FILE) {
        throw new CurlUsage(Problem.EXPAND);
      }
      argument = variables.expand(argument);
    }
    if (!takesArgument(option)) {
      return flag(option, toggle);
    }
    if (option.name().equals("help")) {
      throw help(argument);
    }
    if (argument == null) {
      throw new CurlUsage(Problem.REQUIRES_PARAMETER);
    }
    usedArgument = consumes;
    withArgument(option, argument, levels);
    return false;
  }

  private void deprecated(CurlOption option) {
    console.warn("--" + option.name() + " is deprecated and has no function anymore");
  }

  private boolean flag(CurlOption option, boolean on) throws CurlUsage {
    CurlConfig c = config();
    if (option.status() == Status.DEPRECATED) {
      deprecated(option);
      return false;
    }
    if (option.status() == Status.REFUSED) {
      if (on || option.kind() == Kind.NONE) {
        throw new CurlUsage(Problem.NOT_SUPPORTED);
      }
      return false;
    }
    switch (option.name()) {
      case "next" -> {
        return true;
      }
      case "anyauth" -> c.auth = CurlConfig.AUTH_BASIC | CurlConfig.AUTH_DIGEST;
      case "basic" -> c.auth = bit(c.auth, CurlConfig.AUTH_BASIC, on);
      case "digest" -> c.auth = bit(c.auth, CurlConfig.AUTH_DIGEST, on);
      case "proxy-anyauth" -> c.proxyAnyAuth = on;
      case "proxy-basic" -> c.proxyBasic = on;
      case "proxy-digest" -> c.proxyDigest = on;
      case "http1.0" -> version(c, HttpVersion.HTTP_1_0);
      case "http1.1" -> version(c, HttpVersion.HTTP_1_1);
      case "http2" -> version(c, HttpVersion.HTTP_2);
      case "http2-prior-knowledge" -> version(c, HttpVersion.HTTP_2_PRIOR_KNOWLEDGE);
      case "http0.9" -> c.http09 = on;
      case "tlsv1", "tlsv1.0" -> minimumTls(c, 1);
      case "tlsv1.1" -> minimumTls(c, 2);
      case "tlsv1.2" -> minimumTls(c, 3);
      case "tlsv1.3" -> minimumTls(c, 4);
      case "proxy-tlsv1" -> c.proxyTls.min = 1;
      case "ipv4" -> c.ipVersion = 4;
      case "ipv6" -> c.ipVersion = 6;
      case "dump-ca-embed" -> throw new CurlUsage(Problem.CA_EMBED);
      case "alpn" -> c.tls.noAlpn = !on;
      case "disallow-username-in-url" -> c.noUserInUrl = on;
      case "compressed" -> c.compressed = on;
      case "tr-encoding" -> c.trEncoding = on;
      case "create-dirs" -> c.createDirs = on;
      case "crlf" -> c.crlf = on;
      case "haproxy-protocol" -> c.haproxy = on;
      case "out-null" -> output(c, null);
      case "xattr" -> c.xattr = on;
      case "tcp-nodelay" -> c.noDelay = on;
      case "retry-connrefused" -> c.retryRefused = on;
      case "retry-all-errors" -> c.retryAll = on;
      case "form-escape" -> c.formEscape = on;
      case "trace-time" -> console.traceTime = on;
      case "trace-ids" -> console.traceIds = on;
      case "ignore-content-length" -> c.ignoreLength = on;
      case "raw" -> c.raw = on;
      case "keepalive" -> c.noKeepAlive = !on;
      case "post301" -> c.post301 = on;
      case "post302" -> c.post302 = on;
      case "post303" -> c.post303 = on;
      case "path-as-is" -> c.pathAsIs = on;
      case "suppress-connect-headers" -> c.suppressConnectHeaders = on;
      case "progress-meter" -> console.noProgress = !on;
      case "progress-bar" -> console.progressBar = on;
      case "proxy-insecure" -> c.proxyTls.insecure = on;
      case "socks5-basic" -> c.socks5Basic = on;
      case "fail-early" -> failEarly = on;
      case "styled-output" -> console.styled = on;
      case "remove-on-error" -> {
        if (c.resume && on) {
          console.error("--continue-at is mutually exclusive with --remove-on-error");
          throw new CurlUsage(Problem.BAD_USE);
        }
        c.removeOnError = on;
      }
      case "fail" -> {
        if (on && c.fail == Fail.WITH_BODY) {
          console.warn("--fail deselects --fail-with-body here");
        }
        c.fail = on ? Fail.WITHOUT_BODY : Fail.NO;
      }
      case "fail-with-body" -> {
        if (on && c.fail == Fail.WITHOUT_BODY) {
          console.warn("--fail-with-body deselects --fail here");
        }
        c.fail = on ? Fail.WITH_BODY : Fail.NO;
      }
      case "globoff" -> c.globOff = on;
      case "get" -> c.useGet = on;
      case "include", "show-headers" -> c.showHeaders = on;
      case "junk-session-cookies" -> c.forgetSessionCookies = on;
      case "head" -> {
        c.noBody = on;
        c.showHeaders = on;
        if (!method(c, on ? Method.HEAD : Method.GET)) {
          throw new CurlUsage(Problem.BAD_USE);
        }
      }
      case "remote-header-name" -> c.contentDisposition = on;
      case "insecure" -> c.tls.insecure = on;
      case "manual" -> {
        if (on) {
          throw new CurlUsage(Problem.MANUAL);
        }
      }
      case "netrc-optional" -> c.netrcOptional = on;
      case "netrc" -> c.netrc = on;
      case "buffer" -> c.noBuffer = !on;
      case "remote-name-all" -> c.remoteNameAll = on;
      case "clobber" -> {
        if (c.resume && !on) {
          console.error("--continue-at is mutually exclusive with --no-clobber");
          throw new CurlUsage(Problem.BAD_USE);
        }
        c.clobber = on ? Clobber.ALWAYS : Clobber.NEVER;
      }
      case "remote-name" -> {
        if (on || c.remoteNameAll) {
          Target target = outputTarget(c);
          target.outFile = null;
          target.remoteName = on;
          target.outSet = true;
          target.outNull = false;
        }
      }
      case "proxytunnel" -> c.tunnel = on;
      case "remote-time" -> c.remoteTime = on;
      case "silent" -> console.silent = on;
      case "skip-existing" -> c.skipExisting = on;
      case "show-error" -> console.showError = on;
      case "verbose" -> verbose(on);
      case "version" -> {
        if (on) {
          throw new CurlUsage(Problem.VERSION);
        }
      }
      case "parallel" -> parallel = on;
      case "location", "location-trusted" -> {
        if (option.name().equals("location-trusted")) {
          c.trusted = on;
        }
        if (c.follow == Follow.OBEY_CODE) {
          console.warn("--location overrides --follow");
        }
        c.follow = on ? Follow.ALL : Follow.NO;
      }
      case "follow" -> {
        if (c.follow == Follow.ALL) {
          console.warn("--follow overrides --location");
        }
        c.follow = on ? Follow.OBEY_CODE : Follow.NO;
      }
      default -> {
        // disable, false-start, mptcp, … : nothing that a transfer here would do differently.
      }
    }
    return false;
  }

  private static int bit(int bits, int bit, boolean on) {
    return on ? bits | bit : bits & ~bit;
  }

  private void version(CurlConfig c, HttpVersion version) {
    if (c.http != HttpVersion.DEFAULT && c.http != version) {
      console.warn("Overrides previous HTTP version option");
    }
    c.http = version;
  }

  private void minimumTls(CurlConfig c, int version) throws CurlUsage {
    if (c.tls.max != 0 && c.tls.max < version) {
      console.error("Minimum TLS version set higher than max");
      throw new CurlUsage(Problem.BAD_USE);
    }
    c.tls.min = version;
  }

  private void verbose(boolean on) {
    if (!on) {
      console.verbosity = 0;
      console.traceTime = false;
      console.traceIds = false;
      console.traceType = Console.TraceType.NONE;
      return;
    }
    if (verboseCount == 0) {
      console.verbosity = 0;
      if (!traceConfigured) {
        console.traceTime = false;
        console.traceIds = false;
      }
    }
    switch (console.verbosity) {
      case 0 -> {
        console.verbosity = 1;
        console.traceFile = "%";
        if (console.traceType != Console.TraceType.NONE
            && console.traceType != Console.TraceType.PLAIN) {
          console.warn("-v, --verbose overrides an earlier trace option");
        }
        console.traceType = Console.TraceType.PLAIN;
      }
      case 1 -> {
        console.verbosity = 2;
        console.traceTime = true;
        console.traceIds = true;
      }
      case 2 -> {
        console.verbosity = 3;
        console.traceType = Console.TraceType.ASCII;
      }
      default -> console.verbosity = 4;
    }
  }

  private boolean method(CurlConfig c, Method wanted) {
    return method(console, c, wanted);
  }

  /** Notes the method, and complains when another one was asked for. */
  static boolean method(Console console, CurlConfig c, Method wanted) {
    if (c.method == Method.UNSPECIFIED || c.method == wanted) {
      c.method = wanted;
      return true;
    }
    console.warn(
        "You can only select one HTTP request method! You asked for both "
            + wanted.words
            + " and "
            + c.method.words
            + ".");
    return false;
  }

  private static String notBlank(String text) throws CurlUsage {
    if (text.isEmpty()) {
      throw new CurlUsage(Problem.BLANK);
    }
    return text;
  }

  private void withArgument(CurlOption option, String argument, int levels) throws CurlUsage {
    CurlConfig c = config();
    if (option.status() == Status.DEPRECATED) {
      deprecated(option);
      return;
    }
    if (argument.startsWith("\u00e2\u0080")
        && argument.length() > 2
        && argument.charAt(2) >= 0x80) {
      console.warn(
          "The argument '"
              + argument
              + "' starts with a Unicode character. Maybe ASCII was intended?");
    }
    if (option.status() == Status.REFUSED) {
      throw new CurlUsage(Problem.NOT_SUPPORTED);
    }
    switch (option.kind()) {
      case FILE -> {
        if (argument.length() > 1 && argument.startsWith("-")) {
          console.warn("The filename argument '" + argument + "' looks like a flag.");
        }
        file(c, option, argument, levels);
      }
      case TEXT -> text(c, option, argument);
      case SECONDS -> seconds(c, option, argument);
      case NUMBER -> number(c, option, argument);
      case NONE, FLAG, REVERSED -> throw new IllegalStateException();
    }
  }

  private String existing(CurlOption option, String name) throws CurlUsage {
    boolean there;
    try {
      there = Files.exists(environment.path(name));
    } catch (InvalidPathException e) {
      there = false;
    }
    if (!there) {
      console.error("The file '" + name + "' provided to --" + option.name() + " does not exist");
      throw new CurlUsage(Problem.BAD_USE);
    }
    return notBlank(name);
  }

  private void file(CurlConfig c, CurlOption option, String argument, int levels) throws CurlUsage {
    switch (option.name()) {
      case "abstract-unix-socket", "unix-socket" -> {
        c.abstractUnixSocket = option.name().startsWith("abstract");
        c.unixSocket = notBlank(argument);
      }
      case "cacert" -> c.tls.caCert = existing(option, argument);
      case "capath" -> c.tls.caPath = notBlank(argument);
      case "cert" -> certificate(c.tls, argument);
      case "config" -> {
        if (levels - 1 < 0) {
          console.error("Max config file recursion level reached (" + MAX_CONFIG_LEVELS + ")");
          throw new CurlUsage(Problem.BAD_USE);
        }
        boolean used = usedArgument;
        configFile(argument, levels - 1);
        usedArgument = used;
      }
      case "crlfile" -> c.tls.crl = existing(option, argument);
      case "dump-header" -> c.headerFile = notBlank(argument);
      case "etag-save", "etag-compare" -> {
        if (c.urls > 1) {
          console.error("The etag options only work on a single URL");
          throw new CurlUsage(Problem.BAD_USE);
        }
        if (option.name().equals("etag-save")) {
          c.etagSave = notBlank(argument);
        } else {
          c.etagCompare = notBlank(argument);
        }
      }
      case "key" -> c.tls.key = notBlank(argument);
      case "netrc-file" -> c.netrcFile = existing(option, argument);
      case "output" -> output(c, argument);
      case "proxy-cacert" -> c.proxyTls.caCert = existing(option, argument);
      case "proxy-capath" -> c.proxyTls.caPath = notBlank(argument);
      case "proxy-cert" -> certificate(c.proxyTls, argument);
      case "proxy-crlfile" -> c.proxyTls.crl = existing(option, argument);
      case "proxy-key" -> c.proxyTls.key = argument;
      case "stderr" -> console.redirect(argument);
      case "trace" -> trace(argument, Console.TraceType.BINARY, "--trace", "trace/verbose");
      case "trace-ascii" ->
          trace(argument, Console.TraceType.ASCII, "--trace-ascii", "trace/verbose");
      case "upload-file" -> {
        while (c.uploadNext < c.targets.size() && c.targets.get(c.uploadNext).uploadSet) {
          c.uploadNext++;
        }
        Target target =
            c.uploadNext < c.targets.size() ? c.targets.get(c.uploadNext) : newTarget(c);
        target.uploadSet = true;
        if (argument.isEmpty()) {
          target.noUpload = true;
        } else {
          target.inFile = argument;
        }
      }
      default -> throw new IllegalStateException(option.name());
    }
  }

  private void trace(String file, Console.TraceType type, String option, String other)
      throws CurlUsage {
    console.traceFile = notBlank(file);
    if (console.traceType != Console.TraceType.NONE && console.traceType != type) {
      console.warn(option + " overrides an earlier " + other + " option");
    }
    console.traceType = type;
  }

  private static void certificate(CurlConfig.Tls tls, String argument) throws CurlUsage {
    notBlank(argument);
    if (ByteText.startsWithIgnoreCase(argument, "pkcs11:")) {
      tls.cert = argument;
      return;
    }
    StringBuilder name = new StringBuilder();
    for (int i = 0; i < argument.length(); i++) {
      char ch = argument.charAt(i);
      if (ch == '\\' && i + 1 < argument.length() && ":\\".indexOf(argument.charAt(i + 1)) >= 0) {
        name.append(argument.charAt(++i));
      } else if (ch == ':') {
        if (i + 1 < argument.length()) {
          tls.password = argument.substring(i + 1);
        }
        break;
      } else {
        name.append(ch);
      }
    }
    tls.cert = name.toString();
  }

  private Target newTarget(CurlConfig c) {
    Target target = new Target();
    target.remoteName = c.remoteNameAll;
    target.number = targetNumbers++;
    c.targets.add(target);
    return target;
  }

  private Target outputTarget(CurlConfig c) {
    while (c.outNext < c.targets.size() && c.targets.get(c.outNext).outSet) {
      c.outNext++;
    }
    return c.outNext < c.targets.size() ? c.targets.get(c.outNext) : newTarget(c);
  }

  private void output(CurlConfig c, @Nullable String file) throws CurlUsage {
    Target target = outputTarget(c);
    target.outFile = file == null ? null : notBlank(file);
    target.remoteName = false;
    target.outSet = true;
    target.outNull = file == null;
  }

  private void url(CurlConfig c, String argument) throws CurlUsage {
    if (!argument.startsWith("@")) {
      addUrl(c, argument, false);
      return;
    }
    String content;
    try {
      content = Inputs.read(environment, argument.substring(1));
    } catch (IOException e) {
      throw new CurlUsage(Problem.READ_ERROR);
    }
    for (String line : Inputs.lines(content)) {
      try {
        addUrl(c, line, true);
      } catch (CurlUsage e) {
        throw new CurlUsage(Problem.READ_ERROR);
      }
    }
  }

  private void addUrl(CurlConfig c, String url, boolean remoteNoGlob) throws CurlUsage {
    while (c.urlNext < c.targets.size() && c.targets.get(c.urlNext).urlSet) {
      c.urlNext++;
    }
    Target target = c.urlNext < c.targets.size() ? c.targets.get(c.urlNext) : newTarget(c);
    target.urlSet = true;
    if (remoteNoGlob) {
      target.remoteName = true;
      target.noGlob = true;
    }
    target.url = notBlank(url);
    if (++c.urls > 1 && (c.etagSave != null || c.etagCompare != null)) {
      console.error("The etag options only work on a single URL");
      throw new CurlUsage(Problem.BAD_USE);
    }
  }

  private void text(CurlConfig c, CurlOption option, String argument) throws CurlUsage {
    switch (option.name()) {
      case "oauth2-bearer" -> {
        c.auth |= CurlConfig.AUTH_BEARER;
        c.bearer = notBlank(argument);
      }
      case "aws-sigv4" -> {
        c.auth |= CurlConfig.AUTH_AWS;
        c.awsSigV4 = argument;
      }
      case "ciphers" -> c.tls.ciphers = notBlank(argument);
      case "tls13-ciphers" -> c.tls.ciphers13 = notBlank(argument);
      case "proxy-ciphers" -> c.proxyTls.ciphers = notBlank(argument);
      case "proxy-tls13-ciphers" -> c.proxyTls.ciphers13 = notBlank(argument);
      case "curves" -> c.tls.curves = notBlank(argument);
      case "sigalgs" -> c.tls.sigAlgs = notBlank(argument);
      case "limit-rate" -> c.limitRate = size(argument);
      case "rate" -> rate(argument);
      case "create-file-mode" -> {
        if (!argument.matches("[0-7]+")) {
          throw new CurlUsage(Problem.BAD_NUMERIC);
        }
        if (argument.length() > 4 || Integer.parseInt(argument, 8) > 0777) {
          throw new CurlUsage(Problem.TOO_LARGE);
        }
      }
      case "max-redirs" -> {
        c.maxRedirects = Math.clamp(signed(argument), Integer.MIN_VALUE, Integer.MAX_VALUE);
        if (c.maxRedirects < -1) {
          throw new CurlUsage(Problem.BAD_NUMERIC);
        }
      }
      case "interface" -> c.networkInterface = notBlank(argument);
      case "haproxy-clientip" -> c.haproxyClientIp = notBlank(argument);
      case "max-filesize" -> c.maxFileSize = size(argument);
      case "url" -> url(c, argument);
      case "socks4", "socks4a", "socks5" -> proxy(c, notBlank(argument), option.name());
      case "socks5-hostname" -> proxy(c, notBlank(argument), "socks5h");
      case "proxy1.0" -> proxy(c, notBlank(argument), "http1.0");
      case "proxy" -> proxy(c, argument, "http");
      case "preproxy" -> c.preProxy = notBlank(argument);
      case "noproxy" -> c.noProxy = argument;
      case "ip-tos" -> {
        // The type of service is not settable through the network's door.
      }
      case "local-port" -> localPort(c, argument);
      case "proto" -> c.protocols = protocols(PROTOCOLS, argument);
      case "proto-redir" -> {
        try {
          c.redirectProtocols = protocols(List.of("http", "https"), argument);
        } catch (CurlUsage e) {
          throw new CurlUsage(Problem.BAD_USE);
        }
      }
      case "proto-default" -> {
        c.protoDefault = notBlank(argument);
        if (!PROTOCOLS.contains(ByteText.lower(argument))) {
          throw new CurlUsage(Problem.UNSUPPORTED_PROTOCOL);
        }
      }
      case "resolve" -> c.resolve.add(argument);
      case "connect-to" -> c.connectTo.add(argument);
      case "tls-max" -> {
        int max = List.of("default", "1.0", "1.1", "1.2", "1.3").indexOf(argument);
        if (max < 0) {
          throw new CurlUsage(Problem.BAD_USE);
        }
        c.tls.max = max;
        if (max < c.tls.min) {
          console.error("--tls-max set lower than minimum accepted version");
          throw new CurlUsage(Problem.BAD_USE);
        }
      }
      case "trace-config" -> traceConfig(argument);
      case "variable" -> variables.set(argument);
      case "user-agent" -> c.userAgent = argument;
      case "alt-svc" -> c.altSvc = argument;
      case "hsts" -> c.hsts = argument;
      case "cookie" -> (argument.indexOf('=') >= 0 ? c.cookies : c.cookieFiles).add(argument);
      case "cookie-jar" -> c.cookieJar = notBlank(argument);
      case "continue-at" -> continueAt(c, argument);
      case "data", "data-ascii", "data-binary", "data-raw", "data-urlencode", "json" ->
          data(c, option.name(), argument);
      case "url-query" -> {
        String more = argument.startsWith("+") ? argument.substring(1) : urlEncoded(argument);
        c.query = c.query == null ? more : c.query + "&" + more;
      }
      case "referer" -> {
        c.autoReferer = argument.endsWith(";auto");
        String rest = c.autoReferer ? argument.substring(0, argument.length() - 5) : argument;
        c.referer = rest.isEmpty() ? null : rest;
      }
      case "cert-type" -> c.tls.certType = notBlank(argument);
      case "key-type" -> c.tls.keyType = notBlank(argument);
      case "pass" -> c.tls.password = notBlank(argument);
      case "ech" -> throw new CurlUsage(Problem.NOT_SUPPORTED);
      case "pinnedpubkey" -> c.tls.pinned = notBlank(argument);
      case "proxy-pinnedpubkey" -> c.proxyTls.pinned = notBlank(argument);
      case "proxy-cert-type" -> c.proxyTls.certType = notBlank(argument);
      case "proxy-key-type" -> c.proxyTls.keyType = notBlank(argument);
      case "proxy-pass" -> c.proxyTls.password = argument;
      case "form", "form-string" -> {
        new FormParser(environment, console)
            .parse(c, argument, option.name().equals("form-string"));
        if (!method(c, Method.FORM)) {
          throw new CurlUsage(Problem.BAD_USE);
        }
      }
      case "request-target" -> c.requestTarget = notBlank(argument);
      case "header" -> header(c.headers, "HTTP", argument);
      case "proxy-header" -> {
        c.proxyHeadersGiven = true;
        header(c.proxyHeaders, "proxy", argument);
      }
      case "output-dir" -> c.outputDir = notBlank(argument);
      case "range" -> range(c, argument);
      case "user" -> c.user = argument;
      case "proxy-user" -> c.proxyUser = argument;
      case "write-out" -> writeOut(c, argument);
      case "request" -> c.customRequest = notBlank(argument);
      case "time-cond" -> timeCondition(c, argument);
      default -> throw new IllegalStateException(option.name());
    }
  }

  private static void proxy(CurlConfig c, String proxy, String type) {
    c.proxy = proxy;
    c.proxyType = type;
  }

  private void header(List<String> list, String kind, String argument) throws CurlUsage {
    if (argument.startsWith("@")) {
      try {
        list.addAll(Inputs.lines(Inputs.read(environment, argument.substring(1))));
      } catch (IOException e) {
        console.error("Failed to open " + argument.substring(1));
        throw new CurlUsage(Problem.READ_ERROR);
      }
      return;
    }
    if (argument.indexOf(':') < 0 && argument.indexOf(';') < 0) {
      console.warn(
          "The provided " + kind + " header '" + argument + "' does not look like a header?");
    }
    list.add(argument);
  }

  private void range(CurlConfig c, String argument) throws CurlUsage {
    if (c.resume) {
      console.error("--continue-at is mutually exclusive with --range");
      throw new CurlUsage(Problem.BAD_USE);
    }
    int end = 0;
    while (end < argument.length() && ByteText.isDigit(argument.charAt(end))) {
      end++;
    }
    if (end > 0 && (end == argument.length() || argument.charAt(end) != '-')) {
      console.warn("A specified range MUST include at least one dash (-). Appending one for you");
      c.range = Long.parseLong(argument.substring(0, end)) + "-";
      return;
    }
    if (!argument.chars().allMatch(ch -> ByteText.isDigit((char) ch) || ch == '-' || ch == ',')) {
      console.warn(
          "Invalid character is found in given range. A specified range MUST have only digits in"
              + " 'start'-'stop'. The server's response to this request is uncertain.");
    }
    c.range = notBlank(argument);
  }

  private void writeOut(CurlConfig c, String argument) throws CurlUsage {
    if (!argument.startsWith("@")) {
      c.writeOut = argument;
      return;
    }
    String name = argument.substring(1);
    try {
      c.writeOut = Inputs.withoutLineEnds(Inputs.read(environment, name));
    } catch (IOException e) {
      console.error("Failed to open " + name);
      throw new CurlUsage(Problem.READ_ERROR);
    }
  }

  private void timeCondition(CurlConfig c, String argument) {
    String text = argument;
    c.timeCondition = TimeCondition.IF_MODIFIED;
    if (text.startsWith("+")) {
      text = text.substring(1);
    } else if (text.startsWith("-")) {
      c.timeCondition = TimeCondition.IF_UNMODIFIED;
      text = text.substring(1);
    } else if (text.startsWith("=")) {
      c.timeCondition = TimeCondition.LAST_MODIFIED;
      text = text.substring(1);
    }
    OptionalLong date = HttpDate.parse(text);
    if (date.isPresent()) {
      c.conditionTime = date.getAsLong();
      return;
    }
    try {
      c.conditionTime =
          Files.getLastModifiedTime(environment.path(text)).toInstant().getEpochSecond();
    } catch (IOException | InvalidPathException e) {
      console.warn("Failed to get filetime: " + Inputs.why(e));
      c.timeCondition = TimeCondition.NONE;
      console.warn(
          "Illegal date format for -z, --time-cond (and not a filename). Disabling time condition."
              + " See curl_getdate(3) for valid date syntax.");
    }
  }

  private void continueAt(CurlConfig c, String argument) throws CurlUsage {
    String problem =
        c.range != null
            ? "--range"
            : c.removeOnError
                ? "--remove-on-error"
                : c.clobber == Clobber.NEVER ? "--no-clobber" : "";
    if (!problem.isEmpty()) {
      console.error("--continue-at is mutually exclusive with " + problem);
      throw new CurlUsage(Problem.BAD_USE);
    }
    c.resumeFromCurrent = argument.equals("-");
    c.resume = true;
    if (c.resumeFromCurrent) {
      c.resumeFrom = 0;
    } else {
      c.resumeFrom = unsigned(argument);
    }
  }

  private void data(CurlConfig c, String option, String argument) throws CurlUsage {
    String data;
    if (option.equals("data-urlencode")) {
      data = urlEncoded(argument);
    } else if (argument.startsWith("@") && !option.equals("data-raw")) {
      String name = argument.substring(1);
      try {
        data = Inputs.read(environment, name);
      } catch (IOException e) {
        console.error("Failed to open " + name);
        throw new CurlUsage(Problem.READ_ERROR);
      }
      if (!option.equals("data-binary") && !option.equals("json")) {
        data = Inputs.withoutLineEnds(data);
      }
    } else {
      data = argument;
    }
    c.json |= option.equals("json");
    if (!c.post.isEmpty() && !option.equals("json")) {
      c.post.append('&');
    }
    c.post.append(data);
    c.posts = true;
  }

  private String urlEncoded(String argument) throws CurlUsage {
    int mark = argument.indexOf('=');
    if (mark < 0) {
      mark = argument.indexOf('@');
    }
    String name = mark < 0 ? "" : argument.substring(0, mark);
    String value = argument.substring(mark + 1);
    if (mark >= 0 && argument.charAt(mark) == '@') {
      try {
        value = Inputs.read(environment, value);
      } catch (IOException e) {
        console.error("Failed to open " + value);
        throw new CurlUsage(Problem.READ_ERROR);
      }
      if (value.isEmpty()) {
        return "";
      }
    }
    String encoded = ByteText.escape(value).replace("%20", "+");
    return name.isEmpty() ? encoded : name + "=" + encoded;
  }

  private void localPort(CurlConfig c, String argument) throws CurlUsage {
    String[] parts = argument.split("[ \t]?-[ \t]?", -1);
    try {
      c.localPort = (int) unsigned(parts[0]);
      int last = parts.length > 1 ? (int) unsigned(parts[1]) : c.localPort;
      c.localPortRange = last - c.localPort + 1;
      if (parts.length > 2 || c.localPort > 65535 || last > 65535 || c.localPortRange < 1) {
        throw new CurlUsage(Problem.BAD_USE);
      }
    } catch (CurlUsage e) {
      throw new CurlUsage(Problem.BAD_USE);
    }
  }

  private List<String> protocols(List<String> start, String argument) throws CurlUsage {
    Set<String> set = new TreeSet<>(start);
    for (String piece : argument.split(",")) {
      if (piece.isEmpty()) {
        continue;
      }
      char action = piece.charAt(0);
      String name = "=-+".indexOf(action) >= 0 ? piece.substring(1) : piece;
      if (name.equalsIgnoreCase("all")) {
        set.clear();
        if (action != '-') {
          set.addAll(PROTOCOLS);
        }
        continue;
      }
      String lower = ByteText.lower(name);
      if (action == '=') {
        set.clear();
      }
      if (!PROTOCOLS.contains(lower)) {
        if (!HttpUrl.knows(lower)) {
          console.warn("unrecognized protocol '" + name + "'");
        }
      } else if (action == '-') {
        set.remove(lower);
      } else {
        set.add(lower);
      }
    }
    if (set.isEmpty()) {
      throw new CurlUsage(Problem.BAD_USE);
    }
    return List.copyOf(set);
  }

  private void traceConfig(String argument) {
    traceConfigured = true;
    for (String token : argument.split(", ?")) {
      boolean on = !token.startsWith("-");
      String name =
          ByteText.lower(
              token.startsWith("-") || token.startsWith("+") ? token.substring(1) : token);
      switch (name) {
        case "all" -> {
          console.traceIds = on;
          console.traceTime = on;
        }
        case "ids" -> console.traceIds = on;
        case "time" -> console.traceTime = on;
        default -> {
          // Components that are not traced one by one here.
        }
      }
    }
  }

  private void rate(String argument) throws CurlUsage {
    int end = 0;
    while (end < argument.length() && ByteText.isDigit(argument.charAt(end))) {
      end++;
    }
    if (end == 0 || end > 18) {
      throw new CurlUsage(Problem.BAD_NUMERIC);
    }
    long count = Long.parseLong(argument.substring(0, end));
    if (count < 1) {
      throw new CurlUsage(Problem.BAD_USE);
    }
    long millis = 3_600_000;
    if (end < argument.length() && argument.charAt(end) == '/') {
      int start = ++end;
      while (end < argument.length() && ByteText.isDigit(argument.charAt(end))) {
        end++;
      }
      long units =
          start == end ? 1 : Long.parseLong(argument.substring(start, Math.min(end, start + 18)));
      Long unit =
          Map.of('s', 1000L, 'm', 60_000L, 'h', 3_600_000L, 'd', 86_400_000L)
              .get(end < argument.length() ? argument.charAt(end) : ' ');
      if (unit == null) {
        console.error("unsupported --rate unit");
        throw new CurlUsage(Problem.BAD_USE);
      }
      try {
        millis = Math.multiplyExact(unit, units);
      } catch (ArithmeticException e) {
        console.error("too large --rate unit");
        throw new CurlUsage(Problem.TOO_LARGE);
      }
    }
    if (count > millis) {
      throw new CurlUsage(Problem.TOO_LARGE);
    }
    millisPerTransfer = millis / count;
  }

  private static long unsigned(String text) throws CurlUsage {
    if (text.isEmpty() || !text.chars().allMatch(ch -> ch >= '0' && ch <= '9')) {
      throw new CurlUsage(Problem.BAD_NUMERIC);
    }
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new CurlUsage(Problem.BAD_NUMERIC);
    }
  }

  private static long signed(String text) throws CurlUsage {
    return text.startsWith("-") ? -unsigned(text.substring(1)) : unsigned(text);
  }

  private void number(CurlConfig c, CurlOption option, String argument) throws CurlUsage {
    long value = signed(argument);
    if (value < 0) {
      throw new CurlUsage(Problem.NEGATIVE);
    }
    switch (option.name()) {
      case "vlan-priority" -> {
        if (value > 7) {
          throw new CurlUsage(Problem.TOO_LARGE);
        }
      }
      case "retry" -> c.retries = (int) Math.min(value, Integer.MAX_VALUE);
      case "happy-eyeballs-timeout-ms" -> c.happyEyeballs = value;
      case "speed-time" -> {
        c.lowSpeedTime = value;
        c.lowSpeedLimit = c.lowSpeedLimit == 0 ? 1 : c.lowSpeedLimit;
      }
      case "speed-limit" -> {
        c.lowSpeedLimit = value;
        c.lowSpeedTime = c.lowSpeedTime == 0 ? 30 : c.lowSpeedTime;
      }
      case "parallel-max" -> parallelMax = value < 1 ? 50 : (int) Math.min(value, 65535);
      default -> {
        // Keep-alive probes and limits of one host: the system's defaults are used.
      }
    }
  }

  private void seconds(CurlConfig c, CurlOption option, String argument) throws CurlUsage {
    int end = 0;
    while (end < argument.length() && ByteText.isDigit(argument.charAt(end))) {
      end++;
    }
    if (end == 0 || end > 15) {
      throw new CurlUsage(Problem.BAD_NUMERIC);
    }
    long millis = Long.parseLong(argument.substring(0, end)) * 1000;
    if (end < argument.length() && argument.charAt(end) == '.') {
      StringBuilder digits = new StringBuilder();
      for (int i = end + 1; i < argument.length() && ByteText.isDigit(argument.charAt(i)); i++) {
        digits.append(argument.charAt(i));
      }
      if (digits.isEmpty()) {
        throw new CurlUsage(Problem.TOO_LARGE);
      }
      digits.setLength(Math.min(digits.length(), 9));
      millis += Long.parseLong(digits.toString()) * 1000 / (long) Math.pow(10, digits.length());
    }
    switch (option.name()) {
      case "connect-timeout" -> c.connectTimeout = millis;
      case "retry-delay" -> c.retryDelay = Math.min(millis, Integer.MAX_VALUE);
      case "retry-max-time" -> c.retryMaxTime = millis;
      case "expect100-timeout" -> c.expect100 = millis > 0 ? millis : c.expect100;
      case "max-time" -> c.maxTime = millis;
      default -> throw new IllegalStateException(option.name());
    }
  }

  /** {@code 10}, {@code 1.5k}, {@code 2M}, … in bytes. */
  static long size(String argument) throws CurlUsage {
    int end = 0;
    while (end < argument.length() && ByteText.isDigit(argument.charAt(end))) {
      end++;
    }
    if (end == 0) {
      throw new CurlUsage(Problem.BAD_NUMERIC);
    }
    long value;
    try {
      value = Long.parseLong(argument.substring(0, end));
    } catch (NumberFormatException e) {
      throw new CurlUsage(Problem.TOO_LARGE);
    }
    String digits = "";
    if (end < argument.length() && argument.charAt(end) == '.') {
      int start = ++end;
      while (end < argument.length() && ByteText.isDigit(argument.charAt(end))) {
        end++;
      }
      digits = argument.substring(start, end);
      if (digits.isEmpty()) {
        throw new CurlUsage(Problem.BAD_NUMERIC);
      }
    }
    String unit = argument.substring(end).toLowerCase(Locale.ROOT);
    if (unit.length() > 1) {
      throw new CurlUsage(Problem.BAD_USE);
    }
    if (unit.isEmpty() || unit.equals("b")) {
      if (!digits.isEmpty()) {
        throw new CurlUsage(Problem.BAD_USE);
      }
      return value;
    }
    int power = "kmgtp".indexOf(unit) + 1;
    if (power == 0) {
      throw new CurlUsage(Problem.BAD_USE);
    }
    long factor = 1L << (10 * power);
    String kept =
        digits.substring(0, Math.min(digits.length(), List.of(3, 6, 9, 12, 15).get(power - 1)));
    long add =
        kept.isEmpty()
            ? 0
            : new java.math.BigDecimal("0." + kept)
                .multiply(java.math.BigDecimal.valueOf(factor))
                .longValue();
    try {
      return Math.addExact(Math.multiplyExact(value, factor), add);
    } catch (ArithmeticException e) {
      throw new CurlUsage(Problem.TOO_LARGE);
    }
  }

  /** The default config file, when there is one. */
  Optional<String> defaultConfig() throws CurlUsage {
    Map<String, String> env = environment.variables();
    List<String> places = new ArrayList<>();
    add(places, env.get("CURL_HOME"), "/.curlrc");
    add(places, env.get("XDG_CONFIG_HOME"), "/curlrc");
    add(places, env.get("HOME"), "/.curlrc");
    if (env.getOrDefault("XDG_CONFIG_HOME", "").isEmpty()) {
      add(places, env.get("CURL_HOME"), "/.config/curlrc");
      add(places, env.get("HOME"), "/.config/curlrc");
    }
    for (String place : places) {
      String name = ByteText.fromText(place);
      try {
        if (Files.isReadable(environment.path(name))
            && !Files.isDirectory(environment.path(name))) {
          configFile(name, MAX_CONFIG_LEVELS);
          return Optional.of(name);
        }
      } catch (InvalidPathException e) {
        // Not a place that can exist.
      }
    }
    return Optional.empty();
  }

  private static void add(List<String> places, @Nullable String home, String name) {
    if (home != null && !home.isEmpty()) {
      places.add(home + name);
    }
  }

  private void configFile(String file, int levels) throws CurlUsage {
    String content;
    try {
      content = Inputs.read(environment, file);
    } catch (IOException e) {
      console.error("cannot read config from '" + file + "'");
      throw new CurlUsage(Problem.READ_ERROR);
    }
    String shown = file.equals("-") ? "<stdin>" : file;
    int number = 0;
    // Comment and blank lines are not counted, as curl does not count them.
    for (String line : Inputs.lines(content)) {
      number++;
      boolean dashed = line.startsWith("-");
      int end = 0;
      while (end < line.length()
          && !ByteText.isBlank(line.charAt(end))
          && (dashed || ":=".indexOf(line.charAt(end)) < 0)) {
        end++;
      }
      String option = line.substring(0, end);
      int start = Math.min(end + 1, line.length());
      while (start < line.length()
          && (ByteText.isBlank(line.charAt(start))
              || (!dashed && ":=".indexOf(line.charAt(start)) >= 0))) {
        start++;
      }
      @Nullable String parameter = parameter(line.substring(start), shown, number, option);
      try {
        if (option(option, parameter, levels)) {
          if (!config().targets.isEmpty() && config().targets.getFirst().url != null) {
            configs.add(new CurlConfig());
          }
        } else if (parameter != null && !parameter.isEmpty() && !usedArgument) {
          throw new CurlUsage(Problem.EXTRA_PARAMETER);
        }
      } catch (CurlUsage e) {
        if (e.problem().asks()) {
          continue;
        }
        console.error(
            shown + ":" + number + " config file option '" + option + "' " + e.problem().words);
        throw e.problem() == Problem.UNKNOWN_OPTION
            ? new CurlUsage(Problem.UNKNOWN_CONFIG_OPTION)
            : e;
      }
    }
  }

  private @Nullable String parameter(String text, String file, int number, String option) {
    if (text.startsWith("\"")) {
      StringBuilder out = new StringBuilder();
      for (int i = 1; i < text.length() && text.charAt(i) != '"'; i++) {
        char ch = text.charAt(i);
        if (ch == '\\') {
          if (++i >= text.length()) {
            break;
          }
          char escaped = text.charAt(i);
          ch =
              switch (escaped) {
                case 't' -> '\t';
                case 'n' -> '\n';
                case 'r' -> '\r';
                case 'v' -> '\u000b';
                default -> escaped;
              };
        }
        out.append(ch);
      }
      return out.toString();
    }
    if (text.startsWith("'")) {
      console.warn(
          file
              + ":"
              + number
              + " Option '"
              + option
              + "' uses argument with leading single quote. It is probably a mistake. Consider"
              + " double quotes.");
    }
    int end = 0;
    while (end < text.length() && !ByteText.isSpace(text.charAt(end))) {
      end++;
    }
    int rest = ByteText.skipBlanks(text, Math.min(end + 1, text.length()));
    if (rest < text.length() && "\r\n#".indexOf(text.charAt(rest)) < 0) {
      console.warn(
          file
              + ":"
              + number
              + " Option '"
              + option
              + "' uses argument with unquoted whitespace. This may cause side-effects. Consider"
              + " double quotes.");
    }
    return end == 0 ? null : text.substring(0, end);
  }
}
