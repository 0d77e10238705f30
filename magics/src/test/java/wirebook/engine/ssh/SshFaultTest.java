package wirebook.engine.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import wirebook.engine.ssh.RealSshd.Run;

/** {@code %ssh} and servers that do not do what they should. */
class SshFaultTest {
  @TempDir Path folder;

  private interface Behaviour {
    void of(Socket socket) throws Exception;
  }

  /** A server on loopback for one connection. */
  private static ServerSocket server(Behaviour behaviour) throws IOException {
    ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    Thread.ofVirtual()
        .start(
            () -> {
              try (Socket socket = server.accept()) {
                behaviour.of(socket);
              } catch (Exception e) {
                // The client has gone.
              }
            });
    return server;
  }

  private static void say(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    socket.getOutputStream().flush();
  }

  private Run ssh(int port, String... more) throws InterruptedException {
    return RealSshd.run(
        folder,
        List.of(),
        "",
        java.util.stream.Stream.concat(
                java.util.stream.Stream.of(more),
                java.util.stream.Stream.of(
                    "-F", "none", "-oBatchMode=yes", "-p", "" + port, "127.0.0.1", "true"))
            .toList());
  }

  private void saying(String words, Behaviour behaviour) throws Exception {
    try (ServerSocket server = server(behaviour)) {
      Run run = ssh(server.getLocalPort());
      assertThat(run.exit()).isEqualTo(255);
      assertThat(run.err().replace("" + server.getLocalPort(), "PORT")).isEqualTo(words);
    }
  }

  @Test
  void aServerThatClosesAtOnce() throws Exception {
    saying(
        """
        kex_exchange_identification: Connection closed by remote host
        Connection closed by 127.0.0.1 port PORT
        """,
        socket -> socket.shutdownOutput());
  }

  @Test
  void aServerThatClosesAfterItsVersion() throws Exception {
    saying(
        "Connection closed by 127.0.0.1 port PORT\n",
        socket -> {
          say(socket, "SSH-2.0-x\r\n");
          socket.shutdownOutput();
          socket.getInputStream().readAllBytes();
        });
  }

  @Test
  void aServerOfVersionOne() throws Exception {
    saying(
        """
        Protocol major versions differ: 2 vs. 1
        banner exchange: Connection to 127.0.0.1 port PORT: could not read protocol version
        """,
        socket -> {
          say(socket, "SSH-1.5-old\r\n");
          socket.getInputStream().readAllBytes();
        });
  }

  @Test
  void aMillionBytesBeforeTheVersion() throws Exception {
    saying(
        """
        kex_exchange_identification: banner line too long
        banner exchange: Connection to 127.0.0.1 port PORT: invalid format
        """,
        socket -> {
          say(socket, "x".repeat(1_000_000));
          socket.getInputStream().readAllBytes();
        });
  }

  @Test
  void bytesThatAreNoText() throws Exception {
    saying(
        """
        kex_exchange_identification: banner line contains invalid characters
        banner exchange: Connection to 127.0.0.1 port PORT: invalid format
        """,
        socket -> {
          say(socket, "\0\0\r\n");
          socket.getInputStream().readAllBytes();
        });
  }

  /** A binary packet before keys are exchanged (RFC 4253, 6). */
  private static byte[] packet(Buffer payload) {
    byte[] body = payload.getCompactData();
    int padding = 16 - (body.length + 5) % 8;
    Buffer packet = new ByteArrayBuffer();
    packet.putInt(1 + body.length + padding);
    packet.putByte((byte) padding);
    packet.putRawBytes(body);
    packet.putRawBytes(new byte[padding]);
    return packet.getCompactData();
  }

  @ParameterizedTest
  @CsvSource({
    "0, key exchange method, ecdh-none",
    "1, host key type, ssh-none",
    "3, cipher, aes-none",
    "5, MAC, hmac-none"
  })
  void aServerThatHangsUpAsNothingIsInCommonLeavesTheWordsToTheClient(
      int at, String what, String offer) throws Exception {
    List<String> lists =
        new ArrayList<>(
            List.of(
                "curve25519-sha256",
                "ssh-ed25519",
                "aes128-ctr",
                "aes128-ctr",
                "hmac-sha2-256",
                "hmac-sha2-256",
                "none",
                "none",
                "",
                ""));
    lists.set(at, offer);
    Buffer proposal = new ByteArrayBuffer();
    proposal.putByte(SshConstants.SSH_MSG_KEXINIT);
    proposal.putRawBytes(new byte[16]);
    lists.forEach(proposal::putString);
    proposal.putBoolean(false);
    proposal.putInt(0);
    Buffer farewell = new ByteArrayBuffer();
    farewell.putByte(SshConstants.SSH_MSG_DISCONNECT);
    farewell.putInt(SshConstants.SSH2_DISCONNECT_KEY_EXCHANGE_FAILED);
    farewell.putString("nothing in common");
    farewell.putString("");
    saying(
        "Unable to negotiate with 127.0.0.1 port PORT: no matching %s found. Their offer: %s\n"
            .formatted(what, offer),
        socket -> {
          Buffer all = new ByteArrayBuffer();
          all.putRawBytes("SSH-2.0-x\r\n".getBytes(StandardCharsets.US_ASCII));
          all.putRawBytes(packet(proposal));
          all.putRawBytes(packet(farewell));
          socket.getOutputStream().write(all.getCompactData());
          socket.getInputStream().readAllBytes();
        });
  }

  @Test
  void nobodyThere() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Run run = ssh(port);
    assertThat(run.exit()).isEqualTo(255);
    assertThat(run.err())
        .isEqualTo("ssh: connect to host 127.0.0.1 port " + port + ": Connection refused\n");
  }

  @Test
  void aServerThatStallsIsGivenUpInTime() throws Exception {
    try (ServerSocket server = server(socket -> socket.getInputStream().readAllBytes())) {
      Run run = ssh(server.getLocalPort(), "-oConnectTimeout=1");
      assertThat(run.exit()).isEqualTo(255);
      assertThat(run.err()).startsWith("Connection timed out during banner exchange\n");
    }
  }

  @Test
  void aStopEndsTheWaitForAServerThatStalls() throws Exception {
    for (String version : List.of("", "SSH-2.0-stalls\r\n")) {
      CompletableFuture<Boolean> connected = new CompletableFuture<>();
      try (ServerSocket server =
          server(
              socket -> {
                say(socket, version);
                socket.getInputStream().read();
                connected.complete(true);
                socket.getInputStream().readAllBytes();
              })) {
        CompletableFuture<Boolean> stopped = new CompletableFuture<>();
        Thread cell =
            Thread.ofVirtual()
                .start(
                    () -> {
                      try {
                        ssh(server.getLocalPort());
                        stopped.complete(false);
                      } catch (InterruptedException e) {
                        stopped.complete(true);
                      }
                    });
        connected.get(60, TimeUnit.SECONDS);
        cell.interrupt();
        assertThat(stopped.get(60, TimeUnit.SECONDS)).isTrue();
      }
    }
  }

  @Test
  void wordsThatAreNoneOfOurOptionsGetTheUsage() throws Exception {
    Run run = RealSshd.run(folder, List.of(), "", List.of("-Z"));
    assertThat(run.exit()).isEqualTo(255);
    assertThat(run.err()).contains("usage: ssh [-46AaCfGgKkMNnqsTtVvXxYy]");
  }
}
