package wirebook.engine.http.backend;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import wirebook.engine.http.server.HealthProbe;
import wirebook.engine.http.server.Target;
import wirebook.engine.http.server.TargetCounts;
import wirebook.net.Network;
import wirebook.net.NetworkClock;
import wirebook.net.ProgramExit;

/**
 * One place for an instance of an application, and what keeps it filled: it starts one, asks it how
 * it is, and starts the next when it ended. One thread owns it.
 */
public final class Replica {
  private static final Duration FIRST_LOOKS = Duration.ofMillis(20);
  private static final int MOST_CHANGES = 200;

  /** Where it stands. */
  public enum State {
    STARTING("starting"),
    READY("ready"),
    UNREADY("not ready"),
    DRAINING("draining"),
    BACK_OFF("waits to restart"),
    CRASH_LOOP("crash loop"),
    ENDED("ended"),
    STOPPED("stopped");

    private final String words;

    State(String words) {
      this.words = words;
    }

    @Override
    public String toString() {
      return words;
    }
  }

  /**
   * A change of state.
   *
   * @param nanos when, on the set's clock
   * @param why in words, possibly none
   */
  public record Change(Instant at, long nanos, State state, String why) {}

  private final String name;
  private final ReplicaSet.Version kept;
  private final Health health;
  private final Network network;
  private final NetworkClock clock;
  private final Consumer<Replica> told;
  private final TargetCounts counts = new TargetCounts();
  private final List<Change> changes = new ArrayList<>();
  private final Thread thread;
  private Optional<Instance> instance = Optional.empty();
  private Optional<Target> target = Optional.empty();
  private Optional<Exit> lastExit = Optional.empty();
  private int restarts;
  private int endsInARow;
  private int ends;
  private int cutOff;

  /** The state of which everybody has been told. */
  private State announced = State.STARTING;

  /** Before that, nobody keeps it: what starts it waits, and gives up where it ends. */
  private boolean wasReady;

  private long retryAt;
  private boolean over;

  /**
   * @param told of each change, on the thread that made it
   */
  Replica(String name, ReplicaSet.Version kept, Network network, Consumer<Replica> told) {
    this.name = name;
    this.kept = kept;
    health = kept.health();
    this.network = network;
    this.clock = network.clock();
    this.told = told;
    changes.add(new Change(clock.instant(), clock.nanoTime(), State.STARTING, ""));
    thread = Thread.ofVirtual().name(name).unstarted(this::keep);
  }

  void start() {
    thread.start();
  }

  public String name() {
    return name;
  }

  public int version() {
    return kept.app().version();
  }

  ReplicaSet.Version kept() {
    return kept;
  }

  public synchronized State state() {
    return changes.getLast().state();
  }

  /** Whether it is ready, and the balancer knows that. */
  synchronized boolean isReady() {
    return announced == State.READY;
  }

  /** All changes of state, the oldest first. */
  public synchronized List<Change> changes() {
    return List.copyOf(changes);
  }

  /** How often it was started anew. */
  public synchronized int restarts() {
    return restarts;
  }

  /** How it ended the last time. */
  public synchronized Optional<Exit> lastExit() {
    return lastExit;
  }

  /** What it was given, and how that went. */
  public TargetCounts counts() {
    return counts;
  }

  /** Where its instance listens. */
  public synchronized Optional<URI> url() {
    return instance.map(Instance::url);
  }

  /** Where requests go while it is ready. */
  public synchronized Optional<Target> target() {
    return state() == State.READY ? target : Optional.empty();
  }

  /** Requests at it. */
  public synchronized int inFlight() {
    return target.map(Target::inFlight).orElse(0);
  }

  /** Requests that had not ended when their time was up. */
  synchronized int cutOff() {
    return cutOff;
  }

  /** What stands in the way of requests, in words; for one that is ready its open breaker. */
  public synchronized String words() {
    Change last = changes.getLast();
    String words = last.state() + (last.why().isEmpty() ? "" : ": " + last.why());
    return switch (last.state()) {
      case BACK_OFF, CRASH_LOOP ->
          words + ", next start in " + shown(Math.max(0, retryAt - clock.nanoTime()));
      case READY ->
          words + target.flatMap(Target::openBecause).map(w -> ", left alone: " + w).orElse("");
      case STARTING, UNREADY, DRAINING, ENDED, STOPPED -> words;
    };
  }

  static String shown(long nanos) {
    return nanos < 1_000_000_000L
        ? nanos / 1_000_000 + " ms"
        : String.format(Locale.ROOT, "%.1f s", nanos / 1e9);
  }

  private void to(State state, String why) {
    synchronized (this) {
      if (changes.getLast().state() == State.STOPPED) {
        return;
      }
      changes.add(new Change(clock.instant(), clock.nanoTime(), state, why));
      wasReady |= state == State.READY;
      if (changes.size() > MOST_CHANGES) {
        changes.removeFirst();
      }
    }
    told.accept(this);
    synchronized (this) {
      announced = state;
      notifyAll();
    }
  }

  /** Waits for any of these states; false when {@code longest} was not enough. */
  public synchronized boolean await(Set<State> states, Duration longest)
      throws InterruptedException {
    long until = clock.nanoTime() + longest.toNanos();
    while (!states.contains(announced) || announced != state()) {
      long left = until - clock.nanoTime();
      if (left <= 0) {
        return false;
      }
      wait(left / 1_000_000 + 1);
    }
    return true;
  }

  private synchronized boolean isOver() {
    return over;
  }

  private void keep() {
    try {
      while (!isOver()) {
        long begun = clock.nanoTime();
        Exit exit = life();
        if (isOver()) {
          return;
        }
        if (!ended(exit, clock.nanoTime() - begun)) {
          return;
        }
        synchronized (this) {
          while (!over && retryAt - clock.nanoTime() > 0) {
            wait((retryAt - clock.nanoTime()) / 1_000_000 + 1);
          }
          restarts++;
        }
        to(State.STARTING, "");
      }
    } catch (InterruptedException e) {
      // It is being stopped.
    }
  }

  /** Notes how it ended; whether it is to be started anew. */
  private boolean ended(Exit exit, long lasted) {
    State next;
    RestartPolicy policy = kept.restart();
    synchronized (this) {
      target.ifPresent(Target::close);
      lastExit = Optional.of(exit);
      endsInARow = lasted > policy.wellAfter().toNanos() ? 1 : endsInARow + 1;
      next =
          !policy.restarts() || !wasReady
              ? State.ENDED
              : endsInARow >= policy.loopAfter() ? State.CRASH_LOOP : State.BACK_OFF;
      retryAt = clock.nanoTime() + policy.wait(endsInARow).toNanos();
    }
    to(next, exit.toString());
    synchronized (this) {
      ends++;
      notifyAll();
    }
    return next != State.ENDED;
  }

  /** From its start to its end. */
  private Exit life() throws InterruptedException {
    Instance it;
    try {
      it = kept.app().start(name);
    } catch (InterruptedException e) {
      throw e;
    } catch (ProgramExit e) {
      return new Exit(
          OptionalInt.of(e.status()), "it called " + e.getMessage() + " at its start", List.of());
    } catch (Throwable e) {
      // An error, too: this thread is all that keeps its place filled.
      return Exit.never(e.getMessage() == null ? e.toString() : e.getMessage());
    }
    synchronized (this) {
      if (over) {
        it.kill();
      }
      instance = Optional.of(it);
      target = Optional.of(new Target(name, it.url(), counts));
    }
    long deadline = clock.nanoTime() + health.start().toNanos();
    while (true) {
      Optional<String> not = notReady(it);
      if (not.isEmpty()) {
        break;
      }
      if (clock.nanoTime() - deadline > 0) {
        String why =
            "not ready "
                + shown(health.start().toNanos())
                + " after its start: "
                + not.get()
                + it.elsewhere().map(words -> ", " + words).orElse("");
        return killed(it, why);
      }
      if (it.awaitExit(FIRST_LOOKS)) {
        return it.exit().orElseThrow();
      }
    }
    to(State.READY, "");
    return watched(it);
  }

  private Exit watched(Instance it) throws InterruptedException {
    int notReady = 0;
    int notLive = 0;
    while (!it.awaitExit(health.every())) {
      Optional<String> dead = health.live().flatMap(path -> probe(it, path));
      notLive = dead.isEmpty() ? 0 : notLive + 1;
      if (dead.isPresent() && notLive >= health.threshold()) {
        return killed(
            it,
            "killed, "
                + notLive
                + " times in a row "
                + health.live().orElseThrow()
                + " "
                + dead.get());
      }
      Optional<String> not = notReady(it);
      notReady = not.isEmpty() ? 0 : notReady + 1;
      State state = state();
      if (state == State.READY && notReady >= health.threshold()) {
        to(State.UNREADY, not.orElseThrow());
      } else if (state == State.UNREADY && not.isEmpty()) {
        to(State.READY, "");
      }
    }
    return it.exit().orElseThrow();
  }

  private static Exit killed(Instance it, String why) throws InterruptedException {
    Optional<Exit> before = it.exit();
    if (before.isPresent()) {
      // It is ending by itself, and for that reason does not answer any more.
      return before.get();
    }
    it.kill();
    // A moment after its kill, its end is known.
    it.awaitExit(Duration.ofSeconds(1));
    Exit exit = it.exit().orElse(Exit.never(""));
    return new Exit(exit.status(), why, exit.lastLines());
  }

  private Optional<String> notReady(Instance it) {
    return health
        .ready()
        .map(path -> probe(it, path))
        .orElseGet(() -> HealthProbe.port(network, it.url(), health.timeout()));
  }

  private Optional<String> probe(Instance it, String path) {
    return HealthProbe.path(network, it.url().resolve(path), health.timeout());
  }

  private Instance running() {
    return instance
        .filter(it -> it.exit().isEmpty())
        .orElseThrow(() -> new IllegalArgumentException(name + " does not run: " + words()));
  }

  /** What a fault is to it, in words. */
  synchronized String words(Fault fault) {
    return running().words(fault);
  }

  /** Has something go wrong in it; after a crash it is known to have ended. */
  void drill(Fault fault) throws InterruptedException {
    Instance it;
    int before;
    synchronized (this) {
      before = ends;
      it = running();
    }
    it.drill(fault);
    if (fault instanceof Fault.Crash) {
      synchronized (this) {
        while (ends == before && !over) {
          wait();
        }
      }
    }
  }

  /** Takes no more requests, waits for the last one, and ends. */
  void drain(Duration deadline) throws InterruptedException {
    Optional<Target> last;
    Optional<Instance> running;
    synchronized (this) {
      over = true;
      notifyAll();
      last = target;
      running = instance;
    }
    to(State.DRAINING, "");
    try {
      boolean idle = true;
      if (last.isPresent()) {
        last.get().close();
        idle = last.get().awaitIdle(deadline, clock);
        synchronized (this) {
          cutOff = idle ? 0 : last.get().inFlight();
        }
      }
      if (running.isPresent()) {
        running.get().stop(idle ? deadline : Duration.ZERO);
      }
      stopped(
          idle
              ? ""
              : cutOff()
                  + (cutOff() == 1 ? " request was" : " requests were")
                  + " cut off after "
                  + shown(deadline.toNanos()));
    } finally {
      kill();
    }
  }

  /** Ends at once. */
  void kill() {
    Optional<Instance> running;
    synchronized (this) {
      over = true;
      notifyAll();
      target.ifPresent(Target::close);
      running = instance;
    }
    thread.interrupt();
    running.ifPresent(Instance::kill);
    stopped("");
  }

  private void stopped(String why) {
    to(State.STOPPED, why);
  }

  @Override
  public String toString() {
    return name + " (version " + version() + "): " + words();
  }
}
