package wirebook.engine.ssh;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.io.IoSession;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.core.CoreModuleProperties;
import org.apache.sshd.server.Environment;
import org.apache.sshd.server.ExitCallback;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.auth.UserAuthNoneFactory;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.command.Command;
import org.apache.sshd.server.session.ServerSessionImpl;
import org.apache.sshd.server.session.SessionFactory;

/**
 * A server that lets anybody in and echoes its input, until it comes to one message: that one it
 * does not send as it should.
 */
final class FaultyServer implements AutoCloseable {
  enum Fault {
    /** Nothing is sent any more, nothing is read. */
    STALL,
    CLOSE,
    RESET,
    DISCONNECT,
    /** The message has only its number and one byte. */
    CUT,
    /** Another message, which has no business there. */
    STRANGER,
    /** The server asks for the user's agent, and the command goes on when it has the answer. */
    AGENT
  }

  private final SshServer server = SshServer.setUpDefaultServer();
  private final int at;
  private final Fault fault;
  private final CountDownLatch reached = new CountDownLatch(1);
  private final CountDownLatch released = new CountDownLatch(1);
  private final CompletableFuture<Integer> answer = new CompletableFuture<>();

  /**
   * @param at the number of the message
   */
  FaultyServer(int at, Fault fault) throws Exception {
    this.at = at;
    this.fault = fault;
    server.setHost("127.0.0.1");
    server.setKeyPairProvider(
        KeyPairProvider.wrap(KeyUtils.generateKeyPair("ecdsa-sha2-nistp256", 256)));
    server.setUserAuthFactories(List.of(UserAuthNoneFactory.INSTANCE));
    if (fault == Fault.RESET) {
      CoreModuleProperties.SOCKET_LINGER.set(server, 0);
    }
    server.setCommandFactory((channel, command) -> new Echo());
    server.setSessionFactory(
        new SessionFactory(server) {
          @Override
          protected ServerSessionImpl doCreateSession(IoSession ioSession) throws Exception {
            return new Session(ioSession);
          }
        });
    server.start();
  }

  int port() {
    return server.getPort();
  }

  /** Waits until it is at the message. */
  void awaitFault() throws InterruptedException {
    reached.await();
  }

  /** The number of the message that {@link Fault#AGENT} was answered with. */
  int answer() {
    return answer.join();
  }

  @Override
  public void close() throws IOException {
    released.countDown();
    server.stop(true);
  }

  private final class Session extends ServerSessionImpl {
    private final AtomicBoolean done;

    Session(IoSession ioSession) throws Exception {
      done = new AtomicBoolean();
      super(server, ioSession);
    }

    @Override
    protected Buffer preProcessEncodeBuffer(int number, Buffer buffer) throws IOException {
      Buffer usual = super.preProcessEncodeBuffer(number, buffer);
      if (number != at || !done.compareAndSet(false, true)) {
        return usual;
      }
      reached.countDown();
      return switch (fault) {
        case STALL -> {
          getIoSession().suspendRead();
          try {
            released.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          throw new IOException("released");
        }
        case CLOSE, RESET -> {
          getIoSession().close(true);
          throw new IOException("closed");
        }
        case DISCONNECT -> {
          Buffer message = createBuffer(SshConstants.SSH_MSG_DISCONNECT);
          message.putInt(SshConstants.SSH2_DISCONNECT_BY_APPLICATION);
          message.putString("gone\u001b[31m fishing");
          message.putString("");
          yield message;
        }
        case CUT -> {
          Buffer message = createBuffer((byte) number);
          message.putByte((byte) 0);
          yield message;
        }
        case STRANGER -> createBuffer((byte) 77);
        case AGENT -> {
          Buffer message = createBuffer(SshConstants.SSH_MSG_CHANNEL_OPEN);
          message.putString("auth-agent@openssh.com");
          message.putInt(99);
          message.putInt(1 << 20);
          message.putInt(1 << 15);
          yield message;
        }
      };
    }

    @Override
    protected void doHandleMessage(Buffer buffer) throws Exception {
      int number = buffer.rawByte(buffer.rpos());
      if (number == SshConstants.SSH_MSG_CHANNEL_OPEN_CONFIRMATION
          || number == SshConstants.SSH_MSG_CHANNEL_OPEN_FAILURE) {
        // The server opens no channel but that one, of which MINA knows nothing.
        answer.complete(number);
      } else {
        super.doHandleMessage(buffer);
      }
    }
  }

  /** Sends back what comes, and ends with it. */
  private final class Echo implements Command {
    private InputStream in = InputStream.nullInputStream();
    private OutputStream out = OutputStream.nullOutputStream();
    private ExitCallback exit = (status, message, close) -> {};

    @Override
    public void setInputStream(InputStream in) {
      this.in = in;
    }

    @Override
    public void setOutputStream(OutputStream out) {
      this.out = out;
    }

    @Override
    public void setErrorStream(OutputStream err) {
      // It has none.
    }

    @Override
    public void setExitCallback(ExitCallback exit) {
      this.exit = exit;
    }

    @Override
    public void start(ChannelSession channel, Environment environment) {
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  if (fault == Fault.AGENT) {
                    answer.join();
                  }
                  out.write("here\n".getBytes(StandardCharsets.UTF_8));
                  out.flush();
                  in.transferTo(out);
                  out.flush();
                  exit.onExit(0);
                } catch (IOException e) {
                  exit.onExit(1);
                }
              });
    }

    @Override
    public void destroy(ChannelSession channel) {
      // Its thread ends with its input.
    }
  }
}
