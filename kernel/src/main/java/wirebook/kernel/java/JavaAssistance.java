package wirebook.kernel.java;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
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

  /** The name that a signature is about, and the bracket when it is a method's. */
  private static final Pattern DECLARED = Pattern.compile("(\\w+)(?:<[^(]*>)?(?:(\\()|$)");

  private static final Pattern CONSTANT = Pattern.compile("[A-Z][A-Z0-9_]*");
  private static final String FUNCTION = "function";
  private static final int MOST_SIGNATURES = 12;
  private static final long SIGNATURES_NANOS = 40_000_000;

  private final SourceCodeAnalysis analysis;
  private final Collection<String> cells;

  /**
   * @param cells the texts of the cells that have run, which have the students' own Javadoc
   */
  JavaAssistance(SourceCodeAnalysis analysis, Collection<String> cells) {
    this.analysis = analysis;
    this.cells = cells;
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
            boolean member = start > 0 && code.charAt(start - 1) == '.';
            matches.putIfAbsent(name, new Match(name, type(suggestion.continuation(), member), ""));
          }
        }
      }
    }
    String before = context.text.substring(0, context.text.length() - typed.length());
    return new Completion(withSignatures(List.copyOf(matches.values()), before), start, cursor);
  }

  /** Adds how the methods are called, as long as that takes no time that one would notice. */
  private List<Match> withSignatures(List<Match> matches, String before) {
    if (matches.size() > MOST_SIGNATURES) {
      return matches;
    }
    long end = System.nanoTime() + SIGNATURES_NANOS;
    List<Match> all = new ArrayList<>();
    for (Match match : matches) {
      boolean called = match.type().equals(FUNCTION) && System.nanoTime() < end;
      all.add(
          called
              ? new Match(match.text(), match.type(), signature(before + match.text() + "("))
              : match);
    }
    return all;
  }

  /** {@code (int index, E element) void}, and how many others there are. */
  private String signature(String call) {
    List<Documentation> found = analysis.documentation(call, call.length(), false);
    if (found.isEmpty()) {
      return "";
    }
    String first = Places.expunge(found.getFirst().signature());
    int bracket = first.indexOf('(');
    int blank = first.lastIndexOf(' ', Math.max(0, bracket));
    return bracket < 0
        ? ""
        : first.substring(bracket)
            + (blank < 0 ? "" : " " + first.substring(0, blank))
            + (found.size() == 1 ? "" : ", and " + (found.size() - 1) + " more");
  }

  private static String name(String continuation) {
    int bracket = continuation.indexOf('(');
    return bracket < 0 ? continuation : continuation.substring(0, bracket);
  }

  private static String type(String continuation, boolean member) {
    return continuation.indexOf('(') >= 0
        ? FUNCTION
        : continuation.endsWith(".")
            ? "module"
            : Character.isUpperCase(continuation.codePointAt(0))
                    && !(member && CONSTANT.matcher(continuation).matches())
                ? "class"
                : "instance";
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
      String signature = Places.expunge(one.signature());
      String comment =
          one.javadoc() == null || one.javadoc().isBlank() ? ownJavadoc(signature) : one.javadoc();
      String javadoc = Javadoc.text(comment);
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

  /**
   * The comment above a declaration in a cell, the latest when there are several: JShell has none
   * for what is declared in it.
   */
  private String ownJavadoc(String signature) {
    Matcher m = DECLARED.matcher(signature);
    if (!m.find()) {
      return "";
    }
    Pattern comment =
        Pattern.compile(
            "/\\*\\*((?:(?!\\*/).)*)\\*/[^;{}=/]*?\\b"
                + (m.group(2) == null
                    ? "(?:class|interface|enum|record)\\s+" + m.group(1) + "\\b"
                    : m.group(1) + "\\s*\\("),
            Pattern.DOTALL);
    String found = "";
    for (String cell : cells) {
      Matcher declaration = comment.matcher(cell);
      while (declaration.find()) {
        found = declaration.group(1);
      }
    }
    return found.replaceAll("(?m)^\\s*\\*+ ?", "").strip();
  }

  private List<Documentation> documentation(String text) {
    return analysis.documentation(text, text.length(), true);
  }
}
