package wirebook.kernel.maven;

/** A look-up that failed: what and where, and what to do about it. */
public final class MavenException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String fix;

  MavenException(String message, String fix, Throwable cause) {
    super(message, cause);
    this.fix = fix;
  }

  /** What to write or look at instead; empty when nothing is known to help. */
  public String fix() {
    return fix;
  }
}
