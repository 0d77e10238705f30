package wirebook.magics.ssh;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import wirebook.engine.ssh.client.SshEnvironment;
import wirebook.engine.ssh.config.LocalHost;
import wirebook.internet.Internets;
import wirebook.internet.host.LabHome;
import wirebook.internet.topology.Topology;
import wirebook.net.Terminal;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicSpec;

/** Whose keys and known hosts the magics of SSH use. */
public final class SshHome {
  private SshHome() {}

  /**
   * In the lab the student's there, in a folder of the lab's own: nothing of the lab gets into the
   * {@code ~/.ssh} of the machine, and no key of the machine into the lab.
   */
  public static LocalHost of(MagicCall call) {
    LocalHost here = LocalHost.here(call.directory(), call.environment());
    return Internets.inLab(call)
        .map(
            internets ->
                new LocalHost(
                    LabHome.USER,
                    internets.lab().home().folder(),
                    here.uid(),
                    Topology.HERE,
                    Internets.meant(call, here.directory()),
                    without(here.environment())))
        .orElse(here);
  }

  /** The agent is the machine's. */
  private static Map<String, String> without(Map<String, String> environment) {
    Map<String, String> rest = new HashMap<>(environment);
    rest.remove("SSH_AUTH_SOCK");
    return rest;
  }

  private static final String FLAG = "--password";

  static final MagicSpec.Option PASSWORD =
      MagicSpec.Option.of(
          "WORD",
          MagicSpec.Values.ANY,
          "answers the question for a password, so that a notebook runs by itself; OpenSSH has no"
              + " such option, as others can read a command line",
          FLAG);

  private static Optional<String> password(MagicCall call) {
    int at = call.arguments().indexOf(FLAG);
    return at >= 0 && at + 1 < call.arguments().size()
        ? Optional.of(call.arguments().get(at + 1))
        : Optional.empty();
  }

  /** As {@link #words}, each of which is for this machine. */
  static List<String> localWords(MagicCall call) {
    return words(call).stream().map(word -> meant(call, word)).toList();
  }

  /** As {@link #words}, with a destination, behind which words are for the other end. */
  static List<String> wordsAndCommand(MagicCall call) {
    List<String> words = new ArrayList<>(words(call));
    words.subList(0, command(words)).replaceAll(word -> meant(call, word));
    return words;
  }

  /** Where in the words of ssh the command begins; behind the last when there is none. */
  public static int command(List<String> words) {
    boolean value = false;
    boolean destination = false;
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i);
      if (value || word.startsWith("-")) {
        value = !value && word.matches("-[46AaCfGgKkMNnqsTtVvXxYy]*[BbcDEeFIiJLlmOoPpQRSWw]");
      } else if (destination) {
        return i;
      } else {
        destination = true;
      }
    }
    return words.size();
  }

  /** A word that is, or ends in, the name of a file, which a shell has written out. */
  private static String meant(MagicCall call, String word) {
    int at = word.indexOf('=') + 1;
    if (!word.startsWith("/", at)) {
      return word;
    }
    Path file = Path.of(word.substring(at));
    Path meant = Internets.meant(call, file);
    return meant.equals(file) ? word : word.substring(0, at) + meant;
  }

  /** The words that OpenSSH has as well. */
  static List<String> words(MagicCall call) {
    List<String> words = new ArrayList<>(call.arguments());
    if (password(call).isPresent()) {
      int at = words.indexOf(FLAG);
      words.subList(at, at + 2).clear();
    }
    return List.copyOf(words);
  }

  /** The world of a command of SSH in a cell or from the shell. */
  static SshEnvironment environment(MagicCall call) {
    Optional<String> password = password(call);
    return new SshEnvironment(
        call.out(),
        call.err(),
        input(call),
        of(call),
        call.network(),
        call.inCell(),
        !call.inCell() && Terminal.isThere(),
        (prompt, echo) ->
            password.isPresent() && prompt.endsWith("password: ")
                ? password
                : call.ask(prompt, !echo),
        call::detach);
  }

  /** The lines below the magic, or the shell's input; a cell has none of its own. */
  private static InputStream input(MagicCall call) {
    Optional<String> body = call.body();
    return body.isPresent()
        ? new ByteArrayInputStream(body.get().getBytes(StandardCharsets.UTF_8))
        : call.inCell() ? InputStream.nullInputStream() : call.in();
  }
}
