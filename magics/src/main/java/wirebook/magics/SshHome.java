package wirebook.magics;

import java.io.ByteArrayInputStream;
import java.io.Console;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import wirebook.engine.ssh.client.SshEnvironment;
import wirebook.engine.ssh.config.LocalHost;
import wirebook.internet.Internets;
import wirebook.internet.LabHome;
import wirebook.internet.Topology;
import wirebook.spi.MagicCall;

/** Whose keys and known hosts the magics of SSH use. */
final class SshHome {
  private SshHome() {}

  /**
   * In the lab the student's there, in a folder of the lab's own: nothing of the lab gets into the
   * {@code ~/.ssh} of the machine, and no key of the machine into the lab.
   */
  static LocalHost of(MagicCall call) {
    LocalHost here = LocalHost.here(call.directory(), call.environment());
    return call.network().name().equals("lab") && call.networks() instanceof Internets internets
        ? new LocalHost(
            LabHome.USER,
            internets.lab().home().folder(),
            here.uid(),
            Topology.HERE,
            here.directory(),
            without(here.environment()))
        : here;
  }

  /** The agent is the machine's. */
  private static Map<String, String> without(Map<String, String> environment) {
    Map<String, String> rest = new HashMap<>(environment);
    rest.remove("SSH_AUTH_SOCK");
    return rest;
  }

  /** The world of a command of SSH in a cell or from the shell. */
  static SshEnvironment environment(MagicCall call) {
    return environment(call, (prompt, echo) -> call.ask(prompt, !echo));
  }

  /** The same, with somebody else to answer questions. */
  static SshEnvironment environment(MagicCall call, SshEnvironment.Asker asker) {
    return new SshEnvironment(
        call.out(),
        call.err(),
        input(call),
        of(call),
        call.network(),
        call.inCell(),
        !call.inCell() && terminal(),
        asker,
        call::detach);
  }

  /** The lines below the magic, or the shell's input; a cell has none of its own. */
  private static InputStream input(MagicCall call) {
    Optional<String> body = call.body();
    return body.isPresent()
        ? new ByteArrayInputStream(body.get().getBytes(StandardCharsets.UTF_8))
        : call.inCell() ? InputStream.nullInputStream() : call.in();
  }

  /** Java 25 gives no console when there is no terminal, other versions one that is none. */
  @SuppressWarnings("SystemConsoleNull")
  private static boolean terminal() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }
}
