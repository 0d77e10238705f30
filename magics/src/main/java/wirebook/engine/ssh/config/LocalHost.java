package wirebook.engine.ssh.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Where ssh runs, and for whom.
 *
 * @param user the name of the local user
 * @param home that user's folder, as the system's list of users has it
 * @param uid the user's number, 0 where there are none
 * @param hostName this machine's name
 * @param directory relative paths start here
 * @param environment variables
 */
public record LocalHost(
    String user,
    Path home,
    long uid,
    String hostName,
    Path directory,
    Map<String, String> environment) {
  public LocalHost {
    environment = Map.copyOf(environment);
  }

  /** That of this process. */
  public static LocalHost here(Path directory, Map<String, String> environment) {
    return new LocalHost(
        System.getProperty("user.name", "root"),
        Path.of(System.getProperty("user.home", "/")),
        uidOfProcess(),
        machineName(environment),
        directory,
        environment);
  }

  private static long uidOfProcess() {
    try {
      return ((Number) Files.getAttribute(Path.of("/proc/self"), "unix:uid")).longValue();
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
      return 0;
    }
  }

  private static String machineName(Map<String, String> environment) {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    } catch (IOException e) {
      return environment.getOrDefault("HOSTNAME", "localhost");
    }
  }

  /** The part of its name before the first dot. */
  public String shortHostName() {
    int dot = hostName.indexOf('.');
    return dot < 0 ? hostName : hostName.substring(0, dot);
  }

  /** A path of a configuration: {@code ~} is the home folder. */
  public String tilde(String path) {
    if (path.equals("~")) {
      return home + "/";
    }
    return path.startsWith("~/") ? home + "/" + path.substring(2).replaceFirst("^/+", "") : path;
  }

  /** The file of a path, which starts from the directory when it is relative. */
  public Path file(String path) {
    return directory.resolve(tilde(path));
  }
}
