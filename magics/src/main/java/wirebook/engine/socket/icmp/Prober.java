package wirebook.engine.socket.icmp;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import wirebook.engine.socket.Errno;
import wirebook.engine.socket.Libc;
import wirebook.engine.socket.Platform;
import wirebook.engine.socket.SocketName;
import wirebook.net.NetworkClock;
import wirebook.net.Wire;
import wirebook.trace.Bytes;

/**
 * Sends a packet with a time to live on Linux's own network, and hears what becomes of it, with no
 * privilege: echo requests through datagram sockets of ICMP (icmp(7), {@code ping_group_range}) or,
 * as ping does where those are closed to a privileged user, raw ones (raw(7)); UDP, TCP's connect;
 * ICMP errors through the socket's error queue (ip(7), IP_RECVERR).
 */
public final class Prober {
  private static final Path GROUPS = Path.of("/proc/sys/net/ipv4/ping_group_range");
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;
  private static final int STREAM = 1;
  private static final int DATAGRAM = 2;
  private static final int RAW = 3;
  private static final int CLOEXEC_NONBLOCK = 0x80800;
  private static final int SOL_SOCKET = 1;
  private static final int SO_TYPE = 3;
  private static final int SO_ERROR = 4;
  private static final int TIMESTAMP = 35;
  private static final int ERROR_QUEUE = 0x2000;
  private static final int POLL_IN = 1;
  private static final int POLL_OUT = 4;
  private static final int POLL_ERROR = 8;
  private static final int IN_PROGRESS = 115;
  private static final int REFUSED = 111;
  private static final int ACCESS = 13;
  private static final int TOO_LONG = 90;
  private static final int MTU_WANT = 1;
  private static final int MTU_DO = 2;
  private static final int MTU_PROBE = 3;
  private static final int BY_ICMP = 2;
  private static final int BY_ICMP6 = 3;
  private static final int ROOM = 1 << 16;

  /** Levels and options: of IPv4, of IPv6. */
  private enum Option {
    TTL(2, 16),
    PATH_MTU(10, 23),
    ERRORS(11, 25),
    SHOW_TTL(12, 51),
    /** The control message that {@link #SHOW_TTL} asks for. */
    ARRIVED_TTL(2, 52);

    private final int four;
    private final int six;

    Option(int four, int six) {
      this.four = four;
      this.six = six;
    }
  }

  private final Arena arena;
  private final int socket;
  private final boolean six;
  private final Probe probe;
  private final InetAddress to;

  /** Whether the socket hears all of ICMP, and the system neither numbers nor sums up for it. */
  private final boolean raw;

  private final int identifier = ThreadLocalRandom.current().nextInt(1 << 16);
  private Instant sent = Instant.MIN;
  private long sentNanos;

  private Prober(Arena arena, int socket, Probe probe, InetAddress to) {
    this.arena = arena;
    this.socket = socket;
    this.probe = probe;
    this.to = to;
    this.six = to instanceof Inet6Address;
    this.raw = probe.kind() == Probe.Kind.ECHO && socketOption(SO_TYPE) == RAW;
  }

  /**
   * Why no packet of this kind can be sent from here; empty when it can. The calls are linked then,
   * as that takes longer than a packet on the loopback interface.
   */
  public static Optional<String> closed(Probe.Kind kind, InetAddress to) {
    if (Platform.CURRENT != Platform.LINUX) {
      return Optional.of("what ICMP says is asked of Linux only");
    }
    try (Arena arena = Arena.ofConfined()) {
      Libc.Outcome made = socket(arena, kind, to instanceof Inet6Address);
      if (made.result() < 0) {
        String why = "socket(SOCK_DGRAM, ICMP): " + Errno.of(made.errno()).text();
        return Optional.of(kind == Probe.Kind.ECHO ? why + groups() : why);
      }
      Libc.call(arena, "close", "ii", (int) made.result());
      Prober none = new Prober(arena, -1, new Probe(kind, 1, 0, /* whole= */ false, 0, 1), to);
      none.connect();
      none.send();
      none.poll(0);
      none.heard(0);
      none.pending(Duration.ZERO);
      none.option(Option.TTL, 1);
      return Optional.empty();
    }
  }

  private static String groups() {
    try {
      // In one go: the second read of a file in /proc/sys is its end.
      return ", net.ipv4.ping_group_range is "
          + Files.readAllLines(GROUPS).getFirst().replace('\t', ' ');
    } catch (IOException e) {
      return "";
    }
  }

  private static Libc.Outcome socket(Arena arena, Probe.Kind kind, boolean six) {
    int family = six ? AF_INET6 : AF_INET;
    int type = kind == Probe.Kind.SYN ? STREAM : DATAGRAM;
    int protocol = kind == Probe.Kind.ECHO ? (six ? 58 : 1) : 0;
    Libc.Outcome made =
        Libc.call(arena, "socket", "iiii", family, type | CLOEXEC_NONBLOCK, protocol);
    if (kind != Probe.Kind.ECHO || made.result() >= 0 || made.errno() != ACCESS) {
      return made;
    }
    Libc.Outcome privileged =
        Libc.call(arena, "socket", "iiii", family, RAW | CLOEXEC_NONBLOCK, protocol);
    return privileged.result() < 0 ? made : privileged;
  }

  /** What connect(2) says of a way there, of which nothing is sent; empty when there is one. */
  public static Optional<Echo> way(InetAddress to) {
    Probe probe = new Probe(Probe.Kind.UDP, 64, 28, /* whole= */ false, 0, 1);
    return Libc.blocking(
        arena -> {
          int socket = (int) socket(arena, Probe.Kind.UDP, to instanceof Inet6Address).result();
          try {
            Prober prober = new Prober(arena, socket, probe, to);
            Libc.Outcome done = prober.connect();
            return done.result() < 0 ? Optional.of(prober.failed(done.errno())) : Optional.empty();
          } finally {
            Libc.call(arena, "close", "ii", socket);
          }
        });
  }

  private Libc.Outcome connect() {
    int port = probe.kind() == Probe.Kind.ECHO ? 0 : probe.port();
    Bytes name = new SocketName.Ip(Bytes.of(to.getAddress()), port, scope()).encode();
    MemorySegment bytes = memory(name);
    mark();
    return Libc.call(arena, "connect", "iipi", socket, bytes, name.length());
  }

  /**
   * Sends one packet and waits. An interrupt ends the waiting, and the caller stays interrupted.
   *
   * @param patience how long nobody may say anything
   */
  public static Echo ask(Probe probe, InetAddress to, Duration patience) {
    return Libc.blocking(
        arena -> {
          Libc.Outcome made = socket(arena, probe.kind(), to instanceof Inet6Address);
          if (made.result() < 0) {
            return new Echo.Refused(Errno.of(made.errno()).text(), 0, Duration.ZERO);
          }
          try {
            return new Prober(arena, (int) made.result(), probe, to).ask(patience);
          } finally {
            Libc.call(arena, "close", "ii", (int) made.result());
          }
        });
  }

  private Echo ask(Duration patience) {
    option(Option.TTL, probe.ttl());
    // As ping and traceroute do it: the latter does not heed what is known of the way.
    boolean echo = probe.kind() == Probe.Kind.ECHO;
    option(Option.PATH_MTU, probe.whole() ? (echo ? MTU_DO : MTU_PROBE) : echo ? MTU_WANT : 0);
    option(Option.ERRORS, 1);
    option(Option.SHOW_TTL, 1);
    integer(SOL_SOCKET, TIMESTAMP, 1);
    Libc.Outcome done = connect();
    if (done.result() == 0 && probe.kind() != Probe.Kind.SYN) {
      done = send();
    }
    if (done.result() < 0 && done.errno() != IN_PROGRESS) {
      return failed(done.errno());
    }
    Echo came = waited(patience);
    if (Wire.tap() != null && probe.kind() != Probe.Kind.SYN) {
      tap(came);
    }
    return came;
  }

  private Libc.Outcome send() {
    Bytes packet = packet();
    MemorySegment bytes = memory(packet);
    mark();
    return Libc.call(arena, "send", "lipli", socket, bytes, (long) packet.length(), 0);
  }

  private void mark() {
    sent = NetworkClock.SYSTEM.instant();
    sentNanos = NetworkClock.SYSTEM.nanoTime();
  }

  private Duration since() {
    return Duration.ofNanos(NetworkClock.SYSTEM.nanoTime() - sentNanos);
  }

  private int scope() {
    return to instanceof Inet6Address a ? a.getScopeId() : 0;
  }

  /** Without checksum and identifier where those are the system's. */
  private Bytes packet() {
    int length = probe.size() - (six ? 48 : 28);
    if (probe.kind() == Probe.Kind.UDP) {
      return Probe.data(length);
    }
    Bytes data = Probe.data(length);
    ByteBuffer packet = ByteBuffer.allocate(8 + data.length());
    packet.put(0, (byte) (six ? 128 : 8)).putShort(6, (short) probe.number());
    packet.put(8, data.toArray());
    if (raw) {
      packet.putShort(4, (short) identifier);
      if (!six) {
        packet.putShort(2, checksum(packet));
      }
    }
    return Bytes.of(packet.array());
  }

  /** RFC 1071 */
  private static short checksum(ByteBuffer packet) {
    int sum = 0;
    for (int i = 0; i < packet.limit(); i += 2) {
      int low = i + 1 < packet.limit() ? Byte.toUnsignedInt(packet.get(i + 1)) : 0;
      sum += Byte.toUnsignedInt(packet.get(i)) << 8 | low;
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return (short) ~sum;
  }

  private Echo waited(Duration patience) {
    while (true) {
      long left = patience.minus(since()).toMillis();
      int events = poll(Math.clamp(left, 0, Integer.MAX_VALUE));
      Duration now = since();
      if (events < 0) {
        return new Echo.Silence(since());
      }
      Optional<Echo> heard =
          (events & POLL_ERROR) != 0
              ? heard(ERROR_QUEUE).or(() -> pending(now))
              : (events & POLL_OUT) != 0 ? pending(now) : heard(0);
      if (heard.isPresent()) {
        return heard.get();
      }
      if (left <= 0) {
        return new Echo.Silence(since());
      }
    }
  }

  /** What the socket has as its error, where nothing stands in the queue; a connection has none. */
  private Optional<Echo> pending(Duration after) {
    int errno = socketOption(SO_ERROR);
    boolean syn = probe.kind() == Probe.Kind.SYN;
    return syn && (errno == 0 || errno == REFUSED)
        ? Optional.of(new Echo.Reply(to, 0, 0, after))
        : errno == 0 ? Optional.empty() : Optional.of(failed(errno));
  }

  private int socketOption(int option) {
    MemorySegment value = arena.allocate(8, 8);
    MemorySegment length = arena.allocateFrom(ValueLayout.JAVA_INT, 4);
    Libc.call(arena, "getsockopt", "iiiipp", socket, SOL_SOCKET, option, value, length);
    return value.get(ValueLayout.JAVA_INT, 0);
  }

  private Echo failed(int errno) {
    int mtu = 0;
    if (errno == TOO_LONG && heard(ERROR_QUEUE).orElse(null) instanceof Echo.Refused told) {
      mtu = told.mtu();
    }
    return new Echo.Refused(Errno.of(errno).text(), mtu, Duration.ZERO);
  }

  /** The next message; empty when there is none, or it is not about this packet. */
  private Optional<Echo> heard(int flags) {
    MemorySegment data = arena.allocate(ROOM);
    MemorySegment control = arena.allocate(512, 8);
    MemorySegment parts = arena.allocate(16, 8);
    parts.set(ValueLayout.ADDRESS, 0, data);
    parts.set(ValueLayout.JAVA_LONG, 8, ROOM);
    MemorySegment message = arena.allocate(56, 8);
    message.set(ValueLayout.ADDRESS, 16, parts);
    message.set(ValueLayout.JAVA_LONG, 24, 1);
    message.set(ValueLayout.ADDRESS, 32, control);
    message.set(ValueLayout.JAVA_LONG, 40, control.byteSize());
    long got = Libc.call(arena, "recvmsg", "lipi", socket, message, flags).result();
    if (got < 0) {
      return Optional.empty();
    }
    Duration after = since();
    int ttl = 0;
    Optional<MemorySegment> error = Optional.empty();
    long end = Math.min(control.byteSize(), message.get(ValueLayout.JAVA_LONG, 40));
    for (long at = 0; at + 16 <= end; ) {
      long length = control.get(ValueLayout.JAVA_LONG, at);
      if (length < 16 || at + length > end) {
        break;
      }
      int level = control.get(ValueLayout.JAVA_INT, at + 8);
      int type = control.get(ValueLayout.JAVA_INT, at + 12);
      MemorySegment value = control.asSlice(at + 16, length - 16);
      if (level == SOL_SOCKET && type == TIMESTAMP) {
        after =
            Duration.between(
                sent,
                Instant.ofEpochSecond(
                    value.get(ValueLayout.JAVA_LONG, 0), value.get(ValueLayout.JAVA_LONG, 8)));
      } else if (level == level() && type == number(Option.ERRORS)) {
        error = Optional.of(value);
      } else if (level == level() && type == number(Option.ARRIVED_TTL)) {
        ttl = value.get(ValueLayout.JAVA_INT, 0);
      }
      at += (length + 7) & ~7L;
    }
    Duration took = after.isNegative() ? Duration.ZERO : after;
    int at = ttl;
    return error.isPresent()
        ? error.flatMap(e -> returned(e, data.asSlice(0, got), at, took))
        : flags == 0 && isAnswer(data, got)
            ? Optional.of(new Echo.Reply(to, ttl, 0, took))
            : Optional.empty();
  }

  private boolean isAnswer(MemorySegment data, long length) {
    if (probe.kind() == Probe.Kind.UDP) {
      return true;
    }
    // A raw socket of IPv4 gets the header, too (raw(7)).
    int head = raw && !six && length > 0 ? (data.get(ValueLayout.JAVA_BYTE, 0) & 0xf) * 4 : 0;
    return length > head
        && data.get(ValueLayout.JAVA_BYTE, head) == (six ? (byte) 129 : 0)
        && isOfThisPacket(data.asSlice(head, length - head));
  }

  /** Whether an echo, or its answer, has our number, and our identifier where that is not known. */
  private boolean isOfThisPacket(MemorySegment icmp) {
    if (icmp.byteSize() < 8) {
      return false;
    }
    ByteBuffer head = icmp.asByteBuffer();
    return head.getShort(6) == (short) probe.number()
        && (!raw || head.getShort(4) == (short) identifier);
  }

  /** Reads a {@code sock_extended_err} and the address of who said it, which follows it. */
  private Optional<Echo> returned(
      MemorySegment error, MemorySegment packet, int ttl, Duration after) {
    int errno = error.get(ValueLayout.JAVA_INT, 0);
    int origin = error.get(ValueLayout.JAVA_BYTE, 4);
    int type = Byte.toUnsignedInt(error.get(ValueLayout.JAVA_BYTE, 5));
    int code = Byte.toUnsignedInt(error.get(ValueLayout.JAVA_BYTE, 6));
    int mtu = error.get(ValueLayout.JAVA_INT, 8);
    if (origin != BY_ICMP && origin != BY_ICMP6) {
      return Optional.of(new Echo.Refused(Errno.of(errno).text(), mtu, Duration.ZERO));
    }
    if (raw && !isOfThisPacket(packet)) {
      return Optional.empty();
    }
    Bytes name = Bytes.of(error.asSlice(16).toArray(ValueLayout.JAVA_BYTE));
    InetAddress by = SocketName.decode(name) instanceof SocketName.Ip ip ? address(ip) : to;
    return Echo.Why.of(type, code, six)
        .map(
            why ->
                why == Echo.Why.PORT_UNREACHABLE && probe.kind() == Probe.Kind.UDP
                    ? new Echo.Reply(by, ttl, 0, after)
                    : new Echo.Returned(by, why, mtu, ttl, 0, after));
  }

  private InetAddress address(SocketName.Ip ip) {
    try {
      return InetAddress.getByAddress(ip.address().toArray());
    } catch (UnknownHostException e) {
      return to;
    }
  }

  private int poll(int millis) {
    MemorySegment list = arena.allocate(8, 4);
    list.set(ValueLayout.JAVA_INT, 0, socket);
    int interest = probe.kind() == Probe.Kind.SYN ? POLL_OUT : POLL_IN;
    list.set(ValueLayout.JAVA_SHORT, 4, (short) interest);
    long ready = Libc.call(arena, "poll", "ipli", list, 1L, millis).result();
    return ready < 0 ? -1 : list.get(ValueLayout.JAVA_SHORT, 6);
  }

  private int level() {
    return six ? 41 : 0;
  }

  private int number(Option option) {
    return six ? option.six : option.four;
  }

  private void option(Option option, int value) {
    integer(level(), number(option), value);
  }

  private void integer(int level, int option, int value) {
    MemorySegment memory = arena.allocateFrom(ValueLayout.JAVA_INT, value);
    Libc.call(arena, "setsockopt", "iiiipi", socket, level, option, memory, 4);
  }

  private MemorySegment memory(Bytes bytes) {
    return arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes.toArray());
  }

  /** The identifier of the echo, or the port, is the one that the system gave. */
  private void tap(Echo echo) {
    MemorySegment name = arena.allocate(28, 8);
    MemorySegment length = arena.allocateFrom(ValueLayout.JAVA_INT, 28);
    Libc.call(arena, "getsockname", "iipp", socket, name, length);
    int size = Math.clamp(length.get(ValueLayout.JAVA_INT, 0), 0, 28);
    Bytes bytes = Bytes.of(name.asSlice(0, size).toArray(ValueLayout.JAVA_BYTE));
    if (SocketName.decode(bytes) instanceof SocketName.Ip own) {
      InetAddress from = address(own);
      new Probe(
              probe.kind(),
              probe.ttl(),
              probe.size(),
              probe.whole(),
              raw ? identifier : own.port(),
              probe.number(),
              probe.at())
          .tap(Wire.link(from, to), from, to, echo, /* open= */ false, echo.after());
    }
  }
}
