package wirebook.kernel.java;

import java.util.regex.Pattern;
import jdk.jshell.SourceCodeAnalysis;
import jdk.jshell.SourceCodeAnalysis.CompletionInfo;
import wirebook.kernel.cell.CellParser;
import wirebook.kernel.cell.Part;
import wirebook.kernel.session.Interpreter.Completeness;

/** Java text, as far as one has to look at it before JShell does. */
final class Snippets {
  private static final String INDENT = "    ";

  private Snippets() {}

  /** Whether the last thing in the text, comments and blanks aside, is a semicolon. */
  static boolean endsWithSemicolon(String text) {
    return lastCharacter(text) == ';';
  }

  /** The last character that is neither blank nor in a comment; 0 when there is none. */
  private static char lastCharacter(String text) {
    char last = 0;
    int i = 0;
    while (i < text.length()) {
      char c = text.charAt(i);
      if (text.startsWith("//", i)) {
        int end = text.indexOf('\n', i);
        i = end < 0 ? text.length() : end;
      } else if (text.startsWith("/*", i)) {
        int end = text.indexOf("*/", i + 2);
        i = end < 0 ? text.length() : end + 2;
      } else if (text.startsWith("\"\"\"", i)) {
        i = afterQuoted(text, i + 3, "\"\"\"");
        last = '"';
      } else if (c == '"' || c == '\'') {
        i = afterQuoted(text, i + 1, String.valueOf(c));
        last = c;
      } else {
        if (!Character.isWhitespace(c)) {
          last = c;
        }
        i++;
      }
    }
    return last;
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
   * Whether a cell can run as it stands: its magics always, its Java when no part of it is open.
   */
  static Completeness completeness(SourceCodeAnalysis analysis, String code) {
    for (Part part : CellParser.parse(code)) {
      Completeness here =
          switch (part) {
            case Part.Java(var span, String text) -> java(analysis, text);
            case Part.Malformed bad -> new Completeness.Invalid();
            case Part.LineMagic magic -> openQuoteOrContinued(magic.text());
            case Part.CellMagic magic -> new Completeness.Complete();
            case Part.Help help -> new Completeness.Complete();
          };
      if (!(here instanceof Completeness.Complete)) {
        return here;
      }
    }
    return new Completeness.Complete();
  }

  private static Completeness openQuoteOrContinued(String line) {
    return line.endsWith("\\") || line.endsWith("\\\n")
        ? new Completeness.Incomplete("")
        : new Completeness.Complete();
  }

  /** An annotation waits for what it annotates. */
  private static final Pattern ANNOTATION = Pattern.compile("\\s*@\\w[\\w.]*(?:\\([^()]*\\))?\\s*");

  private static Completeness java(SourceCodeAnalysis analysis, String text) {
    if (ANNOTATION.matcher(text).matches()) {
      return new Completeness.Incomplete("");
    }
    String rest = text;
    while (!rest.isEmpty()) {
      CompletionInfo info = analysis.analyzeCompletion(rest);
      switch (info.completeness()) {
        case EMPTY, COMPLETE_WITH_SEMI, CONSIDERED_INCOMPLETE -> {
          return new Completeness.Complete();
        }
        case COMPLETE -> rest = info.remaining();
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

  /** How many brackets are open at the end of the text. */
  private static int openBrackets(String text) {
    int open = 0;
    int i = 0;
    while (i < text.length()) {
      char c = text.charAt(i);
      if (text.startsWith("//", i)) {
        int end = text.indexOf('\n', i);
        i = end < 0 ? text.length() : end;
      } else if (text.startsWith("/*", i)) {
        int end = text.indexOf("*/", i + 2);
        i = end < 0 ? text.length() : end + 2;
      } else if (text.startsWith("\"\"\"", i)) {
        i = afterQuoted(text, i + 3, "\"\"\"");
      } else if (c == '"' || c == '\'') {
        i = afterQuoted(text, i + 1, String.valueOf(c));
      } else {
        open += "{([".indexOf(c) >= 0 ? 1 : "})]".indexOf(c) >= 0 ? -1 : 0;
        i++;
      }
    }
    return Math.max(0, open);
  }
}
