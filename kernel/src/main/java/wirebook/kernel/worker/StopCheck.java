package wirebook.kernel.worker;

import java.util.HashSet;
import java.util.Set;

/**
 * What is woven into students' classes: a call at the start of each method and before each jump
 * backwards. Public because those classes call it.
 */
public final class StopCheck {
  /**
   * The cells that are to stop. Read often, so that it must cost next to nothing while nobody wants
   * to stop.
   */
  private static volatile Set<Integer> stopping = Set.of();

  private StopCheck() {}

  /** Throws when the calling thread's cell is to stop. */
  public static void check() {
    if (!stopping.isEmpty()) {
      stopIfMeant();
    }
  }

  private static void stopIfMeant() {
    if (stopping.contains(Cell.current().id())) {
      throw new CellStopped();
    }
  }

  static synchronized void stop(int cell) {
    Set<Integer> more = new HashSet<>(stopping);
    more.add(cell);
    stopping = Set.copyOf(more);
  }

  /** The cell has stopped, or nothing more is tried. */
  static synchronized void stopped(int cell) {
    Set<Integer> fewer = new HashSet<>(stopping);
    fewer.remove(cell);
    stopping = Set.copyOf(fewer);
  }
}
