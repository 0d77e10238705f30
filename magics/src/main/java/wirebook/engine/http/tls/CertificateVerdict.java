package wirebook.engine.http.tls;

import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;

/** What is wrong with certificates, by OpenSSL's numbers and words. */
enum CertificateVerdict {
  FINE(0, "ok"),
  NO_CRL(3, "unable to get certificate CRL"),
  CRL_SIGNATURE(8, "CRL signature failure"),
  NOT_YET(9, "certificate is not yet valid"),
  EXPIRED(10, "certificate has expired"),
  SELF_SIGNED(18, "self-signed certificate"),
  SELF_SIGNED_ROOT(19, "self-signed certificate in certificate chain"),
  NO_ISSUER(20, "unable to get local issuer certificate"),
  REVOKED(23, "certificate revoked"),
  OTHER_NAME(0, "");

  final int number;
  final String words;

  CertificateVerdict(int number, String words) {
    this.number = number;
    this.words = words;
  }

  static CertificateVerdict of(X509Certificate[] chain, CertificateException refusal) {
    for (Throwable t = refusal; t != null; t = t.getCause()) {
      if (t instanceof CertificateExpiredException) {
        return EXPIRED;
      }
      if (t instanceof CertificateNotYetValidException) {
        return NOT_YET;
      }
      String words = t.getMessage() == null ? "" : t.getMessage();
      if (words.startsWith("No subject alternative") || words.startsWith("No name matching")) {
        return OTHER_NAME;
      }
    }
    X509Certificate last = chain[chain.length - 1];
    if (!last.getSubjectX500Principal().equals(last.getIssuerX500Principal())) {
      return NO_ISSUER;
    }
    return chain.length == 1 ? SELF_SIGNED : SELF_SIGNED_ROOT;
  }
}
