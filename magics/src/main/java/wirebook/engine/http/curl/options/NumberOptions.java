package wirebook.engine.http.curl.options;

import java.util.List;
import java.util.Locale;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.curl.options.CurlOptions.CurlOption;
import wirebook.engine.http.curl.options.CurlUsage.Problem;

/** What the options with a number set, and how numbers, times and sizes are written. */
public final class NumberOptions {
  private final CurlCommand line;

  NumberOptions(CurlCommand line) {
    this.line = line;
  }

  static long unsigned(String text) throws CurlUsage {
    if (text.isEmpty() || !text.chars().allMatch(ch -> ch >= '0' && ch <= '9')) {
      throw new CurlUsage(Problem.BAD_NUMERIC);
    }
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new CurlUsage(Problem.BAD_NUMERIC);
    }
  }

  static long signed(String text) throws CurlUsage {
    return text.startsWith("-") ? -unsigned(text.substring(1)) : unsigned(text);
  }

  void number(CurlConfig c, CurlOption option, String argument) throws CurlUsage {
    long value = signed(argument);
    if (value < 0) {
      throw new CurlUsage(Problem.NEGATIVE);
    }
    switch (option.name()) {
      case "vlan-priority" -> {
        if (value > 7) {
          throw new CurlUsage(Problem.TOO_LARGE);
        }
      }
      case "keepalive-cnt", "keepalive-time", "parallel-max-host" -> {
        // A number is all that is asked of them.
      }
      case "retry" -> c.retries = (int) Math.min(value, Integer.MAX_VALUE);
      case "happy-eyeballs-timeout-ms" -> c.happyEyeballs = value;
      case "speed-time" -> {
        c.lowSpeedTime = value;
        c.lowSpeedLimit = c.lowSpeedLimit == 0 ? 1 : c.lowSpeedLimit;
      }
      case "speed-limit" -> {
        c.lowSpeedLimit = value;
        c.lowSpeedTime = c.lowSpeedTime == 0 ? 30 : c.lowSpeedTime;
      }
      case "parallel-max" -> line.parallelMax = value < 1 ? 50 : (int) Math.min(value, 65535);
      default -> throw new IllegalStateException(option.name());
    }
  }

  void seconds(CurlConfig c, CurlOption option, String argument) throws CurlUsage {
    int end = 0;
    while (end < argument.length() && ByteText.isDigit(argument.charAt(end))) {
      end++;
    }
    if (end == 0 || end > 15) {
      throw new CurlUsage(Problem.BAD_NUMERIC);
    }
    long millis = Long.parseLong(argument.substring(0, end)) * 1000;
    if (end < argument.length() && argument.charAt(end) == '.') {
      StringBuilder digits = new StringBuilder();
      for (int i = end + 1; i < argument.length() && ByteText.isDigit(argument.charAt(i)); i++) {
        digits.append(argument.charAt(i));
      }
      if (digits.isEmpty()) {
        throw new CurlUsage(Problem.TOO_LARGE);
      }
      digits.setLength(Math.min(digits.length(), 9));
      millis += Long.parseLong(digits.toString()) * 1000 / (long) Math.pow(10, digits.length());
    }
    switch (option.name()) {
      case "connect-timeout" -> c.connectTimeout = millis;
      case "retry-delay" -> c.retryDelay = Math.min(millis, Integer.MAX_VALUE);
      case "retry-max-time" -> c.retryMaxTime = millis;
      case "expect100-timeout" -> c.expect100 = millis > 0 ? millis : c.expect100;
      case "max-time" -> c.maxTime = millis;
      default -> throw new IllegalStateException(option.name());
    }
  }

  /** {@code 10}, {@code 1.5k}, {@code 2M}, … in bytes. */
  public static long size(String argument) throws CurlUsage {
    int end = 0;
    while (end < argument.length() && ByteText.isDigit(argument.charAt(end))) {
      end++;
    }
    if (end == 0) {
      throw new CurlUsage(Problem.BAD_NUMERIC);
    }
    long value;
    try {
      value = Long.parseLong(argument.substring(0, end));
    } catch (NumberFormatException e) {
      throw new CurlUsage(Problem.TOO_LARGE);
    }
    String digits = "";
    if (end < argument.length() && argument.charAt(end) == '.') {
      int start = ++end;
      while (end < argument.length() && ByteText.isDigit(argument.charAt(end))) {
        end++;
      }
      digits = argument.substring(start, end);
      if (digits.isEmpty()) {
        throw new CurlUsage(Problem.BAD_NUMERIC);
      }
    }
    String unit = argument.substring(end).toLowerCase(Locale.ROOT);
    if (unit.length() > 1) {
      throw new CurlUsage(Problem.BAD_USE);
    }
    if (unit.isEmpty() || unit.equals("b")) {
      if (!digits.isEmpty()) {
        throw new CurlUsage(Problem.BAD_USE);
      }
      return value;
    }
    int power = "kmgtp".indexOf(unit) + 1;
    if (power == 0) {
      throw new CurlUsage(Problem.BAD_USE);
    }
    long factor = 1L << (10 * power);
    String kept =
        digits.substring(0, Math.min(digits.length(), List.of(3, 6, 9, 12, 15).get(power - 1)));
    long add =
        kept.isEmpty()
            ? 0
            : new java.math.BigDecimal("0." + kept)
                .multiply(java.math.BigDecimal.valueOf(factor))
                .longValue();
    try {
      return Math.addExact(Math.multiplyExact(value, factor), add);
    } catch (ArithmeticException e) {
      throw new CurlUsage(Problem.TOO_LARGE);
    }
  }
}
