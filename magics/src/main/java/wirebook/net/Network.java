package wirebook.net;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Sockets, name look-ups and time: the machine's ({@link RealNetwork}) or the lab Internet's.
 * Addresses are the network's own, also where they are mapped to something else underneath; {@code
 * 127/8} and {@code ::1} are always the real machine.
 *
 * <p>Blocking calls run on virtual threads; an interrupt ends them with a {@link
 * java.nio.channels.ClosedByInterruptException} or {@link java.net.SocketException}.
 */
public interface Network {
  /** {@code real} or {@code lab}. */
  String name();

  NetworkClock clock();

  /** How this host looks names up. */
  HostConfig hostConfig();

  /**
   * The addresses of a host name, as an application would get them: literal addresses, {@code
   * localhost}, the hosts file, then the configured resolvers.
   *
   * @throws UnknownHostException when there are none
   */
  List<InetAddress> lookUp(String host) throws UnknownHostException;

  /** A new UDP socket, bound to {@code local} or, when empty, to any address and a free port. */
  UdpSocket openUdp(ProtocolFamily family, Optional<InetSocketAddress> local) throws IOException;

  /** A socket for that peer: of its family, and to this host itself from this host itself. */
  default UdpSocket openUdpTo(InetSocketAddress to, Optional<InetSocketAddress> local)
      throws IOException {
    InetAddress peer = to.getAddress();
    return openUdp(
        peer instanceof Inet6Address ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET,
        local.or(
            () ->
                peer.isLoopbackAddress()
                    ? Optional.of(new InetSocketAddress(peer, 0))
                    : Optional.empty()));
  }

  /**
   * A new TCP connection, from {@code local} or, when empty, from any address and a free port. The
   * socket's addresses are the network's.
   *
   * @param timeout how long connecting may take; zero means as long as the system tries
   * @throws java.net.SocketTimeoutException when that has passed
   * @throws java.net.ConnectException when it is refused
   */
  Socket connect(InetSocketAddress remote, Optional<InetSocketAddress> local, Duration timeout)
      throws IOException;

  /** A listening TCP socket on the real machine; port 0 takes a free one. */
  ServerSocket listen(InetSocketAddress local, int backlog) throws IOException;
}
