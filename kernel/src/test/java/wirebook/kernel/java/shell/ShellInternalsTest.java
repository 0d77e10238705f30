package wirebook.kernel.java.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.util.Collection;
import java.util.Map;
import java.util.Queue;
import jdk.jshell.JShell;
import jdk.jshell.Snippet;
import org.junit.jupiter.api.Test;

class ShellInternalsTest {
  private static Object get(Object object, String name) throws ReflectiveOperationException {
    Class<?> type = object.getClass();
    while (true) {
      try {
        Field field = type.getDeclaredField(name);
        field.setAccessible(true);
        return field.get(object);
      } catch (NoSuchFieldException e) {
        type = type.getSuperclass();
      }
    }
  }

  /** The compilers that a shell keeps, with the options of each. */
  private static Map<?, ?> compilers(JShell shell) throws ReflectiveOperationException {
    return (Map<?, ?>) get(get(get(shell, "taskFactory"), "javacTaskPool"), "options2Contexts");
  }

  private static void evaluateSome(JShell shell) {
    assertThat(shell.eval("1 + 1").getFirst().value()).isEqualTo("2");
    assertThat(shell.eval("int twice(int n) { return 2 * n; }")).hasSize(1);
    assertThat(shell.eval("twice(21)").getFirst().value()).isEqualTo("42");
  }

  @Test
  void parsingHasACompilerAndAnalysingAndCompilingHaveOneTogether() throws Exception {
    try (JShell shell = JShell.builder().executionEngine("local").build()) {
      ShellInternals.of(shell).orElseThrow().shareCompiler();
      evaluateSome(shell);
      assertThat(compilers(shell)).hasSize(2);
    }
    try (JShell shell = JShell.builder().executionEngine("local").build()) {
      evaluateSome(shell);
      assertThat(compilers(shell)).as("without it").hasSize(3);
    }
  }

  @Test
  void aSnippetThatIsWrongKeepsNoImports() {
    try (JShell shell = JShell.builder().executionEngine("local").build()) {
      ShellInternals internals = ShellInternals.of(shell).orElseThrow();
      shell.eval("import java.util.concurrent.*;");
      Snippet wrong = shell.eval("int wrong = unknown;").getFirst().snippet();
      assertThat(internals.text(wrong)).isPresent();
      internals.empty(wrong);
      assertThat(internals.text(wrong)).isEmpty();
      assertThat(shell.diagnostics(wrong)).isEmpty();
      evaluateSome(shell);
    }
  }

  @Test
  void aCompilerForgetsTheClassesOfSnippetsAndNoOthers() throws Exception {
    try (JShell shell = JShell.builder().executionEngine("local").build()) {
      ShellInternals.of(shell).orElseThrow().shareCompiler();
      evaluateSome(shell);
      for (Object queue : compilers(shell).values()) {
        for (Object compiler : (Queue<?>) queue) {
          Class<?> symtab = Class.forName("com.sun.tools.javac.code.Symtab");
          Object symbols =
              symtab
                  .getMethod("instance", compiler.getClass().getSuperclass())
                  .invoke(null, compiler);
          Collection<?> names = ((Map<?, ?>) get(symbols, "classes")).keySet();
          assertThat(names.stream().map(Object::toString))
              .contains("java.lang.String")
              .noneMatch(name -> name.startsWith("REPL."));
        }
      }
    }
  }
}
