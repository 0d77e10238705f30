package wirebook.kernel.run;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.stream.IntStream;
import wirebook.kernel.session.Interpreter;
import wirebook.spi.Plural;

/** Runs notebooks without a Jupyter, says how each cell went, and writes reports. */
public final class HeadlessRunner {
  private static final int TITLE = 52;

  private final Function<NotebookFile, Interpreter> interpreters;
  private final Duration timeout;
  private final Reports reports;
  private final PrintWriter out;
  private final JUnitFile junit;

  /** How all went. */
  public enum Verdict {
    PASSED,
    A_CELL_FAILED,
    /** A file was no notebook, whatever became of the others. */
    A_FILE_WAS_NONE
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
    this.junit = new JUnitFile(reports.junit());
  }

  /**
   * Runs notebooks one after the other. All are read, and the places of the reports looked at,
   * before the first runs: so no cell can change the notebook of another. The JUnit file is there
   * from the beginning and says of each notebook how far it came, whatever ends this process.
   *
   * @throws IOException when a report cannot be written
   */
  public Verdict run(List<Path> files) throws IOException, InterruptedException {
    reports.prepare();
    List<String> names = names(files);
    List<Optional<NotebookFile>> notebooks = new ArrayList<>();
    List<NotebookReport> all = new CopyOnWriteArrayList<>();
    for (int i = 0; i < files.size(); i++) {
      try {
        notebooks.add(Optional.of(NotebookFile.read(files.get(i))));
        all.add(
            new NotebookReport.Untouched(names.get(i), "the run was ended before it came here"));
      } catch (NotebookException e) {
        notebooks.add(Optional.empty());
        all.add(new NotebookReport.Untouched(names.get(i), String.valueOf(e.getMessage())));
      }
    }
    Thread atAnEnd = Thread.ofPlatform().unstarted(() -> junit.soFar(all));
    Runtime.getRuntime().addShutdownHook(atAnEnd);
    try {
      for (int i = 0; i < files.size(); i++) {
        junit.soFar(all);
        if (notebooks.get(i).isPresent()) {
          run(notebooks.get(i).get(), all, i);
        } else if (all.get(i) instanceof NotebookReport.Untouched(var _, String reason)) {
          out.println(reason);
        }
      }
      junit.write(all);
    } finally {
      try {
        Runtime.getRuntime().removeShutdownHook(atAnEnd);
      } catch (IllegalStateException e) {
        // It runs already.
      }
    }
    int none = (int) notebooks.stream().filter(Optional::isEmpty).count();
    List<CellReport> cells = all.stream().flatMap(report -> report.cells().stream()).toList();
    out.println(summary(files.size() - none, none, cells));
    if (none > 0) {
      return Verdict.A_FILE_WAS_NONE;
    }
    return cells.stream().anyMatch(CellReport::failed) ? Verdict.A_CELL_FAILED : Verdict.PASSED;
  }

  /**
   * What each is called where its reports are: as its file, and where two files have the same name,
   * as in {@code alice/lab.ipynb bob/lab.ipynb}, with the folders that not all have.
   */
  private static List<String> names(List<Path> files) {
    List<Path> whole = files.stream().map(file -> file.toAbsolutePath().normalize()).toList();
    boolean different =
        whole.stream().map(Path::getFileName).distinct().count()
            == whole.stream().distinct().count();
    int shared =
        (int)
            IntStream.range(0, whole.stream().mapToInt(Path::getNameCount).min().orElse(1) - 1)
                .takeWhile(n -> whole.stream().map(file -> file.getName(n)).distinct().count() == 1)
                .count();
    return whole.stream()
        .map(
            file -> {
              int from = different ? file.getNameCount() - 1 : shared;
              return from < 0
                  ? file.toString()
                  : file.subpath(from, file.getNameCount()).toString();
            })
        .toList();
  }

  private void run(NotebookFile notebook, List<NotebookReport> all, int index)
      throws IOException, InterruptedException {
    String name = all.get(index).name();
    out.println(notebook.file());
    try (NotebookRun run = new NotebookRun(notebook, interpreters.apply(notebook), timeout)) {
      List<CellReport> done = new ArrayList<>();
      for (NotebookCell.Code cell : notebook.codeCells()) {
        all.set(index, new NotebookReport.Ran(name, notebook, atAnEnd(done, notebook)));
        out.printf(Locale.ROOT, "  %3d  %-" + TITLE + "s  ", cell.number(), shown(cell));
        out.flush();
        CellReport report = run.next();
        done.add(report);
        out.println(end(report));
        if (report.end() instanceof CellReport.End.Failed(NotebookOutput.Failed error)) {
          error.traceback().stream()
              .flatMap(line -> Ansi.plain(line).lines())
              .forEach(line -> out.println("       | " + line));
        }
        out.flush();
      }
      NotebookReport.Ran ran = new NotebookReport.Ran(name, notebook, run.reports());
      all.set(index, ran);
      reports.write(ran);
    }
  }

  /** The reports if this process is ended while the next cell runs. */
  private static List<CellReport> atAnEnd(List<CellReport> done, NotebookFile notebook) {
    List<CellReport> all = new ArrayList<>(done);
    for (NotebookCell.Code cell :
        notebook.codeCells().subList(done.size(), notebook.codeCells().size())) {
      CellReport.End end =
          all.size() == done.size()
              ? new CellReport.End.Failed(
                  new NotebookOutput.Failed(
                      "RunEnded", "the run was ended while this cell ran", List.of()))
              : new CellReport.End.NotRun("the run was ended");
      all.add(new CellReport(cell, end, Duration.ZERO, List.of()));
    }
    return all;
  }

  private static String shown(NotebookCell.Code cell) {
    return Ansi.plain(cell.title(TITLE));
  }

  private static String end(CellReport report) {
    return switch (report.end()) {
      case CellReport.End.Passed p -> "ok      " + report.ok(p.raised());
      case CellReport.End.Failed f -> "FAILED  " + CellReport.seconds(report.took());
      case CellReport.End.TimedOut t -> "FAILED  still ran after " + CellReport.limit(t.after());
      case CellReport.End.Skipped s -> "skipped (" + s.reason() + ")";
      case CellReport.End.NotRun n -> "not run (" + n.reason() + ")";
    };
  }

  private static String summary(int notebooks, int none, List<CellReport> cells) {
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
        + (none == 0 ? "" : ", " + Plural.of(none, "file") + " not read")
        + " ("
        + CellReport.seconds(took)
        + ")";
  }
}
