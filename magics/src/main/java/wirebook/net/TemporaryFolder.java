package wirebook.net;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Where this process keeps files for as long as it runs, readable by its user alone. */
public final class TemporaryFolder {
  /** The system property with the folder's path, when another process takes it away as well. */
  public static final String PROPERTY = "wirebook.temporary";

  private static final String PREFIX = "wirebook";

  /** A file in the folder that its process holds a lock on; the system lets go of it at its end. */
  private static final String OWNER = "owner";

  /** No process waits for another one to start for as long as that. */
  private static final Duration LONGEST_START = Duration.ofHours(1);

  private static Optional<Made> made = Optional.empty();

  /** With its locked file, which is closed, and so unlocked, once nobody can reach it. */
  private record Made(Path folder, Optional<FileChannel> owner) {}

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
      Path folder;
      if (given == null) {
        folder = Files.createTempDirectory(PREFIX);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder), "temporary folder"));
      } else {
        folder = Files.createDirectory(Path.of(given), onlyForThisUser());
      }
      made = Optional.of(new Made(folder, claim(folder)));
    }
    return made.get().folder();
  }

  /** Has the file's name mean that its lock is held, whenever another process looks. */
  private static Optional<FileChannel> claim(Path folder) {
    try {
      Path unlocked = Files.createTempFile(folder, OWNER, "");
      FileChannel owner = FileChannel.open(unlocked, StandardOpenOption.WRITE);
      owner.lock();
      Files.move(unlocked, folder.resolve(OWNER));
      return Optional.of(owner);
    } catch (IOException e) {
      // Not every file system has locks; then nobody sweeps this folder.
      return Optional.empty();
    }
  }

  /**
   * Takes away the folders of this user's processes that were killed before they could do it. Does
   * nothing where the system cannot tell who this user is.
   *
   * @param parent where such folders are made
   */
  public static void sweep(Path parent) {
    try (DirectoryStream<Path> folders = Files.newDirectoryStream(parent, PREFIX + "*")) {
      Object user = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
      for (Path folder : folders) {
        // In what belongs to another, names can change their meaning between two looks.
        if (!isOwn(folder)
            && Files.isDirectory(folder, NOFOLLOW_LINKS)
            && Files.getAttribute(folder, "unix:uid", NOFOLLOW_LINKS).equals(user)) {
          if (isAbandonedStart(folder)) {
            delete(folder);
          } else {
            sweepIfLeft(folder);
          }
        }
      }
    } catch (IOException | DirectoryIteratorException | UnsupportedOperationException e) {
      // Another process's start will try again.
    }
  }

  /** Whether there is nothing but the socket at which a process waited for one that it started. */
  private static boolean isAbandonedStart(Path folder) throws IOException {
    Instant changed = Files.getLastModifiedTime(folder, NOFOLLOW_LINKS).toInstant();
    if (changed.isAfter(Instant.now().minus(LONGEST_START))) {
      return false;
    }
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> all = files.toList();
      return all.size() == 1
          && Files.readAttributes(all.getFirst(), BasicFileAttributes.class, NOFOLLOW_LINKS)
              .isOther();
    }
  }

  /** A process that closes its own locked file loses the lock. */
  private static synchronized boolean isOwn(Path folder) {
    return made.map(Made::folder).filter(folder::equals).isPresent();
  }

  private static void sweepIfLeft(Path folder) {
    try (FileChannel owner =
        FileChannel.open(folder.resolve(OWNER), StandardOpenOption.WRITE, NOFOLLOW_LINKS)) {
      if (owner.tryLock() != null) {
        delete(folder);
      }
    } catch (IOException | OverlappingFileLockException e) {
      // Nobody's folder of this kind, or this process's own.
    }
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
    made.map(Made::folder).ifPresent(TemporaryFolder::delete);
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
