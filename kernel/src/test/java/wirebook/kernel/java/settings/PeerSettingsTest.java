package wirebook.kernel.java.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PeerSettingsTest {
  @TempDir private Path folder;

  private PeerSettings settings(String name, String value) {
    PeerSettings settings = PeerSettings.of(Map.of(name, value), folder);
    assertThat(settings.complaints()).isEmpty();
    return settings;
  }

  @ParameterizedTest
  @ValueSource(strings = {"IJAVA", "JJAVA"})
  void eachVariableIsReadUnderBothNames(String kernel) throws IOException {
    Path jar = Files.writeString(folder.resolve("one.jar"), "");
    Path classes = Files.createDirectory(folder.resolve("classes"));
    Path script = Files.writeString(folder.resolve("start.jshell"), "int started = 1;");
    assertThat(settings(kernel + "_CLASSPATH", "*.jar:classes").classPath())
        .containsExactly(jar, classes);
    assertThat(settings(kernel + "_COMPILER_OPTS", "-parameters \"-Xlint:all\"").compilerOptions())
        .containsExactly("-parameters", "-Xlint:all");
    assertThat(settings(kernel + "_JVM_OPTS", "-Xmx300m -Da=b").workerOptions())
        .containsExactly("-Xmx300m", "-Da=b");
    assertThat(settings(kernel + "_STARTUP_SCRIPTS_PATH", script.toString()).startup())
        .map(PeerSettings.Script::code)
        .containsExactly("int started = 1;");
    assertThat(settings(kernel + "_STARTUP_SCRIPT", "int now = 2;").startup())
        .containsExactly(new PeerSettings.Script(kernel + "_STARTUP_SCRIPT", "int now = 2;"));
    assertThat(settings(kernel + "_TIMEOUT", "30 SECONDS").timeout())
        .contains(new PeerSettings.Limit(kernel + "_TIMEOUT", Duration.ofSeconds(30)));
    assertThat(settings(kernel + "_TIMEOUT", "-1").timeout()).isEmpty();
  }

  @Test
  void previewsAreOfTheVersionThatThereIs() {
    String version = String.valueOf(Runtime.version().feature());
    assertThat(settings("IJAVA_COMPILER_OPTS", "--enable-preview").compilerOptions())
        .containsExactly("--enable-preview", "--source", version);
    assertThat(
            settings("IJAVA_COMPILER_OPTS", "--enable-preview -source " + version)
                .compilerOptions())
        .containsExactly("--enable-preview", "-source", version);
  }

  @Test
  void whereBothAreSetThatOfJJavaCounts() {
    assertThat(
            PeerSettings.of(Map.of("IJAVA_TIMEOUT", "5", "JJAVA_TIMEOUT", "7"), folder).timeout())
        .map(PeerSettings.Limit::time)
        .contains(Duration.ofMillis(7));
  }
}
