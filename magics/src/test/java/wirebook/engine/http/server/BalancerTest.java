package wirebook.engine.http.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import wirebook.net.NetworkClock;
import wirebook.net.RealNetwork;
import wirebook.trust.LabTrust;

@Tag("slow")
class BalancerTest {
  private static final byte[] GET =
      "GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private final HttpServers servers = new HttpServers();

  @AfterEach
  void closeAll() {
    servers.closeAll();
  }

  private HttpServer start(String name, Endpoint endpoint) throws IOException {
    return servers.start(HttpServers.Plan.on(0, name, endpoint), NetworkClock.SYSTEM).server();
  }

  private HttpServer named(String name) throws IOException {
    return start(name, request -> Response.text(name));
  }

  private HttpServer before(HttpServer... backends) throws IOException {
    List<URI> urls = Stream.of(backends).map(server -> URI.create(server.url())).toList();
    return start("balancer", new Balancer(new RealNetwork(), urls));
  }

  private static HttpResponse<String> ask(
      HttpServer server, String method, String path, String body) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(
          HttpRequest.newBuilder(URI.create(server.url()).resolve(path))
              .version(HttpClient.Version.HTTP_1_1)
              .method(
                  method,
                  body.isEmpty()
                      ? HttpRequest.BodyPublishers.noBody()
                      : HttpRequest.BodyPublishers.ofString(body))
              .build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }

  private static List<String> fourAnswers(HttpServer balancer) {
    return IntStream.range(0, 4)
        .mapToObj(
            i -> {
              try {
                return ask(balancer, "GET", "/", "").body();
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            })
        .toList();
  }

  @Test
  void serversTakeTurnsAndOneThatIsGoneIsNotMissed() throws Exception {
    HttpServer one = named("one");
    HttpServer balancer = before(one, named("two"));
    assertThat(fourAnswers(balancer)).containsExactly("one", "two", "one", "two");
    one.close();
    assertThat(fourAnswers(balancer)).containsOnly("two");
    await()
        .untilAsserted(
            () ->
                assertThat(balancer.log())
                    .contains("127.0.0.1:" + one.port() + " is not there] [to "));
  }

  @Test
  void aLoopOfBalancersIsRefusedAtOnce() throws Exception {
    HttpServer first = start("first", request -> Response.text("soon replaced"));
    HttpServer second = before(first);
    servers.start(
        HttpServers.Plan.on(
            first.port(),
            "first",
            new Balancer(new RealNetwork(), List.of(URI.create(second.url())))),
        NetworkClock.SYSTEM);
    HttpResponse<String> none = ask(first, "GET", "/", "");
    assertThat(none.statusCode()).isEqualTo(508);
    assertThat(none.body()).contains("come here before");
    assertThat(second.requestCount()).isLessThanOrEqualTo(2);
  }

  @Test
  void aTraceGoesThroughAndBeginsWhereThereIsNone() throws Exception {
    HttpServer backend =
        start(
            "trace",
            request ->
                Response.text(
                    request.header("traceparent").orElse("")
                        + " "
                        + request.header("X-Request-Id").orElse("")));
    HttpServer balancer = before(backend);
    String[] fresh = ask(balancer, "GET", "/", "").body().split(" ");
    assertThat(fresh[0]).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-01").contains(fresh[1]);
    String trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    try (HttpClient client = HttpClient.newHttpClient()) {
      String kept =
          client
              .send(
                  HttpRequest.newBuilder(URI.create(balancer.url()))
                      .header("traceparent", "00-" + trace + "-00f067aa0ba902b7-00")
                      .header("X-Request-Id", "mine")
                      .build(),
                  HttpResponse.BodyHandlers.ofString())
              .body();
      assertThat(kept)
          .matches("00-" + trace + "-[0-9a-f]{16}-00 mine")
          .doesNotContain("00f067aa0ba902b7");
    }
  }

  @Test
  void withNoneLeftItSaysSoAndWhenToComeBack() throws Exception {
    HttpServer one = named("one");
    HttpServer balancer = before(one);
    one.close();
    HttpResponse<String> none = ask(balancer, "GET", "/", "");
    assertThat(none.statusCode()).isEqualTo(503);
    assertThat(none.headers().firstValue("Retry-After")).contains("2");
    assertThat(none.body()).contains("127.0.0.1:" + one.port());
  }

  @Test
  void requestAndResponseGoThroughWholeAndSayWhichWay() throws Exception {
    HttpServer backend =
        start(
            "echo",
            request ->
                Response.json(
                        List.of(
                            request.method(),
                            request.target(),
                            request.text(),
                            request.header("Via").orElse(""),
                            request.header("Connection").orElse(""),
                            request.origin("127.0.0.1").host()))
                    .withStatus(207)
                    .with("X-Two", "a")
                    .plus("X-Two", "b"));
    HttpServer balancer = before(backend);
    HttpResponse<String> response = ask(balancer, "PATCH", "/a%20b//c?x=%2F&y", "content");
    assertThat(response.statusCode()).isEqualTo(207);
    assertThat(response.headers().allValues("X-Two")).containsExactly("a", "b");
    assertThat(response.headers().firstValue("Via")).contains("1.1 wirebook");
    assertThat(response.body())
        .contains(
            "\"PATCH\"",
            "/a%20b//c?x=%2F&y",
            "\"content\"",
            "1.1 wirebook",
            "127.0.0.1:" + balancer.port());
    assertThat(ask(balancer, "HEAD", "/", "").headers().firstValue("X-Two")).contains("a");
  }

  @Test
  void whatAClientSaysOfItsOriginIsNotHandedOn() throws Exception {
    HttpServer balancer =
        before(
            start(
                "origin",
                request ->
                    Response.text(
                        request.origin("127.0.0.1").client()
                            + request.headers().all("X-Forwarded-For"))));
    try (Socket socket = new Socket(balancer.address().getAddress(), balancer.port())) {
      socket
          .getOutputStream()
          .write(
              "GET / HTTP/1.0\r\nForwarded: for=6.6.6.6\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
          .endsWith("127.0.0.1[127.0.0.1]");
    }
  }

  @Test
  void aRequestThatMayHaveBeenAnsweredIsNotAskedTwice() throws Exception {
    try (ServerSocket rude = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual()
          .start(
              () -> {
                while (!rude.isClosed()) {
                  try (Socket socket = rude.accept()) {
                    assertThat(socket.getInputStream().read()).isPositive();
                  } catch (IOException e) {
                    return;
                  }
                }
              });
      HttpServer balancer =
          start(
              "balancer",
              new Balancer(
                  new RealNetwork(),
                  List.of(
                      URI.create("http://127.0.0.1:" + rude.getLocalPort()),
                      URI.create(named("two").url()))));
      assertThat(ask(balancer, "POST", "/", "once").statusCode()).isEqualTo(502);
      assertThat(ask(balancer, "POST", "/", "once").body()).isEqualTo("two");
      assertThat(ask(balancer, "GET", "/", "").body()).isEqualTo("two");
    }
  }

  @Test
  void aGetMayHaveContentAndContentOfUnknownLengthGoesInChunks() throws Exception {
    HttpServer backend =
        start(
            "echo",
            request ->
                Response.text(
                    request.method()
                        + request.text()
                        + request.header("Transfer-Encoding").orElse("")));
    HttpServer balancer = before(backend);
    assertThat(ask(balancer, "GET", "/", "one").body()).isEqualTo("GETone");
    assertThat(
            raw(
                balancer,
                "DELETE / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\ntwo\r\n0\r\n\r\n"))
        .endsWith("DELETEtwochunked");
    assertThat(backend.connections()).hasSize(1);
  }

  @Test
  void aWebSocketGoesThrough() throws Exception {
    HttpServer backend =
        start(
            "socket",
            request ->
                Response.webSocket(
                    socket -> {
                      for (Optional<String> m = socket.receiveText();
                          m.isPresent();
                          m = socket.receiveText()) {
                        socket.send("echo " + m.get());
                      }
                    }));
    HttpServer balancer = before(backend);
    BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    try (HttpClient client = HttpClient.newHttpClient()) {
      WebSocket socket =
          client
              .newWebSocketBuilder()
              .buildAsync(
                  URI.create(balancer.url().replace("http:", "ws:") + "x"),
                  new WebSocket.Listener() {
                    @Override
                    @SuppressWarnings("NullAway") // Null is for what is done.
                    public CompletionStage<?> onText(
                        WebSocket from, CharSequence data, boolean last) {
                      heard.add(data.toString());
                      from.request(1);
                      return null;
                    }

                    @Override
                    @SuppressWarnings("NullAway")
                    public CompletionStage<?> onClose(WebSocket from, int status, String reason) {
                      heard.add("closed " + status);
                      return null;
                    }
                  })
              .get(10, TimeUnit.SECONDS);
      socket.sendText("hello", true).get(10, TimeUnit.SECONDS);
      assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo("echo hello");
      socket.sendClose(WebSocket.NORMAL_CLOSURE, "done").get(10, TimeUnit.SECONDS);
      assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo("closed 1000");
    }
    await()
        .untilAsserted(
            () ->
                assertThat(balancer.connections().getFirst().frames())
                    .extracting(framed -> framed.frame().words())
                    .contains(
                        "TEXT, 5 bytes, masked: \"hello\"",
                        "TEXT, 10 bytes, unmasked: \"echo hello\""));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno field\r\n\r\n",
        "hello"
      })
  void whatAServerSaysThatCouldBeReadInTwoWaysIsNotHandedOn(String answer) throws Exception {
    try (ServerSocket liar = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual()
          .start(
              () -> {
                try (Socket socket = liar.accept()) {
                  assertThat(socket.getInputStream().read()).isPositive();
                  socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
                  socket.shutdownOutput();
                  socket.getInputStream().readAllBytes();
                } catch (IOException e) {
                  // The other side is done with it.
                }
              });
      HttpServer balancer =
          start(
              "balancer",
              new Balancer(
                  new RealNetwork(),
                  List.of(URI.create("http://127.0.0.1:" + liar.getLocalPort()))));
      assertThat(ask(balancer, "POST", "/", "").statusCode()).isEqualTo(502);
    }
  }

  @Test
  void aServerThatSpeaksTlsIsAskedOverTls() throws Exception {
    HttpServer backend =
        servers
            .start(
                HttpServers.Plan.on(0, "tls", request -> Response.text("" + request.secure()))
                    .with(LabTrust.issue(List.of("localhost", "127.0.0.1"))),
                NetworkClock.SYSTEM)
            .server();
    assertThat(ask(before(backend), "GET", "/", "").body()).isEqualTo("true");
  }

  private static String raw(HttpServer server, String request) throws IOException {
    try (Socket socket = new Socket(server.address().getAddress(), server.port())) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/app"})
  void aRedirectToTheServersOwnAddressStaysHere(String path) throws Exception {
    List<String> locations = new CopyOnWriteArrayList<>();
    HttpServer backend =
        start(
            "backend",
            request ->
                Response.status(302)
                    .with("Location", locations.removeFirst().replace("HOST", request.host())));
    HttpServer balancer =
        start(
            "balancer",
            new Balancer(
                new RealNetwork(),
                List.of(URI.create("http://127.0.0.1:" + backend.port() + path))));
    locations.add("http://HOST" + path + "/next?a=b");
    locations.add("http://HOST" + path + "//elsewhere.example/");
    locations.add("http://elsewhere.example/");
    for (String expected :
        List.of(
            "/next?a=b",
            "http://127.0.0.1:" + backend.port() + path + "//elsewhere.example/",
            "http://elsewhere.example/")) {
      assertThat(ask(balancer, "GET", "/", "").headers().firstValue("Location")).contains(expected);
    }
  }

  @Test
  void forAClientThatHasHungUpNothingIsAskedAgain() throws Exception {
    BlockingQueue<HttpServer> begun = new LinkedBlockingQueue<>();
    CountDownLatch never = new CountDownLatch(1);
    List<HttpServer> backends = new CopyOnWriteArrayList<>();
    for (int i = 0; i < 2; i++) {
      int number = i;
      backends.add(
          start(
              "backend" + i,
              request -> {
                begun.add(backends.get(number));
                never.await();
                return Response.text("late");
              }));
    }
    Balancer handsOn =
        new Balancer(
            new RealNetwork(),
            backends.stream().map(backend -> URI.create(backend.url())).toList());
    CompletableFuture<Request> came = new CompletableFuture<>();
    HttpServer balancer =
        start(
            "balancer",
            request -> {
              came.complete(request);
              return handsOn.handle(request);
            });
    HttpServer asked;
    try (Socket client = new Socket(InetAddress.getLoopbackAddress(), balancer.port())) {
      client.getOutputStream().write(GET);
      asked = begun.take();
      assertThat(came.get().isAbandoned()).isFalse();
    }
    await().until(() -> came.get().isAbandoned());
    asked.kill();
    await()
        .untilAsserted(
            () ->
                assertThat(balancer.log())
                    .contains("\"GET / HTTP/1.1\" 499 ", " broke off] [the client has hung up]"));
    assertThat(begun).isEmpty();
    assertThat(handsOn.retried()).isZero();
    never.countDown();
  }

  @Test
  void lookingWhetherTheClientIsThereTakesNothingFromItsNextRequest() throws Exception {
    BlockingQueue<Request> came = new LinkedBlockingQueue<>();
    Semaphore go = new Semaphore(0);
    HttpServer server =
        start(
            "waiting",
            request -> {
              came.add(request);
              go.acquire();
              return Response.text(request.target());
            });
    try (Socket client = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      client.setSoTimeout(20_000);
      client.getOutputStream().write(GET);
      Request first = came.take();
      assertThat(first.isAbandoned()).isFalse();
      client
          .getOutputStream()
          .write(
              "GET /next HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      for (int i = 0; i < 100; i++) {
        assertThat(first.isAbandoned()).isFalse();
      }
      go.release();
      assertThat(came.take().target()).isEqualTo("/next");
      go.release();
      assertThat(new String(client.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
          .endsWith("\r\n\r\n/next");
    }
    await()
        .untilAsserted(
            () ->
                assertThat(server.log())
                    .contains("\"GET / HTTP/1.1\" 200 ", "\"GET /next HTTP/1.1\" 200 "));
  }
}
