package wirebook.kernel.cell;

/**
 * How far a magic's line goes, so that a command copied from a browser or a manual can be pasted: a
 * backslash at a line's end carries it on, also with blanks behind it, and so does a quote which
 * began a word, is still open, and is closed further down. A quote inside a word ({@code it's})
 * does not.
 */
final class LogicalLine {
  private LogicalLine() {}

  /** Its end, before the line end. */
  static int end(String cell, int from) {
    if (CommandPrompt.wrote(cell, from)) {
      return CommandPrompt.end(cell, from);
    }
    int i = from;
    while (i < cell.length() && !Lines.isEnd(cell.charAt(i))) {
      char c = cell.charAt(i);
      if (c == '\\') {
        i = afterBackslash(cell, i);
      } else if ((c == '\'' || c == '"' || c == '\u201c' || c == '\u2018')
          && beginsWord(cell, i, from)) {
        int close = close(cell, i);
        i = close < 0 ? i + 1 : close;
      } else {
        i++;
      }
    }
    return i;
  }

  private static boolean beginsWord(String cell, int quote, int from) {
    if (quote == from || " \u00a0\t=\n\r$:{([,\"'".indexOf(cell.charAt(quote - 1)) >= 0) {
      return true;
    }
    // A value may stand right behind its option: -d'{, -XPOST.
    int start = quote;
    while (start > from && !Character.isWhitespace(cell.charAt(start - 1))) {
      start--;
    }
    return cell.charAt(start) == '-';
  }

  /** Past the closing quote, or -1. */
  private static int close(String cell, int open) {
    char quote = Lines.closing(cell.charAt(open));
    boolean escapes = quote == '"' || (open > 0 && cell.charAt(open - 1) == '$');
    for (int i = open + 1; i < cell.length(); i++) {
      char c = cell.charAt(i);
      if (c == '\\' && escapes) {
        i++;
      } else if (c == quote) {
        return i + 1;
      }
    }
    return -1;
  }

  private static int afterBackslash(String cell, int backslash) {
    int next = backslash + 1;
    if (next >= cell.length()) {
      return next;
    }
    int end = Lines.endOfBlanks(cell, next);
    return end < cell.length() && Lines.isEnd(cell.charAt(end)) ? Lines.skip(cell, end) : next + 1;
  }
}
