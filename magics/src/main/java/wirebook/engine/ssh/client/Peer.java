package wirebook.engine.ssh.client;

import java.net.InetAddress;
import java.util.Optional;
import wirebook.engine.ssh.config.SshPlanner;
import wirebook.engine.ssh.transport.Streams;

/**
 * The other end of a connection, as messages name it.
 *
 * @param address none when a command or another connection leads there
 * @param description for the trace: how it is reached
 */
record Peer(Streams streams, Optional<InetAddress> address, int port, String description) {
  /** {@code 127.0.0.1 port 22}, or that it is unknown. */
  String shown() {
    return address.map(a -> SshPlanner.compact(a) + " port " + port).orElse("UNKNOWN port 65535");
  }

  boolean loopback() {
    return address.map(InetAddress::isLoopbackAddress).orElse(false);
  }
}
