package wirebook.internet.time;

import java.time.Duration;
import java.time.Instant;
import java.util.function.LongSupplier;
import wirebook.net.NetworkClock;

/**
 * The lab's time. It runs with the machine's, and jumps ahead where the lab waits: to a packet's
 * arrival, past a time-out, by {@link #advance}. While somebody waits for the lab it stands still,
 * so that an exchange takes the delay of its path and not the time that this machine needs.
 *
 * <p>A server at work on a packet lives at the time at which that packet arrived, which may be
 * ahead of everybody else's: its {@link Activity} is the time that its thread sees. Two exchanges
 * that run side by side so take as long as the longer one.
 */
public final class LabClock implements NetworkClock {
  public static final ScopedValue<Activity> CURRENT = ScopedValue.newInstance();

  private final LongSupplier wall;
  private final long wallStart;
  private long jumped;
  private int pauses;
  private long pausedAt;
  private Instant zero;

  /** Own time of one server's work. */
  public static final class Activity {
    private final boolean awaited;
    private long now;

    /** Of work that the lab waits for, between {@link Fabric#begin} and its end. */
    public Activity(long now) {
      this(now, true);
    }

    private Activity(long now, boolean awaited) {
      this.now = now;
      this.awaited = awaited;
    }

    /** Of work that may take real time, which nobody in the lab waits for. */
    public static Activity apart(long now) {
      return new Activity(now, false);
    }

    boolean isAwaited() {
      return awaited;
    }

    public long now() {
      return now;
    }

    void advanceTo(long nanos) {
      now = Math.max(now, nanos);
    }
  }

  /** Begins at {@code start} and runs as {@code wall}, in nanoseconds, does. */
  public LabClock(Instant start, LongSupplier wall) {
    this.wall = wall;
    this.wallStart = wall.getAsLong();
    this.zero = start;
  }

  /** Runs with the machine's clock. */
  public static LabClock running() {
    return new LabClock(NetworkClock.SYSTEM.instant(), NetworkClock.SYSTEM::nanoTime);
  }

  /** Stands still but for its jumps: for tests. */
  public static LabClock standing(Instant start) {
    return new LabClock(start, () -> 0);
  }

  /** Nanoseconds of lab time since the start, for the thread's activity if it has one. */
  @Override
  public long nanoTime() {
    return CURRENT.isBound() ? CURRENT.get().now() : shared();
  }

  @Override
  public synchronized Instant instant() {
    return zero.plusNanos(nanoTime());
  }

  /** Does not wait: moves the clock. */
  @Override
  public void sleep(Duration duration) throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    moveTo(nanoTime() + duration.toNanos());
  }

  /** Moves the clock ahead. */
  public synchronized void advance(Duration by) {
    if (by.isNegative()) {
      throw new IllegalArgumentException("time does not run backwards: " + by);
    }
    jumped += by.toNanos();
  }

  /**
   * Makes the time of day the machine's again. What was measured before stays as long as it was.
   */
  public synchronized void reset(Instant now) {
    zero = now.minusNanos(shared());
  }

  public synchronized long shared() {
    return (pauses > 0 ? pausedAt : wall.getAsLong()) - wallStart + jumped;
  }

  /**
   * What the machine needs for the lab's own work, between here and {@link #resume}, is no time.
   */
  public synchronized void pause() {
    if (pauses++ == 0) {
      pausedAt = wall.getAsLong();
    }
  }

  public synchronized void resume() {
    if (--pauses == 0) {
      jumped -= wall.getAsLong() - pausedAt;
    }
  }

  /** Moves the thread's time to {@code nanos} unless it is past that already. */
  public void moveTo(long nanos) {
    if (CURRENT.isBound()) {
      CURRENT.get().advanceTo(nanos);
    } else {
      synchronized (this) {
        jumped += Math.max(0, nanos - shared());
      }
    }
  }
}
