package wirebook.trace;

import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.List;

/**
 * What one call gave to the network, or took from it: bytes, or the beginning or end of a
 * connection. Where both ends are in this process it is one packet, the sender's.
 *
 * @param number from 1, in the order in which things happened
 * @param link where it was seen: a network interface, or {@code lab}
 * @param outgoing whether this process sent it
 * @param flow numbers the connection, or the pair of datagram sockets, from 1
 * @param offset how many bytes the same side has sent on this connection before
 */
public record Packet(
    long number,
    Instant at,
    String link,
    Event.Transport transport,
    Kind kind,
    boolean outgoing,
    int flow,
    InetSocketAddress from,
    InetSocketAddress to,
    long offset,
    Bytes bytes) {

  /** What happened. */
  public enum Kind {
    /** {@code from} asked for a connection, and it stands: the three packets of a handshake. */
    OPEN,
    /** The second of the three: {@code from} takes the connection. */
    TAKEN,
    /** The third of the three. */
    CONFIRMED,
    /** {@code from} asked for a connection, and did not get one. */
    ASKED,
    /** {@code from} answers that nothing listens there. */
    REFUSED,
    DATA,
    /** {@code from} sends no more (FIN). */
    END,
    /** {@code from} threw the connection away (RST). */
    RESET
  }

  /** Who began the conversation, as far as this packet alone tells. */
  public InetSocketAddress asking() {
    return kind == Kind.TAKEN || kind == Kind.REFUSED ? to : from;
  }

  /** The packets of a handshake, or this one alone: where a filter lets some of them through. */
  List<Packet> parts() {
    return kind == Kind.OPEN
        ? List.of(part(Kind.ASKED), part(Kind.TAKEN), part(Kind.CONFIRMED))
        : List.of(this);
  }

  private Packet part(Kind of) {
    boolean back = of == Kind.TAKEN;
    return new Packet(
        number,
        at,
        link,
        transport,
        of,
        outgoing != back,
        flow,
        back ? to : from,
        back ? from : to,
        offset,
        bytes);
  }
}
