package wirebook.net;

import java.util.Optional;

/**
 * The end of code that is a program of its own, though it runs in this process: {@code System.exit}
 * there throws this, once the JDK's classes are rewritten ({@code wirebook.internet.plain}).
 */
public final class ProgramExit extends Error {
  private static final long serialVersionUID = 1;
  private static final ScopedValue<Boolean> PROGRAM = ScopedValue.newInstance();
  private final int status;

  public ProgramExit(int status) {
    super("exit(" + status + ")", null, false, false);
    this.status = status;
  }

  /** Runs code as a program of its own, on this thread. */
  public static <T, X extends Throwable> T program(ScopedValue.CallableOp<? extends T, X> code)
      throws X {
    return ScopedValue.where(PROGRAM, true).call(code);
  }

  /** What {@code System.exit} is to throw on this thread; none where it ends the process. */
  public static Optional<ProgramExit> inPlaceOf(int status) {
    return PROGRAM.isBound() ? Optional.of(new ProgramExit(status)) : Optional.empty();
  }

  public int status() {
    return status;
  }

  /** A page that says what failed tells of no class. */
  @Override
  @SuppressWarnings("OverrideThrowableToString")
  public String toString() {
    return String.valueOf(getMessage());
  }
}
