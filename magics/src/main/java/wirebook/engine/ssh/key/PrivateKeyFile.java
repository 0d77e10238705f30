package wirebook.engine.ssh.key;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.sshd.common.NamedResource;
import org.apache.sshd.common.config.keys.FilePasswordProvider;
import org.apache.sshd.common.config.keys.loader.openssh.OpenSSHKeyPairResourceParser;
import org.apache.sshd.common.config.keys.loader.openssh.OpenSSHParserContext;
import org.apache.sshd.common.session.SessionContext;
import org.apache.sshd.common.util.security.SecurityUtils;
import org.jspecify.annotations.Nullable;
import wirebook.trace.Bytes;

/** A private key in a file: OpenSSH's own form, PEM, PKCS #8. */
public final class PrivateKeyFile {
  private static final int LARGEST = 1 << 20;

  static {
    Ed25519Support.register();
  }

  private PrivateKeyFile() {}

  /** What reading one gave. */
  public sealed interface Loaded {
    /**
     * A pair; nothing that prints it shows the private half.
     *
     * @param comment what the file says of the key; empty also when its form has no room for it
     */
    record Key(KeyPair pair, PublicKeyBlob blob, String comment) implements Loaded {
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
    record Exposed(int mode) implements Loaded {
      /** OpenSSH's warning, a line each. */
      public List<String> warning(String file) {
        String line = "@".repeat(59);
        return List.of(
            line,
            "@         WARNING: UNPROTECTED PRIVATE KEY FILE!          @",
            line,
            "Permissions 0%3o for '%s' are too open.".formatted(mode, file),
            "It is required that your private key files are NOT accessible by others.",
            "This private key will be ignored.");
      }
    }

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
      // A device need not say its size.
      try (InputStream in = Files.newInputStream(file)) {
        content = in.readNBytes(LARGEST + 1);
      }
      if (content.length > LARGEST) {
        return new Loaded.Unusable("invalid format");
      }
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

  /** MINA reads the comment, and throws it away. */
  private static final class WithComment extends OpenSSHKeyPairResourceParser {
    private String comment = "";

    @Override
    protected Map.@Nullable Entry<PrivateKey, String> readPrivateKey(
        @Nullable SessionContext session,
        NamedResource resource,
        OpenSSHParserContext context,
        String type,
        FilePasswordProvider passwords,
        InputStream in)
        throws IOException, GeneralSecurityException {
      Map.Entry<PrivateKey, String> entry =
          super.readPrivateKey(session, resource, context, type, passwords, in);
      if (entry != null && entry.getValue() != null) {
        comment = entry.getValue();
      }
      return entry;
    }
  }

  static Loaded decode(String name, byte[] content, String passphrase) {
    AtomicBoolean asked = new AtomicBoolean();
    FilePasswordProvider passwords =
        (session, resource, retry) -> {
          asked.set(true);
          return passphrase;
        };
    String text = new String(content, StandardCharsets.ISO_8859_1);
    boolean own = text.contains("BEGIN OPENSSH PRIVATE KEY");
    WithComment parser = new WithComment();
    try {
      if (text.contains("BEGIN ENCRYPTED PRIVATE KEY")) {
        asked.set(true);
        Bytes open = PemKey.decrypt(text, passphrase);
        return decode(name, open.toArray(), "");
      }
      Iterable<KeyPair> found =
          own
              ? parser.loadKeyPairs(
                  null, NamedResource.ofName(name), passwords, text.lines().toList())
              : SecurityUtils.loadKeyPairIdentities(
                  null, NamedResource.ofName(name), new ByteArrayInputStream(content), passwords);
      for (KeyPair pair : found == null ? List.<KeyPair>of() : found) {
        return key(pair, parser.comment);
      }
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      // Said below.
    }
    return asked.get()
        ? new Loaded.WrongPassphrase()
        // OpenSSH tries its own form first, and tells of what OpenSSL makes of it otherwise.
        : new Loaded.Unusable(
            !own && text.contains("-----BEGIN ") ? "invalid format" : "error in libcrypto");
  }

  /** A pair that was just made, or read. */
  public static Loaded.Key key(KeyPair pair, String comment) {
    return new Loaded.Key(pair, PublicKeyBlob.of(pair.getPublic()), comment);
  }

  /**
   * Writes a file at once or not at all, for its owner's eyes alone unless {@code mode} says
   * otherwise.
   */
  public static void write(Path file, Bytes content, String mode) throws IOException {
    Path target = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
    Path folder = target.getParent();
    Path fresh =
        Files.createTempFile(
            folder == null ? target : folder,
            ".key",
            "",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(mode)));
    try {
      Files.write(fresh, content.toArray());
      Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString(mode));
      Files.move(
          fresh, target, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(fresh);
    }
  }
}
