package wirebook.kernel.worker.inside;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.stream.Stream;
import wirebook.kernel.worker.Jvmti;
import wirebook.spi.CellStopped;

/**
 * Stops a cell from inside its process. First by interrupts, which free what sleeps, waits or is
 * blocked on the network; then by the checks woven into cells' classes; then by throwing into the
 * threads, which ends loops inside the JDK. The sockets that other threads of the cell are blocked
 * on are shut down. A thread that is stuck where no exception reaches it, in a deadlock or in
 * native code, is left behind; what still computes then is the kernel's to end, together with this
 * process.
 */
final class Ladder {
  private static final long INTERRUPTS_ALONE_MILLIS = 60;
  private static final long STEP_MILLIS = 40;

  /** A cell that has run for so long may be one that a person will stop. */
  private static final Duration LONG = Duration.ofMillis(150);

  /** After the first interrupt, and again: sockets are shut down that threads are blocked on. */
  private static final Duration SHUTTING = Duration.ofMillis(100);

  /** When the virtual machine throws into the threads. */
  private static final Duration THROWING = Duration.ofMillis(200);

  /** From here on it is seen whether the threads that could not be stopped compute. */
  private static final Duration WATCHING = Duration.ofMillis(400);

  /** When those that did not are left behind. */
  private static final Duration LEAVING = Duration.ofMillis(550);

  /**
   * Then nothing more is tried for threads that the cell has left behind. A parallel stream has
   * many tasks, and each ends with an exception of its own.
   */
  private static final Duration LAST = Duration.ofSeconds(3);

  /** No cell: 0 is what runs for none. */
  private static final int NONE = -1;

  /** What a thread runs on in that has been left behind. */
  private static final Running LEFT_BEHIND = new Running(0);

  private final CellClasses classes;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition ended = lock.newCondition();

  /** The threads that cells run on. */
  private final Set<Thread> cellsThreads = ConcurrentHashMap.newKeySet();

  /** The code that runs, or is about to, on each of these threads that has some. */
  private final Map<Thread, Running> running = new ConcurrentHashMap<>();

  private final Consumer<Thread> abandoner;
  private boolean watching;

  /** A cell of which nothing ran when it was to stop: what it begins then is stopped. */
  private volatile int missed = NONE;

  /** A cell's code on a thread, which is interrupted or thrown into under the lock of this. */
  private static final class Running {
    final int cell;
    final ReentrantLock stopping = new ReentrantLock();

    Running(int cell) {
      this.cell = cell;
    }
  }

  /**
   * @param abandoner told of the threads that are left behind
   */
  Ladder(CellClasses classes, Consumer<Thread> abandoner) {
    this.classes = classes;
    this.abandoner = abandoner;
  }

  void cellsThread(Thread thread) {
    cellsThreads.add(thread);
  }

  /** Code of the cell is handed to one of the cells' threads. */
  void begin(Thread thread, int cell) {
    lock.lock();
    try {
      running.put(thread, new Running(cell));
      if (!watching) {
        watching = true;
        Thread.ofVirtual().name("watch").start(() -> watch(cell));
      }
    } finally {
      lock.unlock();
    }
    if (cell == missed) {
      stop(cell);
    }
  }

  /** Gets ready to throw into threads, which takes a while the first time. */
  private void watch(int cell) {
    try {
      Thread.sleep(LONG);
    } catch (InterruptedException e) {
      // A student found this thread; it does no harm to be ready.
    }
    if (runs(cell)) {
      Thread.ofPlatform().daemon().start(Ladder::getReady);
    } else {
      lock.lock();
      try {
        watching = false;
      } finally {
        lock.unlock();
      }
    }
  }

  /**
   * A cells' thread, which calls this, has left the cell's code; it is not interrupted after.
   *
   * <p>It does not park for the locks: what has been thrown into a virtual thread that gives up its
   * carrier before it gets there reaches the one that is mounted next, which runs the next cell.
   */
  void end() {
    Running own = LEFT_BEHIND;
    boolean left = false;
    while (!left) {
      try {
        own = running.getOrDefault(Thread.currentThread(), own);
        take(own.stopping);
        take(lock);
        running.remove(Thread.currentThread(), own);
        Thread.interrupted();
        ended.signalAll();
        left = true;
      } catch (CellStopped late) {
        // It was thrown before this thread had the locks; it is the last.
      }
    }
    lock.unlock();
    own.stopping.unlock();
  }

  private static void take(ReentrantLock lock) {
    while (!lock.isHeldByCurrentThread()) {
      if (!lock.tryLock()) {
        Thread.onSpinWait();
      }
    }
  }

  /** Starts to stop the cell, if it runs, and returns at once. */
  void stop(int cell) {
    missed = cell;
    if (runs(cell)) {
      missed = NONE;
    }
    Thread.ofPlatform().daemon().name("stop").start(() -> climb(cell));
  }

  private void climb(int cell) {
    boolean left = false;
    try {
      // Before anything that has to wait for a moment at which no thread runs: that is long in
      // coming when the processors are busy.
      Thread hand = interruptCellsThreads(cell);
      awaitEnd(cell, INTERRUPTS_ALONE_MILLIS);
      left = climbOn(cell, hand, System.nanoTime() - INTERRUPTS_ALONE_MILLIS * 1_000_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      if (!left) {
        StopCheck.stopped(cell);
      }
    }
  }

  /** Returns whether a thread was left behind. */
  private boolean climbOn(int cell, Thread first, long begun) throws InterruptedException {
    Thread hand = first;
    boolean left = false;
    Duration shutting = SHUTTING;
    // How much more often it was seen to wait than to compute: others may compute for a moment.
    int waits = 0;
    boolean thrown = false;
    if (runs(cell)) {
      StopCheck.stop(cell);
      // It takes a while to be there.
      Thread.ofPlatform().daemon().start(Ladder::getReady);
    }
    List<Thread> others = threadsIn(cell);
    while (runs(cell) || !others.isEmpty()) {
      Duration since = Duration.ofNanos(System.nanoTime() - begun);
      if (since.compareTo(LAST) > 0) {
        break;
      }
      StopCheck.stop(cell);
      if (since.compareTo(shutting) > 0) {
        shutting = since.plus(SHUTTING);
        shutSockets(others);
      }
      if (since.compareTo(WATCHING) > 0) {
        waits += isStuck(cell) ? 1 : -1;
      }
      if (waits > 0 && since.compareTo(LEAVING) > 0) {
        left |= leave(cell);
      }
      boolean throwing = since.compareTo(THROWING) > 0;
      if (!hand.isAlive()) {
        hand = interruptCellsThreads(cell);
        hand.join(STEP_MILLIS);
      }
      // Every other time, so that what catches one exception can end before the next.
      thrown = throwing && !thrown;
      if (thrown) {
        running.forEach((thread, runs) -> whileRunning(cell, thread, runs, Ladder::throwInto));
      }
      for (Thread other : others) {
        other.interrupt();
        if (throwing) {
          throwInto(other);
        }
      }
      awaitEnd(cell, STEP_MILLIS);
      if (!others.isEmpty() && !runs(cell)) {
        Thread.sleep(STEP_MILLIS);
      }
      others = threadsIn(cell);
    }
    return left;
  }

  /** On a thread of its own, as it takes a while the first time. */
  private static void shutSockets(List<Thread> threads) {
    List<Thread> blocked =
        threads.stream()
            .filter(thread -> BlockedSockets.holds(thread, thread.getStackTrace()))
            .toList();
    if (!blocked.isEmpty()) {
      Thread.ofPlatform().daemon().name("sockets").start(() -> BlockedSockets.free(blocked));
    }
  }

  /** Whether the cells' threads that the cell is on wait, or are in native code that does. */
  private boolean isStuck(int cell) {
    return threadsOf(cell).stream().noneMatch(thread -> thread.getState() == Thread.State.RUNNABLE)
        || Carriers.sleep();
  }

  /** Leaves the cells' threads that the cell is stuck on to themselves. */
  private boolean leave(int cell) {
    List<Thread> stuck;
    lock.lock();
    try {
      stuck = threadsOf(cell);
      stuck.forEach(running::remove);
      stuck.forEach(cellsThreads::remove);
      ended.signalAll();
    } finally {
      lock.unlock();
    }
    stuck.forEach(abandoner);
    int carriers = (int) stuck.stream().filter(t -> t.getState() == Thread.State.RUNNABLE).count();
    if (carriers > 0) {
      Carriers.replace(carriers);
    }
    return !stuck.isEmpty();
  }

  /** The cells' threads that the cell is on. */
  private List<Thread> threadsOf(int cell) {
    lock.lock();
    try {
      return running.entrySet().stream()
          .filter(entry -> entry.getValue().cell == cell)
          .map(Map.Entry::getKey)
          .toList();
    } finally {
      lock.unlock();
    }
  }

  private boolean runs(int cell) {
    return running.values().stream().anyMatch(one -> one.cell == cell);
  }

  /**
   * Interrupts the cells' threads that the cell is on, by a hand of its own: while such a thread
   * waits in {@code FileChannel.lock} for example, its interrupt does not return.
   */
  private Thread interruptCellsThreads(int cell) {
    return Thread.ofPlatform()
        .daemon()
        .name("hand")
        .start(
            () ->
                running.forEach(
                    (thread, runs) -> whileRunning(cell, thread, runs, Thread::interrupt)));
  }

  /** Does something to a thread when the cell is still on it, and no hand is on it either. */
  private void whileRunning(int cell, Thread thread, Running runs, Consumer<Thread> action) {
    if (runs.cell == cell && runs.stopping.tryLock()) {
      try {
        if (running.get(thread) == runs) {
          action.accept(thread);
        }
      } finally {
        runs.stopping.unlock();
      }
    }
  }

  /**
   * Ends what these threads do, none of which is a cell's own, with the same steps; returns when
   * they have left the set or nothing more is tried.
   *
   * @param threads at work; others take them out when they are done
   */
  static void end(Set<Thread> threads, Duration longest) throws InterruptedException {
    Set<Thread> meant = Set.copyOf(threads);
    long begun = System.nanoTime();
    boolean thrown = false;
    StopCheck.stop(meant);
    try {
      List<Thread> left = List.copyOf(meant);
      while (!left.isEmpty()) {
        Duration since = Duration.ofNanos(System.nanoTime() - begun);
        if (since.compareTo(longest) > 0) {
          return;
        }
        thrown = since.compareTo(THROWING) > 0 && !thrown;
        for (Thread thread : left) {
          thread.interrupt();
          if (thrown) {
            throwInto(thread);
          }
        }
        left.getFirst().join(STEP_MILLIS);
        left = meant.stream().filter(threads::contains).filter(Thread::isAlive).toList();
      }
    } finally {
      StopCheck.stopped(meant);
    }
  }

  private static void throwInto(Thread thread) {
    try {
      Jvmti.get().stop(thread, new CellStopped(), Jvmti::isLinking);
    } catch (UnsupportedOperationException | IllegalCallerException e) {
      // It has ended, or is where nothing can be thrown: the next step tries again.
    }
  }

  private static void getReady() {
    try {
      Jvmti.get();
    } catch (UnsupportedOperationException | IllegalCallerException e) {
      // Then nothing is thrown.
    }
  }

  private void awaitEnd(int cell, long millis) throws InterruptedException {
    long left = millis * 1_000_000;
    lock.lock();
    try {
      while (runs(cell) && left > 0) {
        left = ended.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  /** The other threads that are inside code of the cell, or that compute for it. */
  private List<Thread> threadsIn(int cell) {
    List<Thread> found = new ArrayList<>();
    for (Map.Entry<Thread, StackTraceElement[]> entry : Thread.getAllStackTraces().entrySet()) {
      if (isIn(cell, entry.getKey(), entry.getValue())) {
        found.add(entry.getKey());
      }
    }
    VirtualThreads.all()
        .filter(thread -> !cellsThreads.contains(thread))
        .filter(thread -> isIn(cell, thread, thread.getStackTrace()))
        .forEach(found::add);
    return found;
  }

  /**
   * By the code that is outermost on the stack. The common pool's threads may run a stream without
   * any code of a cell; the stream is then taken for the one that is to stop.
   */
  private boolean isIn(int cell, Thread thread, StackTraceElement[] stack) {
    for (int i = stack.length - 1; i >= 0; i--) {
      // None for what the virtual machine makes of a lambda, whose frame is further out.
      int owner = classes.cellOf(stack[i].getClassName());
      if (owner != 0) {
        return owner == cell;
      }
    }
    return thread.getName().startsWith("ForkJoinPool.commonPool-worker")
        && Arrays.stream(stack)
            .anyMatch(frame -> frame.getClassName().startsWith("java.util.stream."));
  }

  /**
   * The virtual threads of this process. The JDK keeps them, but shows them only to its own tools:
   * the worker is started with {@code --add-exports java.base/jdk.internal.vm=ALL-UNNAMED}.
   */
  private static final class VirtualThreads {
    private VirtualThreads() {}

    static Stream<Thread> all() {
      try {
        Class<?> containers = Class.forName("jdk.internal.vm.ThreadContainers");
        return in(containers.getMethod("root").invoke(null)).filter(Thread::isVirtual);
      } catch (ReflectiveOperationException e) {
        // Another JDK: the checks in their code still stop those that run.
        return Stream.empty();
      }
    }

    private static Stream<Thread> in(Object container) throws ReflectiveOperationException {
      Class<?> type = Class.forName("jdk.internal.vm.ThreadContainer");
      List<Thread> threads = new ArrayList<>();
      add((Stream<?>) type.getMethod("threads").invoke(container), threads);
      for (Object child : ((Stream<?>) type.getMethod("children").invoke(container)).toList()) {
        in(child).forEach(threads::add);
      }
      return threads.stream();
    }

    private static void add(Stream<?> from, List<Thread> to) {
      from.forEach(thread -> to.add((Thread) thread));
    }
  }
}
