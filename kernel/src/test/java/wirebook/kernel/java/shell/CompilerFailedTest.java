package wirebook.kernel.java.shell;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import wirebook.kernel.java.TestCells;
import wirebook.kernel.java.complaints.Failures;
import wirebook.kernel.session.Interpreter.Outcome.Failed;

/** Texts in which JShell or its compiler fails, or goes on for ever. */
@Timeout(120)
@Tag("slow")
class CompilerFailedTest {
  private static TestCells cells;

  @BeforeAll
  static void start() {
    cells = new TestCells();
  }

  @AfterAll
  static void stop() {
    cells.close();
  }

  private static String plain(Failed failed) {
    return Failures.plain(String.join("\n", failed.traceback()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "print(\"hi\")\nfor (int i = 0; i < 3; i++)",
        "foo\nwhile (x < 3)",
        "x y\nif (true)",
        "foo bar baz\nfor (String s : list)",
        "int index, = 0;\nwhile (index <= list.length)",
        "x y\nrecord R(int a, int a) { }",
        "curl -s http://x",
        "if (true) //x",
        "while (y > 1) // c",
        "if (y > 1) /* c */",
        "public",
        "private",
        "static",
        "public static",
        "{public int s; e",
        "for (int i = 0; i < 3; i++) {\n  private int a = i;\n}\nint b = 3;\nb + 1 c",
        "i++a->s p",
        "@SuppressWarnings(\"unchecked\")"
      })
  void theFirstErrorIsToldAndTheNextCellRuns(String text) {
    Failed failed = cells.failure(text);
    assertThat(failed.name()).isEqualTo("CompilationError");
    assertThat(plain(failed))
        .contains(": error: ")
        .doesNotContain("Range")
        .doesNotContain("Exception");
    assertThat(cells.value("1 + 1")).contains("2");
    assertThat(cells.interpreter.complete(text + "\nMath.ma", text.length() + 8).matches())
        .isNotNull();
  }

  @Test
  void declarationsThatWaitAreNoHarmToLaterCells() {
    cells.out("public SequentialBlock V(t r){for(;h;i());return k;}");
    cells.out("public SequentialBlock r(int k){for(i=0;s;i++){if(i){}}return k;}");
    cells.out("t i");
    cells.out("int i = 40;");
    assertThat(cells.value("i + 2")).contains("42");
  }

  @Test
  void overloadsMayWaitForDifferentNames() {
    cells.out(
        "int total(int a) { return a + base; }\n"
            + "int total(int a, int b) { return total(a) + offset(b); }");
    cells.out("int offset(int x) { return x + 1; }");
    cells.out("int base = 10;");
    assertThat(cells.value("total(1, 2)")).contains("14");
  }
}
