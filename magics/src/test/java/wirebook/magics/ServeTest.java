package wirebook.magics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import wirebook.engine.http.server.HttpServer;
import wirebook.engine.http.server.HttpServers;
import wirebook.engine.http.server.Response;
import wirebook.magics.http.Curl;
import wirebook.magics.serve.Serve;
import wirebook.net.NetworkClock;
import wirebook.spi.MagicException;
import wirebook.spi.MimeBundle;

@Tag("slow")
class ServeTest extends ServingNotebook {
  private static final String PIXEL =
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

  ServeTest() {
    super("lab");
  }

  private Object serve(String line) throws InterruptedException {
    return cells.run(new Serve(), "%serve " + line);
  }

  private HttpServer start(String line) throws InterruptedException {
    return (HttpServer) serve(line);
  }

  private static HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(
          request.version(HttpClient.Version.HTTP_1_1).build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }

  private static HttpResponse<String> get(HttpServer server, String path) throws Exception {
    return send(HttpRequest.newBuilder(URI.create(server.url()).resolve(path)));
  }

  private String printed() {
    return cells.printed();
  }

  @Test
  void aServerThatRunsIsHadInSilence() throws Exception {
    HttpServer server = start("0 --name mine -q");
    assertThat(serve("log mine -q")).isSameAs(server);
    assertThat(printed()).doesNotContain("No request");
  }

  @Test
  void theClassesServiceIsWhatItStartsByItself() throws Exception {
    HttpServer server = start("0");
    assertThat(printed()).startsWith("http://127.0.0.1:" + server.port() + "/ serves");
    assertThat(get(server, "/html").body()).contains("Herman Melville - Moby-Dick");
  }

  /** A cell of ada's on a hub, where jupyter-server-proxy is installed or not. */
  private void onAHub(boolean proxy) throws IOException {
    if (proxy) {
      Path folder = directory.resolve("env/etc/jupyter/jupyter_server_config.d");
      Files.createDirectories(folder);
      Files.createFile(folder.resolve("jupyter-server-proxy.json"));
    }
    String path = directory.resolve("env/bin").toString();
    cells =
        new TestCells(
            internets, directory, Map.of("JUPYTERHUB_SERVICE_PREFIX", "/user/ada/", "PATH", path));
    servers = cells.service(HttpServers.class, HttpServers::new);
  }

  @Test
  void onAHubTheLinkGoesThroughItsProxyWhichSpeaksNoTls() throws Exception {
    onAHub(true);
    String path = "/user/ada/proxy/" + start("0 --name open").port() + "/";
    assertThat(cells.shown().getFirst().data())
        .containsEntry("text/plain", "In your browser: " + path)
        .hasEntrySatisfying(
            MimeBundle.HTML, html -> assertThat(html).contains("href=\"" + path + "\""));
    start("0 --tls --name sealed");
    assertThat(cells.shown()).hasSize(1);
    assertThat(printed()).contains("the hub's proxy speaks no TLS");
    serve("list");
    assertThat(printed()).contains("  in your browser: " + path);
  }

  @Test
  void onAHubWithoutAProxyThereIsAWordAndNoLink() throws Exception {
    onAHub(false);
    start("0");
    assertThat(cells.shown()).isEmpty();
    assertThat(printed()).contains("this hub has no jupyter-server-proxy");
  }

  @Test
  void aWordIsNoServerToHandRequestsOnTo() {
    assertThat(cells.complaint(new Serve(), "%serve 0 --to foo").diagnostic().message())
        .isEqualTo("\"foo\" is no address of a server");
  }

  @Test
  void anUploadedPictureIsShownBelowTheCell() throws Exception {
    HttpServer server = start("0 --upload up");
    byte[] head =
        "--b\r\nContent-Disposition: form-data; name=file; filename=p.png\r\n\r\n"
            .getBytes(StandardCharsets.US_ASCII);
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.write(head);
    body.write(Base64.getDecoder().decode(PIXEL));
    body.write("\r\n--b--".getBytes(StandardCharsets.US_ASCII));
    HttpResponse<String> response =
        send(
            HttpRequest.newBuilder(URI.create(server.url() + "api/upload"))
                .header("Content-Type", "multipart/form-data; boundary=b")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body.toByteArray())));
    assertThat(response.statusCode()).isEqualTo(201);
    assertThat(cells.shown().getFirst().data()).containsEntry("image/png", PIXEL);
    assertThat(directory.resolve("up/p.png")).exists();
  }

  @Test
  void httpbinOnAFreePortPrintsItsAddress() throws Exception {
    HttpServer server = start("0 --httpbin");
    assertThat(printed()).containsPattern("http://127\\.0\\.0\\.1:[1-9][0-9]*/");
    assertThat(get(server, "/status/418").statusCode()).isEqualTo(418);
    assertThat(get(server, "/nope").headers().firstValue("Content-Type"))
        .contains("text/html; charset=utf-8");
  }

  @Test
  void tlsIsToldWithWhoSignedAndHowOthersMayTrustIt() throws Exception {
    HttpServer server = start("0 --tls");
    assertThat(printed())
        .contains("https://127.0.0.1:", "signed by CN=Wirebook lab root", "curl --cacert /");
    assertThat(get(server, "/").statusCode()).isEqualTo(200);
    assertThat(
            Path.of(
                printed()
                    .lines()
                    .filter(l -> l.contains("--cacert"))
                    .findFirst()
                    .orElseThrow()
                    .replaceFirst(".*--cacert ", "")))
        .content()
        .startsWith("-----BEGIN CERTIFICATE-----");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " --tls"})
  void aPublishedServerIsASiteOfTheLab(String tls) throws Exception {
    HttpServer server = start("0 --publish shop.class.example" + tls);
    String url = (tls.isEmpty() ? "http" : "https") + "://shop.class.example/";
    assertThat(printed()).contains("in the lab " + url, "class.example. has its address");
    String status = "%curl -sS -o x -w %{http_code} " + url;
    cells.run(new Curl(), status + "api/items");
    assertThat(printed()).isEqualTo("200");
    HttpServer second = start("0 --httpbin --publish shop.class.example" + tls);
    cells.run(new Curl(), status + "robots.txt");
    assertThat(printed()).isEqualTo("200");
    server.close();
    cells.run(new Curl(), status + "status/418");
    assertThat(printed()).isEqualTo("418");
    second.close();
    cells.run(new Curl(), "%curl -sS " + url);
    assertThat(printed()).contains("curl: (7)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "google.com",
        "www.class.example",
        "api.class.example",
        "shop.nowhere",
        "a_b.class.example",
        ".."
      })
  void aNameThatIsAnothersIsRefused(String name) {
    assertThatThrownBy(() -> serve("0 --publish " + name))
        .isInstanceOfSatisfying(
            MagicException.class,
            e -> assertThat(e.diagnostic().fix()).contains("shop.class.example"));
    assertThat(servers.list()).isEmpty();
  }

  @Test
  void theSameLineAgainTakesThePlaceAndThePortOfTheFirst() throws Exception {
    HttpServer first = start("0 --httpbin");
    get(first, "/get");
    await().until(() -> first.requestCount() == 1 && first.inFlight() == 0);
    HttpServer second = start("0 --httpbin");
    assertThat(second.port()).isEqualTo(first.port());
    assertThat(printed()).contains("in place of httpbin", "1 request");
    assertThat(servers.list()).hasSize(1);
    assertThat(start("0").port()).isNotEqualTo(first.port());
  }

  @Test
  void requestsAreListedLoggedAndShownAndTheServerStops() throws Exception {
    HttpServer server = start("0");
    get(server, "/nope?x=1");
    // The line is written when the response is out, so the client may be ahead of it.
    await().untilAsserted(() -> assertThat(printed()).contains("\"GET /nope?x=1 HTTP/1.1\" 404 "));
    serve("list");
    assertThat(printed()).contains(server.url(), "1 request");
    serve("log " + server.port());
    assertThat(printed()).contains("\"GET /nope?x=1 HTTP/1.1\" 404 ");
    serve("show");
    assertThat(printed()).contains("> GET /nope?x=1 HTTP/1.1\n", "< HTTP/1.1 404 Not Found\n");
    serve("restart");
    assertThat(get(server, "/").statusCode()).isEqualTo(200);
    serve("stop");
    assertThat(printed()).contains("port " + server.port() + " is free");
    assertThat(servers.list()).isEmpty();
  }

  @Test
  void whoeverAsksWaitsForALatencyInTheLabAsWell() throws Exception {
    HttpServer slow = start("0 --latency 150ms");
    HttpServer httpbin = start("0 --httpbin");
    long before = System.nanoTime();
    assertThat(get(slow, "/").statusCode()).isEqualTo(200);
    assertThat(get(httpbin, "/delay/0.15").statusCode()).isEqualTo(200);
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThan(Duration.ofMillis(290));
  }

  @Test
  void aConnectionIsShownAsOneWithAllItsExchangesAndTheKnobsThatActed() throws Exception {
    HttpServer server = start("0 --latency 1ms --rate 1");
    try (Socket socket = new Socket(server.address().getAddress(), server.port())) {
      socket
          .getOutputStream()
          .write(
              ("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(2)
                      + "GET /?<b> HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      socket.getInputStream().readAllBytes();
    }
    await().until(() -> server.connections().getFirst().closed().isPresent());
    serve("show");
    MimeBundle shown = cells.shown().getLast();
    assertThat(shown.text())
        .startsWith("connection 1 from 127.0.0.1:")
        .containsOnlyOnce("connection ")
        .containsSubsequence(
            "> GET /\n",
            "< 200 OK, ",
            "[latency 1 ms]",
            "> GET /?<b>\n",
            "< 429 Too Many Requests, ",
            "[rate]",
            "- closed by the server");
    assertThat(shown.data().get(MimeBundle.HTML)).startsWith("<img src=\"data:image/svg+xml");
    int before = cells.shown().size();
    serve("show " + server.port() + " 2");
    assertThat(cells.shown()).hasSize(before);
  }

  @Test
  void severalServersStandBehindOneAddress() throws Exception {
    HttpServer one = start("0 --name one");
    HttpServer two = start("0 --name two");
    HttpServer both =
        start("0 --name both --to 127.0.0.1:" + one.port() + " --to 127.0.0.1:" + two.port());
    one.close();
    for (int i = 0; i < 4; i++) {
      assertThat(get(both, "/html").statusCode()).isEqualTo(200);
    }
    await().until(() -> two.requestCount() == 4);
    await().until(() -> both.requestCount() == 4);
    assertThat(both.log()).contains("[127.0.0.1:" + one.port() + " is not there]");
  }

  @Test
  void framesAreNamedBelowTheExchange() throws Exception {
    HttpServer server = start("0");
    try (HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build()) {
      client.send(
          HttpRequest.newBuilder(URI.create(server.url())).build(),
          HttpResponse.BodyHandlers.ofString());
    }
    await().until(() -> server.requestCount() == 1);
    serve("show");
    assertThat(printed())
        .contains("< HTTP/2.0 200\n", "frames on connection 1:", "< HEADERS, stream 1, ");
  }

  @Test
  void filesOfAFolderAreServed() throws Exception {
    Files.writeString(directory.resolve("a.txt"), "A");
    HttpServer server = start("0 --dir .");
    assertThat(get(server, "/a.txt").body()).isEqualTo("A");
  }

  @Test
  void knobsAreToldInWords() throws Exception {
    start(
        "0 --keep-alive 5s --latency=10ms-20ms --error-rate 100% --max-body 64k --max-connections 9"
            + " --rate 100");
    assertThat(printed())
        .contains(
            "idle connections kept for 5 s, a latency of 10 ms to 20 ms, 100 % failing, content up"
                + " to 65536 bytes, at most 9 connections, at most 100 requests a second");
    assertThat(get(servers.list().getFirst(), "/").statusCode()).isEqualTo(503);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "frob",
        "70000",
        "--frob",
        "--latency",
        "--latency x",
        "--latency 2s-1s",
        "--error-rate 200%",
        "--max-body 1x",
        "--rate 0",
        "--bind here",
        "--dir none",
        "0 --to ftp://a",
        "0 --to http:///",
        "8080 8081",
        "0 --dir . --httpbin",
        "0 --httpbin --upload up",
        "0 --upload a-file",
        "0 --bind 192.0.2.1",
        "0 -n 3",
        "list 1",
        "log --latency 1s",
        "stop -q",
        "stop",
        "log 1"
      })
  void whatCannotBeMeantIsRefusedAtItsPlace(String line) throws IOException {
    Files.writeString(directory.resolve("a-file"), "");
    assertThatThrownBy(() -> serve(line))
        .isInstanceOfSatisfying(
            MagicException.class,
            e -> {
              assertThat(e.diagnostic().id()).startsWith("SERVE0");
              assertThat(e.diagnostic().fix()).isNotEmpty();
              assertThat(e.diagnostic().span().end()).isPositive();
            });
  }

  @Test
  void severalServersAreStoppedAtOnceByTheirNames() throws Exception {
    start("0 --name one");
    HttpServer two = start("0 --name two");
    HttpServer three = start("0 --name three");
    serve("stop one " + two.port());
    assertThat(servers.list()).containsExactly(three);
  }

  @Test
  void noMoreRequestsAreShownThanThereWere() throws Exception {
    HttpServer server = start("0");
    get(server, "/");
    await().until(() -> server.requestCount() == 1);
    assertThatThrownBy(() -> serve("show " + server.port() + " 2"))
        .isInstanceOf(MagicException.class)
        .hasMessageContaining("1 is kept");
  }

  @Test
  void aPortThatIsTakenIsExplained() throws Exception {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(() -> serve(String.valueOf(other.getLocalPort())))
          .isInstanceOfSatisfying(
              MagicException.class,
              e -> {
                assertThat(e.diagnostic().message()).contains("port " + other.getLocalPort());
                assertThat(e.diagnostic().fix()).contains("%serve 0");
              });
    }
  }

  @Test
  void nothingOfJettyIsLoadedBeforeTheFirstServer() throws Exception {
    Set<String> loaded = ConcurrentHashMap.newKeySet();
    List<URL> path = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(java.io.File.pathSeparator)) {
      path.add(Path.of(entry).toUri().toURL());
    }
    try (URLClassLoader loader =
        new URLClassLoader(path.toArray(URL[]::new), ClassLoader.getPlatformClassLoader()) {
          @Override
          protected Class<?> findClass(String name) throws ClassNotFoundException {
            loaded.add(name);
            return super.findClass(name);
          }
        }) {
      Class<?> magic = loader.loadClass(Serve.class.getName());
      Object serve = magic.getConstructor().newInstance();
      Object spec = magic.getMethod("spec").invoke(serve);
      assertThat(spec.toString()).contains("--httpbin");
      Class.forName(HttpServers.class.getName(), true, loader).getConstructor().newInstance();
    }
    assertThat(loaded).contains(Serve.class.getName()).noneMatch(n -> n.contains("jetty"));
  }

  @Test
  void aPublishedServerIsAskedByItsNameAndOthersForItsAddressAndNotByAnyName() throws Exception {
    HttpServer server = start("0 --publish shop.class.example -q");
    for (String host : List.of("shop.class.example", "localhost:" + server.port())) {
      assertThat(status(server, "GET", "Host: " + host)).isEqualTo("HTTP/1.1 200");
    }
    assertThat(status(server, "GET", "Host: www.class.example")).isEqualTo("HTTP/1.1 421");
    assertThat(status(start("0 --any-host -q"), "GET", "Host: www.class.example"))
        .isEqualTo("HTTP/1.1 200");
  }

  @Test
  void pagesOfOthersDoNotSendUnlessToldSo() throws Exception {
    String fields = "Host: localhost\r\nOrigin: http://evil.example\r\nContent-Length: 0";
    assertThat(status(start("0 -q"), "POST", fields)).isEqualTo("HTTP/1.1 403");
    assertThat(status(start("0 --cors -q"), "DELETE", fields)).isNotEqualTo("HTTP/1.1 403");
    assertThat(status(start("0 --httpbin -q"), "DELETE", fields)).isNotEqualTo("HTTP/1.1 403");
  }

  @Test
  void anUploadHasABoundThatCanBeRaised() throws Exception {
    String fields = "Host: localhost\r\nContent-Length: 104857601";
    assertThat(status(start("0 -q"), "POST", fields)).isEqualTo("HTTP/1.1 413");
    HttpServer open = start("0 --max-body 1GB -q");
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), open.port())) {
      socket
          .getOutputStream()
          .write(
              ("POST / HTTP/1.1\r\n" + fields + "\r\nExpect: 100-continue\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      assertThat(new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
          .isNotEqualTo("HTTP/1.1 413");
    }
  }

  @Test
  void anExchangeIsShownWithTheStatusThatCountsAndNotWithAnInterimOne() throws Exception {
    HttpServer server = start("0 --httpbin -q");
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket
          .getOutputStream()
          .write(
              """
              POST /post HTTP/1.1\r
              Host: localhost\r
              Connection: close\r
              Content-Length: 1\r
              Expect: 100-continue\r
              \r
              """
                  .getBytes(StandardCharsets.US_ASCII));
      assertThat(new String(socket.getInputStream().readNBytes(13), StandardCharsets.US_ASCII))
          .isEqualTo("HTTP/1.1 100 ");
      socket.getOutputStream().write('x');
      socket.getInputStream().readAllBytes();
    }
    await().until(() -> server.requestCount() == 1);
    serve("show");
    assertThat(cells.shown().getLast().text())
        .contains("< 200 OK, ")
        .doesNotContain("100 Continue");
  }

  private static String status(HttpServer server, String method, String fields) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket
          .getOutputStream()
          .write(
              (method + " / HTTP/1.1\r\nConnection: close\r\n" + fields + "\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);
    }
  }

  @Test
  void theLogIsChosenByStatusAndTimeAndIsJsonForPrograms() throws Exception {
    HttpServer server = start("0 -q");
    get(server, "/html");
    await().until(() -> server.requestCount() == 1);
    get(server, "/nothing?a=%22b");
    await().until(() -> server.requestCount() == 2);
    cells.printed();
    serve("log --status 4xx --since 1m");
    assertThat(printed()).contains("GET /nothing").doesNotContain("GET /html");
    serve("log --status 500");
    assertThat(printed()).contains("none was like that");
    serve("log --json");
    List<JsonObject> lines =
        printed()
            .lines()
            .filter(line -> line.startsWith("{"))
            .map(line -> JsonParser.parseString(line).getAsJsonObject())
            .toList();
    assertThat(lines).extracting(line -> line.get("status").getAsInt()).containsExactly(200, 404);
    assertThat(lines.getLast().get("target").getAsString()).isEqualTo("/nothing?a=%22b");
    assertThatThrownBy(() -> serve("log --status 6xx")).isInstanceOf(MagicException.class);
    assertThatThrownBy(() -> serve("0 --json")).isInstanceOf(MagicException.class);
  }

  @Test
  void aRequestThatHangsIsListedLoggedAndShown() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    HttpServer server =
        servers
            .start(
                HttpServers.Plan.on(
                    0,
                    "hanging",
                    request -> {
                      begun.countDown();
                      go.await();
                      return Response.text("at last");
                    }),
                NetworkClock.SYSTEM)
            .server();
    try (Socket client = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      client
          .getOutputStream()
          .write("GET /hang?a=b HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      begun.await();
      serve("list");
      assertThat(printed()).contains(", 0 requests, 1 still being answered");
      serve("log hanging");
      assertThat(printed())
          .containsPattern("\"GET /hang\\?a=b\" still being answered, [0-9]+ s …")
          .doesNotContain("No request has come");
      serve("show hanging");
      assertThat(printed()).doesNotContain("No request has come");
      assertThat(cells.shown().getLast().data().get("text/plain"))
          .contains("> GET /hang?a=b\n")
          .containsPattern("- still being answered, [0-9]+ s")
          .doesNotContain("nothing came yet");
      go.countDown();
      await().untilAsserted(() -> assertThat(server.underWay()).isEmpty());
      assertThat(server.requests()).hasSize(1);
    }
  }
}
