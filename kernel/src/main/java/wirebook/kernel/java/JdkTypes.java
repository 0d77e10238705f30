package wirebook.kernel.java;

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

/**
 * The types that the JDK exports, looked up in its image (JEP 220). JShell has an index of them as
 * well, which is complete only some time after the start.
 */
final class JdkTypes {
  private static final FileSystem IMAGE = FileSystems.getFileSystem(URI.create("jrt:/"));

  private JdkTypes() {}

  /** The qualified names of the public packages' types with this simple name, Java SE's first. */
  static List<String> named(String simpleName) {
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

  /** The simple names of a package's types; none when the package is not in java.base. */
  static List<String> in(String packageName) {
    List<String> names = new ArrayList<>();
    Path folder = folder("java.base", packageName);
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
