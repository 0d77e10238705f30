// Above 500 lines: one snippet after the other, and what is said of each.
package wirebook.kernel.java;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jdk.jshell.DeclarationSnippet;
import jdk.jshell.Diag;
import jdk.jshell.ErroneousSnippet;
import jdk.jshell.ExpressionSnippet;
import jdk.jshell.Snippet;
import jdk.jshell.SnippetEvent;
import jdk.jshell.VarSnippet;
import wirebook.kernel.java.complaints.BrokenDeclarations;
import wirebook.kernel.java.complaints.CompilerMessage;
import wirebook.kernel.java.complaints.Complaints;
import wirebook.kernel.java.complaints.Failures;
import wirebook.kernel.java.complaints.NoJava;
import wirebook.kernel.java.complaints.Unheeded;
import wirebook.kernel.java.magics.CellFailed;
import wirebook.kernel.java.magics.MainMethod;
import wirebook.kernel.java.settings.PeerSettings;
import wirebook.kernel.java.shell.CompilerFailed;
import wirebook.kernel.java.shell.JShellSession;
import wirebook.kernel.java.shell.Snippets;
import wirebook.kernel.java.shell.Statements;
import wirebook.kernel.java.shell.Statements.Statement;
import wirebook.kernel.session.CellOutput.Stream;
import wirebook.kernel.session.Interpreter.Outcome.Failed;
import wirebook.kernel.worker.handle.Worker;
import wirebook.kernel.worker.wire.WorkerMessage;
import wirebook.kernel.worker.wire.WorkerMessage.Ending;
import wirebook.spi.Diagnostic;
import wirebook.spi.MagicSpec;
import wirebook.spi.MimeBundle;
import wirebook.spi.Span;

/** Runs Java, one snippet after the other. */
final class JavaParts {
  /** Code with none of this ends soon, so its classes need no stop checks. */
  private static final Pattern MAY_RUN_LONG =
      Pattern.compile("\\b(?:for|while|do)\\b|->|\\{|\\\\u");

  /** For the compiler, in one statement. */
  private static final Duration LONGEST = Duration.ofMinutes(1);

  private static final Pattern PACKAGE =
      Pattern.compile("\\s*(?<line>package\\s+(?<name>[\\w.]+)\\s*;)");

  private static final String CLOSED =
      "what the cell waited on was closed by the stop: run again what makes it\n";

  private static final String NO_METHOD = "return stands in a method, and here is none";
  private static final String VALUE_OF_CELL = "the value of a cell is that of its last expression";

  /** What is told once. */
  private static final String MAIN = "main";

  private final Optional<PeerSettings.Limit> timeout;
  private final Consumer<Run> stop;
  private final UnaryOperator<MimeBundle> readable;
  private final Supplier<List<MagicSpec>> magics;

  /** The variable with the value that a cell gave last. */
  private Optional<String> lastResult = Optional.empty();

  private final Set<String> toldWarnings = new LinkedHashSet<>();

  /** The variables that were declared as final, which JShell leaves out. */
  private final Set<String> finals = new HashSet<>();

  /**
   * @param timeout for each statement
   * @param stop stops a run as a person would
   * @param readable puts the students' names and places into what a value says of itself
   * @param magics all that there are
   */
  JavaParts(
      Optional<PeerSettings.Limit> timeout,
      Consumer<Run> stop,
      UnaryOperator<MimeBundle> readable,
      Supplier<List<MagicSpec>> magics) {
    this.timeout = timeout;
    this.stop = stop;
    this.readable = readable;
    this.magics = magics;
  }

  /** Evaluates the snippets in order; the last one's value is shown when it is an expression. */
  Optional<MimeBundle> run(JShellSession jshell, Run run, String text, int offset)
      throws CellFailed, Worker.Died {
    Optional<Failed> open = unclosedComment(run, offset, text);
    if (open.isPresent()) {
      throw new CellFailed(open.get());
    }
    Statements statements =
        Statements.of(jshell.analysis, withoutPackage(run, text), timeout.isEmpty());
    Optional<Snippet> last = Optional.empty();
    Declared declared = new Declared(jshell, run);
    try {
      Optional<Statement> next = statements.next();
      while (next.isPresent()) {
        Statement statement = next.get();
        if (run.text.stopped()) {
          throw stopped(run);
        }
        int start = offset + statement.at();
        int line = line(run, start);
        jshell.control.prepare(
            MAY_RUN_LONG.matcher(statement.source()).find(),
            () ->
                jshell
                    .evaluating()
                    .ifPresent(one -> jshell.places.add(jshell.analysis, one, run.place, line)));
        List<SnippetEvent> events = eval(jshell, run, statement.source(), start);
        if (!statement.parts().isEmpty() && !events.getFirst().status().isDefined()) {
          statements.divide(statement);
          next = statements.next();
          continue;
        }
        if (events.isEmpty()) {
          throw new CellFailed(Failures.nothing());
        }
        if (events.getFirst().status() != Snippet.Status.REJECTED || !statements.retry(statement)) {
          check(jshell, run, events, start, statement.source(), offset + text.length());
          declared.add(events);
        }
        if (statements.isLast(statement)) {
          last = Optional.of(events.getFirst().snippet());
        }
        next = statements.next();
      }
      declared.tellUnfinished();
    } finally {
      declared.tellBroken();
    }
    String lastSource = statements.lastText();
    last.ifPresent(snippet -> tellMain(run, snippet, lastSource));
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
                  ticket -> new WorkerMessage.ShowResult(ticket, run.id, number, hidden)));
      if (run.store && result.isPresent()) {
        lastResult = nameOf(last.get());
      }
      return result;
    }
    return Optional.empty();
  }

  /** A program of a book is a declaration here, and does nothing by itself. */
  private void tellMain(Run run, Snippet last, String source) {
    if (source.contains("main")
        && (last.kind() == Snippet.Kind.TYPE_DECL || last.kind() == Snippet.Kind.METHOD)
        && run.object.isEmpty()
        && !toldWarnings.contains(MAIN)) {
      MainMethod.call(source, List.of())
          .ifPresent(
              call -> {
                toldWarnings.add(MAIN);
                run.output.stream(
                    Stream.STDERR,
                    "%s is declared, and runs when it is called: %s\n"
                        .formatted(JShellSession.name(last), call));
              });
    }
  }

  /** Classes of a file stand in a package, those of cells in none. */
  private String withoutPackage(Run run, String text) {
    Matcher m = PACKAGE.matcher(Snippets.withoutComments(text));
    if (!m.lookingAt()) {
      return text;
    }
    if (toldWarnings.add(m.group("name"))) {
      run.output.stream(
          Stream.STDERR, "cells are in no package: package " + m.group("name") + " is left out\n");
    }
    // Blanks in its place keep the places of what follows right.
    return text.substring(0, m.start("line"))
        + m.group("line").replaceAll("[^\n]", " ")
        + text.substring(m.end());
  }

  /** Evaluates one snippet, a second time where it is right in a cell and not for JShell. */
  private List<SnippetEvent> eval(JShellSession jshell, Run run, String source, int offset)
      throws CellFailed {
    List<SnippetEvent> events = evalOnce(jshell, run, source, offset);
    if (events.isEmpty() || events.getFirst().status() != Snippet.Status.REJECTED) {
      return events;
    }
    Snippet main = events.getFirst().snippet();
    String mended = Snippets.mended(source, jshell.shell.diagnostics(main).toList(), lastResult);
    return mended.equals(source) ? events : evalOnce(jshell, run, mended, offset);
  }

  private List<SnippetEvent> evalOnce(JShellSession jshell, Run run, String source, int offset)
      throws CellFailed {
    try {
      return limited(run, () -> run.text.within(LONGEST, () -> jshell.eval(source)));
    } catch (CompilerFailed e) {
      throw new CellFailed(Complaints.ofFailure(run.source(), offset, source, e));
    }
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

  CellFailed stopped(Run run) {
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
    if (run.text.stopped()) {
      if (ending instanceof Ending.Threw(var thrown) && Failures.closedByStop(thrown)) {
        run.output.stream(Stream.STDERR, CLOSED);
      }
      throw stopped(run);
    }
    switch (ending) {
      case Ending.Returned r -> {}
      case Ending.Rendered r -> {}
      case Ending.MagicDone r -> {
        run.gave = r.type();
        jshell.lab = r.lab();
      }
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
      JShellSession jshell, Run run, List<SnippetEvent> events, int offset, String source, int end)
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
            && diags.stream().anyMatch(diag -> diag.isError() && !Complaints.mayFollow(diag))
            && jshell.missing((DeclarationSnippet) snippet).isEmpty();
    boolean rejected = main.status() == Snippet.Status.REJECTED;
    Optional<Span> returning =
        kind(snippet) == Snippet.Kind.STATEMENT
            ? Unheeded.returning(source, offset)
            : Optional.empty();
    if (returning.isPresent() && rejected) {
      throw new CellFailed(
          Failures.of(
              new Diagnostic("CompilationError", returning.get(), NO_METHOD, VALUE_OF_CELL),
              run.code,
              run.place));
    }
    if (returning.isPresent() && toldWarnings.add(NO_METHOD)) {
      // With a value JShell takes it, and so do notebooks that were written for other kernels.
      run.output.stream(Stream.STDERR, NO_METHOD + ": " + VALUE_OF_CELL + "\n");
    }
    if (rejected || (snippet instanceof VarSnippet && isUnfinished(main))) {
      Optional<Failed> command =
          NoJava.command(magics.get(), run.source(), offset, source)
              .filter(one -> rejected || isOfCommand(jshell, (VarSnippet) snippet));
      if (command.isPresent()) {
        jshell.shell.drop(snippet);
        throw new CellFailed(command.get());
      }
    }
    if (rejected || tooLarge || unusable) {
      jshell.index();
      Failed failed = Complaints.of(jshell, run.source(), offset, source, end, diags);
      jshell.told(snippet);
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
    for (String name : finals) {
      if (Unheeded.sets(source, name) && toldWarnings.add("final " + name)) {
        run.output.stream(
            Stream.STDERR,
            name
                + " is final, and set all the same: outside of classes and methods, final is left"
                + " out\n");
      }
    }
    if (snippet instanceof VarSnippet variable) {
      if (Unheeded.isFinal(source)) {
        finals.add(variable.name());
      } else {
        finals.remove(variable.name());
      }
    }
    if (ending.isPresent()) {
      if (ending.get() instanceof Ending.Unresolved(int id, var frames)) {
        throw new CellFailed(BrokenDeclarations.unresolved(jshell, id));
      }
      raise(run, jshell, ending.get());
    }
  }

  private static Snippet.Kind kind(Snippet snippet) {
    return snippet instanceof ErroneousSnippet wrong ? wrong.probableKind() : snippet.kind();
  }

  private static boolean isUnfinished(SnippetEvent event) {
    return event.snippet() instanceof DeclarationSnippet
        && (event.status() == Snippet.Status.RECOVERABLE_DEFINED
            || event.status() == Snippet.Status.RECOVERABLE_NOT_DEFINED);
  }

  /** Whether a command such as {@code ping host} looks like a variable of a type that is none. */
  private static boolean isOfCommand(JShellSession jshell, VarSnippet variable) {
    return jshell.missing(variable).stream().anyMatch(one -> one.matches("class [a-z][a-z0-9]*"));
  }

  private static int line(Run run, int offset) {
    return 1 + (int) run.code.substring(0, offset).chars().filter(c -> c == '\n').count();
  }

  /** What a cell declares, and what that has done to others. */
  private final class Declared {
    private final JShellSession jshell;
    private final Run run;
    private final List<DeclarationSnippet> unfinished = new ArrayList<>();
    private final List<List<SnippetEvent>> replacing = new ArrayList<>();

    /** What could not be used before the cell, or from its declaration on. */
    private final Set<DeclarationSnippet> unusable;

    Declared(JShellSession jshell, Run run) {
      this.jshell = jshell;
      this.run = run;
      unusable = Collections.newSetFromMap(new IdentityHashMap<>());
      unusable.addAll(jshell.unfinished());
    }

    void add(List<SnippetEvent> events) {
      SnippetEvent main = events.getFirst();
      if (isUnfinished(main)) {
        unfinished.add((DeclarationSnippet) main.snippet());
      }
      if (main.previousStatus() == Snippet.Status.VALID) {
        replacing.add(events);
      }
    }

    /** Declarations that still wait for others when the cell is over. */
    void tellUnfinished() {
      for (DeclarationSnippet declared : unfinished) {
        List<String> missing = jshell.missing(declared);
        if (!jshell.shell.status(declared).isActive()
            || jshell.shell.status(declared) == Snippet.Status.VALID) {
          continue;
        }
        if (missing.isEmpty()) {
          tell(BrokenDeclarations.cannotBeCalled(jshell, declared));
        } else {
          tell(Complaints.waits(declared, missing));
          missing.stream()
              .flatMap(one -> Complaints.hint(jshell, declared, one).stream())
              .forEach(this::tell);
        }
      }
      jshell
          .takeForgotten()
          .forEach(name -> tell(name + " is no longer declared: the compiler fails in it"));
    }

    void tellBroken() {
      unusable.addAll(unfinished);
      for (List<SnippetEvent> events : replacing) {
        BrokenDeclarations.broken(jshell, events, unusable)
            .filter(toldWarnings::add)
            .forEach(this::tell);
      }
    }

    private void tell(String line) {
      run.output.stream(Stream.STDERR, line + "\n");
    }
  }

  /** Evaluates a snippet of our own; what is wrong with it is told at the place of {@code span}. */
  void evaluate(JShellSession jshell, Run run, String source, Span span)
      throws CellFailed, Worker.Died {
    jshell.control.prepare(false, () -> {});
    List<SnippetEvent> events;
    try {
      events = jshell.eval(source);
    } catch (CompilerFailed e) {
      throw new CellFailed(
          Failures.of(
              new Diagnostic("CompilationError", span, "this cannot be compiled", ""),
              run.code,
              run.place));
    }
    SnippetEvent main = events.getFirst();
    if (main.status() == Snippet.Status.REJECTED) {
      String message =
          jshell
              .shell
              .diagnostics(main.snippet())
              .map(CompilerMessage::of)
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
