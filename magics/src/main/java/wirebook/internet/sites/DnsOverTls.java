package wirebook.internet.sites;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import wirebook.trust.LabTrust;

/** One lab host at which DNS is spoken over TLS (RFC 7858), on a loopback socket. */
final class DnsOverTls implements Closeable {
  private final ServerSocket socket;
  private final SSLSocketFactory tls;
  private final DnsListener.Connections connections;

  /**
   * @param names that the certificate is good for, addresses among them
   */
  DnsOverTls(List<String> names, DnsListener.Connections connections) throws IOException {
    this.socket = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
    this.tls = LabTrust.issue(names).context().getSocketFactory();
    this.connections = connections;
    Thread.ofVirtual().name("lab-dot-" + names.getFirst()).start(this::serve);
  }

  int port() {
    return socket.getLocalPort();
  }

  private void serve() {
    while (!socket.isClosed()) {
      try {
        Socket plain = socket.accept();
        Thread.ofVirtual().start(() -> secure(plain));
      } catch (IOException e) {
        // Closed, which ends the loop, or one connection that came to nothing.
      }
    }
  }

  private void secure(Socket plain) {
    try (plain;
        SSLSocket secured = (SSLSocket) tls.createSocket(plain, null, true)) {
      SSLParameters parameters = secured.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {"dot"});
      secured.setSSLParameters(parameters);
      secured.startHandshake();
      connections.serve(secured);
    } catch (IOException e) {
      // The client is gone, or does not like the certificate.
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
