package wirebook.engine.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Arrays;
import java.util.Base64;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Streams made by the command lines of zstd 1.5.4 and by Node's binding to brotli. */
class StreamDecoderTest {
  private static final byte[] BROTLI = bytes("GysB+J0JdqwVK13ywhIESazK5JIt7S1DWOhiwRCgazh/AQ==");
  private static final byte[] ZSTD = bytes("KLUv/QRopQAAaEhlbGxvLCB6c3RkISABAPigzi8Hfb3W");

  /** The numbers from 1 to 300: literals in four Huffman streams, tables of its own. */
  private static final byte[] NUMBERS =
      bytes(
          """
          KLUv/QRoNQ4ASkQEBwmw6yRJiHBSmHVtAGsAawDLHXdv3nCfbXbZZI8tdti1aYN9tdVVUz211FG3
          Zg310UYXTfTQQgddmjTQN9tcM80zyxxzZ84wn2xyySSPLHLIlSmDfLHFFVM8scQRN2YM8XXr1alP
          lx69nR36cePFiQ8XHrycHPht1/Qsx50BxIN4iZM4EL/hNryG0/AZLsNjeIdzOAw/4Sa8hJPwES7C
          Q3iFUzgIv+AWvIJT8AkuwSN4gzM4BL9yK69yKp9yKY/ylrMcyo/cyIucyIdcyIO85CQH8gNuwAs4
          AR/gAjyAFziBA/C77a6b7rmNzugQ/dqtvdqpfdqlPdrbznZoP3ZjL3ZiH3ZhD/aykx3YD7pBL+gE
          faAL9IBe6IQO0O+4Ha/jdHyOy/E43uM8DsfPuBkv42R8jIvxMF7jNA7Gr7gVr+JUfIpL8Sje4iwO
          xY+4ES/iRHyISwPEd92u13W6PtflelzvdV6H62fdrJd1sj7WxXpYr3VaB+tX3apXdao+1aV6VG91
          VofqR92oF3WiPtSFelAvdVIH6jfdptd0mj7TZXpM73ROh+kn3aSXdJI+0kV6SK90SgfpF92iV3SK
          PtElekQPADVelrE=
          """);

  /** A window of another size decodes as well. */
  private static final int WINDOW_SIZE = 5;

  private static byte[] bytes(String base64) {
    return Base64.getMimeDecoder().decode(base64);
  }

  private static String plain(StreamDecoder made, byte[] coded, int step) throws HttpFailure {
    StringBuilder out = new StringBuilder();
    ContentDecoder.Sink sink = (b, offset, length) -> out.append(ByteText.of(b, offset, length));
    try (StreamDecoder decoder = made) {
      for (int i = 0; i < coded.length; i += step) {
        decoder.feed(coded, i, Math.min(step, coded.length - i), sink);
      }
      decoder.finish(sink);
    }
    return out.toString();
  }

  @Test
  void brotliIsRead() throws HttpFailure {
    for (int step : new int[] {1, 3, 1000}) {
      assertThat(plain(StreamDecoder.brotli(), BROTLI, step))
          .isEqualTo("Hello, brotli! ".repeat(20));
    }
  }

  @Test
  void zstandardIsRead() throws HttpFailure {
    for (int step : new int[] {1, 3, 1000}) {
      assertThat(plain(StreamDecoder.zstd(), ZSTD, step)).isEqualTo("Hello, zstd! ".repeat(40));
      assertThat(plain(StreamDecoder.zstd(), NUMBERS, step))
          .isEqualTo(
              IntStream.rangeClosed(1, 300).mapToObj(i -> i + "\n").collect(Collectors.joining()));
    }
  }

  @Test
  void everyBrokenByteOfZstandardIsAnError() {
    for (int i = 0; i < NUMBERS.length; i++) {
      if (i == WINDOW_SIZE) {
        continue;
      }
      byte[] broken = NUMBERS.clone();
      broken[i] ^= 0x55;
      HttpFailure failure =
          catchThrowableOfType(
              HttpFailure.class, () -> plain(StreamDecoder.zstd(), broken, broken.length));
      assertThat(failure).as("byte %d", i).isNotNull();
      assertThat(failure.code()).isIn(CurlCode.BAD_CONTENT_ENCODING, CurlCode.WRITE_ERROR);
    }
  }

  @Test
  void anEndThatComesEarlyIsAnError() {
    assertThat(cut(StreamDecoder.brotli(), BROTLI)).isEqualTo(CurlCode.BAD_CONTENT_ENCODING);
    assertThat(cut(StreamDecoder.zstd(), ZSTD)).isEqualTo(CurlCode.BAD_CONTENT_ENCODING);
    assertThat(cut(StreamDecoder.zstd(), NUMBERS)).isEqualTo(CurlCode.BAD_CONTENT_ENCODING);
  }

  private static CurlCode cut(StreamDecoder decoder, byte[] coded) {
    return catchThrowableOfType(
            HttpFailure.class,
            () -> plain(decoder, Arrays.copyOf(coded, coded.length - 3), coded.length))
        .code();
  }
}
