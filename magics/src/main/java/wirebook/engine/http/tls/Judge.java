package wirebook.engine.http.tls;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.CRL;
import java.security.cert.CertificateException;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Collection;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/** Keeps what the platform thinks of a server, and with {@code -k} lets all pass, as asked. */
final class Judge extends X509ExtendedTrustManager {
  private interface Check {
    void run(X509ExtendedTrustManager platform) throws CertificateException;
  }

  private final Optional<X509ExtendedTrustManager> platform;
  private CertificateVerdict verdict = CertificateVerdict.FINE;

  private final Collection<? extends CRL> revocations;
  private final boolean lenient;

  Judge(
      Optional<X509ExtendedTrustManager> platform,
      Collection<? extends CRL> revocations,
      boolean lenient) {
    this.lenient = lenient;
    this.platform = platform;
    this.revocations = revocations;
  }

  CertificateVerdict verdict() {
    return verdict;
  }

  /** What the lists of revoked certificates say, once the chain itself is trusted. */
  private CertificateVerdict revoked(X509Certificate[] chain, X509ExtendedTrustManager trust) {
    for (X509Certificate c : chain) {
      Optional<X509CRL> list =
          revocations.stream()
              .filter(X509CRL.class::isInstance)
              .map(X509CRL.class::cast)
              .filter(l -> l.getIssuerX500Principal().equals(c.getIssuerX500Principal()))
              .findFirst();
      if (list.isEmpty()) {
        return CertificateVerdict.NO_CRL;
      }
      boolean genuine =
          Stream.concat(Arrays.stream(chain), Arrays.stream(trust.getAcceptedIssuers()))
              .filter(i -> i.getSubjectX500Principal().equals(c.getIssuerX500Principal()))
              .anyMatch(i -> signed(list.get(), i));
      if (!genuine) {
        return CertificateVerdict.CRL_SIGNATURE;
      }
      if (list.get().isRevoked(c)) {
        return CertificateVerdict.REVOKED;
      }
    }
    return CertificateVerdict.FINE;
  }

  private static boolean signed(X509CRL list, X509Certificate issuer) {
    try {
      list.verify(issuer.getPublicKey());
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  private void judge(X509Certificate[] chain, Check check) throws CertificateException {
    if (platform.isEmpty()) {
      return;
    }
    try {
      if (platform.get().getAcceptedIssuers().length == 0) {
        // The platform takes it for a mistake of its caller.
        throw new CertificateException("nobody is trusted");
      }
      check.run(platform.get());
    } catch (CertificateException e) {
      verdict = CertificateVerdict.of(chain, e);
      if (!lenient) {
        throw e;
      }
      return;
    }
    verdict = revocations.isEmpty() ? CertificateVerdict.FINE : revoked(chain, platform.get());
    if (verdict != CertificateVerdict.FINE && !lenient) {
      throw new CertificateException(verdict.words);
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    judge(chain, p -> p.checkServerTrusted(chain, type, socket));
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    judge(chain, p -> p.checkServerTrusted(chain, type, engine));
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
    judge(chain, p -> p.checkServerTrusted(chain, type));
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    throw new CertificateException("a client trusts no clients");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    throw new CertificateException("a client trusts no clients");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
    throw new CertificateException("a client trusts no clients");
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return platform
        .map(X509ExtendedTrustManager::getAcceptedIssuers)
        .orElse(new X509Certificate[0]);
  }
}
