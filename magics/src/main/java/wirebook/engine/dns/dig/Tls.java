package wirebook.engine.dns.dig;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import wirebook.codec.PrivateKeys;
import wirebook.trace.Recorder;

/** The encryption of DNS over TLS and HTTPS (RFC 7858, 8484). */
final class Tls {
  private Tls() {}

  /** The files that were named for it cannot be used. */
  static final class UnusableException extends IOException {
    private static final long serialVersionUID = 1L;

    UnusableException(Throwable cause) {
      super("TLS cannot be set up: " + cause.getMessage(), cause);
    }
  }

  static SSLContext context(Encryption encryption) throws UnusableException {
    try {
      if (encryption.keyFile().isPresent() != encryption.certificateFile().isPresent()) {
        throw new IOException("a certificate and its key go together");
      }
      KeyManager[] keys =
          encryption.keyFile().isEmpty()
              ? new KeyManager[0]
              : client(
                  Path.of(encryption.certificateFile().orElseThrow()),
                  Path.of(encryption.keyFile().get()));
      OpaqueCertificates.install();
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys, trusted(encryption), new SecureRandom());
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new UnusableException(e);
    }
  }

  static SSLSocket secure(
      SSLContext context,
      Socket plain,
      Step.Open open,
      Recorder recorder,
      int channel,
      String protocol)
      throws IOException {
    String name = open.encryption().hostName().orElse(open.serverName());
    try {
      SSLSocket socket =
          (SSLSocket)
              context.getSocketFactory().createSocket(plain, name, open.server().getPort(), true);
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {protocol});
      if (open.encryption().authority().isPresent()) {
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
    } catch (IOException e) {
      plain.close();
      throw e;
    }
  }

  private static String peer(SSLSocket socket) throws IOException {
    Certificate certificate = socket.getSession().getPeerCertificates()[0];
    return certificate instanceof X509Certificate x
        ? x.getSubjectX500Principal().getName()
        : certificate.getType();
  }

  private static TrustManager[] trusted(Encryption encryption)
      throws GeneralSecurityException, IOException {
    if (encryption.authority().isEmpty()) {
      return new TrustManager[] {new Unchecked()};
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    String file = encryption.authority().get();
    if (file.isEmpty()) {
      factory.init((KeyStore) null);
    } else {
      KeyStore store = emptyStore();
      for (Certificate certificate : certificates(Path.of(file))) {
        store.setCertificateEntry("authority-" + store.size(), certificate);
      }
      factory.init(store);
    }
    return factory.getTrustManagers();
  }

  private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    return store;
  }

  private static Collection<? extends Certificate> certificates(Path file)
      throws GeneralSecurityException, IOException {
    try (var in = Files.newInputStream(file)) {
      return CertificateFactory.getInstance("X.509").generateCertificates(in);
    }
  }

  private static KeyManager[] client(Path certificateFile, Path keyFile)
      throws GeneralSecurityException, IOException {
    Certificate[] chain = certificates(certificateFile).toArray(new Certificate[0]);
    if (chain.length == 0) {
      throw new IOException("no certificate in " + certificateFile);
    }
    PrivateKey key = PrivateKeys.read(Files.readString(keyFile), "");
    KeyStore store = emptyStore();
    store.setKeyEntry("client", key, new char[0], chain);
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, new char[0]);
    return factory.getKeyManagers();
  }

  /** Takes any certificate: privacy towards the network, whoever the server is (RFC 7858, 4.1). */
  private static final class Unchecked extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return List.<X509Certificate>of().toArray(new X509Certificate[0]);
    }
  }
}
