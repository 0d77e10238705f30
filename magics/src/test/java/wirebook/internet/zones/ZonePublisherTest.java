package wirebook.internet.zones;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;
import wirebook.engine.dns.resolver.NetworkUpstream;
import wirebook.engine.dns.resolver.Upstream;
import wirebook.engine.dns.server.Zone;
import wirebook.engine.dns.server.ZoneText;
import wirebook.internet.Internets;
import wirebook.internet.Lab;
import wirebook.internet.time.LabClock;
import wirebook.internet.topology.Condition;
import wirebook.internet.topology.Topology;
import wirebook.trace.Bytes;

class ZonePublisherTest {
  private final Lab lab = Internets.lab(LabClock.standing(Instant.parse("2026-02-01T12:00:00Z")));

  @AfterEach
  void close() throws IOException {
    lab.close();
  }

  private static Zone zone(String origin, int serial, String records) throws Exception {
    ZoneText parsed =
        ZoneText.parse(
            "@ 300 IN SOA ns1 hostmaster " + serial + " 7200 3600 1209600 60\n" + records,
            Name.fromString(origin));
    assertThat(parsed).isInstanceOf(ZoneText.Good.class);
    return ((ZoneText.Good) parsed).zone();
  }

  private static final String CLASS =
      """
      @ 300 IN NS ns1
      @ 300 IN NS ns2
      ns1 300 IN A 203.0.113.53
      ns2 300 IN A 203.0.113.54
      """;

  private InetAddress resolved(String name) throws UnknownHostException {
    return lab.network().lookUp(name).getFirst();
  }

  @Test
  void anEditedZoneIsServedAndCachesKeepTheOldAnswerUntilItsTtlEnds() throws Exception {
    assertThat(resolved("www.class.example")).isEqualTo(InetAddress.ofLiteral("203.0.113.10"));
    Publication publication =
        lab.publish(
            zone("class.example.", 2026020101, CLASS + "www 60 IN A 203.0.113.99\n"), false);
    assertThat(publication.servers())
        .extracting(Publication.Server::serial)
        .containsExactly(2026020101L, 2026020101L);
    assertThat(resolved("www.class.example")).isEqualTo(InetAddress.ofLiteral("203.0.113.10"));
    lab.clock().advance(Duration.ofMinutes(5));
    assertThat(resolved("www.class.example")).isEqualTo(InetAddress.ofLiteral("203.0.113.99"));
  }

  @Test
  void aNewZoneWithNewServersIsDelegatedFromItsParent() throws Exception {
    Publication publication =
        lab.publish(
            zone(
                "bakery.example.",
                1,
                "@ 300 IN NS ns1\nns1 300 IN A 203.0.113.60\nwww 300 IN A 203.0.113.61\n"),
            false);
    assertThat(publication.delegation()).contains("example.", "ns1.bakery.example.");
    assertThat(resolved("www.bakery.example")).isEqualTo(InetAddress.ofLiteral("203.0.113.61"));
  }

  @Test
  void whatBecomesOfNsec3ParametersIsSaid() throws Exception {
    String records = "@ 300 IN NS ns1\nns1 300 IN A 203.0.113.60\n@ 0 IN NSEC3PARAM ";
    assertThat(lab.publish(zone("bakery.example.", 1, records + "1 0 0 -\n"), false).notes())
        .anyMatch(n -> n.contains("NSEC3PARAM has no effect"));
    assertThat(lab.publish(zone("bakery.example.", 2, records + "1 0 500 -\n"), true).notes())
        .anyMatch(n -> n.contains("NSEC3PARAM has no effect"));
    assertThat(lab.publish(zone("bakery.example.", 3, records + "1 0 0 -\n"), true).notes())
        .anyMatch(n -> n.contains("denies names by NSEC3"));
  }

  @Test
  void theStudentsOwnHostServesAZoneAndCanBeAskedFromItself() throws Exception {
    lab.publish(zone("bakery.example.", 1, "@ 300 IN NS ns1\nns1 300 IN A 192.0.2.10\n"), false);
    Bytes query =
        Bytes.of(
            Message.newQuery(
                    Record.newRecord(Name.fromString("ns1.bakery.example."), Type.A, DClass.IN))
                .toWire());
    for (Upstream.Transport transport : Upstream.Transport.values()) {
      assertThat(
              new NetworkUpstream(lab.network(), 53)
                  .ask(
                      InetAddress.ofLiteral("192.0.2.10"),
                      transport,
                      query,
                      Duration.ofSeconds(5),
                      _ -> true))
          .as(transport.name())
          .isInstanceOf(Upstream.Outcome.Replied.class);
    }
  }

  @Test
  void aSecondaryKeepsTheOldVersionWhenTheSerialDidNotGoUp() throws Exception {
    lab.publish(zone("class.example.", 2026020101, CLASS + "www 60 IN A 203.0.113.98\n"), false);
    Publication again =
        lab.publish(
            zone("class.example.", 2026020101, CLASS + "www 60 IN A 203.0.113.99\n"), false);
    assertThat(again.notes()).anyMatch(n -> n.contains("bump"));
    assertThat(again.servers().get(1).state()).contains("keeps");
    assertThat(lab.retryTransfers()).isEmpty();
  }

  /** RFC 1034, 4.3.5: what a server has not, it transfers. */
  @Test
  void aServerThatIsNewToAZoneFetchesItWhateverItsSerial() throws Exception {
    String one = "@ 300 IN NS ns1\nns1 300 IN A 203.0.113.60\nwww 300 IN A 203.0.113.61\n";
    String two = one.replace("113.61", "113.62") + "@ 300 IN NS ns2\nns2 300 IN A 203.0.113.63\n";
    for (int serial : new int[] {5, 4}) {
      String origin = "r" + serial + ".example.";
      lab.publish(zone(origin, 5, one), false);
      Publication publication = lab.publish(zone(origin, serial, two), false);
      assertThat(publication.servers())
          .extracting(Publication.Server::serial)
          .containsExactly((long) serial, (long) serial);
      assertThat(publication.servers().getLast().state()).contains("fetched it by AXFR");
    }
  }

  @Test
  void withThePrimaryDownTheSecondaryAnswersAndWithBothDownNobodyDoes() throws Exception {
    lab.publish(zone("class.example.", 2026020101, CLASS + "www 60 IN A 203.0.113.98\n"), false);
    lab.world().set("ns1.class.example", new Condition.Failed());
    assertThat(resolved("www.class.example")).isEqualTo(InetAddress.ofLiteral("203.0.113.98"));
    lab.world().set("ns2.class.example", new Condition.Failed());
    lab.clock().advance(Duration.ofSeconds(60));
    assertThatThrownBy(() -> resolved("www.class.example"))
        .isInstanceOf(UnknownHostException.class);
  }

  @Test
  void aSecondaryThatCouldNotFetchTriesAgain() throws Exception {
    lab.publish(zone("class.example.", 2026020101, CLASS + "www 60 IN A 203.0.113.98\n"), false);
    lab.world().set("ns1.class.example", new Condition.Failed());
    Publication publication =
        lab.publish(
            zone("class.example.", 2026020102, CLASS + "www 60 IN A 203.0.113.99\n"), false);
    assertThat(publication.servers().get(1).state()).contains("did not answer the NOTIFY");
    assertThat(resolved("www.class.example")).isEqualTo(InetAddress.ofLiteral("203.0.113.98"));
    lab.healAll();
    assertThat(lab.retryTransfers())
        .containsExactly("ns2.class.example has fetched class.example. with serial 2026020102.");
    assertThat(lab.retryTransfers()).isEmpty();
  }

  @Test
  void aSecondaryThatHasAVersionFetchesOnlyWhatChanged() throws Exception {
    lab.publish(zone("bakery.example.", 1, BAKERY + "www 60 IN A 203.0.113.98\n"), false);
    Publication publication =
        lab.publish(zone("bakery.example.", 2, BAKERY + "www 60 IN A 203.0.113.99\n"), false);
    assertThat(publication.servers().get(1).state())
        .isEqualTo("was notified and fetched the changes by IXFR: 1 record gone, 1 new");
    lab.world().set("ns1.bakery.example", new Condition.Failed());
    assertThat(resolved("www.bakery.example")).isEqualTo(InetAddress.ofLiteral("203.0.113.99"));
  }

  private static final String BAKERY =
      """
      @ 300 IN NS ns1
      @ 300 IN NS ns2
      ns1 300 IN A 203.0.113.60
      ns2 300 IN A 203.0.113.61
      mail 300 IN A 203.0.113.62
      """;

  @Test
  void aSecondaryThatMissedTheNotifyFetchesWhenItsRefreshIsDue() throws Exception {
    lab.publish(zone("bakery.example.", 1, BAKERY + "www 60 IN A 203.0.113.98\n"), false);
    lab.world().set("ns2.bakery.example", new Condition.Failed());
    Publication publication =
        lab.publish(zone("bakery.example.", 2, BAKERY + "www 60 IN A 203.0.113.99\n"), false);
    assertThat(publication.servers().get(1).state()).startsWith("did not answer the NOTIFY");
    lab.world().set("ns2.bakery.example", new Condition.Up());
    Topology.Host secondary =
        (Topology.Host) lab.topology().node("ns2.bakery.example").orElseThrow();
    assertThat(serialAt(secondary)).isEqualTo(1);
    lab.clock().advance(Duration.ofHours(2));
    assertThat(serialAt(secondary)).isEqualTo(2);
  }

  @Test
  void aSecondaryGivesUpAZoneWhosePrimaryIsGoneForLongerThanItExpires() throws Exception {
    lab.publish(zone("bakery.example.", 1, BAKERY + "www 60 IN A 203.0.113.98\n"), false);
    lab.world().set("ns1.bakery.example", new Condition.Failed());
    lab.clock().advance(Duration.ofDays(13));
    assertThat(resolved("www.bakery.example")).isEqualTo(InetAddress.ofLiteral("203.0.113.98"));
    lab.clock().advance(Duration.ofDays(2));
    assertThatThrownBy(() -> resolved("www.bakery.example"))
        .isInstanceOf(UnknownHostException.class);
  }

  private long serialAt(Topology.Host server) throws Exception {
    try (wirebook.net.UdpSocket socket =
        lab.network().openUdp(java.net.StandardProtocolFamily.INET, java.util.Optional.empty())) {
      org.xbill.DNS.Message query =
          org.xbill.DNS.Message.newQuery(
              org.xbill.DNS.Record.newRecord(
                  Name.fromString("bakery.example."),
                  org.xbill.DNS.Type.SOA,
                  org.xbill.DNS.DClass.IN));
      socket.send(
          new java.net.InetSocketAddress(server.addresses().getFirst(), 53),
          wirebook.trace.Bytes.of(query.toWire()));
      org.xbill.DNS.Message reply =
          new org.xbill.DNS.Message(socket.receive(Duration.ofSeconds(5)).payload().toArray());
      return ((org.xbill.DNS.SOARecord) reply.getSection(org.xbill.DNS.Section.ANSWER).getFirst())
          .getSerial();
    }
  }

  @Test
  void aZoneAtAProvidersNameServersIsServedByStandIns() throws Exception {
    String text =
        """
        @ 300 IN NS ns1.dnsprovider.net.
        @ 300 IN NS ns2.dnsprovider.net.
        www 300 IN A 203.0.113.99
        """;
    // The second one has the parent of the provider's own zone.
    for (String origin : List.of("bakery.example.", "bakery.net.", "bakery.example.")) {
      long serial =
          lab.zones().zone(Name.fromString(origin)).map(z -> z.soa().getSerial()).orElse(0L);
      Publication publication = lab.publish(zone(origin, (int) serial + 1, text), false);
      assertThat(publication.servers()).hasSize(2).allMatch(s -> !s.addresses().isEmpty());
      lab.ports().providersResolver().flush();
      assertThat(
              lab.ports()
                  .providersResolver()
                  .resolve(
                      new wirebook.engine.dns.resolver.Question(
                          Name.fromString("www." + origin), org.xbill.DNS.Type.A),
                      false)
                  .answer())
          .hasSize(1);
    }
    assertThat(lab.zones().zone(Name.fromString("dnsprovider.net."))).isPresent();
  }

  @Test
  void aNameServerThatTheLabCannotHaveIsToldOf() throws Exception {
    Zone zone = zone("bakery.example.", 1, "@ 300 IN NS ns1.provider.de.\n");
    assertThatThrownBy(() -> lab.publish(zone, false))
        .isInstanceOf(Publication.RefusedException.class)
        .hasMessageContaining("none of its name servers is in the lab");
    Publication both =
        lab.publish(
            zone(
                "bakery.example.",
                2,
                "@ 300 IN NS ns1.provider.de.\n@ 300 IN NS ns1\nns1 300 IN A 203.0.113.53\n"),
            false);
    assertThat(both.notes()).anyMatch(n -> n.startsWith("ns1.provider.de. is not in the lab"));
    assertThat(both.delegation()).contains("ns1.provider.de.");
  }

  @Test
  void serialsAreComparedRoundTheCircle() {
    assertThat(ZonePublisher.newer(1, 0xffffffffL)).isTrue();
    assertThat(ZonePublisher.newer(2026020101, 2026020100)).isTrue();
    assertThat(ZonePublisher.newer(1, 1)).isFalse();
    assertThat(ZonePublisher.newer(1, 2)).isFalse();
  }
}
