package wirebook.engine.ssh.server;

import java.net.InetSocketAddress;
import java.time.Instant;

/**
 * What an SSH server's log has of one try to log in.
 *
 * @param method {@code publickey}, {@code password}
 * @param detail the key's type and fingerprint, or why it did not work; never a secret
 */
public record SshLogin(
    Instant at,
    String user,
    InetSocketAddress from,
    boolean accepted,
    String method,
    String detail) {
  /** As sshd writes it. */
  @Override
  public String toString() {
    return (accepted ? "Accepted " : "Failed ")
        + method
        + " for "
        + user
        + " from "
        + from.getAddress().getHostAddress()
        + " port "
        + from.getPort()
        + " ssh2"
        + (detail.isEmpty() ? "" : ": " + detail);
  }
}
