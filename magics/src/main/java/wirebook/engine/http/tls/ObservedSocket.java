package wirebook.engine.http.tls;

import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.Optional;
import wirebook.net.SocketAround;

/**
 * A connection around which TLS is laid, and whose bytes somebody sees pass.
 *
 * <p>A peer that refuses says why and closes, perhaps while the client still sends the rest of its
 * flight: until the handshake is over, what cannot be sent is no failure as long as there is
 * something to read.
 */
final class ObservedSocket extends SocketAround {
  /** Sees bytes before they are sent, and after they came. */
  interface Observer {
    void passed(boolean sent, byte[] bytes, int offset, int length);
  }

  private final Observer observer;
  private volatile boolean shaking = true;
  private volatile Optional<IOException> unsent = Optional.empty();

  ObservedSocket(Socket real, Observer observer) {
    super(real);
    this.observer = observer;
  }

  /** From here on a write that fails is a failure at once. */
  void shaken() {
    shaking = false;
  }

  @Override
  public InputStream getInputStream() throws IOException {
    return new FilterInputStream(super.getInputStream()) {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] bytes, int offset, int length) throws IOException {
        try {
          int n = in.read(bytes, offset, length);
          if (n > 0) {
            observer.passed(false, bytes, offset, n);
            return n;
          }
        } catch (IOException e) {
          throw unsent.orElse(e);
        }
        if (unsent.isPresent()) {
          throw unsent.get();
        }
        return -1;
      }
    };
  }

  @Override
  public OutputStream getOutputStream() throws IOException {
    return new FilterOutputStream(super.getOutputStream()) {
      @Override
      public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        observer.passed(true, bytes, offset, length);
        try {
          out.write(bytes, offset, length);
        } catch (IOException e) {
          if (!shaking) {
            throw e;
          }
          unsent = Optional.of(e);
        }
      }
    };
  }
}
