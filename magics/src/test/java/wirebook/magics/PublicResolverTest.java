package wirebook.magics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import wirebook.internet.Internets;
import wirebook.magics.dns.DigCommand;

/** The lines that tutorials have, with the resolvers that they have in them. */
@Tag("slow")
class PublicResolverTest {
  private final Internets internets = new Internets("lab");
  private final TestCells cells = new TestCells(internets, Path.of("").toAbsolutePath());

  @AfterEach
  void close() throws IOException {
    internets.close();
  }

  private String dig(String words) throws InterruptedException {
    cells.run(new DigCommand(), "%dig " + words);
    return cells.printed();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "@8.8.8.8 google.com +short",
        "@1.1.1.1 google.com +short",
        "@9.9.9.9 google.com +short",
        "@2001:4860:4860::8888 google.com +short",
        "@dns.google google.com +short",
        "@one.one.one.one google.com +short",
        "@8.8.8.8 +tls google.com +short",
        "@dns.google +https google.com +short",
        "@1.1.1.1 +https-get google.com +short",
        "@9.9.9.9 +tls +tls-hostname=dns.quad9.net google.com +short",
        "@198.51.100.53 +tls google.com +short",
        "@198.51.100.53 +https google.com +short"
      })
  void aPublicResolverAnswersHoweverItIsAsked(String words) throws Exception {
    assertThat(dig(words)).isEqualTo("142.250.185.78\n");
  }

  @ParameterizedTest
  @CsvSource({
    "localhost +short, 127.0.0.1",
    "localhost AAAA +short, ::1",
    "-x 127.0.0.1 +short, localhost.",
    "-x 8.8.8.8 +short, dns.google.",
    "-x 1.1.1.1 +short, one.one.one.one.",
    "-x 2001:4860:4860::8844 +short, dns.google.",
    "@k.root-servers.net id.server CH TXT +short, \"ns1.de-fra.k.ripe.net\"",
    "@f.root-servers.net hostname.bind TXT CH +short, \"fra1a.f.root-servers.org\"",
    "@k.root-servers.net version.bind CH TXT +short, \"NSD 4.10.1\""
  })
  void localNamesAndInstancesAreAnsweredWhereTheyAreAsked(String words, String answer)
      throws Exception {
    assertThat(dig(words)).isEqualTo(answer + "\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-x 10.0.0.1", "-x 192.168.1.1", "-x 172.20.0.1"})
  void privateAddressesHaveNoNameAndNobodyElseIsAsked(String words) throws Exception {
    assertThat(dig(words))
        .contains("status: NXDOMAIN", "nobody.invalid. 1 3600")
        .doesNotContain("b.in-addr-servers.arpa", " ad;");
  }

  @ParameterizedTest
  @CsvSource({
    "@a.root-servers.net . SOA +nsid, NSID: 6e 6e 6e 31 2d",
    "@1.1.1.1 google.com +nsid, (\"FRA\")"
  })
  void whoAnsweredIsToldToWhoeverAsks(String words, String told) throws Exception {
    assertThat(dig(words)).contains(told);
  }

  @ParameterizedTest
  @CsvSource({"@ns1.google.com google.com, 512", "@a.gtld-servers.net com. SOA, 4096"})
  void someServersKnowNoCookiesAndAnnounceOtherSizes(String words, String size) throws Exception {
    assertThat(dig(words)).contains("udp: " + size).doesNotContain("(good)");
  }

  @ParameterizedTest
  @CsvSource({
    "stackoverflow.com, stackoverflow.com",
    "www.bbc.co.uk +short, www.bbc.co.uk",
    "de NS, de",
    "@8.8.8.8 mit.edu MX, mit.edu",
    "@a.gtld-servers.net stackoverflow.com, stackoverflow.com"
  })
  void whatTheLabLacksIsSaidAndNotDenied(String words, String name) throws Exception {
    String printed = dig(words);
    assertThat(printed).doesNotContain("NXDOMAIN");
    int before = cells.shown().size();
    dig(words);
    assertThat(cells.shown()).as("of a failure that is remembered, too").hasSizeGreaterThan(before);
    if (!words.contains("+short")) {
      assertThat(printed).contains("EDE: 0 (Other): (not in the lab: %internet real)");
    }
    assertThat(cells.shown())
        .anyMatch(b -> b.toString().contains("# " + name + " is not in the lab"));
  }
}
