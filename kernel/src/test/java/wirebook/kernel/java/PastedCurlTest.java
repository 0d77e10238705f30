package wirebook.kernel.java;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import wirebook.kernel.java.TestCells.Recorded;
import wirebook.kernel.session.Interpreter.Outcome;

/** Commands as people paste them, in cells. */
@Tag("slow")
class PastedCurlTest {
  private static final TestCells CELLS = new TestCells(Map.of("LAB_TOKEN", "from outside"));
  private static String url = "";

  @TempDir Path folder;

  @BeforeAll
  static void serve() {
    CELLS.out(
        """
        int requests = 0;
        """);
    CELLS.out(
        """
        %%serve 0 --name echo -q
        route("GET POST PUT", "/echo", r -> { requests++; return Map.of("method", r.method(), "text", r.text(), "range",
            r.header("Range").orElse("none"), "auth", r.header("Authorization").orElse("none")); });
        get("/lines", r -> { requests++; return "one\\ntwo\\nthree\\n"; });
        """);
    CELLS.out("var echo = %serve log echo");
    url = CELLS.value("echo.url()").orElseThrow();
  }

  @AfterAll
  static void close() {
    CELLS.close();
  }

  private static String out(String cell) {
    return CELLS.out(cell.replace("URL", url));
  }

  private static String refused(String cell) {
    String before = CELLS.value("requests").orElseThrow();
    Outcome.Failed failed = CELLS.failure(cell.replace("URL", url));
    assertThat(CELLS.value("requests")).as("nothing is sent").contains(before);
    return String.join("\n", failed.traceback()).replaceAll("\u001b\\[[0-9;]*m", "");
  }

  @Test
  void aPipeDoesWhatItSays() {
    assertThat(out("%curl -s URLecho | jq -r .method")).isEqualTo("GET\n");
    assertThat(out("%curl -s \"URLecho\"|jq -c '{method, range}'"))
        .isEqualTo("{\"method\":\"GET\",\"range\":\"none\"}\n");
    assertThat(out("%curl -s URLlines | head -n 1")).isEqualTo("one\n");
    assertThat(out("%curl -s URLlines | grep -n t | tail -1 # the last")).isEqualTo("3:three\n");
    assertThat(out("%curl -sv URLlines 2>&1 | grep -c '^> GET'")).isEqualTo("1\n");
    assertThat(out("%curl -sv URLlines 2>/dev/null")).isEqualTo("one\ntwo\nthree\n");
  }

  @Test
  void whatARedirectionNamesIsReadAndWritten() throws Exception {
    Path file = folder.resolve("lines.txt");
    assertThat(out("%curl -s URLlines > " + file)).isEmpty();
    assertThat(out("%curl -s URLlines|head -1 >>" + file)).isEmpty();
    assertThat(file).hasContent("one\ntwo\nthree\none\n");
    Files.writeString(file, "{\"a\": 1}");
    assertThat(out("%curl -sX PUT -T - URLecho < " + file + " | jq -r '.method, .text'"))
        .isEqualTo("PUT\n{\"a\": 1}\n");
  }

  @Test
  void whatTheShellWouldDoAndThisDoesNotIsRefusedBeforeAnythingIsSent() {
    assertThat(refused("%curl -s URLlines && echo done")).contains("&&", "Write !curl");
    assertThat(refused("%curl -s URLlines; ls")).contains("the shell's ;");
    assertThat(refused("%curl -s URLlines &\n1+1")).contains("the shell's &");
    assertThat(refused("%curl -s URLlines | sed s/a/b/")).contains("| sed", "!curl");
    assertThat(refused("%curl -s URLlines | bash")).contains("not run here");
    assertThat(refused("%curl -s URLlines | jq 'def f: 1; f'")).contains("jq's filter");
    assertThat(refused("%curl -d \"$(cat f)\" URLecho")).contains("Another command");
    assertThat(refused("%curl -d @- URLecho <<EOF\n{}\nEOF")).contains("<<");
    assertThat(refused("%curl -T - URLecho < /no/such/file"))
        .contains("/no/such/file cannot be read");
    assertThat(refused("%curl URLlines > /no/such/folder/f")).contains("cannot be written");
  }

  @Test
  void whatIsNoJsonIsSaidByJq() {
    Recorded recorded = new Recorded();
    CELLS.run("%curl -s " + url + "lines | jq .", recorded);
    assertThat(recorded.err()).contains("what came is no JSON; it begins: one");
  }

  @Test
  void commandsOfManualsAreTakenAsTheyStandThere() {
    assertThat(
            out(
                """
                %curl -s -XPUT "URLecho?pretty" -H 'Content-Type: application/json' -d'
                {
                  "user": "x"
                }
                ' | jq -r .text"""))
        .isEqualTo("\n{\n  \"user\": \"x\"\n}\n\n");
    assertThat(out("%curl -s \\  \n -d a=b \\\n URLecho | jq -r .text")).isEqualTo("a=b\n");
    assertThat(out("%curl\u00a0-s \u2013d \u201ca=b\u201d URLecho | jq -r .text"))
        .isEqualTo("a=b\n");
    assertThat(out("%%curl -s URLecho\n  -H 'A: b'\n  # the body\n  -d 'x=\ny'\n| jq -r .text\n"))
        .isEqualTo("x=\ny\n");
  }

  @Test
  void aVariableOfTheShellIsTheNotebooksOrTheProcesss() {
    CELLS.out("String token = \"secret\";");
    String bearer = "%curl -s -H \"Authorization: Bearer ";
    assertThat(out(bearer + "$token\" URLecho | jq -r .auth")).isEqualTo("Bearer secret\n");
    assertThat(out(bearer + "$LAB_TOKEN\" URLecho | jq -r .auth"))
        .isEqualTo("Bearer from outside\n");
    assertThat(out(bearer + "${LAB_TOKEN}\" URLecho | jq -r .auth"))
        .isEqualTo("Bearer from outside\n");
    assertThat(out("%curl -s -d '$token' URLecho | jq -r .text")).isEqualTo("$token\n");
    Recorded recorded = new Recorded();
    CELLS.run(bearer + "$NOBODY\" " + url + "echo", recorded);
    assertThat(recorded.err()).contains("$NOBODY is no variable", "String NOBODY");
  }
}
