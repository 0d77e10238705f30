package wirebook.engine.ssh.transport;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.function.BiConsumer;
import org.apache.sshd.common.AttributeRepository;
import org.apache.sshd.common.io.DefaultIoConnectFuture;
import org.apache.sshd.common.io.IoAcceptor;
import org.apache.sshd.common.io.IoConnectFuture;
import org.apache.sshd.common.io.IoConnector;
import org.apache.sshd.common.io.IoHandler;
import org.jspecify.annotations.Nullable;

/** Gives MINA a connection that stands already, in the place of sockets of its own. */
final class StreamIo extends IoServices {
  private final Streams streams;
  private final BiConsumer<Boolean, byte[]> tap;

  StreamIo(Streams streams, BiConsumer<Boolean, byte[]> tap) {
    this.streams = streams;
    this.tap = tap;
  }

  @Override
  public IoConnector createConnector(IoHandler handler) {
    return new Connector(handler);
  }

  @Override
  public IoAcceptor createAcceptor(IoHandler handler) {
    throw new UnsupportedOperationException("the network listens");
  }

  private final class Connector extends Service implements IoConnector {
    Connector(IoHandler handler) {
      super(handler);
    }

    @Override
    public IoConnectFuture connect(
        SocketAddress target,
        @Nullable AttributeRepository context,
        @Nullable SocketAddress local) {
      IoConnectFuture future = new DefaultIoConnectFuture(target, null);
      try {
        StreamSession session = begin(streams, tap, context);
        future.setSession(session);
        session.startReading();
      } catch (IOException e) {
        future.setException(e);
      }
      return future;
    }
  }
}
