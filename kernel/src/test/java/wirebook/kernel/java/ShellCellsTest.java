package wirebook.kernel.java;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import wirebook.kernel.java.complaints.Failures;
import wirebook.kernel.session.Interpreter.Outcome;

/** Cells of the shell: what IPython's users know, and the lab's commands in them. */
@Tag("slow")
class ShellCellsTest {
  private static TestCells cells;

  @TempDir Path folder;

  @BeforeAll
  static void start() {
    cells = new TestCells();
  }

  @AfterAll
  static void stop() {
    cells.close();
  }

  private static String plain(Outcome.Failed failed) {
    return Failures.plain(String.join("\n", failed.traceback()));
  }

  /** Their files set the path anew. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "%%bash -l\ntype dig ping6 traceroute6",
        "%%sh -l\ntype dig ping6 traceroute6",
        "%%script bash -l\ntype dig ping6 traceroute6",
        "!bash -lc 'type dig ping6 traceroute6'"
      })
  void theLabsCommandsAreThoseOfShellsForALogin(String cell) {
    TestCells.Recorded output = new TestCells.Recorded();
    cells.run(cell, output);
    assertThat(output.out().lines())
        .filteredOn(line -> line.matches("(dig|ping6|traceroute6) is .*/lab[^/]*/bin/\\w+"))
        .hasSize(3);
  }

  @Test
  void aCommandShowsBothStreamsEachAsItsOwn() {
    TestCells.Recorded output = new TestCells.Recorded();
    assertThat(cells.run("!echo one; echo two >&2; exit 3", output))
        .isInstanceOf(Outcome.Done.class);
    assertThat(output.out()).isEqualTo("one\n");
    assertThat(output.err()).isEqualTo("two\n");
  }

  @Test
  void anAssignedCommandGivesItsOutputAndShowsNone() {
    TestCells.Recorded output = new TestCells.Recorded();
    cells.run("var listed = !printf 'b\\na\\n' | sort; exit 4", output);
    assertThat(output.out()).isEmpty();
    assertThat(cells.value("listed.lines()")).contains("[a, b]");
    assertThat(cells.value("listed.exitStatus()")).contains("4");
    assertThat(
            cells.value("String all = \"\"; for (String line : listed) all += line + \",\"; all"))
        .contains("a,b,");
    cells.run("undeclared = !echo x", output);
    assertThat(cells.value("undeclared.out()")).contains("x");
    cells.run("String text = !echo y\nList<String> many = !echo z", output);
    assertThat(cells.value("text + many")).contains("y[z]");
  }

  @Test
  void aNegationIsStillJava() {
    assertThat(cells.value("boolean negated = true;\n!negated")).contains("false");
    assertThat(cells.value("!List.of(1).isEmpty()")).contains("true");
    assertThat(cells.value("boolean other = !negated;\nother")).contains("false");
    assertThat(cells.value("var third = !negated && !other;\nthird")).contains("false");
    assertThat(cells.value("!negated || other")).contains("false");
    assertThat(cells.value("! negated")).contains("false");
    assertThat(cells.value("!(negated)")).contains("false");
    assertThat(cells.value("int[] two = {1, 2};\nboolean same =\n  !(two[0] == two[1]);\nsame"))
        .contains("true");
  }

  @Test
  void aCommandMayHaveABlankBeforeItOrStandInParentheses() {
    assertThat(cells.out("! echo hi")).isEqualTo("hi\n");
    assertThat(cells.out("!(echo hello; echo you) | tail -1")).isEqualTo("you\n");
  }

  @Test
  void whatNoShellCanExpandIsJavaAndAllElseTheShells() {
    cells.out("int eight = 8;");
    assertThat(cells.out("!echo ${eight*2} ${eight + 1} ${eight < 9} ${eight+1} ${eight:-x}"))
        .isEqualTo("16 9 true 1 8\n");
  }

  @Test
  void aSignOfTheShellBehindAMagicThatNoShellReadsIsRefusedWithTheLineThatOneReads() {
    for (String line : List.of("nc x 80 | wc -l", "scp a b > f", "sftp a | cat", "ss -tln && ls")) {
      assertThat(plain(cells.failure("%" + line))).contains("!" + line + " is read by one");
    }
    assertThat(cells.out("%ss -tlnH 'sport = :1 | sport = :2'")).doesNotContain("LISTEN");
  }

  @Test
  void aCellFailsWithItsProgramUnlessItSaysOtherwise() {
    assertThat(plain(cells.failure("%%bash\necho before\nexit 7")))
        .contains("bash ended with exit status 7")
        .contains("--no-raise-error");
    assertThat(cells.out("%%sh --no-raise-error\necho here; exit 7")).isEqualTo("here\n");
    assertThat(cells.failure("%%bash -e\nfalse\necho after").message()).contains("exit status 1");
    assertThat(plain(cells.failure("%%script sh\nexit 7")))
        .contains("%%script --no-raise-error sh when that is expected");
    assertThat(cells.failure("%%script no-such-program\nx").message())
        .contains("there is no program no-such-program in the folders of PATH");
  }

  @Test
  void aToolOfTheMachinesNetworkSaysWhatTheLabHas() {
    TestCells.Recorded output = new TestCells.Recorded();
    cells.run("!ifconfig; hostname -I; telnet a 1; getent hosts gateway; %dig a", output);
    assertThat(output.out()).isEmpty();
    assertThat(output.err())
        .contains(
            "ifconfig: this would be the machine's network, and not the lab's. The lab has: ip addr",
            "hostname: this would",
            "The lab has: nc HOST PORT",
            "The lab has: %resolve gateway, in a cell",
            "# in a shell the magics have no %");
    assertThat(cells.out("!getent passwd 0; hostname")).startsWith("root:").hasLineCount(2);
    cells.run("%%bash\ndrill a; kdig @8.8.8.8 a; echo send | nsupdate; resolvectl query a", output);
    assertThat(output.out()).isEmpty();
    assertThat(output.err())
        .contains(
            "drill: this would be the machine's network, and not the lab's. The lab has: dig NAME",
            "kdig: this would",
            "nsupdate: this would",
            "resolvectl: this would");
  }

  @Test
  void whatTheToolsOfHostsPrintGoesThroughAPipeOrIntoAFile() {
    assertThat(cells.out("%ip route | head -1")).startsWith("default via ").hasLineCount(1);
    assertThat(cells.out("%ss -tln | head -1")).startsWith("State ").hasLineCount(1);
    assertThat(cells.out("%ping -c 1 192.0.2.20 | grep transmitted"))
        .startsWith("1 packets transmitted, 1 received");
    assertThat(cells.out("%traceroute -n 192.0.2.20 2>&1 | tail -1")).startsWith(" 1  192.0.2.20");
    assertThat(cells.out("%internet hosts | grep google.com"))
        .contains("www.google.com")
        .doesNotContain("github");
    assertThat(cells.failure("%on lab lab").message()).contains("one host is enough");
    assertThat(cells.out("%ip -br addr > addresses.txt")).isEmpty();
    assertThat(cells.out("!cat addresses.txt; rm addresses.txt")).startsWith("lo ");
  }

  @Test
  void variablesOfJavaGoInAndCannotBecomeCommands() {
    cells.out("String tricky = \"a b; $(echo no) 'q'\";\nint seven = 7;");
    assertThat(cells.out("%%bash\necho \"$tricky\" \"${seven}\" ${tricky.length()} ${seven:-x}"))
        .isEqualTo("a b; $(echo no) 'q' 7 19 7\n");
    assertThat(cells.out("!for seven in 1 2; do echo $seven; done")).isEqualTo("1\n2\n");
    assertThat(cells.out("!echo {seven} {a,b} {nothing} http://x/{seven}"))
        .isEqualTo("7 a b {nothing} http://x/7\n");
    assertThat(cells.out("%%bash -s \"$tricky\" last\necho \"$1|$2\""))
        .isEqualTo("a b; $(echo no) 'q'|last\n");
  }

  @Test
  void streamsOfACellCanGoIntoVariables() {
    TestCells.Recorded output = new TestCells.Recorded();
    cells.run("%%bash --out got --err wrong --proc all\necho 1; echo 2 >&2", output);
    assertThat(output.out() + output.err()).isEmpty();
    assertThat(cells.value("got + wrong + all.exitStatus()")).contains("120");
  }

  @Test
  void whatRunsInTheBackgroundIsGivenAsARunningProgram() {
    cells.run("%%bash --bg --proc running\ncat < /dev/zero > /dev/null", new TestCells.Recorded());
    assertThat(cells.value("running.isAlive()")).contains("true");
    cells.value("running.destroy()");
    assertThat(cells.value("running.onExit().get().isAlive()")).contains("false");
    assertThat(plain(cells.failure("%%bash --bg --out log\nserver")))
        .contains("has no output yet", "server > server.log");
  }

  @Test
  void aProgramReadsTheLinesOfItsCell() {
    assertThat(cells.out("%%script sed s/a/b/\naaa")).isEqualTo("baa");
  }

  @Test
  void whatWaitsForStandardInputAsksThePerson() {
    TestCells.Recorded output = new TestCells.Recorded();
    output.answer = Optional.of("Ada");
    cells.run("%%bash\necho -n 'Name? '\nread name\necho \"Hello, $name\"", output);
    assertThat(output.out()).isEqualTo("Name? Hello, Ada\n");
    assertThat(output.prompts).hasSize(1);
  }

  @Test
  void theFolderOfKeysIsTheLabsForTheShellAsForSsh() {
    TestCells.Recorded output = new TestCells.Recorded();
    cells.run(
        "%%bash\nssh-keygen -q -t ed25519 -N '' -f ~/.ssh/shells\nls ~/.ssh/shells*\nrm ~/.ssh/shells*",
        output);
    assertThat(output.err()).isEmpty();
    assertThat(output.out().lines()).hasSize(2).allMatch(l -> l.contains("/student/.ssh/shells"));
  }

  @Test
  void aCommandThatSshRunsElsewhereAsksNobodyForInput() {
    TestCells.Recorded output = new TestCells.Recorded();
    output.answer = Optional.of("nobody was to be asked");
    cells.run(
        "!ssh student@shell.class.example hostname; echo x | ssh student@shell.class.example cat",
        output);
    assertThat(output.out()).isEqualTo("shell.class.example\nx\n");
    assertThat(output.prompts).isEmpty();
  }

  @Test
  void aStopEndsTheWholeGroup() throws Exception {
    Path pids = folder.resolve("pids");
    String cell =
        "%%bash\ntrap '' INT TERM\nbash -c 'trap \"\" INT TERM; echo $$ >> "
            + pids
            + "; while :; do sleep 0.1; done' &\necho $$ >> "
            + pids
            + "\nwhile :; do sleep 0.1; done";
    CompletableFuture<Outcome> outcome =
        CompletableFuture.supplyAsync(() -> cells.run(cell, new TestCells.Recorded()));
    await().until(() -> Files.exists(pids) && Files.readAllLines(pids).size() == 2);
    cells.interpreter.interrupt();
    assertThat(outcome.get()).isInstanceOf(Outcome.Failed.class);
    await().atMost(Duration.ofSeconds(5)).until(() -> alive(pids) == 0);
  }

  @Test
  void aStopEndsWhatWaitsForAnAnswer() throws Exception {
    Path pids = folder.resolve("pids");
    TestCells.Recorded output = new TestCells.Recorded();
    CompletableFuture<Outcome> outcome =
        CompletableFuture.supplyAsync(
            () -> cells.run("%%bash\necho $$ > " + pids + "\nread line", output));
    await().until(() -> output.out().contains("asked"));
    cells.interpreter.interrupt();
    assertThat(outcome.get()).isInstanceOf(Outcome.Failed.class);
    await().until(() -> alive(pids) == 0);
  }

  private static long alive(Path pids) throws IOException {
    return Files.readAllLines(pids).stream()
        .filter(
            pid -> ProcessHandle.of(Long.parseLong(pid)).filter(ProcessHandle::isAlive).isPresent())
        .count();
  }

  @Test
  void whatIsLeftInTheBackgroundEndsWithTheSession() throws Exception {
    Path pids = folder.resolve("pids");
    try (TestCells own = new TestCells()) {
      own.out(
          "%%bash\nsleep 1000 & echo $! >> "
              + pids
              + "\nsetsid sleep 1000 & echo $! >> "
              + pids
              + "\n(trap '' TERM; echo $BASHPID >> "
              + pids
              + "; exec sleep 1000) &\nsleep 0.2");
      assertThat(alive(pids)).isEqualTo(3);
    }
    await().until(() -> alive(pids) == 0);
  }

  @Test
  void whatRunsInTheBackgroundMayStillPrint() {
    TestCells.Recorded output = new TestCells.Recorded();
    cells.run("%%bash\n(sleep 0.5; echo late) &\necho early", output);
    await().until(() -> output.out().contains("late"));
    assertThat(output.out()).isEqualTo("early\nlate\n");
  }

  @Test
  void foldersAndVariablesHoldForAllThatFollows() throws IOException {
    Path real = folder.toRealPath();
    assertThat(cells.out("%cd " + real)).isEqualTo(real + "\n");
    assertThat(cells.out("!pwd")).isEqualTo(real + "\n");
    assertThat(cells.out("%%writefile a.txt\none")).isEqualTo("Writing a.txt\n");
    assertThat(cells.out("%%writefile -a a.txt\ntwo")).isEqualTo("Appending to a.txt\n");
    assertThat(Files.readString(real.resolve("a.txt"))).isEqualTo("one\ntwo\n");
    assertThat(cells.out("%env WORD=said")).isEqualTo("env: WORD=said\n");
    assertThat(cells.out("!echo $WORD")).isEqualTo("said\n");
    cells.out("%env WORD='said and '");
    assertThat(cells.out("!echo \"$WORD\"done")).isEqualTo("said and done\n");
    assertThat(cells.failure("%cd nowhere").message()).isEqualTo("there is no folder nowhere");
    cells.out("!rm a.txt && rmdir '" + real + "'");
    assertThat(cells.failure("%%bash\npwd").message()).contains("is there no more; %cd");
    cells.out("%cd -");
  }

  @Test
  void whatIsSetHoldsForTheKernelsOwnMagicsToo() throws IOException {
    cells.out("%env ASKED=google.com");
    assertThat(cells.out("%dig +short $ASKED ${ASKED}")).hasLineCount(2);
    Files.writeString(folder.resolve("six.jsh"), "int six = 6;");
    cells.out("%cd -q " + folder);
    assertThat(cells.value("%load six.jsh\nsix")).contains("6");
    cells.out("%cd -q -");
    cells.out("String huge = \"x\".repeat(50_000)");
    assertThat(cells.failure("!echo $huge").message()).contains("too long for a variable");
  }

  @Test
  void secretsAreNotWrittenIntoTheNotebook() {
    assertThat(cells.out("%env LAB_TOKEN=hush")).isEqualTo("env: LAB_TOKEN=<hidden>\n");
    assertThat(cells.out("%env proxied=http://me:hush@host/")).doesNotContain("hush");
    assertThat(cells.out("%env")).contains("LAB_TOKEN=<hidden>").doesNotContain("hush");
    assertThat(cells.out("!echo $LAB_TOKEN")).isEqualTo("hush\n");
  }

  @Test
  void theLabsCommandsWorkInPipes() {
    assertThat(cells.out("!dig google.com | grep -A1 'ANSWER SECTION'"))
        .startsWith(";; ANSWER SECTION:\ngoogle.com.");
    assertThat(cells.out("!dig google.com | head -1; echo ${PIPESTATUS[1]}")).endsWith("0\n");
    assertThat(
            cells.out("!for n in a.root-servers.net google.com; do dig +short $n A & done; wait"))
        .hasLineCount(2);
    assertThat(cells.out("!x=$(dig +short google.com); echo \"<$x>\"")).startsWith("<142.");
    assertThat(cells.out("!printf 'google.com A\\n' > q; dig +short -f q; rm q"))
        .startsWith("142.");
    assertThat(cells.out("!echo '{\"a\":1}' | curl -s -d @- httpbin.org/post | grep '\"data\"'"))
        .contains("a");
    assertThat(cells.out("!mtr -r -c 1 -n httpbin.org | head -1")).startsWith("Start: ");
    assertThat(cells.out("!curl -s http://no-such.example; echo $?")).isEqualTo("6\n");
    assertThat(cells.out("!while read n; do dig +short $n; done <<< $'google.com\\ngoogle.com'"))
        .hasLineCount(2);
  }

  @Test
  void theClassNotesLinesRunAsTheyAre() throws IOException {
    cells.out("%cd -q " + folder);
    cells.out("var served = %serve 0");
    Files.writeString(folder.resolve("image.png"), "png");
    assertThat(
            cells.out(
                """
                %%bash
                nslookup google.com
                dig google.com
                dig . NS | grep -c 'root-servers.net'
                dig @a.root-servers.net com NS | grep -A1 AUTHORITY
                dig +trace google.com | tail -3
                """))
        .contains("Non-authoritative answer:", "142.250.185.78", ";; AUTHORITY SECTION:\ncom.");
    TestCells.Recorded output = new TestCells.Recorded();
    cells.run("%%bash\ncurl -v http://httpbin.org/html", output);
    assertThat(output.out()).contains("Herman Melville");
    assertThat(output.err()).contains("> GET /html HTTP/1.1", "< HTTP/1.1 200 OK");
    assertThat(
            cells.out(
                "%%bash\ncurl -s -X POST -F 'file=@image.png' localhost:${served.port()}/api/upload"))
        .contains("\"name\": \"image.png\"");
    cells.out("%cd -q -");
  }

  @Test
  void theLabsSocketIsItsOwnersAlone() throws IOException {
    Path dig = Path.of(cells.out("!command -v dig").strip());
    Path socket = dig.resolve("../../lab").normalize();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
        .isEqualTo("rw-------");
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(socket.resolve("..").normalize())))
        .isEqualTo("rwx------");
  }

  @Test
  void aLineOfATerminalIsToldWhatItsSignIs() {
    for (String line :
        List.of(
            "ls -la",
            "echo $HOME",
            "pip install flask",
            "python3 app.py",
            "sudo apt-get install -y x",
            "cat /etc/hosts",
            "export A=b",
            "whoami",
            "git clone https://example.com/x.git")) {
      assertThat(cells.failure(line).message())
          .as(line)
          .isEqualTo(
              "this is no Java: a command of the shell begins with !: !"
                  + line
                  + "  (for several, %%bash is the cell's first line)");
    }
    for (String script :
        List.of(
            "for i in 1 2 3; do curl -s http://localhost:8080/; done",
            "while true; do curl -s http://localhost:8080/; sleep 1; done",
            "API=$(kubectl config view | grep server)\ncurl $API/api",
            "TOKEN=`curl -s http://localhost:8080/`",
            "TOKEN=abc\ncurl -H \"Authorization: Bearer $TOKEN\" http://localhost:8080/")) {
      assertThat(cells.failure(script).message()).as(script).contains("goes below %%bash");
    }
    for (String folder : List.of("cd ..", "cd /tmp", "cd ~/work", "cd -")) {
      assertThat(cells.failure(folder).message())
          .isEqualTo("this is no Java: a magic begins with %: %" + folder);
    }
    assertThat(cells.failure("cat + 1").message()).doesNotContain("shell");
    assertThat(cells.failure("cat.length()").message()).doesNotContain("shell");
    assertThat(cells.failure("%dig x && %dig y").message()).contains("not done here");
    assertThat(plain(cells.failure("%dig x | awk '{print}'")))
        .contains("!dig … hands the line to the shell");
  }
}
