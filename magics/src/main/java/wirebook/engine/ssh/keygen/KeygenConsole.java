package wirebook.engine.ssh.keygen;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import wirebook.engine.ssh.client.SshEnvironment;
import wirebook.engine.ssh.config.SshLog;

/** Whom a command talks to: a person in a notebook, a terminal, or another program's pipe. */
final class KeygenConsole {
  private static final int LONGEST = 1023;

  final SshEnvironment environment;
  final SshLog log;

  KeygenConsole(SshEnvironment environment) {
    this.environment = environment;
    this.log = new SshLog(line -> write(environment.stderr(), line + (inCell() ? "\n" : "\r\n")));
  }

  boolean inCell() {
    return environment.inCell();
  }

  void print(String text) {
    write(environment.stdout(), text);
  }

  void complain(String text) {
    write(environment.stderr(), text);
  }

  private static void write(OutputStream to, String text) {
    try {
      to.write(text.getBytes(StandardCharsets.UTF_8));
      to.flush();
    } catch (IOException e) {
      // Nobody reads it.
    }
  }

  /** A text that is not ours, without what would move a cursor. */
  static String visible(String text) {
    StringBuilder shown = new StringBuilder();
    text.chars()
        .forEach(
            c -> {
              if (Character.isISOControl(c)) {
                shown.append("\\%03o".formatted(c));
              } else {
                shown.append((char) c);
              }
            });
    return shown.toString();
  }

  /** An answer that may be seen; empty when there is none to be had. */
  Optional<String> ask(String prompt) throws InterruptedException {
    if (inCell()) {
      return environment.asker().ask(prompt, true);
    }
    print(prompt);
    return line();
  }

  /** An answer that is not shown; empty when there is none to be had. */
  Optional<String> secret(String prompt) throws InterruptedException {
    Optional<String> answer = environment.asker().ask(prompt, false);
    if (answer.isPresent() || inCell()) {
      return answer;
    }
    complain(prompt);
    return line();
  }

  private Optional<String> line() {
    try {
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      int b = environment.stdin().read();
      if (b < 0) {
        return Optional.empty();
      }
      for (; b >= 0 && b != '\n'; b = environment.stdin().read()) {
        if (line.size() < LONGEST) {
          line.write(b);
        }
      }
      return Optional.of(line.toString(StandardCharsets.UTF_8));
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
