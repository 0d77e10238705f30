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
   * @param isRemarkable whether it is more than a client that leaves or an end that a response told
   *     of before
   */
  record Closed(
      Instant at, long connection, InetSocketAddress remote, String why, boolean isRemarkable)
      implements ConnectionEvent {
    /** A line of an access log. */
    public String logLine() {
      return Exchange.logStart(remote, at) + "connection " + connection + " " + why;
    }
  }
}
