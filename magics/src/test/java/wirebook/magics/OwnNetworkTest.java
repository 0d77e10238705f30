package wirebook.magics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import wirebook.engine.http.load.LoadResult;
import wirebook.internet.Internets;
import wirebook.internet.sites.Cluster;
import wirebook.magics.dns.DigCommand;
import wirebook.magics.host.Ip;
import wirebook.magics.host.Nc;
import wirebook.magics.host.On;
import wirebook.magics.host.Ping;
import wirebook.magics.host.Traceroute;
import wirebook.magics.http.Curl;
import wirebook.magics.lab.Internet;
import wirebook.magics.serve.Load;
import wirebook.magics.serve.Serve;
import wirebook.peer.Ipv6;
import wirebook.spi.MagicException;

@Tag("slow")
class OwnNetworkTest {
  private static final String OFFICE =
      """
      %%internet
      # two floors
      router r1 10.0.0.1/24 10.0.12.1/30
      router r2 10.0.1.1/24 10.0.12.2/30
      host pc1 10.0.0.10/24 at r1 1ms does my desk
      host pc2 10.0.0.11 at r1 1ms
      host web 10.0.1.80/24 at r2 1ms
      link r1 r2 5ms mtu 1400
      service web 8080 hello from web
      """;

  @TempDir private static Path folder;
  private final Internets internets = new Internets("lab");
  private final TestCells cells = new TestCells(internets, folder);

  @AfterEach
  void close() throws IOException {
    internets.close();
  }

  private String draw(String text) throws InterruptedException {
    cells.run(new Internet(), text);
    return cells.printed();
  }

  private String ip(String words) throws InterruptedException {
    cells.run(new Ip(), "%ip " + words);
    return cells.printed();
  }

  private String ping(String words) throws InterruptedException {
    cells.run(new Ping(), "%ping -n -c 1 " + words);
    return cells.printed();
  }

  @Test
  void aSilentHostEndsNcsOwnPatienceInItsWords() throws Exception {
    draw(OFFICE);
    cells.run(new Internet(), "%internet fail web");
    cells.run(new Nc(), "%nc -v -w 2 web 8080");
    assertThat(cells.errors())
        .contains("nc: connect to web (10.0.1.80) port 8080 (tcp) timed out: Operation now in");
  }

  /** What dig 9.18 says on a host whose resolv.conf is empty. */
  @Test
  void withoutANameServerDigAsksThisHostByBothFamilies() throws Exception {
    Ipv6.assumed();
    draw(OFFICE);
    cells.run(new DigCommand(), "%dig web");
    assertThat(cells.printed())
        .contains(
            ";; communications error to ::1#53: connection refused\n".repeat(3)
                + ";; communications error to 127.0.0.1#53: connection refused\n\n; <<>> DiG")
        .endsWith(";; no servers could be reached\n");
  }

  @Test
  void aNetworkOfOnesOwnHasTheRoutesNamesServicesAndDelaysThatAreDrawn() throws Exception {
    assertThat(draw(OFFICE)).contains("3 hosts, 2 routers, 4 links. You are on pc1");
    assertThat(ip("route"))
        .isEqualTo(
            """
            default via 10.0.0.1 dev eth0\s
            10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.10\s
            """);
    assertThat(ip("-n r1 -br addr")).contains("eth0             UP             10.0.0.1/24");
    assertThat(ping("pc2")).contains("time=4.00 ms");
    assertThat(ping("WEB")).contains("64 bytes from 10.0.1.80: icmp_seq=1 ttl=62 time=14.0 ms");
    assertThat(ping("-M do -s 1400 web")).contains("Frag needed and DF set (mtu = 1400)");
    cells.run(new Curl(), "%curl -s http://web:8080/");
    assertThat(cells.printed()).isEqualTo("hello from web\n");
    cells.run(new Curl(), "%curl -sS http://web:81/");
    assertThat(cells.printed()).startsWith("curl: (7) Failed to connect to web");
    assertThat(ping("google.com")).contains("Name or service not known");
  }

  @Test
  void theLabsOwnWorldCanBeThereTooAndComesBackWhole() throws Exception {
    draw(
        """
        %%internet
        world
        router office 10.9.0.1/24
        host desk 10.9.0.10/24 at office 1ms
        link office isp-edge 3ms
        """);
    assertThat(internets.host()).isEqualTo("lab");
    cells.run(new On(), "%on desk");
    assertThat(ping("github.com")).contains("64 bytes from 140.82.121.3");
    cells.run(new Traceroute(), "%traceroute -q 1 -n 8.8.8.8");
    assertThat(cells.printed()).contains(" 1  10.9.0.1", " 2  198.51.100.1");
    assertThat(draw("%internet lab")).contains("own world is back");
    assertThat(internets.host()).isEqualTo("lab");
    assertThat(ping("10.9.0.10")).doesNotContain("64 bytes");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          hots b 10.0.0.2/24 at r 1ms           | no line of a network begins with hots | Did you mean host?
          host b 10.0.0.300/24 at r 1ms         | 10.0.0.300/24 is no address | four numbers
          host b 10.0.300 at r 1ms              | 10.0.300 is no address | four numbers
          host b 10.0.0.2/33 at r 1ms           | from 0 to 32 bits, not 33 | four numbers
          host b 10.0.0.2/255.0.255.0 at r 1ms  | no netmask | four numbers
          host b ten at r 1ms                   | ten is no address | 10.0.0.10/24
          host b 10.0.0.2/24 att r 1ms          | att is no address | Did you mean at?
          host b 10.0.0.2/24 at x 1ms           | there is no x | write a line
          host b 10.0.0.2/24 at a 1ms           | hosts forward nothing | router
          host b 10.0.0.2/24 at r soon          | soon is no delay | 0.5ms
          host b 10.0.0.2/24 at r               | needs a delay | at r1 1ms
          host b 10.0.0.2/24 at r 1ms mtu 20    | 20 is no MTU | from 68
          host b 10.0.0.2/24 at r 1ms loss 101% | 101% is no percentage | 100
          host b 10.0.0.2/24 at r 1ms fast      | no word fast | away
          host b 10.0.0.2/24 at r 1ms jitter 2ms| a jitter is at most the delay | smaller
          host a 10.0.0.2/24 at r 1ms           | there is a a in line 2 already | another
          host ../x 10.0.0.2/24 at r 1ms        | ../x is no name | letters
          host 10.0.0.2 10.0.0.2/24 at r 1ms    | 10.0.0.2 is no name | letters
          host b 10.0.0.10/24 at r 1ms          | a has the address 10.0.0.10 already | own
          host b 10.0.0.10/24 10.0.0.10 at r 1ms| 10.0.0.10 already | own
          host b 10.0.0.0/24 at r 1ms           | is the network 10.0.0.0/24 itself | 10.0.0.1 to 10.0.0.254
          host b 10.0.0.255/24 at r 1ms         | is the broadcast address | 10.0.0.254
          host b 10.0.0.130/25 at r 1ms         | leaves out its gateway: 10.0.0.1 is not in 10.0.0.128/25 | 10.0.0.130/24
          host b 10.0.7.7 at r 1ms              | is in no subnet | 10.0.7.7/24
          host b 10.0.7.7/24 at r 1ms           | r has no address in 10.0.7.0/24 | 10.0.7.1/24
          host b 10.0.0.2/24                    | b is linked to nothing | at r1
          subnet 10.0.5.1/24                    | has host bits | 10.0.5.0/24
          subnet all                            | all is no range | 10.0.0.0/24
          link r r 1ms                          | cannot be linked to itself | link
          service r 80 x                        | is a router, and serves nothing | host
          service a 0 x                         | 0 is no port | 65535
          ip r route add 10.9.0.0/16 via 10.0.0.1 | ip refuses this on r | help
          ip r rout add                         | ip refuses this on r | help
          ip                                    | ip needs a node | ip r1
          """)
  void whatIsWrongHasAPlaceACauseAndAFixAndTheOldNetworkStands(
      String line, String cause, String fix) throws Exception {
    draw(OFFICE);
    String cell = "%%internet\nrouter r 10.0.0.1/24\nhost a 10.0.0.10/24 at r 1ms\n" + line + "\n";
    MagicException complaint = cells.complaint(new Internet(), cell);
    assertThat(complaint.diagnostic().message())
        .startsWith("line 3 of the network: ")
        .contains(cause);
    assertThat(complaint.diagnostic().fix()).containsIgnoringCase(fix).contains("still stands");
    assertThat(complaint.diagnostic().span().start())
        .isBetween(cell.indexOf(line), cell.indexOf(line) + line.length());
    assertThat(ping("web")).contains("64 bytes from 10.0.1.80");
  }

  private static final String TRIANGLE =
      """
      %%internet
      router r1 10.0.1.1/24 10.0.12.1/30
      router r2 10.0.2.1/24 10.0.12.2/30
      host a 10.0.1.10/24 at r1 1ms
      host b 10.0.2.10/24 at r2 1ms
      link r1 r2 5ms
      """;

  @Test
  void aLoopIsNamedAtTheLineThatMakesItAndDoesWhatItDoesInLifeIfItIsWanted() throws Exception {
    String loop = TRIANGLE + "ip r2 route add 10.0.2.10/32 via 10.0.12.1\n";
    MagicException complaint = cells.complaint(new Internet(), loop);
    assertThat(complaint.diagnostic().message())
        .contains("line 6", "no way from a to b: it goes round and round, r1 → r2 → …");
    assertThat(draw(loop.replace("%%internet", "%%internet --anyway"))).contains("As it is drawn");
    assertThat(ping("b")).contains("Time to live exceeded");
  }

  @Test
  void aWayWithoutAWayBackIsNamed() {
    MagicException complaint =
        cells.complaint(new Internet(), TRIANGLE + "ip r2 route del default\n");
    assertThat(complaint.diagnostic().message()).contains("no way back", "ends at r2");
  }

  @Test
  void aMaskThatLeavesOutTheGatewayLeavesTheHostWithoutADefaultRoute() throws Exception {
    draw(
        """
        %%internet --anyway
        router r 10.0.0.1/24
        host a 10.0.0.10/24 at r 1ms
        host b 10.0.0.130/25 at r 1ms
        """);
    assertThat(ip("-n b route"))
        .isEqualTo("10.0.0.128/25 dev eth0 proto kernel scope link src 10.0.0.130 \n");
    assertThat(ping("b")).contains("100% packet loss");
  }

  @Test
  void whatIsSavedIsLoadedAgainWithWhatIpChanged() throws Exception {
    draw(OFFICE);
    ip("-n r1 route add blackhole 10.7.0.0/16");
    ip("route add 10.8.0.0/16 via 10.0.0.11");
    draw("%internet save my.net");
    assertThat(Files.readString(folder.resolve("my.net")))
        .startsWith("# two floors\n")
        .contains("ip r1 route add blackhole 10.7.0.0/16\n", "ip pc1 route add 10.8.0.0/16");
    draw("%internet lab");
    draw("%internet load my.net");
    assertThat(ip("-n r1 route")).contains("blackhole 10.7.0.0/16");
    assertThat(ip("route")).contains("10.8.0.0/16 via 10.0.0.11 dev eth0");
    assertThat(cells.complaint(new Internet(), "%internet load none.net").diagnostic().message())
        .isEqualTo("there is no file none.net");
    Files.writeString(folder.resolve("bad.net"), "host\n");
    assertThat(cells.complaint(new Internet(), "%internet load bad.net").diagnostic().message())
        .startsWith("line 1 of bad.net: host needs a name");
    assertThat(ping("web")).contains("64 bytes");
  }

  @Test
  void aNetworkThatWasSavedBrokenIsLoadedAsItWas() throws Exception {
    draw(TRIANGLE);
    ip("-n r1 link set eth1 down");
    draw("%internet save broken.net");
    draw("%internet lab");
    assertThat(draw("%internet load broken.net"))
        .contains("As it is drawn: line 6 of broken.net: no way from a to b");
    assertThat(ip("-n r1 -br link show dev eth1")).contains("DOWN");
  }

  @Test
  void whatIpChangedIsNoIllnessAndStaysWhenAllIsHealed() throws Exception {
    draw(OFFICE);
    ip("route add 10.66.0.0/16 via 10.0.0.11");
    ip("-n r1 route add blackhole 10.7.0.0/16");
    draw("%internet fail web");
    assertThat(draw("%internet heal"))
        .contains(
            "All hosts are up.\n  What %ip changed stays; drawing the network anew undoes it.");
    draw("%internet heal web");
    assertThat(ping("web")).contains("64 bytes");
    assertThat(ip("route")).contains("10.66.0.0/16");
    assertThat(ip("-n r1 route")).contains("blackhole 10.7.0.0/16");
  }

  @Test
  void aRouterThatFailsCarriesNothingUntilItIsHealed() throws Exception {
    draw(OFFICE);
    assertThat(draw("%internet fail r1")).contains("r1 is down");
    assertThat(ping("web")).contains("100% packet loss");
    assertThat(draw("%internet")).contains("r1 ");
    draw("%internet heal r1");
    assertThat(ping("web")).contains("64 bytes");
  }

  @Test
  void aLineThatIsWrongMakesNoSecondMistake() {
    assertThat(
            cells
                .complaint(
                    new Internet(),
                    "%%internet\nrouter r 10.0.0.1/24\nhost srv 10.0.0.2 at r\nservice srv 80 x\n")
                .diagnostic())
        .satisfies(d -> assertThat(d.message()).contains("needs a delay"))
        .satisfies(d -> assertThat(d.fix()).doesNotContain("there is no srv"));
  }

  @Test
  void whoComesBackFromTheRealInternetFindsTheLabAsItWas() throws Exception {
    ip("route add 10.66.0.0/16 via 192.0.2.20");
    draw("%internet real");
    draw("%internet lab");
    assertThat(ip("route")).contains("10.66.0.0/16");
    draw(OFFICE);
    draw("%internet real");
    assertThat(draw("%internet lab")).contains("Your own network is as it was");
    assertThat(internets.host()).isEqualTo("pc1");
    assertThat(draw("%internet lab")).contains("The lab's own world is back.");
  }

  @Test
  void whatIpChangedOnAReplicaIsNotSaved() throws Exception {
    draw(OFFICE);
    draw("%internet up app --replicas 1 --in r2 --port 8080");
    ip("-n app-1 route add blackhole 10.7.0.0/16");
    ip("-n r1 route add blackhole 10.7.0.0/16");
    draw("%internet save my.net");
    draw("%internet load my.net");
    assertThat(ip("-n r1 route")).contains("blackhole 10.7.0.0/16");
  }

  @Test
  void theLabsTablesAreRestoredByTheWordLab() throws Exception {
    ip("route del default");
    draw("%internet lab");
    assertThat(ip("route")).startsWith("default via 192.0.2.1");
  }

  @Test
  void whereTheDelayVariesOnePacketOvertakesAnotherAndNoneIsLost() throws Exception {
    draw(
        """
        %%internet
        router r 10.0.0.1/24
        router s 10.0.1.1/24
        host a 10.0.0.10/24 at r 1ms
        host b 10.0.1.10/24 at s 1ms
        link r s 50ms jitter 40ms
        """);
    cells.run(new Ping(), "%ping -n -c 20 -i 0.01 b");
    String printed = cells.printed();
    List<Integer> order =
        Pattern.compile("icmp_seq=(\\d+) ttl=62 time=")
            .matcher(printed)
            .results()
            .map(m -> Integer.parseInt(m.group(1)))
            .toList();
    assertThat(order)
        .isNotEqualTo(order.stream().sorted().toList())
        .containsExactlyInAnyOrderElementsOf(IntStream.rangeClosed(1, 20).boxed().toList());
    assertThat(printed).contains("20 received, 0% packet loss").doesNotContain("/0.000 ms");
    assertThat(map()).contains("| 50 ± 40 ms");
  }

  private String map() throws InterruptedException {
    cells.run(new Internet(), "%internet map");
    return cells.shown().getLast().text();
  }

  @Test
  void theMapShowsWhatThereIsHowItIsAndTheWayOfTheLastPacket() throws Exception {
    draw(OFFICE);
    assertThat(map())
        .isEqualTo(
            """
            [r1] 10.0.0.1 10.0.12.1
            |   10.0.0.0/24: pc1 10.0.0.10 (you are here), pc2 10.0.0.11
            | 5 ms, MTU 1400
            [r2] 10.0.1.1 10.0.12.2
            |   10.0.1.0/24: web 10.0.1.80
            3 hosts, 2 routers.
            No packet yet: %ping or %traceroute a host, then look again.
            """);
    ping("web");
    assertThat(map())
        .endsWith("Last packet to web, 10.0.1.80: pc1 > r1 > r2 > web; arrived at web.\n");
    draw("%internet fail web");
    ip("-n r2 link set eth1 down");
    ping("-W 1 web");
    assertThat(map()).contains("| 5 ms, MTU 1400, down", "web 10.0.1.80 (down)", "r1 sent it back");
    assertThat(cells.shown().getLast().data().get("text/html")).contains("<img", "<details>");
    assertThat(draw("%internet map r1"))
        .contains("r1, a router; up", "10.0.1.0/24 via 10.0.12.2 dev eth1");
    assertThat(draw("%internet map web")).contains("serves HTTP at port 8080: hello from web");
  }

  @Test
  void theMapShowsWhereTheAnswerCameAnotherWay() throws Exception {
    draw(
        """
        %%internet
        router r1 10.0.1.1/24
        router r2 10.0.2.1/24
        router r3 10.0.3.1/24
        host a 10.0.1.10/24 at r1 1ms
        host b 10.0.2.10/24 at r2 1ms
        host c 10.0.3.10/24 at r3 1ms
        link r1 r2 1ms
        link r2 r3 1ms
        link r3 r1 1ms
        ip r2 route replace 10.0.1.0/24 via 10.0.3.1 dev eth2 onlink
        """);
    ping("b");
    assertThat(map())
        .contains(
            "Last packet to b, 10.0.2.10: a > r1 > r2 > b", "another way: b > r2 > r3 > r1 > a");
  }

  @Test
  void theMapSaysHowMuchItLeavesOut() throws Exception {
    StringBuilder many = new StringBuilder("%%internet\nrouter r 10.0.0.1/16\n");
    for (int i = 0; i < 1000; i++) {
      many.append("host pc%d 10.0.%d.%d/16 at r 1ms\n".formatted(i, i / 200, i % 200 + 2));
    }
    draw(many.toString());
    ping("pc900");
    assertThat(map()).contains("pc900 10.0.4.102", "and 940 more", "940 of them are left out here");
  }

  private LoadResult load(String words) throws InterruptedException {
    return (LoadResult) cells.run(new Load(), "%load " + words + " -n 30 -c 1 --timeout 2s");
  }

  @Test
  void aClusterHasOneNameForAllAndWhoAsksItByTurnsFailsAtTheShareThatIsDead() throws Exception {
    Cluster cluster =
        (Cluster)
            cells.run(
                new Internet(),
                "%internet up shop.class.example --replicas 3 --in 192.0.2.0/24,ix-ashburn --serve"
                    + " hello from {name}");
    assertThat(cluster.replicas())
        .extracting(r -> r.delay().toMillis())
        .containsExactly(1L, 53L, 1L);
    cells.run(new Curl(), "%curl -s http://shop-2.class.example/");
    assertThat(cells.printed()).isEqualTo("hello from shop-2.class.example\n");
    draw("%internet fail shop-2.class.example");
    assertThat(load("http://shop.class.example/ --fresh").failedShare())
        .isEqualTo("10 of 30 failed, 33.3 %");
    cells.run(
        new Serve(),
        "%serve 0 --name lb --to"
            + " http://shop-1.class.example,http://shop-2.class.example,http://shop-3.class.example"
            + " --publish lb.class.example -q");
    assertThat(load("http://lb.class.example/ --fresh").failures()).isZero();
    draw("%internet fail shop-1.class.example");
    draw("%internet fail shop-3.class.example");
    assertThat(load("http://shop.class.example/ --fresh").failedShare())
        .isEqualTo("30 of 30 failed, 100.0 %");
    assertThat(draw("%internet down shop.class.example")).contains("are gone");
    cells.run(new Curl(), "%curl -sS http://shop-1.class.example/");
    assertThat(cells.printed()).contains("Could not resolve host");
    cells.run(new Serve(), "%serve stop all");
  }

  @Test
  void aClusterIsPutIntoANetworkOfOnesOwnToo() throws Exception {
    draw(OFFICE);
    ip("-n r1 route add blackhole 10.7.0.0/16");
    draw("%internet up app --replicas 2 --in r2 --port 8080");
    cells.run(new Curl(), "%curl -s http://app:8080/ http://app:8080/");
    assertThat(cells.printed()).contains("app-1\n");
    assertThat(ip("-n r1 route")).contains("blackhole 10.7.0.0/16");
    assertThat(map()).contains("app-1 10.0.1.100, app-2 10.0.1.101");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          up                                         | needs a name
          up shop.class.example --replicas 0         | no number from 1 to 50
          up shop.class.example --replicas           | needs a value
          up shop.class.example --in 10.99.0.0/24    | no router has a subnet 10.99.0.0/24
          up shop.class.example --in nowhere         | nor is one of that name
          up google.com                              | the lab's host already
          up shop.google.com                         | is not the class's
          up 192.0.2.99                              | no zone
          up shop.class.example here                 | no word here
          down shop.class.example                    | there are no replicas
          """)
  void aClusterThatCannotBeIsRefusedWithAWord(String words, String cause) {
    assertThat(cells.complaint(new Internet(), "%internet " + words).diagnostic().message())
        .contains(cause);
  }
}
