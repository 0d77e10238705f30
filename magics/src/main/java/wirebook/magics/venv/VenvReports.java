package wirebook.magics.venv;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import wirebook.engine.python.Distribution;
import wirebook.engine.python.PythonEnvironment;
import wirebook.engine.python.PythonInterpreter;
import wirebook.render.TreePicture;
import wirebook.render.TreePicture.Node;
import wirebook.render.TreePicture.Tone;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicResult;
import wirebook.spi.Typos;
import wirebook.spi.Word;

/** What {@code %venv} tells of environments, in text and as trees. */
final class VenvReports {
  private static final int MOST = 12;

  private VenvReports() {}

  static void machine(MagicCall call, PythonInterpreter python) {
    PrintStream out = call.out();
    out.println("python        " + python.executable() + "  (Python " + python.version() + ")");
    out.println(
        "prefix        "
            + python.prefix()
            + (python.prefix().equals(python.basePrefix())
                ? "  (the machine's own: no environment)"
                : "  (an environment of " + python.basePrefix() + ")"));
    out.println(
        "import flask  "
            + python
                .module()
                .map(at -> "comes from " + at)
                .orElse("would fail: no module flask in"));
    if (python.module().isEmpty()) {
      python.path().forEach(folder -> out.println("                " + folder));
    }
    python
        .managed()
        .ifPresent(
            text ->
                out.println(
                    "pip install   is refused here: error: externally-managed-environment\n"
                        + text.strip()
                            .lines()
                            .limit(1)
                            .map(line -> "                " + line + " …\n")
                            .reduce("", String::concat)
                            .stripTrailing()));
    List<PythonEnvironment> here = SessionEnvironments.of(call).in(call.directory());
    if (!here.isEmpty()) {
      out.println(
          "environments  "
              + String.join(", ", here.stream().map(PythonEnvironment::name).toList()));
    }
  }

  static MagicResult list(MagicCall call, SessionEnvironments all) {
    List<PythonEnvironment> here = all.in(call.directory());
    if (here.isEmpty()) {
      call.out().println("No environments in " + call.directory() + ". %venv NAME makes one.");
      return MagicResult.NOTHING;
    }
    int width = here.stream().mapToInt(e -> e.name().length()).max().orElse(0);
    for (PythonEnvironment each : here) {
      call.out()
          .println(
              each.name()
                  + " ".repeat(width - each.name().length() + 2)
                  + "Python "
                  + each.version()
                  + "  "
                  + counted(each.packages().size())
                  + each.served().map(url -> "  serves " + url).orElse(""));
    }
    return MagicResult.NOTHING;
  }

  private static String counted(int packages) {
    return packages == 1 ? "1 package " : packages + " packages";
  }

  // ------------------------------------------------------------------------------ show

  static void show(
      MagicCall call, PythonEnvironment environment, Optional<PythonInterpreter> machine)
      throws IOException {
    PrintStream out = call.out();
    int width = Math.max("machine".length(), environment.name().length());
    row(
        out,
        width,
        "python",
        environment,
        environment.python().toString(),
        machine.map(PythonInterpreter::executable));
    row(
        out,
        width,
        "version",
        environment,
        environment.version(),
        machine.map(PythonInterpreter::version));
    row(
        out,
        width,
        "sys.prefix",
        environment,
        environment.prefix().toString(),
        machine.map(PythonInterpreter::prefix));
    row(
        out,
        width,
        "packages in",
        environment,
        PythonEnvironment.sitePackages(environment.prefix()).map(Path::toString).orElse("nowhere"),
        machine.flatMap(m -> m.path().stream().filter(p -> p.endsWith("-packages")).findFirst()));
    row(
        out,
        width,
        "import flask",
        environment,
        environment.find("flask").map(Distribution::toString).orElse("ModuleNotFoundError"),
        machine.map(m -> m.module().orElse("ModuleNotFoundError")));
    environment
        .served()
        .ifPresent(url -> row(out, width, "serves", environment, url, Optional.of(url)));
    out.println();
    out.println("source " + environment.name() + "/bin/activate sets, for one shell:");
    activation(environment).forEach(line -> out.println("  " + line));
    packages(call, environment, List.of());
  }

  /** A line when both are the same, or there is no machine's; else one for each. */
  private static void row(
      PrintStream out,
      int width,
      String name,
      PythonEnvironment environment,
      String here,
      Optional<String> machine) {
    if (machine.isEmpty() || machine.get().equals(here)) {
      out.printf("%-13s %s%n", name, here);
      return;
    }
    out.printf("%-13s %-" + width + "s  %s%n", name, environment.name(), here);
    out.printf("%-13s %-" + width + "s  %s%n", "", "machine", machine.get());
  }

  /** The lines of {@code bin/activate} that set something which other programs see. */
  private static List<String> activation(PythonEnvironment environment) throws IOException {
    Path script = environment.prefix().resolve("bin/activate");
    List<String> lines = new ArrayList<>();
    if (Files.isReadable(script)) {
      for (String line : Files.readAllLines(script)) {
        String bare = line.strip();
        if (bare.matches("(export )?(VIRTUAL_ENV|PATH)=.*") && !bare.contains("_OLD_")) {
          lines.add(bare);
        }
      }
    }
    return lines;
  }

  // --------------------------------------------------------------------------- folders

  /** The folder tree of a new environment, with what each part is for. */
  static void folder(MagicCall call, PythonEnvironment environment) throws IOException {
    Path prefix = environment.prefix();
    List<Node> bin = new ArrayList<>();
    bin.add(Node.leaf("activate", "puts this bin in front of PATH"));
    bin.add(Node.leaf("pip", "installs into this environment"));
    Path python = environment.python();
    bin.add(
        new Node(
            "python",
            "→ " + (Files.isSymbolicLink(python) ? python.toRealPath() : python),
            Tone.NEW,
            List.of()));
    List<Node> site = new ArrayList<>();
    site.add(Node.leaf("pip", "comes with it"));
    environment
        .packages()
        .forEach(p -> site.add(new Node(p.name(), p.version(), Tone.NEW, List.of())));
    String lib =
        PythonEnvironment.sitePackages(prefix)
            .map(p -> String.valueOf(prefix.relativize(p)))
            .orElse("lib");
    List<Node> configuration =
        environment.configuration().entrySet().stream()
            .filter(
                line ->
                    Set.of("home", "include-system-site-packages", "version")
                        .contains(line.getKey()))
            .map(line -> Node.leaf(line.getKey() + " = " + line.getValue(), note(line.getKey())))
            .toList();
    show(
        call,
        new TreePicture(
            "An environment is a folder",
            List.of(
                new Node(
                    environment.name() + "/",
                    "",
                    Tone.FOLDER,
                    List.of(
                        new Node("bin/", "what you call", Tone.FOLDER, bin),
                        new Node(lib + "/", "what import finds", Tone.FOLDER, site),
                        new Node(
                            "pyvenv.cfg",
                            "tells Python that this is an environment",
                            Tone.NEW,
                            configuration))))));
  }

  private static String note(String key) {
    return switch (key) {
      case "home" -> "where the Python itself is";
      case "include-system-site-packages" -> "the machine's packages are not seen";
      default -> "";
    };
  }

  private static void show(MagicCall call, TreePicture tree) {
    if (call.inCell()) {
      call.display().show(tree.picture().bundle());
    } else {
      call.out().println(tree.text());
    }
  }

  // -------------------------------------------------------------------------- packages

  /** What a change of packages has changed, and the tree that it has left. */
  static void changed(MagicCall call, PythonEnvironment after, List<Distribution> before) {
    List<String> had = before.stream().map(Distribution::toString).toList();
    List<Distribution> fresh =
        after.packages().stream().filter(p -> !had.contains(p.toString())).toList();
    packages(call, after, fresh);
  }

  /** The tree of what needs what. */
  private static void packages(
      MagicCall call, PythonEnvironment environment, List<Distribution> fresh) {
    if (environment.packages().isEmpty()) {
      return;
    }
    Set<String> needed = new HashSet<>();
    environment
        .packages()
        .forEach(p -> p.requires().forEach(r -> needed.add(Distribution.normalized(r.name()))));
    List<Node> roots =
        environment.packages().stream()
            .filter(p -> !needed.contains(Distribution.normalized(p.name())))
            .map(p -> node(environment, p, "", fresh, Set.of()))
            .toList();
    show(
        call,
        new TreePicture(
            "%s: %s, and what needs what"
                .formatted(environment.name(), counted(environment.packages().size()).strip()),
            roots));
  }

  private static Node node(
      PythonEnvironment environment,
      Distribution distribution,
      String note,
      List<Distribution> fresh,
      Set<String> above) {
    Set<String> path = new HashSet<>(above);
    List<Node> parts = new ArrayList<>();
    if (path.add(Distribution.normalized(distribution.name()))) {
      for (Distribution.Requirement requirement : distribution.requires()) {
        Optional<Distribution> found = environment.find(requirement.name());
        if (found.isPresent()) {
          parts.add(node(environment, found.get(), "needed: " + needs(requirement), fresh, path));
        } else if (!requirement.conditional()) {
          parts.add(
              new Node(
                  requirement.name(),
                  "MISSING, needed: " + needs(requirement),
                  Tone.BAD,
                  List.of()));
        }
      }
    }
    return new Node(
        distribution.name() + " " + distribution.version(),
        note,
        fresh.contains(distribution) ? Tone.NEW : Tone.PLAIN,
        parts);
  }

  private static String needs(Distribution.Requirement requirement) {
    return requirement.specifier().isEmpty() ? "any version" : requirement.specifier();
  }

  static void diff(MagicCall call, PythonEnvironment first, PythonEnvironment second) {
    TreeMap<String, String> names = new TreeMap<>();
    Stream.concat(first.packages().stream(), second.packages().stream())
        .forEach(p -> names.putIfAbsent(Distribution.normalized(p.name()), p.name()));
    int width = Math.max(MOST, names.values().stream().mapToInt(String::length).max().orElse(0));
    String format = "%-" + width + "s  %-14s %-14s%s%n";
    PrintStream out = call.out();
    out.printf(format, "", first.name(), second.name(), "");
    line(out, format, "Python", first.version(), second.version());
    for (String name : names.values()) {
      line(
          out,
          format,
          name,
          first.find(name).map(Distribution::version).orElse("-"),
          second.find(name).map(Distribution::version).orElse("-"));
    }
  }

  private static void line(
      PrintStream out, String format, String name, String first, String second) {
    out.printf(format, name, first, second, first.equals(second) ? "" : "  differs");
  }

  /** Prints text, or writes it to the file behind {@code >}. */
  static void print(MagicCall call, List<Word> rest, String text) throws IOException {
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

  /** Says in one sentence why nothing was done; that is no fault of the cell's text. */
  static MagicResult sentence(MagicCall call, String what, String fix) {
    call.err().println("venv: " + what + (fix.isEmpty() ? "" : ". " + fix));
    return new MagicResult(Optional.empty(), 1);
  }

  static MagicResult missing(MagicCall call, Path prefix) {
    List<String> here =
        SessionEnvironments.of(call).in(call.directory()).stream()
            .map(PythonEnvironment::name)
            .toList();
    return sentence(
        call,
        "there is no environment " + prefix.getFileName() + " in " + call.directory(),
        Typos.nearest(String.valueOf(prefix.getFileName()), here)
                .map(near -> "Did you mean " + near + "? ")
                .orElse(here.isEmpty() ? "" : "There is " + String.join(", ", here) + ". ")
            + "%venv "
            + prefix.getFileName()
            + " makes it.");
  }
}
