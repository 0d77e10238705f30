package wirebook.engine.http.curl;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import wirebook.engine.http.CookieJar;
import wirebook.engine.http.HstsCache;
import wirebook.engine.http.HttpExchange;
import wirebook.trace.Recorder;

/** What the transfers of one call share: connections, cookies, names, the trace. */
final class Session {
  /** How many bytes of one connection the trace keeps. */
  static final long MAX_RECORDED = 16L << 20;

  private static final int MAX_IDLE = 50;

  final CurlEnvironment environment;
  final Console console;
  final TraceLog log;
  final Recorder recorder;
  final CookieJar cookies;
  final HstsCache hsts;
  final Map<String, List<String>> resolved = new HashMap<>();
  final AtomicInteger transfers = new AtomicInteger();
  final AtomicLong connections = new AtomicLong();
  private final List<HttpExchange> exchanges = new ArrayList<>();
  private final Map<String, Deque<Connection>> idle = new HashMap<>();
  private final Set<Connection> open = new HashSet<>();
  private boolean ended;

  /** Who is told about cookies just now. */
  private ThreadLocal<Optional<Transfer>> active = ThreadLocal.withInitial(Optional::empty);

  Session(CurlEnvironment environment, Console console, TraceLog log) {
    this.environment = environment;
    this.console = console;
    this.log = log;
    recorder = new Recorder(environment.network().clock());
    cookies =
        new CookieJar(
            environment.network().clock(), line -> active.get().ifPresent(t -> t.info(line)));
    hsts = new HstsCache(environment.network().clock());
  }

  void activate(Transfer transfer) {
    active.set(Optional.of(transfer));
  }

  synchronized void add(HttpExchange exchange) {
    exchanges.add(exchange);
  }

  synchronized List<HttpExchange> exchanges() {
    return List.copyOf(exchanges);
  }

  synchronized void opened(Connection connection) {
    open.add(connection);
    if (ended) {
      connection.closeNow();
    }
  }

  /** An idle connection that can be used; dead ones are dropped and named. */
  synchronized Optional<Connection> take(String key, List<Connection> dead) {
    Deque<Connection> queue = idle.getOrDefault(key, new ArrayDeque<>());
    while (!queue.isEmpty()) {
      Connection connection = queue.pollLast();
      if (connection != null && connection.alive()) {
        return Optional.of(connection);
      }
      if (connection != null) {
        dead.add(connection);
        open.remove(connection);
      }
    }
    return Optional.empty();
  }

  synchronized void giveBack(Connection connection) {
    idle.computeIfAbsent(connection.key, k -> new ArrayDeque<>()).add(connection);
    if (idle.values().stream().mapToInt(Deque::size).sum() > MAX_IDLE) {
      idle.values().stream()
          .filter(q -> !q.isEmpty())
          .findFirst()
          .ifPresent(q -> q.removeFirst().closeNow());
    }
  }

  synchronized void drop(Connection connection) {
    connection.closeNow();
    open.remove(connection);
  }

  /** Closes everything. */
  synchronized void end() {
    ended = true;
    open.forEach(Connection::closeNow);
    open.clear();
    idle.clear();
  }
}
