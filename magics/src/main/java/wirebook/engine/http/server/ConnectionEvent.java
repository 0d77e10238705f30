package wirebook.engine.http.server;

import java.net.InetSocketAddress;
import java.time.Instant;

/** What happens to a connection of a server, beside its exchanges. */
public sealed interface ConnectionEvent {
  Instant at();

  /** The number of the connection at its port, from 1 on. */
  long connection();

  /** It was accepted. */
  record Opened(Instant at, long connection, InetSocketAddress remote) implements ConnectionEvent {}

  /** A frame went by: the connection speaks HTTP/2, or has become a WebSocket. */
  record Framed(Instant at, long connection, WireFrame frame) implements ConnectionEvent {}

  /**
   * It is over.
   *
   * @param why who closed it, and which knob made the server do so
   */
  record Closed(Instant at, long connection, String why) implements ConnectionEvent {}
}
