package wirebook.kernel.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import wirebook.kernel.run.HeadlessRunner;
import wirebook.kernel.run.NotebookFile;
import wirebook.kernel.run.Reports;
import wirebook.kernel.session.Interpreter;

/** Runs notebooks without Jupyter. */
@Command(
    name = "run",
    description = "Run notebooks without Jupyter and say how each cell went.",
    footer = {
      "",
      "Exit code: 0 when no cell failed, 1 when one did, 2 when a file is no notebook; the others"
          + " are run all the same.",
      "A failed cell ends its notebook. The cell tags raises-exception and skip-execution work as"
          + " in nbclient.",
      "A regular expression in a cell's metadata, {\"wirebook\": {\"expect\": [\"^200$\"]}}, has"
          + " to be found in its output."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class RunCommand implements Callable<Integer> {
  private final PrintWriter out;
  private final PrintWriter err;
  private final BiFunction<NotebookFile, String, Interpreter> interpreters;

  @Parameters(paramLabel = "NOTEBOOK", arity = "1..*", description = "The .ipynb files, in order.")
  private List<Path> files = new ArrayList<>();

  @Option(
      names = "--output",
      paramLabel = "DIR",
      description = "Write the notebooks with their outputs there.")
  private @Nullable Path output;

  @Option(
      names = "--junit",
      paramLabel = "FILE",
      description = "Write JUnit XML, a case a cell; it is written anew before each notebook.")
  private @Nullable Path junit;

  @Option(
      names = "--html",
      paramLabel = "DIR",
      description = "Write a page a notebook there, which needs no other file.")
  private @Nullable Path html;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      description = "Stop a cell after that time (default ${DEFAULT-VALUE}; 0: never).",
      defaultValue = "300")
  private double timeout;

  @Option(
      names = "--internet",
      paramLabel = "lab|real",
      description =
          "The network that the notebooks begin in (default: $WIREBOOK_INTERNET, else lab).")
  private @Nullable String internet;

  /**
   * @param interpreters makes one for a notebook, on the network of that name
   */
  RunCommand(
      PrintWriter out,
      PrintWriter err,
      BiFunction<NotebookFile, String, Interpreter> interpreters) {
    this.out = out;
    this.err = err;
    this.interpreters = interpreters;
  }

  @Override
  public Integer call() throws InterruptedException {
    String network =
        Optional.ofNullable(internet).or(ShellMagic::internetOfEnvironment).orElse("lab");
    if (!List.of("lab", "real").contains(network)) {
      return wrong("there is no internet \"" + network + "\", only: lab, real");
    }
    if (!(timeout >= 0 && timeout < Integer.MAX_VALUE)) {
      return wrong("--timeout takes a number of seconds from 0 on");
    }
    HeadlessRunner runner =
        new HeadlessRunner(
            notebook -> interpreters.apply(notebook, network),
            Duration.ofMillis(Math.round(timeout * 1000)),
            new Reports(
                Optional.ofNullable(output), Optional.ofNullable(junit), Optional.ofNullable(html)),
            out);
    try {
      return switch (runner.run(files)) {
        case PASSED -> ExitCode.OK;
        case A_CELL_FAILED -> ExitCode.SOFTWARE;
        case A_FILE_WAS_NONE -> ExitCode.USAGE;
      };
    } catch (FileSystemException e) {
      return wrong("could not write " + e.getFile() + ": " + InstallCommand.reason(e));
    } catch (IOException e) {
      return wrong("could not write: " + e.getMessage());
    }
  }

  private int wrong(String message) {
    err.println("wirebook run: " + message);
    return ExitCode.USAGE;
  }
}
