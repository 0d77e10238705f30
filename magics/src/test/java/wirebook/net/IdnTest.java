package wirebook.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The expected forms are those that libidn2 2.3.3 gives. */
class IdnTest {
  @ParameterizedTest
  @CsvSource({
    "bücher.example, xn--bcher-kva.example",
    "åäö.se, xn--4cab6c.se",
    "faß.de, xn--fa-hia.de",
    "ΟΔΟΣ, xn--pxavbq",
    "ΟΔΟΣ.example, xn--pxavbq.example",
    "ς.gr, xn--3xa.gr",
    "İstanbul.com, xn--istanbul-o0e.com",
    "例え。テスト, xn--r8jz45g.xn--zckzah",
    "日本語｡ＪＰ, xn--wgv71a119e.jp",
    "ＡＢ\u200b．example, ab.example",
    "①.com, 1.com",
    "㍿.jp, xn--6oqv20b1zgzxr.jp",
    "l·l.cat, xn--ll-0ea.cat",
    "plain.example, plain.example",
    "ü.de., xn--tda.de.",
  })
  void namesInOtherScriptsBecomeAscii(String name, String ascii) {
    assertThat(Idn.toAscii(name)).isEqualTo(ascii);
    assertThat(Idn.toAce(name)).isEqualTo(ascii);
  }

  @Test
  void symbolsAreLettersToCurlAndNoneToDig() {
    assertThat(Idn.toAscii("☃.example")).isEqualTo("xn--n3h.example");
    assertThatThrownBy(() -> Idn.toAce("☃.example")).hasMessageContaining("disallowed character");
  }

  @ParameterizedTest
  @CsvSource({
    "x℀.example, disallowed character",
    "℀.example, disallowed character",
    "a⒈com, disallowed character",
    "\u202ea.example, disallowed character",
    "\u0301a.example, leading combining character",
    "-ü.de, forbidden hyphen",
    "ab--ü.de, two hyphens",
    "xn--ü.com, punycode",
    "üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü, longer than 63",
  })
  void brokenNamesAreRefused(String name, String why) {
    assertThatThrownBy(() -> Idn.toAscii(name)).hasMessageContaining(why);
    assertThatThrownBy(() -> Idn.toAce(name)).hasMessageContaining(why);
  }

  @Test
  void whatIsEncodedIsReadAgainAndWhatNobodyEncodedStays() {
    assertThat(Idn.toUnicode("xn--bcher-kva.example")).isEqualTo("bücher.example");
    assertThat(Idn.toUnicode("xn--n3h.xn--a.example")).isEqualTo("xn--n3h.xn--a.example");
  }
}
