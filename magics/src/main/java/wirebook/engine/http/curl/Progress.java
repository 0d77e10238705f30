package wirebook.engine.http.curl;

/** The progress meter, as it stands when a transfer is done. */
final class Progress {
  private Progress() {}

  static String meter(TransferInfo info, long resumedFrom) {
    long total = info.sizeDownload + info.sizeUpload;
    String percent = total > 0 ? "100" : "  0";
    return (resumedFrom > 0 ? "** Resuming transfer from byte position " + resumedFrom + "\n" : "")
        + "  % Total    % Received % Xferd  Average Speed  Time    Time    Time   Current\n"
        + "                                 Dload  Upload  Total   Spent   Left   Speed\n"
        + "\r"
        + percent
        + " "
        + size(total)
        + " "
        + (info.sizeDownload > 0 ? "100" : "  0")
        + " "
        + size(info.sizeDownload)
        + " "
        + (info.sizeUpload > 0 ? "100" : "  0")
        + " "
        + size(info.sizeUpload)
        + " "
        + size(info.speed(info.sizeDownload))
        + " "
        + size(info.speed(info.sizeUpload))
        + " "
        + time(info.timeTotal / 1_000_000)
        + " "
        + time(info.timeTotal / 1_000_000)
        + " "
        + time(0)
        + " "
        + size(info.speed(total))
        + "\n";
  }

  static String bar(TransferInfo info, int columns) {
    int width = Math.clamp(columns, 20, 400) - 7;
    return info.sizeDownload + info.sizeUpload == 0 ? "" : "\r" + "#".repeat(width) + " 100.0%\n";
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
