package wirebook.engine.ssh;

import static org.apache.sshd.common.SshConstants.SSH_MSG_CHANNEL_CLOSE;
import static org.apache.sshd.common.SshConstants.SSH_MSG_CHANNEL_DATA;
import static org.apache.sshd.common.SshConstants.SSH_MSG_CHANNEL_OPEN_CONFIRMATION;
import static org.apache.sshd.common.SshConstants.SSH_MSG_CHANNEL_OPEN_FAILURE;
import static org.apache.sshd.common.SshConstants.SSH_MSG_CHANNEL_SUCCESS;
import static org.apache.sshd.common.SshConstants.SSH_MSG_CHANNEL_WINDOW_ADJUST;
import static org.apache.sshd.common.SshConstants.SSH_MSG_KEXDH_REPLY;
import static org.apache.sshd.common.SshConstants.SSH_MSG_KEXINIT;
import static org.apache.sshd.common.SshConstants.SSH_MSG_NEWKEYS;
import static org.apache.sshd.common.SshConstants.SSH_MSG_SERVICE_ACCEPT;
import static org.apache.sshd.common.SshConstants.SSH_MSG_USERAUTH_SUCCESS;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import wirebook.engine.ssh.FaultyServer.Fault;
import wirebook.engine.ssh.RealSshd.Run;
import wirebook.engine.ssh.key.PublicKeyBlob;
import wirebook.net.UnixListener;

/**
 * What goes wrong in any phase of a connection ends the command in OpenSSH's words (taken from its
 * client against the same server), and a stop ends what stands still.
 */
@Tag("slow")
class SshPhaseTest {
  private static final List<Integer> BEFORE =
      List.of(
          (int) SSH_MSG_KEXINIT,
          (int) SSH_MSG_KEXDH_REPLY,
          (int) SSH_MSG_NEWKEYS,
          (int) SSH_MSG_SERVICE_ACCEPT,
          (int) SSH_MSG_USERAUTH_SUCCESS);
  private static final List<Integer> AFTER =
      List.of(
          (int) SSH_MSG_CHANNEL_OPEN_CONFIRMATION,
          (int) SSH_MSG_CHANNEL_SUCCESS,
          (int) SSH_MSG_CHANNEL_DATA);

  @TempDir Path folder;

  private Callable<Run> ssh(FaultyServer server, String input, String... more) {
    List<String> words =
        new ArrayList<>(
            List.of(
                "-F",
                "none",
                "-oBatchMode=yes",
                "-oStrictHostKeyChecking=no",
                "-oUserKnownHostsFile=/dev/null",
                "-oKexAlgorithms=curve25519-sha256",
                "-oPreferredAuthentications=none",
                "-p" + server.port()));
    words.addAll(List.of(more));
    words.addAll(List.of("127.0.0.1", "echo"));
    return () -> RealSshd.run(folder, List.of(), input, words);
  }

  private static FutureTask<Run> started(Callable<Run> command) {
    FutureTask<Run> task = new FutureTask<>(command);
    Thread.ofVirtual().start(task);
    return task;
  }

  /** What it said of the fault, its exit status in front. */
  private String outcome(int at, Fault fault) throws Exception {
    try (FaultyServer server = new FaultyServer(at, fault)) {
      Run run = started(ssh(server, "")).get(60, TimeUnit.SECONDS);
      return run.exit()
          + " "
          + run.err()
              .replaceFirst("Warning: Permanently added .*\n", "")
              .replace("port " + server.port(), "port PORT");
    }
  }

  @Test
  void aServerThatHangsUp() throws Exception {
    for (Fault fault : List.of(Fault.CLOSE, Fault.RESET)) {
      for (int at : BEFORE) {
        assertThat(outcome(at, fault))
            .as(fault + " " + at)
            .matches("255 Connection (closed|reset) by 127.0.0.1 port PORT\n");
      }
      for (int at : AFTER) {
        assertThat(outcome(at, fault))
            .as(fault + " " + at)
            .isIn(
                "255 Connection to 127.0.0.1 closed by remote host.\n",
                "255 Read from remote host 127.0.0.1: Connection reset by peer\n");
      }
    }
  }

  @Test
  void aServerThatTakesItsLeave() throws Exception {
    List<Integer> all = new ArrayList<>(BEFORE);
    all.addAll(AFTER);
    // The command's status has come by then, and does not count any more.
    all.add((int) SSH_MSG_CHANNEL_CLOSE);
    for (int at : all) {
      assertThat(outcome(at, Fault.DISCONNECT))
          .as("" + at)
          .isEqualTo(
              """
              255 Received disconnect from 127.0.0.1 port PORT:11: gone\\033[31m fishing
              Disconnected from 127.0.0.1 port PORT
              """);
    }
  }

  @Test
  void aMessageThatIsCutOff() throws Exception {
    List<Integer> all = new ArrayList<>(BEFORE);
    all.addAll(AFTER);
    // These two have nothing in them.
    all.removeAll(List.of((int) SSH_MSG_NEWKEYS, (int) SSH_MSG_USERAUTH_SUCCESS));
    for (int at : all) {
      assertThat(outcome(at, Fault.CUT))
          .as("" + at)
          .isEqualTo(
              "255 ssh_dispatch_run_fatal: Connection to 127.0.0.1 port PORT: incomplete"
                  + " message\n");
    }
  }

  @Test
  void aMessageThatHasNoBusinessThereBeforeTheLogin() throws Exception {
    for (int at : BEFORE) {
      assertThat(outcome(at, Fault.STRANGER)).as("" + at).startsWith("255 ").contains(" 77");
    }
  }

  @Test
  void aServerThatRunsTheCommandButDoesNotSaySo() throws Exception {
    assertThat(outcome(SSH_MSG_CHANNEL_SUCCESS, Fault.STRANGER)).isEqualTo("0 ");
  }

  @Test
  void aStopWhereverTheServerStandsStill() throws Exception {
    List<Integer> all = new ArrayList<>(BEFORE);
    all.addAll(AFTER);
    all.addAll(List.of((int) SSH_MSG_CHANNEL_WINDOW_ADJUST, (int) SSH_MSG_CHANNEL_CLOSE));
    for (int at : all) {
      try (FaultyServer server = new FaultyServer(at, Fault.STALL)) {
        // More than any window.
        String input = at == SSH_MSG_CHANNEL_WINDOW_ADJUST ? "x".repeat(5_000_000) : "";
        stopped(ssh(server, input), server::awaitFault);
      }
    }
  }

  @Test
  void aServerThatNoLongerAnswersIsGivenUpAfterAsManyQuestionsAsToldTo() throws Exception {
    try (FaultyServer server = new FaultyServer(SSH_MSG_CHANNEL_OPEN_CONFIRMATION, Fault.STALL)) {
      Run run =
          started(ssh(server, "", "-oServerAliveInterval=1", "-oServerAliveCountMax=1"))
              .get(60, TimeUnit.SECONDS);
      assertThat(run.exit()).isEqualTo(255);
      assertThat(run.err()).endsWith("Timeout, server 127.0.0.1 not responding.\n");
    }
  }

  private interface Waiting {
    void await() throws Exception;
  }

  private static void stopped(Callable<Run> command, Waiting until) throws Exception {
    FutureTask<String> end =
        new FutureTask<>(
            () -> {
              try {
                return command.call().err();
              } catch (InterruptedException e) {
                return "stopped";
              }
            });
    Thread cell = Thread.ofVirtual().start(end);
    until.await();
    cell.interrupt();
    try {
      assertThat(end.get(60, TimeUnit.SECONDS)).isEqualTo("stopped");
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause());
    }
  }

  private static byte[] answer(byte... body) {
    Buffer buffer = new ByteArrayBuffer();
    buffer.putBytes(body);
    return buffer.getCompactData();
  }

  /** Answers every request with the same bytes, and hangs up. */
  private static void lie(UnixListener listener, byte[] answer) {
    Thread.ofVirtual()
        .start(
            () -> {
              try (Socket socket = listener.accept()) {
                DataInputStream in = new DataInputStream(socket.getInputStream());
                OutputStream out = socket.getOutputStream();
                while (true) {
                  in.readNBytes(in.readInt());
                  out.write(answer);
                  out.flush();
                  if (answer.length == 0) {
                    return;
                  }
                }
              } catch (java.io.IOException e) {
                // The client has gone.
              }
            });
  }

  @Test
  void anAgentThatLies() throws Exception {
    List<byte[]> lies =
        List.of(
            new byte[0],
            new byte[] {0, 0, 0, 0},
            new byte[] {-1, -1, -1, -1, 12},
            new byte[] {0x7f, 0, 0, 0, 12},
            answer((byte) 12),
            answer((byte) 12, (byte) -1, (byte) -1, (byte) -1, (byte) -1),
            answer((byte) 12, (byte) 0, (byte) 0, (byte) 0, (byte) 9),
            answer((byte) 12, (byte) 0, (byte) 0, (byte) 0, (byte) 1, (byte) 0x7f, (byte) 0),
            answer((byte) 5));
    for (byte[] each : lies) {
      Path path = folder.resolve("agent");
      try (FaultyServer server = new FaultyServer(0, Fault.STALL);
          UnixListener listener = UnixListener.listen(path)) {
        lie(listener, each);
        Run run = started(ssh(server, "", "-oIdentityAgent=" + path)).get(60, TimeUnit.SECONDS);
        assertThat(run.out()).isEqualTo("here\n");
        assertThat(run.exit()).isZero();
      }
    }
  }

  @Test
  void aServerWhoseKeyHasChangedDoesNotGetToTheAgent() throws Exception {
    Path path = folder.resolve("agent");
    try (FaultyServer server = new FaultyServer(SSH_MSG_CHANNEL_SUCCESS, Fault.AGENT);
        UnixListener _ = UnixListener.listen(path)) {
      String other =
          PublicKeyBlob.of(KeyUtils.generateKeyPair("ecdsa-sha2-nistp256", 256).getPublic())
              .base64();
      Path known =
          Files.writeString(
              folder.resolve("known"),
              "[127.0.0.1]:" + server.port() + " ecdsa-sha2-nistp256 " + other + "\n");
      List<String> words =
          List.of(
              "-F",
              "none",
              "-oStrictHostKeyChecking=no",
              "-oUserKnownHostsFile=" + known,
              "-oForwardAgent=" + path,
              "-p" + server.port(),
              "127.0.0.1",
              "echo");
      Run run = started(() -> RealSshd.run(folder, List.of(), "", words)).get(60, TimeUnit.SECONDS);
      assertThat(server.answer()).isEqualTo(SSH_MSG_CHANNEL_OPEN_FAILURE);
      assertThat(run.err())
          .contains("Agent forwarding is disabled to avoid man-in-the-middle attacks.")
          .endsWith(
              """
              Warning: ssh server tried agent forwarding.
              Warning: this is probably a break-in attempt by a malicious server.
              """);
      assertThat(run.exit()).isZero();
    }
  }

  @Test
  void aStopWhileTheAgentDoesNotAnswer() throws Exception {
    Path path = folder.resolve("agent");
    try (FaultyServer server = new FaultyServer(0, Fault.STALL);
        UnixListener listener = UnixListener.listen(path)) {
      stopped(
          ssh(server, "", "-oIdentityAgent=" + path),
          () -> {
            Socket socket = listener.accept();
            assertThat(socket.getInputStream().read()).isNotNegative();
          });
    }
  }
}
