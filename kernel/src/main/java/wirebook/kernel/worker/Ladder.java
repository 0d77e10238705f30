package wirebook.kernel.worker;

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
import java.util.stream.Stream;

/**
 * Stops a cell from inside its process. First by interrupts, which free what sleeps, waits or is
 * blocked on the network; then by the checks woven into cells' classes; then by throwing into the
 * threads, which ends loops inside the JDK. What none of them can stop is the kernel's to end,
 * together with this process.
 */
final class Ladder {
  private static final long INTERRUPTS_ALONE_MILLIS = 60;
  private static final long STEP_MILLIS = 40;

  /** The step from which on the virtual machine throws: about 300 ms after the first interrupt. */
  private static final int THROWING_STEP = 7;

  /** After about 900 ms nothing more is tried for threads that the cell has left behind. */
  private static final int LAST_STEP = 22;

  private final CellClasses classes;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition ended = lock.newCondition();

  /** The threads that cells run on. */
  private final Set<Thread> cellsThreads = ConcurrentHashMap.newKeySet();

  /** The cell whose code runs, or is about to, on each of these threads that has one. */
  private final Map<Thread, Integer> running = new HashMap<>();

  Ladder(CellClasses classes) {
    this.classes = classes;
  }

  void cellsThread(Thread thread) {
    cellsThreads.add(thread);
  }

  /** Code of the cell is handed to one of the cells' threads. */
  void begin(Thread thread, int cell) {
    lock.lock();
    try {
      running.put(thread, cell);
    } finally {
      lock.unlock();
    }
  }

  /** A cells' thread, which calls this, has left the cell's code; it is not interrupted after. */
  void end() {
    lock.lock();
    try {
      running.remove(Thread.currentThread());
      Thread.interrupted();
      ended.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Starts to stop the cell, if it runs, and returns at once. */
  void stop(int cell) {
    Thread.ofPlatform().daemon().name("stop").start(() -> climb(cell));
  }

  private void climb(int cell) {
    try {
      List<Thread> others = threadsIn(cell);
      for (int step = 0; step <= LAST_STEP && (runs(cell) || !others.isEmpty()); step++) {
        if (step > 0) {
          StopCheck.stop(cell);
        }
        boolean throwing = step >= THROWING_STEP && step % 2 == 1;
        if (step == 1) {
          // It takes a while to be there.
          Thread.ofPlatform().daemon().start(Ladder::thrower);
        }
        onCellsThread(cell, throwing);
        for (Thread other : others) {
          end(other, throwing);
        }
        awaitEnd(cell, step == 0 ? INTERRUPTS_ALONE_MILLIS : STEP_MILLIS);
        others = threadsIn(cell);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      StopCheck.stopped(cell);
    }
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
      if (CellClasses.isCellCode(stack[i].getClassName())) {
        return classes.cellOf(stack[i].getClassName()) == cell;
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
