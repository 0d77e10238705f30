package wirebook.engine.socket.ip;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import wirebook.engine.socket.ss.Abbreviation;

/** Names of the numbers in routes, from iproute2's own files where there are any. */
public final class IpNames {
  /** What is named; {@code file} is that of iproute2. */
  public enum Kind {
    TABLE("rt_tables", 0, "0 unspec 255 local 254 main 253 default"),
    PROTOCOL(
        "rt_protos",
        0,
        "0 unspec 1 redirect 2 kernel 3 boot 4 static 8 gated 9 ra 10 mrt 11 zebra 12 bird"
            + " 13 dnrouted 14 xorp 15 ntk 16 dhcp 18 keepalived 42 babel 186 bgp 187 isis"
            + " 188 ospf 189 rip 192 eigrp"),
    SCOPE("rt_scopes", 0, "0 global 255 nowhere 254 host 253 link 200 site"),
    REALM("rt_realms", 0, "0 cosmos"),
    DSFIELD("rt_dsfield", 16, ""),
    GROUP("group", 0, "0 default"),
    TYPE(
        "",
        0,
        "0 none 1 unicast 2 local 3 broadcast 4 anycast 5 multicast 6 blackhole 7 unreachable"
            + " 8 prohibit 9 throw 10 nat 11 xresolve");

    private final String file;
    private final int radix;
    private final String usual;

    Kind(String file, int radix, String usual) {
      this.file = file;
      this.radix = radix;
      this.usual = usual;
    }
  }

  /** Kinds of routes that may be cut short, in the order in which ip looks at them. */
  private static final List<String> SHORT_TYPES =
      List.of(
          "broadcast",
          "anycast",
          "multicast",
          "prohibit",
          "unreachable",
          "blackhole",
          "xresolve",
          "unicast");

  private final Map<Kind, Map<Long, String>> names = new HashMap<>();

  private IpNames(String folder) {
    for (Kind kind : Kind.values()) {
      Map<Long, String> map = new HashMap<>();
      String[] usual = kind.usual.split(" ");
      for (int i = 0; i + 1 < usual.length; i += 2) {
        map.put(Long.parseLong(usual[i]), usual[i + 1]);
      }
      if (!folder.isEmpty() && !kind.file.isEmpty()) {
        read(Path.of(folder), kind, map);
      }
      names.put(kind, map);
    }
  }

  public static IpNames ofThisMachine() {
    return new IpNames("/etc/iproute2");
  }

  /** Those that iproute2 brings. */
  public static IpNames usual() {
    return new IpNames("");
  }

  private static void read(Path folder, Kind kind, Map<Long, String> into) {
    List<Path> files = new ArrayList<>(List.of(folder.resolve(kind.file)));
    try (Stream<Path> more = Files.list(folder.resolve(kind.file + ".d"))) {
      more.filter(p -> p.toString().endsWith(".conf")).forEach(files::add);
    } catch (IOException e) {
      // Most have none.
    }
    for (Path file : files) {
      try {
        for (String line : Files.readAllLines(file)) {
          String[] words = line.strip().split("\\s+");
          OptionalLong number = words.length < 2 ? OptionalLong.empty() : number(words[0], 0);
          number.ifPresent(n -> into.put(n, words[1]));
        }
      } catch (IOException e) {
        // As iproute2 does, when the file is not there or cannot be read.
      }
    }
  }

  String of(Kind kind, long number, boolean numeric) {
    String other = kind == Kind.DSFIELD ? String.format("0x%02x", number) : Long.toString(number);
    return numeric ? other : names.getOrDefault(kind, Map.of()).getOrDefault(number, other);
  }

  /** The number that a word stands for. */
  OptionalLong number(Kind kind, String word) {
    for (Map.Entry<Long, String> e : names.getOrDefault(kind, Map.of()).entrySet()) {
      if (e.getValue().equals(word)) {
        return OptionalLong.of(e.getKey());
      }
    }
    Optional<String> type =
        kind == Kind.TYPE ? Abbreviation.first(word, SHORT_TYPES) : Optional.empty();
    if (type.isPresent()) {
      return number(kind, type.get());
    }
    OptionalLong number = number(word, kind.radix);
    long most =
        switch (kind) {
          case TABLE, GROUP -> 0xffffffffL;
          case REALM -> 0xffff;
          case PROTOCOL, SCOPE, DSFIELD, TYPE -> 0xff;
        };
    return number.isPresent() && number.getAsLong() <= most ? number : OptionalLong.empty();
  }

  /** As strtoul(3) reads it, all of it; radix zero for what the prefix says. */
  static OptionalLong number(String text, int radix) {
    try {
      boolean hex = text.startsWith("0x") || text.startsWith("0X");
      boolean octal = !hex && text.length() > 1 && text.startsWith("0");
      int base = radix != 0 ? radix : hex ? 16 : octal ? 8 : 10;
      String digits = hex && base == 16 ? text.substring(2) : text;
      return digits.startsWith("+") || digits.startsWith("-")
          ? OptionalLong.empty()
          : OptionalLong.of(Long.parseLong(digits, base));
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }

  /** The number of a protocol over IP (/etc/protocols), or of one of the usual names. */
  static OptionalLong protocol(String name) {
    for (Map.Entry<Long, String> e : protocols().entrySet()) {
      if (e.getValue().equals(name)) {
        return OptionalLong.of(e.getKey());
      }
    }
    OptionalLong number = number(name, 0);
    return number.isPresent() && number.getAsLong() < 256 ? number : OptionalLong.empty();
  }

  static String protocol(long number) {
    return protocols().getOrDefault(number, "ipproto-" + number);
  }

  private static Map<Long, String> protocols() {
    Map<Long, String> all =
        new HashMap<>(Map.of(1L, "icmp", 6L, "tcp", 17L, "udp", 58L, "ipv6-icmp", 132L, "sctp"));
    try {
      for (String line : Files.readAllLines(Path.of("/etc/protocols"))) {
        String[] words = line.replaceFirst("#.*", "").strip().split("\\s+");
        if (words.length > 1) {
          number(words[1], 10).ifPresent(n -> all.put(n, words[0]));
        }
      }
    } catch (IOException e) {
      // The usual ones, then.
    }
    return all;
  }
}
