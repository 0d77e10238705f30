package wirebook.kernel.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import wirebook.engine.process.ChildEnvironment;
import wirebook.internet.Internets;
import wirebook.kernel.zmq.Signals;
import wirebook.magics.shell.Shims;
import wirebook.net.Terminal;
import wirebook.spi.Services;

/** A shell in a lab: that of a running kernel, or one that lasts as long as the shell. */
@Command(
    name = "shell",
    description =
        "Open a shell in the lab: dig, curl, ip and their kin are the lab's there. It is the lab of"
            + " the notebook whose shell cells ran last, or one of its own.",
    mixinStandardHelpOptions = true)
final class LabShell implements Callable<Integer> {
  private final PrintWriter err;

  @Option(names = "--own", description = "In a lab of its own, though a kernel runs.")
  private boolean own;

  @Parameters(
      paramLabel = "COMMAND",
      description = "Run this and end, instead of a shell to type in.",
      arity = "0..*")
  private List<String> command = List.of();

  LabShell(PrintWriter err) {
    this.err = err;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Optional<Path> running = own ? Optional.empty() : Shims.terminalOfAnother();
    Path terminal;
    if (running.isPresent()) {
      terminal = running.get();
    } else {
      String name = ShellMagic.internetOfEnvironment().orElse("lab");
      Services services = new Services();
      Internets internets = new Internets(name);
      ChildEnvironment.of(services).give(internets.variables());
      terminal = Shims.of(services, internets).terminal();
    }
    if (command.isEmpty() && Terminal.isThere()) {
      err.println(
          running.isPresent()
              ? "A shell in the lab of the running notebook. exit leaves it."
              : "A shell in a lab of its own. exit leaves it. (For a notebook's, run"
                  + " %bash --terminal there.)");
    }
    // What a terminal sends at Ctrl-C is for the shell.
    Signals.onInterrupt(() -> {});
    return new ProcessBuilder(words(terminal)).inheritIO().start().waitFor();
  }

  private List<String> words(Path terminal) {
    String shell = System.getenv().getOrDefault("SHELL", "/bin/sh");
    if (command.isEmpty() && Terminal.isThere() && shell.endsWith("/bash")) {
      return List.of(shell, "--rcfile", terminal.resolveSibling(Shims.START).toString(), "-i");
    }
    List<String> words = new ArrayList<>(List.of("/bin/sh", "-c", ". \"$0\"; exec \"$@\""));
    words.add(terminal.toString());
    if (command.isEmpty()) {
      words.addAll(Terminal.isThere() ? List.of(shell, "-i") : List.of(shell));
    }
    words.addAll(command);
    return words;
  }
}
