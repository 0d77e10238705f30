package wirebook.kernel.java;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import wirebook.kernel.java.complaints.Failures;
import wirebook.kernel.session.History;
import wirebook.kernel.session.Interpreter.Outcome.Failed;

@Tag("slow")
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

  private static String plain(Failed failed) {
    return Failures.plain(String.join("\n", failed.traceback()));
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
            "{\"nbformat\": 4, \"cells\": [{\"cell_type\": \"code\", \"source\": [\"int nb = 3;\\n\", \"nb\"]},"
                + "{\"cell_type\": \"markdown\", \"source\": \"x\"},"
                + "{\"cell_type\": \"code\", \"source\": \"nb + 1\"}]}");
    assertThat(cells.value("%load " + notebook)).contains("4");
    assertThat(cells.failure("%load nosuch.java").message()).contains("no such file");
  }

  @Test
  void theMainMethodOfAFileIsCalledHoweverItIsDeclared() throws IOException {
    file(
        "Compact.java",
        """
        record Way(int km) {}
        int n = 3;
        void main() { IO.println("compact " + n); help(); }
        void help() { IO.println(new Way(4)); }
        """);
    assertThat(cells.out("%run " + folder.resolve("Compact.java")))
        .isEqualTo("compact 3\nWay[km=4]\n");
    file("Own.java", "class Own { int x = 2; void main() { IO.println(\"of an object \" + x); } }");
    assertThat(cells.out("%run " + folder.resolve("Own.java"))).isEqualTo("of an object 2\n");
    file(
        "Second.java",
        "#!/usr/bin/java --source 25\nclass Help { static int two() { return 2; } }\n"
            + "public class Second { public static void main(String... a) {"
            + " IO.println(Help.two() + String.join(\"|\", a)); } }");
    assertThat(cells.out("%run " + folder.resolve("Second.java") + " a 'b c'"))
        .isEqualTo("2a|b c\n");
  }

  @Test
  void whatIsWrongInAFileHasItsPlaceThere() throws IOException {
    file("Wrong.java", "class Wrong {\n  int x = \"\";\n}");
    assertThat(plain(cells.failure("%run " + folder.resolve("Wrong.java"))))
        .startsWith("Wrong.java:2: error: incompatible types");
    file("later.jsh", "int ok = 1;\n\nint later() {\n  return 1 / 0;\n}");
    cells.out("%load " + folder.resolve("later.jsh"));
    assertThat(plain(cells.failure("later()"))).contains("at later, later.jsh:4");
    file(
        "fails.ipynb",
        "{\"nbformat\": 4, \"nbformat_minor\": 5, \"metadata\": {}, \"cells\": ["
            + "{\"cell_type\": \"code\", \"source\": \"int f = 1;\"},"
            + "{\"cell_type\": \"code\", \"source\": \"\\n1 / 0\"}]}");
    assertThat(plain(cells.failure("%run " + folder.resolve("fails.ipynb"))))
        .contains("at fails.ipynb[2]:2");
  }

  @Test
  void aFileThatIsNoneOrRunsItselfIsAComplaint() throws IOException {
    file("broken.ipynb", "{\"cells\": 3}");
    assertThat(cells.failure("%run " + folder.resolve("broken.ipynb")).message())
        .contains("not a notebook");
    file(
        "python.ipynb",
        "{\"nbformat\": 4, \"metadata\": {\"kernelspec\": {\"language\": \"python\"}}, \"cells\": []}");
    assertThat(cells.failure("%run " + folder.resolve("python.ipynb")).message())
        .contains("is written in python");
    Path self = file("self.jsh", "%load " + folder.resolve("self.jsh"));
    assertThat(cells.failure("%load " + self).message()).contains("being run already");
  }

  @Test
  void historyGivesRangesAndWhatHasAText() {
    cells.out("int inHistory = 1;");
    int number = cells.last();
    assertThat(cells.out("%history " + number + "-" + number))
        .isEqualTo("In[" + number + "]:\n    int inHistory = 1;\n");
    assertThat(cells.out("%history -g 'int inHistory'"))
        .contains("In[" + number + "]:")
        .contains("%history -g");
    assertThat(cells.failure("%history some").message()).contains("neither a number");
  }

  @Test
  void historyTakesWhatIPythonsTakes() {
    cells.out("int inRange = 1;");
    int number = cells.last();
    cells.out("int inRange = 2;");
    cells.out("int inRange = 1;");
    String first = "In[" + number + "]:\n    int inRange = 1;\n";
    String second = "In[" + (number + 1) + "]:\n    int inRange = 2;\n";
    String third = "In[" + (number + 2) + "]:\n    int inRange = 1;\n";
    assertThat(cells.out("%history " + number)).isEqualTo(first);
    assertThat(cells.out("%history -n " + number + ":" + (number + 2))).isEqualTo(first + second);
    assertThat(cells.out("%history -u " + number + "-" + (number + 2))).isEqualTo(second + third);
    assertThat(cells.out("%history -g inR*e = 2;")).startsWith(second).doesNotContain(first);
    assertThat(cells.out("%history -l 1")).endsWith("    %history -l 1\n").doesNotContain(third);
    assertThat(cells.out("%history -l")).contains(third);
    assertThat(plain(cells.failure("%history -o"))).contains("Out[3] is the result of cell 3");
    assertThat(plain(cells.failure("%history -g"))).contains("followed by what to look for");
  }

  @Test
  void historyKnowsTheSessionsBefore() {
    Path file = folder.resolve("history.jsonl");
    try (History before = History.in(file)) {
      before.add(1, "int ofBefore = 1;", Optional.empty());
      before.add(2, "int ofBeforeToo = 2;", Optional.empty());
    }
    assertThat(cells.failure("%history ~1/").message()).contains("No sessions before this one");
    try (TestCells own = new TestCells();
        History now = History.in(file)) {
      own.interpreter.connect(now);
      assertThat(own.out("%history ~1/2")).isEqualTo("In[1/2]:\n    int ofBeforeToo = 2;\n");
      assertThat(own.out("%history ~1/")).startsWith("In[1/1]:").contains("In[1/2]:");
      assertThat(own.out("%history 1/1-1")).isEqualTo("In[1/1]:\n    int ofBefore = 1;\n");
      assertThat(own.out("%history ~7/")).isEmpty();
      assertThat(own.out("%history -g ofBeforeT")).startsWith("In[1/2]:").contains("%history -g");
    }
  }

  @Test
  void whoListsTheVariablesOfATypeAlone() {
    cells.out("int whoInt = 3; List<String> whoList = List.of();");
    assertThat(cells.out("%who int")).contains("whoInt").doesNotContain("whoList");
    assertThat(cells.out("%who List")).contains("whoList").doesNotContain("whoInt");
    assertThat(cells.out("%who Nothing")).isEqualTo("No variables of such a type.\n");
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
