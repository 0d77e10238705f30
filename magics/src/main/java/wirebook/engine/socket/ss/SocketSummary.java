package wirebook.engine.socket.ss;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** How many sockets of each kind the machine has, as {@code ss -s} prints it. */
public final class SocketSummary {
  private static final Path NET = Path.of("/proc/self/net");

  private SocketSummary() {}

  /** The text, from what Linux counts (proc_net(5): sockstat, sockstat6, snmp). */
  public static String text() {
    Map<String, Integer> counts = new HashMap<>();
    for (String file : List.of("sockstat", "sockstat6")) {
      for (String line : SystemNames.lines(NET.resolve(file))) {
        String[] words = line.split(" ");
        for (int i = 1; i + 1 < words.length; i += 2) {
          counts.put(words[0] + words[i], Integer.parseInt(words[i + 1]));
        }
      }
    }
    int hashed = of(counts, "TCP:inuse") + of(counts, "TCP6:inuse");
    int waiting = of(counts, "TCP:tw");
    StringBuilder out = new StringBuilder();
    out.append("Total: %d\n".formatted(of(counts, "sockets:used")));
    out.append(
        "TCP:   %d (estab %d, closed %d, orphaned %d, timewait %d)\n\n"
            .formatted(
                of(counts, "TCP:alloc") + waiting,
                established(),
                of(counts, "TCP:alloc") - (hashed - waiting),
                of(counts, "TCP:orphan"),
                waiting));
    out.append("Transport Total     IP        IPv6\n");
    int four = 0;
    int six = 0;
    for (String kind : List.of("RAW", "UDP", "TCP")) {
      int ofFour = of(counts, kind + ":inuse");
      int ofSix = of(counts, kind + "6:inuse");
      line(out, kind, ofFour, ofSix);
      four += ofFour;
      six += ofSix;
    }
    line(out, "INET", four, six);
    line(out, "FRAG", of(counts, "FRAG:inuse"), of(counts, "FRAG6:inuse"));
    return out.append('\n').toString();
  }

  private static void line(StringBuilder out, String kind, int four, int six) {
    out.append("%s\t  %-9d %-9d %-9d\n".formatted(kind, four + six, four, six));
  }

  private static int of(Map<String, Integer> counts, String name) {
    return counts.getOrDefault(name, 0);
  }

  /** In snmp a line of names stands above a line of numbers. */
  private static int established() {
    List<String> tcp =
        SystemNames.lines(NET.resolve("snmp")).stream().filter(l -> l.startsWith("Tcp:")).toList();
    if (tcp.size() < 2) {
      return 0;
    }
    int at = List.of(tcp.getFirst().split(" ")).indexOf("CurrEstab");
    return at < 0 ? 0 : Integer.parseInt(tcp.get(1).split(" ")[at]);
  }
}
