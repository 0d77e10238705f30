package wirebook.engine.http.curl.options;

import wirebook.engine.http.client.CallOptions.Fail;
import wirebook.engine.http.client.CallOptions.Follow;
import wirebook.engine.http.client.CallOptions.HttpVersion;
import wirebook.engine.http.curl.options.CurlConfig.Clobber;
import wirebook.engine.http.curl.options.CurlConfig.Method;
import wirebook.engine.http.curl.options.CurlConfig.Target;
import wirebook.engine.http.curl.options.CurlOptions.CurlOption;
import wirebook.engine.http.curl.options.CurlUsage.Problem;

/** What the options without a value set. */
final class FlagOptions {
  private final CurlCommand line;

  FlagOptions(CurlCommand line) {
    this.line = line;
  }

  int verboseCount;

  void flag(CurlConfig c, CurlOption option, boolean on) throws CurlUsage {
    switch (option.name()) {
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
      case "out-null" -> line.targets.output(c, null);
      case "xattr" -> c.xattr = on;
      case "tcp-nodelay" -> c.noDelay = on;
      case "retry-connrefused" -> c.retryRefused = on;
      case "retry-all-errors" -> c.retryAll = on;
      case "form-escape" -> c.formEscape = on;
      case "trace-time" -> line.console.traceTime = on;
      case "trace-ids" -> line.console.traceIds = on;
      case "ignore-content-length" -> c.ignoreLength = on;
      case "raw" -> c.raw = on;
      case "keepalive" -> c.noKeepAlive = !on;
      case "post301" -> c.post301 = on;
      case "post302" -> c.post302 = on;
      case "post303" -> c.post303 = on;
      case "path-as-is" -> c.pathAsIs = on;
      case "suppress-connect-headers" -> c.suppressConnectHeaders = on;
      case "progress-meter" -> line.console.noProgress = !on;
      case "progress-bar" -> line.console.progressBar = on;
      case "proxy-http2" -> c.proxyHttp2 = on;
      case "proxy-insecure" -> c.proxyTls.insecure = on;
      case "socks5-basic" -> c.socks5Basic = on;
      case "fail-early" -> line.failEarly = on;
      case "styled-output" -> line.console.styled = on;
      case "remove-on-error" -> {
        if (c.resume && on) {
          throw line.bad("--continue-at is mutually exclusive with --remove-on-error");
        }
        c.removeOnError = on;
      }
      case "fail" -> {
        if (on && c.fail == Fail.WITH_BODY) {
          line.console.warn("--fail deselects --fail-with-body here");
        }
        c.fail = on ? Fail.WITHOUT_BODY : Fail.NO;
      }
      case "fail-with-body" -> {
        if (on && c.fail == Fail.WITHOUT_BODY) {
          line.console.warn("--fail-with-body deselects --fail here");
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
        if (!c.choose(on ? Method.HEAD : Method.GET, line.console)) {
          throw new CurlUsage(Problem.BAD_USE);
        }
      }
      case "remote-header-name" -> c.contentDisposition = on;
      case "cert-status" -> c.tls.status = on;
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
          throw line.bad("--continue-at is mutually exclusive with --no-clobber");
        }
        c.clobber = on ? Clobber.ALWAYS : Clobber.NEVER;
      }
      case "remote-name" -> {
        if (on || c.remoteNameAll) {
          Target target = line.targets.outputTarget(c);
          target.outFile = null;
          target.remoteName = on;
          target.outSet = true;
          target.outNull = false;
        }
      }
      case "proxytunnel" -> c.tunnel = on;
      case "remote-time" -> c.remoteTime = on;
      case "silent" -> line.console.silent = on;
      case "skip-existing" -> c.skipExisting = on;
      case "show-error" -> line.console.showError = on;
      case "verbose" -> verbose(on);
      case "version" -> {
        if (on) {
          throw new CurlUsage(Problem.VERSION);
        }
      }
      case "parallel-immediate" -> line.parallelImmediate = on;
      case "parallel" -> line.parallel = on;
      case "location", "location-trusted" -> {
        if (option.name().equals("location-trusted")) {
          c.trusted = on;
        }
        if (c.follow == Follow.OBEY_CODE) {
          line.console.warn("--location overrides --follow");
        }
        c.follow = on ? Follow.ALL : Follow.NO;
      }
      case "follow" -> {
        if (c.follow == Follow.ALL) {
          line.console.warn("--follow overrides --location");
        }
        c.follow = on ? Follow.OBEY_CODE : Follow.NO;
      }
      case "disable" -> {
        // It was looked at before any file was read.
      }
      default -> throw new IllegalStateException(option.name());
    }
  }

  static int bit(int bits, int bit, boolean on) {
    return on ? bits | bit : bits & ~bit;
  }

  private void version(CurlConfig c, HttpVersion version) {
    if (c.http != HttpVersion.DEFAULT && c.http != version) {
      line.console.warn("Overrides previous HTTP version option");
    }
    c.http = version;
  }

  private void minimumTls(CurlConfig c, int version) throws CurlUsage {
    if (c.tls.max != 0 && c.tls.max < version) {
      throw line.bad("Minimum TLS version set higher than max");
    }
    c.tls.min = version;
  }

  private void verbose(boolean on) {
    if (!on) {
      line.console.verbosity = 0;
      line.console.traceTime = false;
      line.console.traceIds = false;
      line.console.traceType = Console.TraceType.NONE;
      return;
    }
    if (verboseCount == 0) {
      line.console.verbosity = 0;
      if (!line.traceConfigured) {
        line.console.traceTime = false;
        line.console.traceIds = false;
      }
    }
    switch (line.console.verbosity) {
      case 0 -> {
        line.console.verbosity = 1;
        if (line.console.traceType != Console.TraceType.NONE
            && line.console.traceType != Console.TraceType.PLAIN) {
          line.console.warn("-v, --verbose overrides an earlier trace option");
        }
        line.console.traceToErr();
      }
      case 1 -> {
        line.console.verbosity = 2;
        line.console.traceTime = true;
        line.console.traceIds = true;
      }
      case 2 -> {
        line.console.verbosity = 3;
        line.console.traceType = Console.TraceType.ASCII;
      }
      default -> line.console.verbosity = 4;
    }
  }
}
