package wirebook.engine.http.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.CRL;
import java.security.cert.CRLException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.ExtendedSSLSession;
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
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;
import wirebook.codec.Pem;
import wirebook.codec.PrivateKeys;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.CurlCode;
import wirebook.engine.http.HttpFailure;
import wirebook.engine.http.Surroundings;
import wirebook.trust.LabTrust;

/** TLS over a socket, by the platform's own implementation, with curl's options and words. */
public final class TlsClient {
  private static final List<String> VERSIONS = List.of("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3");

  /** Names of RFC 8446, section 4.2.3. */
  private static final Pattern SCHEME =
      Pattern.compile(
          "rsa_pkcs1_sha\\d+|ecdsa_secp\\d+r1_sha\\d+|rsa_pss_(?:rsae|pss)_sha\\d+|ed25519|ed448"
              + "|ecdsa_sha1|ecdsa_sha224|dsa_sha\\d+");

  /** What {@code openssl rehash} calls a certificate in a folder: others are not looked at. */
  private static final Pattern HASHED = Pattern.compile("[0-9a-f]{8}\\.[0-9]+");

  private final Surroundings environment;
  private final TlsOptions options;
  private final boolean judge;
  private final Optional<Consumer<String>> say;
  private Optional<Judge> judgement = Optional.empty();
  private Optional<Keys> keys = Optional.empty();

  /**
   * @param judge whether certificates are checked even if nothing depends on it
   * @param say gets the lines of {@code -v} about the handshake
   */
  public TlsClient(
      Surroundings environment, TlsOptions options, boolean judge, Optional<Consumer<String>> say) {
    this.environment = environment;
    this.options = options;
    this.judge = judge;
    this.say = say;
  }

  /** Who is trusted, when certificates are checked. */
  public List<X509Certificate> trusted() {
    return judgement.map(j -> List.of(j.getAcceptedIssuers())).orElse(List.of());
  }

  /** What OpenSSL would say about the server's certificates, 0 for no objection. */
  public int verifyResult() {
    return judgement.map(j -> j.verdict).orElse(Verdict.FINE).number;
  }

  /**
   * The socket after the handshake.
   *
   * @param protocols what ALPN offers (RFC 7301), none for no ALPN
   */
  public SSLSocket wrap(Socket socket, String host, int port, List<String> protocols)
      throws HttpFailure {
    SSLSocket tls;
    Optional<HandshakeLog> log = say.map(s -> new HandshakeLog(highest(), anchorWords(), s));
    ObservedSocket below =
        new ObservedSocket(
            socket,
            log.<ObservedSocket.Observer>map(l -> l).orElse((sent, bytes, offset, length) -> {}));
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      Judge trust =
          new Judge(
              options.insecure && !judge ? Optional.empty() : Optional.of(trust()), revocations());
      judgement = Optional.of(trust);
      context.init(keyManagers(log.isPresent()), new TrustManager[] {trust}, null);
      tls = (SSLSocket) context.getSocketFactory().createSocket(below, host, port, true);
      tls.setSSLParameters(parameters(tls.getSSLParameters(), host, protocols));
    } catch (GeneralSecurityException | IOException | IllegalArgumentException e) {
      throw new HttpFailure(CurlCode.SSL_CONNECT_ERROR, "TLS set-up failed: " + e.getMessage());
    }
    try {
      tls.startHandshake();
      below.shaken();
      log.ifPresent(l -> report(l, tls.getSession()));
      pin(tls.getSession());
      if (options.status) {
        staple(tls.getSession());
      }
      return tls;
    } catch (SSLException e) {
      Optional<TlsAlert> alert = TlsAlert.of(e);
      if (log.isPresent() && alert.isPresent()) {
        boolean judged = judgement.map(j -> j.verdict).orElse(Verdict.FINE) != Verdict.FINE;
        log.get().failed(!TlsAlert.received(e), alert.get(), asked(), judged);
      }
      throw failure(e, host);
    } catch (IOException e) {
      throw new HttpFailure(
          CurlCode.SSL_CONNECT_ERROR,
          "TLS connect error: " + (e.getMessage() == null ? "connection closed" : e.getMessage()));
    }
  }

  private int highest() {
    return options.max == 0 ? VERSIONS.size() : options.max;
  }

  private boolean asked() {
    return keys.map(k -> k.asked).orElse(false);
  }

  private void report(HandshakeLog log, SSLSession session) {
    log.succeeded(asked(), asked() && session.getLocalCertificates() != null);
    Consumer<String> to = say.orElseThrow();
    to.accept(
        "SSL connection using "
            + session.getProtocol()
            + " / "
            + TlsReport.suite(session.getCipherSuite())
            + " / "
            + log.group().orElse("[blank]")
            + " / "
            + log.signature().orElseGet(() -> TlsReport.signature(session)));
  }

  /** What it is that says whom to trust. */
  private List<String> anchorWords() {
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
      for (String list : List.of(orEmpty(options.ciphers13), orEmpty(options.ciphers))) {
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
      if (options.ciphers13 != null
          && Arrays.stream(options.ciphers13.split("[:, ]"))
              .map(TlsClient::standardName)
              .noneMatch(known::contains)) {
        throw new HttpFailure(
            CurlCode.SSL_CIPHER, "failed setting TLS 1.3 cipher suite: " + options.ciphers13);
      }
      if (suites.isEmpty()
          || (options.ciphers != null
              && suites.stream().noneMatch(s -> s.contains("_WITH_"))
              && options.ciphers13 == null)) {
        throw new HttpFailure(
            CurlCode.SSL_CIPHER,
            "failed setting cipher list: "
                + (options.ciphers != null ? options.ciphers : orEmpty(options.ciphers13)));
      }
      parameters.setCipherSuites(suites.toArray(new String[0]));
    }
    if (options.curves != null) {
      List<String> groups = new ArrayList<>();
      for (String name : options.curves.split(":")) {
        String standard =
            switch (name.toLowerCase(Locale.ROOT)) {
              case "p-256", "prime256v1", "secp256r1" -> "secp256r1";
              case "p-384", "secp384r1" -> "secp384r1";
              case "p-521", "secp521r1" -> "secp521r1";
              case "x25519" -> "x25519";
              case "x448" -> "x448";
              case "ffdhe2048", "ffdhe3072", "ffdhe4096", "ffdhe6144", "ffdhe8192" ->
                  name.toLowerCase(Locale.ROOT);
              default ->
                  throw new HttpFailure(
                      CurlCode.SSL_CIPHER, "failed setting curves list: '" + options.curves + "'");
            };
        groups.add(standard);
      }
      parameters.setNamedGroups(groups.toArray(new String[0]));
    }
    if (options.sigAlgs != null) {
      String[] schemes = options.sigAlgs.split(":");
      if (!Arrays.stream(schemes).allMatch(SCHEME.asMatchPredicate())) {
        throw new HttpFailure(
            CurlCode.SSL_CIPHER, "failed setting signature algorithms: '" + options.sigAlgs + "'");
      }
      parameters.setSignatureSchemes(schemes);
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
              ? "IPv6 address"
              : host.matches("[0-9.]+") ? "IPv4 address" : "hostname";
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
    if (TlsAlert.received(e)) {
      message = TlsAlert.of(e).map(TlsAlert::error).orElse(message);
    } else if (message.startsWith("Unsupported or unrecognized SSL message")) {
      // What curl says with OpenSSL, and what people search for.
      message = "error:0A00010B:SSL routines::wrong version number";
    }
    return new HttpFailure(CurlCode.SSL_CONNECT_ERROR, "TLS connect error: " + message);
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }

  private String file(String name, CurlCode code, String message) throws HttpFailure {
    try {
      return environment.read(name);
    } catch (IOException e) {
      throw new HttpFailure(code, message);
    }
  }

  /** The platform's key manager, which notes that it was asked for a certificate. */
  private static final class Keys extends X509ExtendedKeyManager {
    private final Optional<X509ExtendedKeyManager> own;
    private boolean asked;

    Keys(Optional<X509ExtendedKeyManager> own) {
      this.own = own;
    }

    @Override
    public @Nullable String chooseClientAlias(
        String[] types, Principal @Nullable [] issuers, Socket socket) {
      asked = true;
      return own.map(k -> k.chooseClientAlias(types, issuers, socket)).orElse(null);
    }

    @Override
    public String @Nullable [] getClientAliases(String type, Principal @Nullable [] issuers) {
      return own.map(k -> k.getClientAliases(type, issuers)).orElse(null);
    }

    @Override
    public String @Nullable [] getServerAliases(String type, Principal @Nullable [] issuers) {
      return null;
    }

    @Override
    public @Nullable String chooseServerAlias(
        String type, Principal @Nullable [] issuers, Socket socket) {
      return null;
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(String alias) {
      return own.map(k -> k.getCertificateChain(alias)).orElse(null);
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(String alias) {
      return own.map(k -> k.getPrivateKey(alias)).orElse(null);
    }
  }

  private KeyManager @Nullable [] keyManagers(boolean noting)
      throws HttpFailure, GeneralSecurityException {
    KeyManager @Nullable [] given = keys();
    if (!noting) {
      return given;
    }
    Keys manager =
        new Keys(
            Optional.ofNullable(given)
                .map(k -> k[0])
                .filter(X509ExtendedKeyManager.class::isInstance)
                .map(X509ExtendedKeyManager.class::cast));
    keys = Optional.of(manager);
    return new KeyManager[] {manager};
  }

  private KeyManager @Nullable [] keys() throws HttpFailure, GeneralSecurityException {
    String name = options.cert;
    if (name == null) {
      return null;
    }
    char[] password = orEmpty(options.password).toCharArray();
    String unusable =
        "could not load PEM client certificate from "
            + name
            + ", (no key found, wrong passphrase, or wrong file format?)";
    String type = type(options.certType, "certificate");
    String keyType = type(options.keyType, "private key");
    String content = file(name, CurlCode.SSL_CERTPROBLEM, unusable);
    KeyStore store = KeyStore.getInstance("PKCS12");
    try {
      boolean pem = content.contains("-----BEGIN");
      if (type.equals("P12") || (type.equals("PEM") && !pem)) {
        store.load(new ByteArrayInputStream(ByteText.bytes(content)), password);
      } else {
        store.load(null, null);
        List<Certificate> chain =
            new ArrayList<>(
                type.equals("DER")
                    ? CertificateFactory.getInstance("X.509")
                        .generateCertificates(new ByteArrayInputStream(ByteText.bytes(content)))
                    : certificates(content));
        if (chain.isEmpty()) {
          throw new HttpFailure(CurlCode.SSL_CERTPROBLEM, unusable);
        }
        HttpFailure badKey =
            new HttpFailure(
                CurlCode.BAD_FUNCTION_ARGUMENT,
                "unable to set private key file: '"
                    + (options.key == null ? name : options.key)
                    + "' type "
                    + (options.keyType == null ? "PEM" : options.keyType));
        String keyText =
            options.key == null
                ? content
                : file(options.key, CurlCode.BAD_FUNCTION_ARGUMENT, badKey.words());
        PrivateKey key = privateKey(keyText, keyType.equals("DER"), badKey);
        if (!PrivateKeys.pair(key, chain.getFirst().getPublicKey())) {
          throw badKey;
        }
        store.setKeyEntry("client", key, password, chain.toArray(new Certificate[0]));
      }
    } catch (IOException | GeneralSecurityException e) {
      throw new HttpFailure(CurlCode.SSL_CERTPROBLEM, unusable);
    }
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, password);
    return factory.getKeyManagers();
  }

  /** The kind of file, among those that curl knows. */
  private static String type(@Nullable String given, String of) throws HttpFailure {
    String type = orEmpty(given).toUpperCase(Locale.ROOT);
    return switch (type) {
      case "" -> "PEM";
      case "PEM", "DER", "P12" -> type;
      case "ENG", "PROV" ->
          throw new HttpFailure(
              CurlCode.SSL_CERTPROBLEM,
              "crypto "
                  + (type.equals("ENG") ? "engine" : "provider")
                  + " not set, cannot load "
                  + of);
      default ->
          throw new HttpFailure(
              CurlCode.BAD_FUNCTION_ARGUMENT,
              "not supported file type "
                  + (of.equals("certificate") ? "'" + given + "' " : "")
                  + "for "
                  + of);
    };
  }

  private PrivateKey privateKey(String text, boolean der, HttpFailure bad) throws HttpFailure {
    List<String> forms =
        der
            ? Stream.of("PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY")
                .map(name -> new Pem(name, ByteText.bytes(text)).text())
                .toList()
            : List.of(text);
    for (String form : forms) {
      try {
        return PrivateKeys.read(form, ByteText.toText(orEmpty(options.password)));
      } catch (IOException | GeneralSecurityException e) {
        // Perhaps it is in the next form.
      }
    }
    throw bad;
  }

  /** The revocation lists of {@code --crlfile}. */
  private Collection<? extends CRL> revocations() throws HttpFailure {
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

  private static Collection<? extends Certificate> certificates(String pem)
      throws CertificateException {
    List<Certificate> found = new ArrayList<>();
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    for (Pem block : Pem.all(pem)) {
      if (block.label().endsWith("CERTIFICATE")) {
        found.add(factory.generateCertificate(new ByteArrayInputStream(block.content().toArray())));
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

  /** Checks what the server says about its certificate's status (RFC 6066, section 8). */
  private void staple(SSLSession session) throws HttpFailure, IOException {
    List<byte[]> responses =
        session instanceof ExtendedSSLSession extended
            ? extended.getStatusResponses().stream().filter(r -> r.length > 0).toList()
            : List.of();
    if (responses.isEmpty()) {
      throw new HttpFailure(CurlCode.SSL_INVALIDCERTSTATUS, "No OCSP response received");
    }
    try {
      List<X509Certificate> chain = new ArrayList<>();
      for (Certificate c : session.getPeerCertificates()) {
        X509Certificate x = (X509Certificate) c;
        if (!x.getSubjectX500Principal().equals(x.getIssuerX500Principal())) {
          chain.add(x);
        }
      }
      CertPathValidator validator = CertPathValidator.getInstance("PKIX");
      PKIXRevocationChecker checker = (PKIXRevocationChecker) validator.getRevocationChecker();
      checker.setOcspResponses(Map.of(chain.getFirst(), responses.getFirst()));
      checker.setOptions(
          Set.of(
              PKIXRevocationChecker.Option.ONLY_END_ENTITY,
              PKIXRevocationChecker.Option.NO_FALLBACK));
      Set<TrustAnchor> anchors = new HashSet<>();
      for (X509Certificate c : trust().getAcceptedIssuers()) {
        anchors.add(new TrustAnchor(c, null));
      }
      PKIXParameters parameters = new PKIXParameters(anchors);
      parameters.addCertPathChecker(checker);
      validator.validate(
          CertificateFactory.getInstance("X.509").generateCertPath(chain), parameters);
    } catch (CertPathValidatorException e) {
      throw new HttpFailure(
          CurlCode.SSL_INVALIDCERTSTATUS,
          e.getReason() == CertPathValidatorException.BasicReason.REVOKED
              ? "SSL certificate revocation reason: revoked"
              : "OCSP response verification failed");
    } catch (GeneralSecurityException e) {
      throw new HttpFailure(CurlCode.SSL_INVALIDCERTSTATUS, "OCSP response verification failed");
    }
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
        List<Pem> pem = Pem.all(content);
        match =
            Arrays.equals(
                key, pem.isEmpty() ? ByteText.bytes(content) : pem.getFirst().content().toArray());
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
    NO_CRL(3, "unable to get certificate CRL"),
    CRL_SIGNATURE(8, "CRL signature failure"),
    NOT_YET(9, "certificate is not yet valid"),
    EXPIRED(10, "certificate has expired"),
    SELF_SIGNED(18, "self-signed certificate"),
    SELF_SIGNED_ROOT(19, "self-signed certificate in certificate chain"),
    NO_ISSUER(20, "unable to get local issuer certificate"),
    REVOKED(23, "certificate revoked"),
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

    private final Collection<? extends CRL> revocations;

    Judge(Optional<X509ExtendedTrustManager> platform, Collection<? extends CRL> revocations) {
      this.platform = platform;
      this.revocations = revocations;
    }

    /** What the lists of revoked certificates say, once the chain itself is trusted. */
    private Verdict revoked(X509Certificate[] chain, X509ExtendedTrustManager trust) {
      for (X509Certificate c : chain) {
        Optional<X509CRL> list =
            revocations.stream()
                .filter(X509CRL.class::isInstance)
                .map(X509CRL.class::cast)
                .filter(l -> l.getIssuerX500Principal().equals(c.getIssuerX500Principal()))
                .findFirst();
        if (list.isEmpty()) {
          return Verdict.NO_CRL;
        }
        boolean genuine =
            Stream.concat(Arrays.stream(chain), Arrays.stream(trust.getAcceptedIssuers()))
                .filter(i -> i.getSubjectX500Principal().equals(c.getIssuerX500Principal()))
                .anyMatch(i -> signed(list.get(), i));
        if (!genuine) {
          return Verdict.CRL_SIGNATURE;
        }
        if (list.get().isRevoked(c)) {
          return Verdict.REVOKED;
        }
      }
      return Verdict.FINE;
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
        verdict = Verdict.of(chain, e);
        if (!options.insecure) {
          throw e;
        }
        return;
      }
      verdict = revocations.isEmpty() ? Verdict.FINE : revoked(chain, platform.get());
      if (verdict != Verdict.FINE && !options.insecure) {
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
}
