package wirebook.engine.http.curl;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.CurlCode;
import wirebook.engine.http.HttpFailure;
import wirebook.engine.http.HttpUrl;
import wirebook.engine.http.HttpUrl.BadUrl;
import wirebook.engine.http.HttpUrl.Flag;
import wirebook.engine.http.JavaSource;
import wirebook.engine.http.Multipart;
import wirebook.engine.http.Multipart.Segment;
import wirebook.engine.http.client.CallOptions.Follow;
import wirebook.engine.http.client.CallOptions.HttpVersion;
import wirebook.engine.http.curl.options.Arguments;
import wirebook.engine.http.curl.options.Console;
import wirebook.engine.http.curl.options.CurlCommand;
import wirebook.engine.http.curl.options.CurlConfig;
import wirebook.engine.http.curl.options.CurlConfig.Target;
import wirebook.engine.http.curl.options.CurlEnvironment;
import wirebook.engine.http.curl.options.CurlOptions.InJava;
import wirebook.engine.http.curl.options.CurlUsage;
import wirebook.engine.http.curl.options.CurlVersion;

/**
 * A command line of curl as Java code that sends the same request with {@code java.net.http}, ready
 * to be run in a cell.
 */
public final class CurlToJava {
  /** How many requests one URL may stand for. */
  private static final int MOST = 20;

  /** How long a string of a class file may be: 65,535 bytes (JVMS, section 4.4.7). */
  private static final int LITERAL = 30_000;

  private static final String NO_BODY = "HttpRequest.BodyPublishers.noBody()";

  private final CurlEnvironment environment;
  private final StringBuilder code = new StringBuilder();
  private final List<String> remarks = new ArrayList<>();

  /** Name and password of the URL of the request that is being made. */
  private Optional<String> urlUser = Optional.empty();

  /** The type of its form, if it has one. */
  private Optional<String> formType = Optional.empty();

  private CurlToJava(CurlEnvironment environment) {
    this.environment = environment;
  }

  /** What came of it: the code, and curl's exit code for the command line. */
  public record Translation(String code, int exitCode) {}

  /**
   * Translates.
   *
   * @param words curl's arguments as byte text; complaints about them go to standard error
   */
  public static Translation translate(CurlEnvironment environment, List<String> words) {
    Console console = new Console(environment);
    CurlCommand line = new CurlCommand(environment, console);
    try {
      new Arguments(line).parse(words);
      CurlToJava translator = new CurlToJava(environment);
      int number = 0;
      for (CurlConfig config : line.configs) {
        for (Target target : config.targets) {
          for (String url : translator.urls(config, target)) {
            translator.request(config, target, url, ++number);
          }
        }
      }
      if (number == 0) {
        console.help("(2) no URL specified");
        return new Translation("", CurlCode.FAILED_INIT.number());
      }
      return new Translation(ByteText.toText(translator.code.toString()), 0);
    } catch (CurlUsage e) {
      return new Translation("", CurlCode.FAILED_INIT.number());
    } catch (HttpFailure e) {
      console.failed(e.code(), e.words());
      return new Translation("", e.code().number());
    }
  }

  private void line(String text) {
    code.append(text).append('\n');
  }

  /** What a URL with alternatives and ranges stands for; not more of it than fits into a cell. */
  private List<String> urls(CurlConfig c, Target target) throws HttpFailure {
    String url = target.url;
    if (url == null || c.globOff || target.noGlob) {
      return url == null ? List.of() : List.of(url);
    }
    List<String> urls = new ArrayList<>();
    try {
      UrlGlob glob = new UrlGlob(url);
      while (urls.size() < Math.min(glob.amount(), MOST)) {
        urls.add(glob.next().orElse(url));
      }
      if (glob.amount() > MOST) {
        line("// the first " + MOST + " of " + glob.amount() + " requests");
      }
    } catch (UrlGlob.BadGlob e) {
      throw new HttpFailure(CurlCode.URL_MALFORMAT, e.words());
    }
    return urls;
  }

  private void request(CurlConfig c, Target target, String given, int number) throws HttpFailure {
    String suffix = number == 1 ? "" : String.valueOf(number);
    remarks.clear();
    formType = Optional.empty();
    String url = url(c, target, given);
    if (!url.startsWith("http:") && !url.startsWith("https:")) {
      line(
          "// "
              + printable(url)
              + (url.startsWith("file:")
                  ? ": java.nio.file.Files reads and writes files"
                  : ": java.net.http has newWebSocketBuilder() for ws and wss only"));
      return;
    }
    List<String> builder = new ArrayList<>();
    String method = body(c, target, suffix, builder);
    headers(c, builder);
    if (c.maxTime > 0) {
      builder.add(".timeout(Duration.ofMillis(" + c.maxTime + "))");
    }
    String custom = c.customRequest == null ? method : c.customRequest;
    String publisher = builder.removeFirst();
    client(c, suffix, url.startsWith("http:"), builder);
    leftOut(c);
    line(
        "var request%s = HttpRequest.newBuilder(URI.create(%s))"
            .formatted(suffix, JavaSource.literal(url)));
    builder.forEach(b -> line("    " + b));
    boolean plain = publisher.equals(NO_BODY) && List.of("GET", "HEAD", "DELETE").contains(custom);
    // With method(…) the client would send Content-Length: 0.
    line(
        plain
            ? "    ." + custom + "()"
            : "    .method(" + JavaSource.literal(custom) + ", " + publisher + ")");
    line("    .build();");
    remarks.forEach(r -> line("// " + r));
    Optional<String> file = file(c, target, given);
    String handler =
        target.outNull
            ? "discarding()"
            : file.map(f -> "ofFile(Path.of(" + JavaSource.literal(f) + "))").orElse("ofString()");
    line(
        "var response%1$s = client%1$s.send(request%1$s, HttpResponse.BodyHandlers.%2$s);"
            .formatted(suffix, handler));
    if (c.showHeaders || c.noBody) {
      line("System.out.println(response" + suffix + ".statusCode());");
      line(
          "response%s.headers().map().forEach((name, values) -> System.out.println(name + \": \" + String.join(\", \", values)));"
              .formatted(suffix));
    }
    if (!c.noBody && !target.outNull) {
      String unless =
          c.fail == CurlConfig.Fail.WITHOUT_BODY
              ? "if (response" + suffix + ".statusCode() < 400) "
              : "";
      line(unless + "System.out.println(response" + suffix + ".body());");
    }
  }

  /** Where the body goes, none for the cell. */
  private static Optional<String> file(CurlConfig c, Target target, String url) {
    String out = target.outFile;
    Optional<String> name = Optional.ofNullable(out).filter(o -> !o.equals("-"));
    if (target.remoteName) {
      String path = url.replaceFirst("[?#].*", "").replaceFirst("^[^/]*//[^/]*", "");
      String last = path.substring(path.lastIndexOf('/') + 1);
      name = Optional.of(last.isEmpty() ? "curl_response" : last);
    }
    String folder = c.outputDir;
    return name.map(n -> folder == null || n.startsWith("/") ? n : folder + "/" + n);
  }

  private String url(CurlConfig c, Target target, String given) throws HttpFailure {
    try {
      String upload = target.inFile;
      String whole =
          upload == null || upload.equals("-") || upload.equals(".")
              ? given
              : Planner.withFileName(given, upload);
      HttpUrl url = HttpUrl.parse(whole, Flag.GUESS_SCHEME, Flag.ANY_SCHEME);
      if (!HttpUrl.knows(url.scheme())) {
        throw new HttpFailure(
            CurlCode.UNSUPPORTED_PROTOCOL, "Protocol \"" + url.scheme() + "\" not supported");
      }
      if (c.useGet && c.posts) {
        url = url.withQueryAppended(c.post.toString());
      }
      String query = c.query;
      url = query == null ? url : url.withQueryAppended(query);
      return legal(withoutUser(url.withoutFragment()).text());
    } catch (BadUrl e) {
      throw e.rejected();
    }
  }

  /** The URL without its name and password, which become a header. */
  private HttpUrl withoutUser(HttpUrl url) {
    urlUser = url.user().map(user -> ByteText.unescape(user + ":" + url.password().orElse("")));
    return url.withUser(Optional.empty(), Optional.empty());
  }

  /** As {@code java.net.URI} takes it (RFC 2396): curl sends such characters as they are. */
  private String legal(String url) {
    String out = JavaSource.uri(url);
    if (out.length() > url.length()) {
      remarks.add("java.net.URI takes some characters only as %XX; curl sends them as they are");
    }
    return out;
  }

  /** What changes the request or where it goes, and has no counterpart here. */
  private void leftOut(CurlConfig c) {
    c.given.stream()
        .filter(option -> option.inJava() == InJava.LEFT_OUT)
        .forEach(option -> remarks.add(option.shortest() + " was left out"));
  }

  /** A context for TLS that trusts all, or those of a file; N stands for the request's number. */
  private void trust(CurlConfig c, String suffix) {
    line("var tls" + suffix + " = javax.net.ssl.SSLContext.getInstance(\"TLS\");");
    String template =
        c.tls.insecure
            ? """
            // -k: whoever answers is believed
            var anybodyN = new javax.net.ssl.X509ExtendedTrustManager() {
              public void checkClientTrusted(java.security.cert.X509Certificate[] c, String a) {}
              public void checkClientTrusted(java.security.cert.X509Certificate[] c, String a, java.net.Socket s) {}
              public void checkClientTrusted(java.security.cert.X509Certificate[] c, String a, javax.net.ssl.SSLEngine e) {}
              public void checkServerTrusted(java.security.cert.X509Certificate[] c, String a) {}
              public void checkServerTrusted(java.security.cert.X509Certificate[] c, String a, java.net.Socket s) {}
              public void checkServerTrusted(java.security.cert.X509Certificate[] c, String a, javax.net.ssl.SSLEngine e) {}
              public java.security.cert.X509Certificate[] getAcceptedIssuers() { return new java.security.cert.X509Certificate[0]; }
            };
            tlsN.init(null, new javax.net.ssl.TrustManager[] {anybodyN}, null);
            """
            : """
            var authoritiesN = java.security.KeyStore.getInstance("PKCS12");
            authoritiesN.load(null, null);
            try (var in = Files.newInputStream(Path.of(FILE))) {
              for (var c : java.security.cert.CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                authoritiesN.setCertificateEntry("ca" + authoritiesN.size(), c);
              }
            }
            var trustN = javax.net.ssl.TrustManagerFactory.getInstance("PKIX");
            trustN.init(authoritiesN);
            tlsN.init(null, trustN.getTrustManagers(), null);
            """;
    code.append(
        template
            .replaceAll("(?<=tls|anybody|authorities|trust)N\\b", suffix)
            .replace("FILE", JavaSource.literal(ByteText.orEmpty(c.tls.caCert))));
  }

  private void client(CurlConfig c, String suffix, boolean plain, List<String> builder) {
    boolean trust = !plain && (c.tls.insecure || c.tls.caCert != null);
    if (trust) {
      trust(c, suffix);
    }
    line("var client" + suffix + " = HttpClient.newBuilder()");
    HttpVersion version = c.http;
    if (version == HttpVersion.HTTP_1_1
        || version == HttpVersion.HTTP_1_0
        || (plain && version == HttpVersion.DEFAULT)) {
      // Without it the client would offer an upgrade to HTTP/2, which curl does not.
      line("    .version(HttpClient.Version.HTTP_1_1)");
    }
    if (version == HttpVersion.HTTP_1_0) {
      remarks.add("java.net.http does not speak HTTP/1.0; this is HTTP/1.1");
    }
    if (c.follow != Follow.NO) {
      line("    .followRedirects(HttpClient.Redirect.NORMAL)");
    }
    if (c.connectTimeout > 0) {
      line("    .connectTimeout(Duration.ofMillis(" + c.connectTimeout + "))");
    }
    if (trust) {
      line("    .sslContext(tls" + suffix + ")");
    }
    String proxy = c.proxy;
    if (proxy != null && !proxy.isEmpty()) {
      try {
        HttpUrl at = HttpUrl.parse(proxy, Flag.GUESS_SCHEME, Flag.ANY_SCHEME);
        proxy(c, at, plain, builder);
        line(
            "    .proxy(ProxySelector.of(new InetSocketAddress(%s, %s)))"
                .formatted(JavaSource.literal(at.hostName()), at.port().orElse(1080)));
      } catch (BadUrl e) {
        remarks.add("the proxy " + printable(proxy) + " was left out");
      }
    }
    line("    .build();");
    if (c.compressed) {
      remarks.add("--compressed: java.net.http does not decompress; a GZIPInputStream does");
    }
  }

  private void proxy(CurlConfig c, HttpUrl at, boolean plain, List<String> builder) {
    boolean socks = c.proxyType.startsWith("socks") || at.scheme().startsWith("socks");
    if (socks || at.scheme().equals("https")) {
      remarks.add(
          "java.net.http knows proxies of plain HTTP only, no " + (socks ? "SOCKS" : "HTTPS"));
    }
    if (plain && !socks) {
      builder.add(header("Proxy-Connection", "Keep-Alive"));
    }
    if (plain && c.tunnel) {
      remarks.add("-p: java.net.http asks a proxy for a tunnel only for https");
    }
    Optional<String> user =
        Optional.ofNullable(c.proxyUser)
            .or(() -> at.user().map(u -> ByteText.unescape(u + ":" + at.password().orElse(""))));
    if (user.isPresent() && c.proxyDigest) {
      remarks.add("--proxy-digest: java.net.http has no Digest authentication");
    } else if (user.isPresent()) {
      builder.add(header("Proxy-Authorization", basic(user.get())));
      if (!plain) {
        remarks.add(
            "a proxy gets a password for https only with"
                + " -Djdk.http.auth.tunneling.disabledSchemes=");
      }
    }
  }

  private static String basic(String user) {
    return "Basic "
        + Base64.getEncoder()
            .encodeToString(ByteText.bytes(user.indexOf(':') < 0 ? user + ":" : user));
  }

  /** The method; the first of {@code builder} is the publisher of the body. */
  private String body(CurlConfig c, Target target, String suffix, List<String> builder)
      throws HttpFailure {
    String upload = target.inFile;
    if (c.noBody) {
      builder.add(NO_BODY);
      return "HEAD";
    }
    if (upload != null) {
      builder.add("HttpRequest.BodyPublishers.ofFile(Path.of(" + JavaSource.literal(upload) + "))");
      return "PUT";
    }
    if (!c.form.isEmpty()) {
      Multipart.Content.Parts form = new Forms(environment).form(c.form);
      String type = Forms.contentType(c, form);
      formType = Optional.of(type);
      line("var body" + suffix + " = new ByteArrayOutputStream();");
      for (Segment segment : Multipart.body(form, type, c.formEscape)) {
        String content =
            switch (segment) {
              case Segment.Memory m -> bytes(ByteText.of(m.bytes().toArray()));
              case Segment.Quoted q -> bytes(ByteText.of(q.bytes().toArray()));
              case Segment.OnDisk d ->
                  "Files.readAllBytes(Path.of(%s))"
                      .formatted(JavaSource.literal(ByteText.fromText(d.path().toString())));
            };
        line("body" + suffix + ".writeBytes(" + content + ");");
      }
      builder.add("HttpRequest.BodyPublishers.ofByteArray(body" + suffix + ".toByteArray())");
      builder.add(header("Content-Type", type));
      return "POST";
    }
    if (c.posts && !c.useGet) {
      String post = c.post.toString();
      builder.add(
          fits(post)
              ? "HttpRequest.BodyPublishers.ofString(" + JavaSource.literal(post) + ")"
              : "HttpRequest.BodyPublishers.ofByteArray(" + bytes(post) + ")");
      if (!has(c, "content-type")) {
        builder.add(
            header(
                "Content-Type", c.json ? "application/json" : "application/x-www-form-urlencoded"));
      }
      return "POST";
    }
    builder.add(NO_BODY);
    return "GET";
  }

  private void headers(CurlConfig c, List<String> builder) {
    if (c.headers.stream().noneMatch(h -> ByteText.lower(h).startsWith("accept:"))) {
      builder.add(header("Accept", c.json ? "application/json" : "*/*"));
    }
    for (String given : c.headers) {
      int colon = given.indexOf(':');
      String value = colon < 0 ? "" : ByteText.trimBlanks(given.substring(colon + 1));
      String name = colon < 0 ? given : given.substring(0, colon);
      if (colon < 0 && given.endsWith(";")) {
        builder.add(header(given.substring(0, given.length() - 1), ""));
        continue;
      }
      if (value.isEmpty() || (formType.isPresent() && name.equalsIgnoreCase("Content-Type"))) {
        continue;
      }
      if (JavaSource.RESTRICTED.contains(ByteText.lower(name))) {
        remarks.add(
            ("java.net.http sets %1$s itself, unless it is started with"
                    + " -Djdk.httpclient.allowRestrictedHeaders=%1$s")
                .formatted(printable(name)));
      } else {
        builder.add(header(name, value));
        if (value.chars().anyMatch(ch -> ch > 0x7e)) {
          remarks.add("java.net.http sends ? for what is not ASCII in " + printable(name));
        }
      }
    }
    String agent = c.userAgent == null ? CurlVersion.AGENT : c.userAgent;
    if (!has(c, "user-agent") && !agent.isEmpty()) {
      builder.add(header("User-Agent", agent));
    } else if (builder.stream().noneMatch(b -> b.startsWith(".header(\"User-Agent"))) {
      remarks.add("java.net.http sends a User-Agent in any case, its own if none is given");
    }
    Optional<String> user = Optional.ofNullable(c.user).or(() -> urlUser);
    if (user.isPresent() && (c.auth & CurlConfig.AUTH_DIGEST) != 0) {
      remarks.add("--digest: java.net.http has no Digest authentication");
    } else if (user.isPresent()
        && c.bearer == null
        && c.awsSigV4 == null
        && !has(c, "authorization")) {
      builder.add(header("Authorization", basic(user.get())));
    }
    if (c.bearer != null && !has(c, "authorization")) {
      builder.add(header("Authorization", "Bearer " + c.bearer));
    }
    String referer = ByteText.orEmpty(c.referer);
    if (!referer.isEmpty() && !has(c, "referer")) {
      builder.add(header("Referer", referer));
    }
    if (!c.cookies.isEmpty()) {
      builder.add(header("Cookie", String.join("; ", c.cookies)));
    }
    if (c.range != null) {
      builder.add(header("Range", "bytes=" + c.range));
    }
    if (c.cookieJar != null || !c.cookieFiles.isEmpty()) {
      remarks.add(
          "cookies that are kept: HttpClient.newBuilder().cookieHandler(new CookieManager())");
    }
  }

  private static boolean has(CurlConfig c, String name) {
    return c.headers.stream().anyMatch(h -> ByteText.lower(h).startsWith(name + ":"));
  }

  private static String header(String name, String value) {
    return ".header(" + JavaSource.literal(name) + ", " + JavaSource.literal(value) + ")";
  }

  /** Whether it can stand in a class file as a string, whose form in UTF-8 is that of the bytes. */
  private static boolean fits(String byteText) {
    return byteText.length() <= LITERAL
        && ByteText.fromText(ByteText.toText(byteText)).equals(byteText);
  }

  /** An expression for the bytes. */
  private static String bytes(String byteText) {
    if (fits(byteText)) {
      return JavaSource.literal(byteText) + ".getBytes(java.nio.charset.StandardCharsets.UTF_8)";
    }
    String base64 = Base64.getEncoder().encodeToString(ByteText.bytes(byteText));
    List<String> pieces = new ArrayList<>();
    for (int i = 0; i < base64.length(); i += LITERAL) {
      pieces.add("\"" + base64.substring(i, Math.min(base64.length(), i + LITERAL)) + "\"");
    }
    return "java.util.Base64.getDecoder().decode(String.join(\"\", "
        + String.join(", ", pieces)
        + "))";
  }

  /** Without what would end a comment's line. */
  private static String printable(String byteText) {
    return byteText.replaceAll("[\\x00-\\x1f\\\\]", "?");
  }
}
