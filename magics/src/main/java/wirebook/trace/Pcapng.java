package wirebook.trace;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Packets as a pcapng file (draft-ietf-opsawg-pcapng), for Wireshark and tshark. A process sees
 * what it sends and receives, but not the headers of the packets; these are made up so that they
 * fit: IP and TCP or UDP headers with right checksums, sequence numbers that count from 0, a
 * handshake where a connection was opened, FIN or RST where it ended. The file's comment says so.
 */
public final class Pcapng {
  private static final String COMMENT =
      "Written by Wirebook from what one process sent and received. The bytes, addresses, ports,"
          + " directions and times are as they were. The IP, TCP and UDP headers are synthesised,"
          + " as a process does not see them: sequence and acknowledgement numbers count this"
          + " file's bytes, TTL and window are constants, data is cut into segments of one size,"
          + " and no retransmission or bare ACK is shown. Packets that only exist in the system"
          + " (SYN, FIN, RST, ICMP) carry the comment \"synthesised\".";

  private static final int LINKTYPE_RAW = 101;

  /**
   * What LINKTYPE_RAW is in libpcap, which wants all interfaces of a file alike, and compares those
   * after the first as they are in the file with the first as it is in libpcap. Wireshark knows
   * both numbers.
   */
  private static final int DLT_RAW = 12;

  private static final long NANOS_A_SECOND = 1_000_000_000;
  private static final int IPV4_HEADER = 20;
  private static final int IPV6_HEADER = 40;
  private static final int SEGMENT = 1460;
  private static final int DATAGRAM_IPV4 = 65_507;
  private static final int TTL = 64;
  private static final int WINDOW = 65_535;
  private static final int FIN = 1;
  private static final int SYN = 2;
  private static final int RST = 4;
  private static final int PSH = 8;
  private static final int ACK = 16;
  private static final int ICMP = 1;
  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final int ICMPV6 = 58;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final Map<String, Integer> links = new HashMap<>();
  private final Map<Integer, Map<InetSocketAddress, Next>> next = new HashMap<>();
  private final boolean plain;
  private int identification;

  /** What one side of a connection sends next. */
  private static final class Next {
    long sequence;
  }

  private Pcapng(boolean plain) {
    this.plain = plain;
  }

  /** The whole file. */
  public static Bytes of(Packets packets) {
    return of(packets, /* plain= */ false);
  }

  /**
   * The whole file in the older format (draft-ietf-opsawg-pcap), which knows no interfaces,
   * directions and comments.
   */
  public static Bytes pcap(Packets packets) {
    return of(packets, /* plain= */ true);
  }

  private static Bytes of(Packets packets, boolean plain) {
    Pcapng file = new Pcapng(plain);
    file.header(packets);
    packets.packets().forEach(file::packet);
    return Bytes.of(file.out.toByteArray());
  }

  /** How many packets these are in a file: a handshake is three, a long piece of a stream many. */
  public static long count(Packets packets) {
    return packets.packets().stream().mapToLong(Pcapng::count).sum();
  }

  private static int count(Packet p) {
    return switch (p.transport()) {
      case UNIX -> 0;
      case IP, UDP -> 1;
      case TCP ->
          switch (p.kind()) {
            case OPEN -> 3;
            case DATA -> (p.bytes().length() + SEGMENT - 1) / SEGMENT;
            case ASKED, TAKEN, CONFIRMED, REFUSED, END, RESET -> 1;
          };
    };
  }

  /** How long the packets are, with their headers, that one is written as. */
  static List<Integer> lengths(Packet p) {
    int ip = isSix(p.from()) || isSix(p.to()) ? IPV6_HEADER : IPV4_HEADER;
    int data = p.bytes().length();
    return switch (p.transport()) {
      case UNIX -> List.of();
      case IP -> List.of(data);
      case UDP -> List.of(p.kind() == Packet.Kind.REFUSED ? 2 * (ip + 8) : ip + 8 + data);
      case TCP ->
          p.kind() == Packet.Kind.DATA && data > SEGMENT
              ? List.of(ip + 20 + SEGMENT, ip + 20 + (data - 1) % SEGMENT + 1)
              : List.of(ip + 20 + data);
    };
  }

  private void header(Packets packets) {
    if (plain) {
      // Times are in nanoseconds.
      out.writeBytes(
          all(
              buffer(24)
                  .putInt(0xa1b23c4d)
                  .putShort((short) 2)
                  .putShort((short) 4)
                  .putLong(0)
                  .putInt(1 << 18)
                  .putInt(LINKTYPE_RAW)));
      return;
    }
    ByteBuffer body = buffer(16);
    body.putInt(0x1a2b3c4d).putShort((short) 1).putShort((short) 0).putLong(-1);
    String comment =
        packets.dropped() > 0
            ? COMMENT + " The first packets, up to number " + packets.dropped() + ", were not kept."
            : COMMENT;
    block(
        0x0a0d0d0a,
        all(body),
        List.of(
            option(1, comment), option(3, System.getProperty("os.name")), option(4, "Wirebook")));
  }

  private int link(String name) {
    return links.computeIfAbsent(
        name,
        _ -> {
          ByteBuffer body = buffer(8);
          int type = links.isEmpty() ? LINKTYPE_RAW : DLT_RAW;
          body.putShort((short) type).putShort((short) 0).putInt(0);
          // Times are in nanoseconds.
          block(1, all(body), List.of(option(2, name), option(9, new byte[] {9})));
          return links.size();
        });
  }

  private void packet(Packet p) {
    switch (p.transport()) {
      case TCP -> stream(p);
      case UDP -> datagram(p);
      case IP -> written(p, p.bytes().toArray(), Optional.empty());
      case UNIX -> {
        // Has no packets.
      }
    }
  }

  private void datagram(Packet p) {
    if (p.kind() == Packet.Kind.REFUSED) {
      unreachable(p);
      return;
    }
    Bytes bytes =
        p.bytes().length() > DATAGRAM_IPV4 ? p.bytes().slice(0, DATAGRAM_IPV4) : p.bytes();
    write(p, UDP, udp(p.from(), p.to(), bytes), Optional.empty());
  }

  private static byte[] udp(InetSocketAddress from, InetSocketAddress to, Bytes bytes) {
    ByteBuffer datagram = network(8 + bytes.length());
    datagram
        .putShort((short) from.getPort())
        .putShort((short) to.getPort())
        .putShort((short) (8 + bytes.length()))
        .putShort((short) 0)
        .put(bytes.buffer());
    int sum = checksum(from, to, UDP, all(datagram));
    datagram.putShort(6, (short) (sum == 0 ? 0xffff : sum));
    return all(datagram);
  }

  /** ICMP port unreachable (RFC 792; RFC 4443, 3.1), with the header of what was refused. */
  private void unreachable(Packet p) {
    boolean six = isSix(p.from());
    byte[] refused = ip(p.to(), p.from(), UDP, udp(p.to(), p.from(), Bytes.EMPTY));
    ByteBuffer message = network(8 + refused.length);
    message
        .put((byte) (six ? 1 : 3))
        .put((byte) (six ? 4 : 3))
        .putShort((short) 0)
        .putInt(0)
        .put(refused);
    int sum = six ? checksum(p.from(), p.to(), ICMPV6, all(message)) : fold(sum(all(message)));
    message.putShort(2, (short) sum);
    write(p, six ? ICMPV6 : ICMP, all(message), Optional.of("synthesised"));
  }

  private static boolean isSix(InetSocketAddress address) {
    return address.getAddress().getAddress().length == 16;
  }

  private Next next(Packet p, InetSocketAddress side) {
    return next.computeIfAbsent(p.flow(), _ -> new HashMap<>())
        .computeIfAbsent(side, _ -> new Next());
  }

  private void stream(Packet p) {
    Optional<String> made = Optional.of("synthesised");
    Next own = next(p, p.from());
    Next other = next(p, p.to());
    switch (p.kind()) {
      case OPEN -> p.parts().forEach(this::stream);
      case ASKED -> segment(p, SYN, Bytes.EMPTY, made);
      case TAKEN -> {
        other.sequence = 1;
        segment(p, SYN | ACK, Bytes.EMPTY, made);
        own.sequence = 1;
      }
      case CONFIRMED -> {
        own.sequence = 1;
        other.sequence = 1;
        segment(p, ACK, Bytes.EMPTY, made);
      }
      case REFUSED -> {
        other.sequence++;
        segment(p, RST | ACK, Bytes.EMPTY, made);
      }
      case DATA -> {
        for (int at = 0; at < p.bytes().length(); at += SEGMENT) {
          int end = Math.min(at + SEGMENT, p.bytes().length());
          int push = end == p.bytes().length() ? PSH : 0;
          segment(p, ACK | push, p.bytes().slice(at, end), Optional.empty());
          own.sequence += end - at;
        }
      }
      case END -> {
        segment(p, FIN | ACK, Bytes.EMPTY, made);
        own.sequence++;
      }
      case RESET -> {
        segment(p, RST | ACK, Bytes.EMPTY, made);
      }
    }
  }

  private void segment(Packet p, int flags, Bytes bytes, Optional<String> comment) {
    InetSocketAddress from = p.from();
    InetSocketAddress to = p.to();
    ByteBuffer segment = network(20 + bytes.length());
    segment
        .putShort((short) from.getPort())
        .putShort((short) to.getPort())
        .putInt((int) next(p, from).sequence)
        .putInt((flags & ACK) == 0 ? 0 : (int) next(p, to).sequence)
        .put((byte) 0x50)
        .put((byte) flags)
        .putShort((short) WINDOW)
        .putInt(0)
        .put(bytes.buffer());
    segment.putShort(16, (short) checksum(from, to, TCP, all(segment)));
    write(p, TCP, all(segment), comment);
  }

  private void write(Packet p, int protocol, byte[] payload, Optional<String> comment) {
    written(p, ip(p.from(), p.to(), protocol, payload), comment);
  }

  private void written(Packet p, byte[] packet, Optional<String> comment) {
    long nanos = ChronoUnit.NANOS.between(Instant.EPOCH, p.at());
    if (plain) {
      out.writeBytes(
          all(
              buffer(16)
                  .putInt((int) (nanos / NANOS_A_SECOND))
                  .putInt((int) (nanos % NANOS_A_SECOND))
                  .putInt(packet.length)
                  .putInt(packet.length)));
      out.writeBytes(packet);
      return;
    }
    int link = link(p.link());
    ByteBuffer body = buffer(20 + padded(packet.length));
    body.putInt(link)
        .putInt((int) (nanos >>> 32))
        .putInt((int) nanos)
        .putInt(packet.length)
        .putInt(packet.length)
        .put(packet);
    List<byte[]> options = new ArrayList<>();
    comment.ifPresent(text -> options.add(option(1, text)));
    // The direction (epb_flags): 1 is inbound, 2 outbound.
    ByteBuffer direction = buffer(4).putInt(p.outgoing() ? 2 : 1);
    options.add(option(2, all(direction)));
    block(6, all(body), options);
  }

  private byte[] ip(InetSocketAddress from, InetSocketAddress to, int protocol, byte[] payload) {
    byte[] source = from.getAddress().getAddress();
    byte[] target = to.getAddress().getAddress();
    if (source.length == 16 || target.length == 16) {
      ByteBuffer packet = network(40 + payload.length);
      packet
          .putInt(0x60000000)
          .putShort((short) payload.length)
          .put((byte) protocol)
          .put((byte) TTL)
          .put(six(source))
          .put(six(target))
          .put(payload);
      return all(packet);
    }
    ByteBuffer packet = network(20 + payload.length);
    packet
        .putShort((short) 0x4500)
        .putShort((short) (20 + payload.length))
        .putShort((short) ++identification)
        .putShort((short) 0x4000)
        .put((byte) TTL)
        .put((byte) protocol)
        .putShort((short) 0)
        .put(source)
        .put(target);
    packet.putShort(10, (short) fold(sum(java.util.Arrays.copyOf(all(packet), 20))));
    packet.put(payload);
    return all(packet);
  }

  private static byte[] six(byte[] address) {
    if (address.length == 16) {
      return address;
    }
    ByteBuffer mapped = network(16);
    mapped.putShort(10, (short) -1).put(12, address);
    return all(mapped);
  }

  /** Of a TCP or UDP packet with its pseudo header (RFC 9293, 3.1; RFC 8200, 8.1). */
  private static int checksum(
      InetSocketAddress from, InetSocketAddress to, int protocol, byte[] payload) {
    return checksum(from.getAddress(), to.getAddress(), protocol, payload);
  }

  static int checksum(InetAddress from, InetAddress to, int protocol, byte[] payload) {
    byte[] source = from.getAddress();
    byte[] target = to.getAddress();
    return fold(sum(source) + sum(target) + protocol + payload.length + sum(payload));
  }

  static long sum(byte[] bytes) {
    long sum = 0;
    for (int i = 0; i < bytes.length; i += 2) {
      int low = i + 1 < bytes.length ? bytes[i + 1] & 0xff : 0;
      sum += (bytes[i] & 0xff) << 8 | low;
    }
    return sum;
  }

  static int fold(long sum) {
    long folded = sum;
    while (folded >> 16 != 0) {
      folded = (folded & 0xffff) + (folded >> 16);
    }
    return (int) ~folded & 0xffff;
  }

  private static byte[] option(int code, String text) {
    return option(code, text.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] option(int code, byte[] value) {
    ByteBuffer option = buffer(4 + padded(value.length));
    option.putShort((short) code).putShort((short) value.length).put(value);
    return all(option);
  }

  private void block(int type, byte[] body, List<byte[]> options) {
    int length =
        12
            + body.length
            + options.stream().mapToInt(o -> o.length).sum()
            + (options.isEmpty() ? 0 : 4);
    ByteBuffer block = buffer(length);
    block.putInt(type).putInt(length).put(body);
    options.forEach(block::put);
    if (!options.isEmpty()) {
      block.putInt(0);
    }
    block.putInt(length);
    out.writeBytes(all(block));
  }

  /** Everything that a buffer has room for. */
  static byte[] all(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.capacity()];
    buffer.get(0, bytes);
    return bytes;
  }

  private static int padded(int length) {
    return (length + 3) / 4 * 4;
  }

  private static ByteBuffer buffer(int length) {
    return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static ByteBuffer network(int length) {
    return ByteBuffer.allocate(length);
  }
}
