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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import wirebook.net.NetworkClock;
import wirebook.net.RealNetwork;

/** How a balancer deals with servers that are slow, full or failing. */
@Tag("slow")
class BalancerPolicyTest {
  private final HttpServers servers = new HttpServers();
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final List<String> told = new CopyOnWriteArrayList<>();
  private final CountDownLatch end = new CountDownLatch(1);

  @AfterEach
  void closeAll() {
    end.countDown();
    client.close();
    servers.closeAll();
  }

  private HttpServer start(String name, Endpoint endpoint) throws IOException {
    return servers.start(HttpServers.Plan.on(0, name, endpoint), NetworkClock.SYSTEM).server();
  }

  private static Target target(String name, HttpServer server) {
    return new Target(name, URI.create(server.url()), new TargetCounts());
  }

  private static final class Turns implements Balancer.Pool {
    private final List<Target> all;
    private final AtomicInteger turn = new AtomicInteger();

    Turns(List<Target> all) {
      this.all = all;
    }

    @Override
    public List<Target> next() {
      return Balancer.rotated(all, turn.getAndIncrement());
    }

    @Override
    public List<Target> all() {
      return all;
    }
  }

  private Balancer balancer(BalancerPolicy policy, Target... targets) {
    return new Balancer(
        new RealNetwork(),
        new Turns(List.of(targets)),
        policy,
        (target, what) -> told.add(target.name() + " " + what));
  }

  private static BalancerPolicy policy(
      Optional<Duration> timeout, double retries, int trip, OptionalInt concurrency, int queue) {
    return new BalancerPolicy(
        timeout, retries, trip, Duration.ofMinutes(1), concurrency, queue, false);
  }

  private HttpResponse<String> ask(HttpServer server, String method)
      throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(URI.create(server.url()))
            .method(method, HttpRequest.BodyPublishers.noBody())
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private CompletableFuture<HttpResponse<String>> later(HttpServer server) {
    return client.sendAsync(
        HttpRequest.newBuilder(URI.create(server.url())).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void aServerThatFailsInARowGetsNothingForAWhile() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    Target bad =
        target(
            "bad",
            start(
                "bad",
                request -> {
                  asked.incrementAndGet();
                  return Response.status(500);
                }));
    Target good = target("good", start("good", request -> Response.text("good")));
    HttpServer front =
        start("front", balancer(policy(Optional.empty(), 0, 3, OptionalInt.empty(), 0), bad, good));
    List<Integer> statuses = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      statuses.add(ask(front, "GET").statusCode());
    }
    assertThat(asked).hasValue(3);
    assertThat(statuses.stream().filter(status -> status == 500)).hasSize(3);
    assertThat(told).hasSize(1).first().asString().contains("bad gets no more requests");
    assertThat(bad.openBecause()).isPresent();
    await().until(() -> bad.counts().failed() == 3);
  }

  @Test
  void afterItsTimeOneRequestTriesAndASuccessClosesTheBreaker() throws Exception {
    AtomicInteger status = new AtomicInteger(500);
    Target only = target("only", start("only", request -> Response.status(status.get())));
    BalancerPolicy brief =
        new BalancerPolicy(
            Optional.empty(), 0, 1, Duration.ofMillis(1), OptionalInt.empty(), 0, false);
    HttpServer front = start("front", balancer(brief, only));
    assertThat(ask(front, "GET").statusCode()).isEqualTo(500);
    status.set(200);
    await().until(() -> ask(front, "GET").statusCode() == 200);
    assertThat(told.getLast()).contains("gets requests again");
    assertThat(only.openBecause()).isEmpty();
  }

  @Test
  void whatSaysNothingInTimeIsAskedElsewhereAndAPostIsNot() throws Exception {
    Target hangs =
        target(
            "hangs",
            start(
                "hangs",
                request -> {
                  end.await();
                  return Response.text("late");
                }));
    AtomicInteger asked = new AtomicInteger();
    Target good =
        target(
            "good",
            start(
                "good",
                request -> {
                  asked.incrementAndGet();
                  return Response.text("good");
                }));
    BalancerPolicy policy =
        policy(Optional.of(Duration.ofMillis(500)), 1, 100, OptionalInt.empty(), 0);
    HttpServer front = start("front", balancer(policy, hangs, good));
    assertThat(ask(front, "GET").body()).isEqualTo("good");
    await().untilAsserted(() -> assertThat(front.log()).contains("hangs timed out", "to good"));
    int before = asked.get();
    HttpServer other = start("other", balancer(policy, hangs, good));
    HttpResponse<String> post = ask(other, "POST");
    assertThat(post.statusCode()).isEqualTo(504);
    assertThat(post.body()).contains("hangs said nothing in time");
    assertThat(asked).hasValue(before);
  }

  @Test
  void retriesHaveABudget() throws Exception {
    try (ServerSocket rude = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual()
          .start(
              () -> {
                while (!rude.isClosed()) {
                  try (Socket one = rude.accept()) {
                    one.getInputStream().read();
                  } catch (IOException e) {
                    return;
                  }
                }
              });
      URI url = URI.create("http://127.0.0.1:" + rude.getLocalPort() + "/");
      Balancer balancer =
          balancer(
              policy(Optional.empty(), 0.1, 10_000, OptionalInt.empty(), 0),
              new Target("a", url, new TargetCounts()),
              new Target("b", url, new TargetCounts()));
      HttpServer front = start("front", balancer);
      for (int i = 0; i < 40; i++) {
        assertThat(ask(front, "GET").statusCode()).isEqualTo(502);
      }
      // Ten to begin with, and one for ten requests.
      assertThat(balancer.retried()).isBetween(10L, 14L);
    }
  }

  @Test
  void moreThanAServerMayHaveWaitsAndMoreThanMayWaitIsRefusedAtOnce() throws Exception {
    CountDownLatch inside = new CountDownLatch(1);
    Target slow =
        target(
            "slow",
            start(
                "slow",
                request -> {
                  inside.countDown();
                  end.await();
                  return Response.text("done");
                }));
    Balancer balancer = balancer(policy(Optional.empty(), 0, 5, OptionalInt.of(1), 1), slow);
    HttpServer front = start("front", balancer);
    var first = later(front);
    inside.await();
    var second = later(front);
    await().until(() -> balancer.waiting() == 1);
    HttpResponse<String> third = ask(front, "GET");
    assertThat(third.statusCode()).isEqualTo(503);
    assertThat(third.body()).contains("the queue is full");
    end.countDown();
    assertThat(Stream.of(first.join(), second.join()).map(HttpResponse::body))
        .containsExactly("done", "done");
    await().until(() -> slow.inFlight() == 0);
  }

  @Test
  void withStickinessAClientStaysWhereItWas() throws Exception {
    Target one = target("one", start("one", request -> Response.text("one")));
    Target two = target("two", start("two", request -> Response.text("two")));
    BalancerPolicy sticky =
        new BalancerPolicy(
            Optional.empty(), 0.2, 5, Duration.ofSeconds(2), OptionalInt.empty(), 0, true);
    HttpServer front = start("front", balancer(sticky, one, two));
    HttpResponse<String> first = ask(front, "GET");
    String cookie = first.headers().firstValue("Set-Cookie").orElseThrow().split(";", 2)[0];
    assertThat(cookie).isEqualTo("replica=" + first.body());
    for (int i = 0; i < 4; i++) {
      HttpResponse<String> next =
          client.send(
              HttpRequest.newBuilder(URI.create(front.url())).header("Cookie", cookie).build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(next.body()).isEqualTo(first.body());
      assertThat(next.headers().firstValue("Set-Cookie")).isEmpty();
    }
  }

  @Test
  void eachClientHasItsOwnRate() throws Exception {
    HttpServer front =
        start(
            "front",
            new PerClient(request -> Response.text("yes"), 1, Optional.of("X-Api-Key"), STANDING));
    assertThat(keyed(front, "ada")).isEqualTo(200);
    assertThat(keyed(front, "ada")).isEqualTo(429);
    assertThat(keyed(front, "bob")).isEqualTo(200);
  }

  private int keyed(HttpServer server, String key) throws IOException, InterruptedException {
    return client
        .send(
            HttpRequest.newBuilder(URI.create(server.url())).header("X-Api-Key", key).build(),
            HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }

  /** No time passes, so that no token comes back. */
  static final NetworkClock STANDING =
      new NetworkClock() {
        @Override
        public long nanoTime() {
          return 0;
        }

        @Override
        public java.time.Instant instant() {
          return java.time.Instant.EPOCH;
        }

        @Override
        public void sleep(Duration duration) {}
      };
}
