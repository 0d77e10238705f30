package wirebook.kernel.run;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import wirebook.kernel.session.Interpreter;
import wirebook.spi.Plural;

/** Runs notebooks without a Jupyter, says how each cell went, and writes reports. */
public final class HeadlessRunner {
  private static final int TITLE = 52;

  private final Function<NotebookFile, Interpreter> interpreters;
  private final Duration timeout;
  private final Reports reports;
  private final PrintWriter out;

  /**
   * Where what is written goes.
   *
   * @param output a folder for the notebooks with the outputs of this run
   * @param junit a file of JUnit's XML
   * @param html a folder for a page a notebook
   */
  public record Reports(Optional<Path> output, Optional<Path> junit, Optional<Path> html) {}

  /** All of one notebook. */
  public record NotebookReport(NotebookFile notebook, List<CellReport> cells) {
    public NotebookReport {
      cells = List.copyOf(cells);
    }
  }

  /**
   * @param interpreters a fresh one for each notebook
   * @param timeout for each cell; zero for none
   * @param out gets the lines for people
   */
  public HeadlessRunner(
      Function<NotebookFile, Interpreter> interpreters,
      Duration timeout,
      Reports reports,
      PrintWriter out) {
    this.interpreters = interpreters;
    this.timeout = timeout;
    this.reports = reports;
    this.out = out;
  }

  /**
   * Runs notebooks one after the other. All are read, and the places of the reports looked at,
   * before the first runs.
   *
   * @return whether no cell failed
   * @throws NotebookException when one cannot be read; then none has run
   * @throws IOException when a report cannot be written
   */
  public boolean run(List<Path> files) throws NotebookException, IOException, InterruptedException {
    List<NotebookFile> notebooks = new ArrayList<>();
    for (Path file : files) {
      notebooks.add(NotebookFile.read(file));
    }
    if (reports.output().isPresent() || reports.html().isPresent()) {
      refuseSameNames(notebooks);
    }
    prepareReports();
    List<NotebookReport> all = new ArrayList<>();
    for (NotebookFile notebook : notebooks) {
      NotebookReport report = run(notebook);
      all.add(report);
      write(report);
    }
    if (reports.junit().isPresent()) {
      writeFile(reports.junit().get(), JUnitXml.of(all));
    }
    List<CellReport> cells = all.stream().flatMap(report -> report.cells().stream()).toList();
    out.println(summary(notebooks.size(), cells));
    return cells.stream().noneMatch(CellReport::failed);
  }

  private static void refuseSameNames(List<NotebookFile> notebooks) throws NotebookException {
    Map<String, List<NotebookFile>> byName =
        notebooks.stream().collect(Collectors.groupingBy(NotebookFile::name));
    for (List<NotebookFile> same : byName.values()) {
      if (same.size() > 1) {
        throw new NotebookException(
            same.get(1).file(),
            "would be written over the other " + same.get(1).name() + ": run them one at a time");
      }
    }
  }

  /** What has run for an hour is not to be lost for a folder that cannot be written to. */
  private void prepareReports() throws IOException {
    if (reports.junit().isPresent()) {
      Path file = reports.junit().get();
      if (Files.isDirectory(file)) {
        throw new FileSystemException(file.toString(), null, "Is a directory");
      }
      prepare(file.toAbsolutePath().getParent());
    }
    for (Optional<Path> folder : List.of(reports.output(), reports.html())) {
      if (folder.isPresent()) {
        prepare(folder.get());
      }
    }
  }

  private static void prepare(@Nullable Path folder) throws IOException {
    if (folder != null) {
      Files.createDirectories(folder);
      if (!Files.isWritable(folder)) {
        throw new FileSystemException(folder.toString(), null, "Permission denied");
      }
    }
  }

  private NotebookReport run(NotebookFile notebook) throws InterruptedException {
    out.println(notebook.file());
    try (NotebookRun run = new NotebookRun(notebook, interpreters.apply(notebook), timeout)) {
      for (NotebookCell.Code cell : notebook.codeCells()) {
        out.printf(Locale.ROOT, "  %3d  %-" + TITLE + "s  ", cell.number(), shown(cell));
        out.flush();
        CellReport report = run.next();
        out.println(end(report));
        if (report.end() instanceof CellReport.End.Failed(NotebookOutput.Failed error)) {
          error.traceback().stream()
              .flatMap(line -> Ansi.plain(line).lines())
              .forEach(line -> out.println("       | " + line));
        }
        out.flush();
      }
      return new NotebookReport(notebook, run.reports());
    }
  }

  private static String shown(NotebookCell.Code cell) {
    return Ansi.plain(cell.title(TITLE));
  }

  private static String end(CellReport report) {
    return switch (report.end()) {
      case CellReport.End.Passed p -> "ok      " + seconds(report.took());
      case CellReport.End.Failed f -> "FAILED  " + seconds(report.took());
      case CellReport.End.TimedOut t -> "FAILED  still ran after " + t.after().toSeconds() + " s";
      case CellReport.End.Skipped s -> "skipped (" + s.reason() + ")";
      case CellReport.End.NotRun n -> "not run (" + n.reason() + ")";
    };
  }

  static String seconds(Duration took) {
    return String.format(Locale.ROOT, "%.2f s", took.toMillis() / 1000.0);
  }

  private static String summary(int notebooks, List<CellReport> cells) {
    int passed = 0;
    int failed = 0;
    int skipped = 0;
    int notRun = 0;
    Duration took = Duration.ZERO;
    for (CellReport cell : cells) {
      took = took.plus(cell.took());
      switch (cell.end()) {
        case CellReport.End.Passed p -> passed++;
        case CellReport.End.Failed f -> failed++;
        case CellReport.End.TimedOut t -> failed++;
        case CellReport.End.Skipped s -> skipped++;
        case CellReport.End.NotRun n -> notRun++;
      }
    }
    return Plural.of(notebooks, "notebook")
        + ", "
        + Plural.of(cells.size(), "cell")
        + ": "
        + passed
        + " ok, "
        + failed
        + " failed"
        + (notRun == 0 ? "" : ", " + notRun + " not run")
        + (skipped == 0 ? "" : ", " + skipped + " skipped")
        + " ("
        + seconds(took)
        + ")";
  }

  private void write(NotebookReport report) throws IOException {
    String name = report.notebook().name();
    if (reports.output().isPresent()) {
      writeFile(
          reports.output().get().resolve(name), report.notebook().withOutputs(report.cells()));
    }
    if (reports.html().isPresent()) {
      String page = name.replaceFirst("\\.ipynb$", "") + ".html";
      writeFile(reports.html().get().resolve(page), HtmlPage.of(report));
    }
  }

  private static void writeFile(Path file, String text) throws IOException {
    // Half a surrogate pair, which a cell may print, becomes a question mark and no exception.
    Files.write(file, text.getBytes(StandardCharsets.UTF_8));
  }
}
