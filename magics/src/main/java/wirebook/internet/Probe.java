package wirebook.internet;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
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
 * @param number ping's sequence number; traceroute's probes count their ports from 33434
 */
public record Probe(Kind kind, int ttl, int size, boolean whole, int id, int number) {
  private static final int FIRST_PORT = 33_434;

  /** What is in the packet. */
  public enum Kind {
    ECHO,
    UDP,
    /** A SYN, which no capture gets: what the far end says to it is not known here. */
    SYN
  }

  /** The packet, with as much time to live as is left. */
  private IpPacket packet(InetAddress from, InetAddress to, int left) {
    boolean six = to instanceof Inet6Address;
    Bytes data = data(size - (six ? 48 : 28));
    Bytes payload =
        kind == Kind.UDP
            ? IpPacket.udp(from, id, to, port(), data)
            : IpPacket.icmp(from, to, six ? 128 : 8, 0, rest(), data);
    return IpPacket.of(from, to, protocol(six), left, whole, number, payload);
  }

  private int protocol(boolean six) {
    return kind == Kind.UDP ? IpPacket.UDP : icmp(six);
  }

  private static int icmp(boolean six) {
    return six ? IpPacket.ICMPV6 : IpPacket.ICMP;
  }

  private int port() {
    return FIRST_PORT + number - 1;
  }

  private int rest() {
    return id << 16 | (number & 0xffff);
  }

  private static Bytes data(int length) {
    byte[] data = new byte[Math.max(0, length)];
    for (int i = 0; i < data.length; i++) {
      data[i] = (byte) i;
    }
    return Bytes.of(data);
  }

  /** Writes the packet and what came back to the capture, if there is one. */
  void tap(String link, InetAddress from, InetAddress to, Lab.Echo echo) {
    Capture tap = Wire.tap();
    if (tap == null || kind == Kind.SYN || echo instanceof Lab.Echo.Refused) {
      return;
    }
    boolean six = to instanceof Inet6Address;
    boolean udp = kind == Kind.UDP;
    InetSocketAddress own = new InetSocketAddress(from, udp ? id : 0);
    InetSocketAddress far = new InetSocketAddress(to, udp ? port() : 0);
    Instant now = tap.now();
    tap.whole(end(link, own, far), packet(from, to, ttl), true, now);
    @Nullable InetAddress by = null;
    Bytes said = Bytes.EMPTY;
    int left = 0;
    switch (echo) {
      case Lab.Echo.Reply reply -> {
        by = reply.by();
        left = reply.ttl();
        said =
            udp
                ? IpPacket.icmp(
                    by, from, six ? 1 : 3, six ? 4 : 3, 0, packet(from, to, reply.left()).quoted())
                : IpPacket.icmp(by, from, six ? 129 : 0, 0, rest(), data(size - (six ? 48 : 28)));
      }
      case Lab.Echo.Returned returned -> {
        by = returned.by();
        left = returned.ttl();
        Routing.Icmp why = Routing.Icmp.valueOf(returned.why().name());
        Bytes quoted = packet(from, to, returned.left()).quoted();
        said = IpPacket.icmp(by, from, why.type(six), why.code(six), returned.mtu(), quoted);
      }
      case Lab.Echo.Silence _, Lab.Echo.Refused _ -> {}
    }
    if (by != null) {
      tap.whole(
          end(link, new InetSocketAddress(from, 0), new InetSocketAddress(by, 0)),
          IpPacket.of(by, from, icmp(six), left, false, number, said),
          false,
          now.plus(echo.after()));
    }
  }

  private static Capture.End end(String link, InetSocketAddress own, InetSocketAddress far) {
    return new Capture.End(link, Event.Transport.IP, own, far, true);
  }
}
