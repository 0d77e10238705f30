package wirebook.kernel.worker.handle;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a JVM writes when it crashes. It has the environment and pieces of memory in it: nobody else
 * may read it, and it is not kept for ever.
 */
public final class CrashReports {
  private static final String PREFIX = "wirebook-crash-";
  private static final int MOST = 5;
  private static final Duration LONGEST = Duration.ofDays(7);

  private CrashReports() {}

  /** The option of a JVM that names the file. */
  public static String option() {
    return "-XX:ErrorFile=" + folder().resolve(PREFIX + "%p.log");
  }

  /** The user's own, which is made if it can be, else the temporary one. */
  private static Path folder() {
    Map<String, String> environment = System.getenv();
    String state = environment.getOrDefault("XDG_STATE_HOME", "");
    String home = environment.getOrDefault("HOME", System.getProperty("user.home", ""));
    if (state.startsWith("/") || home.startsWith("/")) {
      Path folder =
          (state.startsWith("/") ? Path.of(state) : Path.of(home, ".local", "state"))
              .resolve("wirebook");
      if (Files.isWritable(folder)) {
        return folder;
      }
      try {
        Files.createDirectories(folder.getParent());
        return Files.createDirectory(
            folder,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      } catch (IOException | UnsupportedOperationException e) {
        // Not here.
      }
    }
    return Path.of(System.getProperty("java.io.tmpdir"));
  }

  /** That of a process that has ended; from now on nobody else can read it. */
  static Optional<Path> of(long process) {
    Path report = folder().resolve(PREFIX + process + ".log");
    if (!Files.isRegularFile(report)) {
      return Optional.empty();
    }
    try {
      Files.setPosixFilePermissions(report, PosixFilePermissions.fromString("rw-------"));
    } catch (IOException | UnsupportedOperationException e) {
      // Another user's, or no such permissions here.
    }
    return Optional.of(report);
  }

  /** Takes away those that are old, and all but the newest few. */
  static void sweep() {
    sweep(folder(), Instant.now());
  }

  static void sweep(Path folder, Instant now) {
    record Report(Path file, FileTime written) {}
    List<Report> all = new ArrayList<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, PREFIX + "*.log")) {
      for (Path file : found) {
        all.add(new Report(file, Files.getLastModifiedTime(file)));
      }
      all.sort(Comparator.comparing(Report::written).reversed());
      for (int i = 0; i < all.size(); i++) {
        if (i >= MOST || all.get(i).written().toInstant().isBefore(now.minus(LONGEST))) {
          Files.deleteIfExists(all.get(i).file());
        }
      }
    } catch (IOException e) {
      // The next end of a worker looks again; another user's files stay.
    }
  }
}
