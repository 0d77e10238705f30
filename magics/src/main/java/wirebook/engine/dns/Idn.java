package wirebook.engine.dns;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import wirebook.net.Punycode;

/** Internationalised names (RFC 5890 to 5892), with Punycode (RFC 3492) on the wire. */
public final class Idn {
  private static final String PREFIX = "xn--";
  private static final int LONGEST_LABEL = 63;

  private Idn() {}

  /**
   * The name with its labels in ASCII.
   *
   * @throws IllegalArgumentException with libidn2's words for what is wrong
   */
  public static String toAce(String name) {
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
    String ace = PREFIX + Punycode.encode(mapped);
    if (ace.length() > LONGEST_LABEL) {
      throw new IllegalArgumentException("domain label longer than 63 characters");
    }
    return ace;
  }

  /** The name with the letters that its labels encode; labels that encode none stay. */
  public static String toUnicode(String name) {
    List<String> labels = new ArrayList<>();
    for (String label : name.split("\\.", -1)) {
      boolean encoded = label.regionMatches(true, 0, PREFIX, 0, PREFIX.length());
      labels.add(encoded ? decodeLabel(label) : label);
    }
    return String.join(".", labels);
  }

  private static String decodeLabel(String label) {
    try {
      String decoded = Punycode.decode(label.substring(PREFIX.length()));
      boolean same = encodeLabel(decoded).equalsIgnoreCase(label);
      return same ? decoded : label;
    } catch (IllegalArgumentException e) {
      return label;
    }
  }
}
