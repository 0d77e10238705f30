package wirebook.engine.http.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import wirebook.trace.Bytes;

class LiveLogTest {
  private static String wire(String bytes, int more) {
    Bytes kept = Bytes.of(bytes.getBytes(StandardCharsets.ISO_8859_1));
    return LiveLog.wire("> ", kept, kept.length() + more);
  }

  @Test
  void textIsShownLineByLineWithItsControlCharacters() {
    assertThat(wire("GET / HTTP/1.1\r\nX: \u001b[31m coloured \u001b[0m\r\n\r\nbody", 0))
        .isEqualTo("> GET / HTTP/1.1\n> X: \\x1b[31m coloured \\x1b[0m\n> \n> body\n");
    assertThat(wire("", 0)).isEmpty();
  }

  @Test
  void whatIsNoTextIsCountedUpToTheNextPart() {
    assertThat(wire("--b\r\nA: 1\r\n\r\n\u0089PNG\r\n\u001a\nxyz\n\u00ff\u00ff\r\n--b--\r\n", 5))
        .isEqualTo(
            """
            > --b
            > A: 1
            >\s
            > [16 bytes that are no text]
            > --b--
            > … 5 more bytes were not kept
            """);
  }

  @Test
  void ofLongContentTheBeginningIsShownAndTheRestCounted() {
    String wire = wire("line\n".repeat(2000), 7);
    assertThat(wire)
        .endsWith("> … 5911 more bytes; the first 10000 are in requests() of the server\n");
    assertThat(wire.lines()).hasSize(821);
  }
}
