package wirebook.engine.http.curl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import wirebook.engine.http.ByteText;
import wirebook.engine.http.HttpFailure;
import wirebook.engine.http.curl.UrlGlob.BadGlob;

class UrlGlobTest {
  private static List<String> all(String pattern) throws BadGlob {
    UrlGlob glob = new UrlGlob(pattern);
    List<String> texts = new ArrayList<>();
    for (Optional<String> next = glob.next(); next.isPresent(); next = glob.next()) {
      texts.add(next.get());
    }
    assertThat(texts).hasSize((int) glob.amount());
    return texts;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "h/plain | h/plain",
        "h/[1-3] | h/1 h/2 h/3",
        "h/[08-11] | h/08 h/09 h/10 h/11",
        "h/[1-9:4] | h/1 h/5 h/9",
        "h/[a-c] | h/a h/b h/c",
        "h/{x,y}[1-2] | h/x1 h/x2 h/y1 h/y2",
        "h/{,y} | h/ h/y",
        "http://[::1]/[1-2] | http://[::1]/1 http://[::1]/2",
        "h/\\[1-2\\] | h/[1-2]"
      })
  void patternsStandForSeveral(String pattern, String expected) throws BadGlob {
    assertThat(all(pattern)).containsExactly(expected.split(" "));
  }

  @ParameterizedTest
  @ValueSource(strings = {"h/[1-]", "h/[3-1]", "h/{a,b", "h/a}", "h/[a-c", "h/{{a}}", "h/[1-9:0]"})
  void brokenPatternsAreRefused(String pattern) {
    assertThat(catchThrowableOfType(BadGlob.class, () -> new UrlGlob(pattern))).isNotNull();
  }

  @Test
  void aMistakeIsPointedAt() {
    BadGlob bad = catchThrowableOfType(BadGlob.class, () -> new UrlGlob("h/[a-c"));
    assertThat(bad.words()).contains(" in position ").endsWith("^");
  }

  @Test
  void outputNamesTakeTheCurrentTexts() throws BadGlob, HttpFailure {
    UrlGlob glob = new UrlGlob("h/{x,y}/[1-2]");
    glob.next();
    glob.next();
    assertThat(UrlGlob.output("#1_#2_#3.txt", Optional.of(glob), Optional.empty()))
        .isEqualTo("x_2_#3.txt");
  }

  @Test
  void jsonStringsAreQuoted() {
    assertThat(ByteText.jsonQuoted("A\"\\\n\u0001", false)).isEqualTo("A\\\"\\\\\\n\\u0001");
    assertThat(ByteText.jsonQuoted("AbC", true)).isEqualTo("abc");
  }
}
