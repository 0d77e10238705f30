package wirebook.kernel.cell;

/**
 * Follows Java's lexical structure line by line, just far enough to know whether a line starts
 * inside something (JLS 3.7, 3.10.5, 3.10.6).
 */
final class JavaScanner {
  private enum Inside {
    CODE,
    COMMENT,
    TEXT_BLOCK
  }

  private final String text;
  private final StringBuilder open = new StringBuilder();
  private Inside inside = Inside.CODE;

  /** The last character of code, {@code ;} at the start. */
  private char last = ';';

  JavaScanner(String text) {
    this.text = text;
  }

  /** Whether a magic could start here: not in a comment, text block or parentheses. */
  boolean takesMagic() {
    return inside == Inside.CODE && (open.isEmpty() || inBlock());
  }

  boolean inBlock() {
    return !open.isEmpty() && open.charAt(open.length() - 1) == '{';
  }

  /** Whether a statement could start here. */
  boolean atBoundary() {
    return last == ';' || last == '{' || last == '}';
  }

  /** Something else than Java came. */
  void reset() {
    last = ';';
  }

  /** Reads one line, from {@code start} to {@code end}, its line end included. */
  void scan(int start, int end) {
    int i = start;
    while (i < end) {
      i =
          switch (inside) {
            case COMMENT -> find("*/", i, end);
            case TEXT_BLOCK -> textBlock(i, end);
            case CODE -> code(i, end);
          };
    }
  }

  private int find(String close, int from, int end) {
    int at = text.indexOf(close, from, end);
    if (at < 0) {
      return end;
    }
    inside = Inside.CODE;
    return at + close.length();
  }

  private int textBlock(int from, int end) {
    for (int i = from; i < end; i++) {
      if (text.charAt(i) == '\\') {
        i++;
      } else if (text.startsWith("\"\"\"", i)) {
        inside = Inside.CODE;
        last = '"';
        return i + 3;
      }
    }
    return end;
  }

  private int code(int i, int end) {
    char c = text.charAt(i);
    if (Character.isWhitespace(c)) {
      return i + 1;
    }
    if (text.startsWith("//", i)) {
      return end;
    }
    if (text.startsWith("/*", i)) {
      inside = Inside.COMMENT;
      return i + 2;
    }
    last = c;
    switch (c) {
      case '"' -> {
        // What opens a text block is the last on its line, else it is an empty string and a quote.
        if (text.startsWith("\"\"\"", i) && text.substring(i + 3, end).isBlank()) {
          inside = Inside.TEXT_BLOCK;
          return end;
        }
        return literal(i, end);
      }
      case '\'' -> {
        return literal(i, end);
      }
      case '(', '[', '{' -> open.append(c);
      case ')' -> closes('(');
      case ']' -> closes('[');
      case '}' -> closes('{');
      default -> {
        // Nothing that opens or closes.
      }
    }
    return i + 1;
  }

  private int literal(int from, int end) {
    char quote = text.charAt(from);
    for (int i = from + 1; i < end; i++) {
      char c = text.charAt(i);
      if (c == quote) {
        return i + 1;
      }
      if (c == '\\') {
        i++;
      }
    }
    return end;
  }

  private void closes(char opening) {
    int at = open.lastIndexOf(String.valueOf(opening));
    if (at >= 0) {
      open.setLength(at);
    }
  }
}
