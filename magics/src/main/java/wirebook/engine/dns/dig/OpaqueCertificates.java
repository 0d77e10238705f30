package wirebook.engine.dns.dig;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Principal;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Security;
import java.security.cert.CRL;
import java.security.cert.CRLException;
import java.security.cert.CertPath;
import java.security.cert.Certificate;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateFactorySpi;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.security.spec.X509EncodedKeySpec;
import java.util.Collection;
import java.util.Date;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.security.auth.x500.X500Principal;
import wirebook.trace.Bytes;

/**
 * Lets TLS talk to servers whose certificates Java refuses to read, such as the ones without a
 * subject that BIND makes for {@code tls ephemeral}. Of such a certificate only the key is known,
 * which is enough where nobody checks whose it is; it never passes a check.
 */
public final class OpaqueCertificates extends Provider {
  private static final long serialVersionUID = 1L;
  private static final String NAME = "WirebookOpaqueCertificates";

  private OpaqueCertificates() {
    super(NAME, "1", "Certificates of which only the key is read");
    put("CertificateFactory.X.509", Factory.class.getName());
  }

  /** From here on in this virtual machine; what Java reads itself is read as before. */
  static synchronized void install() {
    if (Security.getProvider(NAME) == null) {
      Security.insertProviderAt(new OpaqueCertificates(), 1);
    }
  }

  /** Java's own factory, and a second look at what it refuses. */
  public static final class Factory extends CertificateFactorySpi {
    private final CertificateFactory java;

    public Factory() throws GeneralSecurityException {
      java = CertificateFactory.getInstance("X.509", "SUN");
    }

    @Override
    public Certificate engineGenerateCertificate(InputStream in) throws CertificateException {
      try {
        if (!in.markSupported()) {
          return java.generateCertificate(in);
        }
        in.mark(1 << 16);
        try {
          return java.generateCertificate(in);
        } catch (CertificateException refused) {
          in.reset();
          byte[] der = in.readAllBytes();
          return Opaque.read(der).orElseThrow(() -> refused);
        }
      } catch (IOException e) {
        throw new CertificateException(e);
      }
    }

    @Override
    public Collection<? extends Certificate> engineGenerateCertificates(InputStream in)
        throws CertificateException {
      return java.generateCertificates(in);
    }

    @Override
    public CRL engineGenerateCRL(InputStream in) throws CRLException {
      return java.generateCRL(in);
    }

    @Override
    public Collection<? extends CRL> engineGenerateCRLs(InputStream in) throws CRLException {
      return java.generateCRLs(in);
    }

    @Override
    public CertPath engineGenerateCertPath(InputStream in) throws CertificateException {
      return java.generateCertPath(in);
    }

    @Override
    public CertPath engineGenerateCertPath(InputStream in, String encoding)
        throws CertificateException {
      return java.generateCertPath(in, encoding);
    }

    @Override
    public CertPath engineGenerateCertPath(List<? extends Certificate> certificates)
        throws CertificateException {
      return java.generateCertPath(certificates);
    }

    @Override
    public Iterator<String> engineGetCertPathEncodings() {
      return java.getCertPathEncodings();
    }
  }

  /** A certificate of which only the key is known; the rest of it is what X.509's class demands. */
  @SuppressWarnings({"InlineMeSuggester", "JavaUtilDate"})
  private static final class Opaque extends X509Certificate {
    private static final long serialVersionUID = 1L;

    private final byte[] der;
    private final PublicKey key;

    private Opaque(byte[] der, PublicKey key) {
      this.der = der;
      this.key = key;
    }

    /**
     * RFC 5280, 4.1: the key is the seventh field of what is signed, or the sixth without version.
     */
    static Optional<X509Certificate> read(byte[] der) {
      try {
        Der fields = new Der(Bytes.of(der), 0).inside().inside();
        if (fields.tag() == 0xa0) {
          fields = fields.next();
        }
        for (int i = 0; i < 5; i++) {
          fields = fields.next();
        }
        X509EncodedKeySpec encoded = new X509EncodedKeySpec(fields.whole());
        for (String algorithm : List.of("EC", "RSA", "EdDSA")) {
          try {
            PublicKey key = KeyFactory.getInstance(algorithm).generatePublic(encoded);
            return Optional.of(new Opaque(der, key));
          } catch (GeneralSecurityException e) {
            // Then it is a key of another kind.
          }
        }
        return Optional.empty();
      } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
        return Optional.empty();
      }
    }

    @Override
    public PublicKey getPublicKey() {
      return key;
    }

    @Override
    public byte[] getEncoded() {
      return der.clone();
    }

    @Override
    public void checkValidity() throws CertificateNotYetValidException {
      throw new CertificateNotYetValidException("its dates were not read");
    }

    @Override
    public void checkValidity(Date date) throws CertificateNotYetValidException {
      checkValidity();
    }

    @Override
    public void verify(PublicKey signer) throws CertificateException {
      throw new CertificateException("its signature was not read");
    }

    @Override
    public void verify(PublicKey signer, String provider) throws CertificateException {
      verify(signer);
    }

    @Override
    public int getVersion() {
      return 1;
    }

    @Override
    public BigInteger getSerialNumber() {
      return BigInteger.ZERO;
    }

    @Deprecated
    @Override
    public Principal getIssuerDN() {
      return getIssuerX500Principal();
    }

    @Override
    public X500Principal getIssuerX500Principal() {
      return new X500Principal("");
    }

    @Deprecated
    @Override
    public Principal getSubjectDN() {
      return getSubjectX500Principal();
    }

    @Override
    public X500Principal getSubjectX500Principal() {
      return new X500Principal("");
    }

    @Override
    public Date getNotBefore() {
      return new Date(0);
    }

    @Override
    public Date getNotAfter() {
      return new Date(0);
    }

    @Override
    public byte[] getTBSCertificate() throws CertificateEncodingException {
      throw new CertificateEncodingException("only its key was read");
    }

    @Override
    public byte[] getSignature() {
      return new byte[0];
    }

    @Override
    public String getSigAlgName() {
      return "unknown";
    }

    @Override
    public String getSigAlgOID() {
      return "0.0";
    }

    @Override
    public byte[] getSigAlgParams() {
      return new byte[0];
    }

    @Override
    public boolean[] getIssuerUniqueID() {
      return new boolean[0];
    }

    @Override
    public boolean[] getSubjectUniqueID() {
      return new boolean[0];
    }

    @Override
    public boolean[] getKeyUsage() {
      return new boolean[0];
    }

    @Override
    public int getBasicConstraints() {
      return -1;
    }

    @Override
    public boolean hasUnsupportedCriticalExtension() {
      return true;
    }

    @Override
    public Set<String> getCriticalExtensionOIDs() {
      return Set.of();
    }

    @Override
    public Set<String> getNonCriticalExtensionOIDs() {
      return Set.of();
    }

    @Override
    public byte[] getExtensionValue(String oid) {
      return new byte[0];
    }

    @Override
    public String toString() {
      return "a certificate of which only the " + key.getAlgorithm() + " key was read";
    }
  }

  /**
   * An element of DER.
   *
   * @param at where its tag stands
   */
  private record Der(Bytes bytes, int at) {
    int tag() {
      return bytes.at(at);
    }

    private int lengthBytes() {
      int first = bytes.at(at + 1);
      return first < 0x80 ? 0 : first & 0x7f;
    }

    private int content() {
      return at + 2 + lengthBytes();
    }

    private int end() {
      int length = lengthBytes() == 0 ? bytes.at(at + 1) : 0;
      for (int i = 0; i < lengthBytes(); i++) {
        length = length << 8 | bytes.at(at + 2 + i);
      }
      return content() + length;
    }

    Der inside() {
      return new Der(bytes, content());
    }

    Der next() {
      return new Der(bytes, end());
    }

    byte[] whole() {
      return bytes.slice(at, end()).toArray();
    }
  }
}
