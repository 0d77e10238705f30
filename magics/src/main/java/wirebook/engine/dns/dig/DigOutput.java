package wirebook.engine.dns.dig;

import java.io.PrintStream;

/**
 * The tool's two streams. What goes to the first is gathered until somebody has to wait, so that a
 * cell gets whole pieces. What goes to the second does not wait: as with a C program whose output
 * is no terminal, it overtakes.
 */
final class DigOutput {
  private final PrintStream out;
  private final PrintStream err;
  private final StringBuilder pending = new StringBuilder();

  DigOutput(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  void out(String text) {
    pending.append(text);
  }

  void err(String text) {
    err.print(text);
    err.flush();
  }

  void flush() {
    if (!pending.isEmpty()) {
      out.print(pending);
      pending.setLength(0);
    }
    out.flush();
  }
}
