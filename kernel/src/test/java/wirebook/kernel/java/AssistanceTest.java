package wirebook.kernel.java;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import wirebook.kernel.java.assist.Signature;
import wirebook.kernel.java.shell.JdkTypes;
import wirebook.kernel.session.Interpreter.Completeness;
import wirebook.kernel.session.Interpreter.Completion;
import wirebook.kernel.session.Interpreter.Match;

@Tag("slow")
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
  @Timeout(30)
  void longCodeBeforeTheCursorTakesNoLongTime() {
    String comment = "// " + "x".repeat(100_000) + "\n";
    offers(comment + "\"abc\".toUpp", comment + "\"abc\".toUpperCase");
    assertThat(cells.interpreter.inspect(comment + "Math.max", comment.length() + 8, 0))
        .isPresent();
    String names = "int " + "y".repeat(50_000) + " = 1;\n";
    offers(names + "\"abc\".toUpp", names + "\"abc\".toUpperCase");
    String data = "var data = \"\"\"\n" + "1.5 Alpha::beta @gamma,\n".repeat(2000) + "\"\"\";\n";
    offers(data + "data.toUpp", data + "data.toUpperCase");
    assertThat(cells.interpreter.inspect(data + "data.length", data.length() + 9, 0)).isPresent();
  }

  @Test
  @Timeout(60)
  void megabytesBeforeTheCursorHoldNobodyUp() {
    for (String start :
        List.of(
            "var data = \"" + "x".repeat(4_000_000) + "\";\n",
            "var data = \"\"\"\n" + "x y z\n".repeat(700_000) + "\"\"\";\n",
            "// " + "x".repeat(4_000_000) + "\n",
            "int[] data = {" + "1, ".repeat(1_300_000) + "};\n",
            "int x = 1; foo(x);\n".repeat(50_000),
            "void work() {\n" + "int x = 1; foo(x);\n".repeat(50_000))) {
      offers(start + "\"abc\".toUpp", start + "\"abc\".toUpperCase");
    }
    String text = "var data = \"" + "x".repeat(4_000_000) + "\";\n";
    assertThat(cells.interpreter.inspect(text + "Math.max", text.length() + 8, 0)).isPresent();
    assertThat(complete("int " + "y".repeat(4_000_000)).matches()).isEmpty();
    assertThat(complete("var open = \"" + "y".repeat(4_000_000)).matches()).isEmpty();
    assertThat(complete("1" + " + 1".repeat(1_000_000) + " + qqqZ").matches()).isEmpty();
  }

  @Test
  void aCellOfManyStatementsKnowsWhatTheyDeclare() {
    String start = "int x = 1; Math.max(x, 2); // more of it\n".repeat(500);
    offers(
        start + "String text = \"\";\ntext.toUpp", start + "String text = \"\";\ntext.toUpperCase");
    offers("int first = 3; " + start + "fir", "int first = 3; " + start + "first");
    assertThat(cells.interpreter.isComplete(start + "if (x > 1) { }"))
        .isEqualTo(new Completeness.Complete());
    assertThat(cells.interpreter.isComplete(start + "if (x > 1) {"))
        .isEqualTo(new Completeness.Incomplete("    "));
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

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "for (String line : List.of(\"\")) { li| line",
        "int local = 3; loc| local",
        "void twice(int number) { int doubled = num| number",
        "record Person(int age) { int next() { return ag| age",
        "Stream.of(\"a\").map(word -> wo| word",
        "Runnable r = () -> { int inner = 2; in| inner",
        "try { } catch (Exception failure) { fai| failure",
        "if (new Object() instanceof String text) tex| text",
        "int helper(int a) { return a; } hel| helper",
      })
  void whatIsDeclaredAroundTheCursorIsOfferedFirst(String code, String name) {
    assertThat(complete(code).matches()).map(Match::text).first().isEqualTo(name);
  }

  @Test
  void allLocalVariablesOfALongCellAreOffered() {
    StringBuilder cell = new StringBuilder("void work(List<String> given) {\n");
    for (int i = 0; i < 40; i++) {
      cell.append("  for (int k = 0; k < 3; k++) { System.out.println(k); }\n")
          .append("  List<Map<String, Integer>> local" + i + " = new ArrayList<>();\n");
    }
    assertThat(complete(cell + "  loc").matches())
        .map(Match::text)
        .startsWith("local39")
        .hasSize(40);
    offers(cell + "  local7.getFir", cell + "  local7.getFirst");
    offers(cell + "  given.getFirst().len", cell + "  given.getFirst().length");
  }

  @Test
  void aVariableThatIsOutOfScopeIsNotOffered() {
    assertThat(complete("{ int vanished = 1; } van").matches()).isEmpty();
  }

  @Test
  void packagesAreOfferedWhileTheirNameIsWritten() {
    offers("import ja", "import java.");
    offers("import java.util.conc", "import java.util.concurrent.");
    offers("import static java.util.str", "import static java.util.stream.");
    offers("java.util.conc", "java.util.concurrent.");
    offers("import java.util.", "import java.util.function.");
    assertThat(complete("java.util.concurrent.atomicx").matches()).isEmpty();
    assertThat(complete("fooBarBaz.conc").matches()).isEmpty();
  }

  @Test
  void theStudentsOwnNamesComeFirstAndThoseOfEveryObjectLast() {
    assertThat(complete("").matches()).map(Match::text).startsWith("fooBarBaz", "Zed");
    assertThat(complete("new Zed().").matches()).map(Match::text).startsWith("twice");
    assertThat(complete("\"\".").matches()).map(Match::text).last().isEqualTo("wait");
    assertThat(complete("fl").matches()).contains(new Match("float", "keyword", ""));
  }

  @Test
  void annotationsMethodReferencesAndTypesWithoutAnImportAreOffered() {
    offers("@Over", "@Override");
    offers("class Own { @Dep", "class Own { @Deprecated");
    assertThat(complete("Stream.of(\"\").map(String::").matches())
        .map(Match::text)
        .contains("valueOf", "length", "new");
    assertThat(complete("Zed::tw").matches()).map(Match::text).containsExactly("twice");
    offers("BufferedIma", "java.awt.image.BufferedImage");
  }

  @Test
  void insideOfAStringThereAreFilesAndInACommentThereIsNothing(@TempDir Path folder)
      throws IOException {
    Files.writeString(folder.resolve("notes.txt"), "");
    Files.createDirectory(folder.resolve("data"));
    offers("Path.of(\"" + folder + "/no", "Path.of(\"" + folder + "/notes.txt");
    offers("new File(\"" + folder + "/d", "new File(\"" + folder + "/data/");
    offers("%curl -F file=@" + folder + "/no", "%curl -F file=@" + folder + "/notes.txt");
    assertThat(complete("// fooB").matches()).isEmpty();
    assertThat(complete("/* fooB").matches()).isEmpty();
    assertThat(complete("\"fooB").matches()).isEmpty();
    assertThat(complete("\"\"\"\nfooB").matches()).isEmpty();
    assertThat(complete("'f").matches()).isEmpty();
  }

  @Test
  void javaInMagicsIsCompletedAsJava() {
    offers("%time fooB", "%time fooBarBaz");
    offers("%%time\nint x = 1;\nfooB", "%%time\nint x = 1;\nfooBarBaz");
    offers("%%time\n%intern", "%%time\n%internet");
  }

  @Test
  void whatAMagicWantsAtAPlaceComesFirst() {
    assertThat(complete("%dig ").matches().getFirst().type()).isEqualTo("host");
    assertThat(complete("%dig google.com ").matches().getFirst().type()).isEqualTo("type");
    offers("%curl http://httpb", "%curl http://httpbin.org");
    assertThat(complete("%curl -noa").matches()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "%ip route , get",
    "%ip -br addr , show",
    "%ss state , established",
    "%ss -tn state , time-wait",
    "%ss -f , inet6",
    "%internet bogus X , expired",
    "%venv shop , pip",
    "%venv , list",
    "%socket socket AF_INET , SOCK_STREAM",
    "%ssh-keygen -t , ed25519",
    "%nslookup -type=, -type=MX",
    "%wire show tcp , port",
  })
  void theWordsOfAMagicAreOfferedWhereTheyStand(String typed, String offered) {
    // The last blank counts, which the list of cases cannot have.
    String line = typed.endsWith("=") ? typed : typed + " ";
    assertThat(complete(line).matches()).map(Match::text).contains(offered);
  }

  @Test
  void whereNothingCanStandNothingIsOffered() {
    assertThat(complete("%internet lab ").matches()).isEmpty();
    assertThat(complete("%internet bogus X ").matches()).hasSize(4);
    assertThat(complete("%nc -l ").matches()).isEmpty();
  }

  @Test
  void magicsAndTheirValuesAreOffered() {
    offers("int x = 1;\n%intern", "int x = 1;\n%internet");
    offers("%internet l", "%internet lab");
  }

  @Test
  void inTheLinesOfServeItsOwnMethodsAndTheRequestAreKnown() {
    offers("%%serve 0\nge", "%%serve 0\nget");
    offers(
        "%%serve 0\nget(\"/{id}\", request -> request.param",
        "%%serve 0\nget(\"/{id}\", request -> request.parameter");
    offers(
        "%%serve 0\nwebsocket(\"/\", socket -> socket.rec",
        "%%serve 0\nwebsocket(\"/\", socket -> socket.receiveText");
    assertThat(inspect("%%serve 0\nget(\"/\", request -> request.query|(\"a\"));"))
        .contains("Request.query(String");
    assertThat(inspect("%%serve 0\nge|t(\"/\", request -> 1);")).contains("Handlers.get(String");
    assertThat(inspect("%%ser|ve 0\nget(\"/\", request -> 1);")).contains("--httpbin");
  }

  @Test
  void whatCanBeDoneWithServersIsOfferedAndTheirPorts() {
    offers("%serve re", "%serve restart");
    String port = cells.out("%serve 0").replaceAll("(?s)http://127\\.0\\.0\\.1:(\\d+)/.*", "$1");
    offers("%serve stop ", "%serve stop " + port);
    cells.out("%serve stop " + port);
    assertThat(complete("%serve stop ").matches()).map(Match::text).doesNotContain(port);
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
  void whatIsCreatedIsAClassWithThePartsOfItsConstructor() {
    assertThat(complete("new ArrayL").matches())
        .containsExactly(new Match("ArrayList", "class", "(), and 2 more"));
    assertThat(complete("new Ze").matches()).containsExactly(new Match("Zed", "class", "()"));
  }

  @Test
  void whatATypeInheritsIsOfferedInIt() {
    offers(
        "class Task extends Thread { public void run() { setDae",
        "class Task extends Thread { public void run() { setDaemon");
    offers(
        "enum Level { LOW; boolean low() { return ordi",
        "enum Level { LOW; boolean low() { return ordinal");
    assertThat(complete("class Own { void run() { setDae").matches()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Collectors.toMap(each -> each.",
        "Collectors.groupingBy(each -> each.",
        "Collectors.groupingBy(String::length, Collectors.mapping(each -> each."
      })
  void whatACollectorIsGivenIsOfTheStreamsElements(String collector) {
    String code = "Stream.of(\"\").collect(" + collector;
    offers(code + "isBla", code + "isBlank");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      value = {
        "<T extends Comparable<T>> T most(List<T> all) { T best = all.getFirst(); best.compareT#o",
        "class Box<T extends Number> { T value; int f() { return value.intV#alue",
        "static <K, V> void each(Map<K, V> all, V other) { other.hash#Code",
      })
  void ofAValueOfATypeVariableItIsTheBoundsMembers(String code, String rest) {
    offers(code, code + rest);
  }

  @Test
  void modulesAreOfferedToImport() {
    offers("import module java.net.h", "import module java.net.http");
    assertThat(complete("import module ").matches())
        .map(Match::text)
        .first()
        .isEqualTo("java.base");
  }

  @Test
  void cloneIsOfferedWhereItCanBeCalled() {
    assertThat(complete("new Zed().").matches()).map(Match::text).doesNotContain("clone");
    assertThat(complete("\"\".clo").matches()).isEmpty();
    offers("new ArrayList<String>().clo", "new ArrayList<String>().clone");
    offers("new int[1].clo", "new int[1].clone");
    offers(
        "class Own { Object copy() { return this.clo",
        "class Own { Object copy() { return this.clone");
  }

  @Test
  void whatHandlersTakeAndMagicsGiveIsOfferedWithItsPackage() {
    offers("Respon", "wirebook.engine.http.server.Response");
    offers("HttpTransf", "wirebook.engine.http.HttpTransfer");
  }

  @Test
  void theCursorMayStandWithinALine() {
    String code = "\"😀\".toUpp + fooBarBaz";
    Completion completion = cells.interpreter.complete(code, 10);
    assertThat(completion).extracting(Completion::start, Completion::end).containsExactly(5, 10);
    assertThat(completion.matches()).map(Match::text).containsExactly("toUpperCase");
  }

  @Test
  void keywordsAreOfferedWhereAStatementCanStand() {
    offers("impo", "import");
    offers("try { } cat", "try { } catch");
    offers("class Bus ext", "class Bus extends");
    assertThat(complete("\"\".ret").matches()).isEmpty();
    assertThat(complete("new Zed().thro").matches()).isEmpty();
    assertThat(complete("new retu").matches()).isEmpty();
  }

  @Test
  void theActionsOfAMagicAndTheMethodsOfHttpAreOffered() {
    offers("%ip r", "%ip route");
    offers("%wire sh", "%wire show");
    offers("%internet f", "%internet fail");
    assertThat(complete("%internet fail l").matches()).map(Match::type).doesNotContain("action");
    assertThat(complete("%curl -X P").matches())
        .map(Match::text)
        .containsExactly("POST", "PUT", "PATCH");
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

  private static String source(String code) {
    return cells.interpreter.inspect(code, code.length(), 1).orElseThrow().text();
  }

  @Test
  void twoQuestionMarksAskForTheSource() {
    cells.out(
        """
        /** Greets. */
        String greet(String name) {
          return "hi " + name;
        }
        <T> T first(List<T> all) { return all.getFirst(); }
        record Pair(int left) {
          /** Twice. */
          int twice() {
            return 2 * left;
          }
          /** Within. */
          static class In { In(int a) { } }
        }
        var pair = new Pair(3);
        """);
    assertThat(source("greet"))
        .isEqualTo(
            "String greet(String name)\n\n    Greets.\n\n    String greet(String name) {\n"
                + "      return \"hi \" + name;\n    }");
    assertThat(source("pair.twice")).endsWith("\n    int twice() {\n      return 2 * left;\n    }");
    assertThat(source("pair.left")).contains("record Pair(int left) {");
    assertThat(source("new Pair.In(")).endsWith("    In(int a) { }");
    assertThat(inspect("Pair.In|")).endsWith("    Within.");
    assertThat(source("first")).endsWith("<T> T first(List<T> all) { return all.getFirst(); }");
    assertThat(source("pair")).isEqualTo("Pair pair\n\n    var pair = new Pair(3);");
    TestCells.Recorded output = new TestCells.Recorded();
    cells.run("greet??", output);
    assertThat(output.displays.getFirst().text()).contains("return \"hi \" + name;");
  }

  @Test
  void theSourceOfTheJdkIsReadWhereItIsInstalled() {
    assumeTrue(Files.isReadable(JdkTypes.SOURCES), "this JDK has no lib/src.zip");
    assertThat(source("Math.max(1")).contains("return (a >= b) ? a : b;");
    assertThat(source("\"text\".substring(1"))
        .contains("Returns a string that is a substring of this string.")
        .contains("return substring(beginIndex, length());");
    assertThat(source("List.copyOf")).contains("return ImmutableCollections.listCopy(coll);");
    assertThat(source("String")).contains("public final class String").contains("more lines");
    assertThat(source("Map.Entry.getKey")).contains("K getKey();");
  }

  @Test
  void whatAListInheritsIsDocumented() {
    assumeTrue(Files.isReadable(JdkTypes.SOURCES), "this JDK has no lib/src.zip");
    assertThat(inspect("List.of(1).str|eam()"))
        .startsWith("Stream<E> Collection<E>.stream()\n\n    Returns a sequential Stream");
  }

  @Test
  void aMethodOfATypesValuesCanBeNamedByTheType() {
    assertThat(inspect("String.isBlank|")).startsWith("boolean String.isBlank()");
  }

  private static String inspect(String code) {
    return cells
        .interpreter
        .inspect(code.replace("|", ""), code.indexOf('|'), 0)
        .orElseThrow()
        .text();
  }

  @Test
  void theOverloadThatIsCalledComesFirst() {
    assertThat(inspect("Integer.parse|Int(\"3\");")).startsWith("int Integer.parseInt(String s)");
    assertThat(inspect("Integer.parse|Int(\"3\", 16)"))
        .startsWith("int Integer.parseInt(String s, int radix)");
    assertThat(inspect("System.out.print|ln(\"text\")"))
        .startsWith("void PrintStream.println(String x)");
    assertThat(inspect("System.out.print|ln(new Zed())"))
        .startsWith("void PrintStream.println(Object x)");
    assertThat(inspect("Math.max|(1.5, 2.5)")).startsWith("double Math.max(double a, double b)");
    assertThat(inspect("Stream.of(1).map(n -> n.intValue()|"))
        .startsWith("Stream<R> Stream<T>.<R>map(");
  }

  @Test
  void aSignatureIsWrittenAsOneReadsIt() {
    assertThat(inspect("fooBarBaz|")).isEqualTo("int fooBarBaz");
    assertThat(inspect("List<String> all = List.of(); al|l.size()")).isEqualTo("List<String> all");
    assertThat(inspect("List.of(1).get|(0)")).startsWith("E List<E>.get(int index)\n");
    assertThat(Signature.of("Pt(int x, int y)(int x, int y)").text()).isEqualTo("Pt(int x, int y)");
    assertThat(Signature.of("Pt(int x, int y).x:int").text()).isEqualTo("int Pt.x");
    assertThat(
            Signature.of(
                    "K Map.Entry<K extends Object, V extends Object>.getKey() throws Exception")
                .call())
        .isEqualTo("() K");
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
        "fooBarBaz > 1 ? 2 : 3",
        "Map<?, ?> any = Map.of()",
        "boolean b = true; Supplier<String> s = b ? String::new : \"\"::trim",
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
        "fooBarBaz > 1 ? 2",
        "fooBarBaz > 1 ? 2 :",
        "fooBarBaz > 1 ? String::new",
        "assert fooBarBaz > 1 :",
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
