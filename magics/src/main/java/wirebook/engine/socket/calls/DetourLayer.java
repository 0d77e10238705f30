package wirebook.engine.socket.calls;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import wirebook.engine.socket.Errno;
import wirebook.engine.socket.Names;
import wirebook.engine.socket.SocketName;
import wirebook.engine.socket.SocketState;
import wirebook.net.Carried;
import wirebook.net.Detour;
import wirebook.net.Wire;
import wirebook.trace.Bytes;
import wirebook.trace.Capture;
import wirebook.trace.Event.Transport;

/**
 * Calls of another layer whose addresses belong to another network: the system is given where they
 * really lead, and what it gives back is turned again. So the calls are real, and only their
 * addresses are not. What has no way there goes nowhere: ENETUNREACH.
 */
final class DetourLayer implements SocketLayer {
  private static final int STREAM = 1;
  private static final int DATAGRAM = 2;

  private final SocketLayer system;
  private final Detour detour;
  private final Map<Descriptor, Detour.Passage> streams = new ConcurrentHashMap<>();
  private final Map<Descriptor, InetSocketAddress> peers = new ConcurrentHashMap<>();
  private final Map<Descriptor, Detour.Held> bound = new ConcurrentHashMap<>();

  /** What was accepted of the other network, by number: the first call of it has no name yet. */
  private final Map<Long, Carried.Ends> accepted = new ConcurrentHashMap<>();

  /** Connected with the machine's own network in use. */
  private final Map<Descriptor, InetSocketAddress> outside = new ConcurrentHashMap<>();

  DetourLayer(SocketLayer system, Detour detour) {
    this.system = system;
    this.detour = detour;
  }

  private interface Turned {
    Answer call(SocketName real) throws IOException;
  }

  @Override
  public Answer socket(int family, int type, int protocol) {
    return system.socket(family, type, protocol);
  }

  @Override
  public Answer bind(Descriptor on, SocketName to) {
    Answer answer = turned(on, to, real -> system.bind(on, real), detour::local);
    if (answer.result() == 0) {
      CallTap.address(Optional.of(to))
          .flatMap(at -> detour.bound(at.getAddress(), on.type() == DATAGRAM))
          .ifPresent(
              held -> {
                bound.put(on, held);
                CallTap.address(system.getsockname(on).name()).ifPresent(held::local);
              });
    }
    return answer;
  }

  @Override
  public Answer listen(Descriptor on, int backlog) {
    return system.listen(on, backlog);
  }

  @Override
  public Answer accept(Descriptor on) {
    Answer answer = system.accept(on);
    if (answer.result() < 0) {
      return answer;
    }
    Optional<Carried.Ends> ends =
        CallTap.address(answer.name())
            .filter(DetourLayer::isLoopback)
            .flatMap(client -> Carried.accepted(client.getPort(), port(on)));
    ends.ifPresent(it -> accepted.put(answer.result(), it));
    return ends.map(it -> named(answer, Optional.of(name(on, it.remote())))).orElse(answer);
  }

  @Override
  public Answer connect(Descriptor on, SocketName to) {
    InetSocketAddress address = CallTap.address(Optional.of(to)).orElse(null);
    if (!detour.isInUse() || address == null || (isLoopback(address) && on.type() != STREAM)) {
      Answer answer = system.connect(on, to);
      if (address != null && !isLoopback(address)) {
        outside.put(on, address);
      }
      return answer;
    }
    if (on.type() == DATAGRAM) {
      Answer answer =
          turned(on, to, real -> hidden(() -> system.connect(on, real)), detour::datagram);
      if (answer.result() == 0) {
        peers.put(on, address);
      }
      return answer;
    }
    if (on.type() != STREAM) {
      return failed("ENETUNREACH");
    }
    try {
      Detour.Leads leads = detour.connect(address, waits(on));
      if (isLoopback(address) && leads.passage().isEmpty()) {
        return system.connect(on, to);
      }
      Answer answer = hidden(() -> system.connect(on, name(on, leads.real())));
      if (answer.result() == 0 || answer.error().filter(e -> e.is("EINPROGRESS")).isPresent()) {
        peers.put(on, address);
        leads
            .passage()
            .ifPresent(
                way -> {
                  way.opened(port(on));
                  streams.put(on, way);
                });
      } else {
        leads.passage().ifPresent(Detour.Passage::failed);
      }
      return answer;
    } catch (IOException e) {
      return failed(error(e));
    }
  }

  private boolean waits(Descriptor on) {
    long flags = system.fcntl(on, Names.FCNTL.get("F_GETFL"), 0).result();
    return (flags & Names.FILE_FLAGS.get("O_NONBLOCK")) == 0;
  }

  private int port(Descriptor on) {
    return CallTap.address(system.getsockname(on).name()).map(InetSocketAddress::getPort).orElse(0);
  }

  @Override
  public Answer send(Descriptor on, Bytes data, int flags) {
    return sent(on, data, () -> system.send(on, data, flags));
  }

  @Override
  public Answer write(Descriptor on, Bytes data) {
    return sent(on, data, () -> system.write(on, data));
  }

  private Answer sent(Descriptor on, Bytes data, Supplier<Answer> call) {
    Detour.Passage way = streams.get(on);
    InetSocketAddress peer = peers.get(on);
    if (way != null) {
      return written(
          way.sending(data),
          () -> {
            way.wrote();
            return call.get();
          });
    }
    if (peer != null && on.type() == DATAGRAM) {
      return written(sending(on, peer, data), () -> hidden(call));
    }
    return detour.isInUse() && (outside.containsKey(on) || goesElsewhere(on))
        ? failed("ENETUNREACH")
        : call.get();
  }

  /** Neither on the Internet nor within this system: a socket of a link, of a virtual machine. */
  private static boolean goesElsewhere(Descriptor on) {
    return !List.of("AF_UNIX", "AF_INET", "AF_INET6").stream()
        .map(Names.FAMILIES::get)
        .toList()
        .contains(on.family());
  }

  private static Answer written(Capture.@Nullable Sending sending, Supplier<Answer> call) {
    Answer answer = call.get();
    if (sending != null) {
      sending.sent(Math.max(0, answer.result()));
    }
    return answer;
  }

  @Override
  public Answer sendto(Descriptor on, Bytes data, int flags, SocketName to) {
    InetSocketAddress address = CallTap.address(Optional.of(to)).orElse(null);
    if (!detour.isInUse() || address == null || isLoopback(address)) {
      return detour.isInUse() && goesElsewhere(on)
          ? failed("ENETUNREACH")
          : system.sendto(on, data, flags, to);
    }
    if (on.type() == STREAM) {
      // The system does not look at the address of a stream.
      return send(on, data, flags);
    }
    if (on.type() != DATAGRAM) {
      return failed("ENETUNREACH");
    }
    return turned(
        on,
        to,
        real ->
            written(
                sending(on, address, data),
                () -> hidden(() -> system.sendto(on, data, flags, real))),
        detour::datagram);
  }

  @Override
  public Answer recv(Descriptor on, int size, int flags) {
    return received(on, size, flags, () -> system.recv(on, size, flags));
  }

  @Override
  public Answer read(Descriptor on, int size) {
    return received(on, size, 0, () -> system.read(on, size));
  }

  @Override
  public Answer recvfrom(Descriptor on, int size, int flags) {
    return received(on, size, flags, () -> system.recvfrom(on, size, flags));
  }

  private Answer received(Descriptor on, int size, int flags, Supplier<Answer> call) {
    Detour.Passage way = streams.get(on);
    boolean peeks = (flags & Names.MESSAGE_FLAGS.get("MSG_PEEK")) != 0;
    if (way != null) {
      Answer answer = call.get();
      if (answer.result() > 0) {
        way.arrived();
        if (!peeks) {
          way.received(answer.bytes());
        }
      } else if (answer.result() == 0 && size > 0) {
        way.ended(/* byPeer= */ true);
      }
      return answer;
    }
    if (on.type() != DATAGRAM || !detour.isInUse()) {
      return call.get();
    }
    Answer answer = peers.containsKey(on) ? hidden(call) : call.get();
    Optional<InetSocketAddress> from =
        CallTap.address(answer.name())
            .map(detour::source)
            .or(() -> Optional.ofNullable(peers.get(on)));
    if (answer.result() >= 0 && peers.containsKey(on) && !peeks) {
      Capture tap = Wire.tap();
      if (tap != null) {
        from.ifPresent(f -> tap.received(end(on, f), answer.bytes()));
      }
    }
    return answer.name().isEmpty() ? answer : named(answer, from.map(f -> name(on, f)));
  }

  private Capture.@Nullable Sending sending(Descriptor on, InetSocketAddress to, Bytes data) {
    Capture tap = Wire.tap();
    return tap == null ? null : tap.sending(end(on, to), data);
  }

  private Capture.End end(Descriptor on, InetSocketAddress remote) {
    InetAddress own;
    try {
      own = detour.ownAddress(remote.getAddress());
    } catch (IOException e) {
      own = remote.getAddress();
    }
    return new Capture.End(
        "lab", Transport.UDP, new InetSocketAddress(own, port(on)), remote, /* asking= */ true);
  }

  @Override
  public Answer shutdown(Descriptor on, int how) {
    Detour.Passage way = streams.get(on);
    if (way != null && how != 0) {
      way.ended(/* byPeer= */ false);
    }
    return system.shutdown(on, how);
  }

  @Override
  public Answer setsockopt(Descriptor on, SocketOption option, Bytes value) {
    return system.setsockopt(on, option, value);
  }

  @Override
  public Answer getsockopt(Descriptor on, SocketOption option) {
    return system.getsockopt(on, option);
  }

  @Override
  public Answer getsockname(Descriptor on) {
    Answer answer = system.getsockname(on);
    Optional<UnaryOperator<InetSocketAddress>> seen =
        Optional.ofNullable(streams.get(on))
            .<UnaryOperator<InetSocketAddress>>map(
                way -> a -> new InetSocketAddress(way.local(), a.getPort()))
            .or(() -> accepted(on).map(it -> _ -> it.local()))
            .or(() -> Optional.ofNullable(bound.get(on)).map(held -> held::local));
    return seen.map(
            as -> named(answer, CallTap.address(answer.name()).map(as).map(a -> name(on, a))))
        .orElse(answer);
  }

  private Optional<Carried.Ends> accepted(Descriptor on) {
    return Optional.ofNullable(accepted.get((long) on.number()));
  }

  @Override
  public Answer getpeername(Descriptor on) {
    Answer answer = system.getpeername(on);
    InetSocketAddress peer = accepted(on).map(Carried.Ends::remote).orElseGet(() -> peers.get(on));
    return peer == null || answer.result() < 0
        ? answer
        : named(answer, Optional.of(name(on, peer)));
  }

  @Override
  public Polled poll(List<Interest> interests, int millis) {
    return system.poll(interests, millis);
  }

  @Override
  public Answer fcntl(Descriptor on, int command, int argument) {
    return system.fcntl(on, command, argument);
  }

  @Override
  public Answer close(Descriptor on) {
    Detour.Passage way = streams.remove(on);
    peers.remove(on);
    outside.remove(on);
    accepted.remove((long) on.number());
    Detour.Held held = bound.remove(on);
    if (held != null) {
      held.closed();
    }
    if (way != null) {
      way.closed();
    }
    return system.close(on);
  }

  @Override
  public Optional<SocketState> state(Descriptor on) {
    return system.state(on);
  }

  private interface Turn {
    InetSocketAddress of(InetSocketAddress address) throws IOException;
  }

  private Answer turned(Descriptor on, SocketName to, Turned call, Turn turn) {
    Optional<InetSocketAddress> address = CallTap.address(Optional.of(to));
    try {
      if (address.isEmpty() || !detour.isInUse()) {
        return call.call(to);
      }
      InetSocketAddress real = turn.of(address.get());
      return call.call(real.equals(address.get()) ? to : name(on, real));
    } catch (IOException e) {
      return failed(error(e));
    }
  }

  private static Answer hidden(Supplier<Answer> call) {
    return ScopedValue.where(Wire.HIDING, true).call(call::get);
  }

  private static boolean isLoopback(InetSocketAddress address) {
    return address.getAddress().isLoopbackAddress() || address.getAddress().isAnyLocalAddress();
  }

  /** In the form of the socket's family: IPv4 within IPv6 where that is IPv6. */
  private static SocketName name(Descriptor on, InetSocketAddress address) {
    byte[] bytes = address.getAddress().getAddress();
    if (on.addressSize() == 28 && bytes.length == 4) {
      byte[] mapped = new byte[16];
      mapped[10] = (byte) 0xff;
      mapped[11] = (byte) 0xff;
      System.arraycopy(bytes, 0, mapped, 12, 4);
      bytes = mapped;
    }
    return new SocketName.Ip(Bytes.of(bytes), address.getPort(), 0);
  }

  private static Answer named(Answer answer, Optional<SocketName> name) {
    return new Answer(
        answer.result(),
        answer.errno(),
        answer.bytes(),
        answer.at(),
        name,
        answer.nameAt(),
        answer.nameLength());
  }

  private static String error(IOException why) {
    String message = String.valueOf(why.getMessage());
    return message.contains("refused")
        ? "ECONNREFUSED"
        : message.contains("timed out") ? "ETIMEDOUT" : "ENETUNREACH";
  }

  private static Answer failed(String error) {
    return new Answer(
        -1, Errno.named(error).number(), Bytes.EMPTY, 0, Optional.empty(), /* nameAt= */ 0, 0);
  }
}
