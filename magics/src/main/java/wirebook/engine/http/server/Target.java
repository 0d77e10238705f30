package wirebook.engine.http.server;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.LinkedBlockingDeque;
import wirebook.net.Network;

/**
 * One of the servers behind a {@link Balancer}: the connections to it that wait, the requests at
 * it, and its circuit breaker. After failures in a row the breaker opens and the server gets
 * nothing; when its time is up one request goes there on trial, and decides. (nginx: {@code
 * max_fails} and {@code fail_timeout}; Envoy: outlier detection.)
 */
public final class Target {
  private static final Duration CONNECTING = Duration.ofSeconds(2);
  private static final Duration HANDSHAKE = Duration.ofSeconds(10);
  private static final int KEPT = 128;
  private static final Duration KEPT_FOR = Duration.ofSeconds(10);

  private final String name;
  private final URI url;
  private final BlockingDeque<Idle> idle = new LinkedBlockingDeque<>(KEPT);
  private final TargetCounts counts;
  private boolean closed;
  private int inFlight;
  private int failuresInARow;
  private int timesOpened;
  private boolean open;
  private boolean onTrial;
  private boolean refused;
  private long openUntil;
  private Optional<String> why = Optional.empty();

  /** In what way it failed a request. */
  enum Failure {
    /** Nothing listens: it is known at once, and asking again costs nothing. */
    REFUSED,
    /** No connection came about. */
    UNREACHABLE,
    /** No answer came, or one that says that it failed. */
    BAD
  }

  /**
   * @param since in nanoseconds
   */
  private record Idle(UpstreamConnection connection, long since) {}

  /**
   * @param name as the log calls it
   * @param url where it listens; a path in front of all is kept
   */
  public Target(String name, URI url, TargetCounts counts) {
    this.name = name;
    this.url = url;
    this.counts = counts;
  }

  Target(URI url) {
    this(url.getAuthority(), url, new TargetCounts());
  }

  public String name() {
    return name;
  }

  public URI url() {
    return url;
  }

  public TargetCounts counts() {
    return counts;
  }

  /** Requests at it. */
  public synchronized int inFlight() {
    return inFlight;
  }

  /** Why the breaker is open; empty while it is closed. */
  public synchronized Optional<String> openBecause() {
    return open ? why : Optional.empty();
  }

  /** Takes no more requests; {@link #awaitIdle} tells when the last one is over. */
  public synchronized void close() {
    closed = true;
    notifyAll();
    for (Idle one = idle.poll(); one != null; one = idle.poll()) {
      one.connection().close();
    }
  }

  /** Waits for the last request; false when {@code longest} was not enough. */
  public synchronized boolean awaitIdle(Duration longest, wirebook.net.NetworkClock clock)
      throws InterruptedException {
    long until = clock.nanoTime() + longest.toNanos();
    while (inFlight > 0) {
      long left = until - clock.nanoTime();
      if (left <= 0) {
        return false;
      }
      wait(left / 1_000_000 + 1);
    }
    return true;
  }

  /** Whether a request may go there now: neither closed, nor full, nor its breaker open. */
  synchronized boolean enter(BalancerPolicy policy, long now) {
    if (closed || inFlight >= policy.concurrency().orElse(Integer.MAX_VALUE)) {
      return false;
    }
    if (open) {
      if (onTrial || now - openUntil < 0) {
        return false;
      }
      onTrial = true;
    }
    inFlight++;
    return true;
  }

  /** Lets a request in at a server where nothing listened the last time. */
  synchronized boolean enterThoughRefused() {
    boolean entered = !closed && open && refused;
    inFlight += entered ? 1 : 0;
    return entered;
  }

  /** Whether it would take one, were its breaker not open or were it not full. */
  synchronized boolean isThere() {
    return !closed;
  }

  synchronized boolean isFull(BalancerPolicy policy) {
    return !closed && !open && inFlight >= policy.concurrency().orElse(Integer.MAX_VALUE);
  }

  /** A request is over that {@link #enter} let in. */
  synchronized void leave() {
    inFlight--;
    onTrial = false;
    notifyAll();
  }

  /** An answer came that says that it is well; true when that closed the breaker. */
  synchronized boolean succeeded() {
    failuresInARow = 0;
    timesOpened = 0;
    boolean was = open;
    open = false;
    return was;
  }

  /** It failed; true when that opened the breaker. */
  synchronized boolean failed(BalancerPolicy policy, String how, Failure failure, long now) {
    failuresInARow++;
    if (failure == Failure.BAD && !open && failuresInARow < policy.tripAfter()) {
      return false;
    }
    boolean was = open;
    open = true;
    refused = failure == Failure.REFUSED;
    why = Optional.of(how);
    // Where nobody listens asking costs nothing; who answers badly is left alone longer and longer.
    timesOpened = refused ? 1 : Math.min(timesOpened + 1, 6);
    openUntil = now + policy.openFor().multipliedBy(1L << (timesOpened - 1)).toNanos();
    return !was;
  }

  /** One that waits, if it is still good, or a new one. */
  UpstreamConnection connection(Network network, boolean sure) throws IOException {
    for (Idle one = idle.pollLast(); one != null; one = idle.pollLast()) {
      long waited = network.clock().nanoTime() - one.since();
      if (waited < KEPT_FOR.toNanos() && (!sure || one.connection().isIdle())) {
        return one.connection();
      }
      one.connection().close();
    }
    return fresh(network);
  }

  UpstreamConnection fresh(Network network) throws IOException {
    return UpstreamConnection.open(network, url, CONNECTING, HANDSHAKE);
  }

  void keep(UpstreamConnection connection, long now) {
    connection.used();
    boolean gone;
    synchronized (this) {
      gone = closed || !connection.persists() || !idle.offerLast(new Idle(connection, now));
    }
    if (gone) {
      connection.close();
    }
  }
}
