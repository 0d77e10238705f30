package wirebook.engine.http.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import wirebook.engine.http.HttpHeader;
import wirebook.engine.http.server.Endpoint;
import wirebook.engine.http.server.HttpError;
import wirebook.engine.http.server.HttpServer;
import wirebook.engine.http.server.HttpServers;
import wirebook.engine.http.server.Response;
import wirebook.net.NetworkClock;
import wirebook.net.RealNetwork;
import wirebook.trace.Bytes;

@Tag("slow")
class LoadRunTest {
  private final HttpServers servers = new HttpServers();

  @AfterEach
  void closeAll() {
    servers.closeAll();
  }

  private HttpServer start(Endpoint endpoint) throws IOException {
    return servers.start(HttpServers.Plan.on(0, "loaded", endpoint), NetworkClock.SYSTEM).server();
  }

  private static LoadPlan plan(String url, int connections, long count) {
    return new LoadPlan(
        URI.create(url),
        "GET",
        List.of(),
        Bytes.EMPTY,
        connections,
        Optional.empty(),
        OptionalLong.of(count),
        OptionalDouble.empty(),
        Duration.ofSeconds(10),
        false,
        OptionalInt.empty());
  }

  /** On one connection, and otherwise as the other. */
  private static LoadPlan like(LoadPlan other, long count, OptionalDouble rate, Duration timeout) {
    return new LoadPlan(
        other.url(),
        other.method(),
        other.fields(),
        other.body(),
        1,
        other.duration(),
        OptionalLong.of(count),
        rate,
        timeout,
        other.fresh(),
        other.streams());
  }

  private static LoadResult run(LoadPlan plan) throws Exception {
    return LoadRun.run(new RealNetwork(), plan, second -> {});
  }

  @Test
  void asManyRequestsAreSentAsWereAskedForOverAsManyConnections() throws Exception {
    HttpServer server =
        start(
            request ->
                switch (request.path()) {
                  case "/chunked" ->
                      Response.stream(
                          "text/plain", out -> out.write("piece".getBytes(StandardCharsets.UTF_8)));
                  case "/missing" -> throw new HttpError(404, "nothing");
                  default -> Response.text("hello");
                });
    for (String path : List.of("", "chunked", "missing")) {
      LoadResult result = run(plan(server.url() + path, 4, 1000));
      assertThat(result.answers()).isEqualTo(1000);
      assertThat(result.statuses()).containsEntry(path.equals("missing") ? 404 : 200, 1000L);
      assertThat(result.errors()).isEmpty();
      assertThat(result.bytes()).isGreaterThan(1000 * 100);
      assertThat(result.latencies().percentile(50)).isPositive();
      assertThat(result.seconds().stream().mapToLong(LoadResult.Second::answers).sum())
          .isEqualTo(1000);
    }
    await().until(() -> server.requestCount() == 3000);
    assertThat(server.requests()).allMatch(exchange -> exchange.connection() <= 12);
  }

  @Test
  void methodFieldsAndContentGoAlong() throws Exception {
    AtomicInteger right = new AtomicInteger();
    HttpServer server =
        start(
            request -> {
              if (request.method().equals("PUT")
                  && request.text().equals("data")
                  && request.header("X-Mine").equals(Optional.of("yes"))) {
                right.incrementAndGet();
              }
              return Response.status(204);
            });
    LoadPlan like = plan(server.url() + "a?b=c", 2, 10);
    LoadResult result =
        run(
            new LoadPlan(
                like.url(),
                "PUT",
                List.of(new HttpHeader("X-Mine", "yes")),
                Bytes.utf8("data"),
                2,
                like.duration(),
                like.count(),
                like.rate(),
                like.timeout(),
                false,
                OptionalInt.empty()));
    assertThat(result.statuses()).containsEntry(204, 10L);
    assertThat(right).hasValue(10);
  }

  /** The server stalls once: with a rate, all that were due meanwhile have waited. */
  @Test
  void withARateLatencyCountsFromWhenARequestWasDue() throws Exception {
    AtomicInteger count = new AtomicInteger();
    HttpServer server =
        start(
            request -> {
              if (count.incrementAndGet() == 50) {
                Thread.sleep(500);
              }
              return Response.text("hello");
            });
    LoadPlan like = plan(server.url(), 1, 200);
    LoadResult result = run(like(like, 200, OptionalDouble.of(200), Duration.ofSeconds(10)));
    assertThat(result.answers()).isEqualTo(200);
    assertThat(result.took()).isGreaterThan(Duration.ofMillis(900));
    // 100 requests were due in the half second, and the mean of their waits is half of it.
    assertThat(result.latencies().between(Duration.ofMillis(100), Duration.ofSeconds(60)))
        .isGreaterThan(50);
  }

  @Test
  void whatGetsNoAnswerIsCountedByItsKindAndTheRunEnds() throws Exception {
    String gone;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      gone = "http://127.0.0.1:" + socket.getLocalPort() + "/";
    }
    assertThat(run(plan(gone, 2, 10)).errors())
        .containsExactly(java.util.Map.entry("connection refused", 10L));
    HttpServer slow =
        start(
            request -> {
              Thread.sleep(60_000);
              return Response.text("late");
            });
    LoadPlan like = plan(slow.url(), 1, 2);
    LoadResult result = run(like(like, 2, OptionalDouble.empty(), Duration.ofMillis(200)));
    assertThat(result.errors()).containsEntry("timed out", 2L);
    assertThat(result.toString()).contains("Errors:", "[2] timed out", "There was no answer");
  }

  /** Far sooner than one of the answers would be given up. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aRunForATimeEndsThoughAnswersAreMissing(boolean http2) throws Exception {
    AtomicInteger asked = new AtomicInteger();
    HttpServer slow =
        start(
            request -> {
              if (asked.incrementAndGet() > 1) {
                Thread.sleep(600_000);
              }
              return Response.text("hello");
            });
    LoadResult result =
        run(
            new LoadPlan(
                URI.create(slow.url()),
                "GET",
                List.of(),
                Bytes.EMPTY,
                http2 ? 1 : 2,
                Optional.of(Duration.ofSeconds(1)),
                OptionalLong.empty(),
                OptionalDouble.empty(),
                Duration.ofMinutes(9),
                false,
                http2 ? OptionalInt.of(2) : OptionalInt.empty()));
    assertThat(result.took()).isBetween(Duration.ofMillis(950), Duration.ofMinutes(4));
    // On a busy machine the second may not even have asked.
    assertThat(result.answers()).isLessThanOrEqualTo(1);
    assertThat(result.errors()).containsOnlyKeys("no answer by the end");
    assertThat(result.compare(result)).contains("Requests/sec", "+0.0 %");
  }

  @Test
  void aRunThatIsStoppedTellsWhatItHasMeasuredAndEndsAsStopped() throws Exception {
    CountDownLatch fourth = new CountDownLatch(1);
    AtomicInteger asked = new AtomicInteger();
    HttpServer server =
        start(
            request -> {
              if (asked.incrementAndGet() > 3) {
                fourth.countDown();
                Thread.sleep(600_000);
              }
              return Response.text("hello");
            });
    LoadPlan forLong =
        new LoadPlan(
            URI.create(server.url()),
            "GET",
            List.of(),
            Bytes.EMPTY,
            1,
            Optional.of(Duration.ofMinutes(9)),
            OptionalLong.empty(),
            OptionalDouble.of(1000),
            Duration.ofMinutes(9),
            false,
            OptionalInt.empty());
    List<LoadResult> told = new CopyOnWriteArrayList<>();
    AtomicBoolean stopped = new AtomicBoolean();
    Thread running =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    LoadRun.run(new RealNetwork(), forLong, second -> {}, told::add);
                  } catch (InterruptedException e) {
                    stopped.set(true);
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                });
    fourth.await();
    running.interrupt();
    running.join();
    assertThat(stopped).isTrue();
    assertThat(told).hasSize(1);
    LoadResult part = told.getFirst();
    assertThat(part.statuses()).containsExactly(java.util.Map.entry(200, 3L));
    assertThat(part.answers()).isEqualTo(3);
    assertThat(part.errors()).as("who still waits is no failure").isEmpty();
    assertThat(part.unsent()).as("what would have come later").isZero();
    assertThat(part.toString()).contains("  3 requests in ", "Requests/sec:");
  }

  private static LoadPlan http2(String url, int connections, int streams, Bytes body) {
    return new LoadPlan(
        URI.create(url),
        body.isEmpty() ? "GET" : "POST",
        List.of(new HttpHeader("X-Mine", "yes"), new HttpHeader("Connection", "keep-alive")),
        body,
        connections,
        Optional.empty(),
        OptionalLong.of(500),
        OptionalDouble.empty(),
        Duration.ofSeconds(10),
        false,
        OptionalInt.of(streams));
  }

  @Test
  void overHttp2SeveralRequestsAreUnderWayOnAConnection() throws Exception {
    AtomicInteger under = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    CountDownLatch all = new CountDownLatch(6);
    HttpServer server =
        start(
            request -> {
              most.accumulateAndGet(under.incrementAndGet(), Math::max);
              all.countDown();
              all.await();
              under.decrementAndGet();
              return Response.text(request.header("X-Mine").orElse("") + request.text().length());
            });
    LoadResult result = run(http2(server.url(), 2, 3, Bytes.EMPTY));
    assertThat(result.errors()).isEmpty();
    assertThat(result.statuses()).containsExactly(java.util.Map.entry(200, 500L));
    assertThat(result.answers()).isEqualTo(500);
    assertThat(most).hasValue(6);
    assertThat(server.requests()).allMatch(exchange -> exchange.connection() <= 2);
    assertThat(result.toString()).contains("2 connections of HTTP/2 x 3 at once");
  }

  @Test
  void contentLargerThanTheWindowGoesAlongOverHttp2() throws Exception {
    AtomicLong came = new AtomicLong();
    HttpServer server =
        start(
            request -> {
              came.addAndGet(request.text().length());
              return Response.text("x".repeat(100_000));
            });
    LoadResult result = run(http2(server.url(), 1, 2, Bytes.utf8("y".repeat(200_000))));
    assertThat(result.errors()).isEmpty();
    assertThat(came).hasValue(500L * 200_000);
    assertThat(result.bytes()).isGreaterThan(500L * 100_000);
  }

  @Test
  void aServerThatSpeaksNoHttp2OrIsSilentIsAnErrorByItsKind() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  socket
                      .accept()
                      .getOutputStream()
                      .write("HTTP/1.1 400 no\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
      LoadPlan like = http2("http://127.0.0.1:" + socket.getLocalPort() + "/", 1, 2, Bytes.EMPTY);
      LoadResult result = run(like(like, 4, OptionalDouble.empty(), Duration.ofSeconds(3)));
      assertThat(result.errors())
          .containsOnlyKeys("HTTP/2: the server answered in HTTP/1", "timed out");
      assertThat(result.failures()).isEqualTo(4);
    }
  }

  @Test
  void aNameWithSeveralAddressesIsAskedWhereSomethingListens() throws Exception {
    HttpServer server = start(request -> Response.text("hello"));
    LoadResult result = run(plan("http://localhost:" + server.port() + "/", 2, 10));
    assertThat(result.statuses()).containsExactly(java.util.Map.entry(200, 10L));
  }

  @Test
  void whereNothingAnswersNoTimeIsTold() throws Exception {
    int closed;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      closed = socket.getLocalPort();
    }
    LoadResult result =
        LoadRun.run(
            new RealNetwork(), plan("http://127.0.0.1:" + closed + "/", 2, 4), second -> {});
    assertThat(result.toString())
        .contains("  There was no answer, in ")
        .contains("  4 of 4 failed")
        .doesNotContain("0us", "Requests/sec", "Status codes");
  }
}
