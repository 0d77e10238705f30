package wirebook.internet.wire;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import wirebook.net.Wire;
import wirebook.trace.Event;

/** A TCP server of the lab on loopback, which serves each connection on a thread of its own. */
public final class LoopbackServer implements Closeable {
  private final ServerSocket socket;
  private final Service service;

  /** What is done with a connection, which is closed after it. */
  public interface Service {
    /**
     * @throws IOException when the client is gone
     */
    void serve(Socket client) throws IOException, InterruptedException;
  }

  public LoopbackServer(String name, Service service) throws IOException {
    this(name, new ServerSocket(0, 0, InetAddress.getLoopbackAddress()), service);
  }

  public LoopbackServer(String name, ServerSocket socket, Service service) {
    this.socket = socket;
    this.service = service;
    // What its clients send is written down as it is in the lab.
    Wire.hide(Event.Transport.TCP, port());
    Thread.ofVirtual().name(name).start(this::accept);
  }

  public int port() {
    return socket.getLocalPort();
  }

  private void accept() {
    while (!socket.isClosed()) {
      try {
        Socket client = socket.accept();
        Thread.ofVirtual().start(() -> serve(client));
      } catch (IOException e) {
        // Closed, which ends the loop, or one connection that came to nothing.
      }
    }
  }

  private void serve(Socket client) {
    try (client) {
      service.serve(client);
    } catch (IOException e) {
      // The client is gone, or the lab is closing.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() throws IOException {
    Wire.unhide(Event.Transport.TCP, port());
    socket.close();
  }
}
