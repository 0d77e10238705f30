package wirebook.engine.http.curl.options;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.client.CallOptions.Fail;
import wirebook.engine.http.client.CallOptions.Follow;
import wirebook.engine.http.curl.options.CurlConfig.Method;
import wirebook.engine.http.tls.TlsOptions;

/**
 * The C program that {@code --libcurl} writes: the same transfers with libcurl's easy interface.
 */
public final class LibcurlSource {
  private static final int MAX_STRING = 2000;
  private static final int BUFFER = 102_400;
  private static final String FROM = "\t\r\n?\"\\";
  private static final List<String> TO = List.of("\\t", "\\r", "\\n", "\\?", "\\\"", "\\\\");

  private final List<String> declarations = new ArrayList<>();
  private final List<String> data = new ArrayList<>();
  private final List<String> code = new ArrayList<>();
  private final List<String> tooHard = new ArrayList<>();
  private final List<String> clean = new ArrayList<>();
  private int mimes;
  private int lists;

  public LibcurlSource() {
    code.add("curl = curl_easy_init();");
  }

  /** Adds a transfer, with its options in the order in which curl sets them. */
  public synchronized void transfer(CurlConfig c, Console console, String url, boolean upload) {
    boolean proxied = c.proxy != null;
    if (console.traceType != Console.TraceType.NONE) {
      hard("CURLOPT_DEBUGFUNCTION", true);
      hard("CURLOPT_DEBUGDATA", false);
      number("CURLOPT_VERBOSE", 1);
    }
    number("CURLOPT_BUFFERSIZE", c.limitRate > 0 && c.limitRate < BUFFER ? c.limitRate : BUFFER);
    text("CURLOPT_URL", url);
    flag("CURLOPT_NOPROGRESS", console.noProgress || console.silent);
    for (String object : List.of("WRITE", "READ", "SEEK")) {
      hard("CURLOPT_" + object + "DATA", false);
      hard("CURLOPT_" + object + "FUNCTION", true);
    }
    if (console.progressBar && !console.noProgress && !console.silent) {
      hard("CURLOPT_XFERINFOFUNCTION", true);
      hard("CURLOPT_XFERINFODATA", false);
    }
    hard("CURLOPT_HEADERFUNCTION", true);
    hard("CURLOPT_HEADERDATA", false);
    proxy(c);
    credentials(c);
    body(c, upload);
    http(c);
    tls(c, proxied);
    network(c);
    hard("CURLOPT_STDERR", false);
    list("CURLOPT_RESOLVE", c.resolve);
    list("CURLOPT_CONNECT_TO", c.connectTo);
    text("CURLOPT_PROTOCOLS_STR", joined(c.protocols));
    text("CURLOPT_REDIR_PROTOCOLS_STR", joined(c.redirectProtocols));
    text(
        c.abstractUnixSocket ? "CURLOPT_ABSTRACT_UNIX_SOCKET" : "CURLOPT_UNIX_SOCKET_PATH",
        c.unixSocket);
    text("CURLOPT_DEFAULT_PROTOCOL", c.protoDefault);
    flag("CURLOPT_DISALLOW_USERNAME_IN_URL", c.noUserInUrl);
    perform();
  }

  private static @Nullable String joined(@Nullable List<String> names) {
    return names == null ? null : String.join(",", names);
  }

  private void proxy(CurlConfig c) {
    if (c.proxy != null) {
      text("CURLOPT_PROXY", c.proxy);
      named(
          "CURLOPT_PROXYTYPE",
          switch (c.proxyType) {
            case "http1.0" -> "CURLPROXY_HTTP_1_0";
            case "https" -> "CURLPROXY_HTTPS";
            case "socks4" -> "CURLPROXY_SOCKS4";
            case "socks4a" -> "CURLPROXY_SOCKS4A";
            case "socks5" -> "CURLPROXY_SOCKS5";
            case "socks5h" -> "CURLPROXY_SOCKS5_HOSTNAME";
            default -> "";
          });
    }
    text("CURLOPT_PROXYUSERPWD", c.proxyUser);
    flag("CURLOPT_HTTPPROXYTUNNEL", c.tunnel);
    text("CURLOPT_PRE_PROXY", c.preProxy);
    named(
        "CURLOPT_PROXYAUTH",
        c.proxyAnyAuth
            ? "CURLAUTH_ANY"
            : c.proxyDigest ? "CURLAUTH_DIGEST" : c.proxyBasic ? "CURLAUTH_BASIC" : "");
    text("CURLOPT_NOPROXY", c.noProxy);
    flag("CURLOPT_SUPPRESS_CONNECT_HEADERS", c.suppressConnectHeaders);
    flag("CURLOPT_HAPROXYPROTOCOL", c.haproxy);
    text("CURLOPT_HAPROXY_CLIENT_IP", c.haproxyClientIp);
    text("CURLOPT_PROXY_KEYPASSWD", c.proxyTls.password);
  }

  private void credentials(CurlConfig c) {
    text("CURLOPT_XOAUTH2_BEARER", c.bearer);
    named(
        "CURLOPT_NETRC",
        c.netrcOptional
            ? "CURL_NETRC_OPTIONAL"
            : c.netrc || c.netrcFile != null ? "CURL_NETRC_REQUIRED" : "");
    text("CURLOPT_NETRC_FILE", c.netrcFile);
    text("CURLOPT_USERPWD", c.user);
    List<String> schemes = new ArrayList<>();
    if (Integer.bitCount(c.auth & (CurlConfig.AUTH_BASIC | CurlConfig.AUTH_DIGEST)) == 2) {
      schemes.add("CURLAUTH_ANY");
    } else if ((c.auth & CurlConfig.AUTH_BASIC) != 0) {
      schemes.add("CURLAUTH_BASIC");
    } else if ((c.auth & CurlConfig.AUTH_DIGEST) != 0) {
      schemes.add("CURLAUTH_DIGEST");
    }
    named("CURLOPT_HTTPAUTH", schemes.isEmpty() ? "" : schemes.getFirst());
    list("CURLOPT_HTTPHEADER", c.headers);
    text("CURLOPT_REFERER", c.referer);
    text("CURLOPT_USERAGENT", c.userAgent == null ? CurlVersion.AGENT : c.userAgent);
    text("CURLOPT_KEYPASSWD", c.tls.password);
  }

  private void body(CurlConfig c, boolean upload) {
    flag("CURLOPT_NOBODY", c.noBody);
    flag("CURLOPT_FAILONERROR", c.fail == Fail.WITHOUT_BODY);
    text("CURLOPT_REQUEST_TARGET", c.requestTarget);
    flag("CURLOPT_UPLOAD", upload);
    text("CURLOPT_RANGE", c.range);
    hard("CURLOPT_ERRORBUFFER", false);
    number("CURLOPT_TIMEOUT_MS", c.maxTime);
    if (c.method == Method.POST) {
      text("CURLOPT_POSTFIELDS", c.post.toString());
      large("CURLOPT_POSTFIELDSIZE_LARGE", c.post.length());
    } else if (c.method == Method.FORM) {
      set("CURLOPT_MIMEPOST", "mime" + mime(c.form));
    }
    flag("CURLOPT_MIME_OPTIONS", c.formEscape);
    number("CURLOPT_LOW_SPEED_LIMIT", c.lowSpeedLimit);
    number("CURLOPT_LOW_SPEED_TIME", c.lowSpeedTime);
    large("CURLOPT_MAX_SEND_SPEED_LARGE", c.limitRate);
    large("CURLOPT_MAX_RECV_SPEED_LARGE", c.limitRate);
    large("CURLOPT_RESUME_FROM_LARGE", c.resume ? c.resumeFrom : 0);
    flag("CURLOPT_PATH_AS_IS", c.pathAsIs);
    flag("CURLOPT_FILETIME", c.noBody || c.remoteTime);
    flag("CURLOPT_CRLF", c.crlf);
    named(
        "CURLOPT_TIMECONDITION",
        switch (c.timeCondition) {
          case NONE -> "";
          case IF_MODIFIED -> "CURL_TIMECOND_IFMODSINCE";
          case IF_UNMODIFIED -> "CURL_TIMECOND_IFUNMODSINCE";
          case LAST_MODIFIED -> "CURL_TIMECOND_LASTMOD";
        });
    large("CURLOPT_TIMEVALUE_LARGE", c.conditionTime);
    text("CURLOPT_CUSTOMREQUEST", c.customRequest);
  }

  private void http(CurlConfig c) {
    number(
        "CURLOPT_FOLLOWLOCATION", c.follow == Follow.NO ? 0 : c.follow == Follow.OBEY_CODE ? 2 : 1);
    flag("CURLOPT_UNRESTRICTED_AUTH", c.trusted);
    text("CURLOPT_AWS_SIGV4", c.awsSigV4);
    flag("CURLOPT_AUTOREFERER", c.autoReferer);
    list("CURLOPT_PROXYHEADER", c.proxyHeaders);
    number("CURLOPT_MAXREDIRS", c.maxRedirects);
    named(
        "CURLOPT_HTTP_VERSION",
        switch (c.http) {
          case DEFAULT -> "";
          case HTTP_1_0 -> "CURL_HTTP_VERSION_1_0";
          case HTTP_1_1 -> "CURL_HTTP_VERSION_1_1";
          case HTTP_2 -> "CURL_HTTP_VERSION_2_0";
          case HTTP_2_PRIOR_KNOWLEDGE -> "CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE";
        });
    number("CURLOPT_POSTREDIR", (c.post301 ? 1 : 0) | (c.post302 ? 2 : 0) | (c.post303 ? 4 : 0));
    text("CURLOPT_ACCEPT_ENCODING", c.compressed ? "" : null);
    flag("CURLOPT_TRANSFER_ENCODING", c.trEncoding);
    flag("CURLOPT_HTTP09_ALLOWED", c.http09);
    text("CURLOPT_HSTS", c.hsts);
    text("CURLOPT_COOKIE", c.cookies.isEmpty() ? null : String.join("; ", c.cookies));
    c.cookieFiles.forEach(f -> text("CURLOPT_COOKIEFILE", f));
    text("CURLOPT_COOKIEJAR", c.cookieJar);
    flag("CURLOPT_COOKIESESSION", c.forgetSessionCookies);
    flag("CURLOPT_HEADEROPT", (c.proxy != null || c.proxyHeadersGiven) && c.tunnel);
  }

  private void tls(CurlConfig c, boolean proxied) {
    text("CURLOPT_CAINFO", c.tls.caCert);
    text("CURLOPT_PROXY_CAINFO", c.proxyTls.caCert);
    text("CURLOPT_CAPATH", c.tls.caPath);
    text("CURLOPT_PROXY_CAPATH", c.proxyTls.caPath == null ? c.tls.caPath : c.proxyTls.caPath);
    text("CURLOPT_CRLFILE", c.tls.crl);
    text("CURLOPT_PROXY_CRLFILE", c.proxyTls.crl == null ? c.tls.crl : c.proxyTls.crl);
    text("CURLOPT_PINNEDPUBLICKEY", c.tls.pinned);
    text("CURLOPT_PROXY_PINNEDPUBLICKEY", c.proxyTls.pinned);
    text("CURLOPT_SSL_EC_CURVES", c.tls.curves);
    text("CURLOPT_SSL_SIGNATURE_ALGORITHMS", c.tls.sigAlgs);
    flag("CURLOPT_CERTINFO", c.writeOut != null);
    text("CURLOPT_SSLCERT", c.tls.cert);
    text("CURLOPT_PROXY_SSLCERT", c.proxyTls.cert);
    text("CURLOPT_SSLCERTTYPE", c.tls.certType);
    text("CURLOPT_PROXY_SSLCERTTYPE", c.proxyTls.certType);
    text("CURLOPT_SSLKEY", c.tls.key);
    text("CURLOPT_PROXY_SSLKEY", c.proxyTls.key);
    text("CURLOPT_SSLKEYTYPE", c.tls.keyType);
    text("CURLOPT_PROXY_SSLKEYTYPE", c.proxyTls.keyType);
    verify("", c.tls.insecure);
    verify("PROXY_", c.proxyTls.insecure);
    set("CURLOPT_SSLVERSION", "(long)" + version(c.tls));
    if (proxied && c.proxyTls.min > 0) {
      named("CURLOPT_PROXY_SSLVERSION", "CURL_SSLVERSION_TLSv1");
    }
    text("CURLOPT_SSL_CIPHER_LIST", c.tls.ciphers);
    text("CURLOPT_PROXY_SSL_CIPHER_LIST", c.proxyTls.ciphers);
    text("CURLOPT_TLS13_CIPHERS", c.tls.ciphers13);
    text("CURLOPT_PROXY_TLS13_CIPHERS", c.proxyTls.ciphers13);
    if (c.tls.noAlpn) {
      set("CURLOPT_SSL_ENABLE_ALPN", "0L");
    }
  }

  private void verify(String whose, boolean insecure) {
    if (insecure) {
      set("CURLOPT_" + whose + "SSL_VERIFYPEER", "0L");
      set("CURLOPT_" + whose + "SSL_VERIFYHOST", "0L");
    }
  }

  private static String version(TlsOptions tls) {
    int min = tls.min == 0 ? (tls.max > 0 && tls.max < 3 ? tls.max : 3) : tls.min;
    String least = "CURL_SSLVERSION_TLSv1_" + (min - 1);
    return tls.max == 0
        ? least
        : "(" + least + " | CURL_SSLVERSION_MAX_TLSv1_" + (tls.max - 1) + ")";
  }

  private void network(CurlConfig c) {
    text("CURLOPT_INTERFACE", c.networkInterface);
    number("CURLOPT_CONNECTTIMEOUT_MS", c.connectTimeout);
    large("CURLOPT_MAXFILESIZE_LARGE", c.maxFileSize);
    number("CURLOPT_IPRESOLVE", c.ipVersion == 0 ? 0 : c.ipVersion == 4 ? 1 : 2);
    flag("CURLOPT_IGNORE_CONTENT_LENGTH", c.ignoreLength);
    if (c.localPort > 0) {
      number("CURLOPT_LOCALPORT", c.localPort);
      number("CURLOPT_LOCALPORTRANGE", c.localPortRange);
    }
    if (!c.noDelay) {
      set("CURLOPT_TCP_NODELAY", "0L");
    }
    flag("CURLOPT_TCP_KEEPALIVE", !c.noKeepAlive);
  }

  private void perform() {
    code.add("");
    code.add("/* Here is a list of options the curl code used that cannot get generated");
    code.add("   as source easily. You may choose to either not use them or implement");
    code.add("   them yourself.");
    code.add("");
    code.addAll(tooHard);
    tooHard.clear();
    code.add("");
    code.add("*/");
    code.add("");
    code.add("result = curl_easy_perform(curl);");
    code.add("");
  }

  // ---- how options are written --------------------------------------------------------------

  private void set(String option, String value) {
    code.add("curl_easy_setopt(curl, " + option + ", " + value + ");");
  }

  private void text(String option, @Nullable String value) {
    if (value != null) {
      set(option, '"' + escaped(value) + '"');
    }
  }

  private void number(String option, long value) {
    if (value != 0) {
      set(option, value + "L");
    }
  }

  private void flag(String option, boolean on) {
    number(option, on ? 1 : 0);
  }

  private void large(String option, long value) {
    if (value != 0) {
      set(option, "(curl_off_t)" + value);
    }
  }

  private void named(String option, String constant) {
    if (!constant.isEmpty()) {
      set(option, "(long)" + constant);
    }
  }

  private void list(String option, List<String> values) {
    if (!values.isEmpty()) {
      set(option, "slist" + list(values));
    }
  }

  private void hard(String option, boolean function) {
    tooHard.add(option + " was set to a" + (function ? " function" : "n object") + " pointer");
  }

  private int list(List<String> values) {
    int number = ++lists;
    String name = "slist" + number;
    declarations.add("struct curl_slist *" + name + ";");
    data.add(name + " = NULL;");
    for (String value : values) {
      data.add(name + " = curl_slist_append(" + name + ", \"" + escaped(value) + "\");");
    }
    clean.add("curl_slist_free_all(" + name + ");");
    clean.add(name + " = NULL;");
    return number;
  }

  private int mime(List<FormPart> parts) {
    int number = ++mimes;
    String name = "mime" + number;
    declarations.add("curl_mime *" + name + ";");
    data.add(name + " = NULL;");
    code.add(name + " = curl_mime_init(curl);");
    clean.add("curl_mime_free(" + name + ");");
    clean.add(name + " = NULL;");
    if (!parts.isEmpty()) {
      declarations.add("curl_mimepart *part" + number + ";");
    }
    parts.forEach(p -> part(p, number));
    return number;
  }

  private void part(FormPart p, int number) {
    String part = "part" + number;
    code.add(part + " = curl_mime_addpart(mime" + number + ");");
    @Nullable String filename = p.filename;
    switch (p.kind) {
      case PARTS -> {
        int inner = mime(p.parts);
        code.add("curl_mime_subparts(" + part + ", mime" + inner + ");");
        code.add("mime" + inner + " = NULL;");
      }
      case DATA ->
          code.add(
              "curl_mime_data(" + part + ", \"" + escaped(p.data) + "\", CURL_ZERO_TERMINATED);");
      case FILE, FILE_DATA -> {
        code.add("curl_mime_filedata(" + part + ", \"" + escaped(p.data) + "\");");
        if (p.kind == FormPart.Kind.FILE_DATA && filename == null) {
          code.add("curl_mime_filename(" + part + ", NULL);");
        }
      }
      case STDIN, STDIN_DATA -> {
        filename = filename == null && p.kind == FormPart.Kind.STDIN ? "-" : filename;
        code.add("curl_mime_data_cb(" + part + ", -1, (curl_read_callback)fread, \\");
        code.add("                  (curl_seek_callback)fseek, NULL, stdin);");
      }
    }
    about(part, "encoder", p.encoder);
    about(part, "filename", filename);
    about(part, "name", p.name);
    about(part, "type", p.type);
    if (!p.headers.isEmpty()) {
      int list = list(p.headers);
      code.add("curl_mime_headers(" + part + ", slist" + list + ", 1);");
      code.add("slist" + list + " = NULL;");
    }
  }

  private void about(String part, String what, @Nullable String value) {
    if (value != null) {
      code.add("curl_mime_" + what + "(" + part + ", \"" + escaped(value) + "\");");
    }
  }

  /** A C string; byte text. */
  private static String escaped(String text) {
    StringBuilder out = new StringBuilder();
    int length = Math.min(text.length(), MAX_STRING);
    for (int i = 0; i < length; i++) {
      char ch = text.charAt(i);
      int known = FROM.indexOf(ch);
      if (known >= 0) {
        out.append(TO.get(known));
      } else if (ch >= ' ' && ch < 0x7f) {
        out.append(ch);
      } else {
        // Octal where more digits would follow a hexadecimal escape.
        boolean digit = i + 1 < length && Character.digit(text.charAt(i + 1), 16) >= 0;
        out.append(String.format(Locale.ROOT, digit ? "\\%03o" : "\\x%02x", (int) ch));
      }
    }
    return out.append(text.length() > MAX_STRING ? "..." : "").toString();
  }

  /** Writes the program to a file, or to standard output for {@code -}. */
  public void write(CurlEnvironment environment, Console console, String file) {
    StringBuilder out =
        new StringBuilder(
            """
            /********* Sample code generated by the curl command line tool **********
             * All curl_easy_setopt() options are documented at:
             * https://curl.se/libcurl/c/curl_easy_setopt.html
             ************************************************************************/
            #include <curl/curl.h>

            int main(int argc, char *argv[])
            {
              CURLcode result;
              CURL *curl;
            """);
    declarations.forEach(l -> out.append("  ").append(l).append('\n'));
    if (!data.isEmpty()) {
      out.append('\n');
      data.forEach(l -> out.append("  ").append(l).append('\n'));
    }
    out.append('\n');
    code.add("curl_easy_cleanup(curl);");
    code.add("curl = NULL;");
    code.addAll(clean);
    code.forEach(l -> out.append(l.isEmpty() ? "" : "  " + l).append('\n'));
    out.append("\n  return (int)result;\n}\n/**** End of sample code ****/\n");
    byte[] bytes = ByteText.bytes(out.toString());
    try {
      if (file.equals("-")) {
        environment.stdout().write(bytes);
        environment.stdout().flush();
      } else {
        try (OutputStream to = Files.newOutputStream(environment.path(file))) {
          to.write(bytes);
        }
      }
    } catch (IOException | InvalidPathException e) {
      console.warn("Failed to open " + file + " to write libcurl code");
    }
  }
}
