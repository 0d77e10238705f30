package wirebook.magics.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import wirebook.engine.http.backend.Fault;
import wirebook.engine.process.ProcessGroups;
import wirebook.net.RealNetwork;

class ProgramInstanceTest {
  @TempDir Path directory;

  @Test
  void theLinesOfBothStreamsStayApartAndTheLastNeedsNoEnd() throws Exception {
    List<String> told = new CopyOnWriteArrayList<>();
    ProgramInstance instance =
        new ProgramInstance(
            new RealNetwork(),
            "api#1",
            new ProgramInstance.Program(
                new ProcessGroups(),
                "printf begun; sleep 0.3; echo warning >&2; echo \" as $REPLICA\"; printf end; exit 3",
                directory,
                Map.of("PATH", "/usr/bin:/bin"),
                Optional.empty(),
                Optional.empty()),
            told::add);
    assertThat(instance.awaitExit(Duration.ofSeconds(20))).isTrue();
    assertThat(told).containsExactlyInAnyOrder("warning", "begun as api#1", "end");
    assertThat(instance.exit().orElseThrow().status()).hasValue(3);
    assertThat(instance.exit().orElseThrow().lastLines()).contains("end");
  }

  @Test
  void aProgramThatListensElsewhereSaysWhereAndItsKillIsNotInItsLastLines() throws Exception {
    CountDownLatch up = new CountDownLatch(1);
    ProgramInstance instance =
        new ProgramInstance(
            new RealNetwork(),
            "api#1",
            new ProgramInstance.Program(
                new ProcessGroups(),
                "trap 'echo hurried' INT TERM; \""
                    + Path.of(System.getProperty("java.home"), "bin", "jwebserver")
                    + "\" -p 0",
                directory,
                Map.of("PATH", "/usr/bin:/bin"),
                Optional.empty(),
                Optional.empty()),
            line -> {
              if (line.contains("URL http")) {
                up.countDown();
              }
            });
    assertThat(instance.words(new Fault.Slow(Duration.ofSeconds(2)))).contains("SIGSTOP");
    assertThat(up.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(instance.elsewhere().orElseThrow())
        .matches("but it listens on [0-9]+")
        .doesNotContain(String.valueOf(instance.url().getPort()));
    instance.kill();
    assertThat(instance.awaitExit(Duration.ofSeconds(20))).isTrue();
    assertThat(instance.exit().orElseThrow().lastLines()).doesNotContain("hurried").isNotEmpty();
  }
}
