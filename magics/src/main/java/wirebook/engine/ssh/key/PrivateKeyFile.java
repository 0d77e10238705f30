package wirebook.engine.ssh.key;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.util.Iterator;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.sshd.common.NamedResource;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.apache.sshd.common.util.security.SecurityUtils;
import wirebook.trace.Bytes;

/** A private key in a file: OpenSSH's own form, PEM, PKCS #8. */
public final class PrivateKeyFile {
  private static final int LARGEST = 1 << 20;

  private PrivateKeyFile() {}

  /** What reading one gave. */
  public sealed interface Loaded {
    /** A pair; nothing that prints it shows the private half. */
    final class Key implements Loaded {
      private final KeyPair pair;
      private final PublicKeyBlob blob;

      Key(KeyPair pair, PublicKeyBlob blob) {
        this.pair = pair;
        this.blob = blob;
      }

      public KeyPair pair() {
        return pair;
      }

      public PublicKeyBlob blob() {
        return blob;
      }

      @Override
      public String toString() {
        return "private key of " + Fingerprint.of(blob, "SHA256");
      }
    }

    /** It is encrypted, and the passphrase is not this one. */
    record WrongPassphrase() implements Loaded {}

    /** There is no such file. */
    record Missing() implements Loaded {}

    /** Others may read it; the mode is in octal. */
    record Exposed(int mode) implements Loaded {}

    /** Why it cannot be used, in OpenSSH's words. */
    record Unusable(String reason) implements Loaded {}
  }

  /**
   * Reads a key.
   *
   * @param uid the user's number: a file of somebody else's is not looked at for its mode
   * @param passphrase empty to try without one
   */
  public static Loaded load(Path file, long uid, String passphrase) {
    byte[] content;
    try {
      int mode = mode(file, uid);
      if ((mode & 077) != 0) {
        return new Loaded.Exposed(mode);
      }
      if (Files.size(file) > LARGEST) {
        return new Loaded.Unusable("invalid format");
      }
      content = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      return new Loaded.Missing();
    } catch (AccessDeniedException e) {
      return new Loaded.Unusable("Permission denied");
    } catch (IOException e) {
      return new Loaded.Unusable(Files.isDirectory(file) ? "Is a directory" : "error in libcrypto");
    }
    return decode(file.toString(), content, passphrase);
  }

  private static int mode(Path file, long uid) throws IOException {
    try {
      long owner = ((Number) Files.getAttribute(file, "unix:uid")).longValue();
      return owner == uid ? (Integer) Files.getAttribute(file, "unix:mode") & 0777 : 0;
    } catch (UnsupportedOperationException | IllegalArgumentException e) {
      return 0;
    }
  }

  static Loaded decode(String name, byte[] content, String passphrase) {
    AtomicBoolean asked = new AtomicBoolean();
    try {
      Iterable<KeyPair> pairs =
          SecurityUtils.loadKeyPairIdentities(
              null,
              NamedResource.ofName(name),
              new ByteArrayInputStream(content),
              (session, resource, retry) -> {
                asked.set(true);
                return passphrase;
              });
      Iterator<KeyPair> found =
          pairs == null ? java.util.Collections.emptyIterator() : pairs.iterator();
      if (!found.hasNext()) {
        return asked.get()
            ? new Loaded.WrongPassphrase()
            : new Loaded.Unusable("error in libcrypto");
      }
      KeyPair pair = found.next();
      return new Loaded.Key(pair, blob(pair));
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      return asked.get()
          ? new Loaded.WrongPassphrase()
          : new Loaded.Unusable(
              new String(content, java.nio.charset.StandardCharsets.ISO_8859_1)
                      .contains("BEGIN OPENSSH PRIVATE KEY")
                  ? "invalid format"
                  : "error in libcrypto");
    }
  }

  /** The public half as its bytes. */
  static PublicKeyBlob blob(KeyPair pair) {
    ByteArrayBuffer buffer = new ByteArrayBuffer();
    buffer.putRawPublicKey(pair.getPublic());
    return PublicKeyBlob.of(Bytes.of(buffer.getCompactData())).orElseThrow();
  }
}
