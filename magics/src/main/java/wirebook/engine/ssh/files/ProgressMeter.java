package wirebook.engine.ssh.files;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/** The lines that scp and sftp write of the files they copy. */
final class ProgressMeter {
  private final Optional<OutputStream> to;
  private boolean on = true;

  /**
   * @param to where a line for each file goes
   */
  ProgressMeter(Optional<OutputStream> to) {
    this.to = to;
  }

  /** Whether there are lines from now on. */
  boolean toggle() {
    on = !on;
    return on;
  }

  void finished(String name, long size, long nanos) throws IOException {
    if (on && to.isPresent()) {
      to.get().write((line(name, size, nanos) + "\n").getBytes(StandardCharsets.UTF_8));
      to.get().flush();
    }
  }

  /** As progressmeter.c leaves it on a terminal of 80 columns. */
  static String line(String name, long size, long nanos) {
    long seconds = nanos / 1_000_000_000;
    double rate = size * 1e9 / Math.max(1, nanos);
    int unit = 0;
    double amount = rate * 100;
    while (amount >= 100_000 && unit < 4) {
      amount /= 1024;
      unit++;
    }
    if (unit == 0) {
      amount /= 1024;
      unit++;
    }
    int sizeUnit = 0;
    long shown = size;
    while (shown >= 10_000 && sizeUnit < 4) {
      shown = (shown + 512) / 1024;
      sizeUnit++;
    }
    return String.format(
        Locale.ROOT,
        "%-45.45s 100%% %4d%c%s %5.1f%cB/s   %02d:%02d    ",
        name,
        shown,
        " KMGT".charAt(sizeUnit),
        sizeUnit > 0 ? "B" : " ",
        amount / 100,
        " KMGT".charAt(unit),
        seconds / 60,
        seconds % 60);
  }
}
