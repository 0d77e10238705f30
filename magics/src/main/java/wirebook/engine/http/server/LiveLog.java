package wirebook.engine.http.server;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.function.Consumer;
import wirebook.net.NetworkClock;
import wirebook.trace.Bytes;

/**
 * Prints a line for each exchange while they come slowly enough to be read, and says how many it
 * left out; below a cell it ends after {@link #MOST} lines.
 */
public final class LiveLog implements Consumer<Exchange> {
  private static final int MOST = 1000;
  private static final int A_SECOND = 20;
  private static final long SECOND = 1_000_000_000L;

  private final boolean bounded;
  private final NetworkClock clock;
  private final Consumer<String> lines;
  private long second;
  private int thisSecond;
  private int printed;
  private long leftOut;

  /**
   * @param bounded whether lines are left out at all
   */
  public LiveLog(boolean bounded, NetworkClock clock, Consumer<String> lines) {
    this.bounded = bounded;
    this.clock = clock;
    this.lines = lines;
  }

  @Override
  public synchronized void accept(Exchange exchange) {
    if (!bounded) {
      lines.accept(exchange.logLine());
      return;
    }
    long now = clock.nanoTime();
    if (now - second >= SECOND) {
      second = now;
      thisSecond = 0;
    }
    if (printed >= MOST || thisSecond >= A_SECOND) {
      leftOut++;
      return;
    }
    if (leftOut > 0) {
      lines.accept("… " + leftOut + " requests came too fast to show …");
      leftOut = 0;
    }
    thisSecond++;
    printed++;
    lines.accept(exchange.logLine());
    if (printed == MOST) {
      lines.accept("… no more lines here; %serve log shows the latest …");
    }
  }

  /** Bytes of the wire as text, a line for each of theirs, control characters shown. */
  public static String wire(String prefix, Bytes bytes, long length) {
    StringBuilder out = new StringBuilder();
    for (String line : bytes.text(StandardCharsets.UTF_8).split("\n", -1)) {
      out.append(prefix)
          .append(shown(line.endsWith("\r") ? line.substring(0, line.length() - 1) : line))
          .append('\n');
    }
    if (length > bytes.length()) {
      out.append(prefix)
          .append(
              String.format(Locale.ROOT, "… %d more bytes were not kept", length - bytes.length()))
          .append('\n');
    }
    return out.toString();
  }

  /** With control characters as {@code \x1b}, so that a terminal does nothing. */
  public static String shown(String text) {
    StringBuilder out = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c -> {
              if (Character.isISOControl(c) && c != '\t') {
                out.append(String.format(Locale.ROOT, "\\x%02x", c));
              } else {
                out.appendCodePoint(c);
              }
            });
    return out.toString();
  }
}
