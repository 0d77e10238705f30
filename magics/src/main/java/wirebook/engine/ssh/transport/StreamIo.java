package wirebook.engine.ssh.transport;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import org.apache.sshd.common.AttributeRepository;
import org.apache.sshd.common.Factory;
import org.apache.sshd.common.FactoryManager;
import org.apache.sshd.common.io.DefaultIoConnectFuture;
import org.apache.sshd.common.io.IoAcceptor;
import org.apache.sshd.common.io.IoConnectFuture;
import org.apache.sshd.common.io.IoConnector;
import org.apache.sshd.common.io.IoHandler;
import org.apache.sshd.common.io.IoServiceEventListener;
import org.apache.sshd.common.io.IoServiceFactory;
import org.apache.sshd.common.io.IoServiceFactoryFactory;
import org.apache.sshd.common.io.IoSession;
import org.apache.sshd.common.util.closeable.AbstractCloseable;
import org.apache.sshd.common.util.threads.CloseableExecutorService;
import org.jspecify.annotations.Nullable;

/** Gives MINA a connection that stands already, in the place of sockets of its own. */
final class StreamIo extends AbstractCloseable
    implements IoServiceFactory, IoServiceFactoryFactory {
  private final Streams streams;
  private final BiConsumer<Boolean, byte[]> tap;

  StreamIo(Streams streams, BiConsumer<Boolean, byte[]> tap) {
    this.streams = streams;
    this.tap = tap;
  }

  @Override
  public IoServiceFactory create(FactoryManager manager) {
    return this;
  }

  @Override
  public void setExecutorServiceFactory(Factory<CloseableExecutorService> factory) {
    // Reading is done on virtual threads.
  }

  @Override
  public IoConnector createConnector(IoHandler handler) {
    return new Connector(handler);
  }

  @Override
  public IoAcceptor createAcceptor(IoHandler handler) {
    throw new UnsupportedOperationException("the network listens");
  }

  @Override
  public @Nullable IoServiceEventListener getIoServiceEventListener() {
    return null;
  }

  @Override
  public void setIoServiceEventListener(IoServiceEventListener listener) {
    // Nobody listens.
  }

  private final class Connector extends AbstractCloseable implements IoConnector {
    private final IoHandler handler;
    private final Map<Long, IoSession> sessions = new ConcurrentHashMap<>();

    Connector(IoHandler handler) {
      this.handler = handler;
    }

    @Override
    public IoConnectFuture connect(
        SocketAddress target,
        @Nullable AttributeRepository context,
        @Nullable SocketAddress local) {
      IoConnectFuture future = new DefaultIoConnectFuture(target, null);
      StreamSession session = new StreamSession(this, handler, streams, tap);
      try {
        if (context != null) {
          session.setAttribute(AttributeRepository.class, context);
        }
        handler.sessionCreated(session);
        sessions.put(session.getId(), session);
        session.addCloseFutureListener(closed -> sessions.remove(session.getId()));
        future.setSession(session);
        session.startReading();
      } catch (Exception e) {
        session.close(true);
        future.setException(e instanceof IOException ? e : new IOException(e));
      }
      return future;
    }

    @Override
    protected void doCloseImmediately() {
      sessions.values().forEach(session -> session.close(true));
      super.doCloseImmediately();
    }

    @Override
    public Map<Long, IoSession> getManagedSessions() {
      return sessions;
    }

    @Override
    public @Nullable IoServiceEventListener getIoServiceEventListener() {
      return null;
    }

    @Override
    public void setIoServiceEventListener(IoServiceEventListener listener) {
      // Nobody listens.
    }
  }
}
