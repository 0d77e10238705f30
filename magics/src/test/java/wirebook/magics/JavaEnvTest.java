package wirebook.magics;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import wirebook.engine.classpath.JavaEnvironment;
import wirebook.engine.http.server.HttpServers;
import wirebook.internet.Internets;
import wirebook.internet.plain.PlainJava;
import wirebook.magics.http.Curl;
import wirebook.magics.venv.JavaEnv;
import wirebook.spi.Diagnostic;
import wirebook.spi.Span;

/**
 * Two versions of one library: on one class path the first wins, in environments both are there.
 */
@Tag("slow")
class JavaEnvTest {
  private final Internets internets = new Internets("lab");
  private final TestCells cells = new TestCells(internets, Path.of("").toAbsolutePath());
  private final JavaEnv javaenv = new JavaEnv();

  @BeforeEach
  void makeLibraries() throws InterruptedException {
    cells.run(
        javaenv,
        """
        %%javaenv jar greet:1.0
        package greet;
        public class Greeting {
          public static String hello(String name) { return "Hello, " + name; }
        }
        """);
    cells.run(
        javaenv,
        """
        %%javaenv jar greet:2.0
        package greet;
        public class Greeting {
          public static String hello(String name, String language) { return "Hallo, " + name; }
        }
        """);
    cells.run(
        javaenv,
        """
        %%javaenv jar shop:1.0 --with greet:2.0
        package shop;
        public class Shop {
          public static String welcome() { return greet.Greeting.hello("Ada", "de"); }
        }
        """);
  }

  @AfterEach
  void close() throws Exception {
    cells.service(HttpServers.class, HttpServers::new).closeAll();
    internets.close();
  }

  @Test
  void onOneClassPathTheFirstJarWinsAndTheErrorTellsWhichAndWhy() throws Exception {
    cells.run(javaenv, "%javaenv both greet:1.0 greet:2.0 shop:1.0");
    cells.run(javaenv, "%%javaenv both run\nvoid main() { shop.Shop.welcome(); }");
    assertThat(cells.printed())
        .contains("java.lang.NoSuchMethodError: 'java.lang.String greet.Greeting.hello(")
        .contains("at shop.Shop.welcome (Shop.java:3)")
        .contains("greet.Greeting is in 2 jars of both, and the first one wins:")
        .contains("taken from   greet-1.0.jar  has hello(String)")
        .contains("never asked  greet-2.0.jar  has hello(String, String)");
    cells.run(javaenv, "%javaenv show both");
    assertThat(cells.shown().getLast().text()).contains("never asked: greet-1.0.jar comes first");
    JavaEnvironment named = (JavaEnvironment) cells.run(javaenv, "%javaenv both");
    assertThat(named.libraries()).as("its name alone shows it").hasSize(3);
  }

  @Test
  void aProgramThatCallsSystemExitEndsWithThatStatusAndTheNotebookGoesOn() throws Exception {
    assertThat(PlainJava.prepare()).isEmpty();
    cells.run(javaenv, "%javaenv a greet:1.0");
    cells.run(javaenv, "%%javaenv a run\nvoid main() { System.exit(3); }");
    assertThat(cells.errors()).endsWith("The program ended itself: exit(3)\n");
  }

  @Test
  void anErrorIsMarkedAtItsLine() {
    String cell = "%%javaenv jar bad:1.0\npublic class Bad {\n  int a = 1;\n  int b = nosuch;\n}";
    Span marked = cells.complaint(javaenv, cell).diagnostic().span();
    assertThat(cell.substring(marked.start(), marked.end())).isEqualTo("  int b = nosuch;");
  }

  @Test
  void twoBackendsHaveAVersionEachAtTheSameTime() throws Exception {
    cells.run(javaenv, "%javaenv a greet:1.0");
    JavaEnvironment b = (JavaEnvironment) cells.run(javaenv, "%javaenv b greet:2.0 shop:1.0");
    assertThat(b.libraries()).hasSize(2);
    JavaEnvironment first =
        (JavaEnvironment)
            cells.run(
                javaenv, "%%javaenv a serve 0\nget(\"/\", r -> greet.Greeting.hello(\"Ada\"));");
    JavaEnvironment second =
        (JavaEnvironment)
            cells.run(
                javaenv,
                "%%javaenv b serve 0\nimport shop.Shop;\nget(\"/\", r -> Shop.welcome());");
    Curl curl = new Curl();
    cells.run(curl, "%curl -s " + first.url() + " " + second.url());
    assertThat(cells.printed()).isEqualTo("Hello, AdaHallo, Ada");
  }

  @Test
  void whatFailsBeforeAnythingIsServedIsToldAsInAProgram() throws Exception {
    cells.run(javaenv, "%javaenv both greet:1.0 greet:2.0 shop:1.0");
    cells.run(
        javaenv,
        "%%javaenv both serve 0\nString said = shop.Shop.welcome();\nget(\"/\", r -> said);");
    assertThat(cells.printed())
        .contains("java.lang.NoSuchMethodError: 'java.lang.String greet.Greeting.hello(")
        .contains("greet.Greeting is in 2 jars of both, and the first one wins:");
    cells.run(javaenv, "%%javaenv both serve 0\nInteger.parseInt(\"x\");");
    assertThat(cells.printed())
        .contains("java.lang.NumberFormatException: For input string: \"x\"")
        .contains("(Main.java:1)")
        .doesNotContain(" serves ");
  }

  @Test
  void publicClassesStandWhereverTheyLike() throws Exception {
    cells.run(
        javaenv,
        "%%javaenv jar pair:1\npackage pair; public class One {}\npublic record Two(int x) {}\n");
    assertThat(cells.printed()).contains("pair-1.jar: pair.One, pair.Two");
    cells.run(javaenv, "%javaenv p pair:1");
    cells.run(
        javaenv,
        "%%javaenv p run\npublic record A(int x) {}\nvoid main() { throw new IllegalStateException(\"\" + new pair.Two(2)); }");
    assertThat(cells.printed()).contains("IllegalStateException: Two[x=2]");
  }

  @Test
  void aLibraryThatIsNotThereIsAnErrorOfLinkingWithItsName() throws Exception {
    cells.run(javaenv, "%javaenv alone shop:1.0");
    cells.run(javaenv, "%%javaenv alone run\nvoid main() { shop.Shop.welcome(); }");
    assertThat(cells.printed())
        .contains("java.lang.NoClassDefFoundError: greet/Greeting")
        .contains("greet.Greeting is in no jar of alone.");
  }

  @Test
  void whatIsWrongIsSaidWithItsPlaceAndTheMend() {
    assertThat(cells.complaint(javaenv, "%javaenv c greet:9").diagnostic().fix())
        .contains("Cells have made greet:1.0, greet:2.0, shop:1.0.");
    assertThat(cells.complaint(javaenv, "%javaenv c org.example:x:1").diagnostic().fix())
        .contains("%maven org.example:x:1 fetches it");
    assertThat(cells.complaint(javaenv, "%javaenv show c").diagnostic().message())
        .isEqualTo("there is no environment c");
    assertThat(
            cells
                .complaint(javaenv, "%%javaenv jar bad:1\npublic class Bad {\n  int x = \"\";\n}")
                .diagnostic()
                .message())
        .startsWith("line 2: incompatible types")
        .contains("int x = \"\";");
  }

  @Test
  void aProgramSeesNothingOfTheNotebooksOwnLibraries() throws Exception {
    cells.run(javaenv, "%javaenv alone");
    cells.run(
        javaenv,
        "%%javaenv alone run\nvoid main() throws Exception { Class.forName(\"org.xbill.DNS.Name\"); }");
    assertThat(cells.printed()).contains("ClassNotFoundException: org.xbill.DNS.Name");
  }

  @Test
  void anOptionIsNoLibraryAndAVerbNoEnvironment() {
    Diagnostic misspelt = cells.complaint(javaenv, "%javaenv x --wiht greet:1.0").diagnostic();
    assertThat(misspelt.message()).isEqualTo("%javaenv has no option --wiht");
    assertThat(misspelt.fix()).startsWith("Did you mean --with?");
    assertThat(cells.complaint(javaenv, "%javaenv run").diagnostic().fix())
        .startsWith("%javaenv NAME run");
    assertThat(cells.complaint(javaenv, "%javaenv create x greet:1.0").diagnostic().fix())
        .isEqualTo("%javaenv NAME LIBRARY…");
  }
}
