package wirebook.magics.venv;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.ReentrantLock;
import wirebook.engine.process.Child;
import wirebook.engine.process.CompletedProcess;
import wirebook.engine.python.Distribution;
import wirebook.engine.python.PythonEnvironment;
import wirebook.internet.sites.PackageIndex;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicResult;
import wirebook.spi.Word;

/** pip and other programs of an environment that run to their end. */
final class VenvPrograms {
  private VenvPrograms() {}

  static MagicResult pip(MagicCall call, SessionEnvironments all, Path prefix, List<Word> words)
      throws IOException, InterruptedException {
    ReentrantLock lock = all.lock(prefix);
    lock.lockInterruptibly();
    try {
      Snapshot.repair(prefix);
      if (!PythonEnvironment.isWholeAt(prefix)) {
        return VenvReports.missing(call, prefix);
      }
      List<String> command =
          new ArrayList<>(List.of(prefix.resolve("bin/python").toString(), "-m", "pip"));
      List<Word> arguments = beforeRedirection(words);
      arguments.forEach(word -> command.add(word.text()));
      String what = arguments.isEmpty() ? "" : arguments.getFirst().text();
      boolean changes = Set.of("install", "uninstall").contains(what);
      List<Distribution> before = all.read(prefix).packages();
      Optional<Snapshot> snapshot = changes ? Optional.of(Snapshot.take(prefix)) : Optional.empty();
      Optional<Child> pip = Optional.empty();
      boolean done = false;
      int status;
      try {
        Map<String, String> variables = SessionEnvironments.activated(call, prefix);
        // Bars are for terminals.
        variables.putIfAbsent("PIP_PROGRESS_BAR", "off");
        Child child = start(call, command, variables, words);
        pip = Optional.of(child);
        status = await(call, child, words).exitStatus();
        done = status == 0;
      } finally {
        if (snapshot.isPresent()) {
          end(snapshot.get(), pip, done);
        }
      }
      PythonEnvironment after = all.read(prefix);
      if (status != 0) {
        call.out()
            .println(
                "pip ended with status "
                    + status
                    + (changes ? "; the environment is as it was." : "."));
        hint(call, what);
      } else if (changes) {
        VenvReports.changed(call, after, before);
      }
      return MagicResult.of(after, status);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes the snapshot away, or puts back what is in it; on a thread of its own, which goes on when
   * the cell that waits for it is stopped once more.
   */
  private static void end(Snapshot snapshot, Optional<Child> pip, boolean done) throws IOException {
    FutureTask<?> ending =
        new FutureTask<>(
            () -> {
              if (done) {
                snapshot.drop();
              } else {
                // A pip that is stopped moves and deletes for a while, by the same paths.
                pip.ifPresent(Child::stop);
                snapshot.restore();
              }
              return Optional.empty();
            });
    Thread.ofPlatform().daemon().name("venv snapshot").start(ending);
    try {
      ending.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException why ? why : new IOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Why the lab's index had nothing, when that is so. */
  private static void hint(MagicCall call, String what) {
    if (what.equals("install") && call.network().name().equals("lab")) {
      if (PackageIndex.folder().isEmpty()) {
        VenvReports.sentence(
            call,
            "if it wanted a package of an index: the lab's is empty until somebody fetches its packages",
            "With a network: ./binder/wheels python3 in the checkout; or %internet real.");
      } else {
        call.out()
            .println(
                "The lab's package index has only what this class needs (%curl "
                    + PackageIndex.URL
                    + " lists it); %internet real goes to PyPI.");
      }
    }
  }

  private static List<Word> beforeRedirection(List<Word> words) {
    return words.stream().takeWhile(word -> !word.operator()).toList();
  }

  private static List<Word> redirection(List<Word> words) {
    return words.subList(beforeRedirection(words).size(), words.size());
  }

  /** Starts a program; its standard output goes where the redirection in the words says. */
  private static Child start(
      MagicCall call, List<String> command, Map<String, String> variables, List<Word> words)
      throws IOException, InterruptedException {
    OutputStream out = redirection(words).isEmpty() ? call.out() : OutputStream.nullOutputStream();
    return SessionEnvironments.start(call, command, variables, out, call.err());
  }

  private static CompletedProcess await(MagicCall call, Child child, List<Word> words)
      throws IOException, InterruptedException {
    CompletedProcess run = SessionEnvironments.await(call, child);
    if (!redirection(words).isEmpty()) {
      VenvReports.print(call, redirection(words), run.standardOutput().text());
    }
    return run;
  }

  static MagicResult program(
      MagicCall call, SessionEnvironments all, Path prefix, Word run, List<Word> words)
      throws IOException, InterruptedException {
    List<Word> arguments = beforeRedirection(words);
    if (arguments.isEmpty()) {
      throw call.wrong(
          "VENV006",
          run,
          "run what?",
          "%venv NAME run app.py, or -m flask --version, or a command.");
    }
    if (!PythonEnvironment.isAt(prefix)) {
      return VenvReports.missing(call, prefix);
    }
    List<String> command = new ArrayList<>();
    String first = arguments.getFirst().text();
    Map<String, String> variables = SessionEnvironments.activated(call, prefix);
    if (first.startsWith("-") || first.endsWith(".py")) {
      command.add(prefix.resolve("bin/python").toString());
    }
    arguments.forEach(word -> command.add(word.text()));
    Path own = prefix.resolve("bin").resolve(first);
    if (command.getFirst().equals(first) && !first.contains("/") && Files.isExecutable(own)) {
      command.set(0, own.toString());
    }
    CompletedProcess ended = await(call, start(call, command, variables, words), words);
    if (!ended.succeeded()) {
      call.out()
          .println(
              "%s ended with status %s."
                  .formatted(
                      String.join(" ", arguments.stream().map(Word::text).toList()),
                      ended.exitStatus()));
    }
    return MagicResult.of(all.read(prefix), ended.exitStatus());
  }
}
