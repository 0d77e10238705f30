package wirebook.kernel.cell;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import wirebook.kernel.Seeds;
import wirebook.spi.Span;

class CellParserTest {
  /** What cells are made of, and what could confuse their reader. */
  private static final List<String> TOKENS =
      List.of(
          "%",
          "%%",
          "%dig",
          "%%serve",
          "%dig google.com",
          "!ls -l",
          "!",
          "?",
          "=",
          "var r = ",
          "r",
          "\"",
          "\"\"\"",
          "'",
          "\\",
          "\n",
          "\n",
          "\r\n",
          "\r",
          " ",
          "\t",
          "//",
          "/*",
          "*/",
          "{",
          "}",
          "(",
          ")",
          "[",
          "]",
          ";",
          "${",
          "$'",
          "int x = 1",
          "λ",
          "\ud83d\ude00",
          "\ud83d",
          "<",
          ">",
          ",",
          ".");

  private static String describe(String cell) {
    return CellParser.parse(cell).stream()
        .map(
            part ->
                switch (part) {
                  case Part.Java j -> "java[" + j.text() + "]";
                  case Part.LineMagic m ->
                      m.assignment()
                              .map(a -> a.type().map(t -> t + " ").orElse("") + a.name() + "=")
                              .orElse("")
                          + "line "
                          + m.name()
                          + "["
                          + m.arguments()
                          + "]";
                  case Part.CellMagic m ->
                      "cell " + m.name() + "[" + m.arguments() + "][" + m.body() + "]";
                  case Part.Help h -> "help " + h.subject() + " " + h.name();
                  case Part.Malformed m -> "malformed " + m.diagnostic().id();
                })
        .collect(Collectors.joining(" "));
  }

  @Test
  void aCellWithoutMagicsIsOneJavaPart() {
    assertThat(describe("int x = 1;\n\n// 100 %done\nx"))
        .isEqualTo("java[int x = 1;\n\n// 100 %done\nx]");
  }

  @Test
  void theEmptyCellHasNoParts() {
    assertThat(CellParser.parse("")).isEmpty();
  }

  @Test
  void magicsAndJavaMayTakeTurns() {
    assertThat(describe("int x = 1;\n%dig +short google.com\nx\n  %ip route"))
        .isEqualTo("java[int x = 1;\n] line dig[+short google.com] java[x\n] line ip[route]");
  }

  @Test
  void aMissingSemicolonBeforeAMagicIsNoRemainder() {
    assertThat(describe("x + 1\n%dig a")).isEqualTo("java[x + 1\n] line dig[a]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "String s = \"\"\"\n%dig google.com\n\"\"\";",
        "/*\n%dig google.com\n*/ int x;",
        "f(a,\n%b)",
        "int rest = a\n  % b;",
        "void f() {\n  int rest = a\n    %b;\n}",
        "int[] a = {1, 2\n%b};",
        "char c = '\"'; /*\n%x */",
        "String s = \"\"\"\n  \\\"\"\"\n%x\n\"\"\"",
        "x = a % b",
        "boolean b = c ?\n 1 : 2"
      })
  void insideJavaNothingIsAMagic(String cell) {
    assertThat(CellParser.parse(cell)).hasSize(1).first().isInstanceOf(Part.Java.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "char c = '\"';",
        "char c = '\\'';",
        "String s = \"/*\";",
        "String s = \"\\\"\"; // \"\"\"",
        "String s = \"unfinished",
        "f(\"(\");",
        "/* ( */",
        "String s = \"\"\"\n  a\"\"\";",
        "'{';"
      })
  void afterJavaThatOnlyLooksOpenAMagicIsOne(String java) {
    assertThat(describe(java + "\n%dig a")).isEqualTo("java[" + java + "\n] line dig[a]");
  }

  @Test
  void aMagicCanBeAssigned() {
    assertThat(describe("r = %dig a")).isEqualTo("r=line dig[a]");
    assertThat(describe("var r = %dig a")).isEqualTo("var r=line dig[a]");
    assertThat(describe("final var r=%dig a")).isEqualTo("final var r=line dig[a]");
    assertThat(describe("java.util.Map<String, List<int[]>>[] r = %dig a"))
        .isEqualTo("java.util.Map<String, List<int[]>>[] r=line dig[a]");
  }

  @Test
  void aBackslashAtTheLinesEndCarriesAMagicOn() {
    assertThat(describe("%curl a \\\n  -H 'b' \\\r\n  -d c\nx"))
        .isEqualTo("line curl[a \\\n  -H 'b' \\\r\n  -d c] java[x]");
    assertThat(describe("%curl ^\"a^\" ^\n  -d ^\"b^\n\nc^\" ^\r\n  -k\nx"))
        .isEqualTo("line curl[^\"a^\" ^\n  -d ^\"b^\n\nc^\" ^\r\n  -k] java[x]");
    assertThat(describe("%curl a \\\\\nx")).isEqualTo("line curl[a \\\\] java[x]");
  }

  @Test
  void anOpenQuoteThatIsClosedBelowCarriesAMagicOn() {
    assertThat(describe("%curl --data '{\n  \"a\": 1\n}' b\nx"))
        .isEqualTo("line curl[--data '{\n  \"a\": 1\n}' b] java[x]");
    assertThat(describe("%curl --data $'it\\'s\n' b\nx"))
        .isEqualTo("line curl[--data $'it\\'s\n' b] java[x]");
  }

  @Test
  void anApostropheOrAQuoteNeverClosedDoesNot() {
    assertThat(describe("%ssh echo it's\nchar c = 'x';"))
        .isEqualTo("line ssh[echo it's] java[char c = 'x';]");
    assertThat(describe("%ssh 'a\nint x;")).isEqualTo("line ssh['a] java[int x;]");
  }

  @Test
  void aCellMagicsBodyIsExactlyAsWritten() {
    assertThat(describe("\n%%serve --port 80\n\n// one\n  %dig a\r\n\n"))
        .isEqualTo("java[\n] cell serve[--port 80][\n// one\n  %dig a\r\n\n]");
    assertThat(describe("%%time")).isEqualTo("cell time[][]");
  }

  @Test
  void aCellMagicElsewhereIsMalformed() {
    assertThat(describe("int x;\n%%serve")).isEqualTo("java[int x;\n] malformed CELL005");
    assertThat(describe("// first\n%%serve")).isEqualTo("java[// first\n] malformed CELL005");
    assertThat(describe("var r = %%serve")).isEqualTo("malformed CELL004");
  }

  @Test
  void aMagicInABlockIsMalformed() {
    assertThat(describe("for (;;) {\n  %dig a\n}"))
        .isEqualTo("java[for (;;) {\n] malformed CELL003 java[}]");
  }

  @Test
  void aPercentSignWithoutANameIsMalformed() {
    assertThat(describe("%")).isEqualTo("malformed CELL001");
    assertThat(describe("% dig")).isEqualTo("malformed CELL001");
    assertThat(describe("%dig:a")).isEqualTo("malformed CELL002");
  }

  @Test
  void theQuestionMarkMayStandFirst() {
    assertThat(describe("?String.valueOf")).isEqualTo("help JAVA String.valueOf");
    assertThat(describe("??%dig\n?%%serve")).isEqualTo("help LINE_MAGIC dig help CELL_MAGIC serve");
    assertThat(describe("int x = a\n? b\n: c;")).startsWith("java[");
  }

  @Test
  void aQuestionMarkAsksForHelp() {
    assertThat(describe("%dig?\n")).isEqualTo("help LINE_MAGIC dig");
    assertThat(describe("%%serve??")).isEqualTo("help CELL_MAGIC serve");
    assertThat(describe("String.valueOf?\nint x;"))
        .isEqualTo("help JAVA String.valueOf java[int x;]");
    assertThat(describe("%dig google.com?")).isEqualTo("line dig[google.com?]");
  }

  @Test
  void spansPointIntoTheCell() {
    String cell = "int x;\nvar r = %dig  google.com\n";
    Part.LineMagic magic = (Part.LineMagic) CellParser.parse(cell).get(1);
    assertThat(text(cell, magic.nameSpan())).isEqualTo("dig");
    assertThat(text(cell, magic.argumentsSpan())).isEqualTo("google.com");
    assertThat(magic.assignment().map(a -> text(cell, a.nameSpan()))).isEqualTo(Optional.of("r"));
  }

  @Test
  void anyTextAndItsEveryPrefixHasPartsThatJoinedAreTheText() {
    for (long seed : Seeds.of(400)) {
      RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
      StringBuilder cell = new StringBuilder();
      for (int n = random.nextInt(40); n > 0; n--) {
        cell.append(TOKENS.get(random.nextInt(TOKENS.size())));
      }
      for (int length = 0; length <= cell.length(); length++) {
        checkParts(seed, cell.substring(0, length));
      }
    }
  }

  private static void checkParts(long seed, String cell) {
    List<Part> parts = CellParser.parse(cell);
    String where = "seed " + seed + ", cell <" + cell + ">";
    int at = 0;
    for (Part part : parts) {
      assertThat(part.span().start()).as(where).isEqualTo(at);
      assertThat(part.span().end()).as(where).isGreaterThan(at);
      assertThat(part.text()).as(where).isEqualTo(text(cell, part.span()));
      at = part.span().end();
      switch (part) {
        case Part.Java j -> {}
        case Part.LineMagic m -> {
          assertThat(m.arguments()).as(where).isEqualTo(text(cell, m.argumentsSpan()));
          assertThat(text(cell, m.nameSpan())).as(where).isIn(m.name(), "!", "!!");
        }
        case Part.CellMagic m -> {
          assertThat(m.arguments()).as(where).isEqualTo(text(cell, m.argumentsSpan()));
          assertThat(m.body()).as(where).isEqualTo(text(cell, m.bodySpan()));
        }
        case Part.Help h -> assertThat(h.name()).as(where).isEqualTo(text(cell, h.nameSpan()));
        case Part.Malformed m ->
            assertThat(m.diagnostic().span().end()).as(where).isLessThanOrEqualTo(cell.length());
      }
    }
    assertThat(at).as(where).isEqualTo(cell.length());
  }

  private static String text(String cell, Span span) {
    return cell.substring(span.start(), span.end());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "!ls -la | head",
        "x = !ls",
        "var x = !ls",
        "!!ls",
        "!./run.sh (1)",
        "!cd x; (ls)",
        "!flag",
        "! echo hi",
        "x = ! ls",
        "!(echo hello; sleep 0.5)",
        "!(cd /tmp && ls)",
        "!( ls -l | wc )",
        "!(date)",
        "int a = 1;\n!ls"
      })
  void anExclamationMarkBeginsACommand(String cell) {
    assertThat(CellParser.parse(cell).getLast())
        .isInstanceOfSatisfying(
            Part.LineMagic.class,
            magic ->
                assertThat(magic.name())
                    .isEqualTo(
                        cell.contains("=  !") || cell.contains("!!") || cell.contains("x =")
                            ? "sx"
                            : "system"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "!list.isEmpty()",
        "!(a && b)",
        "! (a && b)",
        "! list.isEmpty()",
        "!(a == b)",
        "!(a - b > 0)",
        "!(o instanceof String s)",
        "!(Config.DEBUG)",
        "!(a ? b : c)",
        "boolean b = ! a",
        "boolean b = !a",
        "var b = !a;",
        "b = !a;",
        "!a\n  || c",
        "if (\n!a) {}",
        "boolean f() {\n!x;\n}",
        "a\n!= b",
        "x = !Files.<Path>of(1)"
      })
  void aNegationIsJava(String cell) {
    assertThat(CellParser.parse(cell)).hasOnlyElementsOfType(Part.Java.class);
  }
}
