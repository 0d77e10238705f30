package wirebook.notebooks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the checks of the exercises on environments say to wrong answers and to right ones. */
@Tag("slow")
class EnvironmentExercisesTest extends Exercises {
  EnvironmentExercisesTest() {
    super("06-environments.ipynb");
  }

  @BeforeAll
  void defineTheChecks() throws Exception {
    // The method alone: the lines before it make an environment, which the notebook's own test
    // does.
    String cell = check("checkList");
    int begin = cell.indexOf("String checkList(");
    run(cell.substring(begin, cell.indexOf("\n}\n", begin) + 3));
    for (String jar : List.of("jar greet:1.0", "jar greet:2.0", "jar poster:1.0", "jar mail:1.0")) {
      run(cell("%%javaenv " + jar));
    }
  }

  private String list(String lines, boolean python, boolean answers) {
    return run(
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

  private String clash(String letters, String posters) throws Exception {
    run("%javaenv letters " + letters);
    run("%javaenv posters " + posters);
    return run(check("checkClash"));
  }

  @Test
  void eachJavaProgramGetsTheVersionThatItWasWrittenFor() throws Exception {
    run(cell("%javaenv letters "));
    assertThat(run(check("checkClash")))
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
