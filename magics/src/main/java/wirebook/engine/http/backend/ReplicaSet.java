// Above 500 lines: whatever changes which replicas there are holds one lock, and undoes what
// does not come about; what is told of them takes as many lines again.
package wirebook.engine.http.backend;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import wirebook.engine.http.server.Balancer;
import wirebook.engine.http.server.BalancerPolicy;
import wirebook.engine.http.server.Target;
import wirebook.net.Network;
import wirebook.net.NetworkClock;

/**
 * Several replicas of an application behind one balancer: they are kept up, replaced one by one by
 * those of another version, and brought back where that one does not become ready. (Kubernetes: a
 * Deployment with its ReplicaSets.)
 */
public final class ReplicaSet implements AutoCloseable {
  private static final int MOST_EVENTS = 1000;
  private static final int MOST_GONE = 12;
  private static final Set<Replica.State> DECIDED =
      EnumSet.of(
          Replica.State.READY,
          Replica.State.BACK_OFF,
          Replica.State.CRASH_LOOP,
          Replica.State.ENDED,
          Replica.State.STOPPED);

  private final String name;
  private volatile Plan plan;
  private final Network network;
  private volatile Consumer<ReplicaEvent> told;
  private final Balancer balancer;
  private final CopyOnWriteArrayList<Replica> replicas = new CopyOnWriteArrayList<>();
  private final Deque<Replica> gone = new ArrayDeque<>();
  private final Deque<ReplicaEvent> events = new ArrayDeque<>();
  private final AtomicInteger turn = new AtomicInteger();

  /** Held by whoever changes which replicas there are. */
  private final ReentrantLock changing = new ReentrantLock();

  private final List<Version> versions = new ArrayList<>();
  private volatile Optional<Replica> canary = Optional.empty();
  private volatile double share;
  private double canarysDue;
  private volatile int newest;
  private volatile String url = "";
  private volatile List<Target> ready = List.of();
  private volatile boolean closed;

  /**
   * How its replicas are kept.
   *
   * @param drain how long the requests at a replica may take when it is to end
   */
  public record Plan(
      Health health, RestartPolicy restart, BalancerPolicy balancer, Duration drain) {}

  /** A version, and how its replicas are asked and kept: as it was said with it, also later. */
  record Version(App app, Health health, RestartPolicy restart) {}

  /** A roll-out did not come about; what ran before runs on. */
  public static final class RolloutException extends Exception {
    private static final long serialVersionUID = 1;

    RolloutException(String message) {
      super(message);
    }
  }

  /**
   * @param network on which the replicas are reached
   * @param told what happens, on the thread on which it does: it must not block
   */
  public ReplicaSet(String name, Plan plan, Network network, Consumer<ReplicaEvent> told) {
    this.name = name;
    this.plan = plan;
    this.network = network;
    this.told = told;
    balancer =
        new Balancer(
            network, new Ready(), plan.balancer(), (target, what) -> event(target.name(), what));
  }

  /** Those that may be asked; now and then the canary first. */
  private final class Ready implements Balancer.Pool {
    @Override
    public List<Target> next() {
      List<Target> usual = Balancer.rotated(ready, turn.getAndIncrement());
      Optional<Target> other = canary.flatMap(Replica::target);
      if (other.isEmpty()) {
        return usual;
      }
      List<Target> all = new ArrayList<>(usual);
      all.add(isCanarysTurn() ? 0 : all.size(), other.get());
      return all;
    }

    @Override
    public List<Target> all() {
      return Stream.concat(ready.stream(), canary.flatMap(Replica::target).stream()).toList();
    }

    @Override
    public String whyNone() {
      return ReplicaSet.this.whyNone();
    }
  }

  /** By the count of requests, so that a share of 10 % is every tenth. */
  private synchronized boolean isCanarysTurn() {
    canarysDue += share;
    if (canarysDue < 1 - 1e-9) {
      return false;
    }
    canarysDue -= 1;
    return true;
  }

  private String whyNone() {
    return closed
        ? name + " is stopped"
        : "no replica of "
            + name
            + " is ready:\n  "
            + replicas.stream()
                .map(replica -> replica.name() + " " + replica.words())
                .collect(Collectors.joining(";\n  "));
  }

  public String name() {
    return name;
  }

  /**
   * How replicas are kept from now on; those of the versions that are there are asked as before.
   */
  public void use(Plan next) {
    plan = next;
    balancer.use(next.balancer());
  }

  /** From now on this is told what happens. */
  public void tell(Consumer<ReplicaEvent> other) {
    told = other;
  }

  /** Remembers where the one address is. */
  public void reachedAt(String front) {
    url = front;
  }

  /** The one address, with a slash at the end. */
  public String url() {
    return url;
  }

  public boolean isClosed() {
    return closed;
  }

  /** Name, version, and how many of its replicas are ready. */
  @Override
  public String toString() {
    return name + ": version " + version() + ", " + ready() + " of " + replicas.size() + " ready";
  }

  /** The highest version that was ever tried. */
  public int newest() {
    return newest;
  }

  public NetworkClock clock() {
    return network.clock();
  }

  /** What answers requests to the one address. */
  public Balancer balancer() {
    return balancer;
  }

  /** Those that are kept, with the canary. */
  public List<Replica> replicas() {
    return List.copyOf(replicas);
  }

  /** The latest that were stopped, the oldest first. */
  public List<Replica> gone() {
    synchronized (gone) {
      return List.copyOf(gone);
    }
  }

  public List<ReplicaEvent> events() {
    synchronized (events) {
      return List.copyOf(events);
    }
  }

  /** The replica of this name, with or without the backend's in front. */
  public Optional<Replica> replica(String which) {
    return replicas.stream()
        .filter(r -> r.name().equals(which) || r.name().equals(name + "#" + which))
        .findFirst();
  }

  /** How many there are, without the canary. */
  public int size() {
    return stable().size();
  }

  /** How many take requests. */
  public int ready() {
    return (int) replicas.stream().filter(Replica::isReady).count();
  }

  public int version() {
    return versions.isEmpty() ? 0 : versions.getLast().app().version();
  }

  /** The share of requests that the canary gets, if there is one. */
  public Optional<Double> canaryShare() {
    return canary.map(_ -> share);
  }

  private void event(String who, String what) {
    ReplicaEvent event =
        new ReplicaEvent(network.clock().instant(), network.clock().nanoTime(), who, what);
    synchronized (events) {
      events.addLast(event);
      if (events.size() > MOST_EVENTS) {
        events.removeFirst();
      }
    }
    told.accept(event);
  }

  private void changed(Replica replica) {
    refresh();
    Replica.Change last = replica.changes().getLast();
    if (last.state() != Replica.State.STARTING) {
      event(
          replica.name(),
          (last.state() == Replica.State.READY ? "version " + replica.version() + " " : "")
              + replica.words());
    }
  }

  /** One at a time: what is seen first must not be put down last. */
  private synchronized void refresh() {
    ready =
        replicas.stream()
            .filter(replica -> canary.filter(replica::equals).isEmpty())
            .flatMap(replica -> replica.target().stream())
            .toList();
  }

  private Version asNow(App app) {
    newest = Math.max(newest, app.version());
    return new Version(app, plan.health(), plan.restart());
  }

  private Replica begin(String replica, Version version) throws RolloutException {
    return begin(new Replica(replica, version, network, this::changed));
  }

  private Replica begin(Replica fresh) throws RolloutException {
    if (closed) {
      throw new RolloutException(name + " is stopped");
    }
    replicas.add(fresh);
    fresh.start();
    if (closed) {
      // Since then.
      fresh.kill();
      forget(fresh);
    }
    return fresh;
  }

  /** Waits until it is ready; ends it where it does not become so. */
  private void awaitReady(Replica fresh) throws InterruptedException, RolloutException {
    boolean ok = false;
    try {
      fresh.await(DECIDED, fresh.kept().health().start().plusSeconds(5));
      ok = fresh.state() == Replica.State.READY;
      if (!ok) {
        throw new RolloutException(
            "version "
                + fresh.version()
                + " did not become ready: "
                + fresh.lastExit().map(Exit::toString).orElseGet(fresh::words)
                + fresh.lastExit().stream()
                    .flatMap(exit -> exit.lastLines().stream())
                    .map(line -> "\n  " + line)
                    .collect(Collectors.joining()));
      }
    } finally {
      if (!ok) {
        fresh.kill();
        forget(fresh);
      }
    }
  }

  private void forget(Replica replica) {
    if (!replicas.remove(replica)) {
      return;
    }
    refresh();
    synchronized (gone) {
      gone.addLast(replica);
      if (gone.size() > MOST_GONE) {
        gone.removeFirst();
      }
    }
  }

  private void end(Replica old) throws InterruptedException {
    try {
      old.drain(plan.drain());
    } finally {
      forget(old);
    }
  }

  private List<Replica> stable() {
    return replicas.stream().filter(r -> canary.filter(r::equals).isEmpty()).toList();
  }

  /**
   * Puts a version in the place of the one that runs: one replica after the other, each new one
   * ready before an old one is drained. The first time all start at once.
   *
   * @return how many requests were cut off because an old replica's time was up
   * @throws RolloutException when one does not become ready: those that were replaced are brought
   *     back
   */
  public int deploy(App app, int count) throws InterruptedException, RolloutException {
    return deploy(asNow(app), count);
  }

  private int deploy(Version version, int count) throws InterruptedException, RolloutException {
    changing.lockInterruptibly();
    try {
      if (closed) {
        throw new RolloutException(name + " is stopped");
      }
      endCanary();
      List<Replica> before = stable();
      if (before.isEmpty()) {
        startAll(version, count);
      } else {
        replaceAll(before, version);
        resize(version, count);
      }
      versions.add(version);
      return before.stream().mapToInt(Replica::cutOff).sum();
    } finally {
      changing.unlock();
    }
  }

  private void startAll(Version version, int count) throws InterruptedException, RolloutException {
    List<Replica> fresh = new ArrayList<>();
    boolean ok = false;
    try {
      for (int i = 1; i <= count; i++) {
        fresh.add(begin(name + "#" + i, version));
      }
      for (Replica replica : fresh) {
        awaitReady(replica);
      }
      ok = true;
    } finally {
      if (!ok) {
        fresh.forEach(Replica::kill);
        fresh.forEach(this::forget);
      }
    }
  }

  private void replaceAll(List<Replica> before, Version version)
      throws InterruptedException, RolloutException {
    Version old = before.getFirst().kept();
    int done = 0;
    try {
      for (Replica replica : before) {
        replace(replica, version);
        done++;
      }
    } catch (RolloutException e) {
      event(name, "version " + version.app().version() + " is taken back: " + e.getMessage());
      for (Replica replica : stable()) {
        if (done > 0 && replica.version() == version.app().version()) {
          replace(replica, old);
          done--;
        }
      }
      throw e;
    }
  }

  private void replace(Replica old, Version version) throws InterruptedException, RolloutException {
    awaitReady(begin(old.name(), version));
    end(old);
  }

  /** Starts more or ends some, so that there are as many. */
  public void scale(int count) throws InterruptedException, RolloutException {
    changing.lockInterruptibly();
    try {
      if (!versions.isEmpty()) {
        resize(versions.getLast(), count);
      }
    } finally {
      changing.unlock();
    }
  }

  private void resize(Version version, int count) throws InterruptedException, RolloutException {
    List<Replica> now = stable();
    for (int i = now.size(); i > count; i--) {
      end(now.get(i - 1));
    }
    List<Replica> fresh = new ArrayList<>();
    for (int i = 1; fresh.size() + now.size() < count; i++) {
      String free = name + "#" + i;
      if (now.stream().noneMatch(replica -> replica.name().equals(free))) {
        fresh.add(begin(free, version));
      }
    }
    for (Replica replica : fresh) {
      awaitReady(replica);
    }
  }

  /** Gives a share of the requests, from 0 to 1, to one replica of another version. */
  public void tryOut(App app, double part) throws InterruptedException, RolloutException {
    tryOut(asNow(app), part);
  }

  private void tryOut(Version version, double part) throws InterruptedException, RolloutException {
    changing.lockInterruptibly();
    try {
      endCanary();
      // Named before it starts: until then it would be one of the others.
      Replica fresh = new Replica(name + "#canary", version, network, this::changed);
      canary = Optional.of(fresh);
      share = part;
      boolean ok = false;
      try {
        awaitReady(begin(fresh));
        ok = true;
      } finally {
        if (!ok) {
          canary = Optional.empty();
        }
      }
      event(
          name,
          "version " + fresh.version() + " gets " + Instance.percent(part) + " of the requests");
    } finally {
      changing.unlock();
    }
  }

  /** Has the canary's version take the place of all. */
  public void promote() throws InterruptedException, RolloutException {
    Replica tried =
        canary.orElseThrow(() -> new RolloutException(name + " has no canary to promote"));
    deploy(tried.kept(), stable().size());
  }

  /** Ends the canary; without one the version before takes the place of this one. */
  public void rollBack() throws InterruptedException, RolloutException {
    changing.lockInterruptibly();
    try {
      if (endCanary()) {
        return;
      }
      if (versions.size() < 2) {
        throw new RolloutException(name + " has no version before this one");
      }
      Version now = versions.removeLast();
      boolean ok = false;
      try {
        Version before = versions.getLast();
        event(name, "back to version " + before.app().version());
        replaceAll(stable(), before);
        ok = true;
      } finally {
        if (!ok) {
          versions.add(now);
        }
      }
    } finally {
      changing.unlock();
    }
  }

  private boolean endCanary() throws InterruptedException {
    Optional<Replica> was = canary;
    if (was.isPresent()) {
      end(was.get());
      canary = Optional.empty();
    }
    return was.isPresent();
  }

  /** Starts a replica anew; its place is filled all the time, that of a canary by the others. */
  public void restart(Replica replica) throws InterruptedException, RolloutException {
    changing.lockInterruptibly();
    try {
      if (canary.filter(replica::equals).isPresent()) {
        tryOut(replica.kept(), share);
      } else {
        replace(replica, replica.kept());
      }
    } finally {
      changing.unlock();
    }
  }

  /**
   * Has something go wrong in a replica.
   *
   * @throws IllegalArgumentException when that cannot be, with the reason
   */
  public void drill(Replica replica, Fault fault) throws InterruptedException {
    event(replica.name(), "drill: " + replica.words(fault));
    replica.drill(fault);
  }

  /** Waits until each replica is ready; false when {@code longest} was not enough. */
  public boolean awaitReady(Duration longest) throws InterruptedException {
    long until = network.clock().nanoTime() + longest.toNanos();
    for (Replica replica : replicas) {
      long left = until - network.clock().nanoTime();
      if (!replica.await(EnumSet.of(Replica.State.READY), Duration.ofNanos(Math.max(0, left)))) {
        return false;
      }
    }
    return true;
  }

  /** Ends all replicas at once, each with the time that its requests may take. */
  public void stop() throws InterruptedException {
    closed = true;
    List<Thread> ends =
        replicas.stream()
            .map(
                replica ->
                    Thread.ofVirtual()
                        .start(
                            () -> {
                              try {
                                end(replica);
                              } catch (InterruptedException e) {
                                replica.kill();
                              }
                            }))
            .toList();
    try {
      for (Thread end : ends) {
        end.join();
      }
    } finally {
      close();
    }
  }

  @Override
  public void close() {
    closed = true;
    Stream.of(replicas.toArray(Replica[]::new)).forEach(Replica::kill);
    replicas.forEach(this::forget);
  }
}
