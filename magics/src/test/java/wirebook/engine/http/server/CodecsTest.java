package wirebook.engine.http.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import wirebook.codec.Json;
import wirebook.engine.http.server.httpbin.Brotli;
import wirebook.engine.http.server.httpbin.HttpbinDigest;
import wirebook.engine.http.server.httpbin.MersenneTwister;
import wirebook.trace.Bytes;

class CodecsTest {
  @Test
  void aSeedGivesTheBytesThatPythonGives() {
    MersenneTwister random = new MersenneTwister(BigInteger.ZERO);
    byte[] bytes = new byte[10];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) random.nextByte();
    }
    assertThat(Bytes.of(bytes).hex()).isEqualTo("c5d71484f8cf9bf4b76f");
  }

  @Test
  void aLargeSeedIsUsedWhole() {
    MersenneTwister random = new MersenneTwister(new BigInteger("123456789012345678901234567890"));
    // python3: random.seed(123456789012345678901234567890); random.getrandbits(32)
    assertThat(Integer.toUnsignedString(random.nextInt())).isEqualTo("3124625047");
  }

  @Test
  void jsonIsReadStrictly() {
    assertThat(Json.read("{\"a\": [1, 2.50, null, true]}")).isPresent();
    for (String no : List.of("", "{a:1}", "[1,]", "{} {}", "'x'", "nul", "NaN", "[1 2]")) {
      assertThat(Json.read(no)).as(no).isEmpty();
    }
  }

  @Test
  void jsonIsWrittenWithSortedNamesAndInAscii() {
    Map<String, Object> value = new LinkedHashMap<>();
    value.put("z", List.of());
    value.put("a", List.of("é\"\\\n\u0001😀", 1, 2.5, Optional.empty()));
    assertThat(JsonForm.sorted(value))
        .isEqualTo(
            """
            {
              "a": [
                "\\u00e9\\"\\\\\\n\\u0001\\ud83d\\ude00",
                1,
                2.5,
                null
              ],
              "z": []
            }\
            """);
    assertThat(JsonForm.oneLine(value)).startsWith("{\"z\": [], \"a\": [");
  }

  private record Drink(@Nullable String name, double price, Optional<String> note) {}

  @Test
  void valuesOfJavaBecomeJsonForPeople() {
    assertThat(JsonForm.pretty(new Drink("thé", Double.NaN, Optional.empty())))
        .isEqualTo("{\n  \"name\": \"thé\",\n  \"price\": null,\n  \"note\": null\n}");
    Drink without = new Drink(null, 1, Optional.of("x"));
    assertThat(JsonForm.pretty(without)).contains("\"name\": null", "\"note\": \"x\"");
    assertThat(JsonForm.oneLine(new int[][] {{1}, {}})).isEqualTo("[[1], []]");
    assertThat(JsonForm.oneLine(Stream.of('a', TimeUnit.DAYS, Path.of("/x"))))
        .isEqualTo("[\"a\", \"DAYS\", \"/x\"]");
    assertThat(JsonForm.oneLine(List.of(Bytes.utf8("text"), new byte[] {-1})))
        .isEqualTo("[\"text\", \"/w==\"]");
  }

  @Test
  void aValueThatContainsItselfIsNoJson() {
    List<Object> list = new ArrayList<>();
    list.add(list);
    assertThatThrownBy(() -> JsonForm.pretty(list))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("contains itself");
  }

  @Test
  void numbersComeBackAsPythonWouldWriteThem() {
    assertThat(
            JsonForm.oneLine(
                Json.read(
                        "[1.0, 1e5, 1E400, 123456789012345678901, 1e-7, 1.5e300, -0, 1e16, 0.1,"
                            + " 1e-4]")
                    .orElseThrow()))
        .isEqualTo(
            "[1.0, 100000.0, Infinity, 123456789012345678901, 1e-07, 1.5e+300, 0, 1e+16, 0.1,"
                + " 0.0001]");
  }

  @Test
  void recordsAreJsonObjects() {
    record Item(int id, String name) {}
    assertThat(JsonForm.oneLine(new Item(1, "x"))).isEqualTo("{\"id\": 1, \"name\": \"x\"}");
  }

  @Test
  void emptyBrotliIsOneByte() {
    assertThat(Brotli.stored(Bytes.EMPTY).hex()).isEqualTo("06");
  }

  @Test
  void percentEncodingIsUndoneAsUtf8AndABarePercentSignStays() {
    assertThat(Parameters.decode("%E2%82%AC%zz%4")).isEqualTo("€%zz%4");
    assertThat(Parameters.parse("a=1&a=2+3&b&=x&&c=%26").byName())
        .containsEntry("a", List.of("1", "2 3"))
        .containsEntry("b", List.of(""))
        .containsEntry("", List.of("x"))
        .containsEntry("c", List.of("&"));
  }

  @Test
  void whatIsNotUtf8StaysPercentEncoded() {
    assertThat(Parameters.decode("%FF%C3%28%c3%a9%e2%82")).isEqualTo("%FF%C3(é%E2%82");
  }

  private static Request request(Headers headers, String content) {
    return new Request(
        "POST",
        "/",
        "HTTP/1.1",
        false,
        headers,
        new InetSocketAddress(0),
        new ByteArrayInputStream(content.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void theOctalEscapesOfACookieAreUtf8() {
    assertThat(request(Headers.of("Cookie", "a=\"\\303\\251\\\"\\054x\""), "").cookies())
        .containsEntry("a", "é\",x");
  }

  @Test
  void jsonThatDoesNotFitIsToldWithWhatWouldFit() {
    record Item(String name, int price) {}
    assertThatThrownBy(
            () -> request(Headers.NONE, "{\"name\": \"x\", \"price\": \"y\"}").json(Item.class))
        .hasMessage("the JSON does not fit Item(String name, int price): For input string: \"y\"");
    assertThatThrownBy(() -> request(Headers.NONE, "[]").json(Item.class))
        .hasMessageStartingWith("the JSON does not fit Item(String name, int price): Expected");
    assertThatThrownBy(() -> request(Headers.NONE, "{").json(Item.class))
        .hasMessage("the content is no JSON");
  }

  @Test
  void aFieldThatWouldBeTwoIsRefusedWhenItIsAdded() {
    assertThatThrownBy(() -> Response.text("").with("X-A", "b\r\nX-B: c"))
        .hasMessageContaining("without line ends")
        .hasMessageEndingWith("{\"X-A\": \"b\\r\\nX-B: c\"}");
    assertThatThrownBy(() -> Response.text("").plus("X A", "b"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aRedirectionGoesToAnEncodedLocation() {
    assertThat(Response.redirect("/a b/é%20\"").headers().first("Location"))
        .contains("/a%20b/%C3%A9%20%22");
  }

  @Test
  void aDigestResponseOfTheStandardIsAccepted() throws Exception {
    // RFC 7616 §3.9.1, with its SHA-256 answer.
    Map<String, String> credentials =
        HttpbinDigest.credentials(
                "Digest username=\"Mufasa\", realm=\"http-auth@example.org\","
                    + " uri=\"/dir/index.html\", algorithm=SHA-256,"
                    + " nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", nc=00000001,"
                    + " cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", qop=auth,"
                    + " response=\"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1\"")
            .orElseThrow();
    Request request =
        new Request(
            "GET",
            "/dir/index.html",
            "HTTP/1.1",
            false,
            Headers.NONE,
            new java.net.InetSocketAddress(0),
            java.io.InputStream.nullInputStream());
    assertThat(HttpbinDigest.matches(credentials, "Mufasa", "Circle of Life", request)).isTrue();
    assertThat(HttpbinDigest.matches(credentials, "Mufasa", "circle of life", request)).isFalse();
  }
}
