package wirebook.notebooks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import wirebook.kernel.run.Cell;
import wirebook.kernel.run.Notebook;

/** What the checks of the exercises on environments say to wrong answers and to right ones. */
class EnvironmentExercisesTest {
  private static final Path NOTEBOOK =
      Path.of("").toAbsolutePath().resolve("06-environments.ipynb");
  private static final ExerciseSession SESSION = new ExerciseSession();

  @BeforeAll
  static void defineTheChecks() throws Exception {
    // The method alone: the lines before it make an environment, which the notebook's own test
    // does.
    String cell = cell("String checkList(");
    int begin = cell.indexOf("String checkList(");
    SESSION.run(cell.substring(begin, cell.indexOf("\n}\n", begin) + 3));
    for (String jar : List.of("jar greet:1.0", "jar greet:2.0", "jar poster:1.0", "jar mail:1.0")) {
      SESSION.run(cell("%%javaenv " + jar));
    }
  }

  @AfterAll
  static void close() {
    SESSION.close();
  }

  private static String cell(String part) throws Exception {
    List<String> found =
        Notebook.read(NOTEBOOK).codeCells().stream()
            .map(Cell.Code::source)
            .filter(source -> source.contains(part))
            .toList();
    assertThat(found).as(part).hasSize(1);
    return found.getFirst();
  }

  private static String list(String lines, boolean python, boolean answers) {
    return SESSION.run(
        "System.out.println(checkList(\"" + lines + "\", " + python + ", " + answers + "));");
  }

  @Test
  void theListNamesAllThatTheProgramImports() {
    assertThat(list("", true, false)).contains("Not yet: the list is empty");
    assertThat(list("# nothing yet\\n", true, false)).contains("Not yet: the list is empty");
    assertThat(list("flask\\n", true, false))
        .contains("Not yet: the program ended at its import", "last line above");
    assertThat(list("humanize\\n", true, false)).contains("Not yet: flask itself is missing");
    assertThat(list("flask\\nimport humanize\\n", true, false))
        .contains("only a name", "It is no command");
    assertThat(list("pip install flask humanize\\n", true, false)).contains("It is no command");
    assertThat(list("flask\\nhumanize\\nsys\\n", true, false))
        .contains("Not yet: what comes with Python");
    assertThat(list("flask\\nhumanize==99\\n", true, false))
        .contains("Not yet: the names are right", "is it the version?");
    assertThat(list("flask\\n", false, false)).contains("This exercise needs Python");
    assertThat(list("Flask==3.1.3\\nhumanize\\n", true, true))
        .contains("Right: a fresh environment");
  }

  private static String clash(String letters, String posters) throws Exception {
    SESSION.run("%javaenv letters " + letters);
    SESSION.run("%javaenv posters " + posters);
    return SESSION.run(cell("String checkClash("));
  }

  @Test
  void eachJavaProgramGetsTheVersionThatItWasWrittenFor() throws Exception {
    SESSION.run(cell("%javaenv letters "));
    assertThat(SESSION.run(cell("String checkClash(")))
        .contains("Not yet: letters takes greet from the first jar");
    assertThat(clash("mail:1.0", "greet:1.0 poster:1.0"))
        .contains("Not yet: in letters there is no greet at all");
    assertThat(clash("greet:2.0", "greet:1.0 poster:1.0"))
        .contains("Not yet: letters has no mail.Mail");
    assertThat(clash("greet:2.0 mail:1.0", "greet:2.0 poster:1.0"))
        .contains("Not yet: posters takes greet from the first jar");
    assertThat(clash("greet:2.0 greet:1.0 mail:1.0", "greet:1.0 greet:2.0 poster:1.0"))
        .contains("Nearly: both run");
    assertThat(clash("greet:2.0 mail:1.0", "greet:1.0 poster:1.0"))
        .contains("Right: Hallo, Ada and Hello, Ada");
  }
}
