package wirebook.kernel.session;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Gives back what a process does not need while it waits for people. The serial collector collects
 * the old generation only when it is as large as it may be, and returns nothing before; a class of
 * thirty kernels that wait would keep the garbage of all that they did.
 */
public final class IdleHeap {
  private static final long WAIT_SECONDS = 5;

  /** Bytes since the last time, from which on it is worth the tenth of a second that it takes. */
  private static final long WORTH = 6L << 20;

  /**
   * Bytes that are collected without a rest: one cell after the other may load much, and the old
   * generation would grow to all that it may have.
   */
  private static final long MUCH = 256L << 20;

  private static final Executor LATER =
      CompletableFuture.delayedExecutor(WAIT_SECONDS, TimeUnit.SECONDS);

  /** A heap in which more is kept takes so long that a server of a cell would be seen to wait. */
  private final long largest;

  private final AtomicBoolean waiting = new AtomicBoolean();
  private volatile boolean busy;
  private volatile long kept;

  /**
   * @param largest bytes; a heap in which more is kept is left alone
   */
  public IdleHeap(long largest) {
    this.largest = largest;
  }

  /** Something is done now; what it leaves is collected when nothing has been for some seconds. */
  public void touched() {
    busy = true;
    if (waiting.compareAndSet(false, true)) {
      LATER.execute(this::look);
    }
    if (used() - kept > MUCH) {
      CompletableFuture.runAsync(() -> collect(MUCH));
    }
  }

  private void look() {
    if (busy) {
      busy = false;
      LATER.execute(this::look);
      return;
    }
    waiting.set(false);
    collect(WORTH);
  }

  private synchronized void collect(long worth) {
    if (used() - kept > worth && kept < largest) {
      System.gc();
      kept = used();
    }
  }

  private static long used() {
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }
}
