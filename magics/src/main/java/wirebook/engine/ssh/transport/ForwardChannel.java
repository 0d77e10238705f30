package wirebook.engine.ssh.transport;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Consumer;
import org.apache.sshd.client.channel.AsyncCapableClientChannel;
import org.apache.sshd.client.future.DefaultOpenFuture;
import org.apache.sshd.client.future.OpenFuture;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.session.ConnectionService;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.session.helpers.AbstractSession;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.core.CoreModuleProperties;
import wirebook.engine.ssh.config.Forward.End;

/** A channel for a forwarded connection: to what the other side reaches, or wants to hear of. */
public final class ForwardChannel extends AsyncCapableClientChannel {
  private final Consumer<Buffer> target;

  /**
   * @param target writes where it leads behind the opening message's head
   */
  public ForwardChannel(String type, Consumer<Buffer> target) {
    super(type, false);
    this.target = target;
  }

  /** One for a connection that came in here. */
  public static ForwardChannel to(End end, Socket from) {
    String origin =
        from.getInetAddress() == null ? "127.0.0.1" : from.getInetAddress().getHostAddress();
    int port = Math.max(from.getPort(), 0);
    return switch (end) {
      case End.Tcp tcp ->
          new ForwardChannel(
              "direct-tcpip",
              buffer -> {
                buffer.putString(tcp.host().orElse("localhost"), StandardCharsets.UTF_8);
                buffer.putInt(tcp.port());
                buffer.putString(origin);
                buffer.putInt(port);
              });
      case End.Unix unix ->
          new ForwardChannel(
              "direct-streamlocal@openssh.com",
              buffer -> {
                buffer.putString(unix.path(), StandardCharsets.UTF_8);
                buffer.putString("");
                buffer.putInt(0);
              });
    };
  }

  /** Opens it in a session; throws what the other side says against it. */
  public void open(Session session) throws IOException {
    CoreModuleProperties.WAIT_FOR_SPACE_TIMEOUT.set(session, Duration.ofDays(3650));
    ConnectionService service = ((AbstractSession) session).getService(ConnectionService.class);
    service.registerChannel(this);
    OpenFailure.verify(open());
  }

  @Override
  public synchronized OpenFuture open() throws IOException {
    openFuture = new DefaultOpenFuture(getChannelType(), futureLock);
    Buffer buffer = getSession().createBuffer(SshConstants.SSH_MSG_CHANNEL_OPEN);
    buffer.putString(getChannelType());
    buffer.putUInt(getChannelId());
    buffer.putUInt(getLocalWindow().getSize());
    buffer.putUInt(getLocalWindow().getPacketSize());
    target.accept(buffer);
    writePacket(buffer);
    return openFuture;
  }

  /** The other side says no more (RFC 4254, 5.3); MINA itself only notes it. */
  @Override
  public void handleEof() throws IOException {
    super.handleEof();
    if (out != null) {
      out.close();
    }
  }
}
