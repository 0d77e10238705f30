// Above 500 lines: one grammar, a few lines for each call.
package wirebook.engine.socket.calls;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.function.Supplier;
import wirebook.engine.socket.Names;
import wirebook.engine.socket.Numbers;
import wirebook.engine.socket.SocketName;
import wirebook.trace.Bytes;

/**
 * Reads one system call from words: {@code bind 7 127.0.0.1:8080}, {@code send 7 "GET /\r\n"},
 * {@code setsockopt 7 SO_REUSEADDR 1}. Names of constants may leave their prefix out and be in
 * lower case. Long, as each call has arguments of its own.
 */
public final class CallParser {
  private static final int DEFAULT_SIZE = 4096;
  private static final int DEFAULT_BACKLOG = 128;
  private static final int MOST_POLLED = 64;

  /** The calls, in the order in which a connection makes them. */
  public static final List<String> CALLS =
      List.of(
          "socket",
          "bind",
          "listen",
          "connect",
          "accept",
          "send",
          "recv",
          "sendto",
          "recvfrom",
          "read",
          "write",
          "shutdown",
          "close",
          "setsockopt",
          "getsockopt",
          "getsockname",
          "getpeername",
          "poll",
          "fcntl");

  private final SystemCalls calls;
  private final Function<String, Optional<Descriptor>> descriptors;
  private final Function<String, Optional<SocketName>> addresses;
  private final List<String> words;
  private int at = 1;

  /**
   * A call, ready to be made.
   *
   * @param on the descriptor that it is about, if any
   * @param make makes it; may block
   */
  public record Call(String name, Optional<Descriptor> on, Supplier<Syscall> make) {}

  /** The words are no call. {@code word} is the index of the one at fault, or of the last. */
  public static final class Wrong extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int word;
    private final String id;
    private final String fix;

    Wrong(int word, String id, String message, String fix) {
      super(message, null, false, false);
      this.word = word;
      this.id = id;
      this.fix = fix;
    }

    public int word() {
      return word;
    }

    public String id() {
      return id;
    }

    public String fix() {
      return fix;
    }
  }

  /**
   * Reads descriptors as numbers, and addresses as they are.
   *
   * @throws Wrong when the words are no call
   */
  public static Call parse(SystemCalls calls, List<String> words) {
    return parse(calls, words, word -> Optional.empty(), word -> Optional.empty());
  }

  /**
   * @param descriptors what other words stand for a descriptor
   * @param addresses what other words stand for an address
   */
  static Call parse(
      SystemCalls calls,
      List<String> words,
      Function<String, Optional<Descriptor>> descriptors,
      Function<String, Optional<SocketName>> addresses) {
    return new CallParser(calls, words, descriptors, addresses).parse();
  }

  private CallParser(
      SystemCalls calls,
      List<String> words,
      Function<String, Optional<Descriptor>> descriptors,
      Function<String, Optional<SocketName>> addresses) {
    this.calls = calls;
    this.words = words;
    this.descriptors = descriptors;
    this.addresses = addresses;
  }

  /** What to make in place of a call that is not here. */
  static String instead(String call) {
    return switch (call) {
      case "epoll_create",
          "epoll_create1",
          "epoll_ctl",
          "epoll_wait",
          "select",
          "pselect6",
          "ppoll" ->
          "poll FD:POLLIN … waits for several descriptors";
      case "sendmsg", "sendmmsg", "writev" -> "send FD DATA, or sendto FD DATA ADDRESS";
      case "recvmsg", "recvmmsg", "readv" -> "recv FD, or recvfrom FD";
      case "accept4" -> "accept FD, then fcntl FD F_SETFL O_NONBLOCK";
      case "dup", "dup2", "dup3" -> "the same descriptor again; close ends it for all";
      case "socketpair" -> "socket AF_UNIX twice; bind and listen, connect and accept";
      default -> "one of " + String.join(", ", CALLS);
    };
  }

  private Call parse() {
    String name = words.getFirst();
    if (name.equals("socket")) {
      return socket();
    }
    if (name.equals("poll")) {
      return poll();
    }
    if (!CALLS.contains(name)) {
      throw new Wrong(0, "SOCK001", "no system call " + name, instead(name));
    }
    Descriptor on = descriptor();
    Supplier<Syscall> make =
        switch (name) {
          case "bind" -> {
            SocketName to = address(on);
            yield () -> calls.bind(on, to);
          }
          case "connect" -> {
            SocketName to = address(on);
            yield () -> calls.connect(on, to);
          }
          case "listen" -> {
            int backlog =
                more()
                    ? number("a backlog", Integer.MIN_VALUE, Integer.MAX_VALUE)
                    : DEFAULT_BACKLOG;
            yield () -> calls.listen(on, backlog);
          }
          case "accept" -> () -> calls.accept(on);
          case "send" -> {
            Bytes data = data();
            int flags = flags();
            yield () -> calls.send(on, data, flags);
          }
          case "sendto" -> {
            Bytes data = data();
            int flags = words.size() - at > 1 ? flags() : 0;
            SocketName to = address(on);
            yield () -> calls.sendto(on, data, flags, to);
          }
          case "recv" -> {
            int size = size();
            int flags = flags();
            yield () -> calls.recv(on, size, flags);
          }
          case "recvfrom" -> {
            int size = size();
            int flags = flags();
            yield () -> calls.recvfrom(on, size, flags);
          }
          case "read" -> {
            int size = size();
            yield () -> calls.read(on, size);
          }
          case "write" -> {
            Bytes data = data();
            yield () -> calls.write(on, data);
          }
          case "shutdown" -> {
            int how =
                more() ? constant(Names.SHUTDOWN, "a direction") : Names.SHUTDOWN.get("SHUT_RDWR");
            yield () -> calls.shutdown(on, how);
          }
          case "close" -> () -> calls.close(on);
          case "setsockopt" -> {
            SocketOption option = option();
            Bytes value = value(option);
            yield () -> calls.setsockopt(on, option, value);
          }
          case "getsockopt" -> {
            SocketOption option = option();
            yield () -> calls.getsockopt(on, option);
          }
          case "getsockname" -> () -> calls.getsockname(on);
          case "getpeername" -> () -> calls.getpeername(on);
          case "fcntl" -> fcntl(on);
          default -> throw new IllegalStateException(name);
        };
    end();
    return new Call(name, Optional.of(on), make);
  }

  private Call socket() {
    int family =
        more() ? constant(Names.FAMILIES, "an address family") : Names.FAMILIES.get("AF_INET");
    int type = Names.TYPES.get("SOCK_STREAM");
    if (more()) {
      String[] parts = words.get(at).split("\\|");
      type = Names.TYPES.number(parts[0]).orElseThrow(() -> wrong("a socket type: " + Names.TYPES));
      for (int i = 1; i < parts.length; i++) {
        type |=
            Names.TYPE_FLAGS
                .number(parts[i])
                .orElseThrow(() -> wrong("a flag: " + Names.TYPE_FLAGS));
      }
      at++;
    }
    int protocol = more() ? protocol() : 0;
    end();
    int kind = type;
    return new Call("socket", Optional.empty(), () -> calls.socket(family, kind, protocol));
  }

  private int protocol() {
    OptionalInt named = Names.PROTOCOLS.number(words.get(at));
    if (named.isPresent()) {
      at++;
      return named.getAsInt();
    }
    return number("a protocol: " + Names.PROTOCOLS, 0, 255);
  }

  private Call poll() {
    List<SocketLayer.Interest> interests = new ArrayList<>();
    int millis = -1;
    while (more()) {
      String word = words.get(at);
      if (word.startsWith("timeout=")) {
        millis = integer(word.substring(8), "a time in milliseconds", -1, Integer.MAX_VALUE);
        at++;
        continue;
      }
      int colon = word.indexOf(':');
      int events = Names.POLL.get("POLLIN");
      if (colon >= 0) {
        events =
            Names.POLL
                .bits(word.substring(colon + 1))
                .orElseThrow(() -> wrong("events: " + Names.POLL));
      }
      interests.add(
          new SocketLayer.Interest(
              descriptor(colon < 0 ? word : word.substring(0, colon)), events));
      at++;
      if (interests.size() > MOST_POLLED) {
        throw new Wrong(at - 1, "SOCK005", "at most " + MOST_POLLED + " descriptors at once", "");
      }
    }
    if (interests.isEmpty()) {
      throw new Wrong(0, "SOCK002", "poll needs a descriptor", "poll 7:POLLIN timeout=1000");
    }
    int time = millis;
    return new Call(
        "poll", Optional.of(interests.getFirst().descriptor()), () -> calls.poll(interests, time));
  }

  private Supplier<Syscall> fcntl(Descriptor on) {
    int command = constant(Names.FCNTL, "a command");
    if (command == Names.FCNTL.get("F_GETFL") || command == Names.FCNTL.get("F_GETFD")) {
      return () -> calls.fcntl(on, command, 0);
    }
    Names flags = command == Names.FCNTL.get("F_SETFL") ? Names.FILE_FLAGS : Names.DESCRIPTOR_FLAGS;
    need("flags: 0, " + flags);
    int bits = flags.bits(words.get(at)).orElseThrow(() -> wrong("flags: 0, " + flags));
    at++;
    return () -> calls.fcntl(on, command, bits);
  }

  private Descriptor descriptor() {
    need("a descriptor");
    Descriptor descriptor = descriptor(words.get(at));
    at++;
    return descriptor;
  }

  private Descriptor descriptor(String word) {
    Optional<Descriptor> named = descriptors.apply(word);
    if (named.isPresent()) {
      return named.get();
    }
    int number;
    try {
      number = Integer.parseInt(word);
    } catch (NumberFormatException e) {
      throw new Wrong(
          at, "SOCK003", word + " is no descriptor", "a number, or ${s} for a Java variable s");
    }
    return calls
        .descriptor(number)
        .orElseThrow(
            () ->
                new Wrong(
                    at,
                    "SOCK003",
                    "no open descriptor "
                        + number
                        + " was made by %socket (others, such as the kernel's own, stay untouched)",
                    calls.descriptors().isEmpty()
                        ? "var s = %socket socket"
                        : "open are: "
                            + String.join(
                                ", ",
                                calls.descriptors().stream().map(Descriptor::toString).toList())));
  }

  private SocketName address(Descriptor on) {
    need(on.isInternet() ? "an address: 127.0.0.1:8080" : "a path: /tmp/a.socket");
    String word = words.get(at);
    try {
      SocketName name = addresses.apply(word).orElseGet(() -> SocketName.parse(word));
      at++;
      return name;
    } catch (IllegalArgumentException e) {
      throw new Wrong(
          at,
          "SOCK004",
          String.valueOf(e.getMessage()),
          on.isInternet()
              ? "127.0.0.1:8080, [::1]:8080, or :8080 for any address"
              : "a path of a file: /tmp/a.socket, or @name");
    }
  }

  private Bytes data() {
    need("the data: \"hello\\n\"");
    Bytes data = unescape(words.get(at));
    at++;
    return data;
  }

  private int size() {
    return more() && Character.isDigit(words.get(at).charAt(0))
        ? number("a size in bytes", 0, SystemCalls.LARGEST)
        : DEFAULT_SIZE;
  }

  private int flags() {
    if (!more()) {
      return 0;
    }
    int bits =
        Names.MESSAGE_FLAGS
            .bits(words.get(at))
            .orElseThrow(() -> wrong("flags: " + Names.MESSAGE_FLAGS));
    at++;
    return bits;
  }

  private SocketOption option() {
    if (more() && words.get(at).matches("(?i)SOL_.*|IPPROTO_.*")) {
      at++;
    }
    need("an option: SO_REUSEADDR");
    SocketOption option =
        SocketOption.named(words.get(at))
            .orElseThrow(
                () ->
                    wrong(
                        "an option: "
                            + String.join(
                                ", ", SocketOption.ALL.stream().map(SocketOption::name).toList())));
    at++;
    return option;
  }

  private Bytes value(SocketOption option) {
    return switch (option.kind()) {
      case INT -> {
        need("a number");
        yield Bytes.of(
            Numbers.room(4)
                .putInt(number("a number", Integer.MIN_VALUE, Integer.MAX_VALUE))
                .array());
      }
      case LINGER -> {
        need("how long close waits, in seconds, or off");
        boolean off = words.get(at).equals("off");
        int seconds = off ? 0 : number("seconds, or off", 0, Integer.MAX_VALUE);
        at += off ? 1 : 0;
        yield Bytes.of(Numbers.room(8).putInt(off ? 0 : 1).putInt(seconds).array());
      }
      case TIMEVAL -> {
        need("seconds");
        double seconds;
        try {
          seconds = Double.parseDouble(words.get(at));
        } catch (NumberFormatException e) {
          throw wrong("a time in seconds");
        }
        at++;
        long whole = (long) seconds;
        yield Bytes.of(
            Numbers.room(16)
                .putLong(whole)
                .putLong((long) ((seconds - whole) * 1_000_000))
                .array());
      }
      case NAME -> {
        need("a name");
        yield Bytes.utf8(words.get(at++));
      }
      case TCP_INFO ->
          throw new Wrong(at - 1, "SOCK006", "TCP_INFO can only be read", "getsockopt");
    };
  }

  private int constant(Names names, String what) {
    need(what + ": " + names);
    int number = names.number(words.get(at)).orElseThrow(() -> wrong(what + ": " + names));
    at++;
    return number;
  }

  private int number(String what, int least, int most) {
    int number = integer(words.get(at), what, least, most);
    at++;
    return number;
  }

  private int integer(String text, String what, int least, int most) {
    try {
      long number = Long.decode(text);
      if (number >= least && number <= most) {
        return (int) number;
      }
    } catch (NumberFormatException e) {
      throw wrong(what);
    }
    throw new Wrong(at, "SOCK005", text + " is not from " + least + " to " + most, what);
  }

  private boolean more() {
    return at < words.size();
  }

  private void need(String what) {
    if (!more()) {
      throw new Wrong(words.size() - 1, "SOCK002", words.getFirst() + " needs " + what, "");
    }
  }

  private Wrong wrong(String expected) {
    return new Wrong(at, "SOCK006", "no " + words.get(at) + " here", "expected " + expected);
  }

  private void end() {
    if (more()) {
      throw new Wrong(
          at,
          "SOCK007",
          words.getFirst() + " takes nothing more after this",
          "quote data that has blanks: \"" + words.get(at) + "\"");
    }
  }

  /** The bytes that C would have for the same text between quotes; a stray backslash stays. */
  static Bytes unescape(String text) {
    byte[] raw = text.getBytes(StandardCharsets.UTF_8);
    byte[] out = new byte[raw.length];
    int length = 0;
    for (int i = 0; i < raw.length; i++) {
      int b = raw[i];
      if (b == '\\' && i + 1 < raw.length) {
        int c = raw[i + 1];
        int plain = "abfnrtv\\\"'".indexOf(c);
        int digits = 0;
        int value = 0;
        if (c == 'x') {
          while (digits < 2
              && i + 2 + digits < raw.length
              && Character.digit(raw[i + 2 + digits], 16) >= 0) {
            value = value * 16 + Character.digit(raw[i + 2 + digits++], 16);
          }
          digits += digits > 0 ? 1 : 0;
        } else {
          while (digits < 3
              && i + 1 + digits < raw.length
              && Character.digit(raw[i + 1 + digits], 8) >= 0) {
            value = value * 8 + Character.digit(raw[i + 1 + digits++], 8);
          }
        }
        if (plain >= 0) {
          b = "\u0007\b\f\n\r\t\u000b\\\"'".charAt(plain);
          i++;
        } else if (digits > 0) {
          b = value;
          i += digits;
        }
      }
      out[length++] = (byte) b;
    }
    return Bytes.of(out, 0, length);
  }
}
