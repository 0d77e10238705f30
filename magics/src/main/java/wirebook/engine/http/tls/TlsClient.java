package wirebook.engine.http.tls;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import wirebook.codec.Pem;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.CurlCode;
import wirebook.engine.http.HttpFailure;
import wirebook.engine.http.Surroundings;

/** TLS over a socket, by the platform's own implementation, with curl's options and words. */
public final class TlsClient {
  private static final List<String> VERSIONS = List.of("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3");

  /** Names of RFC 8446, section 4.2.3. */
  private static final Pattern SCHEME =
      Pattern.compile(
          "rsa_pkcs1_sha\\d+|ecdsa_secp\\d+r1_sha\\d+|rsa_pss_(?:rsae|pss)_sha\\d+|ed25519|ed448"
              + "|ecdsa_sha1|ecdsa_sha224|dsa_sha\\d+");

  private final TlsOptions options;
  private final CaCertificates anchors;
  private final ClientKeys keys;
  private final boolean judge;
  private final Optional<Consumer<String>> say;
  private Optional<Judge> judgement = Optional.empty();

  /**
   * @param judge whether certificates are checked even if nothing depends on it
   * @param say gets the lines of {@code -v} about the handshake
   */
  public TlsClient(
      Surroundings environment, TlsOptions options, boolean judge, Optional<Consumer<String>> say) {
    this.options = options;
    anchors = new CaCertificates(environment, options);
    keys = new ClientKeys(anchors, options);
    this.judge = judge;
    this.say = say;
  }

  /** Who is trusted, when certificates are checked. */
  public List<X509Certificate> trusted() {
    return judgement.map(j -> List.of(j.getAcceptedIssuers())).orElse(List.of());
  }

  /** What OpenSSL would say about the server's certificates, 0 for no objection. */
  public int verifyResult() {
    return judgement.map(Judge::verdict).orElse(CertificateVerdict.FINE).number;
  }

  /**
   * The socket after the handshake.
   *
   * @param protocols what ALPN offers (RFC 7301), none for no ALPN
   */
  public SSLSocket wrap(Socket socket, String host, int port, List<String> protocols)
      throws HttpFailure {
    SSLSocket tls;
    Optional<HandshakeLog> log = say.map(s -> new HandshakeLog(highest(), anchors.words(), s));
    ObservedSocket below =
        new ObservedSocket(
            socket,
            log.<ObservedSocket.Observer>map(l -> l).orElse((sent, bytes, offset, length) -> {}));
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      Judge trust =
          new Judge(
              options.insecure && !judge ? Optional.empty() : Optional.of(anchors.trust()),
              anchors.revocations(),
              options.insecure);
      judgement = Optional.of(trust);
      context.init(keys.managers(log.isPresent()), new TrustManager[] {trust}, null);
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
        boolean judged =
            judgement.map(Judge::verdict).orElse(CertificateVerdict.FINE)
                != CertificateVerdict.FINE;
        log.get().failed(!TlsAlert.received(e), alert.get(), keys.asked(), judged);
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

  private void report(HandshakeLog log, SSLSession session) {
    log.succeeded(keys.asked(), keys.asked() && session.getLocalCertificates() != null);
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
          List.of(ByteText.orEmpty(options.ciphers13), ByteText.orEmpty(options.ciphers))) {
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
                + (options.ciphers != null
                    ? options.ciphers
                    : ByteText.orEmpty(options.ciphers13)));
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
    CertificateVerdict verdict = judgement.map(Judge::verdict).orElse(CertificateVerdict.FINE);
    if (verdict == CertificateVerdict.OTHER_NAME) {
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
    if (verdict != CertificateVerdict.FINE) {
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
      Set<TrustAnchor> roots = new HashSet<>();
      for (X509Certificate c : anchors.trust().getAcceptedIssuers()) {
        roots.add(new TrustAnchor(c, null));
      }
      PKIXParameters parameters = new PKIXParameters(roots);
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
            anchors.file(
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
}
