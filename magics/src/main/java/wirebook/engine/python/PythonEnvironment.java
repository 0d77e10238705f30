package wirebook.engine.python;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A Python environment at a moment: a folder with a {@code pyvenv.cfg} (PEP 405).
 *
 * @param home the folder of the Python that it was made with
 * @param packages those that are installed in it, by name, without what each environment has
 * @param served where an app of it is served, if one is
 */
public record PythonEnvironment(
    String name,
    Path prefix,
    String version,
    Path home,
    List<Distribution> packages,
    Optional<String> served) {
  private static final String CONFIGURATION = "pyvenv.cfg";

  public PythonEnvironment {
    packages = List.copyOf(packages);
  }

  /** Whether a folder is an environment, whole or begun. */
  public static boolean isAt(Path prefix) {
    return Files.isRegularFile(prefix.resolve(CONFIGURATION));
  }

  /** Whether it is one that has all: its Python, and a pip that was installed to the end. */
  public static boolean isWholeAt(Path prefix) {
    return isAt(prefix)
        && Files.isExecutable(prefix.resolve("bin/python"))
        && distInfos(prefix).stream()
            .anyMatch(
                p ->
                    String.valueOf(p.getFileName()).startsWith("pip-")
                        && Files.exists(p.resolve("RECORD")));
  }

  /**
   * Reads it from the disk.
   *
   * @throws IOException when it cannot be read
   */
  public static PythonEnvironment read(Path prefix, Optional<String> served) throws IOException {
    Map<String, String> configuration = configuration(prefix);
    List<Distribution> packages = new ArrayList<>();
    for (Path each : distInfos(prefix)) {
      if (Files.isReadable(each.resolve("METADATA"))) {
        packages.add(Distribution.read(each));
      }
    }
    packages.removeIf(Distribution::isTool);
    packages.sort(Comparator.comparing(p -> Distribution.normalized(p.name())));
    return new PythonEnvironment(
        String.valueOf(prefix.getFileName()),
        prefix,
        configuration.getOrDefault("version", configuration.getOrDefault("version_info", "")),
        Path.of(configuration.getOrDefault("home", "")),
        packages,
        served);
  }

  /** The lines of {@code pyvenv.cfg}. */
  public Map<String, String> configuration() throws IOException {
    return configuration(prefix);
  }

  private static Map<String, String> configuration(Path prefix) throws IOException {
    Map<String, String> lines = new LinkedHashMap<>();
    for (String line : Files.readAllLines(prefix.resolve(CONFIGURATION), StandardCharsets.UTF_8)) {
      String[] parts = line.split("=", 2);
      if (parts.length == 2) {
        lines.put(parts[0].strip(), parts[1].strip());
      }
    }
    return lines;
  }

  private static List<Path> distInfos(Path prefix) {
    List<Path> found = new ArrayList<>();
    sitePackages(prefix)
        .ifPresent(
            folder -> {
              try (DirectoryStream<Path> all = Files.newDirectoryStream(folder, "*.dist-info")) {
                all.forEach(found::add);
              } catch (IOException e) {
                // What cannot be listed is not there.
              }
            });
    return found;
  }

  /** Where its packages are. */
  public static Optional<Path> sitePackages(Path prefix) {
    try (Stream<Path> versions = Files.list(prefix.resolve("lib"))) {
      return versions
          .map(folder -> folder.resolve("site-packages"))
          .filter(Files::isDirectory)
          .findFirst();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Its Python. */
  public Path python() {
    return prefix.resolve("bin/python");
  }

  /**
   * Where its app is served, with a slash at the end.
   *
   * @throws IllegalStateException when none is
   */
  public String url() {
    return served.orElseThrow(
        () ->
            new IllegalStateException(
                "no app of " + name + " is served: %%venv " + name + " app.py serves the cell"));
  }

  /** The package of this name, however it is spelled. */
  public Optional<Distribution> find(String distribution) {
    return packages.stream().filter(p -> p.isNamed(distribution)).findFirst();
  }

  /** As {@code pip freeze} prints it. */
  public String freeze() {
    StringBuilder lines = new StringBuilder();
    packages.forEach(p -> lines.append(p).append('\n'));
    return lines.toString();
  }

  @Override
  public String toString() {
    return name + " (Python " + version + ", " + counted(packages.size()) + ") in " + prefix;
  }

  private static String counted(int packages) {
    return packages == 1 ? "1 package" : packages + " packages";
  }
}
