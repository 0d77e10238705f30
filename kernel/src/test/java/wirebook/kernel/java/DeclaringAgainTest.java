package wirebook.kernel.java;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import wirebook.kernel.java.complaints.Failures;

/** What happens when a cell with a class is edited and run again. */
@Tag("slow")
class DeclaringAgainTest {
  private static TestCells cells;

  @BeforeAll
  static void start() {
    cells = new TestCells();
  }

  @AfterAll
  static void stop() {
    cells.close();
  }

  private static String failure(String code) {
    return Failures.plain(String.join("\n", cells.failure(code).traceback()));
  }

  private static String told(String code) {
    TestCells.Recorded output = new TestCells.Recorded();
    cells.run(code, output);
    return output.err();
  }

  @Test
  void aClassThatCouldNotBeginMayBeginAgainWithTheSameText() {
    String broken =
        "class Broken { static int size = Integer.parseInt(System.getProperty(\"size\")); }";
    cells.out(broken);
    assertThat(failure("Broken.size")).contains("caused by: NumberFormatException");
    assertThat(failure("Broken.size")).contains("Could not initialize class Broken");
    cells.out("System.setProperty(\"size\", \"12\");");
    cells.out(broken);
    assertThat(cells.value("Broken.size")).contains("12");
  }

  @Test
  void whatCannotRunIsNamedWithWhatItWaitsForItselfAndNotWithWhatAnotherWaitsFor() {
    cells.out("void waitsFirst() { notThere(); }");
    cells.out("void waitsToo() { notHereEither(); }");
    cells.out("class Waits { int v = noSuchThing(); }");
    assertThat(failure("waitsToo()"))
        .contains("waitsToo cannot run before this is declared: method notHereEither()");
    assertThat(failure("new Waits()"))
        .contains("Waits cannot run before this is declared: method noSuchThing()");
    assertThat(failure("waitsFirst()"))
        .contains("waitsFirst cannot run before this is declared: method notThere()");
  }

  @Test
  void staticFieldsBeginWithTheirNewValuesAndKeepTheirOldOnesWhenNoneAreNew() {
    cells.out("class Tally { static int n = 1; static int next() { return n++; } }");
    cells.out("int viaMethod() { return Tally.next(); }");
    assertThat(cells.value("Tally.next() + viaMethod()")).contains("3");
    cells.out("class Tally { static int n = 1; static int next() { return n += 10; } }");
    assertThat(cells.value("viaMethod()")).contains("13");
    cells.out("class Tally { static int n = 100; static int next() { return n += 10; } }");
    assertThat(cells.value("viaMethod()")).contains("110");
  }

  @Test
  void anEnumHasItsNewValues() {
    cells.out("enum Size { S(1); final int cm; Size(int cm) { this.cm = cm; } }\nvar s = Size.S;");
    String told = told("enum Size { S(10); final int cm; Size(int cm) { this.cm = cm; } }");
    assertThat(told)
        .contains("s is gone, as it was of the Size before this one: run again what made it");
    assertThat(cells.value("Size.S.cm")).contains("10");
  }

  @Test
  void objectsOfAClassWithOtherBodiesStay() {
    cells.out("class Kept { int a = 1; int get() { return a; } }\nvar kept = new Kept();");
    assertThat(told("class Kept { int a = 1; int get() { return a * 10; } }")).isEmpty();
    assertThat(cells.value("kept.get()")).contains("10");
  }

  @Test
  void aMethodThatWasCompiledAgainHasItsPlaceInTheCell() {
    cells.out("class Part { }");
    cells.out("int uses(Part part) {\n  return 1 / 0;\n}");
    cells.out("class Part { int more; }");
    assertThat(failure("uses(null)")).containsPattern("at uses, In\\[\\d+\\]:2\n");
  }

  @Test
  void whatADeclarationWaitsForIsToldWithTheImportThatWouldHelp() {
    assertThat(told("JFrame frame;"))
        .contains("frame can be used once this is declared: class JFrame")
        .contains("this import would help: import javax.swing.JFrame;");
  }

  @Test
  void aThreadThatFailsBeforeItsCellEndsSaysItsLine() {
    assertThat(
            told(
                """
                Thread.ofVirtual().start(() -> {
                  throw new IllegalStateException("early");
                }).join();"""))
        .containsPattern("at a lambda, In\\[\\d+\\]:2\n");
  }

  @Test
  void anAssertInACellIsLookedAt() {
    assertThat(failure("assert 1 > 2 : \"no order\";")).contains("AssertionError: no order");
    cells.out("int checked(int v) { assert v > 0; return v; }");
    assertThat(failure("checked(-1)")).contains("AssertionError");
    assertThat(cells.value("checked(3)")).contains("3");
  }

  @Test
  void whatIsNoVariableButAMethodIsSuggestedWithItsBrackets() {
    assertThat(failure("lastException")).contains("did you mean lastException()?");
    assertThat(failure("println(1)")).contains("did you mean IO.println?");
    assertThat(failure("int total = 3;\ntotal()")).contains("did you mean total?");
    assertThat(failure("new StringBuilder().appe(1)")).contains("did you mean append?");
    assertThat(failure("BigDecimal.ONE.ad(null)")).contains("did you mean add?");
  }

  @Test
  void aDeclarationThatIsRefusedCostsNobodyTheOneBefore() {
    cells.out("int stock = 1;\nint more() { return stock + 1; }");
    cells.out("int stock = 5;");
    assertThat(failure("String stock = 3;")).contains("int cannot be converted to String");
    assertThat(failure("int stock = unheardOf;")).contains("cannot find symbol");
    assertThat(cells.value("stock + more()")).contains("11");
    assertThat(failure("int more() { return \"x\"; }"))
        .contains("String cannot be converted to int");
    cells.out("stock = 9;");
    assertThat(cells.value("more()")).contains("10");
    cells.out(
        "class Shelf { int n = 1; int get() { return n + more(); } }\nvar shelf = new Shelf();");
    cells.out("shelf.n = 30;");
    assertThat(failure("class Shelf { int n = \"x\"; }")).contains("String cannot be converted");
    assertThat(cells.value("shelf.get()")).contains("40");
    assertThat(told("class Shelf { int n = 2; int get() { return n - more(); } }")).isEmpty();
    assertThat(cells.value("shelf.get()")).contains("20");
  }

  @Test
  void whatCouldNotBeUsedBeforeIsNotToldOnceMore() {
    cells.out("int neverThere() { return undeclaredThing(); }\nclass Alone { }");
    assertThat(told("class Alone { int more; }")).isEmpty();
  }

  @Test
  void aTypeThatIsNoLongerRightIsTold() {
    cells.out("interface Shape { }\nclass Dot implements Shape { }");
    assertThat(told("interface Shape { double area(); }"))
        .contains("Dot cannot be used any more: Dot is not abstract");
  }

  @Test
  void aFinalVariableThatIsSetAllTheSameIsToldOnce() {
    cells.out("final int limit = 1;\nint other = 2;");
    assertThat(told("other = 3; if (limit == other) { other++; } int limits = limit;")).isEmpty();
    assertThat(told("for (int i = 0; i < 2; i++) { limit += i; }"))
        .isEqualTo(
            "limit is final, and set all the same: outside of classes and methods, final is left"
                + " out\n");
    assertThat(told("limit = 3;")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "return",
        "return limitless;",
        "for (int i : List.of(1)) { if (i == 1) { return; } }",
      })
  void aReturnThatIsInNoMethodIsAnError(String code) {
    assertThat(failure(code)).contains("return stands in a method, and here is none");
  }

  @Test
  void aReturnWithAValueThatJShellTakesIsToldOnce() {
    assertThat(told("for (int i : List.of(1)) { if (i == 1) { return i; } }"))
        .isEqualTo(
            "return stands in a method, and here is none: the value of a cell is that of its last"
                + " expression\n");
    assertThat(told("return 5;")).isEmpty();
  }

  @Test
  void whatWantsASemicolonAndIsWrongHasItsError() {
    assertThat(failure("if (true) %curlnowhere x")).contains("illegal start of expression");
    assertThat(failure("limitless()")).contains("cannot find symbol");
    assertThat(failure("@Deprecatcase (since = \"1\") record @Functional")).contains("error");
  }

  @Test
  void aReturnInALambdaAClassOrAMethodIsNone() {
    cells.out(
        """
        int found = 0;
        List.of(1, 2).forEach(one -> { if (one == 1) { return; } });
        new Object() { int two() { return 2; } }.two();
        """);
    assertThat(failure("int wrong(int x) { if (x > 1) return; return 3; }"))
        .contains("incompatible types: missing return value");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "for (int i = 0; i < 3; i++)\n  %curl http://example.com",
        "if (true) { %curl http://example.com }",
        "if (true) %curl http://example.com",
        "if (false)\n  ;\nelse\n  %curl http://example.com",
      })
  void aMagicWithinAStatementIsOneError(String code) {
    String failure = failure(code);
    assertThat(failure)
        .contains("a magic begins a line, outside of blocks and of statements")
        .contains("lineMagic(\"curl\", List.of(…))");
    assertThat(failure.split(": error: ")).hasSize(2);
  }

  @Test
  void aProgramThatIsOnlyDeclaredIsToldOnce() {
    try (TestCells fresh = new TestCells()) {
      TestCells.Recorded output = new TestCells.Recorded();
      fresh.run("class Hello { public static void main(String[] args) { } }", output);
      assertThat(output.err())
          .isEqualTo(
              "Hello is declared, and runs when it is called: Hello.main(new String[] {});\n");
      fresh.run("void main() { }", output);
      assertThat(output.err().lines()).hasSize(1);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "jshell> int z = 3 | leave the prompt jshell> out",
        ">>> print(1) | leave the prompt >>> out",
        "ada@host:~$ ls -l | leave the prompt ada@host:~$ out",
        "Exception in thread \"main\" java.lang.Error: x | it is what a program printed",
        "at Main.main(Main.java:5) | it is what a program printed",
      })
  void whatWasCopiedFromATerminalIsOneErrorWithAdvice(String code, String advice) {
    assertThat(failure(code)).contains("error: this is no Java", advice);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "import socket\ns = socket.socket()",
        "import os, sys",
        "import numpy as np",
        "from flask import Flask\napp = Flask(__name__)",
        "def f(x):\n    return x",
        "for i in range(10):\n    print(i)",
        "if x == 1:\n    print(x)",
        "class Server:\n    pass",
        "try:\n    f()\nexcept OSError as e:\n    pass",
        "with open('x') as f:  # read it\n    print(f.read())",
      })
  void pythonIsOneErrorWithAdvice(String code) {
    assertThat(failure(code))
        .contains("error: this is no Java", "Python goes below %%script python3")
        .containsOnlyOnce("error:");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "List.of(\"/x\").forEach(f -> Files.size(Path.of(f)));"
            + " | what calls the lambda expects none: try { … } catch (IOException e) { … } inside",
        "void size() { Files.size(Path.of(\"/x\")); } | the method's parameters: throws IOException",
        "int sum() { int s = 0; List.of(1).forEach(v -> s += v); return s; } | or an AtomicInteger",
        "List<String> l = new ArrayList<Integer>(); | between < and > stands the same on both sides",
        "char c = \"a\"; | in '…' stands one character",
        "record Peer(int port) { } new Peer(1).port | of a record port() gives it",
        "new Socket(\"127.0.0.1\", 1) | nothing listens at that address and port",
        "HttpClient.newHttpClient().send(java.net.http.HttpRequest.newBuilder(URI.create(\"http://127.0.0.1:1/\"))"
            + ".build(), java.net.http.HttpResponse.BodyHandlers.ofString())"
            + " | nothing listens at that address and port",
        "InetAddress.getByName(\"nosuch.example\") | %dig nosuch.example shows",
        "var one = new ServerSocket(0); new ServerSocket(one.getLocalPort()) | %ss -tlnp shows who",
      })
  void aBeginnersMistakeIsToldWithWhatMendsIt(String code, String advice) {
    assertThat(failure(code)).contains(advice);
  }

  @Test
  void aVariableWithNoNameIsToldWhy() {
    assertThat(failure("int 2nd = 3;")).contains("a name begins with a letter");
    assertThat(failure("int class = 3;")).contains("class is one of Java's own words");
  }
}
