package wirebook.kernel.cli;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import wirebook.codec.Json;

/**
 * What {@code doctor} asks the machine.
 *
 * @param proc where the {@code proc(5)} file system is mounted, if it is
 */
record MachineChecks(Path proc, Map<String, String> environment) {
  Finding java() {
    String home = System.getProperty("java.home");
    if (ModuleLayer.boot().findModule("jdk.jshell").isEmpty()) {
      return new Finding.Broken(
          home + " has no JShell", "Install a whole JDK 25, not a Java runtime alone.");
    }
    return new Finding.Works(Runtime.version() + " in " + home);
  }

  Finding jupyter() {
    List<Path> found = jupyters();
    return found.isEmpty()
        ? new Finding.Lacks(
            "none on the path",
            "./binder/lab without arguments makes one in .lab/; ./binder/lab run needs none.")
        : new Finding.Works(String.join(", ", found.stream().map(Path::toString).toList()));
  }

  /** On the path, and the one that binder/lab makes beside the jar. */
  private List<Path> jupyters() {
    List<Path> found = new ArrayList<>();
    ownEnvironment().map(venv -> venv.resolve("bin/jupyter")).ifPresent(found::add);
    for (String folder : environment.getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
      if (!folder.isBlank()) {
        found.add(Path.of(folder).resolve("jupyter"));
      }
    }
    return found.stream().filter(Files::isExecutable).distinct().toList();
  }

  private static Optional<Path> ownEnvironment() {
    return KernelSpec.ownJar().map(jar -> jar.resolveSibling("venv"));
  }

  Finding kernel() throws IOException {
    List<Path> directories = new ArrayList<>();
    ownEnvironment()
        .map(venv -> venv.resolve("share").resolve("jupyter"))
        .ifPresent(directories::add);
    // An environment's Jupyter lies in its bin/ and reads its share/.
    jupyters().stream()
        .map(jupyter -> jupyter.resolve("../../share/jupyter").normalize())
        .forEach(directories::add);
    directories.addAll(JupyterPaths.searched(environment, System.getProperties()));
    List<String> current = new ArrayList<>();
    List<String> old = new ArrayList<>();
    for (Path directory : directories.stream().distinct().toList()) {
      Path spec = directory.resolve("kernels").resolve(KernelSpec.NAME);
      if (Files.isReadable(spec.resolve("kernel.json"))) {
        Optional<String> broken = wrong(spec);
        (broken.isPresent() ? broken : slow(spec))
            .ifPresentOrElse(why -> old.add(spec + ": " + why), () -> current.add(spec.toString()));
      }
    }
    if (!old.isEmpty()) {
      return new Finding.Lacks(
          String.join("; ", old), "Install it there again: ./binder/lab install --help says how.");
    }
    return current.isEmpty()
        ? new Finding.Lacks(
            "not installed for any Jupyter found",
            "./binder/lab install puts it where every Jupyter of yours finds it.")
        : new Finding.Works("installed in " + String.join(", ", current));
  }

  /** Why the kernel of that spec would not start, or not be this one. */
  static Optional<String> wrong(Path spec) throws IOException {
    try {
      Path java = java(spec);
      if (!Files.isExecutable(java)) {
        return Optional.of("its Java is gone (" + java + ")");
      }
      Path jar = spec.resolve(KernelSpec.JAR);
      if (!Files.isReadable(jar)) {
        return Optional.of("its jar is gone");
      }
      Optional<Path> own = KernelSpec.ownJar();
      if (own.isPresent() && !KernelSpec.sameContent(jar, own.get())) {
        return Optional.of("it is of another build");
      }
      return Optional.empty();
    } catch (NoSuchElementException e) {
      return Optional.of("its kernel.json is broken");
    }
  }

  /**
   * The Java that a spec starts.
   *
   * @throws NoSuchElementException where it says none
   */
  private static Path java(Path spec) throws IOException {
    Optional<Json> json = Json.read(Files.readString(spec.resolve("kernel.json")));
    return json.filter(Json.Obj.class::isInstance)
        .flatMap(all -> ((Json.Obj) all).items("argv").stream().findFirst())
        .map(first -> Path.of(first.text()))
        .orElseThrow();
  }

  /** Why the kernel of that spec would start, and slowly. */
  private static Optional<String> slow(Path spec) throws IOException {
    return new KernelSpec(java(spec), spec.resolve(KernelSpec.JAR)).trained(spec)
        ? Optional.empty()
        : Optional.of("it starts slowly, for its caches are of another Java or gone");
  }

  Finding socketTables() {
    Path table = proc.resolve("net").resolve("tcp");
    return Files.isReadable(table)
        ? new Finding.Works("read from " + table)
        : new Finding.Lacks(
            "there is no " + table,
            "Only Linux shows them; on macOS and Windows use a container or WSL for that.");
  }
}
