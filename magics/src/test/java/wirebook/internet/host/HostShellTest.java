package wirebook.internet.host;

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
import wirebook.internet.Internets;
import wirebook.internet.Lab;
import wirebook.internet.time.LabClock;
import wirebook.internet.topology.Topology;

/** The shell of the lab's hosts. */
class HostShellTest {
  private final Lab lab = Internets.lab(LabClock.running());
  private final LabLogins logins = lab.logins();

  @AfterEach
  void close() throws IOException {
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
  void seqCountsAsFarAsItIsTold() throws Exception {
    assertThat(lines("seq 1 1000002 | wc -l\n").text()).contains("1000002");
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
  void returnEndsASubshellOrAPartOfAPipeAndNotTheFunctionAroundIt() throws Exception {
    assertThat(
            lines("f() { (return 3); echo $?; echo a | return 4; echo $?; return 5 | cat; }\nf\n"))
        .isEqualTo(new Ran(0, "3\n4\n"));
  }

  @Test
  void aLineWithoutAnEndIsNotHeldInMemory() throws Exception {
    Ran ran = lines("a".repeat(17 << 20));
    assertThat(ran.text()).startsWith("bash: Cannot allocate memory").hasLineCount(1);
    assertThat(ran.exit()).isEqualTo(2);
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

  /** What it prints is bash's. */
  @Test
  void countsChoosesAndCallsFunctionsAsBashDoes() throws Exception {
    assertThat(
            lines(
                """
                echo $((1 + 2 * 3)) $(( (1+2)*3 )) $((7/2)) $((-7%3)) $((2**10)) $((0x1f)) $((017)) $((2#101))
                i=5; echo $((i+1)) $(($i * 2)) $((i++)) $i $((++i)) $((i-=2)) $((i > 3 ? 10 : 20)) $((i<<2 | 1))
                echo $((192 << 24 | 168 << 16)) $((2 ** (32 - 26) - 2))
                ((i == 5)) && echo five || echo not five: $i
                echo $((0 && 1/0)) $((1 || 1/0))
                for ((n=0; n<3; n++)); do if ((n==1)); then continue; fi; echo "n=$n"; done
                case 192.168.1.7 in 10.*) echo ten;; 172.1[6-9].*|192.168.*) echo private;; *) echo public;; esac
                case "$i" in
                  [!0-9]) echo no digit ;;
                  5)
                    echo five
                    ;;
                  *) echo other
                esac
                case none in a) echo a;; esac; echo $?
                f() { echo "$# args: $1 and $2"; local i=inner; echo $i; return 3; }
                f one "two words"; echo $? $i
                function g { for a in "$@"; do echo "<$a>"; done; shift; echo "$*" "${#}"; }
                g "a b" c d
                g
                fact() { if [ $1 -le 1 ]; then echo 1; else echo $(( $1 * $(fact $(($1-1))) )); fi; }
                fact 5
                echo {1..5} a{b,c}d {01..03} {c..a} {10..1..3} x{1,2}{a,b} {a} {} '{1,2}' "{a,b}" {a,{b,c}}
                file=/var/log/site.tar.gz; echo ${file##*/} ${file%.*} ${file%%.*} ${file#*/} ${#file} ${file/log/LOG} ${none:-usual} ${none-x} ${file:+set}
                echo ${x:=made} $x "${x}y" ${x//a/b}
                (cd /; x=other; exit 4); echo $? $x
                y=$(x=inside; echo $x); echo $y $x
                seq 1 2 7; seq 3 -1 1; seq 2 1
                [ 3 -le 3 ] && [ 4 -ge 5 ] || echo "not ge"
                [ -n a -a 1 -lt 2 ] && echo and
                [ 1 -eq -1 ] || echo differ
                test a = b; echo $?
                z=1; unset z; echo "[$z]"
                """))
        .isEqualTo(
            new Ran(
                0,
                """
                7 9 3 -1 1024 31 15 5
                6 10 5 6 7 5 10 21
                3232235520 62
                five
                0 1
                n=0
                n=2
                private
                five
                0
                2 args: one and two words
                inner
                3 5
                <a b>
                <c>
                <d>
                c d 2
                 0
                120
                1 2 3 4 5 abd acd 01 02 03 c b a 10 7 4 1 x1a x1b x2a x2b {a} {} {1,2} {a,b} a b c
                site.tar.gz /var/log/site.tar /var/log/site var/log/site.tar.gz 20 /var/LOG/site.tar.gz usual x set
                made made madey mbde
                4 made
                inside made
                1
                3
                5
                7
                3
                2
                1
                not ge
                and
                differ
                1
                []
                """));
  }

  @Test
  void whatCannotBeExpandedIsNotRun() throws Exception {
    assertThat(
            lines(
                """
                echo a $((1/0))
                echo $((1 +))
                echo ${none:?is not set}
                echo ${x@Q}
                echo {1..999999}
                [ a -lt 2 ]
                [ a % b ]
                loop() { loop; }; loop
                """))
        .isEqualTo(
            new Ran(
                2,
                """
                bash: 1/0: division by 0 (error token is "")
                bash: 1 +: syntax error: operand expected (error token is "")
                bash: none: is not set
                bash: ${x@Q}: bad substitution
                bash: brace expansion: more than 100000 words
                bash: [: a: integer expression expected
                bash: [: %: binary operator expected
                bash: nested too deeply
                """));
  }

  @Test
  void whatBashDoesAndThisShellDoesNotIsNoSyntaxError() throws Exception {
    for (String line :
        List.of("[[ a = a ]]", "select x in a; do echo; done", "let i=1", "cat <<< here")) {
      assertThat(lines(line + "\n").text())
          .as(line)
          .contains("the small shell of the lab's hosts does not do this")
          .doesNotContain("syntax error");
    }
  }

  @Test
  void theHostTellsItsAddressesAndSizesForPeople() throws Exception {
    assertThat(lines("hostname -I\ndf -h\nps aux\nhostname -x\n").text())
        .contains("203.0.113.22 2001:db8:113::22\n", "Size  Used Avail", "160M", "%CPU %MEM")
        .contains("hostname: invalid option -- 'x'");
  }

  @Test
  void whatIsRootsStaysAndRmRefusesWhatRmRefuses() throws Exception {
    assertThat(
            lines(
                    """
                    mkdir -p own/in; echo mine > own/in/file
                    rm -rf / // . own/..
                    rm -rf /etc
                    echo hacked > /etc/passwd; mkdir /new; tail -n 1 /etc/passwd
                    [ -w /etc ] || echo root only; echo mine > /tmp/x && rm -r own && ls
                    ls -ld / /etc/passwd /home/student /tmp
                    rm -rf ../student
                    """)
                .text()
                .replaceAll(" +\\d+ \\w{3} +\\d+ \\d\\d:\\d\\d", ""))
        .isEqualTo(
            """
            rm: it is dangerous to operate recursively on '/'
            rm: use --no-preserve-root to override this failsafe
            rm: it is dangerous to operate recursively on '//' (same as '/')
            rm: use --no-preserve-root to override this failsafe
            rm: refusing to remove '.' or '..' directory: skipping '.'
            rm: refusing to remove '.' or '..' directory: skipping 'own/..'
            rm: cannot remove '/etc/passwd': Permission denied
            rm: cannot remove '/etc/hostname': Permission denied
            bash: /etc/passwd: Permission denied
            mkdir: cannot create directory '/new': Permission denied
            student:x:1000:1000::/home/student:/bin/bash
            root only
            drwxr-xr-x 2 root root /
            -rw-r--r-- 1 root root /etc/passwd
            drwxr-xr-x 2 student student /home/student
            drwxrwxrwx 2 root root /tmp
            rm: cannot remove '../student': Permission denied
            """);
  }

  @Test
  void healGivesBackTheKeysThatLetIn() throws Exception {
    lines("rm -rf /home/student");
    assertThat(lines("ls .ssh").text()).contains("No such file");
    logins.heal();
    assertThat(lines("ls .ssh")).isEqualTo(new Ran(0, "authorized_keys\n"));
  }
}
