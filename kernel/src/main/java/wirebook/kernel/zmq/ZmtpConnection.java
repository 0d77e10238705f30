package wirebook.kernel.zmq;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import wirebook.codec.Quietly;
import wirebook.kernel.zmq.Zmtp.Item;
import wirebook.kernel.zmq.Zmtp.ZmtpException;
import wirebook.trace.Bytes;

/**
 * One peer of a socket. The server's thread reads; whoever sends also writes, as far as the system
 * takes it at once, and the server's thread writes the rest.
 */
final class ZmtpConnection {
  private static final AtomicInteger NAMELESS = new AtomicInteger();
  private static final AtomicLong COUNT = new AtomicLong();

  /** Bytes at which whoever publishes waits, and at which he goes on. */
  private static final long HIGH = 16L * 1024 * 1024;

  /** Bytes that are kept for a peer that does not read; what comes then is dropped. */
  private static final long HIGHEST = 64L * 1024 * 1024;

  private static final long STALLED_MILLIS = 2000;

  /** Larger writes would make the system keep direct buffers of their size. */
  private static final int LARGEST_WRITE = 128 * 1024;

  private final long number = COUNT.incrementAndGet();
  private final ZmtpSocket socket;
  private final SocketChannel channel;
  private final SelectionKey key;
  private final Zmtp.Reader reader = new Zmtp.Reader();
  private final Set<Bytes> topics = ConcurrentHashMap.newKeySet();
  private volatile Bytes identity = Bytes.EMPTY;
  private boolean greeted;
  private boolean ready;

  private final Deque<ByteBuffer> outbox = new ArrayDeque<>();
  private long queued;
  private long written;
  private boolean stalled;
  private boolean closed;

  ZmtpConnection(ZmtpSocket socket, SocketChannel channel, SelectionKey key) {
    this.socket = socket;
    this.channel = channel;
    this.key = key;
  }

  /** The later it came, the larger. */
  long number() {
    return number;
  }

  boolean isReady() {
    return ready;
  }

  Bytes identity() {
    return identity;
  }

  void greet() {
    send(Zmtp.greeting());
  }

  boolean subscribedTo(Bytes topic) {
    return topics.stream()
        .anyMatch(t -> t.length() <= topic.length() && t.equals(topic.slice(0, t.length())));
  }

  /** Reads and writes what can be, called by the server's thread. */
  void ready(SelectionKey selected, ByteBuffer buffer) throws IOException {
    if (selected.isValid() && selected.isWritable()) {
      synchronized (outbox) {
        flush();
      }
    }
    if (selected.isValid() && selected.isReadable()) {
      read(buffer.clear());
    }
  }

  private void read(ByteBuffer buffer) throws IOException {
    int count = channel.read(buffer);
    if (count < 0) {
      close();
      return;
    }
    reader.feed(buffer.flip());
    for (var item = reader.next(); item.isPresent(); item = reader.next()) {
      take(item.get());
    }
  }

  private void take(Item item) throws ZmtpException {
    switch (item) {
      case Item.Greeting(String mechanism) -> {
        if (!mechanism.equals("NULL")) {
          throw new ZmtpException("the peer wants the mechanism " + mechanism);
        }
        greeted = true;
        send(Zmtp.ready(socket.type().name()));
      }
      case Item.Command(String name, Bytes body) -> command(name, body);
      case Item.Multipart(List<Bytes> frames) -> {
        if (!ready) {
          throw new ZmtpException("a message before READY");
        }
        message(frames);
      }
    }
  }

  private void command(String name, Bytes body) throws ZmtpException {
    if (!ready) {
      if (!greeted || !name.equals("READY")) {
        throw new ZmtpException(name + " before READY");
      }
      peerIsReady(Zmtp.properties(body));
      return;
    }
    switch (name) {
      case "PING" -> {
        if (body.length() >= 2) {
          send(Zmtp.command("PONG", body.slice(2, body.length())));
        }
      }
      case "SUBSCRIBE" -> subscribe(body);
      case "CANCEL" -> topics.remove(body);
      default -> {
        // PONG, ERROR and what later versions add need no answer.
      }
    }
  }

  private void peerIsReady(Map<String, Bytes> properties) throws ZmtpException {
    String type = properties.getOrDefault("socket-type", Bytes.EMPTY).text();
    if (!socket.type().talksTo(type)) {
      throw new ZmtpException("a " + type + " cannot talk to a " + socket.type());
    }
    ready = true;
    reader.ready();
    Bytes name = properties.getOrDefault("identity", Bytes.EMPTY);
    // Names that begin with a zero byte are ours to give (RFC 28).
    identity =
        name.isEmpty() || name.at(0) == 0
            ? Bytes.of(ByteBuffer.allocate(5).putInt(1, NAMELESS.incrementAndGet()).array())
            : name;
    socket.named(identity, this);
  }

  private void message(List<Bytes> frames) {
    switch (socket.type()) {
      case ROUTER ->
          socket.listener().received(Stream.concat(Stream.of(identity), frames.stream()).toList());
      case REP -> send(Zmtp.message(frames));
      case XPUB -> {
        Bytes frame = frames.getFirst();
        if (!frame.isEmpty() && frame.at(0) == 1) {
          subscribe(frame.slice(1, frame.length()));
        } else if (!frame.isEmpty() && frame.at(0) == 0) {
          topics.remove(frame.slice(1, frame.length()));
        }
      }
    }
  }

  private void subscribe(Bytes topic) {
    topics.add(topic);
    List<Bytes> greeting = socket.listener().subscribed(topic);
    if (!greeting.isEmpty()) {
      send(Zmtp.message(greeting));
    }
  }

  /** Sends the bytes of one message, or drops them when the peer is gone or does not read. */
  void send(ByteBuffer message) {
    synchronized (outbox) {
      if (closed || (stalled && queued > HIGH) || queued > HIGHEST) {
        return;
      }
      queued += message.remaining();
      outbox.add(message);
      if (outbox.size() > 1) {
        return;
      }
      try {
        flush();
      } catch (IOException e) {
        // The reading thread finds out as well, and closes.
        drop();
      }
    }
  }

  /** Writes what the system takes, and has the server's thread called for the rest. */
  private void flush() throws IOException {
    while (!outbox.isEmpty()) {
      ByteBuffer first = outbox.getFirst();
      int end = first.limit();
      first.limit(Math.min(end, first.position() + LARGEST_WRITE));
      int count = channel.write(first);
      first.limit(end);
      written += count;
      queued -= count;
      if (count == 0) {
        break;
      }
      if (!first.hasRemaining()) {
        outbox.removeFirst();
      }
    }
    stalled = stalled && queued > HIGH;
    outbox.notifyAll();
    try {
      int ops =
          outbox.isEmpty() ? SelectionKey.OP_READ : SelectionKey.OP_READ | SelectionKey.OP_WRITE;
      if (key.interestOps() != ops) {
        key.interestOps(ops);
        key.selector().wakeup();
      }
    } catch (CancelledKeyException e) {
      drop();
    }
  }

  private void drop() {
    outbox.clear();
    queued = 0;
    closed = true;
    outbox.notifyAll();
  }

  void awaitRoom() throws InterruptedException {
    synchronized (outbox) {
      while (queued > HIGH && !stalled) {
        long before = written;
        outbox.wait(STALLED_MILLIS);
        stalled = written == before && queued > HIGH;
      }
    }
  }

  void drain(long end) {
    synchronized (outbox) {
      try {
        for (long left = end - System.nanoTime();
            !outbox.isEmpty() && left > 0;
            left = end - System.nanoTime()) {
          outbox.wait(TimeUnit.NANOSECONDS.toMillis(left) + 1);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  void close() {
    synchronized (outbox) {
      drop();
    }
    socket.remove(this);
    Quietly.close(channel);
  }
}
