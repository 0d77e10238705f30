package wirebook.kernel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;

class JupyterPathsTest {
  private static Properties system(String name) {
    Properties system = new Properties();
    system.setProperty("os.name", name);
    system.setProperty("path.separator", ":");
    return system;
  }

  @Test
  void linuxUsesTheXdgDirectory() {
    assertThat(JupyterPaths.userData(Map.of("HOME", "/h"), system("Linux")))
        .isEqualTo(Path.of("/h/.local/share/jupyter"));
    assertThat(JupyterPaths.userData(Map.of("HOME", "/h", "XDG_DATA_HOME", "/x"), system("Linux")))
        .isEqualTo(Path.of("/x/jupyter"));
  }

  @Test
  void macOsUsesTheLibrary() {
    assertThat(JupyterPaths.userData(Map.of("HOME", "/Users/h"), system("Mac OS X")))
        .isEqualTo(Path.of("/Users/h/Library/Jupyter"));
  }

  @Test
  void jupytersOwnVariableComesFirst() {
    Map<String, String> environment =
        Map.of("HOME", "/h", "XDG_DATA_HOME", "/x", "JUPYTER_DATA_DIR", "/j");
    assertThat(JupyterPaths.userData(environment, system("Linux"))).isEqualTo(Path.of("/j"));
  }

  @Test
  void thePathVariableIsSearchedBeforeTheUsersDirectory() {
    Map<String, String> environment = Map.of("HOME", "/h", "JUPYTER_PATH", "/a::/b");
    assertThat(JupyterPaths.searched(environment, system("Linux")))
        .startsWith(Path.of("/a"), Path.of("/b"), Path.of("/h/.local/share/jupyter"));
  }
}
