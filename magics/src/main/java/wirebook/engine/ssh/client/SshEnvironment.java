package wirebook.engine.ssh.client;

import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;
import wirebook.engine.ssh.config.LocalHost;
import wirebook.net.Network;

/**
 * The world in which ssh runs.
 *
 * @param stdin what the remote command reads
 * @param inCell in a notebook: lines end with a line feed alone, and output is kept for the value
 * @param terminal whether standard input is a terminal
 * @param asker asks a person
 * @param background lets whoever started this go on without it ({@code -f})
 */
public record SshEnvironment(
    OutputStream stdout,
    OutputStream stderr,
    InputStream stdin,
    LocalHost local,
    Network network,
    boolean inCell,
    boolean terminal,
    Asker asker,
    Runnable background) {

  /** Asks a person for a line. */
  public interface Asker {
    /**
     * The answer; empty when nobody can be asked.
     *
     * @param echo whether what is typed may be seen
     */
    Optional<String> ask(String prompt, boolean echo) throws InterruptedException;
  }
}
