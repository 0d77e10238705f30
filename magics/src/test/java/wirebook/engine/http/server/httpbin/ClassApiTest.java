package wirebook.engine.http.server.httpbin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import wirebook.engine.http.server.Headers;
import wirebook.engine.http.server.HttpError;
import wirebook.engine.http.server.Request;
import wirebook.engine.http.server.Response;

class ClassApiTest {
  @TempDir Path folder;
  private final List<ClassApi.Upload> uploads = new ArrayList<>();
  private ClassApi api;

  @BeforeEach
  void setUp() {
    api = new ClassApi(Optional.of(folder), uploads::add);
  }

  private Response ask(String method, String target, String type, String body) throws Exception {
    return api.handle(
        new Request(
            method,
            target,
            "HTTP/1.1",
            false,
            Headers.of("Content-Type", type),
            new InetSocketAddress(0),
            new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8))));
  }

  private Response json(String method, String target, String body) throws Exception {
    return ask(method, target, "application/json", body);
  }

  private static String text(Response response) {
    return response.content() instanceof Response.Content.Whole whole ? whole.bytes().text() : "";
  }

  private Response upload(String fileName) throws Exception {
    return ask(
        "POST",
        "/api/upload",
        "multipart/form-data; boundary=b",
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\""
            + fileName
            + "\"\r\nContent-Type: image/png\r\n\r\nabc\r\n--b--\r\n");
  }

  @Test
  void anUploadIsStoredAndDescribed() throws Exception {
    Response response = upload("cat.png");
    assertThat(response.status()).isEqualTo(201);
    assertThat(text(response))
        .contains(
            "\"name\": \"cat.png\"",
            "\"size\": 3",
            "\"type\": \"image/png\"",
            "\"sha256\": \"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"");
    assertThat(folder.resolve("cat.png")).hasContent("abc");
    assertThat(uploads).hasSize(1);
  }

  @Test
  void aSecondFileOfTheSameNameReplacesNothing() throws Exception {
    upload("cat.png");
    upload("cat.png");
    try (var files = Files.list(folder)) {
      assertThat(files.map(f -> f.getFileName().toString()))
          .containsExactlyInAnyOrder("cat.png", "2-cat.png");
    }
  }

  @Test
  void aNameThatIsAPathStaysInTheFolder() throws Exception {
    for (String name :
        List.of("../../evil", "/etc/passwd", "C:\\dir\\evil", "..", ".bashrc", "a\0b", "")) {
      if (name.isEmpty()) {
        assertThatThrownBy(() -> upload(name)).isInstanceOf(HttpError.class);
      } else {
        upload(name);
        assertThat(uploads.getLast().stored().getParent()).isEqualTo(folder);
        assertThat(uploads.getLast().stored().getFileName().toString()).doesNotStartWith(".");
      }
    }
  }

  @Test
  void somethingElseThanAFormIs415AndSaysHow() {
    assertThatThrownBy(() -> json("POST", "/api/upload", "{}"))
        .isInstanceOfSatisfying(HttpError.class, e -> assertThat(e.status()).isEqualTo(415))
        .hasMessageContaining("curl -X POST -F");
  }

  @Test
  void anItemIsCreatedReadReplacedChangedAndDeleted() throws Exception {
    Response created = json("POST", "/api/items", "{\"name\": \"tea\", \"id\": 99}");
    assertThat(created.status()).isEqualTo(201);
    assertThat(created.headers().first("Location")).contains("/api/items/1");
    assertThat(text(json("GET", "/api/items/1", ""))).isEqualTo(text(created));
    assertThat(text(json("PUT", "/api/items/1", "{\"a\": 1, \"b\": {\"c\": 2}}")))
        .contains("\"id\": 1", "\"a\": 1");
    assertThat(text(json("PATCH", "/api/items/1", "{\"a\": null, \"b\": {\"d\": 3}}")))
        .contains("\"c\": 2", "\"d\": 3")
        .doesNotContain("\"a\"");
    assertThat(json("DELETE", "/api/items/1", "").status()).isEqualTo(204);
    assertThat(text(json("GET", "/api/items", ""))).isEqualTo("[]\n");
    assertThatThrownBy(() -> json("GET", "/api/items/1", ""))
        .isInstanceOfSatisfying(HttpError.class, e -> assertThat(e.status()).isEqualTo(404));
  }

  @Test
  void aFormsFieldsMakeAnItemToo() throws Exception {
    assertThat(text(ask("POST", "/api/items", "application/x-www-form-urlencoded", "name=tea+x")))
        .contains("\"name\": \"tea x\"");
  }

  @Test
  void whatIsNoObjectIs400() {
    for (String body : List.of("", "[]", "{", "1")) {
      assertThatThrownBy(() -> json("POST", "/api/items", body))
          .isInstanceOfSatisfying(HttpError.class, e -> assertThat(e.status()).isEqualTo(400));
    }
  }
}
