package wirebook.net;

import java.util.ArrayList;
import java.util.List;

/** How a label in any script is written in the letters of a host name (RFC 3492). */
public final class Punycode {
  private static final int BASE = 36;
  private static final int T_MIN = 1;
  private static final int T_MAX = 26;
  private static final int SKEW = 38;
  private static final int DAMP = 700;
  private static final int INITIAL_BIAS = 72;
  private static final int INITIAL_N = 128;

  private Punycode() {}

  /**
   * A label of any characters in those of a host name, without the {@code xn--} in front (section
   * 6.3).
   */
  public static String encode(String label) {
    int[] input = label.codePoints().toArray();
    StringBuilder out = new StringBuilder();
    for (int c : input) {
      if (c < 0x80) {
        out.append((char) c);
      }
    }
    int basic = out.length();
    int handled = basic;
    if (basic > 0) {
      out.append('-');
    }
    int n = INITIAL_N;
    int delta = 0;
    int bias = INITIAL_BIAS;
    while (handled < input.length) {
      int next = Integer.MAX_VALUE;
      for (int c : input) {
        next = c >= n ? Math.min(next, c) : next;
      }
      delta += (next - n) * (handled + 1);
      n = next;
      for (int c : input) {
        if (c < n) {
          delta++;
        } else if (c == n) {
          int q = delta;
          for (int k = BASE; ; k += BASE) {
            int t = threshold(k, bias);
            if (q < t) {
              break;
            }
            out.append(digit(t + (q - t) % (BASE - t)));
            q = (q - t) / (BASE - t);
          }
          out.append(digit(q));
          bias = adapt(delta, handled + 1, handled == basic);
          delta = 0;
          handled++;
        }
      }
      delta++;
      n++;
    }
    return out.toString();
  }

  /**
   * The label that was encoded (section 6.2).
   *
   * @throws IllegalArgumentException when it is none
   * @throws ArithmeticException when its numbers are too large
   */
  public static String decode(String text) {
    int split = text.lastIndexOf('-');
    List<Integer> output = new ArrayList<>();
    text.substring(0, Math.max(split, 0)).codePoints().forEach(output::add);
    int n = INITIAL_N;
    int i = 0;
    int bias = INITIAL_BIAS;
    int at = split + 1;
    while (at < text.length()) {
      int old = i;
      int weight = 1;
      for (int k = BASE; ; k += BASE) {
        if (at == text.length()) {
          throw new IllegalArgumentException("string contains invalid punycode data");
        }
        int digit = value(text.charAt(at++));
        i = Math.addExact(i, Math.multiplyExact(digit, weight));
        int t = threshold(k, bias);
        if (digit < t) {
          break;
        }
        weight = Math.multiplyExact(weight, BASE - t);
      }
      bias = adapt(i - old, output.size() + 1, old == 0);
      n = Math.addExact(n, i / (output.size() + 1));
      i %= output.size() + 1;
      if (!Character.isValidCodePoint(n)) {
        throw new IllegalArgumentException("string contains invalid punycode data");
      }
      output.add(i++, n);
    }
    StringBuilder decoded = new StringBuilder();
    output.forEach(decoded::appendCodePoint);
    return decoded.toString();
  }

  private static int threshold(int k, int bias) {
    return Math.clamp(k - bias, T_MIN, T_MAX);
  }

  private static int adapt(int delta, int points, boolean first) {
    int d = first ? delta / DAMP : delta / 2;
    d += d / points;
    int k = 0;
    while (d > (BASE - T_MIN) * T_MAX / 2) {
      d /= BASE - T_MIN;
      k += BASE;
    }
    return k + (BASE - T_MIN + 1) * d / (d + SKEW);
  }

  private static char digit(int value) {
    return (char) (value < 26 ? 'a' + value : '0' + value - 26);
  }

  private static int value(char digit) {
    int lower = Character.toLowerCase(digit);
    if (lower >= 'a' && lower <= 'z') {
      return lower - 'a';
    }
    if (lower >= '0' && lower <= '9') {
      return lower - '0' + 26;
    }
    throw new IllegalArgumentException("string contains invalid punycode data");
  }
}
