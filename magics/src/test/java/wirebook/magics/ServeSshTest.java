package wirebook.magics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import wirebook.engine.http.server.HttpServer;
import wirebook.engine.http.server.HttpServers;
import wirebook.engine.ssh.client.SshResult;
import wirebook.engine.ssh.server.SshDaemon;
import wirebook.internet.Internets;
import wirebook.magics.serve.Serve;
import wirebook.magics.ssh.Scp;
import wirebook.magics.ssh.Sftp;
import wirebook.magics.ssh.Ssh;
import wirebook.peer.PeerPort;

/** What the SSH server of a notebook lets its clients do. */
@Tag("slow")
class ServeSshTest {
  private final Internets internets = new Internets("lab");
  @TempDir private Path folder;
  private TestCells cells = new TestCells(internets, Path.of(""));

  @BeforeEach
  void start() {
    cells = new TestCells(internets, folder);
  }

  @AfterEach
  void close() throws Exception {
    cells.run(new Serve(), "serve stop all");
    internets.close();
  }

  private int serve(String words) throws InterruptedException {
    return ((SshDaemon)
            cells.run(new Serve(), ("serve --ssh 0 --user bob --password pw " + words).strip()))
        .port();
  }

  @Test
  void whereOnlySshIsServedALogIsNotAskedOfAPortThatNobodyHas() throws Exception {
    serve("");
    assertThat(cells.complaint(new Serve(), "serve log nosuch").diagnostic().fix())
        .startsWith("There are SSH servers alone");
  }

  private SshResult ssh(int port, String words) throws InterruptedException {
    return (SshResult)
        cells.run(
            new Ssh(),
            "ssh --password pw -F none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"
                + " -p "
                + port
                + " "
                + words);
  }

  /** Greets each one when they have said all that they have to say. */
  private static ServerSocket greeter() throws IOException {
    ServerSocket listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                while (true) {
                  try (Socket socket = listening.accept()) {
                    byte[] said = socket.getInputStream().readAllBytes();
                    socket.getOutputStream().write("Hello, ".getBytes(StandardCharsets.UTF_8));
                    socket.getOutputStream().write(said);
                  }
                }
              } catch (IOException e) {
                // The test is over.
              }
            });
    return listening;
  }

  @Test
  void aRemoteForwardingListensOnLoopbackAloneAndLosesNoConnection() throws Exception {
    try (ServerSocket greeter = greeter()) {
      SshResult tunnel =
          ssh(serve(""), "-N -R 0.0.0.0:0:127.0.0.1:" + greeter.getLocalPort() + " bob@127.0.0.1");
      Matcher allocated = Pattern.compile("Allocated port (\\d+) ").matcher(cells.printed());
      assertThat(allocated.find()).isTrue();
      int port = Integer.parseInt(allocated.group(1));
      for (int i = 0; i < 20; i++) {
        try (Socket socket = new Socket("127.0.0.1", port)) {
          socket.getOutputStream().write(("number " + i).getBytes(StandardCharsets.UTF_8));
          socket.shutdownOutput();
          assertThat(socket.getInputStream().readAllBytes())
              .asString(StandardCharsets.UTF_8)
              .isEqualTo("Hello, number " + i);
        }
      }
      try (Socket elsewhere = new Socket()) {
        assertThatThrownBy(() -> elsewhere.connect(new InetSocketAddress("127.0.0.2", port)))
            .isInstanceOf(ConnectException.class);
      }
      tunnel.close();
    }
  }

  @Test
  void itLeadsToTheLabAndToTheNotebooksServersAndOtherwiseOnlyWhenItIsTold() throws Exception {
    try (ServerSocket foreign = greeter()) {
      String there = "-W 127.0.0.1:" + foreign.getLocalPort() + " bob@127.0.0.1";
      int port = serve("");
      assertThat(ssh(port, there).exitCode()).isEqualTo(255);
      assertThat(cells.printed())
          .contains(
              """
              channel 0: open failed: administratively prohibited: open failed
              stdio forwarding failed
              """);
      assertThat(ssh(port, "-W 192.0.2.10:" + foreign.getLocalPort() + " bob@127.0.0.1").exitCode())
          .isEqualTo(255);
      HttpServer own = (HttpServer) cells.run(new Serve(), "serve 0 -q");
      assertThat(ssh(port, "-W localhost:" + own.port() + " bob@127.0.0.1").exitCode()).isZero();
      assertThat(ssh(port, "-W www.class.example:80 bob@127.0.0.1").exitCode()).isZero();
      internets.use("real");
      assertThat(ssh(port, "-W 192.0.2.10:80 bob@127.0.0.1").exitCode()).isEqualTo(255);
      assertThat(cells.printed()).contains("administratively prohibited");
      assertThat(ssh(serve("--forward"), there).exitCode()).isZero();
    }
  }

  @Test
  void aPortThatAnotherHasOnOneAddressIsNamedThoughTheOtherIsFree() throws Exception {
    try (ServerSocket taken = greeter()) {
      ssh(serve(""), "-N -L " + taken.getLocalPort() + ":localhost:1 bob@127.0.0.1").close();
      assertThat(cells.printed())
          .contains("bind [127.0.0.1]:" + taken.getLocalPort() + ": Address already in use\n");
    }
  }

  @Test
  void aPortThatIsFreeIsTakenOnAllAddressesAndNothingIsSaid() throws Exception {
    for (String forward :
        List.of("-L %d:localhost:1", "-D %d", "-g -D %d", "-L *:%d:localhost:1")) {
      ssh(serve(""), "-N " + forward.formatted(PeerPort.find()) + " bob@127.0.0.1").close();
    }
    assertThat(cells.printed()).doesNotContain("bind [");
  }

  @Test
  void itIsListedAndStoppedByItsPort() throws Exception {
    int port = serve("");
    cells.run(new Serve(), "serve list");
    assertThat(cells.printed()).contains("ssh://127.0.0.1:" + port + "  files in memory");
    HttpServer other = (HttpServer) cells.run(new Serve(), "serve 0 -q");
    assertThat(cells.complaint(new Serve(), "serve stop").diagnostic().message())
        .isEqualTo("several servers run");
    cells.run(new Serve(), "serve stop " + port);
    assertThat(cells.printed()).endsWith("is stopped; port " + port + " is free.\n");
    assertThat(ssh(port, "bob@127.0.0.1 true").exitCode()).isEqualTo(255);
    assertThat(other.isOpen()).isTrue();
    serve("");
    cells.run(new Serve(), "serve stop all");
    assertThat(cells.printed()).endsWith("2 servers stopped.\n");
    assertThat(cells.service(HttpServers.class, HttpServers::new).list()).isEmpty();
  }

  private String sftp(int port, String commands) throws InterruptedException {
    cells.run(
        new Sftp(),
        "%%sftp --password pw -F none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"
            + " -P "
            + port
            + " bob@127.0.0.1\n"
            + commands);
    return cells.printed();
  }

  @Test
  void filesAndFoldersHaveTheSameOwnerAndModesOverSftpAsInTheShell() throws Exception {
    int port = serve("");
    Files.writeString(folder.resolve("note"), "written\n");
    Files.setPosixFilePermissions(
        folder.resolve("note"), PosixFilePermissions.fromString("rw-rw-rw-"));
    assertThat(sftp(port, "put note\nmkdir d\nls -l\nls -l note\nchmod 777 d\nls -l\n"))
        .containsPattern("drwxr-xr-x +1 bob +bob +4096 .* d\n")
        .containsPattern("-rw-r--r-- +1 bob +bob +8 .* note\nsftp> chmod")
        .containsPattern("drwxrwxrwx +1 bob +bob +4096 .* d\n");
  }

  @Test
  void sftpDoesWithTheFilesThereWhatOpenSshsDoes() throws Exception {
    int port = serve("");
    Files.writeString(folder.resolve("note"), "written\n");
    assertThat(sftp(port, "put note\nmkdir d\ncp note d/copy\nln -s note link\nls -l\n"))
        .containsPattern("lrwxrwxrwx +1 bob +bob +4 .* link\n");
    assertThat(sftp(port, "ls -h d\nls -n d\nls -1r\n"))
        .containsPattern("-rw-r--r-- +1 bob +bob +8B .* d/copy\n")
        .containsPattern("-rw-r--r-- +1 1000 +1000 +8 .* d/copy\n")
        .endsWith("note\nlink\nd\n");
    assertThat(sftp(port, "put note other\nrename other note\nget -r d\nget nowhere/ x\nmget *\n"))
        .contains(
            "Fetching /home/bob/d/ to d\nRetrieving /home/bob/d\n",
            "File \"/home/bob/nowhere/\" not found.\n",
            "download /home/bob/d/: not a regular file\n",
            "Fetching /home/bob/note to note\n")
        .doesNotContain("Failure");
    assertThat(folder.resolve("d/copy")).hasContent("written");
    assertThat(sftp(port, "lumask 077\nget note mine\nlls -l mine\nchmod u+x note\nrm *.zip\n"))
        .contains("Local umask: 077\n", "-rw------- 1 ")
        .contains("You must supply a numeric argument to the chmod command.\n")
        .contains("remote delete /home/bob/*.zip: No such file or directory\n");
    assertThat(sftp(port, "ln note twice\n")).doesNotContain("a bug");
  }

  @Test
  void regetAndReputGoOnWhereTheFileEnds() throws Exception {
    int port = serve("");
    Path file = folder.resolve("note");
    Files.writeString(file, "0123456789");
    sftp(port, "put note\nput note other\n");
    Files.writeString(file, "abc");
    assertThat(sftp(port, "reget note\nreget note\n"))
        .contains("Resuming /home/bob/note to note\n", "File \"note\" was not modified\n");
    assertThat(file).hasContent("abc3456789");
    Files.writeString(file, "abcdefghijkl");
    assertThat(sftp(port, "reget note\nreput note other\nreput note other\nget other back\n"))
        .contains("local file is larger than remote", "destination file same size or larger");
    assertThat(folder.resolve("back")).hasContent("0123456789kl");
  }

  @Test
  void aCopyKeepsToItsLimit() throws Exception {
    int port = serve("");
    // The lab's clock would not wait.
    internets.use("real");
    Files.write(folder.resolve("large"), new byte[40_000]);
    long start = System.nanoTime();
    cells.run(
        new Scp(),
        "scp --password pw -F none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -l"
            + " 800 -P "
            + port
            + " large bob@127.0.0.1:");
    // 320 000 bits at 819 200 a second.
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(390));
    assertThat(cells.printed()).contains("large");
    cells.run(new Scp(), "scp -l 0 large bob@127.0.0.1:");
    assertThat(cells.printed()).contains("usage: scp");
  }
}
