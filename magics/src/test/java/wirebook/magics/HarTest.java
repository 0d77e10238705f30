package wirebook.magics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import wirebook.engine.http.HttpTransfer;
import wirebook.engine.http.file.HttpRun;
import wirebook.magics.http.Curl;
import wirebook.magics.http.HttpCell;
import wirebook.spi.MagicException;

class HarTest extends HttpbinNotebook {
  private HttpTransfer curl(String words) throws InterruptedException {
    return (HttpTransfer) cells.run(new Curl(), "%curl -q -sS " + words.replace("HOST", host));
  }

  private HttpRun http(String cell) throws InterruptedException {
    return (HttpRun) cells.run(new HttpCell(), cell);
  }

  private JsonArray entries(String file) throws IOException {
    JsonObject log =
        JsonParser.parseString(Files.readString(directory.resolve(file)))
            .getAsJsonObject()
            .getAsJsonObject("log");
    assertThat(log.get("version").getAsString()).isEqualTo("1.2");
    assertThat(log.getAsJsonObject("creator").keySet()).contains("name", "version");
    return log.getAsJsonArray("entries");
  }

  /** An archive of one request. */
  private void archive(String method, String url, String more) throws IOException {
    Files.writeString(
        directory.resolve("given.har"),
        """
        {"log": {"version": "1.2", "entries": [{"request": {"method": "%s", "url": "%s",
         "httpVersion": "h2", "headers": [{"name": ":authority", "value": "x"}]%s}}]}}
        """
            .formatted(method, url.replace("HOST", host), more));
  }

  @Test
  void anArchiveHasWhatTheFormatRequires() throws Exception {
    curl(
        "--har x.har -L -u me:secret -b session=hidden -d a=1 http://HOST/redirect-to?url=/get?b=2%26c");
    JsonArray entries = entries("x.har");
    assertThat(entries).hasSize(2);
    for (JsonElement element : entries) {
      JsonObject entry = element.getAsJsonObject();
      Instant.parse(entry.get("startedDateTime").getAsString());
      assertThat(entry.keySet()).contains("time", "request", "response", "cache", "timings");
      assertThat(entry.get("serverIPAddress").getAsString()).isEqualTo("127.0.0.1");
      JsonObject request = entry.getAsJsonObject("request");
      assertThat(request.keySet())
          .contains("method", "url", "httpVersion", "cookies", "headers", "queryString")
          .contains("headersSize", "bodySize");
      JsonObject response = entry.getAsJsonObject("response");
      assertThat(response.keySet())
          .contains("status", "statusText", "httpVersion", "cookies", "headers", "content")
          .contains("redirectURL", "headersSize", "bodySize");
      assertThat(response.getAsJsonObject("content").keySet()).contains("size", "mimeType");
      JsonObject timings = entry.getAsJsonObject("timings");
      double sum = 0;
      for (String name : List.of("blocked", "dns", "connect", "send", "wait", "receive")) {
        sum += Math.max(0, timings.get(name).getAsDouble());
      }
      assertThat(List.of("send", "wait", "receive"))
          .allMatch(name -> timings.get(name).getAsDouble() >= 0);
      // Each part is rounded to a microsecond.
      assertThat(entry.get("time").getAsDouble()).isCloseTo(sum, within(0.005));
    }
    JsonObject first = entries.get(0).getAsJsonObject();
    assertThat(first.getAsJsonObject("response").get("redirectURL").getAsString())
        .isEqualTo("/get?b=2&c");
    assertThat(first.getAsJsonObject("request").getAsJsonObject("postData").toString())
        .isEqualTo("{\"mimeType\":\"application/x-www-form-urlencoded\",\"text\":\"a=1\"}");
    assertThat(
            entries
                .get(1)
                .getAsJsonObject()
                .getAsJsonObject("request")
                .get("queryString")
                .toString())
        .isEqualTo("[{\"name\":\"b\",\"value\":\"2\"},{\"name\":\"c\",\"value\":\"\"}]");
    // The server of the second echoes what it got: that is a body, and bodies stay.
    assertThat(first.toString()).doesNotContain("bWU6c2VjcmV0", "hidden", "Authorization");
  }

  @Test
  void bytesAreBase64AndABodyThatWentToAFileIsSaidToBeCut() throws Exception {
    curl("--har x.har http://HOST/bytes/8?seed=1 -o y.bin --next -q http://HOST/image/png");
    JsonObject content =
        entries("x.har")
            .get(1)
            .getAsJsonObject()
            .getAsJsonObject("response")
            .getAsJsonObject("content");
    assertThat(content.get("encoding").getAsString()).isEqualTo("base64");
    assertThat(content.get("text").getAsString()).startsWith("iVBORw0KGgo");
    JsonObject saved =
        entries("x.har")
            .get(0)
            .getAsJsonObject()
            .getAsJsonObject("response")
            .getAsJsonObject("content");
    assertThat(saved.get("comment").getAsString())
        .isEqualTo("cut: the first 0 of 8 bytes were kept");
  }

  @Test
  void whatCurlWroteHttpSendsAgain() throws Exception {
    curl("--har x.har -X PUT -H X-Both:{{a}} -d {{b}}=\u00fc http://HOST/anything?q=1");
    HttpTransfer again = http("%http x.har").steps().getFirst().transfer();
    assertThat(again.json("$.method")).isEqualTo("PUT");
    assertThat(again.json("$.headers['X-Both']")).isEqualTo("{{a}}");
    assertThat(again.json("$.form['{{b}}']")).isEqualTo("\u00fc");
    assertThat(again.json("$.args.q")).isEqualTo("1");
  }

  @Test
  void anExchangeAsHttpIsSentAgain() throws Exception {
    HttpTransfer first = curl("-X PUT -H X-A:b -d c=1%262 http://HOST/anything?q=1");
    String text = first.exchanges().getFirst().asHttp();
    HttpTransfer again = http("%%http\n" + text).steps().getFirst().transfer();
    assertThat(again.json("$.form.c")).isEqualTo("1&2");
    assertThat(again.request().orElseThrow().headers())
        .containsExactlyInAnyOrderElementsOf(first.request().orElseThrow().headers());
  }

  @Test
  void anArchiveOfABrowserIsSentAndCanReadNoFile() throws Exception {
    Files.writeString(directory.resolve("secret"), "hidden");
    archive(
        "POST",
        "http://HOST/anything",
        ", \"postData\": {\"mimeType\": \"text/plain\", \"text\": \"< ./secret\"}");
    HttpTransfer sent = http("%http given.har 1").steps().getFirst().transfer();
    assertThat(sent.json("$.data")).isEqualTo("< ./secret");
    archive("GET", "file://" + directory.resolve("secret"), "");
    assertThat(wrong("%http given.har").getMessage()).contains("its URL is none of http or https");
    archive("GET\\nX", "http://HOST/", "");
    assertThat(wrong("%http given.har").getMessage()).contains("its method is none");
    Files.writeString(directory.resolve("given.har"), "{\"log\": []}");
    assertThat(wrong("%http given.har").getMessage()).contains("this is no HTTP Archive");
  }

  private MagicException wrong(String cell) {
    return catchThrowableOfType(MagicException.class, () -> http(cell));
  }

  @Test
  void anArchiveThatCannotBeWrittenLosesNothing() throws Exception {
    HttpTransfer transfer = curl("--har nowhere/x.har http://HOST/get");
    assertThat(transfer.exitCode()).isEqualTo(23);
    assertThat(transfer.status()).isEqualTo(200);
    assertThat(
            catchThrowableOfType(MagicException.class, () -> curl("http://HOST/ --har"))
                .diagnostic()
                .message())
        .isEqualTo("--har needs a file");
  }
}
