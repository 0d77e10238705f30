package wirebook.kernel.worker.handle;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Where a worker process has its socket, and where it runs, when the usual places are gone. */
final class WorkerFolders {
  private static final Path TEMPORARY = Path.of(System.getProperty("java.io.tmpdir"));

  private WorkerFolders() {}

  /**
   * A new folder of this user's alone with a socket that is bound in it.
   *
   * @param parent where it was made
   */
  record Waiting(ServerSocketChannel server, Path folder, Path socket, Path parent) {
    /** Whether it is not where programs look by themselves. */
    boolean elsewhere() {
      return !parent.equals(TEMPORARY);
    }
  }

  /**
   * Tries the temporary folder, and others when nothing can be made there: a disk that is read-only
   * or has no room, a path too long for a socket.
   *
   * @throws IOException with what is wrong with each
   */
  static Waiting bind(Map<String, String> environment) throws IOException {
    return bind(parents(environment));
  }

  static Waiting bind(Set<Path> parents) throws IOException {
    List<String> failures = new ArrayList<>();
    for (Path parent : parents) {
      try {
        return bind(parent);
      } catch (IOException e) {
        failures.add(parent + " (" + reason(e) + ")");
      }
    }
    throw new IOException(
        "no folder for its socket could be made in "
            + String.join(", ", failures)
            + "; TMPDIR can name another");
  }

  private static Set<Path> parents(Map<String, String> environment) {
    Set<Path> parents = new LinkedHashSet<>();
    parents.add(TEMPORARY);
    for (String variable : List.of("TMPDIR", "XDG_RUNTIME_DIR", "HOME")) {
      String named = environment.getOrDefault(variable, "");
      if (named.startsWith("/")) {
        parents.add(Path.of(named));
      }
    }
    return parents;
  }

  private static Waiting bind(Path parent) throws IOException {
    Path folder = Files.createTempDirectory(parent, "wirebook");
    Path socket = folder.resolve("worker");
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      server.bind(UnixDomainSocketAddress.of(socket));
    } catch (IOException e) {
      server.close();
      Files.delete(folder);
      throw e;
    }
    return new Waiting(server, folder, socket, parent);
  }

  static String reason(IOException e) {
    String message = e.getMessage();
    return message == null ? e.getClass().getSimpleName() : message;
  }

  /**
   * Where the process can run: the directory, or, when that has got another name since this process
   * began there, the same under its new name; when it is gone, the home folder.
   */
  static Path existing(Path directory, Map<String, String> environment) {
    if (Files.isDirectory(directory)) {
      return directory;
    }
    if (directory.equals(Path.of("").toAbsolutePath())) {
      try {
        return Path.of("/proc/self/cwd").toRealPath();
      } catch (IOException e) {
        // It is gone, or this system does not tell.
      }
    }
    Path home = Path.of(environment.getOrDefault("HOME", "/"));
    return Files.isDirectory(home) ? home : Path.of("/");
  }
}
