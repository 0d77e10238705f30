package wirebook.magics.venv;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import wirebook.engine.http.server.HttpServer;
import wirebook.engine.http.server.HttpServers;
import wirebook.engine.process.CompletedProcess;
import wirebook.engine.python.PythonEnvironment;
import wirebook.engine.python.PythonInterpreter;
import wirebook.magics.shell.Children;
import wirebook.net.TemporaryFolder;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicResult;
import wirebook.spi.MagicSpec;
import wirebook.spi.MagicSpec.Option;
import wirebook.spi.MagicSpec.Values;
import wirebook.spi.Span;
import wirebook.spi.Typos;
import wirebook.spi.Word;
import wirebook.spi.Words;
import wirebook.spi.Words.Complaint;

/** {@code %venv}: Python environments, what is installed in them, and programs in them. */
public final class Venv implements Magic {
  private static final MagicSpec SPEC =
      MagicSpec.named("venv", "Make a Python environment, install into it, run programs in it")
          .synopsis(
              "[NAME [--python PROGRAM] [--clear] | NAME pip … | NAME run FILE|-m MODULE|COMMAND … |"
                  + " NAME serve FILE [--port PORT] | list | show|freeze|remove NAME | diff A B]")
          .syntax(MagicSpec.Syntax.COMMAND)
          .body(MagicSpec.Body.OPTIONAL)
          .value(PythonEnvironment.class)
          .operand("NAME", Values.ANY, false, false)
          .operand("WORDS", Values.FILE, false, true)
          .forms(
              "list",
              "show|freeze|remove VENV",
              "diff VENV VENV",
              "VENV pip install|uninstall|list|freeze|show|check",
              "VENV run|serve FILE")
          .option(
              Option.of("PROGRAM", Values.FILE, "the Python to make it with (python3)", "--python"))
          .option(Option.flag("make it anew, also when it is there", "--clear"))
          .option(
              Option.of(
                  "NAME",
                  Values.ANY,
                  "of the app, for %serve list; the same name replaces",
                  "--name"))
          .option(
              Option.of(
                  "PORT", Values.PORT, "serve the app here, whatever port it asks for", "--port"))
          .option(
              Option.of(
                  "NAME",
                  Values.ANY,
                  "make the app a site of the lab: shop.class.example",
                  "--publish"))
          .id(Complaint.OPTION, "VENV005")
          .id(Complaint.VALUE, "VENV005")
          .id(Complaint.PORT, "VENV008")
          .example("%venv", "which Python runs here, and where it imports from")
          .example("%venv shop", "a new environment in the folder shop")
          .example(
              "%venv shop pip install flask",
              "from the lab's package index; %internet real: from PyPI")
          .example("%venv shop run -m flask --version", "a program of the environment")
          .example(
              "%%venv shop app.py --port 8080\nfrom flask import Flask\n…",
              "writes app.py, and keeps it running")
          .example("%venv diff shop old", "what differs in two environments")
          .example("%venv freeze shop > requirements.txt", "the list to make it again from")
          .build();

  /** What users of pip, uv, conda and python write, which is no environment's name. */
  private static final Map<String, String> MEANT =
      Map.ofEntries(
          Map.entry("run", "NAME run FILE"),
          Map.entry("python", "NAME run FILE"),
          Map.entry("python3", "NAME run FILE"),
          Map.entry("exec", "NAME run FILE"),
          Map.entry("activate", "NAME run FILE"),
          Map.entry("serve", "NAME serve FILE"),
          Map.entry("pip", "NAME pip install flask"),
          Map.entry("pip3", "NAME pip install flask"),
          Map.entry("install", "NAME pip install flask"),
          Map.entry("add", "NAME pip install flask"),
          Map.entry("sync", "NAME pip install -r requirements.txt"),
          Map.entry("uninstall", "NAME pip uninstall -y flask"),
          Map.entry("create", "NAME"),
          Map.entry("init", "NAME"),
          Map.entry("new", "NAME"),
          Map.entry("make", "NAME"),
          Map.entry("delete", "remove NAME"),
          Map.entry("rm", "remove NAME"),
          Map.entry("info", "show NAME"),
          Map.entry("ls", "list"));

  private static Optional<String> meant(String word, String name) {
    return Optional.ofNullable(MEANT.get(word))
        .map(form -> "%venv " + form.replaceFirst("NAME", name));
  }

  private static final Set<String> COMMANDS = Set.of("list", "show", "freeze", "remove", "diff");
  private static final List<String> PYTHONS = List.of("python3", "python");

  @Override
  public MagicSpec spec() {
    return SPEC;
  }

  @Override
  public MagicResult run(MagicCall call) throws InterruptedException {
    try {
      return run(call, words(call));
    } catch (IOException e) {
      return VenvReports.sentence(call, String.valueOf(e.getMessage()), "");
    } catch (UncheckedIOException e) {
      return VenvReports.sentence(
          call, String.valueOf(e.getMessage()).replaceFirst("^[\\w.]+Exception: ", ""), "");
    }
  }

  private static MagicResult run(MagicCall call, List<Word> words)
      throws IOException, InterruptedException {
    SessionEnvironments all = SessionEnvironments.of(call);
    if (words.isEmpty()) {
      return machine(call);
    }
    Word first = words.getFirst();
    if (first.text().equals("list")) {
      return VenvReports.list(call, all);
    }
    boolean commandFirst = COMMANDS.contains(first.text());
    if (commandFirst && words.size() < 2) {
      throw call.wrong(
          "VENV002",
          first,
          first.text() + " of which environment?",
          "%venv list shows those that are here.");
    }
    Word name = commandFirst ? words.get(1) : first;
    Path prefix = prefix(call, name);
    if (!commandFirst && MEANT.containsKey(first.text()) && !PythonEnvironment.isAt(prefix)) {
      throw call.wrong(
          "VENV002",
          first,
          "\"" + first.text() + "\" stands in the place of an environment's name",
          meant(first.text(), "NAME").orElse(""));
    }
    List<Word> rest = words.subList(commandFirst ? 2 : 1, words.size());
    if (commandFirst) {
      return command(call, all, first.text(), prefix, rest);
    }
    if (call.body().isPresent()) {
      return VenvServing.serve(call, all, prefix, name, SPEC.read(call, rest));
    }
    if (rest.isEmpty() || rest.getFirst().text().startsWith("-")) {
      return make(call, all, prefix, rest);
    }
    List<Word> behind = rest.subList(1, rest.size());
    return switch (rest.getFirst().text()) {
      case "pip" -> VenvPrograms.pip(call, all, prefix, behind);
      case "run" -> VenvPrograms.program(call, all, prefix, rest.getFirst(), behind);
      case "serve" ->
          VenvServing.serve(call, all, prefix, rest.getFirst(), SPEC.read(call, behind));
      case "show", "freeze", "remove", "diff" ->
          command(call, all, rest.getFirst().text(), prefix, behind);
      default ->
          throw call.wrong(
              "VENV003",
              rest.getFirst(),
              "\"" + rest.getFirst().text() + "\" is nothing that can be done with an environment",
              meant(rest.getFirst().text(), name.text())
                  .orElseGet(
                      () ->
                          Typos.nearest(
                                  rest.getFirst().text(),
                                  List.of(
                                      "pip", "run", "serve", "show", "freeze", "remove", "diff"),
                                  2)
                              .map(near -> "Did you mean " + near + "?")
                              .orElse(
                                  "pip, run, serve, show, freeze, remove or diff; %%venv with lines below it serves an app.")));
    };
  }

  private static MagicResult command(
      MagicCall call, SessionEnvironments all, String command, Path prefix, List<Word> rest)
      throws IOException, InterruptedException {
    if (!PythonEnvironment.isAt(prefix)) {
      return VenvReports.missing(call, prefix);
    }
    return switch (command) {
      case "show" -> {
        PythonEnvironment environment = all.read(prefix);
        VenvReports.show(call, environment, SessionEnvironments.ask(call, PYTHONS, "flask"));
        yield MagicResult.of(environment);
      }
      case "freeze" -> {
        PythonEnvironment environment = all.read(prefix);
        VenvReports.print(call, rest, environment.freeze());
        yield MagicResult.of(environment);
      }
      case "remove" -> remove(call, all, prefix);
      default -> {
        if (rest.isEmpty()) {
          throw call.wrong(
              "VENV002",
              new Word("", Span.NONE),
              "diff compares two environments",
              "%venv diff shop old");
        }
        Path other = prefix(call, rest.getFirst());
        if (!PythonEnvironment.isAt(other)) {
          yield VenvReports.missing(call, other);
        }
        PythonEnvironment second = all.read(other);
        VenvReports.diff(call, all.read(prefix), second);
        yield MagicResult.of(second);
      }
    };
  }

  // ----------------------------------------------------------------------------- words

  /** All but redirections of output, which is the one thing of a shell that is understood here. */
  private static List<Word> words(MagicCall call) {
    List<Word> words = call.words();
    for (Word word : words) {
      if (word.operator() && !word.text().matches(">>?")) {
        throw call.wrong(
            "VENV001",
            word,
            word.text().startsWith("<")
                ? "\"" + word.text() + "\" reads from a file, as in a shell"
                : "\"" + word.text() + "\" is a shell's",
            word.text().startsWith("<")
                ? "Quote what has it in its name: 'flask<2.3'."
                : "In %%bash you have a whole shell.");
      }
    }
    return words;
  }

  private static Path prefix(MagicCall call, Word name) {
    String text = name.text();
    if (text.isBlank()
        || text.startsWith("-")
        || text.startsWith(".")
        || text.contains("/")
        || text.contains(":")) {
      throw call.wrong(
          "VENV004",
          name,
          "\"" + text + "\" can be no environment's name",
          "It becomes a folder here, and stands in PATH: letters, digits, - and _.");
    }
    return call.directory().resolve(text);
  }

  private static MagicResult noPython(MagicCall call, String program) {
    return VenvReports.sentence(
        call,
        "there is no " + program + " on this machine",
        "Debian and Ubuntu: sudo apt install python3 python3-venv; macOS: brew install python."
            + " The Java half of the notebook needs none.");
  }

  // --------------------------------------------------------------------- the machine's

  private static MagicResult machine(MagicCall call) throws IOException, InterruptedException {
    Optional<PythonInterpreter> python = SessionEnvironments.ask(call, PYTHONS, "flask");
    if (python.isEmpty()) {
      return noPython(call, "python3");
    }
    VenvReports.machine(call, python.get());
    return MagicResult.NOTHING;
  }

  // ------------------------------------------------------------------------------ make

  private static MagicResult make(
      MagicCall call, SessionEnvironments all, Path prefix, List<Word> options)
      throws IOException, InterruptedException {
    Words words = SPEC.read(call, options).only("NAME", "--python", "--clear");
    if (!words.operands().isEmpty()) {
      throw words.wrong(
          Complaint.OPTION,
          words.operands().getFirst(),
          "\"" + words.operands().getFirst().text() + "\" is one word too many",
          "%venv NAME [--python PROGRAM] [--clear]");
    }
    boolean clear = words.flag("--clear");
    Optional<Word> program = words.word("--python");
    ReentrantLock lock = all.lock(prefix);
    if (!lock.tryLock()) {
      call.out()
          .println(
              "Another cell makes or changes " + prefix.getFileName() + "; this one waits for it.");
      lock.lockInterruptibly();
    }
    try {
      return made(call, all, prefix, program.map(Word::text), clear);
    } finally {
      lock.unlock();
    }
  }

  private static MagicResult made(
      MagicCall call, SessionEnvironments all, Path prefix, Optional<String> program, boolean clear)
      throws IOException, InterruptedException {
    String name = String.valueOf(prefix.getFileName());
    if (Files.exists(prefix) && !PythonEnvironment.isAt(prefix)) {
      return VenvReports.sentence(
          call,
          name + " is there, and is no environment",
          "Choose another name, or remove it yourself.");
    }
    Snapshot.repair(prefix);
    if (!clear && PythonEnvironment.isWholeAt(prefix)) {
      PythonEnvironment there = all.read(prefix);
      call.out().println(there + " is there already; --clear makes it anew.");
      return MagicResult.of(there);
    }
    Optional<PythonInterpreter> found =
        SessionEnvironments.ask(call, program.map(List::of).orElse(PYTHONS), "flask");
    if (found.isEmpty()) {
      return noPython(call, program.orElse("python3"));
    }
    PythonInterpreter python = found.get();
    if (!python.isThree()) {
      return VenvReports.sentence(
          call,
          "%s is Python %s, which has no environments of this kind"
              .formatted(python.executable(), python.version()),
          "--python python3 names another.");
    }
    if (!python.missing().isEmpty()) {
      return VenvReports.sentence(
          call,
          "%s comes without %s, which making an environment takes"
              .formatted(python.executable(), String.join(" and ", python.missing())),
          "Debian and Ubuntu: sudo apt install python3-venv.");
    }
    all.stopAppsOf(prefix);
    boolean whole = false;
    try {
      // A folder that is begun is begun anew.
      TemporaryFolder.delete(prefix);
      CompletedProcess run =
          SessionEnvironments.run(
              call,
              List.of(python.executable(), "-m", "venv", prefix.toString()),
              Children.variables(call),
              call.out(),
              OutputStream.nullOutputStream());
      whole = run.succeeded() && PythonEnvironment.isWholeAt(prefix);
      if (!whole) {
        // Not of one that is stopped: a Python dies of that with a traceback.
        call.err().print(run.err());
        return VenvReports.sentence(
            call,
            ("%s could not be made (%s -m venv ended with status %s), and nothing is left of "
                    + "it")
                .formatted(name, python.executable(), run.exitStatus()),
            "");
      }
      // As Pythons from 3.13 on do.
      Path ignore = prefix.resolve(".gitignore");
      if (!Files.exists(ignore)) {
        Files.writeString(
            ignore, "# Created by venv; see https://docs.python.org/3/library/venv.html\n*\n");
      }
    } finally {
      if (!whole) {
        TemporaryFolder.delete(prefix);
      }
    }
    PythonEnvironment environment = all.read(prefix);
    call.out().println(environment);
    VenvReports.folder(call, environment);
    return MagicResult.of(environment);
  }

  private static MagicResult remove(MagicCall call, SessionEnvironments all, Path prefix)
      throws InterruptedException {
    ReentrantLock lock = all.lock(prefix);
    lock.lockInterruptibly();
    try {
      List<String> served =
          all.apps().values().stream()
              .filter(app -> app.prefix().equals(prefix) && app.isServed())
              .map(PythonApp::name)
              .toList();
      HttpServers servers = call.service(HttpServers.class, HttpServers::new);
      served.forEach(name -> servers.find(name).ifPresent(HttpServer::close));
      all.stopAppsOf(prefix);
      TemporaryFolder.delete(prefix);
      call.out()
          .println(
              "The folder "
                  + prefix
                  + (Files.exists(prefix)
                      ? " could not be removed whole."
                      : " is gone, and with it all that was installed there.")
                  + (served.isEmpty()
                      ? ""
                      : " What ran in it is stopped: " + String.join(", ", served) + "."));
      return MagicResult.NOTHING;
    } finally {
      lock.unlock();
    }
  }
}
