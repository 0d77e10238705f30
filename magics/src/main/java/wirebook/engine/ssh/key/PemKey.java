package wirebook.engine.ssh.key;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.interfaces.DSAPrivateKey;
import java.security.interfaces.DSAPublicKey;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.RSAPublicKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.PBEParameterSpec;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.apache.sshd.common.util.io.der.DERParser;
import wirebook.codec.Der;
import wirebook.codec.Pem;
import wirebook.codec.PrivateKeys;
import wirebook.trace.Bytes;

/**
 * Keys as other programs write them: PKCS #1 (RFC 8017, A.1), SEC 1 (RFC 5915), PKCS #8 (RFC 5958)
 * and SubjectPublicKeyInfo (RFC 5280, 4.1.2.7), in Base64 between lines of dashes (RFC 7468).
 */
public final class PemKey {
  private static final int ITERATIONS = 2048;
  private static final int SHORTEST_PASSPHRASE = 5;
  private static final int BIT_STRING = 0x03;
  private static final int OBJECT_IDENTIFIER = 0x06;

  private PemKey() {}

  /** The passphrase is one that OpenSSL would not take. */
  public static final class TooShort extends IOException {
    private static final long serialVersionUID = 1;

    TooShort() {
      super("passphrase is too short (minimum five characters)");
    }
  }

  /** Whether a key can be written so: Ed25519 has no such form in OpenSSH. */
  public static boolean fits(KeyPair pair) {
    return pair.getPublic() instanceof RSAPublicKey
        || pair.getPublic() instanceof ECPublicKey
        || pair.getPublic() instanceof DSAPublicKey;
  }

  /**
   * The private half.
   *
   * @param pkcs8 else the older form of its algorithm
   * @param passphrase empty for none
   */
  public static Bytes ofPrivate(KeyPair pair, boolean pkcs8, String passphrase)
      throws IOException, GeneralSecurityException {
    if (!passphrase.isEmpty() && passphrase.length() < SHORTEST_PASSPHRASE) {
      throw new TooShort();
    }
    if (pkcs8) {
      byte[] open =
          pair.getPrivate() instanceof ECPrivateKey ec
              ? pkcs8(ec, (ECPublicKey) pair.getPublic())
              : pair.getPrivate().getEncoded();
      return passphrase.isEmpty()
          ? text("PRIVATE KEY", List.of(), open)
          : text("ENCRYPTED PRIVATE KEY", List.of(), encrypted(open, passphrase));
    }
    String name =
        switch (pair.getPrivate()) {
          case RSAPrivateCrtKey _ -> "RSA PRIVATE KEY";
          case ECPrivateKey _ -> "EC PRIVATE KEY";
          default -> "DSA PRIVATE KEY";
        };
    byte[] content =
        switch (pair.getPrivate()) {
          case RSAPrivateCrtKey rsa ->
              numbers(
                  BigInteger.ZERO,
                  rsa.getModulus(),
                  rsa.getPublicExponent(),
                  rsa.getPrivateExponent(),
                  rsa.getPrimeP(),
                  rsa.getPrimeQ(),
                  rsa.getPrimeExponentP(),
                  rsa.getPrimeExponentQ(),
                  rsa.getCrtCoefficient());
          case ECPrivateKey ec -> sec1(ec, (ECPublicKey) pair.getPublic());
          case DSAPrivateKey dsa ->
              numbers(
                  BigInteger.ZERO,
                  dsa.getParams().getP(),
                  dsa.getParams().getQ(),
                  dsa.getParams().getG(),
                  ((DSAPublicKey) pair.getPublic()).getY(),
                  dsa.getX());
          default -> throw new IOException("unknown or unsupported key type");
        };
    if (passphrase.isEmpty()) {
      return text(name, List.of(), content);
    }
    byte[] iv = new byte[16];
    new SecureRandom().nextBytes(iv);
    Cipher cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
    cipher.init(
        Cipher.ENCRYPT_MODE, PrivateKeys.oldKey(passphrase, iv, 16), new IvParameterSpec(iv));
    return text(
        name,
        List.of(
            "Proc-Type: 4,ENCRYPTED",
            "DEK-Info: AES-128-CBC," + HexFormat.of().withUpperCase().formatHex(iv)),
        cipher.doFinal(content));
  }

  private static byte[] encrypted(byte[] key, String passphrase)
      throws IOException, GeneralSecurityException {
    byte[] salt = new byte[8];
    new SecureRandom().nextBytes(salt);
    String algorithm = "PBEWithHmacSHA256AndAES_128";
    Cipher cipher = Cipher.getInstance(algorithm);
    cipher.init(
        Cipher.ENCRYPT_MODE,
        SecretKeyFactory.getInstance(algorithm)
            .generateSecret(new PBEKeySpec(passphrase.toCharArray())),
        new PBEParameterSpec(salt, ITERATIONS));
    // The same, under the name by which the standard knows it.
    AlgorithmParameters parameters = AlgorithmParameters.getInstance("PBES2");
    parameters.init(cipher.getParameters().getEncoded());
    return new EncryptedPrivateKeyInfo(parameters, cipher.doFinal(key)).getEncoded();
  }

  /** An encrypted PKCS #8 key as an open one. */
  static Bytes decrypt(String text, String passphrase)
      throws IOException, GeneralSecurityException {
    return text("PRIVATE KEY", List.of(), PrivateKeys.decrypt(content(text), passphrase));
  }

  private static byte[] numbers(BigInteger... numbers) {
    return Der.sequence(Arrays.stream(numbers).map(Der::integer).toArray(byte[][]::new));
  }

  private static byte[] sec1(ECPrivateKey key, ECPublicKey open) throws IOException {
    DERParser algorithm = info(open).readObject().createParser();
    algorithm.readObject();
    byte[] curve = algorithm.readObject().getPureValueBytes();
    return ecPrivateKey(key, open, Der.value(0xa0, Der.value(OBJECT_IDENTIFIER, curve)));
  }

  /** The JDK leaves the public half out, which MINA needs. */
  private static byte[] pkcs8(ECPrivateKey key, ECPublicKey open) throws IOException {
    byte[] algorithm = info(open).readObject().getPureValueBytes();
    return Der.sequence(
        Der.integer(BigInteger.ZERO),
        Der.sequence(algorithm),
        Der.value(Der.OCTET_STRING, ecPrivateKey(key, open, new byte[0])));
  }

  private static DERParser info(ECPublicKey key) throws IOException {
    return new DERParser(key.getEncoded()).readObject().createParser();
  }

  private static byte[] ecPrivateKey(ECPrivateKey key, ECPublicKey open, byte[] curve)
      throws IOException {
    DERParser info = info(open);
    info.readObject();
    byte[] point = info.readObject().getValue();
    int size = (key.getParams().getCurve().getField().getFieldSize() + 7) / 8;
    byte[] secret = new byte[size];
    byte[] digits = key.getS().toByteArray();
    int from = Math.max(0, digits.length - size);
    System.arraycopy(digits, from, secret, size - digits.length + from, digits.length - from);
    return Der.sequence(
        Der.integer(BigInteger.ONE),
        Der.value(Der.OCTET_STRING, secret),
        curve,
        Der.value(0xa1, Der.value(BIT_STRING, point)));
  }

  /**
   * The public half.
   *
   * @param pkcs8 else PKCS #1, which only RSA has
   */
  public static String ofPublic(PublicKeyBlob blob, boolean pkcs8) throws IOException {
    PublicKey key = new ByteArrayBuffer(blob.bytes().toArray()).getRawPublicKey();
    Bytes text =
        !pkcs8 && key instanceof RSAPublicKey rsa
            ? text("RSA PUBLIC KEY", List.of(), numbers(rsa.getModulus(), rsa.getPublicExponent()))
            : text("PUBLIC KEY", List.of(), key.getEncoded());
    return text.text(StandardCharsets.US_ASCII);
  }

  /** Reads a public half; the inverse of {@link #ofPublic}. */
  public static PublicKeyBlob publicKey(String text, boolean pkcs8)
      throws IOException, GeneralSecurityException {
    byte[] content = content(text);
    if (!pkcs8) {
      DERParser numbers = new DERParser(content).readObject().createParser();
      return PublicKeyBlob.of(
          KeyFactory.getInstance("RSA")
              .generatePublic(
                  new RSAPublicKeySpec(numbers.readBigInteger(), numbers.readBigInteger())));
    }
    for (String algorithm : List.of("RSA", "EC", "DSA")) {
      try {
        return PublicKeyBlob.of(
            KeyFactory.getInstance(algorithm).generatePublic(new X509EncodedKeySpec(content)));
      } catch (GeneralSecurityException e) {
        // It is of another kind.
      }
    }
    throw new IOException("not a public key");
  }

  private static Bytes text(String name, List<String> headers, byte[] content) {
    Bytes text = new Pem(name, headers, Bytes.of(content)).bytes();
    Arrays.fill(content, (byte) 0);
    return text;
  }

  private static byte[] content(String text) throws IOException {
    return Pem.all(text).stream()
        .findFirst()
        .orElseThrow(() -> new IOException("invalid format"))
        .content()
        .toArray();
  }
}
