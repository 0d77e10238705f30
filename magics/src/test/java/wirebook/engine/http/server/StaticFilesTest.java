package wirebook.engine.http.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("slow")
class StaticFilesTest {
  @TempDir Path temp;
  private StaticFiles files;

  @BeforeEach
  void setUp() throws IOException {
    Path root = Files.createDirectories(temp.resolve("root"));
    Files.writeString(root.resolve("a.txt"), "0123456789");
    Files.writeString(root.resolve("<b>&.html"), "");
    Files.writeString(root.resolve(".hidden"), "secret");
    Files.createDirectories(root.resolve("sub"));
    Files.createDirectories(root.resolve("site"));
    Files.writeString(root.resolve("site/index.html"), "index");
    Files.writeString(temp.resolve("outside.txt"), "secret");
    Files.createSymbolicLink(root.resolve("link.txt"), temp.resolve("outside.txt"));
    files = new StaticFiles(root);
  }

  private Response ask(String target, String... headers) throws IOException {
    return files.handle(
        new Request(
            "GET",
            target,
            "HTTP/1.1",
            false,
            Headers.of(headers),
            new InetSocketAddress(0),
            InputStream.nullInputStream()));
  }

  private static String content(Response response) throws Exception {
    return switch (response.content()) {
      case Response.Content.Whole whole -> whole.bytes().text();
      case Response.Content.Trailed _, Response.Content.Upgrade _, Response.Content.Tunnelled _ ->
          throw new AssertionError("no file is sent so");
      case Response.Content.Part part ->
          Files.readString(part.file())
              .substring((int) part.offset(), (int) (part.offset() + part.length()));
      case Response.Content.Streamed streamed -> {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        streamed.writer().write(out);
        assertThat(streamed.length()).hasValue(out.size());
        yield out.toString(StandardCharsets.UTF_8);
      }
    };
  }

  @Test
  void aFileComesWithItsTypeAndValidators() throws Exception {
    Response response = ask("/a.txt");
    assertThat(response.status()).isEqualTo(200);
    assertThat(content(response)).isEqualTo("0123456789");
    assertThat(response.headers().first("Content-Type")).contains("text/plain; charset=utf-8");
    assertThat(response.headers().first("ETag")).isPresent();
    assertThat(response.headers().first("Last-Modified")).isPresent();
  }

  @ParameterizedTest
  @CsvSource({
    "bytes=0-3, 206, 0123, bytes 0-3/10",
    "bytes=7-, 206, 789, bytes 7-9/10",
    "bytes=-2, 206, 89, bytes 8-9/10",
    "bytes=5-99, 206, 56789, bytes 5-9/10",
    "bytes=-99, 206, 0123456789, bytes 0-9/10",
    "bytes=4-2, 200, 0123456789,",
    "lines=1-2, 200, 0123456789,",
    "bytes=x, 200, 0123456789,",
    "bytes=-, 200, 0123456789,"
  })
  void aRangeGivesAPart(String range, int status, String content, String contentRange)
      throws Exception {
    Response response = ask("/a.txt", "Range", range);
    assertThat(response.status()).isEqualTo(status);
    assertThat(content(response)).isEqualTo(content);
    assertThat(response.headers().first("Content-Range").orElse(null)).isEqualTo(contentRange);
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytes=10-", "bytes=99-100", "bytes=-0"})
  void aRangeBeyondTheFileIs416(String range) throws Exception {
    Response response = ask("/a.txt", "Range", range);
    assertThat(response.status()).isEqualTo(416);
    assertThat(response.headers().first("Content-Range")).contains("bytes */10");
  }

  @Test
  void severalRangesComeAsParts() throws Exception {
    Response response = ask("/a.txt", "Range", "bytes=0-1, -1");
    assertThat(response.status()).isEqualTo(206);
    assertThat(content(response))
        .containsSubsequence(
            "Content-Range: bytes 0-1/10\r\n\r\n01\r\n--", "Content-Range: bytes 9-9/10\r\n\r\n9");
  }

  @Test
  void aRangeOfAnotherVersionGivesTheWholeFile() throws Exception {
    assertThat(ask("/a.txt", "Range", "bytes=0-1", "If-Range", "\"old\"").status()).isEqualTo(200);
    String etag = ask("/a.txt").headers().first("ETag").orElseThrow();
    assertThat(ask("/a.txt", "Range", "bytes=0-1", "If-Range", etag).status()).isEqualTo(206);
  }

  @Test
  void whatTheClientHasIsNotSentAgain() throws Exception {
    Response first = ask("/a.txt");
    String etag = first.headers().first("ETag").orElseThrow();
    String date = first.headers().first("Last-Modified").orElseThrow();
    assertThat(ask("/a.txt", "If-None-Match", "W/" + etag).status()).isEqualTo(304);
    assertThat(ask("/a.txt", "If-None-Match", "\"x\", *").status()).isEqualTo(304);
    assertThat(ask("/a.txt", "If-Modified-Since", date).status()).isEqualTo(304);
    assertThat(ask("/a.txt", "If-None-Match", "\"x\"", "If-Modified-Since", date).status())
        .isEqualTo(200);
    assertThat(ask("/a.txt", "If-Match", "\"x\"").status()).isEqualTo(412);
    assertThat(ask("/a.txt", "If-Modified-Since", "yesterday").status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "Sun, 06 Nov 1994 08:49:37 GMT"
      })
  void datesOfAllFormsThatHttpHasKnownAreUnderstood(String date) throws Exception {
    Files.setLastModifiedTime(
        temp.resolve("root/a.txt"), FileTime.from(Instant.parse("1994-11-06T08:49:37Z")));
    assertThat(ask("/a.txt", "If-Modified-Since", date).status()).isEqualTo(304);
    assertThat(ask("/a.txt", "If-Unmodified-Since", date).status()).isEqualTo(200);
    Files.setLastModifiedTime(
        temp.resolve("root/a.txt"), FileTime.from(Instant.parse("1994-11-06T08:49:38Z")));
    assertThat(ask("/a.txt", "If-Modified-Since", date).status()).isEqualTo(200);
    assertThat(ask("/a.txt", "If-Unmodified-Since", date).status()).isEqualTo(412);
  }

  @Test
  void aLongListingHasTheFirstNamesAndSaysHowManyAreLeftOut() throws Exception {
    Path many = Files.createDirectories(temp.resolve("root/many"));
    for (int i = 0; i < 12_000; i++) {
      Files.createFile(many.resolve(String.format("%05d", i)));
    }
    assertThat(content(ask("/many/")))
        .contains("./00000", "./09999", "10000 names in alphabetical order", "2000 more")
        .doesNotContain("./10000");
  }

  @Test
  void ofAPageThatRoutesByItselfEachPageIsTheFirst() throws Exception {
    files = new StaticFiles(temp.resolve("root/site"), true);
    assertThat(content(ask("/users/7", "Accept", "text/html,*/*;q=0.8"))).isEqualTo("index");
    assertThat(content(ask("/users/7", "Accept", "*/*"))).as("curl's").isEqualTo("index");
    assertThatThrownBy(() -> ask("/v1.2/missing.js", "Accept", "*/*"))
        .isInstanceOf(HttpError.class);
    assertThat(content(ask("/v1.2/users", "Accept", "*/*"))).isEqualTo("index");
    assertThatThrownBy(() -> ask("/avatar", "Accept", "image/png")).isInstanceOf(HttpError.class);
    files = new StaticFiles(temp.resolve("root/site"));
    assertThatThrownBy(() -> ask("/users/7", "Accept", "text/html")).isInstanceOf(HttpError.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/../outside.txt",
        "/%2e%2e/outside.txt",
        "/sub/../../outside.txt",
        "/..%2foutside.txt",
        "/sub/..%5c..%5coutside.txt",
        "/link.txt",
        "/.hidden",
        "/%2ehidden",
        "/a.txt%00.html",
        "/a.txt/",
        "/none"
      })
  void nothingOutsideIsReached(String target) {
    assertThatThrownBy(() -> ask(target))
        .isInstanceOfSatisfying(HttpError.class, e -> assertThat(e.status()).isEqualTo(404));
  }

  @Test
  void aFolderIsListedWithItsNamesEscaped() throws Exception {
    String page = content(ask("/"));
    assertThat(page)
        .contains("href=\"./%3Cb%3E%26.html\"", "&lt;b&gt;&amp;.html", ">sub/<")
        .doesNotContain("hidden", "<b>");
  }

  @Test
  void aFolderWithAnIndexShowsIt() throws Exception {
    assertThat(content(ask("/site/"))).isEqualTo("index");
    Response moved = ask("/site");
    assertThat(moved.status()).isEqualTo(301);
    assertThat(moved.headers().first("Location")).contains("./site/");
  }
}
