package wirebook.kernel.maven;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/** A Maven repository in a folder, with what a test puts into it. */
public final class FolderRepository {
  private final Path folder;

  public FolderRepository(Path folder) {
    this.folder = folder;
  }

  public String url() {
    return folder.toUri().toString();
  }

  /** Puts a jar with one class and its POM there, which names what it depends on. */
  public void add(String group, String artifact, String version, String needs) throws IOException {
    Path place =
        Files.createDirectories(
            folder.resolve(group.replace('.', '/') + "/" + artifact + "/" + version));
    jar(place.resolve(artifact + "-" + version + ".jar"), group, artifact, version);
    Files.writeString(
        place.resolve(artifact + "-" + version + ".pom"),
        "<project><modelVersion>4.0.0</modelVersion><groupId>"
            + group
            + "</groupId><artifactId>"
            + artifact
            + "</artifactId><version>"
            + version
            + "</version><dependencies>"
            + needs
            + "</dependencies></project>");
    Path metadata =
        folder.resolve(group.replace('.', '/') + "/" + artifact + "/maven-metadata.xml");
    List<String> versions = new ArrayList<>();
    try (var entries = Files.newDirectoryStream(metadata.resolveSibling(""), Files::isDirectory)) {
      entries.forEach(entry -> versions.add(entry.getFileName().toString()));
    }
    versions.sort(null);
    Files.writeString(
        metadata,
        "<metadata><groupId>"
            + group
            + "</groupId><artifactId>"
            + artifact
            + "</artifactId><versioning><release>"
            + versions.getLast()
            + "</release><versions><version>"
            + String.join("</version><version>", versions)
            + "</version></versions></versioning></metadata>");
  }

  /** A dependency as a POM names it. */
  public static String dependency(String group, String artifact, String version, String scope) {
    return "<dependency><groupId>"
        + group
        + "</groupId><artifactId>"
        + artifact
        + "</artifactId><version>"
        + version
        + "</version><scope>"
        + scope
        + "</scope></dependency>";
  }

  /** The class {@code group.Artifact} has a {@code version()}. */
  private static void jar(Path jar, String group, String artifact, String version)
      throws IOException {
    Path work = Files.createTempDirectory(jar.getParent(), "work");
    String type = Character.toUpperCase(artifact.charAt(0)) + artifact.substring(1);
    Path source =
        Files.writeString(
            work.resolve(type + ".java"),
            "package "
                + group
                + "; /** Of a test. */ public class "
                + type
                + " { public static String version() { return \""
                + version
                + "\"; } }");
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    if (compiler.run(null, null, null, "-d", work.toString(), source.toString()) != 0) {
      throw new IOException("cannot compile " + source);
    }
    String name = group.replace('.', '/') + "/" + type + ".class";
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file)) {
      out.putNextEntry(new JarEntry(name));
      Files.copy(work.resolve(name), out);
      out.closeEntry();
    }
  }
}
