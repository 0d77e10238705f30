package wirebook.engine.ssh.keygen;

/** Ends a command: what there was to say is said. */
final class KeygenExit extends RuntimeException {
  private static final long serialVersionUID = 1;
  private final int status;

  KeygenExit(int status) {
    super("exit", null, false, false);
    this.status = status;
  }

  int status() {
    return status;
  }
}
