package wirebook.engine.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.awaitility.Awaitility;
import wirebook.engine.ssh.client.SshEnvironment;
import wirebook.engine.ssh.client.SshResult;
import wirebook.engine.ssh.client.SshTool;
import wirebook.engine.ssh.config.LocalHost;
import wirebook.net.RealNetwork;
import wirebook.peer.PeerPort;

/** OpenSSH's server on a free port of loopback, with a key of its own and one for its user. */
final class RealSshd implements AutoCloseable {
  private static final Path SSHD = Path.of("/usr/sbin/sshd");

  final Path folder;
  final int port;
  private final Process process;

  private RealSshd(Path folder, int port, Process process) {
    this.folder = folder;
    this.port = port;
    this.process = process;
  }

  static RealSshd start(Path folder) throws Exception {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    keygen(folder, "host", "");
    keygen(folder, "key", "");
    keygen(folder, "locked", "open sesame");
    Files.writeString(
        folder.resolve("authorized"),
        Files.readString(folder.resolve("key.pub"))
            + Files.readString(folder.resolve("locked.pub")));
    int port = PeerPort.find();
    Files.writeString(
        folder.resolve("sshd_config"),
        """
        Port %d
        ListenAddress 127.0.0.1
        HostKey %s/host
        AuthorizedKeysFile %s/authorized
        StrictModes no
        UsePAM no
        PasswordAuthentication no
        KbdInteractiveAuthentication no
        AcceptEnv *
        PidFile none
        """
            .formatted(port, folder, folder));
    if (Files.isWritable(Path.of("/run"))) {
      Files.createDirectories(Path.of("/run/sshd"));
    }
    Process process =
        new ProcessBuilder(
                SSHD.toString(), "-D", "-e", "-f", folder.resolve("sshd_config").toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile())
            .start();
    Awaitility.await()
        .until(() -> Files.readString(folder.resolve("log")).contains("Server listening"));
    Files.writeString(
        folder.resolve("known_hosts"),
        "[127.0.0.1]:" + port + " " + Files.readString(folder.resolve("host.pub")));
    return new RealSshd(folder, port, process);
  }

  /** A configuration for a client that knows the server and has one of the user's keys. */
  String config(String key) throws IOException {
    return Files.writeString(
            folder.resolve("client_config"),
            """
            IdentityFile %1$s/%2$s
            UserKnownHostsFile %1$s/known_hosts
            GlobalKnownHostsFile none
            IdentityAgent none
            """
                .formatted(folder, key))
        .toString();
  }

  static void keygen(Path folder, String name, String passphrase) throws Exception {
    assertThat(
            new ProcessBuilder(
                    "ssh-keygen",
                    "-q",
                    "-t",
                    "ed25519",
                    "-N",
                    passphrase,
                    "-f",
                    folder.resolve(name).toString())
                .start()
                .waitFor())
        .isZero();
  }

  /** What a command printed, and what it gave. */
  record Run(SshResult result, String out, String err) {
    int exit() {
      return result.exitCode();
    }
  }

  /** Runs ssh against this server; {@code answers} are typed one after the other. */
  Run ssh(List<String> answers, String input, String... words) throws InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "-F",
                "none",
                "-p",
                "" + port,
                "-oUserKnownHostsFile=" + folder.resolve("known_hosts"),
                "-oGlobalKnownHostsFile=none",
                "-oIdentityAgent=none"));
    command.addAll(List.of(words));
    return run(folder, answers, input, command);
  }

  static Run run(Path folder, List<String> answers, String input, List<String> words)
      throws InterruptedException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    List<String> left = new ArrayList<>(answers);
    SshResult result =
        SshTool.run(
            new SshEnvironment(
                out,
                err,
                input.isEmpty()
                    ? InputStream.nullInputStream()
                    : new java.io.ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                LocalHost.here(folder, Map.of("PATH", "/usr/bin:/bin", "GREETING", "hello")),
                new RealNetwork(),
                true,
                false,
                (prompt, echo) -> {
                  err.writeBytes(prompt.getBytes(StandardCharsets.UTF_8));
                  return left.isEmpty() ? Optional.empty() : Optional.of(left.removeFirst());
                },
                () -> {}),
            words);
    return new Run(
        result, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  @Override
  public void close() throws IOException {
    process.destroy();
  }
}
