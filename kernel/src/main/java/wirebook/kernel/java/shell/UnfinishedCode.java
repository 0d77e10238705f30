package wirebook.kernel.java.shell;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jdk.jshell.SourceCodeAnalysis;

/**
 * Java that is being written, as text that JShell can be asked about.
 *
 * @param shift how far its offsets are ahead of the cell's
 * @param methods the names of those that the cell declares and that are not in the text
 */
public record UnfinishedCode(String text, int shift, Set<String> methods) {
  /** The start of a method's declaration, which no statement looks like. */
  private static final Pattern METHOD =
      Pattern.compile(
          "^\\s*(?!(?:if|for|while|switch|try|do|synchronized|return|throw|new|else|var|class|record|enum|interface)\\b)"
              + "[^=;{}()]+\\b(\\w+)\\s*\\([^{}=;]*\\)\\s*(?:throws\\s[\\w.,\\s]+)?\\{");

  /** Of code that is longer, only the end is looked at, as nobody waits that long. */
  private static final int LONGEST = 30_000;

  private static final int LONGEST_LITERAL = 100;

  public UnfinishedCode {
    methods = Set.copyOf(methods);
  }

  /**
   * The code before the cursor as one unfinished snippet. What the cell declares before it and has
   * not run yet is put before it, so that its names are known. Of very long code that is what the
   * last {@value #LONGEST} characters declare outside of brackets, or nothing but the statement at
   * the cursor.
   */
  public static UnfinishedCode of(SourceCodeAnalysis analysis, String before) {
    String code = before.length() > LONGEST ? end(withoutLongLiterals(before)) : before;
    UnfinishedCode found = ofAll(analysis, code);
    return new UnfinishedCode(
        found.text, found.shift + code.length() - before.length(), found.methods);
  }

  private static UnfinishedCode ofAll(SourceCodeAnalysis analysis, String before) {
    int start = 0;
    List<String> earlier = new ArrayList<>();
    while (true) {
      Snippets.First first = Snippets.first(analysis, before, start);
      if (first.completeness() != SourceCodeAnalysis.Completeness.COMPLETE
          || before.substring(first.end()).isBlank()) {
        break;
      }
      earlier.add(first.source());
      start = first.end();
    }
    String last = before.substring(start);
    if (last.strip().startsWith("import ") || earlier.isEmpty()) {
      return new UnfinishedCode(last, -start, Set.of());
    }
    StringBuilder text = new StringBuilder(";");
    Set<String> methods = new HashSet<>();
    for (String source : earlier) {
      Matcher method = METHOD.matcher(source);
      if (method.find()) {
        methods.add(method.group(1));
      } else if (!source.strip().startsWith("import ")) {
        text.append(source);
      }
    }
    int shift = text.length() - start;
    return new UnfinishedCode(text.append(last).toString(), shift, methods);
  }

  /** The name of the method that a snippet without comments declares. */
  static Optional<String> method(String source) {
    Matcher method = METHOD.matcher(source);
    return method.find() ? Optional.of(method.group(1)) : Optional.empty();
  }

  /** The code without comments, and with short literals in the place of long ones. */
  private static String withoutLongLiterals(String code) {
    StringBuilder text = new StringBuilder();
    int at = 0;
    while (at < code.length()) {
      int end = Snippets.afterToken(code, at);
      boolean longLiteral = code.charAt(at) == '"' && end - at > LONGEST_LITERAL;
      if (longLiteral && end < code.length()) {
        text.append("\"\"");
      } else if (Snippets.isComment(code, at)) {
        text.append(' ');
      } else {
        text.append(code, at, end);
      }
      at = end;
    }
    return text.toString();
  }

  /** What stands after a statement's end that is not too far away. */
  private static String end(String code) {
    if (code.length() <= LONGEST) {
      return code;
    }
    int depth = 0;
    int within = 0;
    int at = 0;
    while (at < code.length()) {
      char c = code.charAt(at);
      at = Snippets.afterToken(code, at);
      depth += "{([".indexOf(c) >= 0 ? 1 : "})]".indexOf(c) >= 0 ? -1 : 0;
      if (c == ';' || c == '{' || c == '}') {
        within = at;
        if (depth <= 0 && at >= code.length() - LONGEST) {
          return code.substring(at);
        }
      }
    }
    return code.substring(Math.max(within, code.length() - LONGEST));
  }

  /**
   * Whether the snippet declares a method, which none inside another may. JShell could tell, but
   * its {@code sourceToSnippets} leaves the compiler unable to document methods (JDK 25).
   */
  public static boolean isMethod(String source) {
    return METHOD.matcher(source).find();
  }
}
