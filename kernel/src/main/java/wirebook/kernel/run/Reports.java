package wirebook.kernel.run;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where what is written goes.
 *
 * @param output a folder for the notebooks with the outputs of this run
 * @param junit a file of JUnit's XML
 * @param html a folder for a page a notebook
 */
public record Reports(Optional<Path> output, Optional<Path> junit, Optional<Path> html) {
  /** What has run for an hour is not to be lost for a folder that cannot be written to. */
  void prepare() throws IOException {
    if (junit.isPresent()) {
      Path file = junit.get();
      if (Files.isDirectory(file)) {
        throw new FileSystemException(file.toString(), null, "Is a directory");
      }
      prepare(file.toAbsolutePath().getParent());
    }
    for (Optional<Path> folder : List.of(output, html)) {
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

  void write(NotebookReport.Ran report) throws IOException {
    String name = report.name();
    if (output.isPresent()) {
      writeFile(output.get().resolve(name), report.notebook().withOutputs(report.cells()));
    }
    if (html.isPresent()) {
      String page = name.replaceFirst("\\.ipynb$", "") + ".html";
      writeFile(html.get().resolve(page), HtmlPage.of(report));
    }
  }

  static void writeFile(Path file, String text) throws IOException {
    prepare(file.toAbsolutePath().getParent());
    // Half a surrogate pair, which a cell may print, becomes a question mark and no exception.
    Files.write(file, text.getBytes(StandardCharsets.UTF_8));
  }
}
