package wirebook.net;

import java.io.Console;

/** Whether a person sits at this process's standard input and output. */
public final class Terminal {
  private Terminal() {}

  /** Java 25 gives no console when there is no terminal, other versions one that is none. */
  @SuppressWarnings("SystemConsoleNull")
  public static boolean isThere() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }
}
