package wirebook.engine.http.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MultipartReaderTest {
  private static Request request(String contentType, InputStream content) {
    return new Request(
        "POST",
        "/",
        "HTTP/1.1",
        false,
        Headers.of("Content-Type", contentType),
        new InetSocketAddress(0),
        content);
  }

  private static Form form(String contentType, InputStream content) throws IOException {
    return request(contentType, content).form();
  }

  private static Form form(String body) throws IOException {
    return form(
        "multipart/form-data; boundary=\"b\"",
        new ByteArrayInputStream(body.getBytes(StandardCharsets.ISO_8859_1)));
  }

  private static final String TWO =
      """
      --b
      Content-Disposition: form-data; name="note"

      hello
      --b
      Content-Disposition: form-data; name="file"; filename="a \\"b\\".png"
      Content-Type: image/png


      --x
      --
      -\r
      --b--
      epilogue\
      """
          .replace("\n", "\r\n");

  @Test
  void fieldsAndFilesAreToldApartByTheFileName() throws IOException {
    Form form = form(TWO);
    assertThat(form.fields().first("note")).contains("hello");
    assertThat(form.files()).hasSize(1);
    Form.File file = form.files().getFirst();
    assertThat(file.fileName()).isEqualTo("a \"b\".png");
    assertThat(file.contentType()).isEqualTo("image/png");
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '|',
      value = {
        "filename=\"a%22b.png\", a\"b.png",
        "filename*=UTF-8''%C3%A9.txt, é.txt",
        "filename=\"x\"; filename*=UTF-8''y, x"
      })
  void aFileNameIsReadAsItsClientWroteIt(String parameter, String name) throws IOException {
    String head = "Content-Disposition: form-data; name=\"f\"; " + parameter;
    Form form = form(String.join("\r\n", "--b", head, "", "x", "--b--", ""));
    assertThat(form.files().getFirst().fileName()).isEqualTo(name);
  }

  @Test
  void contentThatLooksLikeTheBeginningOfADelimiterStaysContent() throws IOException {
    assertThat(form(TWO).files().getFirst().bytes().text()).isEqualTo("\r\n--x\r\n--\r\n-\r");
  }

  @Test
  void itDoesNotMatterInWhichPiecesTheContentComes() throws IOException {
    byte[] bytes = TWO.getBytes(StandardCharsets.ISO_8859_1);
    InputStream slow =
        new ByteArrayInputStream(bytes) {
          @Override
          public synchronized int read(byte[] into, int offset, int length) {
            return super.read(into, offset, Math.min(1, length));
          }
        };
    assertThat(form("multipart/form-data; boundary=b", slow)).isEqualTo(form(TWO));
  }

  @Test
  void contentIsReadInBlocksHoweverManyLinesItHas() throws IOException {
    String lines = "a\r\nb\n".repeat(1000);
    String body = "--b\r\nContent-Disposition: form-data; name=x\r\n\r\n" + lines + "\r\n--b--";
    InputStream content =
        MultipartReader.of(
                request(
                    "multipart/form-data; boundary=b",
                    new ByteArrayInputStream(body.getBytes(StandardCharsets.ISO_8859_1))))
            .next()
            .orElseThrow()
            .content();
    byte[] block = new byte[4096];
    assertThat(content.read(block)).isEqualTo(block.length);
    String read = new String(block, StandardCharsets.ISO_8859_1);
    assertThat(read + new String(content.readAllBytes(), StandardCharsets.ISO_8859_1))
        .isEqualTo(lines);
  }

  @Test
  void aBackslashInAFileNameOfWindowsStays() throws IOException {
    String head = "Content-Disposition: form-data; name=f; filename=\"C:\\dir\\x.txt\"";
    Form form = form(String.join("\r\n", "--b", head, "", "", "--b--"));
    assertThat(form.files().getFirst().fileName()).isEqualTo("C:\\dir\\x.txt");
  }

  @Test
  void aPreambleIsSkippedAndLinesMayEndInLineFeedAlone() throws IOException {
    assertThat(
            form("preamble\n--b\nContent-Disposition: form-data; name=a\n\n1\n--b--\n")
                .fields()
                .first("a"))
        .contains("1");
  }

  @Test
  void aMissingBoundaryIsTheClientsMistake() {
    assertThatThrownBy(() -> form("multipart/form-data", new ByteArrayInputStream(new byte[0])))
        .isInstanceOfSatisfying(HttpError.class, e -> assertThat(e.status()).isEqualTo(400));
  }

  @Test
  void contentThatEndsInsideAPartsHeaderSectionIsTheClientsMistake() {
    assertThatThrownBy(() -> form("--b\r\nContent-Dispo"))
        .isInstanceOfSatisfying(HttpError.class, e -> assertThat(e.status()).isEqualTo(400));
  }

  @Test
  void everyPrefixOfAFormIsReadOrRefusedButNeverHangs() throws IOException {
    for (int end = 0; end < TWO.length(); end++) {
      try {
        form(TWO.substring(0, end));
      } catch (HttpError e) {
        assertThat(e.status()).isEqualTo(400);
      }
    }
  }
}
