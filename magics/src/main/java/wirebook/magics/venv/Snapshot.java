package wirebook.magics.venv;

import java.io.IOException;
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

  /** The change is whole. What is dropped half-way is not restored. */
  void drop() throws IOException {
    Files.deleteIfExists(prefix.resolve(BEFORE).resolve(WHOLE));
    TemporaryFolder.delete(prefix.resolve(BEFORE));
  }

  /** As it was before. */
  void restore() throws IOException {
    for (String part : PARTS) {
      Path was = prefix.resolve(BEFORE).resolve(part);
      if (Files.exists(was)) {
        TemporaryFolder.delete(prefix.resolve(part));
        Files.move(was, prefix.resolve(part));
      }
    }
    drop();
  }
}
