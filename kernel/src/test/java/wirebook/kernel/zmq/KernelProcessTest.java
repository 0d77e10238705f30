package wirebook.kernel.zmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.zeromq.SocketType;
import org.zeromq.ZContext;
import org.zeromq.ZMQ;
import wirebook.codec.Json;
import wirebook.kernel.protocol.ConnectionInfo;
import wirebook.kernel.protocol.Message;
import wirebook.kernel.protocol.WireFormat;
import wirebook.kernel.protocol.WireFormat.Decoded;
import wirebook.kernel.session.FakeInterpreter;
import wirebook.kernel.session.History;
import wirebook.trace.Bytes;

/** The kernel's sockets, with another's ZeroMQ on the other side. */
@Timeout(30)
@Tag("slow")
class KernelProcessTest {
  private static final List<Bytes> PING = List.of(Bytes.EMPTY, Bytes.utf8("ping"));

  private final FakeInterpreter interpreter = new FakeInterpreter();

  private static ConnectionInfo tcp() throws IOException {
    List<ServerSocket> free = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      free.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
    }
    int[] ports = free.stream().mapToInt(ServerSocket::getLocalPort).toArray();
    for (ServerSocket socket : free) {
      socket.close();
    }
    return new ConnectionInfo(
        "tcp", "127.0.0.1", ports[0], ports[1], ports[2], ports[3], ports[4], "hmac-sha256", "key");
  }

  private KernelProcess start(ConnectionInfo connection) throws IOException {
    return new KernelProcess(
        connection, CompletableFuture.completedFuture(interpreter), History.inMemory());
  }

  /** A front end. */
  private static final class Client implements AutoCloseable {
    private final ZContext context = new ZContext();
    private final WireFormat format;
    private final ZMQ.Socket shell;
    private final ZMQ.Socket iopub;
    private int ids;

    Client(ConnectionInfo connection) {
      format = new WireFormat(connection);
      shell = connect(SocketType.DEALER, connection.shellPort());
      iopub = context.createSocket(SocketType.SUB);
      iopub.subscribe("");
      iopub.setReceiveTimeOut(20_000);
      iopub.connect("tcp://127.0.0.1:" + connection.iopubPort());
    }

    ZMQ.Socket connect(SocketType type, int port) {
      ZMQ.Socket socket = context.createSocket(type);
      socket.setIdentity("client".getBytes(StandardCharsets.US_ASCII));
      socket.setReceiveTimeOut(20_000);
      socket.connect("tcp://127.0.0.1:" + port);
      return socket;
    }

    void send(String type, Object... content) {
      Message message =
          new Message(
              List.of(),
              new Message.Header(
                  Json.object("msg_id", "m" + ++ids, "session", "s", "msg_type", type)),
              Json.Obj.EMPTY,
              Json.Obj.EMPTY,
              Json.object(content),
              List.of());
      sendRaw(shell, format.encode(message));
    }

    static void sendRaw(ZMQ.Socket socket, List<Bytes> frames) {
      for (int i = 0; i < frames.size(); i++) {
        socket.send(frames.get(i).toArray(), i + 1 < frames.size() ? ZMQ.SNDMORE : 0);
      }
    }

    Message receive(ZMQ.Socket socket) {
      List<Bytes> frames = new ArrayList<>();
      do {
        byte[] frame = socket.recv();
        if (frame == null) {
          throw new AssertionError("nothing came");
        }
        frames.add(Bytes.of(frame));
      } while (socket.hasReceiveMore());
      return switch (format.decode(frames)) {
        case Decoded.Valid(var message) -> message;
        case Decoded.Refused(var reason) -> throw new AssertionError(reason);
      };
    }

    String text(Message message) {
      return message.content().text("text").orElse("");
    }

    @Override
    public void close() {
      context.close();
    }
  }

  @Test
  void portsThatTheKernelChoseAreWrittenIntoTheConnectionFile(@TempDir Path folder)
      throws IOException {
    Path file = folder.resolve("kernel.json");
    Files.writeString(
        file,
        """
        {"transport": "tcp", "ip": "127.0.0.1", "key": "k", "kernel_name": "wirebook",
         "shell_port": 0, "iopub_port": 0, "stdin_port": 0, "control_port": 0, "hb_port": 0}
        """);
    try (KernelProcess kernel = start(ConnectionInfo.read(file))) {
      kernel.connection().writePorts(file);
      ConnectionInfo written = ConnectionInfo.read(file);
      assertThat(written).isEqualTo(kernel.connection());
      assertThat(written.shellPort()).isPositive();
      try (Client client = new Client(written)) {
        client.send("connect_request");
        assertThat(client.receive(client.shell).content().integer("iopub_port"))
            .contains(written.iopubPort());
      }
    }
    assertThat(file).content().contains("\"kernel_name\":\"wirebook\"");
  }

  @Test
  void aFrontEndIsWelcomedAndAnswered() throws IOException {
    ConnectionInfo connection = tcp();
    try (KernelProcess _ = start(connection);
        Client client = new Client(connection)) {
      assertThat(client.receive(client.iopub).type()).isEqualTo("iopub_welcome");
      client.send("execute_request", "code", "out zażółć\n= 42");
      assertThat(client.receive(client.shell).type()).isEqualTo("execute_reply");
      List<String> types = new ArrayList<>();
      while (!types.contains("execute_result")) {
        types.add(client.receive(client.iopub).type());
      }
      assertThat(types).containsExactly("status", "execute_input", "stream", "execute_result");
    }
    assertThat(interpreter.closed).isTrue();
  }

  @Test
  void tenMegabytesPassBothWays() throws IOException {
    ConnectionInfo connection = tcp();
    try (KernelProcess _ = start(connection);
        Client client = new Client(connection)) {
      client.receive(client.iopub);
      String big = "y".repeat(10 << 20);
      client.send("execute_request", "code", "out " + big, "silent", true);
      StringBuilder text = new StringBuilder();
      while (text.length() <= big.length()) {
        text.append(client.text(client.receive(client.iopub)));
      }
      assertThat(text.toString()).isEqualTo(big + "\n");
    }
  }

  @Test
  void theHeartbeatEchoesWhileACellRuns() throws Exception {
    ConnectionInfo connection = tcp();
    try (KernelProcess kernel = start(connection);
        Client client = new Client(connection);
        RawPeer heart = new RawPeer(kernel.heartbeat())) {
      client.send("execute_request", "code", "wait");
      interpreter.waiting.await();
      heart.greet("REQ");
      heart.write(Zmtp.message(PING));
      assertThat(heart.message()).isEqualTo(PING);
      kernel.interrupt();
      assertThat(client.receive(client.shell).content().text("status")).contains("error");
    }
  }

  @Test
  void theHeartbeatEchoesHoweverTheBytesOfItsPeersAreCut() throws IOException {
    try (KernelProcess kernel = start(tcp())) {
      for (long seed = 0; seed < 300; seed++) {
        List<Bytes> second = List.of(Bytes.EMPTY, Bytes.utf8("z".repeat(300)), Bytes.EMPTY);
        try (RawPeer heart = new RawPeer(kernel.heartbeat())) {
          heart.writeCut(
              seed, Zmtp.greeting(), Zmtp.ready("REQ"), Zmtp.message(PING), Zmtp.message(second));
          assertThat(heart.message()).as("seed " + seed).isEqualTo(PING);
          assertThat(heart.message()).as("seed " + seed).isEqualTo(second);
        }
      }
    }
  }

  @Test
  void aRequestIsAnsweredHoweverItsBytesAreCut() throws IOException {
    ConnectionInfo connection = tcp();
    WireFormat format = new WireFormat(connection);
    try (KernelProcess kernel = start(connection)) {
      for (long seed = 0; seed < 100; seed++) {
        Message request =
            new Message(
                List.of(),
                new Message.Header(
                    Json.object(
                        "msg_id", "m" + seed, "session", "s", "msg_type", "kernel_info_request")),
                Json.Obj.EMPTY,
                Json.Obj.EMPTY,
                Json.object("padding", "é".repeat((int) seed)),
                List.of());
        try (RawPeer peer = new RawPeer(kernel.shell())) {
          peer.writeCut(
              seed, Zmtp.greeting(), Zmtp.ready("DEALER"), Zmtp.message(format.encode(request)));
          assertThat(format.decode(peer.message()))
              .as("seed " + seed)
              .isInstanceOfSatisfying(
                  Decoded.Valid.class,
                  reply -> assertThat(reply.message().parent()).isEqualTo(request.header().json()));
        }
      }
    }
  }

  @Test
  void aClientThatComesBackIsAnsweredOnItsNewConnection() throws IOException {
    ConnectionInfo connection = tcp();
    try (KernelProcess _ = start(connection);
        Client first = new Client(connection)) {
      first.send("kernel_info_request");
      assertThat(first.receive(first.shell).type()).isEqualTo("kernel_info_reply");
      try (Client second = new Client(connection)) {
        second.ids = 100;
        second.send("kernel_info_request");
        assertThat(second.receive(second.shell).type()).isEqualTo("kernel_info_reply");
      }
    }
  }

  @Test
  void brokenAndUnsignedMessagesAreDropped() throws IOException {
    ConnectionInfo connection = tcp();
    try (KernelProcess _ = start(connection);
        Client client = new Client(connection)) {
      Client.sendRaw(client.shell, List.of(Bytes.utf8("<IDS|MSG>")));
      Client.sendRaw(client.shell, List.of(Bytes.EMPTY, Bytes.EMPTY));
      Client.sendRaw(
          client.shell,
          List.of(
              Bytes.utf8("<IDS|MSG>"),
              Bytes.utf8("0".repeat(64)),
              Bytes.utf8("{\"msg_id\":\"x\",\"msg_type\":\"shutdown_request\"}"),
              Bytes.utf8("{}"),
              Bytes.utf8("{}"),
              Bytes.utf8("{}")));
      client.send("kernel_info_request");
      assertThat(client.receive(client.shell).type()).isEqualTo("kernel_info_reply");
    }
  }

  @Test
  void aPortInUseIsNamed() throws IOException {
    ConnectionInfo connection = tcp();
    try (KernelProcess _ = start(connection)) {
      assertThatThrownBy(() -> start(connection).close())
          .isInstanceOf(IOException.class)
          .hasMessageContaining(String.valueOf(connection.shellPort()));
    }
  }

  @Test
  void ipcSocketsAreOnlyForTheirUser(@TempDir Path folder) throws IOException {
    Path path = folder.resolve("kernel");
    ConnectionInfo connection =
        new ConnectionInfo("ipc", path.toString(), 1, 2, 3, 4, 5, "hmac-sha256", "key");
    Files.createFile(folder.resolve("other"));
    try (KernelProcess _ = start(connection)) {
      Path heart = folder.resolve("kernel-5");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(heart)))
          .isEqualTo("rw-------");
      // By hand, because JeroMQ has no Unix-domain sockets.
      try (RawPeer peer = new RawPeer(UnixDomainSocketAddress.of(heart))) {
        peer.greet("REQ");
        peer.write(Zmtp.message(PING));
        assertThat(peer.message()).isEqualTo(PING);
      }
    }
    try (var left = Files.list(folder)) {
      assertThat(left).containsExactly(folder.resolve("other"));
    }
  }

  @Test
  void aSubscriberThatDoesNotReadHoldsNothingUpForEver() throws Exception {
    ConnectionInfo connection = tcp();
    try (KernelProcess kernel = start(connection);
        RawPeer deaf = new RawPeer(kernel.iopub())) {
      deaf.greet("SUB");
      deaf.write(Zmtp.message(List.of(Bytes.of(new byte[] {1}))));
      try (Client client = new Client(connection)) {
        client.receive(client.iopub);
        client.send("execute_request", "code", "flood 40");
        long begun = System.nanoTime();
        assertThat(client.receive(client.shell).content().text("status")).contains("ok");
        assertThat(System.nanoTime() - begun).isLessThan(TimeUnit.SECONDS.toNanos(15));
      }
    }
  }
}
