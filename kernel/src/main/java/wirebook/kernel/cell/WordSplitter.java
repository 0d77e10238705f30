package wirebook.kernel.cell;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import wirebook.spi.Diagnostic;
import wirebook.spi.MagicSpec.Syntax;
import wirebook.spi.Span;

/**
 * Splits a magic's raw arguments into words, as its {@link Syntax} says. Quotes follow
 * POSIX.1-2024, Shell Command Language, 2.2, including {@code $'…'} (2.2.4); {@code ${…}} holds a
 * Java expression and is literal inside single quotes and after a backslash. What was copied for
 * Windows' command prompt is split as it is there.
 */
public final class WordSplitter {
  /** What became of the arguments. */
  public sealed interface Words {
    record Split(List<WordTemplate> words) implements Words {
      public Split {
        words = List.copyOf(words);
      }
    }

    record Malformed(Diagnostic diagnostic) implements Words {}
  }

  private static final class Unclosed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Diagnostic diagnostic;

    Unclosed(Diagnostic diagnostic) {
      super(diagnostic.message(), null, false, false);
      this.diagnostic = diagnostic;
    }
  }

  private static final Pattern OPERATOR =
      Pattern.compile("\\d?(?:>>|>\\||>&[\\d-]*|>|<<<|<<-?|<&[\\d-]*|<>|<)|&>>?|&&?|\\|[|&]?|;;?");

  private static final Pattern VARIABLE = Pattern.compile("\\$([A-Za-z_]\\w*)");

  private final String raw;
  private final int offset;
  private final boolean shell;
  private final boolean command;
  private final List<WordTemplate> words = new ArrayList<>();
  private final List<WordTemplate.Piece> pieces = new ArrayList<>();
  private final StringBuilder literal = new StringBuilder();
  private int i;

  private WordSplitter(String raw, int offset, Syntax syntax) {
    this.raw = raw;
    this.offset = offset;
    command = syntax == Syntax.COMMAND || syntax == Syntax.LITERAL_COMMAND;
    shell = syntax == Syntax.COMMAND || syntax == Syntax.SHELL;
  }

  /**
   * Splits {@code raw}.
   *
   * @param start where {@code raw} stands in the cell; spans count from the cell's first character
   */
  public static Words split(String raw, int start, Syntax syntax) {
    boolean literal = syntax == Syntax.LITERAL || syntax == Syntax.LITERAL_COMMAND;
    if (!literal && CommandPrompt.wrote(raw, 0)) {
      return new Words.Split(CommandPrompt.words(raw, start));
    }
    try {
      return new Words.Split(new WordSplitter(raw, start, syntax).split());
    } catch (Unclosed e) {
      return new Words.Malformed(e.diagnostic);
    }
  }

  private List<WordTemplate> split() {
    while (skipBlanks()) {
      int start = i;
      if (command && raw.charAt(i) == '#') {
        i = Lines.end(raw, i);
        continue;
      }
      int operator = command ? operator(true) : 0;
      if (operator > 0) {
        i += operator;
        if (!raw.substring(start, i).equals(";") || !raw.substring(i).isBlank()) {
          words.add(
              new WordTemplate(
                  List.of(new WordTemplate.Piece.Literal(raw.substring(start, i))),
                  new Span(offset + start, offset + i),
                  true));
        }
        continue;
      }
      word();
      flushLiteral();
      if (pieces.isEmpty()) {
        // Only empty quotes can have made a word of nothing.
        pieces.add(new WordTemplate.Piece.Literal(""));
      }
      words.add(new WordTemplate(pieces, new Span(offset + start, offset + i)));
      pieces.clear();
    }
    return words;
  }

  /** Returns whether a word follows. */
  private boolean skipBlanks() {
    while (i < raw.length()) {
      if (blank(raw.charAt(i))) {
        i++;
      } else if (atContinuation()) {
        i = afterContinuation();
      } else {
        return true;
      }
    }
    return false;
  }

  /** What separates words; in what was pasted, blanks that nobody can tell from others, too. */
  private boolean blank(char c) {
    return Character.isWhitespace(c)
        || (command && "\u00a0\u2007\u202f\u200b\ufeff".indexOf(c) >= 0);
  }

  private boolean atContinuation() {
    if (raw.charAt(i) != '\\') {
      return false;
    }
    int end = Lines.endOfBlanks(raw, i + 1);
    return end < raw.length() && Lines.isEnd(raw.charAt(end));
  }

  private int afterContinuation() {
    return Lines.skip(raw, Lines.endOfBlanks(raw, i + 1));
  }

  /**
   * The length of the shell's operator here, 0 when there is none. An ampersand and a semicolon
   * inside a word are left to it: URLs and fields of forms have them.
   */
  private int operator(boolean atStart) {
    Matcher m = OPERATOR.matcher(raw).region(i, raw.length());
    if (!m.lookingAt()) {
      return 0;
    }
    String text = m.group();
    if (!atStart && Character.isDigit(text.charAt(0))) {
      return 0;
    }
    boolean ends = m.end() == raw.length() || blank(raw.charAt(m.end()));
    return (text.equals("&") || text.equals(";")) && !ends && !atStart ? 0 : text.length();
  }

  private void word() {
    while (i < raw.length() && !blank(raw.charAt(i)) && (!command || operator(false) == 0)) {
      char c = raw.charAt(i);
      if (c == '\'' || (command && c == '\u2018')) {
        singleQuoted();
      } else if (c == '"' || (command && c == '\u201c')) {
        doubleQuoted();
      } else if (command && substituted()) {
        // It is taken.
      } else if (shell && raw.startsWith("$'", i)) {
        ansiQuoted();
      } else if (raw.startsWith("${", i)) {
        expression();
      } else if (atContinuation()) {
        if (!shell) {
          return;
        }
        i = afterContinuation();
      } else if (shell && c == '\\' && i + 1 < raw.length()) {
        literal.append(raw.charAt(i + 1));
        i += 2;
      } else {
        literal.append(c);
        i++;
      }
    }
  }

  private void singleQuoted() {
    int close = raw.indexOf(Lines.closing(raw.charAt(i)), i + 1);
    if (close < 0) {
      throw unclosedQuote(raw.substring(i, i + 1));
    }
    literal.append(raw, i + 1, close);
    i = close + 1;
  }

  private void doubleQuoted() {
    int open = i++;
    char quote = Lines.closing(raw.charAt(open));
    while (i < raw.length()) {
      char c = raw.charAt(i);
      if (c == quote) {
        i++;
        return;
      }
      if (command && substituted()) {
        continue;
      }
      if (raw.startsWith("${", i)) {
        expression();
      } else if (shell && c == '\\' && i + 1 < raw.length() && Lines.isEnd(raw.charAt(i + 1))) {
        i = Lines.skip(raw, i + 1);
      } else if (shell
          && c == '\\'
          && i + 1 < raw.length()
          && "$`\"\\".indexOf(raw.charAt(i + 1)) >= 0) {
        literal.append(raw.charAt(i + 1));
        i += 2;
      } else {
        literal.append(c);
        i++;
      }
    }
    i = open;
    throw unclosedQuote(raw.substring(open, open + 1));
  }

  /** Takes {@code $NAME}; what would run another command is refused. */
  private boolean substituted() {
    boolean quoted = raw.charAt(i) == '`' && raw.indexOf('`', i + 1) > 0;
    if (quoted || raw.startsWith("$(", i)) {
      throw new Unclosed(
          new Diagnostic(
              "CELL013",
              new Span(offset + i, offset + i + (quoted ? 1 : 2)),
              "Another command inside this one is not run here",
              "its value as Java, ${…}, or single quotes for the characters themselves"));
    }
    Matcher m = VARIABLE.matcher(raw).region(i, raw.length());
    if (!m.lookingAt()) {
      return false;
    }
    flushLiteral();
    pieces.add(new WordTemplate.Piece.Variable(m.group(1), new Span(offset + i, offset + m.end())));
    i = m.end();
    return true;
  }

  private void ansiQuoted() {
    int open = i;
    i += 2;
    // Octal and \x give bytes, and several of them may be one character in UTF-8.
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    while (i < raw.length() && raw.charAt(i) != '\'') {
      char c = raw.charAt(i++);
      if (c != '\\' || i == raw.length()) {
        flush(bytes).append(c);
      } else {
        escape(bytes);
      }
    }
    if (i == raw.length()) {
      i = open;
      throw unclosedQuote("$'");
    }
    flush(bytes);
    i++;
  }

  private void escape(ByteArrayOutputStream bytes) {
    char c = raw.charAt(i++);
    switch (c) {
      case 'a' -> flush(bytes).append('\u0007');
      case 'b' -> flush(bytes).append('\b');
      case 'e', 'E' -> flush(bytes).append('\u001b');
      case 'f' -> flush(bytes).append('\f');
      case 'n' -> flush(bytes).append('\n');
      case 'r' -> flush(bytes).append('\r');
      case 't' -> flush(bytes).append('\t');
      case 'v' -> flush(bytes).append('\u000b');
      case '\\', '\'', '"', '?' -> flush(bytes).append(c);
      case 'c' -> {
        if (i < raw.length() && raw.charAt(i) != '\'') {
          flush(bytes).append((char) (Character.toUpperCase(raw.charAt(i++)) ^ 0x40));
        } else {
          flush(bytes).append("\\c");
        }
      }
      case 'x' -> number(bytes, "\\x", 16, 2, true);
      case 'u' -> number(bytes, "\\u", 16, 4, false);
      case 'U' -> number(bytes, "\\U", 16, 8, false);
      case '0', '1', '2', '3', '4', '5', '6', '7' -> {
        i--;
        number(bytes, "", 8, 3, true);
      }
      default -> flush(bytes).append('\\').append(c);
    }
  }

  private void number(
      ByteArrayOutputStream bytes, String otherwise, int radix, int digits, boolean octet) {
    int start = i;
    long value = 0;
    while (i < raw.length()
        && i - start < digits
        && raw.charAt(i) < 0x80
        && Character.digit(raw.charAt(i), radix) >= 0) {
      value = value * radix + Character.digit(raw.charAt(i++), radix);
    }
    if (i == start) {
      flush(bytes).append(otherwise);
    } else if (octet) {
      bytes.write((int) value & 0xff);
    } else if (value <= Character.MAX_CODE_POINT) {
      flush(bytes).appendCodePoint((int) value);
    } else {
      flush(bytes).append('\ufffd');
    }
  }

  private StringBuilder flush(ByteArrayOutputStream bytes) {
    if (bytes.size() > 0) {
      literal.append(bytes.toString(StandardCharsets.UTF_8));
      bytes.reset();
    }
    return literal;
  }

  private void expression() {
    int open = i;
    int close = closingBrace(open + 2);
    String code = raw.substring(open + 2, close);
    if (code.isBlank()) {
      throw new Unclosed(
          new Diagnostic(
              "CELL011",
              new Span(offset + open, offset + close + 1),
              "No Java expression stands between ${ and }",
              "a variable's name there, or '${}' in single quotes for the characters themselves"));
    }
    flushLiteral();
    pieces.add(
        new WordTemplate.Piece.Expression(code, new Span(offset + open + 2, offset + close)));
    i = close + 1;
  }

  /** Where the brace is that ends the Java which begins at {@code from}; -1 when there is none. */
  public static int closingBrace(String raw, int from) {
    int depth = 0;
    for (int at = from; at < raw.length(); at++) {
      char c = raw.charAt(at);
      if (c == '"' || c == '\'') {
        at = closingQuote(raw, at);
      } else if (c == '{') {
        depth++;
      } else if (c == '}' && depth-- == 0) {
        return at;
      }
    }
    return -1;
  }

  private int closingBrace(int from) {
    int brace = closingBrace(raw, from);
    if (brace >= 0) {
      return brace;
    }
    throw new Unclosed(
        new Diagnostic(
            "CELL012",
            new Span(offset + i, offset + i + 2),
            "The ${ has no closing }",
            "} after the expression, or '${' in single quotes for the characters themselves"));
  }

  private static int closingQuote(String raw, int open) {
    for (int at = open + 1; at < raw.length(); at++) {
      char c = raw.charAt(at);
      if (c == '\\') {
        at++;
      } else if (c == raw.charAt(open)) {
        return at;
      }
    }
    return raw.length();
  }

  private void flushLiteral() {
    if (!literal.isEmpty()) {
      pieces.add(new WordTemplate.Piece.Literal(literal.toString()));
      literal.setLength(0);
    }
  }

  private Unclosed unclosedQuote(String quote) {
    char close = quote.charAt(quote.length() - 1);
    return new Unclosed(
        new Diagnostic(
            "CELL010",
            new Span(offset + i, offset + i + quote.length()),
            "The quote " + quote + " is not closed",
            "a second " + close + (shell ? ", or \\" + close + " for the character itself" : "")));
  }
}
