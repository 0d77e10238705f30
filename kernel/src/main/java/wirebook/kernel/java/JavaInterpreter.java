package wirebook.kernel.java;

import java.net.URLClassLoader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.SortedMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import jdk.jshell.DeclarationSnippet;
import jdk.jshell.Diag;
import jdk.jshell.ExpressionSnippet;
import jdk.jshell.Snippet;
import jdk.jshell.SnippetEvent;
import jdk.jshell.SourceCodeAnalysis.CompletionInfo;
import jdk.jshell.VarSnippet;
import org.jspecify.annotations.Nullable;
import wirebook.kernel.cell.CellParser;
import wirebook.kernel.cell.Part;
import wirebook.kernel.cell.Template;
import wirebook.kernel.cell.WordSplitter;
import wirebook.kernel.session.CellOutput;
import wirebook.kernel.session.CellOutput.Stream;
import wirebook.kernel.session.Comms;
import wirebook.kernel.session.Interpreter;
import wirebook.kernel.session.Interpreter.Outcome.Done;
import wirebook.kernel.session.Interpreter.Outcome.Failed;
import wirebook.kernel.worker.Message;
import wirebook.kernel.worker.Message.Ending;
import wirebook.kernel.worker.Worker;
import wirebook.spi.Diagnostic;
import wirebook.spi.Magic;
import wirebook.spi.MagicSpec;
import wirebook.spi.MimeBundle;
import wirebook.spi.Span;
import wirebook.spi.Word;

/**
 * Runs cells: Java by JShell, which compiles here and runs in a worker process, and magics in that
 * process too. A worker that died is replaced, and the cell it died in says what was lost.
 */
public final class JavaInterpreter implements Interpreter {
  /** From a stop to the end of the worker, when nothing gentler has stopped the cell. */
  private static final long LAST_RUNG_MILLIS = 900;

  private static final long PAUSE_MILLIS = 1000;

  /** Code with none of this ends soon, so its classes need no stop checks. */
  private static final Pattern MAY_RUN_LONG =
      Pattern.compile("\\b(?:for|while|do)\\b|->|\\{|\\\\u");

  private final Path directory;
  private final Map<String, String> environment;
  private final AtomicInteger cells = new AtomicInteger();
  private final SortedMap<Integer, String> history = new ConcurrentSkipListMap<>();
  private final Libraries libraries = new Libraries();
  private volatile Optional<List<MagicSpec>> specs = Optional.empty();
  private final PeerSettings settings;
  private final CellAssistance assistance;

  /** What runs before the next cell. */
  private final List<PeerSettings.Script> startup = new ArrayList<>();

  private final Outputs outputs =
      new Outputs(
          this::threadFailed,
          new Outputs.Calls() {
            @Override
            public void called(Worker worker, Message.CallMagic call) {
              answer(worker, call.ticket(), () -> magicCalled(call));
            }

            @Override
            public void evaluate(Worker worker, Message.Evaluate request) {
              answer(worker, request.ticket(), () -> evaluated(request));
            }
          },
          text -> session().places.printed(text));

  /** The variable with the value that a cell gave last. */
  private Optional<String> lastResult = Optional.empty();

  private final Set<String> toldWarnings = new LinkedHashSet<>();
  private volatile CompletableFuture<JShellSession> session;

  /** One a thread that calls this; they use the worker's lanes with the smallest free numbers. */
  private final Set<Run> running = ConcurrentHashMap.newKeySet();

  private final BitSet lanes = new BitSet();
  private volatile boolean closed;

  /**
   * One execution, or the part of it that runs other text than the cell's, a file's for example.
   */
  private static final class Run {
    final int id;
    final int number;
    final boolean store;
    final String code;
    final CellOutput output;

    /** Whether it ended by itself; if not, its worker is killed. */
    final CompletableFuture<Boolean> ended;

    final AtomicBoolean stopped;

    /** Where it runs, as soon as it does. */
    final AtomicReference<@Nullable JShellSession> shell;

    /** What the magic before gave, of those that run here. */
    Optional<List<String>> given = Optional.empty();

    /** Whether it is stopped because it took too long. */
    final AtomicBoolean overdue;

    /**
     * Whether there is a value, for who wants the object itself; empty for those that are to be
     * shown.
     */
    final Optional<AtomicBoolean> object;

    /** One whose value is not shown, and stays in the worker. */
    static Run forObject(int id, Run outer, String code) {
      return new Run(
          id,
          outer.number,
          false,
          code,
          outer.output,
          new CompletableFuture<>(),
          new AtomicBoolean(),
          new AtomicReference<>(),
          new AtomicBoolean(),
          Optional.of(new AtomicBoolean()));
    }

    Run(int id, int number, boolean store, String code, CellOutput output) {
      this(
          id,
          number,
          store,
          code,
          output,
          new CompletableFuture<>(),
          new AtomicBoolean(),
          new AtomicReference<>(),
          new AtomicBoolean(),
          Optional.empty());
    }

    private Run(
        int id,
        int number,
        boolean store,
        String code,
        CellOutput output,
        CompletableFuture<Boolean> ended,
        AtomicBoolean stopped,
        AtomicReference<@Nullable JShellSession> shell,
        AtomicBoolean overdue,
        Optional<AtomicBoolean> object) {
      this.id = id;
      this.number = number;
      this.store = store;
      this.code = code;
      this.output = output;
      this.ended = ended;
      this.stopped = stopped;
      this.shell = shell;
      this.overdue = overdue;
      this.object = object;
    }

    /** Returns whether it did so before its worker had to be killed. */
    boolean end() {
      synchronized (ended) {
        return ended.complete(true) || ended.join();
      }
    }

    void killUnlessEnded(Worker worker) {
      synchronized (ended) {
        if (ended.complete(false)) {
          worker.kill();
        }
      }
    }

    Run with(String text) {
      return new Run(id, number, store, text, output, ended, stopped, shell, overdue, object);
    }
  }

  /** Ends a cell early. */
  static final class CellFailed extends Exception {
    private static final long serialVersionUID = 1L;

    final transient Failed failed;

    CellFailed(Failed failed) {
      super(failed.message(), null, false, false);
      this.failed = failed;
    }
  }

  /** Starts a worker in this process's directory, and returns at once. */
  public JavaInterpreter() {
    this(Path.of("").toAbsolutePath(), Map.of());
  }

  /**
   * Starts a worker, and returns at once.
   *
   * @param directory where the relative paths of cells start
   * @param environment what is added to this process's for the cells
   */
  public JavaInterpreter(Path directory, Map<String, String> environment) {
    this.directory = directory;
    this.environment = Map.copyOf(environment);
    Map<String, String> all = new HashMap<>(System.getenv());
    all.putAll(environment);
    settings = PeerSettings.of(all, directory);
    assistance = new CellAssistance(this::session, this::specs, history.values(), directory);
    libraries.add(settings.classPath());
    startup.addAll(settings.startup());
    session = begin(List.of());
  }

  /** Starts a worker and a JShell, in which {@code declarations} are there already. */
  private CompletableFuture<JShellSession> begin(List<String> declarations) {
    CompletableFuture<Worker> worker = new CompletableFuture<>();
    CompletableFuture<JShellSession> begun = new CompletableFuture<>();
    List<Path> added = libraries.paths();
    Thread.ofPlatform()
        .daemon()
        .name("jshell")
        .start(
            () -> {
              try {
                JShellSession fresh = new JShellSession(worker, settings.compilerOptions());
                fresh.lock.lock();
                try {
                  fresh.addToClassPath(added);
                  declarations.forEach(fresh::eval);
                  begun.complete(fresh);
                  if (running.isEmpty()) {
                    fresh.warmUp();
                  }
                } finally {
                  fresh.lock.unlock();
                }
                indexWhenIdle(fresh, cells.get());
              } catch (RuntimeException | Error e) {
                begun.completeExceptionally(e);
              }
            });
    try {
      worker.complete(
          Worker.start(WorkerOptions.ofThisMachine(settings), directory, environment, outputs));
    } catch (RuntimeException | Error e) {
      worker.completeExceptionally(e);
      throw e;
    }
    return begun;
  }

  /** In the first pause: while cells run one after the other, what is not for them can wait. */
  private void indexWhenIdle(JShellSession jshell, int seen) {
    CompletableFuture.delayedExecutor(PAUSE_MILLIS, TimeUnit.MILLISECONDS)
        .execute(
            () -> {
              int now = cells.get();
              if (now == seen && running.isEmpty()) {
                jshell.index();
              } else if (!closed && !jshell.indexed()) {
                indexWhenIdle(jshell, now);
              }
            });
  }

  private JShellSession session() {
    return session.join();
  }

  @Override
  public Outcome execute(CellRequest request, CellOutput output) {
    return run(
        request.executionCount(),
        request.storeHistory() && !request.silent(),
        request.code(),
        output);
  }

  @Override
  public Outcome evaluate(String expression, CellOutput output) {
    return run(0, false, expression, output);
  }

  private Outcome run(int number, boolean store, String code, CellOutput output) {
    Run run = new Run(cells.incrementAndGet(), number, store, code, output);
    return run(
        run,
        () -> {
          if (store) {
            history.put(number, code);
            session().worker.sendLater(new Message.Remember(number, code));
          }
          startUp(run);
          return runParts(run);
        });
  }

  private interface Work {
    Optional<MimeBundle> run() throws CellFailed, Worker.Died;
  }

  private Outcome run(Run run, Work work) {
    outputs.open(run.id, run.output);
    running.add(run);
    int lane = takeLane();
    try {
      if (lane > 0) {
        session().worker.sendLater(new Message.Enter(run.id, lane));
      }
      Outcome outcome = outcome(work);
      if (!run.end()) {
        // It came too late. The next cell is not to be hit by the death of the worker.
        session().worker.request(Message.Await::new);
      }
      return outcome;
    } catch (Worker.Died e) {
      JShellSession used = run.shell.get();
      return replaceWorker(run, used == null ? session() : used, e);
    } catch (CompletionException e) {
      return Failures.of("WorkerNotStarted", String.valueOf(e.getCause()), List.of());
    } finally {
      giveLane(lane);
      running.remove(run);
      run.end();
    }
  }

  private static Outcome outcome(Work work) throws Worker.Died {
    try {
      return new Done(work.run());
    } catch (CellFailed e) {
      return e.failed;
    }
  }

  private synchronized int takeLane() {
    int lane = lanes.nextClearBit(0);
    lanes.set(lane);
    return lane;
  }

  private synchronized void giveLane(int lane) {
    lanes.clear(lane);
  }

  /** Runs what the environment names, once. A mistake there is told, and the cell runs on. */
  private void startUp(Run run) throws Worker.Died {
    if (!startup.isEmpty()) {
      List<PeerSettings.Script> scripts = List.copyOf(startup);
      startup.clear();
      settings
          .complaints()
          .forEach(complaint -> run.output.stream(Stream.STDERR, complaint + "\n"));
      for (PeerSettings.Script script : scripts) {
        try {
          runParts(run.with(script.code()));
        } catch (CellFailed e) {
          run.output.stream(
              Stream.STDERR,
              script.origin()
                  + ":\n"
                  + Failures.plain(String.join("\n", e.failed.traceback()))
                  + "\n");
        }
      }
    }
  }

  private Optional<MimeBundle> runParts(Run run) throws CellFailed, Worker.Died {
    List<Part> parts = CellParser.parse(run.code);
    for (Part part : parts) {
      if (part instanceof Part.Malformed(Span span, String text, Diagnostic diagnostic)) {
        throw new CellFailed(Failures.of(diagnostic, run.code, run.number));
      }
    }
    Optional<MimeBundle> value = Optional.empty();
    for (Part part : parts) {
      value = runPart(run, part, value);
    }
    return value;
  }

  private Optional<MimeBundle> runPart(Run run, Part part, Optional<MimeBundle> before)
      throws CellFailed, Worker.Died {
    return entered(run, jshell -> runPart(jshell, run, part, before));
  }

  private interface ShellWork {
    Optional<MimeBundle> run(JShellSession jshell) throws CellFailed, Worker.Died;
  }

  /** Does something with JShell that belongs to the run. */
  private Optional<MimeBundle> entered(Run run, ShellWork work) throws CellFailed, Worker.Died {
    JShellSession jshell = session();
    run.shell.set(jshell);
    jshell.lock.lock();
    try {
      jshell.control.enter(run.id, run.number, run.stopped::get);
      jshell.places.running(run.number);
      return work.run(jshell);
    } finally {
      jshell.lock.unlock();
    }
  }

  private Optional<MimeBundle> runPart(
      JShellSession jshell, Run run, Part part, Optional<MimeBundle> before)
      throws CellFailed, Worker.Died {
    return switch (part) {
      case Part.Java(Span span, String text) -> {
        Optional<MimeBundle> here = runJava(jshell, run, text, span.start());
        yield text.isBlank() ? before : here;
      }
      case Part.LineMagic magic -> runLineMagic(jshell, run, magic);
      case Part.CellMagic magic ->
          runMagic(
              jshell,
              run,
              magic.name(),
              magic.nameSpan(),
              magic.arguments(),
              magic.argumentsSpan(),
              Optional.of(new Word(magic.body(), magic.bodySpan())));
      case Part.Help help -> help(help, run);
      case Part.Malformed bad -> before;
    };
  }

  /** Evaluates the snippets in order; the last one's value is shown when it is an expression. */
  private Optional<MimeBundle> runJava(JShellSession jshell, Run run, String text, int offset)
      throws CellFailed, Worker.Died {
    int at = 0;
    Optional<Snippet> last = Optional.empty();
    String lastSource = "";
    List<DeclarationSnippet> unfinished = new ArrayList<>();
    while (at < text.length()) {
      String rest = text.substring(at);
      CompletionInfo info = jshell.analysis.analyzeCompletion(rest);
      boolean more = false;
      String source = rest;
      switch (info.completeness()) {
        case EMPTY -> {
          at = text.length();
          continue;
        }
        case COMPLETE, COMPLETE_WITH_SEMI -> {
          source = info.source();
          more = !info.remaining().isEmpty();
        }
        case CONSIDERED_INCOMPLETE -> source = info.source();
        case DEFINITELY_INCOMPLETE, UNKNOWN -> {
          // JShell says in its diagnostics what is wrong with it.
        }
      }
      if (run.stopped.get()) {
        throw stopped(run);
      }
      String statement = source;
      jshell.control.prepare(MAY_RUN_LONG.matcher(source).find());
      List<SnippetEvent> events = eval(jshell, run, statement);
      check(jshell, run, events, offset + at, source, offset + text.length(), unfinished);
      lastSource = more ? source : rest;
      last = Optional.of(events.getFirst().snippet());
      at = more ? text.length() - info.remaining().length() : text.length();
    }
    tellUnfinished(jshell, run, unfinished);
    if (run.object.isPresent()) {
      run.object.get().set(last.isPresent() && isValue(last.get()));
      return Optional.empty();
    }
    if (last.isPresent() && isValue(last.get()) && !Snippets.isCallOf("display", lastSource)) {
      // A picture is shown all the same, as IJava's notebooks count on it.
      boolean hidden = Snippets.endsWithSemicolon(lastSource);
      int number = run.store ? run.number : 0;
      Optional<MimeBundle> result =
          shown(
              run,
              jshell,
              jshell.control.request(
                  ticket -> new Message.ShowResult(ticket, run.id, number, hidden)));
      if (run.store && result.isPresent()) {
        lastResult = nameOf(last.get());
      }
      return result;
    }
    return Optional.empty();
  }

  /** Evaluates one snippet, a second time where it is right in a cell and not for JShell. */
  private List<SnippetEvent> eval(JShellSession jshell, Run run, String source) {
    List<SnippetEvent> events = limited(run, () -> jshell.eval(source));
    SnippetEvent main = events.getFirst();
    if (main.status() != Snippet.Status.REJECTED) {
      return events;
    }
    String mended =
        Snippets.mended(source, jshell.shell.diagnostics(main.snippet()).toList(), lastResult);
    return mended.equals(source) ? events : limited(run, () -> jshell.eval(mended));
  }

  /** Stops the cell when the statement takes longer than the environment allows. */
  private <T> T limited(Run run, Supplier<T> statement) {
    if (settings.timeout().isEmpty()) {
      return statement.get();
    }
    PeerSettings.Limit limit = settings.timeout().get();
    Thread clock =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    Thread.sleep(limit.time());
                    run.overdue.set(true);
                    stop(run);
                  } catch (InterruptedException e) {
                    // The statement was in time.
                  }
                });
    try {
      return statement.get();
    } finally {
      clock.interrupt();
    }
  }

  private CellFailed stopped(Run run) {
    return new CellFailed(
        run.overdue.get() && settings.timeout().isPresent()
            ? Failures.overdue(settings.timeout().get())
            : Failures.stopped());
  }

  /** The variable that has an expression's value. */
  private static Optional<String> nameOf(Snippet snippet) {
    return switch (snippet) {
      case VarSnippet variable -> Optional.of(variable.name());
      case ExpressionSnippet expression -> Optional.of(expression.name());
      default -> Optional.empty();
    };
  }

  private static boolean isValue(Snippet snippet) {
    return switch (snippet.subKind()) {
      case TEMP_VAR_EXPRESSION_SUBKIND,
          VAR_VALUE_SUBKIND,
          ASSIGNMENT_SUBKIND,
          OTHER_EXPRESSION_SUBKIND ->
          true;
      default -> false;
    };
  }

  private Optional<MimeBundle> shown(Run run, JShellSession jshell, Ending ending)
      throws CellFailed {
    return ending instanceof Ending.Rendered(var bundle)
        ? bundle.map(outputs::readable)
        : raise(run, jshell, ending);
  }

  /** Throws what the ending means for the cell; returns when it is not the cell's end. */
  private Optional<MimeBundle> raise(Run run, JShellSession jshell, Ending ending)
      throws CellFailed {
    if (run.stopped.get()) {
      throw stopped(run);
    }
    switch (ending) {
      case Ending.Returned r -> {}
      case Ending.Rendered r -> {}
      case Ending.MagicDone r -> {}
      case Ending.MagicWrong(Diagnostic diagnostic) ->
          throw new CellFailed(Failures.of(diagnostic, run.code, run.number));
      case Ending.Threw(var thrown) -> throw new CellFailed(Failures.of(thrown, jshell.places));
      case Ending.Unresolved u -> {}
      case Ending.Stopped s -> throw stopped(run);
      case Ending.Refused(String reason) ->
          throw new CellFailed(Failures.of("WorkerRefused", reason, List.of()));
    }
    return Optional.empty();
  }

  /** Throws when the snippet could not be compiled, or its code ended in an error. */
  private void check(
      JShellSession jshell,
      Run run,
      List<SnippetEvent> events,
      int offset,
      String source,
      int end,
      List<DeclarationSnippet> unfinished)
      throws CellFailed, Worker.Died {
    SnippetEvent main = events.getFirst();
    Snippet snippet = main.snippet();
    Optional<Ending> ending = jshell.control.lastEnding();
    List<Diag> diags = jshell.shell.diagnostics(snippet).toList();
    if (main.status() == Snippet.Status.REJECTED) {
      jshell.index();
      throw new CellFailed(Complaints.of(jshell, run.code, run.number, offset, source, end, diags));
    }
    int line = 1 + (int) run.code.substring(0, offset).chars().filter(c -> c == '\n').count();
    if (snippet.kind() != Snippet.Kind.IMPORT) {
      jshell.places.add(jshell.analysis, snippet, run.number, line);
    }
    for (Diag diag : diags) {
      String message = Complaints.warning(diag, run.number, line, source);
      if (!diag.isError() && toldWarnings.add(message)) {
        run.output.stream(Stream.STDERR, message + "\n");
      }
    }
    if (snippet instanceof DeclarationSnippet declared
        && (main.status() == Snippet.Status.RECOVERABLE_DEFINED
            || main.status() == Snippet.Status.RECOVERABLE_NOT_DEFINED)) {
      unfinished.add(declared);
    }
    if (main.previousStatus() == Snippet.Status.VALID) {
      Complaints.broken(jshell, events)
          .filter(toldWarnings::add)
          .forEach(told -> run.output.stream(Stream.STDERR, told + "\n"));
    }
    if (ending.isPresent()) {
      if (ending.get() instanceof Ending.Unresolved(int id, var frames)) {
        throw new CellFailed(Complaints.unresolved(jshell, id));
      }
      raise(run, jshell, ending.get());
    }
  }

  /** Declarations that still wait for others when the cell is over. */
  private static void tellUnfinished(
      JShellSession jshell, Run run, List<DeclarationSnippet> unfinished) {
    for (DeclarationSnippet declared : unfinished) {
      List<String> missing = jshell.shell.unresolvedDependencies(declared).toList();
      if (jshell.shell.status(declared).isActive() && !missing.isEmpty()) {
        run.output.stream(
            Stream.STDERR,
            declared.name()
                + " can be used once this is declared: "
                + String.join(", ", missing)
                + "\n");
      }
    }
  }

  private Optional<MimeBundle> runLineMagic(JShellSession jshell, Run run, Part.LineMagic magic)
      throws CellFailed, Worker.Died {
    Optional<MimeBundle> shown =
        runMagic(
            jshell,
            run,
            magic.name(),
            magic.nameSpan(),
            magic.arguments(),
            magic.argumentsSpan(),
            Optional.empty());
    if (magic.assignment().isPresent()) {
      Part.Assignment assignment = magic.assignment().get();
      MagicSpec spec = spec(run, magic.name(), magic.nameSpan());
      if (spec.value() == Void.class) {
        throw new CellFailed(
            Failures.of(
                new Diagnostic(
                    "CELL020",
                    assignment.nameSpan(),
                    "%" + magic.name() + " has no value to assign",
                    "%" + magic.name() + " on its own"),
                run.code,
                run.number));
      }
      String type = assignment.type().orElse("");
      String declared = type.replaceFirst("\\bvar$", spec.value().getCanonicalName());
      String value = valueOf(run, spec);
      evaluate(
          jshell,
          run,
          (declared + " " + assignment.name()).strip() + " = " + value + ";",
          magic.span());
      return Optional.empty();
    }
    if (run.object.isPresent()) {
      MagicSpec spec = spec(run, magic.name(), magic.nameSpan());
      boolean valued = spec.value() != Void.class;
      if (valued) {
        evaluate(jshell, run, "(Object) " + valueOf(run, spec), magic.span());
      }
      run.object.get().set(valued);
    }
    return shown;
  }

  /** The expression for what the magic before gave. */
  private static String valueOf(Run run, MagicSpec spec) {
    return run.given
        .map(LibraryMagics::asJava)
        .orElse(
            "wirebook.kernel.worker.Notebook.<"
                + spec.value().getCanonicalName()
                + ">magicValue()");
  }

  /** Evaluates a snippet of our own; what is wrong with it is told at the place of {@code span}. */
  private void evaluate(JShellSession jshell, Run run, String source, Span span)
      throws CellFailed, Worker.Died {
    jshell.control.prepare(false);
    List<SnippetEvent> events = jshell.eval(source);
    SnippetEvent main = events.getFirst();
    if (main.status() == Snippet.Status.REJECTED) {
      String message =
          jshell
              .shell
              .diagnostics(main.snippet())
              .map(diag -> Places.expunge(diag.getMessage(java.util.Locale.ENGLISH)))
              .findFirst()
              .orElse("this cannot be compiled");
      throw new CellFailed(
          Failures.of(new Diagnostic("CompilationError", span, message, ""), run.code, run.number));
    }
    Optional<Ending> ending = jshell.control.lastEnding();
    if (ending.isPresent()) {
      raise(run, jshell, ending.get());
    }
  }

  private Optional<MimeBundle> runMagic(
      JShellSession jshell,
      Run run,
      String name,
      Span nameSpan,
      String arguments,
      Span argumentsSpan,
      Optional<Word> body)
      throws CellFailed, Worker.Died {
    run.given = Optional.empty();
    MagicSpec spec = spec(run, name, nameSpan);
    if (body.isEmpty() && spec.body() == MagicSpec.Body.REQUIRED) {
      throw wrong(run, nameSpan, "CELL021", "%" + name + " needs lines below it", "%%" + name);
    }
    if (body.isPresent() && spec.body() == MagicSpec.Body.NONE) {
      throw wrong(run, nameSpan, "CELL022", "%%" + name + " takes no lines below it", "%" + name);
    }
    Word place = new Word(name, nameSpan);
    Optional<String> lines = body.map(Word::text);
    if (name.equals(CellMagics.TIME)) {
      return CellMagics.run(name, arguments, place, List.of(), lines, new CellsOf(jshell, run));
    }
    if (body.isPresent() && spec.java().isPresent()) {
      MagicSpec.JavaBody around = spec.java().get();
      String wrapped = around.before() + body.get().text() + around.after();
      runJava(jshell, run.with(wrapped), wrapped, 0);
    }
    List<Template> templates =
        switch (WordSplitter.split(arguments, argumentsSpan.start(), spec.syntax())) {
          case WordSplitter.Words.Split(var words) -> words;
          case WordSplitter.Words.Malformed(Diagnostic diagnostic) ->
              throw new CellFailed(Failures.of(diagnostic, run.code, run.number));
        };
    List<Word> words = new ArrayList<>();
    for (Template template : templates) {
      words.add(resolve(jshell, run, template));
    }
    if (CellMagics.has(name)) {
      return CellMagics.run(name, arguments, place, words, lines, new CellsOf(jshell, run));
    }
    if (body.isPresent() && spec.cell().isPresent()) {
      return runAround(jshell, run, name, spec.cell().get(), words, body.get());
    }
    Ending ending =
        jshell.control.request(ticket -> new Message.RunMagic(ticket, run.id, name, words, body));
    return raise(run, jshell, ending);
  }

  /** Runs a magic's lines as a cell between two calls of the magic. */
  private Optional<MimeBundle> runAround(
      JShellSession jshell,
      Run run,
      String name,
      MagicSpec.CellBody around,
      List<Word> words,
      Word body)
      throws CellFailed, Worker.Died {
    List<Word> before = new ArrayList<>(List.of(new Word(around.before(), Span.NONE)));
    before.addAll(words);
    raise(
        run,
        jshell,
        jshell.control.request(
            ticket -> new Message.RunMagic(ticket, run.id, name, before, Optional.empty())));
    List<Word> after = new ArrayList<>(List.of(new Word(around.after(), Span.NONE)));
    after.addAll(words);
    try {
      return runParts(run.with(body.text()));
    } finally {
      raise(
          run,
          jshell,
          jshell.control.request(
              ticket -> new Message.RunMagic(ticket, run.id, name, after, Optional.empty())));
    }
  }

  private Word resolve(JShellSession jshell, Run run, Template template)
      throws CellFailed, Worker.Died {
    StringBuilder text = new StringBuilder();
    for (Template.Piece piece : template.pieces()) {
      switch (piece) {
        case Template.Piece.Literal(String literal) -> text.append(literal);
        case Template.Piece.Expression(String code, Span span) -> {
          evaluate(jshell, run, "(Object) (" + code + ")", span);
          text.append(
              shown(
                      run,
                      jshell,
                      jshell.control.request(
                          ticket -> new Message.ShowResult(ticket, run.id, 0, false)))
                  .map(MimeBundle::text)
                  .orElse("null"));
        }
      }
    }
    return new Word(text.toString(), template.span());
  }

  private interface Asked {
    Message.Called answer() throws CellFailed;
  }

  /** Java in the running cell asked for something, and waits. */
  private static void answer(Worker worker, long ticket, Asked asked) {
    Thread.ofPlatform()
        .daemon()
        .name("asked")
        .start(
            () -> {
              Message.Called answer;
              try {
                answer = asked.answer();
              } catch (CellFailed e) {
                answer = failed(ticket, e.failed.message());
              } catch (RuntimeException | Error e) {
                answer = failed(ticket, e.toString());
              }
              try {
                worker.send(answer);
              } catch (Worker.Died e) {
                // Nobody waits for the answer any more.
              }
            });
  }

  private static Message.Called failed(long ticket, String message) {
    return new Message.Called(ticket, Optional.of(message), Optional.empty());
  }

  private Run asking(int cell, String what) throws CellFailed {
    return running.stream()
        .filter(run -> run.id == cell)
        .findFirst()
        .orElseThrow(
            () ->
                new CellFailed(
                    Failures.of(
                        "CELL025",
                        what + " can be called while its cell runs, and not later",
                        List.of())));
  }

  private Message.Called evaluated(Message.Evaluate request) throws CellFailed {
    Run run =
        Run.forObject(cells.incrementAndGet(), asking(request.cell(), "eval"), request.code());
    return called(request.ticket(), run, run(run, () -> runParts(run)));
  }

  /** The worker finds value and exception of a cell by its number. */
  private static Message.Called called(long ticket, Run run, Outcome outcome) {
    List<String> place = List.of(String.valueOf(run.id));
    return switch (outcome) {
      case Failed failed ->
          new Message.Called(
              ticket,
              Optional.of(Failures.plain(String.join("\n", failed.traceback()))),
              Optional.of(place));
      case Done done ->
          new Message.Called(
              ticket, Optional.empty(), run.object.filter(AtomicBoolean::get).map(valued -> place));
    };
  }

  private Message.Called magicCalled(Message.CallMagic call) throws CellFailed {
    String name = call.name();
    if (!CellMagics.has(name) || name.equals("reset")) {
      throw new CellFailed(
          Failures.of(
              "CELL025",
              specs().stream().noneMatch(spec -> spec.name().equals(name))
                  ? "there is no magic %" + name
                  : "%" + name + " stands on a line of its own, outside of Java",
              List.of()));
    }
    Run outer = asking(call.cell(), "%" + name);
    String arguments = String.join(" ", call.arguments());
    Run run = Run.forObject(cells.incrementAndGet(), outer, name + " " + arguments);
    List<Word> words = call.arguments().stream().map(text -> new Word(text, Span.NONE)).toList();
    Word place = new Word(name, Span.NONE);
    Outcome outcome =
        run(
            run,
            () ->
                entered(
                    run,
                    jshell ->
                        CellMagics.run(
                            name, arguments, place, words, call.body(), new CellsOf(jshell, run))));
    if (outcome instanceof Failed failed) {
      throw new CellFailed(failed);
    }
    return new Message.Called(call.ticket(), Optional.empty(), run.given);
  }

  private static CellFailed wrong(Run run, Span span, String id, String message, String fix) {
    return new CellFailed(
        Failures.of(new Diagnostic(id, span, message, fix), run.code, run.number));
  }

  private MagicSpec spec(Run run, String name, Span span) throws CellFailed {
    List<MagicSpec> all = specs();
    for (MagicSpec spec : all) {
      if (spec.name().equals(name)) {
        return spec;
      }
    }
    List<String> names = all.stream().map(MagicSpec::name).toList();
    String fix =
        Failures.nearest(name, names)
            .or(() -> names.stream().filter(one -> one.startsWith(name)).findFirst())
            .map(near -> "%" + near)
            .orElse("%magics lists them");
    throw wrong(run, span, "CELL023", "There is no magic %" + name, fix);
  }

  /** Of the interpreter's own magics, and of those the service loader finds, also in added jars. */
  private List<MagicSpec> specs() {
    Optional<List<MagicSpec>> known = specs;
    if (known.isEmpty()) {
      List<MagicSpec> all = new ArrayList<>(CellMagics.SPECS);
      ClassLoader loader =
          new URLClassLoader(libraries.urls(), JavaInterpreter.class.getClassLoader());
      ServiceLoader.load(Magic.class, loader).forEach(magic -> all.add(magic.spec()));
      known = Optional.of(List.copyOf(all));
      specs = known;
    }
    return known.get();
  }

  /** What the magics about cells see of this. */
  private final class CellsOf implements CellMagics.Cells {
    private final JShellSession jshell;
    private final Run run;

    CellsOf(JShellSession jshell, Run run) {
      this.jshell = jshell;
      this.run = run;
    }

    @Override
    public Optional<MimeBundle> run(String text) throws CellFailed, Worker.Died {
      return runParts(run.with(text));
    }

    @Override
    public void print(String text) {
      run.output.stream(Stream.STDOUT, text);
    }

    @Override
    public List<List<String>> variables() {
      return jshell.variables().stream()
          .map(v -> List.of(v.name(), Places.expunge(v.typeName()), jshell.shell.varValue(v)))
          .toList();
    }

    @Override
    public Map<Integer, String> history() {
      return history;
    }

    @Override
    public List<MagicSpec> magics() {
      return specs();
    }

    @Override
    public List<Path> addToClassPath(List<Path> paths) {
      List<Path> fresh = libraries.add(paths);
      specs = Optional.empty();
      jshell.addToClassPath(fresh);
      return fresh;
    }

    @Override
    public Libraries libraries() {
      return libraries;
    }

    @Override
    public void give(List<String> values) {
      run.given = Optional.of(List.copyOf(values));
    }

    @Override
    public String show(MimeBundle bundle) {
      String id = "magic-" + UUID.randomUUID();
      run.output.display(bundle, Optional.of(id));
      return id;
    }

    @Override
    public void update(String id, MimeBundle bundle) {
      run.output.updateDisplay(bundle, id);
    }

    @Override
    public Duration ran() {
      return jshell.control.ran();
    }

    @Override
    public boolean stopped() {
      return run.stopped.get();
    }

    @Override
    public <T, E extends Exception> T outside(CellMagics.Lengthy<T, E> task) throws E {
      return jshell.control.unlocked(task);
    }

    @Override
    public void reset() {
      libraries.clear();
      libraries.add(settings.classPath());
      startup.addAll(settings.startup());
      specs = Optional.empty();
      session = begin(List.of());
      jshell.close();
    }

    @Override
    public Path directory() {
      return directory;
    }

    @Override
    public CellFailed wrong(Word word, String message, String fix) {
      return JavaInterpreter.wrong(run, word.span(), "CELL024", message, fix);
    }
  }

  private Optional<MimeBundle> help(Part.Help help, Run run) {
    Optional<MimeBundle> bundle = assistance.help(help);
    bundle.ifPresentOrElse(
        shown -> run.output.display(shown, Optional.empty()),
        () -> run.output.stream(Stream.STDERR, "nothing is known of " + help.name() + "\n"));
    return Optional.empty();
  }

  /** The worker is gone: a new one, with what can be had again, and word of what cannot. */
  private synchronized Failed replaceWorker(Run run, JShellSession old, Worker.Died died) {
    List<String> lost = old.variables().stream().map(v -> v.name()).distinct().toList();
    if (session() == old) {
      List<String> declarations = old.declarations();
      old.worker.close();
      if (!closed) {
        session = begin(declarations);
        session.thenAccept(this::remember);
      }
    }
    String cause =
        run.stopped.get()
            ? "the cell could only be stopped by ending its worker process"
            : "the worker process is gone: " + died.getMessage();
    List<String> details = new ArrayList<>();
    details.add(
        lost.isEmpty()
            ? "No variables were lost."
            : "Lost: the variables " + String.join(", ", lost) + ", and all that was running.");
    details.add("Imports, classes and methods are still declared; a fresh worker is ready.");
    return Failures.of(run.stopped.get() ? "Interrupted" : "WorkerDied", cause, details);
  }

  /** Gives {@code In} back to a fresh worker. */
  private void remember(JShellSession fresh) {
    try {
      for (var cell : history.entrySet()) {
        fresh.worker.sendLater(new Message.Remember(cell.getKey(), cell.getValue()));
      }
    } catch (Worker.Died e) {
      // The next cell says so.
    }
  }

  private void threadFailed(int cell, String thread, Message.Thrown thrown) {
    outputs.print(cell, Stream.STDERR, Failures.ofThread(thread, thrown, session().places));
  }

  @Override
  public void interrupt() {
    // Those of now: a cell that begins while the others are told is not meant.
    List.copyOf(running).forEach(this::stop);
  }

  private void stop(Run run) {
    run.stopped.set(true);
    outputs.stopAsking(run.id);
    Thread.ofVirtual().start(() -> climb(run));
  }

  private void climb(Run run) {
    JShellSession used = run.shell.get();
    Worker worker = (used == null ? session() : used).worker;
    try {
      worker.send(new Message.Stop(run.id));
      run.ended.get(LAST_RUNG_MILLIS, java.util.concurrent.TimeUnit.MILLISECONDS);
    } catch (java.util.concurrent.TimeoutException e) {
      run.killUnlessEnded(worker);
    } catch (Worker.Died | InterruptedException | java.util.concurrent.ExecutionException e) {
      // It has ended, and whoever runs the cell says so.
    }
  }

  @Override
  public void connect(Comms comms) {
    outputs.comms.connect(comms);
  }

  @Override
  public Completion complete(String code, int cursor) {
    return assistance.complete(code, cursor);
  }

  @Override
  public Optional<MimeBundle> inspect(String code, int cursor, int detailLevel) {
    return assistance.inspect(code, cursor);
  }

  @Override
  public Completeness isComplete(String code) {
    return assistance.isComplete(code);
  }

  @Override
  public void close() {
    closed = true;
    running.forEach(run -> run.stopped.set(true));
    // Also the one that is still on its way, which is not long.
    session.thenAccept(JShellSession::close).exceptionally(e -> null).join();
  }
}
