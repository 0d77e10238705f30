package wirebook.engine.ssh.keygen;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyEncryptionContext;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;
import wirebook.engine.ssh.config.LocalHost;
import wirebook.engine.ssh.config.SshFatal;
import wirebook.engine.ssh.key.Fingerprint;
import wirebook.engine.ssh.key.PemKey;
import wirebook.engine.ssh.key.PrivateKeyFile.Loaded;
import wirebook.engine.ssh.key.PublicKeyBlob;
import wirebook.engine.ssh.key.PublicKeyFile;
import wirebook.trace.Bytes;

/**
 * How a private key is written.
 *
 * @param pkcs8 of the PEM forms, which; none for OpenSSH's own
 * @param cipher what an encrypted key of OpenSSH's form is encrypted with
 * @param rounds of the derivation of its key from the passphrase
 */
record KeyForm(Optional<Boolean> pkcs8, String cipher, int rounds) {
  static final KeyForm USUAL = new KeyForm(Optional.empty(), "aes256-ctr", 16);

  private static final Pattern CIPHER = Pattern.compile("aes(128|192|256)-(ctr|cbc)");
  private static final int LONGEST_COMMENT = 60;
  private static final int COLUMNS = 70;

  KeyForm pem(boolean which) {
    return new KeyForm(Optional.of(which), cipher, rounds);
  }

  KeyForm rounds(int count) {
    return new KeyForm(pkcs8, cipher, count);
  }

  KeyForm cipher(String name) {
    if (!CIPHER.matcher(name).matches()) {
      throw new SshFatal("Invalid OpenSSH-format cipher '" + name + "'");
    }
    return new KeyForm(pkcs8, name, rounds);
  }

  boolean isPem() {
    return pkcs8.isPresent();
  }

  /** Whether a file has a form without room for a comment. */
  boolean foreign(String name, LocalHost local) {
    try {
      return !Files.readString(local.file(name), StandardCharsets.ISO_8859_1)
          .contains("BEGIN OPENSSH PRIVATE KEY");
    } catch (IOException e) {
      return false;
    }
  }

  Bytes encode(Loaded.Key key, String passphrase, String comment)
      throws IOException, GeneralSecurityException {
    if (pkcs8.isPresent() && PemKey.fits(key.pair())) {
      return PemKey.ofPrivate(key.pair(), pkcs8.get(), passphrase);
    }
    OpenSSHKeyEncryptionContext encryption = new OpenSSHKeyEncryptionContext();
    encryption.setPassword(passphrase);
    Matcher parts = CIPHER.matcher(cipher);
    if (parts.matches()) {
      encryption.setCipherType(parts.group(1));
      encryption.setCipherMode(parts.group(2).toUpperCase(java.util.Locale.ROOT));
    }
    encryption.setKdfRounds(rounds);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    OpenSSHKeyPairResourceWriter.INSTANCE.writePrivateKey(key.pair(), comment, encryption, out);
    return Bytes.of(out.toByteArray());
  }

  /** A public key as other programs have it ({@code -e}). */
  static String exported(PublicKeyBlob key, String form, String who) {
    if (!form.equals("RFC4716")) {
      if (key.plainType().equals("ssh-ed25519")) {
        throw new SshFatal(
            "do_convert_to_%s: unsupported key type %s"
                .formatted(form.equals("PEM") ? "pem" : "pkcs8", key.shortName()));
      }
      try {
        return PemKey.ofPublic(key, form.equals("PKCS8"));
      } catch (IOException e) {
        throw new SshFatal("key write failed");
      }
    }
    String comment =
        "%s-bit %s, converted by %s from OpenSSH"
            .formatted(Fingerprint.bits(key), key.shortName(), who);
    return "---- BEGIN SSH2 PUBLIC KEY ----\nComment: \""
        + comment.substring(0, Math.min(comment.length(), LONGEST_COMMENT))
        + "\"\n"
        + key.base64().replaceAll("(.{" + COLUMNS + "})(?=.)", "$1\n")
        + "\n---- END SSH2 PUBLIC KEY ----\n";
  }

  /** Reads what {@link #exported} writes ({@code -i}). */
  static PublicKeyBlob imported(String text, String form, String name) {
    if (!form.equals("RFC4716")) {
      try {
        return PemKey.publicKey(text, form.equals("PKCS8"));
      } catch (IOException | GeneralSecurityException | RuntimeException e) {
        throw new SshFatal(
            form.equals("PKCS8")
                ? "do_convert_from_pkcs8: " + name + " is not a recognised public key format"
                : "do_convert_from_pem: unrecognised raw private key format");
      }
    }
    if (text.contains("---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----")) {
      throw new SshFatal("do_convert_from_ssh2: private key conversion failed");
    }
    // A header may go on in the next line, behind a backslash (RFC 4716, 3.3).
    String base64 =
        text.replaceAll("\\\\\r?\n", "")
            .lines()
            .takeWhile(line -> !line.contains(" END "))
            .filter(line -> !line.startsWith("----") && !line.contains(": "))
            .map(String::strip)
            .collect(Collectors.joining());
    try {
      return PublicKeyBlob.of(Bytes.of(Base64.getDecoder().decode(base64)))
          .filter(PublicKeyFile::wellFormed)
          .orElseThrow(() -> new SshFatal("do_convert_from_ssh2: parse key: invalid format"));
    } catch (IllegalArgumentException e) {
      throw new SshFatal("do_convert_from_ssh2: base64 decode: invalid format");
    }
  }
}
