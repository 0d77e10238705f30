package wirebook.codec;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKey;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Reads private keys in the forms that OpenSSL writes: PKCS#8 (RFC 5958), PKCS#1 (RFC 8017) and SEC
 * 1 (RFC 5915), plain or encrypted.
 */
public final class PrivateKeys {
  private static final Pattern ENCRYPTION =
      Pattern.compile("DEK-Info: (?:AES-(128|192|256)|DES-EDE3)-CBC,([0-9A-Fa-f]{16,32})");
  private static final byte[] RSA =
      Der.sequence(Der.oid("1.2.840.113549.1.1.1"), new byte[] {5, 0});
  private static final byte[] EC = Der.oid("1.2.840.10045.2.1");
  private static final byte[] VERSION = Der.integer(BigInteger.ZERO);

  private PrivateKeys() {}

  /** The first private key of a text; the password is empty when there is none. */
  public static PrivateKey read(String text, String password)
      throws GeneralSecurityException, IOException {
    Pem pem =
        Pem.all(text).stream()
            .filter(block -> block.label().endsWith("PRIVATE KEY"))
            .findFirst()
            .orElseThrow(() -> new GeneralSecurityException("no private key in PEM form"));
    byte[] der = pem.content().toArray();
    Matcher encryption = ENCRYPTION.matcher(String.join("\n", pem.headers()));
    if (encryption.find()) {
      der = decrypt(der, encryption, password);
    }
    return switch (pem.label()) {
      case "PRIVATE KEY" -> key(der);
      case "ENCRYPTED PRIVATE KEY" -> key(decrypt(der, password));
      case "RSA PRIVATE KEY" -> key(pkcs8(RSA, der));
      case "EC PRIVATE KEY" -> key(pkcs8(Der.sequence(EC, curve(der)), der));
      default -> throw new GeneralSecurityException("unknown form " + pem.label());
    };
  }

  private static byte[] pkcs8(byte[] algorithm, byte[] key) {
    return Der.sequence(VERSION, algorithm, Der.value(Der.OCTET_STRING, key));
  }

  /** Whether the keys are a pair: what one signs, the other confirms. */
  public static boolean pair(PrivateKey key, PublicKey other) throws GeneralSecurityException {
    if (!key.getAlgorithm().equals(other.getAlgorithm())) {
      return false;
    }
    String algorithm =
        switch (key.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          case "DSA" -> "SHA256withDSA";
          default -> key.getAlgorithm();
        };
    Signature signature = Signature.getInstance(algorithm);
    signature.initSign(key);
    signature.update(VERSION);
    byte[] signed = signature.sign();
    signature.initVerify(other);
    signature.update(VERSION);
    return signature.verify(signed);
  }

  private static PrivateKey key(byte[] pkcs8) throws GeneralSecurityException {
    for (String algorithm : List.of("RSA", "EC", "EdDSA", "DSA")) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
      } catch (GeneralSecurityException e) {
        // Another algorithm, then.
      }
    }
    throw new GeneralSecurityException("no key of a known algorithm");
  }

  /** An encrypted PKCS#8 key as an open one. */
  public static byte[] decrypt(byte[] der, String password)
      throws GeneralSecurityException, IOException {
    EncryptedPrivateKeyInfo info = new EncryptedPrivateKeyInfo(der);
    String scheme = info.getAlgName();
    // With PBES2 the parameters name the scheme.
    String name =
        scheme.equals("PBES2") || scheme.equals("1.2.840.113549.1.5.13")
            ? info.getAlgParameters().toString()
            : scheme;
    Cipher cipher = Cipher.getInstance(name);
    cipher.init(
        Cipher.DECRYPT_MODE,
        SecretKeyFactory.getInstance(name).generateSecret(new PBEKeySpec(password.toCharArray())),
        info.getAlgParameters());
    return info.getKeySpec(cipher).getEncoded();
  }

  /** OpenSSL's old encryption: the key is MD5 of password and salt, as often as it takes. */
  private static byte[] decrypt(byte[] der, Matcher encryption, String password)
      throws GeneralSecurityException {
    byte[] iv = HexFormat.of().parseHex(encryption.group(2).toLowerCase(Locale.ROOT));
    Optional<String> bits = Optional.ofNullable(encryption.group(1));
    String algorithm = bits.isPresent() ? "AES" : "DESede";
    int length = bits.map(Integer::parseInt).orElse(192) / 8;
    Cipher cipher = Cipher.getInstance(algorithm + "/CBC/PKCS5Padding");
    cipher.init(
        Cipher.DECRYPT_MODE,
        new SecretKeySpec(oldKey(password, iv, length).getEncoded(), algorithm),
        new IvParameterSpec(iv));
    return cipher.doFinal(der);
  }

  /**
   * What OpenSSL's old encryption makes of a password: MD5 of it and the salt, as often as it
   * takes.
   *
   * @param iv the initialisation vector, whose first half is the salt
   * @param length in bytes
   */
  public static SecretKey oldKey(String password, byte[] iv, int length)
      throws GeneralSecurityException {
    MessageDigest md5 = MessageDigest.getInstance("MD5");
    ByteArrayOutputStream made = new ByteArrayOutputStream();
    byte[] last = new byte[0];
    while (made.size() < length) {
      md5.update(last);
      md5.update(password.getBytes(StandardCharsets.UTF_8));
      last = md5.digest(Arrays.copyOf(iv, 8));
      made.writeBytes(last);
    }
    return new SecretKeySpec(Arrays.copyOf(made.toByteArray(), length), "AES");
  }

  /** The curve that an EC key names in its field [0]. */
  private static byte[] curve(byte[] sec1) throws GeneralSecurityException {
    for (int i = 0; i + 3 < sec1.length; i++) {
      boolean field =
          (sec1[i] & 0xff) == 0xa0 && sec1[i + 2] == 6 && sec1[i + 1] == sec1[i + 3] + 2;
      if (field && i + 2 + sec1[i + 1] <= sec1.length) {
        return Arrays.copyOfRange(sec1, i + 2, i + 2 + sec1[i + 1]);
      }
    }
    throw new GeneralSecurityException("an EC key without its curve");
  }
}
