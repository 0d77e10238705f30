package wirebook.engine.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import wirebook.trace.Bytes;

class DnsNameTest {
  @Test
  void aNameKeepsItsCaseAndComparesWithoutIt() {
    assertThat(DnsName.of("WwW.Example")).hasToString("WwW.Example.");
    assertThat(DnsName.of("WwW.Example")).isEqualTo(DnsName.of("www.EXAMPLE."));
    assertThat(DnsName.of("WwW.Example")).hasSameHashCodeAs(DnsName.of("www.example"));
  }

  @Test
  void bytesThatWouldMisleadATerminalAreEscaped() {
    DnsName name = new DnsName(Bytes.of(new byte[] {5, 27, '[', '2', 'J', (byte) 255, 1, '.', 0}));
    assertThat(name).hasToString("\\027[2J\\255.\\..");
    assertThat(DnsName.of(name.toString()).wire()).isEqualTo(name.wire());
  }

  @ParameterizedTest
  @CsvSource({
    "a..b, empty label",
    ".a, empty label",
    "a\\300, bad escape",
    "a\\1x, bad escape",
    "a\\, unexpected end of input",
    "\\[x41], bad label type",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, label too long",
  })
  void whatIsNoNameIsRefusedInBindsWords(String text, String reason) {
    assertThatThrownBy(() -> DnsName.of(text))
        .isInstanceOf(DnsNameSyntaxException.class)
        .hasMessage(reason);
  }

  @Test
  void aNameIsBelowItselfItsParentsAndTheRoot() {
    DnsName name = DnsName.of("www.example.com");
    assertThat(name.isSubdomainOf(name)).isTrue();
    assertThat(name.isSubdomainOf(DnsName.of("COM"))).isTrue();
    assertThat(name.isSubdomainOf(DnsName.ROOT)).isTrue();
    assertThat(name.isSubdomainOf(DnsName.of("ample.com"))).isFalse();
    assertThat(DnsName.of("com").isSubdomainOf(name)).isFalse();
  }
}
