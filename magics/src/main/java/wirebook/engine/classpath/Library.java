package wirebook.engine.classpath;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.MethodModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import wirebook.trace.Bytes;

/**
 * A version of a library in a jar.
 *
 * @param coordinates {@code greet:1.0}, {@code group:artifact:version}, or the file's name
 */
public record Library(String coordinates, Path jar) {
  private static final String CLASS = ".class";

  /** Writes a jar of these classes, by their binary names. */
  public static Library write(String coordinates, Path jar, Map<String, Bytes> classes)
      throws IOException {
    try (OutputStream file = Files.newOutputStream(jar);
        ZipOutputStream zip = new ZipOutputStream(file)) {
      for (Map.Entry<String, Bytes> each : new TreeMap<>(classes).entrySet()) {
        zip.putNextEntry(new ZipEntry(entry(each.getKey())));
        zip.write(each.getValue().toArray());
        zip.closeEntry();
      }
    }
    return new Library(coordinates, jar);
  }

  private static String entry(String className) {
    return className.replace('.', '/') + CLASS;
  }

  /** The binary names of its classes. */
  public List<String> classes() throws IOException {
    try (JarFile file = new JarFile(jar.toFile())) {
      return file.stream()
          .map(ZipEntry::getName)
          .filter(name -> name.endsWith(CLASS) && !name.startsWith("META-INF/"))
          .map(name -> name.substring(0, name.length() - CLASS.length()).replace('/', '.'))
          .sorted()
          .toList();
    }
  }

  /**
   * The signatures that it has of a method, {@code hello(String, int)}; empty when it has no such
   * class at all.
   */
  public Optional<List<String>> signatures(String className, String method) throws IOException {
    try (JarFile file = new JarFile(jar.toFile())) {
      ZipEntry entry = file.getEntry(entry(className));
      if (entry == null) {
        return Optional.empty();
      }
      byte[] bytes = file.getInputStream(entry).readAllBytes();
      return Optional.of(
          ClassFile.of().parse(bytes).methods().stream()
              .filter(m -> m.methodName().equalsString(method))
              .map(Library::signature)
              .toList());
    }
  }

  private static String signature(MethodModel method) {
    return method.methodTypeSymbol().parameterList().stream()
        .map(type -> type.displayName())
        .collect(Collectors.joining(", ", method.methodName().stringValue() + "(", ")"));
  }

  @Override
  public String toString() {
    return coordinates;
  }
}
