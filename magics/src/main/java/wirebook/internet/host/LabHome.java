package wirebook.internet.host;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.util.List;
import java.util.Set;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;
import wirebook.internet.topology.Topology;
import wirebook.net.TemporaryFolder;

/**
 * The home folder that the student has in the lab, so that its keys and known hosts never mix with
 * those of the machine. It lasts as long as this process.
 */
public final class LabHome {
  /** The student's name on the lab's hosts. */
  public static final String USER = "student";

  /** The folder of keys and known hosts in a home. */
  public static final String KEYS = ".ssh";

  private static final String CONFIG =
      """
      # The lab's hosts are believed at first sight, and remembered: as if one said yes to ssh's question.
      # With "ask" in the place of "accept-new" ssh asks.
      Host *
          StrictHostKeyChecking accept-new
      """;

  private final Path folder;
  private final String publicKey;
  private final Set<String> atFirst;

  public LabHome() {
    try {
      folder = made(TemporaryFolder.get());
      Path ssh = folder.resolve(KEYS);
      Files.createDirectories(ssh);
      modes(ssh, "rwx------");
      KeyPair pair = KeyUtils.generateKeyPair("ecdsa-sha2-nistp256", 256);
      publicKey = PublicKeyEntry.toString(pair.getPublic()) + " " + USER + "@" + Topology.HERE;
      ByteArrayOutputStream secret = new ByteArrayOutputStream();
      OpenSSHKeyPairResourceWriter.INSTANCE.writePrivateKey(
          pair, USER + "@" + Topology.HERE, null, secret);
      Path key = Files.createFile(ssh.resolve("id_ecdsa"));
      modes(key, "rw-------");
      Files.write(key, secret.toByteArray());
      Files.writeString(ssh.resolve("id_ecdsa.pub"), publicKey + "\n", StandardCharsets.UTF_8);
      Files.writeString(ssh.resolve("config"), CONFIG, StandardCharsets.UTF_8);
      modes(ssh.resolve("config"), "rw-------");
      atFirst = HostFiles.state(ssh);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The plain name is free, unless there are several labs. */
  private static Path made(Path parent) throws IOException {
    try {
      return Files.createDirectory(parent.resolve(USER));
    } catch (FileAlreadyExistsException e) {
      return Files.createTempDirectory(parent, USER);
    }
  }

  private static void modes(Path file, String modes) throws IOException {
    if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(modes));
    }
  }

  public Path folder() {
    return folder;
  }

  /** The names of the files in its folder of keys that are new or changed, in their order. */
  public List<String> changed() {
    return HostFiles.state(folder.resolve(KEYS)).stream()
        .filter(file -> !atFirst.contains(file))
        .map(file -> file.replaceFirst(" .*", ""))
        .sorted()
        .toList();
  }

  /** The line of the key that the lab's hosts know already. */
  public String publicKey() {
    return publicKey;
  }
}
