package wirebook.internet.zones;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.NSEC3Record;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;
import wirebook.engine.dns.resolver.ChainOfTrust;
import wirebook.engine.dns.resolver.Question;
import wirebook.engine.dns.resolver.Resolution;
import wirebook.engine.dns.resolver.Validation;
import wirebook.engine.dns.resolver.Validation.Security;
import wirebook.engine.dns.server.ZoneSigner;

class SignedLabTest extends StandingLab {
  private Validation validated(String name, int type) throws Exception {
    Resolution resolution = resolver.resolve(new Question(Name.fromString(name), type), true);
    return ChainOfTrust.check(resolution, resolver, lab.zones().trustAnchor(), lab.clock());
  }

  @Test
  void aSignedNameIsSecureAlongItsChainFromTheRoot() throws Exception {
    Validation validation = validated("www.class.example.", Type.A);
    assertThat(validation.security()).isEqualTo(Security.SECURE);
    assertThat(validation.chain()).hasSize(7);
    assertThat(validation.chain().getFirst())
        .hasToString(". trust anchor: key 33550, known beforehand");
  }

  @Test
  void whatDoesNotExistIsDeniedSecurely() throws Exception {
    assertThat(validated("nothing.class.example.", Type.A).security()).isEqualTo(Security.SECURE);
    assertThat(validated("www.class.example.", Type.MX).security()).isEqualTo(Security.SECURE);
  }

  @Test
  void aWildcardsAnswerAndItsAliasAreSecureAlsoOutOfTheCache() throws Exception {
    for (int i = 0; i < 2; i++) {
      assertThat(validated("any.students.class.example.", Type.A).security())
          .isEqualTo(Security.SECURE);
      assertThat(validated("api.class.example.", Type.A).security()).isEqualTo(Security.SECURE);
    }
  }

  @Test
  void aZoneWithoutDsIsInsecure() throws Exception {
    Validation validation = validated("google.com.", Type.A);
    assertThat(validation.security()).isEqualTo(Security.INSECURE);
    assertThat(validation.chain().getLast().toString()).contains("google.com. DS: none");
  }

  @Test
  void underAnotherAnchorAllIsBogus() throws Exception {
    Resolution resolution =
        resolver.resolve(new Question(Name.fromString("www.class.example."), Type.A), true);
    String other = new ZoneSigner("another root").ds(Name.root) + "\n";
    Validation validation = ChainOfTrust.check(resolution, resolver, other, lab.clock());
    assertThat(validation.security()).isEqualTo(Security.BOGUS);
    assertThat(resolution.with(validation).status()).isEqualTo("SERVFAIL");
  }

  @Test
  void theLabSignsAnewBeforeItsSignaturesEnd() throws Exception {
    assertThat(validated("www.class.example.", Type.A).security()).isEqualTo(Security.SECURE);
    lab.clock().advance(Duration.ofDays(60));
    assertThat(validated("www.class.example.", Type.A).security()).isEqualTo(Security.SECURE);
  }

  private void publish(String origin, boolean sign) throws Exception {
    lab.publish(
        ((wirebook.engine.dns.server.ZoneText.Good)
                wirebook.engine.dns.server.ZoneText.parse(
                    """
                    @ 300 IN SOA ns1 hostmaster 2026020101 7200 3600 1209600 60
                    @ 300 IN NS ns1
                    ns1 300 IN A 203.0.113.53
                    www 300 IN A 203.0.113.99
                    """,
                    Name.fromString(origin)))
            .zone(),
        sign);
  }

  @Test
  void anEditedZoneStaysSignedAndANewOneIsInsecureUnlessTheLabIsToSignIt() throws Exception {
    assertThat(validated("www.class.example.", Type.A).security()).isEqualTo(Security.SECURE);
    publish("class.example.", false);
    publish("bakery.example.", false);
    publish("bank.example.", true);
    lab.clock().advance(Duration.ofMinutes(5));
    assertThat(validated("www.class.example.", Type.A).security()).isEqualTo(Security.SECURE);
    assertThat(validated("www.bakery.example.", Type.A).security()).isEqualTo(Security.INSECURE);
    assertThat(validated("www.bank.example.", Type.A).security()).isEqualTo(Security.SECURE);
  }

  @Test
  void aDamagedZoneIsBogusWithTheReasonAndWellAgainWhenItIsMended() throws Exception {
    Name zone = Name.fromString("class.example.");
    lab.zones().damage(zone, Damage.EXPIRED);
    assertThat(validated("www.class.example.", Type.A).reason())
        .contains("expired two days ago (2026-01-30");
    lab.zones().damage(zone, Damage.ROLLED);
    resolver.flush();
    assertThat(validated("www.class.example.", Type.A).reason())
        .contains("the DS record of class.example. does not match");
    lab.zones().damage(zone, Damage.FORGED);
    resolver.flush();
    Validation forged = validated("www.class.example.", Type.A);
    assertThat(forged.reason()).contains("not those that were signed");
    assertThat(forged.errors()).singleElement().extracting(e -> e.code()).isEqualTo(6);
    lab.zones().damage(zone, Damage.UNSIGNED);
    resolver.flush();
    assertThat(validated("www.class.example.", Type.A).reason())
        .contains("has a DS record in its parent, but no DNSKEY");
    assertThat(lab.zones().mend(zone)).isTrue();
    resolver.flush();
    assertThat(validated("www.class.example.", Type.A).security()).isEqualTo(Security.SECURE);
  }

  @Test
  void belowABrokenLinkNothingIsTicked() throws Exception {
    lab.zones().damage(Name.fromString("class.example."), Damage.ROLLED);
    Validation rolled = validated("www.class.example.", Type.A);
    assertThat(rolled.chain().getLast().state()).isEqualTo(Validation.Link.State.UNTRUSTED);
    assertThat(rolled.text()).contains("? www.class.example. A: not checked");
    lab.healAll();
    resolver.flush();
    lab.zones().damage(Name.fromString("example."), Damage.EXPIRED);
    Validation expired = validated("www.class.example.", Type.A);
    assertThat(expired.chain().getLast().state()).isEqualTo(Validation.Link.State.UNTRUSTED);
    assertThat(expired.text().lines().dropWhile(l -> !l.contains("✗")).skip(1))
        .isNotEmpty()
        .noneMatch(l -> l.contains("✓"));
  }

  private List<Record> records(String name, int type) throws Exception {
    return resolver.resolve(new Question(Name.fromString(name), type), true).answer();
  }

  @Test
  void theKeySigningKeySignsTheKeysAndTheZoneKeyAllElse() throws Exception {
    for (String zone : List.of(".", "com.", "class.example.")) {
      List<Record> keys = records(zone, Type.DNSKEY);
      assertThat(keys.stream().filter(DNSKEYRecord.class::isInstance))
          .extracting(r -> ((DNSKEYRecord) r).getFlags())
          .containsExactlyInAnyOrder(256, 257);
      Map<Integer, Integer> tags =
          keys.stream()
              .filter(DNSKEYRecord.class::isInstance)
              .map(DNSKEYRecord.class::cast)
              .collect(Collectors.toMap(DNSKEYRecord::getFlags, DNSKEYRecord::getFootprint));
      assertThat(signature(keys).getFootprint()).isEqualTo(tags.get(257));
      assertThat(signature(records(zone, Type.SOA)).getFootprint()).isEqualTo(tags.get(256));
    }
    assertThat(signature(records(".", Type.SOA)).getAlgorithm())
        .isEqualTo(DNSSEC.Algorithm.RSASHA256);
    assertThat(signature(records("com.", Type.SOA)).getAlgorithm())
        .isEqualTo(DNSSEC.Algorithm.ECDSAP256SHA256);
  }

  private static RRSIGRecord signature(List<Record> records) {
    return records.stream()
        .filter(RRSIGRecord.class::isInstance)
        .map(RRSIGRecord.class::cast)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aRegistrysZoneDeniesByHashesAndSkipsWhatIsNotSigned() throws Exception {
    Resolution none =
        resolver.resolve(new Question(Name.fromString("nosuchname-xyz.com."), Type.A), true);
    assertThat(none.authority()).noneMatch(r -> r.getType() == Type.NSEC);
    assertThat(none.authority().stream().filter(NSEC3Record.class::isInstance))
        .isNotEmpty()
        .allMatch(r -> ((NSEC3Record) r).getFlags() == NSEC3Record.Flags.OPT_OUT);
    // That is how the hash of com begins outside too: without salt it is the same for all.
    assertThat(none.authority()).anyMatch(r -> r.getName().toString().startsWith("ck0pojmg"));
  }
}
