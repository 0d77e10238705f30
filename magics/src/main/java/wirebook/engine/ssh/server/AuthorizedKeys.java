package wirebook.engine.ssh.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import wirebook.engine.ssh.key.PublicKeyBlob;

/** {@code ~/.ssh/authorized_keys}, with sshd's strict modes (sshd_config(5), StrictModes). */
final class AuthorizedKeys {
  private static final long MOST_BYTES = 1 << 20;

  private AuthorizedKeys() {}

  /** Why a key does not open the account of a home folder; empty when it does. */
  static Optional<String> refuses(Path home, PublicKeyBlob key) {
    Path folder = home.resolve(".ssh");
    Path file = folder.resolve("authorized_keys");
    try {
      if (!Files.isRegularFile(file)) {
        return Optional.of("no authorized_keys");
      }
      for (Path each : List.of(home, folder, file)) {
        Set<PosixFilePermission> modes = Files.getPosixFilePermissions(each);
        if (modes.contains(PosixFilePermission.GROUP_WRITE)
            || modes.contains(PosixFilePermission.OTHERS_WRITE)) {
          return Optional.of(
              "Authentication refused: bad ownership or modes for "
                  + (Files.isDirectory(each) ? "directory " : "file ")
                  + each);
        }
      }
      if (Files.size(file) > MOST_BYTES) {
        return Optional.of(file + " is too large");
      }
      for (String line : Files.readString(file, StandardCharsets.UTF_8).lines().toList()) {
        // A line with options that are not kept here is no key: an option takes something away.
        Optional<PublicKeyBlob> listed =
            line.strip().startsWith("#") ? Optional.empty() : PublicKeyBlob.ofText(line.strip());
        if (listed.equals(Optional.of(key))) {
          return Optional.empty();
        }
      }
      return Optional.of("not in authorized_keys");
    } catch (IOException e) {
      return Optional.of(file + " cannot be read");
    }
  }
}
