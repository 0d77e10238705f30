package wirebook.engine.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpDateTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Sun, 06 Nov 1994 08:49:37 GMT | 784111777",
        "Sunday, 06-Nov-94 08:49:37 GMT | 784111777",
        "Sun Nov  6 08:49:37 1994 | 784111777",
        "06 Nov 1994 08:49:37 GMT | 784111777",
        "06-Nov-94 08:49:37 GMT | 784111777",
        "Nov  6 08:49:37 1994 | 784111777",
        "1994 Nov 6 08:49:37 | 784111777",
        "19941106 08:49:37 | 784111777",
        "Sun, 06 Nov 1994 08:49:37 +0100 | 784108177",
        "Sun, 06 Nov 1994 08:49:37 CET | 784108177",
        "Thu, 01 Jan 1970 00:00:00 GMT | 0",
        "12 Sep 2004 15:05:58 -0700 | 1095026758",
        "6 Nov 1994 | 784080000"
      })
  void everyUsualFormIsRead(String text, long seconds) {
    assertThat(HttpDate.parse(text)).hasValue(seconds);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "now", "Sun", "32 Nov 1994", "06 Nov 1994 25:00:00 GMT", "Foo 6 1994"})
  void whatIsNoDateIsNone(String text) {
    assertThat(HttpDate.parse(text)).isEmpty();
  }

  @Test
  void aTimeIsWrittenInTheOneFormOfToday() {
    assertThat(HttpDate.format(784111777)).isEqualTo("Sun, 06 Nov 1994 08:49:37 GMT");
  }
}
