package wirebook.magics.shell;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import wirebook.engine.process.Child;
import wirebook.engine.process.ChildEnvironment;
import wirebook.engine.process.CompletedProcess;
import wirebook.engine.process.ProcessGroups;
import wirebook.internet.Internets;
import wirebook.net.TemporaryFolder;
import wirebook.spi.Diagnostic;
import wirebook.spi.MagicCall;
import wirebook.spi.MagicException;
import wirebook.spi.Span;
import wirebook.trace.Bytes;

/** A program that a cell runs. */
final class ShellRun {
  /** A longer text does not go through {@code execve(2)} as one argument on Linux. */
  private static final int LONGEST_ARGUMENT = 100_000;

  /** What bash, which takes it for a job, and dash say of {@code %dig}. */
  private static final Pattern PERCENT =
      Pattern.compile("(?m): fg: no job control$|: %\\w+: not found$");

  /** A line that installs with the first pip of the path. */
  private static final Pattern PIP =
      Pattern.compile("(?m)(?:^|[;&|])\\s*(?:sudo )?(?:python3? -m )?pip3? install\\b");

  /** How pip ends that may not write into the system's own Python (PEP 668). */
  private static final String MANAGED = "externally-managed-environment";

  /** A shell within a cell that begins as one for a login does. */
  private static final Pattern LOGIN =
      Pattern.compile("\\bbash\\s+(?:-\\S+\\s+)*(?:-\\w*l\\w*|--login)\\b");

  private final MagicCall call;
  private final Child child;
  private final boolean installs;

  private ShellRun(MagicCall call, Child child, boolean installs) {
    this.call = call;
    this.child = child;
    this.installs = installs;
  }

  /** Runs a shell's text with its options and {@code $1 …}. */
  static ShellRun shell(
      MagicCall call,
      String shell,
      List<String> options,
      String text,
      List<String> arguments,
      Shown shown)
      throws InterruptedException {
    List<String> command = new ArrayList<>(List.of(shell));
    command.addAll(options);
    String meant =
        text.contains("/.ssh")
            ? Internets.inLab(call)
                .map(labs -> LabKeys.inText(text, labs.lab().home().folder()))
                .orElse(text)
            : text;
    String lines =
        shell.equals("sh") && logsIn(command)
            ? Shims.of(call.services(), call.networks()).firstInPath() + "; " + meant
            : meant;
    byte[] bytes = lines.getBytes(StandardCharsets.UTF_8);
    if (bytes.length <= LONGEST_ARGUMENT) {
      command.addAll(List.of("-c", lines, shell));
    } else {
      try {
        Path file = Files.createTempFile(TemporaryFolder.get(), "cell", ".sh");
        Files.write(file, bytes);
        command.add(file.toString());
      } catch (IOException e) {
        throw wrong("SHELL003", "the lines cannot be handed to " + shell + ": " + e.getMessage());
      }
    }
    command.addAll(arguments);
    return start(call, command, shown);
  }

  /** Runs a program that reads the text. */
  static ShellRun program(MagicCall call, List<String> command, String text, Shown shown)
      throws InterruptedException {
    ShellRun run = start(call, command, shown);
    run.child.feed(Bytes.utf8(text));
    return run;
  }

  /** Which streams the cell shows. */
  record Shown(boolean out, boolean err) {
    static final Shown BOTH = new Shown(true, true);
  }

  private static ShellRun start(MagicCall call, List<String> command, Shown shown)
      throws InterruptedException {
    ChildEnvironment surroundings = ChildEnvironment.of(call.services());
    ProcessGroups groups = call.service(ProcessGroups.class, ProcessGroups::new);
    Shims shims = Shims.of(call.services(), call.networks());
    Shims.Known known = shims.known(call);
    try {
      Map<String, String> variables = Children.variables(call);
      // For a shell that comes by itself.
      shims.terminal();
      variables.putAll(known.variables());
      if (logsIn(command)) {
        // A login's files set the path anew; bash reads this one after them.
        variables.putIfAbsent("BASH_ENV", shims.afterLogin());
      }
      variables.putAll(call.variables());
      Child child =
          Child.start(
              groups,
              command,
              surroundings.directory(),
              variables,
              shown.out() ? call.out() : OutputStream.nullOutputStream(),
              shown.err() ? call.err() : OutputStream.nullOutputStream());
      known.reads(child.inputPipe());
      return new ShellRun(call, child, installs(String.join("\n", command), variables));
    } catch (IOException e) {
      throw wrong("SHELL003", command.getFirst() + " does not start: " + e.getMessage());
    }
  }

  /** Whether a shell's command, or one in its text, is one for a login. */
  static boolean logsIn(List<String> command) {
    return command.stream()
            .skip(1)
            .takeWhile(word -> word.startsWith("-"))
            .anyMatch(word -> word.equals("--login") || word.matches("-\\w*l\\w*"))
        || command.stream().anyMatch(word -> LOGIN.matcher(word).find());
  }

  /** Whether something is installed into a Python that belongs to no environment. */
  static boolean installs(String text, Map<String, String> variables) {
    return PIP.matcher(text).find()
        && !text.contains("activate")
        && !variables.containsKey("VIRTUAL_ENV");
  }

  /** Told to a person who wants another terminal in this lab. */
  static String terminal(MagicCall call) {
    try {
      Children.variables(call);
    } catch (IOException e) {
      throw wrong("SHELL003", "no other program can come to the lab: " + e.getMessage());
    }
    return Shims.of(call.services(), call.networks()).terminalLine();
  }

  CompletedProcess await() throws InterruptedException {
    CompletedProcess ended = child.await(() -> line(call.in()));
    if (PERCENT.matcher(ended.err()).find()) {
      call.err().println("# in a shell the magics have no %: dig, not %dig");
    }
    if (installs && (ended.succeeded() || ended.err().contains(MANAGED))) {
      call.err()
          .println(
              "# that pip is of this machine's Python: %venv NAME pip install … keeps to an"
                  + " environment of your own");
    }
    return ended;
  }

  ProcessHandle handle() {
    return child.handle();
  }

  /** The next line that the person gives. */
  private static Optional<String> line(InputStream in) throws InterruptedException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    try {
      for (int b = in.read(); b >= 0; b = in.read()) {
        if (b == '\n') {
          return Optional.of(line.toString(StandardCharsets.UTF_8));
        }
        line.write(b);
      }
      return line.size() == 0
          ? Optional.empty()
          : Optional.of(line.toString(StandardCharsets.UTF_8));
    } catch (InterruptedIOException e) {
      throw (InterruptedException) new InterruptedException().initCause(e);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** A complaint about the whole cell. */
  static MagicException wrong(String id, String message) {
    return wrong(id, message, "");
  }

  static MagicException wrong(String id, String message, String fix) {
    return new MagicException(new Diagnostic(id, Span.NONE, message, fix));
  }
}
