package wirebook.engine.http.curl;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.CurlCode;
import wirebook.engine.http.HttpFailure;
import wirebook.net.trust.LabTrust;

/** TLS over a socket, by the platform's own implementation, with curl's options and words. */
final class TlsClient {
  private static final List<String> VERSIONS = List.of("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3");
  private static final Pattern PEM =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");

  private final CurlEnvironment environment;
  private final CurlConfig.Tls options;
  private final boolean judge;
  private Optional<Judge> judgement = Optional.empty();

  /**
   * @param judge whether certificates are checked even if nothing depends on it
   */
  TlsClient(CurlEnvironment environment, CurlConfig.Tls options, boolean judge) {
    this.environment = environment;
    this.options = options;
    this.judge = judge;
  }

  /** What OpenSSL would say about the server's certificates, 0 for no objection. */
  int verifyResult() {
    return judgement.map(j -> j.verdict).orElse(Verdict.FINE).number;
  }

  /**
   * The socket after the handshake.
   *
   * @param protocols what ALPN offers (RFC 7301), none for no ALPN
   */
  SSLSocket wrap(Socket socket, String host, int port, List<String> protocols) throws HttpFailure {
    SSLSocket tls;
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      Judge trust = new Judge(options.insecure && !judge ? Optional.empty() : Optional.of(trust()));
      judgement = Optional.of(trust);
      context.init(keys(), new TrustManager[] {trust}, null);
      tls = (SSLSocket) context.getSocketFactory().createSocket(socket, host, port, true);
      tls.setSSLParameters(parameters(tls.getSSLParameters(), host, protocols));
    } catch (GeneralSecurityException | IOException | IllegalArgumentException e) {
      throw new HttpFailure(CurlCode.SSL_CONNECT_ERROR, "TLS set-up failed: " + e.getMessage());
    }
    try {
      tls.startHandshake();
      pin(tls.getSession());
      return tls;
    } catch (SSLException e) {
      throw failure(e, host);
    } catch (IOException e) {
      throw new HttpFailure(
          CurlCode.SSL_CONNECT_ERROR,
          "TLS connect error: " + (e.getMessage() == null ? "connection closed" : e.getMessage()));
    }
  }

  private SSLParameters parameters(SSLParameters parameters, String host, List<String> protocols)
      throws HttpFailure {
    int min =
        options.min == 0 ? (options.max > 0 && options.max < 3 ? options.max : 3) : options.min;
    int max = options.max == 0 ? 4 : options.max;
    parameters.setProtocols(VERSIONS.subList(min - 1, Math.max(max, min)).toArray(new String[0]));
    if (!options.insecure) {
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
    }
    parameters.setApplicationProtocols(protocols.toArray(new String[0]));
    if (host.indexOf(':') < 0 && !host.matches("[0-9.]+")) {
      try {
        parameters.setServerNames(List.of(new SNIHostName(host)));
      } catch (IllegalArgumentException e) {
        // A name that TLS cannot carry goes without.
      }
    }
    List<String> suites = new ArrayList<>();
    if (options.ciphers != null || options.ciphers13 != null) {
      List<String> known = Arrays.asList(parameters.getCipherSuites());
      for (String list :
          List.of(CurlConfig.orEmpty(options.ciphers13), CurlConfig.orEmpty(options.ciphers))) {
        for (String name : list.split("[:, ]")) {
          String standard = standardName(name);
          if (known.contains(standard)) {
            suites.add(standard);
          }
        }
      }
      if (options.ciphers13 == null) {
        known.stream()
            .filter(s -> s.startsWith("TLS_AES") || s.startsWith("TLS_CHACHA"))
            .forEach(suites::add);
      } else if (options.ciphers == null) {
        known.stream().filter(s -> s.contains("_WITH_")).forEach(suites::add);
      }
      if (suites.isEmpty()
          || (options.ciphers != null
              && suites.stream().noneMatch(s -> s.contains("_WITH_"))
              && options.ciphers13 == null)) {
        throw new HttpFailure(
            CurlCode.SSL_CIPHER,
            "failed setting cipher list: "
                + (options.ciphers != null
                    ? options.ciphers
                    : CurlConfig.orEmpty(options.ciphers13)));
      }
      parameters.setCipherSuites(suites.toArray(new String[0]));
    }
    if (options.curves != null) {
      parameters.setNamedGroups(options.curves.split(":"));
    }
    if (options.sigAlgs != null) {
      parameters.setSignatureSchemes(options.sigAlgs.split(":"));
    }
    return parameters;
  }

  /** OpenSSL's name of a cipher suite, as the RFCs name it. */
  private static String standardName(String name) {
    String upper = name.toUpperCase(Locale.ROOT);
    if (upper.startsWith("TLS_")) {
      return upper;
    }
    boolean forward = upper.startsWith("ECDHE-") || upper.startsWith("DHE-");
    String exchange = forward ? upper.substring(0, upper.indexOf('-')) + "_" : "";
    String rest = forward ? upper.substring(upper.indexOf('-') + 1) : upper;
    String key = "RSA";
    for (String k : List.of("RSA", "ECDSA")) {
      if (rest.startsWith(k + "-")) {
        key = k;
        rest = rest.substring(k.length() + 1);
      }
    }
    rest = rest.replace("AES128", "AES_128").replace("AES256", "AES_256").replace('-', '_');
    if (rest.matches("AES_(128|256)_SHA.*")) {
      rest = rest.replaceFirst("_SHA", "_CBC_SHA");
    }
    if (rest.equals("CHACHA20_POLY1305")) {
      rest = "CHACHA20_POLY1305_SHA256";
    }
    return "TLS_" + exchange + key + "_WITH_" + rest;
  }

  private HttpFailure failure(SSLException e, String host) {
    Verdict verdict = judgement.map(j -> j.verdict).orElse(Verdict.FINE);
    if (verdict == Verdict.OTHER_NAME) {
      String kind =
          host.indexOf(':') >= 0
              ? "ipv6 address"
              : host.matches("[0-9.]+") ? "ipv4 address" : "host name";
      return new HttpFailure(
          CurlCode.PEER_FAILED_VERIFICATION,
          "SSL: no alternative certificate subject name matches target "
              + kind
              + " '"
              + host
              + "'");
    }
    if (verdict != Verdict.FINE) {
      return new HttpFailure(
          CurlCode.PEER_FAILED_VERIFICATION, "SSL certificate problem: " + verdict.words);
    }
    String message = e.getMessage() == null ? "handshake failed" : e.getMessage();
    if (message.startsWith("Unsupported or unrecognized SSL message")) {
      // What curl says with OpenSSL, and what people search for.
      message = "error:0A00010B:SSL routines::wrong version number";
    }
    return new HttpFailure(CurlCode.SSL_CONNECT_ERROR, "TLS connect error: " + message);
  }

  private static byte[] der(String base64) {
    return Base64.getMimeDecoder().decode(base64);
  }

  private String file(String name, CurlCode code, String message) throws HttpFailure {
    try {
      return Inputs.read(environment.path(name));
    } catch (IOException | InvalidPathException e) {
      throw new HttpFailure(code, message);
    }
  }

  private KeyManager @Nullable [] keys() throws HttpFailure, GeneralSecurityException {
    String name = options.cert;
    if (name == null) {
      return null;
    }
    char[] password = CurlConfig.orEmpty(options.password).toCharArray();
    String unusable =
        "could not load PEM client certificate from "
            + name
            + ", (no key found, wrong pass phrase, or wrong file format?)";
    String content = file(name, CurlCode.SSL_CERTPROBLEM, unusable);
    KeyStore store = KeyStore.getInstance("PKCS12");
    try {
      if ("P12".equalsIgnoreCase(options.certType) || !content.contains("-----BEGIN")) {
        store.load(new ByteArrayInputStream(ByteText.bytes(content)), password);
      } else {
        store.load(null, null);
        List<Certificate> chain = new ArrayList<>(certificates(content));
        String keyText =
            options.key == null
                ? content
                : file(
                    options.key,
                    CurlCode.SSL_CERTPROBLEM,
                    "unable to set private key file: '" + options.key + "' type PEM");
        store.setKeyEntry(
            "client", privateKey(keyText), password, chain.toArray(new Certificate[0]));
      }
    } catch (IOException | GeneralSecurityException e) {
      throw new HttpFailure(CurlCode.SSL_CERTPROBLEM, unusable);
    }
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, password);
    return factory.getKeyManagers();
  }

  private static PrivateKey privateKey(String pem) throws GeneralSecurityException {
    Matcher m = PEM.matcher(pem);
    while (m.find()) {
      byte[] bytes;
      switch (m.group(1)) {
        case "PRIVATE KEY" -> bytes = der(m.group(2));
        case "RSA PRIVATE KEY" -> bytes = wrapRsa(der(m.group(2)));
        default -> {
          continue;
        }
      }
      for (String algorithm : List.of("RSA", "EC", "EdDSA", "DSA")) {
        try {
          return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(bytes));
        } catch (GeneralSecurityException e) {
          // Another algorithm, then.
        }
      }
    }
    throw new GeneralSecurityException("no private key in PKCS#8 or PKCS#1 form");
  }

  /** PKCS#1 inside PKCS#8 (RFC 5208). */
  private static byte[] wrapRsa(byte[] key) {
    byte[] head = {
      0x02,
      0x01,
      0x00,
      0x30,
      0x0d,
      0x06,
      0x09,
      0x2a,
      (byte) 0x86,
      0x48,
      (byte) 0x86,
      (byte) 0xf7,
      0x0d,
      0x01,
      0x01,
      0x01,
      0x05,
      0x00
    };
    byte[] octets = tagged(0x04, key);
    byte[] inner = Arrays.copyOf(head, head.length + octets.length);
    System.arraycopy(octets, 0, inner, head.length, octets.length);
    return tagged(0x30, inner);
  }

  private static byte[] tagged(int tag, byte[] content) {
    int n = content.length;
    byte[] length =
        n < 128
            ? new byte[] {(byte) n}
            : n < 256
                ? new byte[] {(byte) 0x81, (byte) n}
                : new byte[] {(byte) 0x82, (byte) (n >> 8), (byte) n};
    byte[] out = new byte[1 + length.length + n];
    out[0] = (byte) tag;
    System.arraycopy(length, 0, out, 1, length.length);
    System.arraycopy(content, 0, out, 1 + length.length, n);
    return out;
  }

  private static Collection<? extends Certificate> certificates(String pem)
      throws CertificateException {
    List<Certificate> found = new ArrayList<>();
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    Matcher m = PEM.matcher(pem);
    while (m.find()) {
      if (m.group(1).endsWith("CERTIFICATE")) {
        found.add(factory.generateCertificate(new ByteArrayInputStream(der(m.group(2)))));
      }
    }
    return found;
  }

  private X509ExtendedTrustManager trust() throws HttpFailure, GeneralSecurityException {
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

  /** Whom the options trust; null for whom the platform trusts. */
  private @Nullable KeyStore anchors() throws HttpFailure, GeneralSecurityException {
    String caCert = options.caCert;
    String caPath = options.caPath;
    if (caCert == null && caPath == null) {
      String bundle = environment.variable("CURL_CA_BUNDLE");
      if (bundle.isEmpty()) {
        bundle = environment.variable("SSL_CERT_FILE");
        caPath =
            environment.variable("SSL_CERT_DIR").isEmpty()
                ? null
                : environment.variable("SSL_CERT_DIR");
      }
      caCert = bundle.isEmpty() ? null : bundle;
    }
    if (caCert == null && caPath == null) {
      return null;
    }
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    try {
      store.load(null, null);
      int n = 0;
      if (options.caCert == null && options.caPath == null && LabTrust.certificate().isPresent()) {
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
      if (caPath != null) {
        try (Stream<Path> files = Files.list(environment.path(caPath))) {
          for (Path p : files.toList()) {
            if (Files.isRegularFile(p)) {
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

  private void pin(SSLSession session) throws HttpFailure, IOException {
    String pinned = options.pinned;
    if (pinned == null) {
      return;
    }
    byte[] key = session.getPeerCertificates()[0].getPublicKey().getEncoded();
    boolean match = false;
    try {
      if (pinned.startsWith("sha256//")) {
        String hash =
            Base64.getEncoder().encodeToString(MessageDigest.getInstance("SHA-256").digest(key));
        match = Arrays.asList(pinned.split(";")).contains("sha256//" + hash);
      } else {
        String content =
            file(
                pinned,
                CurlCode.SSL_PINNEDPUBKEYNOTMATCH,
                CurlCode.SSL_PINNEDPUBKEYNOTMATCH.words());
        Matcher m = PEM.matcher(content);
        match = Arrays.equals(key, m.find() ? der(m.group(2)) : ByteText.bytes(content));
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
    if (!match) {
      throw new HttpFailure(
          CurlCode.SSL_PINNEDPUBKEYNOTMATCH, "SSL: public key does not match pinned public key");
    }
  }

  /** What is wrong with certificates, by OpenSSL's numbers and words. */
  private enum Verdict {
    FINE(0, "ok"),
    NOT_YET(9, "certificate is not yet valid"),
    EXPIRED(10, "certificate has expired"),
    SELF_SIGNED(18, "self-signed certificate"),
    SELF_SIGNED_ROOT(19, "self-signed certificate in certificate chain"),
    NO_ISSUER(20, "unable to get local issuer certificate"),
    OTHER_NAME(0, "");

    private final int number;
    private final String words;

    Verdict(int number, String words) {
      this.number = number;
      this.words = words;
    }

    static Verdict of(X509Certificate[] chain, CertificateException refusal) {
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

  /** Keeps what the platform thinks of a server, and with {@code -k} lets all pass, as asked. */
  private final class Judge extends X509ExtendedTrustManager {
    private interface Check {
      void run(X509ExtendedTrustManager platform) throws CertificateException;
    }

    private final Optional<X509ExtendedTrustManager> platform;
    private Verdict verdict = Verdict.FINE;

    Judge(Optional<X509ExtendedTrustManager> platform) {
      this.platform = platform;
    }

    private void judge(X509Certificate[] chain, Check check) throws CertificateException {
      if (platform.isEmpty()) {
        return;
      }
      try {
        check.run(platform.get());
      } catch (CertificateException e) {
        verdict = Verdict.of(chain, e);
        if (!options.insecure) {
          throw e;
        }
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
    public void checkServerTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
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
    public void checkClientTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      throw new CertificateException("a client trusts no clients");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return platform
          .map(X509ExtendedTrustManager::getAcceptedIssuers)
          .orElse(new X509Certificate[0]);
    }
  }

  static String peerName(SSLSession session) {
    try {
      return ((X509Certificate) session.getPeerCertificates()[0])
          .getSubjectX500Principal()
          .getName();
    } catch (SSLException e) {
      return "";
    }
  }

  /** The lines that {@code -v} shows about a handshake. */
  static List<String> describe(SSLSession session, boolean verified) {
    List<String> lines = new ArrayList<>();
    lines.add("SSL connection using " + session.getProtocol() + " / " + session.getCipherSuite());
    try {
      X509Certificate c = (X509Certificate) session.getPeerCertificates()[0];
      lines.add("Server certificate:");
      lines.add("  subject: " + c.getSubjectX500Principal().getName());
      lines.add(
          "  start date: "
              + wirebook.engine.http.HttpDate.format(
                  c.getNotBefore().toInstant().getEpochSecond()));
      lines.add(
          "  expire date: "
              + wirebook.engine.http.HttpDate.format(c.getNotAfter().toInstant().getEpochSecond()));
      lines.add("  issuer: " + c.getIssuerX500Principal().getName());
      lines.add(
          verified
              ? "  SSL certificate verified via JSSE."
              : "  SSL certificate verification failed or was not asked for, continuing anyway!");
    } catch (SSLException e) {
      lines.add("No certificate was sent");
    }
    return lines;
  }

  /** The chain in PEM form, as {@code %{certs}} prints it. */
  static String pem(SSLSession session) {
    StringBuilder out = new StringBuilder();
    try {
      for (Certificate c : session.getPeerCertificates()) {
        out.append("-----BEGIN CERTIFICATE-----\n")
            .append(Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(c.getEncoded()))
            .append("\n-----END CERTIFICATE-----\n");
      }
    } catch (SSLException | CertificateException e) {
      return out.toString();
    }
    return out.toString();
  }
}
