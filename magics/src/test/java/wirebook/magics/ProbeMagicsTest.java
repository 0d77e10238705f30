package wirebook.magics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import wirebook.internet.Internets;
import wirebook.magics.host.Ip;
import wirebook.magics.host.Mtr;
import wirebook.magics.host.On;
import wirebook.magics.host.Ping;
import wirebook.magics.host.Traceroute;

class ProbeMagicsTest {
  private final Internets internets = new Internets("lab");
  private final TestCells cells = new TestCells(internets, Path.of("").toAbsolutePath());

  @AfterEach
  void close() throws IOException {
    internets.close();
  }

  private Object ip(String words) throws InterruptedException {
    return cells.run(new Ip(), "%ip " + words);
  }

  @Test
  void pingPrintsWhatPingPrintsInTheLabsTime() throws Exception {
    Ping.Pings pings = (Ping.Pings) cells.run(new Ping(), "%ping -c 2 192.0.2.20");
    assertThat(cells.printed())
        .isEqualTo(
            """
            PING 192.0.2.20 (192.0.2.20) 56(84) bytes of data.
            64 bytes from 192.0.2.20: icmp_seq=1 ttl=64 time=2.00 ms
            64 bytes from 192.0.2.20: icmp_seq=2 ttl=64 time=2.00 ms

            --- 192.0.2.20 ping statistics ---
            2 packets transmitted, 2 received, 0% packet loss, time 1000ms
            rtt min/avg/max/mdev = 2.000/2.000/2.000/0.000 ms
            """);
    assertThat(pings.lossPercent()).isZero();
  }

  @Test
  void theRouterThatIsThereSaysThatTheTimeToLiveIsOver() throws Exception {
    cells.run(new Ping(), "%ping -n -c 1 -t 2 142.250.185.78");
    assertThat(cells.printed())
        .contains("From 198.51.100.1 icmp_seq=1 Time to live exceeded")
        .contains("1 packets transmitted, 0 received, +1 errors, 100% packet loss, time 0ms");
  }

  @Test
  void aSmallerLinkOnTheWayWantsFragmentsAndSaysItsMtu() throws Exception {
    ip("-n isp-edge link set eth1 mtu 1400");
    cells.run(new Ping(), "%ping -n -c 1 -M do -s 1400 142.250.185.78");
    assertThat(cells.printed())
        .contains("From 198.51.100.1 icmp_seq=1 Frag needed and DF set (mtu = 1400)");
    cells.run(new Ping(), "%ping -n -c 1 -s 1400 142.250.185.78");
    assertThat(cells.printed()).contains("1408 bytes from 142.250.185.78");
    cells.run(new Ip(), "%ip route get 142.250.185.78");
    assertThat(cells.printed()).containsPattern("cache expires (600|5\\d\\d)sec mtu 1400");
    cells.run(new Ping(), "%ping -n -c 1 -M do -s 1400 142.250.185.78");
    assertThat(cells.printed()).contains("ping: local error: message too long, mtu=1400");
    internets.lab().clock().advance(Duration.ofMinutes(10));
    cells.run(new Ip(), "%ip route get 142.250.185.78");
    assertThat(cells.printed()).doesNotContain("mtu");
  }

  @Test
  void tracerouteFindsTheLargestPacketAndAFlushOfTheCacheForgetsIt() throws Exception {
    ip("-n isp-edge link set eth1 mtu 1400");
    cells.run(new Traceroute(), "%traceroute --mtu -nA -q 2 142.250.185.78");
    assertThat(cells.printed())
        .startsWith(
            "traceroute to 142.250.185.78 (142.250.185.78), 30 hops max, 65000 byte packets")
        .containsPattern("\n 1  192.0.2.1 \\[\\*\\]  [0-9.]+ ms F=1500  [0-9.]+ ms\n")
        .containsPattern("\n 3  .* ms F=1400  [0-9.]+ ms\n")
        .containsPattern(" 142.250.185.78 \\[AS15169\\]");
    cells.run(new Ip(), "%ip route get 142.250.185.78");
    assertThat(cells.printed()).contains("mtu 1400");
    cells.run(new Ip(), "%ip -s route flush cache");
    assertThat(cells.printed()).isEqualTo("*** IPv4 routing cache is flushed.\n");
    cells.run(new Ip(), "%ip route get 142.250.185.78");
    assertThat(cells.printed()).doesNotContain("mtu");
  }

  @Test
  void whoHasHeardOfAllPacketsWaitsForNoMore() throws Exception {
    long before = internets.lab().clock().nanoTime();
    cells.run(new Ping(), "%ping -c 2 -M do -s 2000 httpbin.org");
    assertThat(cells.printed()).contains("2 packets transmitted, 0 received, +2 errors");
    assertThat(internets.lab().clock().nanoTime() - before).isLessThan(10_000_000_000L);
  }

  @Test
  void eachKindOfUnreachableHasItsWords() throws Exception {
    ip("-n gateway route add unreachable 142.250.185.78");
    ip("-n gateway route add prohibit 140.82.121.3");
    cells.run(new Ping(), "%ping -n -c 1 142.250.185.78");
    assertThat(cells.printed()).contains("From 192.0.2.1 icmp_seq=1 Destination Host Unreachable");
    cells.run(new Ping(), "%ping -n -c 1 140.82.121.3");
    assertThat(cells.printed()).contains("From 192.0.2.1 icmp_seq=1 Packet filtered");
    cells.run(new Traceroute(), "%traceroute -n -q 1 140.82.121.3");
    assertThat(cells.printed()).endsWith(" 1  192.0.2.1  1.000 ms !X\n");
  }

  @Test
  void aRouteOfTheSenderThatRefusesIsAnErrorOfConnectAtOnce() throws Exception {
    ip("route add unreachable 142.250.185.78");
    ip("route add prohibit 140.82.121.3");
    cells.run(new Ping(), "%ping -c 2 142.250.185.78");
    assertThat(cells.printed()).isEqualTo("ping: connect: No route to host\n");
    cells.run(new Ping(), "%ping -c 2 140.82.121.3");
    assertThat(cells.printed())
        .isEqualTo(
            "ping: Do you want to ping broadcast? Then -b. If not, check your local firewall"
                + " rules\n");
    // A neighbour that is not there is looked for first.
    cells.run(new Ping(), "%ping -c 1 192.0.2.99");
    assertThat(cells.printed()).contains("From 192.0.2.10 icmp_seq=1 Destination Host Unreachable");
  }

  @Test
  void aNameThatNobodyCouldBeAskedForIsATemporaryFailure() throws Exception {
    cells.run(new Ping(), "%ping nobody.google.com");
    assertThat(cells.printed()).isEqualTo("ping: nobody.google.com: Name or service not known\n");
    ip("route del default");
    cells.run(new Ping(), "%ping google.com");
    assertThat(cells.printed())
        .isEqualTo("ping: google.com: Temporary failure in name resolution\n");
    cells.run(new Traceroute(), "%traceroute google.com");
    assertThat(cells.printed()).startsWith("google.com: Temporary failure in name resolution\n");
    ip("route add default via 192.0.2.1");
    internets.lab().world().set("resolver.isp", new wirebook.internet.topology.Condition.Failed());
    cells.run(new Ping(), "%ping google.com");
    assertThat(cells.printed())
        .isEqualTo("ping: google.com: Temporary failure in name resolution\n");
  }

  @Test
  void tracerouteNamesTheRoutersOnTheWay() throws Exception {
    Traceroute.Way way =
        (Traceroute.Way) cells.run(new Traceroute(), "%traceroute -q 1 52.22.188.161");
    assertThat(cells.printed())
        .isEqualTo(
            """
            traceroute to 52.22.188.161 (52.22.188.161), 30 hops max, 60 byte packets
             1  gateway (192.0.2.1)  1.000 ms
             2  isp-edge (198.51.100.1)  9.000 ms
             3  ix-frankfurt (203.0.113.129)  13.000 ms
             4  ix-ashburn (203.0.113.130)  97.000 ms
             5  52.22.188.161 (52.22.188.161)  107.000 ms
            """);
    assertThat(way.reached()).isTrue();
  }

  @Test
  void aLoopIsTheSameTwoRoutersOverAndOver() throws Exception {
    ip("-n isp-edge route add 142.250.185.78 via 192.0.2.1 dev eth0 onlink");
    cells.run(new Traceroute(), "%traceroute -n -q 1 -m 4 142.250.185.78");
    assertThat(cells.printed())
        .contains(" 1  192.0.2.1 ", " 2  198.51.100.1 ", " 3  192.0.2.1 ", " 4  198.51.100.1 ");
  }

  @Test
  void whoSitsOnAnotherHostUsesItsRoutes() throws Exception {
    cells.run(new On(), "%on gateway");
    cells.run(new Ping(), "%ping -c 1 192.0.2.20");
    assertThat(cells.printed()).contains("ttl=64 time=1.00 ms");
    cells.run(new On(), "%on lab");
    assertThat(cells.complaint(new On(), "%on nowhere").getMessage())
        .contains("the lab has no host nowhere");
  }

  @Test
  void anOptionThatIsNoneIsRefusedInPingsWords() {
    assertThat(cells.complaint(new Ping(), "%ping -Z host").getMessage())
        .contains("ping: invalid option -- 'Z'");
    assertThat(cells.complaint(new Ping(), "%ping -c").getMessage())
        .contains("option requires an argument -- 'c'");
    assertThat(cells.complaint(new Ping(), "%ping -c 0 host").getMessage())
        .contains("invalid argument: '0'");
  }

  /** In the words of ping of iputils 20221126 and of traceroute 2.1.2. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          -c 0 127.0.0.1       | '0': out of range: 1 <= value <= 9223372036854775807
          -t 300 127.0.0.1     | '300': out of range: 0 <= value <= 255
          -s -1 127.0.0.1      | '-1': out of range: 0 <= value <= 2147483647
          -w x 127.0.0.1       | invalid argument: 'x'
          -W -1 127.0.0.1      | ping: bad linger time: -1
          -4 -6 127.0.0.1      | ping: only one -4 or -6 option may be specified
          """,
      quoteCharacter = '~')
  void pingRefusesWhatIsOutOfRange(String words, String said) {
    assertThat(cells.complaint(new Ping(), "%ping " + words).diagnostic().message()).endsWith(said);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          -q 20 127.0.0.1      | no more than 10 probes per hop
          -q 0 127.0.0.1       | no more than 10 probes per hop
          -m 300 127.0.0.1     | max hops cannot be more than 255
          -m 0 127.0.0.1       | first hop out of range
          -f 5 -m 3 127.0.0.1  | first hop out of range
          -f 0 127.0.0.1       | first hop out of range
          127.0.0.1 99999      | too big packetlen 99999 specified
          -q x 127.0.0.1       | Cannot handle `-q' option with arg `x' (argc 2)
          127.0.0.1 x          | Cannot handle "packetlen" cmdline arg `x' on position 2 (argc 2)
          """,
      quoteCharacter = '~')
  void tracerouteRefusesWhatIsOutOfRange(String words, String said) {
    assertThat(cells.complaint(new Traceroute(), "%traceroute " + words).diagnostic().message())
        .isEqualTo(said);
  }

  @Test
  void pingToAllOnALinkWantsItsOptionAndNobodyAnswers() throws Exception {
    cells.run(new Ping(), "%ping -c 1 192.0.2.255");
    assertThat(cells.errors()).contains("ping: Do you want to ping broadcast? Then -b.");
    cells.run(new Ping(), "%ping -b -c 1 192.0.2.255");
    assertThat(cells.errors()).contains("WARNING: pinging broadcast address\n");
    assertThat(cells.printed())
        .contains("PING 192.0.2.255 (192.0.2.255) 56(84)", "1 packets transmitted, 0 received");
  }

  @Test
  void pingTakesNoAddressForThisHostReadsAnIntervalAsFarAsItGoesAndKnowsFamilies()
      throws Exception {
    cells.run(new Ping(), "%ping -c 1 -i abc 0.0.0.0");
    assertThat(cells.errors())
        .isEqualTo(
            """
            ping: option argument contains garbage: abc
            ping: this will become fatal error in the future
            """);
    assertThat(cells.printed())
        .contains("PING 0.0.0.0 (127.0.0.1) 56(84)", "64 bytes from 127.0.0.1: icmp_seq=1");
    cells.run(new Ping(), "%ping -6 192.0.2.20");
    cells.run(new Traceroute(), "%traceroute -4 ::1");
    assertThat(cells.errors())
        .contains(
            "ping: 192.0.2.20: Address family for hostname not supported\n",
            "::1: Address family for hostname not supported\n");
  }

  @Test
  void mtrReportsEachRouterInTheLabsTime() throws Exception {
    Mtr.Report report = (Mtr.Report) cells.run(new Mtr(), "%mtr -r -c 3 -n 8.8.8.8");
    assertThat(cells.printed())
        .contains(
            "HOST: lab                         Loss%   Snt   Last   Avg  Best  Wrst StDev\n",
            "  1.|-- 192.0.2.1                  0.0%     3    1.0   1.0   1.0   1.0   0.0\n");
    assertThat(report.hops()).hasSize(4);
    cells.run(new Mtr(), "%mtr -rz -c 1 -n 8.8.8.8");
    assertThat(cells.printed())
        .endsWith("  4. AS15169  8.8.8.8              0.0%     1   17.0  17.0  17.0  17.0   0.0\n");
    cells.run(new Mtr(), "%mtr -C -c 2 -u -P 53 -n 8.8.8.8");
    assertThat(cells.printed())
        .startsWith(
            "Mtr_Version,Start_Time,Status,Host,Hop,Ip,Loss%,Snt, ,Last,Avg,Best,Wrst,StDev,\n"
                + "MTR.0.95,")
        .contains(",OK,8.8.8.8,1,192.0.2.1,0.00,2,0,1.00,1.00,1.00,1.00,0.00\n");
    cells.run(new Mtr(), "%mtr -j -c 2 -n -o LA 8.8.8.8");
    assertThat(cells.printed())
        .startsWith(
            """
            {
                "report": {
                    "mtr": {
                        "src": "lab",
                        "dst": "8.8.8.8",
                        "tos": 0,
                        "tests": 2,
                        "psize": "64",
                        "bitpattern": "0x00"
                    },
                    "hubs": [
                        {
                            "count": 1,
                            "host": "192.0.2.1",
                            "Loss%": 0.0,
                            "Avg": 1.0
                        },
            """);
  }

  @Test
  void theBitsAndTheRoutesThatCameIntoQuestionAreDrawn() throws Exception {
    ip("calc 10.1.2.3/20");
    assertThat(cells.shown().getLast().text())
        .isEqualTo(
            "10.1.2.3: network, 20 bits, host, 12 bits; the network is 10.1.0.0/20, its last"
                + " address 10.1.15.255.");
    ip("route get 8.8.8.8");
    assertThat(cells.shown().getLast().text())
        .startsWith("8.8.8.8 takes default via 192.0.2.1 dev eth0: nothing longer fits")
        .endsWith("2 routes came into question.");
    int shown = cells.shown().size();
    ip("route");
    ip("calc 10.0.0.0/24 split /26");
    assertThat(cells.shown()).hasSize(shown);
  }
}
