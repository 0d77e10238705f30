package wirebook.engine.http.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

class RoutesTest {
  private final Routes routes =
      new Routes()
          .get("/", request -> Response.text("root"))
          .get("/hello/{name}", request -> Response.text("hello " + request.parameter("name")))
          .get("/hello/world", request -> Response.text("the world"))
          .get("/n/{n:int}", request -> Response.text(request.parameter("n")))
          .post("/hello/{name}", request -> Response.status(201))
          .get("/files/{rest:path}", request -> Response.text(request.parameter("rest")));

  private Response ask(String method, String target) throws Exception {
    return routes.handle(
        new Request(
            method,
            target,
            "HTTP/1.1",
            false,
            Headers.NONE,
            new InetSocketAddress(0),
            InputStream.nullInputStream()));
  }

  private String text(String target) throws Exception {
    return ask("GET", target).content() instanceof Response.Content.Whole whole
        ? whole.bytes().text()
        : "";
  }

  @Test
  void aNamedPartIsDecodedAndAnEncodedSlashDoesNotSplitIt() throws Exception {
    assertThat(text("/hello/caf%C3%A9%2Fbar?x=1")).isEqualTo("hello café/bar");
  }

  @Test
  void aLiteralPartWinsOverANamedOne() throws Exception {
    assertThat(text("/hello/world")).isEqualTo("the world");
  }

  @Test
  void theRestOfAPathCanBeOneParameter() throws Exception {
    assertThat(text("/files/a/b%20c")).isEqualTo("a/b c");
  }

  @Test
  void aNumberIsDigitsOnly() throws Exception {
    assertThat(text("/n/42")).isEqualTo("42");
    assertThatThrownBy(() -> ask("GET", "/n/4x"))
        .isInstanceOfSatisfying(HttpError.class, e -> assertThat(e.status()).isEqualTo(404));
  }

  @Test
  void headGoesWhereGetGoes() throws Exception {
    assertThat(ask("HEAD", "/").status()).isEqualTo(200);
  }

  @Test
  void anotherMethodIs405AndSaysWhichAreAllowed() throws Exception {
    Response response = ask("DELETE", "/hello/x");
    assertThat(response.status()).isEqualTo(405);
    assertThat(response.headers().first("Allow")).contains("GET, POST, HEAD, OPTIONS");
  }

  @Test
  void optionsTellsTheMethods() throws Exception {
    Response response = ask("OPTIONS", "/n/1");
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.headers().first("Allow")).contains("GET, HEAD, OPTIONS");
  }

  @Test
  void aTemplateThatCannotBeMeantIsRefusedWhenItIsAdded() {
    assertThatThrownBy(() -> routes.get("hello", r -> Response.status(200)))
        .hasMessageContaining("begins with /");
    assertThatThrownBy(() -> routes.get("/{a:path}/b", r -> Response.status(200)))
        .hasMessageContaining("nothing can follow");
    assertThatThrownBy(() -> routes.get("/{a:float}", r -> Response.status(200)))
        .hasMessageContaining("{name:int}");
  }

  @Test
  void aMethodHasOneHandlerAtATemplate() {
    Routes routes = new Routes().get("/a/{id}", request -> Response.text("1"));
    assertThatThrownBy(() -> routes.add("POST GET", "/a/{id}", request -> Response.text("2")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("GET /a/{id} has a handler already");
    routes.get("/a/{id:int}", request -> Response.text("digits"));
    assertThat(routes.list()).hasSize(2);
  }
}
