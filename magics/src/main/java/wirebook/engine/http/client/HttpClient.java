package wirebook.engine.http.client;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import wirebook.engine.http.CookieJar;
import wirebook.engine.http.HstsCache;
import wirebook.engine.http.HttpExchange;
import wirebook.engine.http.Surroundings;
import wirebook.net.Network;
import wirebook.trace.Recorder;

/** What calls share: connections, cookies, names, the trace. */
public final class HttpClient {
  final Network network;
  final Surroundings surroundings;
  final CallLog log;
  final int keep;
  final boolean guarded;

  /** Gets what happens on the network. */
  public final Recorder recorder;

  /** Guarded by itself. */
  public final CookieJar cookies;

  /** Which hosts want HTTPS alone. */
  public final HstsCache hsts;

  final Map<String, List<String>> resolved = new HashMap<>();
  final AtomicLong connections = new AtomicLong();

  /** Open connections, which calls hand to each other. */
  public final ConnectionPool pool = new ConnectionPool();

  private final List<HttpExchange> exchanges = new ArrayList<>();

  /**
   * @param surroundings where file names and environment variables of options mean something
   * @param keep how many bytes of a body are kept for {@link #exchanges}; with 0 there are none
   * @param guarded whether a body that unpacks to very much more than what came is given up
   * @param cookies may be another client's, too
   */
  public HttpClient(
      Network network,
      Surroundings surroundings,
      CallLog log,
      int keep,
      boolean guarded,
      CookieJar cookies) {
    this.network = network;
    this.surroundings = surroundings;
    this.log = log;
    this.keep = keep;
    this.guarded = guarded;
    recorder = new Recorder(network.clock());
    this.cookies = cookies;
    hsts = new HstsCache(network.clock());
  }

  synchronized void add(HttpExchange exchange) {
    exchanges.add(exchange);
  }

  /** What was asked and answered so far. */
  public synchronized List<HttpExchange> exchanges() {
    return List.copyOf(exchanges);
  }

  /** Closes everything. */
  public void end() {
    // Whoever goes on with it would hold the last call, and all that it received.
    synchronized (cookies) {
      cookies.tell(line -> {});
    }
    pool.end();
  }
}
