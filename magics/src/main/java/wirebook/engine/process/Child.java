package wirebook.engine.process;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import wirebook.trace.Bytes;

/**
 * A running program, with all that it starts: its output is passed on as it comes, it is stopped as
 * a whole, and it ends with this process at the latest.
 */
public final class Child {
  /** How long is waited for what a program that has ended left in its pipes. */
  private static final long QUIET_MILLIS = 50;

  /** How often is looked whether it waits for standard input. */
  private static final long LOOK_MILLIS = 100;

  /** The signals of a stop, each so long after the one before. */
  private static final List<String> STOP = List.of("INT", "TERM");

  private static final long STEP_MILLIS = 120;

  private final List<String> command;
  private final ProcessGroups groups;
  private final Process process;
  private final String mark;
  private final Pump out;
  private final Pump err;

  /** Who gives standard input when the program wants some. */
  public interface Input {
    /** A line without its end; empty when there are no more. */
    Optional<String> line() throws InterruptedException;
  }

  private Child(
      List<String> command,
      ProcessGroups groups,
      ProcessGroups.Started started,
      OutputStream out,
      OutputStream err) {
    this.command = List.copyOf(command);
    this.groups = groups;
    process = started.process();
    mark = started.mark();
    this.out = new Pump(started.out(), out);
    this.err = new Pump(started.err(), err);
  }

  /**
   * Starts a program; its standard input is open.
   *
   * @param command the program, by its path or as {@code PATH} finds it, and its arguments
   * @param environment all of its variables
   * @param out is flushed after each piece; also used when the program has left others running
   * @throws IOException in words for a person
   */
  public static Child start(
      ProcessGroups groups,
      List<String> command,
      Path directory,
      Map<String, String> environment,
      OutputStream out,
      OutputStream err)
      throws IOException, InterruptedException {
    if (!Files.isDirectory(directory)) {
      throw new IOException("the folder " + directory + " is there no more; %cd goes to another");
    }
    String program = command.getFirst();
    Optional<Path> found =
        program.contains("/")
            ? Optional.of(directory.resolve(program)).filter(Files::isExecutable)
            : ProcessGroups.find(program, environment.getOrDefault("PATH", "/usr/bin:/bin"));
    if (found.isEmpty()) {
      throw new IOException(
          program.contains("/")
              ? directory.resolve(program) + " is no program"
              : "there is no program " + program + " in the folders of PATH");
    }
    try {
      ProcessGroups.Started started = groups.start(command, directory, environment);
      Child child = new Child(command, groups, started, out, err);
      child.out.start();
      child.err.start();
      return child;
    } catch (IllegalArgumentException e) {
      throw new IOException("a zero byte cannot be given to a program", e);
    }
  }

  /** Its number, which is its group's as well. */
  public long pid() {
    return process.pid();
  }

  public ProcessHandle handle() {
    return process.toHandle();
  }

  /** The system's name of what is its standard input; empty where that cannot be known. */
  public String inputPipe() {
    return StandardInput.link(pid());
  }

  /** Sends it and all of its group a signal, by its name without SIG. */
  public void signal(String name) {
    groups.signal(name, pid());
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** Its standard input; to be closed for its end. */
  public OutputStream in() {
    return process.getOutputStream();
  }

  /** Writes all of it to standard input, and ends that; a program that reads less is fine. */
  public void feed(Bytes text) {
    Thread.ofPlatform()
        .daemon()
        .name("child input")
        .start(
            () -> {
              try (OutputStream in = in()) {
                in.write(text.toArray());
              } catch (IOException e) {
                // It does not want it.
              }
            });
  }

  /**
   * Waits for its end; an interrupt stops it. What it has started in the background may go on.
   *
   * @param input is asked for lines when it, or what it has started, waits for some; nobody is
   *     where the system does not tell that, and standard input is at its end
   */
  public CompletedProcess await(Input input) throws InterruptedException {
    boolean ended = false;
    try {
      StandardInput lookout = new StandardInput(process);
      if (lookout.isUnknown()) {
        give(Optional.empty());
      }
      while (!process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
        if (lookout.isWaitedFor()) {
          give(input.line());
        }
      }
      drain();
      ended = true;
    } finally {
      if (!ended) {
        stop();
      }
    }
    return new CompletedProcess(
        command, process.exitValue(), out.kept(), err.kept(), out.whole() && err.whole());
  }

  private void give(Optional<String> line) {
    try {
      if (line.isPresent()) {
        in().write((line.get() + "\n").getBytes(StandardCharsets.UTF_8));
        in().flush();
      } else {
        in().close();
      }
    } catch (IOException e) {
      // It has ended meanwhile.
    }
  }

  /** Until all is passed on, or only what still runs in the background could say more. */
  private void drain() throws InterruptedException {
    boolean quiet = false;
    while (!quiet) {
      long before = out.passed() + err.passed();
      out.thread.join(QUIET_MILLIS);
      if (!out.thread.isAlive()) {
        err.thread.join(QUIET_MILLIS);
      }
      boolean ended = !out.thread.isAlive() && !err.thread.isAlive();
      quiet = ended || (before == out.passed() + err.passed() && !out.isBusy() && !err.isBusy());
    }
  }

  /**
   * Ends it, all of its group and what has left that, with a moment for what wants to tidy up: a
   * quarter of a second at most. It is ended also when the caller, who waits for that, is stopped
   * himself.
   */
  public void stop() {
    List<ProcessHandle> others = process.descendants().toList();
    Thread stopping = Thread.ofPlatform().daemon().name("child stop").start(() -> end(others));
    try {
      stopping.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void end(List<ProcessHandle> others) {
    try {
      for (String signal : STOP) {
        groups.signal(signal, pid());
        if (process.waitFor(STEP_MILLIS, TimeUnit.MILLISECONDS)) {
          break;
        }
      }
    } catch (InterruptedException e) {
      // Whoever hurries it gets it at once.
    }
    groups.signal("KILL", pid());
    Stream.of(others.stream(), process.descendants(), ProcessGroups.marked(mark))
        .flatMap(left -> left)
        .forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  /** Passes a stream on, and keeps its beginning. */
  private static final class Pump implements Runnable {
    private final InputStream from;
    private final OutputStream to;
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private final Thread thread = Thread.ofPlatform().daemon().name("child output").unstarted(this);
    private volatile long passed;
    private volatile boolean writing;

    Pump(InputStream from, OutputStream to) {
      this.from = from;
      this.to = to;
    }

    void start() {
      thread.start();
    }

    @Override
    public void run() {
      byte[] buffer = new byte[1 << 16];
      try (from) {
        for (int n = from.read(buffer); n >= 0; n = from.read(buffer)) {
          writing = true;
          keep(buffer, n);
          to.write(buffer, 0, n);
          to.flush();
          count(n);
          writing = false;
        }
      } catch (IOException e) {
        // Nobody takes it any more.
      }
    }

    private synchronized void keep(byte[] bytes, int length) {
      kept.write(bytes, 0, Math.min(length, CompletedProcess.MOST_KEPT - kept.size()));
    }

    private synchronized void count(int more) {
      passed += more;
    }

    synchronized Bytes kept() {
      return Bytes.of(kept.toByteArray());
    }

    synchronized boolean whole() {
      return passed == kept.size();
    }

    long passed() {
      return passed;
    }

    boolean isBusy() {
      try {
        return writing || from.available() > 0;
      } catch (IOException e) {
        return false;
      }
    }
  }
}
