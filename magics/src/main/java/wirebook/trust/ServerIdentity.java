package wirebook.trust;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;

/**
 * What a TLS server shows of itself, and the key that proves it.
 *
 * @param chain the server's certificate, then those of who signed it
 */
public record ServerIdentity(List<X509Certificate> chain, PrivateKey key) {
  public ServerIdentity {
    chain = List.copyOf(chain);
  }

  /** The server's own. */
  public X509Certificate certificate() {
    return chain.getFirst();
  }

  /** For the server's side of connections; clients are not asked for certificates. */
  public SSLContext context() {
    try {
      char[] password = {};
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry("server", key, password, chain.toArray(Certificate[]::new));
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store, password);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), new TrustManager[0], null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("a TLS context cannot be made: " + e.getMessage(), e);
    }
  }

  @Override
  public String toString() {
    return certificate().getSubjectX500Principal().getName()
        + ", signed by "
        + certificate().getIssuerX500Principal().getName();
  }
}
