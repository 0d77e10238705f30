package wirebook.kernel.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;

/**
 * Where a Jupyter looks for its data, kernels among them; the rules are those of jupyter_core's
 * {@code paths.py}.
 */
final class JupyterPaths {
  private JupyterPaths() {}

  /** This user's data directory. */
  static Path userData(Map<String, String> environment, Properties system) {
    Optional<String> given = value(environment, "JUPYTER_DATA_DIR");
    if (given.isPresent()) {
      return Path.of(given.get());
    }
    String name = system.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    Path home = Path.of(value(environment, "HOME").orElse(system.getProperty("user.home", ".")));
    if (name.contains("mac")) {
      return home.resolve("Library").resolve("Jupyter");
    }
    if (name.contains("windows")) {
      return value(environment, "APPDATA")
          .map(data -> Path.of(data).resolve("jupyter"))
          .orElse(home.resolve(".jupyter").resolve("data"));
    }
    return value(environment, "XDG_DATA_HOME")
        .map(Path::of)
        .orElse(home.resolve(".local").resolve("share"))
        .resolve("jupyter");
  }

  /** All directories that are searched, without those of a Python environment. */
  static List<Path> searched(Map<String, String> environment, Properties system) {
    List<Path> paths = new ArrayList<>();
    value(environment, "JUPYTER_PATH")
        .ifPresent(
            list -> {
              for (String path : list.split(system.getProperty("path.separator", ":"), -1)) {
                if (!path.isBlank()) {
                  paths.add(Path.of(path));
                }
              }
            });
    paths.add(userData(environment, system));
    paths.add(Path.of("/usr/local/share/jupyter"));
    paths.add(Path.of("/usr/share/jupyter"));
    return List.copyOf(paths);
  }

  private static Optional<String> value(Map<String, String> environment, String name) {
    return Optional.ofNullable(environment.get(name)).filter(value -> !value.isEmpty());
  }
}
