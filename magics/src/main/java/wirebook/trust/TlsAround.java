package wirebook.trust;

import java.io.IOException;
import java.net.Socket;
import java.security.NoSuchAlgorithmException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/** TLS as a client that trusts whom this process trusts, and asks for the name. */
public final class TlsAround {
  private TlsAround() {}

  /**
   * The connection, encrypted. Closes what it gets when that does not come about; the time-out for
   * reading that it has holds here, too.
   *
   * @param protocols what it offers to speak inside (ALPN, RFC 7301)
   */
  public static SSLSocket of(Socket plain, String host, int port, String... protocols)
      throws IOException {
    try {
      SSLSocket tls =
          (SSLSocket)
              SSLContext.getDefault().getSocketFactory().createSocket(plain, host, port, true);
      SSLParameters parameters = tls.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      parameters.setApplicationProtocols(protocols);
      tls.setSSLParameters(parameters);
      tls.startHandshake();
      return tls;
    } catch (IOException e) {
      plain.close();
      throw e;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has a default context", e);
    }
  }
}
