package wirebook.kernel.worker.handle;

import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import wirebook.codec.Quietly;
import wirebook.kernel.session.CellOutput.Stream;
import wirebook.kernel.worker.inside.WorkerProcess;
import wirebook.kernel.worker.wire.Channel;
import wirebook.kernel.worker.wire.WorkerMessage;
import wirebook.kernel.worker.wire.WorkerMessage.Ending;
import wirebook.net.TemporaryFolder;

/** The kernel's handle on a worker process. Starting one returns at once; requests wait for it. */
public final class Worker implements Closeable {
  /** What a JVM says of variables that users have set on purpose. */
  private static final Pattern TOOL_OPTIONS =
      Pattern.compile("(?m)^Picked up (JAVA_TOOL_OPTIONS|JDK_JAVA_OPTIONS|_JAVA_OPTIONS): .*\\R?");

  /**
   * A SIGINT for the process group, as from a terminal or a launcher, is for the kernel, which
   * stops the cell. A JVM that is started with the signal ignored goes on ignoring it.
   */
  private static final List<String> IGNORING_SIGINT =
      List.of("/bin/sh", "-c", "trap '' INT; exec \"$0\" \"$@\"");

  /** Pieces that are kept of what a process says before it is there. */
  private static final int MOST_SAID = 4;

  /** How long is waited for the end of what a process that has ended has said. */
  private static final Duration LAST_WORDS = Duration.ofMillis(300);

  private final Process process;

  /** The process's own, for its socket to this one and for what it keeps in files while it runs. */
  private final Path folder;

  /** By the process before it connected: why it never will, perhaps. */
  private final Queue<String> said = new ConcurrentLinkedQueue<>();

  private final CompletableFuture<Channel> channel = new CompletableFuture<>();
  private final Map<Long, CompletableFuture<Ending>> requests = new ConcurrentHashMap<>();
  private final AtomicLong tickets = new AtomicLong();
  private final Events events;

  /** What comes from the worker by itself. Called by one thread, in order. */
  public interface Events {
    void received(Worker worker, WorkerMessage.ToKernel message);

    /**
     * What the process wrote to its own standard streams: native code, child processes, the JVM.
     */
    void stray(Stream stream, String text);
  }

  /** The process ended, and all that it held is lost. The message says how it ended. */
  public static final class Died extends Exception {
    private static final long serialVersionUID = 1L;

    Died(String how) {
      super(how);
    }
  }

  private Worker(Process process, Path folder, Events events) {
    this.process = process;
    this.folder = folder;
    this.events = events;
  }

  /**
   * Starts a process.
   *
   * @param options for its JVM
   * @param directory where its relative paths start
   * @param environment what is added to this process's
   */
  public static Worker start(
      List<String> options, Path directory, Map<String, String> environment, Events events) {
    Map<String, String> all = new HashMap<>(System.getenv());
    all.putAll(environment);
    try {
      WorkerFolders.Waiting place = WorkerFolders.bind(all);
      Path folder = place.folder();
      Path socket = place.socket();
      ServerSocketChannel server = place.server();
      List<String> command = new ArrayList<>(IGNORING_SIGINT);
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(options);
      if (place.elsewhere()) {
        command.add("-Djava.io.tmpdir=" + place.parent());
      }
      command.add("-cp");
      command.add(classPath());
      command.add(WorkerProcess.class.getName());
      command.add(socket.toString());
      Path running = WorkerFolders.existing(directory, all);
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .directory(running.toFile())
              .redirectInput(new File("/dev/null"));
      builder.environment().putAll(environment);
      Process process;
      try {
        process = builder.start();
      } catch (IOException e) {
        close(server);
        TemporaryFolder.delete(folder);
        throw e;
      }
      Worker worker = new Worker(process, folder, events);
      Thread stdout =
          daemon("worker stdout", () -> worker.pump(process.getInputStream(), Stream.STDOUT));
      Thread stderr =
          daemon("worker stderr", () -> worker.pump(process.getErrorStream(), Stream.STDERR));
      daemon("worker reader", () -> worker.serve(server, socket));
      daemon(
          "worker end",
          () -> {
            worker.awaitExit();
            // What a JVM that did not start has said is to be there when that is told.
            join(stdout);
            join(stderr);
            // One that has not connected never will.
            close(server);
            TemporaryFolder.delete(folder);
            // Of others that were killed; at the end, as at a start it would take time from it.
            TemporaryFolder.sweep(place.parent());
            CrashReports.sweep();
          });
      if (!Files.isDirectory(directory)) {
        events.stray(Stream.STDERR, moved(directory, running));
      }
      return worker;
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot start a worker process: " + WorkerFolders.reason(e), e);
    }
  }

  /** This process's, in a form that means the same in any directory. */
  private static String classPath() {
    return Pattern.compile(File.pathSeparator, Pattern.LITERAL)
        .splitAsStream(System.getProperty("java.class.path"))
        .map(entry -> Path.of(entry).toAbsolutePath().toString())
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static String moved(Path directory, Path running) {
    return ("The folder %s is there no more: it was removed or has got another name. "
            + "Relative paths start in %s now.\n")
        .formatted(directory, running);
  }

  private static Thread daemon(String name, Runnable task) {
    return Thread.ofPlatform().daemon().name(name).start(task);
  }

  private static void join(Thread thread) {
    try {
      thread.join(LAST_WORDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void serve(ServerSocketChannel server, Path socket) {
    try {
      Channel connected;
      try (server) {
        connected = new Channel(server.accept(), "kernel");
      } finally {
        Files.deleteIfExists(socket);
        Files.deleteIfExists(folder);
      }
      channel.complete(connected);
      for (Optional<WorkerMessage> message = connected.receive();
          message.isPresent();
          message = connected.receive()) {
        switch (message.get()) {
          case WorkerMessage.Finished(long ticket, Ending ending) -> {
            CompletableFuture<Ending> request = requests.remove(ticket);
            if (request != null) {
              request.complete(ending);
            }
          }
          case WorkerMessage.ToKernel event -> received(event);
          case WorkerMessage.ToWorker wrongWay ->
              throw new IOException("the worker sent what only kernels send: " + wrongWay);
        }
      }
    } catch (IOException e) {
      // The end of the process, or a broken channel, which is the end as well.
    } finally {
      process.destroyForcibly();
      awaitExit();
      Died died = new Died(ending());
      channel.completeExceptionally(died);
      channel.thenAccept(Channel::close);
      requests.values().forEach(request -> request.completeExceptionally(died));
    }
  }

  private void received(WorkerMessage.ToKernel event) {
    try {
      events.received(this, event);
    } catch (OutOfMemoryError e) {
      // Only this is lost, and not all that the worker holds.
      events.stray(Stream.STDERR, "[What a cell sent was too large, and is not shown.]\n");
    }
  }

  private String ending() {
    int exit = process.exitValue();
    Optional<Path> report = CrashReports.of(process.pid());
    if (report.isPresent()) {
      return "Java itself crashed there, which native code or Unsafe can do (more in "
          + report.get()
          + ")";
    }
    String words = String.join("", said).strip();
    if (!channel.isDone() && !words.isEmpty()) {
      return "it ended with exit code " + exit + " before it was there, and said: " + words;
    }
    return switch (exit) {
      case 128 + 9 -> "it was killed (signal 9)";
      case 128 + 6 -> "it crashed (signal 6)";
      case 128 + 11 -> "it crashed (signal 11)";
      default -> "it ended with exit code " + exit;
    };
  }

  /** Sends in order with everything else. */
  public void send(WorkerMessage.ToWorker message) throws Died {
    connected().send(message);
  }

  /** As {@link #send}, but goes out together with what is sent next. */
  public void sendLater(WorkerMessage.ToWorker message) throws Died {
    connected().sendLater(message);
  }

  /** Sends a request, made with the ticket it is given, and waits for its end. */
  public Ending request(LongFunction<WorkerMessage.ToWorker> request) throws Died {
    long ticket = tickets.incrementAndGet();
    CompletableFuture<Ending> ending = new CompletableFuture<>();
    requests.put(ticket, ending);
    Channel to = connected();
    to.send(request.apply(ticket));
    if (!process.isAlive()) {
      // The requests that were there at its end have been told; this one may have come after that.
      awaitExit();
      ending.completeExceptionally(new Died(ending()));
    }
    return await(ending);
  }

  private Channel connected() throws Died {
    return await(channel);
  }

  private static <T> T await(CompletableFuture<T> future) throws Died {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return future.get();
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException e) {
          if (e.getCause() instanceof Died died) {
            throw died;
          }
          throw new IllegalStateException(e.getCause());
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void pump(InputStream in, Stream stream) {
    try (Reader reader = new InputStreamReader(in, StandardCharsets.UTF_8)) {
      char[] buffer = new char[8192];
      for (int n = reader.read(buffer); n >= 0; n = reader.read(buffer)) {
        String text = TOOL_OPTIONS.matcher(new String(buffer, 0, n)).replaceAll("");
        if (!text.isEmpty()) {
          if (!channel.isDone() && said.size() < MOST_SAID) {
            said.add(text);
          }
          events.stray(stream, text);
        }
      }
    } catch (IOException e) {
      // The process ended.
    }
  }

  /**
   * The processor time that the process has had; as if it had much, where the system says nothing.
   */
  public Duration computed() {
    return process.info().totalCpuDuration().orElseGet(() -> Duration.ofNanos(System.nanoTime()));
  }

  /** Ends the process at once. */
  public void kill() {
    process.destroyForcibly();
  }

  /** Ends the process and all that it started. */
  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    awaitExit();
    TemporaryFolder.delete(folder);
  }

  private void awaitExit() {
    boolean interrupted = false;
    while (true) {
      try {
        if (process.waitFor(10, TimeUnit.SECONDS)) {
          break;
        }
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static void close(Closeable what) {
    Quietly.close(what);
  }
}
