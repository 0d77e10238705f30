package wirebook.magics.serve;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import wirebook.engine.http.backend.Exit;
import wirebook.engine.http.backend.Fault;
import wirebook.engine.http.backend.Instance;
import wirebook.engine.process.Child;
import wirebook.engine.process.LineOutput;
import wirebook.engine.process.ProcessGroups;
import wirebook.net.Network;
import wirebook.net.PortOwner;

/** A program that listens on the port in {@code PORT}, in a process group of its own. */
final class ProgramInstance implements Instance {
  private static final int LAST_LINES = 10;
  private static final int LONGEST_LINE = 2000;

  /** The shell's name for the status of what a signal ended. */
  private static final int BY_SIGNAL = 128;

  private final URI url;
  private final Child child;
  private final LineOutput out;
  private final LineOutput err;
  private final Deque<String> last = new ArrayDeque<>();
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile Optional<Exit> exit = Optional.empty();
  private volatile boolean stopping;

  /**
   * What to run.
   *
   * @param command for {@code sh}
   * @param memory bytes of address space
   * @param cpu processor time
   */
  record Program(
      ProcessGroups groups,
      String command,
      Path directory,
      Map<String, String> environment,
      Optional<Long> memory,
      Optional<Duration> cpu) {
    private List<String> words() {
      String limits =
          memory.map(bytes -> "ulimit -v " + (bytes >> 10) + " && ").orElse("")
              + cpu.map(time -> "ulimit -t " + Math.max(1, time.toSeconds()) + " && ").orElse("");
      return List.of("/bin/sh", "-c", limits + command);
    }
  }

  /**
   * @param lines is told what it prints
   */
  ProgramInstance(Network network, String name, Program program, Consumer<String> lines)
      throws IOException, InterruptedException {
    int port = freePort(network);
    url = URI.create("http://127.0.0.1:" + port + "/");
    Map<String, String> environment = new TreeMap<>(program.environment());
    environment.put("PORT", String.valueOf(port));
    environment.put("REPLICA", name);
    out = new LineOutput(LONGEST_LINE, line -> printed(line, lines));
    err = new LineOutput(LONGEST_LINE, line -> printed(line, lines));
    child =
        Child.start(program.groups(), program.words(), program.directory(), environment, out, err);
    Thread.ofPlatform().daemon().name(name).start(this::await);
  }

  private static int freePort(Network network) throws IOException {
    try (ServerSocket any =
        network.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1)) {
      return any.getLocalPort();
    }
  }

  private void await() {
    int status;
    try {
      status = child.await(Optional::empty).exitStatus();
    } catch (InterruptedException e) {
      status = Exit.KILLED;
    }
    out.end();
    err.end();
    synchronized (last) {
      exit =
          Optional.of(
              new Exit(
                  OptionalInt.of(status),
                  stopping
                      ? "stopped"
                      : status > BY_SIGNAL ? "ended by signal " + (status - BY_SIGNAL) : "",
                  List.copyOf(last)));
    }
    ended.countDown();
  }

  private void printed(String line, Consumer<String> lines) {
    synchronized (last) {
      last.addLast(line);
      if (last.size() > LAST_LINES) {
        last.removeFirst();
      }
    }
    lines.accept(line);
  }

  @Override
  public URI url() {
    return url;
  }

  @Override
  public Optional<String> elsewhere() {
    SortedSet<Integer> ports =
        PortOwner.portsOf(
            Stream.concat(
                    Stream.of(child.pid()),
                    ProcessHandle.of(child.pid()).stream()
                        .flatMap(ProcessHandle::descendants)
                        .map(ProcessHandle::pid))
                .toList());
    return ports.isEmpty() || ports.contains(url.getPort())
        ? Optional.empty()
        : Optional.of(
            "but it listens on "
                + ports.stream().map(String::valueOf).collect(Collectors.joining(", ")));
  }

  @Override
  public Optional<Exit> exit() {
    return exit;
  }

  @Override
  public boolean awaitExit(Duration longest) throws InterruptedException {
    return ended.await(longest.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public void stop(Duration grace) throws InterruptedException {
    stopping = true;
    child.signal("TERM");
    if (!awaitExit(grace)) {
      kill();
    }
  }

  @Override
  public void kill() {
    if (exit.isEmpty()) {
      // What it would say to a politer signal is not what went wrong with it.
      child.signal("KILL");
      child.stop();
    }
  }

  @Override
  public String words(Fault fault) {
    return switch (fault) {
      case Fault.Crash _ -> "it is killed (SIGKILL)";
      case Fault.Slow _ -> "it is stopped (SIGSTOP), until heal";
      case Fault.None _ -> "over, it goes on (SIGCONT)";
      case Fault.Fail _, Fault.Sick _, Fault.Leak _ ->
          throw new IllegalArgumentException(
              "a program fails when it will; crash kills it, and slow stops it (SIGSTOP) until heal");
    };
  }

  @Override
  public void drill(Fault fault) {
    switch (fault) {
      case Fault.Crash _ -> child.signal("KILL");
      case Fault.Slow _ -> child.signal("STOP");
      case Fault.None _ -> child.signal("CONT");
      case Fault.Fail _, Fault.Sick _, Fault.Leak _ -> {}
    }
  }
}
