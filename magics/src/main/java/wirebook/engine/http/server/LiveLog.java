package wirebook.engine.http.server;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import wirebook.net.NetworkClock;
import wirebook.spi.Place;
import wirebook.trace.Bytes;

/**
 * Prints a line for each exchange, and each frame of a WebSocket, while they come slowly enough to
 * be read, and says how many it left out; below a cell it ends after {@link #MOST} lines.
 */
public final class LiveLog implements Watcher {
  private static final int MOST = 1000;
  private static final int A_SECOND = 20;

  /** Longer content would hide what it belongs to. */
  private static final int MOST_SHOWN = 4096;

  private static final long SECOND = 1_000_000_000L;

  private final boolean bounded;
  private final NetworkClock clock;
  private final Place place;
  private final Consumer<String> lines;
  private long second;
  private int thisSecond;
  private int printed;
  private long leftOut;
  private volatile boolean anyFailed;

  /**
   * @param bounded whether lines are left out at all
   * @param place runs a task on its caller's thread; what it prints goes where the lines go
   */
  public LiveLog(boolean bounded, NetworkClock clock, Place place, Consumer<String> lines) {
    this.bounded = bounded;
    this.clock = clock;
    this.place = place;
    this.lines = lines;
  }

  @Override
  public void exchange(Exchange exchange) {
    line(exchange::logLine, "requests");
  }

  /** Of a WebSocket each frame is a line; HTTP/2's frames are as good as told by its exchanges. */
  @Override
  public void event(ConnectionEvent event) {
    if (event instanceof ConnectionEvent.Framed framed
        && framed.frame() instanceof WireFrame.WebSocket) {
      line(() -> frame(framed), "frames");
    } else if (event instanceof ConnectionEvent.Closed closed && closed.isRemarkable()) {
      line(closed::logLine, "ends of connections");
    }
  }

  /**
   * Below a cell the request's line has what was thrown, and where is told to whoever looks: the
   * cell is not the one that went wrong. From the shell there is no other place than here.
   */
  @Override
  public void failed(Throwable thrown) {
    if (!bounded) {
      Thread thread = Thread.currentThread();
      thread.getUncaughtExceptionHandler().uncaughtException(thread, thrown);
    } else if (!anyFailed) {
      anyFailed = true;
      line(() -> "  (%serve show tells where the handler failed)", "requests");
    }
  }

  @Override
  public void end(Set<Thread> threads) throws InterruptedException {
    place.end(threads);
  }

  /** A frame in a line of the log: {@code >} is from the client. */
  public static String frame(ConnectionEvent.Framed framed) {
    return "connection "
        + framed.connection()
        + (framed.frame().received() ? " > " : " < ")
        + framed.frame().words();
  }

  @Override
  public void run(Runnable task) {
    place.execute(task);
  }

  private synchronized void line(Supplier<String> line, String noun) {
    if (!bounded) {
      lines.accept(line.get());
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
      lines.accept("… " + leftOut + " " + noun + " came too fast to show …");
      leftOut = 0;
    }
    thisSecond++;
    printed++;
    lines.accept(line.get());
    if (printed == MOST) {
      lines.accept("… no more lines here; %serve log shows the latest …");
    }
  }

  /**
   * Bytes of the wire as text, a line for each of theirs, the first {@link #MOST_SHOWN} of them.
   * Where they are no text they are counted, up to their end or to what may be the next part of a
   * form.
   *
   * @param length of all that went over the wire
   */
  public static String wire(String prefix, Bytes kept, long length) {
    Bytes bytes = kept.slice(0, Math.min(MOST_SHOWN, kept.length()));
    StringBuilder out = new StringBuilder();
    int from = 0;
    int skipped = 0;
    while (from < bytes.length()) {
      int end = from;
      while (end < bytes.length() && bytes.at(end) != '\n') {
        end++;
      }
      int next = Math.min(end + 1, bytes.length());
      String line = bytes.slice(from, end).text(StandardCharsets.UTF_8);
      line = line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
      if (isText(line) && (skipped == 0 || line.startsWith("--"))) {
        notText(out, prefix, skipped);
        skipped = 0;
        out.append(prefix).append(shown(line)).append('\n');
      } else {
        skipped += next - from;
      }
      from = next;
    }
    notText(out, prefix, skipped);
    if (length > bytes.length()) {
      long more = length - bytes.length();
      out.append(prefix)
          .append("… ")
          .append(more)
          .append(
              kept.length() > bytes.length()
                  ? " more bytes; the first " + kept.length() + " are in requests() of the server"
                  : " more bytes were not kept")
          .append('\n');
    }
    return out.toString();
  }

  private static boolean isText(String line) {
    return line.indexOf('\ufffd') < 0
        && line.chars().filter(c -> c != '\t' && Character.isISOControl(c)).count() * 10
            <= line.length();
  }

  private static void notText(StringBuilder out, String prefix, int count) {
    if (count > 0) {
      out.append(prefix).append("[").append(count).append(" bytes that are no text]\n");
    }
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
