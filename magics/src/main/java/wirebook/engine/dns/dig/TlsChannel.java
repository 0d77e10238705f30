package wirebook.engine.dns.dig;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import wirebook.trace.Recorder;

/** DNS over TLS (RFC 7858): messages as over TCP, inside TLS. */
final class TlsChannel extends Driver.TcpChannel {
  private TlsChannel(SSLSocket socket, Step.Open open) {
    super(socket, open.server());
  }

  static TlsChannel open(Socket plain, Step.Open open, Recorder recorder, int channel)
      throws IOException {
    return new TlsChannel(secure(plain, open, recorder, channel, "dot"), open);
  }

  static SSLSocket secure(
      Socket plain, Step.Open open, Recorder recorder, int channel, String protocol)
      throws IOException {
    try {
      Encryption encryption = open.encryption();
      Optional<String> authority = encryption.authority();
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(
          null,
          authority.isEmpty()
              ? new TrustManager[] {new Unchecked()}
              : authority.get().isEmpty() ? null : trusting(Path.of(authority.get())),
          new SecureRandom());
      String name = encryption.hostName().orElse(open.serverName());
      SSLSocket socket =
          (SSLSocket)
              context.getSocketFactory().createSocket(plain, name, open.server().getPort(), true);
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {protocol});
      if (authority.isPresent()) {
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
      }
      socket.setSSLParameters(parameters);
      socket.setSoTimeout(Math.toIntExact(open.timeout().toMillis()));
      socket.startHandshake();
      recorder.secured(
          channel,
          socket.getSession().getProtocol(),
          socket.getSession().getCipherSuite(),
          peer(socket));
      return socket;
    } catch (GeneralSecurityException e) {
      plain.close();
      throw new IOException("TLS: " + e.getMessage(), e);
    } catch (IOException e) {
      plain.close();
      throw e;
    }
  }

  private static String peer(SSLSocket socket) {
    try {
      Certificate certificate = socket.getSession().getPeerCertificates()[0];
      return certificate instanceof X509Certificate x
          ? x.getSubjectX500Principal().getName()
          : certificate.getType();
    } catch (IOException e) {
      return "unknown";
    }
  }

  private static TrustManager[] trusting(Path file) throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    int count = 0;
    try (var in = Files.newInputStream(file)) {
      for (Certificate certificate :
          CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        store.setCertificateEntry("authority-" + count++, certificate);
      }
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }

  /** Takes any certificate: encryption without knowing with whom (RFC 7858, 4.1). */
  private static final class Unchecked extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {
      // Opportunistic privacy: whoever it is.
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {
      // Opportunistic privacy: whoever it is.
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {
      // Opportunistic privacy: whoever it is.
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {
      // Opportunistic privacy: whoever it is.
    }

    @Override
    public void checkClientTrusted(
        X509Certificate[] chain, String type, javax.net.ssl.SSLEngine engine) {
      // Opportunistic privacy: whoever it is.
    }

    @Override
    public void checkServerTrusted(
        X509Certificate[] chain, String type, javax.net.ssl.SSLEngine engine) {
      // Opportunistic privacy: whoever it is.
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return List.<X509Certificate>of().toArray(new X509Certificate[0]);
    }
  }
}
