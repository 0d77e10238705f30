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
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.eclipse.jetty.alpn.server.ALPNServerConnectionFactory;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.http2.server.HTTP2ServerConnectionFactory;
import org.eclipse.jetty.io.EndPoint;
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
  private final AtomicInteger connections = new AtomicInteger();

  /** One connection, as the answering of its requests sees it. */
  interface Connection {
    WireTap tap();

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
      BiConsumer<Connection, WireTap.Capture> whenTooSlow) {
    super(
        server,
        1,
        1,
        tls.map(context -> encrypted(http, context)).orElseGet(() -> inTheClear(http)));
    this.site = site;
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
    return new ConnectionFactory[] {
      new HttpConnectionFactory(http), new HTTP2CServerConnectionFactory(http)
    };
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
      new HTTP2ServerConnectionFactory(http)
    };
  }

  @Override
  protected SocketChannelEndPoint newEndPoint(
      SocketChannel channel, ManagedSelector selector, SelectionKey key) {
    Tapped endPoint = new Tapped(channel, selector, key);
    endPoint.setIdleTimeout(getIdleTimeout());
    return endPoint;
  }

  private Duration patience() {
    return site.get().map(s -> s.knobs().patience()).orElse(Duration.ZERO);
  }

  private final class Tapped extends SocketChannelEndPoint implements Connection {
    private final WireTap tap = new WireTap();
    private volatile boolean tooMany;
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
      super.onOpen();
    }

    @Override
    public void onClose(Throwable cause) {
      connections.decrementAndGet();
      super.onClose(cause);
    }

    @Override
    public int fill(ByteBuffer buffer) throws IOException {
      int filled = super.fill(buffer);
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
      EndPoint top = getConnection() instanceof SslConnection ssl ? ssl.getSslEndPoint() : this;
      top.write(Callback.from(top::close), last.buffer());
    }

    @Override
    protected void onIdleExpired(TimeoutException timeout) {
      // The time of keep-alive is for connections without a request; an endpoint may take its time,
      // a client that has its turn may not.
      boolean clientsTurn = tap.awaitsContent() || getWriteFlusher().isPending();
      if (!tap.busy() || (clientsTurn && getIdleFor() >= patience().toMillis())) {
        super.onIdleExpired(timeout);
      }
    }
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
