package wirebook.engine.http.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.TrustManagerFactory;
import javax.security.auth.x500.X500Principal;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import wirebook.engine.http.Http2;
import wirebook.engine.http.HttpFailure;
import wirebook.engine.http.HttpHeader;
import wirebook.net.NetworkClock;
import wirebook.trace.Bytes;
import wirebook.trust.CertificateAuthority;
import wirebook.trust.LabTrust;

@Tag("slow")
class HttpServerTest {
  private static final String POST = "POST / HTTP/1.1\r\nHost: x\r\n";

  @TempDir Path temp;
  private final HttpServers servers = new HttpServers();
  private final BlockingQueue<Exchange> live = new LinkedBlockingQueue<>();
  private final Routes echo =
      new Routes()
          .get("/", request -> Response.text("hello"))
          .post("/", request -> Response.text(request.text()))
          .get(
              "/fail",
              request -> {
                throw new IllegalStateException("on purpose");
              })
          .get(
              "/slow",
              request ->
                  Response.stream(
                      "text/plain",
                      out -> {
                        out.write('a');
                        out.flush();
                        out.write('b');
                      }));

  @AfterEach
  void closeAll() {
    servers.closeAll();
  }

  private HttpServer start(String name, int port, Knobs knobs, Endpoint endpoint)
      throws IOException {
    return start(name, port, knobs, endpoint, NetworkClock.SYSTEM);
  }

  private HttpServer start(
      String name, int port, Knobs knobs, Endpoint endpoint, NetworkClock clock)
      throws IOException {
    return servers
        .start(
            new HttpServers.Plan(
                name,
                name,
                new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                Optional.empty(),
                knobs,
                () -> endpoint,
                live::add),
            clock)
        .server();
  }

  private static Knobs times(Duration keepAlive, Duration patience) {
    Knobs usual = Knobs.USUAL;
    return new Knobs(
        keepAlive,
        patience,
        usual.latency(),
        usual.errorRate(),
        usual.maxBody(),
        usual.maxConnections(),
        usual.rate());
  }

  private static Knobs limits(OptionalLong body, OptionalInt connections, OptionalInt rate) {
    Knobs usual = Knobs.USUAL;
    return new Knobs(
        usual.keepAlive(),
        usual.patience(),
        usual.latency(),
        usual.errorRate(),
        body,
        connections,
        rate);
  }

  private HttpServer start() throws IOException {
    return start("test", 0, Knobs.USUAL, echo);
  }

  private static HttpResponse<String> get(HttpServer server, String path) throws Exception {
    return send(HttpRequest.newBuilder(URI.create(server.url()).resolve(path)));
  }

  private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(
          request.version(HttpClient.Version.HTTP_1_1).build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }

  /** Sends bytes and reads until the server closes. */
  private static String raw(HttpServer server, String request) throws IOException {
    try (Socket socket = new Socket(server.address().getAddress(), server.port())) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().flush();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  @Test
  void aRequestIsAnsweredAndIsInTheLogAsItWasOnTheWire() throws Exception {
    HttpServer server = start();
    String request = "GET /?q=%20 HTTP/1.1\r\nhOST: x\r\nUser-Agent: t\u001b[31m\t\r\n\r\n";
    String closing = request.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
    assertThat(raw(server, closing.replace("\u001b", "")))
        .startsWith("HTTP/1.1 200 OK\r\n")
        .endsWith("\r\n\r\nhello");
    Exchange exchange = live.take();
    assertThat(exchange.request().text()).isEqualTo(closing.replace("\u001b", ""));
    assertThat(exchange.response().text()).endsWith("\r\n\r\nhello");
    assertThat(exchange.responseLength()).isEqualTo(exchange.response().length());
    assertThat(exchange.requestLine()).isEqualTo("GET /?q=%20 HTTP/1.1");
    assertThat(exchange.logLine()).contains("\"GET /?q=%20 HTTP/1.1\" 200 ", "\"t[31m\"");
    assertThat(server.requestCount()).isEqualTo(1);
  }

  @Test
  void aPersistentConnectionSaysSoAndForHowLong() throws Exception {
    HttpResponse<String> response = get(start(), "/");
    assertThat(response.headers().firstValue("Connection")).contains("keep-alive");
    assertThat(response.headers().firstValue("Keep-Alive")).contains("timeout=30");
  }

  @Test
  void pipelinedRequestsAreAnsweredInOrder() throws Exception {
    HttpServer server = start();
    String answers =
        raw(
            server,
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\none"
                + POST
                + "Transfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n"
                + "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assertThat(answers).containsSubsequence("one", "two", "hello");
    assertThat(live.take().request().text()).endsWith("\r\n\r\none");
    assertThat(live.take().request().text()).endsWith("two\r\n0\r\n\r\n");
    assertThat(live.take().method()).isEqualTo("GET");
  }

  @Test
  void contentOfUnknownLengthIsChunkedOrEndsWithTheConnection() throws Exception {
    HttpServer server = start();
    assertThat(raw(server, "GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
        .contains("Transfer-Encoding: chunked")
        .endsWith("\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n");
    assertThat(raw(server, "GET /slow HTTP/1.0\r\n\r\n"))
        .doesNotContain("chunked")
        .endsWith("\r\n\r\nab");
  }

  @Test
  void contentWhoseWriterFailsHasNoEnd() throws Exception {
    HttpServer server =
        start(
            "test",
            0,
            Knobs.USUAL,
            request ->
                Response.stream(
                    "text/plain",
                    out -> {
                      out.write('a');
                      out.flush();
                      throw new IllegalStateException("on purpose");
                    }));
    assertThat(raw(server, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
        .contains("\r\n\r\n1\r\na")
        .doesNotContain("\r\n0\r\n");
    assertThat(live.take().notes())
        .containsExactly("cut off: java.lang.IllegalStateException: on purpose");
  }

  @Test
  void fieldsComeAndGoAsTheyWereWritten() throws Exception {
    HttpServer server =
        start(
            "test",
            0,
            Knobs.USUAL,
            request ->
                Response.text(request.header("Content-Type").orElse(""))
                    .with("X-Latin", "é")
                    .with("X-Any", "日本"));
    assertThat(
            raw(
                server,
                "GET / HTTP/1.1~Host: x~Connection: close~Content-Type: TEXT/HTML~~"
                    .replace("~", "\r\n")))
        .endsWith("\r\n\r\nTEXT/HTML")
        .contains(
            "\r\nX-Latin: é\r\n",
            "\r\nX-Any: "
                + new String("日本".getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1)
                + "\r\n");
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '\0',
      delimiter = '|',
      value = {
        "GET / HTTP/1.1~Host : x|a blank stands where none may, perhaps before a field's colon",
        "GET / HTTP/1.1~Host: x~X(: y|the name of a field, is no token",
        "GET / HTTP/1.1~Host: x~y|a header line has no colon",
        "GET / HTTP/1.1~Host: x~: y|a field has no name",
        "POST / HTTP/1.1~Host: x~Content-Length: 12345678901234567890|greater than any length",
        "GET / HTTP/1.1~Host: x~Transfer-Encoding: gzip|this server knows chunked",
        "GET * HTTP/1.1~Host: x|the target does not begin with /",
      })
  void aRefusalSaysWhatIsWrong(String request, String words) throws Exception {
    assertThat(raw(start(), request.replace("~", "\r\n") + "\r\n\r\n"))
        .startsWith("HTTP/1.1 400 Bad Request\r\n")
        .contains(words);
  }

  @Test
  void aClientThatAsksMayContinue() throws Exception {
    HttpServer server = start();
    try (Socket socket = new Socket(server.address().getAddress(), server.port())) {
      socket.setSoTimeout(10_000);
      socket
          .getOutputStream()
          .write(
              (POST + "Expect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      byte[] interim = socket.getInputStream().readNBytes("HTTP/1.1 100 Continue\r\n\r\n".length());
      assertThat(new String(interim, StandardCharsets.US_ASCII))
          .isEqualTo("HTTP/1.1 100 Continue\r\n\r\n");
      socket.getOutputStream().write("ok".getBytes(StandardCharsets.US_ASCII));
      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
          .endsWith("\r\n\r\nok");
    }
  }

  @Test
  void anEndpointThatFailsIs500AndTheServerGoesOn() throws Exception {
    HttpServer server = start();
    HttpResponse<String> response = get(server, "/fail");
    assertThat(response.statusCode()).isEqualTo(500);
    assertThat(response.body()).contains("on purpose");
    assertThat(live.take().notes()).anyMatch(note -> note.contains("on purpose"));
    assertThat(get(server, "/").statusCode()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n\r\nabc",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc",
        POST + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
        POST + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nabc\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcX\r\n0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n",
        "GET / HTTP/1.1\nHost: a\n\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / http/1.1\r\nHost: a\r\n\r\n",
        "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /  HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /#b HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "\u0016\u0003\u0001\0\u00a5\u0001\0\0\u00a1\u0003\u0003"
      })
  void whatCouldBeReadInTwoWaysIs400AndEndsTheConnection(String request) throws Exception {
    HttpServer server = start();
    String smuggled = request + "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
    assertThat(raw(server, smuggled)).startsWith("HTTP/1.1 400 ").containsOnlyOnce("HTTP/1.1 ");
    Exchange refused = live.take();
    assertThat(refused.status()).isEqualTo(400);
    assertThat(smuggled).startsWith(refused.request().text(StandardCharsets.ISO_8859_1));
    assertThat(server.requestCount()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: identity, chunked",
        "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked"
      })
  void aTransferCodingThatIsNotKnownIs501AndEndsTheConnection(String fields) throws Exception {
    assertThat(raw(start(), POST + fields + "\r\n\r\n0\r\n\r\n" + POST + "\r\n"))
        .startsWith("HTTP/1.1 501 ")
        .contains("Connection: close")
        .containsOnlyOnce("HTTP/1.1 ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET /\r\n", "GET / HTTP/2.0\r\nHost: a\r\n", "GET / HTTP/1.2\r\n"})
  void anotherVersionIs505(String request) throws Exception {
    assertThat(raw(start(), request + "\r\n")).startsWith("HTTP/1.1 505 ");
  }

  @Test
  void aHeaderSectionWithoutEndIs431AndAnEndlessTarget414() throws Exception {
    HttpServer server = start();
    assertThat(raw(server, "GET / HTTP/1.1\r\nHost: a\r\nX: " + "a".repeat(40_000)))
        .startsWith("HTTP/1.1 431 ");
    assertThat(raw(server, "GET /" + "a".repeat(40_000))).startsWith("HTTP/1.1 414 ");
  }

  @Test
  void contentBeyondTheLimitIs413WhetherItsLengthIsToldOrNot() throws Exception {
    Knobs knobs = limits(OptionalLong.of(4), OptionalInt.empty(), OptionalInt.empty());
    HttpServer server = start("test", 0, knobs, echo);
    assertThat(raw(server, POST + "Connection: close\r\nContent-Length: 5\r\n\r\n12345"))
        .startsWith("HTTP/1.1 413 ")
        .contains("--max-body");
    assertThat(raw(server, POST + "Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n0\r\n\r\n"))
        .startsWith("HTTP/1.1 413 ")
        .contains("Connection: close");
  }

  @Test
  void requestsBeyondTheRateAre429() throws Exception {
    Knobs knobs = limits(OptionalLong.empty(), OptionalInt.empty(), OptionalInt.of(1));
    HttpServer server = start("test", 0, knobs, echo, BalancerPolicyTest.STANDING);
    assertThat(get(server, "/").statusCode()).isEqualTo(200);
    HttpResponse<String> second = get(server, "/");
    assertThat(second.statusCode()).isEqualTo(429);
    assertThat(second.headers().firstValue("Retry-After")).contains("1");
    live.take();
    assertThat(live.take().notes()).containsExactly("rate");
  }

  @Test
  void aServerThatIsStartedAnewIsTheSameOneWithoutItsRequests() throws Exception {
    HttpServer server = start();
    AtomicInteger closed = new AtomicInteger();
    server.whenClosed(closed::incrementAndGet);
    get(server, "/hello");
    HttpServers.restart(server, NetworkClock.SYSTEM);
    assertThat(server.isOpen()).isTrue();
    assertThat(server.requestCount()).isZero();
    assertThat(servers.list()).containsExactly(server);
    server.close();
    assertThat(closed).hasValue(1);
    HttpServers.restart(server, NetworkClock.SYSTEM);
    assertThat(server.isOpen()).isFalse();
    assertThat(servers.list()).isEmpty();
  }

  @Test
  void whatCameLaterIsWhatNobodyHasSeenYet() throws Exception {
    HttpServer server = start();
    for (String path : List.of("/1", "/2", "/3")) {
      get(server, path);
      live.take();
    }
    Exchange.Later later = server.requestsAfter(1);
    assertThat(later.count()).isEqualTo(3);
    assertThat(later.exchanges())
        .extracting(Exchange::requestLine)
        .map(line -> line.replaceAll(" HTTP.*", ""))
        .containsExactly("GET /2", "GET /3");
    assertThat(server.requestsAfter(3).exchanges()).isEmpty();
  }

  @Test
  void latencyIsAddedAndToldInTheHeaderAndTheLog() throws Exception {
    Duration delay = Duration.ofMillis(30);
    Knobs knobs =
        new Knobs(
            Duration.ZERO,
            Knobs.USUAL.patience(),
            Optional.of(new Knobs.Latency(delay, delay)),
            0,
            OptionalLong.empty(),
            OptionalInt.empty(),
            OptionalInt.empty());
    HttpResponse<String> response = get(start("test", 0, knobs, echo), "/");
    assertThat(response.headers().firstValue("Server-Timing")).contains("latency;dur=30");
    assertThat(response.headers().firstValue("Connection")).contains("close");
    assertThat(live.take().duration()).isGreaterThanOrEqualTo(delay);
  }

  @Test
  void aConnectionTooManyIs503AndIsClosed() throws Exception {
    Knobs knobs = limits(OptionalLong.empty(), OptionalInt.of(1), OptionalInt.empty());
    HttpServer server = start("test", 0, knobs, echo);
    try (Socket first = new Socket(server.address().getAddress(), server.port())) {
      first
          .getOutputStream()
          .write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      assertThat(first.getInputStream().read()).isEqualTo('H');
      assertThat(raw(server, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
          .startsWith("HTTP/1.1 503 ")
          .contains("--max-connections");
    }
  }

  @Test
  void anIdleConnectionIsClosedAfterItsTime() throws Exception {
    Knobs knobs = times(IDLE, Knobs.USUAL.patience());
    assertThat(raw(start("test", 0, knobs, echo), "GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
        .endsWith("hello");
  }

  @Test
  void aReplacedServerEndsWhatItBeganWhileTheNewOneAnswers() throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    HttpServer old =
        start(
            "test",
            0,
            Knobs.USUAL,
            request -> {
              arrived.countDown();
              go.await();
              return Response.text("old");
            });
    CompletableFuture<String> slow =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return get(old, "/").body();
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            });
    assertThat(arrived.await(10, TimeUnit.SECONDS)).isTrue();
    HttpServer replacement = start("test", 0, Knobs.USUAL, request -> Response.text("new"));
    assertThat(replacement.port()).isEqualTo(old.port());
    assertThat(old.isOpen()).isFalse();
    assertThat(get(replacement, "/").body()).isEqualTo("new");
    assertThat(old.inFlight()).isEqualTo(1);
    old.close();
    go.countDown();
    assertThat(slow.get(10, TimeUnit.SECONDS)).isEqualTo("old");
    assertThat(get(replacement, "/").body()).isEqualTo("new");
    assertThat(servers.list()).containsExactly(replacement);
  }

  @Test
  void underLoadReplacingLosesNoRequest() throws Exception {
    HttpServer first = start("test", 0, Knobs.USUAL, request -> Response.text("0"));
    AtomicBoolean ended = new AtomicBoolean();
    List<String> wrong = new CopyOnWriteArrayList<>();
    AtomicLong answered = new AtomicLong();
    try (HttpClient client = HttpClient.newHttpClient();
        ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(first.url()))
              .version(HttpClient.Version.HTTP_1_1)
              .build();
      for (int i = 0; i < 8; i++) {
        callers.execute(
            () -> {
              while (!ended.get()) {
                try {
                  HttpResponse<String> response =
                      client.send(request, HttpResponse.BodyHandlers.ofString());
                  if (response.statusCode() != 200) {
                    wrong.add(response.toString());
                  }
                  answered.incrementAndGet();
                } catch (IOException | InterruptedException e) {
                  wrong.add(e.toString());
                }
              }
            });
      }
      for (int i = 1; i <= 20; i++) {
        String version = String.valueOf(i);
        start("test", first.port(), Knobs.USUAL, each -> Response.text(version));
        long until = answered.get() + 20;
        await().until(() -> answered.get() >= until || !wrong.isEmpty());
      }
      ended.set(true);
    }
    assertThat(wrong).isEmpty();
    assertThat(servers.list()).hasSize(1);
  }

  @Test
  void closingFreesThePortAndForgetsTheServer() throws Exception {
    HttpServer server = start();
    int port = server.port();
    server.close();
    assertThat(servers.list()).isEmpty();
    assertThat(server.isOpen()).isFalse();
    try (ServerSocket free = new ServerSocket()) {
      free.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }
  }

  /** A process that is killed says nothing more: also to those who come while it is. */
  @Test
  void aKilledServerAnswersNobody() throws Exception {
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 20; i++) {
        HttpServer server = start("killed", 0, Knobs.USUAL, echo);
        InetSocketAddress at =
            new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port());
        CountDownLatch answered = new CountDownLatch(4);
        List<CompletableFuture<String>> answers =
            Stream.generate(
                    () ->
                        CompletableFuture.supplyAsync(
                            () -> firstThatIsNot("HTTP/1.1 200", at, answered), clients))
                .limit(4)
                .toList();
        answered.await();
        server.kill();
        assertThat(answers).allSatisfy(answer -> assertThat(answer.join()).isEmpty());
      }
    }
  }

  /** Asks on one connection after another, until an answer begins otherwise or is cut off. */
  private static String firstThatIsNot(
      String expected, InetSocketAddress at, CountDownLatch answered) {
    while (true) {
      try (Socket socket = new Socket(at.getAddress(), at.getPort())) {
        socket
            .getOutputStream()
            .write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        String begin =
            new String(
                socket.getInputStream().readNBytes(expected.length()), StandardCharsets.US_ASCII);
        answered.countDown();
        if (!begin.equals(expected)) {
          return begin;
        }
      } catch (IOException e) {
        return "";
      }
    }
  }

  @Test
  void aServerThatIsClosedHangsUpOnThoseWhoWaitToAskAgain() throws Exception {
    HttpServer server = start("test", 0, Knobs.USUAL, echo);
    try (Socket asked = new Socket(server.address().getAddress(), server.port());
        Socket silent = new Socket(server.address().getAddress(), server.port())) {
      asked
          .getOutputStream()
          .write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      await().until(() -> server.connections().size() == 2 && server.requests().size() == 1);
      server.close();
      assertThat(new String(asked.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
          .startsWith("HTTP/1.1 200 OK\r\n");
      assertThat(silent.getInputStream().read()).isEqualTo(-1);
    }
    assertThat(server.connections())
        .extracting(c -> c.closed().orElseThrow().why())
        .containsOnly("closed by the server, which was stopped");
  }

  @Test
  void anIdleHttp2ConnectionIsHungUpAtOnceAndARequestInFlightIsAnsweredFirst() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch stopping = new CountDownLatch(1);
    HttpServer server =
        start(
            "test",
            0,
            Knobs.USUAL,
            new Routes()
                .get("/", request -> Response.text("hello"))
                .get(
                    "/slow",
                    request -> {
                      begun.countDown();
                      stopping.await();
                      return Response.text("in time");
                    }));
    try (HttpClient idle = HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();
        HttpClient busy = HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build()) {
      idle.send(
          HttpRequest.newBuilder(URI.create(server.url())).build(),
          HttpResponse.BodyHandlers.ofString());
      CompletableFuture<HttpResponse<String>> slow =
          busy.sendAsync(
              HttpRequest.newBuilder(URI.create(server.url()).resolve("slow")).build(),
              HttpResponse.BodyHandlers.ofString());
      begun.await();
      Thread closing = Thread.startVirtualThread(server::close);
      await().until(() -> server.connections().getFirst().closed().isPresent());
      assertThat(slow).isNotDone();
      stopping.countDown();
      assertThat(slow.get().body()).isEqualTo("in time");
      closing.join();
    }
    // Were it left to Jetty, both would end because nothing came for a second.
    assertThat(server.connections())
        .extracting(connection -> connection.closed().orElseThrow().why())
        .hasSize(2)
        .containsOnly("closed by the server, which was stopped");
  }

  @Test
  void aPortThatAnotherHasIsABindException() throws Exception {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(() -> start("test", other.getLocalPort(), Knobs.USUAL, echo))
          .isInstanceOf(BindException.class);
    }
  }

  @Test
  void startingFiftyTimesLeavesOneServer() throws Exception {
    HttpServer first = start();
    for (int i = 0; i < 50; i++) {
      assertThat(start().port()).isEqualTo(first.port());
    }
    assertThat(servers.list()).hasSize(1);
  }

  /** So long that a client comes to write before its connection is taken for idle. */
  private static final Duration IDLE = Duration.ofMillis(500);

  private static Knobs patience(Duration patience) {
    return times(IDLE, patience);
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET / HT", "GET / HTTP/1.1\r\nHost: x\r\n", POST + "Content-Len"})
  void aHeaderSectionThatDoesNotComeIs408(String begun) throws Exception {
    HttpServer server = start("test", 0, times(Duration.ofHours(1), Duration.ofMillis(50)), echo);
    assertThat(raw(server, begun)).startsWith("HTTP/1.1 408 ").contains("--patience");
    assertThat(live.take().logLine()).contains(" 408 ", "[patience]");
  }

  @Test
  void contentThatDoesNotComeIs408() throws Exception {
    HttpServer server = start("test", 0, times(Duration.ofHours(1), Duration.ofMillis(50)), echo);
    assertThat(raw(server, POST + "Content-Length: 9\r\n\r\nabc"))
        .startsWith("HTTP/1.1 408 ")
        .contains("--patience");
    assertThat(live.take().logLine()).contains(" 408 ", "[patience]");
  }

  @Test
  void anEndpointMayTakeLongerThanBoth() throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    HttpServer server =
        start(
            "test",
            0,
            patience(Duration.ofMillis(1)),
            request -> {
              entered.countDown();
              go.await();
              return Response.text("late");
            });
    try (Socket socket = new Socket(server.address().getAddress(), server.port())) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write((POST + "\r\n").getBytes(StandardCharsets.US_ASCII));
      entered.await();
      // Three times of keep-alive pass on another connection, which is closed after one.
      for (int i = 0; i < 3; i++) {
        try (Socket idle = new Socket(server.address().getAddress(), server.port())) {
          assertThat(idle.getInputStream().read()).isEqualTo(-1);
        }
      }
      go.countDown();
      byte[] line = socket.getInputStream().readNBytes("HTTP/1.1 200 OK".length());
      assertThat(new String(line, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 200 OK");
    }
  }

  @Test
  void trailersComeAndGo() throws Exception {
    HttpServer server =
        start(
            "test",
            0,
            Knobs.USUAL,
            request -> {
              String sum = request.text().length() + request.trailers().first("Sum").orElse("?");
              return Response.stream(
                  "text/plain", out -> out.write('x'), () -> Headers.of("Result", sum));
            });
    assertThat(
            raw(
                server,
                POST
                    + "Transfer-Encoding: chunked\r\nTrailer: Sum\r\nConnection: close\r\n\r\n"
                    + "3\r\nabc\r\n0\r\nSum: 7\r\n\r\n"))
        .endsWith("\r\n1\r\nx\r\n0\r\nResult: 37\r\n\r\n");
  }

  @Test
  void eventsGoOutOneByOne() throws Exception {
    CountDownLatch first = new CountDownLatch(1);
    HttpServer server =
        start(
            "test",
            0,
            Knobs.USUAL,
            request ->
                Response.events(
                    events -> {
                      events.send("one\ntwo");
                      first.await();
                      events.send("end", 3);
                      events.send(7, "known", "again");
                      events.send(Map.of("n", 1));
                    }));
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<Stream<String>> response =
          client.send(
              HttpRequest.newBuilder(URI.create(server.url())).build(),
              HttpResponse.BodyHandlers.ofLines());
      assertThat(response.headers().firstValue("Content-Type")).contains("text/event-stream");
      Iterator<String> lines = response.body().iterator();
      assertThat(lines.next()).isEqualTo("data: one");
      assertThat(lines.next()).isEqualTo("data: two");
      first.countDown();
      assertThat(lines)
          .toIterable()
          .containsExactly(
              "",
              "event: end",
              "data: 3",
              "",
              "id: 7",
              "event: known",
              "data: again",
              "",
              "data: {\"n\": 1}",
              "");
    }
  }

  /** What a WebSocket client gets, and its end as {@code code reason}. */
  private record Heard(BlockingQueue<String> messages) implements java.net.http.WebSocket.Listener {
    @Override
    public CompletableFuture<?> onText(
        java.net.http.WebSocket client, CharSequence data, boolean last) {
      messages.add(data.toString());
      client.request(1);
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<?> onBinary(
        java.net.http.WebSocket client, ByteBuffer data, boolean last) {
      messages.add("bytes: " + data.remaining());
      client.request(1);
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<?> onPong(java.net.http.WebSocket client, ByteBuffer data) {
      messages.add("pong");
      client.request(1);
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<?> onClose(java.net.http.WebSocket client, int code, String reason) {
      messages.add(code + " " + reason);
      return CompletableFuture.completedFuture(null);
    }
  }

  private HttpServer startWebSocket(WebSocket.Handler handler) throws IOException {
    return start("test", 0, Knobs.USUAL, request -> Response.webSocket(handler));
  }

  private static java.net.http.WebSocket open(HttpClient client, HttpServer server, Heard heard) {
    return client
        .newWebSocketBuilder()
        .buildAsync(URI.create(server.url().replaceFirst("http", "ws") + "?a=b"), heard)
        .join();
  }

  @Test
  void webSocketsCarryMessagesBothWays() throws Exception {
    HttpServer server =
        startWebSocket(
            socket -> {
              socket.send(socket.request().target());
              for (var next = socket.receive(); next.isPresent(); next = socket.receive()) {
                switch (next.get()) {
                  case WebSocket.Message.Text(String text) -> socket.send(text + "!");
                  case WebSocket.Message.Binary(Bytes bytes) -> socket.send(bytes);
                }
              }
            });
    Heard heard = new Heard(new LinkedBlockingQueue<>());
    try (HttpClient client = HttpClient.newHttpClient()) {
      java.net.http.WebSocket socket = open(client, server, heard);
      assertThat(heard.messages.take()).isEqualTo("/?a=b");
      socket.sendText("hel", false).join();
      socket.sendText("lo", true).join();
      assertThat(heard.messages.take()).isEqualTo("hello!");
      socket.sendBinary(ByteBuffer.wrap(new byte[9]), true).join();
      assertThat(heard.messages.take()).isEqualTo("bytes: 9");
      socket.sendPing(ByteBuffer.allocate(1)).join();
      assertThat(heard.messages.take()).isEqualTo("pong");
      socket.sendClose(1000, "").join();
      assertThat(heard.messages.take()).startsWith("1000");
    }
    assertThat(live.take().status()).isEqualTo(101);
    await().until(() -> server.connections().getFirst().closed().isPresent());
    assertThat(server.connections().getFirst().frames())
        .extracting(LiveLog::frame)
        .contains(
            "connection 1 < TEXT, 5 bytes, unmasked: \"/?a=b\"",
            "connection 1 > TEXT, more to come, 3 bytes, masked: \"hel\"",
            "connection 1 > CONTINUATION, 2 bytes, masked: \"lo\"",
            "connection 1 < TEXT, 6 bytes, unmasked: \"hello!\"",
            "connection 1 > BINARY, 9 bytes, masked: 000000000000000000",
            "connection 1 < BINARY, 9 bytes, unmasked: 000000000000000000",
            "connection 1 > PING, 1 byte, masked: 00",
            "connection 1 < PONG, 1 byte, unmasked: 00",
            "connection 1 > CLOSE, 2 bytes, masked: 1000");
  }

  @Test
  void aWebSocketHandlerThatFailsOrEndsClosesIt() throws Exception {
    HttpServer failing =
        startWebSocket(
            socket -> {
              throw new IllegalStateException("on purpose");
            });
    Heard heard = new Heard(new LinkedBlockingQueue<>());
    try (HttpClient client = HttpClient.newHttpClient()) {
      open(client, failing, heard);
      assertThat(heard.messages.take())
          .isEqualTo("1011 the handler failed: java.lang.IllegalStateException: on purpose");
      open(client, startWebSocket(socket -> {}), heard);
      assertThat(heard.messages.take()).isEqualTo("1000 ");
    }
  }

  @Test
  void aPlainRequestForAWebSocketIs426() throws Exception {
    HttpResponse<String> response = get(startWebSocket(socket -> {}), "/");
    assertThat(response.statusCode()).isEqualTo(426);
    assertThat(response.headers().firstValue("Upgrade")).contains("websocket");
  }

  @Test
  void aPathThatAHandlerReturnsHasValidatorsConditionsAndRanges() throws Exception {
    Path file = Files.writeString(temp.resolve("a.txt"), "0123456789");
    HttpServer server = start("test", 0, Knobs.USUAL, request -> Handlers.response(file));
    HttpResponse<String> whole = get(server, "/");
    String tag = whole.headers().firstValue("ETag").orElseThrow();
    assertThat(whole.headers().firstValue("Accept-Ranges")).contains("bytes");
    assertThat(whole.headers().firstValue("Last-Modified")).isPresent();
    String ask = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n";
    assertThat(raw(server, ask + "Range: bytes=2-4\r\n\r\n"))
        .startsWith("HTTP/1.1 206 ")
        .contains("Content-Range: bytes 2-4/10")
        .endsWith("\r\n\r\n234");
    assertThat(raw(server, ask + "If-None-Match: " + tag + "\r\n\r\n")).startsWith("HTTP/1.1 304 ");
    assertThat(raw(server, ask + "Range: bytes=99-\r\n\r\n")).startsWith("HTTP/1.1 416 ");
    assertThat(
            raw(
                server,
                """
                POST / HTTP/1.1\r
                Host: x\r
                Connection: close\r
                Content-Length: 0\r
                Range: bytes=2-4\r
                \r
                """))
        .startsWith("HTTP/1.1 200 ");
  }

  private HttpServer startWithTls(int port) throws IOException {
    HttpServers.Plan plan = HttpServers.Plan.on(port, "tls", echo);
    return servers
        .start(
            new HttpServers.Plan(
                "tls",
                "tls",
                plan.bind(),
                Optional.of(LabTrust.issue(List.of("localhost", "127.0.0.1"))),
                Knobs.USUAL,
                plan.endpoint(),
                live::add),
            NetworkClock.SYSTEM)
        .server();
  }

  @ParameterizedTest
  @EnumSource(HttpClient.Version.class)
  void tlsWorksInBothVersionsAndTheLogHasWhatWasEncrypted(HttpClient.Version version)
      throws Exception {
    HttpServer server = startWithTls(0);
    assertThat(server.url()).startsWith("https://");
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<String> response =
          client.send(
              HttpRequest.newBuilder(URI.create(server.url()))
                  .version(version)
                  .POST(HttpRequest.BodyPublishers.ofString("secret"))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(response.version()).isEqualTo(version);
      assertThat(response.body()).isEqualTo("secret");
    }
    Exchange exchange = live.take();
    assertThat(exchange.requestLine()).startsWith("POST / HTTP/");
    if (version == HttpClient.Version.HTTP_1_1) {
      assertThat(exchange.request().text()).endsWith("\r\n\r\nsecret");
      assertThat(exchange.response().text()).endsWith("\r\n\r\nsecret");
    }
  }

  @Test
  void aPortWithTlsTellsPlainClientsSo() throws Exception {
    HttpServer server = startWithTls(0);
    assertThat(raw(server, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"))
        .startsWith("HTTP/1.1 400 ")
        .contains("this port speaks TLS");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void noClientIsInvitedToOpenAWebSocketInHttp2WhichNoEndpointTakesThere(boolean tls)
      throws Exception {
    HttpServer server = tls ? startWithTls(0) : start();
    try (HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build()) {
      client.send(
          HttpRequest.newBuilder(URI.create(server.url())).build(),
          HttpResponse.BodyHandlers.ofString());
      await()
          .untilAsserted(
              () ->
                  assertThat(server.connections().getFirst().frames())
                      .extracting(framed -> framed.frame().words())
                      .anyMatch(words -> words.contains("MAX_CONCURRENT_STREAMS=128"))
                      .noneMatch(words -> words.contains("ENABLE_CONNECT_PROTOCOL=1")));
    }
  }

  @Test
  void tlsComesAndGoesOnOnePort() throws Exception {
    HttpServer first = start("tls", 0, Knobs.USUAL, echo);
    HttpServer second = startWithTls(first.port());
    assertThat(second.port()).isEqualTo(first.port());
    assertThat(get(second, "/").body()).isEqualTo("hello");
    HttpServer third = start("tls", first.port(), Knobs.USUAL, echo);
    assertThat(get(third, "/").body()).isEqualTo("hello");
    assertThat(servers.list()).containsExactly(third);
  }

  @Test
  void http2WithoutTlsWorksForClientsThatUpgrade() throws Exception {
    HttpServer server = start();
    try (HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build()) {
      HttpResponse<String> response =
          client.send(
              HttpRequest.newBuilder(URI.create(server.url())).build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_2);
      assertThat(response.body()).isEqualTo("hello");
      // Nothing says that the server acknowledges the client's settings before it answers, and once
      // the client has hung up it does not.
      await()
          .untilAsserted(
              () ->
                  assertThat(server.connections().getFirst().frames())
                      .extracting(framed -> framed.frame().words())
                      .anyMatch(
                          words ->
                              words.matches("SETTINGS, \\d+ bytes: .*MAX_CONCURRENT_STREAMS=128.*"))
                      .anyMatch(
                          words -> words.matches("HEADERS, stream 1, \\d+ bytes, END_HEADERS"))
                      .contains(
                          "SETTINGS, 0 bytes, ACK",
                          "DATA, stream 1, 5 bytes, END_STREAM: \"hello\""));
    }
    assertThat(live.take().request().text()).startsWith("GET / HTTP/2.0\r\n");
  }

  private record Told(int status, String body) {}

  /**
   * A request in HTTP/2 with just these fields, which clients may refuse to send, and its answer.
   */
  private static Told http2(HttpServer server, String content, HttpHeader... fields)
      throws Exception {
    CompletableFuture<Integer> over = new CompletableFuture<>();
    AtomicInteger status = new AtomicInteger();
    StringBuilder body = new StringBuilder();
    Http2 client = new Http2(_ -> {});
    Http2.Sink sink =
        new Http2.Sink() {
          @Override
          public void head(int code, List<HttpHeader> answered) {
            status.set(code);
          }

          @Override
          public void data(Bytes bytes) {
            body.append(bytes.text());
          }

          @Override
          public void end() {
            over.complete(status.get());
          }

          @Override
          public void failed(HttpFailure why) {
            over.completeExceptionally(new IOException(why.words()));
          }
        };
    try (Socket socket = new Socket(server.address().getAddress(), server.port())) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write(client.preface());
      Http2.Opened opened = client.open(List.of(fields), content.isEmpty(), sink);
      socket.getOutputStream().write(opened.frames().toArray());
      if (!content.isEmpty()) {
        byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
        socket.getOutputStream().write(opened.stream().data(bytes, true));
      }
      byte[] piece = new byte[4096];
      while (!over.isDone()) {
        int n = socket.getInputStream().read(piece);
        assertThat(n).isPositive();
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        client.feed(Arrays.copyOf(piece, n), answer);
        socket.getOutputStream().write(answer.toByteArray());
      }
    }
    return new Told(over.get(), body.toString());
  }

  private static HttpHeader[] fields(String method, String path, String... more) {
    List<HttpHeader> fields = new ArrayList<>();
    fields.add(new HttpHeader(":method", method));
    fields.add(new HttpHeader(":scheme", "http"));
    fields.add(new HttpHeader(":authority", "localhost"));
    fields.add(new HttpHeader(":path", path));
    for (int i = 0; i < more.length; i += 2) {
      fields.add(new HttpHeader(more[i], more[i + 1]));
    }
    return fields.toArray(HttpHeader[]::new);
  }

  @Test
  void cookiesOfSeveralLinesInHttp2AreOneField() throws Exception {
    HttpServer server =
        start(
            "test",
            0,
            Knobs.USUAL,
            request ->
                Response.text(request.headers().all("Cookie") + " " + request.headers().has("x")));
    assertThat(
            http2(
                server,
                "",
                fields("GET", "/", "cookie", "a=1", "x", "y", "cookie", "b=2", "cookie", "c=3")))
        .isEqualTo(new Told(200, "[a=1; b=2; c=3] true"));
  }

  @ParameterizedTest
  @CsvSource({
    "GET, '/a b HTTP/1.1', x, y, :path",
    "GET, '/a#b', x, y, :path",
    "G T, /, x, y, :method",
    "'', /, x, y, :method",
    "'G\"', /, x, y, :method",
    "GET, /, transfer-encoding, chunked, transfer-encoding",
    "GET, /, keep-alive, timeout=5, keep-alive",
    "GET, /, proxy-connection, close, proxy-connection",
    "GET, /, upgrade, h2c, upgrade",
    "GET, /, content-length, 5, content-length",
    "CONNECT, /, x, y, :path",
  })
  void aMalformedHttp2RequestReachesNoEndpoint(
      String method, String path, String name, String value, String fault) throws Exception {
    AtomicInteger reached = new AtomicInteger();
    HttpServer server =
        start(
            "test",
            0,
            Knobs.USUAL,
            request -> Response.text("reached " + reached.incrementAndGet()));
    Told told = http2(server, "", fields(method, path, name, value));
    assertThat(told.status()).isEqualTo(400);
    assertThat(told.body()).contains(fault);
    assertThat(reached).hasValue(0);
    assertThat(live.take().notes()).containsExactly("malformed");
  }

  @ParameterizedTest
  @ValueSource(strings = {":authority", ""})
  void noEndpointIsAskedForATunnel(String authority) throws Exception {
    AtomicInteger reached = new AtomicInteger();
    HttpServer server =
        start("test", 0, Knobs.USUAL, request -> Response.text("" + reached.incrementAndGet()));
    List<HttpHeader> fields = new ArrayList<>(List.of(new HttpHeader(":method", "CONNECT")));
    if (!authority.isEmpty()) {
      fields.add(new HttpHeader(authority, "localhost:443"));
    }
    assertThat(http2(server, "", fields.toArray(HttpHeader[]::new)).status()).isEqualTo(501);
    assertThat(raw(server, "CONNECT localhost:443 HTTP/1.1\r\nHost: localhost:443\r\n\r\n"))
        .startsWith("HTTP/1.1 501 ");
    assertThat(reached).hasValue(0);
  }

  @Test
  void contentAsLongAsAnHttp2RequestTellsIsTaken() throws Exception {
    HttpHeader[] fields = fields("POST", "/", "content-length", "5");
    assertThat(http2(start(), "hello", fields)).isEqualTo(new Told(200, "hello"));
  }

  @ParameterizedTest
  @CsvSource({"GET, 5", "HEAD, 0"})
  void theLogCountsTheContentWithoutItsHeadInBothVersions(String method, long bytes)
      throws Exception {
    HttpServer server = start();
    http2(server, "", fields(method, "/"));
    raw(server, method + " / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    for (int i = 0; i < 2; i++) {
      Exchange exchange = live.take();
      assertThat(exchange.contentLength()).isEqualTo(bytes);
      assertThat(exchange.logLine()).contains("\" 200 " + bytes + " \"");
      assertThat(exchange.combined()).contains("\" 200 " + bytes + " \"");
      assertThat(exchange.json()).contains("\"bytes\": " + bytes + ",");
    }
  }

  @Test
  void anInterimResponseIsNoneOfTheContent() throws Exception {
    String head = POST + "Expect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n";
    assertThat(raw(start(), head + "hi")).startsWith("HTTP/1.1 ");
    assertThat(live.take().contentLength()).isEqualTo(2);
  }

  @Test
  void whatAClientSendsAtLengthIsCutInTheLogAndKept() throws Exception {
    String target = "/" + "a".repeat(8000);
    String agent = "b".repeat(4000);
    raw(
        start(),
        "GET "
            + target
            + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            + ("User-Agent: " + agent + "\r\nReferer: " + agent + "\r\n\r\n"));
    Exchange exchange = live.take();
    assertThat(exchange.logLine()).hasSizeLessThan(1100).contains("a… and 7614 more\" 404 ");
    assertThat(exchange.combined()).hasSizeLessThan(1500).contains("b… and 3600 more\"");
    assertThat(exchange.request().text()).contains(target, agent);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "POST /none HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n",
        "POST /none HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\nnot all of it",
        "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        "GET / HTTP/2.0\r\n\r\n"
      })
  void aResponseSaysOnceWhetherTheConnectionGoesOn(String request) throws Exception {
    HttpServer server = start("test", 0, patience(Duration.ofMillis(100)), echo);
    String response = raw(server, request);
    assertThat(response).startsWith("HTTP/1.1 ").containsOnlyOnce("Connection: ");
    assertThat(response.contains("Keep-Alive: ")).isEqualTo(response.contains("keep-alive\r\n"));
  }

  @ParameterizedTest
  @CsvSource({
    "413, Content Too Large",
    "422, Unprocessable Content",
    "500, Internal Server Error",
    "404, Not Found",
    "599, Unknown"
  })
  void aStatusHasTheNameOfItsRegistry(int status, String name) throws Exception {
    HttpServer server = start("test", 0, Knobs.USUAL, request -> Response.status(status));
    assertThat(raw(server, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 " + status + " " + name + "\r\n");
  }

  @Test
  void contentThatIsTooMuchIsNotedThoughItsLengthWasNotTold() throws Exception {
    Knobs knobs = limits(OptionalLong.of(2), OptionalInt.empty(), OptionalInt.empty());
    HttpServer server = start("test", 0, knobs, echo);
    assertThat(raw(server, POST + "Transfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n"))
        .startsWith("HTTP/1.1 413 ")
        .contains("Server-Timing: max-body\r\n", "Connection: close\r\n");
    assertThat(live.take().notes()).containsExactly("max-body");
  }

  @Test
  void patienceWithContentDoesNotWaitForTheTimeOfIdleConnections() throws Exception {
    Knobs knobs = times(Duration.ofHours(1), Duration.ofMillis(100));
    HttpServer server = start("test", 0, knobs, echo);
    assertThat(raw(server, POST + "Content-Length: 3\r\n\r\nab"))
        .startsWith("HTTP/1.1 408 ")
        .contains("\r\nConnection: close\r\n");
    assertThat(live.take().notes()).containsExactly("patience");
    await().until(() -> server.log().contains("the client was too slow (--patience)\n"));
  }

  @Test
  void aClientThatDistrustsTheCertificateIsToldOf() throws Exception {
    HttpServer server = startWithTls(0);
    SSLContext nobody = SSLContext.getInstance("TLS");
    KeyStore empty = KeyStore.getInstance("PKCS12");
    empty.load(null, null);
    empty.setCertificateEntry(
        "another",
        new CertificateAuthority(new X500Principal("CN=Another"), NetworkClock.SYSTEM.instant())
            .certificate());
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(empty);
    nobody.init(null, trust.getTrustManagers(), null);
    try (Socket socket =
        nobody.getSocketFactory().createSocket(server.address().getAddress(), server.port())) {
      assertThatThrownBy(() -> socket.getOutputStream().write('G'))
          .isInstanceOf(SSLHandshakeException.class);
    }
    await()
        .untilAsserted(
            () ->
                assertThat(server.log())
                    .containsPattern(
                        "connection 1 broken off by the client with the TLS alert \\w+:"
                            + " it does not trust the certificate's authority\n"));
  }

  @Test
  void whatComesInTheClearWhereTlsIsSpokenIsInTheLog() throws Exception {
    HttpServer server = startWithTls(0);
    assertThat(raw(server, "GET /x HTTP/1.1\r\nHost: x\r\n\r\n"))
        .startsWith("HTTP/1.1 400 ")
        .endsWith("400 Bad Request: this port speaks TLS: ask https://x/\n");
    await().until(() -> server.log().contains("\"GET /x HTTP/1.1\" 400 "));
  }

  @Test
  void whatAnEndpointThrowsIsHandedToTheWatcherAndNoted() throws Exception {
    BlockingQueue<Throwable> thrown = new LinkedBlockingQueue<>();
    HttpServers.Plan plan =
        HttpServers.Plan.on(
            0,
            "test",
            request -> {
              throw new StackOverflowError("deep");
            });
    HttpServer server =
        servers
            .start(
                new HttpServers.Plan(
                    plan.name(),
                    plan.description(),
                    plan.bind(),
                    plan.tls(),
                    plan.knobs(),
                    plan.endpoint(),
                    new Watcher() {
                      @Override
                      public void exchange(Exchange exchange) {
                        live.add(exchange);
                      }

                      @Override
                      public void failed(Throwable failure) {
                        thrown.add(failure);
                      }
                    }),
                NetworkClock.SYSTEM)
            .server();
    assertThat(get(server, "/").body()).contains("java.lang.StackOverflowError: deep");
    assertThat(thrown.take()).isInstanceOf(StackOverflowError.class);
    assertThat(live.take().notes()).containsExactly("java.lang.StackOverflowError: deep");
  }

  @Test
  void endpointsThatComputeDoNotKeepOthersFromBeingAnswered() throws Exception {
    AtomicBoolean end = new AtomicBoolean();
    Routes routes =
        new Routes()
            .get(
                "/compute",
                request -> {
                  while (!end.get()) {
                    Thread.onSpinWait();
                  }
                  return Response.text("done");
                })
            .get("/", request -> Response.text("hello"));
    HttpServer server = start("test", 0, Knobs.USUAL, routes);
    int carriers = 2 * Runtime.getRuntime().availableProcessors() + 4;
    List<Socket> busy = new ArrayList<>();
    try {
      for (int i = 0; i < carriers; i++) {
        Socket socket = new Socket(server.address().getAddress(), server.port());
        busy.add(socket);
        socket
            .getOutputStream()
            .write("GET /compute HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      }
      await().until(() -> server.inFlight() == carriers);
      try (Socket socket = new Socket(server.address().getAddress(), server.port())) {
        socket.setSoTimeout(60_000);
        socket
            .getOutputStream()
            .write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        assertThat(socket.getInputStream().read()).isEqualTo('H');
      }
    } finally {
      end.set(true);
      for (Socket socket : busy) {
        socket.close();
      }
    }
  }

  @Test
  void anEndpointThatIsStillAtItWhenItsServerHasStoppedIsInterrupted() throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    HttpServer server =
        start(
            "test",
            0,
            Knobs.USUAL,
            request -> {
              arrived.countDown();
              try {
                new CountDownLatch(1).await();
              } catch (InterruptedException e) {
                interrupted.countDown();
              }
              return Response.text("late");
            });
    try (Socket socket = new Socket(server.address().getAddress(), server.port())) {
      socket
          .getOutputStream()
          .write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      assertThat(arrived.await(10, TimeUnit.SECONDS)).isTrue();
      server.close();
      assertThat(interrupted.await(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void aConnectionIsOneHoweverManyExchangesItHasAndSaysHowItEnded() throws Exception {
    HttpServer server = start("test", 0, patience(Duration.ofSeconds(20)), echo);
    raw(server, "GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /fail HTTP/1.1\r\nHost: x\r\n\r\n");
    raw(server, "GET / HTTP/1.0\r\n\r\n");
    await().until(() -> server.connections().getLast().closed().isPresent());
    List<ServerConnection> both = server.connections();
    assertThat(both).extracting(c -> c.exchanges().size()).containsExactly(2, 1);
    assertThat(both)
        .extracting(c -> c.closed().orElseThrow().why())
        .containsExactly(
            "closed by the server: nothing came for 500 ms (--keep-alive)", "closed by the server");
  }

  @Test
  void aContentLengthThatIsNotThatOfTheContentIsNamedAsTheCause() throws Exception {
    HttpServer server =
        start(
            "liar",
            0,
            Knobs.USUAL,
            request -> Response.text("body").with("Content-Length", request.target().substring(1)));
    assertThat(get(server, "/4").body()).isEqualTo("body");
    live.take();
    HttpResponse<String> failed = get(server, "/100");
    assertThat(failed.statusCode()).isEqualTo(500);
    assertThat(failed.body()).contains("Content-Length: 100");
    assertThat(live.take().notes())
        .containsExactly("the endpoint says Content-Length: 100, and its content has 4 bytes");
  }
}
