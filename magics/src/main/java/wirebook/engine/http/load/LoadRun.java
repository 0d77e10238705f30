package wirebook.engine.http.load;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
import wirebook.engine.http.HttpHeader;
import wirebook.net.Network;
import wirebook.net.NetworkClock;
import wirebook.trace.Bytes;

/**
 * Puts a load on a server. With a rate, requests are due at fixed times, and how long one took
 * counts from then: a server that stalls is not excused by the requests that were not sent
 * meanwhile (coordinated omission).
 */
public final class LoadRun {
  private static final int DIGITS = 3;
  private static final Duration SECOND = Duration.ofSeconds(1);

  /** A server that refuses would be asked some hundred thousand times a second. */
  private static final Duration AFTER_FAILURE = Duration.ofMillis(10);

  private final Network network;
  private final NetworkClock clock;
  private final LoadPlan plan;
  private final InetAddress address;
  private final byte[] request;
  private final Recorder recorder = new Recorder(1, Latencies.LONGEST.toNanos() / 1000, DIGITS);
  private final Histogram all = new Histogram(1, Latencies.LONGEST.toNanos() / 1000, DIGITS);
  private final Map<Integer, LongAdder> statuses = new ConcurrentSkipListMap<>();
  private final Map<String, LongAdder> errors = new ConcurrentSkipListMap<>();
  private final LongAdder failures = new LongAdder();
  private final LongAdder bytes = new LongAdder();
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
    address = lookUp();
    request = bytes(plan);
  }

  /**
   * @param second is told each as it ends
   * @throws IOException when the name has no address
   */
  public static LoadResult run(Network network, LoadPlan plan, Consumer<LoadResult.Second> second)
      throws IOException, InterruptedException {
    return new LoadRun(network, plan).run(second);
  }

  private InetAddress lookUp() throws UnknownHostException {
    return network.lookUp(plan.url().getHost().replaceAll("[\\[\\]]", "")).getFirst();
  }

  private static byte[] bytes(LoadPlan plan) {
    URI url = plan.url();
    String path = url.getRawPath() == null || url.getRawPath().isEmpty() ? "/" : url.getRawPath();
    StringBuilder head =
        new StringBuilder(plan.method())
            .append(' ')
            .append(path)
            .append(url.getRawQuery() == null ? "" : "?" + url.getRawQuery())
            .append(" HTTP/1.1\r\n");
    if (plan.headers().stream().noneMatch(h -> h.name().equalsIgnoreCase("Host"))) {
      head.append("Host: ").append(url.getAuthority()).append("\r\n");
    }
    for (HttpHeader header : plan.headers()) {
      head.append(header.name()).append(": ").append(header.value()).append("\r\n");
    }
    if (!plan.body().isEmpty()) {
      head.append("Content-Length: ").append(plan.body().length()).append("\r\n");
    }
    return Bytes.of(head.append("\r\n").toString().getBytes(StandardCharsets.UTF_8))
        .plus(plan.body())
        .toArray();
  }

  private LoadResult run(Consumer<LoadResult.Second> told) throws InterruptedException {
    begun = clock.nanoTime();
    toldAt = begun;
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < plan.connections(); i++) {
      threads.add(Thread.ofVirtual().name("load").start(this::work));
    }
    try {
      Duration longest = plan.duration().orElse(Duration.ofDays(1));
      long last = begun;
      while (threads.stream().anyMatch(Thread::isAlive)) {
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
        last = second(told);
      }
      if (all.getTotalCount() + failures.sum() == 0) {
        last = clock.nanoTime();
      }
      return result(Duration.ofNanos(last - begun));
    } finally {
      over = true;
      open.forEach(LoadConnection::close);
      threads.forEach(Thread::interrupt);
    }
  }

  private long second(Consumer<LoadResult.Second> told) {
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
    seconds.add(second);
    told.accept(second);
    return now;
  }

  private LoadResult result(Duration took) {
    long due =
        plan.rate().isPresent() && plan.duration().isPresent()
            ? (long) Math.ceil(plan.duration().get().toNanos() / 1e9 * plan.rate().getAsDouble())
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

  private void work() {
    @Nullable LoadConnection connection = null;
    try {
      for (long due = next(); due != Long.MIN_VALUE; due = next()) {
        long wait = due - clock.nanoTime();
        if (wait > 0) {
          clock.sleep(Duration.ofNanos(wait));
        }
        try {
          if (connection == null) {
            InetAddress to = plan.fresh() ? lookUp() : address;
            connection = LoadConnection.open(network, plan.url(), to, plan.timeout());
            open.add(connection);
          }
          long before = connection.read();
          int status = connection.exchange(request, plan.method().equals("HEAD"));
          long micros = (clock.nanoTime() - due) / 1000;
          recorder.recordValue(Math.clamp(micros, 1, Latencies.LONGEST.toNanos() / 1000));
          bytes.add(connection.read() - before);
          statuses.computeIfAbsent(status, _ -> new LongAdder()).increment();
          if (plan.fresh() || !connection.persists()) {
            connection = closed(connection);
          }
        } catch (IOException | NumberFormatException e) {
          connection = closed(connection);
          if (over) {
            return;
          }
          failures.increment();
          errors.computeIfAbsent(kind(e), _ -> new LongAdder()).increment();
          clock.sleep(AFTER_FAILURE);
        }
      }
    } catch (InterruptedException e) {
      // The run is over.
    } finally {
      closed(connection);
    }
  }

  /** Closes it, if it is one; there is none after that. */
  private @Nullable LoadConnection closed(@Nullable LoadConnection connection) {
    if (connection != null) {
      open.remove(connection);
      connection.close();
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
