package wirebook.magics;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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
}
