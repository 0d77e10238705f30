package wirebook.engine.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class HeadParserTest {
  private static final class Lines implements HeadParser.Sink {
    final List<String> lines = new ArrayList<>();
    boolean old;

    @Override
    public boolean line(String line) {
      lines.add(line);
      return !line.isBlank();
    }

    @Override
    public void noStatusLine() {
      old = true;
    }
  }

  /** Feeds {@code text} in two pieces; {@code cut} bytes come first. */
  private static Lines read(String text, int cut) throws HttpFailure {
    HeadParser parser = new HeadParser();
    Lines lines = new Lines();
    byte[] bytes = ByteText.bytes(text);
    int taken = parser.feed(bytes, 0, cut, lines);
    if (taken == cut && parser.inHead()) {
      taken += parser.feed(bytes, cut, bytes.length - cut, lines);
    }
    lines.lines.add("rest " + (bytes.length - taken));
    return lines;
  }

  private static void everywhere(String text, String... expected) throws HttpFailure {
    for (int cut = 0; cut <= text.length(); cut++) {
      assertThat(read(text, cut).lines.subList(0, expected.length))
          .as("cut at " + cut)
          .containsExactly(expected);
    }
  }

  @Test
  void linesComeWholeHoweverTheBytesArrive() throws HttpFailure {
    everywhere(
        "HTTP/1.1 200 OK\r\nA: b\r\nC:d\n\r\nbody",
        "HTTP/1.1 200 OK\r\n",
        "A: b\r\n",
        "C:d\n",
        "\r\n");
  }

  @Test
  void aContinuedLineIsJoined() throws HttpFailure {
    everywhere(
        "HTTP/1.1 200 OK\r\nA: b\r\n  c\r\n\td\r\nE: f\r\n\r\n",
        "HTTP/1.1 200 OK\r\n",
        "A: b c d\r\n",
        "E: f\r\n",
        "\r\n");
  }

  @Test
  void theBodyIsNotTouched() throws HttpFailure {
    String text = "HTTP/1.1 200 OK\r\n\r\nbody\r\n\r\n";
    assertThat(read(text, text.length()).lines).endsWith("rest 8");
  }

  @Test
  void anotherStartIsTheOldProtocol() throws HttpFailure {
    assertThat(read("<html>\n", 7).old).isTrue();
    assertThat(read("HTTP/1.0 200\r\n\r\n", 3).old).isFalse();
  }

  @Test
  void anEndlessLineIsRefused() {
    String text = "HTTP/1.1 200 OK\r\nA: " + "x".repeat(HeadParser.MAX_LINE) + "\r\n";
    HttpFailure failure = catchThrowableOfType(HttpFailure.class, () -> read(text, text.length()));
    assertThat(failure.code()).isIn(CurlCode.TOO_LARGE, CurlCode.OUT_OF_MEMORY);
  }
}
