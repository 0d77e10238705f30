package wirebook.engine.http.curl;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import wirebook.engine.http.client.TransferInfo;
import wirebook.engine.http.curl.options.Console;
import wirebook.net.NetworkClock;

/** The progress meter of transfers that run side by side: one line for all of them. */
final class ParallelProgress {
  /** How often the line is written anew. */
  static final long MILLIS = 500;

  /** Over how many lines the current speed is measured. */
  private static final int WINDOW = 10;

  private record Sample(long at, long down, long up) {}

  private final Console console;
  private final NetworkClock clock;
  private final long started;
  private final List<TransferInfo> transfers = new CopyOnWriteArrayList<>();
  private final Deque<Sample> samples = new ArrayDeque<>();
  private long shownAt;

  ParallelProgress(Console console, NetworkClock clock) {
    this.console = console;
    this.clock = clock;
    started = clock.nanoTime();
  }

  /** Another transfer begins. */
  void add(TransferInfo transfer) {
    transfers.add(transfer);
  }

  /**
   * Writes the line when it is time to.
   *
   * @param live how many transfers run
   * @param last whether all is over
   */
  void show(int live, boolean last) {
    long now = clock.nanoTime();
    boolean first = samples.isEmpty();
    if (!first && !last && now - shownAt < MILLIS * 1_000_000) {
      return;
    }
    shownAt = now;
    long down = transfers.stream().mapToLong(t -> t.sizeDownload).sum();
    long up = transfers.stream().mapToLong(t -> t.sizeUpload).sum();
    long wholeDown = transfers.stream().mapToLong(t -> Math.max(0, t.expectedDownload)).sum();
    long wholeUp = transfers.stream().mapToLong(t -> Math.max(0, t.expectedUpload)).sum();
    boolean downKnown = transfers.stream().allMatch(t -> t.expectedDownload > 0);
    boolean upKnown = transfers.stream().allMatch(t -> t.expectedUpload > 0);
    Sample since = samples.size() < WINDOW ? new Sample(started, 0, 0) : samples.removeFirst();
    samples.add(new Sample(now, down, up));
    long millis = Math.max(1, (now - since.at) / 1_000_000);
    long speed = Math.max(down - since.down, up - since.up) * 1000 / millis;
    boolean estimated = downKnown && speed > 0;
    console.print(
        (first ? "DL% UL%  Dled  Uled  Xfers  Live Total     Current  Left    Speed\n" : "")
            + String.format(
                Locale.ROOT,
                "\r%-3s %-3s %s %s %5d %5d  %s %s %s %s %5s",
                percent(down, downKnown ? wholeDown : 0),
                percent(up, upKnown ? wholeUp : 0),
                size(down),
                size(up),
                transfers.size(),
                live,
                time(estimated ? wholeDown / speed : 0),
                time((now - started) / 1_000_000_000),
                time(estimated ? (wholeDown - down) / speed : 0),
                size(speed),
                last ? "\n" : ""));
  }

  private static String percent(long part, long whole) {
    return whole <= 0 ? "--" : String.format(Locale.ROOT, "%3d", part * 100 / whole);
  }

  /** Five characters: {@code 12345}, {@code 12.3M}, {@code 4087M}. */
  static String size(long bytes) {
    if (bytes < 100_000) {
      return String.format(Locale.ROOT, "%5d", bytes);
    }
    long value = bytes;
    int unit = 0;
    while (value / 1024 >= 10_000) {
      value /= 1024;
      unit++;
    }
    char letter = "kMGTPE".charAt(unit);
    long whole = value / 1024;
    return whole < 100
        ? String.format(Locale.ROOT, "%2d.%d%c", whole, value % 1024 * 10 / 1024, letter)
        : String.format(Locale.ROOT, "%4d%c", whole, letter);
  }

  /** Eight characters. */
  private static String time(long seconds) {
    if (seconds <= 0) {
      return "        ";
    }
    long hours = seconds / 3600;
    return hours <= 99
        ? String.format(Locale.ROOT, "%02d:%02d:%02d", hours, seconds / 60 % 60, seconds % 60)
        : String.format(Locale.ROOT, "%3dd %02dh", seconds / 86_400, hours % 24);
  }
}
