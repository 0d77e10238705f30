package wirebook.notebooks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import wirebook.kernel.run.NotebookCell;
import wirebook.kernel.run.NotebookFile;

/** What the checks of SSH's exercises say to wrong answers and to right ones. */
@Tag("slow")
class SshExercisesTest extends Exercises {
  SshExercisesTest() {
    super("07-ssh.ipynb");
  }

  @BeforeAll
  void defineTheChecks() throws Exception {
    run(cell("String ns1"));
    run(cell("String word"));
    run(cell("int roundTrips"));
    run("var login = %ssh ada@shell.class.example uptime");
    for (String check : List.of("checkKeyLogin", "checkEvidence", "checkWord", "checkRoundTrips")) {
      run(check(check));
    }
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
    assertThat(told("checkEvidence(\"\", \"\")")).contains("Not yet: ns1 has no answer");
    assertThat(told("checkEvidence(\"attack\", \"reinstalled\")")).contains("the other way round");
    assertThat(told("checkEvidence(\"attack\", \"attack\")"))
        .contains("Not yet: the warning for ns1");
    assertThat(told("checkEvidence(\"reinstalled\", \"reinstalled\")"))
        .contains("Not yet: www shows a fingerprint that is not on the board");
    assertThat(told("checkEvidence(\"new key\", \"\")")).contains("\"new key\" is neither");
    assertThat(told("checkEvidence(\"reinstalled\", \"attack\")")).contains("Right");
  }

  @Test
  void theEvidenceIsThere() throws Exception {
    run(cell("%internet mitm ns1"));
    try {
      String board =
          NotebookFile.read(notebook).cells().stream()
              .filter(NotebookCell.Markdown.class::isInstance)
              .map(NotebookCell::source)
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

  private String fingerprint(String warning) {
    return warning
        .lines()
        .filter(line -> line.startsWith("SHA256:"))
        .findFirst()
        .orElseThrow()
        .replaceFirst("\\.$", "");
  }

  @Test
  void theWordIsThatOfTheVault() {
    assertThat(told("checkWord(\"\")")).contains("Not yet: no word");
    assertThat(told("checkWord(\"kingfisher\")")).contains("Whose localhost");
    assertThat(told("checkWord(\"Dashboard of vault.class.example\")")).contains("Nearly");
    assertThat(told("checkWord(\"raven\")")).contains("no dashboard says");
    assertThat(told("checkWord(\"Heron.\")")).contains("Right");
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
    assertThat(told("checkRoundTrips(7, 6, 24)")).contains("Nearly: one too many");
    assertThat(told("checkRoundTrips(5, 6, 24)")).contains("Nearly: one is missing");
    assertThat(told("checkRoundTrips(24, 6, 24)")).contains("the number of messages");
    assertThat(told("checkRoundTrips(2, 6, 24)")).contains("too few");
    run("roundTrips = (int) login.sessions().getFirst().roundTrips();");
    assertThat(run(check)).contains("Right");
  }
}
