package wirebook.internet.wire;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import wirebook.internet.topology.Topology;
import wirebook.net.Carried;
import wirebook.net.Detour;
import wirebook.net.Wire;
import wirebook.trace.Bytes;
import wirebook.trace.Capture;
import wirebook.trace.Event;

/**
 * A TCP connection through the lab, as its client sees it: its addresses there, the lab time that
 * its bytes take, and its place on the wire. Underneath is a connection on loopback.
 */
public final class LabWay implements Detour.Passage {
  private final Medium medium;
  private final Topology.Host host;
  private final InetAddress local;
  private final InetSocketAddress remote;
  private final Carried.Making making;
  private final long roundTrip;
  private long written = -1;
  private int port;

  public LabWay(
      Medium medium,
      Topology.Host host,
      InetAddress local,
      InetSocketAddress remote,
      int realPort,
      Duration oneWay) {
    this.medium = medium;
    this.host = host;
    this.local = local;
    this.remote = remote;
    this.making = Carried.making(realPort);
    this.roundTrip = 2 * oneWay.toNanos();
  }

  /** The address that its client has in the medium. */
  @Override
  public InetAddress local() {
    return local;
  }

  InetSocketAddress remote() {
    return remote;
  }

  private Capture.End end() {
    return new Capture.End(
        local.equals(remote.getAddress()) ? "lo" : medium.link(host),
        Event.Transport.TCP,
        new InetSocketAddress(local, port),
        remote,
        true);
  }

  /**
   * Its end underneath has a port: who accepts it may know now what it is.
   *
   * @param localPort of the connection on loopback
   */
  public void begun(int localPort) {
    if (port != localPort) {
      port = localPort;
      Wire.hide(Event.Transport.TCP, localPort);
      making.from(localPort, new Carried.Ends(new InetSocketAddress(local, localPort), remote));
    }
  }

  @Override
  public void failed() {
    making.over();
  }

  /**
   * The connection stands.
   *
   * @param localPort of the connection on loopback
   */
  @Override
  public void opened(int localPort) {
    begun(localPort);
    // An earlier connection of this port may not have read all.
    medium.takeStreamTime(localPort);
    Capture tap = Wire.tap();
    if (tap != null) {
      tap.opened(end());
    }
    medium.clock().moveTo(medium.clock().nanoTime() + roundTrip);
  }

  /** Bytes are about to be sent, if anybody writes them down; {@link #wrote} follows. */
  @Override
  public Capture.@Nullable Sending sending(Bytes bytes) {
    Capture tap = Wire.tap();
    return tap == null ? null : tap.sending(end(), bytes);
  }

  /** Bytes leave now. */
  @Override
  public void wrote() {
    written = medium.clock().nanoTime();
  }

  /** Whether something was written, and nothing has come since. */
  public boolean isAsking() {
    return written >= 0;
  }

  /** Bytes have come: the first after something was written, a round trip after it. */
  @Override
  public void arrived() {
    if (written >= 0) {
      medium.clock().moveTo(written + roundTrip);
      written = -1;
    }
    Long serverTime = medium.takeStreamTime(port);
    if (serverTime != null) {
      medium.clock().moveTo(serverTime + roundTrip);
    }
  }

  /** Lab time now, for a read that begins. */
  public long nanoTime() {
    return medium.clock().nanoTime();
  }

  /**
   * Whether what is to be read next arrives after a lab time, which then it is; it stays for a
   * later read.
   */
  public boolean isLaterThan(long nanos) {
    Long serverTime = medium.streamTime(port);
    boolean later = serverTime != null && serverTime + roundTrip > nanos;
    if (later) {
      medium.clock().moveTo(nanos);
    }
    return later;
  }

  /** What has {@link #arrived}. */
  @Override
  public void received(Bytes bytes) {
    Capture tap = Wire.tap();
    if (tap != null) {
      tap.received(end(), bytes);
    }
  }

  /** One side sends no more. */
  @Override
  public void ended(boolean byPeer) {
    Capture tap = Wire.tap();
    if (tap != null) {
      tap.ended(end(), byPeer);
    }
  }

  @Override
  public void reset(boolean byPeer) {
    Capture tap = Wire.tap();
    if (tap != null) {
      tap.reset(end(), byPeer);
    }
  }

  /** The connection on loopback is gone. */
  @Override
  public void closed() {
    ended(false);
    Wire.unhide(Event.Transport.TCP, port);
  }
}
