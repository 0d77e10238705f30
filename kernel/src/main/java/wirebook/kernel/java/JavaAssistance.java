package wirebook.kernel.java;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.lang.model.SourceVersion;
import jdk.jshell.Snippet;
import jdk.jshell.SourceCodeAnalysis;
import jdk.jshell.SourceCodeAnalysis.CompletionInfo;
import jdk.jshell.SourceCodeAnalysis.Documentation;
import jdk.jshell.SourceCodeAnalysis.Suggestion;
import wirebook.kernel.session.Interpreter.Completion;
import wirebook.kernel.session.Interpreter.Match;
import wirebook.spi.Html;
import wirebook.spi.MimeBundle;

/**
 * What can be said about Java that is being written. Offsets count from the text's start. JShell
 * knows most of it; what it leaves out (local variables and parameters, annotations, method
 * references, types without an import, the names of files) is found here.
 */
final class JavaAssistance {
  private static final Pattern RESULT_NAME = Pattern.compile("_\\d+(_\\d+)?");
  private static final Pattern WORD =
      Pattern.compile("\\p{javaJavaIdentifierStart}\\p{javaJavaIdentifierPart}*");

  /** The start of a method's declaration, which no statement looks like. */
  private static final Pattern METHOD =
      Pattern.compile(
          "^\\s*(?!(?:if|for|while|switch|try|do|synchronized|return|throw|new|else|var|class|record|enum|interface)\\b)"
              + "[^=;{}()]+\\b(\\w+)\\s*\\([^{}=;]*\\)\\s*(?:throws\\s[\\w.,\\s]+)?\\{");

  /** The name that a signature is about, and the bracket when it is a method's. */
  private static final Pattern DECLARED = Pattern.compile("(\\w+)(?:<[^(]*>)?(?:(\\()|$)");

  /** A type and the start of a method's name. */
  private static final Pattern REFERENCE =
      Pattern.compile("([\\w.]*\\b[A-Z]\\w*(?:<[^<>()]*>)?)\\s*::\\s*(\\w*)$");

  private static final Pattern ANNOTATION = Pattern.compile("@(\\w*)$");
  private static final Pattern CONSTANT = Pattern.compile("[A-Z][A-Z0-9_]*");

  /** Every value has them, and hardly anybody looks for them. */
  private static final Set<String> OF_EVERY_OBJECT =
      Stream.of(Object.class.getDeclaredMethods())
          .map(java.lang.reflect.Method::getName)
          .collect(Collectors.toSet());

  private static final List<String> ANNOTATIONS =
      List.of("Deprecated", "FunctionalInterface", "Override", "SafeVarargs", "SuppressWarnings");

  private static final String FUNCTION = "function";
  private static final String CLASS = "class";
  private static final String INSTANCE = "instance";
  private static final String KEYWORD = "keyword";
  private static final String MODULE = "module";
  private static final int MOST_SIGNATURES = 12;

  /** As long as this one does not notice it. */
  private static final long UNNOTICED_NANOS = 40_000_000;

  private static final int MOST_LOCALS = 24;
  private static final int MOST_TO_IMPORT = 20;
  private static final int SHORTEST_TO_IMPORT = 3;

  private final JShellSession jshell;
  private final SourceCodeAnalysis analysis;
  private final Collection<String> cells;
  private final Path directory;

  /**
   * @param cells the texts of the cells that have run, which have the students' own Javadoc
   * @param directory where relative paths start
   */
  JavaAssistance(JShellSession jshell, Collection<String> cells, Path directory) {
    this.jshell = jshell;
    this.analysis = jshell.analysis;
    this.cells = cells;
    this.directory = directory;
  }

  /**
   * Text for JShell.
   *
   * @param shift how far its offsets are ahead of the cell's
   * @param methods the names of those that the cell declares and that are not in the text
   */
  private record Context(String text, int shift, Set<String> methods) {}

  Completion complete(String code, int cursor) {
    String before = code.substring(0, cursor);
    Snippets.Break where = Snippets.breakOf(before);
    return switch (where.inside()) {
      case CODE -> completeCode(before);
      case STRING -> {
        String typed = before.substring(where.start());
        yield typed.indexOf('\\') >= 0
            ? none(cursor)
            : new Completion(FileNames.of(directory, typed), where.start(), cursor);
      }
      case COMMENT, CHARACTER, TEXT_BLOCK -> none(cursor);
    };
  }

  private static Completion none(int cursor) {
    return new Completion(List.of(), cursor, cursor);
  }

  private Completion completeCode(String code) {
    int cursor = code.length();
    Matcher annotation = ANNOTATION.matcher(code);
    if (annotation.find()) {
      return new Completion(annotations(annotation.group(1)), annotation.start(1), cursor);
    }
    Context context = context(code, cursor);
    Matcher reference = REFERENCE.matcher(context.text);
    if (reference.find()) {
      return new Completion(
          references(context.text, reference), cursor - reference.group(2).length(), cursor);
    }
    int[] anchor = {-1};
    List<Suggestion> suggestions =
        analysis.completionSuggestions(context.text, context.text.length(), anchor);
    int start = anchor[0] < 0 ? cursor : Math.clamp(anchor[0] - context.shift, 0, cursor);
    String typed = code.substring(start, cursor);
    boolean member = isMember(code.substring(0, start));
    Set<String> own = member ? Set.of() : ownNames();
    String before = context.text.substring(0, context.text.length() - typed.length());
    Map<String, Match> matches = new LinkedHashMap<>();
    if (!member) {
      locals(context, before, typed).forEach(match -> matches.putIfAbsent(match.text(), match));
    }
    suggestions.stream()
        .filter(one -> isOffered(name(one.continuation()), typed))
        .sorted(
            Comparator.<Suggestion>comparingInt(one -> rank(one, own))
                .thenComparing(one -> !one.matchesType()))
        .forEach(
            one -> {
              String name = name(one.continuation());
              matches.putIfAbsent(name, new Match(name, type(one.continuation(), member), ""));
            });
    if (matches.isEmpty() && !member) {
      return new Completion(toImport(typed), start, cursor);
    }
    return new Completion(withSignatures(List.copyOf(matches.values()), before), start, cursor);
  }

  private static boolean isMember(String before) {
    return before.stripTrailing().endsWith(".");
  }

  /** What Java can name, without JShell's own names. */
  private static boolean isOffered(String name, String typed) {
    return (SourceVersion.isIdentifier(name) || name.endsWith("."))
        && name.indexOf('$') < 0
        && (!RESULT_NAME.matcher(name).matches() || typed.startsWith("_"));
  }

  /** The students' own first, and of them the values; what is hardly ever meant last. */
  private static int rank(Suggestion suggestion, Set<String> own) {
    String name = name(suggestion.continuation());
    if (own.contains(name)) {
      return Character.isUpperCase(name.codePointAt(0)) ? 1 : 0;
    }
    return suggestion.continuation().endsWith(".") || OF_EVERY_OBJECT.contains(name) ? 3 : 2;
  }

  private Set<String> ownNames() {
    return jshell
        .shell
        .snippets()
        .filter(one -> one.kind() != Snippet.Kind.IMPORT && jshell.shell.status(one).isActive())
        .map(JShellSession::name)
        .collect(Collectors.toSet());
  }

  /**
   * The variables and parameters around the cursor, the nearest first: of the words that are there,
   * those that the compiler says are variables.
   */
  private List<Match> locals(Context context, String before, String typed) {
    List<Match> locals = new ArrayList<>();
    Set<String> words = new LinkedHashSet<>();
    Matcher word = WORD.matcher(before);
    while (word.find()) {
      if (word.group().startsWith(typed) && !SourceVersion.isKeyword(word.group())) {
        words.remove(word.group());
        words.add(word.group());
      }
    }
    long end = System.nanoTime() + UNNOTICED_NANOS;
    for (String name : List.copyOf(words).reversed().stream().limit(MOST_LOCALS).toList()) {
      List<Documentation> found =
          System.nanoTime() < end
              ? analysis.documentation(before + name, before.length() + name.length(), false)
              : List.of();
      if (found.stream().anyMatch(one -> isVariable(Places.expunge(one.signature()), name))) {
        locals.add(new Match(name, INSTANCE, ""));
      }
    }
    context.methods.stream()
        .filter(name -> name.startsWith(typed))
        .forEach(name -> locals.add(new Match(name, FUNCTION, "")));
    return locals;
  }

  /** JShell writes a colon before its type, and of a pattern's variable the name alone. */
  private static boolean isVariable(String signature, String name) {
    return signature.matches(".*\\w:[^:]+")
        || (signature.equals(name) && !Character.isUpperCase(name.codePointAt(0)));
  }

  /** Types that would have to be imported, under their whole names. */
  private static List<Match> toImport(String typed) {
    return typed.length() < SHORTEST_TO_IMPORT || !Character.isUpperCase(typed.codePointAt(0))
        ? List.of()
        : JdkTypes.beginning(typed).stream()
            .limit(MOST_TO_IMPORT)
            .map(name -> new Match(name, CLASS, ""))
            .toList();
  }

  /** Those of the session, of java.lang, and of the packages that every cell has imported. */
  private List<Match> annotations(String typed) {
    Stream<String> own =
        jshell
            .shell
            .snippets()
            .filter(one -> one.subKind() == Snippet.SubKind.ANNOTATION_TYPE_SUBKIND)
            .filter(one -> jshell.shell.status(one).isActive())
            .map(JShellSession::name);
    return Stream.concat(own, Stream.concat(ANNOTATIONS.stream(), importedAnnotations(typed)))
        .filter(name -> name.startsWith(typed))
        .distinct()
        .map(name -> new Match(name, CLASS, ""))
        .toList();
  }

  private Stream<String> importedAnnotations(String typed) {
    List<String> packages =
        jshell
            .shell
            .imports()
            .map(one -> one.fullname().replaceFirst("\\.(?:\\*|[A-Z]\\w*)$", "."))
            .distinct()
            .toList();
    return typed.isEmpty()
        ? Stream.of()
        : analysis.completionSuggestions(typed, typed.length(), new int[1]).stream()
            .map(Suggestion::continuation)
            .filter(name -> packages.stream().anyMatch(one -> isAnnotation(one + name)));
  }

  private static boolean isAnnotation(String type) {
    try {
      return Class.forName(type, false, ClassLoader.getPlatformClassLoader()).isAnnotation();
    } catch (ClassNotFoundException | LinkageError e) {
      return false;
    }
  }

  /** Of a type: its constructor, its static methods, and those of its values. */
  private List<Match> references(String text, Matcher reference) {
    String before = text.substring(0, reference.start());
    String type = reference.group(1);
    String typed = reference.group(2);
    Set<String> names = new LinkedHashSet<>();
    for (String qualifier : List.of(type, "((" + type + ") null)")) {
      String asked = before + qualifier + "." + typed;
      analysis.completionSuggestions(asked, asked.length(), new int[1]).stream()
          .map(Suggestion::continuation)
          .filter(one -> one.indexOf('(') >= 0)
          .map(JavaAssistance::name)
          .filter(name -> isOffered(name, typed))
          .forEach(names::add);
    }
    if (!names.isEmpty() && "new".startsWith(typed)) {
      names.add("new");
    }
    return names.stream()
        .sorted(Comparator.comparing(OF_EVERY_OBJECT::contains))
        .map(name -> new Match(name, name.equals("new") ? KEYWORD : FUNCTION, ""))
        .toList();
  }

  /** Adds how the methods are called, as long as that takes no time that one would notice. */
  private List<Match> withSignatures(List<Match> matches, String before) {
    if (matches.size() > MOST_SIGNATURES) {
      return matches;
    }
    long end = System.nanoTime() + UNNOTICED_NANOS;
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
    if (found.isEmpty() || !Signature.of(found.getFirst().signature()).isCall()) {
      return "";
    }
    return Signature.of(found.getFirst().signature()).call()
        + (found.size() == 1 ? "" : ", and " + (found.size() - 1) + " more");
  }

  private static String name(String continuation) {
    int bracket = continuation.indexOf('(');
    return bracket < 0 ? continuation : continuation.substring(0, bracket);
  }

  private static String type(String continuation, boolean member) {
    if (continuation.indexOf('(') >= 0) {
      return FUNCTION;
    }
    if (continuation.endsWith(".")) {
      return MODULE;
    }
    if (SourceVersion.isKeyword(continuation) && !member) {
      return KEYWORD;
    }
    return Character.isUpperCase(continuation.codePointAt(0))
            && !(member && CONSTANT.matcher(continuation).matches())
        ? CLASS
        : INSTANCE;
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
      return new Context(last, -start, Set.of());
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
    return new Context(text.append(last).toString(), shift, methods);
  }

  /**
   * Whether the snippet declares a method, which none inside another may. JShell could tell, but
   * its {@code sourceToSnippets} leaves the compiler unable to document methods (JDK 25).
   */
  static boolean isMethod(String source) {
    return METHOD.matcher(source).find();
  }

  /** Signature and Javadoc of what stands at the cursor, or of the method that is called there. */
  Optional<MimeBundle> inspect(String code, int cursor) {
    int end = Math.clamp(cursor, 0, code.length());
    while (end < code.length() && Character.isJavaIdentifierPart(code.charAt(end))) {
      end++;
    }
    boolean named = end > 0 && Character.isJavaIdentifierPart(code.charAt(end - 1));
    String text = context(code, end).text;
    List<Documentation> found = documentation(text);
    if (named && (found.isEmpty() || code.startsWith("(", end))) {
      List<Documentation> called = documentation(text + "(");
      if (!called.isEmpty()) {
        return Optional.of(shown(byArguments(called, code, end + 1)));
      }
    }
    if (found.isEmpty() && Snippets.openCall(text) > 0) {
      int open = Snippets.openCall(text);
      found = byArguments(documentation(text.substring(0, open + 1)), text, open + 1);
    }
    return found.isEmpty() ? Optional.empty() : Optional.of(shown(found));
  }

  /** The overloads with as many parameters as the call has arguments come first. */
  private static List<Documentation> byArguments(
      List<Documentation> overloads, String code, int from) {
    if (from > code.length() || code.charAt(from - 1) != '(') {
      return overloads;
    }
    int count = Snippets.arguments(code.substring(from, Snippets.closingBracket(code, from)));
    return overloads.stream()
        .sorted(
            Comparator.comparing(
                one -> Snippets.arguments(Signature.of(one.signature()).parameters()) != count))
        .toList();
  }

  private MimeBundle shown(List<Documentation> found) {
    List<String> parts = new ArrayList<>();
    Html html = new Html();
    for (Documentation one : found.stream().limit(MOST_SIGNATURES).toList()) {
      String signature = Signature.of(one.signature()).text();
      Javadoc javadoc =
          Javadoc.of(
              one.javadoc() == null || one.javadoc().isBlank()
                  ? ownJavadoc(signature)
                  : one.javadoc());
      String text = javadoc.text();
      parts.add(text.isEmpty() ? signature : signature + "\n\n" + text.indent(4).stripTrailing());
      html.open("p").element("code", signature).close("p");
      javadoc.writeTo(html);
    }
    if (found.size() > MOST_SIGNATURES) {
      String more = "… and " + (found.size() - MOST_SIGNATURES) + " more";
      parts.add(more);
      html.element("p", more);
    }
    return MimeBundle.text(String.join("\n\n", parts)).with(MimeBundle.HTML, html.toString());
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
