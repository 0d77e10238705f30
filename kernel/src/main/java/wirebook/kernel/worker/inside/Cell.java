package wirebook.kernel.worker.inside;

import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import wirebook.kernel.session.CellOutput.Stream;
import wirebook.kernel.worker.wire.WorkerMessage;
import wirebook.trace.Bytes;

/**
 * One execution of a cell, as the worker knows it: where its threads print to.
 *
 * <p>It travels in an {@link InheritableThreadLocal}, not in a {@code ScopedValue}: students start
 * plain threads and executors, which inherit only the former, and those threads outlive the scope
 * of the cell that started them.
 */
final class Cell {
  private static final InheritableThreadLocal<Cell> OF_THREAD = new InheritableThreadLocal<>();

  /**
   * The one that runs, or ran last: for threads that inherit nothing, as those of the common pool.
   */
  private static volatile Cell latest = new Cell(0, Outlet.NONE);

  private static final int BUFFER = 1 << 15;

  private final int id;
  private final Outlet outlet;
  private final ReentrantLock lock = new ReentrantLock();
  private byte[] buffer = new byte[256];
  private int filled;
  private Stream stream = Stream.STDOUT;
  private volatile Optional<Object> magicValue = Optional.empty();

  /** Where output goes on from here. */
  interface Outlet {
    void send(WorkerMessage.ToKernel message);

    /** The cell has something to send; it wants to be flushed soon. */
    void dirty(Cell cell);

    /** Before the first cell. */
    Outlet NONE =
        new Outlet() {
          @Override
          public void send(WorkerMessage.ToKernel message) {}

          @Override
          public void dirty(Cell cell) {}
        };
  }

  Cell(int id, Outlet outlet) {
    this.id = id;
    this.outlet = outlet;
  }

  static Cell current() {
    Cell own = OF_THREAD.get();
    return own == null ? latest : own;
  }

  /** Makes this the calling thread's cell, and that of the threads it will start. */
  void enter() {
    latest = this;
    OF_THREAD.set(this);
  }

  /** Runs the task with this as its cell. */
  void run(Runnable task) {
    Cell before = OF_THREAD.get();
    OF_THREAD.set(this);
    try {
      task.run();
    } finally {
      OF_THREAD.set(before);
    }
  }

  int id() {
    return id;
  }

  /** What its last magic gave, once: threads that a cell leaves hold the cell, not its values. */
  Optional<Object> magicValue() {
    Optional<Object> value = magicValue;
    magicValue = Optional.empty();
    return value;
  }

  void magicValue(Optional<Object> value) {
    magicValue = value;
  }

  /** Adds to what is printed. Goes out when there is enough of it, or soon. */
  void print(Stream to, byte[] bytes, int offset, int length) {
    boolean first;
    lock.lock();
    try {
      if (to != stream) {
        flushBuffer();
        stream = to;
      }
      first = filled == 0;
      int from = offset;
      int left = length;
      while (left > 0) {
        if (filled == BUFFER) {
          flushBuffer();
        }
        int part = Math.min(left, BUFFER - filled);
        if (filled + part > buffer.length) {
          buffer = Arrays.copyOf(buffer, Math.min(BUFFER, (filled + part) * 2));
        }
        System.arraycopy(bytes, from, buffer, filled, part);
        filled += part;
        from += part;
        left -= part;
      }
    } finally {
      lock.unlock();
    }
    if (first) {
      outlet.dirty(this);
    }
  }

  /** Sends what was printed. */
  void flush() {
    lock.lock();
    try {
      flushBuffer();
    } finally {
      lock.unlock();
    }
  }

  /** Sends what was printed, then the message. */
  void send(WorkerMessage.ToKernel message) {
    lock.lock();
    try {
      flushBuffer();
      outlet.send(message);
    } finally {
      lock.unlock();
    }
  }

  private void flushBuffer() {
    if (filled > 0) {
      outlet.send(new WorkerMessage.Output(id, stream, Bytes.of(buffer, 0, filled)));
      filled = 0;
    }
  }
}
