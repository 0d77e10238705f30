package wirebook.magics.venv;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import wirebook.net.TemporaryFolder;

/**
 * What an environment had before a change, so that a change which is stopped half-way leaves
 * nothing. The files are linked, not copied: installers put new files in the place of old ones and
 * write into none.
 */
record Snapshot(Path prefix) {
  private static final String BEFORE = ".before";

  /** How the folders begin that are only to be deleted. */
  private static final String GONE = ".gone";

  /** A file that is there while there is all of it. */
  private static final String WHOLE = "whole";

  private static final List<String> PARTS = List.of("bin", "lib");

  /** Puts back what a change has left that was cut off with the whole kernel. */
  static void repair(Path prefix) throws IOException {
    if (Files.exists(prefix.resolve(BEFORE).resolve(WHOLE))) {
      new Snapshot(prefix).restore();
    } else {
      TemporaryFolder.delete(prefix.resolve(BEFORE));
    }
    if (Files.exists(prefix)) {
      try (DirectoryStream<Path> left = Files.newDirectoryStream(prefix, GONE + "*")) {
        left.forEach(TemporaryFolder::delete);
      }
    }
  }

  static Snapshot take(Path prefix) throws IOException {
    repair(prefix);
    Path before = Files.createDirectories(prefix.resolve(BEFORE));
    for (String part : PARTS) {
      link(prefix.resolve(part), before.resolve(part));
    }
    Files.createFile(before.resolve(WHOLE));
    return new Snapshot(prefix);
  }

  private static void link(Path from, Path to) throws IOException {
    Files.walkFileTree(
        from,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
              throws IOException {
            Files.createDirectories(to.resolve(from.relativize(folder)));
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Path copy = to.resolve(from.relativize(file));
            if (attributes.isSymbolicLink()) {
              Files.createSymbolicLink(copy, Files.readSymbolicLink(file));
              return FileVisitResult.CONTINUE;
            }
            try {
              Files.createLink(copy, file);
            } catch (IOException | UnsupportedOperationException e) {
              // Not every file system has links.
              Files.copy(file, copy, StandardCopyOption.COPY_ATTRIBUTES);
            }
            return FileVisitResult.CONTINUE;
          }
        });
  }

  /** The change is whole. */
  void drop() throws IOException {
    // Whoever stops this sees all of it, or none.
    Path gone = Files.createTempDirectory(prefix, GONE);
    Files.move(prefix.resolve(BEFORE), gone.resolve(BEFORE));
    TemporaryFolder.delete(gone);
  }

  /**
   * As it was before: by renaming alone, which takes a moment. Deleting what came meanwhile takes
   * longer than a stopped cell is given, and the environment would have neither.
   */
  void restore() throws IOException {
    Path before = prefix.resolve(BEFORE);
    for (String part : PARTS) {
      Path was = before.resolve(part);
      if (Files.exists(was)) {
        Path now = prefix.resolve(part);
        if (Files.exists(now)) {
          Files.move(now, Files.createTempDirectory(before, part).resolve(part));
        }
        Files.move(was, now);
      }
    }
    drop();
  }
}
