package wirebook.kernel.worker.inside;

import java.util.HashSet;
import java.util.Set;
import wirebook.spi.CellStopped;

/**
 * What is woven into students' classes: a call at the start of each method and before each jump
 * backwards. Public because those classes call it.
 */
public final class StopCheck {
  private static final Stops NONE = new Stops(Set.of(), Set.of());

  /** Read often, so that it must cost next to nothing while nobody wants to stop. */
  private static volatile Stops stops = NONE;

  /** The cells and the threads that are to stop. */
  private static final class Stops {
    final Set<Integer> cells;
    final Set<Thread> threads;

    Stops(Set<Integer> cells, Set<Thread> threads) {
      this.cells = cells;
      this.threads = threads;
    }
  }

  private StopCheck() {}

  /** Throws when the calling thread, or its cell, is to stop. */
  public static void check() {
    if (stops != NONE) {
      stopIfMeant();
    }
  }

  private static void stopIfMeant() {
    Stops now = stops;
    if (now.threads.contains(Thread.currentThread()) || now.cells.contains(Cell.current().id())) {
      throw new CellStopped();
    }
  }

  static synchronized void stop(int cell) {
    change(with(stops.cells, Set.of(cell)), stops.threads);
  }

  /** The cell has stopped, or nothing more is tried. */
  static synchronized void stopped(int cell) {
    change(without(stops.cells, Set.of(cell)), stops.threads);
  }

  static synchronized void stop(Set<Thread> threads) {
    change(stops.cells, with(stops.threads, threads));
  }

  /** The threads have stopped, or nothing more is tried. */
  static synchronized void stopped(Set<Thread> threads) {
    change(stops.cells, without(stops.threads, threads));
  }

  private static void change(Set<Integer> cells, Set<Thread> threads) {
    stops = cells.isEmpty() && threads.isEmpty() ? NONE : new Stops(cells, threads);
  }

  private static <T> Set<T> with(Set<T> set, Set<T> others) {
    Set<T> more = new HashSet<>(set);
    more.addAll(others);
    return Set.copyOf(more);
  }

  private static <T> Set<T> without(Set<T> set, Set<T> others) {
    Set<T> fewer = new HashSet<>(set);
    fewer.removeAll(others);
    return Set.copyOf(fewer);
  }
}
