package wirebook.engine.http.curl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import javax.security.auth.x500.X500Principal;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import wirebook.engine.http.HttpTransfer;
import wirebook.engine.http.server.HttpServers;
import wirebook.engine.http.server.Response;
import wirebook.engine.http.server.WebSocket;
import wirebook.net.NetworkClock;
import wirebook.trace.Bytes;
import wirebook.trust.CertificateAuthority;

/** curl's WebSocket with the one that %serve has. */
class CurlWebSocketTest {
  @TempDir Path directory;
  private final HttpServers servers = new HttpServers();
  private final BlockingQueue<String> ends = new LinkedBlockingQueue<>();

  @AfterEach
  void closeAll() {
    servers.closeAll();
  }

  private HttpServers.Plan plan(WebSocket.Handler handler) {
    return HttpServers.Plan.on(
        0,
        "test",
        request ->
            request.path().equals("/ws")
                ? Response.webSocket(handler)
                : Response.text("no socket here"));
  }

  private String start(HttpServers.Plan plan) throws IOException {
    return "localhost:" + servers.start(plan, NetworkClock.SYSTEM).server().port();
  }

  @Test
  void messagesOfTheServerAreTheBodyUntilItCloses() throws Exception {
    String host =
        start(
            plan(
                socket -> {
                  socket.send("one ");
                  socket.send(Bytes.of(new byte[] {0, 1}));
                  socket.send(" " + "x".repeat(70_000));
                }));
    Setting setting = new Setting(directory);
    HttpTransfer value = setting.curl("-q", "-sS", "ws://" + host + "/ws");
    assertThat(setting.err()).isEmpty();
    assertThat(setting.out()).isEqualTo("one \0\1 " + "x".repeat(70_000));
    assertThat(value.exitCode()).isZero();
    assertThat(value.status()).isEqualTo(101);
    assertThat(value.bytes().length()).isEqualTo(70_007);
    assertThat(value.request().orElseThrow().header("Upgrade")).contains("websocket");
  }

  @Test
  void overTlsItIsTheSame() throws Exception {
    Instant now = Instant.now();
    CertificateAuthority lab = new CertificateAuthority(new X500Principal("CN=lab"), now);
    Files.writeString(directory.resolve("ca.pem"), lab.pem());
    String host =
        start(plan(socket -> socket.send("hush")).with(lab.issue(List.of("localhost"), now)));
    Setting setting = new Setting(directory);
    HttpTransfer value = setting.curl("-q", "-sS", "--cacert", "ca.pem", "wss://" + host + "/ws");
    assertThat(setting.err()).isEmpty();
    assertThat(setting.out()).isEqualTo("hush");
    assertThat(value.exitCode()).isZero();
  }

  @Test
  void anUploadGoesOutInBinaryMessages() throws Exception {
    String host =
        start(
            plan(
                socket -> {
                  int length = 0;
                  while (length < 100_000) {
                    if (!(socket.receive().orElseThrow() instanceof WebSocket.Message.Binary b)) {
                      throw new IllegalStateException("not binary");
                    }
                    length += b.bytes().length();
                  }
                  socket.send("got " + length);
                }));
    Files.writeString(directory.resolve("up"), "x".repeat(100_000));
    Setting setting = new Setting(directory);
    HttpTransfer value = setting.curl("-q", "-sS", "-T", "up", "ws://" + host + "/ws");
    assertThat(setting.err()).isEmpty();
    assertThat(setting.out()).isEqualTo("got 100000");
    assertThat(value.exitCode()).isZero();
  }

  @Test
  void whatIsNoWebSocketIsRefused() throws Exception {
    Setting setting = new Setting(directory);
    String host = start(plan(socket -> {}));
    assertThat(setting.curl("-q", "-sS", "ws://" + host + "/").exitCode()).isEqualTo(22);
    assertThat(setting.err()).isEqualTo("curl: (22) Refused WebSocket upgrade: 200\n");
    assertThat(setting.out()).isEmpty();
  }

  @Test
  void whoHasEnoughLeavesAndTheServerHearsOfIt() throws Exception {
    String host =
        start(
            plan(
                socket -> {
                  socket.send("welcome");
                  ends.add(socket.receive().map(Object::toString).orElse("gone"));
                }));
    Setting setting = new Setting(directory);
    assertThat(setting.curl("-q", "-sS", "-m", "0.5", "ws://" + host + "/ws").exitCode())
        .isEqualTo(28);
    assertThat(setting.out()).isEqualTo("welcome");
    assertThat(ends.take()).isEqualTo("gone");
  }
}
