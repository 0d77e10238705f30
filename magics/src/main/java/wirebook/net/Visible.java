package wirebook.net;

/**
 * Text from outside with what would act on a terminal or turn a line around made visible: control
 * characters as their pictures (U+2400 and on), those beyond ASCII and of direction as U+FFFD.
 */
public final class Visible {
  private Visible() {}

  /** As one line. */
  public static String text(String text) {
    return text(text, "");
  }

  /** With its line ends, of whichever kind, and its tabs. */
  public static String lines(String text) {
    return text(text.replace("\r\n", "\n"), "\n\t");
  }

  private static String text(String text, String kept) {
    StringBuilder out = new StringBuilder(text.length());
    text.chars().forEach(c -> out.append(kept.indexOf(c) >= 0 ? (char) c : visible((char) c)));
    return out.toString();
  }

  private static char visible(char c) {
    if (c < 0x20) {
      return (char) (0x2400 + c);
    }
    if (c == 0x7f) {
      return '\u2421';
    }
    boolean acts =
        (c >= 0x80 && c < 0xa0) || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
    return acts ? '\ufffd' : c;
  }
}
