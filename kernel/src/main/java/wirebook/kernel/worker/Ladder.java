package wirebook.kernel.worker;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Stops a cell from inside its process: first by interrupts, which free what sleeps, waits or is
 * blocked on the network, then by the checks woven into cells' classes. What neither can stop is
 * the kernel's to end, together with this process.
 */
final class Ladder {
  private static final long INTERRUPTS_ALONE_MILLIS = 60;
  private static final long STEP_MILLIS = 40;

  private final CellClasses classes;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition ended = lock.newCondition();
  private Optional<Thread> cellsThread = Optional.empty();

  /** The cell whose code runs, or is about to, on the cells' thread; 0 for none. */
  private int running;

  Ladder(CellClasses classes) {
    this.classes = classes;
  }

  void cellsThread(Thread thread) {
    cellsThread = Optional.of(thread);
  }

  /** Code of the cell is handed to the cells' thread. */
  void begin(int cell) {
    lock.lock();
    try {
      running = cell;
    } finally {
      lock.unlock();
    }
  }

  /** The cells' thread, which calls this, has left the cell's code; it is not interrupted after. */
  void end() {
    lock.lock();
    try {
      running = 0;
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
      boolean others = !threadsIn(cell).isEmpty();
      for (int step = 0; others || runs(cell); step++) {
        if (step > 0) {
          StopCheck.stop(cell);
        }
        interrupt(cell);
        others = !threadsIn(cell).isEmpty();
        awaitEnd(cell, step == 0 ? INTERRUPTS_ALONE_MILLIS : STEP_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      StopCheck.stop(0);
    }
  }

  private boolean runs(int cell) {
    lock.lock();
    try {
      return running == cell;
    } finally {
      lock.unlock();
    }
  }

  private void interrupt(int cell) {
    lock.lock();
    try {
      if (running == cell) {
        cellsThread.ifPresent(Thread::interrupt);
      }
    } finally {
      lock.unlock();
    }
    threadsIn(cell).forEach(Thread::interrupt);
  }

  private void awaitEnd(int cell, long millis) throws InterruptedException {
    long left = millis * 1_000_000;
    lock.lock();
    try {
      while (running == cell && left > 0) {
        left = ended.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Platform threads that are inside code of the cell. */
  private List<Thread> threadsIn(int cellId) {
    return Thread.getAllStackTraces().entrySet().stream()
        .filter(entry -> startedBy(entry.getValue()) == cellId)
        .map(java.util.Map.Entry::getKey)
        .filter(thread -> thread != Thread.currentThread())
        .toList();
  }

  /** The cell whose code is outermost on the stack, 0 when none is. */
  private int startedBy(StackTraceElement[] stack) {
    for (int i = stack.length - 1; i >= 0; i--) {
      if (CellClasses.isCellCode(stack[i].getClassName())) {
        return classes.cellOf(stack[i].getClassName());
      }
    }
    return 0;
  }
}
