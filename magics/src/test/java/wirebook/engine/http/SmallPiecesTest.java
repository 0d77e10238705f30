package wirebook.engine.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import wirebook.codec.Json;

class SmallPiecesTest {
  @Test
  void oneValueOfAJsonTextIsFound() {
    String json =
        """
        {"a": {"b": [1, {"c": "x\\"\\u00e9"}, true]}, "n": null, "a.b": 2}
        """;
    assertThat(JsonPath.find(json, "$.a.b[0]")).contains("1");
    assertThat(JsonPath.find(json, "$.a.b[1].c")).contains("x\"é");
    assertThat(JsonPath.find(json, "a.b[2]")).contains("true");
    assertThat(JsonPath.find(json, "$.nothing")).isEmpty();
    assertThat(JsonPath.find(json, "$.a.b[9]")).isEmpty();
    assertThat(JsonPath.find("no json", "$.a")).isEmpty();
    assertThat(JsonPath.find("", "$")).isEmpty();
    assertThat(JsonPath.find("{\"a\"x5}", "$.a")).isEmpty();
    assertThat(JsonPath.find("{'a': 5}", "$.a")).isEmpty();
    assertThat(JsonPath.find("{\"a\": 5} 6", "$.a")).isEmpty();
  }

  private static String all(String path) {
    String json =
        """
        {"store": {"book": [
           {"title": "A", "price": 8.95, "isbn": "1"},
           {"title": "B", "price": 12.99},
           {"title": "C", "price": 8, "isbn": "2"}],
          "bicycle": {"price": 399}}, "max": 10}
        """;
    return switch (JsonPath.findAll(json, path)) {
      case JsonPath.Found.Values(var values) -> Json.of(values).write();
      case JsonPath.Found.NoJson(String why) -> "no json: " + why;
      case JsonPath.Found.NoPath(String why) -> "no path: " + why;
    };
  }

  /** The examples of RFC 9535, 1.5, and what is near them. */
  @Test
  void aPathDescendsCutsAndFilters() {
    assertThat(all("$..price")).isEqualTo("[8.95,12.99,8,399]");
    assertThat(all("$.store.book[*].title")).isEqualTo("[\"A\",\"B\",\"C\"]");
    assertThat(all("$..book[2].title")).isEqualTo("[\"C\"]");
    assertThat(all("$..book[-1].title")).isEqualTo("[\"C\"]");
    assertThat(all("$..book[0,1].title")).isEqualTo("[\"A\",\"B\"]");
    assertThat(all("$..book[:2].title")).isEqualTo("[\"A\",\"B\"]");
    assertThat(all("$..book[::-1].title")).isEqualTo("[\"C\",\"B\",\"A\"]");
    assertThat(all("$..book[?@.isbn].title")).isEqualTo("[\"A\",\"C\"]");
    assertThat(all("$..book[?(@.price < $.max && @.title != 'A')].title")).isEqualTo("[\"C\"]");
    assertThat(all("$..book[?!@.isbn]['title']")).isEqualTo("[\"B\"]");
    assertThat(all("$..book[?@.title =~ /[bc]/i].x")).startsWith("no path");
    assertThat(all("$.store.book[x]")).startsWith("no path: \"x\" is no index");
    assertThat(all("$.store[")).startsWith("no path");
  }

  @Test
  void byteTextKeepsEveryByte() {
    byte[] all = new byte[256];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) i;
    }
    String text = ByteText.of(all);
    assertThat(ByteText.bytes(text)).isEqualTo(all);
    assertThat(ByteText.unescape(ByteText.escape(text))).isEqualTo(text);
    assertThat(ByteText.toText(ByteText.fromText("añ日"))).isEqualTo("añ日");
  }

  /** The example GET request of Amazon's documentation of Signature Version 4 for IAM. */
  @Test
  void amazonsExampleIsSignedAsAmazonDoes() throws HttpFailure {
    String lines =
        AwsSigV4.sign(
            new AwsSigV4.Request(
                "aws:amz:us-east-1:iam",
                "AKIDEXAMPLE",
                "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                "GET",
                "iam.amazonaws.com",
                "/",
                "Action=ListUsers&Version=2010-05-08",
                Optional.of("Host: iam.amazonaws.com"),
                List.of("Content-Type: application/x-www-form-urlencoded; charset=utf-8"),
                Optional.empty(),
                true,
                "20150830T123600Z"));
    assertThat(lines)
        .contains("Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7")
        .contains("X-Amz-Date: 20150830T123600Z\r\n");
  }

  @Test
  void theQueryOfASignatureIsSorted() {
    assertThat(AwsSigV4.canonicalQuery("b=2&a=1&a")).isEqualTo("a=&a=1&b=2");
  }
}
