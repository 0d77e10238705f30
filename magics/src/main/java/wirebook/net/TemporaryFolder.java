package wirebook.net;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Where this process keeps files for as long as it runs, readable by its user alone. */
public final class TemporaryFolder {
  /** The system property with the folder's path, when another process takes it away as well. */
  public static final String PROPERTY = "wirebook.temporary";

  private static Optional<Path> made = Optional.empty();

  private TemporaryFolder() {}

  /**
   * The folder; made at the first call, so that a process that is killed leaves none if it had
   * nothing to keep, and taken away at this process's orderly end, when the property names none.
   *
   * @throws IOException also when somebody else has taken the name meanwhile
   */
  public static synchronized Path get() throws IOException {
    if (made.isEmpty()) {
      String given = System.getProperty(PROPERTY);
      if (given == null) {
        Path folder = Files.createTempDirectory("wirebook");
        Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder), "temporary folder"));
        made = Optional.of(folder);
      } else {
        made = Optional.of(Files.createDirectory(Path.of(given), onlyForThisUser()));
      }
    }
    return made.get();
  }

  private static FileAttribute<?>[] onlyForThisUser() {
    return FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
        }
        : new FileAttribute<?>[0];
  }

  /** Takes away what {@link #get} has made. */
  public static synchronized void delete() {
    made.ifPresent(TemporaryFolder::delete);
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
