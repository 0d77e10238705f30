package wirebook.engine.socket.calls;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import wirebook.engine.socket.Libc;
import wirebook.engine.socket.SocketName;
import wirebook.engine.socket.SocketState;
import wirebook.trace.Bytes;
import wirebook.trace.Capture;

/** The calls of this system, through its C library. */
final class LibcLayer implements SocketLayer {
  private final CallTap tap = new CallTap();

  @Override
  public Answer socket(int family, int type, int protocol) {
    return now(arena -> Answer.of(Libc.call(arena, "socket", "iiii", family, type, protocol)));
  }

  @Override
  public Answer bind(Descriptor on, SocketName to) {
    Bytes raw = to.encode();
    return now(
        arena ->
            Answer.of(
                Libc.call(arena, "bind", "iipi", on.number(), memory(arena, raw), raw.length())));
  }

  @Override
  public Answer listen(Descriptor on, int backlog) {
    return now(arena -> Answer.of(Libc.call(arena, "listen", "iii", on.number(), backlog)));
  }

  @Override
  public Answer accept(Descriptor on) {
    return Libc.blocking(
        arena -> {
          Room room = new Room(arena, on.addressSize());
          return room.answer(
              Libc.call(arena, "accept", "iipp", on.number(), room.name, room.length),
              Bytes.EMPTY,
              0);
        });
  }

  @Override
  public Answer connect(Descriptor on, SocketName to) {
    Bytes raw = to.encode();
    return Libc.blocking(
        arena -> {
          Libc.Outcome outcome =
              Libc.call(arena, "connect", "iipi", on.number(), memory(arena, raw), raw.length());
          tap.connected(on, outcome, to);
          return Answer.of(outcome);
        });
  }

  @Override
  public Answer send(Descriptor on, Bytes data, int flags) {
    return Libc.blocking(
        arena -> {
          Capture.Sending sending = tap.sending(on, data, Optional.empty());
          return sent(
              sending,
              Libc.call(
                  arena,
                  "send",
                  "lipli",
                  on.number(),
                  memory(arena, data),
                  (long) data.length(),
                  flags));
        });
  }

  @Override
  public Answer sendto(Descriptor on, Bytes data, int flags, SocketName to) {
    Bytes raw = to.encode();
    return Libc.blocking(
        arena -> {
          Capture.Sending sending = tap.sending(on, data, Optional.of(to));
          return sent(
              sending,
              Libc.call(
                  arena,
                  "sendto",
                  "liplipi",
                  on.number(),
                  memory(arena, data),
                  (long) data.length(),
                  flags,
                  memory(arena, raw),
                  raw.length()));
        });
  }

  @Override
  public Answer recv(Descriptor on, int size, int flags) {
    return Libc.blocking(
        arena -> {
          MemorySegment buffer = buffer(arena, size);
          Libc.Outcome outcome =
              Libc.call(arena, "recv", "lipli", on.number(), buffer, (long) size, flags);
          Bytes got = got(buffer, size, outcome);
          tap.received(on, outcome, got, size, flags, Optional.empty());
          return Answer.of(outcome, got, buffer.address());
        });
  }

  @Override
  public Answer recvfrom(Descriptor on, int size, int flags) {
    return Libc.blocking(
        arena -> {
          MemorySegment buffer = buffer(arena, size);
          Room room = new Room(arena, on.addressSize());
          Libc.Outcome outcome =
              Libc.call(
                  arena,
                  "recvfrom",
                  "liplipp",
                  on.number(),
                  buffer,
                  (long) size,
                  flags,
                  room.name,
                  room.length);
          Bytes got = got(buffer, size, outcome);
          tap.received(on, outcome, got, size, flags, room.read(outcome));
          return room.answer(outcome, got, buffer.address());
        });
  }

  @Override
  public Answer read(Descriptor on, int size) {
    return Libc.blocking(
        arena -> {
          MemorySegment buffer = buffer(arena, size);
          Libc.Outcome outcome = Libc.call(arena, "read", "lipl", on.number(), buffer, (long) size);
          Bytes got = got(buffer, size, outcome);
          tap.received(on, outcome, got, size, 0, Optional.empty());
          return Answer.of(outcome, got, buffer.address());
        });
  }

  @Override
  public Answer write(Descriptor on, Bytes data) {
    return Libc.blocking(
        arena -> {
          Capture.Sending sending = tap.sending(on, data, Optional.empty());
          return sent(
              sending,
              Libc.call(
                  arena, "write", "lipl", on.number(), memory(arena, data), (long) data.length()));
        });
  }

  @Override
  public Answer shutdown(Descriptor on, int how) {
    return now(
        arena -> {
          Libc.Outcome outcome = Libc.call(arena, "shutdown", "iii", on.number(), how);
          if (outcome.result() == 0) {
            tap.shutdown(on, how);
          }
          return Answer.of(outcome);
        });
  }

  @Override
  public Answer setsockopt(Descriptor on, SocketOption option, Bytes value) {
    return now(
        arena ->
            Answer.of(
                Libc.call(
                    arena,
                    "setsockopt",
                    "iiiipi",
                    on.number(),
                    option.levelNumber(),
                    option.number(),
                    memory(arena, value),
                    value.length())));
  }

  @Override
  public Answer getsockopt(Descriptor on, SocketOption option) {
    return now(
        arena -> {
          int size = option.kind().size;
          MemorySegment value = arena.allocate(size, 8);
          MemorySegment length = arena.allocateFrom(ValueLayout.JAVA_INT, size);
          Libc.Outcome outcome =
              Libc.call(
                  arena,
                  "getsockopt",
                  "iiiipp",
                  on.number(),
                  option.levelNumber(),
                  option.number(),
                  value,
                  length);
          int after = Math.clamp(length.get(ValueLayout.JAVA_INT, 0), 0, size);
          Bytes got = outcome.result() < 0 ? Bytes.EMPTY : bytes(value, after);
          return Answer.of(outcome, got, value.address());
        });
  }

  @Override
  public Answer getsockname(Descriptor on) {
    return nameOf(on, "getsockname");
  }

  @Override
  public Answer getpeername(Descriptor on) {
    return nameOf(on, "getpeername");
  }

  private static Answer nameOf(Descriptor on, String call) {
    return now(
        arena -> {
          Room room = new Room(arena, on.addressSize());
          return room.answer(
              Libc.call(arena, call, "iipp", on.number(), room.name, room.length), Bytes.EMPTY, 0);
        });
  }

  @Override
  public Polled poll(List<Interest> interests, int millis) {
    return Libc.blocking(
        arena -> {
          MemorySegment list = arena.allocate(Math.max(8, 8L * interests.size()), 4);
          for (int i = 0; i < interests.size(); i++) {
            Interest one = interests.get(i);
            list.set(ValueLayout.JAVA_INT, 8L * i, one.descriptor().number());
            list.set(ValueLayout.JAVA_SHORT, 8L * i + 4, (short) one.events());
          }
          Libc.Outcome outcome =
              Libc.call(arena, "poll", "ipli", list, (long) interests.size(), millis);
          List<Integer> events = new ArrayList<>();
          for (int i = 0; i < interests.size(); i++) {
            events.add(Short.toUnsignedInt(list.get(ValueLayout.JAVA_SHORT, 8L * i + 6)));
          }
          return new Polled(Answer.of(outcome), events);
        });
  }

  @Override
  public Answer fcntl(Descriptor on, int command, int argument) {
    return now(
        arena -> Answer.of(Libc.call(arena, "fcntl", "iii.i", on.number(), command, argument)));
  }

  @Override
  public Answer close(Descriptor on) {
    return Libc.blocking(
        arena -> {
          tap.closing(on);
          return Answer.of(Libc.call(arena, "close", "ii", on.number()));
        });
  }

  /** From TCP_INFO. */
  @Override
  public Optional<SocketState> state(Descriptor on) {
    return SocketOption.named("TCP_INFO")
        .map(o -> getsockopt(on, o))
        .filter(a -> a.result() == 0 && !a.bytes().isEmpty())
        .map(a -> SocketState.of(a.bytes().at(0)));
  }

  private static <T> T now(Function<Arena, T> call) {
    try (Arena arena = Arena.ofConfined()) {
      return call.apply(arena);
    }
  }

  private static Answer sent(Capture.@Nullable Sending sending, Libc.Outcome outcome) {
    if (sending != null) {
      sending.sent(outcome.result());
    }
    return Answer.of(outcome);
  }

  private static MemorySegment memory(Arena arena, Bytes bytes) {
    MemorySegment memory = buffer(arena, bytes.length());
    MemorySegment.copy(bytes.toArray(), 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length());
    return memory;
  }

  private static MemorySegment buffer(Arena arena, int size) {
    return arena.allocate(Math.max(1, size), 8);
  }

  /** With MSG_TRUNC the result is larger than the buffer. */
  private static Bytes got(MemorySegment buffer, int size, Libc.Outcome outcome) {
    return bytes(buffer, Math.clamp(outcome.result(), 0, size));
  }

  private static Bytes bytes(MemorySegment memory, int length) {
    return Bytes.of(memory.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE));
  }

  /** Memory for an address that the system writes, and for its length. */
  private static final class Room {
    final MemorySegment name;
    final MemorySegment length;
    final int size;

    Room(Arena arena, int size) {
      this.size = size;
      name = arena.allocate(size, 8);
      length = arena.allocateFrom(ValueLayout.JAVA_INT, size);
    }

    Answer answer(Libc.Outcome outcome, Bytes bytes, long at) {
      return new Answer(
          outcome.result(),
          outcome.errno(),
          bytes,
          at,
          read(outcome),
          name.address(),
          length.get(ValueLayout.JAVA_INT, 0));
    }

    /** What the system wrote; empty when it wrote nothing. */
    Optional<SocketName> read(Libc.Outcome outcome) {
      int after = Math.clamp(length.get(ValueLayout.JAVA_INT, 0), 0, size);
      return outcome.result() < 0 || after == 0
          ? Optional.empty()
          : Optional.of(SocketName.decode(bytes(name, after)));
    }
  }
}
