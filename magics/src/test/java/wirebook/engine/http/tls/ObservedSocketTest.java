package wirebook.engine.http.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import org.junit.jupiter.api.Test;

class ObservedSocketTest {
  /** Where the other side said a word and closed. */
  private static final class Refused extends Socket {
    private final InputStream in = new ByteArrayInputStream(new byte[] {21});

    @Override
    public InputStream getInputStream() {
      return in;
    }

    @Override
    public OutputStream getOutputStream() {
      return new OutputStream() {
        @Override
        public void write(int b) throws IOException {
          throw new SocketException("Broken pipe");
        }
      };
    }
  }

  private final ObservedSocket socket =
      new ObservedSocket(new Refused(), (sent, bytes, offset, length) -> {});

  @Test
  void whyAHandshakeWasRefusedIsReadThoughTheRestOfItCannotBeSent() throws Exception {
    socket.getOutputStream().write(new byte[3]);
    assertThat(socket.getInputStream().read()).isEqualTo(21);
    assertThatThrownBy(() -> socket.getInputStream().read()).hasMessage("Broken pipe");
  }

  @Test
  void behindTheHandshakeWhatCannotBeSentIsAFailureAtOnce() {
    socket.shaken();
    assertThatThrownBy(() -> socket.getOutputStream().write(new byte[3])).hasMessage("Broken pipe");
  }
}
