// Above 500 lines: what becomes of a magic, from its words to where it runs: here, in the worker,
// or
// in a shell.
package wirebook.kernel.java;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import wirebook.kernel.cell.Part;
import wirebook.kernel.cell.WordSplitter;
import wirebook.kernel.cell.WordTemplate;
import wirebook.kernel.java.assist.MagicHelp;
import wirebook.kernel.java.complaints.Failures;
import wirebook.kernel.java.magics.CellFailed;
import wirebook.kernel.java.magics.CellMagics;
import wirebook.kernel.java.magics.Cells;
import wirebook.kernel.java.magics.FileMagics;
import wirebook.kernel.java.magics.ForeignMagics;
import wirebook.kernel.java.magics.LibraryMagics;
import wirebook.kernel.java.shell.JShellSession;
import wirebook.kernel.java.shell.Snippets;
import wirebook.kernel.session.CellOutput.Stream;
import wirebook.kernel.worker.LoadWords;
import wirebook.kernel.worker.handle.Worker;
import wirebook.kernel.worker.wire.WorkerMessage;
import wirebook.kernel.worker.wire.WorkerMessage.Ending;
import wirebook.spi.Diagnostic;
import wirebook.spi.MagicSpec;
import wirebook.spi.MimeBundle;
import wirebook.spi.Span;
import wirebook.spi.Typos;
import wirebook.spi.Word;

/** Runs magics, those of cells here and all others in the worker. */
final class MagicParts {
  /** A variable behind {@code !}, and what goes on with it as Java does and no command line. */
  private static final Pattern NEGATED =
      Pattern.compile("(\\w+)(?:(?=[.\\[]\\w)(.)|()\\s*(?:;?\\s*$|&&|\\|\\||[=!]=|[?^]))");

  /**
   * {@code $name}, or the start of <code>${name…}</code>, and whether that goes on as Java does.
   */
  private static final Pattern SHELL_VARIABLE =
      Pattern.compile(
          "(?<!\\\\)\\$\\{?(?<name>[A-Za-z_]\\w*)(?<more>(?<=\\{\\w{1,80})[.(*<>&|;\\s])?");

  private static final Pattern FIRST_IN_PARENTHESES = Pattern.compile("[(\\s]*\\(\\s*(\\w+)");

  private static final Pattern IN_BRACES =
      Pattern.compile("(?<![$\\\\\\w])\\{(?<name>[A-Za-z_]\\w*)\\}");

  private static final Map<String, String> OUTPUTS =
      Map.of("--out", ".out()", "--err", ".err()", "--proc", "");

  /** In characters; the system takes 128 KiB. */
  private static final int LONGEST_VARIABLE = 40_000;

  private static final String RESULT =
      "wirebook.kernel.worker.inside.Notebook.<Object>magicResult()";

  private final Sessions sessions;
  private final JavaParts java;
  private final CellView.Parts cells;

  MagicParts(Sessions sessions, JavaParts java, CellView.Parts cells) {
    this.sessions = sessions;
    this.java = java;
    this.cells = cells;
  }

  Optional<MimeBundle> runLine(JShellSession jshell, Run run, Part.LineMagic magic)
      throws CellFailed, Worker.Died {
    if (run.code.startsWith("!", magic.nameSpan().start()) && negates(jshell, magic.arguments())) {
      return java.run(jshell, run, magic.text(), magic.span().start());
    }
    Optional<MimeBundle> shown =
        run(
            jshell,
            run,
            magic.name(),
            magic.nameSpan(),
            magic.arguments(),
            magic.argumentsSpan(),
            Optional.empty());
    if (magic.assignment().isPresent()) {
      Part.Assignment assignment = magic.assignment().get();
      Optional<String> gave = gave(run, magic);
      if (gave.isEmpty()) {
        String written = "%" + (magic.name() + " " + magic.arguments()).strip();
        throw new CellFailed(
            Failures.of(
                new Diagnostic(
                    "CELL020",
                    assignment.nameSpan(),
                    written + " has no value to assign",
                    written + " on its own"),
                run.code,
                run.place));
      }
      boolean command = run.code.startsWith("!", magic.nameSpan().start());
      String type =
          assignment.type().orElse(command && !isVariable(jshell, assignment.name()) ? "var" : "");
      String declared = type.replaceFirst("\\bvar$", gave.get());
      String value = valueOf(run, gave.get()) + (command ? partFor(declared) : "");
      java.evaluate(
          jshell,
          run,
          (declared + " " + assignment.name()).strip() + " = " + value + ";",
          magic.span());
      return Optional.empty();
    }
    if (run.object.isPresent()) {
      boolean valued = gave(run, magic).isPresent();
      if (valued) {
        java.evaluate(jshell, run, valueOf(run, "Object"), magic.span());
      }
      run.object.get().set(valued);
    }
    return shown;
  }

  /** The type of what the magic has just given. */
  private Optional<String> gave(Run run, Part.LineMagic magic) throws CellFailed {
    Class<?> told = spec(run, magic.name(), magic.nameSpan()).value();
    return told == Void.class
        ? Optional.empty()
        : run.given.isPresent() ? Optional.of(told.getCanonicalName()) : run.gave;
  }

  /** What of a program's result such a variable takes. */
  private static String partFor(String type) {
    return type.matches("(final\\s+)?String")
        ? ".out()"
        : type.matches("(final\\s+)?(java\\.util\\.)?(List|Collection)<String>") ? ".lines()" : "";
  }

  /** Whether {@code !…} is Java after all: it begins with a variable that can be negated. */
  private static boolean negates(JShellSession jshell, String command) {
    Matcher inParentheses = FIRST_IN_PARENTHESES.matcher(command);
    if (inParentheses.lookingAt()) {
      return isVariable(jshell, inParentheses.group(1));
    }
    Matcher m = NEGATED.matcher(command);
    return m.lookingAt()
        && jshell.variables().stream()
            .anyMatch(
                variable ->
                    variable.name().equals(m.group(1))
                        && (m.group(2) != null
                            || variable.typeName().matches("boolean|(java\\.lang\\.)?Boolean")));
  }

  /** The expression for what the magic before gave. */
  private static String valueOf(Run run, String type) {
    return run.given.map(LibraryMagics::asJava).orElse(valueOf(type, "magicValue"));
  }

  private static String valueOf(String type, String method) {
    return "wirebook.kernel.worker.inside.Notebook.<%s>%s()".formatted(type, method);
  }

  Optional<MimeBundle> run(
      JShellSession jshell,
      Run run,
      String name,
      Span nameSpan,
      String arguments,
      Span argumentsSpan,
      Optional<Word> body)
      throws CellFailed, Worker.Died {
    run.given = Optional.empty();
    run.gave = Optional.empty();
    MagicSpec spec = spec(run, name, nameSpan);
    if (body.isEmpty() && spec.body() == MagicSpec.Body.REQUIRED) {
      throw run.wrong(nameSpan, "CELL021", "%" + name + " needs lines below it", "%%" + name);
    }
    if (body.isPresent() && spec.body() == MagicSpec.Body.NONE) {
      throw run.wrong(nameSpan, "CELL022", "%%" + name + " takes no lines below it", "%" + name);
    }
    if (body.isPresent() && spec.body() == MagicSpec.Body.WORDS) {
      int start = argumentsSpan.start();
      int end = body.get().span().end();
      return run(
          jshell,
          run,
          name,
          nameSpan,
          run.code.substring(start, end),
          new Span(start, end),
          Optional.empty());
    }
    Word place = new Word(name, nameSpan);
    Optional<String> lines = body.map(Word::text);
    if (name.equals(CellMagics.TIME)) {
      return CellMagics.run(name, arguments, place, List.of(), lines, cellsOf(jshell, run));
    }
    if (body.isPresent() && spec.java().isPresent()) {
      MagicSpec.JavaBody around = spec.java().get();
      String inside = body.get().text();
      int code = Snippets.afterImports(inside);
      if (code > 0) {
        // What surrounds the lines leaves no place for imports.
        String imports = "\n" + inside.substring(0, code);
        java.run(jshell, run.with(imports), imports, 0);
        inside = inside.substring(0, code).replaceAll("[^\n]", "") + inside.substring(code);
      }
      String wrapped = around.before() + inside + around.after();
      java.run(jshell, run.with(wrapped), wrapped, 0);
    }
    if (spec.shell()) {
      return runShell(jshell, run, spec, arguments, argumentsSpan, body);
    }
    // In rapaio's notebooks \{name} is what ${name} is in others.
    String written =
        name.equals(ForeignMagics.DEPENDENCY) ? arguments.replace("\\{", "${") : arguments;
    List<Word> words = words(jshell, run, written, argumentsSpan, spec.syntax());
    try {
      return call(jshell, run, spec, arguments, argumentsSpan, place, words, body);
    } catch (CellFailed refused) {
      if (words.size() == 1 && words.getFirst().text().equals("--help")) {
        run.output.stream(Stream.STDOUT, MagicHelp.of(spec, "").text() + "\n");
        return Optional.empty();
      }
      throw refused;
    }
  }

  /** Hands the words to whoever does it. */
  private Optional<MimeBundle> call(
      JShellSession jshell,
      Run run,
      MagicSpec spec,
      String arguments,
      Span argumentsSpan,
      Word place,
      List<Word> words,
      Optional<Word> body)
      throws CellFailed, Worker.Died {
    String name = spec.name();
    boolean ofWorker =
        name.equals(FileMagics.LOAD)
            && LoadWords.areForServer(words.stream().map(Word::text).toList());
    if (CellMagics.has(name) && !ofWorker) {
      return CellMagics.run(
          name, arguments, place, words, body.map(Word::text), cellsOf(jshell, run));
    }
    if (body.isPresent() && spec.cell().isPresent()) {
      return runAround(jshell, run, name, spec.cell().get(), words, body.get());
    }
    Ending ending =
        jshell.control.request(
            ticket -> new WorkerMessage.RunMagic(ticket, run.id, name, words, body));
    Optional<MimeBundle> shown = java.raise(run, jshell, ending);
    if (spec.options().stream().anyMatch(option -> option.names().contains("--proc"))) {
      assignOutputs(jshell, run, spec, words, argumentsSpan);
    }
    remember(jshell, run, name, words, place.span());
    return shown;
  }

  /** What the magics of the shell have changed in the worker, for those that run here. */
  private void remember(JShellSession jshell, Run run, String name, List<Word> words, Span nameSpan)
      throws CellFailed, Worker.Died {
    if (name.equals("cd")) {
      sessions.enter(Path.of(evaluated(jshell, run, RESULT, nameSpan)));
    } else if (name.equals("env") && !words.isEmpty()) {
      String variable = words.getFirst().text();
      int sign = variable.indexOf('=');
      if (sign > 0 || words.size() > 1) {
        sessions.export(
            sign > 0 ? variable.substring(0, sign) : variable,
            evaluated(jshell, run, RESULT, nameSpan));
      }
    }
  }

  /** Runs what is a shell's text; only the options of a whole cell are split into words. */
  private Optional<MimeBundle> runShell(
      JShellSession jshell,
      Run run,
      MagicSpec spec,
      String arguments,
      Span argumentsSpan,
      Optional<Word> body)
      throws CellFailed, Worker.Died {
    ShellText text = new ShellText(jshell, run);
    List<Word> words =
        body.isPresent()
            ? words(jshell, run, arguments, argumentsSpan, spec.syntax())
            : arguments.isBlank()
                ? List.of()
                : List.of(new Word(text.withLine(arguments, argumentsSpan), argumentsSpan));
    Optional<Word> lines = Optional.empty();
    if (body.isPresent()) {
      Span span = body.get().span();
      lines = Optional.of(new Word(text.with(body.get().text(), span), span));
    }
    Optional<Word> handed = lines;
    Ending ending =
        jshell.control.request(
            ticket ->
                new WorkerMessage.RunMagic(
                    ticket, run.id, spec.name(), words, handed, text.variables));
    Optional<MimeBundle> shown = java.raise(run, jshell, ending);
    assignOutputs(jshell, run, spec, words, argumentsSpan);
    return shown;
  }

  /** {@code --out NAME}, {@code --err NAME} and {@code --proc NAME}, as IPython has them. */
  private void assignOutputs(
      JShellSession jshell, Run run, MagicSpec spec, List<Word> words, Span place)
      throws CellFailed, Worker.Died {
    for (int i = 0; i + 1 < words.size(); i++) {
      String part = OUTPUTS.get(words.get(i).text());
      if (part != null) {
        String name = words.get(i + 1).text();
        boolean running = words.stream().anyMatch(word -> word.text().equals("--bg"));
        Class<?> type = running ? ProcessHandle.class : spec.value();
        String value = valueOf(type.getCanonicalName(), "magicResult");
        java.evaluate(jshell, run, "var " + name + " = " + value + part + ";", place);
      }
    }
  }

  /** The text of a shell, and the values of the Java that is in it. */
  private final class ShellText {
    private final JShellSession jshell;
    private final Run run;
    final Map<String, String> variables = new HashMap<>();

    ShellText(JShellSession jshell, Run run) {
      this.jshell = jshell;
      this.run = run;
    }

    /** A line; in that, IPython has {@code {name}} as well. */
    String withLine(String line, Span span) throws CellFailed, Worker.Died {
      Matcher m = IN_BRACES.matcher(line);
      return with(
          m.replaceAll(
              one ->
                  Matcher.quoteReplacement(
                      isVariable(jshell, one.group("name"))
                          ? "${" + one.group("name") + "}"
                          : one.group())),
          span);
    }

    /**
     * Values go in as variables of the shell, so that it takes them for what they are and not for
     * commands. An expression, which no shell has, is replaced by the name of such a variable.
     */
    String with(String text, Span span) throws CellFailed, Worker.Died {
      Matcher m = SHELL_VARIABLE.matcher(text);
      StringBuilder all = new StringBuilder();
      int done = 0;
      while (m.find(done)) {
        String name = m.group("name");
        Span place = new Span(span.start() + m.start(), span.start() + m.end());
        int end = m.end();
        all.append(text, done, m.start());
        if (!isVariable(jshell, name)) {
          all.append(m.group());
        } else if (m.group("more") == null) {
          // Asking takes a compilation, and a text may have the name often.
          if (!variables.containsKey(name)) {
            variables.put(name, value(name, place));
          }
          all.append(m.group());
        } else {
          int brace = WordSplitter.closingBrace(text, m.start() + 2);
          end = brace < 0 ? text.length() : brace + 1;
          String own = "WIREBOOK_" + (variables.size() + 1);
          String code = text.substring(m.start() + 2, brace < 0 ? end : brace);
          variables.put(own, value(code, place));
          all.append("${").append(own).append('}');
        }
        done = end;
      }
      return all.append(text, done, text.length()).toString();
    }

    private String value(String code, Span place) throws CellFailed, Worker.Died {
      String value = evaluated(jshell, run, code, place);
      if (value.length() > LONGEST_VARIABLE || value.indexOf('\0') >= 0) {
        throw run.wrong(
            place,
            "CELL025",
            value.indexOf('\0') >= 0
                ? "A zero byte cannot be in a variable of the shell"
                : "This is too long for a variable of the shell",
            "Files.writeString(Path.of(\"input\"), …) above, and the file's name here");
      }
      return value;
    }
  }

  /** Runs a magic's lines as a cell between two calls of the magic. */
  private Optional<MimeBundle> runAround(
      JShellSession jshell,
      Run run,
      String name,
      MagicSpec.CellBody around,
      List<Word> words,
      Word body)
      throws CellFailed, Worker.Died {
    List<Word> before = new ArrayList<>(List.of(new Word(around.before(), Span.NONE)));
    before.addAll(words);
    java.raise(
        run,
        jshell,
        jshell.control.request(
            ticket -> new WorkerMessage.RunMagic(ticket, run.id, name, before, Optional.empty())));
    List<Word> after = new ArrayList<>(List.of(new Word(around.after(), Span.NONE)));
    after.addAll(words);
    try {
      return cells.runParts(run.with(atItsLine(run, body)));
    } finally {
      java.raise(
          run,
          jshell,
          jshell.control.request(
              ticket -> new WorkerMessage.RunMagic(ticket, run.id, name, after, Optional.empty())));
    }
  }

  /** Below as many lines as there are above it in the cell, so that places in it are right. */
  private static String atItsLine(Run run, Word body) {
    int start = Math.clamp(body.span().start(), 0, run.code.length());
    return "\n".repeat((int) run.code.substring(0, start).chars().filter(c -> c == '\n').count())
        + body.text();
  }

  private List<Word> words(
      JShellSession jshell, Run run, String arguments, Span span, MagicSpec.Syntax syntax)
      throws CellFailed, Worker.Died {
    List<WordTemplate> templates =
        switch (WordSplitter.split(arguments, span.start(), syntax)) {
          case WordSplitter.Words.Split(var split) -> split;
          case WordSplitter.Words.Malformed(Diagnostic diagnostic) ->
              throw new CellFailed(Failures.of(diagnostic, run.code, run.place));
        };
    List<Word> words = new ArrayList<>();
    for (WordTemplate template : templates) {
      words.add(resolve(jshell, run, template));
    }
    return words;
  }

  private Word resolve(JShellSession jshell, Run run, WordTemplate template)
      throws CellFailed, Worker.Died {
    StringBuilder text = new StringBuilder();
    for (WordTemplate.Piece piece : template.pieces()) {
      switch (piece) {
        case WordTemplate.Piece.Literal(String literal) -> text.append(literal);
        case WordTemplate.Piece.Expression(String code, Span span) -> {
          Optional<String> ofProcess =
              code.matches("\\w+") && !isVariable(jshell, code)
                  ? sessions.environment(code)
                  : Optional.empty();
          text.append(ofProcess.isPresent() ? ofProcess.get() : evaluated(jshell, run, code, span));
        }
        case WordTemplate.Piece.Variable(String name, Span span) -> {
          if (isVariable(jshell, name)) {
            text.append(evaluated(jshell, run, name, span));
          } else {
            Optional<String> value = sessions.environment(name);
            text.append(value.orElse("$" + name));
            if (value.isEmpty()) {
              run.output.stream(
                  Stream.STDERR,
                  ("$%s is no variable, so it stays as it stands. Write String %s = \"…\"; above, "
                          + "or single quotes around what is meant so.\n")
                      .formatted(name, name));
            }
          }
        }
      }
    }
    return new Word(text.toString(), template.span(), template.operator());
  }

  private static boolean isVariable(JShellSession jshell, String name) {
    return jshell.variables().stream().anyMatch(variable -> variable.name().equals(name));
  }

  private String evaluated(JShellSession jshell, Run run, String code, Span span)
      throws CellFailed, Worker.Died {
    java.evaluate(jshell, run, "(Object) (" + code + ")", span);
    return java.shown(
            run,
            jshell,
            jshell.control.request(
                ticket -> new WorkerMessage.ShowResult(ticket, run.id, 0, false)))
        .map(MimeBundle::text)
        .orElse("null");
  }

  /** Tools that people know, and what does the same here. */
  private static final Map<String, String> KIN =
      Map.ofEntries(
          Map.entry("drill", "dig"),
          Map.entry("kdig", "dig"),
          Map.entry("doggo", "dig"),
          Map.entry("getent", "resolve NAME"),
          Map.entry("wget", "curl -O URL"),
          Map.entry("http", "curl"),
          Map.entry("httpie", "curl"),
          Map.entry("netstat", "ss"),
          Map.entry("lsof", "ss -p"),
          Map.entry("ifconfig", "ip addr"),
          Map.entry("route", "ip route"),
          Map.entry("arp", "ip neigh"),
          Map.entry("tracepath", "traceroute HOST"),
          Map.entry("telnet", "nc HOST PORT"),
          Map.entry("ncat", "nc"),
          Map.entry("netcat", "nc"),
          Map.entry("tcpdump", "wire"),
          Map.entry("tshark", "wire"),
          Map.entry("wireshark", "wire"),
          Map.entry("strace", "socket"));

  private MagicSpec spec(Run run, String name, Span span) throws CellFailed {
    List<MagicSpec> all = sessions.specs();
    for (MagicSpec spec : all) {
      if (spec.name().equals(name)) {
        return spec;
      }
    }
    List<String> names = all.stream().map(MagicSpec::name).toList();
    Optional<String> instead = ForeignMagics.instead(name);
    if (instead.isPresent()) {
      throw run.wrong(
          span,
          "CELL023",
          ForeignMagics.isLanguage(name)
              ? "%%" + name + " is of other kernels: cells are Java here, and magics"
              : "%" + name + " is of other kernels",
          instead.get());
    }
    String fix =
        Optional.ofNullable(KIN.get(name))
            .filter(kin -> names.contains(kin.split(" ")[0]))
            .or(() -> Typos.nearest(name, names))
            .or(() -> names.stream().filter(one -> one.startsWith(name)).findFirst())
            .map(near -> "%" + near)
            .orElse("%magics lists them");
    throw run.wrong(span, "CELL023", "There is no magic %" + name, fix);
  }

  Cells cellsOf(JShellSession jshell, Run run) {
    return new CellView(sessions, cells, jshell, run);
  }
}
