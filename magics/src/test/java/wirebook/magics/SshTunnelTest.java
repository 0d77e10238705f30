package wirebook.magics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import wirebook.engine.ssh.client.SshResult;
import wirebook.engine.ssh.server.SshDaemon;
import wirebook.internet.Internets;
import wirebook.magics.serve.Serve;
import wirebook.magics.ssh.Ssh;
import wirebook.net.UnixSocket;

/** Each end of a tunnel hears that the other has nothing more to say, as without the tunnel. */
@Tag("slow")
@Timeout(60)
class SshTunnelTest {
  private static final int PATIENCE = 20_000;

  private final Internets internets = new Internets("lab");
  @TempDir private Path folder;
  private TestCells cells = new TestCells(internets, Path.of(""));
  private int daemon;

  @BeforeEach
  void start() throws Exception {
    cells = new TestCells(internets, folder);
    daemon =
        ((SshDaemon) cells.run(new Serve(), "serve --ssh 0 --user bob --password pw --forward"))
            .port();
  }

  @AfterEach
  void close() throws Exception {
    cells.run(new Serve(), "serve stop all");
    internets.close();
  }

  enum Kind {
    LOCAL,
    LOCAL_UNIX,
    DYNAMIC,
    REMOTE,
    REMOTE_DYNAMIC
  }

  private SshResult ssh(String words) throws InterruptedException {
    return (SshResult)
        cells.run(
            new Ssh(),
            "ssh --password pw -F none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"
                + " -p "
                + daemon
                + " "
                + words
                + " bob@127.0.0.1");
  }

  /** A server on loopback; its connections are taken by the test. */
  private static ServerSocket listen() throws IOException {
    ServerSocket listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    listening.setSoTimeout(PATIENCE);
    return listening;
  }

  private static int free() throws IOException {
    try (ServerSocket taken = listen()) {
      return taken.getLocalPort();
    }
  }

  /** A tunnel to a server, and how one connects through it. */
  private final class Tunnel implements AutoCloseable {
    private final Kind kind;
    private final int target;
    private final int port;
    private final SshResult ssh;

    Tunnel(Kind kind, ServerSocket server) throws Exception {
      this.kind = kind;
      target = server.getLocalPort();
      int free = free();
      String to = ":127.0.0.1:" + target;
      ssh =
          ssh(
              switch (kind) {
                case LOCAL -> "-N -L " + free + to;
                case LOCAL_UNIX -> "-N -L " + folder.resolve("door") + to;
                case DYNAMIC -> "-N -D " + free;
                case REMOTE -> "-N -R 0" + to;
                case REMOTE_DYNAMIC -> "-N -R 0";
              });
      Matcher allocated = Pattern.compile("Allocated port (\\d+) ").matcher(cells.printed());
      port = allocated.find() ? Integer.parseInt(allocated.group(1)) : free;
    }

    Socket connect() throws IOException {
      if (kind == Kind.LOCAL_UNIX) {
        return UnixSocket.connect(folder.resolve("door"));
      }
      Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setSoTimeout(PATIENCE);
      if (kind == Kind.DYNAMIC || kind == Kind.REMOTE_DYNAMIC) {
        byte[] wish = {5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, (byte) (target >> 8), (byte) target};
        socket.getOutputStream().write(wish);
        socket.getInputStream().readNBytes(12);
      }
      return socket;
    }

    @Override
    public void close() {
      ssh.close();
    }
  }

  private static void say(Socket socket, String words) throws IOException {
    socket.getOutputStream().write(words.getBytes(StandardCharsets.UTF_8));
  }

  private static String all(InputStream in) throws IOException {
    return new String(in.readAllBytes(), StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @EnumSource
  void whenTheServerHasSaidAllItsClientHearsTheEndAndCanStillAnswer(Kind kind) throws Exception {
    try (ServerSocket server = listen();
        Tunnel tunnel = new Tunnel(kind, server);
        Socket client = tunnel.connect();
        Socket served = server.accept()) {
      served.setSoTimeout(PATIENCE);
      say(served, "hello");
      served.shutdownOutput();
      assertThat(all(client.getInputStream())).isEqualTo("hello");
      say(client, "thanks");
      client.shutdownOutput();
      assertThat(all(served.getInputStream())).isEqualTo("thanks");
    }
  }

  @ParameterizedTest
  @EnumSource
  void whenTheClientHasSaidAllItStillHearsTheServer(Kind kind) throws Exception {
    try (ServerSocket server = listen();
        Tunnel tunnel = new Tunnel(kind, server);
        Socket client = tunnel.connect()) {
      try (Socket served = server.accept()) {
        served.setSoTimeout(PATIENCE);
        say(client, "hello");
        client.shutdownOutput();
        assertThat(all(served.getInputStream())).isEqualTo("hello");
        say(served, "thanks");
      }
      assertThat(all(client.getInputStream())).isEqualTo("thanks");
    }
  }

  @ParameterizedTest
  @EnumSource
  void aServerThatBreaksOffAnUploadEndsItAndNotTheTunnel(Kind kind) throws Exception {
    try (ServerSocket server = listen();
        Tunnel tunnel = new Tunnel(kind, server)) {
      try (Socket client = tunnel.connect()) {
        BlockingQueue<String> ended = new LinkedBlockingQueue<>();
        Thread.ofVirtual()
            .start(
                () -> {
                  try (OutputStream out = client.getOutputStream()) {
                    byte[] piece = new byte[32 * 1024];
                    while (true) {
                      out.write(piece);
                    }
                  } catch (IOException e) {
                    ended.add("the upload");
                  }
                });
        try (Socket served = server.accept()) {
          served.getInputStream().readNBytes(4 * 1024 * 1024);
        }
        assertThat(ended.poll(PATIENCE, TimeUnit.MILLISECONDS)).isEqualTo("the upload");
      }
      try (Socket client = tunnel.connect()) {
        try (Socket served = server.accept()) {
          say(served, "still here");
        }
        assertThat(all(client.getInputStream())).isEqualTo("still here");
      }
    }
  }

  @Test
  void whatLeadsToStandardOutputEndsWithTheServersWords() throws Exception {
    try (ServerSocket server = listen()) {
      Thread.ofVirtual()
          .start(
              () -> {
                try (Socket served = server.accept()) {
                  say(served, "hello\n");
                  served.shutdownOutput();
                  served.getInputStream().readAllBytes();
                } catch (IOException e) {
                  // The test says what is missing.
                }
              });
      assertThat(ssh("-W 127.0.0.1:" + server.getLocalPort()).exitCode()).isZero();
      assertThat(cells.printed()).endsWith("\nhello\n");
    }
  }
}
