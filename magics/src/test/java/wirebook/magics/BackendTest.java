package wirebook.magics;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import wirebook.engine.http.HttpTransfer;
import wirebook.engine.http.backend.ReplicaSet;
import wirebook.engine.http.server.Handlers;
import wirebook.internet.plain.PlainJava;
import wirebook.magics.http.Curl;
import wirebook.magics.lab.Clock;
import wirebook.magics.serve.Backend;
import wirebook.magics.serve.Serve;
import wirebook.net.NetworkClock;

@Tag("slow")
class BackendTest extends ServingNotebook {
  BackendTest() {
    super("real");
  }

  /** A version whose handlers answer {@code said}, and are ready at {@code /ready}. */
  private ReplicaSet backend(String said, String options) throws InterruptedException {
    Handlers.each(
        () ->
            new Handlers() {
              @Override
              protected void routes() {
                get("/", request -> said);
                get("/ready", request -> "yes");
                get(
                    "/busy",
                    request -> {
                      Thread.sleep(200);
                      return "yes";
                    });
              }
            });
    return (ReplicaSet)
        cells.run(new Backend(), "%%backend shop -q -n 1 --every 20ms " + options + "\nhandlers");
  }

  private String get(String url) throws InterruptedException {
    return ((HttpTransfer) cells.run(new Curl(), "%curl -s " + url))
        .response()
        .orElseThrow()
        .body();
  }

  @Test
  void aVersionCanAskForWhatIsInFrontOfTheReplicasAndClosingThatEndsThem() throws Exception {
    ReplicaSet set = backend("one", "--start 60s");
    String front = set.url();
    assertThat(get(front + "metrics")).doesNotContain("backend_replica_ready");
    backend("two", "--metrics");
    assertThat(set.url()).isEqualTo(front);
    assertThat(get(front + "metrics")).contains("backend_replica_ready");
    assertThat(get(front)).isEqualTo("two");
    servers.closeAll();
    assertThat(set.isClosed()).isTrue();
    assertThat(set.replicas()).isEmpty();
  }

  @Test
  void aBackendWithAPortCanBeWrittenAgain() throws Exception {
    ReplicaSet set = backend("one", "0 --start 60s");
    assertThat(backend("two", "0 --start 60s")).isSameAs(set);
    assertThat(get(set.url())).isEqualTo("two");
  }

  @Test
  void aFrontThatMovesToAnotherAddressKeepsTheReplicasOfTheOneBefore() throws Exception {
    ReplicaSet set = backend("one", "--start 60s");
    String before = set.url();
    backend("two", "--bind 127.0.0.2");
    assertThat(set.url()).isNotEqualTo(before);
    assertThat(get(set.url())).isEqualTo("two");
  }

  @Test
  void anAnswerToAProbeMayTakeLongerThanTheTimeBetweenThem() throws Exception {
    assertThat(backend("one", "--ready /busy --start 60s").ready()).isEqualTo(1);
  }

  @Test
  void aFrontThatIsStartedAnewIsStillTheBackends() throws Exception {
    ReplicaSet set = backend("one", "--start 60s");
    cells.run(new Serve(), "%serve restart shop");
    assertThat(cells.run(new Backend(), "%backend shop")).isSameAs(set);
    assertThat(backend("two", "--start 61s")).isSameAs(set);
    assertThat(get(set.url())).isEqualTo("two");
    cells.run(new Backend(), "%backend stop shop");
    assertThat(servers.list()).isEmpty();
  }

  @Test
  void theNextVersionDoesNotInheritFromOneThatDidNotBecomeReady() throws Exception {
    ReplicaSet set = backend("one", "--ready /ready --start 20s");
    backend("two", "--ready /nowhere --start 1s");
    assertThat(cells.errors()).contains("version 1 goes on");
    backend("three", "--start 60s");
    assertThat(get(set.url())).isEqualTo("three");
  }

  @Test
  void oneThatDoesNotGetUpIsNotSaidToBeStartedAnewAndItsLogIsThereStill() throws Exception {
    Handlers.each(
        () ->
            new Handlers() {
              @Override
              protected void routes() {
                get("/", request -> "one");
              }
            });
    assertThat(
            cells
                .complaint(
                    new Backend(), "%%backend shop -n 1 --ready /nowhere --start 100ms\nhandlers")
                .diagnostic()
                .fix())
        .endsWith("%backend log shop tells what happened.");
    assertThat(cells.complaint(new Backend(), "%backend shop").diagnostic().id())
        .isEqualTo("BACKEND006");

    cells.run(new Backend(), "%backend log shop");
    assertThat(cells.printed())
        .containsPattern("shop#1 +ended: .*not ready 100 ms after its start: .*404")
        .doesNotContain("restart", "next start");
  }

  @Test
  void whatHappensHasTheTimeOfTheLabAsTheRequestsHave() throws Exception {
    internets.use("lab");
    cells.run(new Clock(), "%clock +400d");
    ReplicaSet set = backend("one", "--start 60s");
    assertThat(set.events()).isNotEmpty();
    assertThat(set.events().getFirst().at())
        .isAfter(NetworkClock.SYSTEM.instant().plus(Duration.ofDays(399)));
  }

  @Test
  void thereAreNotMoreReplicasThanAMachineBears() throws Exception {
    backend("one", "--start 60s");
    assertThat(cells.complaint(new Backend(), "%backend scale shop 5000").diagnostic().id())
        .isEqualTo("BACKEND002");
  }

  @Test
  void anActionThatIsNoneIsToldWithTheOneThatIsMeant() throws Exception {
    backend("one", "--start 60s");
    Backend magic = new Backend();
    assertThat(cells.complaint(magic, "%backend kill shop").diagnostic().fix())
        .isEqualTo("Did you mean %backend crash shop#2?");
    assertThat(cells.complaint(magic, "%backend stpo shop#1").diagnostic().fix())
        .isEqualTo("Did you mean stop?");
    assertThat(cells.complaint(magic, "%backend frobnicate shop").diagnostic().fix())
        .startsWith("It does stop, wait");
    assertThat(cells.complaint(magic, "%backend list").diagnostic().fix())
        .startsWith("Did you mean %backend alone, which lists them?");
  }

  @Test
  void aRollOutThatFailsIsToldInRedAlsoWithQuietAndWithThePathThatAnEarlierCellAsksFor()
      throws Exception {
    backend("one", "--ready /ready --start 20s");
    Handlers.each(
        () ->
            new Handlers() {
              @Override
              protected void routes() {
                get("/", request -> "two");
              }
            });
    cells.run(new Backend(), "%%backend shop -q --start 2s\nhandlers");
    assertThat(cells.errors())
        .contains("Version 2 did not become ready; version 1 goes on. It was ", "404")
        .contains("still asked at /ready");
  }

  @Test
  void whatIsForAllReplicasIsNotDoneWhenOneIsNamed() throws Exception {
    ReplicaSet set = backend("one", "--start 60s");
    assertThat(cells.complaint(new Backend(), "%backend stop shop#1").diagnostic().fix())
        .contains("%backend scale shop 1 ");
    assertThat(cells.complaint(new Backend(), "%backend scale shop#1 3").diagnostic().id())
        .isEqualTo("BACKEND020");
    assertThat(set.ready()).isEqualTo(1);
  }

  @Test
  void allBackendsAreStoppedByOneCell() throws Exception {
    ReplicaSet set = backend("one", "--start 60s");
    cells.run(new Backend(), "%backend stop all");
    assertThat(set.isClosed()).isTrue();
    assertThat(servers.list()).isEmpty();
  }

  @Test
  void aCountAloneIsToldToBeScaleAndAnActionIsMeantAlsoWhereNothingRuns() throws Exception {
    assertThat(cells.complaint(new Backend(), "%backend crsh shop#1").diagnostic().fix())
        .isEqualTo("Did you mean crash?");
    backend("one", "--start 60s");
    assertThat(cells.complaint(new Backend(), "%backend shop -n 5").diagnostic().fix())
        .startsWith("%backend scale shop 5 ");
  }

  @Test
  void systemExitInAHandlerEndsItsReplicaAndNotTheNotebook() throws Exception {
    assertThat(PlainJava.prepare()).isEmpty();
    Handlers.each(
        () ->
            new Handlers() {
              @Override
              protected void routes() {
                get("/", request -> "well");
                get(
                    "/bug",
                    request -> {
                      System.exit(3);
                      return "never";
                    });
              }
            });
    ReplicaSet set =
        (ReplicaSet) cells.run(new Backend(), "%%backend shop -q -n 1 --no-restart\nhandlers");
    get(set.url() + "bug");
    cells.run(new Backend(), "%backend wait shop ended 30s");
    assertThat(set.replicas().getFirst().lastExit().orElseThrow())
        .asString()
        .contains("exit(3) at /bug");
  }
}
