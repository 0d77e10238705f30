package wirebook.engine.socket;

/** Text from outside with its control characters made visible, so that they do not act. */
public final class Visible {
  private Visible() {}

  public static String text(String text) {
    StringBuilder out = new StringBuilder(text.length());
    text.chars()
        .forEach(
            c ->
                out.append(
                    c < 0x20
                        ? (char) (0x2400 + c)
                        : c == 0x7f ? '\u2421' : c >= 0x80 && c < 0xa0 ? '\ufffd' : (char) c));
    return out.toString();
  }
}
