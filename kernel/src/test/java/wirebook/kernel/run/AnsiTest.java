package wirebook.kernel.run;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AnsiTest {
  @Test
  void coloursBecomeClassesAndTheTextIsEscaped() {
    assertThat(Ansi.html("a\u001b[1;31m<b>\u001b[39mc\u001b[0md"))
        .isEqualTo(
            "a<span class=\"ansi-bold ansi-red\">&lt;b&gt;</span>"
                + "<span class=\"ansi-bold\">c</span>d");
  }

  @Test
  void aColourOfALargerPaletteIsLeftOut() {
    assertThat(Ansi.html("\u001b[38;5;1ma")).isEqualTo("a");
  }

  @Test
  void otherSequencesAreLeftOut() {
    assertThat(Ansi.html("a\u001b[2Kb\u001b[10;20Hc")).isEqualTo("abc");
    assertThat(Ansi.plain("a\u001b[2Kb\u001b[38;5;1mc")).isEqualTo("abc");
  }

  @Test
  void anEscapeThatBeginsNoSequenceIsShown() {
    assertThat(Ansi.html("a\u001bc")).isEqualTo("a␛c");
  }
}
