package wirebook.kernel.java.shell;

import java.io.IOException;
import java.lang.module.ModuleDescriptor.Exports;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.net.URI;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The types that the JDK exports, looked up in its image (JEP 220). JShell has an index of them as
 * well, which is complete only some time after the start.
 */
public final class JdkTypes {
  private static final FileSystem IMAGE = FileSystems.getFileSystem(URI.create("jrt:/"));

  /** Not part of every installation. */
  public static final Path SOURCES = Path.of(System.getProperty("java.home"), "lib", "src.zip");

  private JdkTypes() {}

  /** The packages that all may use. */
  public static Set<String> packages() {
    return ModuleFinder.ofSystem().findAll().stream()
        .flatMap(module -> module.descriptor().exports().stream())
        .filter(exports -> !exports.isQualified())
        .map(Exports::source)
        .collect(Collectors.toSet());
  }

  /** The qualified names of the public packages' types with this simple name, Java SE's first. */
  public static List<String> named(String simpleName) {
    List<String> names = new ArrayList<>();
    for (ModuleReference module : ModuleFinder.ofSystem().findAll()) {
      for (Exports exports : module.descriptor().exports()) {
        if (!exports.isQualified()
            && Files.exists(
                folder(module.descriptor().name(), exports.source())
                    .resolve(simpleName + ".class"))) {
          names.add(exports.source() + "." + simpleName);
        }
      }
    }
    names.sort(
        Comparator.comparing((String name) -> !name.startsWith("java."))
            .thenComparing(name -> !name.startsWith("javax."))
            .thenComparing(Comparator.naturalOrder()));
    return names;
  }

  /**
   * The qualified names of Java SE's types whose simple names begin so; the more common package
   * first.
   */
  public static List<String> beginning(String start) {
    return Index.SIMPLE_NAMES.subMap(start, start + Character.MAX_VALUE).values().stream()
        .flatMap(List::stream)
        .toList();
  }

  /** Read when a name is asked for that no import brings in. */
  private static final class Index {
    static final NavigableMap<String, List<String>> SIMPLE_NAMES = new TreeMap<>();

    static {
      for (ModuleReference module : ModuleFinder.ofSystem().findAll()) {
        for (Exports exports : module.descriptor().exports()) {
          if (!exports.isQualified() && exports.source().startsWith("java")) {
            for (String name : simpleNames(folder(module.descriptor().name(), exports.source()))) {
              SIMPLE_NAMES
                  .computeIfAbsent(name, n -> new ArrayList<>())
                  .add(exports.source() + "." + name);
            }
          }
        }
      }
      SIMPLE_NAMES.values().forEach(names -> names.sort(Comparator.comparingInt(String::length)));
    }
  }

  /** The simple names of a package's types; none when the package is not in java.base. */
  public static List<String> in(String packageName) {
    return simpleNames(folder("java.base", packageName));
  }

  private static List<String> simpleNames(Path folder) {
    List<String> names = new ArrayList<>();
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, "*.class")) {
        for (Path entry : entries) {
          String name = String.valueOf(entry.getFileName());
          if (name.indexOf('$') < 0) {
            names.add(name.substring(0, name.length() - ".class".length()));
          }
        }
      } catch (IOException e) {
        return List.of();
      }
    }
    return names;
  }

  private static Path folder(String module, String packageName) {
    return IMAGE.getPath("/modules", module, packageName.replace('.', '/'));
  }
}
