package wirebook.kernel.java.shell;

import java.io.File;
import java.lang.reflect.Member;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jdk.jshell.DeclarationSnippet;
import jdk.jshell.JShell;
import jdk.jshell.Snippet;
import jdk.jshell.SnippetEvent;
import jdk.jshell.SourceCodeAnalysis;
import jdk.jshell.VarSnippet;
import jdk.jshell.spi.ExecutionControl;
import jdk.jshell.spi.ExecutionControlProvider;
import jdk.jshell.spi.ExecutionEnv;
import wirebook.kernel.worker.handle.Worker;
import wirebook.kernel.worker.inside.Notebook;

/** A worker and the JShell that compiles for it. They live and die together. */
public final class JShellSession implements AutoCloseable {
  /** The packages that every cell has imported. */
  public static final List<String> IMPORTED =
      List.of(
          "java.lang",
          "java.io",
          "java.math",
          "java.net",
          "java.net.http",
          "java.nio.file",
          "java.time",
          "java.util",
          "java.util.concurrent",
          "java.util.function",
          "java.util.prefs",
          "java.util.regex",
          "java.util.stream");

  private static final List<String> IMPORTS =
      Stream.concat(
              IMPORTED.stream().skip(1).map(name -> "import " + name + ".*;"),
              Stream.of("import static " + Notebook.class.getName() + ".*;"))
          .toList();

  /** With the names of local variables, which exceptions are told with. */
  private static final List<String> OPTIONS = List.of("-Xlint:deprecation", "-g");

  private static final String STATIC_IMPORT = "compiler.err.static.imp.only.classes.and.interfaces";

  /** What the static import brings in. */
  public static final Set<String> NOTEBOOK_METHODS = names(Notebook.class.getMethods());

  public static final Set<String> NOTEBOOK_FIELDS = names(Notebook.class.getFields());

  private static final Set<String> NOTEBOOK =
      Stream.of(NOTEBOOK_METHODS, NOTEBOOK_FIELDS)
          .flatMap(Set::stream)
          .collect(Collectors.toUnmodifiableSet());

  /** Held while JShell is used; see {@link WorkerControl#request}. */
  public final ReentrantLock lock = new ReentrantLock();

  public final Worker worker;
  public final WorkerControl control;
  public final JShell shell;
  public final SourceCodeAnalysis analysis;
  public final Places places = new Places();

  /** What of the worker's lab is no longer as it was at first, as the last magic told. */
  public volatile List<String> lab = List.of();

  private final Optional<MentionedImports> imports;
  private final Optional<ShellInternals> internals;

  /** The kernel process has no more, and where there is more it is not to be used either. */
  private static final long USUAL_HEAP = 384L << 20;

  /** Uses of JShell from one look at the memory to the next. */
  private static final int SELDOM = 50;

  private int sinceSpared = SELDOM;

  private final AtomicBoolean indexing = new AtomicBoolean();

  /** What was added to the class path, and has not been looked at for its sources. */
  private final List<Path> added = new ArrayList<>();

  private final List<String> forgotten = new ArrayList<>();

  private final AtomicBoolean toldNoSources = new AtomicBoolean();

  /**
   * Makes a JShell and returns when the worker is started as well.
   *
   * @param starting the worker, which may be on its way
   * @throws java.util.concurrent.CompletionException when it could not be started
   */
  public JShellSession(CompletableFuture<Worker> starting, List<String> compilerOptions) {
    control = new WorkerControl(starting, lock);
    shell =
        JShell.builder()
            .executionEngine(new Engine(control), Map.of())
            .compilerOptions(
                Stream.concat(OPTIONS.stream(), compilerOptions.stream()).toArray(String[]::new))
            .tempVariableNameGenerator(control::resultName)
            .fileManager(CompileClassPath::new)
            .build();
    internals = ShellInternals.of(shell);
    internals.ifPresent(ShellInternals::shareCompiler);
    imports = MentionedImports.into(shell, IMPORTS, NOTEBOOK);
    imports.ifPresent(i -> i.changesClassesBy(control));
    if (imports.isEmpty()) {
      IMPORTS.forEach(shell::eval);
    }
    analysis = shell.sourceCodeAnalysis();
    internals.ifPresent(i -> i.indexing(analysis, false));
    internals.ifPresent(i -> control.onFailedInitialiser(i::outdate));
    worker = starting.join();
  }

  /** The snippet that is being evaluated, once its code runs. */
  public Optional<Snippet> evaluating() {
    return imports.flatMap(MentionedImports::evaluating);
  }

  private static Set<String> names(Member[] members) {
    return Stream.of(members)
        .filter(member -> Modifier.isStatic(member.getModifiers()))
        .map(Member::getName)
        .collect(Collectors.toUnmodifiableSet());
  }

  /**
   * Evaluates one snippet.
   *
   * @throws CompilerFailed when JShell fails in it
   */
  public List<SnippetEvent> eval(String source) {
    List<SnippetEvent> events;
    try {
      events = evalOnce(source);
    } catch (TextWork.Ended e) {
      freshCompilers();
      throw e;
    } catch (RuntimeException | AssertionError | InternalError e) {
      if (control.isDead() || CompilerFailed.isTooDeep(e)) {
        throw e;
      }
      return evalAlone(source).orElseThrow(() -> new CompilerFailed(e));
    }
    return isOfOthers(events, source) ? evalAlone(source).orElse(events) : events;
  }

  private List<SnippetEvent> evalOnce(String source) {
    return imports.map(i -> i.eval(source)).orElseGet(() -> shell.eval(source));
  }

  /** Two overloads that wait for different names: JShell imports one that is not there. */
  private boolean isOfOthers(List<SnippetEvent> events, String source) {
    return !events.isEmpty()
        && events.getFirst().status() != Snippet.Status.VALID
        && !source.contains("import")
        && shell
            .diagnostics(events.getFirst().snippet())
            .anyMatch(diag -> String.valueOf(diag.getCode()).equals(STATIC_IMPORT));
  }

  /**
   * Evaluates a snippet without the declarations that wait for something, which JShell would
   * compile again along with it, and declares them again. Among them are those that it fails in;
   * one that cannot be declared again is left out. Empty when that does not help.
   */
  private Optional<List<SnippetEvent>> evalAlone(String source) {
    freshCompilers();
    List<DeclarationSnippet> waiting = unfinished();
    waiting.forEach(one -> tried(() -> shell.drop(one)));
    Optional<List<SnippetEvent>> events =
        waiting.isEmpty() ? Optional.empty() : tried(() -> evalOnce(source));
    for (DeclarationSnippet one : waiting) {
      tried(() -> evalOnce(one.source()))
          .ifPresentOrElse(
              again -> again.forEach(event -> places.moved(analysis, event.snippet())),
              () -> forgotten.add(name(one)));
    }
    return events;
  }

  /** The names of declarations that JShell has failed in, and that are no longer there. */
  public List<String> takeForgotten() {
    List<String> names = List.copyOf(forgotten);
    forgotten.clear();
    return names;
  }

  private Optional<List<SnippetEvent>> tried(Supplier<List<SnippetEvent>> work) {
    try {
      return Optional.of(work.get());
    } catch (TextWork.Ended e) {
      throw e;
    } catch (RuntimeException | AssertionError | InternalError e) {
      freshCompilers();
      return Optional.empty();
    }
  }

  /**
   * Asks JShell about text that it does not run, and in which nothing of the session has to be
   * known that it does not mention.
   *
   * @param begun the start of names that have to be known as well
   */
  public <T> T mentioning(String text, Optional<String> begun, Supplier<T> question) {
    return imports.isPresent() ? imports.get().mentioning(text, begun, question) : question.get();
  }

  /**
   * Lets JShell look for the names of all classes, which completion and complaints want. That takes
   * much of a processor's time, and 12 MB.
   */
  public void index() {
    if (indexing.compareAndSet(false, true)) {
      internals.ifPresent(i -> i.indexing(analysis, true));
    }
  }

  /** What was compiled last was too large for a class file. */
  public void tooLarge(Snippet snippet) {
    // Else it would be compiled again with the next.
    shell.drop(snippet);
    freshCompilers();
  }

  /**
   * Before the heap is full: the compilers are forgotten, which keep what they have read of the
   * classes of all cells, once that is much of it. Else a session of 600 variables with mistakes
   * and completion comes to spend its time on collecting garbage after 700 cells. New ones have to
   * read those classes again, which takes seconds then, so this is done now and then only.
   */
  public void spareMemory() {
    sinceSpared++;
    long most = Math.min(Runtime.getRuntime().maxMemory(), USUAL_HEAP);
    if (sinceSpared > SELDOM && used() > most / 100 * 85) {
      sinceSpared = 0;
      System.gc();
      if (used() > most / 100 * 65) {
        freshCompilers();
      }
    }
  }

  private static long used() {
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  /** All that is wrong with a snippet is told. JShell keeps each that it was ever given. */
  public void told(Snippet snippet) {
    if (!shell.status(snippet).isActive()) {
      internals.ifPresent(i -> i.empty(snippet));
    }
  }

  /** The declaration whose code was called and cannot run. */
  public Optional<DeclarationSnippet> unresolved(int index) {
    return internals.flatMap(i -> i.unresolved(index));
  }

  /** Forgets the compilers that were used: one that failed in a class file fails in the next. */
  public void freshCompilers() {
    internals.ifPresent(ShellInternals::freshCompilers);
  }

  /** Whether that was wanted already. */
  public boolean indexed() {
    return indexing.get();
  }

  /** Evaluates once what a small cell needs, so that the first cell does not wait for it. */
  public void warmUp() {
    control.prepare(false, () -> {});
    for (Snippet snippet : eval("1 + 1").stream().map(event -> event.snippet()).toList()) {
      shell.drop(snippet);
    }
  }

  /** Imports, types and methods, in the order in which they were declared. */
  public List<String> declarations() {
    List<String> sources = new ArrayList<>();
    shell
        .snippets()
        .skip(IMPORTS.size())
        .filter(snippet -> shell.status(snippet).isActive())
        .filter(
            snippet ->
                switch (snippet.kind()) {
                  case IMPORT, TYPE_DECL, METHOD -> true;
                  case VAR, EXPRESSION, STATEMENT, ERRONEOUS -> false;
                })
        .forEach(snippet -> sources.add(snippet.source()));
    return sources;
  }

  /** Methods and types that cannot be used, as something in them is not declared, or is wrong. */
  public List<DeclarationSnippet> unfinished() {
    return Stream.<DeclarationSnippet>concat(shell.methods(), shell.types())
        .filter(one -> shell.status(one).isActive())
        .filter(one -> shell.status(one) != Snippet.Status.VALID)
        .toList();
  }

  /** Whether a method or a type has one of these names in it. */
  public boolean declarationsMention(List<String> names) {
    return declarations().stream()
        .anyMatch(one -> !Collections.disjoint(MentionedImports.words(one), names));
  }

  /** What a declaration waits for: {@code method twice(int)}. */
  public List<String> missing(DeclarationSnippet declared) {
    return shell.unresolvedDependencies(declared).toList();
  }

  /** The variables that students named and that have values. */
  public List<VarSnippet> variables() {
    return shell
        .variables()
        .filter(v -> shell.status(v) == Snippet.Status.VALID)
        .filter(v -> v.subKind() != Snippet.SubKind.TEMP_VAR_EXPRESSION_SUBKIND)
        .toList();
  }

  /** As text, which its own toString() makes; empty when that fails. */
  public String value(VarSnippet variable) throws Worker.Died {
    try {
      return shell.varValue(variable);
    } catch (IllegalStateException e) {
      control.alive();
      throw e;
    }
  }

  /**
   * For cells and for the compiler, in one go: the compiler reads its whole path anew each time.
   */
  public void addToClassPath(List<Path> paths) {
    if (!paths.isEmpty()) {
      shell.addToClasspath(
          paths.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator)));
      added.addAll(paths);
      internals.ifPresent(ShellInternals::shareCompiler);
    }
  }

  /**
   * Lets the documentation of added jars be found whose sources are beside them, as Maven names
   * them.
   */
  public void findSources() {
    List<Path> found =
        added.stream()
            .map(jar -> jar.resolveSibling(sourcesOf(jar)))
            .filter(Files::isReadable)
            .toList();
    added.clear();
    if (!found.isEmpty()) {
      internals.ifPresent(i -> i.documentFrom(analysis, found));
    }
  }

  private static String sourcesOf(Path jar) {
    return jar.getFileName().toString().replaceFirst("\\.jar$", "") + "-sources.jar";
  }

  /** Whether it is to be told that Java has no sources, which once is enough for. */
  public boolean tellsNoSources() {
    return !Files.isReadable(JdkTypes.SOURCES) && !toldNoSources.getAndSet(true);
  }

  public Optional<Snippet> active(String name) {
    return shell
        .snippets()
        .filter(s -> shell.status(s).isActive())
        .filter(s -> name(s).equals(name))
        .findFirst();
  }

  public static String name(Snippet snippet) {
    return snippet instanceof jdk.jshell.DeclarationSnippet declared ? declared.name() : "";
  }

  @Override
  public void close() {
    worker.close();
  }

  private record Engine(ExecutionControl control) implements ExecutionControlProvider {
    @Override
    public String name() {
      return "wirebook";
    }

    @Override
    public ExecutionControl generate(ExecutionEnv env, Map<String, String> parameters) {
      return control;
    }
  }
}
