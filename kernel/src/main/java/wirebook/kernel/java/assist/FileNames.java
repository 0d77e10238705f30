package wirebook.kernel.java.assist;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import wirebook.kernel.session.Interpreter.Match;

/** Paths that are being written. */
final class FileNames {
  private FileNames() {}

  /**
   * The entries of the folder that {@code typed} names which begin as it does, folders with a slash
   * behind them; hidden ones only when the dot is there.
   *
   * @param directory where relative paths start
   */
  static List<Match> of(Path directory, String typed) {
    String folder = typed.substring(0, typed.lastIndexOf('/') + 1);
    String start = typed.substring(folder.length());
    List<Match> matches = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory.resolve(folder))) {
      for (Path entry : entries) {
        String name = String.valueOf(entry.getFileName());
        if (name.startsWith(start) && (!name.startsWith(".") || start.startsWith("."))) {
          matches.add(new Match(folder + name + (Files.isDirectory(entry) ? "/" : ""), "path", ""));
        }
      }
    } catch (IOException | UncheckedIOException | InvalidPathException e) {
      return List.of();
    }
    matches.sort(Comparator.comparing(Match::text));
    return matches;
  }
}
