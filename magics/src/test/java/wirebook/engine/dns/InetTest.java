package wirebook.engine.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import wirebook.trace.Bytes;

class InetTest {
  @ParameterizedTest
  @CsvSource({
    "7f000001, 127.0.0.1",
    "00000000000000000000000000000000, ::",
    "00000000000000000000000000000001, ::1",
    "20010db8000000000000000000000010, 2001:db8::10",
    "20010db8000000010000000000000001, 2001:db8:0:1::1",
    "20010db8000100000001000000010000, 2001:db8:1:0:1:0:1:0",
    "00000000000000000000ffff7f000001, ::ffff:127.0.0.1",
    "0000000000000000000000007f000001, ::127.0.0.1",
    "fe800000000000000000000000000000, fe80::",
  })
  void addressesAreWrittenAsTheSystemWritesThem(String hex, String text) {
    assertThat(Inet.text(Bytes.of(HexFormat.of().parseHex(hex)))).isEqualTo(text);
  }
}
