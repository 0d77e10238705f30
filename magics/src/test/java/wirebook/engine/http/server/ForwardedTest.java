package wirebook.engine.http.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ForwardedTest {
  private static Request request(String... fields) {
    return new Request(
        "GET",
        "/",
        "HTTP/1.1",
        false,
        Headers.of(fields).plus("Host", "inner"),
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 4711),
        InputStream.nullInputStream());
  }

  /** The examples of RFC 7239 §4 and §7.1, and what may stand around them. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "for=\"_gazonk\" | _gazonk",
        "For=\"[2001:db8:cafe::17]:4711\" | 2001:db8:cafe::17",
        "for=192.0.2.60;proto=http;by=203.0.113.43 | 192.0.2.60",
        "for=\"192.0.2.43:47011\" | 192.0.2.43",
        "for=unknown | unknown",
        ", for=192.0.2.1 ; proto=https ,, | 192.0.2.1",
        "for=\"a\\\"b\" | a\"b"
      })
  void anElementNamesTheClientOfItsProxy(String field, String address) {
    assertThat(Forwarded.of(Headers.of("Forwarded", field)))
        .singleElement()
        .extracting(Forwarded::address)
        .isEqualTo(Optional.of(address));
  }

  @ParameterizedTest
  @ValueSource(strings = {"for", "for=a b", "for=\"a", "for=192.0.2.1, =", "for=[2001:db8::1]"})
  void ofAMalformedFieldNothingIsBelieved(String field) {
    assertThat(Forwarded.of(Headers.of("Forwarded", field, "X-Forwarded-For", "1.2.3.4")))
        .isEmpty();
  }

  @Test
  void nobodyIsTrustedUnlessNamed() {
    Request request =
        request(
            "Forwarded", "for=192.0.2.43;host=shop.example;proto=https", "X-Forwarded-For", "6");
    assertThat(request.origin()).isEqualTo(new Origin("127.0.0.1", "http", "inner"));
    assertThat(request.origin("10.0.0.1")).isEqualTo(new Origin("127.0.0.1", "http", "inner"));
    assertThat(request.origin("127.0.0.1"))
        .isEqualTo(new Origin("192.0.2.43", "https", "shop.example"));
  }

  @Test
  void whatSomebodyWroteBeforeTheLastTrustedProxyIsNotBelieved() {
    Request request =
        request("X-Forwarded-For", "6.6.6.6, 192.0.2.43", "X-Forwarded-For", "10.0.0.7");
    assertThat(request.origin("127.0.0.1").client()).isEqualTo("10.0.0.7");
    assertThat(request.origin("127.0.0.1", "10.0.0.7").client()).isEqualTo("192.0.2.43");
  }

  @Test
  void theOlderFieldsAreReadWhereTheNewOneIsMissing() {
    assertThat(
            request(
                    "X-Forwarded-For",
                    "192.0.2.1",
                    "X-Forwarded-Proto",
                    "https",
                    "X-Forwarded-Host",
                    "a")
                .origin("127.0.0.1"))
        .isEqualTo(new Origin("192.0.2.1", "https", "a"));
  }

  @Test
  void whatIsWrittenIsReadAgain() {
    Forwarded hop =
        new Forwarded(
            Optional.of("[::1]:80"), Optional.empty(), Optional.of("a\"b"), Optional.of("http"));
    assertThat(Forwarded.of(Headers.of("Forwarded", hop.element()))).containsExactly(hop);
  }
}
