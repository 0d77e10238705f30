package wirebook.magics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Name;
import wirebook.engine.dns.delv.DelvLookup;
import wirebook.internet.Internets;
import wirebook.internet.Lab;
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
    internets.lab().damage(Name.fromString("example.com."), Lab.Damage.EXPIRED);

    DelvLookup lookup = delv("+cd example.com");

    assertThat(lookup.sets()).isEmpty();
    assertThat(lookup.status()).isEqualTo("broken trust chain");
    assertThat(cells.printed())
        .contains(": RRSIG has expired\n;; validating example.com/DNSKEY: no valid signature found")
        .endsWith(";; resolution failed: broken trust chain\n");
  }

  @Test
  void aServerIsAskedByName() throws Exception {
    delv("@dns.google class.example +short");

    assertThat(cells.printed()).isEqualTo("203.0.113.10\n");
  }
}
