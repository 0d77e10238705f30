package wirebook.magics.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import wirebook.engine.http.HttpTransfer;
import wirebook.internet.Internets;
import wirebook.magics.TestCells;
import wirebook.spi.Display;
import wirebook.spi.MimeBundle;
import wirebook.trace.Event;
import wirebook.trace.Failure;
import wirebook.trace.Trace;

class CurlCellTest {
  @TempDir Path directory;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final List<MimeBundle> shown = new ArrayList<>();
  private final Display display =
      new Display() {
        @Override
        public String show(MimeBundle bundle) {
          shown.add(bundle);
          return "id";
        }

        @Override
        public void update(String id, MimeBundle bundle) {
          shown.add(bundle);
        }

        @Override
        public void clear(boolean wait) {}
      };
  private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
  private final CurlCell cell = new CurlCell(out, out, display);

  private String shown(String type, byte[]... pieces) throws IOException {
    try (OutputStream body = cell.open(type)) {
      for (byte[] piece : pieces) {
        body.write(piece);
      }
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void textIsShownInItsOwnEncoding() throws IOException {
    assertThat(
            shown("text/plain; charset=ISO-8859-1", "Grüße".getBytes(StandardCharsets.ISO_8859_1)))
        .isEqualTo("Grüße");
  }

  @Test
  void aLetterMayArriveInTwoPieces() throws IOException {
    byte[] utf8 = "ü".getBytes(StandardCharsets.UTF_8);
    assertThat(shown("text/plain", new byte[] {utf8[0]}, new byte[] {utf8[1]})).isEqualTo("ü");
  }

  @Test
  void terminalEscapesAreVisibleAndHarmless() throws IOException {
    assertThat(shown("text/plain", "a\u001b[31mb\r\nc".getBytes(StandardCharsets.UTF_8)))
        .isEqualTo("a\u241b[31mb\nc");
  }

  @Test
  void bytesAreDescribedAndNotDumped() throws IOException {
    assertThat(shown("application/octet-stream", new byte[2048]))
        .contains("application/octet-stream, 2.0 KiB")
        .doesNotContain("\0");
  }

  @Test
  void whatIsTooMuchForTheValueIsNotPromised() throws IOException {
    byte[] megabyte = new byte[1 << 20];
    assertThat(shown("", Collections.nCopies(17, megabyte).toArray(byte[][]::new)))
        .isEqualTo("[binary, 17.0 MiB; the value has the first 16.0 MiB: .bytes()]\n");
  }

  @Test
  void aPictureIsShown() throws IOException {
    shown("image/png", new byte[] {1, 2, 3});
    assertThat(shown).hasSize(1);
    assertThat(shown.getFirst().data()).containsEntry("image/png", "AQID");
  }

  @Test
  void jsonIsATreeAndAsTextWhatCame() throws IOException {
    byte[] json = "{\"a\": 1}".getBytes(StandardCharsets.UTF_8);
    assertThat(shown("application/problem+json", json)).isEmpty();
    assertThat(shown.getFirst().text()).isEqualTo("{\"a\": 1}");
    assertThat(shown.getFirst().data().get(MimeBundle.HTML)).contains("<details");
  }

  @Test
  void whatOnlySaysItIsJsonIsText() throws IOException {
    assertThat(shown("application/json", "{oops".getBytes(StandardCharsets.UTF_8)))
        .isEqualTo("{oops");
    assertThat(shown).isEmpty();
  }

  @Test
  void anHtmlBodyIsTextWithItsPageBelow() throws IOException {
    assertThat(shown("text/html", "<p>hi</p>".getBytes(StandardCharsets.UTF_8)))
        .isEqualTo("<p>hi</p>");
    assertThat(shown.getFirst().data().get(MimeBundle.HTML)).contains("<iframe sandbox");
  }

  @Test
  void endlessTextIsCutAndSaysSo() throws IOException {
    byte[] megabyte = "x".repeat(1 << 20).getBytes(StandardCharsets.UTF_8);
    String text = shown("text/plain", megabyte, megabyte, megabyte);
    assertThat(text)
        .hasSizeLessThan(2 << 20 | 100)
        .endsWith("[1.0 MiB more; the value has the body: .body()]\n");
  }

  @Test
  void traceLinesBeginOnALineOfTheirOwn() throws IOException {
    try (OutputStream body = cell.open("text/plain")) {
      body.write("no line end".getBytes(StandardCharsets.UTF_8));
      cell.trace().write("* left intact\n".getBytes(StandardCharsets.UTF_8));
    }
    assertThat(bytes.toString(StandardCharsets.UTF_8)).isEqualTo("no line end\n* left intact\n");
  }

  @Test
  void progressIsOneBarThatGoesAway() {
    cell.progress(512, Optional.of(1024L), 0);
    cell.progress(1024, Optional.of(1024L), 0);
    cell.done();
    cell.progress(2048, Optional.empty(), 0);
    assertThat(shown).hasSize(3);
    assertThat(shown.get(1).text()).contains("1.0 KiB of 1.0 KiB");
    assertThat(shown.getLast().text()).isEmpty();
  }

  @Test
  void aLongTransferShowsHowFarItIsUnlessItIsToBeSilent() throws Exception {
    Path folder = directory;
    String slow = "http://httpbin.org/drip?duration=3&numbytes=30 -o body";
    try (Internets internets = new Internets("lab")) {
      TestCells talking = new TestCells(internets, folder);
      talking.run(new Curl(), "%curl " + slow);
      assertThat(talking.shown())
          .extracting(MimeBundle::text)
          .anyMatch(t -> t.contains("of 30 bytes"));
      for (String option : List.of("-s", "--no-progress-meter", "-sS")) {
        TestCells silent = new TestCells(internets, folder);
        silent.run(new Curl(), "%curl " + option + " " + slow);
        assertThat(silent.shown()).as(option).isEmpty();
      }
      TestCells seen = new TestCells(internets, folder);
      seen.run(new Curl(), "%curl http://httpbin.org/drip?duration=3&numbytes=30");
      assertThat(seen.shown())
          .extracting(MimeBundle::text)
          .noneMatch(t -> t.contains("of 30 bytes"));
    }
  }

  @Test
  void adviceStandsBelowItsErrorAndNotWhereNoErrorIsWanted() throws Exception {
    String url = "http://127.0.0.1:1/";
    try (Internets internets = new Internets("lab")) {
      TestCells talking = new TestCells(internets, directory);
      talking.run(new Curl(), "%curl -sS -w <%{http_code}> " + url);
      assertThat(talking.printed())
          .containsPattern("(?s)Could not connect.*Nothing listens on port 1.*<000>");
      assertThat(talking.printed()).containsOnlyOnce("Nothing listens");
      TestCells silent = new TestCells(internets, directory);
      silent.run(new Curl(), "%curl -s -w <%{http_code}> " + url);
      assertThat(silent.printed()).isEqualTo("<000>");
    }
  }

  @Test
  void aTransferThatWaitedForTheConnectionOfAnotherSaysHowLong() throws Exception {
    try (Internets internets = new Internets("lab")) {
      TestCells cells = new TestCells(internets, directory);
      HttpTransfer both =
          (HttpTransfer)
              cells.run(
                  new Curl(),
                  "%curl -Z -s -o a -o b -w <%{time_queue}> http://httpbin.org/get"
                      + " http://httpbin.org/get");
      assertThat(both.exchanges())
          .extracting(e -> e.timing().queued().toMillis())
          .anyMatch(queued -> queued > 50);
      assertThat(cells.printed()).containsPattern("<0\\.000|<[0-9.]+><0\\.000");
      assertThat(cells.printed().replaceAll("<0\\.000\\d+>", "")).matches("<\\d+\\.\\d{6}>\\s*");
    }
  }

  private String explained(Event... events) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    CurlCell.explain(
        new HttpTransfer(List.of(), 28, "Operation timed out", new Trace(List.of(events))),
        new PrintStream(err, true, StandardCharsets.UTF_8));
    return err.toString(StandardCharsets.UTF_8);
  }

  @Test
  void anAddressThatRefusedExplainsNothingOnceAnotherAnswered() {
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 8080);
    Event refused = new Event.Failed(Instant.EPOCH, 1, new Failure.Refused(address));
    Event connected = new Event.Connected(Instant.EPOCH, 2, Event.Transport.TCP, address, address);
    assertThat(explained(refused)).startsWith("Nothing listens on port 8080");
    assertThat(explained(refused, connected)).isEmpty();
  }

  private static String explained(int exitCode, String error) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    CurlCell.explain(
        new HttpTransfer(List.of(), exitCode, error, Trace.EMPTY),
        new PrintStream(err, true, StandardCharsets.UTF_8));
    return err.toString(StandardCharsets.UTF_8);
  }

  @Test
  void whatToDoAboutACertificateIsSaidInWords() {
    assertThat(explained(60, "SSL certificate problem: self-signed certificate"))
        .contains("--cacert FILE", "-k");
    assertThat(explained(60, "SSL: no alternative certificate subject name matches target host"))
        .contains("other names");
    assertThat(explained(60, "SSL certificate problem: certificate has expired"))
        .contains("renew it");
    assertThat(
            explained(35, "TLS connect error: error:0A00010B:SSL routines::wrong version number"))
        .contains("write http://");
    assertThat(explained(47, "Maximum (50) redirects followed")).contains("circle");
    assertThat(explained(7, "Failed to connect")).isEmpty();
  }

  @Test
  void aTimeOutIsOverInLabTimeWhenItIsOver() throws Exception {
    try (Internets lab = new Internets("lab")) {
      TestCells cells = new TestCells(lab, directory);
      // The first handshake of a process loads classes for longer than anything here may take.
      cells.run(new Curl(), "%curl -s https://httpbin.org/get");
      for (String scheme : List.of("http", "https")) {
        HttpTransfer late =
            (HttpTransfer)
                cells.run(new Curl(), "%curl -m 2.5 " + scheme + "://httpbin.org/delay/9");
        assertThat(late.exitCode()).isEqualTo(28);
        assertThat(late.error())
            // A busy machine takes time of its own, but not as much as the site does.
            .matches(
                "Operation timed out after (2[5-9]|[3-8]\\d)\\d\\d milliseconds with 0 bytes"
                    + " received");
      }
      HttpTransfer inTime =
          (HttpTransfer) cells.run(new Curl(), "%curl -m 9.5 http://httpbin.org/delay/9");
      assertThat(inTime.status()).isEqualTo(200);
    }
  }

  @Test
  void aLimitIsForAllAddressesOfBothFamiliesTogether() throws Exception {
    try (Internets lab = new Internets("lab")) {
      TestCells cells = new TestCells(lab, directory);
      lab.lab().world().set("google.com", new wirebook.internet.topology.Condition.Failed());
      for (String limit : List.of("-m 5", "--connect-timeout 5")) {
        HttpTransfer late =
            (HttpTransfer) cells.run(new Curl(), "%curl " + limit + " http://google.com/");
        assertThat(late.exitCode()).isEqualTo(28);
        assertThat(late.error()).matches("Connection timed out after 5[0-4]\\d\\d milliseconds");
      }
      HttpTransfer late =
          (HttpTransfer)
              cells.run(
                  new Curl(),
                  "%curl -m 5 --resolve a.example:80:142.250.185.78,142.250.185.78"
                      + " http://a.example/");
      assertThat(late.error()).matches("Connection timed out after 5[0-4]\\d\\d milliseconds");
    }
  }

  @Test
  void theHandshakeCountsForTheLimitOfConnecting() throws Exception {
    try (Internets lab = new Internets("lab")) {
      TestCells cells = new TestCells(lab, directory);
      // The first handshake of a process loads classes for longer than anything here may take.
      cells.run(new Curl(), "%curl -s https://httpbin.org/get");
      lab.lab()
          .world()
          .set(
              "httpbin.org", new wirebook.internet.topology.Condition.Slow(Duration.ofSeconds(10)));
      HttpTransfer plain =
          (HttpTransfer) cells.run(new Curl(), "%curl --connect-timeout 15 http://httpbin.org/get");
      assertThat(plain.status()).isEqualTo(200);
      HttpTransfer late =
          (HttpTransfer)
              cells.run(new Curl(), "%curl --connect-timeout 15 https://httpbin.org/get");
      assertThat(late.exitCode()).isEqualTo(28);
      assertThat(late.error()).startsWith("Connection timed out after ");
    }
  }

  @Test
  void aWholeCommandMayBePastedAndPowerShellsIsNotOne() throws Exception {
    try (Internets lab = new Internets("lab")) {
      TestCells cells = new TestCells(lab, directory);
      HttpTransfer pasted =
          (HttpTransfer) cells.run(new Curl(), "%curl curl http://httpbin.org/get -s");
      assertThat(pasted.exchanges()).hasSize(1);
      assertThat(
              cells
                  .complaint(new Curl(), "%curl Invoke-WebRequest -Uri http://httpbin.org/")
                  .diagnostic()
                  .message())
          .isEqualTo("this is written for PowerShell");
    }
  }

  @Test
  void anOptionThatIsNotHereIsRefusedWithItsReason() throws Exception {
    try (Internets lab = new Internets("lab")) {
      TestCells cells = new TestCells(lab, directory);
      cells.run(new Curl(), "%curl --http3 http://httpbin.org/");
      assertThat(cells.printed())
          .contains("curl: option --http3: the installed libcurl version does not support this")
          .endsWith("--http3: HTTP/3 is spoken over QUIC, which is not here; --http2 is\n");
    }
  }

  @Test
  void whereCurlsWordsGoToAFileTheAdviceDoesNotStandInTheCell() throws Exception {
    int closed;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      closed = socket.getLocalPort();
    }
    try (Internets internets = new Internets("real")) {
      String url = " http://127.0.0.1:" + closed + "/";
      TestCells cells = new TestCells(internets, directory);
      cells.run(new Curl(), "%curl --stderr told.txt" + url);
      assertThat(cells.printed()).isEmpty();
      assertThat(directory.resolve("told.txt")).content().startsWith("curl: (7)");
      cells.run(new Curl(), "%curl --stderr -" + url);
      assertThat(cells.printed()).contains("curl: (7)", "Nothing listens on port " + closed);
    }
  }
}
