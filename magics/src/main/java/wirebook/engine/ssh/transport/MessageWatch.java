package wirebook.engine.ssh.transport;

import org.apache.sshd.common.util.buffer.Buffer;

/** Sees every message. */
public interface MessageWatch {
  /**
   * @param out whether it was sent
   * @param number the message's number
   * @param size of its payload in bytes
   */
  void message(boolean out, int number, int size, Buffer body);
}
