package wirebook.magics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.Type;
import wirebook.engine.dns.resolver.DnsWalk;
import wirebook.internet.Internets;
import wirebook.internet.LabStatus;
import wirebook.internet.zones.Publication;
import wirebook.magics.dns.DigCommand;
import wirebook.magics.dns.Dns;
import wirebook.magics.dns.Resolve;
import wirebook.magics.host.Nc;
import wirebook.magics.host.On;
import wirebook.magics.host.WireCommand;
import wirebook.magics.lab.Clock;
import wirebook.magics.lab.Internet;
import wirebook.magics.lab.ZoneCommand;
import wirebook.peer.Ipv6;
import wirebook.spi.Magic;
import wirebook.spi.MagicException;
import wirebook.spi.Span;
import wirebook.trace.Packets;

@Tag("slow")
class LabMagicsTest {
  private final Internets internets = new Internets("lab");
  private final TestCells cells = new TestCells(internets, Path.of("").toAbsolutePath());

  @AfterEach
  void close() throws IOException {
    internets.close();
  }

  private Object run(Magic magic, String cell) throws InterruptedException {
    return cells.run(magic, cell);
  }

  private String printed() {
    return cells.printed();
  }

  private MagicException complaint(Magic magic, String cell) {
    return cells.complaint(magic, cell);
  }

  @Test
  void internetSaysWhichNetworkIsInUseAndSwitches() throws Exception {
    LabStatus status = (LabStatus) run(new Internet(), "%internet");
    assertThat(status.network()).isEqualTo("lab");
    assertThat(printed()).contains("lab Internet is in use", "a.root-servers.net and 12 more");
    run(new Internet(), "%internet real");
    assertThat(internets.current().name()).isEqualTo("real");
    assertThat(((LabStatus) run(new Internet(), "%internet lab")).network()).isEqualTo("lab");
  }

  @Test
  void aHostCanBeBrokenAndHealed() throws Exception {
    run(new Internet(), "%internet slow ns1.class.example 800ms");
    assertThat(printed()).isEqualTo("ns1.class.example is slow: each answer takes 800 ms more.\n");
    run(new Internet(), "%internet heal ns1.class.example");
    assertThat(printed()).isEqualTo("ns1.class.example is up.\n");
  }

  @Test
  void onTheRealInternetWhatIsBrokenIsSaidToBeTheLab() throws Exception {
    run(new Internet(), "%internet real");
    run(new Internet(), "%internet fail ns1.class.example");
    assertThat(printed()).contains("This is said of the lab; in use is the real Internet.");
    run(new Internet(), "%internet lab");
    run(new Internet(), "%internet heal ns1.class.example");
    assertThat(printed()).doesNotContain("said of the lab");
  }

  @Test
  void aNameServerListensOnOnePortForUdpAndTcpAndIsNamedByItsShortAddress() throws Exception {
    run(new Internet(), "%internet --listen");
    assertThat(printed()).contains("\n2001:503:ba3e::2:30 ").doesNotContain(":0:0:");
    int port =
        Objects.requireNonNull(
            internets.lab().ports().listen().get(new InetSocketAddress("198.51.100.53", 53)));
    for (boolean tcp : new boolean[] {false, true}) {
      SimpleResolver outside = new SimpleResolver("127.0.0.1");
      outside.setPort(port);
      outside.setTCP(tcp);
      assertThat(outside.send(Message.newQuery(Record.newRecord(Name.root, Type.NS, DClass.IN))))
          .satisfies(m -> assertThat(m.getSection(Section.ANSWER)).hasSize(13));
    }
  }

  @Test
  void aHostIsNamedByAnyFormOfItsAddress() throws Exception {
    run(new Internet(), "%internet slow 2001:db8:113:0::53 800ms");
    assertThat(printed()).isEqualTo("ns1.class.example is slow: each answer takes 800 ms more.\n");
  }

  @Test
  void aMisspeltHostIsCorrected() {
    MagicException complaint = complaint(new Internet(), "%internet fail ns1.clas.example");
    assertThat(complaint.diagnostic().fix()).isEqualTo("Did you mean ns1.class.example?");
    assertThat(complaint.diagnostic().span()).isEqualTo(new Span(15, 31));
  }

  @Test
  void theClockMovesAheadOnly() throws Exception {
    java.time.Instant before = internets.lab().clock().instant();
    run(new Clock(), "%clock +1h30m");
    assertThat(Duration.between(before, internets.lab().clock().instant()))
        .isBetween(Duration.ofMinutes(90), Duration.ofMinutes(91));
    assertThat(complaint(new Clock(), "%clock -5m").diagnostic().id()).isEqualTo("CLK002");
    assertThat(complaint(new Clock(), "%clock +99999999999999999999d").diagnostic().id())
        .isEqualTo("CLK002");
  }

  @Test
  void aResolutionIsPrintedAsATreeAndAMessageAndDrawn() throws Exception {
    DnsWalk resolution = (DnsWalk) run(new Resolve(), "%resolve www.github.com");
    assertThat(resolution.status()).isEqualTo("NOERROR");
    assertThat(printed())
        .contains("cache miss", "referral to com.", "CNAME: www.github.com. is github.com.")
        .contains(";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 0")
        .contains("www.github.com.\t\t3600\tIN\tCNAME\tgithub.com.");
    assertThat(cells.shown()).hasSize(1);
    run(new Resolve(), "%resolve www.github.com");
    assertThat(printed()).contains("cache hit");
    run(new Dns(), "%dns flush");
    run(new Resolve(), "%resolve www.github.com");
    assertThat(printed()).contains("the root hints");
  }

  @Test
  void theCacheShowsWhatIsRememberedAndFromWhom() throws Exception {
    run(new Resolve(), "%resolve class.example");
    Dns.Report report = (Dns.Report) run(new Dns(), "%dns cache class.example");
    assertThat(printed()).contains("203.0.113.10", "authoritative answer", "ns1.class.example.");
    assertThat(report.entries()).isNotEmpty();
  }

  @Test
  void wrongOptionsOfResolveAreCorrected() {
    assertThat(complaint(new Resolve(), "%resolve --trace google.com").diagnostic().id())
        .isEqualTo("RES001");
    assertThat(complaint(new Resolve(), "%resolve google.com AX").diagnostic().span())
        .isEqualTo(new Span(20, 22));
    assertThatThrownBy(() -> run(new Resolve(), "%resolve --hints /no/such/file google.com"))
        .isInstanceOf(MagicException.class);
  }

  private static final String ZONE =
      """
      %%zone class.example
      $TTL 300
      @ IN SOA ns1 hostmaster 2026110101 7200 3600 1209600 60
      @ IN NS ns1
      @ IN NS ns2
      ns1 IN A 203.0.113.53
      ns2 IN A 203.0.113.54
      """;

  @Test
  void aZoneIsServedByAllItsServers() throws Exception {
    Publication publication =
        (Publication) run(new ZoneCommand(), ZONE + "www IN A 203.0.113.77\n");
    assertThat(publication.servers()).hasSize(2);
    assertThat(printed())
        .contains("serial 2026110101", "fetched it by AXFR", "example. delegates it");
    assertThat(((DnsWalk) run(new Resolve(), "%resolve www.class.example")).answer().getFirst())
        .hasToString("www.class.example. 300 IN A 203.0.113.77");
  }

  @Test
  void aBogusZoneIsRefusedWithTheReasonUntilItIsHealed() throws Exception {
    run(new Internet(), "%internet bogus class.example rolled");
    assertThat(printed()).contains("DS record in its parent was not");
    DnsWalk bogus = (DnsWalk) run(new Resolve(), "%resolve +dnssec class.example");
    assertThat(bogus.status()).isEqualTo("SERVFAIL");
    assertThat(printed())
        .contains("✗ class.example. DNSKEY: the DS record of class.example. does not");
    assertThat(complaint(new Internet(), "%internet bogus google.com").diagnostic().id())
        .isEqualTo("NET008");
    assertThat(complaint(new Internet(), "%internet bogus com sideways").diagnostic().id())
        .isEqualTo("NET009");
    run(new Internet(), "%internet heal class.example");
    DnsWalk well = (DnsWalk) run(new Resolve(), "%resolve --no-cache +dnssec class.example");
    assertThat(well.status()).isEqualTo("NOERROR");
  }

  @Test
  void anErrorInAZoneIsShownWhereItIs() {
    String cell = ZONE + "www IN A 203.0.113.777\n";
    MagicException complaint = complaint(new ZoneCommand(), cell);
    Span span = complaint.diagnostic().span();
    assertThat(cell.substring(span.start(), span.end())).contains("203.0.113.777");
    assertThat(complaint.diagnostic().message()).startsWith("line 7 of the zone: ");
  }

  @Test
  @ResourceLock("wire")
  void theWireShowsWhatADigSaysInTcpdumpsWordsAndDrawsIt(
      @org.junit.jupiter.api.io.TempDir Path folder) throws Exception {
    run(new WireCommand(), "%wire begin");
    run(new DigCommand(), "%dig google.com");
    Packets packets = (Packets) run(new WireCommand(), "%wire end");
    assertThat(printed())
        .containsPattern(
            "\\d\\d:\\d\\d:\\d\\d\\.\\d{6} lab  Out IP 192\\.0\\.2\\.10\\.\\d+ >"
                + " 198\\.51\\.100\\.53\\.53: \\d+\\+ A\\? google\\.com\\. \\(\\d+\\)\n")
        .containsPattern(
            "In  IP 198\\.51\\.100\\.53\\.53 > .*: \\d+ q: A\\? google.com. 1/0/0 A 142")
        .contains("more between other hosts of the lab: -i any");
    assertThat(packets.packets()).hasSize(2);
    assertThat(cells.shown())
        .singleElement()
        .matches(b -> b.text().equals("2 packets between 2 parties"));
    assertThat(wirebook.net.Wire.tap()).isNull();
    run(new WireCommand(), "%wire save " + folder.resolve("all.pcapng"));
    String saved = printed().replaceFirst("(?s) are in .*", "");
    run(new WireCommand(), "%wire");
    assertThat(printed()).startsWith("Off: " + saved + ", ");
    run(new WireCommand(), "%wire show -X src port 53");
    assertThat(printed())
        .contains("header: flags QR RD RA")
        .containsPattern("8e fa b9 4e {37}\\.\\.\\.N {14}answer 1: data: 142\\.250\\.185\\.78");
    assertThat(((Packets) run(new WireCommand(), "%wire show -i any")).packets())
        .hasSizeGreaterThan(8);
    assertThat(complaint(new WireCommand(), "%wire show port x").diagnostic().span())
        .isEqualTo(new Span(16, 17));
    assertThat(complaint(new WireCommand(), "%wire show -i eth0").diagnostic())
        .satisfies(d -> assertThat(d.message()).startsWith("eth0: No such device exists here"))
        .satisfies(d -> assertThat(d.fix()).contains("lab"));
    assertThat(complaint(new WireCommand(), "%wire show tcp[tcpflags] & tcp-syn != 0").diagnostic())
        .satisfies(d -> assertThat(d.message()).contains("headers"))
        .satisfies(d -> assertThat(d.fix()).endsWith("'tcp[tcpflags] & tcp-syn != 0'"));
    assertThat(complaint(new WireCommand(), "%wire show tcp.port != 80").diagnostic().fix())
        .startsWith("This is a display filter of Wireshark");
    assertThat(complaint(new WireCommand(), "%wire of").diagnostic().id()).isEqualTo("WIRE001");
    assertThat(complaint(new WireCommand(), "%wire on --keep 9999999M").diagnostic().id())
        .isEqualTo("WIRE006");
  }

  @Test
  @ResourceLock("wire")
  void theWireIsThatOfTheHostOneSitsOn() throws Exception {
    run(new On(), "%on neighbour");
    run(new WireCommand(), "%wire begin");
    run(new DigCommand(), "%dig google.com");
    run(new WireCommand(), "%wire end");
    assertThat(printed()).containsPattern("lab  Out IP 192\\.0\\.2\\.20\\.\\d+ > 198");
  }

  @Test
  void aNameBeyondAsciiIsTheSameToAllThreeMagics() throws Exception {
    run(
        new ZoneCommand(),
        """
        %%zone bücher.example
        @ 300 IN SOA ns1 hostmaster 1 7200 3600 1209600 60
        @ 300 IN NS ns1
        ns1 300 IN A 203.0.113.53
        äpfel 300 IN A 203.0.113.77
        """);
    assertThat(printed()).contains("xn--bcher-kva.example.");
    DnsWalk walk = (DnsWalk) run(new Resolve(), "%resolve äpfel.bücher.example");
    assertThat(walk.status()).isEqualTo("NOERROR");
    run(new DigCommand(), "%dig äpfel.bücher.example +short");
    assertThat(printed()).isEqualTo("203.0.113.77\n");
    run(new DigCommand(), "%dig äpfel.bücher.example");
    assertThat(printed()).contains("<<>> äpfel.bücher.example\n");
  }

  @Test
  void theOrderOfLookUpsNamesTheLabsOwnHosts() throws Exception {
    run(new Dns(), "%dns config");
    assertThat(printed()).contains("localhost, the lab's own hosts", "ask the resolver alone");
  }

  @Test
  void resolveLooksUpTheNameOfAnAddressAndTakesNoAddressForAName() throws Exception {
    DnsWalk walk = (DnsWalk) run(new Resolve(), "%resolve -x 8.8.8.8");
    assertThat(walk.answer().toString()).contains("dns.google.");
    assertThat(complaint(new Resolve(), "%resolve 8.8.8.8").diagnostic().fix())
        .isEqualTo("%resolve -x 8.8.8.8 asks for its name.");
  }

  @Test
  void withHintsOfItsOwnResolveTrustsTheAnchorThatItIsGivenOrSaysThatItTrustsNothing(
      @org.junit.jupiter.api.io.TempDir Path folder) throws Exception {
    Path hints = folder.resolve("hints");
    java.nio.file.Files.writeString(
        hints, ". 3600 IN NS a.root-servers.net.\na.root-servers.net. 3600 IN A 198.41.0.4\n");
    Path anchor = folder.resolve("anchor");
    java.nio.file.Files.writeString(anchor, internets.lab().zones().trustAnchor());
    run(new Resolve(), "%resolve +dnssec --hints " + hints + " www.class.example");
    assertThat(printed()).contains("# Nothing is validated", "--anchor FILE");
    run(
        new Resolve(),
        "%resolve +dnssec --hints " + hints + " --anchor " + anchor + " www.class.example");
    assertThat(printed()).contains("DNSSEC: secure").doesNotContain("# Nothing is validated");
    assertThat(
            complaint(new Resolve(), "%resolve +dnssec --anchor " + hints + " example")
                .diagnostic()
                .id())
        .isEqualTo("RES011");
  }

  @Test
  void aBrokenKeySetIsToldOfInTheSameWordsWhenItIsItselfAskedFor() throws Exception {
    run(new Internet(), "%internet bogus class.example expired");
    run(new Resolve(), "%resolve --no-cache +dnssec class.example DNSKEY");
    assertThat(printed())
        .contains("DNSSEC: bogus: the signature of class.example. DNSKEY by key")
        .doesNotContain("Could not establish");
  }

  /** As OpenBSD's, which ends when the read fails. */
  @Test
  void aDatagramToAPortWhereNobodyListensEndsNcWithoutAWordOfIts() throws Exception {
    run(new Nc(), "%%nc -u -w 1 www.example.com 9999\nhello\n");
    assertThat(printed())
        .isEqualTo(
            """
            # connection refused by 93.184.215.14:9999. Nothing listens on port 9999 there: check \
            the port, or start the service.
            """);
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1"})
  void aUdpPortOfThisMachineWhereNobodyListensIsNotSaidToBeOpen(String address) throws Exception {
    if (address.equals("::1")) {
      Ipv6.assumed();
    }
    int port;
    try (DatagramSocket socket =
        new DatagramSocket(new InetSocketAddress(InetAddress.ofLiteral(address), 0))) {
      port = socket.getLocalPort();
      run(new Nc(), "%nc -u -z -v " + address + " " + port);
      assertThat(printed()).contains("succeeded!");
    }
    run(new Nc(), "%nc -u -z -v " + address + " " + port);
    assertThat(printed()).doesNotContain("succeeded!");
  }

  @Test
  void netcatSaysThatAPortOfIpv6LoopbackIsOpen() throws Exception {
    Ipv6.assumed();
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.ofLiteral("::1"))) {
      int port = server.getLocalPort();
      run(new Nc(), "%nc -zv ::1 " + port);
      assertThat(printed()).isEqualTo("Connection to ::1 " + port + " port [tcp/*] succeeded!\n");
    }
  }

  @Test
  void netcatSpeaksAsNetcatDoesOfAddressesAndNames() throws Exception {
    run(new Nc(), "%nc -zv nosuchname-xyz.com 80");
    assertThat(printed())
        .isEqualTo(
            "nc: getaddrinfo for host \"nosuchname-xyz.com\" port 80: Name or service not known\n");
    run(new Nc(), "%nc -4 -zv ::1 80");
    assertThat(printed())
        .isEqualTo(
            "nc: getaddrinfo for host \"::1\" port 80: Address family for hostname not supported\n");
    run(new Nc(), "%nc -zv neighbour 10-9");
    assertThat(printed())
        .isEqualTo(
            """
            nc: connect to neighbour (192.0.2.20) port 9 (tcp) failed: Connection refused
            nc: connect to neighbour (192.0.2.20) port 10 (tcp) failed: Connection refused
            """);
    assertThat(complaint(new Nc(), "%nc -k 127.0.0.1 80").diagnostic().id()).isEqualTo("NC009");
  }

  @Test
  void netcatSaysThatItGoesOverNoProxy() throws Exception {
    for (String line :
        List.of("%nc -X connect -x 127.0.0.1:3128 example.com 80", "%nc -x 127.0.0.1:1080 a 80")) {
      assertThat(complaint(new Nc(), line).diagnostic().id()).as(line).isEqualTo("NC008");
    }
    run(new Nc(), "%nc -h");
    assertThat(printed()).startsWith("usage: nc [-46").contains("-w\twait so long");
  }

  @Test
  void aNetworkThatIsRefusedChangesNothing() throws Exception {
    run(new Internet(), "%internet real");
    assertThat(complaint(new Internet(), "%%internet\nrouter r1 nowhere\n").diagnostic().id())
        .isEqualTo("NET020");
    assertThat(complaint(new Internet(), "%internet load none.net").diagnostic().id())
        .isEqualTo("NET021");
    assertThat(internets.current().name()).isEqualTo("real");
    assertThat(internets.lab().world().isOwn()).isTrue();
  }
}
