package wirebook.engine.ssh.transport;

import java.io.IOException;
import org.apache.sshd.client.future.OpenFuture;
import org.apache.sshd.common.SshException;
import org.apache.sshd.common.channel.exception.SshChannelOpenException;

/** Why a channel was not opened (RFC 4254, section 5.1), in OpenSSH's words. */
public final class OpenFailure {
  private OpenFailure() {}

  /**
   * Waits until a channel is open.
   *
   * @throws SshChannelOpenException what the other side says against it
   */
  public static void verify(OpenFuture opening) throws IOException {
    try {
      opening.verify();
    } catch (SshException e) {
      if (e.getCause() instanceof SshChannelOpenException refusal) {
        throw refusal;
      }
      throw e;
    }
  }

  /** {@code open failed: REASON: MESSAGE}. */
  public static String words(SshChannelOpenException refusal) {
    return "open failed: " + of(refusal.getReasonCode()) + ": " + refusal.getMessage();
  }

  private static String of(int code) {
    return switch (code) {
      case 1 -> "administratively prohibited";
      case 2 -> "connect failed";
      case 3 -> "unknown channel type";
      case 4 -> "resource shortage";
      default -> "unknown reason";
    };
  }
}
