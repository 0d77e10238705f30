package wirebook.notebooks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the checks of the backend's exercises say to wrong answers and to right ones. */
@Tag("slow")
class BackendExercisesTest extends Exercises {
  BackendExercisesTest() {
    super("05-backend.ipynb");
  }

  @BeforeAll
  void defineTheChecks() throws Exception {
    run("import java.util.concurrent.*;");
    for (String cell :
        List.of("var log", "double first", "int[] times", "String steps", "int underWay")) {
      run(cell(cell));
    }
    run("var secret = List.of(2, 3, 4, 1); int fails = 0, slowOne = 0, sick = 0;");
    for (String method : List.of("Log", "BackOff", "Bucket", "Steps", "Little", "Depot")) {
      run(check("check" + method));
    }
  }

  @Test
  void aLogSaysWhoseFaultAFailureIs() {
    assertThat(told("checkLog(-1, -1, \"\")")).contains("Not yet: fill in all three");
    assertThat(told("checkLog(3, 1, \"/search\")")).contains("a 304 is no fault");
    assertThat(told("checkLog(1, 2, \"/search\")")).contains("400 says that the request was wrong");
    assertThat(told("checkLog(2, 0, \"/search\")")).contains("500 to 599");
    assertThat(told("checkLog(2, 1, \"/pay\")")).contains("/pay took 12 ms");
    assertThat(told("checkLog(2, 1, \"/search\")")).contains("Right");
  }

  private String questions(String... answers) throws Exception {
    String filled = cell("var questions");
    for (String answer : answers) {
      filled = filled.replaceFirst(", \"\"", ", \"" + answer + "\"");
    }
    run(filled);
    return run(check("checkQuestions"));
  }

  @Test
  void readinessIsForWhatPassesAndLivenessForWhatDoesNot() throws Exception {
    assertThat(questions()).contains("Not yet: no answer for");
    assertThat(questions("maybe")).contains("none of the three words");
    assertThat(questions("live")).contains("it loads again");
    assertThat(questions("ready", "ready")).contains("Only a restart helps");
    assertThat(questions("ready", "live", "live")).contains("does not bring the database back");
    assertThat(questions("ready", "live", "ready", "ready")).contains("that is a 404");
    assertThat(questions("ready", "live", "ready", "none")).contains("Right");
  }

  @Test
  void theWaitDoublesUpToItsBound() {
    assertThat(told("checkBackOff(0, 0, 0)")).contains("Not yet: write the three waits");
    assertThat(told("checkBackOff(500, 4000, 30000)")).contains("in seconds");
    assertThat(told("checkBackOff(0.5, 8, 30)")).contains("that is the fifth wait");
    assertThat(told("checkBackOff(0.5, 2, 30)")).contains("0.5, 1, 2, and then?");
    assertThat(told("checkBackOff(0.5, 4, 256)")).contains("never longer than 30");
    assertThat(told("checkBackOff(0.5, 4, 30)")).contains("Right");
  }

  private String bucket(String answers) {
    return told("checkBucket(times, List.of(" + answers + "))");
  }

  @Test
  void aBucketHasABurstAndThenFillsSlowly() {
    assertThat(bucket("")).contains("Not yet: the list is empty");
    assertThat(bucket("true, true, true")).contains("there are 7 requests");
    assertThat(bucket("true, true, true, true, true, true, true"))
        .contains("at 30 ms there is no whole token");
    assertThat(bucket("true, true, true, false, false, false, true"))
        .contains("at 400 ms there is a token again");
    assertThat(bucket("true, true, true, false, true, true, true"))
        .contains("the request at 400 took it");
    assertThat(bucket("true, true, true, false, true, false, true")).contains("Right");
  }

  @Test
  void theMendedBalancerHidesADeadReplica() throws Exception {
    run(cell("String fetch"));
    run(cell("var left"));
    String broken =
        cells().stream()
            .filter(source -> source.startsWith("%%serve 0 --name balancer"))
            .findFirst()
            .orElseThrow();
    String check = check("checkBalancer");
    String loop =
        """
        %%serve 0 --name balancer --publish market.class.example -q
        get("/", request -> {
            for (int i = 0; i < replicas.size(); i++) {
                try {
                    String replica = replicas.get(turn.getAndIncrement() % replicas.size());
                    return new String(URI.create(replica).toURL().openStream().readAllBytes());
                } catch (IOException e) { }
            }
            return END;
        });
        """;
    String leave = "left.close();\n";
    run(broken);
    assertThat(run(leave + check)).contains("Not yet", "2 of 4 requests failed");
    run(loop.replace("return END", "throw new IOException(\"none\")"));
    assertThat(run(check)).contains("Nearly", "return status(503)");
    run(loop.replace("END", "\"nobody\""));
    assertThat(run(check)).contains("Nearly", "With none left you answer 200");
    run(loop.replace("END", "status(503)"));
    assertThat(run(check)).contains("Right");
    run("%serve stop all");
  }

  @Test
  void newFirstAndThenOldOut() {
    assertThat(told("checkSteps(\"\")")).contains("Not yet: write five letters");
    assertThat(told("checkSteps(\"ADCEB\")")).contains("something has to start");
    assertThat(told("checkSteps(\"CBEDA\")")).contains("nobody may meet");
    assertThat(told("checkSteps(\"CEBAD\")")).contains("without draining");
    assertThat(told("checkSteps(\"CEDBA\")")).contains("one replica less");
    assertThat(told("checkSteps(\"C E B D A\")")).contains("Right");
  }

  @Test
  void rateTimesTimeIsUnderWay() {
    assertThat(told("checkLittle(0, 0)")).contains("Not yet: write the two numbers");
    assertThat(told("checkLittle(250, 3)")).contains("It is a product");
    assertThat(told("checkLittle(10, 2)")).contains("10 are under way");
    assertThat(told("checkLittle(10, 3)")).contains("One may die");
    assertThat(told("checkLittle(10, 4)")).contains("Right");
  }

  @Test
  void threeColumnsShowThreeFaults() {
    String secret = "List.of(2, 3, 4, 1)";
    assertThat(told("checkDepot(0, 0, 0, " + secret + ")")).contains("Not yet: write the three");
    assertThat(told("checkDepot(2, 3, 7, " + secret + ")")).contains("there is no replica 7");
    assertThat(told("checkDepot(2, 4, 3, " + secret + ")")).contains("look at STATE");
    assertThat(told("checkDepot(3, 2, 4, " + secret + ")")).contains("is slow, but it says 200");
    assertThat(told("checkDepot(2, 1, 4, " + secret + ")")).contains("is the one that is well");
    assertThat(told("checkDepot(2, 3, 4, " + secret + ")")).contains("Right");
  }
}
