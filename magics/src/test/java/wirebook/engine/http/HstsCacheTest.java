package wirebook.engine.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class HstsCacheTest {
  private Instant now = Instant.parse("2030-01-01T00:00:00Z");
  private final HstsCache cache = new HstsCache(() -> now);

  @Test
  void aHostIsKeptForItsTime() {
    assertThat(cache.header("host.example", "max-age=100")).isTrue();
    assertThat(cache.applies("HOST.example")).isTrue();
    assertThat(cache.applies("sub.host.example")).isFalse();
    now = now.plusSeconds(101);
    assertThat(cache.applies("host.example")).isFalse();
  }

  @Test
  void subdomainsFollowWhenAsked() {
    cache.header("host.example", "max-age=\"100\"; includeSubDomains");
    assertThat(cache.applies("a.b.host.example")).isTrue();
    assertThat(cache.applies("xhost.example")).isFalse();
  }

  @Test
  void anAgeOfZeroForgets() {
    cache.header("host.example", "max-age=100");
    cache.header("host.example", "max-age=0");
    assertThat(cache.applies("host.example")).isFalse();
  }

  @Test
  void brokenHeadersChangeNothing() {
    assertThat(cache.header("host.example", "max-age=")).isFalse();
    assertThat(cache.header("host.example", "includeSubDomains")).isFalse();
    assertThat(cache.header("host.example", "max-age=1; max-age=2")).isFalse();
    assertThat(cache.applies("host.example")).isFalse();
  }

  @Test
  void addressesAreNeverKept() {
    cache.header("127.0.0.1", "max-age=100");
    assertThat(cache.applies("127.0.0.1")).isFalse();
  }

  @Test
  void theFileReadsBackAsItWasWritten() {
    cache.header("one.example", "max-age=100");
    cache.header("two.example", "max-age=100; includeSubDomains");
    HstsCache other = new HstsCache(() -> now);
    other.load(cache.file());
    assertThat(other.file()).isEqualTo(cache.file());
    assertThat(cache.file()).contains(".two.example \"20300101 00:01:40\"");
  }
}
