package wirebook.engine.ssh.config;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a command and its configuration come to.
 *
 * @param settings all of them with a value
 * @param argument the host as the command named it
 * @param host the host that is connected to
 * @param command what runs there, empty for a shell
 * @param tty whether a terminal was asked for
 * @param tokens what {@code %h} and its like stand for
 * @param configFile that of {@code -F}
 * @param verbose how often {@code -v} was given
 * @param controlCommand that of {@code -O}
 */
public record Plan(
    Settings settings,
    String argument,
    String host,
    String command,
    boolean tty,
    Map<Character, String> tokens,
    Optional<String> configFile,
    int verbose,
    Optional<String> controlCommand) {
  public Plan {
    tokens = Map.copyOf(tokens);
  }

  public int port() {
    return settings.number(Keyword.PORT);
  }

  public String user() {
    return settings.text(Keyword.USER);
  }

  /** The lines of {@code ssh -G}. */
  List<String> dump(SshLog log) {
    return Dump.lines(settings, argument, host, log);
  }
}
