package wirebook.kernel.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import wirebook.kernel.zmq.Training;

/** Installs the kernel for a Jupyter. */
@Command(
    name = "install",
    description =
        "Install the kernel for the Jupyter of this user, of an environment, or anywhere.",
    mixinStandardHelpOptions = true)
final class InstallCommand implements Callable<Integer> {
  private final PrintWriter out;
  private final PrintWriter err;

  @ArgGroup private @Nullable Where where;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      defaultValue = KernelSpec.NAME,
      description =
          "What notebooks call it: wirebook, or java, so that those made with IJava and JJava"
              + " open with it at once.")
  private String name = KernelSpec.NAME;

  InstallCommand(PrintWriter out, PrintWriter err) {
    this.out = out;
    this.err = err;
  }

  /** At most one of them. */
  static final class Where {
    // Never read: it says what is done without it, and that no other may be given.
    @SuppressWarnings("UnusedVariable")
    @Option(names = "--user", description = "For every Jupyter of this user (the default).")
    private boolean user;

    @Option(
        names = "--sys-prefix",
        description = "For the Python environment in use: that of the first python3 on the path.")
    private boolean sysPrefix;

    @Option(names = "--prefix", paramLabel = "DIR", description = "Into DIR/share/jupyter/kernels.")
    private @Nullable Path prefix;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (!KernelSpec.isName(name)) {
      return fail("a kernel's name has small letters, digits, -, . and _ only: " + name);
    }
    Optional<Path> jar = KernelSpec.ownJar();
    if (jar.isEmpty()) {
      return fail("only the packaged jar can be installed: build it with mvn package.");
    }
    Optional<Path> data = dataDirectory();
    if (data.isEmpty()) {
      return fail("--sys-prefix asks python3 for its prefix, and none answered on this path.");
    }
    Path directory = data.get().resolve("kernels").resolve(name).toAbsolutePath();
    KernelSpec spec = KernelSpec.here(jar.get());
    Optional<String> refused = platform(System.getProperty("os.name", ""));
    if (refused.isPresent()) {
      return fail(refused.get());
    }
    try {
      if (!spec.trained(directory)) {
        err.println(
            "Installing in "
                + directory
                + ": a copy of the jar, and two caches with which it starts fast, 85 MB in all."
                + " They are made in a short session, which takes some seconds ...");
        err.flush();
      }
      spec.install(directory);
    } catch (AccessDeniedException e) {
      return fail(
          "may not write " + e.getFile() + ": choose a place of your own with --user or --prefix.");
    } catch (FileSystemException e) {
      return fail("could not write " + e.getFile() + ": " + reason(e));
    }
    try {
      spec.train(directory)
          .ifPresent(
              reason ->
                  err.println("wirebook install: the kernel will start slowly, for " + reason));
    } catch (Training.CannotRun e) {
      return fail(String.valueOf(e.getMessage()));
    }
    out.println("Installed the kernel " + KernelSpec.DISPLAY_NAME + " in " + directory);
    return 0;
  }

  /** Why it cannot run on such a system; of what it does with less there, a word is printed. */
  private Optional<String> platform(String system) {
    if (system.startsWith("Windows")) {
      return Optional.of(
          "Wirebook runs on Windows within WSL only: in a WSL terminal, install a JDK 25 and"
              + " Jupyter there, and run this again.");
    }
    if (system.startsWith("Mac")) {
      err.println(
          "On macOS %ss shows this kernel's own sockets only, %serve cannot say who holds a port,"
              + " and what a cell's programs leave running outlives the kernel.");
    }
    return Optional.empty();
  }

  static String reason(FileSystemException e) {
    String reason = e.getReason();
    return reason == null ? e.getClass().getSimpleName() : reason;
  }

  private int fail(String message) {
    err.println("wirebook install: " + message);
    return 1;
  }

  private Optional<Path> dataDirectory() throws IOException, InterruptedException {
    if (where != null && where.prefix != null) {
      return Optional.of(where.prefix.resolve("share").resolve("jupyter"));
    }
    if (where != null && where.sysPrefix) {
      return pythonPrefix().map(prefix -> prefix.resolve("share").resolve("jupyter"));
    }
    return Optional.of(JupyterPaths.userData(System.getenv(), System.getProperties()));
  }

  private static Optional<Path> pythonPrefix() throws IOException, InterruptedException {
    for (String python : List.of("python3", "python")) {
      try {
        Process process =
            new ProcessBuilder(python, "-c", "import sys; print(sys.prefix)")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader answer = process.inputReader()) {
          String line = answer.readLine();
          if (process.waitFor() == 0 && line != null) {
            return Optional.of(Path.of(line));
          }
        }
      } catch (IOException e) {
        // There is no program of this name: the next may be there.
      }
    }
    return Optional.empty();
  }
}
