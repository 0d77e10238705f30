package wirebook.engine.http.curl.options;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.curl.options.CurlConfig.Target;
import wirebook.engine.http.curl.options.CurlOptions.CurlOption;
import wirebook.engine.http.tls.TlsOptions;

/** What the options with the name of a file set. */
final class FileOptions {
  private final CurlCommand line;

  FileOptions(CurlCommand line) {
    this.line = line;
  }

  private String existing(CurlOption option, String name) throws CurlUsage {
    boolean there;
    try {
      there = Files.exists(line.environment.path(name));
    } catch (InvalidPathException e) {
      there = false;
    }
    if (!there) {
      throw line.bad("The file '" + name + "' provided to --" + option.name() + " does not exist");
    }
    return CurlUsage.notBlank(name);
  }

  void file(CurlConfig c, CurlOption option, String argument) throws CurlUsage {
    TlsOptions tls = c.tlsOf(option);
    switch (option.name()) {
      case "abstract-unix-socket", "unix-socket" -> {
        c.abstractUnixSocket = option.name().startsWith("abstract");
        c.unixSocket = CurlUsage.notBlank(argument);
      }
      case "cacert", "proxy-cacert" -> tls.caCert = existing(option, argument);
      case "capath", "proxy-capath" -> tls.caPath = CurlUsage.notBlank(argument);
      case "cert", "proxy-cert" -> certificate(tls, argument);
      case "crlfile", "proxy-crlfile" -> tls.crl = existing(option, argument);
      case "dump-header" -> c.headerFile = CurlUsage.notBlank(argument);
      case "etag-save", "etag-compare" -> {
        if (c.urls > 1) {
          throw line.bad("The etag options only work on a single URL");
        }
        if (option.name().equals("etag-save")) {
          c.etagSave = CurlUsage.notBlank(argument);
        } else {
          c.etagCompare = CurlUsage.notBlank(argument);
        }
      }
      case "key" -> c.tls.key = CurlUsage.notBlank(argument);
      case "netrc-file" -> c.netrcFile = existing(option, argument);
      case "output" -> line.targets.output(c, argument);
      case "proxy-key" -> c.proxyTls.key = argument;
      case "stderr" -> line.console.redirect(argument);
      case "trace" -> trace(argument, Console.TraceType.BINARY, "--trace", "trace/verbose");
      case "trace-ascii" ->
          trace(argument, Console.TraceType.ASCII, "--trace-ascii", "trace/verbose");
      case "upload-file" -> {
        while (c.uploadNext < c.targets.size() && c.targets.get(c.uploadNext).uploadSet) {
          c.uploadNext++;
        }
        Target target =
            c.uploadNext < c.targets.size()
                ? c.targets.get(c.uploadNext)
                : line.targets.newTarget(c);
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
    line.console.traceFile = CurlUsage.notBlank(file);
    if (line.console.traceType != Console.TraceType.NONE && line.console.traceType != type) {
      line.console.warn(option + " overrides an earlier " + other + " option");
    }
    line.console.traceType = type;
  }

  private static void certificate(TlsOptions tls, String argument) throws CurlUsage {
    CurlUsage.notBlank(argument);
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
