package wirebook.kernel.cell;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import wirebook.kernel.Seeds;
import wirebook.kernel.cell.WordSplitter.Words;
import wirebook.spi.MagicSpec.Syntax;

class WordSplitterTest {
  private static final List<String> TOKENS =
      List.of(
          "a",
          " ",
          "'",
          "\"",
          "\\",
          "${",
          "}",
          "{",
          "$",
          "$'",
          "\\x41",
          "\\u00e9",
          "\\777",
          "\n",
          "\\\n",
          "x.y(\"}\")",
          "=",
          "\ud83d\ude00",
          "\ud83d",
          "\\c",
          "\\U00110000");

  /** The words' texts, each expression as its code in angle brackets, or the diagnostic's id. */
  private static List<String> words(Syntax syntax, String raw) {
    return switch (WordSplitter.split(raw, 0, syntax)) {
      case Words.Split(var words) ->
          words.stream().map(w -> w.resolve(e -> "<" + e.code() + ">").text()).toList();
      case Words.Malformed(var diagnostic) -> List.of(diagnostic.id());
    };
  }

  private static List<String> shell(String raw) {
    return words(Syntax.SHELL, raw);
  }

  private static List<String> literal(String raw) {
    return words(Syntax.LITERAL, raw);
  }

  @Test
  void whiteSpaceSeparates() {
    assertThat(shell("  @1.1.1.1\tgoogle.com  A ")).containsExactly("@1.1.1.1", "google.com", "A");
    assertThat(shell(" ")).isEmpty();
  }

  @Test
  void quotesGroupAndMayStandAnywhere() {
    assertThat(shell("-H 'A: b' -d\"c d\"e ''")).containsExactly("-H", "A: b", "-dc de", "");
    assertThat(literal("-H 'A: b' \"c d\"e \"\"")).containsExactly("-H", "A: b", "c de", "");
  }

  @Test
  void aBackslashIsTheShellsOrItself() {
    assertThat(shell("a\\ b \\' \"\\n\\\"\\$\" '\\n' \\\\"))
        .containsExactly("a b", "'", "\\n\"$", "\\n", "\\");
    assertThat(literal("C:\\new \"a\\\" \\d+")).containsExactly("C:\\new", "a\\", "\\d+");
  }

  /** As {@link #words}, the shell's operators in square brackets, its variables in angle ones. */
  private static List<String> command(String raw) {
    return switch (WordSplitter.split(raw, 0, Syntax.COMMAND)) {
      case Words.Split(var words) ->
          words.stream()
              .map(w -> w.resolve(e -> "<" + e.code() + ">"))
              .map(w -> w.operator() ? "[" + w.text() + "]" : w.text())
              .toList();
      case Words.Malformed(var diagnostic) -> List.of(diagnostic.id());
    };
  }

  @Test
  void operatorsOfTheShellAreWordsOfTheirOwn() {
    assertThat(command("-s \"u\"|jq -r '.a|.b' >f 2>&1"))
        .containsExactly("-s", "u", "[|]", "jq", "-r", ".a|.b", "[>]", "f", "[2>&1]");
    assertThat(command("u 2>/dev/null >> log < in && echo; ls & x || y"))
        .containsExactly(
            "u",
            "[2>]",
            "/dev/null",
            "[>>]",
            "log",
            "[<]",
            "in",
            "[&&]",
            "echo",
            "[;]",
            "ls",
            "[&]",
            "x",
            "[||]",
            "y");
    assertThat(command("'a>b' \\> \"<\" http://h2>x"))
        .containsExactly("a>b", ">", "<", "http://h2", "[>]", "x");
    assertThat(shell("a>b | c")).containsExactly("a>b", "|", "c");
  }

  @Test
  void whatUrlsAndFormsHaveInsideAWordIsTheirs() {
    assertThat(command("http://h/?a=1&b=2 -F f=@x;type=y u;"))
        .containsExactly("http://h/?a=1&b=2", "-F", "f=@x;type=y", "u");
    assertThat(command("u # the first page\n")).containsExactly("u");
    assertThat(command("http://h/#top")).containsExactly("http://h/#top");
  }

  @Test
  void aVariableOfTheShellIsOneAndAnotherCommandIsRefused() {
    assertThat(command("$A \"b $C_1 \\$D\" '$E' ${f}"))
        .containsExactly("<A>", "b <C_1> $D", "$E", "<f>");
    assertThat(command("-d \"$(cat f)\"")).containsExactly("CELL013");
    assertThat(command("-d `cat f`")).containsExactly("CELL013");
    assertThat(command("-d '`$(a)`' \\$1 $1")).containsExactly("-d", "`$(a)`", "$1", "$1");
  }

  @Test
  void whatWasPastedHasTheQuotesAndBlanksOfAWordProcessor() {
    assertThat(command("-H\u00a0\u201cA: b\u201d \u2018{\"c\"}\u2019 \\ \n\u00a0 u"))
        .containsExactly("-H", "A: b", "{\"c\"}", "u");
  }

  @Test
  void aLineThatIsCarriedOnIsOneLine() {
    assertThat(shell("a \\\n  b\\\r\nc \"d\\\ne\"")).containsExactly("a", "bc", "de");
    assertThat(literal("a \\\n  b\\\nc")).containsExactly("a", "b", "c");
  }

  @Test
  void dollarQuotesKnowAnsiEscapes() {
    assertThat(
            shell("$'a\\'b\\n\\t\\\\' $'\\x41\\101\\u00e9\\U1F600' $'\\xe2\\x82\\xac' $'\\q${x}'"))
        .containsExactly("a'b\n\t\\", "AAé\ud83d\ude00", "€", "\\q${x}");
    assertThat(shell("$'\\cA\\e\\0'")).containsExactly("\u0001\u001b\0");
    assertThat(shell("$'\\xzz'")).containsExactly("\\xzz");
  }

  @Test
  void anExpressionIsFoundWithItsBracesAndStrings() {
    assertThat(shell("${host}:${1 + 2} \"p ${m.get(\"a}\")} q\" x${new int[]{1}[0]}"))
        .containsExactly("<host>:<1 + 2>", "p <m.get(\"a}\")> q", "x<new int[]{1}[0]>");
    assertThat(literal("${c == '}' ? 1 : 2}")).containsExactly("<c == '}' ? 1 : 2>");
  }

  @Test
  void singleQuotesAndBackslashesKeepADollarLiteral() {
    assertThat(shell("'${a}' \\${a} $a $")).containsExactly("${a}", "${a}", "$a", "$");
    assertThat(literal("'${a}'")).containsExactly("${a}");
  }

  @Test
  void whatABrowserCopiesForTheCommandPromptIsSplitAsItIsThere() {
    // As Chrome and Edge write it, and Firefox since 2024: every sign that is special anywhere.
    assertThat(
            shell(
                """
                ^"https://example.com/a?b=c^&d=^%^20e^" ^
                  -X ^"POST^" ^
                  -H ^"sec-ch-ua: ^\\^"Chromium^\\^";v=^\\^"129^\\^"^" ^
                  -b ^"a=b; c=d^" ^
                  --data-raw ^"^{^\\^"path^\\^":^\\^"C:^\\^\\new^\\^",^\\^"n^\\^":1^}^

                x^" ^
                  --compressed\
                """))
        .containsExactly(
            "https://example.com/a?b=c&d=%20e",
            "-X",
            "POST",
            "-H",
            "sec-ch-ua: \"Chromium\";v=\"129\"",
            "-b",
            "a=b; c=d",
            "--data-raw",
            "{\"path\":\"C:\\new\",\"n\":1}\nx",
            "--compressed");
  }

  @Test
  void olderBrowsersQuoteForTheCommandPromptWithoutCarets() {
    assertThat(
            shell(
                "\"http://a/\" ^\r\n"
                    + "  -H \"A: \"\"b\"\"\" ^\r\n"
                    + "  --data-raw \"x^y\"^\r\n\r\n"
                    + "\"z\\\\\""))
        .containsExactly("http://a/", "-H", "A: \"b\"", "--data-raw", "x^y\nz\\");
  }

  @Test
  void aCaretElsewhereIsItself() {
    assertThat(shell("-d x^2 '^\"' \"a^\nb\" ^")).containsExactly("-d", "x^2", "^\"", "a^\nb", "^");
  }

  @Test
  void whatIsNotClosedIsSaidAtItsPlace() {
    assertThat(shell("a 'b")).containsExactly("CELL010");
    assertThat(shell("a \"b")).containsExactly("CELL010");
    assertThat(shell("a $'b")).containsExactly("CELL010");
    assertThat(shell("a ${b")).containsExactly("CELL012");
    assertThat(shell("a ${ }")).containsExactly("CELL011");
    Words words = WordSplitter.split("a 'b", 100, Syntax.SHELL);
    assertThat(((Words.Malformed) words).diagnostic().span().start()).isEqualTo(102);
  }

  @Test
  void spansCountFromTheCellsStart() {
    Words.Split split = (Words.Split) WordSplitter.split("ab  c${dd}e", 50, Syntax.SHELL);
    WordTemplate second = split.words().get(1);
    assertThat(second.span().start()).isEqualTo(54);
    assertThat(second.span().end()).isEqualTo(61);
    WordTemplate.Piece.Expression expression =
        (WordTemplate.Piece.Expression) second.pieces().get(1);
    assertThat(expression.span().start()).isEqualTo(57);
    assertThat(expression.code()).isEqualTo("dd");
  }

  @Test
  void anyTextIsSplitOrRefusedAndSpansStayInside() {
    for (long seed : Seeds.of(20_000)) {
      RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
      StringBuilder raw = new StringBuilder();
      for (int n = random.nextInt(12); n > 0; n--) {
        raw.append(TOKENS.get(random.nextInt(TOKENS.size())));
      }
      for (Syntax syntax : Syntax.values()) {
        String where = "seed " + seed + ", " + syntax + ", <" + raw + ">";
        switch (WordSplitter.split(raw.toString(), 0, syntax)) {
          case Words.Split(var words) -> {
            int at = 0;
            for (WordTemplate word : words) {
              assertThat(word.span().start()).as(where).isGreaterThanOrEqualTo(at);
              assertThat(word.pieces()).as(where).isNotEmpty();
              at = word.span().end();
            }
            assertThat(at).as(where).isLessThanOrEqualTo(raw.length());
          }
          case Words.Malformed(var diagnostic) ->
              assertThat(diagnostic.span().end()).as(where).isLessThanOrEqualTo(raw.length());
        }
      }
    }
  }
}
