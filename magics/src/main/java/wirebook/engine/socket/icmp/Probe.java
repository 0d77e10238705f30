package wirebook.engine.socket.icmp;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import wirebook.net.Wire;
import wirebook.trace.Bytes;
import wirebook.trace.Capture;
import wirebook.trace.Event;
import wirebook.trace.IpPacket;

/**
 * A packet that is sent to learn of the way: ping's or traceroute's.
 *
 * @param size of the whole packet in bytes
 * @param whole whether it must not be cut into fragments
 * @param id of the process: ping's identifier, traceroute's port
 * @param at traceroute's port, or zero for the usual one
 * @param number ping's sequence number; traceroute's probes count their ports from 33434
 */
public record Probe(Kind kind, int ttl, int size, boolean whole, int id, int number, int at) {
  private static final int FIRST_PORT = 33_434;
  private static final int HTTP = 80;

  public Probe(Kind kind, int ttl, int size, boolean whole, int id, int number) {
    this(kind, ttl, size, whole, id, number, 0);
  }

  /** The same packet, larger or smaller. */
  public Probe ofSize(int bytes) {
    return new Probe(kind, ttl, bytes, whole, id, number, at);
  }

  /** What is in the packet. */
  public enum Kind {
    ECHO,
    UDP,
    SYN
  }

  /** The packet, with as much time to live as is left. */
  private IpPacket packet(InetAddress from, InetAddress to, int left) {
    boolean six = to instanceof Inet6Address;
    Bytes data = data(size - (six ? 48 : 28));
    Bytes payload =
        kind == Kind.UDP
            ? IpPacket.udp(from, id, to, port(), data)
            : kind == Kind.SYN
                ? IpPacket.tcp(from, source(), to, port(), id * 65_536L + number, 0, IpPacket.SYN)
                : IpPacket.icmp(from, to, six ? 128 : 8, 0, rest(), data);
    return IpPacket.of(from, to, protocol(six), left, whole, number, payload);
  }

  private int protocol(boolean six) {
    return switch (kind) {
      case UDP -> IpPacket.UDP;
      case SYN -> IpPacket.TCP;
      case ECHO -> icmp(six);
    };
  }

  private static int icmp(boolean six) {
    return six ? IpPacket.ICMPV6 : IpPacket.ICMP;
  }

  /** Where a SYN or a datagram goes. */
  public int port() {
    return kind == Kind.SYN
        ? at == 0 ? HTTP : at
        : (at == 0 ? FIRST_PORT : at) + number - 1 & 0xffff;
  }

  /** Each SYN is a connection of its own. */
  private int source() {
    return kind == Kind.SYN ? 32_768 + (id + number) % 28_000 : id;
  }

  /** Where a SYN goes; empty for the others, which no port answers. */
  public OptionalInt asks() {
    return kind == Kind.SYN ? OptionalInt.of(port()) : OptionalInt.empty();
  }

  private int rest() {
    return id << 16 | (number & 0xffff);
  }

  static Bytes data(int length) {
    byte[] data = new byte[Math.max(0, length)];
    for (int i = 0; i < data.length; i++) {
      data[i] = (byte) i;
    }
    return Bytes.of(data);
  }

  /**
   * Writes the packet and what came back to the capture, if there is one.
   *
   * @param open whether a SYN found a listener
   * @param ago when it was sent
   */
  public void tap(
      String link, InetAddress from, InetAddress to, Echo echo, boolean open, Duration ago) {
    Capture tap = Wire.tap();
    if (tap == null || echo instanceof Echo.Refused) {
      return;
    }
    boolean six = to instanceof Inet6Address;
    boolean udp = kind == Kind.UDP;
    boolean ports = kind != Kind.ECHO;
    InetSocketAddress own = new InetSocketAddress(from, ports ? source() : 0);
    InetSocketAddress far = new InetSocketAddress(to, ports ? port() : 0);
    Instant now = tap.now().minus(ago);
    tap.whole(end(link, own, far), packet(from, to, ttl), true, now);
    @Nullable InetAddress by = null;
    Bytes said = Bytes.EMPTY;
    int left = 0;
    switch (echo) {
      case Echo.Reply reply -> {
        by = reply.by();
        left = reply.ttl();
        said =
            kind == Kind.SYN
                ? IpPacket.tcp(
                    by,
                    port(),
                    from,
                    source(),
                    open ? 1_000_000L + number : 0,
                    id * 65_536L + number + 1,
                    open ? IpPacket.SYN | IpPacket.ACK : IpPacket.RESET | IpPacket.ACK)
                : udp
                    ? IpPacket.icmp(
                        by,
                        from,
                        six ? 1 : 3,
                        six ? 4 : 3,
                        0,
                        packet(from, to, reply.left()).quoted())
                    : IpPacket.icmp(
                        by, from, six ? 129 : 0, 0, rest(), data(size - (six ? 48 : 28)));
      }
      case Echo.Returned returned -> {
        by = returned.by();
        left = returned.ttl();
        Echo.Why why = returned.why();
        Bytes quoted = packet(from, to, returned.left()).quoted();
        said = IpPacket.icmp(by, from, why.type(six), why.code(six), returned.mtu(), quoted);
      }
      case Echo.Silence _, Echo.Refused _ -> {}
    }
    if (by != null) {
      tap.whole(
          kind == Kind.SYN && echo instanceof Echo.Reply
              ? end(link, own, far)
              : end(link, new InetSocketAddress(from, 0), new InetSocketAddress(by, 0)),
          IpPacket.of(
              by,
              from,
              kind == Kind.SYN && echo instanceof Echo.Reply ? IpPacket.TCP : icmp(six),
              left,
              false,
              number,
              said),
          false,
          now.plus(echo.after()));
    }
  }

  private static Capture.End end(String link, InetSocketAddress own, InetSocketAddress far) {
    return new Capture.End(link, Event.Transport.IP, own, far, true);
  }
}
