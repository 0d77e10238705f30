package wirebook.engine.socket.calls;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import wirebook.engine.socket.Errno;
import wirebook.engine.socket.Libc;
import wirebook.engine.socket.Names;
import wirebook.engine.socket.SocketName;
import wirebook.net.Wire;
import wirebook.trace.Bytes;
import wirebook.trace.Capture;
import wirebook.trace.Event.Transport;

/**
 * Puts what system calls send and receive on the wire, while there is a {@link Wire#tap}. To know
 * both ends it asks the system for their names, which {@code strace} then shows as well.
 */
final class CallTap {
  private static final int STREAM = 1;
  private static final int DATAGRAM = 2;

  /** Those that asked for a connection. */
  private final Set<Descriptor> asking = ConcurrentHashMap.newKeySet();

  static Optional<InetSocketAddress> address(Optional<SocketName> name) {
    if (name.orElse(null) instanceof SocketName.Ip ip) {
      try {
        return Optional.of(
            new InetSocketAddress(InetAddress.getByAddress(ip.address().toArray()), ip.port()));
      } catch (UnknownHostException e) {
        return Optional.empty();
      }
    }
    return Optional.empty();
  }

  private Optional<Capture.End> end(Descriptor on, Optional<SocketName> peer) {
    if (!on.isInternet()
        || (on.type() != STREAM && on.type() != DATAGRAM)
        || Wire.HIDING.isBound()) {
      return Optional.empty();
    }
    Optional<InetSocketAddress> local = address(name(on, "getsockname"));
    if (on.type() == DATAGRAM && local.filter(l -> l.getPort() == 0).isPresent()) {
      // The system would choose a port at the first sending; now it does so a moment earlier.
      bindAnywhere(on);
      local = address(name(on, "getsockname"));
    }
    if (on.type() == STREAM
        && local.filter(l -> Wire.isHidden(Transport.TCP, l.getPort())).isPresent()) {
      return Optional.empty();
    }
    Optional<InetSocketAddress> own = local;
    Optional<InetSocketAddress> remote = address(peer.isPresent() ? peer : name(on, "getpeername"));
    if (on.type() == STREAM
        && remote
            .filter(r -> r.getAddress().isLoopbackAddress())
            .filter(r -> Wire.isHidden(Transport.TCP, r.getPort()))
            .isPresent()) {
      return Optional.empty();
    }
    return own.flatMap(l -> remote.map(r -> end(on, l, r)));
  }

  private static void bindAnywhere(Descriptor on) {
    boolean six = on.addressSize() == 28;
    Bytes any = new SocketName.Ip(Bytes.of(new byte[six ? 16 : 4]), 0, 0).encode();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocateFrom(ValueLayout.JAVA_BYTE, any.toArray());
      Libc.call(arena, "bind", "iipi", on.number(), name, any.length());
    }
  }

  private Capture.End end(Descriptor on, InetSocketAddress local, InetSocketAddress remote) {
    InetAddress from =
        local.getAddress().isAnyLocalAddress() ? remote.getAddress() : local.getAddress();
    return new Capture.End(
        Wire.link(from, remote.getAddress()),
        on.type() == STREAM ? Transport.TCP : Transport.UDP,
        new InetSocketAddress(from, local.getPort()),
        remote,
        on.type() == DATAGRAM || asking.contains(on));
  }

  private static Optional<SocketName> name(Descriptor on, String call) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocate(on.addressSize(), 8);
      MemorySegment length = arena.allocateFrom(ValueLayout.JAVA_INT, on.addressSize());
      return Libc.call(arena, call, "iipp", on.number(), name, length).result() < 0
          ? Optional.empty()
          : Optional.of(
              SocketName.decode(
                  Bytes.of(
                      name.asSlice(
                              0,
                              Math.clamp(length.get(ValueLayout.JAVA_INT, 0), 0, on.addressSize()))
                          .toArray(ValueLayout.JAVA_BYTE))));
    }
  }

  /** To be told afterwards how much was sent; null when nobody writes it down. */
  Capture.@Nullable Sending sending(Descriptor on, Bytes data, Optional<SocketName> to) {
    Capture tap = Wire.tap();
    return tap == null ? null : end(on, to).map(end -> tap.sending(end, data)).orElse(null);
  }

  /** One call that receives is over. */
  void received(
      Descriptor on,
      Libc.Outcome outcome,
      Bytes got,
      int size,
      int flags,
      Optional<SocketName> from) {
    Capture tap = Wire.tap();
    if (tap == null || (flags & Names.MESSAGE_FLAGS.get("MSG_PEEK")) != 0) {
      return;
    }
    end(on, from.filter(n -> n instanceof SocketName.Ip))
        .ifPresent(
            end -> {
              boolean stream = on.type() == STREAM;
              if (outcome.result() < 0) {
                Errno error = Errno.of(outcome.errno());
                if (error.is("ECONNREFUSED") && !stream) {
                  tap.refused(end);
                }
              } else if (outcome.result() == 0 && stream && size > 0) {
                tap.ended(end, true);
              } else if (outcome.result() > 0 || !stream) {
                tap.received(end, got);
              }
            });
    if (outcome.result() < 0 && Errno.of(outcome.errno()).is("ECONNRESET")) {
      reset(on, tap);
    }
  }

  /** The peer's name is gone with the connection. */
  private static void reset(Descriptor on, Capture tap) {
    address(name(on, "getsockname")).ifPresent(tap::reset);
  }

  void connected(Descriptor on, Libc.Outcome outcome, SocketName to) {
    Capture tap = Wire.tap();
    boolean ok = outcome.result() == 0;
    String error = ok ? "" : Errno.of(outcome.errno()).name();
    if (ok || error.equals("EINPROGRESS")) {
      asking.add(on);
    }
    if (tap == null || on.type() != STREAM) {
      return;
    }
    end(on, Optional.of(to))
        .ifPresent(
            end -> {
              Capture.End own =
                  new Capture.End(end.link(), end.transport(), end.local(), end.remote(), true);
              switch (error) {
                case "", "EINPROGRESS" -> tap.opened(own);
                case "ECONNREFUSED" -> tap.refused(own);
                case "ETIMEDOUT" -> tap.unanswered(own);
                default -> {
                  // Nothing was sent.
                }
              }
            });
  }

  void shutdown(Descriptor on, int how) {
    Capture tap = Wire.tap();
    if (tap != null && on.type() == STREAM && how != 0) {
      end(on, Optional.empty()).ifPresent(end -> tap.ended(end, false));
    }
  }

  /**
   * About to be closed. The system sends RST instead of FIN when the socket has SO_LINGER with no
   * time, or bytes that nobody has read (RFC 1122, 4.2.2.13).
   */
  void closing(Descriptor on) {
    Capture tap = Wire.tap();
    asking.remove(on);
    if (tap == null || on.type() != STREAM) {
      return;
    }
    end(on, Optional.empty())
        .ifPresent(
            end -> {
              if (throwsAway(on)) {
                tap.reset(end, false);
              } else {
                tap.ended(end, false);
              }
            });
  }

  private static boolean throwsAway(Descriptor on) {
    SocketOption option = SocketOption.get("SO_LINGER");
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(8, 8);
      MemorySegment length = arena.allocateFrom(ValueLayout.JAVA_INT, 8);
      long read =
          Libc.call(
                  arena,
                  "getsockopt",
                  "iiiipp",
                  on.number(),
                  option.levelNumber(),
                  option.number(),
                  value,
                  length)
              .result();
      boolean linger =
          read == 0
              && value.get(ValueLayout.JAVA_INT, 0) != 0
              && value.get(ValueLayout.JAVA_INT, 4) == 0;
      int flags = Names.MESSAGE_FLAGS.get("MSG_PEEK") | Names.MESSAGE_FLAGS.get("MSG_DONTWAIT");
      return linger
          || Libc.call(arena, "recv", "lipli", on.number(), value, 1L, flags).result() > 0;
    }
  }
}
