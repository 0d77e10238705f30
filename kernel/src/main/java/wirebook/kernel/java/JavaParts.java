package wirebook.kernel.java;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import jdk.jshell.DeclarationSnippet;
import jdk.jshell.Diag;
import jdk.jshell.ExpressionSnippet;
import jdk.jshell.Snippet;
import jdk.jshell.SnippetEvent;
import jdk.jshell.VarSnippet;
import wirebook.kernel.session.CellOutput.Stream;
import wirebook.kernel.session.Interpreter.Outcome.Failed;
import wirebook.kernel.worker.Message;
import wirebook.kernel.worker.Message.Ending;
import wirebook.kernel.worker.Worker;
import wirebook.spi.Diagnostic;
import wirebook.spi.MimeBundle;
import wirebook.spi.Span;

/** Runs Java, one snippet after the other. */
final class JavaParts {
  /** Code with none of this ends soon, so its classes need no stop checks. */
  private static final Pattern MAY_RUN_LONG =
      Pattern.compile("\\b(?:for|while|do)\\b|->|\\{|\\\\u");

  private final Optional<PeerSettings.Limit> timeout;
  private final Consumer<Run> stop;
  private final UnaryOperator<MimeBundle> readable;

  /** The variable with the value that a cell gave last. */
  private Optional<String> lastResult = Optional.empty();

  private final Set<String> toldWarnings = new LinkedHashSet<>();

  /**
   * @param timeout for each statement
   * @param stop stops a run as a person would
   * @param readable puts the students' names and places into what a value says of itself
   */
  JavaParts(
      Optional<PeerSettings.Limit> timeout,
      Consumer<Run> stop,
      UnaryOperator<MimeBundle> readable) {
    this.timeout = timeout;
    this.stop = stop;
    this.readable = readable;
  }

  /** Evaluates the snippets in order; the last one's value is shown when it is an expression. */
  Optional<MimeBundle> run(JShellSession jshell, Run run, String text, int offset)
      throws CellFailed, Worker.Died {
    Optional<Failed> open = unclosedComment(run, offset, text);
    if (open.isPresent()) {
      throw new CellFailed(open.get());
    }
    int at = 0;
    Optional<Snippet> last = Optional.empty();
    String lastSource = "";
    List<DeclarationSnippet> unfinished = new ArrayList<>();
    while (at < text.length()) {
      String rest = text.substring(at);
      Snippets.First first = Snippets.first(jshell.analysis, text, at);
      boolean more = false;
      String source = rest;
      switch (first.completeness()) {
        case EMPTY -> {
          at = text.length();
          continue;
        }
        case COMPLETE, COMPLETE_WITH_SEMI -> {
          source = first.source();
          more = first.end() < text.length();
        }
        case CONSIDERED_INCOMPLETE, DEFINITELY_INCOMPLETE, UNKNOWN -> {
          // JShell says in its diagnostics what is wrong with it. To the first, such as a while (…)
          // with nothing to do, its analysis would add a semicolon.
        }
      }
      if (run.stopped.get()) {
        throw stopped(run);
      }
      String statement = source;
      int line = line(run, offset + at);
      jshell.control.prepare(
          MAY_RUN_LONG.matcher(source).find(),
          () ->
              jshell
                  .evaluating()
                  .ifPresent(one -> jshell.places.add(jshell.analysis, one, run.place, line)));
      List<SnippetEvent> events = eval(jshell, run, statement);
      if (events.isEmpty()) {
        throw new CellFailed(Failures.nothing());
      }
      check(jshell, run, events, offset + at, source, offset + text.length(), unfinished);
      lastSource = more ? source : rest;
      last = Optional.of(events.getFirst().snippet());
      at = more ? first.end() : text.length();
    }
    tellUnfinished(jshell, run, unfinished);
    if (run.object.isPresent()) {
      run.object.get().set(last.isPresent() && isValue(last.get()));
      return Optional.empty();
    }
    if (last.isPresent() && isValue(last.get()) && !Snippets.isCallOf("display", lastSource)) {
      // A picture is shown all the same, as IJava's notebooks count on it.
      boolean hidden = Snippets.endsWithSemicolon(lastSource);
      int number = run.store ? run.number : 0;
      Optional<MimeBundle> result =
          shown(
              run,
              jshell,
              jshell.control.request(
                  ticket -> new Message.ShowResult(ticket, run.id, number, hidden)));
      if (run.store && result.isPresent()) {
        lastResult = nameOf(last.get());
      }
      return result;
    }
    return Optional.empty();
  }

  /** Evaluates one snippet, a second time where it is right in a cell and not for JShell. */
  private List<SnippetEvent> eval(JShellSession jshell, Run run, String source) {
    List<SnippetEvent> events = limited(run, () -> jshell.eval(source));
    if (events.isEmpty() || events.getFirst().status() != Snippet.Status.REJECTED) {
      return events;
    }
    Snippet main = events.getFirst().snippet();
    String mended = Snippets.mended(source, jshell.shell.diagnostics(main).toList(), lastResult);
    return mended.equals(source) ? events : limited(run, () -> jshell.eval(mended));
  }

  /** JShell takes it, and all that follows, for nothing. */
  private static Optional<Failed> unclosedComment(Run run, int offset, String text) {
    Snippets.Break end = Snippets.breakOf(text);
    int start = end.start() - 2;
    return end.inside() == Snippets.Inside.COMMENT && text.startsWith("/*", start)
        ? Optional.of(
            Failures.of(
                new Diagnostic(
                    "CompilationError",
                    new Span(offset + start, offset + start + 2),
                    "unclosed comment",
                    "end it with */"),
                run.code,
                run.place))
        : Optional.empty();
  }

  /** Stops the cell when the statement takes longer than the environment allows. */
  private <T> T limited(Run run, Supplier<T> statement) {
    if (timeout.isEmpty()) {
      return statement.get();
    }
    PeerSettings.Limit limit = timeout.get();
    Thread clock =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    Thread.sleep(limit.time());
                    run.overdue.set(true);
                    stop.accept(run);
                  } catch (InterruptedException e) {
                    // The statement was in time.
                  }
                });
    try {
      return statement.get();
    } finally {
      clock.interrupt();
    }
  }

  private CellFailed stopped(Run run) {
    return new CellFailed(
        run.overdue.get() && timeout.isPresent()
            ? Failures.overdue(timeout.get())
            : Failures.stopped());
  }

  /** The variable that has an expression's value. */
  private static Optional<String> nameOf(Snippet snippet) {
    return switch (snippet) {
      case VarSnippet variable -> Optional.of(variable.name());
      case ExpressionSnippet expression -> Optional.of(expression.name());
      default -> Optional.empty();
    };
  }

  private static boolean isValue(Snippet snippet) {
    return switch (snippet.subKind()) {
      case TEMP_VAR_EXPRESSION_SUBKIND,
          VAR_VALUE_SUBKIND,
          ASSIGNMENT_SUBKIND,
          OTHER_EXPRESSION_SUBKIND ->
          true;
      default -> false;
    };
  }

  Optional<MimeBundle> shown(Run run, JShellSession jshell, Ending ending) throws CellFailed {
    raise(run, jshell, ending);
    return ending instanceof Ending.Rendered(var bundle) ? bundle.map(readable) : Optional.empty();
  }

  /** Throws what the ending means for the cell; returns when it is not the cell's end. */
  Optional<MimeBundle> raise(Run run, JShellSession jshell, Ending ending) throws CellFailed {
    if (run.stopped.get()) {
      throw stopped(run);
    }
    switch (ending) {
      case Ending.Returned r -> {}
      case Ending.Rendered r -> {}
      case Ending.MagicDone r -> {}
      case Ending.MagicWrong(Diagnostic diagnostic) ->
          throw new CellFailed(Failures.of(diagnostic, run.code, run.place));
      case Ending.Threw(var thrown) -> throw new CellFailed(Failures.of(thrown, jshell.places));
      case Ending.Unresolved u -> {}
      case Ending.Stopped s -> throw stopped(run);
      case Ending.Refused(String reason) ->
          throw new CellFailed(Failures.of("WorkerRefused", reason, List.of()));
    }
    return Optional.empty();
  }

  /** Throws when the snippet could not be compiled, or its code ended in an error. */
  private void check(
      JShellSession jshell,
      Run run,
      List<SnippetEvent> events,
      int offset,
      String source,
      int end,
      List<DeclarationSnippet> unfinished)
      throws CellFailed, Worker.Died {
    SnippetEvent main = events.getFirst();
    Snippet snippet = main.snippet();
    Optional<Ending> ending = jshell.control.lastEnding();
    List<Diag> diags = jshell.shell.diagnostics(snippet).toList();
    boolean tooLarge = Complaints.tooLarge(diags);
    if (tooLarge) {
      jshell.tooLarge(snippet);
    }
    boolean unusable =
        isUnfinished(main)
            && diags.stream().anyMatch(Diag::isError)
            && missing(jshell, (DeclarationSnippet) snippet).isEmpty();
    if (main.status() == Snippet.Status.REJECTED || tooLarge || unusable) {
      jshell.index();
      Failed failed = Complaints.of(jshell, run.code, run.place, offset, source, end, diags);
      if (tooLarge) {
        // Again, because the complaint has compiled it as well.
        jshell.freshCompilers();
      }
      throw new CellFailed(failed);
    }
    int line = line(run, offset);
    if (snippet.kind() != Snippet.Kind.IMPORT) {
      jshell.places.add(jshell.analysis, snippet, run.place, line);
    }
    events.stream()
        .skip(1)
        .filter(event -> event.snippet() instanceof DeclarationSnippet)
        .filter(event -> event.status().isDefined())
        .forEach(event -> jshell.places.moved(jshell.analysis, event.snippet()));
    for (Diag diag : diags) {
      String message = Complaints.warning(diag, run.place, line, source);
      if (!diag.isError() && toldWarnings.add(message)) {
        run.output.stream(Stream.STDERR, message + "\n");
      }
    }
    if (isUnfinished(main)) {
      unfinished.add((DeclarationSnippet) snippet);
    }
    if (main.previousStatus() == Snippet.Status.VALID) {
      Complaints.broken(jshell, events)
          .filter(toldWarnings::add)
          .forEach(told -> run.output.stream(Stream.STDERR, told + "\n"));
    }
    if (ending.isPresent()) {
      if (ending.get() instanceof Ending.Unresolved(int id, var frames)) {
        throw new CellFailed(Complaints.unresolved(jshell, id));
      }
      raise(run, jshell, ending.get());
    }
  }

  private static boolean isUnfinished(SnippetEvent event) {
    return event.snippet() instanceof DeclarationSnippet
        && (event.status() == Snippet.Status.RECOVERABLE_DEFINED
            || event.status() == Snippet.Status.RECOVERABLE_NOT_DEFINED);
  }

  private static List<String> missing(JShellSession jshell, DeclarationSnippet declared) {
    return jshell.shell.unresolvedDependencies(declared).toList();
  }

  private static int line(Run run, int offset) {
    return 1 + (int) run.code.substring(0, offset).chars().filter(c -> c == '\n').count();
  }

  /** Declarations that still wait for others when the cell is over. */
  private static void tellUnfinished(
      JShellSession jshell, Run run, List<DeclarationSnippet> unfinished) {
    for (DeclarationSnippet declared : unfinished) {
      List<String> missing = missing(jshell, declared);
      if (jshell.shell.status(declared).isActive() && !missing.isEmpty()) {
        run.output.stream(Stream.STDERR, Complaints.waits(declared, missing) + "\n");
        missing.stream()
            .flatMap(one -> Complaints.hint(jshell, declared, one).stream())
            .forEach(hint -> run.output.stream(Stream.STDERR, hint + "\n"));
      }
    }
  }

  /** Evaluates a snippet of our own; what is wrong with it is told at the place of {@code span}. */
  void evaluate(JShellSession jshell, Run run, String source, Span span)
      throws CellFailed, Worker.Died {
    jshell.control.prepare(false, () -> {});
    List<SnippetEvent> events = jshell.eval(source);
    SnippetEvent main = events.getFirst();
    if (main.status() == Snippet.Status.REJECTED) {
      String message =
          jshell
              .shell
              .diagnostics(main.snippet())
              .map(diag -> Places.expunge(diag.getMessage(java.util.Locale.ENGLISH)))
              .findFirst()
              .orElse("this cannot be compiled");
      throw new CellFailed(
          Failures.of(new Diagnostic("CompilationError", span, message, ""), run.code, run.place));
    }
    Optional<Ending> ending = jshell.control.lastEnding();
    if (ending.isPresent()) {
      raise(run, jshell, ending.get());
    }
  }
}
