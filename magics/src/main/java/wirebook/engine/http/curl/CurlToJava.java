package wirebook.engine.http.curl;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.CurlCode;
import wirebook.engine.http.HttpFailure;
import wirebook.engine.http.HttpUrl;
import wirebook.engine.http.HttpUrl.BadUrl;
import wirebook.engine.http.HttpUrl.Flag;
import wirebook.engine.http.Multipart;
import wirebook.engine.http.Multipart.Segment;
import wirebook.engine.http.curl.CurlConfig.Follow;
import wirebook.engine.http.curl.CurlConfig.HttpVersion;
import wirebook.engine.http.curl.CurlConfig.Target;

/**
 * A command line of curl as Java code that sends the same request with {@code java.net.http}, ready
 * to be run in a cell.
 */
public final class CurlToJava {
  /** What {@code java.net.http} sets itself, and refuses to be given. */
  private static final Set<String> RESTRICTED =
      Set.of("connection", "content-length", "expect", "host", "upgrade");

  private static final String NO_BODY = "HttpRequest.BodyPublishers.noBody()";

  private final CurlEnvironment environment;
  private final StringBuilder code = new StringBuilder();
  private final List<String> remarks = new ArrayList<>();

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
    Arguments arguments = new Arguments(environment, console);
    try {
      arguments.parse(words);
      CurlToJava translator = new CurlToJava(environment);
      int number = 0;
      for (CurlConfig config : arguments.configs) {
        for (Target target : config.targets) {
          if (target.url != null) {
            translator.request(config, target, ++number);
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
      console.print("curl: (" + e.code().number() + ") " + e.words() + "\n");
      return new Translation("", e.code().number());
    }
  }

  private void line(String text) {
    code.append(text).append('\n');
  }

  private void request(CurlConfig c, Target target, int number) throws HttpFailure {
    String suffix = number == 1 ? "" : String.valueOf(number);
    remarks.clear();
    String url = url(c, CurlConfig.orEmpty(target.url));
    List<String> builder = new ArrayList<>();
    String method = body(c, target, suffix, builder);
    headers(c, builder);
    if (c.maxTime > 0) {
      builder.add(".timeout(Duration.ofMillis(" + c.maxTime + "))");
    }
    String custom = c.customRequest == null ? method : c.customRequest;
    String publisher = builder.removeFirst();
    client(c, suffix, url.startsWith("http:"));
    line("var request" + suffix + " = HttpRequest.newBuilder(URI.create(" + literal(url) + "))");
    builder.forEach(b -> line("    " + b));
    boolean plain = publisher.equals(NO_BODY) && List.of("GET", "HEAD", "DELETE").contains(custom);
    // With method(…) the client would send Content-Length: 0.
    line(
        plain
            ? "    ." + custom + "()"
            : "    .method(" + literal(custom) + ", " + publisher + ")");
    line("    .build();");
    remarks.forEach(r -> line("// " + r));
    String out = target.outFile;
    boolean file = out != null && !out.equals("-");
    line(
        "var response"
            + suffix
            + " = client"
            + suffix
            + ".send(request"
            + suffix
            + ", HttpResponse.BodyHandlers."
            + (file ? "ofFile(Path.of(" + literal(CurlConfig.orEmpty(out)) + "))" : "ofString()")
            + ");");
    if (c.showHeaders || c.noBody) {
      line("System.out.println(response" + suffix + ".statusCode());");
      line(
          "response"
              + suffix
              + ".headers().map().forEach((name, values) -> System.out.println(name + \": \" +"
              + " String.join(\", \", values)));");
    }
    if (!c.noBody) {
      line("System.out.println(response" + suffix + ".body());");
    }
  }

  private static String url(CurlConfig c, String given) throws HttpFailure {
    try {
      HttpUrl url = HttpUrl.parse(given, Flag.GUESS_SCHEME, Flag.ANY_SCHEME);
      if (c.useGet && c.posts) {
        url = url.withQueryAppended(c.post.toString());
      }
      String query = c.query;
      return (query == null ? url : url.withQueryAppended(query)).withoutFragment().text();
    } catch (BadUrl e) {
      throw new HttpFailure(e.problem().code(), "URL rejected: " + e.problem().words());
    }
  }

  private void client(CurlConfig c, String suffix, boolean plain) {
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
    String proxy = c.proxy;
    if (proxy != null && !proxy.isEmpty()) {
      try {
        HttpUrl at = HttpUrl.parse(proxy, Flag.GUESS_SCHEME, Flag.ANY_SCHEME);
        line(
            "    .proxy(ProxySelector.of(new InetSocketAddress("
                + literal(at.hostName())
                + ", "
                + at.port().orElse(1080)
                + ")))");
      } catch (BadUrl e) {
        remarks.add("the proxy " + printable(proxy) + " was left out");
      }
    }
    line("    .build();");
    if (c.tls.insecure) {
      remarks.add("-k: java.net.http trusts any certificate only with an SSLContext that does");
    }
    if (c.compressed) {
      remarks.add("--compressed: java.net.http does not decompress; a GZIPInputStream does");
    }
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
      builder.add("HttpRequest.BodyPublishers.ofFile(Path.of(" + literal(upload) + "))");
      return "PUT";
    }
    if (!c.form.isEmpty()) {
      Multipart.Content.Parts form = new Forms(environment).form(c.form);
      String type = Multipart.contentType(Optional.empty(), form);
      line("var body" + suffix + " = new ByteArrayOutputStream();");
      for (Segment segment : Multipart.body(form, type, c.formEscape)) {
        line(
            "body"
                + suffix
                + ".writeBytes("
                + switch (segment) {
                  case Segment.Memory m ->
                      literal(ByteText.of(m.bytes().toArray()))
                          + ".getBytes(java.nio.charset.StandardCharsets.UTF_8)";
                  case Segment.OnDisk d ->
                      "Files.readAllBytes(Path.of("
                          + literal(ByteText.fromText(d.path().toString()))
                          + "))";
                }
                + ");");
      }
      builder.add("HttpRequest.BodyPublishers.ofByteArray(body" + suffix + ".toByteArray())");
      builder.add(header("Content-Type", type));
      return "POST";
    }
    if (c.posts && !c.useGet) {
      builder.add("HttpRequest.BodyPublishers.ofString(" + literal(c.post.toString()) + ")");
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
      if (value.isEmpty()) {
        continue;
      }
      if (RESTRICTED.contains(ByteText.lower(name))) {
        remarks.add(
            "java.net.http sets "
                + printable(name)
                + " itself, unless it is started with -Djdk.httpclient.allowRestrictedHeaders="
                + printable(name));
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
    }
    String user = c.user;
    if (user != null && c.auth == CurlConfig.AUTH_DIGEST) {
      remarks.add("--digest: java.net.http has no Digest authentication");
    } else if (user != null) {
      builder.add(
          header(
              "Authorization",
              "Basic "
                  + Base64.getEncoder()
                      .encodeToString(ByteText.bytes(user.indexOf(':') < 0 ? user + ":" : user))));
    }
    if (c.bearer != null) {
      builder.add(header("Authorization", "Bearer " + c.bearer));
    }
    if (c.referer != null) {
      builder.add(header("Referer", c.referer));
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
    return ".header(" + literal(name) + ", " + literal(value) + ")";
  }

  /** Without what would end a comment's line. */
  private static String printable(String byteText) {
    return byteText.replaceAll("[\\x00-\\x1f\\\\]", "?");
  }

  /** A string literal of Java; byte text goes in, so that it stays byte text until the end. */
  private static String literal(String byteText) {
    StringBuilder out = new StringBuilder("\"");
    for (int i = 0; i < byteText.length(); i++) {
      char c = byteText.charAt(i);
      switch (c) {
        case '"', '\\' -> out.append('\\').append(c);
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default ->
            out.append(
                c < 0x20 || c == 0x7f ? String.format("\\%03o", (int) c) : String.valueOf(c));
      }
    }
    return out.append('"').toString();
  }
}
