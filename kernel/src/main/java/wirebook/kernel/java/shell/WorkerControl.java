package wirebook.kernel.java.shell;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import jdk.jshell.spi.ExecutionControl;
import wirebook.kernel.worker.handle.Worker;
import wirebook.kernel.worker.wire.WorkerMessage;
import wirebook.kernel.worker.wire.WorkerMessage.Ending;
import wirebook.trace.Bytes;

/**
 * JShell's arm in the worker process. How an invocation really ended is kept for the interpreter,
 * which shows more of it than JShell's events have room for.
 */
public final class WorkerControl implements ExecutionControl {
  /** The class of a snippet that was not there before. */
  private static final Pattern FRESH = Pattern.compile("REPL\\.\\$JShell\\$[0-9]+");

  private final CompletableFuture<Worker> worker;
  private final ReentrantLock shellLock;
  private final Initialisers initialisers = new Initialisers();
  private Consumer<String> outdate = name -> {};
  private Consumer<String> changing = name -> {};
  private boolean pretending;
  private long ranNanos;
  private Running running = new Running(0, 0, new TextWork());
  private Optional<Worker.Died> death = Optional.empty();

  /** The cell that JShell is used for. While its code runs, that may be another one. */
  private static final class Running {
    final int cell;
    final int number;
    final TextWork text;
    boolean woven = true;
    Runnable starting = () -> {};
    Optional<Ending> lastEnding = Optional.empty();
    int unnamed;

    Running(int cell, int number, TextWork text) {
      this.cell = cell;
      this.number = number;
      this.text = text;
    }
  }

  /**
   * @param worker may still be on its way
   * @param shellLock held by whoever uses JShell, and given up while a student's code runs
   */
  WorkerControl(CompletableFuture<Worker> worker, ReentrantLock shellLock) {
    this.worker = worker;
    this.shellLock = shellLock;
  }

  /**
   * All that follows belongs to this cell.
   *
   * @param number in {@code In[n]}
   * @param text what is done with its text; not stopped before an invocation, or there is none
   */
  public void enter(int cell, int number, TextWork text) {
    running = new Running(cell, number, text);
  }

  /** What an expression's value is called: {@code _3} for the first one of cell 3. */
  String resultName() {
    String name = "_" + running.number + (running.unnamed == 0 ? "" : "_" + running.unnamed);
    running.unnamed++;
    return name;
  }

  /**
   * @param checks whether the snippet can run for long, so that its classes need stop checks
   * @param starting what is done before its code runs
   */
  public void prepare(boolean checks, Runnable starting) {
    running.woven = checks;
    running.starting = starting;
    running.lastEnding = Optional.empty();
  }

  /**
   * @param outdated is told the classes that JShell should take for changed in any case
   */
  void onFailedInitialiser(Consumer<String> outdated) {
    outdate = outdated;
  }

  /** While {@code pretending}, snippets are compiled, and neither loaded nor run. */
  public void pretend(boolean yes) {
    pretending = yes;
  }

  /** How the last snippet's code ended; empty when none ran. */
  public Optional<Ending> lastEnding() throws Worker.Died {
    alive();
    return running.lastEnding;
  }

  /**
   * Returns when JShell can be used: it closes itself once it comes to know that its worker died.
   *
   * @throws Worker.Died otherwise
   */
  public void alive() throws Worker.Died {
    if (death.isPresent()) {
      throw death.get();
    }
  }

  boolean isDead() {
    return death.isPresent();
  }

  /** A request about the running cell, while others may use JShell. */
  public Ending request(LongFunction<WorkerMessage.ToWorker> request) throws Worker.Died {
    Ending ending =
        running.text.stopped()
            ? new Ending.Stopped()
            : unlocked(() -> worker.join().request(request));
    if (ending instanceof Ending.Threw(var thrown)) {
      initialisers.failedIn(thrown).forEach(outdate);
    }
    return ending;
  }

  /** Gives the lock up while {@code task} runs, so that others may use JShell. */
  public <T, E extends Exception> T unlocked(Lengthy<T, E> task) throws E {
    Running own = running;
    long start = System.nanoTime();
    int holds = shellLock.getHoldCount();
    for (int i = 0; i < holds; i++) {
      shellLock.unlock();
    }
    try {
      return own.text.waiting(task);
    } finally {
      ranNanos += System.nanoTime() - start;
      for (int i = 0; i < holds; i++) {
        shellLock.lock();
      }
      running = own;
    }
  }

  /** Tells {@code told} each class before it is changed in its place. */
  void onChange(Consumer<String> told) {
    changing = told;
  }

  /** How long requests about cells have taken in all. */
  public Duration ran() {
    return Duration.ofNanos(ranNanos);
  }

  private static String wrapper(String className) {
    int inner = className.indexOf('$', "REPL.$JShell$".length());
    return inner < 0 ? className : className.substring(0, inner);
  }

  @Override
  public void load(ClassBytecodes[] classes) throws EngineTerminationException {
    if (pretending) {
      return;
    }
    try {
      worker.join().sendLater(new WorkerMessage.Load(running.cell, files(classes)));
      if (Stream.of(classes).anyMatch(one -> !FRESH.matcher(wrapper(one.name())).matches())) {
        // What a replacement costs is to be told within the cell.
        awaited(WorkerMessage.Await::new);
      }
      initialisers.loaded(classes);
    } catch (Worker.Died e) {
      throw died(e);
    }
  }

  @Override
  public void redefine(ClassBytecodes[] classes)
      throws ClassInstallException, EngineTerminationException {
    Stream.of(classes).map(ClassBytecodes::name).forEach(changing);
    if (Stream.of(classes).anyMatch(initialisers::hasToBeNew)) {
      throw new ClassInstallException("it begins anew", new boolean[classes.length]);
    }
    try {
      Ending ending = awaited(ticket -> new WorkerMessage.Redefine(ticket, files(classes)));
      if (ending instanceof Ending.Refused(String reason)) {
        throw new ClassInstallException(reason, new boolean[classes.length]);
      }
      initialisers.loaded(classes);
    } catch (Worker.Died e) {
      throw died(e);
    }
  }

  /** A request which JShell waits for, and which is not left half done. */
  private Ending awaited(LongFunction<WorkerMessage.ToWorker> request) throws Worker.Died {
    return running.text.waiting(() -> worker.join().request(request));
  }

  /** What is compiled along with the snippet, because it uses it, may run for long as well. */
  private List<WorkerMessage.ClassFile> files(ClassBytecodes[] classes) {
    return Stream.of(classes)
        .map(
            one ->
                new WorkerMessage.ClassFile(
                    one.name(),
                    Bytes.of(one.bytecodes()),
                    running.woven || classes.length > 1 || !FRESH.matcher(one.name()).matches()))
        .toList();
  }

  @Override
  public String invoke(String className, String methodName)
      throws RunException, EngineTerminationException {
    if (pretending) {
      return "";
    }
    running.starting.run();
    Ending ending;
    try {
      int cell = running.cell;
      ending = request(ticket -> new WorkerMessage.Invoke(ticket, cell, className, methodName));
    } catch (Worker.Died e) {
      throw died(e);
    }
    running.lastEnding = Optional.of(ending);
    return switch (ending) {
      case Ending.Returned() -> "";
      case Ending.Stopped() -> throw new StoppedException();
      case Ending.Unresolved(int snippet, var frames) ->
          throw new ResolutionException(snippet, frames.toArray(new StackTraceElement[0]));
      case Ending.Threw(var thrown) ->
          throw new UserException(
              thrown.message().orElse(""), thrown.type(), new StackTraceElement[0]);
      case Ending.Rendered r -> throw new IllegalStateException("not an invocation's end: " + r);
      case Ending.MagicDone r -> throw new IllegalStateException("not an invocation's end: " + r);
      case Ending.MagicWrong r -> throw new IllegalStateException("not an invocation's end: " + r);
      case Ending.Refused r -> throw new IllegalStateException("not an invocation's end: " + r);
    };
  }

  @Override
  public String varValue(String className, String varName) throws EngineTerminationException {
    try {
      int cell = running.cell;
      Ending ending =
          request(ticket -> new WorkerMessage.ReadVariable(ticket, cell, className, varName));
      return ending instanceof Ending.Rendered(var bundle)
          ? bundle.map(b -> b.text()).orElse("null")
          : "";
    } catch (Worker.Died e) {
      throw died(e);
    }
  }

  @Override
  public void addToClasspath(String path) throws EngineTerminationException {
    try {
      worker.join().send(new WorkerMessage.AddToClassPath(path));
    } catch (Worker.Died e) {
      throw died(e);
    }
  }

  @Override
  public Object extensionCommand(String command, Object argument) throws NotImplementedException {
    throw new NotImplementedException("no extension command " + command);
  }

  /** The interpreter stops cells, not JShell. */
  @Override
  public void stop() {}

  @Override
  public void close() {}

  private EngineTerminationException died(Worker.Died e) {
    death = Optional.of(e);
    return new EngineTerminationException(String.valueOf(e.getMessage()));
  }
}
