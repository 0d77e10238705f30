package wirebook.engine.dns;

/** TTLs and other spans of seconds in the units that people use. */
final class Ttl {
  private static final String[] UNITS = {"week", "day", "hour", "minute", "second"};

  private Ttl() {}

  /** As {@code 1 day 2 hours}. */
  static String verbose(long seconds) {
    return text(seconds, true);
  }

  /** As {@code 1d2h}. */
  static String units(long seconds) {
    return text(seconds, false);
  }

  private static String text(long seconds, boolean verbose) {
    long[] parts = {
      seconds / 604_800, seconds / 86_400 % 7, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60
    };
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < UNITS.length; i++) {
      if (parts[i] == 0 && !(seconds == 0 && i == UNITS.length - 1)) {
        continue;
      }
      if (verbose) {
        text.append(text.isEmpty() ? "" : " ")
            .append(parts[i])
            .append(' ')
            .append(UNITS[i])
            .append(parts[i] == 1 ? "" : "s");
      } else {
        text.append(parts[i]).append(UNITS[i].charAt(0));
      }
    }
    return text.toString();
  }
}
