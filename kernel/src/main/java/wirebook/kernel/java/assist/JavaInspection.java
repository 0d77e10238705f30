package wirebook.kernel.java.assist;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import jdk.jshell.SourceCodeAnalysis;
import jdk.jshell.SourceCodeAnalysis.Documentation;
import wirebook.kernel.java.shell.JShellSession;
import wirebook.kernel.java.shell.Snippets;
import wirebook.kernel.java.shell.UnfinishedCode;
import wirebook.spi.Html;
import wirebook.spi.MimeBundle;

/** What is known of a name in Java: how it is declared, and what its Javadoc says. */
public final class JavaInspection {
  private static final int MOST_SIGNATURES = 12;

  /** Whose types are looked at for the overload that is called. */
  private static final int MOST_ARGUMENTS = 6;

  /** Of a source: a large class is read elsewhere. */
  private static final int MOST_LINES = 200;

  /** What an import is of, without the star. */
  private static final Pattern IMPORT =
      Pattern.compile("\\s*import\\s+(?:static\\s+)?([\\w.]*\\w)");

  /** {@code Type.method}, as one names a method of the type's values. */
  private static final Pattern MEMBER =
      Pattern.compile("(?<![\\w.])((?:[\\w.]*\\.)?[A-Z]\\w*)\\.(\\w+)$");

  private static final String NO_SOURCES =
      "This Java has no lib/src.zip, in which the documentation of its classes is.";

  private final JShellSession jshell;
  private final SourceCodeAnalysis analysis;

  JavaInspection(JShellSession jshell) {
    this.jshell = jshell;
    this.analysis = jshell.analysis;
  }

  /** How much is told of a name. */
  public enum Detail {
    DOCUMENTATION,
    /** Its source as well, where that is known. */
    SOURCE
  }

  /** Signature and Javadoc of what stands at the cursor, or of the method that is called there. */
  Optional<MimeBundle> inspect(String code, int cursor, Detail detail) {
    int end = Math.clamp(cursor, 0, code.length());
    while (end < code.length() && Character.isJavaIdentifierPart(code.charAt(end))) {
      end++;
    }
    String text = Scope.of(UnfinishedCode.of(analysis, code.substring(0, end)).text()).text();
    Matcher imported = IMPORT.matcher(text);
    Matcher reference = JavaCompletion.REFERENCE.matcher(text);
    List<Documentation> found =
        imported.matches()
            ? named(imported.group(1))
            : reference.find() && !reference.group(2).isEmpty()
                ? referred(text.substring(0, reference.start()), reference)
                : at(text, code, end);
    return found.isEmpty() ? Optional.empty() : Optional.of(shown(found, detail));
  }

  private List<Documentation> at(String text, String code, int end) {
    boolean named = end > 0 && Character.isJavaIdentifierPart(code.charAt(end - 1));
    List<Documentation> found = documentation(text);
    if (named && (found.isEmpty() || code.startsWith("(", end))) {
      List<Documentation> called = documentation(text + "(");
      if (!called.isEmpty()) {
        return byArguments(called, code, end + 1);
      }
    }
    Matcher member = MEMBER.matcher(text);
    if (named && found.isEmpty() && member.find()) {
      found = ofValues(text.substring(0, member.start()), member);
    }
    int open = Snippets.openCall(text);
    return found.isEmpty() && open > 0
        ? byArguments(documentation(text.substring(0, open + 1)), text, open + 1)
        : found;
  }

  /** Of a type, or of what is imported statically. */
  private List<Documentation> named(String name) {
    List<Documentation> found = documentation(name);
    return found.isEmpty() ? documentation(name + "(") : found;
  }

  /** Of {@code Type::method}: of the type itself, or of its values. */
  private List<Documentation> referred(String before, Matcher reference) {
    String type = reference.group(1);
    String method = reference.group(2);
    if (method.equals("new")) {
      return documentation(before + "new " + type + "(");
    }
    List<Documentation> found = documentation(before + type + "." + method + "(");
    return found.isEmpty() ? ofValues(before, reference) : found;
  }

  /** Of a type's values, where the type and the method are named. */
  private List<Documentation> ofValues(String before, Matcher named) {
    return documentation(before + "((" + named.group(1) + ") null)." + named.group(2) + "(");
  }

  /** The overload that the arguments fit best comes first. */
  private List<Documentation> byArguments(List<Documentation> overloads, String code, int from) {
    if (from > code.length() || code.charAt(from - 1) != '(' || overloads.size() < 2) {
      return overloads;
    }
    List<String> arguments =
        Snippets.arguments(code.substring(from, Snippets.closingBracket(code, from)));
    List<String> types =
        arguments.stream()
            .limit(MOST_ARGUMENTS)
            .map(one -> Optional.ofNullable(analysis.analyzeType(one, one.length())).orElse(""))
            .toList();
    return overloads.stream()
        .sorted(
            Comparator.comparingInt(
                one -> misfit(Signature.of(one.signature()), arguments.size(), types)))
        .toList();
  }

  /** The less, the better it fits; the count of the arguments is more than their types. */
  private static int misfit(Signature signature, int count, List<String> types) {
    List<String> parameters = Snippets.arguments(signature.parameters());
    if (parameters.size() != count) {
      return Integer.MAX_VALUE;
    }
    int misfit = 0;
    for (int i = 0; i < types.size(); i++) {
      String parameter = parameters.get(i);
      misfit +=
          parameter.startsWith(types.get(i) + " ") ? 0 : parameter.startsWith("Object ") ? 1 : 2;
    }
    return misfit;
  }

  private Stream<Declaration> declarations(Signature signature) {
    return Stream.concat(
        Declaration.own(jshell, signature),
        Stream.of(signature).flatMap(one -> Declaration.ofJdk(one).stream()));
  }

  /** JShell gives none of what is the student's, and none of {@code List.of(1).stream()}. */
  private String comment(Signature signature) {
    return declarations(signature)
        .map(Declaration::comment)
        .filter(comment -> !comment.isEmpty())
        .findFirst()
        .orElse("");
  }

  /** The first lines, and how many there are besides them. */
  private static String cut(String source) {
    List<String> lines = source.lines().toList();
    return lines.size() <= MOST_LINES
        ? source
        : "%s\n… and %s more lines"
            .formatted(String.join("\n", lines.subList(0, MOST_LINES)), lines.size() - MOST_LINES);
  }

  private MimeBundle shown(List<Documentation> found, Detail detail) {
    List<String> parts = new ArrayList<>();
    Html html = new Html();
    for (Documentation one : found.stream().limit(MOST_SIGNATURES).toList()) {
      Signature known = Signature.of(one.signature());
      String signature = known.text();
      Javadoc javadoc =
          Javadoc.of(
              one.javadoc() == null || one.javadoc().isBlank() ? comment(known) : one.javadoc());
      String text = javadoc.text();
      StringBuilder part = new StringBuilder(signature);
      html.open("p").element("code", signature).close("p");
      if (!text.isEmpty()) {
        part.append("\n\n").append(text.indent(4).stripTrailing());
        javadoc.writeTo(html);
      }
      if (detail == Detail.SOURCE) {
        declarations(known)
            .findFirst()
            .map(Declaration::source)
            .map(JavaInspection::cut)
            .ifPresent(
                source -> {
                  part.append("\n\n").append(source.indent(4).stripTrailing());
                  html.open("pre").element("code", source).close("pre");
                });
      }
      parts.add(part.toString());
    }
    if (found.size() > MOST_SIGNATURES) {
      String more = "… and " + (found.size() - MOST_SIGNATURES) + " more";
      parts.add(more);
      html.element("p", more);
    }
    if (parts.stream().noneMatch(part -> part.contains("\n")) && jshell.tellsNoSources()) {
      parts.add(NO_SOURCES);
      html.element("p", NO_SOURCES);
    }
    return MimeBundle.text(String.join("\n\n", parts)).with(MimeBundle.HTML, html.toString());
  }

  private List<Documentation> documentation(String text) {
    jshell.findSources();
    return analysis.documentation(text, text.length(), true);
  }
}
