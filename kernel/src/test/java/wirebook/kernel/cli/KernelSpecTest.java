package wirebook.kernel.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KernelSpecTest {
  @TempDir private Path folder;

  private KernelSpec spec() throws IOException {
    Path jar = Files.writeString(folder.resolve("built.jar"), "a jar");
    return new KernelSpec(Path.of("/opt/jdk/bin/java"), jar);
  }

  @Test
  void theKernelIsStartedWithTheJavaAndTheJarOfTheSpec() throws IOException {
    Path directory = folder.resolve("kernels/wirebook");
    spec().install(directory);

    JsonObject json =
        JsonParser.parseString(Files.readString(directory.resolve("kernel.json")))
            .getAsJsonObject();

    assertThat(json.get("display_name").getAsString()).isEqualTo("Wirebook (Java 25)");
    assertThat(json.get("language").getAsString()).isEqualTo("java");
    assertThat(json.get("interrupt_mode").getAsString()).isEqualTo("message");
    List<String> argv =
        json.getAsJsonArray("argv").asList().stream().map(word -> word.getAsString()).toList();
    assertThat(argv)
        .startsWith("/opt/jdk/bin/java")
        .endsWith(
            "-cp",
            directory.resolve("wirebook.jar").toString(),
            "wirebook.kernel.cli.Main",
            "kernel",
            "{connection_file}");
    assertThat(directory.resolve("wirebook.jar")).hasContent("a jar");
    assertThat(directory.resolve("logo-64x64.png")).isNotEmptyFile();
  }

  @Test
  void nothingButTheSpecIsLeftInItsDirectory() throws IOException {
    Path directory = folder.resolve("wirebook");
    spec().install(directory);
    spec().install(directory);

    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "kernel.json", "wirebook.jar", "logo-32x32.png", "logo-64x64.png", "logo-svg.svg");
    }
  }

  @Test
  void foldersThatAreMadeAndFilesCanBeReadByOthersAndThoseThatWereThereStayAsTheyAre()
      throws IOException {
    Path own = Files.createDirectory(folder.resolve("own"));
    Files.setPosixFilePermissions(own, PosixFilePermissions.fromString("rwx------"));
    Path directory = own.resolve("kernels/wirebook");
    spec().install(directory);
    for (Path made : List.of(directory.getParent(), directory)) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made)))
          .isEqualTo("rwxr-xr-x");
    }
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(directory.resolve("kernel.json"))))
        .isEqualTo("rw-r--r--");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(own)))
        .isEqualTo("rwx------");
  }

  @Test
  void aJarThatIsThereAlreadyIsNotTouched() throws IOException {
    Path directory = folder.resolve("wirebook");
    spec().install(directory);
    FileTime old = FileTime.fromMillis(1_000_000_000_000L);
    Files.setLastModifiedTime(directory.resolve("wirebook.jar"), old);

    spec().install(directory);

    assertThat(Files.getLastModifiedTime(directory.resolve("wirebook.jar"))).isEqualTo(old);
  }

  @Test
  void anOtherJarReplacesTheOneThatIsThere() throws IOException {
    Path directory = folder.resolve("wirebook");
    spec().install(directory);
    Path other = Files.writeString(folder.resolve("other.jar"), "b jar");

    new KernelSpec(Path.of("/opt/jdk/bin/java"), other).install(directory);

    assertThat(directory.resolve("wirebook.jar")).hasContent("b jar");
  }

  @Test
  void anotherKernelsSpecIsNotTouched() throws IOException {
    Path directory = Files.createDirectories(folder.resolve("java"));
    Files.writeString(directory.resolve("kernel.json"), "{}");

    assertThatThrownBy(() -> spec().install(directory))
        .isInstanceOf(FileAlreadyExistsException.class)
        .hasMessageContaining("another kernel is there");

    assertThat(directory.resolve("kernel.json")).hasContent("{}");
    assertThat(directory.resolve("wirebook.jar")).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({"wirebook,true", "java,true", "Java,false", "../java,false", ".,false", "'',false"})
  void aNameIsOneThatJupyterFinds(String name, boolean possible) {
    assertThat(KernelSpec.isName(name)).isEqualTo(possible);
  }
}
