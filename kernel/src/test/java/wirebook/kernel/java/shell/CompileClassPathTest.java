package wirebook.kernel.java.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import javax.tools.StandardJavaFileManager;
import javax.tools.StandardLocation;
import jdk.jshell.JShell;
import jdk.jshell.Snippet;
import org.junit.jupiter.api.Test;

class CompileClassPathTest {
  private final List<String> listed = new ArrayList<>();

  private JShell shell() {
    return JShell.builder()
        .executionEngine("local")
        .fileManager(files -> new CompileClassPath(recording(files)))
        .build();
  }

  /** Notes the packages that are looked for on the class path. */
  private StandardJavaFileManager recording(StandardJavaFileManager files) {
    return (StandardJavaFileManager)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {StandardJavaFileManager.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("list") && arguments[0] == StandardLocation.CLASS_PATH) {
                listed.add((String) arguments[1]);
              }
              return method.invoke(files, arguments);
            });
  }

  @Test
  void aSmallCellReadsNoJar() {
    try (JShell shell = shell()) {
      assertThat(shell.eval("1 + 1").getFirst().value()).isEqualTo("2");
    }
    assertThat(listed).isEmpty();
  }

  @Test
  void whatWasAddedIsRead() {
    try (JShell shell = shell()) {
      shell.addToClasspath(System.getProperty("java.io.tmpdir"));
      assertThat(shell.eval("1 + 1").getFirst().status()).isEqualTo(Snippet.Status.VALID);
    }
    assertThat(listed).contains("REPL");
  }
}
