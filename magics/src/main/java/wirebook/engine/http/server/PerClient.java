package wirebook.engine.http.server;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import wirebook.net.NetworkClock;

/** Lets each client have so many requests a second, and as many at once after a rest. */
public final class PerClient implements Endpoint {
  /** Clients that are remembered; the one that has been quiet for longest is forgotten first. */
  private static final int MOST = 10_000;

  private final Endpoint endpoint;
  private final int perSecond;
  private final Optional<String> field;
  private final NetworkClock clock;

  private final Map<String, RateLimit> clients =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, RateLimit> eldest) {
          return size() > MOST;
        }
      };

  /**
   * @param field by whose value clients are told apart; without one it is their address
   */
  public PerClient(Endpoint endpoint, int perSecond, Optional<String> field, NetworkClock clock) {
    this.endpoint = endpoint;
    this.perSecond = perSecond;
    this.field = field;
    this.clock = clock;
  }

  @Override
  public Response handle(Request request) throws Exception {
    String client =
        field
            .flatMap(request::header)
            .orElseGet(() -> String.valueOf(request.remote().getAddress()));
    long now = clock.nanoTime();
    boolean allowed;
    synchronized (clients) {
      allowed =
          clients
              .computeIfAbsent(client, _ -> new RateLimit(OptionalInt.of(perSecond), now))
              .allows(now);
    }
    if (allowed) {
      return endpoint.handle(request);
    }
    request.note("per-client");
    return ErrorPage.of(
            request, 429, "each client may ask " + perSecond + " times a second (--per-client)")
        .with("Retry-After", "1");
  }
}
