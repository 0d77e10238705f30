package wirebook.engine.http.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import wirebook.engine.http.load.LoadPlan;
import wirebook.engine.http.load.LoadResult;
import wirebook.engine.http.load.LoadRun;
import wirebook.engine.http.server.BalancerPolicy;
import wirebook.engine.http.server.Handlers;
import wirebook.engine.http.server.HttpServers;
import wirebook.net.NetworkClock;
import wirebook.net.RealNetwork;
import wirebook.trace.Bytes;

/** Roll-outs and crashes under load: how many requests are lost, and how many are sent twice. */
class NothingIsLostIT {
  private static final int ROLLOUTS = 50;
  private static final int KILLS = 100;

  private static final ReplicaSet.Plan PLAN =
      new ReplicaSet.Plan(
          new Health(
              Optional.of("/ready"),
              Optional.empty(),
              Duration.ofMillis(50),
              Duration.ofSeconds(5),
              3,
              Duration.ofSeconds(30)),
          new RestartPolicy(
              true, Duration.ofMillis(1), Duration.ofMillis(1), 1000, Duration.ofSeconds(10)),
          // Each of the connections can meet each of the crashes.
          new BalancerPolicy(
              Optional.empty(),
              1,
              5,
              Duration.ofMillis(50),
              BalancerPolicy.USUAL.concurrency(),
              0,
              false),
          Duration.ofSeconds(30));

  private final HttpServers servers = new HttpServers();
  private final ReplicaSet set = new ReplicaSet("shop", PLAN, new RealNetwork(), event -> {});
  private final Map<String, AtomicInteger> orders = new ConcurrentHashMap<>();

  @AfterEach
  void close() {
    set.close();
    servers.closeAll();
  }

  private App app(int version) {
    return new App(
        version,
        "test",
        name ->
            new JavaInstance(
                name,
                new Handlers() {
                  @Override
                  protected void routes() {
                    get("/ready", request -> "yes");
                    get("/", request -> "version " + version);
                    post(
                        "/order",
                        request ->
                            orders
                                .computeIfAbsent(request.text(), _ -> new AtomicInteger())
                                .incrementAndGet());
                  }
                },
                PLAN.health(),
                exchange -> {},
                NetworkClock.SYSTEM));
  }

  private URI front() throws IOException {
    return URI.create(
        servers
            .start(HttpServers.Plan.on(0, "front", set.balancer()), NetworkClock.SYSTEM)
            .server()
            .url());
  }

  /** Under load for as long as {@code during} takes. */
  private LoadResult under(URI url, Check during) throws Exception {
    LoadPlan plan =
        new LoadPlan(
            url,
            "GET",
            List.of(),
            Bytes.EMPTY,
            8,
            Optional.of(Duration.ofMinutes(5)),
            OptionalLong.empty(),
            OptionalDouble.empty(),
            Duration.ofSeconds(30),
            false,
            OptionalInt.empty());
    CompletableFuture<LoadResult> result = new CompletableFuture<>();
    AtomicInteger over = new AtomicInteger();
    Thread load =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    // A run ends with its time; one of a second each lets it end with the work.
                    LoadResult sum = LoadRun.run(new RealNetwork(), second(plan), s -> {});
                    long answers = sum.statuses().getOrDefault(200, 0L);
                    long others = sum.answers() - answers + sum.failures();
                    while (over.get() == 0) {
                      sum = LoadRun.run(new RealNetwork(), second(plan), s -> {});
                      answers += sum.statuses().getOrDefault(200, 0L);
                      others +=
                          sum.answers() - sum.statuses().getOrDefault(200, 0L) + sum.failures();
                      if (others > 0) {
                        break;
                      }
                    }
                    System.out.println(
                        answers
                            + " answers, "
                            + others
                            + " others "
                            + sum.statuses()
                            + sum.errors());
                    result.complete(sum);
                  } catch (Exception e) {
                    result.completeExceptionally(e);
                  }
                });
    during.run();
    over.set(1);
    load.join();
    return result.join();
  }

  private static LoadPlan second(LoadPlan plan) {
    return new LoadPlan(
        plan.url(),
        plan.method(),
        plan.headers(),
        plan.body(),
        plan.connections(),
        Optional.of(Duration.ofSeconds(2)),
        OptionalLong.empty(),
        OptionalDouble.empty(),
        plan.timeout(),
        false,
        OptionalInt.empty());
  }

  private interface Check {
    void run() throws Exception;
  }

  private static void assertNothingLost(LoadResult result) {
    assertThat(result.errors()).isEmpty();
    assertThat(result.statuses()).containsOnlyKeys(200);
  }

  @Test
  void rollOutsLoseNoRequest() throws Exception {
    set.deploy(app(1), 3);
    assertNothingLost(
        under(
            front(),
            () -> {
              for (int i = 2; i < 2 + ROLLOUTS; i++) {
                set.deploy(app(i), 3);
              }
            }));
    assertThat(set.version()).isEqualTo(1 + ROLLOUTS);
  }

  @Test
  void crashesOfOneOfThreeLoseNoRequestThatMayBeAskedTwice() throws Exception {
    set.deploy(app(1), 3);
    assertNothingLost(
        under(
            front(),
            () -> {
              for (int i = 0; i < KILLS; i++) {
                set.drill(set.replicas().get(i % 3), new Fault.Crash(Exit.KILLED));
                assertThat(set.awaitReady(Duration.ofSeconds(30))).isTrue();
              }
            }));
  }

  @Test
  void aPostIsNeverSentTwice() throws Exception {
    set.deploy(app(1), 3);
    URI order = front().resolve("/order");
    AtomicInteger next = new AtomicInteger();
    List<Thread> clients =
        java.util.stream.IntStream.range(0, 4)
            .mapToObj(
                _ ->
                    Thread.ofVirtual()
                        .start(
                            () -> {
                              try (HttpClient client = HttpClient.newHttpClient()) {
                                while (!Thread.interrupted()) {
                                  client.send(
                                      HttpRequest.newBuilder(order)
                                          .version(HttpClient.Version.HTTP_1_1)
                                          .POST(
                                              HttpRequest.BodyPublishers.ofString(
                                                  "order " + next.incrementAndGet()))
                                          .build(),
                                      HttpResponse.BodyHandlers.discarding());
                                }
                              } catch (IOException | InterruptedException e) {
                                // It is over.
                              }
                            }))
            .toList();
    for (int i = 0; i < KILLS / 4; i++) {
      set.drill(set.replicas().get(i % 3), new Fault.Crash(Exit.KILLED));
      assertThat(set.awaitReady(Duration.ofSeconds(30))).isTrue();
    }
    clients.forEach(Thread::interrupt);
    for (Thread client : clients) {
      client.join();
    }
    assertThat(orders).hasSizeGreaterThan(20);
    assertThat(orders.values()).allMatch(count -> count.get() == 1);
  }
}
