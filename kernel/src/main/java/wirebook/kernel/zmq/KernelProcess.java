package wirebook.kernel.zmq;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import wirebook.kernel.protocol.ConnectionInfo;
import wirebook.kernel.protocol.Message;
import wirebook.kernel.protocol.WireFormat;
import wirebook.kernel.protocol.WireFormat.Decoded;
import wirebook.kernel.session.History;
import wirebook.kernel.session.IdleHeap;
import wirebook.kernel.session.Interpreter;
import wirebook.kernel.session.KernelSession;
import wirebook.kernel.session.Transport;
import wirebook.trace.Bytes;

/** A running kernel: its sockets, its session and its interpreter. */
public final class KernelProcess implements AutoCloseable {
  private static final Duration LINGER = Duration.ofMillis(500);
  private static final Duration INTERPRETER_CLOSE = Duration.ofSeconds(1);
  private static final Duration PARENT_CHECK = Duration.ofSeconds(1);

  private final ConnectionInfo connection;
  private final CompletableFuture<Interpreter> interpreter;
  private final History history;
  private final ZmtpServer server;
  private final WireFormat format;
  private final ZmtpSocket shell;
  private final ZmtpSocket iopub;
  private final ZmtpSocket heartbeat;
  private final KernelSession session;
  private final CountDownLatch over = new CountDownLatch(1);
  private final AtomicBoolean closed = new AtomicBoolean();

  /**
   * Starts a kernel that answers on the connection's sockets.
   *
   * @param interpreter may still be on its way; it is closed with the kernel
   * @throws IOException with a sentence for people when a socket cannot be bound
   */
  public KernelProcess(
      ConnectionInfo connection, CompletableFuture<Interpreter> interpreter, History history)
      throws IOException {
    this.history = history;
    this.interpreter = interpreter;
    format = new WireFormat(connection);
    server = new ZmtpServer(KernelProcess::log);
    try {
      Sockets sockets = new Sockets(format);
      shell = bound(connection, ZmtpSocket.Type.ROUTER, connection.shellPort(), sockets.shell);
      ZmtpSocket control =
          bound(connection, ZmtpSocket.Type.ROUTER, connection.controlPort(), sockets.control);
      ZmtpSocket stdin =
          bound(connection, ZmtpSocket.Type.ROUTER, connection.stdinPort(), sockets.stdin);
      iopub = bound(connection, ZmtpSocket.Type.XPUB, connection.iopubPort(), sockets.iopub);
      heartbeat = bound(connection, ZmtpSocket.Type.REP, connection.heartbeatPort(), frames -> {});
      // The same where nothing was left to be chosen.
      this.connection =
          connection.transport().equals("tcp") && connection.leavesPorts()
              ? connection.withPorts(
                  port(shell), port(iopub), port(stdin), port(control), port(heartbeat))
              : connection;
      session =
          new KernelSession(
              this.connection,
              new ZmtpTransport(format, shell, control, stdin, iopub),
              interpreter,
              history,
              new Host());
      sockets.session.complete(session);
      server.start();
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  private static int port(ZmtpSocket socket) throws IOException {
    return ((InetSocketAddress) socket.channel().getLocalAddress()).getPort();
  }

  /** With the ports that were bound, where the given ones were 0. */
  ConnectionInfo connection() {
    return connection;
  }

  /** Makes an interpreter on a thread of its own, so that Java starts while sockets are bound. */
  static CompletableFuture<Interpreter> begin(Callable<? extends Interpreter> makeInterpreter) {
    CompletableFuture<Interpreter> interpreter = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .name("java")
        .start(
            () -> {
              try {
                interpreter.complete(makeInterpreter.call());
              } catch (Exception | Error e) {
                // Said in each cell, where the person looks.
                interpreter.completeExceptionally(e);
              }
            });
    return interpreter;
  }

  private ZmtpSocket bound(
      ConnectionInfo asked, ZmtpSocket.Type type, int port, ZmtpSocket.Listener listener)
      throws IOException {
    return server.bind(type, address(asked, port), listener);
  }

  private static SocketAddress address(ConnectionInfo asked, int port) {
    String ip = asked.ip();
    if (asked.transport().equals("ipc")) {
      return UnixDomainSocketAddress.of(ip + "-" + port);
    }
    if (ip.equals("*")) {
      return new InetSocketAddress(port);
    }
    try {
      return new InetSocketAddress(InetAddress.ofLiteral(ip), port);
    } catch (IllegalArgumentException e) {
      return new InetSocketAddress(ip, port);
    }
  }

  /** What comes in, decoded and handed to the session. */
  private static final class Sockets {
    private final WireFormat format;
    private final IdleHeap heap = new IdleHeap(Long.MAX_VALUE);
    private final CompletableFuture<KernelSession> session = new CompletableFuture<>();
    private final ZmtpSocket.Listener shell = frames -> receive(Transport.Channel.SHELL, frames);
    private final ZmtpSocket.Listener control =
        frames -> receive(Transport.Channel.CONTROL, frames);
    private final ZmtpSocket.Listener stdin = frames -> receive(Transport.Channel.STDIN, frames);
    private final ZmtpSocket.Listener iopub =
        new ZmtpSocket.Listener() {
          @Override
          public void received(List<Bytes> frames) {
            // A subscriber has nothing to say but what it subscribes to.
          }

          @Override
          public List<Bytes> subscribed(Bytes topic) {
            Message welcome = session.join().welcome(topic);
            return format.encode(welcome);
          }
        };

    Sockets(WireFormat format) {
      this.format = format;
    }

    private void receive(Transport.Channel channel, List<Bytes> frames) {
      heap.touched();
      switch (format.decode(frames)) {
        case Decoded.Valid(Message message) -> session.join().receive(channel, message);
        case Decoded.Refused(String reason) ->
            log("dropped on " + channel + ": " + reason, Optional.empty());
      }
    }
  }

  private record ZmtpTransport(
      WireFormat format, ZmtpSocket shell, ZmtpSocket control, ZmtpSocket stdin, ZmtpSocket iopub)
      implements Transport {
    @Override
    public void send(Channel channel, Message message) {
      List<Bytes> frames = format.encode(message);
      switch (channel) {
        case SHELL -> shell.route(frames);
        case CONTROL -> control.route(frames);
        case STDIN -> stdin.route(frames);
        case IOPUB -> iopub.publish(frames);
      }
    }

    @Override
    public void awaitRoom() throws InterruptedException {
      iopub.awaitRoom();
    }
  }

  private final class Host implements KernelSession.Host {
    @Override
    public void shutDown(boolean restart) {
      over.countDown();
    }

    @Override
    public void log(String line, Optional<Throwable> cause) {
      KernelProcess.log(line, cause);
    }
  }

  private static void log(String line, Optional<Throwable> cause) {
    System.err.println("wirebook: " + line + cause.map(c -> ": " + c).orElse(""));
  }

  WireFormat format() {
    return format;
  }

  SocketAddress shell() throws IOException {
    return shell.channel().getLocalAddress();
  }

  SocketAddress iopub() throws IOException {
    return iopub.channel().getLocalAddress();
  }

  SocketAddress heartbeat() throws IOException {
    return heartbeat.channel().getLocalAddress();
  }

  /** Stops what runs. */
  public void interrupt() {
    session.interrupt();
  }

  /** Returns when a front end has asked for the end, or the launcher is gone. */
  void await() throws InterruptedException {
    over.await();
  }

  /** Ends the interpreter and its worker, and sends what is still to be sent. */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    Thread closing =
        Thread.ofPlatform()
            .daemon()
            .start(() -> interpreter.thenAccept(Interpreter::close).exceptionally(e -> null));
    server.close(LINGER);
    history.close();
    try {
      closing.join(INTERPRETER_CLOSE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Takes signals, and watches the launcher. */
  void attend() {
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  close();
                  OwnSession.endOthers();
                },
                "close"));
    // After the first of Java, because before that nothing runs that could be stopped.
    interpreter.whenComplete((i, e) -> Signals.onInterrupt(this::interrupt));
    Optional.ofNullable(System.getenv("JPY_PARENT_PID")).ifPresent(this::watchParent);
  }

  /** Ends the kernel when the process that launched it, which says so in JPY_PARENT_PID, has. */
  private void watchParent(String pid) {
    Launcher.of(pid)
        .ifPresent(
            launcher -> Thread.ofPlatform().daemon().name("parent").start(() -> watch(launcher)));
  }

  private void watch(Launcher launcher) {
    try {
      while (!launcher.isGone()) {
        Thread.sleep(PARENT_CHECK);
      }
      over.countDown();
    } catch (InterruptedException e) {
      // Nobody interrupts this thread but the end of the process.
    }
  }

  /**
   * The kernel as a process of its own. Does not return: the process ends with exit code 0 when a
   * front end or the launcher's end asks for it, with 1 when it cannot start.
   */
  public static void run(Path connectionFile, Callable<? extends Interpreter> makeInterpreter)
      throws InterruptedException {
    // First of all: what takes longest to start is the other process.
    CompletableFuture<Interpreter> interpreter = begin(makeInterpreter);
    try {
      ConnectionInfo connection = ConnectionInfo.read(connectionFile);
      KernelProcess kernel =
          new KernelProcess(
              connection, interpreter, History.ofUser(System.getenv(), connection.key()));
      if (connection.leavesPorts()) {
        kernel.connection().writePorts(connectionFile);
      }
      kernel.attend();
      kernel.await();
      kernel.close();
      // A student's library in this process, or a hook of one, must not keep it.
      Thread.ofPlatform()
          .daemon()
          .start(
              () -> {
                try {
                  Thread.sleep(LINGER);
                } catch (InterruptedException e) {
                  // Then now.
                }
                Runtime.getRuntime().halt(0);
              });
      System.exit(0);
    } catch (IOException | IllegalArgumentException e) {
      System.err.println("wirebook: " + e.getMessage());
      interpreter.thenAccept(Interpreter::close).exceptionally(thrown -> null).join();
      System.exit(1);
    }
  }
}
