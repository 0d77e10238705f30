package wirebook.engine.socket.calls;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import wirebook.engine.socket.Errno;
import wirebook.engine.socket.Names;
import wirebook.engine.socket.SocketName;
import wirebook.engine.socket.SocketState;
import wirebook.net.Detour;
import wirebook.net.Wire;
import wirebook.trace.Bytes;

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
  private final SocketLayer layer;

  public SystemCalls() {
    this(new LibcLayer());
  }

  /** Calls whose addresses belong to another network, while that is in use. */
  public SystemCalls(Detour detour) {
    this(new DetourLayer(new LibcLayer(), detour));
  }

  private SystemCalls(SocketLayer layer) {
    this.layer = layer;
  }

  /** The open descriptors, by number. */
  public List<Descriptor> descriptors() {
    return open.values().stream().sorted(Comparator.comparingInt(Descriptor::number)).toList();
  }

  /** The open descriptor of that number, if it was made here. */
  public Optional<Descriptor> descriptor(int number) {
    return Optional.ofNullable(open.get(number));
  }

  /** Whether that very one is open: its number may be another's by now. */
  public boolean isOpen(Descriptor descriptor) {
    return open.get(descriptor.number()) == descriptor;
  }

  /** The state of an open TCP socket, as far as it is known. */
  public Optional<SocketState> state(Descriptor on) {
    return isOpen(on) && on.isInternet() && on.type() == Names.TYPES.get("SOCK_STREAM")
        ? layer.state(on)
        : Optional.empty();
  }

  public Syscall socket(int family, int type, int protocol) {
    if (open.size() >= MOST) {
      throw new IllegalArgumentException(
          MOST + " descriptors are open, which is the cap here: close some");
    }
    SocketLayer.Answer answer = layer.socket(family, type, protocol);
    List<String> shown =
        List.of(
            Names.FAMILIES.name(family).orElse(Integer.toString(family)),
            Strace.type(type),
            Strace.protocol(family, protocol));
    return done("socket", shown, answer, answer.name(), made(answer, family, type & 0xf), "");
  }

  public Syscall bind(Descriptor on, SocketName to) {
    checkOpen(on);
    return done("bind", with(on, to), layer.bind(on, to), to, on);
  }

  public Syscall listen(Descriptor on, int backlog) {
    checkOpen(on);
    return done(
        "listen", List.of(fd(on), Integer.toString(backlog)), layer.listen(on, backlog), on);
  }

  public Syscall accept(Descriptor on) {
    checkOpen(on);
    SocketLayer.Answer answer = layer.accept(on);
    List<String> shown = new ArrayList<>();
    shown.add(fd(on));
    show(shown, on, answer);
    Optional<Descriptor> made = made(answer, on.family(), on.type());
    return done("accept", shown, answer, answer.name(), made.or(() -> Optional.of(on)), "");
  }

  public Syscall connect(Descriptor on, SocketName to) {
    checkOpen(on);
    SocketLayer.Answer answer = layer.connect(on, to);
    turn("connect", on);
    return done("connect", with(on, to), answer, to, on);
  }

  /** send(3), which the system knows as sendto without an address. */
  public Syscall send(Descriptor on, Bytes data, int flags) {
    checkOpen(on);
    checkSize(data.length());
    return done("sendto", sending(on, data, flags, "NULL", "0"), layer.send(on, data, flags), on);
  }

  public Syscall sendto(Descriptor on, Bytes data, int flags, SocketName to) {
    checkOpen(on);
    checkSize(data.length());
    List<String> shown =
        sending(on, data, flags, Strace.name(to), Integer.toString(to.encode().length()));
    return done("sendto", shown, layer.sendto(on, data, flags, to), to, on);
  }

  /** recv(3), which the system knows as recvfrom without an address. */
  public Syscall recv(Descriptor on, int size, int flags) {
    checkOpen(on);
    checkSize(size);
    SocketLayer.Answer answer = layer.recv(on, size, flags);
    List<String> shown = received(on, size, answer);
    shown.addAll(List.of(Names.MESSAGE_FLAGS.flags(flags), "NULL", "NULL"));
    return done("recvfrom", shown, answer, on);
  }

  public Syscall recvfrom(Descriptor on, int size, int flags) {
    checkOpen(on);
    checkSize(size);
    SocketLayer.Answer answer = layer.recvfrom(on, size, flags);
    List<String> shown = received(on, size, answer);
    shown.add(Names.MESSAGE_FLAGS.flags(flags));
    show(shown, on, answer);
    return done("recvfrom", shown, answer, on);
  }

  public Syscall read(Descriptor on, int size) {
    checkOpen(on);
    checkSize(size);
    SocketLayer.Answer answer = layer.read(on, size);
    return done("read", received(on, size, answer), answer, on);
  }

  public Syscall write(Descriptor on, Bytes data) {
    checkOpen(on);
    checkSize(data.length());
    List<String> shown = List.of(fd(on), Strace.string(data), Integer.toString(data.length()));
    return done("write", shown, layer.write(on, data), on);
  }

  public Syscall shutdown(Descriptor on, int how) {
    checkOpen(on);
    turn("shutdown", on);
    String shown = Names.SHUTDOWN.name(how).orElse(how + " /* SHUT_??? */");
    return done("shutdown", List.of(fd(on), shown), layer.shutdown(on, how), on);
  }

  /** Sets an option to a value of its form: {@link SocketOption.Kind}. */
  Syscall setsockopt(Descriptor on, SocketOption option, Bytes value) {
    checkOpen(on);
    SocketLayer.Answer answer = layer.setsockopt(on, option, value);
    List<String> shown =
        List.of(
            fd(on),
            option.level(),
            option.strace(),
            Strace.option(option, value),
            Integer.toString(value.length()));
    return done("setsockopt", shown, answer, answer.name(), Optional.of(on), option.name());
  }

  Syscall getsockopt(Descriptor on, SocketOption option) {
    checkOpen(on);
    SocketLayer.Answer answer = layer.getsockopt(on, option);
    int size = option.kind().size;
    boolean failed = answer.result() < 0;
    List<String> shown =
        List.of(
            fd(on),
            option.level(),
            option.strace(),
            failed ? Strace.pointer(answer.at()) : Strace.option(option, answer.bytes()),
            Strace.length(size, failed ? size : answer.bytes().length()));
    return done("getsockopt", shown, answer, answer.name(), Optional.of(on), option.name());
  }

  public Syscall getsockname(Descriptor on) {
    checkOpen(on);
    return named("getsockname", on, layer.getsockname(on));
  }

  public Syscall getpeername(Descriptor on) {
    checkOpen(on);
    return named("getpeername", on, layer.getpeername(on));
  }

  private Syscall named(String call, Descriptor on, SocketLayer.Answer answer) {
    List<String> shown = new ArrayList<>();
    shown.add(fd(on));
    show(shown, on, answer);
    return done(call, shown, answer, on);
  }

  /** Waits for any of the events; a negative time, in milliseconds, waits without an end. */
  public Syscall poll(List<SocketLayer.Interest> interests, int millis) {
    interests.forEach(i -> checkOpen(i.descriptor()));
    SocketLayer.Polled polled = layer.poll(interests, millis);
    SocketLayer.Answer answer = polled.answer();
    List<String> asked = new ArrayList<>();
    List<String> ready = new ArrayList<>();
    for (int i = 0; i < interests.size(); i++) {
      SocketLayer.Interest one = interests.get(i);
      asked.add(
          "{fd=%d, events=%s}"
              .formatted(one.descriptor().number(), Names.POLL.flags(one.events())));
      int events = polled.events().get(i);
      if (answer.result() > 0 && events != 0) {
        ready.add(
            "{fd=%d, revents=%s}".formatted(one.descriptor().number(), Names.POLL.flags(events)));
      }
    }
    List<String> shown =
        List.of(
            "[" + String.join(", ", asked) + "]",
            Integer.toString(interests.size()),
            Integer.toString(millis));
    String result =
        answer.result() == 0
            ? "0 (Timeout)"
            : answer.result() > 0
                ? answer.result() + " ([" + String.join(", ", ready) + "])"
                : Strace.result(-1, answer.error());
    return done(
        "poll",
        shown,
        result,
        answer,
        Optional.empty(),
        interests.stream().findFirst().map(SocketLayer.Interest::descriptor),
        "");
  }

  /**
   * F_GETFD, F_SETFD, F_GETFL and F_SETFL; {@code argument} is not passed for the first of each.
   */
  public Syscall fcntl(Descriptor on, int command, int argument) {
    checkOpen(on);
    boolean reads = command == Names.FCNTL.get("F_GETFD") || command == Names.FCNTL.get("F_GETFL");
    boolean ofFile = command == Names.FCNTL.get("F_GETFL") || command == Names.FCNTL.get("F_SETFL");
    SocketLayer.Answer answer = layer.fcntl(on, command, reads ? 0 : argument);
    List<String> shown = new ArrayList<>();
    shown.add(fd(on));
    shown.add(Names.FCNTL.name(command).orElse(Integer.toString(command)));
    if (!reads) {
      shown.add(flags(ofFile, argument));
    }
    String result =
        reads && answer.result() > 0
            ? "0x%x (flags %s)".formatted(answer.result(), flags(ofFile, (int) answer.result()))
            : Strace.result(answer.result(), answer.error());
    return done("fcntl", shown, result, answer, Optional.empty(), Optional.of(on), "");
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
    turn("close", on);
    return done("close", List.of(fd(on)), layer.close(on), on);
  }

  /** Tells who watches the states of connections; asks for both ends' names only then. */
  private void turn(String call, Descriptor on) {
    Wire.Turns turns = Wire.turns();
    if (turns != null && on.isInternet() && on.type() == Names.TYPES.get("SOCK_STREAM")) {
      Optional<InetSocketAddress> local = CallTap.address(layer.getsockname(on).name());
      Optional<InetSocketAddress> peer = CallTap.address(layer.getpeername(on).name());
      local.ifPresent(l -> peer.ifPresent(p -> turns.turn(call, l, p)));
    }
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

  private Optional<Descriptor> made(SocketLayer.Answer answer, int family, int type) {
    if (answer.result() < 0) {
      return Optional.empty();
    }
    Descriptor made = new Descriptor((int) answer.result(), family, type);
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

  private static List<String> with(Descriptor on, SocketName to) {
    return List.of(fd(on), Strace.name(to), Integer.toString(to.encode().length()));
  }

  private static List<String> sending(
      Descriptor on, Bytes data, int flags, String to, String length) {
    return List.of(
        fd(on),
        Strace.string(data),
        Integer.toString(data.length()),
        Names.MESSAGE_FLAGS.flags(flags),
        to,
        length);
  }

  private static List<String> received(Descriptor on, int size, SocketLayer.Answer answer) {
    return new ArrayList<>(
        List.of(
            fd(on),
            answer.result() < 0 ? Strace.pointer(answer.at()) : Strace.string(answer.bytes()),
            Integer.toString(size)));
  }

  /** An address that the system wrote, and its length. */
  private static void show(List<String> shown, Descriptor on, SocketLayer.Answer answer) {
    int size = on.addressSize();
    shown.add(answer.name().map(Strace::name).orElse(Strace.pointer(answer.nameAt())));
    shown.add(Strace.length(size, answer.result() < 0 ? size : answer.nameLength()));
  }

  private Syscall done(String name, List<String> shown, SocketLayer.Answer answer, Descriptor on) {
    return done(name, shown, answer, answer.name(), Optional.of(on), "");
  }

  private Syscall done(
      String name, List<String> shown, SocketLayer.Answer answer, SocketName to, Descriptor on) {
    return done(name, shown, answer, Optional.of(to), Optional.of(on), to.toString());
  }

  private Syscall done(
      String name,
      List<String> shown,
      SocketLayer.Answer answer,
      Optional<SocketName> address,
      Optional<Descriptor> descriptor,
      String subject) {
    String result = Strace.result(answer.result(), answer.error());
    return done(name, shown, result, answer, address, descriptor, subject);
  }

  private Syscall done(
      String name,
      List<String> shown,
      String result,
      SocketLayer.Answer answer,
      Optional<SocketName> address,
      Optional<Descriptor> descriptor,
      String subject) {
    Optional<Errno> error = answer.error();
    return new Syscall(
        name,
        Strace.line(name, shown, result),
        answer.result(),
        error,
        error.map(e -> CallAdvice.of(name, e, subject)).orElse(""),
        answer.bytes(),
        address,
        descriptor,
        this);
  }

  private static String fd(Descriptor descriptor) {
    return Integer.toString(descriptor.number());
  }
}
