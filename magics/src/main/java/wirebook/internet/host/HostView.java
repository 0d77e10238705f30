package wirebook.internet.host;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import wirebook.net.Network;
import wirebook.net.Networks;

/** What the programs of a host know of it. */
public interface HostView {
  String name();

  /** With its own localhost. */
  Network network();

  /** For magics: the host is the one that they sit on. */
  Networks networks();

  /** For how long it has been up. */
  Duration uptime();

  List<HostSocket> sockets();

  /** The tools of the network that this host has: {@code dig}, {@code ip}, … */
  List<String> tools();

  /**
   * A TCP socket of a host.
   *
   * @param peer none for one that listens
   */
  record HostSocket(InetSocketAddress local, Optional<InetSocketAddress> peer, String program) {}
}
