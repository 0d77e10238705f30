package wirebook.notebooks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import wirebook.kernel.run.Cell;
import wirebook.kernel.run.Notebook;

/** What the checks of SSH's exercises say to wrong answers and to right ones. */
class SshExercisesTest {
  private static final Path NOTEBOOK = Path.of("").toAbsolutePath().resolve("07-ssh.ipynb");
  private static final ExerciseSession SESSION = new ExerciseSession();

  @BeforeAll
  static void defineTheChecks() throws Exception {
    run(cell("String ns1"));
    run(cell("String word"));
    run(cell("int roundTrips"));
    run("var login = %ssh ada@shell.class.example uptime");
    for (String check : List.of("checkKeyLogin", "checkEvidence", "checkWord", "checkRoundTrips")) {
      run(check(check));
    }
  }

  @AfterAll
  static void close() {
    SESSION.close();
  }

  private static String run(String source) {
    return SESSION.run(source);
  }

  private static String cell(String start) throws Exception {
    return sole(code().filter(source -> source.startsWith(start)).toList());
  }

  private static String check(String method) throws Exception {
    return sole(code().filter(source -> source.contains("String " + method + "(")).toList());
  }

  private static java.util.stream.Stream<String> code() throws Exception {
    return Notebook.read(NOTEBOOK).codeCells().stream().map(Cell.Code::source);
  }

  private static String sole(List<String> found) {
    assertThat(found).hasSize(1);
    return found.getFirst();
  }

  private static String say(String call) {
    return run("System.out.println(" + call + ");");
  }

  @Test
  void aLoginByKeyStandsInTheServersLog() throws Exception {
    String check = check("checkKeyLogin");
    assertThat(run(check)).contains("Not yet: nobody has tried to log in as grace");
    run("%ssh -o BatchMode=yes grace@neighbour true");
    assertThat(run(check)).contains("Not yet: a key was offered");
    run("%ssh --password wrong grace@neighbour true");
    assertThat(run(check)).contains("Not yet: the password was wrong");
    run("%ssh --password hopper grace@neighbour true");
    assertThat(run(check)).contains("Not yet: grace got in by password");
    run("%ssh-keygen -q -t ed25519 -N ''\n%ssh-copy-id --password hopper grace@neighbour");
    assertThat(run(check)).contains("Not yet: grace got in by password");
    run("%ssh grace@neighbour true");
    assertThat(run(check)).contains("Right");
  }

  @Test
  void aChangedKeyIsJudgedByTheBoard() {
    assertThat(say("checkEvidence(\"\", \"\")")).contains("Not yet: ns1 has no answer");
    assertThat(say("checkEvidence(\"attack\", \"reinstalled\")")).contains("the other way round");
    assertThat(say("checkEvidence(\"attack\", \"attack\")"))
        .contains("Not yet: the warning for ns1");
    assertThat(say("checkEvidence(\"reinstalled\", \"reinstalled\")"))
        .contains("Not yet: www shows a fingerprint that is not on the board");
    assertThat(say("checkEvidence(\"new key\", \"\")")).contains("\"new key\" is neither");
    assertThat(say("checkEvidence(\"reinstalled\", \"attack\")")).contains("Right");
  }

  @Test
  void theEvidenceIsThere() throws Exception {
    run(cell("%internet mitm ns1"));
    try {
      String board =
          Notebook.read(NOTEBOOK).cells().stream()
              .filter(Cell.Markdown.class::isInstance)
              .map(Cell::source)
              .filter(text -> text.contains("reinstalled on Monday"))
              .findFirst()
              .orElseThrow();
      String ns1 = run("%ssh student@ns1.class.example hostname");
      String www = run("%ssh student@www.class.example hostname");
      assertThat(ns1).contains("REMOTE HOST IDENTIFICATION HAS CHANGED");
      assertThat(www).contains("REMOTE HOST IDENTIFICATION HAS CHANGED");
      assertThat(board).contains(fingerprint(ns1)).doesNotContain(fingerprint(www));
    } finally {
      run("%internet mitm off");
    }
  }

  private static String fingerprint(String warning) {
    return warning
        .lines()
        .filter(line -> line.startsWith("SHA256:"))
        .findFirst()
        .orElseThrow()
        .replaceFirst("\\.$", "");
  }

  @Test
  void theWordIsThatOfTheVault() {
    assertThat(say("checkWord(\"\")")).contains("Not yet: no word");
    assertThat(say("checkWord(\"kingfisher\")")).contains("Whose localhost");
    assertThat(say("checkWord(\"Dashboard of vault.class.example\")")).contains("Nearly");
    assertThat(say("checkWord(\"raven\")")).contains("no dashboard says");
    assertThat(say("checkWord(\"Heron.\")")).contains("Right");
    assertThat(
            run(
                "%ssh -J ada@shell.class.example ada@vault.class.example 'curl -s"
                    + " localhost:8000'"))
        .contains("heron");
  }

  @Test
  void roundTripsAreCountedInTheTrace() throws Exception {
    String check = check("checkRoundTrips");
    assertThat(run(check)).contains("Not yet: no number");
    assertThat(say("checkRoundTrips(7, 6, 24)")).contains("Nearly: one too many");
    assertThat(say("checkRoundTrips(5, 6, 24)")).contains("Nearly: one is missing");
    assertThat(say("checkRoundTrips(24, 6, 24)")).contains("the number of messages");
    assertThat(say("checkRoundTrips(2, 6, 24)")).contains("too few");
    run("roundTrips = (int) login.sessions().getFirst().roundTrips();");
    assertThat(run(check)).contains("Right");
  }
}
