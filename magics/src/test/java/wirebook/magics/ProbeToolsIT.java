package wirebook.magics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import wirebook.internet.Internets;
import wirebook.magics.host.Mtr;
import wirebook.magics.host.Ping;
import wirebook.magics.host.Traceroute;
import wirebook.magics.lab.Internet;
import wirebook.spi.Magic;

/**
 * %ping, %traceroute and %mtr in the lab beside the tools themselves, in namespaces that are the
 * same network: a – r1 – r2 – b, the middle with an MTU of 1400. Times are masked.
 */
class ProbeToolsIT {
  private static final String ID = "wbp" + ProcessHandle.current().pid() % 10_000;

  /** The same network once more, so that both may wait at the same time there. */
  private static final String OURS = ID + "x";

  private static final String NETWORK =
      """
      %%internet --anyway
      router r1 10.77.1.1/24 10.77.12.1/30
      router r2 10.77.2.1/24 10.77.12.2/30
      host a 10.77.1.10/24 at r1 0.1ms
      host b 10.77.2.10/24 at r2 0.1ms
      link r1 r2 0.1ms mtu 1400
      ip r1 route add default via 10.77.12.2
      ip r2 route del default
      ip r2 route add 10.77.1.0/24 via 10.77.12.1
      ip r2 route add unreachable 10.77.50.0/24
      ip r2 route add prohibit 10.77.51.0/24
      ip r2 route add blackhole 10.77.52.0/24
      ip r2 route add 10.77.60.0/24 via 10.77.12.1
      """;

  private static final String SETUP =
      """
      set -e
      for n in a r1 r2 b; do ip netns add ID$n; ip -n ID$n link set lo up; done
      j() {
        ip -n ID$1 link add $2 type veth peer name $4 netns ID$3
        ip -n ID$1 link set $2 up; ip -n ID$3 link set $4 up
      }
      j a eth0 r1 eth0; j r1 eth1 r2 eth1; j r2 eth0 b eth0
      ip -n IDa addr add 10.77.1.10/24 dev eth0; ip -n IDr1 addr add 10.77.1.1/24 dev eth0
      ip -n IDr1 addr add 10.77.12.1/30 dev eth1; ip -n IDr2 addr add 10.77.12.2/30 dev eth1
      ip -n IDr2 addr add 10.77.2.1/24 dev eth0; ip -n IDb addr add 10.77.2.10/24 dev eth0
      for n in a r1 r2 b; do
        ip netns exec ID$n sh -c 'cd /proc/sys/net/ipv4; echo 1 >ip_forward; echo 0 >icmp_ratelimit;
          echo 100000 >icmp_msgs_per_sec; echo 10000 >icmp_msgs_burst; echo 0 100 >ping_group_range' \
          2>/dev/null || true
      done
      for r in r1 r2; do ip -n ID$r link set eth1 mtu 1400; done
      ip -n IDa route add default via 10.77.1.1; ip -n IDb route add default via 10.77.2.1
      ip -n IDr1 route add 10.77.2.0/24 via 10.77.12.2; ip -n IDr2 route add 10.77.1.0/24 via 10.77.12.1
      ip -n IDr1 route add default via 10.77.12.2
      ip -n IDr2 route add unreachable 10.77.50.0/24; ip -n IDr2 route add prohibit 10.77.51.0/24
      ip -n IDr2 route add blackhole 10.77.52.0/24; ip -n IDr2 route add 10.77.60.0/24 via 10.77.12.1
      # The range of a new system, which is empty.
      ip netns exec IDr1 sh -c 'echo 1 0 >/proc/sys/net/ipv4/ping_group_range'
      """;

  private static final List<String> WITHOUT_RANGE =
      List.of("ping -n -c 1 10.77.2.10", "mtr -n -r -c 1 -G 0.5 10.77.2.10");

  private static final int TRIES = 3;

  private final Internets internets = new Internets("lab");
  private final TestCells cells = new TestCells(internets, Path.of("").toAbsolutePath());

  @BeforeAll
  static void namespaces() throws Exception {
    boolean able =
        List.of("/usr/bin/ping", "/usr/sbin/traceroute", "/usr/bin/mtr").stream()
                .allMatch(t -> Files.isExecutable(Path.of(t)))
            && shell(SETUP.replace("ID", ID) + SETUP.replace("ID", OURS)).status == 0;
    if (!able) {
      remove();
      assertFalse(
          "true".equals(System.getenv("CI")) && "root".equals(System.getProperty("user.name")),
          "CI as root has ping, traceroute, mtr and namespaces");
      assumeTrue(false, "no ping, traceroute, mtr or right to make network namespaces here");
    }
    // Who is next door is found once, before times are compared.
    for (String each : List.of(ID, OURS)) {
      shell("ip netns exec " + each + "a ping -c 1 -W 2 10.77.2.10");
    }
  }

  @AfterAll
  static void remove() throws Exception {
    for (String each : List.of(ID, OURS)) {
      shell("for n in a r1 r2 b; do ip netns del " + each + "$n 2>/dev/null; done; true");
    }
  }

  @BeforeEach
  void draw() throws Exception {
    cells.run(new Internet(), NETWORK);
  }

  @AfterEach
  void close() throws IOException {
    internets.close();
  }

  private record Ran(int status, String text) {}

  private static Ran shell(String script) throws Exception {
    Process process = new ProcessBuilder("sh", "-c", script).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Ran(process.waitFor(), text);
  }

  /** Times and the name of the machine are different each time. */
  private static String masked(String text) {
    return text.replaceAll("mdev = [\\d./]+ ms", "mdev = T")
        .replaceAll("\\d+\\.\\d+ ms|\\d+ ms", "T ms")
        .replaceAll("time \\d+ms", "time Tms")
        .replaceAll("time=[\\d.]+", "time=T")
        .replaceAll("\\[\\d+\\.\\d+]", "[T]")
        .replaceAll("Start: \\S+", "Start: T")
        .replaceAll("(?m)^HOST: \\S+ *", "HOST: ")
        .replaceAll("(?m)(\\d)( +\\d+\\.\\d){5}$", "$1 T");
  }

  private void same(Magic magic, String words) throws Exception {
    // The lab and the namespaces do not meet, so both may wait at the same time.
    FutureTask<String> first = new FutureTask<>(() -> theirs(words));
    Thread.ofVirtual().start(first);
    cells.run(magic, "%" + words);
    String ours = masked(cells.printed());
    String theirs = first.get();
    for (int i = 1; i < TRIES && !theirs.equals(ours); i++) {
      // A machine sends so many ICMP errors a second, and no more: some are left out. After this
      // time it may send as many as it ever may at once.
      await().pollDelay(Duration.ofSeconds(6)).until(() -> true);
      theirs = theirs(words);
    }
    assertThat(ours).as(words).isEqualTo(theirs);
  }

  private static String theirs(String words) throws Exception {
    // The kernel remembers the smallest MTU of a way, whoever found it.
    shell("ip -n " + ID + "a route flush cache");
    return masked(shell("ip netns exec " + ID + "a " + words).text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ping -n -c 2 -i 0.2 10.77.2.10",
        "ping -n -c 2 -i 0.2 -D 10.77.2.10",
        "ping -q -n -c 2 -i 0.2 10.77.2.10",
        "ping -n -c 1 -s 1000 -t 9 10.77.2.10",
        "ping -n -c 1 -t 1 10.77.2.10",
        "ping -n -c 1 -t 2 10.77.2.10",
        "ping -n -c 1 -M do -s 1473 10.77.1.1",
        "ping -n -c 1 -M do -s 1472 10.77.1.1",
        "ping -n -c 1 -M do -s 1472 10.77.2.10",
        "ping -n -c 1 -M dont -s 3000 10.77.2.10",
        "ping -n -c 3 -i 0.2 -s 1472 10.77.2.10",
        "ping -n -c 2 -i 0.2 -M want -s 3000 10.77.2.10",
        "ping -n -c 1 -W 2 10.77.50.1",
        "ping -n -c 1 -W 2 10.77.51.1",
        "ping -n -c 2 -O -i 0.2 -W 0.2 10.77.52.1",
        "ping -n -c 1 -W 2 10.77.60.1",
        "ping -n -c 3 -i 0.3 -W 4 10.77.1.77",
        "ping -n -c 9 -i 1.3 -w 2 10.77.2.10",
      })
  void pingSaysWhatPingSays(String words) throws Exception {
    same(new Ping(), words);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "traceroute -n 10.77.2.10",
        "traceroute -n -I 10.77.2.10",
        "traceroute -n -T 10.77.2.10",
        "traceroute -n -T -p 81 -q 1 10.77.2.10",
        "traceroute -n -U -q 1 10.77.2.10",
        "traceroute -n -q 1 -f 2 10.77.2.10 1000",
        "traceroute -n -q 1 -m 4 10.77.60.1",
        "traceroute -n -q 1 -m 3 -w 0.3 10.77.52.1",
      })
  void tracerouteSaysWhatTracerouteSays(String words) throws Exception {
    same(new Traceroute(), words);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mtr -r -c 2 -n -i 0.2 10.77.2.10",
        "mtr -r -w -c 2 -n -b -i 0.2 -G 0.5 10.77.2.10",
        "mtr -r -c 2 -n -i 0.2 -m 4 -G 0.5 10.77.60.1",
        "mtr -r -c 2 -n -i 0.2 -G 0.5 10.77.52.1",
        "mtr --report --report-cycles 2 --no-dns -i 0.2 -T -G 0.5 10.77.2.10",
        "mtr -r -c 2 -n -i 0.2 -u -G 0.5 10.77.2.10",
        "mtr -r -c 2 -n -i 0.2 -f 2 -G 0.5 10.77.2.10",
        "mtr -r -c 2 -n -i 0.2 -o LSDR -G 0.5 10.77.2.10",
      })
  void mtrReportsWhatMtrReports(String words) throws Exception {
    same(new Mtr(), words);
  }

  /** Runs lines on the real network of the namespace that it is started in. */
  static final class Real {
    private static final String END = "-- end --";

    private Real() {}

    public static void main(String[] lines) throws Exception {
      for (String line : lines) {
        try (Internets real = new Internets("real")) {
          TestCells cells = new TestCells(real, Path.of("").toAbsolutePath());
          Magic magic =
              line.startsWith("ping")
                  ? new Ping()
                  : line.startsWith("mtr") ? new Mtr() : new Traceroute();
          cells.run(magic, "%" + line);
          System.out.print(cells.printed() + END);
        }
      }
      System.exit(0);
    }

    static List<String> said(String namespace, List<String> lines, String... before)
        throws Exception {
      List<String> command = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
      command.addAll(List.of(before));
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(List.of("-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED"));
      command.addAll(List.of("-cp", System.getProperty("java.class.path"), Real.class.getName()));
      command.addAll(lines);
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).as(text).isZero();
      return List.of(text.split(END, 0));
    }
  }

  @Test
  void onTheRealNetworkTheySayTheSameWithoutAnyPrivilege() throws Exception {
    List<String> lines =
        List.of(
            "ping -n -c 2 -i 0.2 10.77.2.10",
            "ping -n -c 2 -i 0.2 127.0.0.1",
            "ping -c 1 ::1",
            "ping -n -q -c 2 -i 0.2 -s 1000 -t 9 10.77.2.10",
            "ping -n -c 2 -i 0.2 -D -t 1 10.77.2.10",
            "ping -n -c 1 -t 2 10.77.2.10",
            "ping -n -c 1 -M do -s 1473 10.77.1.1",
            "ping -n -c 2 -i 0.2 -M do -s 1472 10.77.2.10",
            "ping -n -c 1 -M dont -s 3000 10.77.2.10",
            "ping -n -c 1 -W 2 10.77.50.1",
            "ping -n -c 1 -W 2 10.77.51.1",
            "ping -n -c 3 -O -i 0.2 -W 0.2 10.77.52.1",
            "ping -n -c 1 -W 2 10.77.60.1",
            "ping -n -c 1 -W 4 10.77.1.77",
            "ping -n -c 9 -i 1.3 -w 2 10.77.2.10",
            "ping -n -c 1 2001:db8::1",
            "traceroute -n 10.77.2.10",
            "traceroute -n 127.0.0.1",
            "traceroute -n -I 10.77.2.10",
            "traceroute -n -T 10.77.2.10",
            "traceroute -n -q 1 -f 2 10.77.2.10 1000",
            "traceroute -n -q 1 -m 4 10.77.60.1",
            "traceroute -n -q 1 -m 3 -w 0.3 10.77.52.1",
            "traceroute -n -q 1 -F 10.77.2.10 1450",
            "traceroute -n -q 1 10.77.50.1",
            "traceroute -n -q 1 10.77.51.1",
            "mtr -r -c 2 -n -i 0.2 10.77.2.10",
            "mtr -r -c 2 -n -i 0.2 -m 4 -G 0.5 10.77.60.1",
            "mtr -r -c 2 -n -i 0.2 -u -G 0.5 10.77.2.10",
            "mtr -r -c 2 -n -i 0.2 -T -G 0.5 10.77.2.10");
    FutureTask<List<String>> first = new FutureTask<>(() -> Real.said(OURS + "a", lines));
    Thread.ofVirtual().start(first);
    List<String> theirs = new ArrayList<>();
    for (String line : lines) {
      theirs.add(theirs(line));
    }
    List<String> ours = first.get();
    assertThat(ours).hasSameSizeAs(lines);
    Map<String, String> wrong = new LinkedHashMap<>();
    for (int i = 0; i < lines.size(); i++) {
      compare(lines.get(i), ours.get(i), theirs.get(i), wrong);
    }
    // A router tells one peer of a route that is none at most once a second; who asks a moment
    // after another line gets nothing. So such a line is asked again alone, by each of both.
    for (int i = 1; i < TRIES; i++) {
      for (String line : List.copyOf(wrong.keySet())) {
        rest();
        String our = Real.said(OURS + "a", List.of(line)).getFirst();
        compare(line, our, theirs(line), wrong);
      }
    }
    assertThat(wrong).isEmpty();
  }

  private static void compare(String line, String ours, String theirs, Map<String, String> wrong) {
    if (masked(ours).equals(theirs)) {
      wrong.remove(line);
    } else {
      wrong.put(line, masked(ours) + "--- and theirs:\n" + theirs);
    }
  }

  private static void rest() {
    await().pollDelay(Duration.ofSeconds(2)).until(() -> true);
  }

  @Test
  void whereTheSystemGivesNoIcmpTcpIsAskedAndAWordSaysWhy() throws Exception {
    List<String> said =
        Real.said(OURS + "r1", WITHOUT_RANGE, "setpriv", "--bounding-set", "-net_raw");
    assertThat(said.getFirst())
        .contains("net.ipv4.ping_group_range is 1 0): connections to TCP's port 80 instead")
        .contains("answer from 10.77.2.10: tcp_seq=1 port=80 time=", "1 received, 0% packet loss");
    assertThat(said.getLast())
        .contains("ping_group_range is 1 0): UDP instead", "1.|-- 10.77.12.2", "2.|-- 10.77.2.10");
  }

  @Test
  void whoMayOpenRawSocketsNeedsNoRangeForIcmp() throws Exception {
    List<String> said = Real.said(OURS + "r1", WITHOUT_RANGE);
    assertThat(String.join("", said)).doesNotContain("ping_group_range");
    assertThat(said.getFirst())
        .contains("64 bytes from 10.77.2.10: icmp_seq=1 ttl=63 time=", " 0% packet loss");
    assertThat(said.getLast()).contains("1.|-- 10.77.12.2", "2.|-- 10.77.2.10");
  }
}
