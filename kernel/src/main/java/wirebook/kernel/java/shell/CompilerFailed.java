package wirebook.kernel.java.shell;

/** JShell, or the compiler in it, failed in a text instead of saying what is wrong with it. */
public final class CompilerFailed extends RuntimeException {
  private static final long serialVersionUID = 1L;

  CompilerFailed(Throwable cause) {
    super(String.valueOf(cause.getMessage()), cause);
  }

  /** Whether it is that the text is nested too deeply; JShell wraps that in an error of its own. */
  public static boolean isTooDeep(Throwable failure) {
    return failure.toString().contains("StackOverflowError")
        || (failure.getCause() != null && isTooDeep(failure.getCause()));
  }
}
