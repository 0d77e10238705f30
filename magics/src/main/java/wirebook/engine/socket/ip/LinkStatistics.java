package wirebook.engine.socket.ip;

import java.util.Locale;
import wirebook.engine.socket.Numbers;
import wirebook.trace.Bytes;

/** An interface's counters (struct rtnl_link_stats64), as {@code ip -s} shows them. */
final class LinkStatistics {
  private static final int STATISTICS = 23;
  private static final int CARRIER_CHANGES = 35;

  /** In the order of the structure. */
  private static final String[] NAMES = {
    "rx_packets", "tx_packets", "rx_bytes", "tx_bytes", "rx_errors", "tx_errors", "rx_dropped",
    "tx_dropped", "multicast", "collisions", "rx_length", "rx_over", "rx_crc", "rx_frame",
    "rx_fifo", "rx_missed", "tx_aborted", "tx_carrier", "tx_fifo", "tx_heartbeat", "tx_window",
    "rx_compressed", "tx_compressed", "rx_nohandler", "rx_otherhost"
  };

  private final Bytes counters;
  private final IpOptions options;
  private final int[] widths = {10, 7, 6, 7, 7, 7, 10, 9};
  private final IpOutput out;

  private LinkStatistics(IpOutput out, IpOptions options, Bytes counters) {
    this.out = out;
    this.options = options;
    this.counters = counters;
  }

  static void print(IpOutput out, IpOptions options, Attributes link) {
    LinkStatistics s = new LinkStatistics(out, options, link.get(STATISTICS));
    boolean changes = link.has(CARRIER_CHANGES);
    if (out.json()) {
      s.json(changes, link.u32(CARRIER_CHANGES));
    } else {
      s.text(changes, link.u32(CARRIER_CHANGES));
    }
  }

  private long of(String name) {
    for (int i = 0; i < NAMES.length; i++) {
      if (NAMES[i].equals(name)) {
        return 8 * i + 8 <= counters.length() ? Numbers.int64(counters, 8 * i) : 0;
      }
    }
    throw new IllegalArgumentException(name);
  }

  private void json(boolean hasChanges, long changes) {
    boolean more = options.statistics() > 1;
    out.open("stats64").open("rx");
    fields("bytes rx_bytes packets rx_packets errors rx_errors dropped rx_dropped");
    fields("over_errors rx_over multicast multicast");
    positive("compressed", "rx_compressed");
    if (more) {
      fields("length_errors rx_length crc_errors rx_crc frame_errors rx_frame");
      fields("fifo_errors rx_fifo missed_errors rx_missed");
      positive("nohandler", "rx_nohandler");
      positive("otherhost", "rx_otherhost");
    }
    out.close().open("tx");
    fields("bytes tx_bytes packets tx_packets errors tx_errors dropped tx_dropped");
    fields("carrier_errors tx_carrier collisions collisions");
    positive("compressed", "tx_compressed");
    if (more) {
      fields("aborted_errors tx_aborted fifo_errors tx_fifo window_errors tx_window");
      fields("heartbeat_errors tx_heartbeat");
      if (hasChanges) {
        out.field("carrier_changes", changes);
      }
    }
    out.close().close();
  }

  private void fields(String keysAndNames) {
    String[] words = keysAndNames.split(" ");
    for (int i = 0; i < words.length; i += 2) {
      out.field(words[i], of(words[i + 1]));
    }
  }

  private void positive(String key, String name) {
    if (of(name) != 0) {
      out.field(key, of(name));
    }
  }

  private void text(boolean hasChanges, long changes) {
    boolean more = options.statistics() > 1;
    long[] received =
        numbers("rx_bytes rx_packets rx_errors rx_dropped rx_missed multicast rx_compressed");
    long[] wrong = numbers("rx_length rx_crc rx_frame rx_fifo rx_over rx_nohandler rx_otherhost");
    long[] sent =
        numbers("tx_bytes tx_packets tx_errors tx_dropped tx_carrier collisions tx_compressed");
    long[] failed = numbers("tx_aborted tx_fifo tx_window tx_heartbeat");
    widen(0, received);
    widen(0, sent);
    if (more) {
      widen(1, wrong);
      // One column further than they are printed, as iproute2 has it.
      widen(2, failed);
      widen(6, new long[] {changes});
    }
    out.text("    RX:" + right(widths[0] - 3, "bytes"));
    heads(1, "packets errors dropped missed mcast");
    out.text(right(widths[6] + 1, received[6] == 0 ? "" : "compressed")).newLine().text("    ");
    row(0, received, received[6] == 0 ? 6 : 7);
    if (more) {
      out.newLine().text("    RX errors:" + " ".repeat(widths[0] - 10));
      heads(1, "length crc frame fifo overrun");
      out.text(wrong[5] == 0 ? "" : right(widths[6] + 1, "nohandler"));
      out.text(wrong[6] == 0 ? "" : right(widths[7] + 1, "otherhost"));
      out.newLine().text(" ".repeat(widths[0] + 5));
      row(1, wrong, 5);
      out.text(wrong[5] == 0 ? "" : number(widths[6], wrong[5]));
      out.text(wrong[6] == 0 ? "" : number(widths[7], wrong[6]));
    }
    out.newLine().text("    TX:" + right(widths[0] - 3, "bytes"));
    heads(1, "packets errors dropped carrier collsns");
    out.text(right(widths[6] + 1, sent[6] == 0 ? "" : "compressed")).newLine().text("    ");
    row(0, sent, sent[6] == 0 ? 6 : 7);
    if (more) {
      out.newLine().text("    TX errors:" + " ".repeat(widths[0] - 10));
      heads(1, "aborted fifo window heartbt");
      out.text(right(widths[5] + 1, hasChanges ? "transns" : ""));
      out.newLine().text(" ".repeat(widths[0] + 5));
      row(1, failed, 4);
      out.text(hasChanges ? number(widths[5], changes) : "");
    }
  }

  private long[] numbers(String names) {
    String[] words = names.split(" ");
    long[] numbers = new long[words.length];
    for (int i = 0; i < words.length; i++) {
      numbers[i] = of(words[i]);
    }
    return numbers;
  }

  private void widen(int column, long[] numbers) {
    for (int i = 0; i < numbers.length && column + i < widths.length; i++) {
      if (!options.human()) {
        widths[column + i] =
            Math.max(widths[column + i], Long.toUnsignedString(numbers[i]).length());
      }
    }
  }

  private void heads(int column, String names) {
    String[] words = names.split(" ");
    for (int i = 0; i < words.length; i++) {
      out.text(right(widths[column + i] + 1, words[i]));
    }
  }

  private void row(int column, long[] numbers, int count) {
    for (int i = 0; i < count; i++) {
      out.text(number(widths[column + i], numbers[i]));
    }
  }

  private static String right(int width, String text) {
    return " ".repeat(Math.max(0, width - text.length())) + text;
  }

  /** With {@code -h} in thousands, or with {@code -iec} in 1024s. */
  private String number(int width, long count) {
    int base = options.iec() ? 1024 : 1000;
    if (!options.human() || count < base) {
      return right(width, Long.toUnsignedString(count)) + " ";
    }
    String prefixes = "kMGTPE";
    int prefix = 0;
    long power = base;
    while (count / base >= power && prefix + 1 < prefixes.length()) {
      power *= base;
      prefix++;
    }
    int precision = 2;
    for (int most = 10; precision > 0 && count / power >= most; most *= 10) {
      precision--;
    }
    return right(
            width,
            String.format(Locale.ROOT, "%." + precision + "f", (double) count / power)
                + prefixes.charAt(prefix)
                + (options.iec() ? "i" : ""))
        + " ";
  }
}
