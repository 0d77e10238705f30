package wirebook.magics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import wirebook.engine.ssh.server.SshDaemon;
import wirebook.internet.Internets;
import wirebook.magics.serve.Serve;
import wirebook.magics.ssh.Ssh;
import wirebook.peer.Peer;
import wirebook.peer.PeerPort;

/** OpenSSH's client at our servers. */
@Peer(value = "ssh", of = "openssh-client")
@Peer(value = "scp", of = "openssh-client")
class ServeSshIT {
  private final Internets internets = new Internets("lab");
  @TempDir private Path folder;
  private TestCells cells = new TestCells(internets, Path.of(""));

  @BeforeEach
  void start() {
    cells = new TestCells(internets, folder);
  }

  @AfterEach
  void close() throws Exception {
    internets.close();
  }

  private record Ran(int exit, String text) {}

  private Process start(String... words) throws IOException {
    List<String> all = new ArrayList<>(List.of(words));
    all.addAll(
        1,
        List.of(
            "-i",
            "key",
            "-F",
            "none",
            "-o",
            "IdentitiesOnly=yes",
            "-o",
            "BatchMode=yes",
            "-o",
            "StrictHostKeyChecking=no",
            "-o",
            "UserKnownHostsFile=" + folder + "/known"));
    return new ProcessBuilder(all).directory(folder.toFile()).redirectErrorStream(true).start();
  }

  private Ran run(String... words) throws Exception {
    Process process = start(words);
    process.getOutputStream().close();
    try (InputStream in = process.getInputStream()) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return new Ran(process.waitFor(), text);
    }
  }

  /** As soon as somebody listens there. */
  private static Socket connect(int port) {
    return Awaitility.await()
        .ignoreException(ConnectException.class)
        .until(() -> new Socket("127.0.0.1", port), Socket::isConnected);
  }

  private void key() throws Exception {
    Process process =
        new ProcessBuilder("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder + "/key")
            .inheritIO()
            .start();
    assertThat(process.waitFor()).isZero();
  }

  @Test
  void theirClientRunsCommandsAndCopiesFiles() throws Exception {
    key();
    try (SshDaemon daemon = (SshDaemon) cells.run(new Serve(), "serve --ssh 0 --key key.pub")) {
      String port = String.valueOf(daemon.port());
      Ran echo = run("ssh", "-p", port, "student@127.0.0.1", "echo out; echo err >&2; exit 3");
      assertThat(echo.exit).as(echo.text).isEqualTo(3);
      assertThat(echo.text).contains("out\n", "err\n");
      Files.write(folder.resolve("large"), new byte[3_000_000]);
      assertThat(run("scp", "-P", port, "large", "student@127.0.0.1:there").text).isEmpty();
      assertThat(run("scp", "-P", port, "student@127.0.0.1:there", "back").text).isEmpty();
      assertThat(folder.resolve("back")).hasSize(3_000_000);
      Files.setPosixFilePermissions(
          folder.resolve("large"), PosixFilePermissions.fromString("rw-rw-r--"));
      assertThat(run("scp", "-O", "-P", port, "large", "student@127.0.0.1:old").text).isEmpty();
      assertThat(run("ssh", "-p", port, "student@127.0.0.1", "ls -l old").text)
          .startsWith("-rw-r--r-- ");
      assertThat(run("ssh", "-p", port, "student@127.0.0.1", "cat /etc/shadow; ls /root").text)
          .contains("cat: /etc/shadow: No such file or directory", "ls: cannot access '/root'");
      assertThat(run("ssh", "-p", port, "root@127.0.0.1", "id").exit).isEqualTo(255);
    }
  }

  @Test
  void whatIsWeakIsNotSpokenAndTheKeyExchangeIsStrict() throws Exception {
    key();
    try (SshDaemon daemon = (SshDaemon) cells.run(new Serve(), "serve --ssh 0 --key key.pub")) {
      String port = String.valueOf(daemon.port());
      assertThat(run("ssh", "-vvv", "-p", port, "student@127.0.0.1", "true").text)
          .contains("kex-strict-s-v00@openssh.com", "will use strict KEX ordering");
      for (String weak :
          List.of(
              "KexAlgorithms=diffie-hellman-group14-sha1",
              "Ciphers=aes128-cbc",
              "HostKeyAlgorithms=ssh-rsa")) {
        assertThat(run("ssh", "-o", weak, "-p", port, "student@127.0.0.1", "true").text)
            .as(weak)
            .contains("no matching");
      }
      for (String strong :
          List.of(
              "KexAlgorithms=ecdh-sha2-nistp256",
              "KexAlgorithms=ecdh-sha2-nistp521",
              "KexAlgorithms=diffie-hellman-group-exchange-sha256",
              "KexAlgorithms=diffie-hellman-group14-sha256")) {
        assertThat(run("ssh", "-o", strong, "-p", port, "student@127.0.0.1", "true").exit)
            .as(strong)
            .isZero();
      }
      assertThat(
              run(
                      "ssh",
                      "-oCiphers=aes128-ctr",
                      "-oMACs=hmac-sha2-512",
                      "-p",
                      port,
                      "student@127.0.0.1",
                      "true")
                  .exit)
          .isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-L", "-R"})
  @Timeout(60)
  void theirClientHearsTheEndOfEachDirectionOfATunnel(String kind) throws Exception {
    key();
    try (SshDaemon daemon =
            (SshDaemon) cells.run(new Serve(), "serve --ssh 0 --key key.pub --forward");
        ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      listening.setSoTimeout(20_000);
      int port = PeerPort.find();
      String forward = port + ":127.0.0.1:" + listening.getLocalPort();
      Process ssh =
          start("ssh", "-N", kind, forward, "-p", "" + daemon.port(), "student@127.0.0.1");
      try (Socket client = connect(port);
          Socket served = listening.accept()) {
        client.setSoTimeout(20_000);
        served.setSoTimeout(20_000);
        served.getOutputStream().write('s');
        served.shutdownOutput();
        assertThat(client.getInputStream().readAllBytes()).containsExactly('s');
        client.getOutputStream().write('c');
        client.shutdownOutput();
        assertThat(served.getInputStream().readAllBytes()).containsExactly('c');
      } finally {
        ssh.destroy();
      }
    }
  }

  @Test
  void theLabsHostsCanBeReachedFromOutside() throws Exception {
    key();
    cells.run(
        new Ssh(),
        "%%ssh --password hopper grace@shell.class.example mkdir -p .ssh;chmod 700 .ssh;cat >"
            + " .ssh/authorized_keys;chmod 600 .ssh/authorized_keys\n"
            + Files.readString(folder.resolve("key.pub")));
    int port = internets.lab().logins().sshPort("shell.class.example");
    assertThat(run("ssh", "-p", "" + port, "grace@127.0.0.1", "hostname; whoami").text)
        .contains("shell.class.example\ngrace\n");
  }
}
