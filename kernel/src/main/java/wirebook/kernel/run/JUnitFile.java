package wirebook.kernel.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;

/** The file of JUnit's XML: whole at any moment, and whatever else writes it in between goes. */
final class JUnitFile {
  private final Optional<Path> file;

  /**
   * @param file empty: nothing is written
   */
  JUnitFile(Optional<Path> file) {
    this.file = file;
  }

  /** While notebooks run. What goes wrong here does so at the end as well, and is told then. */
  void soFar(List<NotebookReport> reports) {
    try {
      // A pipe, or the terminal, gets one report.
      if (file.isPresent() && (Files.notExists(file.get()) || Files.isRegularFile(file.get()))) {
        write(reports);
      }
    } catch (IOException e) {
      // See above.
    }
  }

  synchronized void write(List<NotebookReport> reports) throws IOException {
    if (file.isEmpty()) {
      return;
    }
    String xml = JUnitXml.of(reports);
    Path target = Files.exists(file.get()) ? file.get().toRealPath() : file.get();
    if (Files.exists(target) && !Files.isRegularFile(target)) {
      Reports.writeFile(target, xml);
      return;
    }
    Path fresh = target.resolveSibling(target.getFileName() + ".new");
    Files.deleteIfExists(fresh);
    Reports.writeFile(fresh, xml);
    Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE);
  }
}
