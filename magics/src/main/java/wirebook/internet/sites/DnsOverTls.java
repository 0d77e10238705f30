package wirebook.internet.sites;

import java.io.Closeable;
import java.io.IOException;
import java.net.Socket;
import java.util.List;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import wirebook.internet.wire.LoopbackServer;
import wirebook.trust.LabTrust;

/** One lab host at which DNS is spoken over TLS (RFC 7858), on a loopback socket. */
final class DnsOverTls implements Closeable {
  private final LoopbackServer server;
  private final SSLSocketFactory tls;
  private final LoopbackServer.Service connections;

  /**
   * @param names that the certificate is good for, addresses among them
   * @param connections speaks DNS on one
   */
  DnsOverTls(List<String> names, LoopbackServer.Service connections) throws IOException {
    this.tls = LabTrust.issue(names).context().getSocketFactory();
    this.connections = connections;
    this.server = new LoopbackServer("lab-dot-" + names.getFirst(), this::secure);
  }

  int port() {
    return server.port();
  }

  private void secure(Socket plain) throws IOException, InterruptedException {
    try (SSLSocket secured = (SSLSocket) tls.createSocket(plain, null, true)) {
      SSLParameters parameters = secured.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {"dot"});
      secured.setSSLParameters(parameters);
      secured.startHandshake();
      connections.serve(secured);
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
