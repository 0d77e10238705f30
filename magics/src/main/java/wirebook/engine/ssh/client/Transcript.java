package wirebook.engine.ssh.client;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import wirebook.engine.ssh.config.SshLog;
import wirebook.engine.ssh.key.PublicKeyBlob;
import wirebook.engine.ssh.transport.Link;
import wirebook.net.NetworkClock;

/** What went over one connection, message by message. */
final class Transcript implements Link.Watch {
  /** How the other side took its leave. */
  record Disconnect(int code, String text) {}

  private final NetworkClock clock;
  private final SshLog log;
  private Optional<Disconnect> disconnect = Optional.empty();

  Transcript(NetworkClock clock, SshLog log) {
    this.clock = clock;
    this.log = log;
  }

  void bytes(boolean in, byte[] piece) {
    // Kept by the trace.
  }

  @Override
  public synchronized void message(boolean out, int number, int size, Buffer body) {
    if (!out && number == SshConstants.SSH_MSG_DISCONNECT) {
      Buffer copy = new ByteArrayBuffer(body.array(), body.rpos(), body.available());
      copy.getUByte();
      int code = copy.getInt();
      disconnect = Optional.of(new Disconnect(code, copy.getString(StandardCharsets.UTF_8)));
    }
    if (number == SshConstants.SSH_MSG_NEWKEYS) {
      log.debug("SSH2_MSG_NEWKEYS " + (out ? "sent" : "received"));
    }
    log.debug3((out ? "send" : "receive") + " packet: type " + number);
  }

  synchronized Optional<Disconnect> disconnect() {
    return disconnect;
  }

  void hostKey(PublicKeyBlob key, boolean good) {}

  void loggedIn(String method) {}
}
