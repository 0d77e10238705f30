package wirebook.notebooks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the first check of all says to wrong answers and to the right one. */
@Tag("slow")
class StartExerciseTest extends Exercises {
  StartExerciseTest() {
    super("00-start.ipynb");
  }

  private String first(String answer) {
    return told("checkFirst(\"" + answer + "\", List.of(\"192.0.2.1\"))");
  }

  @Test
  void theFirstExerciseAsksForAnAddress() throws Exception {
    run("String found = \"\";");
    assertThat(run(check("checkFirst"))).contains("Not yet: the quotes are empty");
    assertThat(first("httpbin.org")).contains("is a name");
    assertThat(first("10.0.0.1")).contains("is the address of another name");
    assertThat(first("0.0.0")).contains("is the address of another name");
    assertThat(first(" 192.0.2.1 ")).contains("Right");
  }
}
