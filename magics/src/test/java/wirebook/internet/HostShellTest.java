package wirebook.internet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import wirebook.engine.ssh.server.SshHost;
import wirebook.internet.topology.Topology;

/** The shell of the lab's hosts. */
class HostShellTest {
  private final Lab lab = new Lab(LabClock.running());
  private final LabLogins logins = new LabLogins(lab);

  @AfterEach
  void close() throws IOException {
    logins.close();
    lab.close();
  }

  private record Ran(int exit, String text) {}

  /** Lines that a shell reads from its input. */
  private Ran lines(String lines) throws InterruptedException {
    Topology.Host host = (Topology.Host) lab.topology().node("shell.class.example").orElseThrow();
    InetSocketAddress end = new InetSocketAddress(InetAddress.getLoopbackAddress(), 22);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int exit =
        logins
            .host(host)
            .flatMap(h -> h.account(LabHome.USER))
            .orElseThrow()
            .run(
                new SshHost.Session(
                    Optional.empty(),
                    new ByteArrayInputStream(lines.getBytes(StandardCharsets.UTF_8)),
                    out,
                    out,
                    Map.of(),
                    false,
                    new SshHost.Ends(end, end)));
    return new Ran(exit, out.toString(StandardCharsets.UTF_8));
  }

  @Test
  void wordsThatAreNoNumbersEndNoSession() throws Exception {
    assertThat(lines("sleep soon\nsleep 1.2.3\numask u=rwx\numask 9\nseq\necho still here\n"))
        .isEqualTo(
            new Ran(
                0,
                """
                sleep: invalid time interval 'soon'
                sleep: invalid time interval '1.2.3'
                bash: umask: u=rwx: octal number out of range
                bash: umask: 9: octal number out of range
                seq: missing operand
                still here
                """));
  }

  @Test
  void programsReadTheFilesTheyAreGivenAndLeaveThemClosed() throws Exception {
    assertThat(
            lines(
                """
                seq 3 > three
                wc -l three
                wc -c < three
                grep -n 2 three
                grep -m 1 -e 3 three
                sort -rn three
                tail -n 1 three
                cat three | head -1
                rm three
                echo still here
                """))
        .isEqualTo(
            new Ran(
                0,
                """
                3 three
                6
                2:2
                3
                3
                2
                1
                3
                1
                still here
                """));
  }

  @Test
  void whatFilesDoNotTakeEndsNoSession() throws Exception {
    assertThat(
            lines(
                """
                echo a > a
                mkdir a/b
                mv a none/a
                echo still here
                """))
        .isEqualTo(
            new Ran(
                0,
                """
                mkdir: /home/student/a: Not a directory
                mv: /home/student/none: No such file or directory
                still here
                """));
  }

  @Test
  void loopsGoOnUntilTheirEndOrABreak() throws Exception {
    assertThat(
            lines(
                """
                for i in a "b c"; do echo "<$i>"; done
                for i in 1 2 3
                do
                  if test $i = 2; then continue; fi
                  echo $i
                done > odd
                cat odd
                seq 3 | while read n; do echo n=$n; done | tail -n 1
                until false; do echo once; break; done
                break
                """))
        .isEqualTo(
            new Ran(
                0,
                """
                <a>
                <b c>
                1
                3
                n=3
                once
                bash: break: only meaningful in a `for', `while', or `until' loop
                """));
  }

  @Test
  void whatBashDoesAndThisShellDoesNotIsNoSyntaxError() throws Exception {
    for (String line :
        List.of(
            "case a in a) echo;; esac",
            "f() { echo; }",
            "echo $((1+2))",
            "echo {1..3}",
            "for ((i=0;i<3;i++)); do echo; done",
            "cat <<< here")) {
      assertThat(lines(line + "\n").text())
          .as(line)
          .contains("the small shell of the lab's hosts does not do this")
          .doesNotContain("syntax error");
    }
    assertThat(lines("echo '{1..3}' \"{a,b}\" {}\n").text()).isEqualTo("{1..3} {a,b} {}\n");
  }

  @Test
  void theHostTellsItsAddressesAndSizesForPeople() throws Exception {
    assertThat(lines("hostname -I\ndf -h\nps aux\nhostname -x\n").text())
        .contains("203.0.113.22 2001:db8:113::22\n", "Size  Used Avail", "160M", "%CPU %MEM")
        .contains("hostname: invalid option -- 'x'");
  }
}
