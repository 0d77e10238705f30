package wirebook.engine.http.server;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.handler.GracefulHandler;
import wirebook.net.NetworkClock;
import wirebook.trust.ServerIdentity;

/**
 * Jetty on one port: HTTP/1.0, HTTP/1.1 and, to clients that begin with it, HTTP/2 in the clear.
 * Jetty parses and frames, strictly (RFC 9112: conflicting lengths, folded lines and the like are
 * 400); requests are answered on virtual threads.
 */
final class JettyListener implements HttpListener {
  private static final Duration LONGEST_STOP = Duration.ofSeconds(3);
  private static final Duration LOOKING = Duration.ofMillis(200);

  private final Server server;
  private final TappedConnector connector;
  private final InetSocketAddress address;
  private final ResponseSender sender;
  private final Answering answering;
  private final Spinning spinning;
  private volatile Optional<Site> site;

  JettyListener(InetSocketAddress bind, Optional<ServerIdentity> tls, Site site, NetworkClock clock)
      throws IOException {
    this.site = Optional.of(site);
    DateHeader date = new DateHeader(clock);
    server =
        new Server(new VirtualPool()) {
          @Override
          public HttpField getDateField() {
            return date.field();
          }
        };
    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    http.setSendDateHeader(true);
    // Else what the log and an echo show would differ in case from what came.
    http.setHeaderCacheCaseSensitive(true);
    http.setRequestHeaderSize(Refusals.LONGEST_HEADER_SECTION);
    http.setHttpCompliance(
        HttpCompliance.STRICT.with("as sent", HttpCompliance.Violation.CASE_SENSITIVE_FIELD_NAME));
    // The path is taken apart by the routes, part by part, and by nothing else.
    http.setUriCompliance(UriCompliance.UNSAFE);
    sender = new ResponseSender(server, site.knobs());
    answering = new Answering(() -> this.site, clock, tls.isPresent(), sender);
    connector =
        new TappedConnector(
            server,
            http,
            tls.map(ServerIdentity::context),
            () -> this.site,
            clock,
            answering::endTooSlow);
    connector.setHost(bind.getAddress().getHostAddress());
    connector.setPort(bind.getPort());
    connector.setIdleTimeout(TappedConnector.idleMillis(site.knobs().keepAlive()));
    connector.setAcceptQueueSize(1024);
    server.addConnector(connector);
    GracefulHandler graceful = new GracefulHandler();
    graceful.setHandler(answering);
    server.setHandler(graceful);
    server.setStopTimeout(LONGEST_STOP.toMillis());
    server.setErrorHandler(new Refusals());
    server.setRequestLog(answering);
    try {
      server.start();
    } catch (Exception e) {
      stop();
      throw startFailure(e);
    }
    address = new InetSocketAddress(bind.getAddress(), connector.getLocalPort());
    spinning = new Spinning(answering.threads());
    look();
  }

  /** On the thread of Jetty's timers, which is none of those that computing can hold up. */
  private void look() {
    spinning.look();
    if (server.isRunning()) {
      connector.getScheduler().schedule(this::look, LOOKING.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  private static IOException startFailure(Exception failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof BindException bind) {
        return bind;
      }
    }
    return failure instanceof IOException io ? io : new IOException(failure.toString(), failure);
  }

  @Override
  public InetSocketAddress address() {
    return address;
  }

  @Override
  public boolean serves(Site asked) {
    return site.filter(asked::equals).isPresent();
  }

  @Override
  public void use(Site next) {
    site = Optional.of(next);
    sender.use(next.knobs());
    connector.setIdleTimeout(TappedConnector.idleMillis(next.knobs().keepAlive()));
  }

  @Override
  public void close() {
    Optional<Site> last = site;
    site = Optional.empty();
    sender.goAway();
    stop();
    if (!answering.threads().isEmpty()) {
      last.ifPresent(this::end);
      // What computes no longer needs no processor of its own, either.
      spinning.look();
    }
  }

  @Override
  public void kill() {
    server.setStopTimeout(0);
    Optional<Site> last = site;
    // What is under way ends without a word, as where a process is killed: the port is first, as
    // who is cut off may ask again at once.
    connector.close();
    connector.endAccepted();
    connector.getConnectedEndPoints().forEach(EndPoint::close);
    site = Optional.empty();
    stop();
    last.ifPresent(this::end);
  }

  /** What is still being answered, for clients that are gone. */
  private void end(Site last) {
    try {
      last.log().end(answering.threads());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public int computing() {
    return answering.threads().size();
  }

  private void stop() {
    try {
      server.stop();
    } catch (Exception e) {
      // The port is freed before anything that can fail here.
    }
    connector.endAccepted();
  }
}
