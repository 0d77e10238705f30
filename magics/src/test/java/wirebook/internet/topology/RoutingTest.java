package wirebook.internet.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import wirebook.engine.socket.icmp.Echo;
import wirebook.engine.socket.ip.IpCommand;
import wirebook.engine.socket.ip.IpObject;
import wirebook.engine.socket.ip.IpResult;
import wirebook.internet.Internets;
import wirebook.internet.Lab;
import wirebook.internet.time.LabClock;
import wirebook.trace.Bytes;

class RoutingTest {
  private static final InetSocketAddress FAR = new InetSocketAddress("142.250.185.78", 80);
  private static final InetSocketAddress GITHUB = new InetSocketAddress("140.82.121.3", 80);
  private final Lab lab = Internets.lab(LabClock.standing(Instant.parse("2026-02-01T12:00:00Z")));

  @AfterEach
  void close() throws Exception {
    lab.close();
  }

  private IpResult ip(String words) {
    return ipOn(Topology.HERE, words);
  }

  private IpResult ipOn(String host, String words) {
    return IpCommand.run(
        lab.world().kernel(host), lab.world()::kernelNamed, List.of(words.split(" ")), true);
  }

  private void connect(InetSocketAddress to) throws Exception {
    lab.network().connect(to, Optional.empty(), Duration.ofSeconds(5)).close();
  }

  private List<String> way(String from, String to) {
    Bytes address = Bytes.of(InetAddress.ofLiteral(to).getAddress());
    return lab.world().routing().send(from, Optional.empty(), address, 60).steps().stream()
        .map(Routing.Step::node)
        .toList();
  }

  @Test
  void withoutTheDefaultRouteTheNetworkIsUnreachableAtOnceAndTheNeighbourIsNot() throws Exception {
    connect(FAR);
    long before = lab.clock().nanoTime();
    assertThat(ip("route del default").status()).isZero();
    assertThatThrownBy(() -> connect(FAR))
        .isExactlyInstanceOf(SocketException.class)
        .hasMessage("Network is unreachable");
    assertThat(lab.clock().nanoTime()).isEqualTo(before);
    assertThat(ip("route get 8.8.8.8").error())
        .isEqualTo("RTNETLINK answers: Network is unreachable\n");
    assertThat(way("lab", "192.0.2.20")).containsExactly("neighbour");
    assertThat(ip("route add default via 192.0.2.1").status()).isZero();
    connect(FAR);
  }

  @Test
  void whatTheMachinesFilesTellIsNotSaidOfALabHost() {
    assertThat(ip("netns list").text()).isEmpty();
    assertThatThrownBy(() -> ip("maddr")).hasMessage("the lab's hosts join no groups of multicast");
  }

  /** Compared with Linux 6.18 and iproute2 6.1. */
  @Test
  void routesOfIpv6AreListedAndAnsweredAsLinuxDoes() {
    ip("addr add 10.0.0.1/24 dev eth0");
    ip("-6 addr add 2001:db8:5::1/64 dev eth0");
    ip("-6 route add 2001:db8:aa::/48 via 2001:db8:1::7");
    ip("route add default via 10.0.0.254 table 100");
    assertThat(ip("-6 route").text())
        .isEqualTo(
            """
            2001:db8:1::/64 dev eth0 proto kernel metric 256 pref medium
            2001:db8:5::/64 dev eth0 proto kernel metric 256 pref medium
            2001:db8:aa::/48 via 2001:db8:1::7 dev eth0 metric 1024 pref medium
            default via 2001:db8:1::1 dev eth0 metric 1024 pref medium
            """);
    assertThat(ip("-6 route show table local").text())
        .contains("multicast ff00::/8 dev eth0 proto kernel metric 256 pref medium\n");
    assertThat(ip("route show table all").text())
        .startsWith("default via 10.0.0.254 dev eth0 table 100 \ndefault via 192.0.2.1 dev eth0 \n")
        .containsSubsequence(
            "local 10.0.0.1 ", "broadcast 10.0.0.255 ", "local 127.0.0.0/8 ", "local 192.0.2.10 ");
    assertThat(ip("-6 route get 2001:db8:5::99").text())
        .startsWith(
            "2001:db8:5::99 from :: dev eth0 proto kernel src 2001:db8:5::1 metric 256 pref"
                + " medium\n");
    assertThat(ip("-6 route get 2001:4860::8 from 2001:db8:5::1").text())
        .startsWith(
            "2001:4860::8 from 2001:db8:5::1 via 2001:db8:1::1 dev eth0 src 2001:db8:5::1 metric"
                + " 1024 pref medium\n");
  }

  @Test
  void aBlackholeForOneSiteLeavesTheOther() throws Exception {
    ip("route add blackhole 142.250.185.78");
    assertThatThrownBy(() -> connect(FAR)).isInstanceOf(SocketException.class);
    connect(GITHUB);
    assertThat(ip("route").text()).contains("blackhole 142.250.185.78 \n");
    ip("route del blackhole 142.250.185.78");
    ip("route add unreachable 142.250.185.78");
    assertThatThrownBy(() -> connect(FAR))
        .isInstanceOf(NoRouteToHostException.class)
        .hasMessage("No route to host");
  }

  @Test
  void aRouterThatForgetsTheWayBackMakesTheSenderWait() {
    ipOn("isp-edge", "route del 192.0.2.0/24");
    assertThatThrownBy(() -> connect(FAR)).isInstanceOf(SocketTimeoutException.class);
  }

  @Test
  void aRouteThatLeadsBackIsALoopUntilTheTimeToLiveEnds() {
    ipOn("isp-edge", "route add 142.250.185.78 via 192.0.2.1 dev eth0 onlink");
    Routing.Outcome outcome =
        lab.world()
            .routing()
            .send("lab", Optional.empty(), Bytes.of(FAR.getAddress().getAddress()), 60);
    assertThat(outcome).isInstanceOf(Routing.Outcome.Returned.class);
    assertThat(((Routing.Outcome.Returned) outcome).why()).isEqualTo(Echo.Why.TIME_EXCEEDED);
    assertThat(outcome.steps()).hasSize(64);
    assertThat(way("lab", "142.250.185.78").subList(0, 4))
        .containsExactly("gateway", "isp-edge", "gateway", "isp-edge");
    assertThatThrownBy(() -> connect(FAR)).isInstanceOf(NoRouteToHostException.class);
  }

  @Test
  void theUsualWayGoesByTheRoutersOfTheTopology() {
    assertThat(way("lab", "52.22.188.161"))
        .containsExactly("gateway", "isp-edge", "ix-frankfurt", "ix-ashburn", "httpbin.org");
    assertThat(way("httpbin.org", "192.0.2.10"))
        .containsExactly("ix-ashburn", "ix-frankfurt", "isp-edge", "gateway", "lab");
  }

  @Test
  void aLinkThatIsDownForgetsItsRoutesAsLinuxDoes() {
    ip("link set eth0 down");
    assertThat(ip("route").text()).isEmpty();
    assertThat(ip("-br link show eth0").text()).contains("DOWN");
    assertThatThrownBy(() -> connect(FAR)).hasMessage("Network is unreachable");
    ip("link set eth0 up");
    assertThat(ip("route").text())
        .isEqualTo("192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.10 \n");
  }

  @Test
  void anAddressWithTwoMasksHasTheRouteOfEachUntilThatMaskGoes() {
    ipOn("neighbour", "addr add 192.0.2.20/28 dev eth0");
    assertThat(ipOn("neighbour", "route show table local").text().lines())
        .filteredOn(l -> l.startsWith("local 192.0.2.20 "))
        .hasSize(1);
    String normal =
        """
        default via 192.0.2.1 dev eth0\s
        192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.20\s
        """;
    String small = "192.0.2.16/28 dev eth0 proto kernel scope link src 192.0.2.20 \n";
    assertThat(ipOn("neighbour", "route").text()).isEqualTo(normal + small);
    ipOn("neighbour", "addr del 192.0.2.20/28 dev eth0");
    assertThat(ipOn("neighbour", "route").text()).isEqualTo(normal);
    ipOn("neighbour", "addr add 192.0.2.20/28 dev eth0");
    ipOn("neighbour", "addr del 192.0.2.20/24 dev eth0");
    // The gateway is not near any more; Linux does not ask.
    assertThat(ipOn("neighbour", "route").text())
        .isEqualTo("default via 192.0.2.1 dev eth0 \n" + small);
    ipOn("neighbour", "addr del 192.0.2.20/28 dev eth0");
    assertThat(ipOn("neighbour", "route").text()).isEmpty();
  }

  @Test
  void ofTwoAddressesInOneSubnetTheRouteIsOneAlsoAfterTheLinkWasDown() {
    ip("addr add 192.0.2.11/24 dev eth0");
    ip("link set eth0 down");
    ip("link set eth0 up");
    assertThat(ip("route").text())
        .isEqualTo("192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.10 \n");
  }

  @Test
  void anIpv6AddressIsOnALinkOnce() {
    ip("addr add 2001:db8:7::1/64 dev eth0");
    assertThat(ip("addr add 2001:db8:7::1/60 dev eth0").error())
        .isEqualTo("Error: ipv6: address already assigned.\n");
  }

  @Test
  void tablesAndLinksThatAreRestoredAreAsAtFirst() throws Exception {
    List<String> hosts = List.of(Topology.HERE, "gateway", "isp-edge", "google.com");
    List<String> before = hosts.stream().map(h -> ipOn(h, "addr").text()).toList();
    List<String> routes = hosts.stream().map(h -> ipOn(h, "route").text()).toList();
    ip("route del default");
    ipOn("gateway", "link set eth1 down");
    ipOn("isp-edge", "route del 192.0.2.0/24");
    ipOn("google.com", "addr del 142.250.185.78/32 dev eth0");
    ipOn("google.com", "addr add 203.0.113.77/32 dev eth0");
    assertThatThrownBy(() -> connect(FAR)).hasMessage("Network is unreachable");
    lab.healAll();
    lab.world().set(Topology.HERE, new Condition.Up());
    assertThatThrownBy(() -> connect(FAR)).hasMessage("Network is unreachable");
    lab.world().restoreTables();
    connect(FAR);
    assertThat(hosts.stream().map(h -> ipOn(h, "addr").text()).toList()).isEqualTo(before);
    assertThat(hosts.stream().map(h -> ipOn(h, "route").text()).toList()).isEqualTo(routes);
    assertThat(lab.world().routing().owners(Bytes.of(new byte[] {(byte) 203, 0, 113, 77})))
        .isEmpty();
  }

  @Test
  void anAddressThatIsTakenAwayIsNoLongerAnswered() throws Exception {
    String way = ipOn("google.com", "route").text();
    assertThat(way).startsWith("default via ").hasLineCount(1);
    ipOn("google.com", "addr del 142.250.185.78/32 dev eth0");
    // The router finds nobody who has it.
    assertThatThrownBy(() -> connect(FAR)).isInstanceOf(NoRouteToHostException.class);
    ipOn("google.com", "addr add 142.250.185.78/32 dev eth0");
    // With the last address its routes went as well, so nothing comes back.
    assertThatThrownBy(() -> connect(FAR)).isInstanceOf(SocketTimeoutException.class);
    assertThat(ipOn("google.com", "route add " + way.strip()).status()).isZero();
    connect(FAR);
  }

  @Test
  void aRuleSendsWhatComesFromAnAddressByATableOfItsOwn() {
    ip("route add blackhole default table 100");
    ip("rule add to 142.250.0.0/16 table 100");
    assertThat(ip("rule").text())
        .isEqualTo(
            """
            0:\tfrom all lookup local
            32765:\tfrom all to 142.250.0.0/16 lookup 100
            32766:\tfrom all lookup main
            32767:\tfrom all lookup default
            """);
    assertThatThrownBy(() -> connect(FAR)).hasMessage("Invalid argument");
    ip("rule del to 142.250.0.0/16 table 100");
    assertThat(way("lab", "142.250.185.78")).endsWith("google.com");
  }

  @Test
  void whatLinuxRefusesIsRefusedInItsWords() {
    assertThat(ip("route add default via 10.9.9.9").error())
        .isEqualTo("Error: Nexthop has invalid gateway.\n");
    assertThat(ip("route add 10.0.0.5/16 dev eth0").error())
        .isEqualTo("Error: Invalid prefix for given prefix length.\n");
    assertThat(ip("route add default via 192.0.2.1").error())
        .isEqualTo("RTNETLINK answers: File exists\n");
    assertThat(ip("route del 10.7.0.0/16").error())
        .isEqualTo("RTNETLINK answers: No such process\n");
    assertThat(ip("addr add 192.0.2.10/24 dev eth0").error())
        .isEqualTo("Error: ipv4: Address already assigned.\n");
    assertThat(ip("rule del pref 77").error())
        .isEqualTo("RTNETLINK answers: No such file or directory\n");
    assertThatThrownBy(() -> ip("route add 10.0.0.0/8 dev eth7"))
        .hasMessage("Cannot find device \"eth7\"");
    assertThatThrownBy(() -> ip("link set eth0 frobnicate"))
        .hasMessageContaining("either \"dev\" is duplicate, or \"frobnicate\" is a garbage");
  }

  @Test
  void whyARouteIsTakenNamesEachCandidateAndWhyItLost() {
    ip("route add 142.250.0.0/16 via 192.0.2.20 metric 5");
    ip("route add 142.250.0.0/16 via 192.0.2.1 metric 9");
    ip("route add 142.0.0.0/8 via 192.0.2.20");
    List<IpObject.Candidate> candidates = ip("route get 142.250.185.78").candidates();
    assertThat(candidates.getFirst().route()).isEqualTo("142.250.0.0/16 via 192.0.2.20 dev eth0");
    assertThat(candidates.getFirst().taken()).isTrue();
    assertThat(candidates)
        .extracting(IpObject.Candidate::reason)
        .contains(
            "the longest prefix that fits",
            "the same prefix, a higher metric: 9, not 5",
            "a shorter prefix: 8 bits, not 16",
            "a shorter prefix: 0 bits, not 16",
            "does not fit: bit 2 of its 24 differs");
  }

  @Test
  void ofTwoRoutesThatAreAlikeTheEarlierIsTaken() {
    ip("route add 142.250.0.0/16 via 192.0.2.20 metric 5");
    ip("route append 142.250.0.0/16 via 192.0.2.1 metric 5");
    assertThat(ip("route get 142.250.185.78").candidates())
        .extracting(IpObject.Candidate::reason)
        .contains("the same prefix and metric: the other stands before it in the table");
  }

  @Test
  void whoDoesNotAnswerForHisAddressIsAFailedNeighbour() {
    assertThatThrownBy(() -> connect(new InetSocketAddress("192.0.2.99", 80)))
        .isInstanceOf(NoRouteToHostException.class);
    assertThat(ip("neigh").text()).contains("192.0.2.99 dev eth0 FAILED");
  }

  @Test
  void aLinkThatTwoWaysLeadToHasOneRoute() throws Exception {
    String triangle =
        """
        router a 10.0.0.1/24 172.16.0.1/30 172.16.0.9/30
        router b 172.16.0.2/30 172.16.0.5/30
        router c 10.0.2.1/24 172.16.0.6/30 172.16.0.10/30
        host pc 10.0.0.10 at a 1ms
        host srv 10.0.2.10 at c 1ms
        link a b 5ms
        link b c 5ms
        link a c 50ms
        """;
    assertThat(lab.load(triangle, false)).isEmpty();
    for (String router : List.of("a", "b", "c")) {
      List<String> routes = ipOn(router, "route").text().lines().map(String::strip).toList();
      assertThat(routes).as(router).doesNotHaveDuplicates();
    }
    assertThat(ipOn("a", "route").text()).contains("172.16.0.4/30 via 172.16.0.2 dev eth1");
    assertThat(way("pc", "172.16.0.6")).containsExactly("a", "b", "c");
    assertThat(
            lab.load(triangle + "ip a route add 10.9.0.0/16 via 10.77.0.1\n", false)
                .getFirst()
                .toString())
        .contains("invalid gateway")
        .doesNotContain("gateway.");
  }

  @Test
  void whyARouteIsTakenLooksAtTheRulesWithThePacketsOwnSourceAndMark() {
    ip("addr add 10.5.0.1/24 dev eth0");
    ip("rule add from 10.5.0.1 table 100");
    ip("rule add fwmark 7 table 101");
    ip("rule add iif lo to 9.9.9.9 table 102");
    ip("route add default via 192.0.2.20 table 100");
    ip("route add default via 192.0.2.21 table 101");
    ip("route add default via 192.0.2.22 table 102");
    assertThat(taken("8.8.8.8 from 10.5.0.1")).isEqualTo("default via 192.0.2.20 dev eth0");
    assertThat(taken("8.8.8.8 mark 7")).isEqualTo("default via 192.0.2.21 dev eth0");
    assertThat(taken("9.9.9.9")).isEqualTo("default via 192.0.2.22 dev eth0");
    assertThat(taken("8.8.8.8")).isEqualTo("default via 192.0.2.1 dev eth0");
    ip("route del default");
    assertThat(ip("route get 8.8.8.8 from 10.5.0.1").text())
        .contains("# taken default via 192.0.2.20 dev eth0");
  }

  private String taken(String packet) {
    return ip("route get " + packet).candidates().stream()
        .filter(IpObject.Candidate::taken)
        .findFirst()
        .orElseThrow()
        .route();
  }

  /** What ip says on a Linux host with these addresses. */
  @Test
  void whatGoesToAllOnALinkNeedsNoGatewayAndIsSaidToBeBroadcastOrMulticast() {
    ip("addr add 192.0.2.77/24 dev eth0");
    String cache = " uid 0 \n    cache ";
    assertThat(get("192.0.2.255"))
        .isEqualTo("broadcast 192.0.2.255 dev eth0 src 192.0.2.10" + cache + "<local,brd> ");
    assertThat(get("255.255.255.255"))
        .isEqualTo("broadcast 255.255.255.255 dev eth0 src 192.0.2.10" + cache + "<local,brd> ");
    assertThat(get("224.0.0.1"))
        .isEqualTo(
            "multicast 224.0.0.1 dev eth0 src 192.0.2.10 rt_offload_failed"
                + cache
                + "<local,mc> ");
    assertThat(get("224.0.0.5"))
        .isEqualTo(
            "multicast 224.0.0.5 dev eth0 src 192.0.2.10 rt_offload_failed" + cache + "<mc> ");
    assertThat(get("192.0.2.10"))
        .isEqualTo("local 192.0.2.10 dev lo src 192.0.2.10" + cache + "<local> ");
    assertThat(ip("route get 192.0.2.255").candidates().getFirst().reason())
        .isEqualTo("all hosts of this subnet at once");
    assertThat(ip("-o addr show dev eth0").text())
        .contains("192.0.2.77/24 scope global secondary eth0");
    assertThat(ip("route show table local").text())
        .contains("local 192.0.2.77 dev eth0 proto kernel scope host src 192.0.2.10")
        .doesNotContain("scope link src 192.0.2.77");
    ip("rule add from 10.5.0.1 table 100");
    assertThat(get("192.0.2.10"))
        .isEqualTo("local 192.0.2.10 dev lo table local src 192.0.2.10" + cache + "<local> ");
    ip("route del default");
    assertThat(ip("route get 224.0.0.1").error())
        .isEqualTo("RTNETLINK answers: Network is unreachable\n");
  }

  private String get(String to) {
    return ip("route get " + to).text().lines().limit(2).collect(Collectors.joining("\n"));
  }

  @Test
  void aReplacedDefaultRouteByTheNeighbourGoesNowhereAsHostsForwardNothing() {
    ip("route replace default via 192.0.2.20");
    assertThat(ip("route show default").text()).isEqualTo("default via 192.0.2.20 dev eth0 \n");
    assertThatThrownBy(() -> connect(FAR)).isInstanceOf(SocketTimeoutException.class);
  }

  @Test
  void multicastOfIpv6GoesByTheLocalTableWhateverTheDefaultRoute() {
    String way =
        "multicast ff02::1 from :: dev eth0 table local proto kernel src 2001:db8:1::10 metric 256"
            + " pref medium\n";
    assertThat(ip("-6 route get ff02::1").text()).startsWith(way);
    ip("-6 route del default");
    assertThat(ip("-6 route get ff02::1").text()).startsWith(way);
  }

  @Test
  void bothFamiliesHaveTheirOwnRoutes() {
    ip("-6 route del default");
    assertThat(ip("-6 route get 2a00:1450:4001:82a::200e").error())
        .contains("Network is unreachable");
    assertThat(way("lab", "142.250.185.78")).endsWith("google.com");
  }
}
