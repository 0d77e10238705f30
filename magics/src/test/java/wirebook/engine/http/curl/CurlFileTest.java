package wirebook.engine.http.curl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import wirebook.engine.http.HttpTransfer;
import wirebook.engine.http.curl.options.CurlConfig;

/** {@code file:} URLs, beyond what {@link CurlDifferentialIT} compares. */
class CurlFileTest {
  @TempDir Path directory;
  private Setting setting;
  private String url;

  @BeforeEach
  void file() throws IOException {
    setting = new Setting(directory);
    Path file = Files.writeString(directory.resolve("f"), "content");
    Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2020-01-02T03:04:05Z")));
    url = "file://" + file;
  }

  @Test
  void aFileHasHeadersAndTheValueHasItsBody() throws Exception {
    HttpTransfer value = setting.curl("-qsSi", url);
    assertThat(setting.out())
        .isEqualTo(
            """
            Content-Length: 7\r
            Accept-ranges: bytes\r
            Last-Modified: Thu, 02 Jan 2020 03:04:05 GMT\r
            \r
            content""");
    assertThat(value.body()).isEqualTo("content");
    assertThat(value.header("content-length")).isEqualTo("7");
    assertThat(value.status()).isZero();
    assertThat(value.urls()).containsExactly(url);
  }

  @Test
  void aHeadReadsNothingAndThePartAskedForDecidesNoHeader() throws Exception {
    setting.curl("-qsSI", "-r", "2-3", url);
    assertThat(setting.out()).startsWith("Content-Length: 7\r\n").endsWith("GMT\r\n\r\n");
  }

  @Test
  void theTimeOfAFileIsAConditionAndCanBeKept() throws Exception {
    setting.curl("-qsS", "-z", "20210101", url);
    assertThat(setting.out()).isEmpty();
    setting.curl("-qsSR", "-z", "20190101", "-o", "g", url);
    assertThat(Files.getLastModifiedTime(directory.resolve("g")).toInstant())
        .isEqualTo("2020-01-02T03:04:05Z");
  }

  @Test
  void aFolderIsItsNames() throws Exception {
    Files.writeString(directory.resolve(".hidden"), "");
    setting.curl("-qsS", "file://" + directory + "/");
    assertThat(setting.out()).isEqualTo("f\n");
    assertThat(setting.curl("-qsS", "-r", "1-", "file://" + directory).exitCode()).isEqualTo(36);
  }

  @Test
  void aMissingFileIsSaidAsCurlSaysIt() throws Exception {
    assertThat(setting.curl("-qsS", url + "/none").exitCode()).isEqualTo(37);
    assertThat(setting.err())
        .isEqualTo("curl: (37) Could not open file " + directory + "/f/none\n");
  }

  @Test
  void moreThanIsAllowedIsCutOff() throws Exception {
    assertThat(setting.curl("-qsS", "--max-filesize", "3", url).exitCode()).isEqualTo(63);
    assertThat(setting.out()).isEqualTo("con");
  }

  @Test
  void noRedirectLeadsToAFile() throws Exception {
    String moved = "HTTP/1.1 302 F\r\nLocation: " + url + "\r\nContent-Length: 0\r\n\r\n";
    try (ScriptedServer server = new ScriptedServer(moved, moved)) {
      assertThat(setting.curl("-qsSL", server.url("/")).exitCode()).isEqualTo(1);
      assertThat(setting.curl("-qsSL", "--proto-redir", "all", server.url("/")).exitCode())
          .isEqualTo(1);
      assertThat(setting.err().lines())
          .hasSize(2)
          .allMatch(line -> line.endsWith("Protocol \"file\" is disabled (in redirect)"));
      assertThat(setting.out()).isEmpty();
    }
  }

  @Test
  void aRequestThatNobodyWroteAsACommandReadsNoFile() throws Exception {
    HttpTransfer value =
        CurlTool.send(setting.environment(), new CurlConfig(url), false, Optional.empty());
    assertThat(value.exitCode()).isEqualTo(1);
    assertThat(setting.out()).isEmpty();
  }
}
