package wirebook.net;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import wirebook.trace.Bytes;
import wirebook.trace.Capture;

/**
 * Another network in place of the machine's, for sockets of the system: where the addresses that
 * they are given really lead to. With the machine's own in use, and for loopback, nothing is
 * turned.
 */
public interface Detour {
  /** Whether the other network is in use now. */
  boolean isInUse();

  /**
   * The address to connect a stream to.
   *
   * @param waits whether the caller waits for the connection
   * @throws java.net.ConnectException when the host refuses, or does not answer a caller that waits
   */
  Leads connect(InetSocketAddress to, boolean waits) throws IOException;

  /** The address to send a datagram to, or to fix as the peer. */
  InetSocketAddress datagram(InetSocketAddress to) throws IOException;

  /** The sender of a datagram, as the other network knows it. */
  InetSocketAddress source(InetSocketAddress from);

  /** The address to bind to. */
  InetSocketAddress local(InetSocketAddress address);

  /**
   * A socket is about to be bound, or was bound just now; nothing with the machine's own in use.
   *
   * @param at as it was asked for
   */
  Optional<? extends Held> bound(InetAddress at, boolean datagrams);

  /** A place that a socket has there. */
  interface Held {
    /** Its address there, of the one that it has underneath: from now on it is reached. */
    InetSocketAddress local(InetSocketAddress real);

    /** It is given up. */
    void closed();
  }

  /** This host's address there, in the family of {@code peer}. */
  InetAddress ownAddress(InetAddress peer) throws IOException;

  /**
   * Where a stream is really connected to.
   *
   * @param passage the connection as it is in the other network, when that is where it goes
   */
  record Leads(InetSocketAddress real, Optional<Passage> passage) {}

  /** A stream through the other network: its time, and its place on the wire. */
  interface Passage {
    /** The address of this end. */
    InetAddress local();

    /** The connection stands, from this port of loopback. */
    void opened(int localPort);

    /** There will be no connection. */
    void failed();

    /** Bytes are about to be sent, if anybody writes them down; {@link #wrote} follows. */
    Capture.@Nullable Sending sending(Bytes bytes);

    /** Bytes leave now. */
    void wrote();

    /** Bytes have come. */
    void arrived();

    /** What has {@link #arrived}. */
    void received(Bytes bytes);

    /** One side sends no more. */
    void ended(boolean byPeer);

    /** One side throws the connection away. */
    void reset(boolean byPeer);

    /** The connection is gone. */
    void closed();
  }
}
