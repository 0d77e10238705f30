package wirebook.engine.http.server;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * The latest exchanges of a server, at most {@link #MOST} and {@link #MOST_BYTES} of their bytes,
 * and what else happened on its connections. Safe for use by several threads.
 */
final class AccessLog {
  static final int MOST = 1000;
  static final long MOST_BYTES = 8L << 20;
  private static final int MOST_EVENTS = 4000;

  /** What is thrown can hold on to much. */
  private static final int MOST_FAILURES = 20;

  private final Deque<Exchange> latest = new ArrayDeque<>();
  private final Deque<ConnectionEvent> events = new ArrayDeque<>();
  private final Deque<Failure> failures = new ArrayDeque<>();
  private final Set<Supplier<UnderWay>> underWay = ConcurrentHashMap.newKeySet();
  private final Watcher live;
  private long bytes;
  private long count;

  /** What an endpoint threw at a request. */
  private record Failure(Exchange exchange, Throwable thrown) {}

  /**
   * @param live is told all of it
   */
  AccessLog(Watcher live) {
    this.live = live;
  }

  void add(Exchange exchange) {
    synchronized (this) {
      count++;
      latest.addLast(exchange);
      bytes += size(exchange);
      while (latest.size() > MOST || bytes > MOST_BYTES) {
        bytes -= size(latest.removeFirst());
      }
    }
    live.exchange(exchange);
  }

  void add(ConnectionEvent event) {
    synchronized (this) {
      events.addLast(event);
      if (events.size() > MOST_EVENTS) {
        events.removeFirst();
      }
    }
    live.event(event);
  }

  void begun(Supplier<UnderWay> request) {
    underWay.add(request);
  }

  void ended(Supplier<UnderWay> request) {
    underWay.remove(request);
  }

  /** What is being answered, oldest first. */
  List<UnderWay> underWay() {
    return underWay.stream().map(Supplier::get).sorted(Comparator.comparing(UnderWay::at)).toList();
  }

  void run(Runnable task) {
    live.run(task);
  }

  /** The same with what the endpoint threw. */
  void add(Exchange exchange, Throwable thrown) {
    synchronized (this) {
      failures.addLast(new Failure(exchange, thrown));
      if (failures.size() > MOST_FAILURES) {
        failures.removeFirst();
      }
    }
    add(exchange);
    live.failed(thrown);
  }

  void end(Set<Thread> threads) throws InterruptedException {
    live.end(threads);
  }

  /** What the endpoint threw at a request, if it is still known. */
  synchronized Optional<Throwable> failure(Exchange exchange) {
    return failures.stream()
        .filter(failure -> failure.exchange().equals(exchange))
        .map(Failure::thrown)
        .findFirst();
  }

  private static long size(Exchange exchange) {
    return (long) exchange.request().length() + exchange.response().length();
  }

  /** Oldest first. */
  synchronized List<Exchange> exchanges() {
    return List.copyOf(latest);
  }

  /** Those that came behind the first {@code told} and are kept, and how many have come. */
  synchronized Exchange.Later after(long told) {
    long kept = Math.clamp(count - told, 0, latest.size());
    return new Exchange.Later(count, latest.stream().skip(latest.size() - kept).toList());
  }

  /** Oldest first. */
  synchronized List<ConnectionEvent> events() {
    return List.copyOf(events);
  }

  /** All that ever came, those no longer kept too. */
  synchronized long count() {
    return count;
  }
}
