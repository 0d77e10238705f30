package wirebook.kernel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import wirebook.magics.shell.ShimWords;
import wirebook.spi.Diagnostic;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicResult;
import wirebook.spi.MagicSpec;
import wirebook.spi.Span;

class ShellMagicTest {
  private static final Magic ECHO =
      new Magic() {
        @Override
        public MagicSpec spec() {
          return MagicSpec.named("echo", "Says it again").build();
        }

        @Override
        public MagicResult run(MagicCall call) {
          return MagicResult.NOTHING;
        }
      };

  @Test
  void aComplaintMarksThePlaceBelowTheCall() {
    ShellMagic call = new ShellMagic(ECHO, List.of("one", "twoo"), Optional.empty());
    Diagnostic diagnostic =
        new Diagnostic("ECHO1", new Span(9, 13), "no such word", "Did you mean two?");

    assertThat(new ShimWords("echo", call.arguments()).complaint(diagnostic))
        .isEqualTo(
            """
            echo: no such word [ECHO1]
              echo one twoo
                       ^^^^
              Did you mean two?
            """);
  }

  @Test
  void aWordThatIsNoMagicIsLeftToTheCommands() {
    assertThat(ShellMagic.find(List.of("install", "--user"))).isEmpty();
    assertThat(ShellMagic.find(List.of())).isEmpty();
    assertThat(ShellMagic.find(List.of("--internet", "lab"))).isEmpty();
  }
}
