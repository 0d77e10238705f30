package wirebook.magics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import wirebook.engine.http.HttpTransfer;
import wirebook.engine.http.file.HttpRun;
import wirebook.engine.http.server.HttpServers;
import wirebook.engine.http.server.Response;
import wirebook.engine.http.server.Routes;
import wirebook.magics.http.HttpCell;
import wirebook.net.NetworkClock;
import wirebook.spi.Diagnostic;
import wirebook.spi.MagicException;

@Tag("slow")
class HttpCellTest extends HttpbinNotebook {
  private List<HttpTransfer> run(String cell) throws InterruptedException {
    HttpRun run = (HttpRun) cells.run(new HttpCell(), cell.replace("HOST", host));
    return run.steps().stream().map(HttpRun.Step::transfer).toList();
  }

  private Diagnostic wrong(String cell) {
    return catchThrowableOfType(MagicException.class, () -> run(cell)).diagnostic();
  }

  private void file(String name, String text) throws IOException {
    Files.writeString(directory.resolve(name), text);
  }

  @Test
  void anEnvironmentIsWhatAllShareThenItsOwnThenWhatIsPrivate() throws Exception {
    file(
        "http-client.env.json",
        """
        {"$shared": {"a": "shared", "b": "shared", "c": "shared"},
         "dev": {"b": "dev", "c": "dev", "host": "http://HOST"}}
        """
            .replace("HOST", host));
    file("http-client.private.env.json", "{\"dev\": {\"c\": \"mine\"}}");
    HttpTransfer transfer =
        run("%%http --env dev\nGET {{host}}/anything/{{a}}-{{b}}-{{c}}\n").getFirst();
    assertThat(transfer.json("$.url")).endsWith("/anything/shared-dev-mine");
  }

  @Test
  void aMissingBrokenOrOtherEnvironmentIsExplained() throws Exception {
    String cell = "%%http --env stage\nGET http://HOST/get\n";
    assertThat(wrong(cell).message()).endsWith("http-client.env.json is not there");
    file("http-client.env.json", "{\"dev\": {");
    assertThat(wrong(cell).message())
        .contains("http-client.env.json is no JSON: it ends too soon at line 1")
        .doesNotContain("\n");
    file("http-client.env.json", "{\"$shared\": {}, \"dev\": {}}");
    Diagnostic other = wrong(cell);
    assertThat(other.message()).isEqualTo("http-client.env.json has no environment stage");
    assertThat(other.fix()).isEqualTo("It has dev.");
    assertThat(cell.substring(other.span().start(), other.span().end())).isEqualTo("stage");
  }

  @Test
  void aFileOfEnvironmentsIsSaidWhereItIsNamed() throws Exception {
    String cell = "%%http --env-file nowhere.json --env dev\nGET http://HOST/get\n";
    Diagnostic missing = wrong(cell);
    assertThat(missing.message()).endsWith("nowhere.json is not there");
    assertThat(cell.substring(missing.span().start(), missing.span().end()))
        .isEqualTo("nowhere.json");
    assertThat(wrong("%%http --env-file nowhere.json\nGET http://HOST/get\n").id())
        .isEqualTo("HTTP034");
  }

  @Test
  void whatAllEnvironmentsShareHoldsWithoutOne() throws Exception {
    file(
        "http-client.env.json",
        "{\"$shared\": {\"a\": \"x\"}, \"dev\": {\"b\": \"{{$shared a}}y\"}}");
    assertThat(run("%%http\nGET http://HOST/anything/{{a}}\n").getFirst().json("$.url"))
        .endsWith("/anything/x");
    assertThat(run("%%http --env dev\nGET http://HOST/anything/{{b}}\n").getFirst().json("$.url"))
        .endsWith("/anything/xy");
    assertThat(wrong("%%http --env dve\nGET http://HOST/\n").fix()).isEqualTo("Did you mean dev?");
  }

  @Test
  void anAnswerIsKnownToLaterCells() throws Exception {
    run("%%http\n# @name first\nPOST http://HOST/anything\n\nhello\n");
    assertThat(
            run("%%http\nGET http://HOST/anything/{{first.response.body.$.data}}\n")
                .getFirst()
                .json("$.url"))
        .endsWith("/anything/hello");
  }

  @Test
  void aRequestHasItsOwnTime() throws Exception {
    assertThat(wrong("%%http\n# @timeout 200 ms\nGET http://HOST/delay/5\n").message())
        .contains("curl: (28)");
    assertThat(wrong("%%http\n# @timeout soon\nGET http://HOST/get\n").message())
        .isEqualTo("\"soon\" is no time");
  }

  @Test
  void aVersionIsSpokenOrRefused() throws Exception {
    assertThat(
            run("%%http\nGET http://HOST/get HTTP/2 (Prior Knowledge)\n")
                .getFirst()
                .response()
                .orElseThrow()
                .version())
        .isEqualTo("HTTP/2");
    assertThat(wrong("%%http\nGET http://HOST/get HTTP/3\n").message())
        .isEqualTo("HTTP/3 is not spoken here");
  }

  @Test
  void aUrlIsNeverTheNameOfAFile() throws Exception {
    file("urls.txt", "http://" + host + "/get\n");
    assertThat(wrong("%%http\nGET @" + directory.resolve("urls.txt") + "\n").message())
        .contains("curl: (3) URL rejected: No host present");
  }

  @Test
  void aRequestIsChosenByItsTitleToo() throws Exception {
    String cell = "%%http two\n### one\nGET http://HOST/get\n### two\nGET http://HOST/headers\n";
    assertThat(run(cell)).hasSize(1);
    assertThat(wrong(cell.replace("http two", "http tow")).fix()).isEqualTo("Did you mean two?");
  }

  @Test
  void theFieldsOfAFormMayStandBelowOneAnother() throws Exception {
    HttpTransfer transfer =
        run("""
        %%http
        POST http://HOST/post
        Content-Type: application/x-www-form-urlencoded

        a=1
        &b=2
          &c=3
        """)
            .getFirst();
    assertThat(transfer.request().orElseThrow().body().text()).isEqualTo("a=1&b=2&c=3");
    assertThat(
            run("""
            %%http
            POST http://HOST/post
            Content-Type: application/x-www-form-urlencoded

            a = 1 &
            b = x y &
            c = 3
            """)
                .getFirst()
                .request()
                .orElseThrow()
                .body()
                .text())
        .isEqualTo("a=1&b=x%20y&c=3");
  }

  @Test
  void theFileWithTheSecretsIsReadAndNotShown() throws Exception {
    file(".env", "# mine\nexport TOKEN=\"a b\"\nOTHER = x # why\n");
    HttpTransfer transfer =
        run("%%http\nGET http://HOST/get\nX-A: {{$dotenv TOKEN}}/{{$dotenv OTHER}}\n").getFirst();
    assertThat(transfer.json("$.headers.X-A")).isEqualTo("a b/x");
    assertThat(wrong("%%http\nGET http://HOST/{{$dotenv NOPE}}\n").fix())
        .isEqualTo("It has OTHER, TOKEN.");
  }

  @Test
  void aNameAndAPasswordBecomeALogin() throws Exception {
    List<HttpTransfer> transfers =
        run(
            """
            %%http
            GET http://HOST/basic-auth/user/secret
            Authorization: Basic user secret
            ###
            GET http://HOST/digest-auth/auth/user/secret
            Authorization: Digest user secret
            ###
            GET http://HOST/basic-auth/user/secret
            Authorization: Basic dXNlcjpzZWNyZXQ=
            """);
    assertThat(transfers).extracting(HttpTransfer::status).containsOnly(200);
  }

  @Test
  void cookiesStayForTheRequestsBelowUnlessTheyAreNotWanted() throws Exception {
    List<HttpTransfer> transfers =
        run(
            """
            %%http
            GET http://HOST/cookies/set?a=b
            ###
            GET http://HOST/cookies
            ###
            # @no-cookie-jar
            GET http://HOST/cookies
            """);
    assertThat(transfers.get(1).json("$.cookies.a")).isEqualTo("b");
    assertThat(transfers.get(2).json("$.cookies")).isEqualTo("{}");
  }

  @Test
  void aGraphQlQueryAndItsVariablesAreSentAsJson() throws Exception {
    String query =
        """

        query Q($n: Int) {
          x(n: $n)
        }

        {"n": 1}
        """;
    for (String head :
        List.of("GRAPHQL http://HOST/post\n", "POST http://HOST/post\nX-REQUEST-TYPE: GraphQL\n")) {
      HttpTransfer transfer = run("%%http\n" + head + query).getFirst();
      assertThat(transfer.json("$.json.query")).isEqualTo("query Q($n: Int) {\n  x(n: $n)\n}");
      assertThat(transfer.json("$.json.variables.n")).isEqualTo("1");
      assertThat(transfer.request().orElseThrow().header("X-Request-Type")).isEmpty();
    }
  }

  @Test
  void aValueOfAnXmlResponseIsFoundByItsPath() throws Exception {
    List<HttpTransfer> transfers =
        run(
            """
            %%http
            # @name one
            GET http://HOST/xml
            ###
            POST http://HOST/anything/{{one.response.body.//slide[1]/title}}

            {{one.response.body.//slide[2]/title}}
            """);
    assertThat(transfers.get(1).json("$.data")).isEqualTo("Overview");
    assertThat(transfers.get(1).json("$.url")).endsWith("/Wake%20up%20to%20WonderWidgets!");
  }

  @Test
  void aPathIsOnTheHostThatTheHeaderNames() throws Exception {
    HttpTransfer transfer = run("%%http\nGET /get?a=b HTTP/1.1\nHost: HOST\n").getFirst();
    assertThat(transfer.json("$.args.a")).isEqualTo("b");
    assertThat(wrong("%%http\nGET /get\n").message()).isEqualTo("/get is on no host");
  }

  @Test
  void aReferenceToARequestThatWasLeftOutSaysSo() throws Exception {
    String cell =
        """
        %%http two
        # @name one
        GET http://HOST/get

        ###
        # @name two
        GET http://HOST/anything/{{one.response.body.$.url}}
        """;
    Diagnostic wrong = wrong(cell);
    assertThat(wrong.fix()).startsWith("It has to be sent before this one");
    assertThat(run(cell.replace("%%http two", "%%http one two"))).hasSize(2);
  }

  @Test
  void aTransferThatFailsEndsTheRunAndSaysWhatIsNotSent() {
    Diagnostic wrong =
        wrong(
            """
            %%http
            GET http://HOST/status/500
            ###
            GET http://HOST:99999/
            ###
            # @name third
            GET http://HOST/get
            ###
            GET http://HOST/ip
            """);
    assertThat(wrong.message()).contains("curl: (3)");
    assertThat(wrong.fix()).startsWith("Not sent: third, GET http://").endsWith("/ip.");
    assertThat(cells.printed()).contains("500 Internal");
  }

  @Test
  void aRequestThatCannotBeFilledInIsLeftOutAndTheOthersAreSent() {
    Diagnostic wrong =
        wrong("%%http\nGET http://HOST/{{nowhere}}\n###\nGET http://HOST/anything/behind\n");
    assertThat(wrong.message()).isEqualTo("nothing is called nowhere");
    assertThat(cells.printed()).contains("/anything/behind\n");
  }

  @Test
  void aCommandOfCurlIsARequest() throws Exception {
    List<HttpTransfer> all =
        run(
            """
            %%http
            @path = anything
            # @name first
            curl -X PUT "http://HOST/{{path}}/a b" \\
              -g -H 'Content-Type: application/json' \\
            # in between
              -d '{"a":
                   "it is"}'
            ###
            GET http://HOST/anything/{{first.response.body.$.json.a}}
            """
                .replace("a b", "a%20b")
                .replace("\n# in between", ""));
    assertThat(all.getFirst().json("$.method")).isEqualTo("PUT");
    assertThat(all.get(1).json("$.url")).endsWith("/anything/it%20is");
    assertThat(wrong("%%http\ncurl http://HOST/get | jq .\n").message()).endsWith("| jq .");
    assertThat(wrong("%%http\ncurl http://HOST/get\n\ncurl http://HOST/ip\n").message())
        .contains("goes on with curl http");
    assertThat(cells.printed()).doesNotContain("### curl");
  }

  @Test
  void whatRunsAheadOfARequestSetsItsVariables() throws Exception {
    List<HttpTransfer> all =
        run(
            """
            %%http
            @id = {{$guid}}
            < {%
              request.variables.set("n", "3");
              client.global.set("all", "x" + request.variables.get("n"));
            %}
            GET http://HOST/anything/{{n}}/{{all}}/{{id}}
            ###
            GET http://HOST/anything/{{all}}/{{id}}
            """);
    assertThat(all.getFirst().json("$.url")).contains("/anything/3/x3/");
    String url = all.get(1).json("$.url");
    assertThat(url).endsWith("/x3" + url.substring(url.lastIndexOf('/')));
    assertThat(all.getFirst().json("$.url")).endsWith(url.substring(url.lastIndexOf('/')));
    assertThat(
            wrong(
                    "%%http\n< {% request.variables.set('n', 1) %}\nGET http://HOST/ip\n###\nGET"
                        + " http://HOST/{{n}}\n")
                .message())
        .isEqualTo("nothing is called n");
  }

  @Test
  void aFileOfAnotherEncodingIsSentAsUtf8AndAllOfAServerHasAnAsterisk() throws Exception {
    Files.write(directory.resolve("l.txt"), new byte[] {(byte) 0xfc, '!'});
    HttpTransfer sent =
        run("%%http\nPOST http://HOST/anything\nContent-Type: text/plain\n\n<@latin1 l.txt\n")
            .getFirst();
    assertThat(sent.json("$.data")).isEqualTo("\u00fc!");
    assertThat(wrong("%%http\nPOST http://HOST/anything\n\n<@latin77 l.txt\n").message())
        .isEqualTo("there is no encoding latin77");
    assertThat(run("%%http\nOPTIONS * HTTP/1.1\nHost: HOST\n").getFirst().request().orElseThrow())
        .hasToString("OPTIONS *");
  }

  private String method(String request) throws InterruptedException {
    return run("%%http\n" + request).getFirst().request().orElseThrow().toString();
  }

  @Test
  void behindARedirectionTheMethodIsWhatTheStatusSays() throws Exception {
    String to = " http://HOST/redirect-to?url=/anything&status_code=";
    assertThat(method("DELETE" + to + "303")).isEqualTo("GET /anything");
    assertThat(method("PUT" + to + "303\n\nbody")).isEqualTo("GET /anything");
    assertThat(method("POST" + to + "302\n\nbody")).isEqualTo("GET /anything");
    assertThat(method("POST" + to + "301")).isEqualTo("GET /anything");
    assertThat(method("PUT" + to + "307\n\nbody")).isEqualTo("PUT /anything");
    assertThat(method("DELETE" + to + "302")).isEqualTo("DELETE /anything");
  }

  @Test
  void whatTheEditorsMakeOfARequestIsSent() throws Exception {
    List<HttpTransfer> all =
        run(
            """
            %%http
            @id = {{$guid}}
            POST http://HOST/anything/{{id}}
            Content-Length: 100
            Accept-Encoding: gzip, deflate, br
            Content-Type: application/x-ndjson

            {"a": 1}
            # not this
            {"b": 2}
            ###
            GET http://HOST/anything/{{id}}
            ###
            GET http://HOST/gzip
            Accept-Encoding: gzip
            ###
            POST http://HOST/anything
            Content-Type: application/x-www-form-urlencoded

            client_id= {{id}}
            &scope=openid profile&x=%20<y>
            """);
    assertThat(all.getFirst().json("$.data")).isEqualTo("{\"a\": 1}\n{\"b\": 2}\n");
    assertThat(all.get(1).json("$.url")).isEqualTo(all.getFirst().json("$.url"));
    assertThat(all.get(2).json("$.gzipped")).isEqualTo("true");
    String id = all.get(1).json("$.url").replaceFirst(".*/", "");
    assertThat(all.get(3).request().orElseThrow().body().text())
        .isEqualTo("client_id=" + id + "&scope=openid%20profile&x=%20%3Cy%3E");
  }

  private String authorization(String value) throws InterruptedException {
    return run("%%http\nGET http://HOST/headers\nAuthorization: " + value + "\n")
        .getFirst()
        .json("$.headers.Authorization");
  }

  @Test
  void passwordsMayBeEmptyAndHaveBlanks() throws Exception {
    assertThat(authorization("Basic user:")).isEqualTo("Basic dXNlcjo=");
    assertThat(authorization("Basic user pass word")).isEqualTo("Basic dXNlcjpwYXNzIHdvcmQ=");
    assertThat(authorization("Basic dXNlcjo=")).isEqualTo("Basic dXNlcjo=");
    assertThat(authorization("Bearer a b")).isEqualTo("Bearer a b");
  }

  @Test
  void aVariableMayBeAWholeHeader() throws Exception {
    String cell = "%%http\n@me = Authorization: Basic alice:\nGET http://HOST/headers\n{{me}}\n";
    assertThat(run(cell).getFirst().json("$.headers.Authorization")).isEqualTo("Basic YWxpY2U6");
    String two = "%%http\n@both = A: 1\\nB: 2\nGET http://HOST/headers\n{{both}}\n";
    assertThat(run(two).getFirst().json("$.headers.B")).isEqualTo("2");
    assertThat(wrong(cell.replace("Authorization: ", "")).message())
        .startsWith("{{me}} is no header");
  }

  @Test
  void aVariableMayBeAHeadersNameOrGoOnIntoTheBody() throws Exception {
    HttpTransfer sent =
        run("""
                %%http
                @name = X-A
                @json: = Content-Type: application/json\\n\\n
                PUT http://HOST/anything
                {{name}}: 1
                {{json:}} {"level": "debug"}
                """)
            .getFirst();
    assertThat(sent.json("$.json.level")).isEqualTo("debug");
    assertThat(sent.json("$.headers.X-A")).isEqualTo("1");
  }

  @Test
  void handlersSetWhatLaterRequestsNeed() throws Exception {
    List<HttpTransfer> all =
        run(
            """
            %%http
            POST http://HOST/anything
            Content-Type: application/json

            {"token": "abc", "list": [{"id": 7}]}

            > {%
              // what comes later needs it
              client.global.set("token", response.body.json.token);
              if (response.status === 200 && response.headers.valueOf("Content-Type").includes("json")) {
                client.global.set('id', response.body.json.list[0].id);
              } else { client.global.set("id", "none"); }
              client.test("it is there", function() {
                client.assert(response.body.json.list.length == 1, "list is missing");
              });
              client.log(`status ${response.status}`);
            %}
            ###
            GET http://HOST/anything/{{id}}?t={{token}}
            """);
    assertThat(all.get(1).json("$.url")).endsWith("/anything/7?t=abc");
    assertThat(cells.printed()).contains("status 200");
    assertThat(run("%%http\nGET http://HOST/anything/{{token}}\n").getFirst().json("$.url"))
        .endsWith("/abc");
  }

  @Test
  void whatIsExpectedIsCheckedAndFailsTheCell() throws Exception {
    String good =
        """
        %%http
        # @expect status 200
        # @expect header Content-Type contains json
        # @expect json $.url endsWith /get
        # @expect json $.nothing not exists
        # @expect duration < 1 m
        GET http://HOST/get
        """;
    run(good.replace("1 m", "60 s"));
    assertThat(cells.shown().getLast().text()).contains("5 of 5 checks passed");
    Diagnostic wrong = wrong(good.replace("1 m", "60 s").replace("status 200", "status 201"));
    assertThat(wrong.message()).isEqualTo("1 check has failed: status 201: it is 200");
    assertThat(cells.shown().getLast().text()).contains("FAILED  status 201: it is 200");
    assertThat(wrong(good).message()).contains("no duration");
    run(
        """
        %%http
        POST http://HOST/post
            # @expect status 200
            ?a=1
        # @expect json $.args.a == "1"
        Content-Type: application/json

        # @expect json $.json.b == 2
        {"b":
        # @expect json $.nothing not exists
         2}

        # @expect duration < 60 s
        """);
    assertThat(cells.shown().getLast().text())
        .as("wherever they stand in their request")
        .contains("5 of 5 checks passed");
  }

  @Test
  void whatFailedIsNamedWithWhatCameInsteadAndWithItsRequest() {
    String cell =
        """
        %%http
        # @name first
        # @expect status 200
        GET http://HOST/get

        ###
        # @name second
        # @expect status 201
        GET http://HOST/get

        > {%
          client.test("url is right", () =>
            client.assert(response.body.url === "x", "it came from afar"));
        %}
        """
            .replace("HOST", host);
    Diagnostic wrong = wrong(cell);
    assertThat(wrong.message())
        .isEqualTo(
            "2 checks have failed: status 201: it is 200 (second);"
                + " url is right: it came from afar (second)");
    assertThat(cell.substring(0, wrong.span().start()))
        .as("the place is the request which failed, not the first")
        .contains("# @name second");
  }

  @Test
  void aResponseIsWrittenIntoAFile() throws Exception {
    file("out.txt", "old");
    run("%%http\nGET http://HOST/robots.txt\n\n>> out.txt\n>>! sub/over.txt\n");
    assertThat(directory.resolve("out.txt")).hasContent("old");
    assertThat(Files.readString(directory.resolve("out-1.txt"))).contains("Disallow");
    assertThat(directory.resolve("sub/over.txt")).exists();
  }

  @Test
  void aFileOfRequestsRunsAsACellDoes() throws Exception {
    file(
        "a.http",
        "@h = http://HOST\n### one\nGET {{h}}/get\n### two\nGET {{h}}/uuid\n"
            .replace("HOST", host));
    assertThat(run("%http a.http")).hasSize(2);
    assertThat(run("%http a.http two").getFirst().body()).contains("uuid");
    assertThat(wrong("%http b.http").message()).isEqualTo("b.http cannot be read");
    file("a.http", "GET http://x/\n\n> {% while (1) {} %}\n");
    assertThat(wrong("%http a.http").message()).startsWith("a.http:3: the response handler");
  }

  @Test
  void aWebSocketSpeaks() throws Exception {
    HttpServers talking = new HttpServers();
    int port =
        talking
            .start(
                HttpServers.Plan.on(
                    0,
                    "talk",
                    new Routes()
                        .get(
                            "/ws",
                            request ->
                                Response.webSocket(
                                    socket -> {
                                      for (var m = socket.receiveText();
                                          m.isPresent();
                                          m = socket.receiveText()) {
                                        socket.send("echo " + m.get());
                                      }
                                    }))),
                NetworkClock.SYSTEM)
            .server()
            .port();
    run(
        "%%http\nWEBSOCKET ws://127.0.0.1:"
            + port
            + "/ws\n\none\n=== wait-for-server\n{\"a\": 2}\n");
    assertThat(cells.printed())
        .containsSubsequence(
            "* open: 101", "> one", "< echo one", "> {\"a\": 2}", "< echo {\"a\": 2}");
    talking.closeAll();
  }

  @Test
  void aWebSocketOfAnUnknownNameSaysWhatARequestSays() {
    assertThat(wrong("%%http\nWEBSOCKET ws://nosuch.class.example/chat\n").message())
        .isEqualTo("no response came: curl: (6) Could not resolve host: nosuch.class.example");
  }
}
