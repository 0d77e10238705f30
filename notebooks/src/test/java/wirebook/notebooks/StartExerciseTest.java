package wirebook.notebooks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import wirebook.kernel.run.Cell;
import wirebook.kernel.run.Notebook;

/** What the first check of all says to wrong answers and to the right one. */
class StartExerciseTest {
  @Test
  void theFirstExerciseAsksForAnAddress() throws Exception {
    String check =
        Notebook.read(Path.of("").toAbsolutePath().resolve("00-start.ipynb")).codeCells().stream()
            .map(Cell.Code::source)
            .filter(source -> source.contains("String checkFirst("))
            .findFirst()
            .orElseThrow();
    ExerciseSession session = new ExerciseSession();
    try {
      session.run("String found = \"\";");
      assertThat(session.run(check)).contains("Not yet: the quotes are empty");
      assertThat(told(session, "httpbin.org")).contains("is a name");
      assertThat(told(session, "10.0.0.1")).contains("is the address of another name");
      assertThat(told(session, "0.0.0")).contains("is the address of another name");
      assertThat(told(session, " 192.0.2.1 ")).contains("Right");
    } finally {
      session.close();
    }
  }

  private static String told(ExerciseSession session, String answer) {
    return session.run(
        "System.out.println(checkFirst(\"" + answer + "\", List.of(\"192.0.2.1\")));");
  }
}
