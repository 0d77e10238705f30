package wirebook.engine.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import wirebook.engine.dns.DnsMessage.Parsed;
import wirebook.trace.Bytes;

class TsigTest {
  private static final Instant NOW = Instant.ofEpochSecond(1_700_000_000);
  private static final TsigKey KEY =
      new TsigKey(
          DnsName.of("key.example"), TsigKey.Algorithm.HMAC_SHA256, Bytes.utf8("secret"), 0);

  private static final Bytes QUERY =
      DnsQuery.of(
              7,
              0,
              Optional.of(new DnsQuestion(DnsName.of("a."), RecordType.A, RecordClass.IN)),
              Optional.empty(),
              Optional.empty(),
              0,
              0)
          .wire();

  private static Optional<String> check(Tsig check, Bytes wire, Instant now) {
    Parsed.Read read = (Parsed.Read) DnsMessage.parse(wire);
    return check.check(wire, read.message(), read.signature().orElse(0), now);
  }

  @Test
  void theSignatureOfAQueryIsItsLastRecord() {
    Tsig.Signed signed = Tsig.sign(QUERY, KEY, NOW);
    Parsed.Read read = (Parsed.Read) DnsMessage.parse(signed.wire());
    assertThat(read.message().tsig()).contains(signed.record());
    assertThat(read.signature()).hasValue(QUERY.length());
    assertThat(read.message().header().additionalCount()).isEqualTo(1);
  }

  @Test
  void aReplyWithoutASignatureIsMissed() {
    Tsig check = Tsig.sign(QUERY, KEY, NOW).check();
    assertThat(check(check, QUERY, NOW)).contains("expected a TSIG or SIG(0)");
  }

  @Test
  void aReplySignedForAnotherQueryIsRefused() {
    Tsig check = Tsig.sign(QUERY, KEY, NOW).check();
    // A query's signature digests no earlier one, so it is none for a reply.
    assertThat(check(check, Tsig.sign(QUERY, KEY, NOW).wire(), NOW))
        .contains("tsig verify failure");
  }

  @Test
  void anotherKeyIsRefused() {
    TsigKey other =
        new TsigKey(DnsName.of("other.example"), KEY.algorithm(), Bytes.utf8("secret"), 0);
    Tsig check = Tsig.sign(QUERY, KEY, NOW).check();
    assertThat(check(check, Tsig.sign(QUERY, other, NOW).wire(), NOW))
        .contains("tsig verify failure");
  }
}
