package wirebook.engine.ssh.client;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.sshd.common.channel.Channel;
import org.apache.sshd.common.channel.ChannelFactory;
import org.apache.sshd.common.channel.RequestHandler;
import org.apache.sshd.common.session.ConnectionService;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.session.helpers.AbstractConnectionServiceRequestHandler;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import wirebook.engine.ssh.config.Forward;
import wirebook.engine.ssh.config.Forward.End;
import wirebook.engine.ssh.transport.IncomingChannel;

/**
 * What the server may ask of the client: channels, and things about the whole connection.
 *
 * @param hostKeys takes the list of its keys that the server sends
 */
record Channels(Forwarding forwarding, AgentSocket agent, Consumer<Buffer> hostKeys) {
  /** Connects to the agent, when the server may reach it. */
  interface AgentSocket {
    Socket connect() throws IOException;
  }

  List<ChannelFactory> factories() {
    return List.of(
        factory("forwarded-tcpip", this::forwarded),
        factory("forwarded-streamlocal@openssh.com", this::forwardedLocal),
        factory("auth-agent@openssh.com", this::agent));
  }

  private static ChannelFactory factory(String name, IncomingChannel.Target target) {
    return new ChannelFactory() {
      @Override
      public String getName() {
        return name;
      }

      @Override
      public Channel createChannel(Session session) {
        return new IncomingChannel(target);
      }
    };
  }

  private IncomingChannel.Way forwarded(Buffer opening) throws IOException {
    opening.getString(StandardCharsets.UTF_8);
    return connect(new End.Tcp(Optional.empty(), opening.getInt()));
  }

  private IncomingChannel.Way forwardedLocal(Buffer opening) throws IOException {
    return connect(new End.Unix(opening.getString(StandardCharsets.UTF_8)));
  }

  private IncomingChannel.Way connect(End listen) throws IOException {
    Forward forward =
        forwarding
            .wanted(listen)
            .orElseThrow(() -> new IOException("nobody asked for this forwarding"));
    return forwarding.near(forward);
  }

  private IncomingChannel.Way agent(Buffer opening) throws IOException {
    return IncomingChannel.Way.to(agent.connect());
  }

  List<RequestHandler<ConnectionService>> requests() {
    return List.of(new KeepAlive(), new HostKeys());
  }

  /** Is the client there? It is. */
  private static final class KeepAlive extends AbstractConnectionServiceRequestHandler {
    @Override
    public Result process(
        ConnectionService service, String request, boolean wantReply, Buffer buffer) {
      return request.startsWith("keepalive@") ? Result.ReplyFailure : Result.Unsupported;
    }
  }

  private final class HostKeys extends AbstractConnectionServiceRequestHandler {
    @Override
    public Result process(
        ConnectionService service, String request, boolean wantReply, Buffer buffer) {
      if (!request.equals("hostkeys-00@openssh.com")) {
        return Result.Unsupported;
      }
      hostKeys.accept(new ByteArrayBuffer(buffer.getCompactData()));
      return Result.Replied;
    }
  }
}
