package wirebook.engine.http.client;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** The open connections of a client: in use, shared, and kept for the next call. */
public final class ConnectionPool {
  private static final int MAX_IDLE = 50;

  private final Map<String, Deque<Connection>> idle = new HashMap<>();
  private final Set<Connection> open = new HashSet<>();
  private final Map<String, List<Connection>> busy = new HashMap<>();
  private final Map<String, Integer> opening = new HashMap<>();
  private long changes;
  private boolean ended;

  /** Whether parallel transfers wait for a connection that they may share. */
  public boolean waitToShare;

  synchronized void opened(Connection connection) {
    open.add(connection);
    if (ended) {
      connection.closeNow();
    }
  }

  /**
   * A connection that can be used: an idle one, or one with room for another stream. While one that
   * may have that room is being opened, and nothing says that the server has no HTTP/2, a parallel
   * transfer waits for it, as curl does without {@code --parallel-immediate}.
   *
   * @param info gets lines for {@code -v}
   * @return empty when the caller has to open one, and to say so with {@link #settled}
   */
  synchronized Optional<Connection> take(String key, boolean mayShare, Consumer<String> info)
      throws InterruptedException {
    while (true) {
      List<Connection> inUse = busy.getOrDefault(key, List.of());
      Optional<Connection> shared =
          inUse.stream()
              .filter(c -> mayShare && !c.close && c.http2.isPresent() && c.alive())
              .findFirst();
      Optional<Connection> found = shared.or(() -> idle(key, info));
      if (found.isPresent()) {
        use(found.get());
        return found;
      }
      boolean knownAsSingle =
          !inUse.isEmpty() && inUse.stream().noneMatch(c -> c.http2.isPresent());
      if (!waitToShare || !mayShare || knownAsSingle || !opening.containsKey(key)) {
        opening.merge(key, 1, Integer::sum);
        return Optional.empty();
      }
      info.accept("Found pending candidate for reuse and CURLOPT_PIPEWAIT is set");
      info.accept("Waiting on connection to negotiate possible multiplexing.");
      long seen = changes;
      while (seen == changes) {
        wait();
      }
    }
  }

  private Optional<Connection> idle(String key, Consumer<String> info) {
    Deque<Connection> queue = idle.getOrDefault(key, new ArrayDeque<>());
    while (!queue.isEmpty()) {
      Connection connection = queue.removeLast();
      if (connection.alive()) {
        return Optional.of(connection);
      }
      info.accept("Connection " + connection.id + " seems to be dead, terminating");
      info.accept("shutting down connection #" + connection.id);
      connection.closeNow();
      open.remove(connection);
    }
    return Optional.empty();
  }

  private void use(Connection connection) {
    if (connection.users++ == 0) {
      busy.computeIfAbsent(connection.key, k -> new ArrayList<>()).add(connection);
    }
  }

  private void leave(Connection connection) {
    if (--connection.users <= 0) {
      busy.getOrDefault(connection.key, new ArrayList<>()).remove(connection);
    }
    changed();
  }

  private void changed() {
    changes++;
    notifyAll();
  }

  /**
   * The opening that {@link #take} asked for has ended.
   *
   * @param opened empty when it failed
   */
  synchronized void settled(String key, Optional<Connection> opened) {
    opening.computeIfPresent(key, (k, n) -> n == 1 ? null : n - 1);
    opened.ifPresent(this::use);
    if (opened.isEmpty() || opened.get().http2.isPresent()) {
      changed();
    }
  }

  /** A transfer is done with a connection that may be used again. */
  synchronized void giveBack(Connection connection) {
    leave(connection);
    if (connection.users > 0) {
      return;
    }
    idle.computeIfAbsent(connection.key, k -> new ArrayDeque<>()).add(connection);
    if (idle.values().stream().mapToInt(Deque::size).sum() > MAX_IDLE) {
      idle.values().stream()
          .filter(q -> !q.isEmpty())
          .findFirst()
          .ifPresent(q -> q.removeFirst().closeNow());
    }
  }

  /** A transfer is done with a connection that is not to be used again; the last one closes it. */
  synchronized void drop(Connection connection) {
    connection.close = true;
    leave(connection);
    if (connection.users <= 0) {
      connection.closeNow();
      open.remove(connection);
    }
  }

  /** Closes all of them, and those that are still being opened. */
  synchronized void end() {
    ended = true;
    open.forEach(Connection::closeNow);
    open.clear();
    idle.clear();
  }
}
