package wirebook.engine.ssh.client;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.server.Environment;
import org.apache.sshd.server.ExitCallback;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.auth.pubkey.AcceptAllPublickeyAuthenticator;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.command.Command;
import wirebook.engine.ssh.config.LocalHost;
import wirebook.engine.ssh.key.Ed25519Support;
import wirebook.net.RealNetwork;

/** A whole connection on loopback, so that the cache of classes has what ssh needs. */
public final class Rehearsal {
  private static final int TIMES = 2;

  private Rehearsal() {}

  /** Logs in to a server of its own and runs a command there. */
  public static void run() throws IOException, GeneralSecurityException, InterruptedException {
    Path folder =
        Files.createTempDirectory(
            "wirebook",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Ed25519Support.register();
    try (SshServer server = SshServer.setUpDefaultServer()) {
      KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
      Path key = folder.resolve("key");
      try (OutputStream out = Files.newOutputStream(key)) {
        OpenSSHKeyPairResourceWriter.INSTANCE.writePrivateKey(pair, "", null, out);
      }
      Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
      server.setHost("127.0.0.1");
      server.setPort(0);
      server.setKeyPairProvider(KeyPairProvider.wrap(pair));
      server.setPublickeyAuthenticator(AcceptAllPublickeyAuthenticator.INSTANCE);
      server.setCommandFactory((channel, command) -> new Echo());
      server.start();
      for (int i = 0; i < TIMES; i++) {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        SshResult result =
            SshTool.run(
                new SshEnvironment(
                    new ByteArrayOutputStream(),
                    said,
                    InputStream.nullInputStream(),
                    LocalHost.here(folder, Map.of("TERM", "xterm")),
                    new RealNetwork(),
                    false,
                    false,
                    (prompt, echo) -> Optional.empty(),
                    () -> {}),
                List.of(
                    "-vv",
                    "-oStrictHostKeyChecking=accept-new",
                    "-oUserKnownHostsFile=" + folder.resolve("known_hosts"),
                    "-i" + key,
                    "-p" + server.getPort(),
                    "127.0.0.1",
                    "true"));
        if (result.exitCode() != 0) {
          throw new IOException(said.toString(StandardCharsets.UTF_8));
        }
      }
      server.stop(true);
    } finally {
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(folder);
    }
  }

  /** A command that ends at once. */
  private static final class Echo implements Command {
    private Optional<ExitCallback> exit = Optional.empty();

    @Override
    public void setInputStream(InputStream in) {
      // It reads nothing.
    }

    @Override
    public void setOutputStream(OutputStream out) {
      // It says nothing.
    }

    @Override
    public void setErrorStream(OutputStream err) {
      // Neither here.
    }

    @Override
    public void setExitCallback(ExitCallback callback) {
      exit = Optional.of(callback);
    }

    @Override
    public void start(ChannelSession channel, Environment environment) {
      exit.ifPresent(e -> e.onExit(0));
    }

    @Override
    public void destroy(ChannelSession channel) {
      // Nothing is left of it.
    }
  }
}
