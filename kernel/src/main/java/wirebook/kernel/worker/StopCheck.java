package wirebook.kernel.worker;

/**
 * What is woven into students' classes: a call at the start of each method and before each jump
 * backwards. Public because those classes call it.
 */
public final class StopCheck {
  /**
   * The cell that is to stop, 0 for none. Read often, so that it must cost next to nothing while
   * nobody wants to stop.
   */
  private static volatile int stopping;

  private StopCheck() {}

  /** Throws when the calling thread's cell is to stop. */
  public static void check() {
    if (stopping != 0) {
      stopIfMeant();
    }
  }

  private static void stopIfMeant() {
    if (Cell.current().id() == stopping) {
      throw new CellStopped();
    }
  }

  static void stop(int cell) {
    stopping = cell;
  }
}
