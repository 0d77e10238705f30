package wirebook.notebooks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The programs of others that the tests run against: a Python environment with Jupyter's, and a
 * browser. Where one is missing the test is skipped, unless {@code CI=true} says that all must be
 * there.
 */
final class Peers {
  private static final Path TOP = Path.of("..").toAbsolutePath().normalize();
  private static final Path JAR = TOP.resolve("kernel/target/wirebook.jar");

  /** What takes longer hangs, on a busy machine too. */
  private static final Duration HANGS = Duration.ofMinutes(15);

  private static final Path SCRIPTS = Path.of("src", "test", "python").toAbsolutePath();

  /** Of this process alone: another one may run tests at the same time. */
  private static final Path WORK =
      Path.of("target", "peers", "" + ProcessHandle.current().pid()).toAbsolutePath();

  private static final Path PREFIX = WORK.resolve("prefix");

  private Peers() {}

  /** A Python in which these modules can be imported. */
  static Path python(String... modules) throws IOException, InterruptedException {
    List<Path> environments = new ArrayList<>();
    Optional.ofNullable(System.getenv("WIREBOOK_PEERS")).map(Path::of).ifPresent(environments::add);
    environments.add(TOP.resolve(".lab/peers"));
    for (Path environment : environments) {
      Path python = environment.resolve("bin/python");
      if (Files.isExecutable(python)
          && new ProcessBuilder(python.toString(), "-c", "import " + String.join(", ", modules))
                  .redirectErrorStream(true)
                  .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                  .start()
                  .waitFor()
              == 0) {
        return python;
      }
    }
    throw missing("no Python with " + String.join(", ", modules) + " in " + environments);
  }

  /** Runs one of the programs that stand beside these tests, as {@link #run} does. */
  static String script(Path python, String name, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(python.toString());
    command.add(SCRIPTS.resolve(name + ".py").toString());
    command.addAll(List.of(arguments));
    return run(name, command);
  }

  /** Checks that one of these programs is on the path. */
  static void program(String... names) {
    for (String folder : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
      for (String name : names) {
        if (Files.isExecutable(Path.of(folder, name))) {
          return;
        }
      }
    }
    throw missing("none of " + List.of(names) + " on the path");
  }

  /** Checks that the tests run as root, with the right to make networks. */
  static void root() throws IOException {
    if (!Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"))) {
      throw missing("not root, which network namespaces take");
    }
  }

  /** Runs a program to its end as it is, and fails when it fails; gives what it printed. */
  static String plain(List<String> command) throws IOException, InterruptedException {
    return plain("plain", command);
  }

  /**
   * The same beside others.
   *
   * @param name another than theirs
   */
  static String plain(String name, List<String> command) throws IOException, InterruptedException {
    return start(name, Map.of(), command);
  }

  /** Fails, or skips the test: never returns. */
  private static AssertionError missing(String what) {
    if ("true".equals(System.getenv("CI"))) {
      return fail(what + ", and with CI=true it must be there: see .ci/run");
    }
    return abort(what + ": .ci/run installs it");
  }

  /**
   * Runs a program to its end with the kernel of the packaged jar installed for it, and fails with
   * the program's output when it fails.
   *
   * @return what it printed
   */
  static String run(String name, List<String> command) throws IOException, InterruptedException {
    install();
    Map<String, String> environment =
        Map.of(
            "JUPYTER_PATH", PREFIX.resolve("share/jupyter").toString(),
            "JUPYTER_DATA_DIR", WORK.resolve("data").toString(),
            "JUPYTER_CONFIG_DIR", WORK.resolve("config").toString(),
            "JUPYTER_RUNTIME_DIR", Files.createDirectories(WORK.resolve("runtime")).toString(),
            "WIREBOOK_HISTORY", WORK.resolve("history.jsonl").toString(),
            "IPYTHONDIR", WORK.resolve("ipython").toString(),
            "PYTHONDONTWRITEBYTECODE", "1");
    return start(name, environment, command);
  }

  private static synchronized void install() throws IOException, InterruptedException {
    if (!Files.exists(PREFIX)) {
      start("install", Map.of(), wirebook("install", "--prefix", PREFIX.toString()));
    }
  }

  static Path jar() {
    assertThat(JAR).as("the packaged kernel").isRegularFile();
    return JAR;
  }

  /** The command line of the packaged jar. */
  static List<String> wirebook(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-jar");
    command.add(jar().toString());
    command.addAll(List.of(arguments));
    return command;
  }

  private static String start(String name, Map<String, String> environment, List<String> command)
      throws IOException, InterruptedException {
    Path log = Files.createDirectories(WORK).resolve(name + ".log");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().putAll(environment);
    builder.environment().remove("WIREBOOK_INTERNET");
    Process process = builder.start();
    process.getOutputStream().close();
    boolean ended = process.waitFor(HANGS.toMinutes(), TimeUnit.MINUTES);
    if (!ended) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
    String printed = Files.readString(log);
    assertThat(ended).as("%s ends within %s; it printed:%n%s", name, HANGS, printed).isTrue();
    assertThat(process.exitValue()).as("exit code of %s; it printed:%n%s", name, printed).isZero();
    return printed;
  }
}
