package wirebook.kernel.java;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import wirebook.kernel.session.Interpreter.Outcome.Failed;

@Tag("slow")
class WorkerDeathTest {
  @Test
  void afterSystemExitAFreshWorkerIsReadyAndTheCellSaysWhatWasLost() {
    try (TestCells cells = new TestCells()) {
      cells.out(
          "import java.util.concurrent.atomic.AtomicInteger;\nint twice(int x) { return 2 * x; }");
      cells.out("int gone = 7;");
      Failed failed = cells.failure("System.exit(3);");
      assertThat(failed.message()).contains("exit code 3");
      // An environment of %venv is a folder, and stays.
      assertThat(failed.traceback())
          .contains("Lost: the variables gone, all that was running, and what %javaenv made.");
      assertThat(cells.value("twice(new AtomicInteger(21).get())")).contains("42");
      assertThat(cells.failure("gone").message()).contains("cannot find symbol");
    }
  }

  @Test
  void theCellSaysWhatOfTheLabWasLost() {
    try (TestCells cells = new TestCells()) {
      cells.out("%ip route");
      assertThat(cells.failure("System.exit(3);").traceback())
          .contains("No variables were lost.")
          .noneMatch(line -> line.contains("as well"));
      cells.out(
          "%%internet\nrouter r 10.0.0.1/24\nhost pc 10.0.0.2 at r 1ms\nhost srv 10.0.0.3 at r 1ms");
      cells.out("%on srv");
      cells.out("%ip route add 10.5.0.0/16 via 10.0.0.1");
      cells.out("%internet fail pc");
      cells.out("%clock +1h");
      assertThat(cells.failure("System.exit(3);").traceback())
          .contains(
              "Lost as well: the network that was drawn, the seat on srv, the clock, what ip was"
                  + " told on srv, what ails pc.");
      assertThat(cells.failure("System.exit(3);").traceback())
          .noneMatch(line -> line.contains("as well"));
    }
  }

  @Test
  void theCellSaysWhichFilesAndWhichFolderWereLost(@TempDir Path folder) throws IOException {
    try (TestCells cells = new TestCells()) {
      cells.out("%ssh-keygen -t ed25519 -N '' -q -f ~/.ssh/id_ed25519");
      cells.out("%ssh student@neighbour true");
      cells.out("%ssh student@neighbour 'echo hi > file1'");
      cells.out("%cd " + folder.toRealPath());
      assertThat(cells.failure("System.exit(3);").traceback())
          .contains(
              "Lost as well: id_ed25519 and id_ed25519.pub and known_hosts in ~/.ssh, the files of"
                  + " student on neighbour, the folder of %cd, "
                  + folder.toRealPath()
                  + ".");
    }
  }

  @Test
  void whatUsesALostVariableIsToldThereAndNotLater() {
    try (TestCells cells = new TestCells()) {
      cells.out("int never() { return undeclared(); }\nint gone = 7;\nint uses() { return gone; }");
      assertThat(cells.failure("System.exit(3);").traceback())
          .contains("uses can be used once this is declared: variable gone")
          .noneMatch(line -> line.contains("never"));
      TestCells.Recorded output = new TestCells.Recorded();
      cells.run("class Alone { }", output);
      cells.run("class Alone { int more; }", output);
      assertThat(output.err()).isEmpty();
    }
  }

  @Test
  void afterACrashTheCellSaysSoAndTheTextsOfEarlierCellsAreStillThere() throws IOException {
    try (TestCells cells = new TestCells()) {
      cells.out("int gone = 7;");
      Failed failed =
          cells.failure(
              """
              var field = Class.forName("sun.misc.Unsafe").getDeclaredField("theUnsafe");
              field.setAccessible(true);
              ((sun.misc.Unsafe) field.get(null)).putAddress(0, 0);
              """);
      assertThat(failed.message()).contains("crashed");
      Matcher report = Pattern.compile("more in (.*\\.log)").matcher(failed.message());
      assertThat(report.find()).isTrue();
      Path file = Path.of(report.group(1));
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .isEqualTo("rw-------");
      Files.delete(file);
      assertThat(cells.value("In[1]")).contains("int gone = 7;");
    }
  }

  @Test
  void theProcessesThatCellsHaveStartedEndWithTheInterpreter() throws Exception {
    try (TestCells cells = new TestCells()) {
      String pid =
          cells.out(
              "System.out.print(ProcessHandle.current().pid() + \" \" + new"
                  + " ProcessBuilder(\"sleep\", \"600\").start().pid())");
      List<ProcessHandle> processes =
          Stream.of(pid.split(" ")).map(p -> ProcessHandle.of(Long.parseLong(p)).get()).toList();
      cells.interpreter.close();
      for (ProcessHandle process : processes) {
        process.onExit().get(30, TimeUnit.SECONDS);
      }
    }
  }

  /** As when the machine has no memory left for a while. */
  @Test
  void whatIsDeclaredOutlivesWorkersThatDieBeforeTheyHaveHeardOfIt(@TempDir Path folder)
      throws IOException {
    Path options = Files.writeString(folder.resolve("options"), "-Dworker=starts");
    try (TestCells cells =
        new TestCells(Map.of("JJAVA_JVM_OPTS", "-XX:VMOptionsFile=" + options))) {
      cells.out("int twice(int x) { return 2 * x; }\nint thrice(int x) { return 3 * x; }");
      Files.writeString(options, "-Xmx1k");
      assertThat(cells.failure("System.exit(3);").message()).contains("exit code 3");
      for (int i = 0; i < 2; i++) {
        Failed failed = cells.failure("twice(21)");
        assertThat(failed.name()).isIn("WorkerNotStarted", "WorkerDied");
        assertThat(failed.message()).contains("exit code 1").contains("heap size");
      }
      Files.writeString(options, "-Dworker=starts");
      Awaitility.await()
          .untilAsserted(() -> assertThat(cells.value("twice(21) + thrice(7)")).contains("63"));
    }
  }

  @Test
  void aFolderThatIsRemovedEndsNoSessionAndIsNamed(@TempDir Path folder) throws IOException {
    Path gone = Files.createDirectory(folder.resolve("gone"));
    JavaInterpreter interpreter = new JavaInterpreter(gone, Map.of("HOME", folder.toString()));
    try (TestCells cells = new TestCells(interpreter)) {
      String where = "System.out.print(Path.of(\"\").toAbsolutePath())";
      assertThat(cells.out(where)).isEqualTo(gone.toString());
      Files.delete(gone);
      TestCells.Recorded reset = new TestCells.Recorded();
      cells.run("%reset", reset);
      assertThat(reset.err()).contains(gone.toString()).contains("Relative paths start in");
      assertThat(cells.out(where)).isEqualTo(folder.toString());
    }
  }

  /** A cell that prints the path of a file in the worker's own folder. */
  private static final String KEPT =
      "System.out.print(java.nio.file.Files.writeString(wirebook.net.TemporaryFolder.get().resolve(\"kept\"),"
          + " \"x\"))";

  /** So that nothing is left when kernel and worker are killed together, as front ends do. */
  @Test
  void aWorkerThatKeepsNothingHasNoFolderAndOneThatDoesHasItForItself() throws IOException {
    try (TestCells cells = new TestCells()) {
      Path folder =
          Path.of(cells.out("System.out.print(System.getProperty(\"wirebook.temporary\"))"));
      assertThat(folder).doesNotExist();
      cells.out(KEPT);
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
          .isEqualTo("rwx------");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"System.exit(3);", "Runtime.getRuntime().halt(4);"})
  void whatTheWorkerKeptInFilesGoesWithIt(String end) {
    try (TestCells cells = new TestCells()) {
      Path kept = Path.of(cells.out(KEPT));
      assertThat(kept).exists();
      cells.failure(end);
      Awaitility.await().untilAsserted(() -> assertThat(kept.getParent()).doesNotExist());
    }
  }

  @Test
  void whatTheWorkerKeptInFilesGoesWithTheKernel() {
    Path kept;
    try (TestCells cells = new TestCells()) {
      kept = Path.of(cells.out(KEPT));
      assertThat(kept).exists();
    }
    assertThat(kept.getParent()).doesNotExist();
  }
}
