package wirebook.kernel.java.complaints;

import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jdk.jshell.DeclarationSnippet;
import jdk.jshell.Diag;
import jdk.jshell.MethodSnippet;
import jdk.jshell.Snippet;
import jdk.jshell.SourceCodeAnalysis.QualifiedNames;
import jdk.jshell.VarSnippet;
import wirebook.kernel.java.assist.JavaCompletion;
import wirebook.kernel.java.shell.CompilerFailed;
import wirebook.kernel.java.shell.JShellSession;
import wirebook.kernel.java.shell.JdkTypes;
import wirebook.kernel.java.shell.OwnTypes;
import wirebook.kernel.java.shell.Places;
import wirebook.kernel.java.shell.Snippets;
import wirebook.kernel.java.shell.SourceTree;
import wirebook.kernel.java.shell.TextWork;
import wirebook.kernel.session.Interpreter.Match;
import wirebook.kernel.session.Interpreter.Outcome.Failed;
import wirebook.spi.Span;
import wirebook.spi.Typos;

/** What the compiler says, at its place in the cell, with what may help. */
public final class Complaints {
  private static final String NAME = "CompilationError";

  private static final Pattern SYMBOL = Pattern.compile("symbol: +(variable|method|class) (\\w+)");

  /** How JShell names what a declaration waits for. */
  private static final Pattern MISSING = Pattern.compile("(variable|method|class) (\\w+).*");

  /** What the compiler says of {@code Sytem.out.println()}. */
  private static final Pattern QUALIFIER = Pattern.compile("package (\\w+) does not exist");

  /** What the compiler does not know in {@code import java.utl.List}. */
  private static final Pattern IMPORT =
      Pattern.compile("import\\s+(?:static\\s+)?[\\w.]+\\.(\\w+)\\s*;?\\s*");

  private static final Pattern PRIVATE = Pattern.compile("(\\w+) has private access in (\\w+)");

  /** Their static methods are called as if they were imported. */
  private static final List<Class<?>> CALLED_BARE =
      List.of(
          IO.class, Math.class, Collectors.class, Arrays.class, Collections.class, Thread.class);

  /** What one writes in other languages, and at times in this one. */
  private static final Map<String, String> METHOD_ELSEWHERE =
      Map.of("input", "readLine", "getpass", "readPassword", "range", "IntStream.range");

  private static final Map<String, String> TYPE_ELSEWHERE =
      Map.of("Int", "int", "Bool", "boolean", "bool", "boolean", "str", "String", "let", "var");

  private static final String NOT_EXHAUSTIVE = "compiler.err.not.exhaustive";

  private static final String NOT_APPLICABLE = "compiler.err.cant.apply.symbol";

  /** Of one that is in no class but JShell's, whose name JShell leaves out. */
  private static final Pattern OWN_METHOD =
      Pattern.compile("method (?:<[^>]*>)?\\w+ in class  cannot");

  /** Errors after the first wrong snippet. */
  private static final int MOST_MORE = 10;

  /** For all that is said besides the compiler's own words. */
  private static final Duration LONGEST = Duration.ofSeconds(2);

  /** How the codes of complaints about what a class file has no room for begin. */
  private static final String LIMIT = "compiler.err.limit.";

  private Complaints() {}

  /** Whether a snippet is right and too large for a class file, which JShell does not reject. */
  public static boolean tooLarge(List<Diag> diags) {
    return diags.stream().anyMatch(diag -> diag.getCode().startsWith(LIMIT));
  }

  /**
   * What is wrong with a snippet, and with what follows it. What helps besides the compiler's own
   * words is looked for within a bound.
   *
   * @param offset where {@code source} starts in the run's code
   * @param to where the Java ends that it is a part of
   */
  public static Failed of(
      JShellSession jshell, Source cell, int offset, String source, int to, List<Diag> diags) {
    List<Diag> errors = diags.stream().filter(Diag::isError).toList();
    if (errors.isEmpty()) {
      return ofForm(
          cell,
          offset,
          source,
          "this cannot be compiled",
          source.strip().startsWith("@")
              ? "  what stands behind an @ belongs to a declaration"
              : "");
    }
    List<Diag> ofForm = errors.stream().filter(RestOfCell::isOfForm).toList();
    // What has not its form makes no sense either.
    List<Diag> told = ofForm.isEmpty() ? errors : ofForm;
    try {
      return cell.text()
          .within(
              LONGEST,
              () -> {
                List<String> lines = lines(jshell, cell, offset, source, told, true);
                // Of what has not its form it is not known where it ends.
                int after =
                    ofForm.isEmpty()
                        ? Math.min(offset + source.length(), to)
                        : Math.min(to, span(ofForm.getLast(), offset, source).start() + 1);
                further(jshell, cell, offset, after, to, lines);
                return new Failed(NAME, first(told), lines);
              });
    } catch (TextWork.Ended e) {
      if (e.stopped) {
        throw e;
      }
    } catch (RuntimeException | AssertionError | InternalError e) {
      // The first errors are known, whatever is the matter with the others.
    }
    jshell.freshCompilers();
    return new Failed(NAME, first(told), lines(jshell, cell, offset, source, told, false));
  }

  private static String first(List<Diag> errors) {
    String message = CompilerMessage.of(errors.getFirst());
    return message.lines().findFirst().orElse("") + symbol(message);
  }

  private static List<String> lines(
      JShellSession jshell,
      Source cell,
      int offset,
      String source,
      List<Diag> errors,
      boolean hints) {
    List<String> lines = new ArrayList<>();
    for (Diag diag : errors.stream().limit(MOST_MORE).toList()) {
      String message = CompilerMessage.of(diag);
      List<String> here =
          Failures.excerpt(cell.code(), cell.place(), span(diag, offset, source), message);
      if (added(here, lines) && hints) {
        hint(
                jshell,
                String.valueOf(diag.getCode()),
                source,
                (int) Math.max(0, diag.getPosition()),
                message)
            .ifPresent(lines::add);
      }
    }
    if (errors.size() > MOST_MORE) {
      lines.add(more(errors.size()));
    }
    return lines;
  }

  /** Adds what is wrong below, and is not among the lines. */
  private static void further(
      JShellSession jshell, Source cell, int offset, int after, int to, List<String> lines) {
    List<RestOfCell.Found> more = RestOfCell.errors(jshell, cell.code(), offset, after, to);
    for (RestOfCell.Found found : more.stream().limit(MOST_MORE).toList()) {
      List<String> here =
          Failures.excerpt(cell.code(), cell.place(), found.span(), found.message());
      if (added(here, lines)) {
        hint(jshell, found.code(), cell.code(), found.span().start(), found.message())
            .ifPresent(lines::add);
      }
    }
    if (more.size() > MOST_MORE) {
      lines.add(more(more.size()));
    }
  }

  /** Adds them, unless they are there. */
  private static boolean added(List<String> here, List<String> lines) {
    boolean fresh = Collections.indexOfSubList(plain(lines), plain(here)) < 0;
    if (fresh) {
      lines.addAll(here);
    }
    return fresh;
  }

  private static List<String> plain(List<String> lines) {
    return lines.stream().map(Failures::plain).toList();
  }

  private static String more(int errors) {
    return "… and " + (errors - MOST_MORE) + " more errors";
  }

  /** Of a snippet in which JShell fails, or of which it says nothing. */
  public static Failed ofFailure(Source cell, int offset, String source, CompilerFailed failed) {
    return ofForm(
        cell,
        offset,
        source,
        "the compiler fails in this: " + failed.getMessage(),
        "  write it in another way");
  }

  /** What the parser says of it; what is given when that is nothing. */
  private static Failed ofForm(
      Source cell, int offset, String source, String otherwise, String advice) {
    List<SourceTree.Wrong> errors =
        cell.text().within(LONGEST, () -> SourceTree.errors(source)).stream()
            .limit(MOST_MORE)
            .toList();
    List<String> lines = new ArrayList<>();
    for (SourceTree.Wrong wrong : errors) {
      Span span = new Span(offset + wrong.start(), offset + Math.max(wrong.start(), wrong.end()));
      lines.addAll(Failures.excerpt(cell.code(), cell.place(), span, wrong.message()));
    }
    if (errors.isEmpty()) {
      Span span = new Span(offset, offset + source.stripTrailing().length());
      lines.addAll(Failures.excerpt(cell.code(), cell.place(), span, otherwise));
      if (!advice.isEmpty()) {
        lines.add(advice);
      }
    }
    return new Failed(NAME, errors.isEmpty() ? otherwise : errors.getFirst().message(), lines);
  }

  private static Span span(Diag diag, int offset, String source) {
    int start = (int) Math.max(0, diag.getStartPosition());
    int at = (int) Math.max(start, diag.getPosition());
    int end = (int) Math.max(at, diag.getEndPosition());
    // Of `a.b.c()`, the compiler's place is the dot before what it does not know.
    if (at > start && at + 1 < end && source.startsWith(".", at)) {
      at++;
    }
    return new Span(offset + (at > start ? at : start), offset + end);
  }

  private static String symbol(String message) {
    Matcher m = SYMBOL.matcher(message);
    return m.find() ? ": " + m.group(1) + " " + m.group(2) : "";
  }

  private static Optional<String> hint(
      JShellSession jshell, String code, String source, int at, String message) {
    Optional<String> advice = Advice.on(code, message, source, at);
    if (advice.isPresent()) {
      return advice;
    }
    if (code.startsWith(NOT_EXHAUSTIVE)) {
      return Optional.of(uncovered(jshell, source, at));
    }
    Matcher m = SYMBOL.matcher(message);
    Matcher qualifier = QUALIFIER.matcher(message);
    Matcher imported = IMPORT.matcher(source);
    Matcher hidden = PRIVATE.matcher(message);
    if (hidden.lookingAt()
        && jshell
            .active(hidden.group(2))
            .filter(type -> type.source().contains("record " + hidden.group(2)))
            .isPresent()) {
      return Optional.of("  of a record " + hidden.group(1) + "() gives it, and nothing sets it");
    }
    if (message.startsWith("package ") && imported.matches()) {
      Collection<String> named = typesNamed(imported.group(1));
      return Optional.of(
          named.isEmpty()
              ? "  no library that is here has it: %maven group:artifact:version adds one"
              : importsThatHelp(named));
    }
    if (!m.find()) {
      return qualifier.lookingAt()
          ? hintOnName(jshell, "qualifier", qualifier.group(1), source, at)
          : Optional.empty();
    }
    return hintOnName(jshell, m.group(1), m.group(2), source, at);
  }

  /** What may help with a declaration that waits for {@code missing}: {@code class JFrame}. */
  public static Optional<String> hint(
      JShellSession jshell, DeclarationSnippet waiting, String missing) {
    Matcher m = MISSING.matcher(missing);
    return m.matches()
        ? hintOnName(jshell, m.group(1), m.group(2), waiting.source(), 0)
        : Optional.empty();
  }

  /** What a declaration waits for that JShell has taken and that cannot be used yet. */
  public static String waits(DeclarationSnippet declared, List<String> missing) {
    return declared.name() + " can be used once this is declared: " + String.join(", ", missing);
  }

  private static Optional<String> waiting(JShellSession jshell, String name) {
    return jshell
        .active(name)
        .filter(one -> one instanceof DeclarationSnippet)
        .map(one -> (DeclarationSnippet) one)
        .flatMap(
            one -> {
              List<String> missing = jshell.missing(one);
              return missing.isEmpty() ? Optional.empty() : Optional.of("  " + waits(one, missing));
            });
  }

  private static Optional<String> hintOnName(
      JShellSession jshell, String symbol, String name, String source, int at) {
    Optional<String> waiting = waiting(jshell, name);
    if (waiting.isPresent()) {
      return waiting;
    }
    if (symbol.equals("class") && TYPE_ELSEWHERE.containsKey(name)) {
      return Optional.of(didYouMean(TYPE_ELSEWHERE.get(name)));
    }
    int end = source.indexOf(name, symbol.equals("qualifier") ? 0 : at);
    if (end >= 0 && !symbol.equals("method")) {
      Set<String> imports = typesNamed(name);
      QualifiedNames names =
          jshell.analysis.listQualifiedNames(
              source.substring(0, end + name.length()), end + name.length());
      names.getNames().stream()
          .filter(one -> !one.startsWith("wirebook.shaded."))
          .forEach(imports::add);
      if (!imports.isEmpty() && !names.isResolvable()) {
        return Optional.of(importsThatHelp(imports));
      }
    }
    if (source.substring(0, Math.max(0, end)).stripTrailing().endsWith(".")) {
      // The names of one type are few, and its own.
      List<String> members = members(jshell, source.substring(0, end));
      return Typos.nearest(name, members)
          .or(() -> begun(name, members))
          .map(
              member ->
                  !member.equals(name)
                      ? member
                      : symbol.equals("method") ? name + " without brackets" : name + "()")
          .map(Complaints::didYouMean);
    }
    Optional<String> ofType =
        CALLED_BARE.stream()
            .filter(type -> symbol.equals("method") && hasStatic(type, name))
            .map(type -> didYouMean(type.getSimpleName() + "." + name))
            .findFirst();
    if (ofType.isPresent()) {
      return ofType;
    }
    if (symbol.equals("method") && METHOD_ELSEWHERE.containsKey(name)) {
      return Optional.of(didYouMean(METHOD_ELSEWHERE.get(name)));
    }
    return otherwise(jshell, symbol, name)
        .or(() -> Typos.nearest(name, names(jshell, symbol, name)))
        .map(Complaints::didYouMean)
        .or(() -> Advice.onUnknown(name, source));
  }

  private static boolean hasStatic(Class<?> type, String method) {
    return Stream.of(type.getMethods())
        .anyMatch(one -> one.getName().equals(method) && Modifier.isStatic(one.getModifiers()));
  }

  /** What a switch leaves out, as far as one can name it. */
  private static String uncovered(JShellSession jshell, String source, int at) {
    int selected = Snippets.closingBracket(source, source.indexOf('(', at) + 1);
    int block = source.indexOf('{', selected) + 1;
    Set<String> mentioned =
        Set.copyOf(
            List.of(source.substring(block, Snippets.closingBracket(source, block)).split("\\W+")));
    String label = source.substring(0, block) + " case ";
    List<String> missing =
        new JavaCompletion(jshell, Path.of(""))
            .complete(label, label.length()).matches().stream()
                .map(Match::text)
                .filter(name -> !mentioned.contains(name))
                .toList();
    return missing.isEmpty() || missing.size() > MOST_MORE
        ? "  default -> … covers all that no case without a condition does"
        : "  not covered: " + String.join(", ", missing);
  }

  /** The JDK's, then what magics and handlers give and take. */
  private static Set<String> typesNamed(String name) {
    Set<String> names = new LinkedHashSet<>(JdkTypes.named(name));
    names.addAll(OwnTypes.named(name));
    return names;
  }

  private static String importsThatHelp(Collection<String> names) {
    return "  this import would help: import "
        + String.join(";  or: import ", names.stream().limit(3).toList())
        + ";";
  }

  private static String didYouMean(String name) {
    return "  did you mean " + name + "?";
  }

  /** The shortest of the names that go on after {@code name}. */
  private static Optional<String> begun(String name, List<String> names) {
    return names.stream()
        .filter(one -> name.length() > 1 && one.startsWith(name))
        .min(Comparator.comparingInt(String::length));
  }

  /** A variable that was called, or a method that was not. */
  private static Optional<String> otherwise(JShellSession jshell, String symbol, String name) {
    return switch (symbol) {
      case "method" ->
          jshell.active(name).filter(one -> one instanceof VarSnippet).map(one -> name);
      case "variable" ->
          JShellSession.NOTEBOOK_METHODS.contains(name)
                  || jshell.active(name).filter(one -> one instanceof MethodSnippet).isPresent()
              ? Optional.of(name + "()")
              : Optional.empty();
      default -> Optional.empty();
    };
  }

  /** What could stand in the place of {@code name}. */
  private static List<String> names(JShellSession jshell, String symbol, String name) {
    List<String> known =
        jshell
            .shell
            .snippets()
            .filter(s -> jshell.shell.status(s).isActive())
            .filter(s -> kinds(symbol).contains(s.kind()))
            .map(JShellSession::name)
            .filter(one -> !one.isEmpty() && !one.equals(name))
            .collect(Collectors.toCollection(ArrayList::new));
    if (symbol.equals("method")) {
      known.addAll(JShellSession.NOTEBOOK_METHODS);
    } else {
      boolean any = Character.isUpperCase(name.codePointAt(0));
      boolean type = !symbol.equals("variable");
      JShellSession.IMPORTED.stream()
          .flatMap(one -> JdkTypes.in(one).stream())
          .filter(one -> any || (type && one.equalsIgnoreCase(name)))
          .forEach(known::add);
    }
    return known;
  }

  private static Set<Snippet.Kind> kinds(String symbol) {
    return switch (symbol) {
      case "method" -> Set.of(Snippet.Kind.METHOD);
      case "class" -> Set.of(Snippet.Kind.TYPE_DECL);
      case "variable" -> Set.of(Snippet.Kind.VAR);
      default -> Set.of(Snippet.Kind.VAR, Snippet.Kind.TYPE_DECL);
    };
  }

  /** What may follow upon the text, which ends in a dot. */
  private static List<String> members(JShellSession jshell, String text) {
    return new JavaCompletion(jshell, Path.of(""))
        .complete(text, text.length()).matches().stream().map(Match::text).toList();
  }

  /** One line for a warning. */
  public static String warning(Diag diag, String place, int line, String source) {
    int at = Math.clamp(diag.getPosition(), 0, source.length());
    int row = line + (int) source.substring(0, at).chars().filter(c -> c == '\n').count();
    return place
        + ":"
        + row
        + ": warning: "
        + Places.expunge(diag.getMessage(Locale.ENGLISH))
            .lines()
            .findFirst()
            .orElse("")
            .replace(" in  ", " ");
  }

  /** A method that calls one of the students' own with other arguments: an overload may follow. */
  public static boolean mayFollow(Diag diag) {
    return String.valueOf(diag.getCode()).startsWith(NOT_APPLICABLE)
        && OWN_METHOD.matcher(diag.getMessage(Locale.ENGLISH)).lookingAt();
  }
}
