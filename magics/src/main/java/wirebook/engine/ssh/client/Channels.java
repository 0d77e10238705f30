package wirebook.engine.ssh.client;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.sshd.common.channel.Channel;
import org.apache.sshd.common.channel.ChannelFactory;
import org.apache.sshd.common.channel.RequestHandler;
import org.apache.sshd.common.session.ConnectionService;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.session.helpers.AbstractConnectionServiceRequestHandler;
import org.apache.sshd.common.util.buffer.Buffer;
import wirebook.engine.ssh.config.Forward;
import wirebook.engine.ssh.config.Forward.End;
import wirebook.net.UnixSocket;

/** What the server may ask of the client: channels, and things about the whole connection. */
final class Channels {
  private final Forwarding forwarding;
  private final Optional<Path> agent;

  /**
   * @param agent the socket of the agent that the server may reach
   */
  Channels(Forwarding forwarding, Optional<Path> agent) {
    this.forwarding = forwarding;
    this.agent = agent;
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

  private Socket forwarded(Buffer opening) throws IOException {
    opening.getString(StandardCharsets.UTF_8);
    return connect(new End.Tcp(Optional.empty(), opening.getInt()));
  }

  private Socket forwardedLocal(Buffer opening) throws IOException {
    return connect(new End.Unix(opening.getString(StandardCharsets.UTF_8)));
  }

  private Socket connect(End listen) throws IOException {
    Forward forward =
        forwarding
            .wanted(listen)
            .orElseThrow(() -> new IOException("nobody asked for this forwarding"));
    return forwarding.near(forward);
  }

  private Socket agent(Buffer opening) throws IOException {
    return UnixSocket.connect(
        agent.orElseThrow(() -> new IOException("nobody asked for agent forwarding")));
  }

  List<RequestHandler<ConnectionService>> requests() {
    return List.of(new KeepAlive());
  }

  /** Is the client there? It is. */
  private static final class KeepAlive extends AbstractConnectionServiceRequestHandler {
    @Override
    public Result process(
        ConnectionService service, String request, boolean wantReply, Buffer buffer) {
      return request.startsWith("keepalive@") ? Result.ReplyFailure : Result.Unsupported;
    }
  }
}
