package wirebook.trace;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;

/** A whole IP packet, header and all (RFC 791, RFC 8200). */
public record IpPacket(Bytes bytes) {
  public static final int ICMP = 1;
  public static final int TCP = 6;
  public static final int UDP = 17;
  public static final int ICMPV6 = 58;

  /** Flags of TCP (RFC 9293, 3.1). */
  public static final int SYN = 2;

  public static final int RESET = 4;
  public static final int ACK = 16;

  private static final int HEADER4 = 20;
  private static final int HEADER6 = 40;
  private static final int ICMP_HEADER = 8;

  /** How much of a packet an error of ICMP carries (RFC 1812, 4.3.2.3; RFC 4443, 3). */
  private static final int QUOTED4 = 576 - HEADER4 - ICMP_HEADER;

  private static final int QUOTED6 = 1280 - HEADER6 - ICMP_HEADER;

  /**
   * A packet that was not cut.
   *
   * @param whole whether it must not be cut (DF)
   * @param id the identification, for fragments
   */
  public static IpPacket of(
      InetAddress from,
      InetAddress to,
      int protocol,
      int ttl,
      boolean whole,
      int id,
      Bytes payload) {
    int size = payload.length();
    if (from instanceof Inet6Address) {
      ByteBuffer packet = ByteBuffer.allocate(HEADER6 + size).putInt(0x60000000);
      packet.putShort((short) size).put((byte) protocol).put((byte) ttl);
      packet.put(from.getAddress()).put(to.getAddress()).put(payload.buffer());
      return new IpPacket(Bytes.of(Pcapng.all(packet)));
    }
    ByteBuffer packet = ByteBuffer.allocate(HEADER4 + size).putShort((short) 0x4500);
    packet.putShort((short) (HEADER4 + size)).putShort((short) id);
    packet.putShort((short) (whole ? 0x4000 : 0)).put((byte) ttl).put((byte) protocol);
    packet.putShort((short) 0).put(from.getAddress()).put(to.getAddress());
    packet.putShort(
        10, (short) Pcapng.fold(Pcapng.sum(java.util.Arrays.copyOf(Pcapng.all(packet), HEADER4))));
    packet.put(payload.buffer());
    return new IpPacket(Bytes.of(Pcapng.all(packet)));
  }

  /** A message of ICMP or ICMPv6; {@code rest} is the second word of its header. */
  public static Bytes icmp(
      InetAddress from, InetAddress to, int type, int code, int rest, Bytes data) {
    ByteBuffer message = ByteBuffer.allocate(ICMP_HEADER + data.length());
    message.put((byte) type).put((byte) code).putShort((short) 0).putInt(rest).put(data.buffer());
    int sum =
        from instanceof Inet6Address
            ? Pcapng.checksum(from, to, ICMPV6, Pcapng.all(message))
            : Pcapng.fold(Pcapng.sum(Pcapng.all(message)));
    message.putShort(2, (short) sum);
    return Bytes.of(Pcapng.all(message));
  }

  /** A UDP datagram with its header. */
  public static Bytes udp(InetAddress from, int port, InetAddress to, int toPort, Bytes data) {
    ByteBuffer datagram = ByteBuffer.allocate(8 + data.length());
    datagram.putShort((short) port).putShort((short) toPort).putShort((short) datagram.capacity());
    datagram.putShort((short) 0).put(data.buffer());
    int sum = Pcapng.checksum(from, to, UDP, Pcapng.all(datagram));
    datagram.putShort(6, (short) (sum == 0 ? 0xffff : sum));
    return Bytes.of(Pcapng.all(datagram));
  }

  /** Of a SYN: segment size, selective acknowledgments, a time stamp, the window's scale. */
  private static final byte[] SYN_OPTIONS = {
    2, 4, 5, (byte) 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 2
  };

  /** A TCP segment without data, with these of its flags. */
  public static Bytes tcp(
      InetAddress from,
      int port,
      InetAddress to,
      int toPort,
      long sequence,
      long acknowledged,
      int flags) {
    byte[] options = flags == SYN ? SYN_OPTIONS : new byte[0];
    ByteBuffer segment = ByteBuffer.allocate(HEADER4 + options.length);
    segment.putShort((short) port).putShort((short) toPort);
    segment.putInt((int) sequence).putInt((int) acknowledged);
    segment.putShort((short) (((segment.capacity() / 4) << 12) | flags)).putShort((short) 5840);
    segment.putInt(0).put(options);
    segment.putShort(16, (short) Pcapng.checksum(from, to, TCP, Pcapng.all(segment)));
    return Bytes.of(Pcapng.all(segment));
  }

  /** As much of it as an error carries. */
  public Bytes quoted() {
    return bytes.slice(0, Math.min(bytes.length(), isSix() ? QUOTED6 : QUOTED4));
  }

  /** Whether it is of IPv6. */
  public boolean isSix() {
    return bytes.at(0) >> 4 == 6;
  }

  /** The protocol in it: {@link #ICMP} and so on. */
  public int protocol() {
    return bytes.at(isSix() ? 6 : 9);
  }

  /** The time to live, or IPv6's hop limit. */
  public int ttl() {
    return bytes.at(isSix() ? 7 : 8);
  }

  /** Where what is in it begins. */
  public int header() {
    return isSix() ? HEADER6 : (bytes.at(0) & 0xf) * 4;
  }

  /** Two bytes as a number. */
  public int uint16(int at) {
    return bytes.at(at) << 8 | bytes.at(at + 1);
  }

  /** Where it goes. */
  public InetAddress to() {
    return IpText.address(bytes.slice(isSix() ? 24 : 16, isSix() ? HEADER6 : HEADER4));
  }
}
