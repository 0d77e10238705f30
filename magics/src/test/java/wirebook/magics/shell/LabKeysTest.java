package wirebook.magics.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LabKeysTest {
  private static String inText(String text) {
    return LabKeys.inText(text, Path.of("/lab"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '!',
      quoteCharacter = '%',
      value = {
        "cat ~/.ssh/id_ed25519.pub ! cat /lab/.ssh/id_ed25519.pub",
        "ls -la ~/.ssh; rm -f $HOME/.ssh/known_hosts ! ls -la /lab/.ssh; rm -f /lab/.ssh/known_hosts",
        "cat \"${HOME}/.ssh/a b\" 'x' ~/.ssh/c ! cat \"/lab/.ssh/a b\" 'x' /lab/.ssh/c",
        "K=~/.ssh/k; echo it\\'s >>~/.ssh/x ! K=/lab/.ssh/k; echo it\\'s >>/lab/.ssh/x",
        "x=\"$(cat \"$HOME/.ssh/k.pub\")\" ! x=\"$(cat \"/lab/.ssh/k.pub\")\"",
        "read a <<< x; ls ~/.ssh ! read a <<< x; ls /lab/.ssh",
      })
  void theHomeOfKeysIsTheLabsWhereTheShellWouldWriteItsOwn(String text, String expected) {
    assertThat(inText(text)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ssh ada@shell.class.example 'cat ~/.ssh/authorized_keys'",
        "echo \"~/.ssh\" '$HOME/.ssh' \\~/.ssh a~/.ssh",
        "ls ~/.ssh-old ~/.ssh2 ~/x/.ssh ~ $HOME # not ~/.ssh",
        "ls \"$HOMES/.ssh\" ${#HOME}/.ssh",
        "echo \"\\$HOME/.ssh\""
      })
  void whatTheShellLeavesAsItIsStays(String text) {
    assertThat(inText(text)).isEqualTo(text);
  }

  @Test
  void aTextMayBeLong() {
    String text = "echo \"" + "x".repeat(100_000) + "\"; cat > a <<EOF\n" + "y\n".repeat(50_000);
    assertThat(inText(text + "EOF\nls ~/.ssh")).isEqualTo(text + "EOF\nls /lab/.ssh");
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '%',
      value = {"EOF,/lab", "'EOF',$HOME", "\"EOF\",$HOME"})
  void ofAHereDocumentTheFirstLineAndTheVariablesAreTheShells(String end, String home) {
    assertThat(
            inText(
                """
                cat >> ~/.ssh/config <<%s
                # don't
                IdentityFile ~/.ssh/k
                IdentityFile $HOME/.ssh/k
                EOF
                cat <<-%s > ~/.ssh/x
                \tEOF
                ls ~/.ssh"""
                    .formatted(end, end)))
        .isEqualTo(
            """
            cat >> /lab/.ssh/config <<%s
            # don't
            IdentityFile ~/.ssh/k
            IdentityFile %s/.ssh/k
            EOF
            cat <<-%s > /lab/.ssh/x
            \tEOF
            ls /lab/.ssh"""
                .formatted(end, home, end));
  }
}
