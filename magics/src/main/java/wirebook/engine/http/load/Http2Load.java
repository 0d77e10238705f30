package wirebook.engine.http.load;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.LongAdder;
import wirebook.codec.Quietly;
import wirebook.engine.http.CurlCode;
import wirebook.engine.http.Http2;
import wirebook.engine.http.HttpFailure;
import wirebook.engine.http.HttpHeader;
import wirebook.net.NetworkClock;
import wirebook.trace.Bytes;

/**
 * A connection on which several threads ask at once, each on a stream of its own (RFC 9113, section
 * 5). The lock is held while frames are made and sent, which header compression wants in order.
 */
final class Http2Load implements LoadConnection {
  /** Fields of one connection, which HTTP/2 has not (section 8.2.2). */
  private static final Set<String> HOP_BY_HOP =
      Set.of("connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade");

  /** Room on a stream: servers bear few notices of more room for streams that they have ended. */
  private static final int WINDOW = 1 << 20;

  /** A request that waits for its answer. */
  private final class Asked implements Http2.Sink {
    private final CompletableFuture<Integer> answer = new CompletableFuture<>();
    private final long begun = clock.nanoTime();
    private Optional<Http2.Stream> stream = Optional.empty();
    private int status;

    @Override
    public void head(int code, List<HttpHeader> fields) {
      status = code;
    }

    @Override
    public void data(Bytes content) {
      stream.ifPresent(s -> toSend.writeBytes(s.taken(content.length())));
    }

    @Override
    public void end() {
      answer.complete(status);
    }

    @Override
    public void failed(HttpFailure why) {
      if (why.code() == CurlCode.HTTP2_STREAM) {
        answer.completeExceptionally(new IOException(why.getMessage()));
      } else {
        // The server goes away and has not seen this one (section 6.8).
        answer.complete(0);
      }
    }
  }

  private final Socket socket;
  private final LoadPlan plan;
  private final NetworkClock clock;
  private final LongAdder bytes;
  private final List<HttpHeader> fields;
  private final Http2 protocol = new Http2(note -> {}, WINDOW, WINDOW);
  private final Set<Asked> waiting = new LinkedHashSet<>();
  private final ByteArrayOutputStream toSend = new ByteArrayOutputStream();
  private Optional<IOException> broken = Optional.empty();
  private int users;

  Http2Load(Socket socket, LoadPlan plan, NetworkClock clock, LongAdder bytes) {
    this.socket = socket;
    this.plan = plan;
    this.clock = clock;
    this.bytes = bytes;
    fields = fields(plan);
    Thread.ofVirtual().name("load-http2").start(this::listen);
  }

  private static List<HttpHeader> fields(LoadPlan plan) {
    List<HttpHeader> fields = new ArrayList<>();
    fields.add(new HttpHeader(":method", plan.method()));
    fields.add(new HttpHeader(":scheme", plan.url().getScheme()));
    fields.add(new HttpHeader(":authority", plan.authority()));
    fields.add(new HttpHeader(":path", plan.target()));
    for (HttpHeader field : plan.fields()) {
      String name = field.name().toLowerCase(Locale.ROOT);
      if (!HOP_BY_HOP.contains(name)) {
        fields.add(new HttpHeader(name, field.value()));
      }
    }
    return fields;
  }

  /** Another thread asks over it. */
  synchronized LoadConnection join() {
    users++;
    return this;
  }

  @Override
  public synchronized boolean leave() {
    users--;
    if (users == 0) {
      close();
    }
    return users == 0;
  }

  @Override
  public synchronized boolean persists() {
    return broken.isEmpty() && !protocol.isGoingAway();
  }

  @Override
  public int exchange() throws IOException, InterruptedException {
    Asked asked = new Asked();
    try {
      if (!sent(asked)) {
        return 0;
      }
      return asked.answer.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
    } finally {
      done(asked);
    }
  }

  private synchronized boolean sent(Asked asked) throws IOException, InterruptedException {
    while (persists() && !protocol.usable()) {
      wait();
    }
    if (broken.isPresent() && broken.get() instanceof ProtocolException spoken) {
      // Another connection would hear the same.
      throw spoken;
    }
    if (!persists()) {
      return false;
    }
    Http2.Opened opened = protocol.open(fields, plan.body().isEmpty(), asked);
    asked.stream = Optional.of(opened.stream());
    waiting.add(asked);
    write(opened.frames().toArray());
    byte[] body = plan.body().toArray();
    int at = 0;
    // An answer may come before all is sent.
    while (at < body.length && !asked.answer.isDone()) {
      int room = Math.min(opened.stream().room(), body.length - at);
      if (room == 0) {
        wait();
      } else {
        byte[] piece = Arrays.copyOfRange(body, at, at + room);
        at += room;
        write(opened.stream().data(piece, at == body.length));
      }
    }
    return true;
  }

  private synchronized void done(Asked asked) {
    waiting.remove(asked);
    try {
      if (asked.stream.isPresent()) {
        write(asked.stream.get().leave());
      }
    } catch (IOException e) {
      // The connection is gone, and the stream with it.
    }
    notifyAll();
  }

  private void write(byte[] frames) throws IOException {
    if (frames.length > 0) {
      socket.getOutputStream().write(frames);
    }
  }

  private void listen() {
    byte[] buffer = new byte[16 * 1024];
    try {
      InputStream in = socket.getInputStream();
      while (true) {
        int count;
        try {
          count = in.read(buffer);
        } catch (SocketTimeoutException e) {
          count = 0;
        }
        if (count < 0) {
          throw new EOFException();
        }
        bytes.add(count);
        take(Arrays.copyOf(buffer, count));
      }
    } catch (HttpFailure e) {
      fail(new ProtocolException(e.getMessage()));
    } catch (IOException e) {
      fail(e);
    }
  }

  private synchronized void take(byte[] received) throws HttpFailure, IOException {
    protocol.feed(received, toSend);
    write(toSend.toByteArray());
    toSend.reset();
    long now = clock.nanoTime();
    for (Asked asked : waiting) {
      if (now - asked.begun < plan.timeout().toNanos()) {
        break;
      }
      asked.answer.completeExceptionally(new SocketTimeoutException());
    }
    notifyAll();
  }

  private synchronized void fail(IOException why) {
    broken = Optional.of(why);
    waiting.forEach(asked -> asked.answer.completeExceptionally(why));
    notifyAll();
    close();
  }

  @Override
  public void close() {
    Quietly.close(socket);
  }
}
