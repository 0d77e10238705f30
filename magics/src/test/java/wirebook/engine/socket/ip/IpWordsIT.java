package wirebook.engine.socket.ip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import wirebook.peer.Peer;

/**
 * Generated lines of words, right ones and wrong ones, in a namespace with links, addresses, routes
 * and rules of many kinds: what is printed, the complaint and the status are those of ip.
 */
@Peer(value = "ip", of = "iproute2", version = "iproute2-6.1", asked = "-V")
class IpWordsIT {
  /** {@code -Dwirebook.ip.cases=N} for more, {@code -Dwirebook.seed=N} for others. */
  private static final int CASES = Integer.getInteger("wirebook.ip.cases", 300);

  private static final long SEED = Long.getLong("wirebook.seed", 18);
  private static final String SPACE = "wbw" + ProcessHandle.current().pid() % 10_000;

  private static final String SETUP =
      """
      set -e
      ip netns add NS
      ip netns exec NS sh -c 'echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad'
      exec ip -n NS -batch - <<X
      link set lo up
      link add d0 type veth peer name d1
      link set d1 up
      link add br0 type bridge
      link add v0 type veth peer name v1
      link set v1 master br0
      link set d0 up
      link set br0 up
      link set v0 up alias upstream
      link set v1 up mtu 1400
      addr add 10.1.0.1/24 dev d0
      addr add 10.1.0.2/24 dev d0
      addr add 10.1.0.9/32 dev d0 scope link label d0:x
      addr add 10.2.0.1/16 brd + dev v0
      addr add 10.3.0.1 peer 10.3.0.2 dev br0
      addr add 2001:db8::1/64 dev d0 nodad
      route add default via 10.1.0.254
      route add default via 10.2.0.254 metric 50
      route add 10.9.0.0/16 via 10.1.0.3 src 10.1.0.2 proto static
      route add 10.9.8.0/24 nexthop via 10.1.0.4 weight 2 nexthop via 10.2.0.4
      route add blackhole 10.8.0.0/16
      route add unreachable 10.8.1.0/24 metric 7
      route add prohibit 10.8.2.0/24
      route add 10.7.0.0/16 dev d0 scope link mtu 1300 table 100
      route add 2001:db8:9::/48 via 2001:db8::2
      rule add from 10.1.0.2 lookup 100 pref 100
      rule add to 10.8.0.0/16 fwmark 3 prohibit pref 200
      rule add iif d0 table 100 pref 300
      neigh add 10.1.0.254 lladdr 02:00:00:00:00:01 dev d0 nud permanent
      neigh add 10.2.0.254 lladdr 02:00:00:00:00:02 dev v0 nud noarp router
      neigh add 2001:db8::2 lladdr 02:00:00:00:00:03 dev d0 nud stale
      neigh add proxy 10.1.0.77 dev d0
      X
      """;

  private static final List<String> OPTIONS =
      List.of("-4", "-6", "-br", "-o", "-s", "-d", "-j", "-p", "-N", "-iec", "-f inet");

  private static final Map<String, List<String>> COMMANDS = new LinkedHashMap<>();

  static {
    COMMANDS.put("addr", List.of("", "show", "list", "ls"));
    COMMANDS.put("link", List.of("", "show", "list", "ls"));
    COMMANDS.put("route", List.of("", "show", "list", "ls", "get"));
    COMMANDS.put("rule", List.of("", "show", "list"));
    COMMANDS.put("neigh", List.of("", "show", "list"));
  }

  private static final Map<String, List<String>> SELECTORS =
      Map.of(
          "addr",
          List.of(
              "dev",
              "up",
              "scope",
              "to",
              "label",
              "secondary",
              "primary",
              "dynamic",
              "permanent",
              "tentative",
              "deprecated",
              "type",
              "master",
              "nomaster",
              "group",
              "vrf",
              "DEVICE",
              "-secondary",
              "-dynamic",
              "home",
              "noprefixroute"),
          "link",
          List.of("dev", "up", "type", "master", "nomaster", "group", "vrf", "DEVICE"),
          "route",
          List.of(
              "dev",
              "via",
              "table",
              "root",
              "match",
              "exact",
              "proto",
              "scope",
              "type",
              "src",
              "from",
              "to",
              "metric",
              "oif",
              "iif",
              "cache",
              "mark",
              "PREFIX",
              "TYPE",
              "tos",
              "fibmatch",
              "realm",
              "vrf",
              "cloned"),
          "rule",
          List.of(
              "from",
              "to",
              "table",
              "pref",
              "fwmark",
              "iif",
              "oif",
              "lookup",
              "tos",
              "priority",
              "uidrange",
              "not",
              "l3mdev",
              "ipproto",
              "sport",
              "prohibit"),
          "neigh",
          List.of("dev", "nud", "to", "proxy", "unused", "master", "nomaster", "vrf", "PREFIX"));

  private static final List<String> DEVICES = List.of("d0", "lo", "br0", "v0", "v1", "d7", "up");

  private static final List<String> PREFIXES =
      List.of(
          "10.1.0.0/24",
          "10.9.8.0/24",
          "10.9.8.7",
          "default",
          "10/8",
          "all",
          "any",
          "10.8.1.1",
          "2001:db8::/32",
          "2001:db8:9::1",
          "10.8.2.0/24",
          "10.1.0.254",
          "127.1",
          "0/0",
          "10.1");

  private static final Map<String, List<String>> VALUES =
      Map.ofEntries(
          Map.entry("dev", DEVICES),
          Map.entry("oif", DEVICES),
          Map.entry("iif", DEVICES),
          Map.entry("master", DEVICES),
          Map.entry("vrf", DEVICES),
          Map.entry("DEVICE", DEVICES),
          Map.entry("scope", List.of("global", "link", "host", "site", "253", "nowhere", "300")),
          Map.entry("type", List.of("veth", "bridge", "vlan", "blackhole", "x")),
          Map.entry("TYPE", List.of("blackhole", "unicast", "unreachable", "prohibit", "local")),
          Map.entry("label", List.of("d0", "d0*", "d0:x", "*", "v?")),
          Map.entry("group", List.of("default", "0", "7", "none")),
          Map.entry("to", PREFIXES),
          Map.entry("from", PREFIXES),
          Map.entry("via", PREFIXES),
          Map.entry("src", PREFIXES),
          Map.entry("root", PREFIXES),
          Map.entry("match", PREFIXES),
          Map.entry("exact", PREFIXES),
          Map.entry("PREFIX", PREFIXES),
          Map.entry("table", List.of("main", "local", "all", "100", "cache", "x", "0x64", "-1")),
          Map.entry("lookup", List.of("main", "100", "default", "x")),
          Map.entry("proto", List.of("static", "kernel", "boot", "ra", "77", "x", "all")),
          Map.entry("metric", List.of("50", "0", "x", "-1")),
          Map.entry("mark", List.of("3", "0x3", "x")),
          Map.entry("fwmark", List.of("3", "0x3/0xff", "x")),
          Map.entry("tos", List.of("0x10", "8", "x", "lowdelay")),
          Map.entry("pref", List.of("100", "200", "0", "x")),
          Map.entry("priority", List.of("300", "32766", "x")),
          Map.entry("realm", List.of("1", "1/2", "x")),
          Map.entry("uidrange", List.of("0-1", "x")),
          Map.entry("ipproto", List.of("tcp", "17", "x")),
          Map.entry("sport", List.of("80", "1-2", "x")),
          Map.entry(
              "nud", List.of("permanent", "stale", "all", "reachable", "noarp", "x", "none")));

  /** What we say of what is not to be done here at all. */
  private static final Pattern OURS_ALONE =
      Pattern.compile("^Usage: |is not here|changes nothing on it");

  private static final String EACH =
      """
      set -f
      E=$(mktemp); trap 'rm -f "$E"' EXIT
      while IFS= read -r line; do
        ip $line 2>"$E" </dev/null; status=$?
        error=; IFS= read -r error <"$E"
        printf '\\0%s\\0%s\\1' "$error" "$status"
      done
      """;

  private record Said(String out, String error, int status) {}

  @BeforeAll
  static void namespace() throws Exception {
    Said made = shell(SETUP.replace("NS", SPACE));
    if (made.status != 0) {
      remove();
      assertFalse(
          "true".equals(System.getenv("CI")) && "root".equals(System.getProperty("user.name")),
          "CI as root may make namespaces");
      assumeTrue(false, "no network namespace can be made here: " + made.error);
    }
  }

  @AfterAll
  static void remove() throws Exception {
    shell("ip netns del " + SPACE + " 2>/dev/null; true");
  }

  @Test
  void whateverWordsAreGivenTheAnswerIsThatOfIp() throws Exception {
    Random random = new Random(SEED);
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < CASES; i++) {
      lines.add(line(random));
    }
    List<Said> ours =
        said(
            lines,
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            Ours.class.getName());
    List<Said> theirs = said(lines, "sh", "-c", EACH);
    SoftAssertions all = new SoftAssertions();
    for (int i = 0; i < lines.size(); i++) {
      if (OURS_ALONE.matcher(ours.get(i).error).find()) {
        continue;
      }
      all.assertThat(ours.get(i)).as("ip " + lines.get(i)).isEqualTo(theirs.get(i));
    }
    all.assertAll();
  }

  private static <T> T any(Random random, List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  private static String line(Random random) {
    List<String> words = new ArrayList<>();
    while (random.nextInt(3) == 0) {
      words.add(any(random, OPTIONS));
    }
    String object = any(random, List.copyOf(COMMANDS.keySet()));
    String command = any(random, COMMANDS.getOrDefault(object, List.of()));
    words.add(object);
    words.add(command);
    if (command.equals("get")) {
      words.add(any(random, PREFIXES));
    }
    for (int i = random.nextInt(4); i > 0 && !command.isEmpty(); i--) {
      String selector = any(random, SELECTORS.getOrDefault(object, List.of()));
      if (!selector.equals(selector.toUpperCase(java.util.Locale.ROOT))) {
        words.add(selector);
      }
      if (VALUES.containsKey(selector)) {
        words.add(any(random, VALUES.get(selector)));
      }
    }
    words.removeIf(String::isEmpty);
    if (words.contains("-6")) {
      // IPv6's own counters, which ip takes for the link's, are not shown.
      words.remove("-s");
      words.remove("-s");
    }
    if (random.nextInt(3) == 0) {
      mutate(random, words);
    }
    return String.join(" ", words);
  }

  /** One word is cut, doubled, lost, misspelt, or stands elsewhere. */
  private static void mutate(Random random, List<String> words) {
    int at = random.nextInt(words.size());
    String word = words.get(at);
    switch (random.nextInt(5)) {
      case 0 -> words.set(at, word.substring(0, 1 + random.nextInt(word.length())));
      case 1 -> words.add(at, word);
      case 2 -> words.remove(at);
      case 3 -> words.set(at, word + (char) ('a' + random.nextInt(26)));
      default -> words.add(random.nextInt(words.size()), words.remove(at));
    }
    if (words.isEmpty()) {
      words.add("help");
    }
  }

  /** Answers lines of standard input in the namespace that it is started in. */
  static final class Ours {
    private Ours() {}

    public static void main(String[] args) throws Exception {
      for (String line :
          new String(System.in.readAllBytes(), StandardCharsets.UTF_8).lines().toList()) {
        Said said;
        try {
          IpResult result =
              IpCommand.run(
                  Rtnetlink.system(),
                  _ -> java.util.Optional.empty(),
                  List.of(line.split(" +")),
                  false);
          said = new Said(result.text(), result.error(), result.status());
        } catch (IpRefusal e) {
          said = new Said("", e.text(), e.status());
        }
        System.out.print(said.out + '\0' + said.error + '\0' + said.status + '\1');
      }
      System.out.flush();
    }
  }

  /** What a program says in the namespace to these lines. */
  private static List<Said> said(List<String> lines, String... program) throws Exception {
    List<String> command = new ArrayList<>(List.of("ip", "netns", "exec", SPACE));
    command.addAll(List.of(program));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String text = String.join("\n", lines) + "\n";
    process.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().close();
    String all = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    List<Said> said = new ArrayList<>();
    for (String one : all.split("\1", 0)) {
      String[] parts = one.split("\0", -1);
      said.add(counted(new Said(parts[0], parts[1], Integer.parseInt(parts[2]))));
    }
    assertThat(said).hasSameSizeAs(lines);
    return said;
  }

  private static Said shell(String script) throws IOException, InterruptedException {
    return ran(new ProcessBuilder("sh", "-c", script));
  }

  private static Said ran(ProcessBuilder command) throws IOException, InterruptedException {
    Process process = command.start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    String error = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    return counted(new Said(out, error, process.waitFor()));
  }

  /** Without counters and timers; of a complaint the first line. */
  private static Said counted(Said said) {
    String out =
        said.out
            .replaceAll("(?m)^ +[0-9 ]+$", "N")
            .replaceAll(
                "\"(bytes|packets|multicast|used|confirmed|updated|probes|\\w+_timer)\":[0-9.]+",
                "\"$1\":N")
            .replaceAll(" (used|\\w*timer) +[0-9./]+( probes [0-9]+)?", " $1 N")
            .replaceAll(" age [0-9]+sec", "")
            .replaceAll("\\b[0-9]+sec", "Nsec")
            // Counters of one line.
            .replaceAll("(?<=[\\\\ ]) +[0-9]+(?= )", " N");
    return new Said(out, said.error.lines().findFirst().orElse(""), said.status);
  }
}
