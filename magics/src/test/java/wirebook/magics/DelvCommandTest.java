package wirebook.magics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Name;
import wirebook.engine.dns.DnsRecord;
import wirebook.engine.dns.delv.DelvLookup;
import wirebook.internet.Internets;
import wirebook.internet.zones.Damage;
import wirebook.magics.dns.DelvCommand;

/** What delv says in the lab; what it prints in full is compared with BIND's where that is. */
class DelvCommandTest {
  private final Internets internets = new Internets("lab");
  private final TestCells cells = new TestCells(internets, Path.of("").toAbsolutePath());

  @AfterEach
  void close() throws IOException {
    internets.close();
  }

  private DelvLookup delv(String words) throws InterruptedException {
    return (DelvLookup) cells.run(new DelvCommand(), "%delv " + words);
  }

  @Test
  void anAnswerIsSaidToBeProvenOrUnsigned() throws Exception {
    assertThat(delv("example.com").sets())
        .extracting(DelvLookup.Answered::trust)
        .containsExactly(DelvLookup.Trust.VALIDATED);
    assertThat(cells.printed())
        .startsWith("; fully validated\nexample.com.\t\t300\tIN\tA\t93.184.215.14\n");

    assertThat(delv("google.com").answers()).hasSize(1);
    assertThat(cells.printed())
        .isEqualTo("; unsigned answer\ngoogle.com.\t\t300\tIN\tA\t142.250.185.78\n");
  }

  @Test
  void whatIsBogusIsNotShownButExplained() throws Exception {
    internets.lab().zones().damage(Name.fromString("example.com."), Damage.EXPIRED);

    DelvLookup lookup = delv("+cd example.com");

    assertThat(lookup.sets()).isEmpty();
    assertThat(lookup.status()).isEqualTo("broken trust chain");
    assertThat(cells.printed())
        .contains(": RRSIG has expired\n;; validating example.com/DNSKEY: no valid signature found")
        .endsWith(";; resolution failed: broken trust chain\n");
  }

  @Test
  void whatHasExpiredIsNeverTracedAsASuccess() throws Exception {
    internets.lab().zones().damage(Name.fromString("example.com."), Damage.EXPIRED);

    delv("+vtrace +cd example.com");

    assertThat(cells.printed())
        .contains("validating com/DS: verify rdataset")
        .doesNotContain("validating example.com/A: verify rdataset", "example.com/A: marking");
  }

  @Test
  void keysAreReadAsBindWritesThemAlsoWithSlashesInThem(@TempDir Path folder) throws Exception {
    String key =
        delv(". DNSKEY").answers().stream()
            .map(DnsRecord::text)
            .filter(r -> r.startsWith("257 "))
            .findFirst()
            .orElseThrow()
            .replaceFirst("^(\\d+ \\d+ \\d+) (.*)$", "$1 \"$2\"");
    for (String way :
        new String[] {
          "trust-anchors { . static-key %s; };",
          "managed-keys {\n  \".\" initial-key %s; # the root's\n};",
          "trusted-keys { /* old */ . %s; };",
        }) {
      Path file =
          Files.writeString(
              folder.resolve("keys"),
              "trust-anchors { x.example. static-key 257 3 8 \"AwEAAc//zz==\"; }; // none\n"
                  + way.formatted(key));
      assertThat(delv("-a " + file + " class.example").sets())
          .as(way)
          .extracting(DelvLookup.Answered::trust)
          .containsExactly(DelvLookup.Trust.VALIDATED);
    }
  }

  @Test
  void allTypesOfANameAreShownAndWhoIsAuthoritativeIsSaidToBe() throws Exception {
    assertThat(delv("class.example ANY +notcp").sets()).hasSizeGreaterThan(5);

    delv("@ns1.class.example -i www.class.example");
    assertThat(cells.printed())
        .isEqualTo("; authoritative\nwww.class.example.\t300\tIN\tA\t203.0.113.10\n");
  }

  @Test
  void aServerThatGivesNoKeysMakesNoZoneBogus() throws Exception {
    DelvLookup lookup = delv("@ns1.class.example www.class.example");

    assertThat(lookup.status()).isEqualTo("broken trust chain");
    assertThat(cells.printed())
        .startsWith(";; REFUSED unexpected RCODE resolving './DNSKEY/IN': 203.0.113.53#53\n");
    assertThat(lookup.validations().getLast().reason())
        .isEqualTo(
            "whoever was asked for the DNSKEY of . says REFUSED: nothing can be checked without"
                + " it");
  }

  @Test
  void aDenialIsKeptForThreeHoursAtMost() throws Exception {
    delv("nosuchtld");

    assertThat(cells.printed()).contains("nosuchtld.\t\t10800\tIN\t\\-ANY");
  }

  @Test
  void helpIsGivenAndAnUnknownOptionNamed() throws Exception {
    cells.run(new DelvCommand(), "%delv -h");
    assertThat(cells.printed()).startsWith("Usage:  delv ");
    cells.run(new DelvCommand(), "%delv -z example.com");
    assertThat(cells.printed()).startsWith("Invalid option: -z\nUsage:  delv ");
  }

  @Test
  void aServerIsAskedByName() throws Exception {
    delv("@dns.google class.example +short");

    assertThat(cells.printed()).isEqualTo("203.0.113.10\n");
  }
}
