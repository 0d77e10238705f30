package wirebook.kernel.protocol;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import wirebook.trace.Bytes;

/**
 * Signs messages with HMAC (RFC 2104) under the connection's key; without a key nothing is signed.
 * Built on {@link MessageDigest} alone: {@code javax.crypto.Mac} would load and verify the whole
 * cryptography framework before the first cell. Safe for several threads.
 */
public final class Signer {
  private final boolean signing;
  private final MessageDigest inner;
  private final MessageDigest outer;

  private Signer(boolean signing, MessageDigest inner, MessageDigest outer) {
    this.signing = signing;
    this.inner = inner;
    this.outer = outer;
  }

  /**
   * A signer for a connection file's {@code signature_scheme} and {@code key}.
   *
   * @throws IllegalArgumentException for a scheme that this Java does not know
   */
  public static Signer of(String scheme, String key) {
    String hash = scheme.startsWith("hmac-") ? scheme.substring("hmac-".length()) : scheme;
    String algorithm = hash.startsWith("sha") ? "SHA-" + hash.substring("sha".length()) : hash;
    try {
      MessageDigest inner = MessageDigest.getInstance(algorithm);
      MessageDigest outer = MessageDigest.getInstance(algorithm);
      int block = inner.getDigestLength() > 32 ? 128 : 64;
      byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
      byte[] padded = Arrays.copyOf(bytes.length > block ? outer.digest(bytes) : bytes, block);
      inner.update(masked(padded, 0x36));
      outer.update(masked(padded, 0x5c));
      return new Signer(!key.isEmpty(), inner, outer);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalArgumentException("unknown signature scheme " + scheme, e);
    }
  }

  private static byte[] masked(byte[] key, int mask) {
    byte[] masked = new byte[key.length];
    for (int i = 0; i < key.length; i++) {
      masked[i] = (byte) (key[i] ^ mask);
    }
    return masked;
  }

  /** The signature in lower-case hex digits, empty without a key. */
  Bytes sign(List<Bytes> parts) {
    if (!signing) {
      return Bytes.EMPTY;
    }
    MessageDigest digest = copy(inner);
    for (Bytes part : parts) {
      ByteBuffer view = part.buffer();
      digest.update(view);
    }
    byte[] hash = copy(outer).digest(digest.digest());
    return Bytes.utf8(HexFormat.of().formatHex(hash));
  }

  /** Whether {@code signature} is right, in a time that does not depend on how wrong it is. */
  boolean verify(List<Bytes> parts, Bytes signature) {
    return !signing || MessageDigest.isEqual(sign(parts).toArray(), signature.toArray());
  }

  private static MessageDigest copy(MessageDigest digest) {
    try {
      return (MessageDigest) digest.clone();
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException(digest.getAlgorithm() + " cannot be copied", e);
    }
  }
}
