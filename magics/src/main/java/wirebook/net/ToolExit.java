package wirebook.net;

/** Ends a tool that is written as a program is: what there was to say is said. */
public final class ToolExit extends RuntimeException {
  private static final long serialVersionUID = 1;
  private final int status;

  public ToolExit(int status) {
    super("exit", null, false, false);
    this.status = status;
  }

  public int status() {
    return status;
  }
}
