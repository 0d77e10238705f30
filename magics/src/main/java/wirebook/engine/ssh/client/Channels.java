package wirebook.engine.ssh.client;

import java.util.List;
import org.apache.sshd.common.channel.ChannelFactory;
import org.apache.sshd.common.channel.RequestHandler;
import org.apache.sshd.common.session.ConnectionService;
import org.apache.sshd.common.session.helpers.AbstractConnectionServiceRequestHandler;
import org.apache.sshd.common.util.buffer.Buffer;

/** What the server may ask of the client: channels, and things about the whole connection. */
final class Channels {
  List<ChannelFactory> factories() {
    return List.of();
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
