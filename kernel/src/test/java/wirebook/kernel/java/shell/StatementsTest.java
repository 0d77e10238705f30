package wirebook.kernel.java.shell;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import wirebook.kernel.java.TestCells;
import wirebook.kernel.java.complaints.Failures;

/** What is declared when a statement of the same cell runs. */
@Tag("slow")
class StatementsTest {
  private static TestCells cells;

  @BeforeAll
  static void start() {
    cells = new TestCells();
  }

  @AfterAll
  static void stop() {
    cells.close();
  }

  private static String err(String code) {
    TestCells.Recorded output = new TestCells.Recorded();
    cells.run(code, output);
    return output.err();
  }

  @Test
  void aMethodCallsAnOverloadThatIsDeclaredBelowIt() {
    assertThat(
            cells.value(
                """
                boolean isPalindrome(String s) { return isPalindrome(s, 0, s.length() - 1); }
                boolean isPalindrome(String s, int i, int j) {
                  return i >= j || s.charAt(i) == s.charAt(j) && isPalindrome(s, i + 1, j - 1);
                }
                isPalindrome("racecar")"""))
        .contains("true");
    assertThat(
            cells.value(
                """
                long fib(int n) { return fib(n, new HashMap<>()); }
                long fib(int n, Map<Integer, Long> memo) {
                  if (n < 2) return n;
                  if (!memo.containsKey(n)) memo.put(n, fib(n - 1, memo) + fib(n - 2, memo));
                  return memo.get(n);
                }
                fib(50)"""))
        .contains("12586269025");
    assertThat(
            cells.value(
                """
                int sum(int... xs) { return sum(xs, xs.length); }
                int sum(int[] xs, int n) { return n == 0 ? 0 : xs[n - 1] + sum(xs, n - 1); }
                sum(1, 2, 3)"""))
        .contains("6");
  }

  @Test
  void itDoesSoWhenThereAreOtherOverloads() {
    cells.out("int pick(int a) { return 1; }\nint pick(int a, int b) { return 2; }");
    assertThat(
            cells.value(
                """
                int pick(String s) { return pick(1, 2, 3); }
                int pick(int a, int b, int c) { return 3; }
                pick("x")"""))
        .contains("3");
  }

  @Test
  void anOverloadMayFollowInALaterCell() {
    assertThat(err("void sort(int[] a) { sort(a, 0, a.length - 1); }"))
        .startsWith("sort cannot be called: method sort cannot be applied to given types");
    assertThat(err("int other = 1;")).isEmpty();
    cells.out("void sort(int[] a, int lo, int hi) { Arrays.sort(a); }");
    assertThat(cells.value("int[] xs = {3, 1, 2};\nsort(xs);\nxs")).contains("[1, 2, 3]");
  }

  @Test
  void aStatementMayCallWhatIsDeclaredBelowIt() {
    assertThat(
            cells.out(
                """
                greet();
                void greet() { greet("world"); }
                void greet(String s) { System.out.println("hello " + s); }"""))
        .isEqualTo("hello world\n");
    assertThat(
            cells.value(
                """
                Lower lower = new Lower();
                class Lower extends Upper {}
                class Upper { int v = 7; }
                lower.v"""))
        .contains("7");
    assertThat(
            cells.value(
                """
                long crc = check();
                import java.util.zip.CRC32;
                long check() { return new CRC32().getValue(); }
                crc"""))
        .contains("0");
  }

  @Test
  void aCellThatWasChangedRunsAsItStandsNow() {
    cells.out("System.out.println(version());\nint version() { return 1; }");
    assertThat(cells.out("System.out.println(version());\nint version() { return 2; }"))
        .isEqualTo("2\n");
  }

  @Test
  void whatIsDeclaredTwiceIsInForceFromWhereItStands() {
    assertThat(
            cells.out(
                """
                int once() { return 1; }
                System.out.println(once());
                int once() { return 2; }
                System.out.println(once());"""))
        .isEqualTo("1\n2\n");
  }

  @Test
  void whatWaitsForTheCellsOwnDeclarationsIsNotTold() {
    cells.out("void start() { first(); }\nvoid first() {}");
    assertThat(err("void start() { second(); }\nvoid second() {}")).isEmpty();
  }

  @Test
  void aCallThatNoOverloadCanMendIsAnErrorAtOnce() {
    assertThat(cells.failure("String cut() { return \"a\".substring(\"x\"); }").message())
        .isEqualTo("incompatible types: String cannot be converted to int");
  }

  @Test
  void collectionsThatKeepObjectsOfAnEarlierClassAreNamed() {
    cells.out(
        """
        class Dog { String name = "a"; }
        List<Dog> dogs = new ArrayList<>(List.of(new Dog()));
        Map<String, Dog> byName = new HashMap<>();""");
    assertThat(err("class Dog { String name = \"a\"; int age; }"))
        .contains("dogs, byName may still hold what was made of the Dog before this one");
    assertThat(
            Failures.plain(String.join("\n", cells.failure("for (Dog dog : dogs) {}").traceback())))
        .contains("made before Dog was declared anew");
  }

  @Test
  void anExceptionNamesVariables() {
    assertThat(cells.failure("int len(String text) { return text.length(); }\nlen(null)").message())
        .contains("because \"text\" is null");
  }

  @Test
  void elseAloneIsOneError() {
    assertThat(Failures.plain(String.join("\n", cells.failure("else").traceback())))
        .containsOnlyOnce("error:");
  }

  @Test
  void aRemainderMayBeginALine() {
    assertThat(
            cells.value(
                """
                IntBinaryOperator mod = (a, b) -> a
                  %b;
                int left = 17, right = 5;
                int both = left
                  %right
                  + 1;
                mod.applyAsInt(7, 4) + both"""))
        .contains("6");
  }

  @Test
  void manyStatementsAreOneBlockAndDoTheSame() {
    cells.out("long many = 0;");
    assertThat(cells.value("many += 1;\n".repeat(3000) + "many")).contains("3000");
    assertThat(cells.value("many++; // one more\n".repeat(70) + "many + 1;\nmany"))
        .contains("3070");
  }

  @Test
  void oneOfManyThatIsNoStatementInABlockRunsAll() {
    cells.out("int counted = 0;");
    String lines = "counted++;\n".repeat(50);
    assertThat(cells.value(lines + "counted + 1;\nint between = counted;\n" + lines + "between"))
        .contains("50");
    assertThat(cells.value("counted")).contains("100");
  }

  @Test
  void anExceptionInOneOfManyHasItsLine() {
    cells.out("int[] one = new int[1];");
    String lines = "one[0]++;\n".repeat(50);
    assertThat(
            Failures.plain(
                String.join(
                    "\n", cells.failure(lines + "one[1]++;\n" + lines + "one").traceback())))
        .contains("at In[" + cells.last() + "]:51");
    assertThat(cells.value("one[0]")).contains("50");
  }

  @Test
  void anErrorInOneOfManyStopsBeforeIt() {
    cells.out("int before = 0;");
    String lines = "before++;\n".repeat(50);
    assertThat(
            Failures.plain(
                String.join("\n", cells.failure(lines + "nothing++;\n" + lines).traceback())))
        .contains("In[" + cells.last() + "]:51: error: cannot find symbol");
    assertThat(cells.value("before")).contains("50");
  }
}
