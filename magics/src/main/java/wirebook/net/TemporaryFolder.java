package wirebook.net;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Where this process keeps files for as long as it runs, readable by its user alone. */
public final class TemporaryFolder {
  /** The system property with the folder's path, when another process takes it away. */
  public static final String PROPERTY = "wirebook.temporary";

  private static Optional<Path> made = Optional.empty();

  private TemporaryFolder() {}

  /**
   * The folder; made at the first call and taken away at this process's orderly end, when the
   * property names none.
   */
  public static synchronized Path get() throws IOException {
    String given = System.getProperty(PROPERTY);
    if (given != null) {
      return Files.createDirectories(Path.of(given));
    }
    if (made.isEmpty()) {
      Path folder = Files.createTempDirectory("wirebook");
      Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder), "temporary folder"));
      made = Optional.of(folder);
    }
    return made.get();
  }

  /**
   * Takes the folder away with all that is in it, as far as that can be done; links are not
   * followed.
   */
  public static void delete(Path folder) {
    try {
      Files.walkFileTree(
          folder,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              return gone(file);
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) {
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(
                Path directory, @Nullable IOException failure) {
              return gone(directory);
            }
          });
    } catch (IOException e) {
      // What cannot be deleted is the system's to clear.
    }
  }

  private static FileVisitResult gone(Path path) {
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      // As above.
    }
    return FileVisitResult.CONTINUE;
  }
}
