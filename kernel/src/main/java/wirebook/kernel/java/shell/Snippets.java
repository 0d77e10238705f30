package wirebook.kernel.java.shell;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jdk.jshell.Diag;
import jdk.jshell.SourceCodeAnalysis;
import jdk.jshell.SourceCodeAnalysis.CompletionInfo;
import wirebook.kernel.cell.CellParser;
import wirebook.kernel.cell.Part;
import wirebook.kernel.cell.WordSplitter;
import wirebook.kernel.session.Interpreter.Completeness;
import wirebook.spi.MagicSpec.Syntax;

/** Java text, as far as one has to look at it before JShell does. */
public final class Snippets {
  private static final String INDENT = "    ";

  private static final Pattern IMPORTS =
      Pattern.compile("(?:\\s*(?://.*\\R\\s*)*import\\s[\\w.*\\s]+;)+");

  private static final String UNDERSCORE = "compiler.err.use.of.underscore.not.allowed";
  private static final String CONSTRUCTOR = "compiler.err.invalid.canonical.constructor.in.record";
  private static final String STRONGER = "stronger access privileges";
  private static final Pattern MODIFIED = Pattern.compile("(?:private|protected|public)\\b");

  /** How much of a text JShell looks at first for where a statement ends. */
  private static final int FIRST_LOOK = 120;

  private Snippets() {}

  /**
   * A statement or a declaration.
   *
   * @param end where it ends in the text that it is a part of
   */
  public record First(SourceCodeAnalysis.Completeness completeness, String source, int end) {}

  /**
   * The first statement or declaration from {@code at} on, as JShell tells them apart. That reads
   * all it is given, so it is given more of a long text only where something that follows is not in
   * sight.
   */
  public static First first(SourceCodeAnalysis analysis, String text, int at) {
    for (long size = FIRST_LOOK; ; size *= 4) {
      int end = at + size < text.length() ? text.indexOf('\n', (int) (at + size)) + 1 : 0;
      end = end == 0 ? text.length() : end;
      CompletionInfo info;
      try {
        info = analysis.analyzeCompletion(text.substring(at, end));
      } catch (TextWork.Ended e) {
        throw e;
      } catch (RuntimeException | AssertionError | InternalError e) {
        return unknown(text, at);
      }
      boolean complete = info.completeness() == SourceCodeAnalysis.Completeness.COMPLETE;
      if (end == text.length() || (complete && lastCharacter(info.remaining()) != 0)) {
        int after = end - info.remaining().length();
        // Who goes on behind it has to come to an end.
        return complete && after <= at
            ? unknown(text, at)
            : new First(info.completeness(), info.source(), after);
      }
    }
  }

  private static First unknown(String text, int at) {
    return new First(SourceCodeAnalysis.Completeness.UNKNOWN, text.substring(at), text.length());
  }

  /** The end of the imports that the text begins with; 0 when there are none. */
  public static int afterImports(String text) {
    Matcher imports = IMPORTS.matcher(text);
    return imports.lookingAt() ? imports.end() : 0;
  }

  /** Whether the last thing in the text, comments and blanks aside, is a semicolon. */
  public static boolean endsWithSemicolon(String text) {
    return lastCharacter(text) == ';';
  }

  /** Whether the text is one call of this function and nothing else. */
  public static boolean isCallOf(String function, String text) {
    String call = text.strip();
    return call.matches("(?s)" + function + "\\s*\\(.*")
        && closingBracket(call, call.indexOf('(') + 1) == call.length() - 1;
  }

  /** The last character that is neither blank nor in a comment; 0 when there is none. */
  private static char lastCharacter(String text) {
    char[] last = {0};
    visit(text, c -> last[0] = c);
    return last[0];
  }

  /** How many brackets are open at the end of the text. */
  private static int openBrackets(String text) {
    int[] open = {0};
    visit(text, c -> open[0] += "{([".indexOf(c) >= 0 ? 1 : "})]".indexOf(c) >= 0 ? -1 : 0);
    return Math.max(0, open[0]);
  }

  private static Completeness endOf(String text) {
    return isInChoice(text)
        ? new Completeness.Incomplete(INDENT.repeat(openBrackets(text)))
        : new Completeness.Complete();
  }

  /** Whether a conditional expression, or what an assert says, has no end; JShell lets it be. */
  private static boolean isInChoice(String text) {
    int[] open = {0};
    char[] before = {0, 0};
    visit(
        text,
        c -> {
          if (c == '?' && "<,".indexOf(before[0]) < 0) {
            open[0]++;
          } else if (before[0] == ':' && c != ':' && before[1] != ':') {
            open[0]--;
          }
          before[1] = before[0];
          before[0] = c;
        });
    return open[0] > 0 || before[0] == ':';
  }

  private interface Visitor {
    void code(char c);
  }

  /**
   * Shows a visitor the characters of code: no blanks and no comments, and of a literal its last
   * quote alone.
   */
  private static void visit(String text, Visitor visitor) {
    int i = 0;
    while (i < text.length()) {
      char c = text.charAt(i);
      if (!Character.isWhitespace(c) && !isComment(text, i)) {
        visitor.code(c);
      }
      i = afterToken(text, i);
    }
  }

  /** The text with blanks in the place of comments. */
  public static String withoutComments(String text) {
    if (!text.contains("//") && !text.contains("/*")) {
      return text;
    }
    StringBuilder code = new StringBuilder(text);
    int i = 0;
    while (i < text.length()) {
      int end = afterToken(text, i);
      if (isComment(text, i)) {
        code.replace(i, end, " ".repeat(end - i));
      }
      i = end;
    }
    return code.toString();
  }

  public static boolean isComment(String text, int at) {
    return text.startsWith("//", at) || text.startsWith("/*", at);
  }

  /** The end of the comment or the literal that begins there, else of the one character. */
  public static int afterToken(String text, int at) {
    char c = text.charAt(at);
    int end = at + 1;
    if (text.startsWith("//", at)) {
      end = text.indexOf('\n', at);
    } else if (text.startsWith("/*", at)) {
      int close = text.indexOf("*/", at + 2);
      end = close < 0 ? close : close + 2;
    } else if (text.startsWith("\"\"\"", at)) {
      end = closing(text, at + 3, "\"\"\"", "");
    } else if (c == '"' || c == '\'') {
      end = closing(text, at + 1, String.valueOf(c), "\n");
    }
    return end < 0 ? text.length() : end;
  }

  /** What text that breaks off would go on with. */
  public enum Inside {
    CODE,
    COMMENT,
    STRING,
    CHARACTER,
    TEXT_BLOCK
  }

  /**
   * @param start where the content of what it is inside of begins
   */
  public record Break(Inside inside, int start) {}

  /** What the end of {@code text} is in. */
  public static Break breakOf(String text) {
    int i = 0;
    while (i < text.length()) {
      char c = text.charAt(i);
      int start = i;
      Inside inside = Inside.CODE;
      if (text.startsWith("//", i)) {
        inside = Inside.COMMENT;
        start += 2;
        i = text.indexOf('\n', i);
      } else if (text.startsWith("/*", i)) {
        inside = Inside.COMMENT;
        start += 2;
        i = text.indexOf("*/", start);
        i = i < 0 ? i : i + 2;
      } else if (text.startsWith("\"\"\"", i)) {
        inside = Inside.TEXT_BLOCK;
        start += 3;
        i = closing(text, start, "\"\"\"", "");
      } else if (c == '"' || c == '\'') {
        inside = c == '"' ? Inside.STRING : Inside.CHARACTER;
        start++;
        i = closing(text, start, String.valueOf(c), "\n");
      } else {
        i++;
      }
      if (i < 0) {
        return new Break(inside, start);
      }
    }
    return new Break(Inside.CODE, text.length());
  }

  /** Behind the quote that closes a literal, or where a line ends it; -1 when it is still open. */
  private static int closing(String text, int from, String quote, String end) {
    for (int i = from; i < text.length(); i++) {
      if (text.startsWith(quote, i)) {
        return i + quote.length();
      }
      if (!end.isEmpty() && text.startsWith(end, i)) {
        return i;
      }
      if (text.charAt(i) == '\\') {
        i++;
      }
    }
    return -1;
  }

  /** Where the innermost round bracket is that is open at the end of the text; -1 for none. */
  public static int openCall(String text) {
    List<Integer> open = new ArrayList<>();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\'') {
        i = afterQuoted(text, i + 1, String.valueOf(c)) - 1;
      } else if ("([{".indexOf(c) >= 0) {
        open.add(c == '(' ? i : -1);
      } else if (")]}".indexOf(c) >= 0 && !open.isEmpty()) {
        open.removeLast();
      }
    }
    return open.isEmpty() ? -1 : open.getLast();
  }

  /**
   * Where the bracket closes that is open before {@code from}; the end of the text when none does.
   */
  public static int closingBracket(String text, int from) {
    int depth = 1;
    for (int i = from; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\'') {
        i = afterQuoted(text, i + 1, String.valueOf(c)) - 1;
      } else {
        depth += "([{".indexOf(c) >= 0 ? 1 : ")]}".indexOf(c) >= 0 ? -1 : 0;
        if (depth == 0) {
          return i;
        }
      }
    }
    return text.length();
  }

  /** The arguments or the parameters in the text between two brackets. */
  public static List<String> arguments(String text) {
    List<String> all = new ArrayList<>();
    int depth = 0;
    int start = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\'') {
        i = afterQuoted(text, i + 1, String.valueOf(c)) - 1;
      } else if (c == ',' && depth == 0) {
        all.add(text.substring(start, i).strip());
        start = i + 1;
      } else {
        depth += "([{<".indexOf(c) >= 0 ? 1 : ")]}>".indexOf(c) >= 0 ? -1 : 0;
      }
    }
    if (!text.isBlank()) {
      all.add(text.substring(start).strip());
    }
    return all;
  }

  /** The end of a literal whose content starts at {@code from}. */
  static int afterQuoted(String text, int from, String quote) {
    int i = from;
    while (i < text.length() && !text.startsWith(quote, i)) {
      i += text.charAt(i) == '\\' ? 2 : 1;
    }
    return Math.min(text.length(), i + quote.length());
  }

  /**
   * The source, so that JShell takes it, where the compiler complains of what is right in a cell.
   * {@code _} has no meaning in Java as an expression, and is the last result here. And JShell
   * makes each record public, in which a constructor without a modifier is too little accessible.
   *
   * @param lastResult the name of the variable with it
   */
  public static String mended(String source, List<Diag> diags, Optional<String> lastResult) {
    SortedMap<Integer, String> mends = new TreeMap<>(Comparator.reverseOrder());
    for (Diag diag : diags) {
      String code = String.valueOf(diag.getCode());
      int at = Math.clamp(diag.getStartPosition(), 0, source.length());
      if (code.startsWith(UNDERSCORE) && source.startsWith("_", at) && lastResult.isPresent()) {
        mends.put(at, lastResult.get());
      } else if (code.startsWith(CONSTRUCTOR)
          && diag.getMessage(Locale.ENGLISH).contains(STRONGER)
          && !MODIFIED.matcher(source).region(at, source.length()).lookingAt()) {
        mends.put(at, "public ");
      }
    }
    StringBuilder mended = new StringBuilder(source);
    mends.forEach((at, text) -> mended.replace(at, text.equals("public ") ? at : at + 1, text));
    return mended.toString();
  }

  /**
   * Whether a cell can run as it stands: its magics always, its Java when no part of it is open.
   */
  public static Completeness completeness(SourceCodeAnalysis analysis, String code) {
    for (Part part : CellParser.parse(code)) {
      Completeness here =
          switch (part) {
            case Part.Java(var span, String text) -> java(analysis, text);
            case Part.Malformed bad -> new Completeness.Invalid();
            case Part.LineMagic magic -> openQuoteOrContinued(magic.arguments());
            case Part.CellMagic magic -> endsBlank(magic.text());
            case Part.Help help -> new Completeness.Complete();
          };
      if (!(here instanceof Completeness.Complete)) {
        return here;
      }
    }
    return new Completeness.Complete();
  }

  private static Completeness openQuoteOrContinued(String arguments) {
    boolean open =
        arguments.endsWith("\\")
            || WordSplitter.split(arguments, 0, Syntax.SHELL)
                instanceof WordSplitter.Words.Malformed;
    return open ? new Completeness.Incomplete("") : new Completeness.Complete();
  }

  /** As in IPython, a blank line ends a cell magic where each line is asked about. */
  private static Completeness endsBlank(String text) {
    return text.substring(text.lastIndexOf('\n') + 1).isBlank()
        ? new Completeness.Complete()
        : new Completeness.Incomplete("");
  }

  /** An annotation waits for what it annotates. */
  private static final Pattern ANNOTATION =
      Pattern.compile("(?:\\s*@\\w[\\w.]*(?:\\([^()]*\\))?\\s*)+");

  private static Completeness java(SourceCodeAnalysis analysis, String text) {
    if (ANNOTATION.matcher(text).matches()) {
      return new Completeness.Incomplete("");
    }
    int at = 0;
    while (at < text.length()) {
      String rest = text.substring(at);
      First first = first(analysis, text, at);
      switch (first.completeness()) {
        case EMPTY, COMPLETE_WITH_SEMI -> {
          return endOf(rest);
        }
        case CONSIDERED_INCOMPLETE -> {
          // A head, such as if (…), that waits for what it is about.
          return new Completeness.Incomplete(INDENT.repeat(openBrackets(rest) + 1));
        }
        case COMPLETE -> {
          if (text.substring(first.end()).isBlank()) {
            return endOf(rest);
          }
          at = first.end();
        }
        case DEFINITELY_INCOMPLETE -> {
          return new Completeness.Incomplete(INDENT.repeat(openBrackets(rest)));
        }
        case UNKNOWN -> {
          return new Completeness.Invalid();
        }
      }
    }
    return new Completeness.Complete();
  }
}
