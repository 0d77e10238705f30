package wirebook.engine.http.tls;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;
import wirebook.engine.http.ByteText;

/**
 * Reads private keys in the forms that OpenSSL writes: PKCS#8 (RFC 5958), PKCS#1 (RFC 8017) and SEC
 * 1 (RFC 5915), plain or encrypted.
 */
final class PrivateKeys {
  private static final Pattern PEM =
      Pattern.compile(
          "-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----(.*?)-----END \\1-----", Pattern.DOTALL);
  private static final Pattern ENCRYPTION =
      Pattern.compile("DEK-Info: AES-(128|192|256)-CBC,([0-9A-Fa-f]{32})");
  private static final byte[] RSA = HexFormat.of().parseHex("300d06092a864886f70d0101010500");
  private static final byte[] EC = HexFormat.of().parseHex("06072a8648ce3d0201");
  private static final byte[] VERSION = {2, 1, 0};

  private PrivateKeys() {}

  /** The first private key of a text; the password is empty when there is none. */
  static PrivateKey read(String text, String password)
      throws GeneralSecurityException, IOException {
    Matcher m = PEM.matcher(text);
    if (!m.find()) {
      throw new GeneralSecurityException("no private key in PEM form");
    }
    String content = m.group(2);
    Matcher encryption = ENCRYPTION.matcher(content);
    boolean encrypted = encryption.find();
    byte[] der =
        Base64.getMimeDecoder().decode(encrypted ? content.substring(encryption.end()) : content);
    if (encrypted) {
      der = decrypt(der, encryption, password);
    }
    return switch (m.group(1)) {
      case "PRIVATE KEY" -> key(der);
      case "ENCRYPTED PRIVATE KEY" -> decrypt(der, password);
      case "RSA PRIVATE KEY" -> key(tagged(0x30, join(VERSION, RSA, tagged(4, der))));
      case "EC PRIVATE KEY" ->
          key(tagged(0x30, join(VERSION, tagged(0x30, join(EC, curve(der))), tagged(4, der))));
      default -> throw new GeneralSecurityException("unknown form " + m.group(1));
    };
  }

  /** Whether the keys are a pair: what one signs, the other confirms. */
  static boolean pair(PrivateKey key, PublicKey other) throws GeneralSecurityException {
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

  private static PrivateKey decrypt(byte[] der, String password)
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
    return key(info.getKeySpec(cipher).getEncoded());
  }

  /** OpenSSL's old encryption: the key is MD5 of password and salt, as often as it takes. */
  private static byte[] decrypt(byte[] der, Matcher encryption, String password)
      throws GeneralSecurityException {
    byte[] iv = HexFormat.of().parseHex(encryption.group(2).toLowerCase(Locale.ROOT));
    int length = Integer.parseInt(encryption.group(1)) / 8;
    MessageDigest md5 = MessageDigest.getInstance("MD5");
    byte[] made = new byte[0];
    byte[] last = new byte[0];
    while (made.length < length) {
      md5.update(last);
      md5.update(ByteText.bytes(password));
      last = md5.digest(Arrays.copyOf(iv, 8));
      made = join(made, last);
    }
    Cipher cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
    cipher.init(
        Cipher.DECRYPT_MODE,
        new SecretKeySpec(Arrays.copyOf(made, length), "AES"),
        new IvParameterSpec(iv));
    return cipher.doFinal(der);
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

  private static byte[] join(byte[]... pieces) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] piece : pieces) {
      out.writeBytes(piece);
    }
    return out.toByteArray();
  }

  private static byte[] tagged(int tag, byte[] content) {
    int n = content.length;
    byte[] length =
        n < 128
            ? new byte[] {(byte) n}
            : n < 256
                ? new byte[] {(byte) 0x81, (byte) n}
                : new byte[] {(byte) 0x82, (byte) (n >> 8), (byte) n};
    return join(new byte[] {(byte) tag}, length, content);
  }
}
