package wirebook.engine.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import wirebook.codec.WebSocketFrame;

class WebSocketFramesTest {
  private final StringBuilder data = new StringBuilder();
  private final List<String> controls = new ArrayList<>();
  private final WebSocketFrames.Sink sink =
      new WebSocketFrames.Sink() {
        @Override
        public void data(byte[] bytes, int offset, int length) {
          data.append(ByteText.of(bytes, offset, length));
        }

        @Override
        public void control(int opcode, byte[] payload) {
          controls.add(opcode + ByteText.of(payload));
        }
      };

  private void feed(String text, int step) throws HttpFailure {
    data.setLength(0);
    controls.clear();
    WebSocketFrames frames = new WebSocketFrames(sink);
    byte[] bytes = ByteText.bytes(text);
    for (int i = 0; i < bytes.length; i += step) {
      frames.feed(bytes, i, Math.min(step, bytes.length - i));
    }
  }

  @Test
  void messagesAndControlFramesAreToldApartHoweverTheyArrive() throws HttpFailure {
    String longer = "x".repeat(300);
    String text =
        "\u0081\u0002hi\u0089\u0001p\u0082~\u0001,"
            + longer
            + "\u0081\u0000\u008a\u0000"
            + "\u0001\u007f\0\0\0\0\0\0\0\u0003end\u0088\u0002\u0003\u00e8";
    for (int step = 1; step <= text.length(); step++) {
      feed(text, step);
      assertThat(data).hasToString("hi" + longer + "end");
      assertThat(controls).containsExactly("9p", "10", "8\u0003\u00e8");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\u0081\u0082mask",
        "\u00c1\u0000",
        "\u0083\u0000",
        "\u0089~\u0001\u0000",
        "\u0081\u007f\u00ff\0\0\0\0\0\0\0"
      })
  void brokenFramesAreRefused(String text) {
    assertThatThrownBy(() -> feed(text, 1)).isInstanceOf(HttpFailure.class);
  }

  @Test
  void whatAClientSendsIsMasked() {
    assertThat(WebSocketFrame.message(WebSocketFrame.PONG, new byte[] {'a', 'b'}, 0x01020304))
        .containsExactly(0x8a, 0x82, 1, 2, 3, 4, 'a' ^ 1, 'b' ^ 2);
  }
}
