package wirebook.kernel.java.shell;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import wirebook.kernel.worker.Jvmti;

/**
 * What this process does with a cell's text, which is the compiler's work for the most part. The
 * compiler asks nobody whether it may go on, and there are texts on which it goes on for ever: so
 * all such work has a bound, and is in reach of a stop. Both throw into the thread that does it.
 * Time in which the thread waits for the worker does not count, nor, up to a point, does time in
 * which others have the processor: on a busy machine a text has no other answer than on a quiet
 * one.
 */
public final class TextWork {
  private static final long TICK_MILLIS = 100;

  /** From a stop on, for what sees by itself that it should end. */
  private static final long GRACE_NANOS = Duration.ofMillis(200).toNanos();

  /** From one throw to the next, when the first was caught. */
  private static final long AGAIN_NANOS = Duration.ofMillis(300).toNanos();

  /** What was thrown arrives as soon as the thread runs on, unless somebody has caught it. */
  private static final long ARRIVAL_NANOS = Duration.ofMillis(100).toNanos();

  /** As many times its bound may work take on a machine that has little time for it. */
  private static final int PATIENCE = 5;

  /** Those packages of Java whose objects belong to the one that uses them. */
  private static final Set<String> PRIVATE =
      Set.of("java.lang", "java.math", "java.util", "java.util.regex", "java.util.stream");

  /** So many looks at work that is never where it may be thrown into: then it is all the same. */
  private static final int MOST_REFUSED = 20;

  private static final Watcher WATCHER = new Watcher();

  /** Thrown into work that has to end. */
  public static final class Ended extends Error {
    private static final long serialVersionUID = 1L;

    /** Whether somebody wanted it; if not, it took too long. */
    public final boolean stopped;

    Ended(boolean stopped) {
      super(stopped ? "stopped" : "took too long", null, false, false);
      this.stopped = stopped;
    }
  }

  /** When work should have ended, in nanoseconds without those in which it waited. */
  private static final class Limit {
    private final long deadline;
    private final long bound;

    /** Processor time of the thread when half of the bound was over; negative before. */
    private long halfway = -1;

    Limit(long deadline, long bound) {
      this.deadline = deadline;
      this.bound = bound;
    }

    /** Whether it is over, for a thread that has had the processor for the time. */
    boolean isOver(long now, Thread thread) {
      long left = deadline - now;
      if (left > bound / 2) {
        return false;
      }
      // Asked for late: few work takes as long, and what tells it is loaded only then.
      long used = used(thread);
      if (halfway < 0) {
        halfway = Math.max(0, used);
      }
      boolean had = used < 0 || used - halfway >= bound / 2;
      return left < 0 && (had || -left > (PATIENCE - 1) * bound);
    }
  }

  /** Gives something; most of it throws nothing that is checked. */
  public interface Work<T, E extends Exception, F extends Exception> {
    T run() throws E, F;
  }

  private volatile boolean stopped;

  // What follows is guarded by this.

  /** The thread that is at work now; null when there is none, or it waits. */
  private @Nullable Thread working;

  private int depth;
  private Limit limit = new Limit(Long.MAX_VALUE, Long.MAX_VALUE);
  private long waited;
  private long waitingSince;
  private long stopSeen;
  private long thrownAt;
  private long usedThen;
  private @Nullable Ended thrown;
  private int refused;

  /** Has it end now, and whatever is begun later end at once. */
  public void stop() {
    stopped = true;
  }

  public boolean stopped() {
    return stopped;
  }

  /**
   * Does the work in this thread. Such work may be done within other such work.
   *
   * @throws Ended when it was stopped, or took longer than {@code most}
   */
  public <T, E extends Exception, F extends Exception> T within(Duration most, Work<T, E, F> work)
      throws E, F {
    if (stopped) {
      throw new Ended(true);
    }
    Limit outer = begin(most.toNanos());
    Optional<T> done = Optional.empty();
    @Nullable Throwable failure = null;
    try {
      done = Optional.of(work.run());
    } catch (Throwable e) {
      failure = e;
    }
    boolean hit = finish(outer, failure);
    leave();
    if (hit) {
      throw new Ended(stopped);
    }
    if (failure != null) {
      throw TextWork.<RuntimeException>same(failure);
    }
    return done.orElseThrow();
  }

  /**
   * From here on nothing is thrown, and what was has arrived. Returns whether something was. It
   * arrives in turn, so none is on its way when the last one is here.
   */
  private boolean finish(Limit outer, @Nullable Throwable failure) {
    @Nullable Throwable arrived = failure;
    while (true) {
      try {
        @Nullable Ended last = end(outer);
        long until = System.nanoTime() + ARRIVAL_NANOS;
        while (last != null && !holds(arrived, last) && System.nanoTime() < until) {
          Thread.onSpinWait();
        }
        return last != null;
      } catch (Ended e) {
        arrived = e;
      }
    }
  }

  /** Waits for somebody else, who is stopped by other means. */
  <T, E extends Exception> T waiting(Lengthy<T, E> wait) throws E {
    @Nullable Thread paused = pause();
    try {
      return wait.run();
    } finally {
      resume(paused);
    }
  }

  /** Whether a thread is at work and not waiting. */
  public synchronized boolean atWork() {
    return working != null;
  }

  private synchronized Limit begin(long most) {
    Limit outer = limit;
    long now = System.nanoTime() - waited;
    if (now + most < limit.deadline) {
      limit = new Limit(now + most, most);
    }
    depth++;
    resume(Thread.currentThread());
    return outer;
  }

  private synchronized @Nullable Ended end(Limit outer) {
    working = null;
    limit = outer;
    return thrown;
  }

  private synchronized void leave() {
    thrown = null;
    if (--depth > 0) {
      resume(Thread.currentThread());
    } else {
      WATCHER.works.remove(this);
    }
  }

  private synchronized @Nullable Thread pause() {
    @Nullable Thread before = working;
    if (before != null) {
      working = null;
      waitingSince = System.nanoTime();
      WATCHER.works.remove(this);
    }
    return before;
  }

  private synchronized void resume(@Nullable Thread thread) {
    if (thread == null) {
      return;
    }
    if (waitingSince != 0) {
      waited += System.nanoTime() - waitingSince;
      waitingSince = 0;
    }
    working = thread;
    WATCHER.watch(this);
  }

  /** Throws when it is time to. */
  private synchronized void look() {
    long now = System.nanoTime();
    @Nullable Thread thread = working;
    if (thread == null) {
      return;
    }
    if (stopSeen == 0 && stopped) {
      stopSeen = now;
    }
    boolean late = limit.isOver(now - waited, thread);
    boolean unheard = stopSeen != 0 && now - stopSeen > GRACE_NANOS;
    if ((late || unheard) && (thrown == null || isCaught(now, thread))) {
      Ended ended = new Ended(unheard);
      if (Jvmti.get()
          .stop(thread, ended, refused < MOST_REFUSED ? TextWork::spoils : Jvmti::isLinking)) {
        thrown = ended;
        thrownAt = now;
        usedThen = used(thread);
      } else {
        refused++;
      }
    }
  }

  /**
   * Whether something thrown now could harm more than the compiler, of which there will be another:
   * the thread is loading a class, reads a file, or holds a lock, which all that follow share.
   */
  private static boolean spoils(StackTraceElement[] stack) {
    return Jvmti.isLinking(stack)
        || Arrays.stream(stack)
            .takeWhile(frame -> "java.base".equals(frame.getModuleName()))
            .anyMatch(frame -> !PRIVATE.contains(packageOf(frame)));
  }

  private static String packageOf(StackTraceElement frame) {
    String name = frame.getClassName();
    return name.substring(0, name.lastIndexOf('.'));
  }

  /** Whether what was thrown last must have arrived, and the thread has run on all the same. */
  private boolean isCaught(long now, Thread thread) {
    long used = used(thread);
    boolean ran = used < 0 || used - usedThen > ARRIVAL_NANOS;
    return now - thrownAt > (ran ? AGAIN_NANOS : PATIENCE * AGAIN_NANOS);
  }

  /** Processor time of a thread; negative where it cannot be told. */
  private static long used(Thread thread) {
    return ManagementFactory.getThreadMXBean().getThreadCpuTime(thread.threadId());
  }

  private static boolean holds(@Nullable Throwable failure, Ended ended) {
    for (Throwable e = failure; e != null; e = e.getCause()) {
      if (e == ended) {
        return true;
      }
    }
    return false;
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <E extends Throwable> E same(Throwable failure) throws E {
    throw (E) failure;
  }

  /** Looks at all work that goes on, and rests when there is none. */
  private static final class Watcher {
    final Set<TextWork> works = ConcurrentHashMap.newKeySet();
    private volatile boolean resting;
    private @Nullable Thread thread;

    void watch(TextWork work) {
      if (works.add(work) && (resting || thread == null)) {
        wake();
      }
    }

    private synchronized void wake() {
      if (thread == null) {
        thread = Thread.ofPlatform().daemon().name("text watch").start(this::run);
      } else {
        LockSupport.unpark(thread);
      }
    }

    private void run() {
      while (true) {
        resting = true;
        while (works.isEmpty()) {
          LockSupport.park(this);
        }
        resting = false;
        LockSupport.parkNanos(Duration.ofMillis(TICK_MILLIS).toNanos());
        try {
          works.forEach(TextWork::look);
        } catch (UnsupportedOperationException e) {
          // This virtual machine cannot throw into threads: such work ends by itself, or not.
          works.clear();
        }
      }
    }
  }
}
