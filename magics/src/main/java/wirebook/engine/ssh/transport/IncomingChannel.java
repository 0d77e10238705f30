package wirebook.engine.ssh.transport;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import org.apache.sshd.client.future.DefaultOpenFuture;
import org.apache.sshd.client.future.OpenFuture;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.channel.Channel;
import org.apache.sshd.common.channel.ChannelOutputStream;
import org.apache.sshd.common.channel.ChannelPipedInputStream;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.server.channel.AbstractServerChannel;
import wirebook.engine.ssh.config.SystemWords;

/** A channel that the other side opens: a forwarded connection, or one to the agent. */
public final class IncomingChannel extends AbstractServerChannel {
  /** What a channel leads to. */
  public interface Way {
    /**
     * Carries what comes and goes; when it returns, or throws, the channel is closed.
     *
     * @param from what the other side sends
     * @param to what goes there
     */
    void carry(Channel channel, InputStream from, OutputStream to) throws IOException;

    /** To a socket that is connected. */
    static Way to(Socket socket) {
      return (channel, from, to) -> Joint.join(channel, from, to, socket);
    }
  }

  /** Finds the way of a channel. */
  public interface Target {
    /**
     * @param opening what the other side says of it
     * @throws IOException when it cannot be reached, or nobody asked for it
     */
    Way connect(Buffer opening) throws IOException;
  }

  /** It is not allowed to lead there. */
  public static final class Prohibited extends IOException {
    private static final long serialVersionUID = 1;

    /** What OpenSSH's server says then. */
    public Prohibited() {
      super("open failed");
    }
  }

  private final Target target;
  private final ChannelPipedInputStream incoming =
      new ChannelPipedInputStream(getLocalWindow(), Duration.ZERO);

  public IncomingChannel(Target target) {
    super("", List.of(), null);
    this.target = target;
  }

  @Override
  protected OpenFuture doInit(Buffer buffer) {
    OpenFuture future = new DefaultOpenFuture(this, this);
    Buffer opening =
        new org.apache.sshd.common.util.buffer.ByteArrayBuffer(buffer.getCompactData());
    // Connecting takes its time, and this thread is the connection's own.
    Thread.ofVirtual()
        .name("ssh-incoming-" + getChannelId())
        .start(
            () -> {
              Way way;
              try {
                way = target.connect(opening);
              } catch (IOException e) {
                refuse(e);
                close(true);
                return;
              }
              signalChannelOpenSuccess();
              future.setOpened();
              carry(way);
            });
    return future;
  }

  /** MINA would leave the reason out. */
  private void refuse(IOException reason) {
    Buffer message = getSession().createBuffer(SshConstants.SSH_MSG_CHANNEL_OPEN_FAILURE);
    message.putUInt(getRecipient());
    message.putUInt(
        reason instanceof Prohibited
            ? SshConstants.SSH_OPEN_ADMINISTRATIVELY_PROHIBITED
            : SshConstants.SSH_OPEN_CONNECT_FAILED);
    message.putString(
        switch (reason) {
          case SocketTimeoutException _ -> "Connection timed out";
          case UnknownHostException _ -> "Name or service not known";
          case Prohibited _ -> reason.getMessage();
          default -> SystemWords.of(reason);
        });
    message.putString("");
    try {
      getSession().writePacket(message);
    } catch (IOException e) {
      // The connection has ended.
    }
  }

  private void carry(Way way) {
    try (OutputStream to =
        new ChannelOutputStream(
            this, getRemoteWindow(), log, SshConstants.SSH_MSG_CHANNEL_DATA, true)) {
      way.carry(this, incoming, to);
    } catch (IOException e) {
      // The socket or the channel was closed.
    } finally {
      close(false);
    }
  }

  @Override
  protected void doWriteData(byte[] data, int offset, long length) throws IOException {
    // What was on its way when this side closed is no error of the whole connection.
    if (!isClosing()) {
      incoming.receive(data, offset, (int) length);
    }
  }

  @Override
  protected void doWriteExtendedData(byte[] data, int offset, long length) {
    // A forwarded connection has none.
  }

  @Override
  public void handleEof() throws IOException {
    super.handleEof();
    incoming.eof();
  }

  @Override
  protected void preClose() {
    incoming.eof();
    super.preClose();
  }
}
