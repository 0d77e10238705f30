package wirebook.engine.ssh.transport;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import org.apache.sshd.common.channel.Channel;
import wirebook.codec.Quietly;

/** A socket at the end of a channel. */
public final class Joint {
  private static final int PIECE = 32 * 1024;

  private Joint() {}

  /**
   * Copies both ways, each until its end, which is passed on while the other goes on (OpenSSH's
   * nchan); a channel that is closed ends both, as nobody reads there any more.
   */
  public static void join(Channel channel, InputStream from, OutputStream to, Socket socket)
      throws IOException {
    Thread up =
        Thread.ofVirtual()
            .start(
                () -> {
                  try (to) {
                    copy(socket.getInputStream(), to);
                  } catch (IOException e) {
                    // The other direction ends by itself.
                  }
                });
    try (socket) {
      down(from, socket);
      channel.addCloseFutureListener(closed -> Quietly.close(socket));
      up.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A socket that takes no more may still have said something, an answer to what it broke off. */
  private static void down(InputStream from, Socket socket) {
    try {
      copy(from, socket.getOutputStream());
      socket.shutdownOutput();
    } catch (IOException e) {
      Thread.ofVirtual().start(() -> drop(from));
    }
  }

  /** Until the channel closes. */
  private static void drop(InputStream from) {
    try {
      copy(from, OutputStream.nullOutputStream());
    } catch (IOException e) {
      // It has closed.
    }
  }

  private static void copy(InputStream from, OutputStream to) throws IOException {
    byte[] piece = new byte[PIECE];
    for (int n = from.read(piece); n >= 0; n = from.read(piece)) {
      to.write(piece, 0, n);
      to.flush();
    }
  }
}
