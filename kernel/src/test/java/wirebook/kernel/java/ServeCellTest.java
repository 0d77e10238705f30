package wirebook.kernel.java;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import wirebook.kernel.java.TestCells.Recorded;
import wirebook.kernel.session.Interpreter.Outcome;

@Tag("slow")
class ServeCellTest {
  @TempDir Path folder;
  private static final TestCells CELLS = new TestCells();

  @AfterAll
  static void close() {
    CELLS.close();
  }

  private static String plain(Outcome.Failed failed) {
    return String.join("\n", failed.traceback()).replaceAll("\u001b\\[[0-9;]*m", "");
  }

  @Test
  void javaBelowServeAnswersRequestsAndSeesTheNotebooksNames() {
    CELLS.out("int visits = 0; String greet(String who) { return \"Hello, \" + who; }");
    CELLS.out(
        """
        %%serve 0 --name hello
        // a comment stays

        get("/hello/{name}", request -> greet(request.parameter("name")) + " " + ++visits);
        get("/json", request -> Map.of("n", 1));
        post("/", request -> text(request.text()).withStatus(201));
        """);
    String out =
        CELLS.out(
            """
            var hello = %serve log hello
            for (String path : List.of("hello/Ada", "hello/Bob", "json"))
              System.out.println(new String(
                URI.create(hello.url() + path).toURL().openStream().readAllBytes()));
            """);
    assertThat(out).contains("Hello, Ada 1", "Hello, Bob 2", "\"n\": 1");
  }

  @Test
  void aVariableHasTheTypeOfTheServerAndWhatGivesNoneSaysSo() {
    assertThat(
            CELLS.value(
                """
                var daemon = %serve 0 --ssh --password pw
                var map = %internet map
                daemon.isOpen() && map instanceof wirebook.internet.NetworkMap"""))
        .contains("true");
    Outcome.Failed failed = (Outcome.Failed) CELLS.run("var all = %serve list", new Recorded());
    assertThat(plain(failed)).contains("error: %serve list has no value to assign");
  }

  @Test
  void requestsAndResponsesMayBeRecords() {
    CELLS.out("record Item(String name, int price) {}");
    CELLS.out(
        """
        %%serve 0 --name typed -q
        post("/dearer", request -> {
          var item = request.json(Item.class);
          return new Item(item.name(), item.price() + 1);
        });
        """);
    assertThat(
            CELLS.out(
                """
                var typed = %serve log typed
                var tea = %curl -s -o /dev/null --json '{"name": "tea", "price": 3}' ${typed.url()}dearer
                var bad = %curl -s -o /dev/null --json '{"name": "tea", "price": "x"}' ${typed.url()}dearer
                System.out.println(tea.json("$.name") + tea.json("$.price") + " " + bad.status());
                """))
        .contains("tea4 400");
  }

  @Test
  void serveFromJavaTakesWhatAMethodIsNow() {
    CELLS.out("String word() { return \"old\"; }");
    CELLS.out("var own = serve(0, request -> word() + \" \" + request.path());");
    String ask =
        "System.out.print(new String(URI.create(own.url() + \"x\").toURL().openStream()"
            + ".readAllBytes()));";
    assertThat(CELLS.out(ask)).contains("old /x");
    CELLS.out("String word() { return \"new\"; }");
    assertThat(CELLS.out(ask)).contains("new /x");
    assertThat(CELLS.out("%serve list")).contains("the handlers of this cell");
  }

  @Test
  void importsMayStandAboveTheHandlers() {
    CELLS.out(
        """
        %%serve 0 --name imports -q
        // what it needs
        import java.util.zip.CRC32;
        import static java.lang.Math.max;

        get("/", request -> max(1, 2) + " " + new CRC32().getValue());
        """);
    assertThat(
            CELLS.out(
                """
                var imports = %serve log imports
                %curl -s ${imports.url()}
                """))
        .contains("2 0");
    assertThat(plain(CELLS.failure("%%serve 0\nimport java.util.*;\nget(1);\n")))
        .contains("get(1);", ":3:");
  }

  @Test
  void whatAHandlerPrintsIsToldBelowItsCellAndWhatItThrowsInTheOneThatLooks() {
    String cell =
        """
        %%serve 0 --name failing -q
        get("/", request -> {
          System.out.println("printed");
          throw new IllegalStateException("no");
        });
        """;
    CELLS.run(cell, new Recorded());
    Recorded again = new Recorded();
    CELLS.run(cell, again);
    CELLS.out("var failing = %serve log failing\n%curl -s -o /dev/null ${failing.url()}");
    await().untilAsserted(() -> assertThat(again.out()).contains("printed"));
    for (String look : List.of("%serve show failing", "%serve log failing")) {
      Recorded looking = new Recorded();
      CELLS.run(look, looking);
      assertThat(looking.out()).contains("[java.lang.IllegalStateException: no]");
      assertThat(looking.err()).containsPattern("\"GET / HTTP/1.1\": .*no\n +at .*In\\[\\d+]:4\n");
    }
    assertThat(again.err()).isEmpty();
  }

  @Test
  void aHandlerThatNeverEndsIsEndedWhenItsServerStops() {
    CELLS.out("volatile long turns = 0;");
    CELLS.out(
        """
        %%serve 0 --name burning -q
        get("/", request -> { while (true) turns++; });
        get("/stubborn", request -> {
          while (true) {
            try {
              Thread.sleep(10_000);
            } catch (InterruptedException e) {
              turns++;
            }
          }
        });
        """);
    CELLS.out(
        """
        var burning = %serve log burning
        for (String path : List.of("/", "/stubborn")) {
          new Socket("127.0.0.1", burning.port()).getOutputStream()
            .write(("GET " + path + " HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n").getBytes());
        }
        while (burning.computing() < 2) Thread.onSpinWait();
        """);
    assertThat(CELLS.out("%serve stop burning"))
        .contains("2 of which took too long and got no answer")
        .doesNotContain("compute");
    assertThat(
            CELLS.out(
                "long then = turns; Thread.sleep(200); System.out.print(burning.computing() + \" \" +"
                    + " (turns - then));"))
        .isEqualTo("0 0");
  }

  @Test
  void objectsOfACellsClassesAreJsonByTheirFields() {
    CELLS.out("class Tea { String name = \"green\"; private int[] cups = {1, 2}; static int n; }");
    CELLS.out("var teas = serve(0, request -> new Tea());");
    assertThat(
            CELLS.out(
                """
                var tea = %curl -s -o /dev/null ${teas.url()}
                System.out.println(tea.json("$.name") + tea.json("$.cups[1]"));
                """))
        .contains("green2");
  }

  @Test
  void linesThatAnswerNothingAreRefused() {
    assertThat(plain(CELLS.failure("%%serve 0\nvar x = 1;\n")))
        .contains("the lines below %%serve answer no request");
    assertThat(plain(CELLS.failure("%%serve stop\nget(\"/\", request -> 1);\n")))
        .contains("takes no lines below it");
    assertThat(plain(CELLS.failure("%%serve 0 --httpbin\nget(\"/\", request -> 1);\n")))
        .contains("--httpbin says it, too");
  }

  @Test
  void aMistakeInTheJavaIsShownInItsLine() {
    assertThat(plain(CELLS.failure("%%serve 0\nget(\"/\", request -> \"x\");\nget(1);\n")))
        .contains("get(1);", ":3:");
  }

  @Test
  void aRouteThatCannotBeMeantIsToldWithItsLine() {
    assertThat(
            plain(
                CELLS.failure("%%serve 0\nget(\"/\", request -> 1);\nget(\"/\", request -> 2);\n")))
        .contains("GET / has a handler already")
        .containsPattern("\n +at In\\[\\d+]:3\n");
  }

  @Test
  void httpRequestsOfACellGoOneAfterTheOther() {
    Recorded recorded = new Recorded();
    CELLS.out("var api = 1;");
    CELLS.run("%serve 0 --name api", recorded);
    String url = recorded.out().split(" ")[0];
    Recorded run = new Recorded();
    assertThat(
            CELLS.run(
                """
                %%http
                @host = URL
                # @name made
                POST {{host}}api/items
                Content-Type: application/json

                {"name": "tea"}

                ### again
                GET {{host}}api/items/{{made.response.body.$.id}}
                """
                    .replace("URL", url),
                run))
        .isInstanceOf(Outcome.Done.class);
    assertThat(run.out())
        .contains("### POST " + url + "api/items", "HTTP/1.1 201 Created", "### GET " + url);
    assertThat(run.displays)
        .filteredOn(shown -> shown.text().contains("\"name\": \"tea\""))
        .hasSize(2);
  }

  @Test
  void aReferenceWithoutValueIsShownInItsLine() {
    assertThat(plain(CELLS.failure("%%http\n@host = x\n\nGET http://{{hots}}/\n")))
        .contains("nothing is called hots", "GET http://{{hots}}/", ":4:");
  }

  @Test
  void loadOfAUrlPutsLoadOnItAndOfAFileRunsIt() throws Exception {
    CELLS.out("%%serve 0 --name loaded -q\nget(\"/\", request -> \"hello\");\n");
    String out =
        CELLS.out(
            """
            var loaded = %serve log loaded
            var load = %load 127.0.0.1:${loaded.port()} -c 2 -n 20 -q
            System.out.println(load.answers() + " " + load.statuses());
            """);
    assertThat(out).contains("Requests/sec:", "[200] 20 responses", "20 {200=20}");
    Path file = Files.writeString(folder.resolve("lesson.java"), "int ofFile = 42;");
    CELLS.out("%load " + file);
    assertThat(CELLS.out("System.out.print(ofFile);")).isEqualTo("42");
    assertThat(plain(CELLS.failure("%load -c 5"))).contains("needs the URL of a server");
  }
}
