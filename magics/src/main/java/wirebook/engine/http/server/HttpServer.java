package wirebook.engine.http.server;

import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import wirebook.engine.http.HttpUrl;
import wirebook.trust.ServerIdentity;

/**
 * A running server, as a cell holds it. Several may have stood one after the other on one port;
 * each knows its own requests.
 */
public final class HttpServer implements AutoCloseable {
  private final HttpServers.Plan plan;
  private final HttpListener listener;
  private volatile Site site;
  private final List<Runnable> whenClosed = new CopyOnWriteArrayList<>();

  HttpServer(HttpServers.Plan plan, HttpListener listener, Site site) {
    this.plan = plan;
    this.listener = listener;
    this.site = site;
  }

  /** What it is called in {@code %serve list}. */
  public String name() {
    return plan.name();
  }

  /** What it serves, in words. */
  public String serves() {
    return site.description();
  }

  public Knobs knobs() {
    return site.knobs();
  }

  public InetSocketAddress address() {
    return listener.address();
  }

  public int port() {
    return address().getPort();
  }

  /** Where it is reached from this machine, with a slash at the end. */
  public String url() {
    boolean any = address().getAddress().isAnyLocalAddress();
    String host = any ? "127.0.0.1" : HttpUrl.host(address().getAddress());
    return (plan.tls().isPresent() ? "https://" : "http://") + host + ":" + port() + "/";
  }

  /** The certificate that it shows; empty without TLS. */
  public Optional<X509Certificate> certificate() {
    return plan.tls().map(ServerIdentity::certificate);
  }

  public Instant since() {
    return site.since();
  }

  /** The latest exchanges, oldest first; earlier ones are no longer kept. */
  public List<Exchange> requests() {
    return site.log().exchanges();
  }

  /** What else happened on its connections, oldest first; earlier events are no longer kept. */
  public List<ConnectionEvent> events() {
    return site.log().events();
  }

  /** The connections of {@link #requests} and {@link #events}, in the order in which they came. */
  public List<ServerConnection> connections() {
    return ServerConnection.of(requests(), events());
  }

  /** How many requests came in all. */
  public long requestCount() {
    return site.log().count();
  }

  /** What came behind the first {@code told} requests, as far as it is kept. */
  public Exchange.Later requestsAfter(long told) {
    return site.log().after(told);
  }

  /** Requests that are being answered. */
  public int inFlight() {
    return site.inFlight().get();
  }

  /** The same one by one, oldest first. */
  public List<UnderWay> underWay() {
    return site.log().underWay();
  }

  /** Handlers at work; after {@link #close} those that nothing could end. */
  public int computing() {
    return listener.computing();
  }

  /** Requests that got no answer because the server was stopped. */
  public long cutOff() {
    return inFlight()
        + requests().stream()
            .filter(exchange -> exchange.notes().contains(Answering.STOPPED))
            .count();
  }

  /** What a handler threw at one of {@link #requests}; of the latest twenty. */
  public Optional<Throwable> failure(Exchange exchange) {
    return site.log().failure(exchange);
  }

  /**
   * The access log: a line for each of {@link #requests}, and for each connection whose end is
   * worth one, in the order in which they began.
   */
  public String log() {
    return String.join("", logLines().stream().map(line -> line + "\n").toList());
  }

  /** The lines of {@link #log}. */
  public List<String> logLines() {
    record Line(Instant at, String text) {}
    return Stream.concat(
            requests().stream().map(exchange -> new Line(exchange.at(), exchange.logLine())),
            events().stream()
                .filter(ConnectionEvent.Closed.class::isInstance)
                .map(ConnectionEvent.Closed.class::cast)
                .filter(ConnectionEvent.Closed::isRemarkable)
                .map(closed -> new Line(closed.at(), closed.logLine())))
        .sorted(Comparator.comparing(Line::at))
        .map(Line::text)
        .toList();
  }

  /** Whether requests still come here: not closed, and not replaced by another. */
  public synchronized boolean isOpen() {
    return listener.serves(site);
  }

  /**
   * Stops listening, lets the requests in flight end (a few seconds at most), and frees the port.
   */
  @Override
  public void close() {
    if (listener.serves(site)) {
      listener.close();
      whenClosed.forEach(Runnable::run);
    }
  }

  /** Ends it at once, with its connections and what it is answering, as a crash would. */
  public void kill() {
    if (listener.serves(site)) {
      listener.kill();
      whenClosed.forEach(Runnable::run);
    }
  }

  /** Has something done after {@link #close}. A server that another replaces is not closed. */
  public void whenClosed(Runnable action) {
    whenClosed.add(action);
  }

  /** Has something else answer what comes from now on, if it is open. */
  synchronized void use(Site next) {
    if (listener.serves(site)) {
      listener.use(next);
      site = next;
    }
  }

  HttpListener listener() {
    return listener;
  }

  HttpServers.Plan plan() {
    return plan;
  }

  @Override
  public String toString() {
    return url()
        + " ("
        + site.description()
        + (isOpen() ? "" : ", closed")
        + ", "
        + requestCount()
        + (requestCount() == 1 ? " request)" : " requests)");
  }
}
