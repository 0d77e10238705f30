package wirebook.engine.http.client;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import wirebook.engine.http.CurlCode;
import wirebook.engine.http.Http2;
import wirebook.engine.http.HttpFailure;
import wirebook.engine.http.HttpHeader;
import wirebook.trace.Bytes;

/**
 * A connection on which several transfers have a stream each (RFC 9113, section 5): a thread of its
 * own takes what the server says and hands every stream its part. What is sent goes out in the
 * order in which it was made, as header compression needs it.
 */
final class Http2Connection {
  /** What a stream hears. */
  sealed interface Heard {
    record Head(int status, List<HttpHeader> fields) implements Heard {}

    record Trailers(List<HttpHeader> fields) implements Heard {}

    record Data(Bytes bytes) implements Heard {}

    record End() implements Heard {}

    /** More may be sent. */
    record Room() implements Heard {}

    record Failed(HttpFailure why) implements Heard {}

    /** The connection is at its end. */
    record Closed() implements Heard {}
  }

  /** One transfer's part of the connection. */
  final class Exchange implements Http2.Sink {
    private final BlockingQueue<Heard> heard = new LinkedBlockingQueue<>();
    private final Semaphore roomier = new Semaphore(0);
    private Optional<Http2.Stream> stream = Optional.empty();

    private Http2.Stream stream() {
      return stream.orElseThrow();
    }

    int number() {
      return stream().number();
    }

    /** What came next, or empty when nothing came in time. */
    Optional<Heard> read(long millis) throws InterruptedException {
      Optional<Heard> next =
          Optional.ofNullable(
              millis <= 0 ? heard.poll() : heard.poll(millis, TimeUnit.MILLISECONDS));
      if (next.isPresent() && next.get() instanceof Heard.Data(Bytes bytes)) {
        try {
          send(() -> stream().taken(bytes.length()));
        } catch (IOException e) {
          // Then nothing more comes, which is heard in its turn.
        }
      }
      return next;
    }

    int room() {
      return locked(() -> stream().room());
    }

    /** Waits for room to send, or until it is over; not much longer than {@code millis}. */
    void awaitRoom(long millis) throws IOException, InterruptedException {
      if (over) {
        throw new SocketException("Broken pipe");
      }
      roomier.drainPermits();
      if (room() == 0) {
        roomier.tryAcquire(millis, TimeUnit.MILLISECONDS);
      }
    }

    void data(byte[] bytes, boolean end) throws IOException {
      send(() -> stream().data(bytes, end));
    }

    /** Is done with the stream, whatever the server may still want to say. */
    void leave() {
      try {
        send(() -> stream().leave());
      } catch (IOException e) {
        // The connection is gone, and the stream with it.
      }
      synchronized (exchanges) {
        exchanges.remove(this);
      }
    }

    @Override
    public void head(int status, List<HttpHeader> fields) {
      heard.add(new Heard.Head(status, List.copyOf(fields)));
    }

    @Override
    public void trailers(List<HttpHeader> fields) {
      heard.add(new Heard.Trailers(List.copyOf(fields)));
    }

    @Override
    public void data(Bytes bytes) {
      heard.add(new Heard.Data(bytes));
    }

    @Override
    public void end() {
      heard.add(new Heard.End());
    }

    @Override
    public void failed(HttpFailure why) {
      heard.add(new Heard.Failed(why));
    }

    @Override
    public void roomier() {
      heard.add(new Heard.Room());
      roomier.release();
    }
  }

  /** What the frames go over. */
  interface Line {
    long id();

    Optional<Received> read(long millis) throws InterruptedException;

    void write(byte[] bytes, int offset, int length) throws IOException;

    boolean closed();
  }

  private interface Making<T> {
    T make();
  }

  private static final long PATIENCE = 60_000;

  private final Line connection;
  private final Http2 protocol;
  private final ReentrantLock state = new ReentrantLock();
  private final ReentrantLock sending = new ReentrantLock();
  private final List<Exchange> exchanges = new ArrayList<>();
  private volatile boolean begun;
  private volatile boolean over;

  /**
   * @param notes gets a line for every frame, for the trace
   */
  Http2Connection(Line connection, Consumer<String> notes) {
    this.connection = connection;
    protocol = new Http2(notes);
  }

  private <T> T locked(Making<T> making) {
    state.lock();
    try {
      return making.make();
    } finally {
      state.unlock();
    }
  }

  private void send(Making<byte[]> frames) throws IOException {
    sending.lock();
    try {
      byte[] bytes = locked(frames);
      if (bytes.length > 0) {
        connection.write(bytes, 0, bytes.length);
      }
    } finally {
      sending.unlock();
    }
  }

  /** Whether another stream may be opened. */
  boolean usable() {
    return !over && locked(protocol::usable);
  }

  /**
   * Opens a stream with a request.
   *
   * @param opening is told the stream's number before anything is sent
   */
  Exchange open(List<HttpHeader> fields, boolean end, Consumer<Integer> opening)
      throws IOException {
    Exchange exchange = new Exchange();
    added(exchange);
    send(
        () -> {
          opening.accept(protocol.nextStream());
          Http2.Opened opened = protocol.open(fields, end, exchange);
          exchange.stream = Optional.of(opened.stream());
          return opened.frames().toArray();
        });
    return exchange;
  }

  /**
   * Goes on after an upgrade, with the response to the request that asked for it.
   *
   * @param rest what came after the answer to the upgrade
   */
  Exchange upgraded(byte[] rest) throws IOException {
    Exchange exchange = new Exchange();
    added(exchange);
    send(
        () -> {
          Http2.Opened opened = protocol.upgraded(exchange);
          exchange.stream = Optional.of(opened.stream());
          return opened.frames().toArray();
        });
    take(rest);
    return exchange;
  }

  private void added(Exchange exchange) {
    synchronized (exchanges) {
      exchanges.add(exchange);
    }
  }

  /** Begins to listen. */
  void start() {
    Thread.ofVirtual().name("curl-http2-" + connection.id()).start(this::listen);
  }

  private void listen() {
    try {
      while (!over) {
        Optional<Received> read = connection.read(PATIENCE);
        if (read.isEmpty()) {
          over = connection.closed();
          continue;
        }
        switch (read.get()) {
          case Received.Data data -> take(data.bytes().toArray());
          case Received.End _, Received.Broken _ -> tell(new Heard.Closed());
          case Received.Late _ -> wake();
        }
      }
    } catch (InterruptedException e) {
      over = true;
    }
  }

  /** A server may speak first; what it is answered comes behind the preface (RFC 9113, 3.4). */
  private void begin() throws IOException {
    if (!begun) {
      send(protocol::preface);
      begun = true;
    }
  }

  private void take(byte[] bytes) {
    ByteArrayOutputStream answer = new ByteArrayOutputStream();
    Optional<HttpFailure> failure =
        locked(
            () -> {
              try {
                protocol.feed(bytes, answer);
                return Optional.empty();
              } catch (HttpFailure e) {
                return Optional.of(e);
              }
            });
    try {
      begin();
      send(answer::toByteArray);
    } catch (IOException e) {
      // What the server said first counts; if it is gone, reading tells.
      over = true;
    }
    failure.ifPresent(f -> tell(new Heard.Failed(f)));
  }

  /** Has all transfers look at the clock. */
  private void wake() {
    synchronized (exchanges) {
      exchanges.forEach(Exchange::roomier);
    }
  }

  /** Tells all streams that nothing more comes. */
  private void tell(Heard last) {
    over = true;
    synchronized (exchanges) {
      exchanges.forEach(e -> e.heard.add(last));
    }
  }

  /** What it means for a transfer that the connection ended first. */
  static HttpFailure cutOff(Exchange exchange) {
    return new HttpFailure(
        CurlCode.HTTP2,
        "HTTP/2 stream "
            + exchange.number()
            + " was not closed cleanly before end of the underlying connection");
  }
}
