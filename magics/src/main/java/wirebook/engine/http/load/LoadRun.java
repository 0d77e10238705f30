package wirebook.engine.http.load;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;
import wirebook.net.Network;
import wirebook.net.NetworkClock;

/**
 * Puts a load on a server. With a rate, requests are due at fixed times, and how long one took
 * counts from then: a server that stalls is not excused by the requests that were not sent
 * meanwhile (coordinated omission).
 */
public final class LoadRun {
  private static final int DIGITS = 3;
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration GRACE = Duration.ofSeconds(2);

  /** A server that refuses would be asked some hundred thousand times a second. */
  private static final Duration AFTER_FAILURE = Duration.ofMillis(10);

  private final Network network;
  private final NetworkClock clock;
  private final LoadPlan plan;
  private final InetAddress address;
  private final Recorder recorder = new Recorder(1, Latencies.LONGEST.toNanos() / 1000, DIGITS);
  private final Histogram all = new Histogram(1, Latencies.LONGEST.toNanos() / 1000, DIGITS);
  private final Map<Integer, LongAdder> statuses = new ConcurrentSkipListMap<>();
  private final Map<String, LongAdder> errors = new ConcurrentSkipListMap<>();
  private final LongAdder failures = new LongAdder();
  private final LongAdder bytes = new LongAdder();
  private final LongAdder unanswered = new LongAdder();
  private final AtomicLong tickets = new AtomicLong();
  private final Set<LoadConnection> open = ConcurrentHashMap.newKeySet();
  private final List<LoadResult.Second> seconds = new ArrayList<>();
  private volatile boolean over;
  private long begun;
  private long toldAt;
  private long failuresBefore;

  private LoadRun(Network network, LoadPlan plan) throws IOException {
    this.network = network;
    this.plan = plan;
    clock = network.clock();
    address = reached();
  }

  /**
   * @param second is told each as it ends
   * @throws IOException when the name has no address
   */
  public static LoadResult run(Network network, LoadPlan plan, Consumer<LoadResult.Second> second)
      throws IOException, InterruptedException {
    return run(network, plan, second, _ -> {});
  }

  /**
   * @param second is told each as it ends
   * @param stopped is told what was measured until then when this thread is interrupted; requests
   *     that had no answer yet are not in it
   * @throws IOException when the name has no address
   */
  public static LoadResult run(
      Network network,
      LoadPlan plan,
      Consumer<LoadResult.Second> second,
      Consumer<LoadResult> stopped)
      throws IOException, InterruptedException {
    return new LoadRun(network, plan).run(second, stopped);
  }

  private List<InetAddress> lookUp() throws UnknownHostException {
    return network.lookUp(plan.url().getHost().replaceAll("[\\[\\]]", ""));
  }

  /** The first address at which something listens, else the first. */
  private InetAddress reached() throws UnknownHostException {
    List<InetAddress> addresses = lookUp();
    if (addresses.size() == 1 || plan.fresh()) {
      return addresses.getFirst();
    }
    for (InetAddress each : addresses) {
      try {
        LoadConnection.dial(network, plan, each).close();
        return each;
      } catch (IOException e) {
        // The next one may be better; what is wrong with all is told by the requests.
      }
    }
    return addresses.getFirst();
  }

  private LoadResult run(Consumer<LoadResult.Second> told, Consumer<LoadResult> stopped)
      throws InterruptedException {
    begun = clock.nanoTime();
    toldAt = begun;
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < plan.connections(); i++) {
      Place place = new Place();
      for (int j = 0; j < plan.streams().orElse(1); j++) {
        threads.add(Thread.ofVirtual().name("load").start(() -> work(place)));
      }
    }
    try {
      Duration longest = plan.duration().orElse(Duration.ofDays(1));
      long last = begun;
      for (boolean alive = true; alive; ) {
        Duration left = longest.minusNanos(clock.nanoTime() - begun);
        Duration step = left.isPositive() && left.compareTo(SECOND) < 0 ? left : SECOND;
        // The threads may be done sooner.
        long until = clock.nanoTime() + step.toNanos();
        for (Thread thread : threads) {
          long more = until - clock.nanoTime();
          if (more <= 0 || !thread.join(Duration.ofNanos(more))) {
            break;
          }
        }
        if (clock.nanoTime() - begun >= longest.plus(grace()).toNanos()) {
          cutOff(threads);
        }
        // What they have done by then is counted.
        alive = threads.stream().anyMatch(Thread::isAlive);
        last = second(told, alive);
      }
      if (all.getTotalCount() + failures.sum() == 0) {
        last = clock.nanoTime();
      }
      return result(Duration.ofNanos(last - begun), plan.duration());
    } catch (InterruptedException e) {
      Duration took = Duration.ofNanos(clock.nanoTime() - begun);
      end(threads);
      second(_ -> {}, false);
      // What is under way then is no request for which no connection was free.
      stopped.accept(result(took, Optional.empty()));
      throw e;
    } finally {
      stop(threads);
    }
  }

  /** How long answers are waited for when the time is over: longer where they took longer. */
  private Duration grace() {
    Duration slowest = Duration.ofNanos(all.getMaxValue() * 1000);
    return Collections.min(
        List.of(plan.timeout(), Collections.max(List.of(GRACE, slowest.multipliedBy(2)))));
  }

  /** Waits no longer for those who wait for an answer. */
  private void cutOff(List<Thread> threads) throws InterruptedException {
    end(threads);
    long left = unanswered.sumThenReset();
    if (left > 0) {
      failures.add(left);
      errors.computeIfAbsent("no answer by the end", _ -> new LongAdder()).add(left);
    }
  }

  private void stop(List<Thread> threads) {
    over = true;
    open.forEach(LoadConnection::close);
    threads.forEach(Thread::interrupt);
  }

  private void end(List<Thread> threads) throws InterruptedException {
    stop(threads);
    for (Thread thread : threads) {
      thread.join(SECOND);
    }
  }

  private long second(Consumer<LoadResult.Second> told, boolean more) {
    Histogram interval = recorder.getIntervalHistogram();
    all.add(interval);
    Latencies latencies = new Latencies(interval);
    long failed = failures.sum();
    long now = clock.nanoTime();
    LoadResult.Second second =
        new LoadResult.Second(
            latencies.count(),
            failed - failuresBefore,
            latencies.percentile(50),
            latencies.percentile(99),
            Duration.ofNanos(now - toldAt));
    toldAt = now;
    failuresBefore = failed;
    // After the last whole second there may be a moment in which nothing came.
    if (more || seconds.isEmpty() || second.answers() + second.failures() > 0) {
      seconds.add(second);
      told.accept(second);
    }
    return now;
  }

  /**
   * @param asked for how long requests were due, where that is said
   */
  private LoadResult result(Duration took, Optional<Duration> asked) {
    long due =
        plan.rate().isPresent() && asked.isPresent()
            ? (long) Math.ceil(asked.get().toNanos() / 1e9 * plan.rate().getAsDouble())
            : 0;
    long begunRequests = all.getTotalCount() + failures.sum();
    TreeMap<Integer, Long> byStatus = new TreeMap<>();
    statuses.forEach((status, count) -> byStatus.put(status, count.sum()));
    TreeMap<String, Long> byKind = new TreeMap<>();
    errors.forEach((kind, count) -> byKind.put(kind, count.sum()));
    return new LoadResult(
        plan,
        network.name(),
        took,
        bytes.sum(),
        byStatus,
        byKind,
        Math.max(0, due - begunRequests),
        new Latencies(all),
        seconds);
  }

  /** When the next request of this run is due, in nanoseconds; negative when there is none. */
  private long next() {
    long ticket = tickets.getAndIncrement();
    long now = clock.nanoTime();
    if (over || (plan.count().isPresent() && ticket >= plan.count().getAsLong())) {
      return Long.MIN_VALUE;
    }
    long due =
        plan.rate().isPresent()
            ? begun + Math.round(ticket / plan.rate().getAsDouble() * 1e9)
            : now;
    boolean late =
        plan.duration().isPresent()
            && Math.max(due, now) - begun >= plan.duration().get().toNanos();
    return late ? Long.MIN_VALUE : due;
  }

  /** Where one connection is at a time, with all who ask over it. */
  private final class Place {
    private Optional<Http2Load> shared = Optional.empty();
    private long failedAt = begun;
    private IOException failure = new IOException();

    LoadConnection connection() throws IOException {
      long since = clock.nanoTime();
      synchronized (this) {
        // All who waited for it have waited in vain: another try each would take them ages.
        if (failedAt - since > 0) {
          throw failure;
        }
        try {
          return made();
        } catch (IOException e) {
          failedAt = clock.nanoTime();
          failure = e;
          throw e;
        }
      }
    }

    private LoadConnection made() throws IOException {
      if (shared.isPresent() && shared.get().persists()) {
        return shared.get().join();
      }
      InetAddress to = plan.fresh() ? lookUp().getFirst() : address;
      LoadConnection connection = LoadConnection.open(network, plan, to, bytes);
      open.add(connection);
      if (connection instanceof Http2Load http2) {
        shared = Optional.of(http2);
        return http2.join();
      }
      return connection;
    }
  }

  private void work(Place place) {
    @Nullable LoadConnection connection = null;
    boolean asking = false;
    try {
      for (long due = next(); due != Long.MIN_VALUE; due = next()) {
        long wait = due - clock.nanoTime();
        if (wait > 0) {
          clock.sleep(Duration.ofNanos(wait));
        }
        asking = true;
        try {
          connection = connection == null ? place.connection() : connection;
          int status = connection.exchange();
          if (status == 0) {
            connection = closed(connection);
            connection = place.connection();
            status = connection.exchange();
          }
          if (status == 0) {
            throw new IOException("the server goes away before it answers");
          }
          long micros = (clock.nanoTime() - due) / 1000;
          recorder.recordValue(Math.clamp(micros, 1, Latencies.LONGEST.toNanos() / 1000));
          statuses.computeIfAbsent(status, _ -> new LongAdder()).increment();
          if (plan.fresh() || !connection.persists()) {
            connection = closed(connection);
          }
        } catch (IOException | NumberFormatException e) {
          connection = closed(connection);
          if (over) {
            unanswered.increment();
            return;
          }
          failures.increment();
          errors.computeIfAbsent(kind(e), _ -> new LongAdder()).increment();
          asking = false;
          clock.sleep(AFTER_FAILURE);
        }
        asking = false;
      }
    } catch (InterruptedException e) {
      // The run is over.
      if (asking) {
        unanswered.increment();
      }
    } finally {
      closed(connection);
    }
  }

  /** Leaves it, if it is one; there is none after that. */
  private @Nullable LoadConnection closed(@Nullable LoadConnection connection) {
    if (connection != null) {
      if (connection.leave()) {
        open.remove(connection);
      }
    }
    return null;
  }

  private static String kind(Exception failure) {
    return switch (failure) {
      case ConnectException _ -> "connection refused";
      case UnknownHostException _ -> "the name has no address";
      case SocketTimeoutException _ -> "timed out";
      case EOFException _ -> "the server hung up";
      case SSLException e -> "TLS: " + e.getMessage();
      case NumberFormatException _ -> "the answer is not HTTP/1";
      default -> String.valueOf(failure.getMessage());
    };
  }
}
