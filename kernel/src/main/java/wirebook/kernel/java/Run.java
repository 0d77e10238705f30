package wirebook.kernel.java;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import wirebook.kernel.java.complaints.Failures;
import wirebook.kernel.java.complaints.Source;
import wirebook.kernel.java.magics.CellFailed;
import wirebook.kernel.java.shell.JShellSession;
import wirebook.kernel.java.shell.TextWork;
import wirebook.kernel.session.CellOutput;
import wirebook.kernel.worker.handle.Worker;
import wirebook.spi.Diagnostic;
import wirebook.spi.Span;

/** One execution, or the part of it that runs other text than the cell's, a file's for example. */
final class Run {
  final int id;
  final int number;
  final boolean store;
  final String code;

  /** Whose lines the code's are, as people are told: {@code In[3]}, or a file's name. */
  final String place;

  /** The files that are being run, the innermost last. */
  final List<Path> files;

  final CellOutput output;

  /** Whether it ended by itself; if not, its worker is killed. */
  final CompletableFuture<Boolean> ended;

  /** What this process does for it, and whether it was stopped. */
  final TextWork text;

  /** Where it runs, as soon as it does. */
  final AtomicReference<@Nullable JShellSession> shell;

  /** The type of what the magic before gave, of those that run in the worker. */
  Optional<String> gave = Optional.empty();

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
        outer.place,
        List.of(),
        outer.output,
        new CompletableFuture<>(),
        new TextWork(),
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
        "In[" + number + "]",
        List.of(),
        output,
        new CompletableFuture<>(),
        new TextWork(),
        new AtomicReference<>(),
        new AtomicBoolean(),
        Optional.empty());
  }

  private Run(
      int id,
      int number,
      boolean store,
      String code,
      String place,
      List<Path> files,
      CellOutput output,
      CompletableFuture<Boolean> ended,
      TextWork text,
      AtomicReference<@Nullable JShellSession> shell,
      AtomicBoolean overdue,
      Optional<AtomicBoolean> object) {
    this.id = id;
    this.number = number;
    this.store = store;
    this.code = code;
    this.place = place;
    this.files = files;
    this.output = output;
    this.ended = ended;
    this.text = text;
    this.shell = shell;
    this.overdue = overdue;
    this.object = object;
  }

  Source source() {
    return new Source(code, place, text);
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

  /** Other text of the same place. */
  Run with(String text) {
    return with(text, place, files);
  }

  /** The text of a file, or of a part of it. */
  Run with(String text, Path file, String name) {
    return with(text, name, Stream.concat(files.stream(), Stream.of(file)).toList());
  }

  private Run with(String code, String where, List<Path> within) {
    return new Run(
        id, number, store, code, where, within, output, ended, text, shell, overdue, object);
  }

  CellFailed wrong(Span span, String id, String message, String fix) {
    return new CellFailed(Failures.of(new Diagnostic(id, span, message, fix), code, place));
  }
}
