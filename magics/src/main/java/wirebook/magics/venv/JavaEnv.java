// Above 500 lines: one magic, an action after the other.
package wirebook.magics.venv;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import wirebook.engine.classpath.Compilation;
import wirebook.engine.classpath.JavaEnvironment;
import wirebook.engine.classpath.Library;
import wirebook.engine.http.server.Endpoint;
import wirebook.engine.http.server.Handlers;
import wirebook.engine.http.server.HttpServer;
import wirebook.engine.http.server.HttpServers;
import wirebook.engine.http.server.Knobs;
import wirebook.engine.http.server.LiveLog;
import wirebook.engine.http.server.OriginPolicy;
import wirebook.internet.plain.PlainJava;
import wirebook.net.ProgramExit;
import wirebook.net.TemporaryFolder;
import wirebook.render.TreePicture;
import wirebook.render.TreePicture.Node;
import wirebook.render.TreePicture.Tone;
import wirebook.spi.CellStopped;
import wirebook.spi.Magic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicException;
import wirebook.spi.MagicResult;
import wirebook.spi.MagicSpec;
import wirebook.spi.MagicSpec.Option;
import wirebook.spi.MagicSpec.Values;
import wirebook.spi.Span;
import wirebook.spi.Word;
import wirebook.spi.Words;
import wirebook.spi.Words.Complaint;

/** {@code %javaenv}: what a Python environment is to Python, for Java: a class path of its own. */
public final class JavaEnv implements Magic {
  private static final MagicSpec SPEC =
      MagicSpec.named(
              "javaenv", "Give a Java program its own libraries, beside others in this notebook")
          .synopsis(
              "NAME LIBRARY… | NAME run | NAME serve [PORT] [--name NAME] | jar LIBRARY [--with LIBRARY] | list | show|remove NAME")
          .body(MagicSpec.Body.OPTIONAL)
          .value(JavaEnvironment.class)
          .operand("NAME", Values.ANY, true, false)
          .operand("LIBRARY", Values.FILE, false, true)
          .forms("list", "jar|show|remove NAME", "NAME run", "NAME serve PORT", "NAME FILE")
          .option(
              Option.of(
                  "LIBRARY",
                  Values.ANY,
                  "a library that the new one is compiled against; may be said again",
                  "--with"))
          .option(
              Option.of(
                  "NAME",
                  Values.ANY,
                  "of the server, for %serve list; the same name replaces",
                  "--name"))
          .id(Complaint.OPTION, "JENV005")
          .id(Complaint.VALUE, "JENV005")
          .id(Complaint.PORT, "SERVE007")
          .example(
              "%%javaenv jar greet:1.0\npackage greet;\npublic class Greeting { … }",
              "compiles the lines into a library")
          .example(
              "%javaenv a greet:1.0",
              "an environment with this library; a jar's path or Maven coordinates do, too")
          .example(
              "%%javaenv a run\nvoid main() { IO.println(greet.Greeting.hello(\"Ada\")); }",
              "runs a program in it")
          .example(
              "%%javaenv a serve 8081\nget(\"/\", request -> greet.Greeting.hello(\"Ada\"));",
              "serves HTTP from it")
          .example("%javaenv show a", "its class path, and what is in more than one jar")
          .build();

  /** What users of other programs write, which is no environment's name. */
  private static final Map<String, String> MEANT =
      Map.of(
          "run", "NAME run, with lines of Java below it",
          "java", "NAME run, with lines of Java below it",
          "serve", "NAME serve, with handlers below it",
          "create", "NAME LIBRARY…",
          "new", "NAME LIBRARY…",
          "add", "NAME LIBRARY…",
          "install", "NAME LIBRARY…",
          "delete", "remove NAME",
          "rm", "remove NAME",
          "ls", "list");

  /** The libraries that cells made and the environments of a session. */
  private record Session(
      Map<String, Library> libraries, Map<String, JavaEnvironment> environments) {
    static Session of(MagicCall call) {
      return call.service(
          Session.class, () -> new Session(new ConcurrentHashMap<>(), new ConcurrentHashMap<>()));
    }
  }

  @Override
  public MagicSpec spec() {
    return SPEC;
  }

  @Override
  public MagicResult run(MagicCall call) throws InterruptedException {
    List<Word> words = call.words();
    if (words.isEmpty() || words.getFirst().text().startsWith("-")) {
      throw call.wrong(
          "JENV001",
          words.isEmpty() ? new Word("", Span.NONE) : words.getFirst(),
          "which environment?",
          "%javaenv NAME LIBRARY… makes one.");
    }
    Session session = Session.of(call);
    Word first = words.getFirst();
    List<Word> rest = words.subList(1, words.size());
    try {
      return switch (first.text()) {
        case "list" -> list(call, session);
        case "jar" -> jar(call, session, first, rest);
        case "show" -> show(call, known(call, session, rest.isEmpty() ? first : rest.getFirst()));
        case "remove" -> remove(call, session, rest.isEmpty() ? first : rest.getFirst());
        default -> inEnvironment(call, session, first, rest);
      };
    } catch (IOException e) {
      throw call.wrong("JENV009", first, String.valueOf(e.getMessage()), "");
    }
  }

  private static MagicResult inEnvironment(
      MagicCall call, Session session, Word name, List<Word> rest)
      throws IOException, InterruptedException {
    if (MEANT.containsKey(name.text()) && !session.environments().containsKey(name.text())) {
      throw call.wrong(
          "JENV001",
          name,
          "\"" + name.text() + "\" stands in the place of an environment's name",
          "%javaenv " + MEANT.get(name.text()));
    }
    String what = rest.isEmpty() ? "" : rest.getFirst().text();
    if (what.equals("run")) {
      return program(call, known(call, session, name));
    }
    if (what.equals("serve")) {
      return serve(call, known(call, session, name), rest.subList(1, rest.size()));
    }
    if (call.body().isPresent()) {
      throw call.wrong(
          "JENV002",
          name,
          "what is to be done with the lines below?",
          "%%javaenv " + name.text() + " run, or serve.");
    }
    if (rest.isEmpty() && session.environments().containsKey(name.text())) {
      return show(call, known(call, session, name));
    }
    List<Library> libraries = new ArrayList<>();
    for (Word word : SPEC.read(call, rest).only("NAME LIBRARY").operands()) {
      libraries.add(library(call, session, word));
    }
    JavaEnvironment environment = new JavaEnvironment(name.text(), libraries);
    session.environments().put(name.text(), environment);
    call.out().println(environment);
    return MagicResult.of(environment);
  }

  private static JavaEnvironment known(MagicCall call, Session session, Word name) {
    JavaEnvironment environment = session.environments().get(name.text());
    if (environment == null) {
      throw call.wrong(
          "JENV003",
          name,
          "there is no environment " + name.text(),
          session.environments().isEmpty()
              ? "%javaenv " + name.text() + " LIBRARY… makes it."
              : "There is "
                  + session.environments().keySet().stream()
                      .sorted()
                      .collect(Collectors.joining(", "))
                  + ".");
    }
    return environment;
  }

  /** One that a cell made, a jar, or one of the machine's local Maven repository. */
  private static Library library(MagicCall call, Session session, Word word) {
    String text = word.text();
    Library made = session.libraries().get(text);
    if (made != null) {
      return made;
    }
    Path file = call.directory().resolve(text);
    if (text.endsWith(".jar") && Files.isRegularFile(file)) {
      return new Library(String.valueOf(file.getFileName()), file);
    }
    String[] parts = text.split(":");
    if (parts.length == 3) {
      Path jar =
          Path.of(System.getProperty("user.home"), ".m2", "repository")
              .resolve(parts[0].replace('.', '/'))
              .resolve(parts[1])
              .resolve(parts[2])
              .resolve(parts[1] + "-" + parts[2] + ".jar");
      if (Files.isRegularFile(jar)) {
        return new Library(text, jar);
      }
      throw call.wrong(
          "JENV004",
          word,
          text + " is not in the local Maven repository",
          "%maven "
              + text
              + " fetches it, with a network; what it needs itself is named beside it.");
    }
    throw call.wrong(
        "JENV004",
        word,
        "there is no library " + text,
        (session.libraries().isEmpty()
                ? ""
                : "Cells have made "
                    + session.libraries().keySet().stream()
                        .sorted()
                        .collect(Collectors.joining(", "))
                    + ". ")
            + "%%javaenv jar "
            + text
            + " makes one of the lines below it.");
  }

  // ------------------------------------------------------------------------------- jar

  private static MagicResult jar(MagicCall call, Session session, Word jar, List<Word> rest)
      throws IOException {
    if (rest.isEmpty()
        || !rest.getFirst().text().matches("[A-Za-z][\\w.-]*:[\\w.-]+")
        || call.body().isEmpty()) {
      throw call.wrong(
          "JENV005",
          rest.isEmpty() ? jar : rest.getFirst(),
          "a library has a name, a version, and lines of Java below",
          "%%javaenv jar greet:1.0");
    }
    String coordinates = rest.getFirst().text();
    Words words = SPEC.read(call, rest).only("jar LIBRARY", "--with");
    if (words.operands().size() > 1) {
      throw call.wrong("JENV005", words.operands().get(1), "only --with LIBRARY stands here", "");
    }
    List<Library> with =
        words.all("--with").stream().map(word -> library(call, session, word)).toList();
    String source = call.body().orElse("");
    Compilation compiled = compiled(call, "Library.java", source, with, "");
    Path file =
        Files.createDirectories(TemporaryFolder.get().resolve("jars"))
            .resolve(coordinates.replace(':', '-') + ".jar");
    // A loader that has the old file open keeps what it has read.
    Files.deleteIfExists(file);
    Library library = Library.write(coordinates, file, compiled.classes());
    session.libraries().put(coordinates, library);
    call.out()
        .println(
            file.getFileName()
                + ": "
                + String.join(", ", library.classes())
                + (with.isEmpty()
                    ? ""
                    : ", compiled against "
                        + with.stream().map(Library::toString).collect(Collectors.joining(", "))));
    return MagicResult.NOTHING;
  }

  private static Compilation compiled(
      MagicCall call, String name, String source, List<Library> libraries, String besides) {
    String file = name;
    // In a stack trace it stands with its own name.
    java.util.regex.Matcher open =
        java.util.regex.Pattern.compile(
                "\\bpublic\\s+(?:(?:final|abstract|sealed)\\s+)*(?:class|interface|record|enum)\\s+(\\w+)")
            .matcher(source);
    if (name.equals("Library.java") && open.find()) {
      file = open.group(1) + ".java";
    }
    Compilation compiled = Compilation.of(file, source, libraries, besides);
    if (!compiled.succeeded()) {
      throw new MagicException(
          new wirebook.spi.Diagnostic(
              "JENV006",
              lineOf(call, compiled.complaints().getFirst()),
              String.join("\n", compiled.complaints()),
              ""));
    }
    return compiled;
  }

  /** Where the line is that a complaint names, which counts those below the magic. */
  private static Span lineOf(MagicCall call, String complaint) {
    java.util.regex.Matcher line =
        java.util.regex.Pattern.compile("line (\\d{1,6}): .*", java.util.regex.Pattern.DOTALL)
            .matcher(complaint);
    List<String> lines = call.body().orElse("").lines().toList();
    int number = line.matches() ? Integer.parseInt(line.group(1)) : 0;
    if (number < 1 || number > lines.size()) {
      return call.bodySpan();
    }
    int start =
        call.bodySpan().start()
            + lines.stream().limit(number - 1).mapToInt(one -> one.length() + 1).sum();
    return new Span(start, start + lines.get(number - 1).length());
  }

  // ------------------------------------------------------------------------- run, serve

  private static MagicResult program(MagicCall call, JavaEnvironment environment)
      throws InterruptedException {
    PlainJava.requireInLab();
    String source = lines(call, environment, "run", "void main() { … }");
    Compilation compiled = compiled(call, "Main.java", source, environment.libraries(), "");
    try {
      Method method = mainOf(call, environment, compiled);
      Object self = null;
      if (!Modifier.isStatic(method.getModifiers())) {
        var maker = method.getDeclaringClass().getDeclaredConstructor();
        maker.setAccessible(true);
        self = maker.newInstance();
      }
      method.setAccessible(true);
      Object main = self;
      Object[] none =
          method.getParameterCount() == 0 ? new Object[0] : new Object[] {new String[0]};
      ProgramExit.program(() -> Optional.ofNullable(method.invoke(main, none)));
      return MagicResult.NOTHING;
    } catch (InvocationTargetException e) {
      Throwable cause = e.getCause();
      if (cause instanceof ProgramExit exit) {
        call.err().println("The program ended itself: " + exit);
        return new MagicResult(Optional.empty(), exit.status());
      }
      return failed(call, environment, cause == null ? e : cause);
    } catch (LinkageError e) {
      return failed(call, environment, e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The first method that java would start a program with (JLS 12.1). */
  private static Method mainOf(MagicCall call, JavaEnvironment environment, Compilation compiled)
      throws ClassNotFoundException {
    for (String name : compiled.classes().keySet().stream().sorted().toList()) {
      for (Method method : environment.define(compiled.classes(), name).getDeclaredMethods()) {
        List<Class<?>> takes = List.of(method.getParameterTypes());
        if (method.getName().equals("main")
            && (takes.isEmpty() || takes.equals(List.of(String[].class)))) {
          return method;
        }
      }
    }
    throw call.wrong(
        "JENV007",
        new Word("", call.bodySpan()),
        "the lines have no main",
        "void main() { IO.println(\"Hello\"); }");
  }

  /** Tells what was thrown, and for an error of linking which jar is to blame. */
  private static MagicResult failed(MagicCall call, JavaEnvironment environment, Throwable thrown)
      throws InterruptedException {
    if (thrown instanceof InterruptedException stopped) {
      throw stopped;
    }
    if (thrown instanceof CellStopped stopped) {
      throw stopped;
    }
    StringBuilder text = new StringBuilder(thrown.toString()).append('\n');
    for (StackTraceElement frame : thrown.getStackTrace()) {
      if (frame.getClassName().startsWith("jdk.")
          || frame.getClassName().startsWith("java.lang.reflect")
          || frame.getClassName().startsWith("wirebook.")) {
        break;
      }
      text.append("    at ").append(frame.getClassName()).append('.').append(frame.getMethodName());
      text.append(" (")
          .append(frame.getFileName())
          .append(':')
          .append(frame.getLineNumber())
          .append(")\n");
    }
    call.err().print(text);
    if (thrown instanceof LinkageError error) {
      environment.why(error).ifPresent(why -> call.err().println(why));
    }
    return new MagicResult(Optional.empty(), 1);
  }

  private static String lines(
      MagicCall call, JavaEnvironment environment, String what, String example) {
    return call.body()
        .orElseThrow(
            () ->
                call.wrong(
                    "JENV002",
                    call.words().getLast(),
                    what + " takes lines of Java below it",
                    "%%javaenv " + environment.name() + " " + what + ", and below it " + example));
  }

  private static MagicResult serve(MagicCall call, JavaEnvironment environment, List<Word> words)
      throws IOException, InterruptedException {
    String body = lines(call, environment, "serve", "get(\"/\", request -> \"Hello\");");
    Words options = SPEC.read(call, words).only("NAME serve", "--name");
    int port = options.operand(0).map(word -> options.port(word, 0)).orElse(0);
    String name = options.text("--name").orElse(environment.name());
    PlainJava.requireInLab();
    Compilation compiled = handlers(call, environment, body);
    Handlers handlers;
    try {
      handlers =
          (Handlers)
              environment.define(compiled.classes(), "Main").getDeclaredConstructor().newInstance();
      handlers.begin("");
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    } catch (Exception | LinkageError e) {
      return failed(call, environment, e);
    }
    LiveLog live =
        new LiveLog(
            call.inCell(), call.network().clock(), call.place(), line -> call.out().println(line));
    String handled = "handlers in " + environment;
    HttpServers servers = call.service(HttpServers.class, HttpServers::new);
    HttpServer server =
        servers
            .start(
                new HttpServers.Plan(
                    name,
                    handled,
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                    Optional.empty(),
                    Knobs.USUAL,
                    () ->
                        new OriginPolicy(
                            explained(call, environment, handlers.endpoint()),
                            host -> false,
                            Optional.ofNullable(
                                call.environment().get("JUPYTERHUB_SERVICE_PREFIX")),
                            false,
                            false),
                    live),
                call.network().clock())
            .server();
    call.out().println(server.url() + " serves " + handled);
    environment.serves(server.url());
    return MagicResult.of(environment);
  }

  /** Lines as those of %%serve: routes. Their own imports go where imports stand. */
  private static Compilation handlers(MagicCall call, JavaEnvironment environment, String body) {
    List<String> imports = body.lines().filter(line -> line.startsWith("import ")).toList();
    String routes =
        body.lines()
            .map(line -> line.startsWith("import ") ? "" : line)
            .collect(Collectors.joining("\n"));
    String source =
        ("%s public final class Main extends %s { @Override protected void routes() "
                + "throws Exception {%s\n}}")
            .formatted(String.join(" ", imports), Handlers.class.getName(), routes);
    return compiled(call, "Main.java", source, environment.libraries(), ownClassPath());
  }

  /** Where the compiler finds Wirebook's own classes. */
  private static String ownClassPath() {
    return Path.of(
            java.net.URI.create(
                Handlers.class.getProtectionDomain().getCodeSource().getLocation().toString()))
        .toString();
  }

  private static Endpoint explained(MagicCall call, JavaEnvironment environment, Endpoint inside) {
    return request -> {
      try {
        return inside.handle(request);
      } catch (LinkageError e) {
        environment
            .why(e)
            .ifPresent(why -> call.place().execute(() -> call.out().println(e + "\n" + why)));
        throw e;
      }
    };
  }

  // -------------------------------------------------------------------------- list, show

  private static MagicResult list(MagicCall call, Session session) {
    List<JavaEnvironment> all =
        session.environments().values().stream()
            .sorted((a, b) -> a.name().compareTo(b.name()))
            .toList();
    if (all.isEmpty()) {
      call.out().println("No environments yet: %javaenv NAME LIBRARY… makes one.");
    }
    all.forEach(each -> call.out().println(each));
    return MagicResult.NOTHING;
  }

  private static MagicResult remove(MagicCall call, Session session, Word name) {
    JavaEnvironment gone = known(call, session, name);
    session.environments().remove(gone.name());
    call.out().println(gone.name() + " is gone; what runs in it runs on until it is stopped.");
    return MagicResult.NOTHING;
  }

  /** The class path in order, and of each jar the classes that another one before it has. */
  private static MagicResult show(MagicCall call, JavaEnvironment environment) throws IOException {
    Map<String, String> first = new java.util.HashMap<>();
    List<Node> jars = new ArrayList<>();
    for (Library library : environment.libraries()) {
      List<Node> classes = new ArrayList<>();
      for (String type : library.classes()) {
        String before = first.putIfAbsent(type, String.valueOf(library.jar().getFileName()));
        classes.add(
            before == null
                ? new Node(type, "taken from here", Tone.NEW, List.of())
                : new Node(type, "never asked: " + before + " comes first", Tone.BAD, List.of()));
      }
      jars.add(
          new Node(
              String.valueOf(library.jar().getFileName()),
              "",
              Tone.FOLDER,
              classes.subList(0, Math.min(classes.size(), 30))));
    }
    TreePicture tree = new TreePicture(environment.name() + ": the class path, in order", jars);
    if (call.inCell()) {
      call.display().show(tree.picture().bundle());
    } else {
      call.out().println(tree.text());
    }
    return MagicResult.of(environment);
  }
}
