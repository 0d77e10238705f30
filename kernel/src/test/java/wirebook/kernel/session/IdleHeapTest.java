package wirebook.kernel.session;

import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.Test;

class IdleHeapTest {
  private static final int PIECE = 16 << 20;
  private static final int PIECES = 20;

  private static long used() {
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  /** Each is dropped at once, and is too large for the young generation. */
  private static long load() {
    long sum = 0;
    for (int i = 0; i < PIECES; i++) {
      sum += new byte[PIECE].length;
    }
    return sum;
  }

  @Test
  void whatManyLoadsLeaveBehindIsCollectedBeforeThereIsARest() {
    IdleHeap heap = new IdleHeap(Long.MAX_VALUE);
    System.gc();
    long before = used();
    load();
    heap.touched();
    await().until(() -> used() - before < 4L * PIECE);
  }
}
