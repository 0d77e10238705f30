package wirebook.engine.ssh.transport;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;

/**
 * A listening socket and the virtual thread that accepts there. Java leaves it to that thread to
 * close the socket; who closes this one finds the port free.
 */
public record Accepting(Closeable socket, Thread thread) implements Closeable {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  @Override
  public void close() throws IOException {
    socket.close();
    try {
      thread.join(PATIENCE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
