package wirebook.kernel.java;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import wirebook.kernel.session.Interpreter.Completion;
import wirebook.kernel.session.Interpreter.Match;

/** What is offered and told of types: of those that cells declare, and of those in jars. */
@Tag("slow")
class DeclaredTypesTest {
  private static TestCells cells;

  @BeforeAll
  static void start() {
    cells = new TestCells();
    cells.out(
        """
        /** Adds whole numbers. */
        int add(int a, int b) { return a + b; }
        /** Adds others. */
        double add(double a, double b) { return a + b; }
        /** A place. @param x to the right */
        record Spot(int x, int y) {
          /** Of the map. */
          static int SCALE = 2;
          /** From the origin. */
          double distance() { return Math.hypot(x, y); }
          /** Of text. */
          static Spot of(String text) { return null; }
          static Spot of(List<String> words) { return null; }
          static class Mark { /** Puts it there. */ void set(Spot at) {} }
        }
        enum Light { /** Stop. */ RED, GREEN }
        sealed interface Shape permits Circle, Square {}
        record Circle(int r) implements Shape {}
        record Square(int a) implements Shape {}
        Shape shape = new Circle(1);
        """);
  }

  @AfterAll
  static void stop() {
    cells.close();
  }

  private static Completion complete(String code) {
    return cells.interpreter.complete(code, code.length());
  }

  private static String inspect(String code) {
    return cells
        .interpreter
        .inspect(code.replace("|", ""), code.indexOf('|'), 0)
        .orElseThrow()
        .text();
  }

  @Test
  void whatASwitchDistinguishesIsOfferedForItsLabels() {
    assertThat(complete("switch (Thread.currentThread().getState()) { case RUN").matches())
        .containsExactly(new Match("RUNNABLE", "instance", ""));
    assertThat(complete("TimeUnit unit = null; switch (unit) { case DAYS, MI").matches())
        .map(Match::text)
        .containsExactlyInAnyOrder("MICROSECONDS", "MILLISECONDS", "MINUTES");
    assertThat(
            complete("enum Way { IN, OUT }\nvar w = Way.IN;\nint n = switch (w) { case ").matches())
        .map(Match::text)
        .containsExactlyInAnyOrder("IN", "OUT");
    assertThat(complete("switch (shape) { case ").matches())
        .map(Match::text)
        .containsExactly("Circle", "Square");
  }

  @Test
  void membersOfARecordHaveTheirOwnSignature() {
    assertThat(complete("new Spot(1, 2).dis").matches())
        .containsExactly(new Match("distance", "function", "() double"));
    assertThat(inspect("new Spot(1, 2).dis|tance()"))
        .isEqualTo("double Spot.distance()\n\n    From the origin.");
    assertThat(inspect("new Spot(1, 2).x|()")).isEqualTo("int Spot.x()\n\n    to the right");
  }

  @Test
  void eachOverloadAndEachFieldHasItsOwnJavadoc() {
    assertThat(inspect("add|(1, 2)"))
        .startsWith("int add(int a, int b)\n\n    Adds whole numbers.")
        .contains("double add(double a, double b)\n\n    Adds others.");
    assertThat(inspect("Spot.SCALE|")).isEqualTo("int Spot.SCALE\n\n    Of the map.");
    assertThat(inspect("Light.RED|")).isEqualTo("Light.RED\n\n    Stop.");
    assertThat(inspect("new Spot.Mark().set(|")).contains("Puts it there.");
    assertThat(inspect("Spot.of(|"))
        .isEqualTo("Spot Spot.of(String text)\n\n    Of text.\n\nSpot Spot.of(List<String> words)");
  }

  @Test
  void importsAndMethodReferencesAreDocumented() {
    assertThat(inspect("import java.util.Li|st;")).startsWith("java.util.List<E>\n");
    assertThat(inspect("Function<Object, String> f = String::value|Of"))
        .startsWith("String String.valueOf(Object obj)\n");
    assertThat(inspect("Stream.of(\"\").map(String::tri|m)")).startsWith("String String.trim()\n");
  }

  @Test
  void anOptionOfAMagicIsDocumentedFirst() {
    assertThat(inspect("%dig +sho|rt google.com")).startsWith("+short ").contains("\n\n%dig ");
    assertThat(inspect("%curl -X| POST")).startsWith("-X, --request method  ");
    assertThat(inspect("%time Math.ma|x(1, 2)")).startsWith("int Math.max(int a, int b)");
    assertThat(inspect("%%time\nMath.ma|x(1, 2)")).startsWith("int Math.max(int a, int b)");
  }

  @Test
  void whatIsInAJarIsDocumentedFromTheSourcesBesideIt(@TempDir Path folder) throws Exception {
    String source =
        """
        package shop;
        public class Till {
          /** Takes the money. */
          public void take(int cents) {}
        }
        """;
    Path file = Files.createDirectories(folder.resolve("src/shop")).resolve("Till.java");
    Files.writeString(file, source);
    int compiled =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, "-d", folder.resolve("out").toString(), file.toString());
    assertThat(compiled).isZero();
    jar(folder.resolve("till-1.jar"), folder.resolve("out"));
    jar(folder.resolve("till-1-sources.jar"), folder.resolve("src"));
    cells.out("%jars " + folder.resolve("till-1.jar"));
    assertThat(inspect("new shop.Till().ta|ke(1)"))
        .isEqualTo("void Till.take(int cents)\n\n    Takes the money.");
  }

  private static void jar(Path jar, Path folder) {
    java.util.spi.ToolProvider.findFirst("jar")
        .orElseThrow()
        .run(System.out, System.err, "cf", jar.toString(), "-C", folder.toString(), ".");
  }
}
