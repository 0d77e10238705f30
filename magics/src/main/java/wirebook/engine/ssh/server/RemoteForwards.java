package wirebook.engine.ssh.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.sshd.common.AttributeRepository.AttributeKey;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.session.ConnectionService;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.session.helpers.AbstractConnectionServiceRequestHandler;
import org.apache.sshd.common.util.buffer.Buffer;
import wirebook.codec.Quietly;
import wirebook.engine.ssh.transport.Accepting;
import wirebook.engine.ssh.transport.ForwardChannel;
import wirebook.engine.ssh.transport.Joint;
import wirebook.net.Network;

/**
 * Ports of the host that lead to the client (RFC 4254, 7.1). As with sshd's {@code GatewayPorts no}
 * they are on loopback, whatever the client asks for.
 */
final class RemoteForwards extends AbstractConnectionServiceRequestHandler {
  private static final int BACKLOG = 128;
  private static final int FIRST_FREE_FOR_ALL = 1024;

  /** What a session listens at, by the name and the port that it asked for. */
  private static final AttributeKey<Map<String, Accepting>> OPEN = new AttributeKey<>();

  private final Network network;

  RemoteForwards(Network network) {
    this.network = network;
  }

  @Override
  public Result process(ConnectionService service, String request, boolean wantReply, Buffer buffer)
      throws IOException {
    Session session = service.getSession();
    return switch (request) {
      case "tcpip-forward" -> begin(session, buffer, wantReply);
      case "cancel-tcpip-forward" -> end(session, buffer);
      default -> Result.Unsupported;
    };
  }

  private Result begin(Session session, Buffer asked, boolean wantReply) throws IOException {
    String name = asked.getString(StandardCharsets.UTF_8);
    int port = asked.getInt();
    if (port < 0 || port > 65_535 || (port > 0 && port < FIRST_FREE_FOR_ALL)) {
      return Result.ReplyFailure;
    }
    ServerSocket socket;
    try {
      socket =
          network.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), BACKLOG);
    } catch (IOException e) {
      return Result.ReplyFailure;
    }
    int bound = socket.getLocalPort();
    Accepting accepting =
        new Accepting(
            socket,
            Thread.ofVirtual()
                .name("ssh-forward-" + bound)
                .start(() -> accept(session, socket, name, bound)));
    open(session).put(name + ":" + bound, accepting);
    session.addCloseFutureListener(closed -> Quietly.close(accepting));
    if (port == 0 && wantReply) {
      Buffer reply = session.createBuffer(SshConstants.SSH_MSG_REQUEST_SUCCESS, Integer.BYTES);
      reply.putUInt(bound);
      session.writePacket(reply);
      return Result.Replied;
    }
    return Result.ReplySuccess;
  }

  private static Map<String, Accepting> open(Session session) {
    return session.computeAttributeIfAbsent(OPEN, _ -> new ConcurrentHashMap<>());
  }

  private static Result end(Session session, Buffer asked) throws IOException {
    Accepting accepting =
        open(session).remove(asked.getString(StandardCharsets.UTF_8) + ":" + asked.getInt());
    if (accepting == null) {
      return Result.ReplyFailure;
    }
    accepting.close();
    return Result.ReplySuccess;
  }

  private static void accept(Session session, ServerSocket listening, String name, int port) {
    while (true) {
      try {
        Socket socket = listening.accept();
        Thread.ofVirtual().name("ssh-forwarded").start(() -> carry(session, socket, name, port));
      } catch (IOException e) {
        return;
      }
    }
  }

  /** One connection, until both directions have ended. */
  private static void carry(Session session, Socket socket, String name, int port) {
    try (socket) {
      ForwardChannel channel =
          new ForwardChannel(
              "forwarded-tcpip",
              buffer -> {
                buffer.putString(name);
                buffer.putInt(port);
                buffer.putString(socket.getInetAddress().getHostAddress());
                buffer.putInt(socket.getPort());
              });
      channel.open(session);
      Joint.join(channel, channel.getInvertedOut(), channel.getInvertedIn(), socket);
      channel.close(false);
    } catch (IOException e) {
      // Nobody is there at the client's end, or it has gone.
    }
  }
}
