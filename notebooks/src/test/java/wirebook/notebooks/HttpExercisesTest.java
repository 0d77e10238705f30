package wirebook.notebooks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the checks of the HTTP notebooks' exercises say to wrong answers and to right ones. */
@Tag("slow")
class HttpExercisesTest extends Exercises {
  HttpExercisesTest() {
    super("04-http.ipynb");
  }

  /** The last cell that begins so. */
  private String last(String start) throws Exception {
    List<String> found = cells().stream().filter(source -> source.startsWith(start)).toList();
    assertThat(found).as(start).isNotEmpty();
    return found.getLast();
  }

  private String answer(String start, String from, String to) throws Exception {
    String source = last(start);
    assertThat(source).contains(from);
    return run(source.replace(from, to));
  }

  @Test
  void curlFailsOnlyWhereThatIsTheLesson() throws Exception {
    List<String> failed = new ArrayList<>();
    for (String cell : cells()) {
      if (run(cell).contains("curl: (")) {
        failed.add(cell);
      }
    }
    assertThat(failed).hasSize(1).first().asString().contains("https://bank.class.example/");
  }

  @Test
  void anItemIsTakenAway() throws Exception {
    run(last("var shop"));
    assertThat(answer("var gone", "GET", "GET")).contains("Not yet: 200");
    assertThat(answer("var gone", "GET", "POST")).contains("Not yet: 405", "DELETE");
    assertThat(answer("var gone", "GET", "PUT")).contains("Not yet: 400");
    assertThat(answer("var gone", "GET", "DELETE")).contains("Right");
    assertThat(answer("var gone", "GET", "DELETE")).contains("404", "You had it right before");
  }

  @Test
  void jsonIsSentAsJson() throws Exception {
    assertThat(answer("var sent", "-d", "-d")).contains("Not yet", "x-www-form-urlencoded");
    assertThat(answer("var sent", "-d", "-X PUT -d")).contains("Not yet: the answer is 405");
    assertThat(answer("var sent", "-d", "-G -d")).contains("Not yet: curl gave up");
    assertThat(answer("var sent", "-d", "--json")).contains("Right");
    assertThat(answer("var sent", "-d", "-H 'Content-Type: application/json' -d"))
        .contains("Right");
  }

  @Test
  void aRedirectIsFollowedToItsEnd() throws Exception {
    assertThat(answer("var moved", "-s", "-s")).contains("Not yet: 302, see /relative-redirect/2");
    assertThat(answer("var moved", "-s", "-s -L --max-redirs 1")).contains("Not yet");
    assertThat(answer("var moved", "/redirect/3", "/get")).contains("Not yet: 200 after 1");
    assertThat(answer("var moved", "-s", "-sL")).contains("Right: four requests");
  }

  @Test
  void aHandlerDoublesNumbersAndRefusesTheRest() throws Exception {
    String handler = "request.parameter(\"n\")";
    String server = "%%serve 0 --name double";
    String check = last("var dbl");
    answer(server, handler, handler);
    assertThat(run(check)).contains("Not yet: /double/21 answers 21");
    answer(server, handler, handler + " + " + handler);
    assertThat(run(check)).contains("Not yet: 2121");
    answer(server, handler, "2 * Integer.parseInt(" + handler + ")");
    assertThat(run(check)).contains("Nearly", "is 500");
    answer(
        server,
        handler,
        "{ try { return 2 * Integer.parseInt("
            + handler
            + "); } catch (NumberFormatException e) { return status(400); } }");
    assertThat(run(check)).contains("Right");
  }
}
