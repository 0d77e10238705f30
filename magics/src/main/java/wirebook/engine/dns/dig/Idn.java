package wirebook.engine.dns.dig;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Internationalised names (RFC 5890 to 5892), with Punycode (RFC 3492) on the wire. */
final class Idn {
  private static final String PREFIX = "xn--";
  private static final int BASE = 36;
  private static final int T_MIN = 1;
  private static final int T_MAX = 26;
  private static final int SKEW = 38;
  private static final int DAMP = 700;
  private static final int INITIAL_BIAS = 72;
  private static final int INITIAL_N = 128;
  private static final int LONGEST_LABEL = 63;

  private Idn() {}

  /**
   * The name with its labels in ASCII.
   *
   * @throws IllegalArgumentException with libidn2's words for what is wrong
   */
  static String toAce(String name) {
    if (name.chars().allMatch(c -> c < 0x80)) {
      return name;
    }
    List<String> labels = new ArrayList<>();
    for (String label : name.split("[.\u3002\uff0e\uff61]", -1)) {
      labels.add(label.chars().allMatch(c -> c < 0x80) ? label : encodeLabel(label));
    }
    return String.join(".", labels);
  }

  private static String encodeLabel(String label) {
    String mapped =
        Normalizer.normalize(
            Normalizer.normalize(label, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT),
            Normalizer.Form.NFC);
    boolean disallowed =
        mapped
            .codePoints()
            .anyMatch(
                c ->
                    c >= 0x80
                        && !Character.isLetterOrDigit(c)
                        && Character.getType(c) != Character.NON_SPACING_MARK
                        && Character.getType(c) != Character.COMBINING_SPACING_MARK
                        && c != 0xb7
                        && c != 0x30fb);
    if (disallowed) {
      throw new IllegalArgumentException("string contains a disallowed character");
    }
    String ace = PREFIX + encode(mapped);
    if (ace.length() > LONGEST_LABEL) {
      throw new IllegalArgumentException("domain label longer than 63 characters");
    }
    return ace;
  }

  /** The name with the letters that its labels encode; labels that encode none stay. */
  static String toUnicode(String name) {
    List<String> labels = new ArrayList<>();
    for (String label : name.split("\\.", -1)) {
      boolean encoded = label.regionMatches(true, 0, PREFIX, 0, PREFIX.length());
      labels.add(encoded ? decodeLabel(label) : label);
    }
    return String.join(".", labels);
  }

  private static String decodeLabel(String label) {
    try {
      String decoded = decode(label.substring(PREFIX.length()));
      boolean same = encodeLabel(decoded).equalsIgnoreCase(label);
      return same ? decoded : label;
    } catch (IllegalArgumentException e) {
      return label;
    }
  }

  private static String encode(String label) {
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

  private static String decode(String text) {
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
