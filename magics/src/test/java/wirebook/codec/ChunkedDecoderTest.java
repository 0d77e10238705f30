package wirebook.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.ProtocolException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import wirebook.engine.http.ByteText;

class ChunkedDecoderTest {
  private final StringBuilder body = new StringBuilder();
  private final List<String> trailers = new ArrayList<>();

  private final ChunkedDecoder.Sink<RuntimeException> sink =
      new ChunkedDecoder.Sink<>() {
        @Override
        public void data(byte[] bytes, int offset, int length) {
          body.append(ByteText.of(bytes, offset, length));
        }

        @Override
        public void trailer(String line) {
          trailers.add(line);
        }
      };

  /** What was not taken. */
  private String decode(String text, int step) throws ProtocolException {
    body.setLength(0);
    trailers.clear();
    ChunkedDecoder decoder = new ChunkedDecoder();
    byte[] bytes = ByteText.bytes(text);
    int pos = 0;
    while (pos < bytes.length && !decoder.done()) {
      int taken = decoder.feed(bytes, pos, Math.min(step, bytes.length - pos), sink);
      pos += taken;
    }
    assertThat(decoder.done()).isTrue();
    return text.substring(pos);
  }

  @Test
  void chunksAreJoinedHoweverTheyArrive() throws ProtocolException {
    String text = "5\r\nhello\r\nA;name=\"x\"\r\n, world!!!\r\n0\r\nX-T: 1\r\n\r\nnext";
    for (int step = 1; step <= text.length(); step++) {
      assertThat(decode(text, step)).as("step " + step).isEqualTo("next");
      assertThat(body).hasToString("hello, world!!!");
      assertThat(trailers).containsExactly("X-T: 1\r\n");
    }
  }

  @Test
  void bareLineFeedsPass() throws ProtocolException {
    assertThat(decode("3\nabc\n0\n\n", 100)).isEmpty();
    assertThat(body).hasToString("abc");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          'zz\r\nabc\r\n'        | chunk hex-length char not a hex digit: 0x7a
          '\r\nabc'             | chunk hex-length char not a hex digit: 0xd
          '3\r\nabcX\r\n'       | Malformed encoding found in chunked-encoding
          '11111111111111111\r\n' | chunk hex-length longer than 16
          'ffffffffffffffff\r\n' | invalid chunk size: 'ffffffffffffffff'
          '-1\r\n'              | chunk hex-length char not a hex digit: 0x2d
          """)
  void whatIsNoChunkIsRefused(String text, String words) {
    assertThatThrownBy(() -> decode(text, 100))
        .isInstanceOf(ProtocolException.class)
        .hasMessage(words);
  }
}
