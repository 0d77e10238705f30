// Above 500 lines: a cell's whole life, from its text to its outcome, its stop and its worker's
// end.
package wirebook.kernel.java;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import wirebook.kernel.cell.CellParser;
import wirebook.kernel.cell.Part;
import wirebook.kernel.java.assist.CellAssistance;
import wirebook.kernel.java.assist.JavaInspection;
import wirebook.kernel.java.complaints.Complaints;
import wirebook.kernel.java.complaints.Failures;
import wirebook.kernel.java.magics.CellFailed;
import wirebook.kernel.java.magics.CellMagics;
import wirebook.kernel.java.settings.PeerSettings;
import wirebook.kernel.java.shell.CompilerFailed;
import wirebook.kernel.java.shell.JShellSession;
import wirebook.kernel.java.shell.TextWork;
import wirebook.kernel.session.CellOutput;
import wirebook.kernel.session.CellOutput.Stream;
import wirebook.kernel.session.Comms;
import wirebook.kernel.session.History;
import wirebook.kernel.session.Interpreter;
import wirebook.kernel.session.Interpreter.Outcome.Done;
import wirebook.kernel.session.Interpreter.Outcome.Failed;
import wirebook.kernel.worker.handle.Worker;
import wirebook.kernel.worker.wire.WorkerMessage;
import wirebook.spi.Diagnostic;
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

  private static final long MOST_RUNGS = 10;

  /**
   * What a cell that cannot be stopped computes meanwhile. Where the processors are busy the worker
   * may not have got so far: then it has some rungs more, for its end costs the variables.
   */
  private static final Duration CHANCE = Duration.ofMillis(500);

  private static final long MOST_WITHOUT_A_CHANCE = 5;

  /** For all that this process does with a cell's text. */
  private static final Duration LONGEST = Duration.ofMinutes(5);

  private final AtomicInteger cells = new AtomicInteger();
  private final Sessions sessions;
  private final JavaParts java;
  private final MagicParts magics;
  private final CellAssistance assistance;

  private final Outputs outputs =
      new Outputs(
          this::threadFailed,
          new Outputs.Calls() {
            @Override
            public void called(Worker worker, WorkerMessage.CallMagic call) {
              answer(worker, call.ticket(), () -> magicCalled(call));
            }

            @Override
            public void evaluate(Worker worker, WorkerMessage.Evaluate request) {
              answer(worker, request.ticket(), () -> evaluated(request));
            }
          },
          this::told,
          this::readable);

  /** One a thread that calls this; they use the worker's lanes with the smallest free numbers. */
  private final Set<Run> running = ConcurrentHashMap.newKeySet();

  private final BitSet lanes = new BitSet();

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
    Map<String, String> all = new HashMap<>(System.getenv());
    all.putAll(environment);
    PeerSettings settings = PeerSettings.of(all, directory);
    java = new JavaParts(settings.timeout(), this::stop, outputs::readable, this::specs);
    sessions =
        new Sessions(
            directory,
            Map.copyOf(environment),
            settings,
            outputs,
            new Sessions.Activity() {
              @Override
              public int begun() {
                return cells.get();
              }

              @Override
              public boolean idle() {
                return running.isEmpty();
              }
            });
    magics = new MagicParts(sessions, java, this::runParts);
    assistance = new CellAssistance(sessions::current, sessions::specs, directory);
  }

  private List<MagicSpec> specs() {
    return sessions.specs();
  }

  @Override
  public void awaitReady() {
    sessions.awaitReady();
  }

  @Override
  public Outcome execute(CellRequest request, CellOutput output) {
    return run(
        request.executionCount(),
        request.storeHistory() && !request.silent(),
        request.code(),
        request.interrupted(),
        output);
  }

  @Override
  public Outcome evaluate(String expression, CellOutput output) {
    return run(0, false, expression, () -> false, output);
  }

  private Outcome run(
      int number, boolean store, String code, BooleanSupplier interrupted, CellOutput output) {
    Run run = new Run(cells.incrementAndGet(), number, store, code, output);
    return run(
        run,
        () -> {
          if (interrupted.getAsBoolean()) {
            stop(run);
          }
          if (store) {
            sessions.history.put(number, code);
            sessions.current().worker.sendLater(new WorkerMessage.Remember(number, code));
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
    sessions.again();
    int lane = takeLane();
    try {
      if (lane > 0) {
        sessions.current().worker.sendLater(new WorkerMessage.Enter(run.id, lane));
      }
      Outcome outcome = outcome(run, work);
      if (!run.end()) {
        // It came too late. The next cell is not to be hit by the death of the worker.
        sessions.current().worker.request(WorkerMessage.Await::new);
      }
      return outcome;
    } catch (Worker.Died e) {
      JShellSession used = run.shell.get();
      return replaceWorker(run, used == null ? sessions.current() : used, e);
    } catch (CompletionException e) {
      return Failures.of(
          "WorkerNotStarted",
          "the worker process did not start: " + reason(e),
          List.of("The next cell tries again."));
    } finally {
      giveLane(lane);
      running.remove(run);
      run.end();
    }
  }

  private static String reason(CompletionException e) {
    return e.getCause() instanceof Worker.Died || e.getCause() instanceof UncheckedIOException
        ? String.valueOf(e.getCause().getMessage())
        : String.valueOf(e.getCause());
  }

  private Outcome outcome(Run run, Work work) throws Worker.Died {
    try {
      return new Done(
          run.text.<Optional<MimeBundle>, CellFailed, Worker.Died>within(LONGEST, work::run));
    } catch (CellFailed e) {
      return e.failed;
    } catch (TextWork.Ended e) {
      // Thrown in the middle of something, which a compiler may keep for the next cell.
      Optional.ofNullable(run.shell.get()).ifPresent(JShellSession::freshCompilers);
      return e.stopped ? java.stopped(run).failed : Failures.tooLong();
    } catch (StackOverflowError | InternalError | RuntimeException e) {
      if (!CompilerFailed.isTooDeep(e)) {
        throw e;
      }
      return Failures.of(
          "CompilationError",
          "this is nested too deeply for the compiler",
          List.of("  divide what has so many operators or brackets into several statements"));
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

  /** Has a listener of a cell told. What goes wrong there is shown where it prints to. */
  private boolean told(CellOutput output, CommBridge.Told told) {
    Run run = new Run(cells.incrementAndGet(), 0, false, "", output);
    Outcome outcome =
        run(
            run,
            () ->
                entered(
                    run,
                    jshell ->
                        java.raise(
                            run,
                            jshell,
                            jshell.control.request(ticket -> told.message(ticket, run.id)))));
    return switch (outcome) {
      case Done done -> true;
      case Failed failed -> {
        output.stream(Stream.STDERR, Failures.plain(String.join("\n", failed.traceback())) + "\n");
        yield false;
      }
    };
  }

  /** Runs what the environment names, once. A mistake there is told, and the cell runs on. */
  private void startUp(Run run) throws Worker.Died {
    List<PeerSettings.Script> scripts = sessions.takeStartup();
    if (!scripts.isEmpty()) {
      sessions
          .settings
          .complaints()
          .forEach(complaint -> run.output.stream(Stream.STDERR, complaint + "\n"));
    }
    for (PeerSettings.Script script : scripts) {
      try {
        runParts(run.with(script.code(), Path.of(script.origin()), script.origin()));
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

  private Optional<MimeBundle> runParts(Run run) throws CellFailed, Worker.Died {
    List<Part> parts = CellParser.parse(run.code);
    for (Part part : parts) {
      if (part instanceof Part.Malformed(Span span, String text, Diagnostic diagnostic)) {
        throw new CellFailed(Failures.of(diagnostic, run.code, run.place));
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
    JShellSession jshell = sessions.current();
    run.shell.set(jshell);
    jshell.lock.lock();
    try {
      jshell.control.alive();
      jshell.spareMemory();
      jshell.control.enter(run.id, run.number, run.text);
      jshell.places.running(run.place);
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
        Optional<MimeBundle> here = java.run(jshell, run, text, span.start());
        yield text.isBlank() ? before : here;
      }
      case Part.LineMagic magic -> magics.runLine(jshell, run, magic);
      case Part.CellMagic magic ->
          magics.run(
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

  private interface Asked {
    WorkerMessage.Called answer() throws CellFailed;
  }

  /** Java in the running cell asked for something, and waits. */
  private static void answer(Worker worker, long ticket, Asked asked) {
    Thread.ofPlatform()
        .daemon()
        .name("asked")
        .start(
            () -> {
              WorkerMessage.Called answer;
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

  private static WorkerMessage.Called failed(long ticket, String message) {
    return new WorkerMessage.Called(ticket, Optional.of(message), Optional.empty());
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

  private WorkerMessage.Called evaluated(WorkerMessage.Evaluate request) throws CellFailed {
    Run run =
        Run.forObject(cells.incrementAndGet(), asking(request.cell(), "eval"), request.code());
    return called(request.ticket(), run, run(run, () -> runParts(run)));
  }

  /** The worker finds value and exception of a cell by its number. */
  private static WorkerMessage.Called called(long ticket, Run run, Outcome outcome) {
    List<String> place = List.of(String.valueOf(run.id));
    return switch (outcome) {
      case Failed failed ->
          new WorkerMessage.Called(
              ticket,
              Optional.of(Failures.plain(String.join("\n", failed.traceback()))),
              Optional.of(place));
      case Done done ->
          new WorkerMessage.Called(
              ticket, Optional.empty(), run.object.filter(AtomicBoolean::get).map(valued -> place));
    };
  }

  private WorkerMessage.Called magicCalled(WorkerMessage.CallMagic call) throws CellFailed {
    String name = call.name();
    if (!CellMagics.has(name) || name.equals("reset")) {
      throw new CellFailed(
          Failures.of(
              "CELL025",
              sessions.specs().stream().noneMatch(spec -> spec.name().equals(name))
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
                            name,
                            arguments,
                            place,
                            words,
                            call.body(),
                            magics.cellsOf(jshell, run))));
    if (outcome instanceof Failed failed) {
      throw new CellFailed(failed);
    }
    return new WorkerMessage.Called(call.ticket(), Optional.empty(), run.given);
  }

  private Optional<MimeBundle> help(Part.Help help, Run run) {
    Optional<MimeBundle> bundle = assistance.help(help);
    bundle.ifPresentOrElse(
        shown -> run.output.display(shown, Optional.empty()),
        () -> run.output.stream(Stream.STDERR, "nothing is known of " + help.name() + "\n"));
    return Optional.empty();
  }

  /** The worker is gone: a new one, with what can be had again, and word of what cannot. */
  private Failed replaceWorker(Run run, JShellSession old, Worker.Died died) {
    List<String> lost = old.variables().stream().map(v -> v.name()).distinct().toList();
    Set<String> unfinished =
        old.unfinished().stream().map(one -> one.name()).collect(Collectors.toSet());
    boolean used = old.declarationsMention(lost);
    sessions.replace(old, run.output);
    String cause =
        run.text.stopped()
            ? "the cell could only be stopped by ending its worker process"
            : "the worker process is gone: " + died.getMessage();
    List<String> details = new ArrayList<>();
    details.add(
        lost.isEmpty()
            ? "No variables were lost."
            : "Lost: the variables "
                + String.join(", ", lost)
                + ", all that was running, and what %javaenv made.");
    if (!old.lab.isEmpty()) {
      details.add("Lost as well: " + String.join(", ", old.lab) + ".");
    }
    details.add("Imports, classes and methods are still declared; a fresh worker is ready.");
    if (used) {
      details.addAll(waiting(unfinished));
    }
    return Failures.of(run.text.stopped() ? "Interrupted" : "WorkerDied", cause, details);
  }

  /** What is declared and uses a variable that is lost. */
  private List<String> waiting(Set<String> before) {
    try {
      JShellSession fresh = sessions.current();
      fresh.lock.lock();
      try {
        return fresh.unfinished().stream()
            .filter(one -> !before.contains(one.name()))
            .map(one -> Complaints.waits(one, fresh.missing(one)))
            .toList();
      } finally {
        fresh.lock.unlock();
      }
    } catch (CompletionException e) {
      // The next cell says so.
      return List.of();
    }
  }

  private String readable(String text) {
    return sessions.places().printed(text);
  }

  private void threadFailed(int cell, String thread, WorkerMessage.Thrown thrown) {
    outputs.print(cell, Stream.STDERR, Failures.ofThread(thread, thrown, sessions.places()));
  }

  @Override
  public void interrupt() {
    // Those of now: a cell that begins while the others are told is not meant.
    List.copyOf(running).forEach(this::stop);
    assistance.stop();
  }

  private void stop(Run run) {
    run.text.stop();
    outputs.stopAsking(run.id);
    Thread.ofVirtual().start(() -> climb(run));
  }

  private void climb(Run run) {
    JShellSession used = run.shell.get();
    Worker worker = (used == null ? sessions.current() : used).worker;
    try {
      worker.send(new WorkerMessage.Stop(run.id));
      Duration computed = worker.computed();
      long rungs = 0;
      while (true) {
        try {
          run.ended.get(LAST_RUNG_MILLIS, TimeUnit.MILLISECONDS);
          return;
        } catch (TimeoutException e) {
          rungs++;
          boolean hadChance =
              rungs >= MOST_WITHOUT_A_CHANCE
                  || worker.computed().minus(computed).compareTo(CHANCE) >= 0;
          // What this process does ends by itself, and costs no worker.
          if (run.text.atWork() ? rungs == MOST_RUNGS : hadChance) {
            run.killUnlessEnded(worker);
            return;
          }
        }
      }
    } catch (Worker.Died | InterruptedException | ExecutionException e) {
      // It has ended, and whoever runs the cell says so.
    }
  }

  @Override
  public void connect(Comms comms) {
    outputs.comms.connect(comms);
  }

  @Override
  public void connect(History history) {
    sessions.remembered = Optional.of(history);
  }

  @Override
  public Completion complete(String code, int cursor) {
    sessions.completing();
    return assistance.complete(code, cursor);
  }

  @Override
  public Optional<MimeBundle> inspect(String code, int cursor, int detailLevel) {
    return assistance.inspect(
        code,
        cursor,
        detailLevel > 0 ? JavaInspection.Detail.SOURCE : JavaInspection.Detail.DOCUMENTATION);
  }

  @Override
  public Completeness isComplete(String code) {
    return assistance.isComplete(code);
  }

  @Override
  public void close() {
    running.forEach(run -> run.text.stop());
    sessions.close();
  }
}
