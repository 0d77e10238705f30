package wirebook.engine.http.curl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import javax.security.auth.x500.X500Principal;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.HttpTransfer;
import wirebook.engine.http.server.HttpServer;
import wirebook.engine.http.server.HttpServers;
import wirebook.engine.http.server.Response;
import wirebook.net.NetworkClock;
import wirebook.trust.CertificateAuthority;

/** What people mistype, and what servers and proxies do to harm. */
@Tag("slow")
class CurlBadInputTest {
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
  private static final int MEGABYTE = 1 << 20;

  @TempDir Path directory;

  private Setting setting() {
    return new Setting(directory);
  }

  // ---- the command line ---------------------------------------------------------------------

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --doh-url h       | the installed libcurl version does not support this
          --alt-svc cache   | the installed libcurl version does not support this
          --nonsense        | is unknown
          --max-time never  | expected a proper numerical parameter
          -X                | requires parameter
          """)
  void aRefusedOptionIsNamedAndNothingIsSent(String option, String words) throws Exception {
    Setting setting = setting();
    try (ScriptedServer server = new ScriptedServer(OK)) {
      List<String> line =
          Stream.concat(
                  Stream.of("-q", "-sS", server.url("/")), Stream.of(option.strip().split(" ")))
              .toList();
      assertThat(setting.curl(line.toArray(String[]::new)).exitCode()).isEqualTo(2);
      assertThat(setting.err()).contains(option.strip().split(" ")[0]).contains(words);
      assertThat(server.requests()).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          http://          | 3 | No host present
          http://h:99999/  | 3 | Port number was not a decimal number between 0 and 65535
          http://h:x/      | 3 | Port number was not a decimal number between 0 and 65535
          http://[::g]/    | 3 | Bad IPv6 address
          http://a b/      | 3 | Malformed input to a URL function
          gopher://h/      | 1 | Protocol "gopher"
          """)
  void aBadUrlIsExplained(String url, int code, String words) throws Exception {
    Setting setting = setting();
    assertThat(setting.curl("-q", "-sS", "-g", url).exitCode()).isEqualTo(code);
    assertThat(setting.err()).startsWith("curl: (" + code + ") ").contains(words);
  }

  // ---- servers ------------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\0c\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nLocation: /a\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 20 OK\r\n\r\n"
      })
  void aMalformedHeaderEndsTheTransferInWords(String reply) throws Exception {
    Setting setting = setting();
    try (ScriptedServer server = new ScriptedServer(ScriptedServer.CLOSE + reply)) {
      assertThat(setting.curl("-q", "-sS", server.url("/")).exitCode()).isIn(1, 8);
      assertThat(setting.err()).matches("curl: \\([18]\\) \\S.*\n");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"H", "HTTP/1", "HTTP/1.1 200 OK", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200"})
  void anAnswerCutOffInItsFirstLineIsNone(String reply) throws Exception {
    Setting setting = setting();
    try (ScriptedServer server = new ScriptedServer(ScriptedServer.CLOSE + reply)) {
      assertThat(setting.curl("-q", "-sS", server.url("/")).exitCode()).isEqualTo(52);
      assertThat(setting.out()).isEmpty();
      assertThat(setting.err()).isEqualTo("curl: (52) Empty reply from server\n");
    }
  }

  @Test
  void anotherVersionThanAskedForIsAMismatch() throws Exception {
    Setting setting = setting();
    try (ScriptedServer server =
        new ScriptedServer(ScriptedServer.CLOSE + "HTTP/2 200 OK\r\n\r\nx")) {
      assertThat(setting.curl("-q", "-sS", server.url("/")).exitCode()).isEqualTo(8);
      assertThat(setting.err()).contains("Version mismatch (from HTTP/1 to HTTP/2)");
    }
  }

  @Test
  void anFtpUrlBehindATunnelIsRefusedOnlyAfterTheProxy() throws Exception {
    try (ScriptedServer proxy =
        new ScriptedServer(
            "HTTP/1.1 501 No\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 Fine\r\n\r\n")) {
      String at = "127.0.0.1:" + proxy.port();
      Setting setting = setting();
      assertThat(setting.curl("-q", "-sS", "-p", "-x", at, "ftp://h.example/f").exitCode())
          .isEqualTo(7);
      assertThat(proxy.requests().getFirst()).startsWith("CONNECT h.example:21 HTTP/1.1\r\n");
      assertThat(setting.curl("-q", "-sS", "-p", "-x", at, "ftp://h.example/f").exitCode())
          .isEqualTo(1);
      assertThat(setting.err()).contains("Protocol \"ftp\" not supported");
    }
  }

  @Test
  void anEmptyWordIsNoUrl() throws Exception {
    Setting setting = setting();
    assertThat(setting.curl("-q", "").exitCode()).isEqualTo(2);
    assertThat(setting.err()).startsWith("curl: option : blank argument where content is expected");
  }

  @Test
  void aWrongCertificateIsNoConnectionAndSaysWhatIsWrong() throws Exception {
    Instant now = Instant.now();
    CertificateAuthority lab = new CertificateAuthority(new X500Principal("CN=lab"), now);
    Files.writeString(directory.resolve("ca.pem"), lab.pem());
    assertRefused(lab, "other.example", now, "no alternative certificate subject name matches");
    assertRefused(lab, "localhost", now.minus(Duration.ofDays(1000)), "certificate has expired");
    CertificateAuthority stranger = new CertificateAuthority(new X500Principal("CN=x"), now);
    assertRefused(stranger, "localhost", now, "SSL certificate problem");
  }

  private void assertRefused(CertificateAuthority by, String host, Instant issued, String words)
      throws Exception {
    HttpServers servers = new HttpServers();
    AtomicInteger requests = new AtomicInteger();
    try {
      HttpServers.Plan plan =
          HttpServers.Plan.on(
              0,
              "tls",
              request -> {
                requests.incrementAndGet();
                return Response.text("secret");
              });
      HttpServer server =
          servers.start(plan.with(by.issue(List.of(host), issued)), NetworkClock.SYSTEM).server();
      String url = "https://localhost:" + server.port() + "/";
      Setting setting = setting();
      assertThat(setting.curl("-q", "-sS", "--cacert", "ca.pem", url).exitCode()).isEqualTo(60);
      assertThat(setting.err()).startsWith("curl: (60) ").contains(words);
      assertThat(setting.out()).isEmpty();
      assertThat(requests).hasValue(0);
    } finally {
      servers.closeAll();
    }
  }

  @Test
  void anEndlessLineOfHeaderEndsTheTransfer() throws Exception {
    Setting setting = setting();
    try (ScriptedServer server =
        new ScriptedServer("HTTP/1.1 200 OK\r\nA: " + "b".repeat(MEGABYTE))) {
      assertThat(setting.curl("-q", "-sS", server.url("/")).exitCode()).isEqualTo(100);
      assertThat(setting.err()).startsWith("curl: (100) ");
    }
  }

  @Test
  void headersWithoutEndEndTheTransfer() throws Exception {
    Setting setting = setting();
    try (ScriptedServer server =
        new ScriptedServer(
            "HTTP/1.1 200 OK\r\n" + ("A: " + "b".repeat(1000) + "\r\n").repeat(400))) {
      assertThat(setting.curl("-q", "-sS", server.url("/")).exitCode()).isEqualTo(56);
      assertThat(setting.err()).contains("Too large response headers");
    }
  }

  @Test
  void anEndlessBodyEndsWhereItWasAskedToAndMemoryHoldsItsBeginning() throws Exception {
    String chunk = "100000\r\n" + "x".repeat(MEGABYTE) + "\r\n";
    try (ScriptedServer server =
        new ScriptedServer(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk.repeat(20))) {
      Setting limited = setting();
      assertThat(
              limited
                  .curl("-q", "-sS", "--max-filesize", "3M", "-o", "limited", server.url("/"))
                  .exitCode())
          .isEqualTo(63);
      assertThat(limited.err()).startsWith("curl: (63) Exceeded the maximum allowed file size");
      assertThat(directory.resolve("limited")).hasSize(3L * MEGABYTE);

      Setting timed = setting();
      HttpTransfer value = timed.curl("-q", "-sS", "-m", "2", "-o", "/dev/null", server.url("/"));
      assertThat(value.exitCode()).isEqualTo(28);
      assertThat(value.response().orElseThrow().bodyLength()).isEqualTo(20L * MEGABYTE);
      assertThat(value.bytes().length()).isEqualTo(MEGABYTE);
      assertThat(value.response().orElseThrow().truncated()).isTrue();
    }
  }

  private static String zip(String bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(ByteText.bytes(bytes));
    }
    return ByteText.of(out.toByteArray());
  }

  private static String answer(String codings, String body) {
    return "HTTP/1.1 200 OK\r\nContent-Encoding: "
        + codings
        + "\r\nContent-Length: "
        + body.length()
        + "\r\n\r\n"
        + body;
  }

  @Test
  void aDecompressionBombIsGivenUpInACellAndSaysSo() throws Exception {
    String bomb = zip("\0".repeat(80 * MEGABYTE));
    try (ScriptedServer server = new ScriptedServer(answer("gzip", bomb))) {
      Setting cell = setting();
      cell.inCell = true;
      HttpTransfer value = cell.curl("-q", "-sS", "--compressed", "-o", "bomb", server.url("/"));
      assertThat(value.exitCode()).isEqualTo(63);
      assertThat(cell.err())
          .startsWith("curl: (63) Decompression bomb: ")
          .contains("unpacked to more than 64 MiB", "--max-filesize");
      assertThat(Files.size(directory.resolve("bomb"))).isBetween(63L << 20, 64L << 20);
      // What went to a file is there, and not a second time in memory.
      assertThat(value.bytes().length()).isZero();

      Setting asked = setting();
      asked.inCell = true;
      assertThat(
              asked
                  .curl(
                      "-q",
                      "-sS",
                      "--compressed",
                      "--max-filesize",
                      "1G",
                      "-o",
                      "all",
                      server.url("/"))
                  .exitCode())
          .isZero();
      Setting shell = setting();
      assertThat(shell.curl("-q", "-sS", "--compressed", "-o", "all", server.url("/")).exitCode())
          .isZero();
      assertThat(directory.resolve("all")).hasSize(80L * MEGABYTE);
    }
  }

  @Test
  void aBombInsideOfTwoCodingsIsFoundAlthoughNothingComesOut() throws Exception {
    // A gzip head, and then blocks without content for ever.
    String head = "\u001f\u008b\b\0\0\0\0\0\0\3";
    String bomb = zip(head + "\0\0\0\u00ff\u00ff".repeat(16 * MEGABYTE));
    try (ScriptedServer server = new ScriptedServer(answer("gzip, gzip", bomb))) {
      Setting cell = setting();
      cell.inCell = true;
      assertThat(cell.curl("-q", "-sS", "--compressed", server.url("/")).exitCode()).isEqualTo(63);
      assertThat(cell.out()).isEmpty();
    }
  }

  @Test
  void aGzipNameWithoutEndIsABadEncoding() throws Exception {
    String body = "\u001f\u008b\b\b\0\0\0\0\0\3" + "n".repeat(200_000);
    Setting setting = setting();
    try (ScriptedServer server = new ScriptedServer(answer("gzip", body))) {
      assertThat(setting.curl("-q", "-sS", "--compressed", server.url("/")).exitCode())
          .isEqualTo(61);
      assertThat(setting.err()).contains("header too long");
    }
  }

  @Test
  void aRedirectLoopEndsAfterFiftyOrAsManyAsAllowed() throws Exception {
    try (ScriptedServer server =
        new ScriptedServer("HTTP/1.1 302 F\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n")) {
      Setting setting = setting();
      HttpTransfer value = setting.curl("-q", "-sSL", server.url("/"));
      assertThat(value.exitCode()).isEqualTo(47);
      assertThat(value.exchanges()).hasSize(51);
      assertThat(server.connections()).isEqualTo(1);
      setting.curl("-q", "-sSL", "--max-redirs", "2", server.url("/"));
      assertThat(setting.err())
          .isEqualTo(
              """
              curl: (47) Maximum (50) redirects followed
              curl: (47) Maximum (2) redirects followed
              """);
    }
  }

  @Test
  void aCookieForAnotherSiteIsNotKeptAndOursDoesNotLeave() throws Exception {
    try (ScriptedServer other = new ScriptedServer(OK);
        ScriptedServer server =
            new ScriptedServer(
                "HTTP/1.1 302 F\r\nSet-Cookie: evil=1; Domain=other.example\r\n"
                    + "Set-Cookie: ours=2\r\nLocation: http://other.example:"
                    + other.port()
                    + "/\r\nContent-Length: 0\r\n\r\n")) {
      Setting setting = setting();
      HttpTransfer value =
          setting.curl(
              "-q",
              "-sSL",
              "-c",
              "jar",
              "-u",
              "me:secret",
              "--resolve",
              "*:" + other.port() + ":127.0.0.1",
              server.url("/"));
      assertThat(value.exitCode()).isZero();
      assertThat(other.requests().getFirst()).doesNotContain("Cookie", "Authorization");
      assertThat(Files.readString(directory.resolve("jar")))
          .contains("ours")
          .doesNotContain("evil");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/etc/../../evil", "..\\..\\evil", "....//evil", "C:\\evil", "a/b/evil"})
  void aNameFromTheServerLeavesNoFolder(String name) throws Exception {
    Path inner = Files.createDirectory(directory.resolve("inner"));
    try (ScriptedServer server =
        new ScriptedServer(
            "HTTP/1.1 200 OK\r\nContent-Disposition: attachment; filename=\""
                + name
                + "\"\r\nContent-Length: 5\r\n\r\nhello")) {
      Setting setting = new Setting(inner);
      assertThat(setting.curl("-q", "-sSOJ", server.url("/x")).exitCode()).isZero();
      assertThat(inner.resolve("evil")).hasContent("hello");
      // And what is there is not overwritten by a name that nobody here chose.
      assertThat(setting.curl("-q", "-sSOJ", server.url("/x")).exitCode()).isEqualTo(23);
      assertThat(inner).isDirectoryNotContaining("glob:**/x");
    }
    try (Stream<Path> around = Files.list(directory)) {
      assertThat(around).containsExactly(inner);
    }
  }

  // ---- proxies ------------------------------------------------------------------------------

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          HTTP/1.1 403 No~~                        |  7 | CONNECT tunnel failed, response 403
          HTTP/1.1 200 OK~Content-Length: 5~~hello | 35 | TLS connect error
          SSH-2.0-proxy~                           | 56 | Proxy CONNECT aborted
          ''                                       | 56 | Proxy CONNECT aborted
          """)
  void aProxyThatLiesIsNotBelieved(String reply, int code, String words) throws Exception {
    Setting setting = setting();
    try (ScriptedServer proxy =
        new ScriptedServer(ScriptedServer.CLOSE + reply.replace("~", "\r\n"))) {
      assertThat(
              setting.curl("-q", "-sS", "-x", proxy.url("/"), "https://site.example/").exitCode())
          .isEqualTo(code);
      assertThat(setting.err()).startsWith("curl: (" + code + ") ").contains(words);
      assertThat(setting.out()).isEmpty();
    }
  }

  /** As in case 1665 of curl's suite. */
  @Test
  void theLastLineOfAHeadWithoutAnEndIsShownWhenItIsWhole() throws Exception {
    Setting setting = setting();
    String head = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n";
    try (ScriptedServer server =
        new ScriptedServer(
            ScriptedServer.CLOSE + head + "Whole: yes\r\n",
            ScriptedServer.CLOSE + head + "Whole: n")) {
      assertThat(setting.curl("-q", "-sS", "-i", server.url("/")).exitCode()).isEqualTo(18);
      assertThat(setting.out()).isEqualTo(head + "Whole: yes\r\n");
      Setting cut = setting();
      assertThat(cut.curl("-q", "-sS", "-i", server.url("/")).exitCode()).isEqualTo(18);
      assertThat(cut.out()).isEqualTo(head);
    }
  }
}
