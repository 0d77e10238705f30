package wirebook.spi;

/** Ends the code of a cell that was stopped. An error, so that few catch it. */
public final class CellStopped extends Error {
  private static final long serialVersionUID = 1L;

  public CellStopped() {
    super("the cell was stopped", null, false, false);
  }
}
