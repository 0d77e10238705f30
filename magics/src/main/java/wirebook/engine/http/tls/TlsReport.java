package wirebook.engine.http.tls;

import java.security.PublicKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import javax.security.auth.x500.X500Principal;
import wirebook.codec.Pem;
import wirebook.engine.http.HttpUrl;

/** What curl says about a TLS session, in OpenSSL's names for what is in it. */
public final class TlsReport {
  /** A date as OpenSSL writes it. */
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("MMM ppd HH:mm:ss yyyy 'GMT'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private static final Pattern SUITE =
      Pattern.compile("TLS_((?:EC)?DHE_)?(?:(RSA|ECDSA|DSS)_)?WITH_(.*)");
  private static final int DNS_NAME = 2;
  private static final int IP_ADDRESS = 7;

  private TlsReport() {}

  /** A cipher suite by OpenSSL's name, which differs up to TLS 1.2. */
  public static String suite(String standard) {
    Matcher m = SUITE.matcher(standard);
    if (!m.matches()) {
      return standard;
    }
    String exchange = m.group(1) == null ? "" : m.group(1).replace('_', '-');
    String key =
        m.group(2) == null || (m.group(2).equals("RSA") && exchange.isEmpty())
            ? ""
            : m.group(2) + "-";
    String cipher =
        m.group(3)
            .replaceFirst("^AES_(\\d+)_", "AES$1-")
            .replaceFirst("CBC_", "")
            .replaceFirst("CHACHA20_POLY1305_SHA256", "CHACHA20-POLY1305")
            .replace('_', '-');
    return exchange + key + cipher;
  }

  /** How the owner of a certificate signs with its key in TLS 1.3. */
  static String signature(SSLSession session) {
    try {
      return switch (session.getPeerCertificates()[0].getPublicKey()) {
        case RSAPublicKey _ -> "RSASSA-PSS";
        case ECPublicKey _ -> "id-ecPublicKey";
        case PublicKey other -> other.getAlgorithm().toUpperCase(Locale.ROOT);
      };
    } catch (SSLException e) {
      return "UNDEF";
    }
  }

  /** The subject of the certificate that the other side showed (RFC 2253), or nothing. */
  public static String peerName(SSLSession session) {
    try {
      return ((X509Certificate) session.getPeerCertificates()[0])
          .getSubjectX500Principal()
          .getName();
    } catch (SSLException e) {
      return "";
    }
  }

  /**
   * The lines about the server's certificate.
   *
   * @param whose {@code Server} or {@code Proxy}
   * @param anchors who is trusted, among whom is perhaps the chain's last issuer
   * @param verified whether the certificate was checked
   */
  public static List<String> certificates(
      SSLSession session,
      String whose,
      String host,
      List<X509Certificate> anchors,
      boolean verified) {
    List<String> lines = new ArrayList<>();
    try {
      List<X509Certificate> chain = new ArrayList<>();
      for (Certificate c : session.getPeerCertificates()) {
        chain.add((X509Certificate) c);
      }
      X509Certificate first = chain.getFirst();
      lines.add(whose + " certificate:");
      lines.add("  subject: " + name(first.getSubjectX500Principal()));
      lines.add("  start date: " + DATE.format(first.getNotBefore().toInstant()));
      lines.add("  expire date: " + DATE.format(first.getNotAfter().toInstant()));
      lines.add("  issuer: " + name(first.getIssuerX500Principal()));
      X500Principal issuer = chain.getLast().getIssuerX500Principal();
      if (verified && !issuer.equals(chain.getLast().getSubjectX500Principal())) {
        anchors.stream()
            .filter(a -> a.getSubjectX500Principal().equals(issuer))
            .findFirst()
            .ifPresent(chain::add);
      }
      for (int level = 0; level < chain.size(); level++) {
        lines.add(level(level, chain.get(level)));
      }
      if (verified) {
        match(first, host).ifPresent(lines::add);
      }
      lines.add(
          verified
              ? "  SSL certificate verified via JSSE."
              : "  SSL certificate verification failed or was not asked for, continuing anyway!");
    } catch (SSLException e) {
      lines.add("No certificate was sent");
    }
    return lines;
  }

  /**
   * RFC 2253 writes a name from its end, OpenSSL from its beginning, and quotes what is special.
   */
  public static String name(X500Principal principal) {
    List<String> parts = List.of(principal.getName().split("(?<!\\\\),(?=[A-Za-z0-9.]+=)"));
    return parts.reversed().stream()
        .map(
            part -> {
              String plain = part.replaceAll("\\\\([,;+<>])", "$1");
              int equals = plain.indexOf('=') + 1;
              return plain.equals(part)
                  ? part
                  : plain.substring(0, equals) + '"' + plain.substring(equals) + '"';
            })
        .collect(Collectors.joining("; "));
  }

  private static String level(int level, X509Certificate certificate) {
    String key =
        switch (certificate.getPublicKey()) {
          case RSAPublicKey rsa -> {
            int bits = rsa.getModulus().bitLength();
            yield "RSA (" + bits + "/" + rsaStrength(bits);
          }
          case ECPublicKey ec -> {
            int bits = ec.getParams().getOrder().bitLength();
            yield "EC/" + curve(bits) + " (" + bits + "/" + bits / 2;
          }
          case EdECPublicKey ed -> {
            boolean small = ed.getParams().getName().equals("Ed25519");
            yield (small ? "ED25519 (256/128" : "ED448 (456/224");
          }
          case PublicKey other -> other.getAlgorithm() + " (?/?";
        };
    return "  Certificate level "
        + level
        + ": Public key type "
        + key
        + " Bits/secBits), signed using "
        + signedWith(certificate.getSigAlgName());
  }

  /** NIST SP 800-57 part 1, section 5.6.1: how many bits of a symmetric key an RSA key is worth. */
  private static int rsaStrength(int bits) {
    if (bits >= 15360) {
      return 256;
    }
    if (bits >= 7680) {
      return 192;
    }
    if (bits >= 4096) {
      return 152;
    }
    return bits >= 3072 ? 128 : bits >= 2048 ? 112 : 80;
  }

  private static String curve(int bits) {
    return switch (bits) {
      case 256 -> "prime256v1";
      case 384 -> "secp384r1";
      case 521 -> "secp521r1";
      default -> "?";
    };
  }

  private static String signedWith(String algorithm) {
    Matcher m = Pattern.compile("(SHA\\d+|MD5)with(RSA|ECDSA)").matcher(algorithm);
    if (!m.matches()) {
      return algorithm.equals("Ed25519") ? "ED25519" : algorithm;
    }
    return m.group(2).equals("ECDSA")
        ? "ecdsa-with-" + m.group(1)
        : m.group(1).toLowerCase(Locale.ROOT) + "WithRSAEncryption";
  }

  /** Which of the certificate's names is the host's. */
  private static Optional<String> match(X509Certificate certificate, String host) {
    Collection<List<?>> names;
    try {
      names = certificate.getSubjectAlternativeNames();
    } catch (CertificateParsingException e) {
      return Optional.empty();
    }
    if (names == null) {
      return Optional.empty();
    }
    for (List<?> name : names) {
      String value = String.valueOf(name.get(1));
      if (name.get(0).equals(DNS_NAME) && covers(value, host)) {
        return Optional.of("  subjectAltName: \"" + host + "\" matches cert's \"" + value + "\"");
      }
      if (name.get(0).equals(IP_ADDRESS) && HttpUrl.isLiteral(host)) {
        return Optional.of("  subjectAltName: \"" + host + "\" matches cert's IP address!");
      }
    }
    return Optional.empty();
  }

  /** RFC 6125, section 6.4.3: a star is one label, the first. */
  private static boolean covers(String name, String host) {
    if (!name.startsWith("*.")) {
      return name.equalsIgnoreCase(host);
    }
    int dot = host.indexOf('.');
    return dot > 0 && host.substring(dot).equalsIgnoreCase(name.substring(1));
  }

  /** The chain in PEM form, as {@code %{certs}} prints it. */
  public static String pem(SSLSession session) {
    StringBuilder out = new StringBuilder();
    try {
      for (Certificate c : session.getPeerCertificates()) {
        out.append(new Pem("CERTIFICATE", c.getEncoded()).text());
      }
    } catch (SSLException | CertificateException e) {
      return out.toString();
    }
    return out.toString();
  }
}
