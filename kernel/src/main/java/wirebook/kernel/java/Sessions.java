package wirebook.kernel.java;

import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import wirebook.kernel.java.magics.CellMagics;
import wirebook.kernel.java.magics.Libraries;
import wirebook.kernel.java.settings.PeerSettings;
import wirebook.kernel.java.shell.CompilerFailed;
import wirebook.kernel.java.shell.JShellSession;
import wirebook.kernel.java.shell.Places;
import wirebook.kernel.session.CellOutput;
import wirebook.kernel.session.History;
import wirebook.kernel.worker.handle.Worker;
import wirebook.kernel.worker.wire.WorkerMessage;
import wirebook.spi.Magic;
import wirebook.spi.MagicSpec;

/** The worker in use with its JShell, and what the next one is given when this one is replaced. */
final class Sessions {
  private static final long PAUSE_MILLIS = 3000;

  /** What the cells are doing. */
  interface Activity {
    /** How many have begun so far. */
    int begun();

    boolean idle();
  }

  final Path directory;

  /** Where {@code %cd} has gone, in the worker that is in use. */
  private volatile Optional<Path> entered = Optional.empty();

  final PeerSettings settings;
  final Libraries libraries = new Libraries();

  /** The texts of the cells that have run, by their number. */
  final SortedMap<Integer, String> history = new ConcurrentSkipListMap<>();

  /** Those of earlier sessions, once it is known where they are kept. */
  volatile Optional<History> remembered = Optional.empty();

  private final Map<String, String> environment;
  private final Outputs outputs;
  private final Activity activity;

  /** What runs before the next cell. */
  private final List<PeerSettings.Script> startup = new ArrayList<>();

  /** Whether a pause is waited for. */
  private final AtomicBoolean indexing = new AtomicBoolean();

  private volatile Optional<List<MagicSpec>> specs = Optional.empty();
  private volatile CompletableFuture<JShellSession> current;

  /** What the current one began with. */
  private List<String> declared = List.of();

  private volatile boolean closed;

  /**
   * Starts a worker, and returns at once.
   *
   * @param directory where the relative paths of cells start
   * @param environment what is added to this process's for the cells
   */
  Sessions(
      Path directory,
      Map<String, String> environment,
      PeerSettings settings,
      Outputs outputs,
      Activity activity) {
    this.directory = directory;
    this.environment = new ConcurrentHashMap<>(environment);
    this.settings = settings;
    this.outputs = outputs;
    this.activity = activity;
    libraries.add(settings.classPath());
    startup.addAll(settings.startup());
    current = begin(List.of());
  }

  /** Where relative names start that magics have. */
  Path here() {
    return entered.orElse(directory);
  }

  void enter(Path folder) {
    entered = Optional.of(folder);
  }

  /** Also the workers to come have it in their environment. */
  void export(String name, String value) {
    environment.put(name, value);
  }

  /** A variable of the process that runs the cells. */
  Optional<String> environment(String name) {
    return Optional.ofNullable(environment.getOrDefault(name, System.getenv(name)));
  }

  /** Starts a worker and a JShell, in which {@code declarations} are there already. */
  private CompletableFuture<JShellSession> begin(List<String> declarations) {
    declared = declarations;
    entered = Optional.empty();
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
                  for (String declaration : declarations) {
                    declare(fresh, declaration);
                    fresh.control.alive();
                  }
                  begun.complete(fresh);
                  if (activity.idle()) {
                    fresh.warmUp();
                  }
                } finally {
                  fresh.lock.unlock();
                }
              } catch (RuntimeException | Error | Worker.Died e) {
                begun.completeExceptionally(e);
              }
            });
    try {
      worker.complete(
          Worker.start(WorkerOptions.ofThisMachine(settings), directory, environment, outputs));
    } catch (RuntimeException | Error e) {
      // Said in the cell that waits for it; the next one tries again.
      begun.completeExceptionally(e);
      worker.completeExceptionally(e);
    }
    return begun;
  }

  /** One that JShell fails in now is left out. */
  private static void declare(JShellSession jshell, String declaration) {
    try {
      jshell.eval(declaration);
    } catch (CompilerFailed e) {
      // Whoever uses it is told that it is not there.
    }
  }

  /**
   * Somebody wants code completed. The names of all types, which take half a second of a processor
   * and 20 MB, are got ready in the first pause: while cells run one after the other, what is not
   * for them can wait. Who asks for such a name before gets it at once. A pause of one second took
   * that work to where a cell had just been stopped, as if its code went on.
   */
  void completing() {
    CompletableFuture<JShellSession> session = current;
    if (session.state() == Future.State.SUCCESS
        && !session.resultNow().indexed()
        && indexing.compareAndSet(false, true)) {
      indexWhenIdle(session.resultNow(), activity.begun());
    }
  }

  private void indexWhenIdle(JShellSession jshell, int seen) {
    CompletableFuture.delayedExecutor(PAUSE_MILLIS, TimeUnit.MILLISECONDS)
        .execute(
            () -> {
              int now = activity.begun();
              if (now == seen && activity.idle()) {
                indexing.set(false);
                jshell.index();
              } else if (!closed && !jshell.indexed()) {
                indexWhenIdle(jshell, now);
              }
            });
  }

  /**
   * Waits until it has begun.
   *
   * @throws java.util.concurrent.CompletionException when it could not be started
   */
  JShellSession current() {
    return current.join();
  }

  /** Waits for the worker's start, well or not. */
  void awaitReady() {
    current.handle((session, failure) -> session).join();
  }

  /** Of what cells print: a worker may print before there is a session, and when it fails. */
  Places places() {
    CompletableFuture<JShellSession> session = current;
    return session.state() == Future.State.SUCCESS ? session.resultNow().places : new Places();
  }

  /** What has to run before the next cell; a second call gives nothing. */
  List<PeerSettings.Script> takeStartup() {
    List<PeerSettings.Script> scripts = List.copyOf(startup);
    startup.clear();
    return scripts;
  }

  /** Of the interpreter's own magics, and of those the service loader finds, also in added jars. */
  List<MagicSpec> specs() {
    Optional<List<MagicSpec>> known = specs;
    if (known.isEmpty()) {
      List<MagicSpec> all = new ArrayList<>(CellMagics.SPECS);
      ClassLoader loader = new URLClassLoader(libraries.urls(), Sessions.class.getClassLoader());
      ServiceLoader.load(Magic.class, loader).forEach(magic -> all.add(magic.spec()));
      known = Optional.of(List.copyOf(all));
      specs = known;
    }
    return known.get();
  }

  /** Gives those of the paths that were not there before. */
  List<Path> addToClassPath(JShellSession jshell, List<Path> paths) {
    List<Path> fresh = libraries.add(paths);
    specs = Optional.empty();
    jshell.addToClassPath(fresh);
    return fresh;
  }

  /**
   * Puts a fresh one in the place of {@code old}, without anything that cells have declared.
   *
   * @param output of the cell that wants it
   */
  void reset(JShellSession old, CellOutput output) {
    libraries.clear();
    libraries.add(settings.classPath());
    startup.addAll(settings.startup());
    specs = Optional.empty();
    current = begin(List.of());
    old.close();
    if (current.isCompletedExceptionally()) {
      // Perhaps the old one had all the threads that this user may have, or all memory.
      current = begin(List.of());
    }
    outputs.comms.ended(output);
  }

  /**
   * The worker of {@code old} is gone: a new one, unless there is one already.
   *
   * @param output of the cell that it died in
   */
  synchronized void replace(JShellSession old, CellOutput output) {
    if (current() == old) {
      List<String> declarations = old.declarations();
      old.worker.close();
      outputs.comms.ended(output);
      if (!closed) {
        current = begin(declarations);
        current.thenAccept(this::remember);
      }
    }
  }

  /** The worker that was to be the next did not get as far as that: another one, if so. */
  synchronized void again() {
    if (current.isCompletedExceptionally() && !closed) {
      current = begin(declared);
      current.thenAccept(this::remember);
    }
  }

  /** Gives {@code In} back to a fresh worker. */
  private void remember(JShellSession fresh) {
    try {
      for (var cell : history.entrySet()) {
        fresh.worker.sendLater(new WorkerMessage.Remember(cell.getKey(), cell.getValue()));
      }
    } catch (Worker.Died e) {
      // The next cell says so.
    }
  }

  void close() {
    closed = true;
    // Also the one that is still on its way, which is not long.
    current.thenAccept(JShellSession::close).exceptionally(e -> null).join();
  }
}
