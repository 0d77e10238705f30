// Above 500 lines: a port and the connections it watches, which share its settings and its end.
package wirebook.engine.http.server;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.eclipse.jetty.alpn.server.ALPNServerConnectionFactory;
import org.eclipse.jetty.http2.HTTP2Connection;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.http2.server.HTTP2ServerConnectionFactory;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.io.ssl.SslHandshakeListener;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.DetectorConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.jspecify.annotations.Nullable;
import wirebook.codec.Quietly;
import wirebook.net.NetworkClock;
import wirebook.trace.Bytes;

/**
 * A listening port that watches the bytes of its connections: those of HTTP, which with TLS are the
 * ones before encryption.
 */
final class TappedConnector extends ServerConnector {
  private static final String HTTP_1_1 = "http/1.1";
  private static final long SHORTEST_IDLE_TIME = 100;

  /** Handlers that compute may hold up the thread that waits for connections. */
  private static final long LONGEST_CLOSE_SECONDS = 2;

  /** The first byte of TLS (RFC 8446 §5.1). */
  private static final byte TLS_HANDSHAKE = 22;

  /** How the JDK says that one came (RFC 8446 §6). */
  private static final String ALERT = "Received fatal alert: ";

  private static final Set<String> DISTRUST =
      Set.of("unknown_ca", "bad_certificate", "certificate_unknown");

  private final Supplier<Optional<Site>> site;
  private final BiConsumer<Connection, WireTap.Capture> whenTooSlow;
  private final boolean encrypted;
  private final NetworkClock clock;
  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicLong numbers = new AtomicLong();

  /** Accepted and not closed: also those that the selector does not know yet, or no more. */
  private final Set<SocketChannel> accepted = ConcurrentHashMap.newKeySet();

  private volatile boolean over;

  /** Held by the thread that waits for connections. */
  private final ReentrantLock accepting = new ReentrantLock();

  /** One connection, as the answering of its requests sees it. */
  interface Connection {
    WireTap tap();

    /** From 1 on. */
    long number();

    InetSocketAddress remote();

    /** Sends this, outside any exchange, and closes. */
    void end(Bytes last);

    /** Whether that was done: what Jetty still makes of the bytes before is no exchange. */
    boolean ended();

    /**
     * Whether the client has hung up while it was to be answered, of a request whose content has
     * been read. Jetty does not look then; in HTTP/1 in the clear this does, as nginx does.
     */
    boolean isGone();

    /** Whether there were as many connections as the server takes, when this one came. */
    boolean tooMany();
  }

  /**
   * @param whenTooSlow what to do about a connection whose request did not come in time
   */
  TappedConnector(
      Server server,
      HttpConfiguration http,
      Optional<SSLContext> tls,
      Supplier<Optional<Site>> site,
      NetworkClock clock,
      BiConsumer<Connection, WireTap.Capture> whenTooSlow) {
    super(
        server,
        1,
        1,
        tls.map(context -> encrypted(http, context)).orElseGet(() -> inTheClear(http)));
    this.site = site;
    this.clock = clock;
    this.whenTooSlow = whenTooSlow;
    this.encrypted = tls.isPresent();
  }

  /** The connection of a request. */
  static Optional<Connection> connection(Request request) {
    EndPoint endPoint = request.getConnectionMetaData().getConnection().getEndPoint();
    while (endPoint instanceof EndPoint.Wrapper wrapper) {
      endPoint = wrapper.unwrap();
    }
    return endPoint instanceof Tapped tapped ? Optional.of(tapped) : Optional.empty();
  }

  private static ConnectionFactory[] inTheClear(HttpConfiguration http) {
    return new ConnectionFactory[] {new HttpConnectionFactory(http), new ClearHttp2(http)};
  }

  /**
   * TLS, then what the client chose of HTTP/2 and HTTP/1.1. To bytes that do not begin TLS HTTP/1.1
   * answers, so that it can say what is wrong.
   */
  private static ConnectionFactory[] encrypted(HttpConfiguration http, SSLContext context) {
    // Which name a client asked for is the client's affair: its certificate check decides.
    http.addCustomizer(new SecureRequestCustomizer(false));
    SslContextFactory.Server keys = new SslContextFactory.Server();
    keys.setSslContext(context);
    ALPNServerConnectionFactory choice = new ALPNServerConnectionFactory("h2", HTTP_1_1);
    choice.setDefaultProtocol(HTTP_1_1);
    SslConnectionFactory ssl = new TappedSsl(keys, choice.getProtocol());
    return new ConnectionFactory[] {
      new DetectorConnectionFactory(ssl),
      new HttpConnectionFactory(http),
      ssl,
      choice,
      new EncryptedHttp2(http)
    };
  }

  @Override
  protected SocketChannelEndPoint newEndPoint(
      SocketChannel channel, ManagedSelector selector, SelectionKey key) {
    Tapped endPoint = new Tapped(channel, selector, key);
    endPoint.setIdleTimeout(getIdleTimeout());
    return endPoint;
  }

  @Override
  protected void configure(Socket socket) {
    super.configure(socket);
    SocketChannel channel = socket.getChannel();
    accepted.add(channel);
    if (over) {
      end(channel);
    }
  }

  /**
   * The closing of the port wakes the acceptor. An interrupt would lose the connection that it has
   * just accepted: the JDK then neither returns nor closes it, and its client would wait for ever.
   */
  @Override
  protected void interruptAcceptors() {}

  @Override
  public void accept(int acceptor) throws IOException {
    accepting.lock();
    try {
      super.accept(acceptor);
    } finally {
      accepting.unlock();
    }
  }

  /**
   * Returns when the port is free: where a thread waits for connections, the JDK leaves the end of
   * the port to that thread.
   */
  @Override
  public void close() {
    super.close();
    try {
      if (accepting.tryLock(LONGEST_CLOSE_SECONDS, TimeUnit.SECONDS)) {
        accepting.unlock();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** After the stop: whoever connected just before would wait for ever. */
  void endAccepted() {
    over = true;
    accepted.forEach(this::end);
  }

  private void end(SocketChannel channel) {
    Quietly.close(channel);
    accepted.remove(channel);
  }

  /** A connection between requests has nothing to lose, and none is kept for another request. */
  @Override
  public CompletableFuture<Void> shutdown() {
    CompletableFuture<Void> closed = super.shutdown();
    for (EndPoint endPoint : getConnectedEndPoints()) {
      if (endPoint instanceof Tapped tapped) {
        tapped.stop();
      }
    }
    return closed;
  }

  private static org.eclipse.jetty.io.Connection watched(
      org.eclipse.jetty.io.Connection connection) {
    if (connection instanceof HTTP2Connection http2) {
      http2.getSession().addEventListener(new ClosedStreams());
      http2.getSession().addEventListener(new Farewell());
    }
    return connection;
  }

  // In both, no WebSocket comes as a stream (RFC 8441): endpoints have them in HTTP/1.1, for which
  // a
  // browser that is not told otherwise opens a connection.

  private static final class ClearHttp2 extends HTTP2CServerConnectionFactory {
    ClearHttp2(HttpConfiguration http) {
      super(http);
      setConnectProtocolEnabled(false);
    }

    @Override
    public org.eclipse.jetty.io.Connection newConnection(Connector connector, EndPoint endPoint) {
      return watched(super.newConnection(connector, endPoint));
    }
  }

  private static final class EncryptedHttp2 extends HTTP2ServerConnectionFactory {
    EncryptedHttp2(HttpConfiguration http) {
      super(http);
      setConnectProtocolEnabled(false);
    }

    @Override
    public org.eclipse.jetty.io.Connection newConnection(Connector connector, EndPoint endPoint) {
      return watched(super.newConnection(connector, endPoint));
    }
  }

  private Knobs knobs() {
    return site.get().map(Site::knobs).orElse(Knobs.USUAL);
  }

  private final class Tapped extends SocketChannelEndPoint implements Connection {
    private final long number = numbers.incrementAndGet();
    private final WireTap tap =
        new WireTap(frame -> log(new ConnectionEvent.Framed(clock.instant(), number(), frame)));
    private final InetSocketAddress remote;
    private final Optional<Site> cameTo = site.get();
    private volatile boolean tooMany;
    private volatile boolean byClient;
    private volatile Optional<End> end = Optional.empty();
    private volatile boolean ended;
    private boolean begun;
    private boolean inTheClear = !encrypted;
    private Optional<WireTap.Capture> timed = Optional.empty();

    /** Guards {@link #ahead}. */
    private final Object reading = new Object();

    /** What {@link #isGone} read of the next request. */
    private Optional<ByteBuffer> ahead = Optional.empty();

    Tapped(SocketChannel channel, ManagedSelector selector, SelectionKey key) {
      super(channel, selector, key, TappedConnector.this.getScheduler());
      remote =
          getRemoteSocketAddress() instanceof InetSocketAddress inet
              ? inet
              : new InetSocketAddress(0);
    }

    /** A server that was stopped has no site any more, and its last one is told how that went. */
    private void log(ConnectionEvent event) {
      site.get().or(() -> cameTo).ifPresent(here -> here.log().add(event));
    }

    @Override
    public WireTap tap() {
      return tap;
    }

    @Override
    public long number() {
      return number;
    }

    @Override
    public boolean ended() {
      return ended;
    }

    @Override
    public boolean tooMany() {
      return tooMany;
    }

    @Override
    public void onOpen() {
      int open = connections.incrementAndGet();
      tooMany =
          site.get()
              .map(s -> s.knobs().maxConnections().orElse(Integer.MAX_VALUE) < open)
              .orElse(true);
      log(new ConnectionEvent.Opened(clock.instant(), number, remote));
      super.onOpen();
    }

    @Override
    public void onClose(Throwable cause) {
      connections.decrementAndGet();
      accepted.remove(getChannel());
      End how = end.orElseGet(() -> usualEnd(cause));
      log(
          new ConnectionEvent.Closed(
              clock.instant(), number, remote, how.why(), how.isRemarkable()));
      super.onClose(cause);
    }

    private End usualEnd(@Nullable Throwable cause) {
      if (tooMany) {
        return new End("closed by the server: one too many (--max-connections)", false);
      }
      if (byClient) {
        return new End("closed by the client", false);
      }
      if (cause instanceof IOException && !(cause instanceof EofException)) {
        return new End("broken off by the client", false);
      }
      if (site.get().isEmpty()) {
        return new End("closed by the server, which was stopped", false);
      }
      boolean each = site.get().filter(s -> s.knobs().keepAlive().isZero()).isPresent();
      return new End("closed by the server" + (each ? " (--keep-alive 0)" : ""), false);
    }

    @Override
    public int fill(ByteBuffer buffer) throws IOException {
      int filled = fillInOrder(buffer);
      if (filled < 0) {
        byClient = true;
      } else if (filled > 0 && !begun) {
        begun = true;
        // So that the log has what a client said that does not speak TLS.
        inTheClear = !encrypted || buffer.get(buffer.limit() - filled) != TLS_HANDSHAKE;
      }
      if (inTheClear) {
        received(buffer, filled);
      }
      return filled;
    }

    private int fillInOrder(ByteBuffer buffer) throws IOException {
      synchronized (reading) {
        if (ahead.isEmpty()) {
          return super.fill(buffer);
        }
        int filled = BufferUtil.append(buffer, ahead.get());
        ahead = ahead.filter(ByteBuffer::hasRemaining);
        return filled;
      }
    }

    @Override
    public boolean isGone() {
      if (!isOpen() || isInputShutdown()) {
        return true;
      }
      if (encrypted || !tap.speaksHttp1()) {
        return false;
      }
      synchronized (reading) {
        if (ahead.isPresent()) {
          return false;
        }
        ByteBuffer first = BufferUtil.allocate(1);
        try {
          int filled = super.fill(first);
          byClient |= filled < 0;
          ahead = Optional.of(first).filter(ByteBuffer::hasRemaining);
          return filled < 0;
        } catch (IOException e) {
          return true;
        }
      }
    }

    @Override
    public boolean flush(ByteBuffer... buffers) throws IOException {
      return inTheClear ? flushed(tap, buffers, super::flush) : super.flush(buffers);
    }

    @Override
    protected void needsFillInterest() {
      boolean within = tap.busy() || tap.awaitsContent();
      allow(within ? knobs().patience() : knobs().keepAlive());
      boolean there;
      synchronized (reading) {
        there = ahead.isPresent();
      }
      if (there) {
        // The system knows no more of what has been read.
        getExecutor().execute(() -> getFillInterest().fillable());
      } else {
        super.needsFillInterest();
      }
    }

    @Override
    protected void onIncompleteFlush() {
      allow(knobs().patience());
      super.onIncompleteFlush();
    }

    /** How long the client, whose turn it is, may do nothing. */
    private void allow(Duration time) {
      long millis = idleMillis(time);
      if (tap.speaksHttp1() && getIdleTimeout() != millis) {
        setIdleTimeout(millis);
      }
    }

    /** Bytes of HTTP; a header section that is not whole with them gets a time to be so. */
    void received(ByteBuffer buffer, int count) {
      if (count <= 0) {
        return;
      }
      tap.received(buffer, buffer.limit() - count, buffer.limit());
      Optional<WireTap.Capture> begun = tap.begunHead();
      if (begun.isPresent() && !begun.equals(timed)) {
        timed = begun;
        getScheduler()
            .schedule(
                () -> {
                  if (tap.begunHead().equals(begun)) {
                    whenTooSlow.accept(this, begun.get());
                  }
                },
                knobs().patience().toMillis(),
                TimeUnit.MILLISECONDS);
      }
    }

    /** TLS did not come about. */
    void failed(Throwable handshake) {
      String words = String.valueOf(handshake.getMessage());
      int at = words.indexOf(ALERT);
      String alert = at < 0 ? "" : words.substring(at + ALERT.length());
      end =
          Optional.of(
              new End(
                  alert.isEmpty()
                      ? "closed by the server: no TLS came about: " + words
                      : "broken off by the client with the TLS alert "
                          + alert
                          + (DISTRUST.contains(alert)
                              ? ": it does not trust the certificate's authority"
                              : ""),
                  true));
    }

    @Override
    public InetSocketAddress remote() {
      return remote;
    }

    @Override
    public void end(Bytes last) {
      ended = true;
      end =
          Optional.of(
              new End(
                  "closed by the server: the header section came too slowly (--patience)", true));
      EndPoint top = getConnection() instanceof SslConnection ssl ? ssl.getSslEndPoint() : this;
      top.write(Callback.from(top::close), last.buffer());
    }

    /** The server stops. */
    void stop() {
      if (tap.idle()) {
        getConnection().close();
      }
    }

    @Override
    protected void onIdleExpired(TimeoutException timeout) {
      // An endpoint may take its time, a client that has its turn may not.
      boolean within = tap.busy() || tap.awaitsContent();
      boolean clientsTurn = getFillInterest().isInterested() || getWriteFlusher().isPending();
      if (!within || clientsTurn) {
        Duration keepAlive = knobs().keepAlive();
        end =
            Optional.of(
                within
                    ? new End("closed by the server: the client was too slow (--patience)", true)
                    : new End(
                        "closed by the server: nothing came for "
                            + shown(keepAlive)
                            + " (--keep-alive)",
                        !keepAlive.equals(Knobs.USUAL.keepAlive())));
        super.onIdleExpired(timeout);
      }
    }
  }

  /**
   * How a connection ends.
   *
   * @param isRemarkable whether the log should tell
   */
  private record End(String why, boolean isRemarkable) {}

  private static String shown(Duration time) {
    long millis = time.toMillis();
    return millis % 1000 == 0 ? millis / 1000 + " s" : millis + " ms";
  }

  /** Jetty takes 0 for no limit. */
  static long idleMillis(Duration time) {
    return Math.max(SHORTEST_IDLE_TIME, time.toMillis());
  }

  private interface Flush {
    boolean flush(ByteBuffer... buffers) throws IOException;
  }

  private static boolean flushed(WireTap tap, ByteBuffer[] buffers, Flush flush)
      throws IOException {
    int[] starts = new int[buffers.length];
    for (int i = 0; i < buffers.length; i++) {
      starts[i] = buffers[i].position();
    }
    boolean all = flush.flush(buffers);
    for (int i = 0; i < buffers.length; i++) {
      if (buffers[i].position() > starts[i]) {
        tap.sent(buffers[i], starts[i], buffers[i].position());
      }
    }
    return all;
  }

  /** TLS whose plain side is watched. */
  private static final class TappedSsl extends SslConnectionFactory {
    TappedSsl(SslContextFactory.Server keys, String next) {
      super(keys, next);
    }

    @Override
    protected SslConnection newSslConnection(
        Connector connector, EndPoint endPoint, SSLEngine engine) {
      Tapped tapped = (Tapped) endPoint;
      SslConnection connection =
          new SslConnection(
              connector.getByteBufferPool(),
              connector.getExecutor(),
              getSslContextFactory(),
              endPoint,
              engine,
              isDirectBuffersForDecryption(),
              isDirectBuffersForEncryption()) {
            @Override
            protected SslEndPoint newSslEndPoint() {
              return new SslEndPoint() {
                @Override
                public int fill(ByteBuffer buffer) throws IOException {
                  int filled = super.fill(buffer);
                  tapped.byClient |= filled < 0;
                  tapped.received(buffer, filled);
                  return filled;
                }

                @Override
                public boolean flush(ByteBuffer... buffers) throws IOException {
                  return flushed(tapped.tap(), buffers, super::flush);
                }
              };
            }
          };
      connection.addHandshakeListener(
          new SslHandshakeListener() {
            @Override
            public void handshakeFailed(Event event, Throwable failure) {
              tapped.failed(failure);
            }
          });
      return connection;
    }
  }
}
