package wirebook.net;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import wirebook.trace.Bytes;

/**
 * A bound UDP socket. Addresses are those of its network: in the lab, the lab's. Closing it, or
 * interrupting the thread, frees a blocked {@link #receive}.
 */
public interface UdpSocket extends Closeable {
  InetSocketAddress localAddress();

  /**
   * Sends one datagram.
   *
   * @throws java.net.PortUnreachableException or another IOException when the system says so
   */
  void send(InetSocketAddress to, Bytes payload) throws IOException;

  /**
   * The next datagram from anyone.
   *
   * @throws SocketTimeoutException when none came within {@code timeout}
   * @throws java.net.PortUnreachableException when the peer of an earlier send answered that
   *     nothing listens there (only after {@link #connect})
   */
  Datagram receive(Duration timeout) throws IOException;

  /** Fixes the peer, so that ICMP errors are reported and datagrams of others are dropped. */
  void connect(InetSocketAddress peer) throws IOException;

  @Override
  void close();

  record Datagram(InetSocketAddress from, Bytes payload) {}
}
