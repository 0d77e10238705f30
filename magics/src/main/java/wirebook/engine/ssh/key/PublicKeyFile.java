package wirebook.engine.ssh.key;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Optional;
import org.apache.sshd.common.SshException;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import wirebook.trace.Bytes;

/**
 * The public half of a key in a file, with its comment; the file may be that of the private half.
 *
 * @param comment what stands behind the key; often {@code user@host}
 */
public record PublicKeyFile(PublicKeyBlob key, String comment) {
  private static final int LARGEST = 1 << 20;
  private static final String BEGIN = "-----BEGIN OPENSSH PRIVATE KEY-----";
  private static final String END = "-----END OPENSSH PRIVATE KEY-----";

  /**
   * Reads {@code file}, or {@code file.pub}, or what a private key says of itself in the clear
   * ({@code sshkey_load_public()}); none when there is no key.
   */
  public static Optional<PublicKeyFile> read(Path file) {
    return text(file)
        .flatMap(PublicKeyFile::of)
        .or(() -> text(file.resolveSibling(file.getFileName() + ".pub")).flatMap(PublicKeyFile::of))
        .or(() -> text(file).flatMap(PublicKeyFile::ofPrivate));
  }

  private static Optional<String> text(Path file) {
    try {
      return Files.isDirectory(file) || Files.size(file) > LARGEST
          ? Optional.empty()
          : Optional.of(Files.readString(file, StandardCharsets.ISO_8859_1));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** The first line that is {@code TYPE BASE64 [COMMENT]}. */
  private static Optional<PublicKeyFile> of(String text) {
    return text.lines().flatMap(line -> ofLine(line).stream()).findFirst();
  }

  /** The key of a line, and what stands behind it. */
  public static Optional<PublicKeyFile> ofLine(String line) {
    String[] words = line.strip().split("[ \t]+", 3);
    return words.length < 2
        ? Optional.empty()
        : PublicKeyBlob.ofBase64(words[0], words[1])
            .filter(PublicKeyFile::wellFormed)
            .map(
                key ->
                    new PublicKeyFile(
                        key,
                        words.length < 3
                            ? ""
                            : new String(
                                words[2].getBytes(StandardCharsets.ISO_8859_1),
                                StandardCharsets.UTF_8)));
  }

  /** OpenSSH's form has the public half in the clear (PROTOCOL.key). */
  private static Optional<PublicKeyFile> ofPrivate(String text) {
    int start = text.indexOf(BEGIN);
    int end = text.indexOf(END);
    if (start < 0 || end < start) {
      return Optional.empty();
    }
    try {
      ByteBuffer in =
          ByteBuffer.wrap(
              Base64.getMimeDecoder().decode(text.substring(start + BEGIN.length(), end)));
      in.position("openssh-key-v1\0".length());
      for (int i = 0; i < 3; i++) {
        int length = in.getInt();
        in.position(Math.addExact(in.position(), length));
      }
      in.getInt();
      byte[] key = new byte[Math.clamp(in.getInt(), 0, in.remaining())];
      in.get(key);
      return PublicKeyBlob.of(Bytes.of(key)).map(k -> new PublicKeyFile(k, ""));
    } catch (RuntimeException e) {
      return Optional.empty();
    }
  }

  /** The line of a {@code .pub} file, without its end. */
  public String line() {
    return key.type() + " " + key.base64() + (comment.isEmpty() ? "" : " " + comment);
  }

  /** Whether these are a key, of a type that is known, and not only a name and some bytes. */
  public static boolean wellFormed(PublicKeyBlob key) {
    Ed25519Support.register();
    try {
      return key.certificate()
          ? Certificate.of(key).isPresent()
          : new ByteArrayBuffer(key.bytes().toArray()).getRawPublicKey() != null;
    } catch (SshException | RuntimeException e) {
      return false;
    }
  }
}
