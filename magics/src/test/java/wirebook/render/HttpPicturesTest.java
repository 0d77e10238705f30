package wirebook.render;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import wirebook.engine.http.HttpExchange;
import wirebook.engine.http.HttpHeader;
import wirebook.engine.http.HttpRequest;
import wirebook.engine.http.HttpResponse;
import wirebook.engine.http.HttpTiming;
import wirebook.engine.http.HttpTransfer;
import wirebook.spi.MimeBundle;
import wirebook.trace.Bytes;
import wirebook.trace.Event;
import wirebook.trace.Trace;

class HttpPicturesTest {
  private static final String HOSTILE = "</text><script>alert(1)</script>\u001b[31m";

  private static Duration ms(long millis) {
    return Duration.ofMillis(millis);
  }

  private static HttpExchange exchange(int channel, boolean reused, String target, int status) {
    HttpTiming timing =
        reused
            ? new HttpTiming(Instant.EPOCH, ms(0), ms(0), ms(0), ms(0), ms(1), ms(11), ms(12))
            : new HttpTiming(Instant.EPOCH, ms(0), ms(5), ms(25), ms(65), ms(66), ms(76), ms(80));
    return new HttpExchange(
        "https://example.test" + target,
        channel,
        reused,
        new HttpRequest("GET", target, "HTTP/1.1", List.of(), Bytes.EMPTY, Bytes.EMPTY, 0),
        status == 0
            ? Optional.empty()
            : Optional.of(
                new HttpResponse(
                    status,
                    "Word",
                    "HTTP/1.1",
                    List.of(new HttpHeader("Content-Type", "text/html")),
                    Bytes.EMPTY,
                    Bytes.EMPTY,
                    2048)),
        timing);
  }

  private static Trace trace(int channels) {
    InetSocketAddress local = new InetSocketAddress(InetAddress.ofLiteral("192.0.2.10"), 50_000);
    InetSocketAddress remote = new InetSocketAddress(InetAddress.ofLiteral("198.51.100.7"), 443);
    List<Event> events = new ArrayList<>();
    events.add(
        new Event.Looked(Instant.EPOCH, "example.test", List.of(remote.getAddress()), "dns"));
    for (int channel = 1; channel <= channels; channel++) {
      events.add(new Event.Connected(Instant.EPOCH, channel, Event.Transport.TCP, local, remote));
      events.add(
          new Event.Secured(Instant.EPOCH, channel, "TLSv1.3", "TLS_AES", "CN=example.test"));
      events.add(new Event.Closed(Instant.EPOCH, channel, channel == 2));
    }
    return new Trace(events);
  }

  private static Picture picture(String error, int channels, HttpExchange... exchanges) {
    return HttpPictures.transfer(
            new HttpTransfer(List.of(exchanges), error.isEmpty() ? 0 : 52, error, trace(channels)))
        .orElseThrow();
  }

  private static List<String> texts(Picture picture) throws Exception {
    Document drawing =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new InputSource(new StringReader(picture.svg())));
    NodeList nodes = drawing.getElementsByTagName("text");
    return IntStream.range(0, nodes.getLength())
        .mapToObj(i -> nodes.item(i).getTextContent())
        .toList();
  }

  @Test
  void keepAliveIsOneBandWithSeveralExchanges() throws Exception {
    Picture picture = picture("", 1, exchange(1, false, "/a", 200), exchange(1, true, "/b", 404));
    assertThat(texts(picture))
        .contains("GET /a", "200 Word", "GET /b", "404 Word", "text/html, 2.0 KiB")
        .containsOnlyOnce("connection 1, from port 50000 to 198.51.100.7:443")
        .containsOnlyOnce("TLSv1.3 handshake");
    assertThat(picture.svg().split("class=\"band\"", -1)).hasSize(2);
    assertThat(picture.line())
        .isEqualTo(
            "HTTP: GET /a → 200 Word, 80 ms; GET /b → 404 Word over the same connection, 12 ms");
  }

  @Test
  void connectionsOfSeveralCallsAreCountedOn() throws Exception {
    HttpTransfer first =
        new HttpTransfer(
            List.of(exchange(1, false, "/a", 301), exchange(2, false, "/b", 200)), 0, "", trace(2));
    HttpTransfer second = new HttpTransfer(List.of(exchange(1, false, "/c", 200)), 0, "", trace(1));
    assertThat(texts(HttpPictures.transfers(List.of(first, second)).orElseThrow()))
        .filteredOn(text -> text.startsWith("connection "))
        .extracting(text -> text.substring(0, "connection 1".length()))
        .containsExactly("connection 1", "connection 2", "connection 3");
  }

  @Test
  void everyConnectionHasItsBandAndSaysHowItEnded() throws Exception {
    Picture picture = picture("", 2, exchange(1, false, "/a", 301), exchange(2, false, "/b", 200));
    assertThat(picture.svg().split("class=\"band\"", -1)).hasSize(3);
    assertThat(texts(picture)).contains("closed by the server", "kept open until all was done");
  }

  @Test
  void stepsTakeTheTimeBetweenThemAndAddUpToTheBar() throws Exception {
    List<String> texts = texts(picture("", 1, exchange(1, false, "/a", 200)));
    assertThat(texts).contains("5.0 ms", "20 ms", "40 ms", "15 ms", "80 ms");
    assertThat(texts).contains("DNS", "connect", "TLS", "wait", "receive");
  }

  @Test
  void aMissingAnswerIsAnArrowThatIsLost() throws Exception {
    assertThat(texts(picture("Empty reply from server", 1, exchange(1, false, "/a", 0))))
        .contains("Empty reply from server");
  }

  @Test
  void whatDoesNotFitIsCounted() throws Exception {
    HttpExchange[] many =
        IntStream.range(0, 13)
            .mapToObj(i -> exchange(1, i > 0, "/" + i, 200))
            .toArray(HttpExchange[]::new);
    assertThat(texts(picture("", 1, many)))
        .contains("GET /9", "and 3 more exchanges: the value has them all")
        // Below is room for more.
        .containsOnlyOnce("GET /10");
  }

  @Test
  void whatTheNetworkSaysCannotBecomeMarkup() throws Exception {
    Picture picture = picture(HOSTILE, 1, exchange(1, false, "/" + HOSTILE, 0));
    assertThat(picture.svg()).doesNotContain("<script").doesNotContain("\u001b");
    assertThat(texts(picture)).isNotEmpty();
  }

  @Test
  void nothingSentIsNoPicture() {
    assertThat(HttpPictures.transfer(new HttpTransfer(List.of(), 7, "refused", Trace.EMPTY)))
        .isEmpty();
  }

  /** What a bar of the picture below is made of: class, left edge and width of each part. */
  private static List<String> bars(Picture picture, String style) throws Exception {
    Document drawing =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new InputSource(new StringReader(picture.svg())));
    NodeList nodes = drawing.getElementsByTagName("rect");
    return IntStream.range(0, nodes.getLength())
        .mapToObj(i -> (Element) nodes.item(i))
        .filter(r -> r.getAttribute("class").equals(style) && r.getAttribute("height").equals("11"))
        .map(r -> r.getAttribute("x") + "+" + r.getAttribute("width"))
        .toList();
  }

  private static HttpExchange at(
      long start, int channel, int queued, int firstByte, int total, long bytes) {
    HttpExchange like = exchange(channel, true, "/" + start, 200);
    return new HttpExchange(
        like.url(),
        channel,
        true,
        like.request(),
        like.response()
            .map(
                r ->
                    new HttpResponse(
                        r.status(),
                        r.reason(),
                        r.version(),
                        r.headers(),
                        r.head(),
                        r.content(),
                        bytes)),
        new HttpTiming(
            Instant.EPOCH.plusMillis(start),
            ms(queued),
            ms(0),
            ms(0),
            ms(0),
            ms(queued),
            ms(firstByte),
            ms(total)));
  }

  @Test
  void oneAfterTheOtherAndAllAtOnceLookDifferent() throws Exception {
    assertThat(bars(picture("", 1, at(0, 1, 0, 181, 181, 9), at(181, 1, 0, 181, 181, 9)), "f-hold"))
        .containsExactly("218+181", "399+181");
    assertThat(bars(picture("", 2, at(0, 1, 0, 181, 362, 9), at(0, 2, 0, 181, 362, 9)), "f-hold"))
        .containsExactly("218+181", "218+181");
  }

  @Test
  void waitingForAConnectionIsCalledThat() throws Exception {
    Picture picture = picture("", 1, at(0, 1, 0, 181, 181, 9), at(0, 1, 181, 362, 362, 9));
    assertThat(texts(picture)).contains("queue", "wait").doesNotContain("DNS", "connect");
    assertThat(bars(picture, "queue")).containsExactly("218+181");
    assertThat(texts(picture)).contains("#1", "0", "100 ms", "362 ms");
  }

  @Test
  void aBodyOfNoBytesReceivesNothing() throws Exception {
    Picture picture = picture("", 1, at(0, 1, 0, 100, 110, 0));
    assertThat(texts(picture)).contains("100 ms").doesNotContain("receive", "110 ms");
    assertThat(texts(picture("", 1, at(0, 1, 0, 100, 110, 1)))).contains("receive", "110 ms");
  }

  @Test
  void theFoldsShowHeadersAsTextAndNoSecrets() {
    HttpExchange plain = exchange(1, false, "/", 200);
    HttpRequest request =
        new HttpRequest(
            "GET",
            "/",
            "HTTP/1.1",
            List.of(new HttpHeader("Authorization", "Basic abc"), new HttpHeader("X", HOSTILE)),
            Bytes.EMPTY,
            Bytes.EMPTY,
            0);
    HttpResponse response =
        new HttpResponse(
            200,
            HOSTILE,
            "HTTP/1.1",
            List.of(new HttpHeader("Set-Cookie", "sid=1"), new HttpHeader("Y", "</pre>" + HOSTILE)),
            Bytes.EMPTY,
            Bytes.EMPTY,
            0);
    HttpTransfer transfer =
        new HttpTransfer(
            List.of(
                new HttpExchange(
                    plain.url(), 1, false, request, Optional.of(response), plain.timing())),
            0,
            "",
            trace(1));
    Picture picture = HttpPictures.transfer(transfer).orElseThrow();
    MimeBundle bundle = HttpFolds.with(picture, List.of(transfer));
    assertThat(String.valueOf(bundle.data().get(MimeBundle.HTML)))
        .contains("<summary", "as curl", "as Java", "as .http", "&lt;script&gt;", "are left out")
        .doesNotContain("<script", "\u001b", "</pre>&lt;", "Basic abc", "sid=1");
    assertThat(bundle.text()).isEqualTo(picture.line());
  }
}
