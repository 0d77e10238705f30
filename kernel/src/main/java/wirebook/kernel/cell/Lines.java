package wirebook.kernel.cell;

/** Line ends: LF, CR LF, or CR. */
final class Lines {
  private Lines() {}

  static boolean isEnd(char c) {
    return c == '\n' || c == '\r';
  }

  /** Past the blanks that begin at {@code from}; a line's end is none. */
  static int endOfBlanks(String text, int from) {
    int i = from;
    while (i < text.length() && " \t\u00a0".indexOf(text.charAt(i)) >= 0) {
      i++;
    }
    return i;
  }

  /** The quote that ends what this one begins; a word processor makes two kinds. */
  static char closing(char open) {
    return open == '\u201c' ? '\u201d' : open == '\u2018' ? '\u2019' : open;
  }

  /** Where the line that {@code from} stands in ends, before its line end. */
  static int end(String text, int from) {
    int i = from;
    while (i < text.length() && !isEnd(text.charAt(i))) {
      i++;
    }
    return i;
  }

  /** Past the line end at {@code at}, or {@code at} when there is none. */
  static int skip(String text, int at) {
    if (at >= text.length() || !isEnd(text.charAt(at))) {
      return at;
    }
    boolean two = text.charAt(at) == '\r' && at + 1 < text.length() && text.charAt(at + 1) == '\n';
    return two ? at + 2 : at + 1;
  }

  /** Where the next line starts. */
  static int next(String text, int from) {
    return skip(text, end(text, from));
  }
}
