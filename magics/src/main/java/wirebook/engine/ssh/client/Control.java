package wirebook.engine.ssh.client;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import wirebook.engine.ssh.config.Forward;
import wirebook.engine.ssh.config.Forward.End;
import wirebook.engine.ssh.config.Keyword;
import wirebook.engine.ssh.config.Plan;
import wirebook.engine.ssh.config.SshFatal;
import wirebook.engine.ssh.config.SshLog;
import wirebook.net.NetworkClock;
import wirebook.net.UnixListener;
import wirebook.net.UnixSocket;

/**
 * A connection that other ssh commands speak to over a socket: {@code -M}, {@code -S}, {@code -O}
 * (OpenSSH's PROTOCOL.mux, version 4). It can be looked at, ended and given forwardings; sessions
 * are not shared, because their standard streams would have to be handed from process to process:
 * who asks for one is told so, and connects by itself, as OpenSSH does.
 */
final class Control implements Closeable {
  private static final int VERSION = 4;
  private static final int LARGEST = 256 * 1024;
  private static final int HELLO = 1;
  private static final int NEW_SESSION = 0x10000002;
  private static final int CHECK = 0x10000004;
  private static final int TERMINATE = 0x10000005;
  private static final int OPEN_FORWARD = 0x10000006;
  private static final int CLOSE_FORWARD = 0x10000007;
  private static final int STOP = 0x10000009;
  private static final int OK = 0x80000001;
  private static final int DENIED = 0x80000002;
  private static final int FAILURE = 0x80000003;
  private static final int ALIVE = 0x80000005;
  private static final int REMOTE_PORT = 0x80000007;

  private final UnixListener listener;
  private final SshConnection connection;
  private final SshLog log;

  private Control(UnixListener listener, SshConnection connection, SshLog log) {
    this.listener = listener;
    this.connection = connection;
    this.log = log;
  }

  /** Takes commands for a connection, when the configuration says so. */
  static Optional<Control> listen(
      SshEnvironment environment, Plan plan, SshLog log, SshConnection connection) {
    String master = plan.settings().text(Keyword.CONTROL_MASTER);
    if (master.equals("false") || !plan.settings().has(Keyword.CONTROL_PATH)) {
      return Optional.empty();
    }
    String path = plan.settings().text(Keyword.CONTROL_PATH);
    Path file = environment.local().file(path);
    if (master.startsWith("auto") && stands(environment, plan)) {
      log.debug("sessions are not shared: the connection at " + path + " stays as it is");
      return Optional.empty();
    }
    if (Files.exists(file)) {
      log.error("ControlSocket " + path + " already exists, disabling multiplexing");
      return Optional.empty();
    }
    try {
      log.debug("setting up multiplex master socket");
      Control control = new Control(UnixListener.listen(file), connection, log);
      Thread.ofVirtual().name("ssh-control").start(control::accept);
      return Optional.of(control);
    } catch (IOException e) {
      throw new SshFatal("muxserver_listen bind(): " + e.getMessage());
    }
  }

  /** Whether somebody listens there already; what is left of one who did is taken away. */
  private static boolean stands(SshEnvironment environment, Plan plan) {
    Path file = environment.local().file(plan.settings().text(Keyword.CONTROL_PATH));
    try (Socket _ = UnixSocket.connect(file)) {
      return true;
    } catch (ConnectException e) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException again) {
        // It is said that it is there.
      }
      return false;
    } catch (IOException e) {
      return false;
    }
  }

  private void accept() {
    while (true) {
      Socket socket;
      try {
        socket = listener.accept();
      } catch (IOException e) {
        return;
      }
      Thread.ofVirtual().start(() -> serve(socket));
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      DataInputStream in = new DataInputStream(socket.getInputStream());
      Buffer hello = new ByteArrayBuffer();
      hello.putInt(HELLO);
      hello.putInt(VERSION);
      send(socket, hello);
      while (true) {
        Buffer request = receive(in);
        int kind = request.getInt();
        if (kind == HELLO) {
          continue;
        }
        send(socket, answer(kind, request.getInt(), request));
        if (kind == TERMINATE) {
          connection.close();
          close();
          return;
        }
        if (kind == STOP) {
          close();
        }
      }
    } catch (IOException e) {
      // The other command has gone.
    }
  }

  private Buffer answer(int kind, int id, Buffer request) throws IOException {
    Buffer reply = new ByteArrayBuffer();
    switch (kind) {
      case CHECK -> {
        reply.putInt(ALIVE);
        reply.putInt(id);
        reply.putUInt(ProcessHandle.current().pid());
      }
      case TERMINATE, STOP -> {
        reply.putInt(OK);
        reply.putInt(id);
      }
      case OPEN_FORWARD, CLOSE_FORWARD -> forward(kind == OPEN_FORWARD, id, request, reply);
      case NEW_SESSION -> {
        reply.putInt(DENIED);
        reply.putInt(id);
        reply.putString("sessions are not shared");
      }
      default -> {
        reply.putInt(FAILURE);
        reply.putInt(id);
        reply.putString("unsupported request");
      }
    }
    return reply;
  }

  private void forward(boolean open, int id, Buffer request, Buffer reply) throws IOException {
    int type = request.getInt();
    End listen = end(request.getString(StandardCharsets.UTF_8), request.getInt());
    End target = end(request.getString(StandardCharsets.UTF_8), request.getInt());
    Forward forward = new Forward(listen, type == 3 ? Optional.empty() : Optional.of(target));
    boolean remote = type == 2;
    Forwarding forwarding = connection.forwarding();
    boolean done =
        open
            ? remote ? forwarding.remote(forward) : forwarding.local(forward)
            : forwarding.cancel(forward, remote);
    if (!done) {
      reply.putInt(FAILURE);
      reply.putInt(id);
      reply.putString(open ? "Port forwarding failed" : "port not found");
    } else if (open && remote && listen instanceof End.Tcp tcp && tcp.port() == 0) {
      reply.putInt(REMOTE_PORT);
      reply.putInt(id);
      reply.putInt(0);
    } else {
      reply.putInt(OK);
      reply.putInt(id);
    }
  }

  private static End end(String host, int port) {
    return port == -2
        ? new End.Unix(host)
        : new End.Tcp(host.isEmpty() ? Optional.empty() : Optional.of(host), port);
  }

  private static void send(Socket socket, Buffer message) throws IOException {
    Buffer framed = new ByteArrayBuffer();
    framed.putBytes(message.getCompactData());
    OutputStream out = socket.getOutputStream();
    out.write(framed.getCompactData());
    out.flush();
  }

  private static Buffer receive(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > LARGEST) {
      throw new IOException("a message of " + length + " bytes");
    }
    return new ByteArrayBuffer(in.readNBytes(length));
  }

  /** Gives the connection up when it was not ended for so long ({@code ControlPersist}). */
  void persist(NetworkClock clock, String seconds) {
    if (seconds.equals("yes")) {
      return;
    }
    Thread timer =
        Thread.ofVirtual()
            .name("ssh-control-persist")
            .start(
                () -> {
                  try {
                    clock.sleep(Duration.ofSeconds(Long.parseLong(seconds)));
                    connection.close();
                  } catch (InterruptedException e) {
                    // It has ended.
                  }
                });
    connection
        .link()
        .whenEnded(
            reason -> {
              if (!Thread.currentThread().equals(timer)) {
                timer.interrupt();
              }
            });
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      log.debug("control socket: " + e.getMessage());
    }
  }

  /**
   * Speaks to the connection at the control path.
   *
   * @return the exit status, when {@code -O} was given
   */
  static Optional<Integer> command(SshEnvironment environment, Plan plan, SshLog log) {
    if (plan.controlCommand().isEmpty()) {
      return Optional.empty();
    }
    String path = plan.settings().text(Keyword.CONTROL_PATH);
    try (Socket socket = UnixSocket.connect(environment.local().file(path))) {
      DataInputStream in = new DataInputStream(socket.getInputStream());
      receive(in);
      Buffer hello = new ByteArrayBuffer();
      hello.putInt(HELLO);
      hello.putInt(VERSION);
      send(socket, hello);
      return Optional.of(run(plan.controlCommand().get(), plan, log, socket, in));
    } catch (IOException e) {
      String reason =
          Files.exists(environment.local().file(path))
              ? "Connection refused"
              : "No such file or directory";
      log.say(SshLog.Level.FATAL, "Control socket connect(" + path + "): " + reason);
      return Optional.of(255);
    }
  }

  private static int run(String command, Plan plan, SshLog log, Socket socket, DataInputStream in)
      throws IOException {
    switch (command) {
      case "check" -> {
        Buffer answer = ask(socket, in, request(CHECK));
        answer.getInt();
        answer.getInt();
        plainly(log, "Master running (pid=" + answer.getInt() + ")");
      }
      case "exit" -> {
        ask(socket, in, request(TERMINATE));
        plainly(log, "Exit request sent.");
      }
      case "stop" -> {
        ask(socket, in, request(STOP));
        plainly(log, "Stop listening request sent.");
      }
      case "forward", "cancel" -> {
        List<Buffer> requests = new ArrayList<>();
        int kind = command.equals("forward") ? OPEN_FORWARD : CLOSE_FORWARD;
        plan.settings()
            .localForwards()
            .forEach(f -> requests.add(forward(kind, f.dynamic() ? 3 : 1, f)));
        plan.settings().remoteForwards().forEach(f -> requests.add(forward(kind, 2, f)));
        for (Buffer request : requests) {
          Buffer answer = ask(socket, in, request);
          int result = answer.getInt();
          answer.getInt();
          if (result != OK && result != REMOTE_PORT) {
            log.error(
                "mux_client_forward: forwarding request failed: "
                    + answer.getString(StandardCharsets.UTF_8));
            log.error("muxclient: master forward request failed");
            return 255;
          }
        }
      }
      default -> throw new SshFatal("the control command " + command + " is not supported");
    }
    return 0;
  }

  private static void plainly(SshLog log, String text) {
    log.say(SshLog.Level.INFO, text);
  }

  private static Buffer request(int kind) {
    Buffer request = new ByteArrayBuffer();
    request.putInt(kind);
    request.putInt(0);
    return request;
  }

  private static Buffer forward(int kind, int type, Forward forward) {
    Buffer request = request(kind);
    request.putInt(type);
    put(request, forward.listen());
    put(request, forward.target().orElse(new End.Tcp(Optional.of("socks"), 0)));
    return request;
  }

  private static void put(Buffer request, End end) {
    switch (end) {
      case End.Tcp tcp -> {
        request.putString(tcp.host().orElse(""));
        request.putInt(tcp.port());
      }
      case End.Unix unix -> {
        request.putString(unix.path());
        request.putInt(-2);
      }
    }
  }

  private static Buffer ask(Socket socket, DataInputStream in, Buffer request) throws IOException {
    send(socket, request);
    return receive(in);
  }
}
