package wirebook.magics;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import wirebook.engine.ssh.client.SshResult;
import wirebook.internet.Internets;

/** The lab's hosts as one finds them over SSH. */
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
    assertThat(internets.lab().logins("neighbour"))
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
  void aHostHasItsOwnViewOfTheNetwork() throws Exception {
    assertThat(out("student@neighbour ip -4 -br addr")).contains("192.0.2.20/24");
    assertThat(out("ada@shell.class.example dig +short www.class.example A"))
        .isEqualTo("203.0.113.10\n");
    assertThat(out("ada@shell.class.example ss -tln")).contains("0.0.0.0:22");
  }

  @Test
  void nobodyGetsInWithoutAKeyOrThePassword() throws Exception {
    SshResult result = ssh("-o BatchMode=yes grace@shell.class.example true");
    assertThat(result.exitCode()).isEqualTo(255);
    assertThat(new String(result.stderr().toArray(), StandardCharsets.UTF_8) + cells.printed())
        .contains("Permission denied (publickey,password).");
    assertThat(ssh("-o BatchMode=yes mallory@shell.class.example true").exitCode()).isEqualTo(255);
  }
}
