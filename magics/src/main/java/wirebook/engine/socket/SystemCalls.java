package wirebook.engine.socket;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import wirebook.trace.Bytes;
import wirebook.trace.Capture;

/**
 * The socket calls of this process, one method each, on descriptors that were made here: others,
 * the kernel's own among them, are refused. A call that blocks is ended by an interrupt, with
 * EINTR, and leaves the interrupt status set.
 *
 * <p>Methods throw {@link IllegalArgumentException} for what the system is not asked at all: a
 * descriptor that is closed, a size above the cap.
 */
public final class SystemCalls implements AutoCloseable {
  /** The largest buffer of one call, in bytes. */
  public static final int LARGEST = 1 << 20;

  /** How many descriptors may be open at once. */
  public static final int MOST = 256;

  private final Map<Integer, Descriptor> open = new ConcurrentHashMap<>();
  private final CallTap tap = new CallTap();

  /** One of the descriptors awaited, and for what. */
  public record Interest(Descriptor descriptor, int events) {}

  /** Whether this system's calls are known here; if not, a word that says so. */
  public static Optional<String> unavailable() {
    return Platform.CURRENT == Platform.OTHER
        ? Optional.of(
            "the system calls of "
                + System.getProperty("os.name")
                + " are not made here, only those of Linux and macOS; %nc and Java's channels work"
                + " everywhere")
        : Optional.empty();
  }

  /** The open descriptors, by number. */
  public List<Descriptor> descriptors() {
    return open.values().stream().sorted(Comparator.comparingInt(Descriptor::number)).toList();
  }

  /** The open descriptor of that number, if it was made here. */
  public Optional<Descriptor> descriptor(int number) {
    return Optional.ofNullable(open.get(number));
  }

  boolean isOpen(Descriptor descriptor) {
    return open.get(descriptor.number()) == descriptor;
  }

  public Syscall socket(int family, int type, int protocol) {
    if (open.size() >= MOST) {
      throw new IllegalArgumentException(
          MOST + " descriptors are open, which is the cap here: close some");
    }
    return now(
        arena -> {
          Libc.Outcome outcome = Libc.call(arena, "socket", "iiii", family, type, protocol);
          List<String> shown =
              List.of(
                  Names.FAMILIES.name(family).orElse(Integer.toString(family)),
                  Strace.type(type),
                  Strace.protocol(family, protocol));
          Optional<Descriptor> made = made(outcome, family, type & 0xf);
          return done("socket", shown, outcome, Bytes.EMPTY, Optional.empty(), made, "");
        });
  }

  public Syscall bind(Descriptor on, SocketName to) {
    checkOpen(on);
    Bytes raw = to.encode();
    return now(
        arena -> {
          Libc.Outcome outcome =
              Libc.call(arena, "bind", "iipi", on.number(), memory(arena, raw), raw.length());
          List<String> shown = List.of(fd(on), Strace.name(to), Integer.toString(raw.length()));
          return done(
              "bind", shown, outcome, Bytes.EMPTY, Optional.of(to), Optional.of(on), to.toString());
        });
  }

  public Syscall listen(Descriptor on, int backlog) {
    checkOpen(on);
    return now(
        arena -> {
          Libc.Outcome outcome = Libc.call(arena, "listen", "iii", on.number(), backlog);
          return done("listen", List.of(fd(on), Integer.toString(backlog)), outcome, on);
        });
  }

  public Syscall accept(Descriptor on) {
    checkOpen(on);
    return Libc.blocking(
        arena -> {
          Room room = new Room(arena, on.addressSize());
          Libc.Outcome outcome =
              Libc.call(arena, "accept", "iipp", on.number(), room.name, room.length);
          List<String> shown = new ArrayList<>();
          shown.add(fd(on));
          room.show(shown, outcome);
          Optional<Descriptor> made = made(outcome, on.family(), on.type());
          return done(
              "accept",
              shown,
              outcome,
              Bytes.EMPTY,
              room.read(outcome),
              made.or(() -> Optional.of(on)),
              "");
        });
  }

  public Syscall connect(Descriptor on, SocketName to) {
    checkOpen(on);
    Bytes raw = to.encode();
    return Libc.blocking(
        arena -> {
          Libc.Outcome outcome =
              Libc.call(arena, "connect", "iipi", on.number(), memory(arena, raw), raw.length());
          tap.connected(on, outcome, to);
          List<String> shown = List.of(fd(on), Strace.name(to), Integer.toString(raw.length()));
          return done(
              "connect",
              shown,
              outcome,
              Bytes.EMPTY,
              Optional.of(to),
              Optional.of(on),
              to.toString());
        });
  }

  /** send(3), which the system knows as sendto without an address. */
  public Syscall send(Descriptor on, Bytes data, int flags) {
    checkOpen(on);
    checkSize(data.length());
    return Libc.blocking(
        arena -> {
          Capture.Sending sending = tap.sending(on, data, Optional.empty());
          Libc.Outcome outcome =
              Libc.call(
                  arena,
                  "send",
                  "lipli",
                  on.number(),
                  memory(arena, data),
                  (long) data.length(),
                  flags);
          sent(sending, outcome);
          List<String> shown =
              List.of(
                  fd(on),
                  Strace.string(data),
                  Integer.toString(data.length()),
                  Names.MESSAGE_FLAGS.flags(flags),
                  "NULL",
                  "0");
          return done("sendto", shown, outcome, on);
        });
  }

  public Syscall sendto(Descriptor on, Bytes data, int flags, SocketName to) {
    checkOpen(on);
    checkSize(data.length());
    Bytes raw = to.encode();
    return Libc.blocking(
        arena -> {
          Capture.Sending sending = tap.sending(on, data, Optional.of(to));
          Libc.Outcome outcome =
              Libc.call(
                  arena,
                  "sendto",
                  "liplipi",
                  on.number(),
                  memory(arena, data),
                  (long) data.length(),
                  flags,
                  memory(arena, raw),
                  raw.length());
          sent(sending, outcome);
          List<String> shown =
              List.of(
                  fd(on),
                  Strace.string(data),
                  Integer.toString(data.length()),
                  Names.MESSAGE_FLAGS.flags(flags),
                  Strace.name(to),
                  Integer.toString(raw.length()));
          return done(
              "sendto",
              shown,
              outcome,
              Bytes.EMPTY,
              Optional.of(to),
              Optional.of(on),
              to.toString());
        });
  }

  /** recv(3), which the system knows as recvfrom without an address. */
  public Syscall recv(Descriptor on, int size, int flags) {
    checkOpen(on);
    checkSize(size);
    return Libc.blocking(
        arena -> {
          MemorySegment buffer = buffer(arena, size);
          Libc.Outcome outcome =
              Libc.call(arena, "recv", "lipli", on.number(), buffer, (long) size, flags);
          Bytes got = got(buffer, size, outcome);
          tap.received(on, outcome, got, size, flags, Optional.empty());
          List<String> shown =
              List.of(
                  fd(on),
                  outcome.result() < 0 ? Strace.pointer(buffer.address()) : Strace.string(got),
                  Integer.toString(size),
                  Names.MESSAGE_FLAGS.flags(flags),
                  "NULL",
                  "NULL");
          return done("recvfrom", shown, outcome, got, Optional.empty(), Optional.of(on), "");
        });
  }

  public Syscall recvfrom(Descriptor on, int size, int flags) {
    checkOpen(on);
    checkSize(size);
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
          List<String> shown = new ArrayList<>();
          shown.add(fd(on));
          shown.add(outcome.result() < 0 ? Strace.pointer(buffer.address()) : Strace.string(got));
          shown.add(Integer.toString(size));
          shown.add(Names.MESSAGE_FLAGS.flags(flags));
          room.show(shown, outcome);
          return done("recvfrom", shown, outcome, got, room.read(outcome), Optional.of(on), "");
        });
  }

  public Syscall read(Descriptor on, int size) {
    checkOpen(on);
    checkSize(size);
    return Libc.blocking(
        arena -> {
          MemorySegment buffer = buffer(arena, size);
          Libc.Outcome outcome = Libc.call(arena, "read", "lipl", on.number(), buffer, (long) size);
          Bytes got = got(buffer, size, outcome);
          tap.received(on, outcome, got, size, 0, Optional.empty());
          List<String> shown =
              List.of(
                  fd(on),
                  outcome.result() < 0 ? Strace.pointer(buffer.address()) : Strace.string(got),
                  Integer.toString(size));
          return done("read", shown, outcome, got, Optional.empty(), Optional.of(on), "");
        });
  }

  public Syscall write(Descriptor on, Bytes data) {
    checkOpen(on);
    checkSize(data.length());
    return Libc.blocking(
        arena -> {
          Capture.Sending sending = tap.sending(on, data, Optional.empty());
          Libc.Outcome outcome =
              Libc.call(
                  arena, "write", "lipl", on.number(), memory(arena, data), (long) data.length());
          sent(sending, outcome);
          List<String> shown =
              List.of(fd(on), Strace.string(data), Integer.toString(data.length()));
          return done("write", shown, outcome, on);
        });
  }

  public Syscall shutdown(Descriptor on, int how) {
    checkOpen(on);
    return now(
        arena -> {
          Libc.Outcome outcome = Libc.call(arena, "shutdown", "iii", on.number(), how);
          if (outcome.result() == 0) {
            tap.shutdown(on, how);
          }
          String shown = Names.SHUTDOWN.name(how).orElse(how + " /* SHUT_??? */");
          return done("shutdown", List.of(fd(on), shown), outcome, on);
        });
  }

  /** Sets an option to a value of its form: {@link SocketOption.Kind}. */
  Syscall setsockopt(Descriptor on, SocketOption option, Bytes value) {
    checkOpen(on);
    return now(
        arena -> {
          Libc.Outcome outcome =
              Libc.call(
                  arena,
                  "setsockopt",
                  "iiiipi",
                  on.number(),
                  option.levelNumber(),
                  option.number(),
                  memory(arena, value),
                  value.length());
          List<String> shown =
              List.of(
                  fd(on),
                  option.level(),
                  option.strace(),
                  Strace.option(option, value),
                  Integer.toString(value.length()));
          return done(
              "setsockopt",
              shown,
              outcome,
              Bytes.EMPTY,
              Optional.empty(),
              Optional.of(on),
              option.name());
        });
  }

  Syscall getsockopt(Descriptor on, SocketOption option) {
    checkOpen(on);
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
          List<String> shown =
              List.of(
                  fd(on),
                  option.level(),
                  option.strace(),
                  outcome.result() < 0
                      ? Strace.pointer(value.address())
                      : Strace.option(option, got),
                  Strace.length(size, outcome.result() < 0 ? size : after));
          return done(
              "getsockopt", shown, outcome, got, Optional.empty(), Optional.of(on), option.name());
        });
  }

  public Syscall getsockname(Descriptor on) {
    return nameOf(on, "getsockname");
  }

  public Syscall getpeername(Descriptor on) {
    return nameOf(on, "getpeername");
  }

  private Syscall nameOf(Descriptor on, String call) {
    checkOpen(on);
    return now(
        arena -> {
          Room room = new Room(arena, on.addressSize());
          Libc.Outcome outcome =
              Libc.call(arena, call, "iipp", on.number(), room.name, room.length);
          List<String> shown = new ArrayList<>();
          shown.add(fd(on));
          room.show(shown, outcome);
          return done(call, shown, outcome, Bytes.EMPTY, room.read(outcome), Optional.of(on), "");
        });
  }

  /** Waits for any of the events; a negative time, in milliseconds, waits without an end. */
  public Syscall poll(List<Interest> interests, int millis) {
    interests.forEach(i -> checkOpen(i.descriptor()));
    return Libc.blocking(
        arena -> {
          MemorySegment list = arena.allocate(Math.max(8, 8L * interests.size()), 4);
          List<String> asked = new ArrayList<>();
          for (int i = 0; i < interests.size(); i++) {
            Interest one = interests.get(i);
            list.set(ValueLayout.JAVA_INT, 8L * i, one.descriptor().number());
            list.set(ValueLayout.JAVA_SHORT, 8L * i + 4, (short) one.events());
            asked.add(
                "{fd=%d, events=%s}"
                    .formatted(one.descriptor().number(), Names.POLL.flags(one.events())));
          }
          Libc.Outcome outcome =
              Libc.call(arena, "poll", "ipli", list, (long) interests.size(), millis);
          List<String> shown =
              List.of(
                  "[" + String.join(", ", asked) + "]",
                  Integer.toString(interests.size()),
                  Integer.toString(millis));
          List<String> ready = new ArrayList<>();
          for (int i = 0; i < interests.size() && outcome.result() > 0; i++) {
            int events = Short.toUnsignedInt(list.get(ValueLayout.JAVA_SHORT, 8L * i + 6));
            if (events != 0) {
              ready.add(
                  "{fd=%d, revents=%s}"
                      .formatted(interests.get(i).descriptor().number(), Names.POLL.flags(events)));
            }
          }
          Optional<Errno> error = error(outcome);
          String result =
              outcome.result() == 0
                  ? "0 (Timeout)"
                  : outcome.result() > 0
                      ? outcome.result() + " ([" + String.join(", ", ready) + "])"
                      : Strace.result(-1, error);
          return new Syscall(
              "poll",
              Strace.line("poll", shown, result),
              outcome.result(),
              error,
              error.map(e -> Advice.of("poll", e, "")).orElse(""),
              Bytes.EMPTY,
              Optional.empty(),
              interests.isEmpty()
                  ? Optional.empty()
                  : Optional.of(interests.getFirst().descriptor()));
        });
  }

  /**
   * F_GETFD, F_SETFD, F_GETFL and F_SETFL; {@code argument} is not passed for the first of each.
   */
  public Syscall fcntl(Descriptor on, int command, int argument) {
    checkOpen(on);
    boolean reads = command == Names.FCNTL.get("F_GETFD") || command == Names.FCNTL.get("F_GETFL");
    boolean ofFile = command == Names.FCNTL.get("F_GETFL") || command == Names.FCNTL.get("F_SETFL");
    return now(
        arena -> {
          Libc.Outcome outcome =
              Libc.call(arena, "fcntl", "iii.i", on.number(), command, reads ? 0 : argument);
          List<String> shown = new ArrayList<>();
          shown.add(fd(on));
          shown.add(Names.FCNTL.name(command).orElse(Integer.toString(command)));
          if (!reads) {
            shown.add(flags(ofFile, argument));
          }
          Optional<Errno> error = error(outcome);
          String result =
              reads && outcome.result() > 0
                  ? "0x%x (flags %s)"
                      .formatted(outcome.result(), flags(ofFile, (int) outcome.result()))
                  : Strace.result(outcome.result(), error);
          return new Syscall(
              "fcntl",
              Strace.line("fcntl", shown, result),
              outcome.result(),
              error,
              error.map(e -> Advice.of("fcntl", e, "")).orElse(""),
              Bytes.EMPTY,
              Optional.empty(),
              Optional.of(on));
        });
  }

  private static String flags(boolean ofFile, int bits) {
    if (!ofFile) {
      return Names.DESCRIPTOR_FLAGS.flags(bits);
    }
    boolean readOnly = (bits & 3) == 0;
    String names = bits == 0 ? "" : Names.FILE_FLAGS.flags(bits);
    return readOnly ? "O_RDONLY" + (names.isEmpty() ? "" : "|" + names) : names;
  }

  /** Gives the descriptor back. Whatever the system answers, the number is free afterwards. */
  public Syscall close(Descriptor on) {
    checkOpen(on);
    if (!open.remove(on.number(), on)) {
      throw closed(on);
    }
    return Libc.blocking(
        arena -> {
          tap.closing(on);
          Libc.Outcome outcome = Libc.call(arena, "close", "ii", on.number());
          return done("close", List.of(fd(on)), outcome, on);
        });
  }

  /** Closes all. */
  @Override
  public void close() {
    for (Descriptor descriptor : descriptors()) {
      try {
        close(descriptor);
      } catch (IllegalArgumentException e) {
        // Another thread closed it first.
      }
    }
  }

  private Optional<Descriptor> made(Libc.Outcome outcome, int family, int type) {
    if (outcome.result() < 0) {
      return Optional.empty();
    }
    Descriptor made = new Descriptor((int) outcome.result(), family, type, this);
    open.put(made.number(), made);
    return Optional.of(made);
  }

  private void checkOpen(Descriptor descriptor) {
    if (!isOpen(descriptor)) {
      throw closed(descriptor);
    }
  }

  private static IllegalArgumentException closed(Descriptor descriptor) {
    return new IllegalArgumentException(
        "descriptor " + descriptor.number() + " is closed; C would get EBADF, or another file");
  }

  private static void checkSize(int size) {
    if (size < 0 || size > LARGEST) {
      throw new IllegalArgumentException(
          "a buffer has from 0 to " + LARGEST + " bytes here, not " + size);
    }
  }

  private static Syscall now(Function<Arena, Syscall> call) {
    try (Arena arena = Arena.ofConfined()) {
      return call.apply(arena);
    }
  }

  private static Syscall done(
      String name, List<String> shown, Libc.Outcome outcome, Descriptor on) {
    return done(name, shown, outcome, Bytes.EMPTY, Optional.empty(), Optional.of(on), "");
  }

  private static Syscall done(
      String name,
      List<String> shown,
      Libc.Outcome outcome,
      Bytes bytes,
      Optional<SocketName> address,
      Optional<Descriptor> descriptor,
      String subject) {
    Optional<Errno> error = error(outcome);
    return new Syscall(
        name,
        Strace.line(name, shown, Strace.result(outcome.result(), error)),
        outcome.result(),
        error,
        error.map(e -> Advice.of(name, e, subject)).orElse(""),
        bytes,
        address,
        descriptor);
  }

  private static void sent(Capture.@Nullable Sending sending, Libc.Outcome outcome) {
    if (sending != null) {
      sending.sent(outcome.result());
    }
  }

  private static Optional<Errno> error(Libc.Outcome outcome) {
    return outcome.result() == -1 ? Optional.of(Errno.of(outcome.errno())) : Optional.empty();
  }

  private static String fd(Descriptor descriptor) {
    return Integer.toString(descriptor.number());
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

    void show(List<String> shown, Libc.Outcome outcome) {
      int after = length.get(ValueLayout.JAVA_INT, 0);
      Optional<SocketName> read = read(outcome);
      shown.add(read.map(Strace::name).orElse(Strace.pointer(name.address())));
      shown.add(Strace.length(size, outcome.result() < 0 ? size : after));
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
