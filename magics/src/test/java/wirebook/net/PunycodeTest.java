package wirebook.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;

class PunycodeTest {
  @Test
  void theExamplesOfTheRfcAreEncodedAndDecoded() {
    // RFC 3492, 7.1: Chinese, Czech, Japanese with Latin letters.
    assertPair("他们为什么不说中文", "ihqwcrb4cv8a8dqg056pqjye");
    assertPair("Pročprostěnemluvíčesky", "Proprostnemluvesky-uyb24dma41a");
    assertPair("3年B組金八先生", "3B-ww4c5e180e575a65lsy2b");
    assertPair("bücher", "bcher-kva");
  }

  private static void assertPair(String label, String ascii) {
    assertThat(Punycode.encode(label)).isEqualTo(ascii);
    assertThat(Punycode.decode(ascii)).isEqualTo(label);
  }

  @Test
  void whatIsEncodedDecodesToTheSame() {
    Random random = new Random(3492);
    for (int i = 0; i < 500; i++) {
      StringBuilder label = new StringBuilder();
      for (int j = 1 + random.nextInt(12); j > 0; j--) {
        label.appendCodePoint(
            random.nextBoolean() ? 'a' + random.nextInt(26) : 0xa1 + random.nextInt(0x5000));
      }
      assertThat(Punycode.decode(Punycode.encode(label.toString()))).hasToString(label.toString());
    }
  }

  @Test
  void whatWasNeverEncodedIsRefused() {
    assertThatThrownBy(() -> Punycode.decode("ab-!")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Punycode.decode("99999999"))
        .isInstanceOfAny(IllegalArgumentException.class, ArithmeticException.class);
  }
}
