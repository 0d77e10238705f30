package wirebook.engine.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

class InflatingTest {
  private static final String TEXT = "a text to be made smaller, ".repeat(50);

  private static byte[] gzip() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(ByteText.bytes(TEXT));
    }
    return out.toByteArray();
  }

  private static byte[] deflate(boolean raw) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Deflater deflater = new Deflater(9, raw);
    try (DeflaterOutputStream stream = new DeflaterOutputStream(out, deflater)) {
      stream.write(ByteText.bytes(TEXT));
    } finally {
      deflater.end();
    }
    return out.toByteArray();
  }

  private static String inflated(boolean gzip, byte[] bytes, int step) throws HttpFailure {
    StringBuilder out = new StringBuilder();
    try (Inflating inflating = new Inflating(gzip)) {
      for (int i = 0; i < bytes.length; i += step) {
        inflating.feed(
            bytes,
            i,
            Math.min(step, bytes.length - i),
            (b, offset, length) -> out.append(ByteText.of(b, offset, length)));
      }
    }
    return out.toString();
  }

  @Test
  void gzipAndBothKindsOfDeflateAreRead() throws IOException, HttpFailure {
    for (int step : new int[] {1, 2, 7, 10_000}) {
      assertThat(inflated(true, gzip(), step)).isEqualTo(TEXT);
      assertThat(inflated(false, deflate(false), step)).isEqualTo(TEXT);
    }
    assertThat(inflated(false, deflate(true), 10_000)).isEqualTo(TEXT);
  }

  @Test
  void rubbishIsABadEncoding() {
    HttpFailure failure =
        catchThrowableOfType(
            HttpFailure.class, () -> inflated(true, ByteText.bytes("this is surely no gzip"), 100));
    assertThat(failure.code()).isEqualTo(CurlCode.BAD_CONTENT_ENCODING);
  }
}
