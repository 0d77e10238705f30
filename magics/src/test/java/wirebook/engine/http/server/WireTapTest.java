package wirebook.engine.http.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WireTapTest {
  private static final String GET = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
  private static final String POST =
      "POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhe\r\n\r";
  private static final String CHUNKED =
      """
      PUT /c HTTP/1.1
      transfer-encoding: gzip, Chunked

      A;x=y
      0123456789
      1
      *
      0
      T: u

      """
          .replace("\n", "\r\n")
          .replace('*', '\n');

  /** The requests that a tap tells apart in {@code wire}, which comes in pieces of {@code size}. */
  private static List<String> split(String wire, int size) {
    WireTap tap = new WireTap(frame -> {});
    ByteBuffer bytes = ByteBuffer.wrap(wire.getBytes(StandardCharsets.ISO_8859_1));
    for (int at = 0; at < bytes.limit(); at += size) {
      tap.received(bytes, at, Math.min(bytes.limit(), at + size));
    }
    List<String> requests = new ArrayList<>();
    for (String next = next(tap); !next.isEmpty(); next = next(tap)) {
      requests.add(next);
    }
    return requests;
  }

  private static String next(WireTap tap) {
    tap.begin();
    return tap.end().request().text();
  }

  @Test
  void requestsAreToldApartHoweverTheirBytesCome() {
    for (int size = 1; size < 60; size++) {
      assertThat(split(GET + POST + CHUNKED + GET, size)).containsExactly(GET, POST, CHUNKED, GET);
    }
  }

  @Test
  void anEmptyLineBeforeARequestBelongsToIt() {
    assertThat(split(GET + "\r\n" + GET, 7)).containsExactly(GET, "\r\n" + GET);
  }

  @Test
  void whatMakesNoSenseStaysWithTheRequestInWhichItBegan() {
    String bad = "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n" + GET;
    assertThat(split(bad, 11)).containsExactly(bad);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 9223372036854775807\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\n",
        "Transfer-Encoding: chunked\r\n\r\n-9\r\n"
      })
  void aLengthBeyondAllBoundsHoldsNothingUp(String fields) {
    WireTap tap = new WireTap(frame -> {});
    String request = "POST / HTTP/1.1\r\n" + fields + "abc";
    tap.received(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
    tap.received(ByteBuffer.wrap("more".getBytes(StandardCharsets.US_ASCII)));
    assertThat(tap.current().request().text()).isEqualTo(request + "more");
  }

  @Test
  void onlySoMuchIsKeptOfARequestButAllIsCounted() {
    WireTap tap = new WireTap(frame -> {});
    byte[] content = new byte[100_000];
    ByteBuffer head =
        ByteBuffer.wrap(
            "POST / HTTP/1.1\r\nContent-Length: 100000\r\n\r\n"
                .getBytes(StandardCharsets.US_ASCII));
    tap.received(head);
    tap.received(ByteBuffer.wrap(content));
    tap.received(ByteBuffer.wrap(GET.getBytes(StandardCharsets.US_ASCII)));
    tap.begin();
    WireTap.Capture capture = tap.end();
    assertThat(capture.request().length()).isEqualTo(WireTap.KEPT);
    assertThat(capture.requestLength()).isEqualTo(100_000 + head.limit());
    assertThat(next(tap)).isEqualTo(GET);
  }

  @Test
  void aResponseBelongsToTheRequestThatCameFirst() {
    WireTap tap = new WireTap(frame -> {});
    tap.received(ByteBuffer.wrap((GET + POST).getBytes(StandardCharsets.US_ASCII)));
    ByteBuffer answer =
        ByteBuffer.wrap("HTTP/1.1 204 No Content\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    tap.sent(answer, 0, answer.limit());
    WireTap.Capture first = tap.end();
    assertThat(first.request().text()).isEqualTo(GET);
    assertThat(first.response().text()).startsWith("HTTP/1.1 204");
    assertThat(next(tap)).isEqualTo(POST);
  }
}
