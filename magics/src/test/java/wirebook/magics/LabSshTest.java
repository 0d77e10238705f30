package wirebook.magics;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import wirebook.engine.ssh.client.SshResult;
import wirebook.internet.Internets;
import wirebook.magics.lab.Internet;
import wirebook.magics.shell.WriteFile;
import wirebook.magics.ssh.Ssh;
import wirebook.magics.ssh.SshKeygen;
import wirebook.trace.Bytes;

/** The lab's hosts as one finds them over SSH. */
@Tag("slow")
class LabSshTest {
  private final Internets internets = new Internets("lab");
  private final TestCells cells = new TestCells(internets, Path.of("").toAbsolutePath());

  @AfterEach
  void close() throws Exception {
    internets.close();
  }

  private SshResult ssh(String words) throws InterruptedException {
    return (SshResult) cells.run(new Ssh(), "ssh " + words);
  }

  private String out(String words) throws InterruptedException {
    return new String(ssh(words).stdout().toArray(), StandardCharsets.UTF_8);
  }

  @Test
  void theStudentsKeyOpensTheNeighbour() throws Exception {
    assertThat(out("student@neighbour hostname;whoami;pwd"))
        .isEqualTo("neighbour\nstudent\n/home/student\n");
    assertThat(internets.lab().logins().log("neighbour"))
        .singleElement()
        .asString()
        .startsWith("Accepted publickey for student from 192.0.2.10 port ")
        .contains(" ssh2: ECDSA SHA256:");
  }

  @Test
  void aCommandsStatusAndBothItsStreamsComeBack() throws Exception {
    SshResult result = ssh("ada@shell.class.example foo;echo out;exit 3");
    assertThat(result.exitCode()).isEqualTo(3);
    assertThat(new String(result.stdout().toArray(), StandardCharsets.UTF_8)).isEqualTo("out\n");
    assertThat(new String(result.stderr().toArray(), StandardCharsets.UTF_8))
        .isEqualTo("bash: foo: command not found\n");
    assertThat(ssh("ada@shell.class.example foo").exitCode()).isEqualTo(127);
  }

  @Test
  void whatWasAskedForAndHowMuchItTookIsSaidWithV() throws Exception {
    ssh("-v student@neighbour echo hi");
    assertThat(cells.printed())
        .contains("debug1: Sending command: echo hi")
        .containsPattern("Transferred: sent \\d+, received \\d+ bytes, in \\d+\\.\\d seconds")
        .containsPattern("Bytes per second: sent [\\d.]+, received [\\d.]+");
  }

  @Test
  void aHostHasItsOwnViewOfTheNetwork() throws Exception {
    assertThat(out("student@neighbour ip -4 -br addr")).contains("192.0.2.20/24");
    assertThat(out("ada@shell.class.example dig +short www.class.example A"))
        .isEqualTo("203.0.113.10\n");
    assertThat(out("ada@shell.class.example ss -tln")).contains("0.0.0.0:22");
  }

  @Test
  void aToolEndsWithThePipeThatItWritesTo() throws Exception {
    assertThat(out("student@neighbour ping 192.0.2.10 | head -2")).startsWith("PING 192.0.2.10 ");
  }

  @Test
  void nobodyGetsInWithoutAKeyOrThePassword() throws Exception {
    SshResult result = ssh("-o BatchMode=yes grace@shell.class.example true");
    assertThat(result.exitCode()).isEqualTo(255);
    assertThat(new String(result.stderr().toArray(), StandardCharsets.UTF_8) + cells.printed())
        .contains("Permission denied (publickey,password).");
    assertThat(ssh("-o BatchMode=yes mallory@shell.class.example true").exitCode()).isEqualTo(255);
  }

  @Test
  void aForwardedPortLeadsToTheLocalhostOfTheOtherEnd() throws Exception {
    assertThat(out("ada@shell.class.example curl -s localhost:8000")).contains("kingfisher");
    assertThat(out("ada@shell.class.example nc -zv 203.0.113.22 8000 2>&1"))
        .contains("port 8000 (tcp) failed: Connection refused");
    assertThat(ssh("-J ada@shell.class.example ada@vault.class.example curl -s localhost:8000"))
        .satisfies(r -> assertThat(r.stdout().toArray()).asString().contains("heron"));
    assertThat(ssh("ada@vault.class.example true").exitCode()).isEqualTo(255);
    assertThat(cells.printed()).contains("port 22: Connection timed out");
  }

  @Test
  void whatAHostCannotReachIsSaidAsOpenSshsServerSaysIt() throws Exception {
    assertThat(ssh("-W localhost:1 ada@shell.class.example").exitCode()).isEqualTo(255);
    assertThat(cells.printed())
        .endsWith(
            """
            channel 0: open failed: connect failed: Connection refused
            stdio forwarding failed
            """);
    assertThat(ssh("-W nowhere.example:1 ada@shell.class.example").exitCode()).isEqualTo(255);
    assertThat(cells.printed()).contains("connect failed: Name or service not known");
  }

  @Test
  void aManInTheMiddleIsGivenAwayByHisKeyAndReadsThePasswordOfWhoLetsHimIn() throws Exception {
    ssh("--password hopper grace@shell.class.example true");
    cells.run(new Internet(), "internet mitm shell.class.example");
    assertThat(ssh("--password hopper grace@shell.class.example true").exitCode()).isEqualTo(255);
    assertThat(cells.printed()).contains("REMOTE HOST IDENTIFICATION HAS CHANGED!");
    assertThat(internets.lab().logins().heard()).isEmpty();
    Files.delete(internets.lab().home().folder().resolve(".ssh/known_hosts"));
    assertThat(out("--password hopper grace@shell.class.example hostname"))
        .isEqualTo("shell.class.example\n");
    assertThat(internets.lab().logins().heard())
        .containsExactly(
            "password of grace: hopper",
            "login of grace by password",
            "command of grace: hostname");
    cells.run(new Internet(), "internet mitm off");
    assertThat(ssh("grace@shell.class.example true").exitCode()).isEqualTo(255);
  }

  @Test
  void aKeyIsRefusedWhenOthersCouldHaveWrittenTheList() throws Exception {
    ssh("ada@shell.class.example chmod 777 .ssh");
    assertThat(ssh("-o BatchMode=yes ada@shell.class.example true").exitCode()).isEqualTo(255);
    assertThat(internets.lab().logins().log("shell.class.example").getLast().toString())
        .contains(
            "Failed publickey for ada",
            "Authentication refused: bad ownership or modes for directory /home/ada/.ssh");
  }

  @Test
  void whatSshCopyIdRunsThereAppendsTheKey() throws Exception {
    String command =
        "exec sh -c 'cd ; umask 077 ; mkdir -p .ssh && { [ -z `tail -1c .ssh/authorized_keys"
            + " 2>/dev/null` ] || echo >> .ssh/authorized_keys || exit 1; } && cat >>"
            + " .ssh/authorized_keys || exit 1 ; if type restorecon >/dev/null 2>&1 ; then"
            + " restorecon -F .ssh .ssh/authorized_keys ; fi'";
    assertThat(
            ((SshResult)
                    cells.run(
                        new Ssh(),
                        "%%ssh --password hopper grace@shell.class.example "
                            + command
                            + "\n"
                            + internets.lab().home().publicKey()
                            + "\n"))
                .exitCode())
        .isZero();
    assertThat(out("grace@shell.class.example ls -l .ssh;whoami"))
        .contains("-rw------- 1 grace grace", "authorized_keys\ngrace\n");
  }

  @Test
  void aShellsHomeIsTheMachinesAndItsKeysAreTheLabsAllTheSame(@TempDir Path home) throws Exception {
    Path keys = Files.createDirectory(home.resolve(".ssh"));
    Path labs = internets.lab().home().folder().resolve(".ssh");
    TestCells shell = new TestCells(internets, home, Map.of("HOME", home.toString()));
    shell.run(new SshKeygen(), "ssh-keygen -q -t ed25519 -N x -f " + keys.resolve("id_ed25519"));
    assertThat(labs.resolve("id_ed25519.pub")).exists();
    shell.run(new WriteFile(), "%%writefile " + keys.resolve("config") + "\nHost nest\nUser ada");
    assertThat(shell.printed()).startsWith("Overwriting " + labs.resolve("config") + ", the lab's");
    assertThat(labs.resolve("config")).hasContent("Host nest\nUser ada");
    assertThat(keys).isEmptyDirectory();
    String theirs = keys.resolve("config").toString();
    shell.run(new Ssh(), "ssh -G -F " + theirs + " nest");
    assertThat(shell.printed()).contains("user ada");
    assertThat(
            ((SshResult)
                    shell.run(
                        new Ssh(),
                        "ssh -o StrictHostKeyChecking=no ada@shell.class.example echo " + theirs))
                .stdout())
        .isEqualTo(Bytes.utf8(theirs + "\n"));
    internets.use("real");
    shell.run(new WriteFile(), "%%writefile " + theirs + "\nHost real");
    assertThat(keys.resolve("config")).hasContent("Host real");
  }

  @Test
  void aPortThatIsTakenIsToldWithWhoHasItAndAShellWithoutLinesThatItHasNothingToDo()
      throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      SshResult result =
          ssh(
              "-N -L 127.0.0.1:"
                  + taken.getLocalPort()
                  + ":localhost:8000 ada@shell.class.example");
      assertThat(cells.printed())
          .contains("cannot listen to port: " + taken.getLocalPort() + "\n# Port ")
          .contains(" is that of a socket that an earlier cell of this notebook opened: ");
      result.close();
    }
    ssh("ada@shell.class.example");
    assertThat(cells.printed()).contains("# A shell with nothing to do: a cell has no terminal.");
    cells.run(new Ssh(), "%%ssh ada@shell.class.example\ntrue");
    assertThat(cells.printed()).doesNotContain("# A shell");
  }
}
