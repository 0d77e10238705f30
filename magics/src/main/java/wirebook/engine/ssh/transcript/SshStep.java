package wirebook.engine.ssh.transcript;

import java.time.Instant;
import java.util.Optional;
import wirebook.trace.Bytes;

/**
 * One message of an SSH connection.
 *
 * @param sent whether this side sent it
 * @param name as RFC 4250 names it, or {@code version}
 * @param words what it says; secrets are left out
 * @param payload its size before padding, encryption and MAC, in bytes
 * @param wire its size on the wire, in bytes; none for what came in encrypted, where the records of
 *     several messages are read at once
 * @param encrypted whether an onlooker sees only the size
 * @param bytes the payload as far as it is kept; none where it holds a secret
 */
public record SshStep(
    Instant at,
    Phase phase,
    boolean sent,
    String name,
    String words,
    int payload,
    Optional<Integer> wire,
    boolean encrypted,
    Bytes bytes) {

  /** The six parts of a connection. */
  public enum Phase {
    /** Each side says which protocol and which program it is, in the clear. */
    VERSION,
    /** Both lists of algorithms, and what both have. */
    NEGOTIATION,
    /** Diffie–Hellman, and the host's signature over all that was said. */
    KEY_EXCHANGE,
    /** From here on all is encrypted. */
    SERVICE,
    AUTHENTICATION,
    /** Channels: commands, their output, forwarded connections. */
    CONNECTION
  }

  @Override
  public String toString() {
    return (sent ? "> " : "< ")
        + name
        + (words.isEmpty() ? "" : " " + words)
        + " ("
        + payload
        + " bytes"
        + wire.map(w -> ", " + w + " on the wire").orElse("")
        + (encrypted ? ", encrypted" : "")
        + ")";
  }
}
