package wirebook.kernel.java;

import wirebook.kernel.session.Interpreter.Outcome.Failed;

/** Ends a cell early. */
final class CellFailed extends Exception {
  private static final long serialVersionUID = 1L;

  final transient Failed failed;

  CellFailed(Failed failed) {
    super(failed.message(), null, false, false);
    this.failed = failed;
  }
}
