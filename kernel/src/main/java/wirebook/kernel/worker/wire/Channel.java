package wirebook.kernel.worker.wire;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import wirebook.codec.Quietly;

/**
 * The duplex channel between kernel and worker. A thread of its own writes, because a student's
 * interrupted thread would close the channel it writes to. Whoever sends waits while too much is
 * under way, so a cell cannot print faster than the other side reads for long.
 */
public final class Channel implements Closeable {
  private static final int MOST_UNDER_WAY = 4 << 20;

  /**
   * What a message costs the other side besides its bytes: of small ones fewer are under way, so
   * that the end of a cell which has shown many does not come long after.
   */
  private static final int MESSAGE_COST = 4 << 10;

  private final SocketChannel socket;
  private final DataInputStream in;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<byte[]> waiting = new ArrayDeque<>();
  private int underWay;
  private boolean closed;

  public Channel(SocketChannel socket, String name) {
    this.socket = socket;
    in = new DataInputStream(new BufferedInputStream(Channels.newInputStream(socket), 1 << 16));
    Thread.ofPlatform().daemon().name(name + " writer").start(this::write);
  }

  /** Sends in the order of the calls. Does nothing once the channel is closed. */
  public void send(WorkerMessage message) {
    enqueue(message, true);
  }

  /** As {@link #send}, but goes out together with the next message that is sent. */
  public void sendLater(WorkerMessage message) {
    enqueue(message, false);
  }

  private void enqueue(WorkerMessage message, boolean now) {
    byte[] body = Codec.encode(message);
    lock.lock();
    try {
      while (underWay > MOST_UNDER_WAY && !closed) {
        changed.awaitUninterruptibly();
      }
      waiting.add(body);
      underWay += MESSAGE_COST + body.length;
      if (now || underWay > MOST_UNDER_WAY) {
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /** The next message, or empty at the end. One thread calls this. */
  public Optional<WorkerMessage> receive() throws IOException {
    int length;
    try {
      length = in.readInt();
    } catch (EOFException e) {
      return Optional.empty();
    }
    if (length < 0 || length > Codec.LONGEST) {
      throw new IOException("a message of " + length + " bytes");
    }
    byte[] body = in.readNBytes(length);
    return body.length < length ? Optional.empty() : Optional.of(Codec.decode(body));
  }

  private void write() {
    ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 16);
    try {
      while (true) {
        byte[] body;
        lock.lock();
        try {
          while (waiting.isEmpty() && !closed) {
            changed.awaitUninterruptibly();
          }
          if (waiting.isEmpty()) {
            return;
          }
          body = waiting.remove();
        } finally {
          lock.unlock();
        }
        put(buffer, body);
        boolean idle;
        lock.lock();
        try {
          underWay -= MESSAGE_COST + body.length;
          idle = waiting.isEmpty();
          changed.signalAll();
        } finally {
          lock.unlock();
        }
        if (idle) {
          flush(buffer);
        }
      }
    } catch (IOException e) {
      close();
    }
  }

  private void put(ByteBuffer buffer, byte[] body) throws IOException {
    if (buffer.remaining() < Integer.BYTES) {
      flush(buffer);
    }
    buffer.putInt(body.length);
    for (int at = 0; at < body.length; ) {
      if (!buffer.hasRemaining()) {
        flush(buffer);
      }
      int part = Math.min(buffer.remaining(), body.length - at);
      buffer.put(body, at, part);
      at += part;
    }
  }

  private void flush(ByteBuffer buffer) throws IOException {
    buffer.flip();
    while (buffer.hasRemaining()) {
      socket.write(buffer);
    }
    buffer.clear();
  }

  /** Ends both directions; what waits to be sent is dropped. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      waiting.clear();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    Quietly.close(socket);
  }
}
