package wirebook.engine.http.curl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import wirebook.engine.http.HttpExchange;
import wirebook.engine.http.HttpTransfer;
import wirebook.engine.http.server.HttpServer;
import wirebook.engine.http.server.HttpServers;
import wirebook.engine.http.server.Response;
import wirebook.engine.http.server.Routes;
import wirebook.net.NetworkClock;
import wirebook.trace.Event;

/** HTTP/2 against Jetty. */
class CurlHttp2Test {
  private static final int LARGE = 700_000;

  @TempDir Path directory;
  private final HttpServers servers = new HttpServers();
  private final Routes routes =
      new Routes()
          .get("/", request -> Response.text("hello\n"))
          .get("/large", request -> Response.text("x".repeat(LARGE)))
          .post("/", request -> Response.text("got " + request.text().length()));

  @AfterEach
  void closeAll() {
    servers.closeAll();
  }

  private String url() throws IOException {
    HttpServer server =
        servers.start(HttpServers.Plan.on(0, "h2", routes), NetworkClock.SYSTEM).server();
    return "http://127.0.0.1:" + server.port();
  }

  @Test
  void priorKnowledgeSpeaksHttp2FromTheFirstByteAndOneConnectionCarriesAll() throws Exception {
    Setting setting = new Setting(directory);
    String url = url();
    HttpTransfer value =
        setting.curl("-q", "-sS", "--http2-prior-knowledge", "-v", url + "/", url + "/nowhere");
    assertThat(setting.out()).startsWith("hello\n");
    assertThat(setting.err())
        .contains("* using HTTP/2\n", "* [HTTP/2] [1] OPENED stream for " + url + "/\n")
        .contains("* [HTTP/2] [1] [:method: GET]\n* [HTTP/2] [1] [:scheme: http]\n")
        .contains("> GET / HTTP/2\r\n", "< HTTP/2 200 \r\n")
        .contains("* [HTTP/2] [3] OPENED stream", "< HTTP/2 404 \r\n");
    assertThat(value.exchanges()).extracting(HttpExchange::reused).containsExactly(false, true);
    assertThat(value.response().orElseThrow().version()).isEqualTo("HTTP/2");
    assertThat(value.trace().sent(1).text()).startsWith("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    assertThat(value.trace().of(Event.Note.class).map(Event.Note::text))
        .anyMatch(note -> note.startsWith("HTTP/2 sent HEADERS, stream 1, "))
        .anyMatch(note -> note.startsWith("HTTP/2 received SETTINGS for the connection"));
  }

  @Test
  void aPathMayHaveAColon() throws Exception {
    routes.get("/a:b", request -> Response.text("found"));
    Setting setting = new Setting(directory);
    setting.curl("-q", "-sS", "--http2-prior-knowledge", url() + "/a:b?c:d");
    assertThat(setting.out()).isEqualTo("found");
  }

  @Test
  void anUpgradeGoesOnWithTheResponseOnStreamOne() throws Exception {
    Setting setting = new Setting(directory);
    HttpTransfer value = setting.curl("-q", "-sS", "--http2", "-v", url() + "/");
    assertThat(setting.out()).isEqualTo("hello\n");
    assertThat(setting.err())
        .contains("> Upgrade: h2c\r\n", "> HTTP2-Settings: AAMAAABkAAQAAQAAAAIAAAAA\r\n")
        .contains("< HTTP/1.1 101 ", "* Received 101, Switching to HTTP/2\n", "< HTTP/2 200 \r\n");
    assertThat(value.status()).isEqualTo(200);
  }

  @Test
  void largeBodiesRespectTheWindowsBothWays() throws Exception {
    Setting setting = new Setting(directory);
    Files.writeString(directory.resolve("up"), "y".repeat(LARGE));
    String url = url();
    setting.curl("-q", "-sS", "--http2-prior-knowledge", url + "/large");
    assertThat(setting.out.size()).isEqualTo(LARGE);
    setting.out.reset();
    setting.curl("-q", "-sS", "--http2-prior-knowledge", "--data-binary", "@up", url + "/");
    assertThat(setting.out()).isEqualTo("got " + LARGE);
    setting.out.reset();
    setting.stdin = "z".repeat(LARGE).getBytes(StandardCharsets.UTF_8);
    setting.curl("-q", "-sS", "--http2-prior-knowledge", "-X", "POST", "-T", "-", url + "/");
    assertThat(setting.out()).isEqualTo("got " + LARGE);
  }

  @Test
  void parallelTransfersAreStreamsOfOneConnection() throws Exception {
    CountDownLatch all = new CountDownLatch(3);
    routes.get(
        "/together",
        request -> {
          all.countDown();
          return Response.text(all.await(20, TimeUnit.SECONDS) ? "met\n" : "alone\n");
        });
    Setting setting = new Setting(directory);
    String url = url();
    HttpTransfer value =
        setting.curl("-q", "-sS", "-Z", "--http2-prior-knowledge", url + "/together?[1-3]");
    assertThat(setting.out()).isEqualTo("met\nmet\nmet\n");
    assertThat(value.exchanges()).extracting(HttpExchange::channel).containsOnly(1);
    assertThat(value.exchanges())
        .extracting(HttpExchange::reused)
        .containsExactlyInAnyOrder(false, true, true);
  }

  @Test
  void parallelTransfersHaveConnectionsOfTheirOwnWhenNobodyMayWait() throws Exception {
    CountDownLatch all = new CountDownLatch(2);
    routes.get(
        "/together",
        request -> {
          all.countDown();
          return Response.text(all.await(20, TimeUnit.SECONDS) ? "met\n" : "alone\n");
        });
    Setting setting = new Setting(directory);
    String url = url();
    HttpTransfer value =
        setting.curl("-q", "-sS", "-Z", "--parallel-immediate", url + "/together?[1-2]");
    assertThat(setting.out()).isEqualTo("met\nmet\n");
    assertThat(value.exchanges()).extracting(HttpExchange::reused).containsExactly(false, false);
  }

  @Test
  void oneStreamThatIsGivenUpLeavesTheOthersAlone() throws Exception {
    Setting setting = new Setting(directory);
    String url = url();
    HttpTransfer value =
        setting.curl(
            "-q",
            "-sS",
            "-Z",
            "--http2-prior-knowledge",
            "--max-filesize",
            "1000",
            url + "/large",
            "-o",
            "large",
            "--next",
            "--http2-prior-knowledge",
            "-sS",
            url + "/");
    assertThat(value.exitCode()).isEqualTo(63);
    assertThat(setting.out()).isEqualTo("hello\n");
  }

  @Test
  void aServerThatOnlySpeaksHttp1IsUnderstood() throws Exception {
    Setting setting = new Setting(directory);
    try (ScriptedServer server =
        new ScriptedServer("HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n")) {
      HttpTransfer value = setting.curl("-q", "-sS", "--http2-prior-knowledge", server.url("/"));
      assertThat(value.exitCode()).isEqualTo(16);
      assertThat(setting.err()).isEqualTo("curl: (16) HTTP/2: the server answered in HTTP/1\n");
    }
  }

  @Test
  void http3IsRefused() throws Exception {
    Setting setting = new Setting(directory);
    assertThat(setting.curl("--http3", "http://127.0.0.1/").exitCode()).isEqualTo(2);
    assertThat(setting.err())
        .startsWith("curl: option --http3: the installed libcurl version does not support this\n");
  }
}
