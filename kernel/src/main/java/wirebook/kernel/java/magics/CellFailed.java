package wirebook.kernel.java.magics;

import wirebook.kernel.session.Interpreter.Outcome.Failed;

/** Ends a cell early. */
public final class CellFailed extends Exception {
  private static final long serialVersionUID = 1L;

  public final transient Failed failed;

  public CellFailed(Failed failed) {
    super(failed.message(), null, false, false);
    this.failed = failed;
  }
}
