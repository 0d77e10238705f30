package wirebook.magics.venv;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import wirebook.engine.http.server.HttpServer;
import wirebook.engine.http.server.HttpServers;
import wirebook.engine.process.CompletedProcess;
import wirebook.engine.python.Distribution;
import wirebook.engine.python.Interpreter;
import wirebook.engine.python.PythonEnvironment;
import wirebook.internet.Internets;
import wirebook.internet.PackageIndex;
import wirebook.internet.Publication;
import wirebook.internet.PublishedSite;
import wirebook.magics.Children;
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
      return sentence(call, String.valueOf(e.getMessage()), "");
    } catch (UncheckedIOException e) {
      return sentence(call, String.valueOf(e.getCause().getMessage()), "");
    }
  }

  private static MagicResult run(MagicCall call, List<Word> words)
      throws IOException, InterruptedException {
    Environments all = Environments.of(call);
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
    List<Word> rest = words.subList(commandFirst ? 2 : 1, words.size());
    if (commandFirst) {
      return command(call, all, first.text(), prefix, rest);
    }
    if (call.body().isPresent()) {
      return serve(call, all, prefix, name, rest);
    }
    if (rest.isEmpty() || rest.getFirst().text().startsWith("-")) {
      return make(call, all, prefix, rest);
    }
    List<Word> behind = rest.subList(1, rest.size());
    return switch (rest.getFirst().text()) {
      case "pip" -> pip(call, all, prefix, behind);
      case "run" -> program(call, all, prefix, rest.getFirst(), behind);
      case "serve" -> serve(call, all, prefix, rest.getFirst(), behind);
      case "show", "freeze", "remove", "diff" ->
          command(call, all, rest.getFirst().text(), prefix, behind);
      default ->
          throw call.wrong(
              "VENV003",
              rest.getFirst(),
              "\"" + rest.getFirst().text() + "\" is nothing that can be done with an environment",
              Typos.nearest(
                      rest.getFirst().text(),
                      List.of("pip", "run", "serve", "show", "freeze", "remove", "diff"),
                      2)
                  .map(near -> "Did you mean " + near + "?")
                  .orElse(
                      "pip, run, serve, show, freeze, remove or diff; %%venv with lines below it serves an app."));
    };
  }

  private static MagicResult command(
      MagicCall call, Environments all, String command, Path prefix, List<Word> rest)
      throws IOException, InterruptedException {
    if (!PythonEnvironment.isAt(prefix)) {
      return missing(call, prefix);
    }
    switch (command) {
      case "show" -> {
        PythonEnvironment environment = all.read(prefix);
        VenvReports.show(call, environment, Environments.ask(call, PYTHONS, "flask"));
        return MagicResult.of(environment);
      }
      case "freeze" -> {
        PythonEnvironment environment = all.read(prefix);
        print(call, rest, environment.freeze());
        return MagicResult.of(environment);
      }
      case "remove" -> {
        return remove(call, all, prefix);
      }
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
          return missing(call, other);
        }
        VenvReports.diff(call, all.read(prefix), all.read(other));
        return MagicResult.of(all.read(other));
      }
    }
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

  /** Prints text, or writes it to the file behind {@code >}. */
  private static void print(MagicCall call, List<Word> rest, String text) throws IOException {
    if (rest.isEmpty()) {
      call.out().print(text);
      return;
    }
    if (!rest.getFirst().operator() || rest.size() != 2) {
      throw call.wrong(
          "VENV001", rest.getFirst(), "this is one word too many", "> FILE writes it to a file.");
    }
    Path file = call.directory().resolve(rest.get(1).text());
    if (rest.getFirst().text().equals(">>") && Files.exists(file)) {
      Files.writeString(file, Files.readString(file) + text);
    } else {
      Files.writeString(file, text);
    }
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

  /** Says in one sentence why nothing was done; that is no fault of the cell's text. */
  static MagicResult sentence(MagicCall call, String what, String fix) {
    call.err().println("venv: " + what + (fix.isEmpty() ? "" : ". " + fix));
    return new MagicResult(Optional.empty(), 1);
  }

  private static MagicResult missing(MagicCall call, Path prefix) {
    List<String> here =
        Environments.of(call).in(call.directory()).stream().map(PythonEnvironment::name).toList();
    return sentence(
        call,
        "there is no environment " + prefix.getFileName() + " in " + call.directory(),
        (here.isEmpty() ? "" : "There is " + String.join(", ", here) + ". ")
            + "%venv "
            + prefix.getFileName()
            + " makes it.");
  }

  private static MagicResult noPython(MagicCall call, String program) {
    return sentence(
        call,
        "there is no " + program + " on this machine",
        "Debian and Ubuntu: sudo apt install python3 python3-venv; macOS: brew install python."
            + " The Java half of the notebook needs none.");
  }

  // --------------------------------------------------------------------- the machine's

  private static MagicResult machine(MagicCall call) throws IOException, InterruptedException {
    Optional<Interpreter> python = Environments.ask(call, PYTHONS, "flask");
    if (python.isEmpty()) {
      return noPython(call, "python3");
    }
    VenvReports.machine(call, python.get());
    return MagicResult.NOTHING;
  }

  // ------------------------------------------------------------------------------ make

  private static MagicResult make(MagicCall call, Environments all, Path prefix, List<Word> options)
      throws IOException, InterruptedException {
    boolean clear = false;
    Optional<Word> program = Optional.empty();
    for (int i = 0; i < options.size(); i++) {
      Word option = options.get(i);
      if (option.text().equals("--clear")) {
        clear = true;
      } else if (option.text().equals("--python") && i + 1 < options.size()) {
        program = Optional.of(options.get(++i));
      } else {
        throw call.wrong(
            "VENV005",
            option,
            "\""
                + option.text()
                + "\" is no option here"
                + (option.text().equals("--python") ? " without a program" : ""),
            "%venv NAME [--python PROGRAM] [--clear]");
      }
    }
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
      MagicCall call, Environments all, Path prefix, Optional<String> program, boolean clear)
      throws IOException, InterruptedException {
    String name = String.valueOf(prefix.getFileName());
    if (Files.exists(prefix) && !PythonEnvironment.isAt(prefix)) {
      return sentence(
          call,
          name + " is there, and is no environment",
          "Choose another name, or remove it yourself.");
    }
    if (!clear && PythonEnvironment.isWholeAt(prefix)) {
      Snapshot.repair(prefix);
      PythonEnvironment there = all.read(prefix);
      call.out().println(there + " is there already; --clear makes it anew.");
      return MagicResult.of(there);
    }
    Optional<Interpreter> found =
        Environments.ask(call, program.map(List::of).orElse(PYTHONS), "flask");
    if (found.isEmpty()) {
      return noPython(call, program.orElse("python3"));
    }
    Interpreter python = found.get();
    if (!python.isThree()) {
      return sentence(
          call,
          python.executable()
              + " is Python "
              + python.version()
              + ", which has no environments of this kind",
          "--python python3 names another.");
    }
    if (!python.missing().isEmpty()) {
      return sentence(
          call,
          python.executable()
              + " comes without "
              + String.join(" and ", python.missing())
              + ", which making an environment takes",
          "Debian and Ubuntu: sudo apt install python3-venv.");
    }
    all.stopAppsOf(prefix);
    boolean whole = false;
    try {
      // A folder that is begun is begun anew.
      TemporaryFolder.delete(prefix);
      CompletedProcess run =
          Environments.run(
              call,
              List.of(python.executable(), "-m", "venv", prefix.toString()),
              Children.variables(call),
              call.out(),
              call.err());
      whole = run.succeeded() && PythonEnvironment.isWholeAt(prefix);
      if (!whole) {
        return sentence(
            call,
            name
                + " could not be made ("
                + python.executable()
                + " -m venv ended with status "
                + run.exitStatus()
                + "), and nothing is left of it",
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

  private static MagicResult remove(MagicCall call, Environments all, Path prefix)
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

  // ------------------------------------------------------------------------- pip, run

  private static MagicResult pip(MagicCall call, Environments all, Path prefix, List<Word> words)
      throws IOException, InterruptedException {
    if (!PythonEnvironment.isWholeAt(prefix)) {
      return missing(call, prefix);
    }
    ReentrantLock lock = all.lock(prefix);
    lock.lockInterruptibly();
    try {
      Snapshot.repair(prefix);
      List<String> command =
          new ArrayList<>(List.of(prefix.resolve("bin/python").toString(), "-m", "pip"));
      List<Word> arguments = beforeRedirection(words);
      arguments.forEach(word -> command.add(word.text()));
      String what = arguments.isEmpty() ? "" : arguments.getFirst().text();
      boolean changes = Set.of("install", "uninstall").contains(what);
      List<Distribution> before = all.read(prefix).packages();
      Optional<Snapshot> snapshot = changes ? Optional.of(Snapshot.take(prefix)) : Optional.empty();
      boolean done = false;
      int status;
      try {
        Map<String, String> variables = Environments.activated(call, prefix);
        // Bars are for terminals.
        variables.putIfAbsent("PIP_PROGRESS_BAR", "off");
        status = run(call, command, variables, words).exitStatus();
        done = status == 0;
      } finally {
        if (snapshot.isPresent()) {
          if (done) {
            snapshot.get().drop();
          } else {
            snapshot.get().restore();
          }
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

  /** Why the lab's index had nothing, when that is so. */
  private static void hint(MagicCall call, String what) {
    if (what.equals("install") && call.network().name().equals("lab")) {
      if (PackageIndex.folder().isEmpty()) {
        sentence(
            call,
            "the lab's package index is empty, as nobody has fetched its packages",
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

  /** Runs a program; its standard output goes where the redirection in the words says. */
  private static CompletedProcess run(
      MagicCall call, List<String> command, Map<String, String> variables, List<Word> words)
      throws IOException, InterruptedException {
    List<Word> redirection = words.subList(beforeRedirection(words).size(), words.size());
    if (redirection.isEmpty()) {
      return Environments.run(call, command, variables, call.out(), call.err());
    }
    CompletedProcess run =
        Environments.run(call, command, variables, OutputStream.nullOutputStream(), call.err());
    print(call, redirection, run.standardOutput().text());
    return run;
  }

  private static MagicResult program(
      MagicCall call, Environments all, Path prefix, Word run, List<Word> words)
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
      return missing(call, prefix);
    }
    List<String> command = new ArrayList<>();
    String first = arguments.getFirst().text();
    Map<String, String> variables = Environments.activated(call, prefix);
    if (first.startsWith("-") || first.endsWith(".py")) {
      command.add(prefix.resolve("bin/python").toString());
    }
    arguments.forEach(word -> command.add(word.text()));
    Path own = prefix.resolve("bin").resolve(first);
    if (command.getFirst().equals(first) && !first.contains("/") && Files.isExecutable(own)) {
      command.set(0, own.toString());
    }
    CompletedProcess ended = run(call, command, variables, words);
    if (!ended.succeeded()) {
      call.out()
          .println(
              String.join(" ", arguments.stream().map(Word::text).toList())
                  + " ended with status "
                  + ended.exitStatus()
                  + ".");
    }
    return MagicResult.of(all.read(prefix), ended.exitStatus());
  }

  // ----------------------------------------------------------------------------- serve

  private static MagicResult serve(
      MagicCall call, Environments all, Path prefix, Word name, List<Word> rest)
      throws IOException, InterruptedException {
    if (rest.isEmpty() || rest.getFirst().text().startsWith("-")) {
      throw call.wrong(
          "VENV007",
          name,
          call.body().isPresent()
              ? "into which file go the lines below?"
              : "which file is to be served?",
          call.body().isPresent() ? "%%venv NAME app.py" : "%venv NAME serve app.py");
    }
    Word file = rest.getFirst();
    Path path = call.directory().resolve(file.text());
    Optional<Word> app = option(call, rest, "--name");
    Optional<Word> portWord = option(call, rest, "--port");
    OptionalInt port =
        portWord.isPresent() ? OptionalInt.of(port(call, portWord.get())) : OptionalInt.empty();
    Optional<PublishedSite> site = option(call, rest, "--publish").map(word -> place(call, word));
    if (call.body().isPresent()) {
      String body = call.body().get();
      Files.writeString(path, body.endsWith("\n") ? body : body + "\n");
    } else if (!Files.isReadable(path)) {
      throw call.wrong(
          "VENV007",
          file,
          "there is no file " + path,
          "%%venv NAME app.py writes the lines below it.");
    }
    if (!PythonEnvironment.isAt(prefix)) {
      return missing(call, prefix);
    }
    PythonEnvironment environment = all.read(prefix);
    String called = app.map(Word::text).orElse(file.text().replaceFirst("\\.py$", ""));
    PythonApp next =
        new PythonApp(
            call,
            new PythonApp.Plan(
                called,
                file.text() + " in " + environment.name() + versions(environment),
                prefix,
                List.of(environment.python().toString(), runner().toString(), file.text()),
                call.directory(),
                Environments.activated(call, prefix),
                port,
                site));
    HttpServers servers = call.service(HttpServers.class, HttpServers::new);
    Optional<HttpServer> before = servers.find(called);
    try {
      HttpServers.Started started = next.start(servers);
      all.apps().put(called, next);
      announce(call, environment, file.text(), next, started);
      site.ifPresent(s -> publish(call, s, started.server()));
      return MagicResult.of(all.read(prefix));
    } catch (PythonApp.NotServedException e) {
      MagicResult result = sentence(call, String.valueOf(e.getMessage()), e.fix());
      before
          .filter(HttpServer::isOpen)
          .ifPresent(old -> call.out().println("What ran before goes on: " + old.url()));
      return result;
    }
  }

  private static void announce(
      MagicCall call,
      PythonEnvironment environment,
      String file,
      PythonApp app,
      HttpServers.Started started) {
    PrintStream out = call.out();
    out.println(
        started.server().url()
            + " serves "
            + file
            + " in "
            + environment.name()
            + versions(environment));
    out.println("  the program itself listens behind it, at port " + app.ownPort());
    started
        .replaced()
        .ifPresent(
            old ->
                out.println(
                    "  in place of "
                        + old.serves()
                        + ", which answers what it was asked, and ends"));
    out.println("  %serve list shows it, %serve stop " + started.server().name() + " ends it");
  }

  private static String versions(PythonEnvironment environment) {
    return " ("
        + environment.find("flask").map(p -> "Flask " + p.version() + ", ").orElse("")
        + "Python "
        + environment.version()
        + ")";
  }

  private static void publish(MagicCall call, PublishedSite site, HttpServer server) {
    if (call.networks() instanceof Internets internets) {
      internets.lab().publish(site.at(), server.port());
      server.whenClosed(() -> internets.lab().unpublish(site.at(), server.port()));
      call.out().println("  in the lab http://" + site.name() + "/ (" + site.did() + ")");
    }
  }

  private static PublishedSite place(MagicCall call, Word name) {
    if (!(call.networks() instanceof Internets internets)) {
      throw call.wrong(
          "VENV009", name, "there is no lab here to publish it in", "Use it in a notebook.");
    }
    try {
      return internets.lab().place(name.text(), 80);
    } catch (Publication.RefusedException e) {
      throw call.wrong("VENV009", name, String.valueOf(e.getMessage()), e.fix());
    }
  }

  private static Optional<Word> option(MagicCall call, List<Word> words, String option) {
    for (int i = 1; i < words.size(); i++) {
      if (words.get(i).text().equals(option)) {
        if (i + 1 == words.size()) {
          throw call.wrong("VENV005", words.get(i), option + " needs a value", "");
        }
        return Optional.of(words.get(i + 1));
      }
      if (!Set.of("--name", "--port", "--publish").contains(words.get(i).text())) {
        throw call.wrong(
            "VENV005",
            words.get(i),
            "\"" + words.get(i).text() + "\" is no option here",
            "--name NAME, --port PORT and --publish NAME are.");
      }
      i++;
    }
    return Optional.empty();
  }

  private static int port(MagicCall call, Word word) {
    if (word.text().matches("\\d{1,5}") && Integer.parseInt(word.text()) < 0x10000) {
      return Integer.parseInt(word.text());
    }
    throw call.wrong(
        "VENV008", word, "\"" + word.text() + "\" is no port", "0 to 65535; 0 takes a free one.");
  }

  private static Path runner() throws IOException {
    Path file = TemporaryFolder.get().resolve("run.py");
    try (InputStream in = Venv.class.getResourceAsStream("/wirebook/magics/venv/run.py")) {
      if (in == null) {
        throw new IllegalStateException("run.py is missing from the jar");
      }
      Files.writeString(file, new String(in.readAllBytes(), StandardCharsets.UTF_8));
    }
    return file;
  }
}
