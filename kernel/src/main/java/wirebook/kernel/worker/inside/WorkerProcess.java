// Above 500 lines: one protocol, what the worker does for each kind of message.
package wirebook.kernel.worker.inside;

import java.io.IOException;
import java.lang.ref.Cleaner;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import jdk.jshell.spi.SPIResolutionException;
import org.jspecify.annotations.Nullable;
import wirebook.engine.process.ChildEnvironment;
import wirebook.internet.Internets;
import wirebook.internet.plain.PlainJava;
import wirebook.kernel.session.CellOutput.Stream;
import wirebook.kernel.session.IdleHeap;
import wirebook.kernel.session.ValueCap;
import wirebook.kernel.worker.Jvmti;
import wirebook.kernel.worker.LoadWords;
import wirebook.kernel.worker.wire.Channel;
import wirebook.kernel.worker.wire.WorkerMessage;
import wirebook.kernel.worker.wire.WorkerMessage.Ending;
import wirebook.magics.shell.ShellCommand;
import wirebook.net.TemporaryFolder;
import wirebook.spi.CellStopped;
import wirebook.spi.Magic;
import wirebook.spi.MagicException;
import wirebook.spi.MagicResult;
import wirebook.spi.MimeBundle;
import wirebook.spi.Services;
import wirebook.spi.Span;
import wirebook.spi.Word;

/**
 * The process in which students' code and the magics run. It holds nothing that the kernel cannot
 * do without: when it dies, a new one takes its place.
 */
public final class WorkerProcess {
  /** Output waits at most this long for more of it. */
  private static final long GATHER_MILLIS = 4;

  private static final String ABANDONED =
      "The cell's thread is stuck where nothing can stop it, waiting for a lock or in native code; "
          + "it was left behind. %reset gets rid of it.\n";

  /** A full collection takes a quarter of a second when so much is kept. */
  private static final long LARGEST_COLLECTED = 256L << 20;

  private final Channel channel;
  private final IdleHeap heap = new IdleHeap(LARGEST_COLLECTED);
  private final CellClasses classes = new CellClasses(WorkerProcess.class.getClassLoader());
  private final Services services = new Services();
  private final Internets internets = new Internets(initialInternet());
  private final CellStreams.In in = new CellStreams.In(this::ask);
  private final AtomicLong tickets = new AtomicLong();
  private final Map<Long, CompletableFuture<Optional<String>>> questions =
      new ConcurrentHashMap<>();
  private final Map<Long, CompletableFuture<WorkerMessage.Called>> calls =
      new ConcurrentHashMap<>();
  private final BlockingQueue<Cell> dirty = new LinkedBlockingQueue<>();
  private final Results results = new Results(Runtime.getRuntime().maxMemory());
  private final Cleaner cleaner = Cleaner.create();
  private final Ladder ladder = new Ladder(classes, this::abandon);
  private final Cell.Outlet outlet = new ToKernel();

  /** The threads that cells run on; the first is the main one. Guarded by itself. */
  private final List<Lane> lanes = new ArrayList<>();

  /** A thread for cells, and what belongs to it alone. */
  private static final class Lane {
    final BlockingQueue<Runnable> work = new LinkedBlockingQueue<>();
    final Thread thread;

    /** The cell that it was given to last, unless that has the main one by default. */
    int cell;

    /** The request that it works on, or did last. */
    volatile long ticket;

    private volatile boolean abandoned;

    volatile @Nullable Cell entered;

    /**
     * The other one, which goes on afterwards: what warms the session up may come between the first
     * cell's magic and the assignment of its value.
     */
    @Nullable Cell before;

    @Nullable Object lastValue;

    /** The class of the code that ran last. */
    @Nullable Class<?> made;

    /** What the cell's code ended in that ran here last. */
    volatile @Nullable Throwable thrown;

    Lane(String name, ClassLoader classes) {
      thread = Thread.ofVirtual().name(name).unstarted(this::run);
      thread.setContextClassLoader(classes);
    }

    void enter(int number) {
      cell = number;
      thrown = null;
      lastValue = null;
    }

    private void run() {
      while (!abandoned) {
        try {
          work.take().run();
        } catch (InterruptedException | CellStopped e) {
          // A stop that came too late: there is nothing to stop any more.
        }
      }
    }
  }

  private WorkerProcess(Channel channel) {
    this.channel = channel;
  }

  /** What the environment names; notebooks begin in the lab. */
  private static String initialInternet() {
    String named = System.getenv("WIREBOOK_INTERNET");
    return "real".equals(named) ? named : "lab";
  }

  /**
   * @param arguments the path of the Unix-domain socket on which the kernel waits, in a folder that
   *     is this process's for as long as it runs
   */
  public static void main(String[] arguments) throws IOException {
    System.setProperty(TemporaryFolder.PROPERTY, String.valueOf(Path.of(arguments[0]).getParent()));
    SocketChannel socket = SocketChannel.open(StandardProtocolFamily.UNIX);
    socket.connect(UnixDomainSocketAddress.of(arguments[0]));
    new WorkerProcess(new Channel(socket, "worker")).run();
  }

  private void run() {
    CellStreams.open();
    System.setIn(in);
    Thread.setDefaultUncaughtExceptionHandler(this::threadFailed);
    Thread.ofPlatform().daemon().name("output").start(this::flushDirty);
    Notebook.magics(this::call);
    Notebook.evaluator(this::evaluate);
    Notebook.networks(internets);
    Notebook.input(in);
    lane(0);
    PlainJava.follow(internets);
    PlainJava.redefineWith(WorkerProcess::redefineJdk);
    internets.prepareWhenIdle();
    try {
      for (Optional<WorkerMessage> message = channel.receive();
          message.isPresent();
          message = channel.receive()) {
        handle(message.get());
      }
    } catch (IOException e) {
      // The kernel is gone, and with it the one who could be told.
    } finally {
      end();
    }
  }

  /** At once: no shutdown hook of a cell's can hold it up. */
  private static void end() {
    ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly);
    TemporaryFolder.delete();
    Runtime.getRuntime().halt(0);
  }

  /** On a platform thread, as the tool interface wants it. */
  private static void redefineJdk(Map<Class<?>, byte[]> classes) throws Exception {
    FutureTask<Boolean> task =
        new FutureTask<>(
            () -> {
              Jvmti.get().redefine(classes);
              return true;
            });
    Thread.ofPlatform().daemon().name("redefine").start(task);
    task.get();
  }

  private Lane lane(int number) {
    synchronized (lanes) {
      while (lanes.size() <= number) {
        lanes.add(startLane(lanes.size()));
      }
      return lanes.get(number);
    }
  }

  private Lane startLane(int number) {
    Lane lane = new Lane(number == 0 ? "main" : "main-" + number, classes);
    ladder.cellsThread(lane.thread);
    lane.thread.start();
    return lane;
  }

  private Lane laneOf(int cell) {
    synchronized (lanes) {
      return lanes.stream().filter(lane -> lane.cell == cell).findFirst().orElse(lanes.getFirst());
    }
  }

  /** The cell on this thread is over, though the thread is stuck in it; another takes its place. */
  private void abandon(Thread stuck) {
    synchronized (lanes) {
      for (int i = 0; i < lanes.size(); i++) {
        Lane lane = lanes.get(i);
        if (lane.thread == stuck) {
          lane.abandoned = true;
          lanes.set(i, startLane(i));
          Cell cell = lane.entered;
          if (cell != null) {
            byte[] note = ABANDONED.getBytes(StandardCharsets.UTF_8);
            cell.print(Stream.STDERR, note, 0, note.length);
            cell.send(new WorkerMessage.Finished(lane.ticket, new Ending.Stopped()));
          }
        }
      }
    }
  }

  private void handle(WorkerMessage message) {
    switch (message) {
      case WorkerMessage.Load(int cell, var files) -> {
        List<String> reset = classes.load(cell, files);
        if (!reset.isEmpty()) {
          channel.send(new WorkerMessage.VariablesReset(cell, reset));
        }
      }
      case WorkerMessage.Await(long ticket) -> finish(ticket, new Ending.Returned());
      case WorkerMessage.Redefine(long ticket, var files) -> finish(ticket, redefine(files));
      case WorkerMessage.Enter(int cell, int number) -> lane(number).enter(cell);
      case WorkerMessage.Invoke invoke -> start(invoke.cell(), lane -> invoke(lane, invoke));
      case WorkerMessage.ShowResult show -> start(show.cell(), lane -> showResult(lane, show));
      case WorkerMessage.ReadVariable read -> start(read.cell(), lane -> read(lane, read));
      case WorkerMessage.RunMagic magic -> start(magic.cell(), lane -> runMagic(lane, magic));
      case WorkerMessage.Remember(int number, String text) -> Notebook.text(number, text);
      case WorkerMessage.AddToClassPath(String paths) -> {
        classes.addPaths(paths);
        Values.Renderers.forget();
      }
      case WorkerMessage.Answer(long ticket, var text) -> {
        CompletableFuture<Optional<String>> question = questions.remove(ticket);
        if (question != null) {
          question.complete(text);
        }
      }
      case WorkerMessage.CommReceived received ->
          start(received.cell(), lane -> received(lane, received));
      case WorkerMessage.Called called -> {
        CompletableFuture<WorkerMessage.Called> call = calls.remove(called.ticket());
        if (call != null) {
          call.complete(called);
        }
      }
      case WorkerMessage.Stop(int cell) -> ladder.stop(cell);
      case WorkerMessage.Quit() -> end();
      case WorkerMessage.ToKernel wrongWay ->
          throw new IllegalStateException("the kernel sent what only workers send: " + wrongWay);
    }
  }

  private Ending redefine(List<WorkerMessage.ClassFile> files) {
    try {
      classes.redefine(files);
      return new Ending.Returned();
    } catch (UnsupportedOperationException | IllegalCallerException e) {
      return new Ending.Refused(String.valueOf(e.getMessage()));
    }
  }

  private void start(int cell, Consumer<Lane> task) {
    heap.touched();
    Lane lane = laneOf(cell);
    ladder.begin(lane.thread, cell);
    lane.work.add(() -> task.accept(lane));
  }

  private void invoke(Lane lane, WorkerMessage.Invoke invoke) {
    run(
        lane,
        invoke.ticket(),
        invoke.cell(),
        cell -> {
          Class<?> type = Class.forName(invoke.className(), true, classes);
          Method method = type.getDeclaredMethod(invoke.method());
          method.setAccessible(true);
          lane.lastValue = null;
          lane.made = type;
          lane.lastValue = method.invoke(null);
          return new Ending.Returned();
        });
  }

  private void showResult(Lane lane, WorkerMessage.ShowResult show) {
    run(
        lane,
        show.ticket(),
        show.cell(),
        cell -> {
          Object value = lane.lastValue;
          lane.lastValue = null;
          if (value == null || (show.picture() && !Values.isImage(value))) {
            return new Ending.Rendered(Optional.empty());
          }
          if (show.number() > 0) {
            results.add(show.number(), value, Optional.ofNullable(lane.made));
          }
          return new Ending.Rendered(Optional.of(ValueCap.within(Values.render(value))));
        });
  }

  private void read(Lane lane, WorkerMessage.ReadVariable read) {
    run(
        lane,
        read.ticket(),
        read.cell(),
        cell -> {
          Field field =
              Class.forName(read.className(), true, classes).getDeclaredField(read.variable());
          field.setAccessible(true);
          return new Ending.Rendered(Optional.of(MimeBundle.text(Values.text(field.get(null)))));
        });
  }

  private void runMagic(Lane lane, WorkerMessage.RunMagic request) {
    run(
        lane,
        request.ticket(),
        request.cell(),
        cell -> {
          cell.magicValue(Optional.empty());
          try {
            Magic magic = magic(request.name());
            MagicResult result = run(cell, magic, request);
            cell.magicValue(result.value());
            return new Ending.MagicDone(
                result.value().map(value -> type(magic.spec().value(), value)),
                result.exitCode(),
                lostWithThis());
          } catch (MagicException e) {
            return new Ending.MagicWrong(e.diagnostic());
          }
        });
  }

  /** What is no longer as it was when this process began, in words. */
  private List<String> lostWithThis() {
    List<String> all = new ArrayList<>(internets.changes());
    Path folder = ChildEnvironment.of(services).directory();
    if (!folder.equals(Path.of("").toAbsolutePath())) {
      all.add("the folder of %cd, " + folder);
    }
    return all;
  }

  private void received(Lane lane, WorkerMessage.CommReceived received) {
    run(
        lane,
        received.ticket(),
        received.cell(),
        cell -> {
          Comm.received(received);
          return new Ending.Returned();
        });
  }

  /** The type that the magic tells of; some of its values are of another. */
  private static String type(Class<?> told, Object value) {
    Class<?> its = value.getClass();
    boolean other = !told.isInstance(value) && Modifier.isPublic(its.getModifiers());
    return (other ? its : told).getCanonicalName();
  }

  private Magic magic(String name) {
    return magics()
        .filter(one -> one.spec().name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("there is no magic %" + name));
  }

  private MagicResult run(Cell cell, Magic magic, WorkerMessage.RunMagic request)
      throws InterruptedException {
    WorkerMagicCall call = new WorkerMagicCall(cell, request, in, internets, services);
    try {
      return ShellCommand.run(call, magic);
    } finally {
      call.flush();
    }
  }

  /** A magic that Java code calls, on the calling thread. */
  private Optional<Object> call(String name, List<String> arguments, Optional<String> body)
      throws InterruptedException {
    Cell cell = Cell.current();
    boolean ofKernel = name.equals(LoadWords.NAME) && !LoadWords.areForServer(arguments);
    if (ofKernel || magics().noneMatch(magic -> magic.spec().name().equals(name))) {
      return askKernel(cell, name, arguments, body);
    }
    List<Word> words = arguments.stream().map(text -> new Word(text, Span.NONE)).toList();
    // Text that a program made stands nowhere in the cell.
    Optional<Word> lines = body.map(text -> new Word(text, Span.NONE));
    return run(cell, magic(name), new WorkerMessage.RunMagic(0, cell.id(), name, words, lines))
        .value();
  }

  /** The kernel runs some magics itself. */
  private Optional<Object> askKernel(
      Cell cell, String name, List<String> arguments, Optional<String> body)
      throws InterruptedException {
    WorkerMessage.Called called =
        askKernel(ticket -> new WorkerMessage.CallMagic(ticket, cell.id(), name, arguments, body));
    if (called.failure().isPresent()) {
      throw new IllegalArgumentException(called.failure().get());
    }
    return called.values().map(Object.class::cast);
  }

  /** What {@code code} gives, null for nothing; it throws what the code throws. */
  private @Nullable Object evaluate(String code) throws Throwable {
    Cell cell = Cell.current();
    WorkerMessage.Called called =
        askKernel(ticket -> new WorkerMessage.Evaluate(ticket, cell.id(), code));
    Optional<Lane> lane =
        called.values().map(List::getFirst).map(id -> laneOf(Integer.parseInt(id)));
    if (called.failure().isPresent()) {
      Throwable thrown = lane.map(one -> one.thrown).orElse(null);
      throw thrown == null ? new IllegalArgumentException(called.failure().get()) : thrown;
    }
    return lane.map(one -> one.lastValue).orElse(null);
  }

  private WorkerMessage.Called askKernel(LongFunction<WorkerMessage.ToKernel> request)
      throws InterruptedException {
    long ticket = tickets.incrementAndGet();
    CompletableFuture<WorkerMessage.Called> answer = new CompletableFuture<>();
    calls.put(ticket, answer);
    try {
      channel.send(request.apply(ticket));
      return answer.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    } finally {
      calls.remove(ticket);
    }
  }

  private java.util.stream.Stream<Magic> magics() {
    return ServiceLoader.load(Magic.class, classes).stream().map(ServiceLoader.Provider::get);
  }

  private interface Task {
    Ending run(Cell cell) throws Exception;
  }

  /** Runs a task on the lane's thread, as part of a cell, and tells how it ended. */
  private void run(Lane lane, long ticket, int id, Task task) {
    lane.ticket = ticket;
    lane.thrown = null;
    Cell cell = enter(lane, id);
    Ending ending;
    try {
      ending = outcome(lane, cell, task);
    } catch (CellStopped e) {
      ending = new Ending.Stopped();
    } catch (Throwable e) {
      ending = new Ending.Threw(ThrownCopy.of(e));
    } finally {
      ladder.end();
    }
    cell.send(new WorkerMessage.Finished(ticket, ending));
  }

  /**
   * Also after the task code of the cell may run, which can fail and be stopped as the task can.
   */
  private static Ending outcome(Lane lane, Cell cell, Task task) {
    Ending ending;
    try {
      ending = task.run(cell);
    } catch (InvocationTargetException e) {
      lane.thrown = e.getCause() == null ? e : e.getCause();
      ending = ending(lane.thrown);
    } catch (Throwable e) {
      lane.thrown = e;
      ending = ending(e);
    }
    CellStreams.flush();
    return ending;
  }

  private static Ending ending(Throwable thrown) {
    if (thrown instanceof CellStopped) {
      return new Ending.Stopped();
    }
    if (thrown instanceof SPIResolutionException unresolved) {
      return new Ending.Unresolved(unresolved.id(), List.of(unresolved.getStackTrace()));
    }
    Notebook.lastException(thrown);
    return new Ending.Threw(ThrownCopy.of(thrown));
  }

  private Cell enter(Lane lane, int id) {
    Cell cell = lane.entered;
    if (cell == null || cell.id() != id) {
      Cell before = lane.before;
      lane.before = cell;
      if (before != null && before.id() == id) {
        cell = before;
      } else {
        cell = new Cell(id, outlet);
        cleaner.register(cell, () -> channel.send(new WorkerMessage.CellGone(id)));
      }
      lane.entered = cell;
    }
    cell.enter();
    return cell;
  }

  private Optional<String> ask(Cell cell, String prompt, boolean password)
      throws InterruptedException {
    long ticket = tickets.incrementAndGet();
    CompletableFuture<Optional<String>> answer = new CompletableFuture<>();
    questions.put(ticket, answer);
    try {
      cell.send(new WorkerMessage.Ask(ticket, cell.id(), prompt, password));
      return answer.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    } finally {
      questions.remove(ticket);
    }
  }

  private void threadFailed(Thread thread, Throwable thrown) {
    if (thrown instanceof CellStopped) {
      return;
    }
    Cell cell = Cell.current();
    CellStreams.flush();
    cell.send(new WorkerMessage.ThreadFailed(cell.id(), thread.getName(), ThrownCopy.of(thrown)));
  }

  private void finish(long ticket, Ending ending) {
    channel.send(new WorkerMessage.Finished(ticket, ending));
  }

  private final class ToKernel implements Cell.Outlet {
    @Override
    public void send(WorkerMessage.ToKernel message) {
      channel.send(message);
    }

    @Override
    public void dirty(Cell cell) {
      dirty.add(cell);
    }
  }

  private void flushDirty() {
    while (true) {
      try {
        Cell cell = dirty.take();
        Thread.sleep(GATHER_MILLIS);
        cell.flush();
      } catch (InterruptedException | OutOfMemoryError e) {
        // A student found this thread, or took all memory; output goes on when there is some again.
      }
    }
  }
}
