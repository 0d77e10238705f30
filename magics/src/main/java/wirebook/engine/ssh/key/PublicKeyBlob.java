package wirebook.engine.ssh.key;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.util.Base64;
import java.util.Optional;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import wirebook.trace.Bytes;

/**
 * A public key or certificate as it goes over the wire (RFC 4253, section 6.6).
 *
 * @param type the name at its front: {@code ssh-ed25519}
 */
public record PublicKeyBlob(String type, Bytes bytes) {
  private static final String CERTIFICATE = "-cert-v01@openssh.com";
  private static final int LONGEST_NAME = 100;

  /** Reads the name at the front; none when there is none. */
  public static Optional<PublicKeyBlob> of(Bytes bytes) {
    ByteBuffer buffer = bytes.buffer();
    if (buffer.remaining() < 4) {
      return Optional.empty();
    }
    int length = buffer.getInt();
    if (length <= 0 || length > LONGEST_NAME || length > buffer.remaining()) {
      return Optional.empty();
    }
    String type = bytes.slice(4, 4 + length).text(StandardCharsets.US_ASCII);
    return Optional.of(new PublicKeyBlob(type, bytes));
  }

  /** The bytes of one of the JDK's. */
  public static PublicKeyBlob of(PublicKey key) {
    Ed25519Support.register();
    ByteArrayBuffer buffer = new ByteArrayBuffer();
    buffer.putRawPublicKey(key);
    return of(Bytes.of(buffer.getCompactData())).orElseThrow();
  }

  /** The key of {@code TYPE BASE64 [COMMENT]}; none when it is none. */
  public static Optional<PublicKeyBlob> ofText(String line) {
    String[] words = line.strip().split("[ \t]+", 3);
    return words.length < 2 ? Optional.empty() : ofBase64(words[0], words[1]);
  }

  /** The key of a type and a text in Base64; none when the two do not agree. */
  public static Optional<PublicKeyBlob> ofBase64(String type, String base64) {
    try {
      return of(Bytes.of(Base64.getDecoder().decode(base64))).filter(k -> k.type.equals(type));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  public String base64() {
    return Base64.getEncoder().encodeToString(bytes.toArray());
  }

  public boolean certificate() {
    return type.endsWith(CERTIFICATE);
  }

  /** The type of the key that a certificate is for. */
  public String plainType() {
    return certificate()
        ? type.substring(0, type.length() - CERTIFICATE.length()) + suffix()
        : type;
  }

  private String suffix() {
    return type.startsWith("sk-") ? "@openssh.com" : "";
  }

  /** As messages name it: {@code ED25519}, {@code RSA-CERT}. */
  public String shortName() {
    String plain =
        switch (plainType()) {
          case "ssh-ed25519" -> "ED25519";
          case "ssh-rsa" -> "RSA";
          case "ssh-dss" -> "DSA";
          case "sk-ssh-ed25519@openssh.com" -> "ED25519-SK";
          case "sk-ecdsa-sha2-nistp256@openssh.com" -> "ECDSA-SK";
          default -> plainType().startsWith("ecdsa-") ? "ECDSA" : plainType();
        };
    return certificate() ? plain + "-CERT" : plain;
  }

  /** Bits of an RSA modulus; 0 for other keys. */
  public int rsaBits() {
    if (!plainType().equals("ssh-rsa")) {
      return 0;
    }
    ByteBuffer buffer = bytes.buffer();
    try {
      skip(buffer);
      if (certificate()) {
        skip(buffer);
      }
      skip(buffer);
      byte[] modulus = new byte[Math.clamp(buffer.getInt(), 0, buffer.remaining())];
      buffer.get(modulus);
      return new BigInteger(1, modulus).bitLength();
    } catch (java.nio.BufferUnderflowException | IllegalArgumentException e) {
      return 0;
    }
  }

  private static void skip(ByteBuffer buffer) {
    int length = buffer.getInt();
    buffer.position(Math.addExact(buffer.position(), Math.max(length, 0)));
  }
}
