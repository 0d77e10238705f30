package wirebook.engine.http.curl.options;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.HttpDate;
import wirebook.engine.http.HttpUrl;
import wirebook.engine.http.client.CallOptions.TimeCondition;
import wirebook.engine.http.curl.options.CurlConfig.Clobber;
import wirebook.engine.http.curl.options.CurlConfig.Method;
import wirebook.engine.http.curl.options.CurlOptions.CurlOption;
import wirebook.engine.http.curl.options.CurlUsage.Problem;
import wirebook.engine.http.tls.TlsOptions;

/** What the options with a text set. */
final class TextOptions {
  private final CurlCommand line;

  TextOptions(CurlCommand line) {
    this.line = line;
  }

  void text(CurlConfig c, CurlOption option, String argument) throws CurlUsage {
    TlsOptions tls = c.tlsOf(option);
    switch (option.name()) {
      case "oauth2-bearer" -> {
        c.auth |= CurlConfig.AUTH_BEARER;
        c.bearer = CurlUsage.notBlank(argument);
      }
      case "aws-sigv4" -> {
        c.auth |= CurlConfig.AUTH_AWS;
        c.awsSigV4 = argument;
      }
      case "ciphers", "proxy-ciphers" -> tls.ciphers = CurlUsage.notBlank(argument);
      case "tls13-ciphers", "proxy-tls13-ciphers" -> tls.ciphers13 = CurlUsage.notBlank(argument);
      case "curves" -> c.tls.curves = CurlUsage.notBlank(argument);
      case "sigalgs" -> c.tls.sigAlgs = CurlUsage.notBlank(argument);
      case "limit-rate" -> c.limitRate = NumberOptions.size(argument);
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
        c.maxRedirects =
            Math.clamp(NumberOptions.signed(argument), Integer.MIN_VALUE, Integer.MAX_VALUE);
        if (c.maxRedirects < -1) {
          throw new CurlUsage(Problem.BAD_NUMERIC);
        }
      }
      case "interface" -> c.networkInterface = CurlUsage.notBlank(argument);
      case "haproxy-clientip" -> c.haproxyClientIp = CurlUsage.notBlank(argument);
      case "max-filesize" -> c.maxFileSize = NumberOptions.size(argument);
      case "url" -> line.targets.url(c, argument);
      case "socks4", "socks4a", "socks5" -> proxy(c, CurlUsage.notBlank(argument), option.name());
      case "socks5-hostname" -> proxy(c, CurlUsage.notBlank(argument), "socks5h");
      case "proxy1.0" -> proxy(c, CurlUsage.notBlank(argument), "http1.0");
      case "proxy" -> proxy(c, argument, "http");
      case "preproxy" -> c.preProxy = CurlUsage.notBlank(argument);
      case "noproxy" -> c.noProxy = argument;
      case "ip-tos" -> {
        // The type of service is not settable through the network's door.
      }
      case "local-port" -> localPort(c, argument);
      case "proto" -> c.protocols = protocols(CurlVersion.PROTOCOLS, argument);
      case "proto-redir" -> {
        try {
          c.redirectProtocols = protocols(List.of("http", "https"), argument);
        } catch (CurlUsage e) {
          throw new CurlUsage(Problem.BAD_USE);
        }
      }
      case "proto-default" -> {
        c.protoDefault = CurlUsage.notBlank(argument);
        if (!CurlVersion.PROTOCOLS.contains(ByteText.lower(argument))) {
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
          throw line.bad("--tls-max set lower than minimum accepted version");
        }
      }
      case "trace-config" -> traceConfig(argument);
      case "libcurl" -> line.libcurl = argument;
      case "variable" -> line.variables.set(argument);
      case "user-agent" -> c.userAgent = argument;
      case "hsts" -> c.hsts = argument;
      case "cookie" -> (argument.indexOf('=') >= 0 ? c.cookies : c.cookieFiles).add(argument);
      case "cookie-jar" -> c.cookieJar = CurlUsage.notBlank(argument);
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
      case "cert-type", "proxy-cert-type" -> tls.certType = CurlUsage.notBlank(argument);
      case "key-type", "proxy-key-type" -> tls.keyType = CurlUsage.notBlank(argument);
      case "pass" -> c.tls.password = CurlUsage.notBlank(argument);
      case "pinnedpubkey", "proxy-pinnedpubkey" -> tls.pinned = CurlUsage.notBlank(argument);
      case "proxy-pass" -> c.proxyTls.password = argument;
      case "form", "form-string" -> {
        new FormParser(line.environment, line.console)
            .parse(c, argument, option.name().equals("form-string"));
        if (!c.choose(Method.FORM, line.console)) {
          throw new CurlUsage(Problem.BAD_USE);
        }
      }
      case "request-target" -> c.requestTarget = CurlUsage.notBlank(argument);
      case "header" -> header(c.headers, "HTTP", argument);
      case "proxy-header" -> {
        c.proxyHeadersGiven = true;
        header(c.proxyHeaders, "proxy", argument);
      }
      case "output-dir" -> c.outputDir = CurlUsage.notBlank(argument);
      case "range" -> range(c, argument);
      case "user" -> c.user = argument;
      case "proxy-user" -> c.proxyUser = argument;
      case "write-out" ->
          c.writeOut =
              argument.startsWith("@")
                  ? Inputs.withoutLineEnds(line.read(argument.substring(1)))
                  : argument;
      case "request" -> c.customRequest = CurlUsage.notBlank(argument);
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
      list.addAll(Inputs.lines(line.read(argument.substring(1))));
      return;
    }
    if (argument.indexOf(':') < 0 && argument.indexOf(';') < 0) {
      line.console.warn(
          "The provided " + kind + " header '" + argument + "' does not look like a header?");
    }
    list.add(argument);
  }

  private void range(CurlConfig c, String argument) throws CurlUsage {
    if (c.resume) {
      throw line.bad("--continue-at is mutually exclusive with --range");
    }
    int end = 0;
    while (end < argument.length() && ByteText.isDigit(argument.charAt(end))) {
      end++;
    }
    if (end > 0 && (end == argument.length() || argument.charAt(end) != '-')) {
      line.console.warn(
          "A specified range MUST include at least one dash (-). Appending one for you");
      c.range = Long.parseLong(argument.substring(0, end)) + "-";
      return;
    }
    if (!argument.chars().allMatch(ch -> ByteText.isDigit((char) ch) || ch == '-' || ch == ',')) {
      line.console.warn(
          "Invalid character is found in given range. A specified range MUST have only digits in"
              + " 'start'-'stop'. The server's response to this request is uncertain.");
    }
    c.range = CurlUsage.notBlank(argument);
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
          Files.getLastModifiedTime(line.environment.path(text)).toInstant().getEpochSecond();
    } catch (IOException | InvalidPathException e) {
      line.console.warn("Failed to get filetime: " + Inputs.why(e));
      c.timeCondition = TimeCondition.NONE;
      line.console.warn(
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
      throw line.bad("--continue-at is mutually exclusive with " + problem);
    }
    c.resumeFromCurrent = argument.equals("-");
    c.resume = true;
    c.resumeFrom = c.resumeFromCurrent ? 0 : NumberOptions.unsigned(argument);
  }

  private void data(CurlConfig c, String option, String argument) throws CurlUsage {
    String data;
    if (option.equals("data-urlencode")) {
      data = urlEncoded(argument);
    } else if (argument.startsWith("@") && !option.equals("data-raw")) {
      data = line.read(argument.substring(1));
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
      value = line.read(value);
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
      c.localPort = (int) NumberOptions.unsigned(parts[0]);
      int last = parts.length > 1 ? (int) NumberOptions.unsigned(parts[1]) : c.localPort;
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
          set.addAll(CurlVersion.PROTOCOLS);
        }
        continue;
      }
      String lower = ByteText.lower(name);
      if (action == '=') {
        set.clear();
      }
      if (!CurlVersion.PROTOCOLS.contains(lower)) {
        if (!HttpUrl.knows(lower)) {
          line.console.warn("unrecognized protocol '" + name + "'");
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
    line.traceConfigured = true;
    for (String token : argument.split(", ?")) {
      boolean on = !token.startsWith("-");
      String name =
          ByteText.lower(
              token.startsWith("-") || token.startsWith("+") ? token.substring(1) : token);
      switch (name) {
        case "all" -> {
          line.console.traceIds = on;
          line.console.traceTime = on;
        }
        case "ids" -> line.console.traceIds = on;
        case "time" -> line.console.traceTime = on;
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
        throw line.bad("unsupported --rate unit");
      }
      try {
        millis = Math.multiplyExact(unit, units);
      } catch (ArithmeticException e) {
        line.console.error("too large --rate unit");
        throw new CurlUsage(Problem.TOO_LARGE);
      }
    }
    if (count > millis) {
      throw new CurlUsage(Problem.TOO_LARGE);
    }
    line.millisPerTransfer = millis / count;
  }
}
