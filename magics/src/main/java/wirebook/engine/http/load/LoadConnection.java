package wirebook.engine.http.load;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import javax.net.ssl.SSLSocket;
import wirebook.net.Network;
import wirebook.trust.TlsAround;

/** What a load is sent over. */
sealed interface LoadConnection extends AutoCloseable permits Http1Load, Http2Load {
  /** Whether another request may follow. */
  boolean persists();

  /**
   * Sends the request and takes the whole answer.
   *
   * @return its status; 0 when the server takes no more on this connection, and has not seen this
   */
  int exchange() throws IOException, InterruptedException;

  /** One of those who ask over it is done with it; returns whether that was the last one. */
  boolean leave();

  @Override
  void close();

  static Socket dial(Network network, LoadPlan plan, InetAddress address) throws IOException {
    return network.connect(
        new InetSocketAddress(address, plan.port()), Optional.empty(), plan.timeout());
  }

  /**
   * @param bytes where those that come are counted
   */
  static LoadConnection open(Network network, LoadPlan plan, InetAddress address, LongAdder bytes)
      throws IOException {
    Socket socket = dial(network, plan, address);
    try {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(Math.toIntExact(plan.timeout().toMillis()));
      boolean http2 = plan.streams().isPresent();
      if (plan.isEncrypted()) {
        SSLSocket inside =
            TlsAround.of(socket, plan.url().getHost(), plan.port(), http2 ? "h2" : "http/1.1");
        socket = inside;
        if (http2 && !inside.getApplicationProtocol().equals("h2")) {
          throw new IOException("the server does not agree to HTTP/2 (ALPN)");
        }
      }
      return http2
          ? new Http2Load(socket, plan, network.clock(), bytes)
          : new Http1Load(socket, plan, bytes);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }
}
