package wirebook.engine.socket;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/** The names that C gives to a set of numbers, in the headers' order. */
public final class Names {
  public static final Names FAMILIES = of("AF_", "AF_UNIX 1 1, AF_INET 2 2, AF_INET6 10 30");
  public static final Names TYPES =
      of("SOCK_", "SOCK_STREAM 1 1, SOCK_DGRAM 2 2, SOCK_RAW 3 3, SOCK_SEQPACKET 5 5");
  public static final Names TYPE_FLAGS = of("SOCK_", "SOCK_CLOEXEC 524288 -, SOCK_NONBLOCK 2048 -");
  public static final Names PROTOCOLS =
      of(
          "IPPROTO_",
          "IPPROTO_IP 0 0, IPPROTO_ICMP 1 1, IPPROTO_TCP 6 6, IPPROTO_UDP 17 17, IPPROTO_ICMPV6 58 58");
  public static final Names MESSAGE_FLAGS =
      of(
          "MSG_",
          "MSG_OOB 1 1, MSG_PEEK 2 2, MSG_DONTROUTE 4 4, MSG_TRUNC 32 16, MSG_DONTWAIT 64 128,"
              + " MSG_EOR 128 8, MSG_WAITALL 256 64, MSG_NOSIGNAL 16384 524288, MSG_MORE 32768 -");
  public static final Names SHUTDOWN = of("SHUT_", "SHUT_RD 0 0, SHUT_WR 1 1, SHUT_RDWR 2 2");
  public static final Names POLL =
      of(
          "POLL",
          "POLLIN 1 1, POLLPRI 2 2, POLLOUT 4 4, POLLRDNORM 64 64, POLLRDBAND 128 128,"
              + " POLLWRNORM 256 4, POLLWRBAND 512 256, POLLERR 8 8, POLLHUP 16 16,"
              + " POLLNVAL 32 32, POLLRDHUP 8192 -");
  public static final Names FCNTL = of("F_", "F_GETFD 1 1, F_SETFD 2 2, F_GETFL 3 3, F_SETFL 4 4");
  public static final Names FILE_FLAGS =
      of("O_", "O_WRONLY 1 1, O_RDWR 2 2, O_APPEND 1024 8, O_NONBLOCK 2048 4, O_ASYNC 8192 64");
  public static final Names DESCRIPTOR_FLAGS = of("FD_", "FD_CLOEXEC 1 1");

  private final String prefix;
  private final Map<String, Integer> numbers;

  private Names(String prefix, Map<String, Integer> numbers) {
    this.prefix = prefix;
    this.numbers = numbers;
  }

  /** Each entry is a name, Linux's number and macOS's, {@code -} where there is none. */
  static Names of(String prefix, String entries) {
    Map<String, Integer> numbers = new LinkedHashMap<>();
    for (String entry : entries.split(", *")) {
      String[] words = entry.split(" ");
      String number = words[Platform.CURRENT == Platform.MAC ? 2 : 1];
      if (!number.equals("-")) {
        numbers.put(words[0], Integer.parseInt(number));
      }
    }
    return new Names(prefix, numbers);
  }

  /** The number of a name, with or without the prefix, in any case. */
  public OptionalInt number(String name) {
    String upper = name.toUpperCase(Locale.ROOT);
    Integer number = numbers.get(upper);
    if (number == null) {
      number = numbers.get(prefix + upper);
    }
    return number == null ? OptionalInt.empty() : OptionalInt.of(number);
  }

  /** The number that C's name stands for. */
  public int get(String name) {
    return number(name).orElseThrow(() -> new IllegalArgumentException(name));
  }

  public Optional<String> name(int number) {
    return numbers.entrySet().stream()
        .filter(e -> e.getValue() == number)
        .map(Map.Entry::getKey)
        .findFirst();
  }

  /** {@code A|B|0x4}; {@code 0} for none. */
  public String flags(int bits) {
    StringBuilder out = new StringBuilder();
    int rest = bits;
    for (Map.Entry<String, Integer> e : numbers.entrySet()) {
      if (e.getValue() != 0 && (rest & e.getValue()) == e.getValue()) {
        out.append(out.isEmpty() ? "" : "|").append(e.getKey());
        rest &= ~e.getValue();
      }
    }
    if (rest != 0 || out.isEmpty()) {
      out.append(out.isEmpty() ? "" : "|").append(rest == 0 ? "0" : "0x%x".formatted(rest));
    }
    return out.toString();
  }

  /** The bits of {@code A|B}, {@code A,B}, or {@code 0}; empty when a name is none of these. */
  public OptionalInt bits(String text) {
    int bits = 0;
    for (String name : text.split("[|,]")) {
      OptionalInt bit = name.equals("0") ? OptionalInt.of(0) : number(name);
      if (bit.isEmpty()) {
        return bit;
      }
      bits |= bit.getAsInt();
    }
    return OptionalInt.of(bits);
  }

  /** All names, for messages. */
  @Override
  public String toString() {
    return numbers.keySet().stream().collect(Collectors.joining(", "));
  }
}
