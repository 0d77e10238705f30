// Above 500 lines: one list of names; what JShell leaves out of it is added in a few lines each.
package wirebook.kernel.java.assist;

import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
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
import jdk.jshell.SourceCodeAnalysis.Documentation;
import jdk.jshell.SourceCodeAnalysis.Suggestion;
import wirebook.kernel.java.shell.JShellSession;
import wirebook.kernel.java.shell.JdkTypes;
import wirebook.kernel.java.shell.OwnTypes;
import wirebook.kernel.java.shell.Snippets;
import wirebook.kernel.java.shell.UnfinishedCode;
import wirebook.kernel.session.Interpreter.Completion;
import wirebook.kernel.session.Interpreter.Match;

/**
 * What can be said about Java that is being written. Offsets count from the text's start. JShell
 * knows most of it; what it leaves out (local variables and parameters, annotations, method
 * references, types without an import, the names of files) is found here.
 */
public final class JavaCompletion {
  private static final Pattern RESULT_NAME = Pattern.compile("_\\d+(_\\d+)?");

  /** A type and the start of a method's name; tried once a word, as words can be long. */
  static final Pattern REFERENCE =
      Pattern.compile("(?<![\\w.])([\\w.]*\\b[A-Z]\\w*(?:<[^<>()]*>)?)\\s*::\\s*(\\w*)$");

  private static final Pattern ANNOTATION = Pattern.compile("@(\\w*)$");
  private static final Pattern CONSTANT = Pattern.compile("[A-Z][A-Z0-9_]*");

  /** Every value has them, and hardly anybody looks for them. */
  private static final Set<String> OF_EVERY_OBJECT =
      Stream.of(Object.class.getDeclaredMethods())
          .map(java.lang.reflect.Method::getName)
          .collect(Collectors.toSet());

  private static final String OF_EVERY_ENUM = "EnumDesc";

  /** What a statement or a declaration may have besides names; JShell offers those of types. */
  private static final List<String> KEYWORDS =
      Stream.of(
              "abstract assert break case catch class continue default do else enum extends final"
                  + " finally for if implements import instanceof interface native new non-sealed"
                  + " package permits private protected public record return sealed static strictfp"
                  + " super switch synchronized this throw throws transient try var void volatile"
                  + " when while yield")
          .flatMap(words -> Stream.of(words.split(" ")))
          .toList();

  /** What stands before a name that is none of a statement's. */
  private static final Pattern NO_STATEMENT = Pattern.compile("(?:\\bnew|\\bimport|@|::)\\s*$");

  private static final Pattern CREATED = Pattern.compile("\\bnew\\s+[\\w.]*$");

  /** Where what is protected in the class above can be named. */
  private static final Pattern OF_THIS = Pattern.compile("\\b(?:this|super)\\s*\\.\\s*$");

  private static final String CLONE = "clone";

  private static final Pattern CASE = Pattern.compile("\\bcase\\s+(?:[\\w.]+\\s*,\\s*)*(\\w*)$");

  private static final Pattern STATIC_IMPORT = Pattern.compile("\\s*import\\s+static\\b");

  /** Packages and the start of a name in them. */
  private static final Pattern PACKAGE_BEGUN =
      Pattern.compile(
          "(?<![\\w.)\\]])(?<import>import\\s+(?:static\\s+)?)?"
              + "(?<of>(?:[a-z][a-z0-9]*\\.)*)(?<typed>(?:[a-z][a-z0-9]*)?)$");

  private static final Pattern MODULE_IMPORT = Pattern.compile("\\bimport\\s+module\\s+([\\w.]*)$");

  /**
   * A stream's collector with a function that is not the last of its arguments, such as toMap's:
   * what the function is of is not known before all of them are there, but where it is the stream's
   * elements, it is that of map as well.
   */
  private static final Pattern COLLECTED =
      Pattern.compile("(?s)(.*)\\.collect\\s*\\(.*?(\\b(\\w+)\\s*->[^;{}]*\\b\\3\\.\\w*)");

  private static final Pattern MEMBER_OF_NAME =
      Pattern.compile("(?<![\\w.)\\]])([A-Za-z_]\\w*)\\.(\\w*)$");

  private static final Pattern SWITCH = Pattern.compile("\\bswitch\\s*\\(");

  /** Of a sealed type, those that it lets extend it. */
  private static final Pattern PERMITS = Pattern.compile("\\bpermits\\s+([\\w.,\\s]+)");

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

  private static final int MOST_TO_IMPORT = 20;
  private static final int SHORTEST_TO_IMPORT = 3;

  private final JShellSession jshell;
  private final SourceCodeAnalysis analysis;
  private final Path directory;

  /**
   * @param directory where relative paths start
   */
  public JavaCompletion(JShellSession jshell, Path directory) {
    this.jshell = jshell;
    this.analysis = jshell.analysis;
    this.directory = directory;
  }

  public Completion complete(String code, int cursor) {
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
    Matcher module = MODULE_IMPORT.matcher(code);
    if (module.find()) {
      return new Completion(modules(module.group(1)), module.start(1), cursor);
    }
    Matcher annotation = ANNOTATION.matcher(code);
    if (annotation.find()) {
      return new Completion(annotations(annotation.group(1)), annotation.start(1), cursor);
    }
    UnfinishedCode context = UnfinishedCode.of(analysis, code);
    Scope scope = Scope.of(context.text());
    String text = scope.text();
    Matcher reference = REFERENCE.matcher(text);
    if (reference.find()) {
      return new Completion(
          references(text, reference), cursor - reference.group(2).length(), cursor);
    }
    Matcher label = CASE.matcher(text);
    List<Match> labels = label.find() ? labels(text, label) : List.of();
    if (!labels.isEmpty()) {
      return new Completion(labels, cursor - label.group(1).length(), cursor);
    }
    int[] anchor = {-1};
    List<Suggestion> suggestions = suggestions(text, anchor);
    if (suggestions.isEmpty() && isMember(text.substring(0, lastWord(text)))) {
      suggestions = suggestions(context.text(), anchor);
    }
    Optional<String> known = suggestions.isEmpty() ? better(text) : Optional.empty();
    if (known.isPresent()) {
      text = known.get();
      suggestions = suggestions(text, anchor);
    }
    if (scope.inheriting()) {
      suggestions = Stream.concat(inherited(text), suggestions.stream()).toList();
    }
    List<Match> packages = packages(code);
    if (anchor[0] < 0 && !packages.isEmpty()) {
      return new Completion(packages, lastWord(code), cursor);
    }
    int start = anchor[0] < 0 ? cursor : Math.clamp(anchor[0] + cursor - text.length(), 0, cursor);
    String typed = code.substring(start, cursor);
    if (typed.isEmpty() && (code.endsWith(")") || code.endsWith("]"))) {
      return none(cursor);
    }
    boolean member = isMember(code.substring(0, start));
    boolean ofStaticImport = STATIC_IMPORT.matcher(code).lookingAt();
    Set<String> own = member ? Set.of() : ownNames();
    String before = text.substring(0, text.length() - typed.length());
    Map<String, Match> matches = new LinkedHashMap<>();
    if (!member) {
      boolean typesOnly = NO_STATEMENT.matcher(before).find();
      scope.names().stream()
          .filter(name -> name.text().startsWith(typed))
          .filter(name -> !typesOnly || name.kind() == Scope.Kind.TYPE)
          .map(name -> new Match(name.text(), type(name.kind()), ""))
          .forEach(match -> matches.putIfAbsent(match.text(), match));
      context.methods().stream()
          .filter(name -> !typesOnly && name.startsWith(typed))
          .forEach(name -> matches.putIfAbsent(name, new Match(name, FUNCTION, "")));
    }
    boolean created = CREATED.matcher(before).find();
    boolean ofThis = OF_THIS.matcher(before).find();
    suggestions.stream()
        .filter(one -> isOffered(name(one.continuation()), typed))
        .filter(one -> ofThis || !isProtectedClone(one, before))
        .sorted(
            Comparator.<Suggestion>comparingInt(one -> rank(one, own))
                .thenComparing(one -> !one.matchesType()))
        .forEach(
            one -> {
              String name = name(one.continuation());
              String type =
                  created && !name.endsWith(".")
                      ? CLASS
                      : ofStaticImport
                              && Character.isLowerCase(name.codePointAt(0))
                              && !name.endsWith(".")
                          ? FUNCTION
                          : type(one.continuation(), member);
              matches.putIfAbsent(name, new Match(name, type, ""));
            });
    packages.forEach(match -> matches.putIfAbsent(match.text(), match));
    if (!member) {
      toImport(typed, matches.keySet())
          .forEach(name -> matches.put(name, new Match(name, CLASS, "")));
      if (!typed.isEmpty() && !NO_STATEMENT.matcher(before).find()) {
        KEYWORDS.stream()
            .filter(word -> word.startsWith(typed))
            .forEach(word -> matches.putIfAbsent(word, new Match(word, KEYWORD, "")));
      }
    }
    return new Completion(withSignatures(List.copyOf(matches.values()), before), start, cursor);
  }

  /** What JShell knows to stand at the end of the text. */
  private List<Suggestion> suggestions(String text, int[] anchor) {
    int word = lastWord(text);
    return jshell.mentioning(
        text,
        isMember(text.substring(0, word)) ? Optional.empty() : Optional.of(text.substring(word)),
        () -> analysis.completionSuggestions(text, text.length(), anchor));
  }

  /** Text that ends in the same, and of which more is known. */
  private static Optional<String> better(String text) {
    Matcher collected = COLLECTED.matcher(text);
    return collected.matches()
        ? Optional.of(collected.group(1) + ".map(" + collected.group(2))
        : ofBound(text);
  }

  /**
   * With the bound in the place of a value of a type variable, of which JShell knows no members.
   */
  private static Optional<String> ofBound(String text) {
    Matcher value = MEMBER_OF_NAME.matcher(text);
    if (!value.find()) {
      return Optional.empty();
    }
    Matcher declared =
        Pattern.compile("\\b([A-Z]\\w*)\\s+" + value.group(1) + "\\s*[=;:,)]").matcher(text);
    String type = "";
    while (declared.find()) {
      type = declared.group(1);
    }
    Matcher variable =
        Pattern.compile("[<,]\\s*" + type + "(?:\\s+extends\\s+(\\w+(?:<[^<>]*>)?))?\\s*[,>&]")
            .matcher(text);
    return type.isEmpty() || !variable.find()
        ? Optional.empty()
        : Optional.of(
            "%s((%s) null).%s"
                .formatted(
                    text.substring(0, value.start()),
                    Optional.ofNullable(variable.group(1)).orElse("Object"),
                    value.group(2)));
  }

  /** What JShell passes over: the members of the type around a name that its supertypes have. */
  private Stream<Suggestion> inherited(String text) {
    int word = lastWord(text);
    String before = text.substring(0, word);
    return isMember(before) || NO_STATEMENT.matcher(before).find()
        ? Stream.of()
        : suggestions(before + "this." + text.substring(word), new int[1]).stream()
            .filter(one -> !isOfEveryObject(name(one.continuation())));
  }

  private List<Documentation> documentation(String text) {
    return jshell.mentioning(
        text, Optional.empty(), () -> analysis.documentation(text, text.length(), false));
  }

  private static String type(Scope.Kind kind) {
    return switch (kind) {
      case VARIABLE -> INSTANCE;
      case METHOD -> FUNCTION;
      case TYPE -> CLASS;
    };
  }

  /** What a switch can distinguish: an enum's constants, the types that a sealed one permits. */
  private List<Match> labels(String text, Matcher label) {
    Matcher open = SWITCH.matcher(text);
    String type = "";
    String before = "";
    while (open.find()) {
      int close = Snippets.closingBracket(text, open.end());
      int block = text.indexOf('{', close);
      if (block >= 0 && Snippets.closingBracket(text, block + 1) == text.length()) {
        type = typeOf(text.substring(0, open.end()), text.substring(open.end(), close));
        before = text.substring(0, open.start());
      }
    }
    if (type.isEmpty()) {
      return List.of();
    }
    String typed = label.group(1);
    String asked = before + type + ".";
    Stream<Match> constants =
        suggestions(asked, new int[1]).stream()
            .map(Suggestion::continuation)
            .filter(name -> CONSTANT.matcher(name).matches())
            .map(name -> new Match(name, INSTANCE, ""));
    return Stream.concat(constants, permitted(type))
        .filter(match -> match.text().startsWith(typed))
        .toList();
  }

  private String typeOf(String before, String selector) {
    String known =
        documentation(before + selector).stream()
            .map(one -> Signature.of(one.signature()).text())
            .filter(one -> one.indexOf('(') < 0 && one.indexOf(' ') > 0)
            .map(one -> one.substring(0, one.lastIndexOf(' ')))
            .findFirst()
            .orElse("");
    String type = known.isEmpty() ? analysis.analyzeType(selector, selector.length()) : known;
    return type == null ? "" : type.replaceFirst("<.*", "");
  }

  private Stream<Match> permitted(String type) {
    return jshell
        .active(type)
        .map(snippet -> PERMITS.matcher(snippet.source()))
        .filter(Matcher::find)
        .stream()
        .flatMap(found -> Stream.of(found.group(1).split(",")))
        .map(name -> new Match(name.strip(), CLASS, ""));
  }

  private static int lastWord(String text) {
    int start = text.length();
    while (start > 0 && Character.isJavaIdentifierPart(text.charAt(start - 1))) {
      start--;
    }
    return start;
  }

  private static boolean isMember(String before) {
    return before.stripTrailing().endsWith(".");
  }

  /** What Java can name, without JShell's own names. */
  private static boolean isOffered(String name, String typed) {
    return (SourceVersion.isIdentifier(name) || name.endsWith("."))
        && name.indexOf('$') < 0
        && !name.equals("finalize")
        && (!RESULT_NAME.matcher(name).matches() || typed.startsWith("_"));
  }

  /** JShell offers it for all objects, and it can be called where a class has made it public. */
  private boolean isProtectedClone(Suggestion suggestion, String before) {
    return name(suggestion.continuation()).equals(CLONE)
        && documentation(before + CLONE + "(").stream()
            .anyMatch(one -> Signature.of(one.signature()).name().equals("Object.clone"));
  }

  static boolean isOfEveryObject(String name) {
    return OF_EVERY_OBJECT.contains(name);
  }

  /** The students' own first, and of them the values; what is hardly ever meant last. */
  private static int rank(Suggestion suggestion, Set<String> own) {
    String name = name(suggestion.continuation());
    if (own.contains(name)) {
      return Character.isUpperCase(name.codePointAt(0)) ? 1 : 0;
    }
    return name.endsWith(".") || OF_EVERY_OBJECT.contains(name) || name.equals(OF_EVERY_ENUM)
        ? 3
        : 2;
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
   * Types that would have to be imported, under their whole names: Wirebook's, which what magics
   * give and handlers take is made of, and the JDK's where nothing else is known.
   */
  private static List<String> toImport(String typed, Set<String> known) {
    if (typed.length() < SHORTEST_TO_IMPORT || !Character.isUpperCase(typed.codePointAt(0))) {
      return List.of();
    }
    return Stream.concat(
            OwnTypes.beginning(typed).stream(),
            known.isEmpty() ? JdkTypes.beginning(typed).stream() : Stream.of())
        .filter(name -> !known.contains(name.substring(name.lastIndexOf('.') + 1)))
        .limit(MOST_TO_IMPORT)
        .toList();
  }

  /** The next part of the names of the JDK's packages, which JShell finds late. */
  private static List<Match> packages(String code) {
    Matcher begun = PACKAGE_BEGUN.matcher(code);
    if (!begun.find()) {
      return List.of();
    }
    String qualifier = begun.group("of");
    String start = qualifier + begun.group("typed");
    return begun.group("import") == null && qualifier.isEmpty()
        ? List.of()
        : JdkTypes.packages().stream()
            .filter(name -> name.startsWith(start) && name.length() > qualifier.length())
            .map(name -> name.substring(qualifier.length()).split("\\.")[0] + ".")
            .distinct()
            .sorted()
            .map(name -> new Match(name, MODULE, ""))
            .toList();
  }

  /** Those of the JDK with something to import. */
  private static List<Match> modules(String typed) {
    return ModuleFinder.ofSystem().findAll().stream()
        .map(ModuleReference::descriptor)
        .filter(one -> one.name().startsWith(typed))
        .filter(one -> one.exports().stream().anyMatch(exports -> !exports.isQualified()))
        .map(ModuleDescriptor::name)
        .sorted(
            Comparator.comparing((String name) -> !name.startsWith("java."))
                .thenComparing(name -> name))
        .map(name -> new Match(name, MODULE, ""))
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
        : suggestions(typed, new int[1]).stream()
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
      suggestions(asked, new int[1]).stream()
          .map(Suggestion::continuation)
          .filter(one -> one.indexOf('(') >= 0)
          .map(JavaCompletion::name)
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
    boolean created = CREATED.matcher(before).find();
    List<Match> all = new ArrayList<>();
    for (Match match : matches) {
      boolean called = (match.type().equals(FUNCTION) || created) && System.nanoTime() < end;
      all.add(
          called
              ? new Match(match.text(), match.type(), signature(before + match.text() + "("))
              : match);
    }
    return all;
  }

  /** {@code (int index, E element) void}: the shortest, and how many others there are. */
  private String signature(String call) {
    List<Documentation> found = documentation(call);
    return found.stream()
        .map(one -> Signature.of(one.signature()))
        .filter(Signature::isCall)
        .min(Comparator.comparingInt(one -> Snippets.arguments(one.parameters()).size()))
        .map(one -> one.call() + (found.size() == 1 ? "" : ", and " + (found.size() - 1) + " more"))
        .orElse("");
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
    if (JShellSession.NOTEBOOK_FIELDS.contains(continuation) && !member) {
      return INSTANCE;
    }
    return Character.isUpperCase(continuation.codePointAt(0))
            && !(member && CONSTANT.matcher(continuation).matches())
        ? CLASS
        : INSTANCE;
  }
}
