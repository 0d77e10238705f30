package wirebook.engine.ssh.client;

import java.util.List;
import java.util.Optional;
import wirebook.engine.ssh.transcript.SshSession;
import wirebook.trace.Bytes;

/**
 * What a use of ssh gave.
 *
 * @param exitCode the remote command's; 255 when ssh itself failed
 * @param stdout what it printed, up to a limit; empty from the shell, where nobody asks
 * @param stderr what it printed as errors, up to a limit
 * @param sessions the connections that were made, to the host itself first, then to the hosts on
 *     the way; none from the shell
 * @param connection of {@code -N}, which goes on behind the cell
 */
public record SshResult(
    int exitCode, Bytes stdout, Bytes stderr, List<SshSession> sessions, Running connection)
    implements AutoCloseable {
  public SshResult {
    sessions = List.copyOf(sessions);
  }

  /** The messages of the connection to the host, a line each. */
  @Override
  public String toString() {
    return sessions.isEmpty()
        ? "exit status " + exitCode
        : sessions.getFirst() + "\nexit status " + exitCode;
  }

  /** A connection that may stand after the call has returned. */
  public static final class Running {
    private final Optional<AutoCloseable> connection;

    Running(Optional<AutoCloseable> connection) {
      this.connection = connection;
    }

    /** Whether there is one. */
    public boolean present() {
      return connection.isPresent();
    }

    @Override
    public String toString() {
      return connection.isPresent() ? "stands" : "ended";
    }
  }

  /** Ends the connection, when it still stands. */
  @Override
  public void close() {
    connection.connection.ifPresent(
        c -> {
          try {
            c.close();
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        });
  }
}
