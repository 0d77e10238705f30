package wirebook.kernel.java;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import wirebook.kernel.java.complaints.Failures;
import wirebook.kernel.session.Interpreter.Outcome;
import wirebook.kernel.session.Interpreter.Outcome.Done;
import wirebook.kernel.session.Interpreter.Outcome.Failed;
import wirebook.spi.MimeBundle;

@Tag("slow")
class CellsTest {
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

  @Test
  void theLastExpressionIsTheResult() {
    assertThat(cells.value("int ma = 20;\nint mb = 22;\nma + mb")).contains("42");
  }

  @Test
  void aSemicolonMakesTheLastExpressionAStatement() {
    assertThat(cells.value("1 + 1;")).isEmpty();
    assertThat(cells.value("1 + 1; // and a comment")).isEmpty();
    assertThat(cells.value("1 + 1 // no semicolon;")).contains("2");
  }

  @Test
  void whatIsImportedFromTheStartMayBeImportedAgain() {
    assertThat(cells.value("import java.util.*;\nimport java.io.*;\nList.of(7)")).contains("[7]");
  }

  @Test
  void aPictureIsShownInFrontOfASemicolonAsWell() {
    String picture = "new java.awt.image.BufferedImage(4, 3, 1)";
    assertThat(cells.value(picture + ";")).contains("image, 4 × 3 pixels");
    assertThat(cells.value("var picture = " + picture + ";")).isEmpty();
    assertThat(cells.value("picture = null;")).isEmpty();
    assertThat(cells.value("new Object() { public String toString() { throw new Error(); } };"))
        .isEmpty();
  }

  @Test
  void anIdThatNobodyAskedForIsNoResult() {
    assertThat(cells.value("display(3)")).isEmpty();
    assertThat(cells.value("display(3).isEmpty()")).contains("false");
    assertThat(cells.value("String shown = display(3);\nshown.isEmpty()")).contains("false");
  }

  @Test
  void whatADeclarationBreaksIsTold() {
    TestCells.Recorded output = new TestCells.Recorded();
    cells.run(
        "record Pair(int left) {}\nPair pair = new Pair(1);\nint tie() { return 1; }", output);
    cells.run("int twin() { return tie() + 1; }", output);
    assertThat(output.err()).isEmpty();
    cells.run("record Pair(int left, int right) {}", output);
    assertThat(output.err())
        .contains(
            "pair is gone, as it was of the Pair before this one, and its declaration is wrong now:"
                + " constructor Pair in record Pair cannot be applied to given types: required"
                + " int,int; found int\n");
    cells.run("String tie() { return null; }", output);
    assertThat(output.err()).contains("twin cannot be called any more: incompatible types");
    assertThat(cells.failure("twin()").message())
        .contains("twin cannot be called: incompatible types");
    assertThat(plain(cells.failure("pair"))).doesNotContain("did you mean");
  }

  @Test
  void aVariableWithANewTypeHasLostNothing() {
    TestCells.Recorded output = new TestCells.Recorded();
    cells.run("int typed = 1;", output);
    cells.run("String typed = \"now text\";", output);
    assertThat(output.err()).isEmpty();
    assertThat(cells.value("typed")).contains("now text");
  }

  @Test
  void nullAndVoidGiveNoResult() {
    assertThat(cells.value("String nul = null; nul")).isEmpty();
    assertThat(cells.value("System.out.println()")).isEmpty();
    assertThat(cells.value("")).isEmpty();
    assertThat(cells.value("// only a comment")).isEmpty();
  }

  @Test
  void valuesAreShownAsPeopleReadThem() {
    assertThat(cells.value("\"zażółć 😀\"")).contains("zażółć 😀");
    assertThat(cells.value("new int[][] {{1, 2}, {3}}")).contains("[[1, 2], [3]]");
    assertThat(cells.value("Map.of(\"a\", new int[] {1})")).contains("{a=[1]}");
    assertThat(cells.value("Optional.of(3)")).contains("Optional[3]");
    assertThat(cells.value("IntStream.range(0, 2000).boxed().toList()").orElseThrow())
        .startsWith("[0, 1, ")
        .endsWith(", … (1,000 more)]");
    assertThat(cells.value("\"y\".repeat(150_000)").orElseThrow())
        .endsWith("… (50,000 more characters)");
  }

  @Test
  void whatHoldsItselfIsShownOnce() {
    assertThat(cells.value("Object[] own = {1, null}; own[1] = own; own")).contains("[1, (this)]");
    assertThat(cells.value("List<Object> ls = new ArrayList<>(); ls.add(Map.of(1, ls)); ls"))
        .contains("[{1=(this)}]");
    assertThat(cells.value("Object in = 1; for (int i = 0; i < 30; i++) in = List.of(in); in"))
        .contains("[[[[[[[[[…]]]]]]]]]");
  }

  @Test
  void arraysInRecordsAndEntriesAreShownByTheirElements() {
    assertThat(cells.value("record Ar(int[] a, String b) {}\nnew Ar(new int[] {1}, \"x\")"))
        .contains("Ar[a=[1], b=x]");
    assertThat(cells.value("Map.entry(1, new char[] {'c'})")).contains("1=[c]");
    assertThat(
            cells.value(
                "record Said(int[] a) { public String toString() { return \"an array \" + a; } }\n"
                    + "new Said(new int[0])"))
        .hasValueSatisfying(text -> assertThat(text).startsWith("an array [I@"));
  }

  @Test
  void earlierCellsAreListedWithTheirNumbers() {
    cells.value("\"listed\"");
    int number = cells.last();
    assertThat(cells.value("Out").orElseThrow())
        .contains(number + "=listed")
        .doesNotContain("null", "(this)");
    assertThat(cells.value("In").orElseThrow()).contains((number + 1) + "=Out");
  }

  @Test
  void aStreamIsNotConsumed() {
    assertThat(cells.value("var st = Stream.of(1, 2); st").orElseThrow()).contains("not consumed");
    assertThat(cells.value("st.count()")).contains("2");
  }

  @Test
  void recordsBecomeATableWithTheirMarkupEscaped() {
    TestCells.Recorded output = new TestCells.Recorded();
    Outcome outcome =
        cells.run("record Pt(int x, String y) {}\nList.of(new Pt(1, \"<b>\"))", output);
    MimeBundle table = ((Done) outcome).value().orElseThrow();
    assertThat(table.text()).isEqualTo("x  y\n-  ---\n1  <b>");
    assertThat(table.data().get(MimeBundle.HTML)).contains("<td>&lt;b&gt;</td>");
  }

  @Test
  void anImageIsShownAsPng() {
    Outcome outcome =
        cells.run(
            "new java.awt.image.BufferedImage(2, 2, java.awt.image.BufferedImage.TYPE_INT_RGB)",
            new TestCells.Recorded());
    assertThat(((Done) outcome).value().orElseThrow().data()).containsKey("image/png");
  }

  @Test
  void earlierResultsAndTextsCanBeHadByTheirNumber() {
    cells.value("40 + 2");
    int number = cells.last();
    assertThat(cells.value("_" + number + " + 0")).contains("42");
    assertThat(cells.value("Out[" + number + "]")).contains("42");
    assertThat(cells.value("int old = out(" + number + "); old")).contains("42");
    assertThat(cells.value("In[" + number + "]")).contains("40 + 2");
  }

  @Test
  void anUnderscoreIsTheLastResult() {
    cells.value("\"abc\"");
    assertThat(cells.value("_.length() + _.length()")).contains("6");
    cells.out("int counted = 5;");
    assertThat(cells.value("_ * 2")).contains("12");
    cells.value("counted");
    assertThat(cells.value("_ + 1")).contains("6");
    cells.value("null");
    cells.out("List.of(1).forEach(_ -> System.out.println());");
    assertThat(cells.value("_ + 0")).contains("6");
  }

  @Test
  void aRecordsConstructorNeedsNoModifier() {
    cells.out(
        """
        record Checked(int a) {
          Checked {
            if (a < 0) throw new IllegalArgumentException("negative");
          }
          record Inner(int b) { Inner(int b) { this.b = b; } }
        }
        """);
    assertThat(cells.value("new Checked(3).a() + new Checked.Inner(4).b()")).contains("7");
    Failed failed = cells.failure("new Checked(-1)");
    assertThat(plain(failed)).contains("In[" + (cells.last() - 2) + "]:3");
    assertThat(cells.failure("record Hidden(int a) { private Hidden { } }").message())
        .contains("invalid canonical constructor");
  }

  @Test
  void whatAValueSaysOfItselfIsNoMarkup() {
    TestCells.Recorded output = new TestCells.Recorded();
    cells.run("display(Optional.of(\"<script>\"), \"text/html\");", output);
    assertThat(output.displays.getFirst().data())
        .containsEntry(MimeBundle.HTML, "<pre>Optional[&lt;script&gt;]</pre>");
  }

  @Test
  void displaysCanBeReplacedAndCleared() {
    TestCells.Recorded output = new TestCells.Recorded();
    cells.run(
        "String did = display(\"AAA\"); updateDisplay(did, \"BBB\"); clearOutput();"
            + " clearOutput(true);",
        output);
    assertThat(output.displays).containsExactly(MimeBundle.text("AAA"));
    assertThat(output.updates).hasSize(1);
    assertThat(output.clears).containsExactly(false, true);
    output = new TestCells.Recorded();
    cells.run("display(\"<i>\", \"text/html\");", output);
    assertThat(output.displays.getFirst().data()).containsEntry(MimeBundle.HTML, "<i>");
  }

  @Test
  void aRuntimeExceptionIsCutToTheStudentsFrames() {
    cells.out("int third(List<Integer> l) {\n  return l.get(2);\n}");
    int method = cells.last();
    Failed failed = cells.failure("\nthird(List.of(1))");
    assertThat(failed.name()).isEqualTo("IndexOutOfBoundsException");
    assertThat(plain(failed).lines().toList())
        .hasSize(4)
        .element(1)
        .asString()
        .startsWith("    at java.util.");
    assertThat(plain(failed))
        .contains("third, In[" + method + "]:2")
        .contains("    at In[" + cells.last() + "]:2");
    assertThat(cells.value("lastException().getClass().getSimpleName()"))
        .contains("IndexOutOfBoundsException");
  }

  @Test
  void causesAreKept() {
    Failed failed =
        cells.failure(
            "try { Integer.parseInt(\"x\"); } catch (Exception e) { throw new"
                + " RuntimeException(\"outer\", e); }");
    assertThat(failed.message()).isEqualTo("outer");
    assertThat(plain(failed)).contains("caused by: NumberFormatException: For input string");
  }

  @Test
  void whatRanBeforeAnErrorStays() {
    Failed failed = cells.failure("int pc = 11; int boom = 1 / 0; int never = 3;");
    assertThat(failed.name()).isEqualTo("ArithmeticException");
    assertThat(cells.value("pc")).contains("11");
  }

  @Test
  void aCompileErrorHasACaretUnderItsPlace() {
    Failed failed = cells.failure("int ok = 1;\nint q1 = undefinedNameQq + 1;");
    assertThat(plain(failed))
        .contains("In[" + cells.last() + "]:2: error: cannot find symbol")
        .contains(
            "    int q1 = undefinedNameQq + 1;\n             ^^^^^^^^^^^^^^^\n"
                + "  symbol:   variable undefinedNameQq");
    assertThat(failed.message()).contains("undefinedNameQq");
  }

  @Test
  void aMisspeltNameIsAnsweredWithTheNearestOne() {
    cells.out("int velocity = 3;");
    assertThat(plain(cells.failure("velocty + 1"))).contains("did you mean velocity?");
    assertThat(plain(cells.failure("\"abc\".lenght()"))).contains("did you mean length?");
    assertThat(plain(cells.failure("int a = 1;\nSystem.out.printn(a);")))
        .contains("did you mean println?");
    assertThat(plain(cells.failure("Sytem.out.println();"))).contains("did you mean System?");
    assertThat(plain(cells.failure("velocty.toString()"))).contains("did you mean velocity?");
    assertThat(plain(cells.failure("dispaly(1)"))).contains("did you mean display?");
    assertThat(plain(cells.failure("q + 1"))).doesNotContain("did you mean");
    assertThat(plain(cells.failure("\"text\".length"))).contains("did you mean length()?");
    assertThat(plain(cells.failure("new int[3].length()")))
        .contains("did you mean length without brackets?");
  }

  @Test
  void allErrorsOfACellAreTold() {
    Failed failed =
        cells.failure(
            """
            int e1 = unknownOne;
            private String e2 = 3;
            e2.length() + unknownTwo;
            int e3(Later l) { return l.e4() + e5(); }
            class Later { int e4() { return "q"; } }
            Runnable e6 = () -> System.out.println(e1++);
            int e7 = = 1;
            int e8 = unknownThree;
            """);
    assertThat(plain(failed).lines().filter(line -> line.startsWith("In[")))
        .map(line -> line.replaceFirst("In\\[\\d+]:", ""))
        .containsExactly(
            "1: error: cannot find symbol",
            "2: error: incompatible types: int cannot be converted to String",
            "3: error: cannot find symbol",
            "5: error: incompatible types: String cannot be converted to int",
            "7: error: illegal start of expression",
            "8: error: cannot find symbol");
    assertThat(cells.failure("e2").message()).contains("cannot find symbol");
  }

  private static List<String> errors(Failed failed) {
    return plain(failed)
        .lines()
        .filter(line -> line.startsWith("In["))
        .map(line -> line.replaceFirst("In\\[\\d+]:", ""))
        .toList();
  }

  @Test
  void whatStandsBeforeADeclarationIsNoError() {
    Failed failed =
        cells.failure(
            """
            import org.nosuch.X;
            // A comment.
            public interface F1 { void f(); }
            /** Another. */
            @Deprecated(since = "1") /* and one */ public static final class F2 { F3 later; }
            @FunctionalInterface
            private interface F4 { int f(); }
            // import org.nosuch.Y;
            int f5 = "no number";
            """);
    assertThat(errors(failed))
        .containsExactly(
            "1: error: package org.nosuch does not exist",
            "9: error: incompatible types: String cannot be converted to int");
  }

  @Test
  void aMissingSemicolonHidesNoOtherError() {
    Failed failed =
        cells.failure(
            """
            int h1 = 1
            int h2 = 2
            for (int i = 0; i < 3; i++ {
              unknownThing();
            }
            String h3 = 4;
            """);
    assertThat(errors(failed))
        .containsExactly(
            "1: error: ';' expected",
            "2: error: ';' expected",
            "3: error: ')' expected",
            "4: error: cannot find symbol",
            "6: error: incompatible types: int cannot be converted to String");
    assertThat(errors(cells.failure("int 2x = 5;"))).containsExactly("1: error: '.class' expected");
  }

  @Test
  void aHeadWithNothingToDoIsAnErrorAndNoEndlessLoop() {
    assertThat(cells.failure("while (true)").message()).contains("reached end of file");
  }

  @Test
  void anUnclosedCommentIsAnError() {
    assertThat(errors(cells.failure("int k1 = 1;\n/* and then")))
        .containsExactly("2: error: unclosed comment");
  }

  @Test
  void aTypeThatCannotBeUsedIsAnErrorAtOnce() {
    cells.out("class NeedsOne { NeedsOne(int a) {} }");
    assertThat(cells.failure("class HasNone extends NeedsOne {}").message())
        .startsWith("constructor NeedsOne in class NeedsOne cannot be applied");
    cells.out("class Waiting { ComesLater it; }");
    assertThat(plain(cells.failure("new Waiting()")))
        .contains("Waiting can be used once this is declared: class ComesLater");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          String w1 = \u201chi\u201d; | left double quotation mark; in Java one writes "
          int w2 = 5 \u2013 3; | en dash; in Java one writes -
          int\u00a0w3 = 3; | no-break space, which looks like a space
          \ufeff1 + 1 | which is not seen: delete it
          else { } | else stands in the cell of its if
          unheardOf = 5 | to declare it: var unheardOf = 5
          () -> 5 | say what it is for
          import java.utl.List; | import java.util.List;
          import org.example.Nowhere; | %maven group:artifact:version
          string w5 = null; | did you mean String?
          system.out.println(); | did you mean System?
          input("Name: ") | did you mean readLine?
          String w6 = `hi`; | grave accent; in Java one writes "
          String w7 = STR."\\{w1}"; | string templates were a preview in Java 21 and 22
          StableValue<String> w8; | environment variable IJAVA_COMPILER_OPTS=--enable-preview
          switch (1) { case int w9 -> {} } | variable IJAVA_COMPILER_OPTS=--enable-preview
          String w11 = 'abc'; | in '…' stands one character
          long w12 = 3000000000; | with L at its end
          List<int> w13; | between < and > stands a class: Integer
          int w14 = 3; if (w14 = 5) { } | = sets a variable; == compares
          int w15 = "5"; | Integer.parseInt(…) reads it out of a text
          Double w16 = "5"; | Double.parseDouble(…) reads it out of a text
          String w17 = 5; | String.valueOf(…) makes a text of it
          int w18 = Math.sqrt(4); | (int) (…) makes one of it
          float w19 = 3.5; | a number with f at its end is a float
          int w20 = 3; w20.toString() | no object: Integer.…(…)
          this.toString() | no object that this would mean
          for (int i = 0, i < 3, i++) { } | divided by semicolons
          "a.b".split("\\.") | a backslash is written twice
          void main(String[] words) { } main() | main(new String[] {}) calls it
          Bool w21 = true; | did you mean boolean?
          let w22 = 5; | did you mean var?
          Stream.of(1).collect(toList()) | did you mean Collectors.toList?
          sqrt(4) | did you mean Math.sqrt?
          sort(new int[1]) | did you mean Arrays.sort?
          switch (TimeUnit.DAYS) { case DAYS -> 1; case HOURS -> 2; } | not covered: MICROSECONDS, MILLISECONDS, MINUTES, NANOSECONDS, SECONDS
          switch (5) { case 1 -> 2; } | default -> … covers all
          HttpTransfer w10 = null; | import wirebook.engine.http.HttpTransfer;
          Response.of("hi") | would help: import wirebook.engine.http.server.Response;
          """)
  void aMistakeOfABeginnerIsAnsweredWithWhatHelps(String cell, String help) {
    assertThat(plain(cells.failure(cell))).contains(help);
  }

  @Test
  void aSwitchIsToldWhichOfASealedTypeItLeavesOut() {
    cells.out(
        """
        sealed interface Figure permits Disc, Tile { }
        record Disc(int radius) implements Figure { }
        record Tile(int side) implements Figure { }
        """);
    assertThat(
            plain(
                cells.failure(
                    "int size(Figure f) { return switch (f) { case Disc(var r) -> r; }; }")))
        .contains("not covered: Tile");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          List.of(1).add(2); | cannot be changed: new ArrayList<>(…) of it can
          Files.readString(Path.of("nowhere.txt")) | Path.of("").toAbsolutePath() says
          var some = new ArrayList<>(List.of(1, 2, 3)); for (var x : some) some.remove(x); | removeIf
          new javax.swing.JFrame("x") | draw into a BufferedImage
          String none = null; switch (none) { default -> { } } | what stands behind switch or for in (…) is null
          int[] no = null; for (int one : no) { } | what stands behind switch or for in (…) is null
          new Scanner("x").nextInt() | hasNextInt() and the like tell that
          """)
  void anExceptionOfABeginnerIsAnsweredWithWhatHelps(String cell, String help) {
    assertThat(plain(cells.failure(cell))).contains(help);
  }

  @Test
  void methodsThatCallEachOtherInTurnsStandInATraceOnce() {
    cells.out(
        """
        Map<Integer, Long> fibs = new HashMap<>();
        long fibonacci(int n) {
          return n < 2 ? n : fibs.computeIfAbsent(n, k -> fibonacci(k - 1) + fibonacci(k - 2));
        }
        """);
    assertThat(plain(cells.failure("fibonacci(20)")))
        .containsPattern(
            "(?m)^    at fibonacci, .*\\n    at a lambda, .*\\n    … these 2 \\d+ more times$")
        .contains("what computes a value must not change the map itself");
    cells.out("int even(int n) { return odd(n + 1); } int odd(int n) { return even(n + 1); }");
    assertThat(plain(cells.failure("even(1)")).lines().toList())
        .hasSizeLessThan(7)
        .anyMatch(line -> line.startsWith("    … these 2 "));
  }

  @Test
  void ofManyMethodsThatDoNotFitTheFirstAreListed() {
    assertThat(plain(cells.failure("new String(1, 2, 3, 4, 5)")))
        .contains("constructor String.String() is not applicable")
        .containsPattern("… and \\d+ more lines");
  }

  @Test
  void aLogRecordSaysWhichCellItIsFrom() {
    TestCells.Recorded output = new TestCells.Recorded();
    cells.run("java.util.logging.Logger.getLogger(\"x\").warning(\"low\");", output);
    assertThat(output.err()).contains(" In[" + cells.last() + "]\n").doesNotContain("REPL");
  }

  @Test
  void whatIsLegalInACellOnlyIsNoFurtherError() {
    Failed failed =
        cells.failure(
            """
            int f1 = unknownOne;
            int f2;
            int f2 = f1 + 1;
            f2 + 1;
            for (int i = 0; i < 3; i++) { f2 += i; }
            public record F3(int a) { int b() { return f2; } }
            Runnable f4 = () -> f2++;
            import java.util.zip.CRC32;
            CRC32 f5 = new CRC32();
            String f6() { return new F3(f2).toString() + f7(); }
            throw new java.io.IOException(f6());
            """);
    assertThat(plain(failed).lines().filter(line -> line.startsWith("In["))).hasSize(1);
  }

  @Test
  void anUnknownTypeIsAnsweredWithItsImportOrTheNearestType() {
    assertThat(plain(cells.failure("HttpServer server = null;")))
        .contains("this import would help: import com.sun.net.httpserver.HttpServer;");
    assertThat(plain(cells.failure("Strin text = null;"))).contains("did you mean String?");
  }

  @Test
  void aWarningIsToldOnceInOneLine() {
    TestCells.Recorded output = new TestCells.Recorded();
    cells.run("\nnew Date(2020, 1, 1);", output);
    assertThat(output.err())
        .isEqualTo(
            "In["
                + cells.last()
                + "]:2: warning: Date(int,int,int) in java.util.Date has been deprecated\n");
  }

  @Test
  void aPrintedStackTraceHasTheStudentsNamesAndPlaces() {
    cells.out("class Till {\n  void open() { throw new IllegalStateException(\"shut\"); }\n}");
    int till = cells.last();
    TestCells.Recorded output = new TestCells.Recorded();
    cells.run("try { new Till().open(); } catch (Exception e) { e.printStackTrace(); }", output);
    assertThat(output.err())
        .isEqualTo(
            "java.lang.IllegalStateException: shut%n\tat Till.open(In[%d]:2)%n\tat In[%d]:1%n"
                .formatted(till, cells.last()));
    assertThat(cells.value("new Till()").orElseThrow()).startsWith("Till@");
  }

  @Test
  void aMethodMayUseWhatIsDeclaredLater() {
    cells.out("int usesLater() { return definedLater() + 1; }");
    assertThat(cells.failure("usesLater()").message()).contains("definedLater");
    cells.out("int definedLater() { return 41; }");
    assertThat(cells.value("usesLater()")).contains("42");
  }

  @Test
  void whatComputesTheValueOfAVarStandsInItsOwnCellAndLine() {
    cells.out(
        """
        class Drawer {
          List<String> open(boolean key) {
            if (key) return List.of();
            throw new IllegalStateException("shut");
          }
        }
        var drawer = new Drawer();
        """);
    cells.out("var notes = drawer.open(true);");
    String trace = plain(cells.failure("// A comment.\nvar notes =\n    drawer.open(false);"));
    assertThat(trace.lines().map(String::strip).skip(2))
        .containsExactly("at In[" + cells.last() + "]:3");
    TestCells.Recorded output = new TestCells.Recorded();
    cells.run(
        """
        List<String> traced() { new Throwable("here").printStackTrace(); return List.of(); }
        var traces =
            traced();
        """,
        output);
    assertThat(output.err().lines().map(String::strip).skip(2))
        .containsExactly("at In[" + cells.last() + "]:3");
  }

  @Test
  void aStackOverflowIsAnError() {
    Failed failed = cells.failure("int deep(int n) { return 1 + deep(n + 1); }\ndeep(0)");
    assertThat(failed.name()).isEqualTo("StackOverflowError");
    assertThat(plain(failed)).contains("more times").doesNotContain("wirebook.", "java.util.");
  }

  @Test
  void theLineOfAnExceptionIsTheOneItIsIn() {
    assertThat(plain(cells.failure("int ln = 1;\n1 / (ln - 1)")))
        .contains("at In[" + cells.last() + "]:2");
    assertThat(plain(cells.failure("\n\n1 / 0"))).contains("at In[" + cells.last() + "]:3");
    assertThat(plain(cells.failure("/* x\n*/\n// y\n\nint lq = 1 / 0;")))
        .contains("at In[" + cells.last() + "]:5");
    assertThat(plain(cells.failure("List.of(1)\n  .stream()\n  .map(x -> x / 0)\n  .toList()")))
        .contains("at a lambda, In[" + cells.last() + "]:3")
        .contains("at In[" + cells.last() + "]:4");
    assertThat(plain(cells.failure("%%wire\nint lw = 1;\n1 / 0")))
        .contains("at In[" + cells.last() + "]:3");
    assertThat(plain(cells.failure("%%wire\nint lw = \"x\";")))
        .contains("In[" + cells.last() + "]:2: error");
  }

  @Test
  void whatACauseHasSuppressedIsToldAsWell() {
    String text =
        plain(
            cells.failure(
                """
                var inner = new IllegalStateException("inner");
                inner.addSuppressed(new Error("while closing"));
                throw new RuntimeException("outer", inner);
                """));
    assertThat(text).contains("caused by: IllegalStateException: inner");
    assertThat(text).contains("suppressed: Error: while closing");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "StackTraceElement[] getStackTrace() { throw new IllegalStateException(); }",
        "StackTraceElement[] getStackTrace() { return null; }",
        "Throwable getCause() { throw new StackOverflowError(); }",
        "Throwable getCause() { return this; }",
        "String getMessage() { throw new IllegalStateException(); }",
      })
  void anExceptionThatFailsWhenItIsLookedAtIsToldAndTheWorkerStays(String method) {
    cells.out("int there = 5;");
    assertThat(cells.failure("throw new java.io.IOException(\"m\") { public " + method + " };"))
        .extracting(Failed::name)
        .isEqualTo("java.io.IOException");
    assertThat(cells.value("there")).contains("5");
  }

  @Test
  void ofManySuppressedExceptionsTheFirstAreShownAndTheOthersCounted() {
    assertThat(
            plain(
                cells.failure(
                    "var all = new Exception(\"all\");\n"
                        + "for (int i = 0; i < 3000; i++) all.addSuppressed(new Exception(\"e\" +"
                        + " i));\nthrow all;")))
        .contains("suppressed: Exception: e9\n")
        .doesNotContain("e10")
        .contains("… (2,990 more suppressed)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "System.out.close();\nSystem.err.close();",
        "try (var writer = new PrintWriter(System.out)) { writer.print(\"\"); }",
        "System.setOut(null);\nSystem.setErr(null);",
        "new Scanner(System.in).close();",
      })
  void aCellThatClosesItsStreamsHasClosedThemForItselfAlone(String code) {
    cells.out(code);
    TestCells.Recorded output = new TestCells.Recorded();
    output.answer = Optional.of("in");
    cells.run(
        "System.out.print(\"out\" + new Scanner(System.in).next());\nSystem.err.print(\"err\");",
        output);
    assertThat(output.out()).isEqualTo("outin");
    assertThat(output.err()).isEqualTo("err");
  }

  @Test
  void whatIsTooLargeIsAnErrorWithAdviceAndTheWorkerStays() {
    cells.out("int kept = 5;");
    assertThat(plain(cells.failure("new int[Integer.MAX_VALUE]")))
        .contains("OutOfMemoryError: Requested array size exceeds VM limit")
        .endsWith("no array has more than 2^31 - 1 elements, and no text more characters");
    assertThat(plain(cells.failure("new long[Integer.MAX_VALUE - 8]")))
        .contains("OutOfMemoryError: Java heap space")
        .contains("set to null what is big");
    assertThat(cells.value("kept")).contains("5");
  }

  @Test
  void onALargeMachineCellsHaveTwoGigabytesAndOnASmallOneItsShare() {
    assertThat(cells.value("Runtime.getRuntime().maxMemory() <= 2L << 30")).contains("true");
  }

  @Test
  void aTerminalsEscapesInTheMessageOfAnExceptionAreShownNotSent() {
    Failed failed = cells.failure("throw new Error(\"a\\u001b]52;c;aGk=\\u0007\\nb\");");
    assertThat(plain(failed)).contains("a\\x1b]52;c;aGk=\\x07\nb");
    assertThat(failed.message()).isEqualTo("a\\x1b]52;c;aGk=\\x07\nb");
  }

  @Test
  void whatIsTooLargeForAClassFileIsToldAndTheNextCellsRun() {
    Failed failed = cells.failure("int fits = 1;\nString q = \"" + "x".repeat(70_000) + "\";");
    assertThat(failed.message()).isEqualTo("constant string too long");
    assertThat(String.join("\n", failed.traceback()))
        .contains("]:2")
        .contains("Files.readString")
        .hasSizeLessThan(2_000);
    assertThat(cells.value("fits + 1")).contains("2");
    assertThat(cells.failure("q").message()).contains("cannot find symbol");
    assertThat(cells.failure("f(\"" + "é".repeat(40_000) + "\")").message()).isNotEmpty();
    failed = cells.failure("void big(int a) {\n" + "a = a * 3 + 1;\n".repeat(20_000) + "}");
    assertThat(failed.message()).isEqualTo("code too large");
    assertThat(cells.value("String q = \"short\"; q")).contains("short");
  }

  @ParameterizedTest
  @ValueSource(strings = {"String s = \"%s\";", "var s = \"%s\";1", "f(\"%s\")"})
  void aStringThatIsTooLongIsNoMatterForTheNextCell(String code) {
    cells.failure(code.formatted("x".repeat(70_000)));
    assertThat(cells.value("int next = 20; next++; next")).contains("21");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1+", "(", "-", "new int[]{"})
  void whatIsNestedTooDeeplyForTheCompilerIsToldAndTheNextCellRuns(String nested) {
    Failed failed = cells.failure("int x = " + nested.repeat(20_000) + "1;");
    assertThat(failed.name()).isEqualTo("CompilationError");
    assertThat(failed.message()).contains("nested too deeply");
    assertThat(cells.value("1 + 1")).contains("2");
  }

  @Test
  void standardInputAsksThePerson() {
    TestCells.Recorded output = new TestCells.Recorded();
    output.answer = java.util.Optional.of("zażółć 😀");
    cells.run("System.out.println(\"got:\" + new Scanner(System.in).nextLine());", output);
    assertThat(output.out()).isEqualTo("got:zażółć 😀\n");
  }

  @Test
  void aCellAsksForALineAndForAPassword() {
    TestCells.Recorded output = new TestCells.Recorded();
    output.answer = java.util.Optional.of("é7");
    cells.run(
        "System.out.print(readLine(\"Name? \") + new String(readPassword(\"Password: \")));",
        output);
    assertThat(output.out()).isEqualTo("é7é7");
    cells.run("System.out.print(readLine());", output);
    assertThat(output.out()).isEqualTo("é7é7é7");
    assertThat(output.prompts).containsExactly("Name? ", "secretly Password: ", "");
    assertThat(plain(cells.failure("readLine(1, 2)"))).doesNotContain("wirebook.");
  }

  @Test
  void aNameThatIsNoneInAMagicIsToldWithoutAPlaceThatHasNoName() {
    assertThat(plain(cells.failure("%curl ${nosuchUrl}")))
        .contains("symbol:   variable nosuchUrl")
        .doesNotContain("location:");
  }

  @Test
  void thePromptOfReadlnStandsAtTheBoxAlsoInAMethodAndALambda() {
    TestCells.Recorded output = new TestCells.Recorded();
    output.answer = java.util.Optional.of("Ada");
    cells.run(
        """
        String ask() { return IO.readln("a? "); }
        Supplier<String> asks = () -> IO.readln("b? ");
        IO.println(ask() + asks.get() + IO.readln("c? ") + IO.readln());
        """,
        output);
    assertThat(output.out()).isEqualTo("AdaAdaAdaAda\n");
    assertThat(output.prompts).containsExactly("a? ", "b? ", "c? ", "");
  }

  @Test
  void oneLongFieldMakesNoWideTableOfManyRows() {
    String declared =
        """
        record Page(String body, int code, List<String> tags) {}
        var pages = new ArrayList<Page>();
        for (int i = 0; i < 1000; i++) { pages.add(new Page("x".repeat(100), 200, List.of("t"))); }
        pages.set(5, new Page("y".repeat(90_000), 404, List.of("z".repeat(50_000))));
        """;
    cells.out(declared);
    for (String value : List.of("pages", "pages.toArray(Page[]::new)")) {
      MimeBundle shown = cells.bundle(value);
      List<String> lines = shown.text().lines().toList();
      assertThat(lines).hasSizeGreaterThan(500).allMatch(line -> line.length() < 200);
      assertThat(lines.get(7)).contains("y".repeat(79) + "…  404");
      assertThat(shown.data().get(MimeBundle.HTML))
          .contains("y".repeat(1000) + " … (89,000 more characters)")
          .hasSizeLessThan(2_000_000);
    }
    assertThat(cells.value("pages.get(5)").orElseThrow()).contains("y".repeat(90_000));
  }

  @Test
  void whatIsLargerThanAValueMayShowIsCutAndCounted() {
    MimeBundle shown = cells.bundle("render(\"x\".repeat(9 << 20), \"text/html\", \"text/plain\")");
    assertThat(shown.text())
        .hasSizeLessThan(101_000)
        .contains("9,437,184 of text/html")
        .contains("16 MB");
    assertThat(cells.failure("throw new Error(\"x\".repeat(100 << 20))").message())
        .hasSizeLessThan(101_000);
    assertThat(cells.failure("openComm(\"a\", Map.of(\"x\", \"x\".repeat(70 << 20)))").message())
        .contains("67,108,864");
    assertThat(cells.value("1 + 1")).contains("2");
  }

  @Test
  void manyLinesArriveInOrder() {
    String out =
        cells.out("for (int i = 0; i < 10_000; i++) { System.out.println(\"line \" + i); }");
    assertThat(out.lines().count()).isEqualTo(10_000);
    assertThat(out).startsWith("line 0\nline 1\n").endsWith("line 9999\n");
  }

  @Test
  void bytesAndBothStreamsAreKeptApart() {
    TestCells.Recorded output = new TestCells.Recorded();
    cells.run(
        "System.out.write(72); System.out.write(105); System.out.flush(); System.err.print(\"e\");",
        output);
    assertThat(output.out()).isEqualTo("Hi");
    assertThat(output.err()).isEqualTo("e");
  }

  @Test
  void aThreadPrintsToTheCellThatStartedItAlsoAfterItsEnd() {
    TestCells.Recorded first = new TestCells.Recorded();
    cells.run(
        "var go = new CountDownLatch(1);\n"
            + "new Thread(() -> { try { go.await(); System.out.println(\"late\"); } catch"
            + " (InterruptedException e) { } }).start();",
        first);
    TestCells.Recorded second = new TestCells.Recorded();
    cells.run("go.countDown(); System.out.println(\"own\");", second);
    await().until(() -> first.out().equals("late\n"));
    assertThat(second.out()).isEqualTo("own\n");
  }

  @Test
  void anExceptionInAThreadIsToldOnItsCellsStandardError() {
    TestCells.Recorded output = new TestCells.Recorded();
    cells.run(
        """
        Thread tt = new Thread(() -> {
          throw new IllegalStateException("thread-boom"); });
        tt.start(); tt.join();
        """,
        output);
    await().until(() -> output.err().contains("IllegalStateException: thread-boom"));
    assertThat(output.err()).contains("In[" + cells.last() + "]:2");
  }

  @Test
  void anUnknownMagicIsAnsweredWithAPlace() {
    assertThat(plain(cells.failure("int z = 1;\n%nosuchmagic x")))
        .contains(":2: error: There is no magic %nosuchmagic");
    assertThat(plain(cells.failure("%wget http://httpbin.org/"))).contains("%curl -O URL");
  }

  @Test
  void helpIsGivenToWhoAsksAsInATerminalUnlessTheToolHasItsOwn() {
    assertThat(cells.out("%serve --help")).startsWith("%serve [PORT]").contains("--max-body SIZE");
    assertThat(cells.out("%venv --help")).startsWith("%venv [NAME");
    assertThat(cells.out("%load --help")).startsWith("%load URL");
    assertThat(cells.out("%javaenv --help")).startsWith("%javaenv NAME");
    assertThat(cells.out("%curl --help")).startsWith("Usage: curl");
    assertThat(plain(cells.failure("%serve --hepl"))).contains("%serve has no option --hepl");
  }

  @Test
  void redefiningAMethodKeepsTheVariablesMadeWithIt() {
    cells.out("int grow(int x) { return x + 1; }\nint grown = grow(1);");
    cells.out("long grow(int x) { Runnable unused = () -> {}; return x + 10; }");
    assertThat(cells.value("grown + \" \" + grow(1)")).contains("2 11");
  }

  @Test
  void aMagicsValueCanBeAssigned() {
    cells.out("var status = %internet");
    assertThat(cells.value("status.getClass().getSimpleName()")).contains("LabStatus");
  }

  @Test
  void redefiningAClassKeepsItsInstances() {
    cells.out(
        "class Kept { int v() { return 1; } }\n"
            + "Kept instance = new Kept(); int before = instance.v();");
    cells.out("class Kept { int v() { for (int i = 0; i < 3; i++) { } return 2; } }");
    assertThat(cells.value("before + \" \" + instance.v()")).contains("1 2");
  }

  @Test
  void aVariableOfAClassOfAnotherShapeIsSaidToBeLost() {
    cells.out("class Grown { }\nGrown small = new Grown(); int other = 5;");
    TestCells.Recorded output = new TestCells.Recorded();
    cells.run("class Grown { int size = 3; }", output);
    assertThat(output.err()).contains("small");
    assertThat(cells.value("small")).isEmpty();
    assertThat(cells.value("other")).contains("5");
  }
}
