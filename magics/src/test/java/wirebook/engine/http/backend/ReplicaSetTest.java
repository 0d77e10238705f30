package wirebook.engine.http.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
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
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import wirebook.engine.http.server.BalancerPolicy;
import wirebook.engine.http.server.Handlers;
import wirebook.engine.http.server.HttpServer;
import wirebook.engine.http.server.HttpServers;
import wirebook.engine.http.server.Request;
import wirebook.net.NetworkClock;
import wirebook.net.RealNetwork;

@Tag("slow")
class ReplicaSetTest {
  private static final Health QUICK =
      new Health(
          Optional.of("/ready"),
          Optional.of("/live"),
          Duration.ofMillis(20),
          Duration.ofMillis(500),
          2,
          Duration.ofSeconds(10));
  private static final RestartPolicy SOON =
      new RestartPolicy(
          true, Duration.ofMillis(10), Duration.ofMillis(40), 3, Duration.ofSeconds(10));
  private static final ReplicaSet.Plan PLAN =
      new ReplicaSet.Plan(QUICK, SOON, BalancerPolicy.USUAL, Duration.ofSeconds(10));

  private final HttpServers servers = new HttpServers();
  private final List<ReplicaSet> sets = new ArrayList<>();
  private final HttpClient client = HttpClient.newHttpClient();

  @AfterEach
  void closeAll() {
    sets.forEach(ReplicaSet::close);
    servers.closeAll();
    client.close();
  }

  private ReplicaSet set(ReplicaSet.Plan plan) {
    ReplicaSet set = new ReplicaSet("shop", plan, new RealNetwork(), event -> {});
    sets.add(set);
    return set;
  }

  private URI front(ReplicaSet set) throws IOException {
    HttpServer server =
        servers
            .start(HttpServers.Plan.on(0, "front", set.balancer()), NetworkClock.SYSTEM)
            .server();
    return URI.create(server.url());
  }

  /** Answers all paths but those of health in this way; it is well. */
  private static App app(int version, Function<Request, Object> answer) {
    return app(version, answer, () -> 200, QUICK);
  }

  private interface Well {
    int status() throws Exception;
  }

  private static App app(int version, Function<Request, Object> answer, Well ready, Health health) {
    return new App(
        version,
        "test",
        name ->
            new JavaInstance(
                name,
                new Handlers() {
                  @Override
                  protected void routes() {
                    get("/ready", request -> status(ready.status()));
                    get("/live", request -> "yes");
                    route("GET POST", "/", answer::apply);
                    get("/who", request -> replica());
                    get("/exit", request -> exit(3));
                  }
                },
                health,
                exchange -> {},
                NetworkClock.SYSTEM));
  }

  private HttpResponse<String> get(URI url) throws IOException, InterruptedException {
    return client.send(HttpRequest.newBuilder(url).build(), HttpResponse.BodyHandlers.ofString());
  }

  private List<String> bodies(URI url, int count) {
    return IntStream.range(0, count)
        .mapToObj(
            i -> {
              try {
                return get(url).body();
              } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
              }
            })
        .toList();
  }

  @Test
  void replicasTakeTurnsAndEachKnowsItsName() throws Exception {
    ReplicaSet set = set(PLAN);
    set.deploy(app(1, request -> "one"), 3);
    assertThat(set.ready()).isEqualTo(3);
    assertThat(bodies(front(set).resolve("/who"), 6))
        .containsExactlyInAnyOrder("shop#1", "shop#2", "shop#3", "shop#1", "shop#2", "shop#3");
  }

  @Test
  void oneThatEndsIsStartedAnewAndOneThatAlwaysEndsIsInACrashLoop() throws Exception {
    ReplicaSet set = set(PLAN);
    set.deploy(app(1, request -> "one"), 2);
    Replica first = set.replicas().getFirst();
    set.drill(first, new Fault.Crash(9));
    assertThat(set.awaitReady(Duration.ofSeconds(20))).isTrue();
    assertThat(first.restarts()).isEqualTo(1);
    assertThat(first.lastExit().orElseThrow().status()).hasValue(9);
    for (int i = 0; i < 2; i++) {
      set.drill(first, new Fault.Crash(9));
      assertThat(set.awaitReady(Duration.ofSeconds(20))).isTrue();
    }
    assertThat(first.changes())
        .extracting(Replica.Change::state)
        .containsSubsequence(
            Replica.State.READY,
            Replica.State.BACK_OFF,
            Replica.State.READY,
            Replica.State.BACK_OFF,
            Replica.State.READY,
            Replica.State.CRASH_LOOP,
            Replica.State.READY);
  }

  @Test
  void anEndIsToldWithItsStatusAndWhatWasSaidLast() throws Exception {
    // The questions of health are lines, too, and only the last lines are kept.
    Health calm =
        new Health(
            QUICK.ready(), QUICK.live(), Duration.ofMinutes(1), QUICK.timeout(), 2, QUICK.start());
    ReplicaSet set = set(new ReplicaSet.Plan(calm, SOON, PLAN.balancer(), PLAN.drain()));
    set.deploy(app(1, request -> "one", () -> 200, calm), 1);
    Replica one = set.replicas().getFirst();
    URI own = one.url().orElseThrow();
    // On one connection a request is in the log before the next one is read.
    try (HttpClient http1 = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
      HttpRequest.Builder request = HttpRequest.newBuilder();
      http1.send(request.uri(own.resolve("/who")).build(), HttpResponse.BodyHandlers.ofString());
      HttpRequest exit = request.uri(own.resolve("/exit")).build();
      assertThatThrownBy(() -> http1.send(exit, HttpResponse.BodyHandlers.ofString()))
          .isInstanceOf(IOException.class);
    }
    await().until(() -> one.lastExit().isPresent());
    Exit exit = one.lastExit().orElseThrow();
    assertThat(exit.status()).isEqualTo(OptionalInt.of(3));
    assertThat(exit.why()).contains("exit(3)").contains("/exit");
    assertThat(exit.lastLines()).anyMatch(line -> line.contains("GET /who"));
  }

  @Test
  void aVersionTakesThePlaceOfAnotherAndNoRequestIsLost() throws Exception {
    ReplicaSet set = set(PLAN);
    set.deploy(app(1, request -> "1"), 2);
    URI front = front(set);
    AtomicBoolean over = new AtomicBoolean();
    CountDownLatch begun = new CountDownLatch(1);
    CompletableFuture<List<String>> asked =
        CompletableFuture.supplyAsync(
            () -> {
              List<String> all = new ArrayList<>();
              while (!over.get()) {
                all.addAll(bodies(front, 1));
                begun.countDown();
              }
              return all;
            });
    begun.await();
    set.deploy(app(2, request -> "2"), 2);
    over.set(true);
    assertThat(asked.join()).isNotEmpty().isSubsetOf("1", "2");
    assertThat(bodies(front, 4)).containsOnly("2");
    set.rollBack();
    assertThat(bodies(front, 4)).containsOnly("1");
  }

  @Test
  void aVersionThatDoesNotBecomeReadyNeverGetsARequest() throws Exception {
    Health brief =
        new Health(
            QUICK.ready(), QUICK.live(), QUICK.every(), QUICK.timeout(), 2, Duration.ofSeconds(3));
    ReplicaSet set = set(new ReplicaSet.Plan(brief, SOON, PLAN.balancer(), PLAN.drain()));
    set.deploy(app(1, request -> "1"), 2);
    AtomicInteger asked = new AtomicInteger();
    App bad = app(2, request -> "2 " + asked.incrementAndGet(), () -> 500, brief);
    assertThatThrownBy(() -> set.deploy(bad, 2))
        .isInstanceOf(ReplicaSet.RolloutException.class)
        .hasMessageContaining("answered 500");
    assertThat(bodies(front(set), 4)).containsOnly("1");
    assertThat(asked).hasValue(0);
    assertThat(set.version()).isEqualTo(1);
  }

  @Test
  void whereTheSecondReplicaFailsTheFirstIsTakenBack() throws Exception {
    ReplicaSet set = set(PLAN);
    set.deploy(app(1, request -> "1"), 2);
    AtomicInteger starts = new AtomicInteger();
    App good = app(2, request -> "2");
    App half =
        new App(
            2,
            "half",
            name -> {
              if (starts.incrementAndGet() > 1) {
                throw new IOException("no room");
              }
              return good.start(name);
            });
    assertThatThrownBy(() -> set.deploy(half, 2)).hasMessageContaining("no room");
    assertThat(set.replicas()).extracting(Replica::version).containsExactly(1, 1);
    assertThat(bodies(front(set), 4)).containsOnly("1");
  }

  @Test
  void aCanaryGetsItsShareAndIsPromotedOrEnds() throws Exception {
    ReplicaSet set = set(PLAN);
    set.deploy(app(1, request -> "1"), 2);
    URI front = front(set);
    set.tryOut(app(2, request -> "2"), 0.1);
    assertThat(bodies(front, 50).stream().collect(Collectors.groupingBy(s -> s)).get("2"))
        .hasSize(5);
    set.rollBack();
    assertThat(bodies(front, 20)).containsOnly("1");
    set.tryOut(app(3, request -> "3"), 0.5);
    set.promote();
    assertThat(bodies(front, 4)).containsOnly("3");
    assertThat(set.replicas()).hasSize(2);
  }

  @Test
  void aVersionIsBroughtBackAndScaledWithTheHealthPathsThatItCameWith() throws Exception {
    Health port =
        new Health(
            Optional.empty(),
            Optional.empty(),
            QUICK.every(),
            QUICK.timeout(),
            2,
            Duration.ofSeconds(3));
    ReplicaSet set = set(new ReplicaSet.Plan(port, SOON, PLAN.balancer(), PLAN.drain()));
    set.deploy(app(1, request -> "1", () -> 404, port), 1);
    set.use(PLAN);
    set.deploy(app(2, request -> "2"), 1);
    set.rollBack();
    set.scale(2);
    assertThat(set.replicas()).extracting(Replica::version).containsExactly(1, 1);
    assertThat(set.ready()).isEqualTo(2);
  }

  @Test
  void aCanaryThatIsStartedAnewStaysTheCanary() throws Exception {
    ReplicaSet set = set(PLAN);
    set.deploy(app(1, request -> "1"), 2);
    URI front = front(set);
    set.tryOut(app(2, request -> "2"), 0.1);
    set.restart(set.replica("canary").orElseThrow());
    assertThat(set.size()).isEqualTo(2);
    assertThat(bodies(front, 50).stream().collect(Collectors.groupingBy(s -> s)).get("2"))
        .hasSize(5);
    set.rollBack();
    assertThat(set.replicas()).extracting(Replica::version).containsExactly(1, 1);
  }

  @Test
  void theRequestAtAReplicaThatIsToEndIsAnsweredFirst() throws Exception {
    ReplicaSet set = set(PLAN);
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    set.deploy(
        app(
            1,
            request -> {
              begun.countDown();
              try {
                go.await();
              } catch (InterruptedException e) {
                return "interrupted";
              }
              return "1";
            }),
        1);
    URI front = front(set);
    CompletableFuture<String> early =
        CompletableFuture.supplyAsync(() -> bodies(front, 1).getFirst());
    begun.await();
    CompletableFuture<Void> swap =
        CompletableFuture.runAsync(
            () -> {
              try {
                set.deploy(app(2, request -> "2"), 1);
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            });
    await().until(() -> bodies(front, 1).equals(List.of("2")));
    assertThat(swap).isNotDone();
    go.countDown();
    assertThat(early.join()).isEqualTo("1");
    swap.join();
  }

  @Test
  void withNoReplicaLeftItSays503AtOnceAndWhy() throws Exception {
    ReplicaSet set =
        set(
            new ReplicaSet.Plan(
                QUICK,
                new RestartPolicy(
                    true, Duration.ofMinutes(1), Duration.ofMinutes(1), 3, Duration.ofSeconds(9)),
                BalancerPolicy.USUAL,
                Duration.ofSeconds(1)));
    set.deploy(app(1, request -> "1"), 2);
    URI front = front(set);
    for (Replica replica : set.replicas()) {
      set.drill(replica, new Fault.Crash(137));
    }
    HttpResponse<String> none = get(front);
    assertThat(none.statusCode()).isEqualTo(503);
    assertThat(none.body())
        .contains("ready:\n  shop#1 waits to restart", "exit status 137", "next start in");
  }

  @Test
  void oneThatIsNotWellGetsNothingUntilItIs() throws Exception {
    ReplicaSet set = set(PLAN);
    AtomicInteger status = new AtomicInteger(200);
    set.deploy(app(1, request -> "1", status::get, QUICK), 1);
    status.set(503);
    Replica one = set.replicas().getFirst();
    await().until(() -> one.state() == Replica.State.UNREADY);
    assertThat(one.words()).contains("answered 503");
    status.set(200);
    await().until(() -> one.state() == Replica.State.READY);
    assertThat(one.restarts()).isZero();
  }

  @Test
  void aHealthPathThatHangsIsABadAnswer() throws Exception {
    Health impatient =
        new Health(
            QUICK.ready(),
            Optional.empty(),
            Duration.ofMillis(20),
            Duration.ofMillis(50),
            1,
            Duration.ofSeconds(10));
    CountDownLatch never = new CountDownLatch(1);
    AtomicBoolean hangs = new AtomicBoolean();
    ReplicaSet set = set(new ReplicaSet.Plan(impatient, SOON, PLAN.balancer(), PLAN.drain()));
    set.deploy(
        app(
            1,
            request -> "1",
            () -> {
              if (hangs.get()) {
                never.await();
              }
              return 200;
            },
            impatient),
        1);
    hangs.set(true);
    Replica one = set.replicas().getFirst();
    await().until(() -> one.state() == Replica.State.UNREADY);
    assertThat(one.words()).contains("said nothing for 50 ms");
    never.countDown();
  }

  @Test
  void oneThatIsSlowAtItsLivePathIsKilledAndStartedAnew() throws Exception {
    ReplicaSet set = set(PLAN);
    set.deploy(app(1, request -> "1"), 1);
    Replica one = set.replicas().getFirst();
    set.drill(one, new Fault.Slow(Duration.ofSeconds(30)));
    await().until(() -> one.restarts() == 1 && one.state() == Replica.State.READY);
    assertThat(one.lastExit().orElseThrow().why()).contains("/live").contains("said nothing");
  }

  @Test
  void oneThatLeaksEndsWhenItHasMoreThanItMayHave() throws Exception {
    ReplicaSet set = set(PLAN);
    set.deploy(app(1, request -> "1"), 1);
    URI front = front(set);
    Replica one = set.replicas().getFirst();
    set.drill(one, new Fault.Leak(40L << 20));
    get(front);
    get(front);
    await().until(() -> one.lastExit().isPresent());
    assertThat(one.lastExit().orElseThrow().toString()).contains("137").contains("out of memory");
  }

  @Test
  void oneThatLeaksMoreThanThereIsEndsAtOnce() throws Exception {
    ReplicaSet set = set(PLAN);
    set.deploy(app(1, request -> "1"), 1);
    URI front = front(set);
    Replica one = set.replicas().getFirst();
    set.drill(one, new Fault.Leak(1L << 40));
    get(front);
    await().until(() -> one.lastExit().isPresent());
    assertThat(one.lastExit().orElseThrow().why()).contains("out of memory");
  }

  @Test
  void oneThatExitsOrBreaksBeforeItListensHasEnded() {
    ReplicaSet set = set(PLAN);
    assertThatThrownBy(() -> set.deploy(thatEnds(() -> exitOf(3)), 1))
        .isInstanceOf(ReplicaSet.RolloutException.class)
        .hasMessageContaining("exit status 3: it called exit(3) at its start");
    assertThatThrownBy(
            () ->
                set.deploy(
                    thatEnds(
                        () -> {
                          throw new NoClassDefFoundError("no such class");
                        }),
                    1))
        .hasMessageContaining("did not start: no such class");
  }

  private static App thatEnds(Runnable end) {
    return new App(
        1,
        "test",
        name -> {
          end.run();
          throw new IllegalStateException("it has ended");
        });
  }

  private static void exitOf(int status) {
    try {
      new Handlers() {
        @Override
        protected void routes() {
          exit(status);
        }
      }.begin("shop#1");
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void whatIsNoDrillOfSuchAnInstanceIsRefusedWithTheReason() throws Exception {
    ReplicaSet set =
        set(new ReplicaSet.Plan(Health.USUAL, SOON, PLAN.balancer(), Duration.ofSeconds(1)));
    set.deploy(app(1, request -> "1", () -> 200, Health.USUAL), 1);
    assertThatThrownBy(() -> set.drill(set.replicas().getFirst(), new Fault.Sick()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("--ready");
    assertThat(set.events()).noneMatch(event -> event.toString().contains("drill"));
  }

  @Test
  void aStopInTheMiddleOfARollOutLeavesNothingRunning() throws Exception {
    ReplicaSet set = set(PLAN);
    set.deploy(app(1, request -> "1"), 2);
    CountDownLatch asked = new CountDownLatch(1);
    App never =
        app(
            2,
            request -> "2",
            () -> {
              asked.countDown();
              return 503;
            },
            QUICK);
    Thread rollOut =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    set.deploy(never, 2);
                  } catch (InterruptedException | ReplicaSet.RolloutException e) {
                    // As it should be.
                  }
                });
    asked.await();
    List<URI> urls = set.replicas().stream().flatMap(r -> r.url().stream()).toList();
    assertThat(urls).hasSize(3);
    set.close();
    rollOut.join();
    assertThat(set.replicas()).isEmpty();
    for (URI url : urls) {
      assertThatThrownBy(() -> connect(url)).isInstanceOf(ConnectException.class);
    }
  }

  private static void connect(URI url) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(url.getHost(), url.getPort()));
    }
  }

  @Test
  void scalingStartsMoreAndEndsSome() throws Exception {
    ReplicaSet set = set(PLAN);
    set.deploy(app(1, request -> "1"), 1);
    set.scale(3);
    assertThat(bodies(front(set).resolve("/who"), 3)).contains("shop#1", "shop#2", "shop#3");
    set.scale(2);
    assertThat(set.replicas()).extracting(Replica::name).containsExactly("shop#1", "shop#2");
  }
}
