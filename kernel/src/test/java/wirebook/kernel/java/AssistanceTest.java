package wirebook.kernel.java;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import wirebook.kernel.session.Interpreter.Completeness;
import wirebook.kernel.session.Interpreter.Completion;
import wirebook.kernel.session.Interpreter.Match;

class AssistanceTest {
  private static TestCells cells;

  @BeforeAll
  static void start() {
    cells = new TestCells();
    cells.out(
        """
        int fooBarBaz = 3;
        /** Doubles
         * numbers. */
        class Zed { /** Twice it. @param a what */ int twice(int a) { return 2 * a; } }
        """);
  }

  @AfterAll
  static void stop() {
    cells.close();
  }

  private static Completion complete(String code) {
    return cells.interpreter.complete(code, code.length());
  }

  private static void offers(String code, String completed) {
    Completion completion = complete(code);
    assertThat(completion.matches())
        .map(Match::text)
        .map(
            text -> code.substring(0, completion.start()) + text + code.substring(completion.end()))
        .contains(completed);
  }

  @Test
  void membersVariablesAndTypesAreOffered() {
    offers("\"abc\".toUpp", "\"abc\".toUpperCase");
    offers("\"😀😀\".toUpp", "\"😀😀\".toUpperCase");
    offers("fooBarB", "fooBarBaz");
    offers("Syst", "System");
    offers("new Zed().tw", "new Zed().twice");
    assertThat(complete("qqqZzz.nothingHere").matches()).isEmpty();
  }

  @Test
  void namesThatTheCellItselfDeclaresAreKnown() {
    offers(
        "var list = new ArrayList<String>();\nlist.isEm",
        "var list = new ArrayList<String>();\nlist.isEmpty");
    offers(
        "record Q(int age) {}\nint f(int x) { return x; }\nQ q = new Q(1); q.ag",
        "record Q(int age) {}\nint f(int x) { return x; }\nQ q = new Q(1); q.age");
  }

  @Test
  void magicsAndTheirValuesAreOffered() {
    offers("int x = 1;\n%intern", "int x = 1;\n%internet");
    offers("%internet l", "%internet lab");
  }

  @Test
  void matchesHaveTheirKindAndHowTheyAreCalled() {
    assertThat(complete("new Zed().tw").matches())
        .containsExactly(new Match("twice", "function", "(int a) int"));
    assertThat(complete("\"\".substri").matches().getFirst().signature())
        .isEqualTo("(int beginIndex) String, and 1 more");
    assertThat(complete("Long.MAX_V").matches())
        .containsExactly(new Match("MAX_VALUE", "instance", ""));
    assertThat(complete("Threa").matches()).contains(new Match("Thread", "class", ""));
  }

  @Test
  void theCursorMayStandWithinALine() {
    String code = "\"😀\".toUpp + fooBarBaz";
    Completion completion = cells.interpreter.complete(code, 10);
    assertThat(completion).extracting(Completion::start, Completion::end).containsExactly(5, 10);
    assertThat(completion.matches()).map(Match::text).containsExactly("toUpperCase");
  }

  @Test
  void openPortsAreOffered() throws IOException {
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      offers("%nc 127.0.0.1 ", "%nc 127.0.0.1 " + listener.getLocalPort());
    }
  }

  @Test
  void documentationHasSignatureAndText() {
    assertThat(cells.interpreter.inspect("Math.max(", 9, 0).orElseThrow().text())
        .contains("int Math.max(int a, int b)");
    assertThat(cells.interpreter.inspect("Math.max", 6, 0).orElseThrow().text())
        .contains("Math.max");
    assertThat(cells.interpreter.inspect("new Zed().twice(1)", 12, 0).orElseThrow().text())
        .contains("Zed.twice(int a)")
        .contains("Twice it.");
    assertThat(cells.interpreter.inspect("Zed", 3, 0).orElseThrow().text())
        .contains("Doubles\n    numbers.");
    assertThat(cells.interpreter.inspect("%internet", 4, 0).orElseThrow().text())
        .contains("%internet");
    assertThat(cells.interpreter.inspect("nothing.here", 12, 0)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1+1",
        "int x = 3;",
        "class A { int x; }",
        "int a = 1;\nint b = 2;",
        "%internet",
        "%curl 'abc'",
        "%%zone a.example\nwww 300 IN A 10.0.0.1\n",
        "// only a comment",
        "String s = \"\"\"\n  { \"\"\";",
        "if (true) { }",
        ""
      })
  void whatCanRunIsComplete(String code) {
    assertThat(cells.interpreter.isComplete(code)).isEqualTo(new Completeness.Complete());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "void f() {",
        "int x =",
        "for (int i = 0; i < 3; i++) {\n  foo();",
        "/* open comment",
        "String s = \"\"\"\nabc",
        "@Override",
        "@Deprecated(since = \"1\")\n@Override",
        "if (true)",
        "for (;;)",
        "int f() {\n  if (true)",
        "%curl 'abc",
        "%dig \\",
        "%%zone a.example",
        "%%zone a.example\nwww 300 IN A 10.0.0.1"
      })
  void whatIsOpenIsIncomplete(String code) {
    assertThat(cells.interpreter.isComplete(code)).isInstanceOf(Completeness.Incomplete.class);
  }

  @Test
  void theNextLineIsIndentedByOpenBrackets() {
    assertThat(cells.interpreter.isComplete("void f() {"))
        .isEqualTo(new Completeness.Incomplete("    "));
  }

  @ParameterizedTest
  @ValueSource(strings = {"int x = ;", ")", "class 3 {}"})
  void whatCannotBecomeRightIsInvalid(String code) {
    assertThat(cells.interpreter.isComplete(code)).isEqualTo(new Completeness.Invalid());
  }
}
