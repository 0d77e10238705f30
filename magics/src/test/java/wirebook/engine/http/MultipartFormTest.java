package wirebook.engine.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import wirebook.engine.http.Multipart.Content;
import wirebook.engine.http.Multipart.Part;
import wirebook.trace.Bytes;

class MultipartFormTest {
  private static Part part(String name, String content) {
    return new Part(
        Optional.of(name),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        List.of(),
        new Content.Data(Bytes.utf8(content)));
  }

  private static String body(Content.Parts parts) throws HttpFailure {
    StringBuilder out = new StringBuilder();
    for (Multipart.Segment segment : Multipart.body(parts, "multipart/form-data", false)) {
      out.append(ByteText.of(((Multipart.Segment.Memory) segment).bytes().toArray()));
    }
    return out.toString();
  }

  @Test
  void partsStandBetweenBoundaries() throws HttpFailure {
    Content.Parts form = new Content.Parts(List.of(part("a", "1"), part("b", "2")), "BB");
    assertThat(body(form))
        .isEqualTo(
            """
            --BB
            Content-Disposition: form-data; name="a"

            1
            --BB
            Content-Disposition: form-data; name="b"

            2
            --BB--
            """
                .replace("\n", "\r\n"));
    assertThat(Multipart.contentType(Optional.empty(), form))
        .isEqualTo("multipart/form-data; boundary=BB");
  }

  @Test
  void quotesInNamesArePercentEncoded() throws HttpFailure {
    assertThat(body(new Content.Parts(List.of(part("a\"b", "1")), "BB")))
        .contains("name=\"a%22b\"");
  }

  @Test
  void quotedPrintableKeepsLinesShortAndTextReadable() {
    assertThat(Multipart.quotedPrintable("a=b\u00e9")).isEqualTo("a=3Db=E9");
    assertThat(Multipart.quotedPrintable("x".repeat(100)).lines())
        .allMatch(line -> line.length() <= 76)
        .hasSize(2);
  }
}
