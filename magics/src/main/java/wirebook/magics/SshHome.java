package wirebook.magics;

import java.util.HashMap;
import java.util.Map;
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
}
