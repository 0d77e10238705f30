package wirebook.engine.ssh.keygen;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.util.List;
import java.util.Locale;
import wirebook.engine.ssh.config.SshFatal;

/**
 * A kind of key that can be made.
 *
 * @param algorithm as the JDK calls it
 * @param usualBits the size when none is asked for; 0 when there is only one
 */
record KeyType(String algorithm, int usualBits) {
  private static final int SMALLEST_RSA = 1024;
  private static final int LARGEST_RSA = 16384;

  /** The kind of a name ({@code ed25519}, {@code ssh-rsa}, {@code ecdsa-sha2-nistp384}). */
  static KeyType of(String name) {
    return switch (name) {
      case "ssh-ed25519" -> new KeyType("Ed25519", 0);
      case "ssh-rsa" -> new KeyType("RSA", 3072);
      case "ssh-dss" -> new KeyType("DSA", 1024);
      case "ecdsa-sha2-nistp256" -> new KeyType("EC", 256);
      case "ecdsa-sha2-nistp384" -> new KeyType("EC", 384);
      case "ecdsa-sha2-nistp521" -> new KeyType("EC", 521);
      default ->
          switch (name.toLowerCase(Locale.ROOT)) {
            case "ed25519" -> new KeyType("Ed25519", 0);
            case "rsa" -> new KeyType("RSA", 3072);
            case "dsa" -> new KeyType("DSA", 1024);
            case "ecdsa" -> new KeyType("EC", 256);
            case "ecdsa-sk", "ed25519-sk" ->
                throw new SshFatal("Key enrollment failed: device not found");
            default -> throw new SshFatal("unknown key type " + name);
          };
    };
  }

  /** The name of its file in {@code ~/.ssh}. */
  String fileName() {
    return "id_"
        + switch (algorithm) {
          case "EC" -> "ecdsa";
          default -> algorithm.toLowerCase(Locale.ROOT);
        };
  }

  /**
   * The size that is made.
   *
   * @param asked 0 for the usual one
   */
  int bits(int asked) {
    int bits = asked == 0 ? usualBits : asked;
    switch (algorithm) {
      case "RSA" -> {
        if (bits < SMALLEST_RSA) {
          throw new SshFatal("Invalid RSA key length: minimum is " + SMALLEST_RSA + " bits");
        }
        if (bits > LARGEST_RSA) {
          throw new SshFatal("Invalid RSA key length: maximum is " + LARGEST_RSA + " bits");
        }
      }
      case "DSA" -> {
        if (bits != 1024) {
          throw new SshFatal("Invalid DSA key length: must be 1024 bits");
        }
      }
      case "EC" -> {
        if (!List.of(256, 384, 521).contains(bits)) {
          throw new SshFatal("Invalid ECDSA key length: valid lengths are 256, 384 or 521 bits");
        }
      }
      default -> {
        // There is one size.
      }
    }
    return bits;
  }

  /** A fresh pair. */
  KeyPair generate(int bits) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
      switch (algorithm) {
        case "EC" -> generator.initialize(new ECGenParameterSpec("secp" + bits + "r1"));
        case "RSA", "DSA" -> generator.initialize(bits);
        default -> {
          // There is nothing to choose.
        }
      }
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new SshFatal("sshkey_generate failed");
    }
  }
}
