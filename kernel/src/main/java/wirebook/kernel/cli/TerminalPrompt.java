package wirebook.kernel.cli;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * Asks the person at the terminal, or with the program that {@code SSH_ASKPASS} names ({@code
 * ssh(1)}, ENVIRONMENT).
 */
final class TerminalPrompt {
  private static final File TTY = new File("/dev/tty");
  private static final int LONGEST = 1024;

  private TerminalPrompt() {}

  /** The answer; empty when nobody can be asked. */
  static Optional<String> ask(String prompt, boolean secret) throws InterruptedException {
    String require = System.getenv().getOrDefault("SSH_ASKPASS_REQUIRE", "");
    String program = System.getenv().getOrDefault("SSH_ASKPASS", "");
    boolean screen = System.getenv("DISPLAY") != null || System.getenv("WAYLAND_DISPLAY") != null;
    boolean prefer = require.equals("force") || (require.equals("prefer") && screen);
    if (!prefer) {
      try (InputStream in = new FileInputStream(TTY);
          OutputStream out = new FileOutputStream(TTY)) {
        return Optional.of(read(in, out, prompt, secret));
      } catch (IOException e) {
        // There is no terminal.
      }
    }
    boolean use = !program.isEmpty() && !require.equals("never") && (prefer || screen);
    return use ? ofProgram(program, prompt) : Optional.empty();
  }

  private static String read(InputStream in, OutputStream out, String prompt, boolean secret)
      throws IOException, InterruptedException {
    out.write(prompt.getBytes(StandardCharsets.UTF_8));
    if (secret) {
      stty("-echo");
    }
    try {
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
        if (line.size() < LONGEST && b != '\r') {
          line.write(b);
        }
      }
      return line.toString(StandardCharsets.UTF_8);
    } finally {
      if (secret) {
        stty("echo");
        out.write('\n');
      }
    }
  }

  private static void stty(String setting) throws IOException, InterruptedException {
    new ProcessBuilder("stty", setting).redirectInput(TTY).start().waitFor();
  }

  private static Optional<String> ofProgram(String program, String prompt)
      throws InterruptedException {
    try {
      Process process =
          new ProcessBuilder(List.of(program, prompt))
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      process.getOutputStream().close();
      String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return process.waitFor() == 0
          ? Optional.of(answer.lines().findFirst().orElse(""))
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
