package wirebook.internet.host;

import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Optional;
import wirebook.engine.ssh.server.SshHost;

/**
 * An account on a host, with the small shell.
 *
 * @param secret its password; none for keys alone
 */
public record HostUser(HostView host, String user, Optional<String> secret, HostFiles files)
    implements SshHost.Account {
  @Override
  public Path home() {
    return files.home();
  }

  @Override
  public boolean password(String given) {
    return secret
        .filter(
            right ->
                MessageDigest.isEqual(
                    right.getBytes(StandardCharsets.UTF_8), given.getBytes(StandardCharsets.UTF_8)))
        .isPresent();
  }

  @Override
  public SeekableByteChannel limited(SeekableByteChannel file) {
    return files.limited(file);
  }

  @Override
  public int run(SshHost.Session session) throws InterruptedException {
    return new HostShell(host, user, files, session).run(session);
  }

  @Override
  public String toString() {
    return user + "@" + host.name();
  }
}
