package wirebook.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "``        | it is empty at line 1 column 1",
        "{         | it ends too soon at line 1 column 2",
        "{\"a\"x5} | malformed at line 1 column 6",
        "{'a': 5}  | malformed at line 1 column 3",
        "[1] 2     | something stands behind its end at line 1 column 6",
        "[01]      | malformed at line 1 column 2",
        "[.5]      | malformed at line 1 column 2",
        "NaN       | malformed at line 1 column 1",
        "TRUE      | malformed at line 1 column 1",
        "[1,]      | malformed at line 1 column 5",
        "\"\\x\"   | malformed at line 1 column 4"
      })
  void whatIsNoJsonIsRefusedWithItsPlace(String text, String why) {
    assertThatThrownBy(() -> Json.parse(text)).isInstanceOf(Json.Malformed.class).hasMessage(why);
  }

  @Test
  void whatIsNestedTooDeepIsRefusedAndWhatIsNotIsRead() {
    assertThat(Json.read("[".repeat(Json.DEEPEST) + "]".repeat(Json.DEEPEST))).isPresent();
    assertThatThrownBy(() -> Json.parse("[".repeat(100_000)))
        .hasMessage("it is nested too deep at line 1 column 257");
  }

  @Test
  void ofEqualNamesTheLastCounts() {
    assertThat(Json.read("{\"a\": 1, \"b\": 2, \"a\": 3}").orElseThrow().write())
        .isEqualTo("{\"a\":3,\"b\":2}");
  }

  @Test
  void aNumberKeepsItsDigitsAndIsEqualToItselfWrittenOtherwise() {
    String huge = "123456789012345678901234567890.50";
    assertThat(Json.read(huge).orElseThrow().write()).isEqualTo(huge);
    assertThat(List.of(new Json.Num("1.0"), new Json.Num("100e-2")))
        .allSatisfy(one -> assertThat(one).isEqualTo(Json.of(1)).hasSameHashCodeAs(Json.of(1)));
    assertThat(Json.of(1)).isNotEqualTo(Json.of(2)).isNotEqualTo(Json.of("1"));
  }

  @Test
  void aNumberThatWouldFillTheMemoryIsNotCalculatedWith() {
    Json.Num large = (Json.Num) Json.read("1e999999999").orElseThrow();
    assertThat(large.decimal()).isEmpty();
    assertThat(large.real()).isInfinite();
    assertThat(new Json.Num("9".repeat(1_000_000)).decimal()).isEmpty();
  }

  @Test
  void halfASurrogatePairAndControlCharactersAreEscaped() {
    Json read = Json.read("\"\\ud83d \\u009b \\u0000 \\uD83D\\uDE00\"").orElseThrow();
    assertThat(read.write()).isEqualTo("\"\\ud83d \\u009b \\u0000 😀\"");
    assertThat(Json.read(read.write())).contains(read);
  }

  @Test
  void aStyleLaysItOut() {
    Json json = Json.object("b", Json.texts(List.of("x", "y")), "a", Json.Arr.EMPTY, "c", 1.5);
    assertThat(json.write()).isEqualTo("{\"b\":[\"x\",\"y\"],\"a\":[],\"c\":1.5}");
    assertThat(json.write(JsonStyle.INDENTED.withNamesSorted()))
        .isEqualTo(
            """
            {
              "a": [],
              "b": [
                "x",
                "y"
              ],
              "c": 1.5
            }\
            """);
  }
}
