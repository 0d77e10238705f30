package wirebook.kernel.java;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jdk.jshell.SourceCodeAnalysis;
import jdk.jshell.SourceCodeAnalysis.CompletionInfo;

/**
 * Java that is being written, as text that JShell can be asked about.
 *
 * @param shift how far its offsets are ahead of the cell's
 * @param methods the names of those that the cell declares and that are not in the text
 */
record UnfinishedCode(String text, int shift, Set<String> methods) {
  /** The start of a method's declaration, which no statement looks like. */
  private static final Pattern METHOD =
      Pattern.compile(
          "^\\s*(?!(?:if|for|while|switch|try|do|synchronized|return|throw|new|else|var|class|record|enum|interface)\\b)"
              + "[^=;{}()]+\\b(\\w+)\\s*\\([^{}=;]*\\)\\s*(?:throws\\s[\\w.,\\s]+)?\\{");

  UnfinishedCode {
    methods = Set.copyOf(methods);
  }

  /**
   * The code before the cursor as one unfinished snippet. What the cell declares before it and has
   * not run yet is put before it, so that its names are known.
   */
  static UnfinishedCode of(SourceCodeAnalysis analysis, String before) {
    int start = 0;
    List<String> earlier = new ArrayList<>();
    while (true) {
      CompletionInfo info = analysis.analyzeCompletion(before.substring(start));
      String remaining = info.remaining();
      if (info.completeness() != SourceCodeAnalysis.Completeness.COMPLETE || remaining.isBlank()) {
        break;
      }
      earlier.add(info.source());
      start = before.length() - remaining.length();
    }
    String last = before.substring(start);
    String first = last.strip();
    if (first.startsWith("import ") || earlier.isEmpty()) {
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

  /**
   * Whether the snippet declares a method, which none inside another may. JShell could tell, but
   * its {@code sourceToSnippets} leaves the compiler unable to document methods (JDK 25).
   */
  static boolean isMethod(String source) {
    return METHOD.matcher(source).find();
  }
}
