package wirebook.engine.dns.dig;

/** The tool ends here. */
final class DigExit extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int code;

  DigExit(int code) {
    super("exit " + code, null, false, false);
    this.code = code;
  }

  int code() {
    return code;
  }
}
