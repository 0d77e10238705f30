package wirebook.trust;

import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import wirebook.codec.Der;
import wirebook.codec.Pem;

/**
 * Signs certificates for servers (RFC 5280). Keys are on the curve P-256; the authority's own never
 * leaves this object.
 */
public final class CertificateAuthority {
  /** What it signs is good for so long, and from a day before, for clocks that are behind. */
  public static final Duration VALIDITY = Duration.ofDays(397);

  private static final Duration LEEWAY = Duration.ofDays(1);
  private static final int SERIAL_BITS = 126;

  private static final byte[] ECDSA_WITH_SHA256 = Der.sequence(Der.oid("1.2.840.10045.4.3.2"));
  private static final String SUBJECT_KEY = "2.5.29.14";
  private static final String KEY_USAGE = "2.5.29.15";
  private static final String SUBJECT_NAMES = "2.5.29.17";
  private static final String BASIC_CONSTRAINTS = "2.5.29.19";
  private static final String AUTHORITY_KEY = "2.5.29.35";
  private static final String EXTENDED_KEY_USAGE = "2.5.29.37";
  private static final byte[] SERVER_AUTHENTICATION = Der.oid("1.3.6.1.5.5.7.3.1");
  private static final byte[] YES = Der.value(Der.BOOLEAN, new byte[] {(byte) 0xff});
  private static final int IMPLICIT = 0x80;
  private static final int EXPLICIT = 0xa0;
  private static final int DNS_NAME = IMPLICIT | 2;
  private static final int IP_ADDRESS = IMPLICIT | 7;

  private final SecureRandom random = new SecureRandom();
  private final X500Principal name;
  private final KeyPair keys;
  private final X509Certificate certificate;

  /**
   * @param name its distinguished name
   * @param now when its own certificate begins
   */
  public CertificateAuthority(X500Principal name, Instant now) {
    this.name = name;
    try {
      keys = newKeys();
      certificate =
          sign(
              name,
              keys,
              now,
              Der.sequence(
                  extension(BASIC_CONSTRAINTS, true, Der.sequence(YES)),
                  // keyCertSign and cRLSign, the sixth and seventh of the named bits.
                  extension(KEY_USAGE, true, Der.bits(1, new byte[] {0x06})),
                  extension(SUBJECT_KEY, false, Der.value(Der.OCTET_STRING, keyIdentifier(keys)))));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has ECDSA", e);
    }
  }

  /** Its own certificate, which who trusts it has to have. */
  public X509Certificate certificate() {
    return certificate;
  }

  /** A new key and certificate for a server that has these names or addresses, the first first. */
  public ServerIdentity issue(List<String> hosts, Instant now) {
    try {
      KeyPair server = newKeys();
      List<byte[]> names = new ArrayList<>();
      for (String host : hosts) {
        names.add(generalName(host));
      }
      X509Certificate signed =
          sign(
              new X500Principal("CN=" + hosts.getFirst().replaceAll("[^A-Za-z0-9._:*-]", "_")),
              server,
              now,
              Der.sequence(
                  extension(BASIC_CONSTRAINTS, true, Der.sequence()),
                  extension(KEY_USAGE, true, Der.bits(7, new byte[] {(byte) 0x80})),
                  extension(EXTENDED_KEY_USAGE, false, Der.sequence(SERVER_AUTHENTICATION)),
                  extension(SUBJECT_NAMES, false, Der.sequence(names.toArray(new byte[0][]))),
                  extension(
                      AUTHORITY_KEY, false, Der.sequence(Der.value(IMPLICIT, keyIdentifier(keys)))),
                  extension(
                      SUBJECT_KEY, false, Der.value(Der.OCTET_STRING, keyIdentifier(server)))));
      return new ServerIdentity(List.of(signed, certificate), server.getPrivate());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has ECDSA", e);
    }
  }

  /** The certificate as a file of other programs has it (RFC 7468). */
  public String pem() {
    try {
      return new Pem("CERTIFICATE", certificate.getEncoded()).text();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("it was read from such bytes", e);
    }
  }

  private KeyPair newKeys() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"), random);
    return generator.generateKeyPair();
  }

  private X509Certificate sign(
      X500Principal subject, KeyPair subjectKeys, Instant now, byte[] extensions)
      throws GeneralSecurityException {
    byte[] version3 = Der.value(EXPLICIT, Der.integer(BigInteger.TWO));
    byte[] toBeSigned =
        Der.sequence(
            version3,
            Der.integer(new BigInteger(SERIAL_BITS, random).setBit(SERIAL_BITS)),
            ECDSA_WITH_SHA256,
            name.getEncoded(),
            Der.sequence(Der.time(now.minus(LEEWAY)), Der.time(now.plus(VALIDITY))),
            subject.getEncoded(),
            subjectKeys.getPublic().getEncoded(),
            Der.value(EXPLICIT | 3, extensions));
    Signature signature = Signature.getInstance("SHA256withECDSA");
    signature.initSign(keys.getPrivate(), random);
    signature.update(toBeSigned);
    byte[] whole = Der.sequence(toBeSigned, ECDSA_WITH_SHA256, Der.bits(0, signature.sign()));
    return (X509Certificate)
        CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(whole));
  }

  private static byte[] extension(String oid, boolean critical, byte[] value) {
    byte[] wrapped = Der.value(Der.OCTET_STRING, value);
    return critical
        ? Der.sequence(Der.oid(oid), YES, wrapped)
        : Der.sequence(Der.oid(oid), wrapped);
  }

  private static byte[] generalName(String host) {
    try {
      return Der.value(IP_ADDRESS, InetAddress.ofLiteral(host).getAddress());
    } catch (IllegalArgumentException e) {
      return Der.value(DNS_NAME, host.getBytes(StandardCharsets.US_ASCII));
    }
  }

  /** The first 160 bits of a hash of the public key (RFC 7093 §2). */
  private static byte[] keyIdentifier(KeyPair keys) throws GeneralSecurityException {
    byte[] hash = MessageDigest.getInstance("SHA-256").digest(keys.getPublic().getEncoded());
    return Arrays.copyOf(hash, 20);
  }
}
