package wirebook.engine.dns.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;

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
  void whatATextSaysOfAServiceIsNoParameter() throws Exception {
    ZoneText parsed = parse(HEAD + "a IN TXT ( \"x dohpath=/q\" )");
    assertThat(((ZoneText.Good) parsed).zone().records().getLast().rdataToString())
        .isEqualTo("\"x dohpath=/q\"");
  }

  /** The vectors of RFC 9460, appendix D, and HIP's of RFC 8005, 6. */
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '~',
      delimiter = '|',
      textBlock =
          """
          SVCB 0 foo.example.com. | 0000 03666f6f076578616d706c6503636f6d00
          SVCB 1 . | 0001 00
          SVCB 16 foo.example.com. port=53 | 0010 03666f6f076578616d706c6503636f6d00 000300020035
          SVCB 1 foo.example.com. key667="hello\\210qoo" | 0001 03666f6f076578616d706c6503636f6d00 029b000968656c6c6fd2716f6f
          SVCB 1 foo.example.com. ipv6hint="2001:db8::1,2001:db8::53:1" | 0001 03666f6f076578616d706c6503636f6d00 0006002020010db800000000000000000000000120010db8000000000000000000530001
          SVCB 16 foo.example.org. alpn=h2,h3-19 mandatory=ipv4hint,alpn ipv4hint=192.0.2.1 | 0010 03666f6f076578616d706c65036f726700 0000000400010004 000100090268320568332d3139 00040004c0000201
          SVCB 16 foo.example.org. alpn="f\\\\\\\\oo\\\\,bar,h2" | 0010 03666f6f076578616d706c65036f726700 0001000c08665c6f6f2c626172026832
          HTTPS 1 . dohpath=/q{?dns} alpn=h2 | 0001 00 00010003026832 000700082f717b3f646e737d
          HIP 2 200100107B1A74DF365639CC39F1D578 AwEAAQ== rvs.example.com. | 10 02 0004 200100107b1a74df365639cc39f1d578 03010001 03727673076578616d706c6503636f6d00
          """)
  void dataOfServicesAndIdentitiesIsWrittenAsTheirRfcsHaveIt(String record, String data)
      throws Exception {
    ZoneText parsed = parse(HEAD + "a IN " + record + "\nb IN A 192.0.2.1");
    assertThat(parsed).isInstanceOf(ZoneText.Good.class);
    List<Record> records = ((ZoneText.Good) parsed).zone().records();
    assertThat(HexFormat.of().formatHex(records.get(records.size() - 2).rdataToWireCanonical()))
        .isEqualTo(data.replace(" ", ""));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          SVCB 1 . no-default-alpn              | wants an alpn
          SVCB 1 . alpn=h2 alpn=h3              | alpn stands twice
          SVCB 1 . mandatory=alpn               | stands beside it
          SVCB 1 . mandatory=mandatory alpn=h2  | not mandatory itself
          SVCB 1 . foo=1                        | is called foo
          SVCB 1 . port                         | port wants a value
          HTTPS 1 . no-default-alpn=x alpn=h2   | has no value
          HTTPS 1 . ipv4hint=2001:db8::1        | does not fit ipv4hint
          HTTPS 1 . alpn=h2 dohpath=/q          | dohpath is malformed
          """)
  void parametersOfAServiceThatMakeNoSenseAreRefused(String record, String said) throws Exception {
    assertThat(wrong("a IN " + record).message()).contains(said);
  }

  private static List<String> warnings(String lines) throws Exception {
    assertThat(parse(HEAD + lines)).isInstanceOf(ZoneText.Good.class);
    return ((ZoneText.Good) parse(HEAD + lines)).warnings();
  }

  @Test
  void aNameOutsideOfTheZoneIsIgnoredWithAWarning() throws Exception {
    assertThat(warnings("www.other. IN A 203.0.113.9"))
        .singleElement()
        .asString()
        .startsWith("line 5: www.other. is outside of the zone");
  }

  @Test
  void whatBeginnersGetWrongIsWarnedOf() throws Exception {
    assertThat(warnings("@ MX 10 203.0.113.5")).first().asString().contains("an address where");
    assertThat(warnings("@ MX 10 mail.class.example\nmail A 203.0.113.9"))
        .singleElement()
        .asString()
        .contains("A name that is complete ends in a dot: mail.class.example.");
    assertThat(warnings("www.class.example A 203.0.113.9")).first().asString().contains("twice");
    assertThat(warnings("@ MX 10 mail")).first().asString().contains("no address in the zone");
    assertThat(warnings("team NS ns.team")).first().asString().contains("(glue)");
    assertThat(warnings("lost NS ns9")).first().asString().contains("no address in the zone");
    assertThat(warnings("@ NS ns.sub\nsub NS ns1")).first().asString().contains("a delegation");
    assertThat(warnings("lost NS al\nal CNAME ns1")).first().asString().contains("CNAME");
    assertThat(warnings("a NS ns.a\nns.a AAAA 2001:db8::9\nb NS ns.a\nc NS ns1")).isEmpty();
    assertThat(warnings("www 600 A 203.0.113.8\nwww 600 A 203.0.113.9\nWWW 60 A 203.0.113.7"))
        .singleElement()
        .asString()
        .contains("one TTL", "600, as the first says, not 60");
    assertThat(warnings("@ MX 10 al\nal CNAME ns1")).first().asString().contains("CNAME");
    assertThat(warnings("_sip._tcp SRV 1 2 5060 sip")).first().asString().contains("SRV");
    assertThat(warnings("web_1 A 203.0.113.9")).first().asString().contains("no name for a host");
    assertThat(warnings("_dmarc TXT v=DMARC1\n*.a A 203.0.113.9\n@ MX 10 ns1\n@ MX 0 .")).isEmpty();
    ZoneText parsed = parse(HEAD.replace("hostmaster", "hostmaster@class.example"));
    assertThat(((ZoneText.Good) parsed).warnings())
        .first()
        .asString()
        .contains("hostmaster.class.example.")
        .doesNotContain("class.example.class");
  }

  @Test
  void aNameServerOfTheZoneNeedsAnAddressAndIsNoAlias() throws Exception {
    assertThat(wrong("@ NS ns9").fix()).contains("ns9.class.example. 3600 IN A");
    assertThat(wrong("@ NS al\nal CNAME ns1").message()).contains("alias (CNAME)");
    assertThat(warnings("@ NS ns1.dnsprovider.net.")).isEmpty();
  }

  @Test
  void allMistakesAreToldEachWithItsOwnHelp() throws Exception {
    ZoneText.Wrong wrong =
        wrong("@ MX mail\nmail A 203.0.113.999\nx AX 1\nlong TXT (\n  a\n  \\# )\nb A 1.2.3");
    assertThat(wrong.line()).isEqualTo(4);
    assertThat(wrong.fix()).contains("MX 10 mail");
    assertThat(wrong.others()).extracting(ZoneText.Wrong::line).contains(5, 6);
    assertThat(wrong.others().getFirst().fix()).contains("IN A 203.0.113.10");
  }

  @Test
  void typesThatTheLibraryDoesNotReadAreReadAsBindReadsThem() throws Exception {
    for (String line :
        List.of(
            "a EUI48 00-00-5e-00-53-2a, \\# 6 00005e00532a",
            "a EUI64 00-00-5e-ef-10-00-00-2a, \\# 8 00005eef1000002a",
            "a NID 10 0014:4fff:ff20:ee64, \\# 10 000a00144fffff20ee64",
            "a 300 IN L32 10 10.1.2.0, \\# 6 000a0a010200",
            "a LP 10 l64, \\# 21 000a036c363405636c617373076578616d706c6500",
            "a CSYNC 66 3 A NS AAAA, \\# 12 000000420003000460000008",
            "a AMTRELAY 10 0 1 203.0.113.15, \\# 6 0a01cb00710f",
            "a CSYNC 66 3, \\# 6 000000420003",
            "a DOA 1 2 0 \"\" aGk=, \\# 12 000000010000000200006869",
            "a DOA 1 2 0 \"x\" -, \\# 11 0000000100000002000178",
            "a AVC \"a\\\"b\\065\" c, \\# 7 04612262410163",
            "a NINFO x, \\# 2 0178",
            "a TALINK a.b. c., \\# 8 0161016200016300",
            "a AMTRELAY 0 0 0 ., \\# 2 0000",
            "a AMTRELAY 10 1 3 r., \\# 5 0a83017200",
            "a DSYNC CDS NOTIFY 5300 n., \\# 8 003b0114b4016e00",
            "a RESINFO qnamemin, \\# 9 08716e616d656d696e")) {
      String[] parts = line.split(", ");
      ZoneText parsed = parse(HEAD + parts[0]);
      assertThat(parsed).as(line).isInstanceOf(ZoneText.Good.class);
      assertThat(((ZoneText.Good) parsed).zone().records().getLast().rdataToString())
          .as(line)
          .isEqualToIgnoringCase(parts[1]);
    }
  }

  @Test
  void generateTakesAnyTypeAndAllOfBindsModifiers() throws Exception {
    ZoneText parsed =
        parse(
            HEAD
                + """
                $GENERATE 1-3 h$ TXT "x$"
                $GENERATE 1-2 m$ MX "10 ns1"
                $GENERATE 1-2 w${1,0} A 203.0.113.$
                $GENERATE 10-20/10 ${0,4,d} 300 IN A 203.0.113.${-5}
                $GENERATE 1-1 ${0,4,n} A 203.0.113.1
                """);
    assertThat(((ZoneText.Good) parsed).zone().records())
        .extracting(r -> r.toString())
        .anyMatch(r -> r.startsWith("h3.class.example.") && r.endsWith("\"x3\""))
        .anyMatch(r -> r.startsWith("m2.class.example.") && r.endsWith("10 ns1.class.example."))
        .anyMatch(r -> r.startsWith("w3.class.example.") && r.endsWith("203.0.113.2"))
        .anyMatch(r -> r.startsWith("0020.class.example.") && r.endsWith("203.0.113.15"))
        .anyMatch(r -> r.startsWith("1.0.class.example."));
  }

  @Test
  void aTextBeyondAsciiIsWhatItIsInUtf8() throws Exception {
    for (String written : List.of("\"hällo\"", "hällo", "\"h\\195\\164llo\"")) {
      ZoneText parsed = parse(HEAD + "ä TXT " + written + " ; größer");
      assertThat(((ZoneText.Good) parsed).zone().records().getLast().toString())
          .startsWith("xn--4ca.class.example.")
          .endsWith("\"h\\195\\164llo\"");
    }
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
