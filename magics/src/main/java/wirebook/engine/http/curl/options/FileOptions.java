package wirebook.engine.http.curl.options;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.curl.options.CurlConfig.Target;
import wirebook.engine.http.curl.options.CurlOptions.CurlOption;
import wirebook.engine.http.curl.options.CurlUsage.Problem;
import wirebook.engine.http.tls.TlsOptions;

/** What the options with the name of a file set. */
final class FileOptions {
  private final Arguments a;

  FileOptions(Arguments arguments) {
    a = arguments;
  }

  private String existing(CurlOption option, String name) throws CurlUsage {
    boolean there;
    try {
      there = Files.exists(a.environment.path(name));
    } catch (InvalidPathException e) {
      there = false;
    }
    if (!there) {
      a.console.error("The file '" + name + "' provided to --" + option.name() + " does not exist");
      throw new CurlUsage(Problem.BAD_USE);
    }
    return Arguments.notBlank(name);
  }

  void file(CurlConfig c, CurlOption option, String argument, int levels) throws CurlUsage {
    switch (option.name()) {
      case "abstract-unix-socket", "unix-socket" -> {
        c.abstractUnixSocket = option.name().startsWith("abstract");
        c.unixSocket = Arguments.notBlank(argument);
      }
      case "cacert" -> c.tls.caCert = existing(option, argument);
      case "capath" -> c.tls.caPath = Arguments.notBlank(argument);
      case "cert" -> certificate(c.tls, argument);
      case "config" -> {
        if (levels - 1 < 0) {
          a.console.error(
              "Max config file recursion level reached (" + Arguments.MAX_CONFIG_LEVELS + ")");
          throw new CurlUsage(Problem.BAD_USE);
        }
        boolean used = a.usedArgument;
        a.configFiles.configFile(argument, levels - 1);
        a.usedArgument = used;
      }
      case "crlfile" -> c.tls.crl = existing(option, argument);
      case "dump-header" -> c.headerFile = Arguments.notBlank(argument);
      case "etag-save", "etag-compare" -> {
        if (c.urls > 1) {
          a.console.error("The etag options only work on a single URL");
          throw new CurlUsage(Problem.BAD_USE);
        }
        if (option.name().equals("etag-save")) {
          c.etagSave = Arguments.notBlank(argument);
        } else {
          c.etagCompare = Arguments.notBlank(argument);
        }
      }
      case "key" -> c.tls.key = Arguments.notBlank(argument);
      case "netrc-file" -> c.netrcFile = existing(option, argument);
      case "output" -> a.targets.output(c, argument);
      case "proxy-cacert" -> c.proxyTls.caCert = existing(option, argument);
      case "proxy-capath" -> c.proxyTls.caPath = Arguments.notBlank(argument);
      case "proxy-cert" -> certificate(c.proxyTls, argument);
      case "proxy-crlfile" -> c.proxyTls.crl = existing(option, argument);
      case "proxy-key" -> c.proxyTls.key = argument;
      case "stderr" -> a.console.redirect(argument);
      case "trace" -> trace(argument, Console.TraceType.BINARY, "--trace", "trace/verbose");
      case "trace-ascii" ->
          trace(argument, Console.TraceType.ASCII, "--trace-ascii", "trace/verbose");
      case "upload-file" -> {
        while (c.uploadNext < c.targets.size() && c.targets.get(c.uploadNext).uploadSet) {
          c.uploadNext++;
        }
        Target target =
            c.uploadNext < c.targets.size() ? c.targets.get(c.uploadNext) : a.targets.newTarget(c);
        target.uploadSet = true;
        if (!argument.isEmpty()) {
          target.inFile = argument;
        }
      }
      default -> throw new IllegalStateException(option.name());
    }
  }

  private void trace(String file, Console.TraceType type, String option, String other)
      throws CurlUsage {
    a.console.traceFile = Arguments.notBlank(file);
    if (a.console.traceType != Console.TraceType.NONE && a.console.traceType != type) {
      a.console.warn(option + " overrides an earlier " + other + " option");
    }
    a.console.traceType = type;
  }

  private static void certificate(TlsOptions tls, String argument) throws CurlUsage {
    Arguments.notBlank(argument);
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
}
