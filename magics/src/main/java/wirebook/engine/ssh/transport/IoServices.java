package wirebook.engine.ssh.transport;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import org.apache.sshd.common.AttributeRepository;
import org.apache.sshd.common.Factory;
import org.apache.sshd.common.FactoryManager;
import org.apache.sshd.common.io.IoHandler;
import org.apache.sshd.common.io.IoService;
import org.apache.sshd.common.io.IoServiceEventListener;
import org.apache.sshd.common.io.IoServiceFactory;
import org.apache.sshd.common.io.IoServiceFactoryFactory;
import org.apache.sshd.common.io.IoSession;
import org.apache.sshd.common.util.closeable.AbstractCloseable;
import org.apache.sshd.common.util.threads.CloseableExecutorService;
import org.jspecify.annotations.Nullable;

/** What MINA asks for in the place of sockets of its own. */
abstract class IoServices extends AbstractCloseable
    implements IoServiceFactory, IoServiceFactoryFactory {
  @Override
  public IoServiceFactory create(FactoryManager manager) {
    return this;
  }

  @Override
  public void setExecutorServiceFactory(Factory<CloseableExecutorService> factory) {
    // Each connection has a virtual thread.
  }

  @Override
  public @Nullable IoServiceEventListener getIoServiceEventListener() {
    return null;
  }

  @Override
  public void setIoServiceEventListener(IoServiceEventListener listener) {
    // Nobody listens.
  }

  /** Begins sessions, and ends those that it has with itself. */
  abstract static class Service extends AbstractCloseable implements IoService {
    private final IoHandler handler;
    private final Map<Long, IoSession> sessions = new ConcurrentHashMap<>();

    Service(IoHandler handler) {
      this.handler = handler;
    }

    /**
     * A session that MINA knows of; it has yet to be told to read. When MINA does not want it, the
     * connection is closed.
     */
    StreamSession begin(
        Streams streams, BiConsumer<Boolean, byte[]> tap, @Nullable AttributeRepository context)
        throws IOException {
      StreamSession session = new StreamSession(this, handler, streams, tap);
      try {
        if (context != null) {
          session.setAttribute(AttributeRepository.class, context);
        }
        handler.sessionCreated(session);
        sessions.put(session.getId(), session);
        session.addCloseFutureListener(closed -> sessions.remove(session.getId()));
        return session;
      } catch (Exception e) {
        session.close(true);
        throw e instanceof IOException io ? io : new IOException(e);
      }
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
