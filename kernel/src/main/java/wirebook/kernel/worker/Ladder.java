package wirebook.kernel.worker;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.stream.Stream;

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
  private static final Duration LONG = Duration.ofMillis(400);

  /** The step from which on the virtual machine throws: about 220 ms after the first interrupt. */
  private static final int THROWING_STEP = 5;

  /** When sockets are shut down that threads are blocked on. */
  private static final int SHUTTING_STEP = 2;

  /** From here on it is seen whether a thread that cannot be stopped computes. */
  private static final int WATCHING_STEP = 13;

  /** The step that leaves stuck threads behind: about 700 ms after the first interrupt. */
  private static final int LEAVING_STEP = 17;

  /** Of the time between these two steps, what an idle process may compute at most. */
  private static final Duration IDLE = Duration.ofMillis(80);

  /**
   * Then nothing more is tried for threads that the cell has left behind. A parallel stream has
   * many tasks, and each ends with an exception of its own.
   */
  private static final int LAST_STEP = 70;

  private final CellClasses classes;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition ended = lock.newCondition();

  /** The threads that cells run on. */
  private final Set<Thread> cellsThreads = ConcurrentHashMap.newKeySet();

  /** The cell whose code runs, or is about to, on each of these threads that has one. */
  private final Map<Thread, Integer> running = new HashMap<>();

  private final Consumer<Thread> abandoner;
  private boolean watching;

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
      running.put(thread, cell);
      if (!watching) {
        watching = true;
        Thread.ofVirtual().name("watch").start(() -> watch(cell));
      }
    } finally {
      lock.unlock();
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
      Thread.ofPlatform().daemon().start(Ladder::thrower);
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
   * <p>It does not park for the lock: what has been thrown into a virtual thread that gives up its
   * carrier before it gets there reaches the one that is mounted next, which runs the next cell.
   */
  void end() {
    boolean left = false;
    while (!left) {
      try {
        while (!lock.isHeldByCurrentThread()) {
          if (!lock.tryLock()) {
            Thread.onSpinWait();
          }
        }
        running.remove(Thread.currentThread());
        Thread.interrupted();
        ended.signalAll();
        left = true;
      } catch (CellStopped late) {
        // It was thrown before this thread had the lock; it is the last.
      }
    }
    lock.unlock();
  }

  /** Starts to stop the cell, if it runs, and returns at once. */
  void stop(int cell) {
    Thread.ofPlatform().daemon().name("stop").start(() -> climb(cell));
  }

  private void climb(int cell) {
    boolean left = false;
    Duration computed = Duration.ZERO;
    try {
      List<Thread> others = threadsIn(cell);
      for (int step = 0; step <= LAST_STEP && (runs(cell) || !others.isEmpty()); step++) {
        if (step > 0) {
          StopCheck.stop(cell);
        }
        boolean throwing = step >= THROWING_STEP;
        if (step == 1) {
          // It takes a while to be there.
          Thread.ofPlatform().daemon().start(Ladder::thrower);
        }
        if (step == SHUTTING_STEP) {
          shutSockets(others);
        } else if (step == WATCHING_STEP) {
          computed = computed();
        } else if (step == LEAVING_STEP && computed().minus(computed).compareTo(IDLE) < 0) {
          left = leave(cell);
        }
        onCellsThread(cell, throwing && step % 2 == 1);
        for (Thread other : others) {
          end(other, throwing);
        }
        awaitEnd(cell, step == 0 ? INTERRUPTS_ALONE_MILLIS : STEP_MILLIS);
        others = threadsIn(cell);
        if (!others.isEmpty() && !runs(cell)) {
          Thread.sleep(STEP_MILLIS);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      if (!left) {
        StopCheck.stopped(cell);
      }
    }
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

  /** Processor time of this process. */
  private static Duration computed() {
    return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
  }

  /** Leaves the cells' threads that the cell is stuck on to themselves. */
  private boolean leave(int cell) {
    List<Thread> stuck = new ArrayList<>();
    lock.lock();
    try {
      running.forEach(
          (thread, runs) -> {
            if (runs == cell) {
              stuck.add(thread);
            }
          });
      stuck.forEach(running::remove);
      cellsThreads.removeAll(stuck);
      ended.signalAll();
    } finally {
      lock.unlock();
    }
    stuck.forEach(abandoner);
    return !stuck.isEmpty();
  }

  private boolean runs(int cell) {
    lock.lock();
    try {
      return running.containsValue(cell);
    } finally {
      lock.unlock();
    }
  }

  private void onCellsThread(int cell, boolean throwing) {
    lock.lock();
    try {
      running.forEach(
          (thread, runs) -> {
            if (runs == cell) {
              end(thread, throwing);
            }
          });
    } finally {
      lock.unlock();
    }
  }

  private static void end(Thread thread, boolean throwing) {
    thread.interrupt();
    if (throwing) {
      try {
        thrower().ifPresent(jvmti -> jvmti.stop(thread, new CellStopped()));
      } catch (UnsupportedOperationException e) {
        // It has ended, or is where nothing can be thrown: the next step tries again.
      }
    }
  }

  private static Optional<Jvmti> thrower() {
    try {
      return Optional.of(Jvmti.get());
    } catch (UnsupportedOperationException | IllegalCallerException e) {
      return Optional.empty();
    }
  }

  private void awaitEnd(int cell, long millis) throws InterruptedException {
    long left = millis * 1_000_000;
    lock.lock();
    try {
      while (running.containsValue(cell) && left > 0) {
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
