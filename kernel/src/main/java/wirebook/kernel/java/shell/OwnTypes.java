package wirebook.kernel.java.shell;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import wirebook.kernel.worker.inside.Comm;

/**
 * Wirebook's public types that cells have to do with: what magics give, and what handlers take.
 * Looked up in its own jar, because JShell's index is complete only some time after the start.
 */
public final class OwnTypes {
  private static final Pattern CLASS_FILE =
      Pattern.compile("(wirebook/(?!kernel/|shaded/)[\\w/]+)\\.class");

  private OwnTypes() {}

  /** The qualified names of those with this simple name. */
  public static List<String> named(String simpleName) {
    return Index.SIMPLE_NAMES.getOrDefault(simpleName, List.of()).stream()
        .filter(OwnTypes::isPublic)
        .toList();
  }

  /** The qualified names of those whose simple names begin so. */
  public static List<String> beginning(String start) {
    return Index.SIMPLE_NAMES.subMap(start, start + Character.MAX_VALUE).values().stream()
        .flatMap(List::stream)
        .filter(OwnTypes::isPublic)
        .toList();
  }

  private static boolean isPublic(String name) {
    try {
      Class<?> type = Class.forName(name, false, OwnTypes.class.getClassLoader());
      return Modifier.isPublic(type.getModifiers());
    } catch (ClassNotFoundException | LinkageError e) {
      return false;
    }
  }

  /** Read when a name is asked for that is not known. */
  private static final class Index {
    static final NavigableMap<String, List<String>> SIMPLE_NAMES = new TreeMap<>();

    static {
      for (String place : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
        for (String file : files(Path.of(place))) {
          Matcher m = CLASS_FILE.matcher(file);
          if (m.matches()) {
            add(m.group(1).replace('/', '.'));
          }
        }
      }
      add(Comm.class.getName());
    }

    private static void add(String name) {
      SIMPLE_NAMES
          .computeIfAbsent(name.substring(name.lastIndexOf('.') + 1), n -> new ArrayList<>())
          .add(name);
    }

    private static List<String> files(Path place) {
      try {
        if (Files.isDirectory(place)) {
          try (Stream<Path> all = Files.walk(place)) {
            return all.map(
                    file -> place.relativize(file).toString().replace(File.separatorChar, '/'))
                .toList();
          }
        }
        try (JarFile jar = new JarFile(place.toFile())) {
          return jar.stream().map(entry -> entry.getName()).toList();
        }
      } catch (IOException e) {
        return List.of();
      }
    }
  }
}
