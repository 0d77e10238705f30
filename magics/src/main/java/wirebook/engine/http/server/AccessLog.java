package wirebook.engine.http.server;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/**
 * The latest exchanges of a server, at most {@link #MOST} and {@link #MOST_BYTES} of their bytes.
 * Safe for use by several threads.
 */
final class AccessLog {
  static final int MOST = 1000;
  static final long MOST_BYTES = 8L << 20;

  private final Deque<Exchange> latest = new ArrayDeque<>();
  private final Consumer<Exchange> live;
  private long bytes;
  private long count;

  /**
   * @param live gets each exchange when it is over, on its thread; must not block
   */
  AccessLog(Consumer<Exchange> live) {
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
    live.accept(exchange);
  }

  private static long size(Exchange exchange) {
    return (long) exchange.request().length() + exchange.response().length();
  }

  /** Oldest first. */
  synchronized List<Exchange> exchanges() {
    return List.copyOf(latest);
  }

  /** All that ever came, those no longer kept too. */
  synchronized long count() {
    return count;
  }
}
