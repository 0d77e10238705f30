package wirebook.net;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;
import java.util.regex.Pattern;

/**
 * Host names in any script, and their form in the letters of a host name: IDNA 2008 (RFC 5891) with
 * the mapping of Unicode's Technical Standard 46, which keeps the German sharp s that {@link
 * java.net.IDN} loses. Complaints are libidn2's, as those of dig and curl are.
 */
public final class Idn {
  private static final String PREFIX = "xn--";
  private static final int LONGEST_LABEL = 63;

  /** What people also write for the dot between labels. */
  private static final String DOTS = ".\u3002\uff0e\uff61";

  /** What nobody sees: soft hyphens, blanks without width, variants of pictures. */
  private static final Pattern IGNORED =
      Pattern.compile("[\\u00ad\\u180b-\\u180d\\u200b\\u2060\\ufe00-\\ufe0f\\ufeff]");

  private Idn() {}

  /**
   * The name with its labels in ASCII, where symbols are letters too, as browsers and curl have it.
   *
   * @throws IllegalArgumentException with what is wrong
   */
  public static String toAscii(String name) {
    return toAscii(name, Idn::visible);
  }

  /**
   * The name with its labels in ASCII, where symbols are none, as dig has it.
   *
   * @throws IllegalArgumentException with what is wrong
   */
  public static String toAce(String name) {
    return toAscii(name, Idn::letter);
  }

  private static String toAscii(String name, IntPredicate allowed) {
    if (ascii(name)) {
      return name;
    }
    List<String> labels = new ArrayList<>();
    for (String label : map(name).split("\\.", -1)) {
      labels.add(ascii(label) ? plain(label) : encode(label, allowed));
    }
    return String.join(".", labels);
  }

  private static boolean ascii(String text) {
    return text.chars().allMatch(c -> c < 0x80);
  }

  /** Wide, circled and joined forms as plain small letters. */
  private static String map(String name) {
    StringBuilder mapped = new StringBuilder();
    name.codePoints()
        .mapToObj(Character::toString)
        .forEach(
            c -> {
              // Each alone: the small letter of a sigma does not depend on what stands around it.
              String small = Normalizer.normalize(c, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
              if (DOTS.contains(c)) {
                small = ".";
              } else if (small.contains(".")) {
                throw new IllegalArgumentException("string contains a disallowed character");
              }
              mapped.append(small);
            });
    return IGNORED.matcher(Normalizer.normalize(mapped, Normalizer.Form.NFKC)).replaceAll("");
  }

  /** Letters of ASCII that others became: nothing among them may end the name of a host. */
  private static String plain(String label) {
    if (!label.chars().allMatch(c -> Character.isLetterOrDigit(c) || c == '-' || c == '_')) {
      throw new IllegalArgumentException("string contains a disallowed character");
    }
    return label;
  }

  private static String encode(String label, IntPredicate allowed) {
    if (label.startsWith("-") || label.endsWith("-")) {
      throw new IllegalArgumentException("string start/ends with forbidden hyphen");
    }
    if (label.startsWith("--", 2)) {
      throw new IllegalArgumentException(
          label.startsWith(PREFIX)
              ? "string contains invalid punycode data"
              : "string contains forbidden two hyphens pattern");
    }
    if (mark(label.codePointAt(0))) {
      throw new IllegalArgumentException("string contains a forbidden leading combining character");
    }
    if (!label
        .codePoints()
        .allMatch(
            c ->
                c < 0x80
                    ? Character.isLetterOrDigit(c) || c == '-' || c == '_'
                    : allowed.test(c))) {
      throw new IllegalArgumentException("string contains a disallowed character");
    }
    String ace = PREFIX + Punycode.encode(label);
    if (ace.length() > LONGEST_LABEL) {
      throw new IllegalArgumentException("domain label longer than 63 characters");
    }
    return ace;
  }

  private static boolean mark(int c) {
    int type = Character.getType(c);
    return type == Character.NON_SPACING_MARK || type == Character.COMBINING_SPACING_MARK;
  }

  private static boolean letter(int c) {
    return Character.isLetterOrDigit(c) || mark(c) || c == 0xb7 || c == 0x30fb || joiner(c);
  }

  private static boolean joiner(int c) {
    return c == 0x200c || c == 0x200d;
  }

  private static boolean visible(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.UNASSIGNED,
          Character.PRIVATE_USE,
          Character.SURROGATE,
          Character.SPACE_SEPARATOR,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      case Character.FORMAT -> joiner(c);
      default -> true;
    };
  }

  /** The name with the letters that its labels encode; labels that encode none stay. */
  public static String toUnicode(String name) {
    List<String> labels = new ArrayList<>();
    for (String label : name.split("\\.", -1)) {
      boolean encoded = label.regionMatches(true, 0, PREFIX, 0, PREFIX.length());
      labels.add(encoded ? decoded(label) : label);
    }
    return String.join(".", labels);
  }

  private static String decoded(String label) {
    try {
      String decoded = Punycode.decode(label.substring(PREFIX.length()));
      return encode(map(decoded), Idn::letter).equalsIgnoreCase(label) ? decoded : label;
    } catch (IllegalArgumentException e) {
      return label;
    }
  }
}
