package wirebook.magics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import wirebook.engine.dns.resolver.Resolution;
import wirebook.internet.Internets;
import wirebook.internet.LabStatus;
import wirebook.internet.Publication;
import wirebook.net.Networks;
import wirebook.spi.Display;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicException;
import wirebook.spi.MimeBundle;
import wirebook.spi.Span;
import wirebook.spi.Word;

class LabMagicsTest {
  private final Internets internets = new Internets("lab");
  private final Map<Class<?>, Object> services = new HashMap<>();
  private final List<MimeBundle> shown = new ArrayList<>();
  private String printed = "";

  @AfterEach
  void close() throws IOException {
    internets.close();
  }

  private Object run(Magic magic, String cell) throws InterruptedException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    try {
      return magic.run(new Call(cell, out)).value().orElse("");
    } finally {
      printed = bytes.toString(StandardCharsets.UTF_8);
    }
  }

  private MagicException complaint(Magic magic, String cell) {
    try {
      run(magic, cell);
    } catch (MagicException e) {
      return e;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    throw new AssertionError("no complaint about " + cell);
  }

  /** A cell whose words are separated by single blanks. */
  private final class Call implements MagicCall {
    private final String cell;
    private final PrintStream out;

    Call(String cell, PrintStream out) {
      this.cell = cell;
      this.out = out;
    }

    @Override
    public List<Word> words() {
      List<Word> words = new ArrayList<>();
      String line = cell.lines().findFirst().orElse("");
      int at = line.indexOf(' ') + 1;
      for (String word : line.substring(at).split(" ")) {
        if (at > 0) {
          words.add(new Word(word, new Span(at, at + word.length())));
          at += word.length() + 1;
        }
      }
      return words;
    }

    @Override
    public Optional<String> body() {
      return Optional.of(cell.substring(cell.indexOf('\n') + 1));
    }

    @Override
    public PrintStream out() {
      return out;
    }

    @Override
    public PrintStream err() {
      return out;
    }

    @Override
    public InputStream in() {
      return InputStream.nullInputStream();
    }

    @Override
    public Display display() {
      return new Display() {
        @Override
        public String show(MimeBundle bundle) {
          shown.add(bundle);
          return "1";
        }

        @Override
        public void update(String id, MimeBundle bundle) {}

        @Override
        public void clear(boolean wait) {}
      };
    }

    @Override
    public Networks networks() {
      return internets;
    }

    @Override
    public Path directory() {
      return Path.of("").toAbsolutePath();
    }

    @Override
    public Map<String, String> environment() {
      return Map.of();
    }

    @Override
    public boolean inCell() {
      return true;
    }

    @Override
    public <T> T service(Class<T> type, Supplier<T> maker) {
      return type.cast(services.computeIfAbsent(type, _ -> maker.get()));
    }
  }

  @Test
  void internetSaysWhichNetworkIsInUseAndSwitches() throws Exception {
    LabStatus status = (LabStatus) run(new Internet(), "%internet");
    assertThat(status.network()).isEqualTo("lab");
    assertThat(printed).contains("lab Internet is in use", "a.root-servers.net and 12 more");
    run(new Internet(), "%internet real");
    assertThat(internets.current().name()).isEqualTo("real");
    assertThat(((LabStatus) run(new Internet(), "%internet lab")).network()).isEqualTo("lab");
  }

  @Test
  void aHostCanBeBrokenAndHealed() throws Exception {
    run(new Internet(), "%internet slow ns1.class.example 800ms");
    assertThat(printed).isEqualTo("ns1.class.example is slow: each answer takes 800 ms more.\n");
    run(new Internet(), "%internet heal ns1.class.example");
    assertThat(printed).isEqualTo("ns1.class.example is up.\n");
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
    Resolution resolution = (Resolution) run(new Resolve(), "%resolve www.github.com");
    assertThat(resolution.status()).isEqualTo("NOERROR");
    assertThat(printed)
        .contains("cache miss", "referral to com.", "CNAME: www.github.com. is github.com.")
        .contains(";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 0")
        .contains("www.github.com.\t\t3600\tIN\tCNAME\tgithub.com.");
    assertThat(shown).hasSize(1);
    run(new Resolve(), "%resolve www.github.com");
    assertThat(printed).contains("cache hit");
    run(new Dns(), "%dns flush");
    run(new Resolve(), "%resolve www.github.com");
    assertThat(printed).contains("the root hints");
  }

  @Test
  void theCacheShowsWhatIsRememberedAndFromWhom() throws Exception {
    run(new Resolve(), "%resolve class.example");
    Dns.Report report = (Dns.Report) run(new Dns(), "%dns cache class.example");
    assertThat(printed).contains("203.0.113.10", "authoritative answer", "ns1.class.example.");
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
    Publication publication = (Publication) run(new Zone(), ZONE + "www IN A 203.0.113.77\n");
    assertThat(publication.servers()).hasSize(2);
    assertThat(printed)
        .contains("serial 2026110101", "fetched it by AXFR", "example. delegates it");
    assertThat(((Resolution) run(new Resolve(), "%resolve www.class.example")).answer().getFirst())
        .hasToString("www.class.example.\t300\tIN\tA\t203.0.113.77");
  }

  @Test
  void anErrorInAZoneIsShownWhereItIs() {
    String cell = ZONE + "www IN A 203.0.113.777\n";
    MagicException complaint = complaint(new Zone(), cell);
    Span span = complaint.diagnostic().span();
    assertThat(cell.substring(span.start(), span.end())).contains("203.0.113.777");
    assertThat(complaint.diagnostic().message()).startsWith("line 7 of the zone: ");
  }
}
