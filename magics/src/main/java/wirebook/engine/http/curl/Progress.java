package wirebook.engine.http.curl;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import wirebook.engine.http.client.TransferInfo;
import wirebook.engine.http.curl.options.Console;
import wirebook.net.NetworkClock;

/**
 * The progress meter of one transfer, or its bar: a line that is written anew while the transfer
 * runs.
 */
final class Progress {
  private static final long METER_NANOS = 1_000_000_000;
  private static final long BAR_NANOS = 100_000_000;

  /** Over how many seconds the current speed is measured. */
  private static final int WINDOW = 5;

  private record Sample(long at, long bytes) {}

  private final Console console;
  private final NetworkClock clock;
  private final TransferInfo info;
  private final long resumedFrom;
  private final long started;
  private final Deque<Sample> samples = new ArrayDeque<>();
  private boolean begun;
  private long shownAt;
  private long shownBytes;

  /**
   * @param resumedFrom the position in the file, 0 for its start
   */
  Progress(Console console, NetworkClock clock, TransferInfo info, long resumedFrom) {
    this.console = console;
    this.clock = clock;
    this.info = info;
    this.resumedFrom = resumedFrom;
    started = clock.nanoTime();
  }

  private long bytes() {
    return info.sizeDownload + info.sizeUpload;
  }

  /**
   * Called often while bytes move.
   *
   * @param download how many bytes are to come, -1 when nobody knows
   * @param upload how many bytes are to go, -1 when nobody knows
   */
  void moving(long download, long upload) {
    long now = clock.nanoTime();
    if (begun && now - shownAt < (console.progressBar ? BAR_NANOS : METER_NANOS)) {
      return;
    }
    shownAt = now;
    if (console.progressBar) {
      begun = true;
      long total = Math.max(0, download) + Math.max(0, upload);
      if (total > 0 && bytes() != shownBytes) {
        shownBytes = bytes();
        console.print(bar(bytes() + resumedFrom, total + resumedFrom));
      }
      return;
    }
    samples.add(new Sample(now, bytes()));
    if (samples.size() > WINDOW + 1) {
      samples.removeFirst();
    }
    Sample oldest = samples.getFirst();
    long current =
        samples.size() == 1
            ? speed(bytes(), now - started)
            : speed(bytes() - oldest.bytes, now - oldest.at);
    console.print(head() + line(now - started, download, upload, current));
  }

  /** The last word, when the transfer has ended. */
  void done() {
    if (!console.progressBar) {
      long spent = info.timeTotal * 1000;
      console.print(
          head() + line(spent, info.sizeDownload, info.sizeUpload, speed(bytes(), spent)) + "\n");
    } else if (bytes() > 0) {
      console.print((shownBytes == bytes() ? "" : bar(1, 1)) + "\n");
    }
  }

  private static long speed(long bytes, long nanos) {
    return nanos < 1000 ? bytes * 1_000_000 : bytes * 1_000_000 / (nanos / 1000);
  }

  private String head() {
    boolean first = !begun;
    begun = true;
    return !first
        ? ""
        : (resumedFrom > 0 ? "** Resuming transfer from byte position " + resumedFrom + "\n" : "")
            + "  % Total    % Received % Xferd  Average Speed  Time    Time    Time   Current\n"
            + "                                 Dload  Upload  Total   Spent   Left   Speed\n";
  }

  private String line(long nanos, long download, long upload, long current) {
    long downSpeed = speed(info.sizeDownload, nanos);
    long upSpeed = speed(info.sizeUpload, nanos);
    long seconds =
        Math.max(
            download > 0 && downSpeed > 0 ? download / downSpeed : 0,
            upload > 0 && upSpeed > 0 ? upload / upSpeed : 0);
    long spent = nanos / 1_000_000_000;
    long total =
        (download < 0 ? info.sizeDownload : download) + (upload < 0 ? info.sizeUpload : upload);
    return "\r"
        + String.join(
            " ",
            percent(bytes(), total),
            size(total),
            percent(info.sizeDownload, downSpeed > 0 ? download : 0),
            size(info.sizeDownload),
            percent(info.sizeUpload, upSpeed > 0 ? upload : 0),
            size(info.sizeUpload),
            size(downSpeed),
            size(upSpeed),
            time(seconds),
            time(spent),
            time(seconds > 0 ? seconds - spent : 0),
            size(current));
  }

  private static String percent(long part, long whole) {
    return String.format(
        "%3d", whole <= 0 ? 0 : whole > 10_000 ? part / (whole / 100) : part * 100 / whole);
  }

  private String bar(long part, long whole) {
    int width = Math.clamp(console.columns(), 20, 400) - 7;
    double fraction = whole <= 0 ? 0 : Math.min(1.0, (double) part / whole);
    int full = (int) (width * fraction);
    return "\r"
        + "#".repeat(full)
        + " ".repeat(width - full)
        + String.format(Locale.ROOT, " %5.1f%%", fraction * 100);
  }

  /** Six characters: {@code 123456}, {@code 12.34k}, {@code 123.4M}. */
  static String size(long bytes) {
    if (bytes < 100_000) {
      return String.format("%6d", bytes);
    }
    long value = bytes;
    int unit = 0;
    while (value / 1024 >= 1000 && unit < 5) {
      value /= 1024;
      unit++;
    }
    long whole = value / 1024;
    long rest = value % 1024;
    char letter = "kMGTPE".charAt(unit);
    return whole <= 99
        ? String.format("%2d.%02d%c", whole, rest * 100 / 1024, letter)
        : String.format("%3d.%d%c", whole, rest * 10 / 1024, letter);
  }

  /** Seven characters. */
  static String time(long seconds) {
    if (seconds <= 0) {
      return "       ";
    }
    long h = seconds / 3600;
    long m = seconds / 60 % 60;
    if (h > 99) {
      long d = seconds / 86_400;
      return d <= 99
          ? String.format("%2dd %02dh", d, h % 24)
          : d <= 999 ? String.format("%6dd", d) : String.format("%6dm", Math.min(d / 30, 999_999));
    }
    if (h > 9) {
      return String.format("%dh %02dm", h, m);
    }
    return h > 0
        ? String.format("%d:%02d:%02d", h, m, seconds % 60)
        : String.format("  %02d:%02d", m, seconds % 60);
  }
}
