package wirebook.internet.host;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import wirebook.engine.ssh.server.SshHost;
import wirebook.internet.wire.LoopbackServer;

/**
 * A login as Telnet (RFC 854) had it: name, password and all that is typed travel as they are. It
 * negotiates nothing, so that nc can talk to it.
 */
final class ClearLogin {
  private static final int TRIES = 3;
  private static final int LONGEST_LINE = 4096;
  private static final int IMPATIENCE = 120_000;

  private final String name;
  private final SshHost host;
  private final LoopbackServer server;

  ClearLogin(String name, SshHost host) throws IOException {
    this.name = name;
    this.host = host;
    server = new LoopbackServer("telnet", this::serve);
  }

  int port() {
    return server.port();
  }

  void close() throws IOException {
    server.close();
  }

  private void serve(Socket socket) throws IOException, InterruptedException {
    socket.setSoTimeout(IMPATIENCE);
    InputStream in = socket.getInputStream();
    OutputStream out = socket.getOutputStream();
    for (int i = 0; i < TRIES; i++) {
      say(out, (i == 0 ? name + "\n" : "") + "login: ");
      Optional<String> user = line(in);
      say(out, "Password: ");
      Optional<String> password = user.isPresent() ? line(in) : Optional.empty();
      if (password.isEmpty()) {
        return;
      }
      Optional<SshHost.Account> account =
          host.account(user.get()).filter(a -> a.password(password.get()));
      if (account.isPresent()) {
        account
            .get()
            .run(
                new SshHost.Session(
                    Optional.empty(),
                    in,
                    out,
                    out,
                    Map.of(),
                    true,
                    host.ends(
                        (InetSocketAddress) socket.getLocalSocketAddress(),
                        (InetSocketAddress) socket.getRemoteSocketAddress())));
        return;
      }
      say(out, "Login incorrect\n");
    }
  }

  private static void say(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
    out.flush();
  }

  private static Optional<String> line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0 || line.size() > LONGEST_LINE) {
        return Optional.empty();
      }
      line.write(c);
    }
    return Optional.of(line.toString(StandardCharsets.UTF_8).stripTrailing());
  }
}
