package wirebook.kernel.java;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import wirebook.kernel.session.Interpreter.Outcome.Failed;

class CellMagicsTest {
  private static TestCells cells;

  @TempDir private static Path folder;

  @BeforeAll
  static void start() {
    cells = new TestCells();
  }

  @AfterAll
  static void stop() {
    cells.close();
  }

  private static Path file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  @Test
  void theMagicsAreListed() {
    assertThat(cells.out("%magics")).contains("%internet ").contains("%time, %%time ");
  }

  @Test
  void variablesAreListedWithTypeAndValue() {
    cells.out("int who1 = 3; String who2 = \"a\\nb\";");
    assertThat(cells.out("%who"))
        .containsPattern("who1 +int +3\n")
        .containsPattern("who2 +String +a⏎b\n");
  }

  @Test
  void whoLeavesOutWhatHasNoTypeYet() {
    try (TestCells own = new TestCells()) {
      own.out("NotThereYet waiting;");
      own.out("int there = 1;");
      assertThat(own.out("%who")).contains("there").doesNotContain("waiting");
    }
  }

  @Test
  void timeGivesTheValueAndTellsTheTime() {
    assertThat(cells.value("%time 40 + 2")).contains("42");
    assertThat(cells.out("%%time\nint timed = 1;")).startsWith("Wall time: ");
    assertThat(cells.out("%time Thread.sleep(30);"))
        .matches("Wall time: [3-9][0-9]\\.[0-9] ms\n|Wall time: .{4,}ms\n");
  }

  @Test
  void aComplaintWithinTimedJavaHasItsPlace() {
    Failed failed = cells.failure("int before = 1;\n%time 1 + nothingLikeIt");
    assertThat(Failures.plain(String.join("\n", failed.traceback()))).contains("nothingLikeIt");
  }

  @Test
  void aFileAndANotebookRunAsIfTheyStoodHere() throws IOException {
    Path java =
        file(
            "a.java",
            "class Hello { public static void main(String[] a) { System.out.println(\"hello\"); }"
                + " }\n"
                + "20 + 22");
    assertThat(cells.value("%load " + java)).contains("42");
    assertThat(cells.out("%run " + java)).isEqualTo("hello\n");
    file(
        "Main.java",
        """
        package some.where;

        public class Main {
          public static void main(String[] arguments) { System.out.println("in a package"); }
        }
        """);
    assertThat(cells.out("%run " + folder.resolve("Main"))).isEqualTo("in a package\n");
    Path notebook =
        file(
            "n.ipynb",
            "{\"cells\": [{\"cell_type\": \"code\", \"source\": [\"int nb = 3;\\n\", \"nb\"]},"
                + "{\"cell_type\": \"markdown\", \"source\": \"x\"},"
                + "{\"cell_type\": \"code\", \"source\": \"nb + 1\"}]}");
    assertThat(cells.value("%load " + notebook)).contains("4");
    assertThat(cells.failure("%load nosuch.java").message()).contains("no such file");
  }

  @Test
  void magicsCanBeCalledFromJava() {
    assertThat(cells.value("lineMagic(\"internet\", List.of()).getClass().getSimpleName()"))
        .contains("LabStatus");
  }

  @Test
  void anAddedFolderOfClassesCanBeUsed() throws IOException {
    Path text = file("note.txt", "found");
    cells.out("%classpath " + text.getParent());
    assertThat(
            cells.value(
                "new String(Thread.currentThread().getContextClassLoader().getResourceAsStream(\"note.txt\").readAllBytes())"))
        .contains("found");
  }

  @Test
  void resetForgetsWhatWasDeclared() {
    try (TestCells own = new TestCells()) {
      own.out("int forgotten = 1;");
      own.out("%reset");
      assertThat(own.failure("forgotten").message()).contains("cannot find symbol");
      assertThat(own.value("1 + 1")).contains("2");
    }
  }

  @Test
  void aMagicThatTakesACellRunsItsMagicsAndItsJavaAndIsToldTheEnd() {
    String out = cells.out("%%wire udp\n%dig +short google.com\nSystem.out.println(6 * 7);");
    assertThat(out).containsSubsequence("142.250.185.78\n", "42\n", "A? google.com.");
  }

  @Test
  void aMagicThatTakesACellIsToldTheEndAlsoWhenTheCellFails() {
    cells.failure("%%wire\n%dig +short google.com\nthrow new IllegalStateException();");
    assertThat(cells.out("%wire")).startsWith("Off: ");
  }
}
