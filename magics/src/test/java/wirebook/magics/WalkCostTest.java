package wirebook.magics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import wirebook.engine.dns.DnsExchange;
import wirebook.engine.dns.DnsLookup;
import wirebook.engine.dns.RecordType;
import wirebook.engine.dns.resolver.DnsWalk;
import wirebook.internet.Internets;
import wirebook.magics.dns.DigCommand;
import wirebook.magics.dns.Resolve;

/** The walk of the resolver beside that of dig, in the same lab: it must not cost more. */
class WalkCostTest {
  private final Internets internets = new Internets("lab");
  private final TestCells cells = new TestCells(internets, Path.of("").toAbsolutePath());

  @AfterEach
  void close() throws IOException {
    internets.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"google.com", "www.class.example", "github.com MX", "api.class.example AAAA"})
  void aWalkTakesNoMoreRoundTripsThanDigsTraceAndNoMoreOfTheLabsTime(String question)
      throws InterruptedException {
    DnsLookup trace = (DnsLookup) cells.run(new DigCommand(), "%dig +trace +nodnssec " + question);
    DnsWalk walk = (DnsWalk) cells.run(new Resolve(), "%resolve --no-cache " + question);
    assertThat(walk.status()).isEqualTo("NOERROR");
    Duration digs =
        trace.exchanges().stream()
            .map(DnsExchange::roundTrip)
            .reduce(Duration.ZERO, Duration::plus);
    // A server in Asia may be dig's choice and not ours, or the other way round.
    assertThat(walk.queries()).isLessThanOrEqualTo(trace.exchanges().size() + aliases(walk));
    assertThat(walk.took()).isLessThan(digs.plusMillis(400));
  }

  /** dig's trace ends at an alias; the resolver goes on to the answer. */
  private static int aliases(DnsWalk walk) {
    return (int) walk.answer().stream().filter(r -> r.type().equals(RecordType.CNAME)).count();
  }
}
