package wirebook.engine.http.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CRL;
import java.security.cert.CRLException;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;
import wirebook.codec.Pem;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.CurlCode;
import wirebook.engine.http.HttpFailure;
import wirebook.engine.http.Surroundings;
import wirebook.trust.LabTrust;

/** Whom a client trusts: what its options, the environment and the platform say. */
final class CaCertificates {
  /** What {@code openssl rehash} calls a certificate in a folder: others are not looked at. */
  private static final Pattern HASHED = Pattern.compile("[0-9a-f]{8}\\.[0-9]+");

  private final Surroundings environment;
  private final TlsOptions options;

  CaCertificates(Surroundings environment, TlsOptions options) {
    this.environment = environment;
    this.options = options;
  }

  /** What a file says, whose absence is a failure of that kind. */
  String file(String name, CurlCode code, String message) throws HttpFailure {
    try {
      return environment.read(name);
    } catch (IOException e) {
      throw new HttpFailure(code, message);
    }
  }

  /** What it is that says whom to trust. */
  List<String> words() {
    if (options.insecure) {
      return List.of("SSL Trust: peer verification disabled");
    }
    List<String> lines = new ArrayList<>(List.of("SSL Trust Anchors:"));
    anchorFile().ifPresent(file -> lines.add("  CAfile: " + file));
    anchorFolder().ifPresent(folder -> lines.add("  CApath: " + folder));
    if (lines.size() == 1) {
      lines.add("  Native: Java's own, in " + System.getProperty("java.home"));
    }
    LabTrust.certificate()
        .filter(c -> !anchorsGiven())
        .ifPresent(c -> lines.add("  Lab: " + LabTrust.NAME.getName()));
    if (options.crl != null) {
      lines.add(" CRLfile: " + options.crl);
    }
    return lines;
  }

  /** The revocation lists of {@code --crlfile}. */
  Collection<? extends CRL> revocations() throws HttpFailure {
    String name = options.crl;
    if (name == null) {
      return List.of();
    }
    HttpFailure bad = new HttpFailure(CurlCode.SSL_CRL_BADFILE, "error loading CRL file: " + name);
    try {
      Collection<? extends CRL> lists =
          CertificateFactory.getInstance("X.509")
              .generateCRLs(
                  new ByteArrayInputStream(
                      ByteText.bytes(file(name, CurlCode.SSL_CRL_BADFILE, bad.words()))));
      if (lists.isEmpty()) {
        throw bad;
      }
      return lists;
    } catch (CertificateException | CRLException e) {
      throw bad;
    }
  }

  static Collection<? extends Certificate> certificates(String pem) throws CertificateException {
    List<Certificate> found = new ArrayList<>();
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    for (Pem block : Pem.all(pem)) {
      if (block.label().endsWith("CERTIFICATE")) {
        found.add(factory.generateCertificate(new ByteArrayInputStream(block.content().toArray())));
      }
    }
    return found;
  }

  X509ExtendedTrustManager trust() throws HttpFailure, GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(anchors());
    for (TrustManager manager : factory.getTrustManagers()) {
      if (manager instanceof X509ExtendedTrustManager x509) {
        return x509;
      }
    }
    throw new GeneralSecurityException("no X.509 trust manager");
  }

  private boolean anchorsGiven() {
    return options.caCert != null || options.caPath != null;
  }

  private Optional<String> anchorFile() {
    if (anchorsGiven()) {
      return Optional.ofNullable(options.caCert);
    }
    String bundle = environment.variable("CURL_CA_BUNDLE");
    return Optional.of(bundle.isEmpty() ? environment.variable("SSL_CERT_FILE") : bundle)
        .filter(file -> !file.isEmpty());
  }

  private Optional<String> anchorFolder() {
    if (anchorsGiven()) {
      return Optional.ofNullable(options.caPath);
    }
    return Optional.of(environment.variable("SSL_CERT_DIR"))
        .filter(folder -> !folder.isEmpty() && environment.variable("CURL_CA_BUNDLE").isEmpty());
  }

  /** Whom the options trust; null for whom the platform trusts. */
  private @Nullable KeyStore anchors() throws HttpFailure, GeneralSecurityException {
    String caCert = anchorFile().orElse(null);
    String caPath = anchorFolder().orElse(null);
    if (caCert == null && caPath == null) {
      return null;
    }
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    try {
      store.load(null, null);
      int n = 0;
      if (!anchorsGiven() && LabTrust.certificate().isPresent()) {
        // What the machine's variables say is about the world outside the lab.
        store.setCertificateEntry("lab", LabTrust.certificate().get());
      }
      if (caCert != null) {
        String bad = "error adding trust anchors from file: " + caCert;
        Collection<? extends Certificate> all =
            certificates(file(caCert, CurlCode.SSL_CACERT_BADFILE, bad));
        if (all.isEmpty()) {
          throw new HttpFailure(CurlCode.SSL_CACERT_BADFILE, bad);
        }
        for (Certificate c : all) {
          store.setCertificateEntry("ca" + n++, c);
        }
      }
      if (caPath != null && Files.isDirectory(environment.path(caPath))) {
        try (Stream<Path> files = Files.list(environment.path(caPath))) {
          for (Path p : files.toList()) {
            if (HASHED.matcher(p.getFileName().toString()).matches() && Files.isRegularFile(p)) {
              try (InputStream in = Files.newInputStream(p)) {
                for (Certificate c : certificates(ByteText.of(in.readAllBytes()))) {
                  store.setCertificateEntry("ca" + n++, c);
                }
              } catch (CertificateException e) {
                // Not a certificate: such a folder may hold other things.
              }
            }
          }
        }
      }
    } catch (IOException e) {
      throw new HttpFailure(
          CurlCode.SSL_CACERT_BADFILE, "error adding trust anchors from locations");
    }
    return store;
  }
}
