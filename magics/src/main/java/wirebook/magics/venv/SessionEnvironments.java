package wirebook.magics.venv;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import wirebook.engine.process.Child;
import wirebook.engine.process.CompletedProcess;
import wirebook.engine.process.ProcessGroups;
import wirebook.engine.python.PythonEnvironment;
import wirebook.engine.python.PythonInterpreter;
import wirebook.magics.shell.Children;
import wirebook.spi.MagicCall;

/** The environments of a session's folder, the programs that run in them, and who is at work. */
final class SessionEnvironments {
  private final Map<Path, ReentrantLock> locks = new ConcurrentHashMap<>();
  private final Map<String, PythonApp> apps = new ConcurrentHashMap<>();

  static SessionEnvironments of(MagicCall call) {
    return call.service(SessionEnvironments.class, SessionEnvironments::new);
  }

  /** The apps by name, of which some may have ended. */
  Map<String, PythonApp> apps() {
    return apps;
  }

  /** One at a time changes an environment; others wait. */
  ReentrantLock lock(Path prefix) {
    return locks.computeIfAbsent(prefix, _ -> new ReentrantLock());
  }

  /** As it is now. */
  PythonEnvironment read(Path prefix) {
    try {
      return PythonEnvironment.read(
          prefix,
          apps.values().stream()
              .filter(app -> app.prefix().equals(prefix))
              .flatMap(app -> app.url().stream())
              .reduce((first, second) -> second));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Those in a folder. */
  List<PythonEnvironment> in(Path folder) {
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(PythonEnvironment::isAt).sorted().map(this::read).toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  void stopAppsOf(Path prefix) {
    apps.values()
        .removeIf(
            app -> {
              boolean of = app.prefix().equals(prefix);
              if (of) {
                app.stop();
              }
              return of;
            });
  }

  // ------------------------------------------------------------------------- processes

  /** A program's variables as {@code bin/activate} changes them. */
  static Map<String, String> activated(MagicCall call, Path prefix) throws IOException {
    Map<String, String> all = Children.variables(call);
    all.put("VIRTUAL_ENV", prefix.toString());
    all.remove("PYTHONHOME");
    all.merge("PATH", prefix.resolve("bin").toString(), (path, first) -> first + ":" + path);
    return all;
  }

  /** Runs a program below the cell until it ends; an interrupt ends it. */
  static CompletedProcess run(
      MagicCall call,
      List<String> command,
      Map<String, String> variables,
      OutputStream out,
      OutputStream err)
      throws IOException, InterruptedException {
    return await(call, start(call, command, variables, out, err));
  }

  static Child start(
      MagicCall call,
      List<String> command,
      Map<String, String> variables,
      OutputStream out,
      OutputStream err)
      throws IOException, InterruptedException {
    return Child.start(
        call.service(ProcessGroups.class, ProcessGroups::new),
        command,
        call.directory(),
        variables,
        out,
        err);
  }

  static CompletedProcess await(MagicCall call, Child child) throws InterruptedException {
    return child.await(() -> call.ask("", false));
  }

  /**
   * Asks a Python of itself.
   *
   * @return empty when there is none, or it does not answer as one
   */
  static Optional<PythonInterpreter> ask(MagicCall call, List<String> programs, String module)
      throws IOException, InterruptedException {
    for (String program : programs) {
      Map<String, String> variables = Children.variables(call);
      if (program.contains("/")
          || ProcessGroups.find(program, variables.getOrDefault("PATH", "")).isPresent()) {
        List<String> command =
            new ArrayList<>(List.of(program, "-c", PythonInterpreter.QUESTION, module));
        try {
          CompletedProcess answer =
              run(
                  call,
                  command,
                  variables,
                  OutputStream.nullOutputStream(),
                  OutputStream.nullOutputStream());
          Optional<PythonInterpreter> found = PythonInterpreter.parse(answer.lines());
          if (found.isPresent()) {
            return found;
          }
        } catch (IOException e) {
          // No program.
        }
      }
    }
    return Optional.empty();
  }
}
