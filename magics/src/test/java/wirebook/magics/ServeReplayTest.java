package wirebook.magics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import org.junit.jupiter.api.Test;
import wirebook.engine.http.HttpTransfer;
import wirebook.engine.http.server.HttpServer;
import wirebook.magics.http.Curl;
import wirebook.magics.serve.Serve;
import wirebook.spi.MagicException;

class ServeReplayTest extends ServingNotebook {
  ServeReplayTest() {
    super("lab");
  }

  private HttpServer serve(String line) throws InterruptedException {
    return (HttpServer) cells.run(new Serve(), "%serve " + line);
  }

  private HttpTransfer curl(String line) throws InterruptedException {
    return (HttpTransfer) cells.run(new Curl(), "%curl -s " + line);
  }

  private static String body(HttpTransfer transfer) {
    return transfer.response().orElseThrow().body();
  }

  private static int status(HttpTransfer transfer) {
    return transfer.response().orElseThrow().status();
  }

  @Test
  void whatPassedAProxyIsAnsweredAgainWithoutTheServerBehindIt() throws Exception {
    HttpServer shop = serve("0 --name shop");
    HttpServer between =
        serve("0 --name between --gzip --to " + shop.url() + " --record visit.har");
    String at = between.url();
    HttpTransfer made =
        curl(at + "api/items -u ada:secret -H Content-Type:application/json -d {\"name\":\"tea\"}");
    assertThat(status(made)).isEqualTo(201);
    String first = body(curl("--compressed " + at + "api/items"));
    assertThat(
            status(curl(at + "api/items -H Content-Type:application/json -d {\"name\":\"jam\"}")))
        .isEqualTo(201);
    String second = body(curl(at + "api/items"));
    HttpTransfer page = curl(at + "html");
    await().until(() -> Files.readString(directory.resolve("visit.har")).contains("/html"));
    shop.close();
    assertThat(status(curl(at + "html"))).isBetween(502, 503);
    between.close();

    String har = Files.readString(directory.resolve("visit.har"));
    assertThat(har).doesNotContain("Authorization\"").contains("\\\"tea\\\"", "\"status\": 50");
    String replay = serve("0 --name again --replay visit.har").url();
    assertThat(cells.printed()).contains("serves 6 exchanges of visit.har");
    assertThat(body(curl(replay + "api/items"))).isEqualTo(first);
    assertThat(body(curl(replay + "api/items"))).isEqualTo(second).isNotEqualTo(first);
    assertThat(body(curl(replay + "api/items"))).isEqualTo(second);
    HttpTransfer jam = curl(replay + "api/items -d {\"name\":\"jam\"}");
    assertThat(status(jam)).isEqualTo(201);
    assertThat(body(jam)).contains("jam");
    assertThat(jam.response().orElseThrow().header("Location")).isPresent();
    assertThat(body(curl(replay + "html"))).isEqualTo(body(page));
    assertThat(status(curl("-I " + replay + "html"))).isEqualTo(200);
  }

  @Test
  void whatWasNotRecordedIsSaidAndSoIsWhatHadNoResponse() throws Exception {
    Files.writeString(
        directory.resolve("b.har"),
        """
        {"log": {"entries": [
          {"request": {"method": "GET", "url": "https://shop.example/items?a=1"},
           "response": {"status": 200, "headers": [{"name": "content-encoding", "value": "br"}],
                        "content": {"encoding": "base64", "text": "aGkA"}}},
          {"request": {"method": "GET", "url": "https://shop.example/gone"}, "comment": "time-out",
           "response": {"status": 0, "headers": []}}]}}
        """);
    String url = serve("0 --replay b.har").url();
    assertThat(body(curl(url + "items?a=1"))).isEqualTo("hi\0");
    HttpTransfer other = curl(url + "items?a=2");
    assertThat(status(other)).isEqualTo(404);
    assertThat(body(other)).contains("b.har has no GET /items?a=2").contains("GET /items?a=1.");
    assertThat(body(curl("-X PUT " + url + "x"))).contains("It has GET /items?a=1, GET /gone.");
    HttpTransfer gone = curl(url + "gone");
    assertThat(status(gone)).isEqualTo(502);
    assertThat(body(gone)).contains("without a response (time-out)");
  }

  @Test
  void aRequestForTheHeadAloneIsRecordedToo() throws Exception {
    HttpServer shop = serve("0 --name shop");
    String at = serve("0 --name between --to " + shop.url() + " --record visit.har").url();
    assertThat(status(curl("-I " + at + "html"))).isEqualTo(200);
    String replay = serve("0 --name again --replay visit.har").url();
    assertThat(cells.printed()).contains("serves 1 exchange of visit.har");
    assertThat(status(curl("-I " + replay + "html"))).isEqualTo(200);
    assertThat(status(curl(replay + "html"))).isEqualTo(404);
  }

  @Test
  void whatBrowsersLeaveAsItIsInAUrlIsFound() throws Exception {
    Files.writeString(
        directory.resolve("b.har"),
        """
        {"log": {"entries": [
          {"request": {"method": "GET", "url": "https://shop.example?tags=a|b&off=20%#top"},
           "response": {"status": 200, "headers": [], "content": {"text": "found"}}},
          {"request": {"method": "GET", "url": "https://shop.example#top"},
           "response": {"status": 200, "headers": [], "content": {"text": "home"}}}]}}
        """);
    String url = serve("0 --replay b.har").url();
    assertThat(body(curl(url + "?tags=a|b&off=20%"))).isEqualTo("found");
    assertThat(body(curl(url))).isEqualTo("home");
  }

  @Test
  void aFileThatIsNoArchiveOrCannotBeWrittenIsRefused() throws Exception {
    Files.writeString(directory.resolve("a.har"), "{}");
    assertThat(refused("0 --replay a.har")).contains("it is no HTTP Archive");
    assertThat(refused("0 --replay none.har")).contains("it is not there");
    assertThat(refused("0 --record no/such/a.har")).contains("cannot be written");
    assertThat(refused("0 --replay a.har --httpbin")).contains("do not go together");
    assertThat(servers.list()).isEmpty();
  }

  private String refused(String line) {
    return catchThrowableOfType(MagicException.class, () -> serve(line)).diagnostic().message();
  }
}
