package wirebook.engine.dns.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Name;

class ZoneTextTest {
  private static final String HEAD =
      """
      $TTL 300
      @ IN SOA ns1 hostmaster 1 7200 3600 1209600 300
      @ IN NS ns1
      ns1 IN A 203.0.113.53
      """;

  private static ZoneText parse(String text) throws Exception {
    return ZoneText.parse(text, Name.fromString("class.example."));
  }

  private static ZoneText.Wrong wrong(String line) throws Exception {
    ZoneText parsed = parse(HEAD + line + "\nwww IN A 203.0.113.10\n");
    assertThat(parsed).isInstanceOf(ZoneText.Wrong.class);
    return (ZoneText.Wrong) parsed;
  }

  @Test
  void aGoodZoneIsRead() throws Exception {
    assertThat(parse(HEAD)).isInstanceOf(ZoneText.Good.class);
  }

  @Test
  void aWrongAddressIsPointedAt() throws Exception {
    ZoneText.Wrong wrong = wrong("mail IN A 203.0.113.999");
    assertThat(wrong.line()).isEqualTo(4);
    assertThat("mail IN A 203.0.113.999".substring(wrong.start(), wrong.end()))
        .contains("203.0.113.999");
  }

  @Test
  void anUnknownTypeIsPointedAt() throws Exception {
    ZoneText.Wrong wrong = wrong("mail IN AX 203.0.113.9");
    assertThat(wrong.line()).isEqualTo(4);
    assertThat("mail IN AX 203.0.113.9".substring(wrong.start(), wrong.end())).contains("AX");
  }

  @Test
  void aRecordThatSpansLinesIsBlamedWhereItEnds() throws Exception {
    ZoneText.Wrong wrong = wrong("mail IN MX (\n  10\n  mail extra )");
    assertThat(wrong.line()).isBetween(4, 6);
  }

  @Test
  void aCnameBesideOtherDataIsBlamed() throws Exception {
    ZoneText.Wrong wrong = wrong("ns1 IN CNAME www");
    assertThat(wrong.message()).contains("CNAME");
    assertThat(wrong.line()).isNotNegative();
  }

  @Test
  void aZoneWithoutSoaOrNsIsRefused() throws Exception {
    assertThat(parse("www 300 IN A 203.0.113.10\n")).isInstanceOf(ZoneText.Wrong.class);
    assertThat(parse("@ 300 IN SOA ns1 hostmaster 1 2 3 4 5\n"))
        .isInstanceOfSatisfying(
            ZoneText.Wrong.class, w -> assertThat(w.message()).contains("no NS record"));
  }

  @Test
  void aNameOutsideOfTheZoneIsRefused() throws Exception {
    assertThat(wrong("www.other. IN A 203.0.113.9").message()).contains("outside");
  }

  @Test
  void filesAreNotIncluded() throws Exception {
    assertThat(wrong("$INCLUDE /etc/passwd").line()).isEqualTo(4);
  }

  @Test
  void noTextMakesItFail() throws Exception {
    Random random = new Random(1);
    String alphabet = "ab.@$(); \"\\\t\n0123456789INASOTX*";
    for (int i = 0; i < 2_000; i++) {
      StringBuilder text = new StringBuilder(HEAD);
      for (int j = random.nextInt(60); j > 0; j--) {
        text.insert(
            random.nextInt(text.length()), alphabet.charAt(random.nextInt(alphabet.length())));
      }
      assertThat(parse(text.toString())).isNotNull();
    }
  }
}
