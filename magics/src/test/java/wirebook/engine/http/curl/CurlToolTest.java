package wirebook.engine.http.curl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import wirebook.engine.http.HttpExchange;
import wirebook.engine.http.HttpTransfer;
import wirebook.engine.http.curl.options.CurlVersion;

/** The whole command against a server of this machine. */
@Tag("slow")
class CurlToolTest {
  private static final String OK =
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: text/plain\r\n\r\nhello";

  @TempDir Path directory;

  private Setting setting() {
    return new Setting(directory);
  }

  @Test
  void aBodyGoesToTheOutputAndIntoTheValue() throws Exception {
    Setting setting = setting();
    try (ScriptedServer server = new ScriptedServer(OK)) {
      HttpTransfer value = setting.curl("-q", "-sS", server.url("/a?b"));
      assertThat(setting.out()).isEqualTo("hello");
      assertThat(setting.err()).isEmpty();
      assertThat(server.requests())
          .containsExactly(
              "GET /a?b HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nUser-Agent: curl/"
                  + CurlVersion.NUMBER
                  + "\r\nAccept: */*\r\n\r\n");
      assertThat(value.status()).isEqualTo(200);
      assertThat(value.body()).isEqualTo("hello");
      assertThat(value.header("content-type")).isEqualTo("text/plain");
      assertThat(value.exitCode()).isZero();
    }
  }

  @Test
  void theOtherFamilyIsNotTriedWhenTheFirstIsThereInTime() throws Exception {
    Setting setting = setting();
    try (ScriptedServer server = new ScriptedServer(OK)) {
      String two = "two.test:" + server.port() + ":";
      setting.curl(
          "-qsvo",
          "out",
          "--happy-eyeballs-timeout-ms",
          "60000",
          "--resolve",
          two + "127.0.0.1,[::1]",
          server.url("/").replace("127.0.0.1", "two.test"));
      assertThat(setting.err()).contains("  Trying 127.0.0.1:").doesNotContain("Trying [::1]");
    }
  }

  @Test
  void anOptionOfAnotherProtocolIsTakenAndDoesNothing() throws Exception {
    Setting setting = setting();
    try (ScriptedServer server = new ScriptedServer(OK)) {
      setting.curl(
          "-qsSla", "-P", "-", "--ftp-pasv", "--mail-rcpt", "a@b", "-Q", "NOOP", server.url("/"));
      assertThat(setting.err()).isEmpty();
      assertThat(setting.out()).isEqualTo("hello");
    }
  }

  @Test
  void aRedirectIsAChainOverOneConnection() throws Exception {
    try (ScriptedServer server =
        new ScriptedServer("HTTP/1.1 301 M\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n", OK)) {
      HttpTransfer value = setting().curl("-q", "-sSL", "-d", "x=1", server.url("/a"));
      assertThat(server.requests().get(0)).startsWith("POST /a ").endsWith("\r\n\r\nx=1");
      assertThat(server.requests().get(1)).startsWith("GET /b ");
      assertThat(server.connections()).isEqualTo(1);
      assertThat(value.exchanges()).extracting(HttpExchange::reused).containsExactly(false, true);
      assertThat(value.urls()).containsExactly(server.url("/a"), server.url("/b"));
    }
  }

  @Test
  void digestAnswersTheChallenge() throws Exception {
    try (ScriptedServer server =
        new ScriptedServer(
            """
            HTTP/1.1 401 A\r
            WWW-Authenticate: Digest realm="r", nonce="n"\r
            Content-Length: 0\r
            \r
            """,
            OK)) {
      HttpTransfer value = setting().curl("-q", "-sS", "--digest", "-u", "u:p", server.url("/"));
      assertThat(value.status()).isEqualTo(200);
      assertThat(server.requests().get(0)).doesNotContain("Authorization");
      assertThat(server.requests().get(1))
          .contains("Authorization: Digest username=\"u\", realm=\"r\", nonce=\"n\", uri=\"/\"");
    }
  }

  @Test
  void failuresHaveCurlsNumbersAndWords() throws Exception {
    Setting setting = setting();
    try (ScriptedServer server =
        new ScriptedServer(
            "HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno",
            ScriptedServer.CLOSE + "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
            ScriptedServer.CLOSE,
            ScriptedServer.CLOSE + "just text\n")) {
      assertThat(setting.curl("-q", "-sSf", server.url("/")).exitCode()).isEqualTo(22);
      assertThat(setting.curl("-q", "-sS", server.url("/")).exitCode()).isEqualTo(18);
      assertThat(setting.curl("-q", "-sS", server.url("/")).exitCode()).isEqualTo(52);
      assertThat(setting.curl("-q", "-sS", server.url("/")).exitCode()).isEqualTo(1);
      assertThat(setting.err())
          .isEqualTo(
              """
              curl: (22) The requested URL returned error: 404
              curl: (18) end of response with 7 bytes missing
              curl: (52) Empty reply from server
              curl: (1) Received HTTP/0.9 when not allowed
              """);
    }
  }

  @Test
  void everyCutOfAResponseIsSurvived() throws Exception {
    String whole =
        """
        HTTP/1.1 200 OK\r
        Transfer-Encoding: chunked\r
        Set-Cookie: a=b\r
        \r
        3\r
        abc\r
        0\r
        T: x\r
        \r
        """;
    for (int cut = 0; cut <= whole.length(); cut++) {
      try (ScriptedServer server =
          new ScriptedServer(ScriptedServer.CLOSE + whole.substring(0, cut))) {
        int exit = setting().curl("-q", "-sS", server.url("/")).exitCode();
        assertThat(exit).as("cut at " + cut).isIn(0, 1, 8, 18, 52, 56);
        if (cut > whole.indexOf("3\r\n")) {
          assertThat(exit).as("cut at " + cut).isEqualTo(cut == whole.length() ? 0 : 18);
        }
      }
    }
  }

  @Test
  void aFileIsSentInAForm() throws Exception {
    Files.writeString(directory.resolve("f.txt"), "content");
    try (ScriptedServer server = new ScriptedServer(OK)) {
      setting().curl("-q", "-sS", "-F", "a=b", "-F", "f=@f.txt", server.url("/"));
      assertThat(server.requests().getFirst())
          .contains("Content-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n")
          .contains(
              "name=\"f\"; filename=\"f.txt\"\r\nContent-Type: text/plain\r\n\r\ncontent\r\n");
    }
  }

  @Test
  void standardInputIsSentInChunks() throws Exception {
    Setting setting = setting();
    setting.stdin = "from outside".getBytes(StandardCharsets.UTF_8);
    try (ScriptedServer server = new ScriptedServer(OK)) {
      setting.curl("-q", "-sS", "-T", "-", server.url("/x"));
      assertThat(server.requests().getFirst())
          .startsWith("PUT /x HTTP/1.1\r\n")
          .contains("Transfer-Encoding: chunked\r\n")
          .endsWith("\r\n\r\nc\r\nfrom outside\r\n0\r\n\r\n");
    }
  }

  @Test
  void aNameFromTheServerStaysInTheFolder() throws Exception {
    Setting setting = setting();
    try (ScriptedServer server =
        new ScriptedServer(
            "HTTP/1.1 200 OK\r\nContent-Disposition: attachment; filename=\"../../evil\"\r\n"
                + "Content-Length: 2\r\n\r\nhi")) {
      setting.curl("-q", "-sS", "-OJ", server.url("/path/name"));
      assertThat(directory.resolve("evil")).hasContent("hi");
    }
  }

  @Test
  void cookiesGoFromOneTransferToTheNextAndIntoTheFile() throws Exception {
    try (ScriptedServer server =
        new ScriptedServer(
            "HTTP/1.1 200 OK\r\nSet-Cookie: k=v; Path=/\r\nContent-Length: 0\r\n\r\n", OK)) {
      setting().curl("-q", "-sS", "-c", "jar", server.url("/1"), server.url("/2"));
      assertThat(server.requests().get(1)).contains("Cookie: k=v\r\n");
      assertThat(Files.readString(directory.resolve("jar")))
          .endsWith("127.0.0.1\tFALSE\t/\tFALSE\t0\tk\tv\n");
    }
  }

  @Test
  void aTunnelIsAskedForAndThenUsed() throws Exception {
    try (ScriptedServer server = new ScriptedServer("HTTP/1.1 200 Go\r\n\r\n", OK)) {
      HttpTransfer value =
          setting()
              .curl("-q", "-sS", "-p", "-x", server.url("/"), "-U", "a:b", "http://far.example/x");
      assertThat(server.requests().get(0))
          .startsWith("CONNECT far.example:80 HTTP/1.1\r\nHost: far.example:80\r\n")
          .contains("Proxy-Authorization: Basic YTpi\r\n");
      assertThat(server.requests().get(1))
          .startsWith("GET /x HTTP/1.1\r\nHost: far.example\r\n")
          .doesNotContain("Proxy");
      assertThat(value.status()).isEqualTo(200);
    }
  }

  @Test
  void everyWriteOutVariableHasAValue() throws Exception {
    Setting setting = setting();
    try (ScriptedServer server = new ScriptedServer(OK)) {
      for (String name : WriteOut.names()) {
        if (name.equals("stderr") || name.equals("onerror")) {
          continue;
        }
        setting.out.reset();
        setting.curl("-q", "-sS", "-o", "body", "-w", "<%{" + name + "}>", server.url("/"));
        assertThat(setting.out()).as(name).startsWith("<").endsWith(">").doesNotContain("%{");
      }
      assertThat(setting.err()).isEmpty();
    }
  }

  @Test
  void aBodyThatGoesToAFileIsNotInTheValueToo() throws Exception {
    String body = "x".repeat(100_000);
    String answer = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + body;
    try (ScriptedServer server = new ScriptedServer(answer)) {
      HttpTransfer value = setting().curl("-q", "-sS", "-o", "body", server.url("/"));
      assertThat(directory.resolve("body")).hasContent(body);
      assertThat(value.bytes().length()).isZero();
      assertThat(value.weight()).isLessThan(40_000);
      assertThatThrownBy(value::body)
          .hasMessageContaining("100,000 bytes")
          .hasMessageContaining("file");
      HttpTransfer kept = setting().curl("-q", "-sS", "-o", "/dev/null", server.url("/"));
      assertThat(kept.body()).isEqualTo(body);
    }
  }

  @Test
  void whereAFileCameFromIsStoredBesideIt() throws Exception {
    try (ScriptedServer server = new ScriptedServer(OK)) {
      Setting setting = setting();
      String url = server.url("/").replace("://", "://me:secret@");
      setting.curl("-q", "-sS", "--xattr", "-e", "http://from/", "-o", "body", url);
      Path file = directory.resolve("body");
      if (setting.err().contains("extended attributes")) {
        assertThat(setting.err()).as("this file system has none").contains("on 'body'");
        return;
      }
      assertThat(attribute(file, "mime_type")).isEqualTo("text/plain");
      assertThat(attribute(file, "xdg.origin.url")).isEqualTo(server.url("/"));
      assertThat(attribute(file, "xdg.referrer.url")).isEqualTo("http://from/");
      assertThat(attribute(file, "creator")).isEqualTo("curl");
    }
  }

  private static String attribute(Path file, String name) throws IOException {
    return new String((byte[]) Files.getAttribute(file, "user:" + name), StandardCharsets.UTF_8);
  }

  @Test
  void severalAtOnceAllComeThrough() throws IOException, InterruptedException {
    Setting setting = setting();
    try (ScriptedServer server = new ScriptedServer(OK)) {
      HttpTransfer value = setting.curl("-q", "-sSZ", server.url("/[1-20]"), "-o", "#1.out");
      assertThat(value.exitCode()).isZero();
      assertThat(server.requests()).hasSize(20);
      for (int i = 1; i <= 20; i++) {
        assertThat(directory.resolve(i + ".out")).hasContent("hello");
      }
    }
  }

  @Test
  void aRetryComesAfterAPassingError() throws Exception {
    try (ScriptedServer server =
        new ScriptedServer(
            "HTTP/1.1 503 Later\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n", OK)) {
      Setting setting = setting();
      HttpTransfer value =
          setting.curl("-q", "-sS", "--retry", "1", "--retry-delay", "1", server.url("/"));
      assertThat(value.status()).isEqualTo(200);
      assertThat(setting.out()).isEqualTo("hello");
    }
  }

  @Test
  void helpKnowsCategoriesAndOptions() throws Exception {
    Setting setting = setting();
    setting.curl("--help", "auth");
    assertThat(setting.out()).startsWith("auth: Authentication methods\n").contains("--digest");
    setting.out.reset();
    setting.curl("--help", "nonsense");
    assertThat(setting.out()).startsWith("Unknown category provided").contains(" tls         TLS");
    setting.out.reset();
    setting.curl("--help", "-F");
    assertThat(setting.out()).contains("-F, --form <name=content>");
    setting.curl("--help", "--badone");
    assertThat(setting.err()).isEqualTo("Incorrect option name to show help for, see curl -h\n");
  }

  @Test
  void moreHeadersThanAnyoneNeedsEndTheTransfer() throws Exception {
    Setting setting = setting();
    try (ScriptedServer server =
        new ScriptedServer("HTTP/1.1 200 OK\r\n" + "A: b\r\n".repeat(5001) + "\r\n")) {
      assertThat(setting.curl("-q", "-sS", server.url("/")).exitCode()).isEqualTo(100);
      assertThat(setting.err()).isEqualTo("curl: (100) Too many response headers, 5000 is max\n");
    }
  }

  @Test
  void anUploadThatIsNotThereIsNotTriedAgain() throws Exception {
    Setting setting = setting();
    HttpTransfer value =
        setting.curl(
            "-q",
            "-sS",
            "--retry",
            "5",
            "--retry-all-errors",
            "-T",
            "nowhere",
            "http://127.0.0.1:1/");
    assertThat(value.exitCode()).isEqualTo(26);
    assertThat(setting.err()).startsWith("curl: cannot open 'nowhere'\n");
  }

  @Test
  void aSocksProxyMayListenOnAUnixSocket() throws Exception {
    Path path = directory.resolve("s.sock");
    try (ServerSocketChannel proxy = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      proxy.bind(UnixDomainSocketAddress.of(path));
      Thread.ofVirtual()
          .start(
              () -> {
                try (SocketChannel client = proxy.accept()) {
                  InputStream in = Channels.newInputStream(client);
                  OutputStream out = Channels.newOutputStream(client);
                  in.readNBytes(2 + 1);
                  out.write(new byte[] {5, 0});
                  in.readNBytes(10);
                  out.write(new byte[] {5, 0, 0, 1, 127, 0, 0, 1, 0, 80});
                  in.readNBytes(1);
                  out.write(OK.getBytes(StandardCharsets.ISO_8859_1));
                } catch (IOException e) {
                  // The assertion below tells.
                }
              });
      Setting setting = setting();
      setting.curl("-q", "-sS", "--socks5", "localhost" + path, "http://192.0.2.1/");
      assertThat(setting.err()).isEmpty();
      assertThat(setting.out()).isEqualTo("hello");
    }
  }

  @Test
  void aLocalPortThatIsTakenIsPassedOver() throws Exception {
    try (ScriptedServer server = new ScriptedServer(OK);
        ServerSocket taken = new ServerSocket(0)) {
      int port = taken.getLocalPort();
      int last = Math.min(port + 50, 65535);
      Setting setting = setting();
      setting.curl("-q", "-sS", "--local-port", port + "-" + last, server.url("/"));
      assertThat(setting.err()).isEmpty();
      Setting none = setting();
      assertThat(none.curl("-q", "-sS", "--local-port", "" + port, server.url("/")).exitCode())
          .isEqualTo(45);
      assertThat(none.err()).contains("Address already in use");
    }
  }

  @Test
  void anAddressIsUsedWhateverFamilyNamesAreLookedUpFor() throws Exception {
    Setting setting = setting();
    try (ScriptedServer server = new ScriptedServer(OK)) {
      assertThat(setting.curl("-q", "-sS", "-6", server.url("/")).exitCode()).isZero();
    }
  }

  @Test
  void quotedPrintableHasNoLengthBeforeItIsSent() throws Exception {
    try (ScriptedServer server = new ScriptedServer(OK)) {
      setting().curl("-q", "-sS", "-F", "a=\u00e9;encoder=quoted-printable", server.url("/"));
      assertThat(server.requests().getFirst())
          .contains("\r\nTransfer-Encoding: chunked\r\n")
          .contains("=C3=A9")
          .doesNotContain("Content-Length");
    }
  }
}
