package wirebook.engine.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import wirebook.engine.ssh.RealSshd.Run;
import wirebook.engine.ssh.transcript.SshSession;
import wirebook.engine.ssh.transcript.SshStep;
import wirebook.net.UnixSocket;
import wirebook.peer.Peer;
import wirebook.peer.PeerPort;

/** {@code %ssh} against OpenSSH's server. */
@Peer(value = "ssh", of = "openssh-client")
@Peer(value = "sshd", of = "openssh-server")
class SshIT {
  @TempDir static Path folder;
  static RealSshd server;

  @BeforeAll
  static void start() throws Exception {
    server = RealSshd.start(folder);
  }

  @AfterAll
  static void stop() throws Exception {
    if (server != null) {
      server.close();
    }
  }

  private static Run ssh(String... words) throws InterruptedException {
    return server.ssh(List.of(), "", words);
  }

  private static String key() {
    return "-i" + folder.resolve("key");
  }

  @Test
  void theExitStatusIsTheCommandsAndTheStreamsStayApart() throws Exception {
    Run run = ssh(key(), "127.0.0.1", "echo out; echo err >&2; exit 3");
    assertThat(run.err()).isEqualTo("err\n");
    assertThat(run.out()).isEqualTo("out\n");
    assertThat(run.exit()).isEqualTo(3);
    assertThat(run.result().stdout().text()).isEqualTo("out\n");
    assertThat(run.result().stderr().text()).isEqualTo("err\n");
  }

  @Test
  void aGroupExchangeAsksForAGroupAsStrongAsTheCipher() throws Exception {
    for (String[] each :
        new String[][] {{"aes128-ctr", "3072"}, {"aes192-ctr", "7680"}, {"aes256-ctr", "8192"}}) {
      Run run =
          ssh(
              key(),
              "-vv",
              "-oKexAlgorithms=diffie-hellman-group-exchange-sha256",
              "-c" + each[0],
              "127.0.0.1",
              "true");
      assertThat(run.err())
          .contains("debug1: SSH2_MSG_KEX_DH_GEX_REQUEST(2048<" + each[1] + "<8192) sent")
          .containsPattern("debug2: bits set: [0-9]+/" + each[1] + "\n");
      assertThat(run.exit()).isZero();
    }
  }

  @Test
  void theKeysAreExchangedAgainAfterSoManyBytesButNotDuringTheLogin() throws Exception {
    for (String limit : List.of("16", "64K")) {
      Run run =
          ssh(
              key(),
              "-oRekeyLimit=" + limit,
              "127.0.0.1",
              "head -c 200000 /dev/zero; sleep 0.2; head -c 200000 /dev/zero");
      assertThat(run.err()).isEmpty();
      assertThat(run.out()).hasSize(400_000);
      assertThat(run.result().sessions().getFirst().steps())
          .filteredOn(step -> step.name().equals("SSH_MSG_NEWKEYS"))
          .hasSizeGreaterThan(2);
    }
  }

  @Test
  void algorithmsThatAreNotHereAreToldOf() throws Exception {
    for (String option :
        List.of(
            "-oKexAlgorithms=sntrup761x25519-sha512@openssh.com",
            "-oHostKeyAlgorithms=sk-ssh-ed25519-cert-v01@openssh.com",
            "-oMACs=umac-64@openssh.com")) {
      Run run = ssh(key(), option, "127.0.0.1", "true");
      assertThat(run.exit()).isEqualTo(255);
      assertThat(run.err())
          .matches("No [a-zA-Z ]+ left to propose: Wirebook has no [^ ]+@openssh.com\n");
    }
  }

  @Test
  void theCommandReadsTheInputUntilItsEnd() throws Exception {
    Run run = server.ssh(List.of(), "one\ntwo\n", key(), "127.0.0.1", "wc -l");
    assertThat(run.out().strip()).isEqualTo("2");
  }

  @Test
  void whatKillsTheCommandIsOurFailure() throws Exception {
    assertThat(ssh(key(), "127.0.0.1", "kill -9 $$").exit()).isEqualTo(255);
  }

  @Test
  void variablesAreSentAsConfigured() throws Exception {
    Run run =
        ssh(key(), "-oSendEnv=GREET*", "-oSetEnv=OTHER=x", "127.0.0.1", "echo $GREETING $OTHER");
    assertThat(run.out()).isEqualTo("hello x\n");
  }

  @Test
  void withoutAKeyTheUserIsRefusedInOpenSshsWords() throws Exception {
    Run run = ssh("-oIdentityFile=none", "-oBatchMode=yes", "127.0.0.1", "true");
    assertThat(run.exit()).isEqualTo(255);
    assertThat(run.err()).endsWith("@127.0.0.1: Permission denied (publickey).\n");
  }

  @Test
  void anEncryptedKeyOpensWithItsPassphraseOnly() throws Exception {
    String locked = folder.resolve("locked").toString();
    Run wrong =
        server.ssh(List.of("wrong", "open sesame"), "", "-i", locked, "127.0.0.1", "echo in");
    assertThat(wrong.out()).isEqualTo("in\n");
    assertThat(wrong.err()).contains("Enter passphrase for key '" + locked + "': ");
    Run never = server.ssh(List.of("no", "no", "no"), "", "-i", locked, "127.0.0.1", "true");
    assertThat(never.exit()).isEqualTo(255);
  }

  @Test
  void aKeyThatOthersMayReadIsNotUsed() throws Exception {
    Path exposed = folder.resolve("exposed");
    Files.copy(folder.resolve("key"), exposed);
    Files.setPosixFilePermissions(exposed, PosixFilePermissions.fromString("rw-r--r--"));
    Run run = ssh("-i" + exposed, "127.0.0.1", "true");
    assertThat(run.exit()).isEqualTo(255);
    assertThat(run.err())
        .contains("WARNING: UNPROTECTED PRIVATE KEY FILE!")
        .contains("Permissions 0644 for '" + exposed + "' are too open.");
  }

  /** What OpenSSH's client says of the same words. */
  private static String theirs(List<String> words) throws Exception {
    List<String> all = new ArrayList<>(List.of("/usr/bin/ssh"));
    all.addAll(words);
    ProcessBuilder builder = new ProcessBuilder(all);
    builder.environment().remove("SSH_AUTH_SOCK");
    Process process = builder.start();
    process.getOutputStream().close();
    String said = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    return process.waitFor() + " " + said.replace("\r", "");
  }

  @Test
  void brokenKeysAreToldOfAsOpenSshTells() throws Exception {
    Path keys = Files.createDirectory(folder.resolve("broken"));
    String good = Files.readString(folder.resolve("key"));
    String locked = Files.readString(folder.resolve("locked"));
    Map<String, String> broken =
        Map.ofEntries(
            Map.entry("empty", ""),
            Map.entry("text", "no key at all\n"),
            Map.entry("half", good.substring(0, good.length() / 2)),
            Map.entry("begin", "-----BEGIN OPENSSH PRIVATE KEY-----\n"),
            Map.entry("noend", good.replace("-----END OPENSSH PRIVATE KEY-----\n", "")),
            Map.entry("nobase64", good.replace("b3BlbnNz", "????????")),
            Map.entry("nomagic", good.replace("b3BlbnNz", "AAAAAAAA")),
            Map.entry("public", Files.readString(folder.resolve("key.pub"))),
            Map.entry("cut", good.replaceFirst("(?s)\n[^\n]*\n(-----END)", "\n$1")),
            Map.entry("lockedcut", locked.replaceFirst("(?s)\n[^\n]*\n(-----END)", "\n$1")),
            Map.entry(
                "pem", "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n"),
            Map.entry("pkcs8", "-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----\n"));
    for (Map.Entry<String, String> each : broken.entrySet()) {
      Path file = keys.resolve(each.getKey());
      Files.writeString(file, each.getValue());
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }
    Files.createDirectory(
        keys.resolve("folder"),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Files.createSymbolicLink(keys.resolve("nowhere"), keys.resolve("nothing"));
    List<String> expected = new ArrayList<>();
    List<String> said = new ArrayList<>();
    try (var files = Files.list(keys)) {
      for (Path file : files.sorted().toList()) {
        List<String> words =
            List.of(
                "-F",
                "none",
                "-p",
                "" + server.port,
                "-oUserKnownHostsFile=" + folder.resolve("known_hosts"),
                "-oGlobalKnownHostsFile=none",
                "-oIdentityAgent=none",
                "-oBatchMode=yes",
                "-i" + file,
                "127.0.0.1",
                "true");
        Run ours = RealSshd.run(folder, List.of(), "", words);
        expected.add(theirs(words));
        said.add(ours.exit() + " " + ours.err());
      }
    }
    assertThat(said).isEqualTo(expected);
  }

  @Test
  void aKeyThatTheAgentKeepsForThisHostIsNotSeenByThatHost() throws Exception {
    RealSshd.keygen(folder, "kept", "");
    RealSshd.keygen(folder, "free", "");
    Path known = folder.resolve("known_here");
    Files.writeString(known, "here " + Files.readString(folder.resolve("host.pub")));
    Path socket = folder.resolve("agent");
    Process agent =
        new ProcessBuilder("ssh-agent", "-D", "-a", socket.toString())
            .redirectErrorStream(true)
            .start();
    try {
      Awaitility.await().until(() -> Files.exists(socket));
      add(socket, "-h", "here", "-H", known.toString(), folder.resolve("kept").toString());
      add(socket, folder.resolve("free").toString());
      Run run = ssh(key(), "-oForwardAgent=" + socket, "127.0.0.1", "ssh-add -L");
      assertThat(run.out()).isEqualTo(Files.readString(folder.resolve("free.pub")));
    } finally {
      agent.destroy();
    }
  }

  private static void add(Path agent, String... words) throws Exception {
    List<String> command = new ArrayList<>(List.of("ssh-add", "-q"));
    command.addAll(List.of(words));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("SSH_AUTH_SOCK", agent.toString());
    Process process = builder.start();
    assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
        .isEmpty();
    assertThat(process.waitFor()).isZero();
  }

  @Test
  void aConnectionThatPersistsIsLookedAtAndEndedFromOtherCells() throws Exception {
    String path = "-S" + folder.resolve("control");
    Run run = ssh(key(), "-M", path, "-oControlPersist=yes", "127.0.0.1", "echo one");
    assertThat(run.out()).isEqualTo("one\n");
    assertThat(run.result().connection().present()).isTrue();
    assertThat(ssh(path, "-O", "check", "127.0.0.1").err()).startsWith("Master running (pid=");
    Run other = ssh(key(), path, "-oControlMaster=auto", "127.0.0.1", "echo two");
    assertThat(other.out() + other.err()).isEqualTo("two\n");
    assertThat(ssh(path, "-O", "exit", "127.0.0.1").err()).isEqualTo("Exit request sent.\n");
    Awaitility.await().until(() -> Files.notExists(folder.resolve("control")));
    assertThat(ssh(path, "-O", "check", "127.0.0.1").exit()).isEqualTo(255);
  }

  @Test
  void aChangedHostKeyEndsTheConnection() throws Exception {
    RealSshd.keygen(folder, "mallory", "");
    Path known = folder.resolve("known_changed");
    Files.writeString(
        known,
        "[127.0.0.1]:" + server.port + " " + Files.readString(folder.resolve("mallory.pub")));
    Run run = ssh("-oUserKnownHostsFile=" + known, key(), "127.0.0.1", "true");
    // The first of two settings counts, and that is the test's own.
    assertThat(run.exit()).isZero();
    Run changed =
        RealSshd.run(
            folder,
            List.of(),
            "",
            List.of(
                "-F",
                "none",
                "-p",
                "" + server.port,
                "-oUserKnownHostsFile=" + known,
                "-oGlobalKnownHostsFile=none",
                key(),
                "127.0.0.1",
                "true"));
    assertThat(changed.exit()).isEqualTo(255);
    assertThat(changed.err())
        .contains("@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @")
        .contains("Offending ED25519 key in " + known + ":1")
        .endsWith("Host key verification failed.\n");
  }

  @Test
  void anUnknownHostIsAskedForAndRecorded() throws Exception {
    Path known = folder.resolve("known_new");
    List<String> words =
        List.of(
            "-F",
            "none",
            "-p",
            "" + server.port,
            "-oUserKnownHostsFile=" + known,
            "-oGlobalKnownHostsFile=none",
            key(),
            "127.0.0.1",
            "true");
    Run refused = RealSshd.run(folder, List.of("maybe", "no"), "", words);
    assertThat(refused.exit()).isEqualTo(255);
    assertThat(refused.err()).contains("Please type 'yes', 'no' or the fingerprint: ");
    assertThat(known).doesNotExist();
    Run accepted = RealSshd.run(folder, List.of("yes"), "", words);
    assertThat(accepted.exit()).isZero();
    assertThat(accepted.err())
        .contains("can't be established.\nED25519 key fingerprint is SHA256:")
        .contains("Warning: Permanently added '[127.0.0.1]:" + server.port + "' (ED25519)");
    assertThat(Files.readString(known)).startsWith("[127.0.0.1]:" + server.port + " ssh-ed25519 ");
  }

  @Test
  void aPortOfHereLeadsThereUntilTheValueIsClosed() throws Exception {
    int port = PeerPort.find();
    Run run = ssh(key(), "-N", "-L", port + ":127.0.0.1:" + server.port, "127.0.0.1");
    assertThat(run.exit()).isZero();
    assertThat(run.result().connection().present()).isTrue();
    try (Socket socket = new Socket("127.0.0.1", port)) {
      assertThat(new String(socket.getInputStream().readNBytes(8), StandardCharsets.US_ASCII))
          .isEqualTo("SSH-2.0-");
    }
    run.result().close();
    assertThatThrownBy(() -> new Socket("127.0.0.1", port).close())
        .isInstanceOf(java.net.ConnectException.class);
  }

  /** Who listens, and where that leads; the last port is that of the server. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "-L PORT:127.0.0.1:SERVER",
        "-L FOLDER/near:127.0.0.1:SERVER",
        "-R PORT:127.0.0.1:SERVER",
        "-R FOLDER/far:127.0.0.1:SERVER"
      })
  @Timeout(60)
  void theEndOfOneDirectionIsPassedOnAndTheOtherGoesOn(String forward) throws Exception {
    try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      listening.setSoTimeout(20_000);
      int port = PeerPort.find();
      String[] words =
          forward
              .replace("PORT", "" + port)
              .replace("FOLDER", folder.toString())
              .replace("SERVER", "" + listening.getLocalPort())
              .split(" ");
      Run run = ssh(key(), "-N", words[0], words[1], "127.0.0.1");
      String path = words[1].substring(0, words[1].indexOf(':'));
      try (Socket client =
              path.startsWith("/")
                  ? UnixSocket.connect(Path.of(path))
                  : new Socket("127.0.0.1", port);
          Socket served = listening.accept()) {
        served.setSoTimeout(20_000);
        served.getOutputStream().write('s');
        served.shutdownOutput();
        assertThat(client.getInputStream().readAllBytes()).containsExactly('s');
        client.getOutputStream().write('c');
        client.shutdownOutput();
        assertThat(served.getInputStream().readAllBytes()).containsExactly('c');
      }
      run.result().close();
    }
  }

  @Test
  void aHostBehindThatRefusesIsToldInOpenSshsWords() throws Exception {
    Run run = ssh(key(), "-W", "127.0.0.1:1", "127.0.0.1");
    assertThat(run.exit()).isEqualTo(255);
    assertThat(run.err())
        .isEqualTo(
            """
            channel 0: open failed: connect failed: Connection refused
            stdio forwarding failed
            """);
    Run jump = ssh(key(), "-J", "127.0.0.1:1", "127.0.0.1", "true");
    assertThat(jump.err())
        .isEqualTo(
            """
            ssh: connect to host 127.0.0.1 port 1: Connection refused
            kex_exchange_identification: Connection closed by remote host
            Connection closed by UNKNOWN port 65535
            """);
  }

  @Test
  void aRefusedForwardingIsClosedWhole() throws Exception {
    Run run = ssh(key(), "-N", "-R", "0", "-oPermitRemoteOpen=127.0.0.1:1", "127.0.0.1");
    int port =
        Integer.parseInt(run.err().replaceFirst("(?s).*Allocated port ([0-9]+) for.*", "$1"));
    try (Socket socket = new Socket("127.0.0.1", port)) {
      socket.setSoTimeout(20_000);
      // SOCKS 5: CONNECT to 127.0.0.1, port 2.
      socket.getOutputStream().write(new byte[] {5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, 0, 2});
      socket.getInputStream().readAllBytes();
      // Once the server has closed its socket whole, what is written comes back as a reset.
      Awaitility.await()
          .untilAsserted(
              () ->
                  assertThatThrownBy(() -> socket.getOutputStream().write(0))
                      .isInstanceOf(IOException.class));
    }
    run.result().close();
  }

  @Test
  void noFolderIsMadeForAHostThatIsNew() throws Exception {
    String known = folder + "/elsewhere/known";
    Run run =
        RealSshd.run(
            folder,
            List.of(),
            "",
            List.of(
                "-F",
                "none",
                "-p",
                "" + server.port,
                "-oStrictHostKeyChecking=no",
                "-oUserKnownHostsFile=" + known,
                "-oGlobalKnownHostsFile=none",
                key(),
                "127.0.0.1",
                "true"));
    assertThat(run.exit()).isZero();
    assertThat(run.err())
        .isEqualTo("Failed to add the host to the list of known hosts (" + known + ").\n");
    assertThat(folder.resolve("elsewhere")).doesNotExist();
  }

  @Test
  void aJumpLeadsThroughAnotherHost() throws Exception {
    Path config = folder.resolve("jump_config");
    Files.writeString(
        config,
        """
        Host *
          HostName 127.0.0.1
          Port %d
          IdentityFile %s
          UserKnownHostsFile %s
        Host far
          ProxyJump near
        """
            .formatted(server.port, folder.resolve("key"), folder.resolve("known_hosts")));
    Run run =
        RealSshd.run(
            folder, List.of(), "", List.of("-F", config.toString(), "far", "echo $SSH_CLIENT"));
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).startsWith("127.0.0.1 ");
    assertThat(run.result().sessions()).hasSize(2);
  }

  @Test
  void theValueHasTheSixPhasesAndNoSecret() throws Exception {
    Run run =
        server.ssh(
            List.of("open sesame"),
            "",
            "-vvv",
            "-i" + folder.resolve("locked"),
            "127.0.0.1",
            "true");
    SshSession session = run.result().sessions().getFirst();
    assertThat(session.steps().stream().map(SshStep::phase).distinct())
        .containsExactlyInAnyOrder(SshStep.Phase.values());
    assertThat(session.steps().getFirst().words()).startsWith("SSH-2.0-");
    assertThat(session.chosen()).containsEntry("host key", "ssh-ed25519");
    assertThat(session.method()).contains("publickey");
    assertThat(session.fingerprint().orElseThrow()).startsWith("SHA256:");
    String secret = Files.readString(folder.resolve("locked"));
    String all = run.out() + run.err() + run.result() + session;
    assertThat(all).doesNotContain("open sesame");
    secret.lines().filter(l -> l.length() > 40).forEach(l -> assertThat(all).doesNotContain(l));
  }

  @Test
  void withoutATerminalHereTheOneThereHasNoSize() throws Exception {
    assertThat(
            server
                .ssh(List.of(), "", "-tt", "-i" + folder.resolve("key"), "127.0.0.1", "stty size")
                .out())
        .isEqualTo("0 0\r\n");
  }
}
