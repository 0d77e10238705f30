package wirebook.kernel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorCommandTest {
  private final StringWriter printed = new StringWriter();
  private final SequencedMap<String, Callable<Finding>> questions = new LinkedHashMap<>();

  private int run(Duration patience) throws InterruptedException {
    return new DoctorCommand(new PrintWriter(printed), patience, questions).call();
  }

  @Test
  void whatIsMissingIsSaidWithItsMendAndHarmsNothing() throws InterruptedException {
    questions.put("One", () -> new Finding.Works("fine"));
    questions.put("Two", () -> new Finding.Lacks("gone", "Bring it back."));

    assertThat(run(Duration.ofMinutes(1))).isZero();

    assertThat(printed.toString().lines())
        .containsExactly(
            "ok    One               fine",
            "no    Two               gone",
            "                        Bring it back.",
            "The labs run here; what says \"no\" matters only where it is used.");
  }

  @Test
  void whatEveryLabNeedsMakesItFail() throws InterruptedException {
    questions.put("One", () -> new Finding.Broken("no sockets", "Make some."));

    assertThat(run(Duration.ofMinutes(1))).isEqualTo(1);
    assertThat(printed.toString()).endsWith("before this is mended: One\n");
  }

  @Test
  void aQuestionWithoutAnAnswerIsGivenUp() throws InterruptedException {
    CountDownLatch never = new CountDownLatch(1);
    questions.put(
        "One",
        () -> {
          never.await();
          return new Finding.Works("late");
        });

    assertThat(run(Duration.ofMillis(1))).isZero();
    assertThat(printed.toString()).startsWith("no    One               no answer within");
  }

  @Test
  void aKernelWhoseJavaOrJarIsGoneIsSaidToBeBroken(@TempDir Path folder) throws IOException {
    Path jar = Files.writeString(folder.resolve("a.jar"), "jar");
    Path spec = folder.resolve("wirebook");
    new KernelSpec(folder.resolve("no-java"), jar).install(spec);
    assertThat(MachineChecks.wrong(spec)).get().asString().startsWith("its Java is gone");

    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    new KernelSpec(java, jar).install(spec);
    assertThat(MachineChecks.wrong(spec)).isEmpty();

    Files.delete(spec.resolve("wirebook.jar"));
    assertThat(MachineChecks.wrong(spec)).hasValue("its jar is gone");

    Files.writeString(spec.resolve("kernel.json"), "{}");
    assertThat(MachineChecks.wrong(spec)).hasValue("its kernel.json is broken");
  }

  @Test
  void socketTablesAreThereOrNot(@TempDir Path proc) throws IOException {
    MachineChecks machine = new MachineChecks(proc, Map.of());
    assertThat(machine.socketTables()).isInstanceOf(Finding.Lacks.class);
    Files.createFile(Files.createDirectory(proc.resolve("net")).resolve("tcp"));
    assertThat(machine.socketTables()).isInstanceOf(Finding.Works.class);
  }
}
