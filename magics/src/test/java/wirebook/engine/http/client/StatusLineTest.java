package wirebook.engine.http.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import wirebook.engine.http.HttpFailure;

class StatusLineTest {
  @ParameterizedTest
  @CsvSource({
    "HTTP/1.1 404 Not Found, 11, 404, Not Found",
    "HTTP/1.0 200, 10, 200, ''",
    "HTTP/1.1 20015, 11, 200, 15",
    "' HTTP/2 503 ', 20, 503, ''",
    "HTTP/3 204 , 10, 200, ''",
    "HTTP/3.7 404 Not Found, 10, 200, ''",
    "http/1.1 404 Not Found, 10, 200, ''"
  })
  void aStatusLineIsReadAsCurlReadsIt(String line, int version, int code, String reason)
      throws HttpFailure {
    assertThat(StatusLine.parse(line + "\r\n")).isEqualTo(new StatusLine(version, code, reason));
  }

  @Test
  void anotherVersionIsRefused() {
    assertThatThrownBy(() -> StatusLine.parse("HTTP/1.2 200 OK\r\n"))
        .isInstanceOf(HttpFailure.class)
        .hasMessage("Unsupported HTTP/1 subversion in response");
    assertThatThrownBy(() -> StatusLine.parse("HTTP/9 200 OK\r\n"))
        .hasMessage("Unsupported HTTP version in response");
    assertThatThrownBy(() -> StatusLine.parse("HTTP/")).isInstanceOf(HttpFailure.class);
  }
}
