package wirebook.kernel.cell;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import wirebook.spi.Diagnostic;
import wirebook.spi.Span;

/**
 * Splits a cell into {@link Part}s. Pure, total and lossless: every text has parts, and joined they
 * are the text. A magic starts a line outside Java's strings, text blocks, comments, parentheses
 * and blocks; all else is Java's.
 */
public final class CellParser {
  private static final String IDENTIFIER =
      "\\p{javaJavaIdentifierStart}\\p{javaJavaIdentifierPart}*+";
  private static final String MAGIC_NAME = "[A-Za-z_][A-Za-z0-9_-]*+";

  /** The left side of an assignment, if there is one. */
  private static final String ASSIGNED =
      "[ \\t\\f]*+(?:(?:(?<type>(?:final[ \\t]+)?"
          + IDENTIFIER
          + "(?:\\."
          + IDENTIFIER
          + ")*+(?:<[\\w.,<>?\\[\\] \\t&]*>)?(?:\\[[ \\t]*\\])*+)[ \\t]+)?(?<variable>"
          + IDENTIFIER
          + ")[ \\t]*+=[ \\t]*+)?";

  /** The start of a line; what follows the last group belongs to the arguments. */
  private static final Pattern MAGIC =
      Pattern.compile(ASSIGNED + "(?<percent>%%?)(?<name>" + MAGIC_NAME + ")?+");

  /** A command of the shell, as IPython has it. */
  private static final Pattern COMMAND =
      Pattern.compile(ASSIGNED + "(?<bang>!!?)(?=[ \\t]*+[^=!\\s])");

  /** Java that begins with a negation: of a call, or of what is in parentheses. */
  private static final Pattern NEGATION =
      Pattern.compile("\\(|" + IDENTIFIER + "(?:\\.(?:<[^>]*>)?" + IDENTIFIER + ")*+\\(");

  /**
   * Parentheses in which no expression of Java can stand: a semicolon, a word behind a word, or the
   * name of one program.
   */
  private static final Pattern SUBSHELL =
      Pattern.compile(
          "\\((?:[^(){}\"']*;|[ \\t]*[a-z][a-z0-9-]*[ \\t]*\\)[ \\t]*$"
              + "|[ \\t]*(?!(?:new|switch|this|true|false)\\b)[\\w.~/-]+[ \\t]+(?!instanceof\\b)"
              + "(?:[\\w\"'$~]|/\\S|--?\\w|\\.{1,2}[\\s/;)]))");

  private static final Pattern JAVA_HELP =
      Pattern.compile(
          "[ \\t\\f]*+(?<name>" + IDENTIFIER + "(?:\\." + IDENTIFIER + ")*+)\\?\\??[ \\t]*+");

  /** The question mark first, as IPython takes it as well. */
  private static final Pattern HELP_ON =
      Pattern.compile(
          "[ \\t\\f]*+\\?\\??[ \\t]*+(?:(?<percent>%%?)(?<magic>"
              + MAGIC_NAME
              + ")|(?<name>"
              + IDENTIFIER
              + "(?:\\."
              + IDENTIFIER
              + ")*+))[ \\t]*+");

  private static final Pattern MAGIC_HELP_END = Pattern.compile("\\?\\??[ \\t]*+");

  /** What follows upon a divisor, and upon no magic's name. */
  private static final Pattern GOES_ON =
      Pattern.compile("[^\\s\\w?-]|\\s++(?:[-+*/%&|^<>=?:]{1,3}\\s|[;)\\]}])");

  private static final Pattern NEXT_GOES_ON =
      Pattern.compile("\\s++(?:[-+*/%&|^<>=?:]{1,3}\\s|[.;)\\]}])");

  private final String cell;
  private final List<Part> parts = new ArrayList<>();
  private final JavaScanner java;

  /** Where the Java that is not yet a part begins. */
  private int javaStart;

  private CellParser(String cell) {
    this.cell = cell;
    java = new JavaScanner(cell);
  }

  /** The parts of {@code cell}, none for the empty text. */
  public static List<Part> parse(String cell) {
    return new CellParser(cell).parse();
  }

  private List<Part> parse() {
    int line = 0;
    while (line < cell.length()) {
      int next = java.takesMagic() ? magic(line) : line;
      if (next == line) {
        next = Lines.next(cell, line);
        java.scan(line, next);
      } else {
        javaStart = next;
        java.reset();
      }
      line = next;
    }
    flushJava(cell.length());
    return List.copyOf(parts);
  }

  /**
   * Adds the part other than Java that starts at {@code line}, and returns its end, or {@code
   * line}.
   */
  private int magic(int line) {
    int end = Lines.end(cell, line);
    Matcher m = MAGIC.matcher(cell).region(line, end);
    if (m.lookingAt()) {
      return magic(line, end, m);
    }
    if (java.atBoundary() && !java.inBlock()) {
      Matcher command = COMMAND.matcher(cell).region(line, end);
      if (command.lookingAt() && !isNegation(command, end)) {
        return command(line, command);
      }
      Matcher help = JAVA_HELP.matcher(cell).region(line, end);
      Matcher on = HELP_ON.matcher(cell).region(line, end);
      if (help.matches()) {
        return help(line, Part.Subject.JAVA, help, "name");
      }
      if (on.matches()) {
        return on.group("magic") == null
            ? help(line, Part.Subject.JAVA, on, "name")
            : help(
                line,
                on.group("percent").length() == 2
                    ? Part.Subject.CELL_MAGIC
                    : Part.Subject.LINE_MAGIC,
                on,
                "magic");
      }
    }
    return line;
  }

  /** Whether what begins with an exclamation mark is Java by its form. */
  private boolean isNegation(Matcher command, int end) {
    String type = command.group("type");
    int negated = skipBlanks(command.end(), end);
    return (NEGATION.matcher(cell).region(negated, end).lookingAt()
            && !SUBSHELL.matcher(cell).region(negated, end).lookingAt())
        || NEXT_GOES_ON.matcher(cell).region(end, cell.length()).lookingAt()
        || (command.group("variable") != null
            && (cell.substring(command.end(), end).strip().endsWith(";")
                || (type != null && type.matches("(?:final\\s+)?[bB]oolean"))));
  }

  /** Its name is that of the magic which does it. */
  private int command(int line, Matcher m) {
    flushJava(line);
    boolean captured = m.group("variable") != null || m.group("bang").length() == 2;
    return lineMagic(line, m, captured ? "sx" : "system", new Span(m.start("bang"), m.end("bang")));
  }

  private int help(int line, Part.Subject subject, Matcher m, String group) {
    int next = Lines.next(cell, line);
    flushJava(line);
    parts.add(
        new Part.Help(
            new Span(line, next),
            cell.substring(line, next),
            subject,
            m.group(group),
            new Span(m.start(group), m.end(group))));
    return next;
  }

  private int magic(int line, int end, Matcher m) {
    boolean assigned = m.group("variable") != null;
    // `x` on one line and `% y` or, inside a block, `%y` on the next is Java's remainder.
    if (!assigned
        && !java.atBoundary()
        && (m.group("name") == null || java.inBlock() || isRemainder(m.end(), end))) {
      return line;
    }
    flushJava(line);
    int percent = m.start("percent");
    Span place = new Span(percent, Math.max(percent + 1, m.end()));
    if (m.group("name") == null) {
      return malformed(
          line,
          "CELL001",
          place,
          "No magic's name stands after the percent sign",
          "%magics lists them");
    }
    String name = m.group("name");
    Span nameSpan = new Span(m.start("name"), m.end("name"));
    boolean wholeCell = m.group("percent").length() == 2;
    if (java.inBlock()) {
      return malformed(
          line,
          "CELL003",
          place,
          "A magic cannot stand inside a block { }",
          "lineMagic(\"" + name + "\", List.of(…)) there, or the magic on a line outside");
    }
    if (!assigned && MAGIC_HELP_END.matcher(cell).region(m.end(), end).matches()) {
      int next = Lines.next(cell, line);
      parts.add(
          new Part.Help(
              new Span(line, next),
              cell.substring(line, next),
              wholeCell ? Part.Subject.CELL_MAGIC : Part.Subject.LINE_MAGIC,
              name,
              nameSpan));
      return next;
    }
    if (m.end() < end && !isBlank(cell.charAt(m.end()))) {
      int wrong = m.end();
      return malformed(
          line,
          "CELL002",
          new Span(wrong, wrong + Character.charCount(cell.codePointAt(wrong))),
          "A magic's name has letters, digits, - and _ only",
          "a space after %" + name);
    }
    if (!wholeCell) {
      return lineMagic(line, m, name, nameSpan);
    }
    if (assigned) {
      return malformed(
          line,
          "CELL004",
          place,
          "A cell magic has no value to assign",
          "%" + name + " for one line, or %%" + name + " as the cell's first line");
    }
    if (!cell.substring(0, line).isBlank()) {
      return malformed(
          line,
          "CELL005",
          place,
          "A cell magic takes its whole cell, so %%" + name + " must be the first line",
          "a cell of its own, or %" + name + " for one line");
    }
    return cellMagic(line, m, name, nameSpan);
  }

  /** Whether an expression goes on behind the name, or on the next line: {@code % b;}. */
  private boolean isRemainder(int afterName, int end) {
    return (afterName < end && !cell.substring(afterName, end).isBlank())
        ? GOES_ON.matcher(cell).region(afterName, end).lookingAt()
        : NEXT_GOES_ON.matcher(cell).region(end, cell.length()).lookingAt();
  }

  private int lineMagic(int line, Matcher m, String name, Span nameSpan) {
    int end = LogicalLine.end(cell, m.end());
    int next = Lines.skip(cell, end);
    int arguments = skipBlanks(m.end(), end);
    parts.add(
        new Part.LineMagic(
            new Span(line, next),
            cell.substring(line, next),
            assignment(m),
            name,
            nameSpan,
            cell.substring(arguments, end),
            new Span(arguments, end)));
    return next;
  }

  private static Optional<Part.Assignment> assignment(Matcher m) {
    return Optional.ofNullable(m.group("variable"))
        .map(
            variable ->
                new Part.Assignment(
                    Optional.ofNullable(m.group("type")),
                    variable,
                    new Span(m.start("variable"), m.end("variable"))));
  }

  private int cellMagic(int line, Matcher m, String name, Span nameSpan) {
    int end = LogicalLine.end(cell, m.end());
    int body = Lines.skip(cell, end);
    int arguments = skipBlanks(m.end(), end);
    parts.add(
        new Part.CellMagic(
            new Span(line, cell.length()),
            cell.substring(line),
            name,
            nameSpan,
            cell.substring(arguments, end),
            new Span(arguments, end),
            cell.substring(body),
            new Span(body, cell.length())));
    return cell.length();
  }

  private int malformed(int line, String id, Span place, String message, String fix) {
    int next = Lines.next(cell, line);
    parts.add(
        new Part.Malformed(
            new Span(line, next),
            cell.substring(line, next),
            new Diagnostic(id, place, message, fix)));
    return next;
  }

  private void flushJava(int end) {
    if (javaStart < end) {
      parts.add(new Part.Java(new Span(javaStart, end), cell.substring(javaStart, end)));
    }
    javaStart = end;
  }

  /** What is copied off a page may have blanks that hold words together. */
  private static boolean isBlank(char c) {
    return Character.isWhitespace(c) || c == '\u00a0';
  }

  private int skipBlanks(int from, int end) {
    int i = from;
    while (i < end && isBlank(cell.charAt(i))) {
      i++;
    }
    return i;
  }
}
