package wirebook.engine.http.server;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.eclipse.jetty.alpn.server.ALPNServerConnectionFactory;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.http2.server.HTTP2ServerConnectionFactory;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
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
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.jspecify.annotations.Nullable;
import wirebook.net.NetworkClock;
import wirebook.trace.Bytes;

/**
 * A listening port that watches the bytes of its connections: those of HTTP, which with TLS are the
 * ones before encryption.
 */
final class TappedConnector extends ServerConnector {
  private static final String HTTP_1_1 = "http/1.1";

  private final Supplier<Optional<Site>> site;
  private final BiConsumer<Connection, WireTap.Capture> whenTooSlow;
  private final boolean encrypted;
  private final NetworkClock clock;
  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicLong numbers = new AtomicLong();

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

  private static final class ClearHttp2 extends HTTP2CServerConnectionFactory {
    ClearHttp2(HttpConfiguration http) {
      super(http);
    }

    @Override
    public org.eclipse.jetty.io.Connection newConnection(Connector connector, EndPoint endPoint) {
      return ClosedStreams.watched(super.newConnection(connector, endPoint));
    }
  }

  private static final class EncryptedHttp2 extends HTTP2ServerConnectionFactory {
    EncryptedHttp2(HttpConfiguration http) {
      super(http);
    }

    @Override
    public org.eclipse.jetty.io.Connection newConnection(Connector connector, EndPoint endPoint) {
      return ClosedStreams.watched(super.newConnection(connector, endPoint));
    }
  }

  private void log(ConnectionEvent event) {
    site.get().ifPresent(here -> here.log().add(event));
  }

  private Duration patience() {
    return site.get().map(s -> s.knobs().patience()).orElse(Duration.ZERO);
  }

  private final class Tapped extends SocketChannelEndPoint implements Connection {
    private final long number = numbers.incrementAndGet();
    private final WireTap tap =
        new WireTap(frame -> log(new ConnectionEvent.Framed(clock.instant(), number(), frame)));
    private volatile boolean tooMany;
    private volatile boolean byClient;
    private volatile Optional<String> why = Optional.empty();
    private volatile boolean ended;
    private Optional<WireTap.Capture> timed = Optional.empty();

    Tapped(SocketChannel channel, ManagedSelector selector, SelectionKey key) {
      super(channel, selector, key, TappedConnector.this.getScheduler());
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
      log(new ConnectionEvent.Opened(clock.instant(), number, remote()));
      super.onOpen();
    }

    @Override
    public void onClose(Throwable cause) {
      connections.decrementAndGet();
      log(new ConnectionEvent.Closed(clock.instant(), number, why(cause)));
      super.onClose(cause);
    }

    private String why(@Nullable Throwable cause) {
      if (tooMany) {
        return "closed by the server: one too many (--max-connections)";
      }
      if (why.isPresent()) {
        return "closed by the server: " + why.get();
      }
      boolean reset = cause instanceof IOException && !(cause instanceof EofException);
      return byClient
          ? "closed by the client"
          : reset ? "broken off by the client" : "closed by the server";
    }

    @Override
    public int fill(ByteBuffer buffer) throws IOException {
      int filled = super.fill(buffer);
      if (filled < 0) {
        byClient = true;
      }
      if (!encrypted) {
        received(buffer, filled);
      }
      return filled;
    }

    @Override
    public boolean flush(ByteBuffer... buffers) throws IOException {
      return encrypted ? super.flush(buffers) : flushed(tap, buffers, super::flush);
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
                patience().toMillis(),
                TimeUnit.MILLISECONDS);
      }
    }

    @Override
    public InetSocketAddress remote() {
      return getRemoteSocketAddress() instanceof InetSocketAddress inet
          ? inet
          : new InetSocketAddress(0);
    }

    @Override
    public void end(Bytes last) {
      ended = true;
      why = Optional.of("the header section came too slowly (--patience)");
      EndPoint top = getConnection() instanceof SslConnection ssl ? ssl.getSslEndPoint() : this;
      top.write(Callback.from(top::close), last.buffer());
    }

    @Override
    protected void onIdleExpired(TimeoutException timeout) {
      // The time of keep-alive is for connections without a request; an endpoint may take its time,
      // a client that has its turn may not.
      boolean clientsTurn = tap.awaitsContent() || getWriteFlusher().isPending();
      if (!tap.busy() || (clientsTurn && getIdleFor() >= patience().toMillis())) {
        why =
            Optional.of(
                tap.busy()
                    ? "the client was too slow (--patience)"
                    : "nothing came for " + idleTime(getIdleTimeout()) + " (--keep-alive)");
        super.onIdleExpired(timeout);
      }
    }
  }

  private static String idleTime(long millis) {
    return millis % 1000 == 0 ? millis / 1000 + " s" : millis + " ms";
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
      return new SslConnection(
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
    }
  }
}
