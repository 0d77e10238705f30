package wirebook.trace;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.List;

/**
 * One thing that happened, at a time of the network's clock. {@code channel} numbers the socket or
 * connection within its trace, from 1.
 */
public sealed interface Event {
  Instant at();

  enum Transport {
    UDP,
    TCP,
    UNIX,
    /** Whole packets, as a raw socket sends and takes them. */
    IP
  }

  /** A host name was looked up; {@code source} says where: hosts file, cache, a name server. */
  record Looked(Instant at, String name, List<InetAddress> addresses, String source)
      implements Event {}

  /** A connection is being opened. */
  record Connecting(Instant at, int channel, Transport transport, InetSocketAddress remote)
      implements Event {}

  /** A connection stands. */
  record Connected(
      Instant at,
      int channel,
      Transport transport,
      InetSocketAddress local,
      InetSocketAddress remote)
      implements Event {}

  /** TLS is in use from here on; bytes of later events are those inside it. */
  record Secured(Instant at, int channel, String protocol, String cipher, String peer)
      implements Event {}

  /** Bytes went out. */
  record Sent(Instant at, int channel, InetSocketAddress to, Bytes bytes) implements Event {}

  /** Bytes came in. */
  record Received(Instant at, int channel, InetSocketAddress from, Bytes bytes) implements Event {}

  /** A connection or socket ended; {@code byPeer} when the other side ended it. */
  record Closed(Instant at, int channel, boolean byPeer) implements Event {}

  /** Something did not work. Channel 0 stands for none. */
  record Failed(Instant at, int channel, Failure failure) implements Event {}

  /** A decision and its reason, as one line of text. */
  record Note(Instant at, String text) implements Event {}
}
