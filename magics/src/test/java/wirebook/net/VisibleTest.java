package wirebook.net;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class VisibleTest {
  @Test
  void whatWouldActOnATerminalIsShown() {
    assertThat(Visible.text("a\u001b[2J\u009b2J\u007f\tb\r\n")).isEqualTo("a␛[2J\ufffd2J␡␉b␍␊");
    assertThat(Visible.lines("a\tb\r\nc\rd\u009b1m\n")).isEqualTo("a\tb\nc␍d\ufffd1m\n");
  }

  @Test
  void noLineIsTurnedAround() {
    assertThat(Visible.lines("txt.\u202eexe\u2066")).isEqualTo("txt.\ufffdexe\ufffd");
    assertThat(Visible.text("é 日本 😀")).isEqualTo("é 日本 😀");
  }
}
