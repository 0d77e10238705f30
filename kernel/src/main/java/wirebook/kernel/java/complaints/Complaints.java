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
import jdk.jshell.SnippetEvent;
import jdk.jshell.SourceCodeAnalysis.QualifiedNames;
import jdk.jshell.TypeDeclSnippet;
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
import wirebook.spi.Diagnostic;
import wirebook.spi.MagicSpec;
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

  /** The class that JShell puts a snippet into, or that we put several into. */
  private static final Pattern NOWHERE = Pattern.compile("\\s*location: class(?: Rest\\$)?\\s*");

  /** As one writes these types. */
  private static final Pattern JAVA_LANG = Pattern.compile("\\bjava\\.lang\\.(?=[A-Z])");

  /** Their static methods are called as if they were imported. */
  private static final List<Class<?>> CALLED_BARE =
      List.of(
          IO.class, Math.class, Collectors.class, Arrays.class, Collections.class, Thread.class);

  private static final Map<String, String> AS_IN_PYTHON =
      Map.of("input", "readLine", "getpass", "readPassword", "range", "IntStream.range");

  /** A name, and words that do not look like Java's, to the end of the line. */
  private static final Pattern COMMAND =
      Pattern.compile(
          "\\s*(?:[$!]\\s*+)?(?<line>(?<name>[a-z][a-zA-Z0-9]*)"
              + "(?:[ \\t]++(?:(?<=\\bcd[ \\t])|(?![=*/%&|^<>?:.,)\\]]|[+-][\\s(\\d]))(?:[^\\n;{}=]|=(?! ))*+)?)[ \\t]*;?[ \\t]*(?=\\n|$)");

  /** Programs that tutorials have their readers cell, with what no Java goes on with. */
  private static final Pattern PROGRAM =
      Pattern.compile(
          "\\s*(?:[$#]\\s+)?(?<line>(?:ls|ps|whoami|uname|(?:apt|apt-get|awk|bash|brew|cat|chmod|chown|conda|cp|curl"
              + "|diff|docker|echo|export|file|find|git|go|grep|head|java|javac|jq|kill|less|ln|make|man"
              + "|mkdir|mv|mvn|node|npm|npx|openssl|pip|pip3|pkill|printf|ps|python|python3|rm|rmdir|sed"
              + "|sh|sleep|source|sudo|tail|tar|tee|touch|unzip|wget|which|wsl|ls)(?=[ \\t]))"
              + "(?:[ \\t]++(?![-+*/%&|^<>?:=]{1,3}[\\s(]|[-+]\\d|[=.)\\](])[^\\n]*)?)(?=\\n|$)");

  /** What begins a script of the shell, and nothing of Java's. */
  private static final Pattern SCRIPT =
      Pattern.compile(
          "\\s*(?<line>(?:for[ \\t]+\\w+[ \\t]+in[ \\t][^\\n]*?|(?:while|until)[ \\t][^\\n]*?;[ \\t]*)\\bdo\\b[^\\n]*"
              + "|[A-Za-z_]\\w*=(?:(?:\\$\\(|`)[^\\n]*"
              + "|[^\\s=;][^\\n;]*(?=\\n\\s*(?:curl|dig|echo|export|ssh|wget|docker|kubectl|python3?)[ \\t])))(?=\\n|$)");

  /** What stands in a terminal or a notebook before code, and a stack trace. */
  private static final Pattern COPIED =
      Pattern.compile(
          "\\s*(?<line>(?<prompt>jshell>|>>>|In \\[\\d*\\]:|Out\\[\\d*\\]:|\\$(?= )|[\\w.-]+@[\\w.-]+:\\S*[$#]|[A-Z]:\\\\[^>\\n]*>)[^\\n]*"
              + "|(?:Exception in thread \"|Caused by: [a-z]+\\.|at [\\w.$/]+\\.[\\w$<>]+\\([\\w ]+(?:\\.java)?(?::\\d+)?\\))[^\\n]*)(?=\\n|$)");

  private static final String NOT_EXHAUSTIVE = "compiler.err.not.exhaustive";

  private static final String NOT_APPLICABLE = "compiler.err.cant.apply.symbol";

  /** Of one that is in no class but JShell's, whose name JShell leaves out. */
  private static final Pattern OWN_METHOD =
      Pattern.compile("method (?:<[^>]*>)?\\w+ in class  cannot");

  /** Where the name of JShell's own class was. */
  private static final Pattern HOLE = Pattern.compile(" in class (?= |$)");

  /** What the numbers of types beside it say as well. */
  private static final String LENGTHS_DIFFER = "actual and formal argument lists differ in length";

  /** How the compiler begins the lines below its first. */
  private static final Pattern DETAIL = Pattern.compile("^(\\w+): +");

  private static final Pattern SAME_NAME = Pattern.compile("\\b(\\S+) cannot be converted to \\1$");

  private static final String INCOMPATIBLE = "compiler.err.prob.found.req";

  /** Errors after the first wrong snippet. */
  private static final int MOST_MORE = 10;

  /** Of one error, such as one that lists the many methods that do not fit. */
  private static final int MOST_LINES = 17;

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
    String message = message(errors.getFirst());
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
      String message = message(diag);
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

  /**
   * Of a line that is a magic or a command but for its sign, as in a terminal, and of a magic
   * within a statement; else empty.
   */
  public static Optional<Failed> command(
      List<MagicSpec> magics, Source cell, int offset, String source) {
    Optional<Span> within = Unheeded.magic(magics, cell.code(), source, offset);
    if (within.isPresent()) {
      String name = cell.code().substring(within.get().start(), within.get().end());
      return Optional.of(
          Failures.of(
              new Diagnostic(
                  NAME,
                  within.get(),
                  "a magic begins a line, outside of blocks and of statements",
                  "lineMagic(\"" + name.replace("%", "") + "\", List.of(…)) here"),
              cell.code(),
              cell.place()));
    }
    Matcher magic = COMMAND.matcher(source);
    Matcher program = PROGRAM.matcher(source);
    Matcher script = SCRIPT.matcher(source);
    Matcher copied = COPIED.matcher(source);
    Matcher m;
    String advice;
    if (magic.lookingAt()
        && magics.stream().anyMatch(one -> one.name().equals(magic.group("name")))) {
      m = magic;
      advice = "a magic begins with %: %" + m.group("line").strip();
    } else if (program.lookingAt()) {
      m = program;
      advice =
          "a command of the shell begins with !: !"
              + m.group("line").strip()
              + "  (for several, %%bash is the cell's first line)";
    } else if (script.lookingAt()) {
      m = script;
      advice = "the shell's own language goes below %%bash, as the cell's first line";
    } else if (copied.lookingAt()) {
      m = copied;
      advice =
          copied.group("prompt") == null
              ? "it is what a program printed"
              : "leave the prompt " + copied.group("prompt").strip() + " out, and what was printed";
    } else {
      return Optional.empty();
    }
    String line = m.group("line").strip();
    Span place = new Span(offset + m.start("line"), offset + m.start("line") + line.length());
    List<String> lines =
        new ArrayList<>(Failures.excerpt(cell.code(), cell.place(), place, "this is no Java"));
    lines.add("  " + advice);
    return Optional.of(new Failed(NAME, "this is no Java: " + advice, lines));
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

  static String message(Diag diag) {
    List<String> lines =
        Places.expunge(diag.getMessage(Locale.ENGLISH))
            .lines()
            .filter(line -> !NOWHERE.matcher(line).matches())
            .map(line -> HOLE.matcher(line).replaceAll(""))
            .map(line -> JAVA_LANG.matcher(line).replaceAll("").replace("<nulltype>", "null"))
            .toList();
    if (String.join("", lines).isBlank()) {
      // Of a compiler that was stopped within another text.
      return "this cannot be compiled";
    }
    return String.join("\n", lines.subList(0, Math.min(lines.size(), MOST_LINES)))
        + (lines.size() > MOST_LINES
            ? "\n… and " + (lines.size() - MOST_LINES) + " more lines"
            : "");
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
    if (symbol.equals("method") && AS_IN_PYTHON.containsKey(name)) {
      return Optional.of(didYouMean(AS_IN_PYTHON.get(name)));
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

  /**
   * What a declaration that replaces another one has done to those that use it. JShell has an event
   * for a variable that is gone, and none for a method whose body is wrong now.
   *
   * @param unusable what could not be called before either
   */
  public static Stream<String> broken(
      JShellSession jshell, List<SnippetEvent> events, Set<DeclarationSnippet> unusable) {
    Snippet main = events.getFirst().snippet();
    List<VarSnippet> variables =
        events.stream()
            .skip(1)
            .filter(event -> event.status() == Snippet.Status.RECOVERABLE_NOT_DEFINED)
            .map(SnippetEvent::snippet)
            .filter(one -> one instanceof VarSnippet)
            .map(one -> (VarSnippet) one)
            .filter(one -> jshell.shell.status(one) == Snippet.Status.RECOVERABLE_NOT_DEFINED)
            .toList();
    List<String> ofBefore =
        variables.stream()
            .filter(one -> isOf(main, one) && !isWrong(jshell, one))
            .map(VarSnippet::name)
            .toList();
    List<String> told = new ArrayList<>();
    if (!ofBefore.isEmpty()) {
      told.add(
          String.join(", ", ofBefore)
              + (ofBefore.size() == 1 ? " is gone, as it was of the " : " are gone, being of the ")
              + JShellSession.name(main)
              + " before this one: run again what made "
              + (ofBefore.size() == 1 ? "it" : "them"));
    }
    variables.stream()
        .filter(one -> !ofBefore.contains(one.name()))
        .map(
            one ->
                one.name()
                    + " is gone, as "
                    + (isOf(main, one)
                        ? "it was of the "
                            + JShellSession.name(main)
                            + " before this one, and its declaration"
                        : "its declaration")
                    + " is wrong now: "
                    + why(jshell, one))
        .forEach(told::add);
    jshell.unfinished().stream()
        .filter(one -> one != main && !unusable.contains(one))
        .map(
            one ->
                one.name()
                    + (one instanceof MethodSnippet
                        ? " cannot be called any more: "
                        : " cannot be used any more: ")
                    + why(jshell, one))
        .forEach(told::add);
    List<String> keepers = keepers(jshell, events.getFirst());
    if (!keepers.isEmpty()) {
      told.add(
          String.join(", ", keepers)
              + " may still hold what was made of the "
              + JShellSession.name(main)
              + " before this one, which is another class: run again what made "
              + (keepers.size() == 1 ? "it" : "them"));
    }
    return told.stream();
  }

  /** Variables, collections for the most part, that objects of a type's earlier class may be in. */
  private static List<String> keepers(JShellSession jshell, SnippetEvent main) {
    if (!(main.snippet() instanceof TypeDeclSnippet type) || !main.isSignatureChange()) {
      return List.of();
    }
    Pattern name = Pattern.compile("<.*\\b" + Pattern.quote(type.name()) + "\\b");
    return jshell.variables().stream()
        .filter(one -> name.matcher(one.typeName()).find())
        .map(VarSnippet::name)
        .toList();
  }

  /** A method that calls one of the students' own with other arguments: an overload may follow. */
  public static boolean mayFollow(Diag diag) {
    return String.valueOf(diag.getCode()).startsWith(NOT_APPLICABLE)
        && OWN_METHOD.matcher(diag.getMessage(Locale.ENGLISH)).lookingAt();
  }

  public static String cannotBeCalled(JShellSession jshell, DeclarationSnippet declared) {
    return declared.name() + " cannot be called: " + why(jshell, declared);
  }

  private static boolean isOf(Snippet type, VarSnippet variable) {
    return type instanceof TypeDeclSnippet declared
        && Pattern.compile("\\b" + Pattern.quote(declared.name()) + "\\b")
            .matcher(variable.typeName())
            .find();
  }

  /** Whether more is wrong with a variable than that its value is not of a type as it is now. */
  private static boolean isWrong(JShellSession jshell, VarSnippet variable) {
    return jshell
        .shell
        .diagnostics(variable)
        .filter(Diag::isError)
        .anyMatch(diag -> !String.valueOf(diag.getCode()).startsWith(INCOMPATIBLE));
  }

  private static String why(JShellSession jshell, DeclarationSnippet snippet) {
    List<String> missing = jshell.missing(snippet);
    return missing.isEmpty()
        ? jshell
            .shell
            .diagnostics(snippet)
            .filter(Diag::isError)
            .map(diag -> inOneLine(message(diag)))
            .findFirst()
            .orElse("it does not compile")
        : "there is no " + String.join(", no ", missing);
  }

  /** {@code cannot be applied to given types: required int,int; found int}. */
  private static String inOneLine(String message) {
    List<String> lines = message.lines().map(String::strip).toList();
    Stream<String> details =
        lines.stream()
            .skip(1)
            .filter(line -> !line.endsWith(LENGTHS_DIFFER))
            .map(line -> DETAIL.matcher(line).replaceFirst("$1 "));
    String first =
        SAME_NAME
            .matcher(lines.getFirst().replaceFirst(";$", ""))
            .replaceFirst("a $1 of before is no $1 of now");
    return lines.size() == 1 ? first : first + ": " + details.collect(Collectors.joining("; "));
  }

  /** A method was called whose body uses what is not declared. */
  public static Failed unresolved(JShellSession jshell, int id) {
    String message =
        jshell
            .unresolved(id)
            .map(
                s ->
                    jshell.missing(s).isEmpty()
                        ? cannotBeCalled(jshell, s)
                        : s.name()
                            + " cannot run before this is declared: "
                            + String.join(", ", jshell.missing(s)))
            .orElse("a method cannot run before all that it uses is declared");
    return Failures.of("UnresolvedReference", message, List.of());
  }
}
