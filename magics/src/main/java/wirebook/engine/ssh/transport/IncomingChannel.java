package wirebook.engine.ssh.transport;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.apache.sshd.client.future.DefaultOpenFuture;
import org.apache.sshd.client.future.OpenFuture;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.channel.ChannelOutputStream;
import org.apache.sshd.common.channel.exception.SshChannelOpenException;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.server.channel.AbstractServerChannel;

/** A channel that the server opens: a forwarded connection, or one to the agent. */
public final class IncomingChannel extends AbstractServerChannel {
  /** Connects to where a channel leads. */
  public interface Target {
    /**
     * @param opening what the server says of it
     * @throws IOException when it cannot be reached, or nobody asked for it
     */
    Socket connect(Buffer opening) throws IOException;
  }

  private final Target target;
  // Bounded by the window that was granted.
  private final BlockingQueue<Optional<byte[]>> incoming = new LinkedBlockingQueue<>();

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
              Socket socket;
              try {
                socket = target.connect(opening);
              } catch (IOException e) {
                future.setException(
                    new SshChannelOpenException(
                        getChannelId(),
                        SshConstants.SSH_OPEN_CONNECT_FAILED,
                        "Connection refused",
                        e));
                close(true);
                return;
              }
              signalChannelOpenSuccess();
              future.setOpened();
              carry(socket);
            });
    return future;
  }

  private void carry(Socket socket) {
    try (socket) {
      Thread out = Thread.ofVirtual().start(() -> drain(socket));
      try (OutputStream to =
          new ChannelOutputStream(
              this, getRemoteWindow(), log, SshConstants.SSH_MSG_CHANNEL_DATA, true)) {
        byte[] piece = new byte[32 * 1024];
        for (int n = socket.getInputStream().read(piece);
            n >= 0;
            n = socket.getInputStream().read(piece)) {
          to.write(piece, 0, n);
          to.flush();
        }
      }
      out.join();
    } catch (IOException e) {
      // The socket or the channel was closed.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      close(false);
    }
  }

  private void drain(Socket socket) {
    try {
      for (Optional<byte[]> piece = incoming.take(); piece.isPresent(); piece = incoming.take()) {
        socket.getOutputStream().write(piece.get());
        socket.getOutputStream().flush();
        if (!isClosing()) {
          getLocalWindow().release(piece.get().length);
        }
      }
      socket.shutdownOutput();
    } catch (IOException e) {
      close(false);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  protected void doWriteData(byte[] data, int offset, long length) {
    incoming.add(Optional.of(Arrays.copyOfRange(data, offset, offset + (int) length)));
  }

  @Override
  protected void doWriteExtendedData(byte[] data, int offset, long length) {
    // A forwarded connection has none.
  }

  @Override
  public void handleEof() throws IOException {
    super.handleEof();
    incoming.add(Optional.empty());
  }

  @Override
  protected void preClose() {
    incoming.add(Optional.empty());
    super.preClose();
  }
}
