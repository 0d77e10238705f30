package wirebook.engine.socket;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import wirebook.peer.Peer;
import wirebook.trace.Bytes;
import wirebook.trace.IpText;

/** Sums with ranges beside those of Python's ipaddress, on generated ones. */
@Peer("python3")
class CidrIT {
  /**
   * {@code -Dwirebook.cidr.cases=1000000} for all of them, {@code -Dwirebook.seed=N} for others.
   */
  private static final int CASES = Integer.getInteger("wirebook.cidr.cases", 20_000);

  private static final long SEED = Long.getLong("wirebook.seed", 18);

  private static final String PYTHON =
      """
      import sys, ipaddress as ip
      for line in sys.stdin:
          words = line.split()
          a = ip.ip_interface(words[0]); n = a.network; others = [ip.ip_network(w) for w in words[1:]]
          o = others[0]
          four = n.version == 4
          hosts = n.num_addresses - (2 if four and n.prefixlen < 31 else 0)
          row = [str(n), str(n.netmask), str(n[0]), str(n[-1]), str(hosts), a.ip.reverse_pointer,
                 str(n.supernet_of(o)), str(n.overlaps(o)),
                 ",".join(map(str, ip.collapse_addresses([n] + others))),
                 ",".join(map(str, sorted(n.address_exclude(o)))) if n.supernet_of(o) else "-",
                 ",".join(map(str, list(n.subnets(min(2, n.max_prefixlen - n.prefixlen)))))]
          print(" ".join(w or "-" for w in row))
      """;

  @Test
  void networksMasksMergesAndWhatIsExcludedAreThoseOfPython() throws Exception {
    List<List<String>> cases = new ArrayList<>();
    Random random = new Random(SEED);
    for (int i = 0; i < CASES; i++) {
      cases.add(words(random));
    }
    List<String> theirs = python(cases);
    for (int i = 0; i < cases.size(); i++) {
      assertThat(ours(cases.get(i))).as("seed %d: %s", SEED, cases.get(i)).isEqualTo(theirs.get(i));
    }
  }

  /** An address with a length, and ranges, many of them near. */
  private static List<String> words(Random random) {
    boolean four = random.nextInt(3) > 0;
    byte[] base = new byte[four ? 4 : 16];
    random.nextBytes(base);
    List<String> words = new ArrayList<>();
    for (int i = 0; i < 2 + random.nextInt(3); i++) {
      byte[] bytes = base.clone();
      int from = random.nextInt(bytes.length * 8 + 1);
      for (int bit = from; bit < bytes.length * 8; bit++) {
        if (random.nextBoolean()) {
          bytes[bit / 8] ^= (byte) (0x80 >> bit % 8);
        }
      }
      int bits = random.nextInt(4) == 0 ? random.nextInt(8 * bytes.length + 1) : from;
      words.add(
          i == 0
              ? IpText.of(Bytes.of(bytes)) + "/" + bits
              : Cidr.of(Bytes.of(bytes), bits).toString());
    }
    return words;
  }

  private static String ours(List<String> words) {
    Cidr n = Cidr.parse(words.getFirst());
    List<Cidr> all = new ArrayList<>(List.of(n));
    words.stream().skip(1).map(Cidr::parse).forEach(all::add);
    Cidr o = all.get(1);
    boolean contains = n.contains(o);
    return String.join(
        " ",
        n.toString(),
        IpText.of(n.mask()),
        IpText.of(n.network()),
        IpText.of(n.last()),
        n.hosts().toString(),
        Cidr.pointerName(IpText.parse(words.getFirst().replaceFirst("/.*", ""))),
        contains ? "True" : "False",
        n.overlaps(o) ? "True" : "False",
        joined(Cidr.merge(all)),
        contains ? joined(n.exclude(o)) : "-",
        joined(n.split(Math.min(n.bits() + 2, 8 * n.network().length()), 4)));
  }

  private static String joined(List<Cidr> ranges) {
    return ranges.isEmpty()
        ? "-"
        : ranges.stream().map(Cidr::toString).collect(Collectors.joining(","));
  }

  private static List<String> python(List<List<String>> cases) throws Exception {
    Process process = new ProcessBuilder("python3", "-c", PYTHON).start();
    Thread writer =
        Thread.ofVirtual()
            .start(
                () -> {
                  try (PrintStream in =
                      new PrintStream(process.getOutputStream(), false, StandardCharsets.UTF_8)) {
                    cases.forEach(c -> in.println(String.join(" ", c)));
                  }
                });
    List<String> lines =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
            .lines()
            .toList();
    writer.join();
    assertThat(lines).as("Python's answers").hasSize(cases.size());
    return lines;
  }

  @Test
  void theSmallestRangeForSomeHostsHasRoomAndTheNextSmallerHasNot() {
    for (int hosts = 1; hosts < 5000; hosts++) {
      BigInteger count = BigInteger.valueOf(hosts);
      int bits = Cidr.bitsFor(count, true);
      assertThat(Cidr.parse("10.0.0.0/" + bits).hosts()).isGreaterThanOrEqualTo(count);
      if (bits < 30) {
        assertThat(Cidr.parse("10.0.0.0/" + (bits + 1)).hosts()).isLessThan(count);
      }
    }
  }
}
