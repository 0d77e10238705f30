package wirebook.engine.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import wirebook.engine.http.Netrc.Login;

class NetrcTest {
  private static final String FILE =
      """
      # a comment
      machine one.example login me password "quoted \\"word\\""
      machine two.example
        login other
        password secret
      machine two.example login third password 3
      default login anonymous password guest
      """;

  private static Optional<Login> find(String host, String user) throws Netrc.SyntaxError {
    return Netrc.find(FILE, host, user);
  }

  private static Optional<Login> login(String user, String password) {
    return Optional.of(new Login(Optional.of(user), Optional.of(password)));
  }

  @Test
  void theFirstEntryOfAHostCounts() throws Netrc.SyntaxError {
    assertThat(find("two.example", "")).isEqualTo(login("other", "secret"));
    assertThat(find("TWO.example", "")).isEqualTo(login("other", "secret"));
  }

  @Test
  void quotedWordsMayHoldEscapes() throws Netrc.SyntaxError {
    assertThat(find("one.example", "")).isEqualTo(login("me", "quoted \"word\""));
  }

  @Test
  void aWantedUserSelectsItsEntry() throws Netrc.SyntaxError {
    assertThat(find("two.example", "third").flatMap(Login::password)).contains("3");
  }

  @Test
  void theDefaultIsForAllOthers() throws Netrc.SyntaxError {
    assertThat(find("three.example", "")).isEqualTo(login("anonymous", "guest"));
  }

  @Test
  void anOpenQuoteIsAMistake() {
    assertThatThrownBy(() -> Netrc.find("machine h login \"a", "h", ""))
        .isInstanceOf(Netrc.SyntaxError.class);
  }
}
