package wirebook.engine.http.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import wirebook.spi.Diagnostic;

class HttpFileTest {
  private static final String WHOLE =
      """
      # what editors share
      @host = http://127.0.0.1:8080
      @base={{host}}/api

      ### log in
      // @name login
      # @no-redirect
      POST {{base}}/login
          ?a=1
          &b={{two}} HTTP/1.1
      Content-Type: application/json
      # a comment between headers
      X-Empty:

      {"user": "{{user}}",

       "n": 1}


      ###
      {{base}}/items

      ### upload
      PUT {{base}}/file HTTP/1.1
      Authorization: Bearer {{login.response.body.$.token}}

      before
      < ./a.bin
      <@ {{dir}}/b.txt
      after
      ###

      """;

  private static List<String> ids(HttpFile file) {
    return file.diagnostics().stream().map(Diagnostic::id).toList();
  }

  @Test
  void requestsStandBetweenLinesOfThreeSigns() {
    HttpFile file = HttpFile.parse(WHOLE);
    assertThat(file.diagnostics()).isEmpty();
    assertThat(file.requests())
        .extracting(HttpFile.Request::method)
        .containsExactly("POST", "GET", "PUT");
    assertThat(file.requests())
        .extracting(HttpFile.Request::title)
        .containsExactly("log in", "", "upload");
    assertThat(file.variables())
        .extracting(v -> v.name() + "=" + v.value())
        .containsExactly("host=http://127.0.0.1:8080", "base={{host}}/api");
  }

  @Test
  void nameDirectivesQueryLinesHeadersAndBodyAreRead() {
    HttpFile.Request login = HttpFile.parse(WHOLE).requests().getFirst();
    assertThat(login.name()).contains("login");
    assertThat(login.has("no-redirect")).isTrue();
    assertThat(login.url()).hasToString("{{base}}/login?a=1&b={{two}}");
    assertThat(login.headers())
        .extracting(h -> h.name() + "=" + h.value())
        .containsExactly("Content-Type=application/json", "X-Empty=");
    assertThat(login.body().parts())
        .singleElement()
        .isInstanceOfSatisfying(
            HttpFile.Part.Text.class,
            text -> assertThat(text.text()).hasToString("{\"user\": \"{{user}}\",\n\n \"n\": 1}"));
  }

  @Test
  void aVersionBehindTheUrlIsNotPartOfIt() {
    HttpFile.Request upload = HttpFile.parse(WHOLE).requests().getLast();
    assertThat(upload.version()).contains("HTTP/1.1");
    assertThat(upload.url()).hasToString("{{base}}/file");
  }

  @Test
  void filesInABodyKeepTheirPlace() {
    List<HttpFile.Part> parts = HttpFile.parse(WHOLE).requests().getLast().body().parts();
    assertThat(parts).hasSize(5);
    assertThat(parts.get(0)).hasToString("Text[text=before\n]");
    assertThat(parts.get(1))
        .isInstanceOfSatisfying(
            HttpFile.Part.File.class,
            file -> {
              assertThat(file.path()).hasToString("./a.bin");
              assertThat(file.replaced()).isFalse();
            });
    assertThat(parts.get(3))
        .isInstanceOfSatisfying(
            HttpFile.Part.File.class, file -> assertThat(file.replaced()).isTrue());
    assertThat(parts.get(4)).hasToString("Text[text=\nafter]");
  }

  @Test
  void everyPrefixParsesAndEverySpanIsInIt() {
    for (int end = 0; end <= WHOLE.length(); end++) {
      String prefix = WHOLE.substring(0, end);
      HttpFile file = HttpFile.parse(prefix);
      int length = prefix.length();
      assertThat(file.diagnostics()).allMatch(d -> d.span().end() <= length);
      assertThat(file.requests()).allMatch(r -> r.span().end() <= length);
      for (HttpFile.Request request : file.requests()) {
        for (Template.Piece.Reference reference : request.url().references()) {
          assertThat(prefix.substring(reference.span().start())).startsWith("{{");
        }
      }
    }
  }

  @Test
  void spansOfReferencesAreTheirPlaces() {
    HttpFile file = HttpFile.parse(WHOLE);
    for (HttpFile.Request request : file.requests()) {
      for (HttpFile.Part part : request.body().parts()) {
        Template template =
            switch (part) {
              case HttpFile.Part.Text text -> text.text();
              case HttpFile.Part.File included -> included.path();
            };
        for (Template.Piece.Reference reference : template.references()) {
          assertThat(WHOLE.substring(reference.span().start(), reference.span().end()))
              .isEqualTo("{{" + reference.expression() + "}}");
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "@x|HTTP001",
        "# @name a b~GET http://h/|HTTP002",
        "POST|HTTP005",
        ":host = http://h~GET :host/|HTTP045",
        "< {% request.variables.set('a', response.body.b) %}~GET http://h/|HTTP007",
        "GET http://h/~no header here|HTTP006",
        "GET http://h/~Bad Name: x|HTTP006",
        "GET http://h/~~body~> {% x %}|HTTP007",
        "< {% x~y %}~GET http://h/|HTTP007",
        "GET http://h/~~> ./after.js|HTTP007",
        "GET http://h/~~GET http://h/b|HTTP027",
        "GET http://h/~GET http://h/b|HTTP027",
        "GET http://h/~# @expect color red|HTTP028",
        "# @expect color red~GET http://h/|HTTP028",
        "GET http://h/~~> {% for (;;) {} %}|HTTP007",
        "import other.http~GET http://h/|HTTP021",
        "run #one|HTTP021",
        "GET http://{{h/|HTTP008",
        "GET http://{{}}/|HTTP009"
      })
  void whatIsWrongIsSaidWithItsPlace(String text, String id) {
    HttpFile file = HttpFile.parse(text.replace('~', '\n'));
    assertThat(ids(file)).containsExactly(id);
    assertThat(file.diagnostics().getFirst().span().end()).isPositive();
    assertThat(file.diagnostics().getFirst().fix()).isNotEmpty();
  }

  /** The body as it was written, each file as its name in angle brackets. */
  private static String body(String text) {
    StringBuilder all = new StringBuilder();
    for (HttpFile.Part part : only(text).body().parts()) {
      all.append(
          switch (part) {
            case HttpFile.Part.Text(Template t) -> t.toString();
            case HttpFile.Part.File file -> "<" + file.path() + ">";
          });
    }
    return all.toString();
  }

  @Test
  void oneEmptyLineEndsTheHeadersAndTheNextIsTheBodys() {
    assertThat(body("POST http://h/\n\n\ntext\n\n")).isEqualTo("\ntext");
    assertThat(only("GET http://h/\n\n\n\n").body().parts()).isEmpty();
  }

  @Test
  void indentedLinesGoOnWithTheUrlUnlessTheyAreHeaders() {
    HttpFile.Request request =
        only("GET http://h:80/v1/\n    tracks\n    :x\n    ?a=1\n  Accept: b\n  X-C: d\n");
    assertThat(request.url()).hasToString("http://h:80/v1/tracks:x?a=1");
    assertThat(request.headers())
        .extracting(HttpFile.Header::name)
        .containsExactly("Accept", "X-C");
  }

  @Test
  void anIndentedLineGoesOnWithTheHeaderAboveUnlessItIsOne() {
    HttpFile.Request request =
        only("GET http://h/\nAccept: a/b,\n  c/d;q=0.5,\n\te/{{more}}\n  X-C: d\n\nbody");
    assertThat(request.headers())
        .extracting(h -> h.name() + ": " + h.value())
        .containsExactly("Accept: a/b, c/d;q=0.5, e/{{more}}", "X-C: d");
    assertThat(HttpFile.parse("GET http://h/\n  no header here").diagnostics()).isEmpty();
    assertThat(HttpFile.parse("GET http://h/\nA: b\nno header here").diagnostics())
        .extracting(Diagnostic::id)
        .containsExactly("HTTP006");
  }

  @Test
  void commentsAndVariablesAreNoPartOfABody() {
    assertThat(body("POST http://h/\n\n// what\n{\n# this\n\"a\": 1}\n\n# behind\n"))
        .isEqualTo("{\n\"a\": 1}");
    assertThat(body("POST http://h/\n\n> quoted\n>> twice as\n"))
        .isEqualTo("> quoted\n>> twice as");
    assertThat(body("POST http://h/\n\na\n> {% client.log(1) // x\n%}\n<> 2022.json\n"))
        .isEqualTo("a");
    HttpFile file =
        HttpFile.parse("GET http://h/\n\n@x = {{l.response.body.$.id}}\n\n###\nGET {{x}}\n");
    assertThat(file.diagnostics()).isEmpty();
    assertThat(file.requests().getFirst().body().parts()).isEmpty();
    assertThat(file.variables()).extracting(HttpFile.Variable::name).containsExactly("x");
  }

  @Test
  void filesAreReadAsTheEditorsReadThem() {
    assertThat(only("\ufeffget http://h/\n?a=1\n&b=2\n").url()).hasToString("http://h/?a=1&b=2");
    assertThat(only("GET http://h/?\n# &b=2\n&c=3").url()).hasToString("http://h/?&c=3");
    assertThat(HttpFile.parse("# @name a\nGET h\n###\n# @name a\nGET i").diagnostics()).isEmpty();
    assertThat(only("get http://h/").method()).isEqualTo("GET");
    assertThat(only("### login\nGET http://h/").name()).contains("login");
    assertThat(only("### all of it\nGET http://h/").name()).isEmpty();
    assertThat(HttpFile.parse("GET http://h/\n###\nHTTP/1.1 200 OK\nA: b\n\nbody").requests())
        .hasSize(1);
  }

  @Test
  void whatIsNotUnderstoodRefusesItsRequestAlone() {
    HttpFile file =
        HttpFile.parse(
            """
            GET http://h/

            > {% fetch(1) %}
            ###
            GET http://h/b

            > ./a.js
            ###
            GET http://h/c""");
    assertThat(file.loose()).isEmpty();
    assertThat(file.requests())
        .extracting(r -> r.refusal().isPresent())
        .containsExactly(true, true, false);
  }

  @Test
  void linesMayEndInCarriageReturnAndLineFeed() {
    HttpFile file = HttpFile.parse("GET http://h/\r\nA: b\r\n\r\nbody\r\n");
    assertThat(file.diagnostics()).isEmpty();
    HttpFile.Request request = file.requests().getFirst();
    assertThat(request.headers().getFirst().value()).hasToString("b");
    assertThat(request.version()).isEqualTo(Optional.empty());
    assertThat(request.body().parts().getFirst()).hasToString("Text[text=body]");
  }

  private static HttpFile.Request only(String text) {
    HttpFile file = HttpFile.parse(text);
    assertThat(file.diagnostics()).isEmpty();
    assertThat(file.requests()).hasSize(1);
    return file.requests().getFirst();
  }

  @Test
  void aLongUrlGoesOnInIndentedLines() {
    HttpFile.Request request =
        only("GET http://h:1\n    /api\n    /get\n    ?id=1\n    &b=2 HTTP/2\nX-A: b\n");
    assertThat(request.url()).hasToString("http://h:1/api/get?id=1&b=2");
    assertThat(request.version()).contains("HTTP/2");
    assertThat(request.headers()).hasSize(1);
    assertThat(only("GET http://h/g?\n    first=John&\n    last=D:e\nX-A: b").url())
        .hasToString("http://h/g?first=John&last=D:e");
  }

  @Test
  void aVersionMayBeKnownBefore() {
    assertThat(only("GET http://h/a b HTTP/2 (Prior Knowledge)").version())
        .contains("HTTP/2 (Prior Knowledge)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "# @nmae login|HTTP024|Did you mean # @name?",
        "// @no-redirct|HTTP024|Did you mean # @no-redirect?",
        "GRPC localhost/Service|HTTP025|Write an HTTP request."
      })
  void whatIsNotDoneIsSaidByName(String line, String id, String fix) {
    List<Diagnostic> found = HttpFile.parse(line + "\n").diagnostics();
    assertThat(found).extracting(Diagnostic::id).containsExactly(id);
    assertThat(found.getFirst().fix()).isEqualTo(fix);
  }

  @Test
  void aCommentMayBeginWithAnyWord() {
    assertThat(only("# @todo later\n# @no-log\nGET http://h/").directives()).hasSize(2);
  }
}
