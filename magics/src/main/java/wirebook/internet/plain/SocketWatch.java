// Above 500 lines: one list of the calls that the JDK's sockets tell of; what one leaves behind the
// next reads.
package wirebook.internet.plain;

import java.io.FileDescriptor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.net.ConnectException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import wirebook.internet.wire.LabWay;
import wirebook.net.Carried;
import wirebook.net.ProgramExit;
import wirebook.net.Wire;
import wirebook.trace.Bytes;
import wirebook.trace.Capture;
import wirebook.trace.Event.Transport;

/**
 * What is done when the JDK's sockets tell of a call: addresses of the lab are turned into what
 * they stand for, lab time passes, and what goes by is written down when there is a {@link
 * Wire#tap}. Long, as each kind of socket tells of its calls in another way.
 */
final class SocketWatch {
  private static final int SHUT_RD = 0;
  private static final long IOVEC = 16;
  private static final int MOST_FRAMES = 16;

  /** One stream or datagram socket, found by its descriptor. */
  private sealed interface Seen {
    /** No socket of the Internet, or one that only carries the lab's own traffic. */
    record Ignored() implements Seen {}

    /** A stream that the lab carries. */
    record InLab(LabWay way) implements Seen {}

    /** The other end of one, that was accepted here. */
    record Accepted(Carried.Ends ends) implements Seen {}

    record Real(Capture.End end) implements Seen {}
  }

  /** A datagram on its way to the lab: when it was sent, and how long an answer takes. */
  private record Asked(long sent, long roundTrip) {}

  /** What one thread is in the middle of. */
  private static final class Doing {
    Capture.@Nullable Sending sending;
    Optional<Duration> patience = Optional.empty();
    @Nullable Bytes received;
    boolean looking;
    boolean asking;

    /** What a datagram socket is connected to next: the lab has turned its address already. */
    @Nullable InetSocketAddress turned;

    /** The lab time at which a read with a time-out began. */
    long reads;
  }

  private final Unanswered unanswered;
  private final Multicast multicast;
  private final ThreadLocal<Doing> doing = ThreadLocal.withInitial(Doing::new);
  private final Map<FileDescriptor, Seen> seen = Collections.synchronizedMap(new WeakHashMap<>());
  private final Map<FileDescriptor, InetSocketAddress> peers =
      Collections.synchronizedMap(new WeakHashMap<>());
  private final Map<FileDescriptor, PlainRoutes.Bound> bound =
      Collections.synchronizedMap(new WeakHashMap<>());
  private final Map<FileDescriptor, Asked> asked = Collections.synchronizedMap(new WeakHashMap<>());
  private final Map<InetAddress, InetAddress> sources = new ConcurrentHashMap<>();
  private final MethodHandle localAddress;
  private final MethodHandle remoteAddress;
  private final MethodHandle unixAddress;
  private final MethodHandle option;
  private final MethodHandle available;

  /** {@code sun.nio.ch} must be open to this class. */
  SocketWatch() throws ReflectiveOperationException {
    Class<?> net = Class.forName("sun.nio.ch.Net");
    Class<?> unix = Class.forName("sun.nio.ch.UnixDomainSockets");
    MethodHandles.Lookup lookup = MethodHandles.lookup();
    localAddress = handle(lookup, net, "localAddress");
    remoteAddress = handle(lookup, net, "remoteAddress");
    unixAddress = handle(lookup, unix, "localAddress0");
    option = handle(lookup, net, "getSocketOption", SocketOption.class);
    available = handle(lookup, net, "available");
    unanswered = new Unanswered(lookup, this::isAsking);
    multicast = new Multicast(lookup);
  }

  private static MethodHandle handle(
      MethodHandles.Lookup lookup, Class<?> type, String name, Class<?>... more)
      throws ReflectiveOperationException {
    java.lang.reflect.Method method =
        type.getDeclaredMethod(
            name,
            Stream.concat(Stream.of(FileDescriptor.class), Stream.of(more))
                .toArray(Class<?>[]::new));
    method.setAccessible(true);
    return lookup.unreflect(method);
  }

  /**
   * What the rewritten code calls.
   *
   * @param call the ordinal of a {@link JdkCall}, and its arguments
   * @return for those that ask for an address, the address or an IOException
   */
  @Nullable Object told(Object[] call) {
    JdkCall kind = JdkCall.of((int) call[0]);
    try {
      return switch (kind) {
        case CONNECT, CONNECT_DATAGRAM, SEND_TO, SOURCE, BIND, LOCAL, ACCEPTED ->
            turn(kind, (InetSocketAddress) call[1], (FileDescriptor) call[2]);
        case SEND -> {
          tellSend((ByteBuffer) call[2]);
          yield null;
        }
        case RECEIVED -> {
          int count = (int) call[4];
          doing.get().received =
              count >= 0 && Wire.tap() != null
                  ? copy((ByteBuffer) call[2], (int) call[3], count)
                  : null;
          yield null;
        }
        case CONNECT_FAILED -> {
          failed((IOException) call[1], call[2]);
          yield null;
        }
        case PATIENCE -> {
          long millis = (long) call[2];
          doing.get().patience =
              millis < 0 ? Optional.empty() : Optional.of(Duration.ofMillis(millis));
          yield null;
        }
        case READS -> reads((FileDescriptor) call[1]);
        case WAITED -> waited((FileDescriptor) call[1], (long) call[2]);
        case POLLED -> unanswered.polled((FileDescriptor) call[1]);
        case SELECT -> unanswered.select((Selector) call[1], (long) call[2]);
        case SELECTED -> unanswered.selected((int) call[2]);
        case AHEAD -> unanswered.ahead();
        case GROUP -> multicast.group((int) call[1], (int) call[2] == 1);
        case REACHABLE -> reachable((InetAddress) call[1], (int) call[2]);
        case LIBRARY -> NativeCode.library((String) call[1]).orElse(null);
        case SYMBOL -> NativeCode.function((String) call[1]).orElse(null);
        case SCTP -> lab().isPresent() ? refused("SCTP", "the lab has no SCTP") : null;
        case EXIT -> ProgramExit.inPlaceOf((int) call[1]).orElse(null);
        case WRITE, WRITE_VECTOR, WRITE_DATAGRAM, WRITE_DATAGRAM_VECTOR -> {
          checkStays((FileDescriptor) call[1]);
          moved(kind, (FileDescriptor) call[1], (long) call[2], (long) call[3]);
          yield null;
        }
        default -> {
          moved(kind, (FileDescriptor) call[1], (long) call[2], (long) call[3]);
          yield null;
        }
      };
    } catch (IOException e) {
      return e;
    } catch (RuntimeException | LinkageError e) {
      // A socket must not fail because somebody watches it; but what does not find its way into the
      // lab does not go elsewhere.
      return switch (kind) {
        case CONNECT, CONNECT_DATAGRAM, SEND_TO, BIND, GROUP, REACHABLE, SCTP ->
            lab().isPresent() ? failed(e) : call.length > 1 ? call[1] : null;
        case LIBRARY, SYMBOL -> lab().isPresent() ? failed(e).getMessage() : null;
        case SOURCE, LOCAL, ACCEPTED -> call[1];
        case SELECT -> call[2];
        case READS, SELECTED -> false;
        case AHEAD -> 0L;
        default -> null;
      };
    }
  }

  private static SocketException failed(Throwable why) {
    SocketException failed =
        new SocketException(
            "not sent: the lab failed ("
                + why
                + "), and nothing goes past it; %internet real does");
    failed.initCause(why);
    return failed;
  }

  private static SocketException refused(String what, String why) {
    return new SocketException(what + ": " + why + "; %internet real leaves it");
  }

  /**
   * What goes on an address that answers is told by the lab: 1, 0, or -1 for the system to tell.
   */
  private static int reachable(InetAddress address, int millis) throws IOException {
    Optional<PlainRoutes> lab = lab();
    return lab.isEmpty() || address.isLoopbackAddress()
        ? -1
        : lab.get().reachable(address, Duration.ofMillis(millis)) ? 1 : 0;
  }

  /** A connection that was made on the real network carries nothing more in the lab. */
  private void checkStays(@Nullable FileDescriptor fd) throws IOException {
    InetSocketAddress peer = fd == null ? null : peers.get(fd);
    if (fd == null
        || peer == null
        || lab().isEmpty()
        || seen.get(fd) instanceof Seen.InLab
        || peer.getAddress().isLoopbackAddress()
        || doing.get().looking) {
      return;
    }
    InetSocketAddress real = address(remoteAddress, fd);
    if (peer.getAddress().isMulticastAddress()) {
      multicast.stay(fd, peer.getAddress());
    } else if (real != null && !real.getAddress().isLoopbackAddress()) {
      throw refused(peer.toString(), "this was connected to the real network, before the lab");
    }
  }

  /** Whether the lab owes this stream an answer. */
  private boolean isAsking(FileDescriptor fd) {
    return seen.get(fd) instanceof Seen.InLab(LabWay way) && way.isAsking();
  }

  /** Whether a read with a time-out that begins is to wait before it looks. */
  private boolean reads(FileDescriptor fd) {
    if (!(seen.get(fd) instanceof Seen.InLab(LabWay way))) {
      return false;
    }
    doing.get().reads = way.nanoTime();
    return true;
  }

  /** Something has come to who waits for so long; why he does not get it. */
  private @Nullable IOException waited(FileDescriptor fd, long nanos) {
    return seen.get(fd) instanceof Seen.InLab(LabWay way)
            && way.isLaterThan(doing.get().reads + nanos)
        ? new SocketTimeoutException("Read timed out")
        : null;
  }

  private static Optional<PlainRoutes> lab() {
    return PlainJava.inUse();
  }

  // Addresses.

  private Object turn(JdkCall kind, InetSocketAddress address, FileDescriptor fd)
      throws IOException {
    if (kind == JdkCall.LOCAL) {
      PlainRoutes.Bound held = bound.get(fd);
      @Nullable Seen known = seen.get(fd);
      if (known instanceof Seen.Accepted(Carried.Ends ends)) {
        return doing.get().asking ? address : ends.local();
      }
      return known instanceof Seen.InLab(LabWay way)
          ? new InetSocketAddress(way.local(), address.getPort())
          : held == null ? address : held.local(address);
    }
    if (kind == JdkCall.ACCEPTED) {
      return address.getAddress().isLoopbackAddress() ? accepted(address, fd) : address;
    }
    Doing now = doing.get();
    if (now.looking) {
      return address;
    }
    Optional<PlainRoutes> lab = lab();
    return switch (kind) {
      case CONNECT -> {
        Optional<Duration> patience = now.patience;
        now.patience = Optional.empty();
        boolean turned = address.equals(now.turned);
        now.turned = null;
        if (Wire.HIDING.isBound() && (lab.isEmpty() || address.getAddress().isLoopbackAddress())) {
          seen.put(fd, new Seen.Ignored());
          yield address;
        }
        peers.put(fd, address);
        if (lab.isEmpty() || turned) {
          yield address;
        }
        PlainRoutes.Stream stream = lab.get().stream(address, patience);
        stream.lab().ifPresent(way -> seen.put(fd, new Seen.InLab(way)));
        stream.givesUp().ifPresent(at -> unanswered.begins(fd, at));
        yield stream.real();
      }
      case CONNECT_DATAGRAM -> {
        peers.put(fd, address);
        InetSocketAddress to = lab.isEmpty() ? address : datagram(lab.get(), fd, address);
        now.turned = to;
        yield to;
      }
      case SEND_TO -> {
        InetSocketAddress to = sendTo(fd, address);
        yield to;
      }
      case SOURCE -> {
        InetSocketAddress from = lab.isEmpty() ? address : lab.get().source(address, bound(fd));
        if (!from.equals(address) && Wire.isHidden(Transport.UDP, local(fd).getPort())) {
          // The lab's own sockets know their datagrams by the ports that they really came from.
          from = address;
        }
        Bytes received = now.received;
        now.received = null;
        answered(fd);
        Capture tap = Wire.tap();
        if (received != null && tap != null) {
          datagramEnd(fd, from).ifPresent(end -> tap.received(end, received));
        }
        yield from;
      }
      default -> {
        if (lab.isPresent()) {
          lab.get()
              .bound(address.getAddress(), isDatagramChannels())
              .ifPresent(held -> bound.put(fd, held));
        }
        yield lab.isEmpty() ? address : lab.get().local(address);
      }
    };
  }

  /** Who has connected, in the lab when that is where it came through. */
  private InetSocketAddress accepted(InetSocketAddress client, FileDescriptor fd)
      throws IOException {
    Optional<Carried.Ends> ends = Carried.accepted(client.getPort(), local(fd).getPort());
    ends.ifPresent(it -> seen.put(fd, new Seen.Accepted(it)));
    return ends.map(Carried.Ends::remote).orElse(client);
  }

  private Optional<PlainRoutes.Bound> bound(FileDescriptor fd) {
    return Optional.ofNullable(bound.get(fd));
  }

  /**
   * Whether it is a datagram socket that is in the middle of a call, which only its class tells.
   */
  private static boolean isDatagramChannels() {
    return StackWalker.getInstance()
        .walk(
            frames ->
                frames
                    .limit(MOST_FRAMES)
                    .anyMatch(
                        f -> f.getClassName().equals(JdkSockets.PACKAGE + "DatagramChannelImpl")));
  }

  private InetSocketAddress sendTo(FileDescriptor fd, InetSocketAddress to) throws IOException {
    Doing now = doing.get();
    Bytes sent = now.received;
    now.received = null;
    Capture tap = Wire.tap();
    if (sent != null && tap != null) {
      now.sending = datagramEnd(fd, to).map(end -> tap.sending(end, sent)).orElse(null);
    }
    Optional<PlainRoutes> lab = lab();
    if (lab.isEmpty()) {
      return to;
    }
    asks(fd, to);
    return datagram(lab.get(), fd, to);
  }

  /** Multicast goes round on loopback, where no one but this machine hears it. */
  private InetSocketAddress datagram(PlainRoutes lab, FileDescriptor fd, InetSocketAddress to)
      throws IOException {
    if (to.getAddress().isMulticastAddress()) {
      multicast.stay(fd, to.getAddress());
      return to;
    }
    return Wire.isHidden(Transport.UDP, local(fd).getPort()) ? to : lab.datagram(to, bound(fd));
  }

  /** A datagram may go to the lab: an answer to it takes its time. */
  private void asks(FileDescriptor fd, InetSocketAddress to) throws IOException {
    Optional<PlainRoutes> lab = lab();
    if (lab.isPresent()) {
      long roundTrip = lab.get().roundTrip(to);
      if (roundTrip > 0) {
        asked.put(fd, new Asked(lab.get().nanoTime(), roundTrip));
      }
    }
  }

  private void answered(FileDescriptor fd) throws IOException {
    Asked asking = asked.remove(fd);
    Optional<PlainRoutes> lab = lab();
    if (asking != null && lab.isPresent()) {
      lab.get().answered(local(fd).getPort(), asking.sent, asking.roundTrip);
    }
  }

  private void tellSend(ByteBuffer buffer) {
    doing.get().received =
        Wire.tap() == null ? null : copy(buffer, buffer.position(), buffer.remaining());
  }

  // Bytes, beginnings and ends.

  private void moved(JdkCall kind, @Nullable FileDescriptor fd, long one, long two)
      throws IOException {
    Doing now = doing.get();
    if (fd == null || now.looking) {
      return;
    }
    if (kind == JdkCall.WROTE) {
      Capture.Sending sending = now.sending;
      if (sending != null) {
        now.sending = null;
        sending.sent(two);
      }
      return;
    }
    if (isDatagram(kind)) {
      movedDatagram(kind, fd, one, two);
      return;
    }
    turn(kind, fd, one);
    Capture tap = Wire.tap();
    Seen known = seen.get(fd);
    if (known instanceof Seen.InLab(LabWay way)) {
      inLab(kind, way, fd, one, two);
    } else if (tap != null && !(known instanceof Seen.Ignored)) {
      // What has never been seen before it is closed has nothing to tell.
      if (known != null || (kind != JdkCall.CLOSE && kind != JdkCall.CLOSING)) {
        real(kind, tap, fd, one, two);
      }
    }
    if (kind == JdkCall.CLOSE) {
      seen.remove(fd);
      unanswered.remove(fd);
      peers.remove(fd);
      asked.remove(fd);
      bound(fd).ifPresent(PlainRoutes.Bound::closed);
      bound.remove(fd);
    }
  }

  private void turn(JdkCall kind, FileDescriptor fd, long one) {
    Wire.Turns turns = Wire.turns();
    if (turns == null) {
      return;
    }
    String call =
        switch (kind) {
          case CONNECTED -> one == 1 ? "connect" : "";
          case SHUTDOWN -> "shutdown";
          case CLOSE, CLOSING -> "close";
          default -> "";
        };
    try {
      if (!call.isEmpty() && !isUnix(fd)) {
        turns.turn(call, local(fd), address(remoteAddress, fd));
      }
    } catch (IOException e) {
      // It is not connected: there is no state to change.
    }
  }

  private void inLab(JdkCall kind, LabWay way, FileDescriptor fd, long one, long two)
      throws IOException {
    boolean watched = Wire.tap() != null;
    switch (kind) {
      case CONNECTING -> way.begun(local(fd).getPort());
      case CONNECTED -> {
        if (one == 1) {
          way.opened(local(fd).getPort());
        } else {
          way.failed();
        }
      }
      case WRITE, WRITE_VECTOR -> {
        doing.get().sending =
            watched ? way.sending(kind == JdkCall.WRITE ? copy(one, two) : gather(one, two)) : null;
        way.wrote();
      }
      case READ, READ_VECTOR -> {
        if (two > 0) {
          way.arrived();
          if (watched) {
            way.received(kind == JdkCall.READ ? copy(one, two) : scatter(one, two));
          }
        } else if (two == -1) {
          way.arrived();
          way.ended(true);
        }
      }
      case SHUTDOWN, CLOSING -> {
        if (one != SHUT_RD) {
          way.ended(false);
        }
      }
      case READ_FAILED -> way.reset(true);
      case CLOSE -> {
        if (watched && throwsAway(fd)) {
          way.reset(false);
        }
        way.closed();
      }
      default -> {
        // Failures are for the one who called.
      }
    }
  }

  private void real(JdkCall kind, Capture tap, FileDescriptor fd, long one, long two)
      throws IOException {
    if (kind == JdkCall.CONNECTED && one == 0) {
      return;
    }
    Seen known = seen.get(fd);
    if (known == null) {
      known = classify(fd);
      seen.put(fd, known);
    }
    if (!(known instanceof Seen.Real(Capture.End end))) {
      return;
    }
    switch (kind) {
      case CONNECTED -> tap.opened(end);
      case WRITE -> doing.get().sending = tap.sending(end, copy(one, two));
      case WRITE_VECTOR -> doing.get().sending = tap.sending(end, gather(one, two));
      case READ, READ_VECTOR -> {
        if (two > 0) {
          tap.received(end, kind == JdkCall.READ ? copy(one, two) : scatter(one, two));
        } else if (two == -1) {
          tap.ended(end, true);
        }
      }
      case READ_FAILED -> tap.reset(end, true);
      case SHUTDOWN, CLOSING -> {
        if (one != SHUT_RD) {
          tap.ended(end, false);
        }
      }
      case CLOSE -> {
        if (throwsAway(fd)) {
          tap.reset(end, false);
        } else {
          tap.ended(end, false);
        }
      }
      default -> {
        // Not of a stream.
      }
    }
  }

  /**
   * Whether the system sends RST when the socket is closed: SO_LINGER is on with no time, or bytes
   * are there that nobody has read (RFC 1122, 4.2.2.13).
   */
  private boolean throwsAway(FileDescriptor fd) {
    try {
      return (int) option.invoke(fd, StandardSocketOptions.SO_LINGER) == 0
          || (int) available.invoke(fd) > 0;
    } catch (IOException e) {
      // It is closed already: nothing more is sent.
      return false;
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private static boolean isDatagram(JdkCall kind) {
    return kind.compareTo(JdkCall.READ_DATAGRAM) >= 0
        && kind.compareTo(JdkCall.READ_DATAGRAM_FAILED) <= 0;
  }

  /** Of a connected socket. */
  private void movedDatagram(JdkCall kind, FileDescriptor fd, long one, long two)
      throws IOException {
    InetSocketAddress peer = peers.get(fd);
    if (peer == null) {
      return;
    }
    Capture tap = Wire.tap();
    switch (kind) {
      case READ_DATAGRAM, READ_DATAGRAM_VECTOR -> {
        if (two >= 0) {
          answered(fd);
          if (tap != null) {
            Bytes bytes = kind == JdkCall.READ_DATAGRAM ? copy(one, two) : scatter(one, two);
            datagramEnd(fd, peer).ifPresent(end -> tap.received(end, bytes));
          }
        }
      }
      case WRITE_DATAGRAM, WRITE_DATAGRAM_VECTOR -> {
        asks(fd, peer);
        if (tap != null) {
          Bytes bytes = kind == JdkCall.WRITE_DATAGRAM ? copy(one, two) : gather(one, two);
          doing.get().sending =
              datagramEnd(fd, peer).map(end -> tap.sending(end, bytes)).orElse(null);
        }
      }
      default -> {
        if (tap != null) {
          datagramEnd(fd, peer).ifPresent(tap::refused);
        }
      }
    }
  }

  /** A stream could not be connected. */
  private void failed(IOException why, Object to) {
    Doing now = doing.get();
    now.patience = Optional.empty();
    Capture tap = Wire.tap();
    boolean refused =
        why instanceof ConnectException && String.valueOf(why.getMessage()).contains("refused");
    if (tap == null
        || !refused
        || !(to instanceof InetSocketAddress address)
        || lab().filter(l -> l.isInLab(address.getAddress())).isPresent()
        || Wire.HIDING.isBound()) {
      return;
    }
    InetAddress from = source(address.getAddress());
    tap.refused(
        new Capture.End(
            Wire.link(from, address.getAddress()),
            Transport.TCP,
            new InetSocketAddress(from, 0),
            address,
            true));
  }

  // Who is who.

  private Seen classify(FileDescriptor fd) throws IOException {
    if (isUnix(fd)) {
      return new Seen.Ignored();
    }
    InetSocketAddress local = local(fd);
    InetSocketAddress remote = address(remoteAddress, fd);
    return local.getAddress().isLoopbackAddress()
            && (Wire.isHidden(Transport.TCP, local.getPort())
                || Wire.isHidden(Transport.TCP, remote.getPort()))
        ? new Seen.Ignored()
        : new Seen.Real(
            new Capture.End(
                Wire.link(local.getAddress(), remote.getAddress()),
                Transport.TCP,
                local,
                remote,
                peers.containsKey(fd)));
  }

  private Optional<Capture.End> datagramEnd(FileDescriptor fd, InetSocketAddress remote)
      throws IOException {
    InetSocketAddress local = local(fd);
    Optional<PlainRoutes> lab = lab().filter(l -> l.isInLab(remote.getAddress()));
    if (Wire.isHidden(Transport.UDP, local.getPort())) {
      return Optional.empty();
    }
    InetAddress from =
        lab.isPresent()
            ? lab.get().ownAddress(remote.getAddress())
            : local.getAddress().isAnyLocalAddress()
                ? source(remote.getAddress())
                : local.getAddress();
    return Optional.of(
        new Capture.End(
            lab.isPresent() ? "lab" : Wire.link(from, remote.getAddress()),
            Transport.UDP,
            new InetSocketAddress(from, local.getPort()),
            remote,
            true));
  }

  private boolean isUnix(FileDescriptor fd) {
    try {
      return unixAddress.invoke(fd) != null;
    } catch (Throwable e) {
      return false;
    }
  }

  /** Of what was accepted, the one that it has underneath. */
  private InetSocketAddress local(FileDescriptor fd) throws IOException {
    Doing now = doing.get();
    now.asking = true;
    try {
      return address(localAddress, fd);
    } finally {
      now.asking = false;
    }
  }

  private static InetSocketAddress address(MethodHandle of, FileDescriptor fd) throws IOException {
    try {
      return (InetSocketAddress) of.invoke(fd);
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Throwable e) {
      throw new IOException(e);
    }
  }

  /** The address from which packets to {@code to} go. */
  private InetAddress source(InetAddress to) {
    if (to.isLoopbackAddress()) {
      return to;
    }
    return sources.computeIfAbsent(
        to,
        _ -> {
          Doing now = doing.get();
          now.looking = true;
          // Connecting a datagram socket sends nothing: it only asks for a route.
          try (DatagramSocket probe = new DatagramSocket()) {
            probe.connect(to, 9);
            return probe.getLocalAddress();
          } catch (SocketException | RuntimeException e) {
            return to;
          } finally {
            now.looking = false;
          }
        });
  }

  // Memory.

  @SuppressWarnings("restricted")
  private static Bytes copy(long address, long count) {
    return count <= 0
        ? Bytes.EMPTY
        : Bytes.of(
            MemorySegment.ofAddress(address).reinterpret(count).toArray(ValueLayout.JAVA_BYTE));
  }

  private static Bytes copy(ByteBuffer buffer, int position, int count) {
    byte[] bytes = new byte[count];
    buffer.duplicate().limit(position + count).get(position, bytes);
    return Bytes.of(bytes);
  }

  /** All bytes of so many buffers (struct iovec). */
  private static Bytes gather(long list, long buffers) {
    return buffers(list, buffers, Long.MAX_VALUE);
  }

  /** The first bytes of some buffers. */
  private static Bytes scatter(long list, long count) {
    return buffers(list, Long.MAX_VALUE, count);
  }

  @SuppressWarnings("restricted")
  private static Bytes buffers(long list, long buffers, long count) {
    Bytes all = Bytes.EMPTY;
    for (long i = 0; i < buffers && all.length() < count; i++) {
      MemorySegment vector = MemorySegment.ofAddress(list + i * IOVEC).reinterpret(IOVEC);
      long address = vector.get(ValueLayout.JAVA_LONG, 0);
      long length = vector.get(ValueLayout.JAVA_LONG, 8);
      all = all.plus(copy(address, Math.min(length, count - all.length())));
    }
    return all;
  }
}
