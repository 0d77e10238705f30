package wirebook.engine.ssh.transport;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import org.apache.sshd.common.io.AbstractIoWriteFuture;
import org.apache.sshd.common.io.IoAcceptor;
import org.apache.sshd.common.io.IoHandler;
import org.apache.sshd.common.io.IoService;
import org.apache.sshd.common.io.IoSession;
import org.apache.sshd.common.io.IoWriteFuture;
import org.apache.sshd.common.util.Readable;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.apache.sshd.common.util.closeable.AbstractCloseable;
import org.jspecify.annotations.Nullable;
import wirebook.codec.Quietly;

/**
 * One connection in the shape that MINA wants: a virtual thread reads, writers write for
 * themselves.
 */
final class StreamSession extends AbstractCloseable implements IoSession {
  private static final int PIECE = 64 * 1024;
  private static final AtomicLong IDS = new AtomicLong(100);

  private final long id = IDS.incrementAndGet();
  private final IoService service;
  private final IoHandler handler;
  private final Streams streams;
  private final BiConsumer<Boolean, byte[]> tap;
  private final Map<Object, Object> attributes = new ConcurrentHashMap<>();
  private final ReentrantLock writing = new ReentrantLock();

  /**
   * @param tap sees every piece that was read (true) or is written (false)
   */
  StreamSession(
      IoService service, IoHandler handler, Streams streams, BiConsumer<Boolean, byte[]> tap) {
    this.service = service;
    this.handler = handler;
    this.streams = streams;
    this.tap = tap;
  }

  void startReading() {
    Thread.ofVirtual().name("ssh-reader-" + id).start(this::read);
  }

  private void read() {
    byte[] piece = new byte[PIECE];
    try {
      for (int n = streams.in().read(piece); n >= 0; n = streams.in().read(piece)) {
        tap.accept(true, java.util.Arrays.copyOf(piece, n));
        Readable message = new ByteArrayBuffer(piece, 0, n);
        handler.messageReceived(this, message);
        if (isClosed()) {
          return;
        }
      }
      close(true);
    } catch (Throwable e) {
      caught(e);
    }
  }

  private void caught(Throwable e) {
    if (!isClosed()) {
      try {
        handler.exceptionCaught(this, e);
      } catch (Throwable again) {
        // The session ends either way.
      }
    }
    close(true);
  }

  @Override
  public IoWriteFuture writeBuffer(Buffer buffer) {
    if (isClosing()) {
      return AbstractIoWriteFuture.fulfilled(this, new ClosedChannelException());
    }
    writing.lock();
    try {
      byte[] piece =
          java.util.Arrays.copyOfRange(
              buffer.array(), buffer.rpos(), buffer.rpos() + buffer.available());
      tap.accept(false, piece);
      streams.out().write(piece);
      streams.out().flush();
      return AbstractIoWriteFuture.fulfilled(this, true);
    } catch (IOException e) {
      return AbstractIoWriteFuture.fulfilled(this, e);
    } finally {
      writing.unlock();
    }
  }

  @Override
  protected void doCloseImmediately() {
    Quietly.close(streams.closing());
    super.doCloseImmediately();
    try {
      handler.sessionClosed(this);
    } catch (Exception e) {
      // MINA has nothing more to say about it.
    }
  }

  @Override
  public long getId() {
    return id;
  }

  @Override
  public @Nullable Object getAttribute(Object key) {
    return attributes.get(key);
  }

  @Override
  public @Nullable Object setAttribute(Object key, Object value) {
    return attributes.put(key, value);
  }

  @Override
  public @Nullable Object setAttributeIfAbsent(Object key, Object value) {
    return attributes.putIfAbsent(key, value);
  }

  @Override
  public @Nullable Object removeAttribute(Object key) {
    return attributes.remove(key);
  }

  @Override
  public SocketAddress getRemoteAddress() {
    return streams.remote();
  }

  @Override
  public SocketAddress getLocalAddress() {
    return streams.local();
  }

  @Override
  public @Nullable SocketAddress getAcceptanceAddress() {
    return service instanceof IoAcceptor ? streams.local() : null;
  }

  @Override
  public IoService getService() {
    return service;
  }

  @Override
  public void shutdownOutputStream() {
    // A transport ends as a whole.
  }

  @Override
  public void suspendRead() {
    // Only MINA's own forwarding asks for it.
  }

  @Override
  public void resumeRead() {
    // It never waits.
  }
}
