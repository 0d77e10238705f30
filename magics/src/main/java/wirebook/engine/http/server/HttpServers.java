package wirebook.engine.http.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import wirebook.net.NetworkClock;
import wirebook.trust.ServerIdentity;

/**
 * The servers of a session by name. Starting one under a name that is taken, or on a port that one
 * of them has, replaces it: where the address stays, the listening socket stays open and no request
 * is lost.
 */
public final class HttpServers {
  private final Map<String, HttpServer> open = new LinkedHashMap<>();

  /**
   * What to start.
   *
   * @param name under which another call replaces it
   * @param description what it serves, in words
   * @param bind where it listens; port 0 takes a free one
   * @param tls what it shows of itself to clients, all of which then have to speak TLS
   * @param endpoint makes what answers, anew at each start
   * @param live is told what happens at it
   */
  public record Plan(
      String name,
      String description,
      InetSocketAddress bind,
      Optional<ServerIdentity> tls,
      Knobs knobs,
      Supplier<Endpoint> endpoint,
      Watcher live) {
    /** On the loopback interface, unlogged, with the usual knobs. */
    public static Plan on(int port, String description, Endpoint endpoint) {
      return new Plan(
          description,
          description,
          new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
          Optional.empty(),
          Knobs.USUAL,
          () -> endpoint,
          exchange -> {});
    }

    /** The same with TLS. */
    public Plan with(ServerIdentity identity) {
      return new Plan(name, description, bind, Optional.of(identity), knobs, endpoint, live);
    }
  }

  /** A server and the one that it took the place of. */
  public record Started(HttpServer server, Optional<HttpServer> replaced) {}

  /**
   * @throws IOException when the address cannot be had: a {@link java.net.BindException} when
   *     someone has it
   */
  public synchronized Started start(Plan plan, NetworkClock clock) throws IOException {
    Site site = site(plan, clock);
    Optional<HttpServer> sameName = Optional.ofNullable(open.get(plan.name()));
    Optional<HttpServer> sameAddress =
        list().stream()
            .filter(s -> fits(plan.bind(), s.address(), sameName.filter(s::equals).isPresent()))
            .findFirst();
    HttpListener listener;
    if (sameAddress.isPresent()) {
      open.values().remove(sameAddress.get());
      listener = inPlaceOf(sameAddress.get(), plan, site, clock);
    } else {
      listener = new JettyListener(plan.bind(), plan.tls(), site, clock);
    }
    sameName.filter(HttpServer::isOpen).ifPresent(HttpServer::close);
    HttpServer server = new HttpServer(plan, listener, site);
    server.whenClosed(() -> forget(server));
    open.put(plan.name(), server);
    return new Started(server, sameAddress.or(() -> sameName));
  }

  private static Site site(Plan plan, NetworkClock clock) {
    return new Site(
        plan.description(),
        plan.endpoint().get(),
        plan.knobs(),
        new AccessLog(plan.live()),
        new RateLimit(plan.knobs().rate(), clock.nanoTime()),
        new AtomicInteger(),
        clock.instant());
  }

  /** The listener of {@code old}, or a new one at its address where TLS begins, changes or ends. */
  private static HttpListener inPlaceOf(HttpServer old, Plan plan, Site site, NetworkClock clock)
      throws IOException {
    HttpListener listener = old.listener();
    if (plan.tls().equals(old.plan().tls())) {
      listener.use(site);
      return listener;
    }
    listener.close();
    return new JettyListener(old.address(), plan.tls(), site, clock);
  }

  /** Whether a server at {@code has} can take over a plan for {@code wanted}. */
  private static boolean fits(InetSocketAddress wanted, InetSocketAddress has, boolean sameName) {
    return wanted.getAddress().equals(has.getAddress())
        && (wanted.getPort() == 0 ? sameName : wanted.getPort() == has.getPort());
  }

  /**
   * An open server as it was when it was started: what answers is made anew, and it has had no
   * request. It stays the same server for those who hold it.
   */
  public static void restart(HttpServer server, NetworkClock clock) {
    server.use(site(server.plan(), clock));
  }

  private synchronized void forget(HttpServer server) {
    open.remove(server.name(), server);
  }

  /** Those that are open, the oldest first. */
  public synchronized List<HttpServer> list() {
    return open.values().stream().filter(HttpServer::isOpen).toList();
  }

  /** The open server of this name or on this port. */
  public Optional<HttpServer> find(String nameOrPort) {
    return list().stream()
        .filter(s -> s.name().equals(nameOrPort) || String.valueOf(s.port()).equals(nameOrPort))
        .findFirst();
  }

  /** Closes all, at the same time: each waits for its requests in flight. */
  public void closeAll() {
    try (ExecutorService closing = Executors.newVirtualThreadPerTaskExecutor()) {
      list().forEach(server -> closing.execute(server::close));
    }
  }
}
