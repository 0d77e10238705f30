package wirebook.kernel.java;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import jdk.jshell.SourceCodeAnalysis;
import jdk.jshell.SourceCodeAnalysis.CompletionInfo;
import jdk.jshell.SourceCodeAnalysis.Documentation;
import jdk.jshell.SourceCodeAnalysis.Suggestion;
import wirebook.kernel.session.Interpreter.Completion;
import wirebook.kernel.session.Interpreter.Match;
import wirebook.spi.Html;
import wirebook.spi.MimeBundle;

/** What can be said about Java that is being written. Offsets count from the text's start. */
final class JavaAssistance {
  private static final Pattern RESULT_NAME = Pattern.compile("_\\d+(_\\d+)?");

  /** The start of a method's declaration, which no statement looks like. */
  private static final Pattern METHOD =
      Pattern.compile(
          "^\\s*(?!(?:if|for|while|switch|try|do|synchronized|return|throw|new|else|var|class|record|enum|interface)\\b)"
              + "[^=;{}()]+\\w\\s*\\([^{}=;]*\\)\\s*(?:throws\\s[\\w.,\\s]+)?\\{");

  private static final int MOST_SIGNATURES = 12;

  private final SourceCodeAnalysis analysis;

  JavaAssistance(SourceCodeAnalysis analysis) {
    this.analysis = analysis;
  }

  /** Text for JShell, and how far its offsets are ahead of the cell's. */
  private record Context(String text, int shift) {}

  Completion complete(String code, int cursor) {
    Context context = context(code, cursor);
    int[] anchor = {-1};
    List<Suggestion> suggestions =
        analysis.completionSuggestions(context.text, context.text.length(), anchor);
    int start = anchor[0] < 0 ? cursor : Math.clamp(anchor[0] - context.shift, 0, cursor);
    String typed = code.substring(start, cursor);
    Map<String, Match> matches = new LinkedHashMap<>();
    // What has the type that is wanted comes first.
    for (boolean wanted : new boolean[] {true, false}) {
      for (Suggestion suggestion : suggestions) {
        if (suggestion.matchesType() == wanted) {
          String name = name(suggestion.continuation());
          if (!RESULT_NAME.matcher(name).matches() || typed.startsWith("_")) {
            matches.putIfAbsent(name, new Match(name, type(suggestion.continuation()), ""));
          }
        }
      }
    }
    return new Completion(List.copyOf(matches.values()), start, cursor);
  }

  private static String name(String continuation) {
    int bracket = continuation.indexOf('(');
    return bracket < 0 ? continuation : continuation.substring(0, bracket);
  }

  private static String type(String continuation) {
    return continuation.indexOf('(') >= 0
        ? "function"
        : continuation.endsWith(".")
            ? "module"
            : Character.isUpperCase(continuation.codePointAt(0)) ? "class" : "instance";
  }

  /**
   * The code before the cursor as one unfinished snippet. What the cell declares before it and has
   * not run yet is put before it, so that its names are known.
   */
  private Context context(String code, int cursor) {
    String before = code.substring(0, cursor);
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
      return new Context(last, -start);
    }
    StringBuilder text = new StringBuilder(";");
    for (String source : earlier) {
      if (isLocal(source)) {
        text.append(source);
      }
    }
    int shift = text.length() - start;
    return new Context(text.append(last).toString(), shift);
  }

  /**
   * Whether the snippet may stand in a method's body. JShell could tell, but its {@code
   * sourceToSnippets} leaves the compiler unable to document methods (JDK 25).
   */
  private static boolean isLocal(String source) {
    return !source.strip().startsWith("import ") && !isMethod(source);
  }

  static boolean isMethod(String source) {
    return METHOD.matcher(source).find();
  }

  /** Signature and Javadoc of what stands at the cursor. */
  Optional<MimeBundle> inspect(String code, int cursor) {
    int end = Math.clamp(cursor, 0, code.length());
    while (end < code.length() && Character.isJavaIdentifierPart(code.charAt(end))) {
      end++;
    }
    Context context = context(code, end);
    List<Documentation> found = documentation(context.text);
    if (found.isEmpty() && end > 0 && Character.isJavaIdentifierPart(code.charAt(end - 1))) {
      found = documentation(context.text + "(");
    }
    if (found.isEmpty()) {
      return Optional.empty();
    }
    List<String> parts = new ArrayList<>();
    Html html = new Html();
    for (Documentation one : found.stream().limit(MOST_SIGNATURES).toList()) {
      String javadoc = one.javadoc() == null ? "" : Javadoc.text(one.javadoc());
      String signature = Places.expunge(one.signature());
      parts.add(
          javadoc.isEmpty() ? signature : signature + "\n\n" + javadoc.indent(4).stripTrailing());
      html.open("p").element("code", signature).close("p");
      if (!javadoc.isEmpty()) {
        html.element("p", javadoc, "style", "white-space: pre-wrap");
      }
    }
    if (found.size() > MOST_SIGNATURES) {
      parts.add("… and " + (found.size() - MOST_SIGNATURES) + " more");
    }
    return Optional.of(
        MimeBundle.text(String.join("\n\n", parts)).with(MimeBundle.HTML, html.toString()));
  }

  private List<Documentation> documentation(String text) {
    return analysis.documentation(text, text.length(), true);
  }
}
