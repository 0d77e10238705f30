package wirebook.kernel.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class LabShellTest {
  @TempDir Path folder;

  @Test
  void aCommandRunsInALabOfItsOwn() throws IOException {
    Path answer = folder.resolve("answer");
    StringWriter said = new StringWriter();
    int status =
        Commands.commandLine(new PrintWriter(said), new PrintWriter(said))
            .execute(
                "shell",
                "--own",
                "sh",
                "-c",
                "dig +short google.com | head -1 > '" + answer + "'; exit 3");
    assertThat(status).isEqualTo(3);
    assertThat(Files.readString(answer)).isEqualTo("142.250.185.78\n");
    assertThat(said.toString()).isEmpty();
  }

  @Test
  void aScriptOnStandardInputRunsWithoutPrompts() throws Exception {
    Process shell =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "--enable-native-access=ALL-UNNAMED",
                "wirebook.kernel.cli.Main",
                "shell",
                "--own")
            .redirectErrorStream(true)
            .start();
    try (OutputStream script = shell.getOutputStream()) {
      script.write("dig +short google.com\nexit 4\n".getBytes(UTF_8));
    }
    assertThat(new String(shell.getInputStream().readAllBytes(), UTF_8))
        .isEqualTo("142.250.185.78\n");
    assertThat(shell.waitFor()).isEqualTo(4);
  }
}
