package wirebook.magics.venv;

import java.io.OutputStream;
import java.io.PrintStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.regex.Pattern;
import wirebook.engine.process.LineOutput;
import wirebook.spi.MagicCall;

/** What an app prints, line by line below its cell; the latest lines are kept. */
final class AppLog {
  private static final int MOST = 2000;
  private static final int LATEST = 20;
  private static final int LONGEST_LINE = 1 << 16;

  /** They are written for terminals. */
  private static final Pattern COLOURS = Pattern.compile("\u001b\\[[0-9;]*m");

  private final MagicCall call;
  private final Deque<String> latest = new ArrayDeque<>();
  private int printed;
  private boolean silent;

  AppLog(MagicCall call) {
    this.call = call;
  }

  /** Takes what one of its streams writes. */
  OutputStream stream() {
    return new LineOutput(
        LONGEST_LINE, line -> print(COLOURS.matcher(line).replaceAll("").replace("\r", "")));
  }

  /** A line of ours, or of the app. */
  synchronized void print(String line) {
    if (silent) {
      return;
    }
    latest.addLast(line);
    if (latest.size() > LATEST) {
      latest.removeFirst();
    }
    printed++;
    if (printed <= MOST) {
      String shown = printed < MOST ? line : "(It goes on; more is not shown here.)";
      PrintStream out = call.out();
      call.place()
          .execute(
              () -> {
                out.println(shown);
                out.flush();
              });
    }
  }

  /** What it says of its own end, when we end it, tells nothing. */
  synchronized void silence() {
    silent = true;
  }

  synchronized List<String> latest() {
    return List.copyOf(latest);
  }
}
