package wirebook.kernel.java.settings;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;

/**
 * IJava's simple patterns for paths: {@code *} and {@code ?} within a name, and a slash at the end
 * for all that is in a folder.
 */
public final class Globs {
  private static final Pattern SPECIAL = Pattern.compile("[\\\\\\[\\]{}]");

  private Globs() {}

  /**
   * What is there, in the order of the names.
   *
   * @throws InvalidPathException when no path can have this form
   */
  public static List<Path> expand(Path directory, String pattern) throws IOException {
    String whole = pattern.endsWith("/") ? pattern + "*" : pattern;
    if (!isPattern(whole)) {
      Path path = directory.resolve(whole);
      return Files.exists(path) ? List.of(path) : List.of();
    }
    List<Path> found = List.of(whole.startsWith("/") ? directory.resolve("/") : directory);
    for (String name : whole.split("/+", -1)) {
      if (!name.isEmpty()) {
        found = within(found, name);
      }
    }
    return found;
  }

  public static boolean isPattern(String text) {
    return text.indexOf('*') >= 0 || text.indexOf('?') >= 0 || text.endsWith("/");
  }

  private static List<Path> within(List<Path> folders, String name) throws IOException {
    List<Path> found = new ArrayList<>();
    for (Path folder : folders) {
      if (!isPattern(name)) {
        Path one = folder.resolve(name);
        if (Files.exists(one)) {
          found.add(one);
        }
      } else if (Files.isDirectory(folder)) {
        String glob = SPECIAL.matcher(name).replaceAll("\\\\$0");
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, glob)) {
          entries.forEach(found::add);
        }
      }
    }
    found.sort(Comparator.naturalOrder());
    return found;
  }
}
