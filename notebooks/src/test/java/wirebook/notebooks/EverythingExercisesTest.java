package wirebook.notebooks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the checks of the last notebook say to wrong answers and to right ones. */
@Tag("slow")
class EverythingExercisesTest extends Exercises {
  EverythingExercisesTest() {
    super("08-everything.ipynb");
  }

  @BeforeAll
  void defineTheChecks() throws Exception {
    run(cell("var story") + "\n" + cell("int dns = 0"));
    for (String start : List.of("String checkStory", "String checkTimes", "String[] faults")) {
      run(cell(start));
    }
    run(cell("var layers") + "\n" + cell("String checkLayers"));
  }

  @Test
  void aStoryHasFiveLayersInTheirOrder() {
    assertThat(told("checkStory(\"\")")).contains("Not yet: write at least five lines");
    assertThat(told("checkStory(\"the browser shows the page\")"))
        .contains("from the name to an address");
    assertThat(told("checkStory(\"DNS, then TCP, TLS, HTTP\")"))
        .contains("Which machine gets the packet first?");
    assertThat(told("checkStory(\"TCP connect, DNS, gateway, TLS, HTTP\")"))
        .contains("before you know the address");
    assertThat(told("checkStory(\"DNS, gateway, certificate, TCP, HTTP\")"))
        .contains("TLS speaks over a connection");
    assertThat(told("checkStory(\"The resolver asks. The router sends it on. TCP, TLS, GET / .\")"))
        .contains("Right");
  }

  @Test
  void momentsAreSumsOfWhatCameBefore() {
    assertThat(told("checkTimes(0, 0, 0, 0, 0, 0)")).contains("Not yet: fill in the numbers");
    assertThat(told("checkTimes(120, 220, 420, 550, 560, 5)"))
        .contains("the first 120 ms were DNS");
    assertThat(told("checkTimes(120, 100, 300, 0, 0, 3)")).contains("at 220 ms");
    assertThat(told("checkTimes(120, 100, 200, 130, 10, 5)")).contains("only TCP and TLS");
    assertThat(told("checkTimes(120, 100, 200, 130, 10, 2)")).contains("one round trip is 100 ms");
    assertThat(told("checkTimes(120, 100, 200, 130, 10, 3)")).contains("Right");
  }

  private String layers(String... answers) throws Exception {
    String filled = cell("var layers");
    for (String answer : answers) {
      filled = filled.replaceFirst(", \"\"", ", \"" + answer + "\"");
    }
    run(filled);
    return told("checkLayers(layers)");
  }

  @Test
  void aSymptomNamesALayer() throws Exception {
    assertThat(layers()).contains("Not yet: no answer for");
    assertThat(layers("name")).contains("none of the five words");
    assertThat(layers("http")).contains("the answer of a name server");
    assertThat(layers("dns", "tcp")).contains("no table says where");
    assertThat(layers("dns", "route", "route")).contains("somebody said no");
    assertThat(layers("dns", "route", "tcp", "tls", "tcp")).contains("a status code was read");
    assertThat(layers("dns", "route", "tcp", "tls", "http", "http", "dns")).contains("Right");
  }

  @Test
  void eachMysteryHasItsLayerAndIsMendedByTheNext() {
    String shop = "%curl -sS -m 20 -w '%{http_code}' https://shop.class.example/";
    assertThat(told("solve(1, \"dns\")")).contains("run mystery(1) first");
    run("mystery(1);");
    assertThat(run(shop)).contains("Could not resolve host");
    assertThat(told("solve(1, \"\")")).contains("look around");
    assertThat(told("solve(1, \"name\")")).contains("none of the five words");
    assertThat(told("solve(1, \"route\")")).contains("route works");
    assertThat(told("solve(1, \"http\")")).contains("Ask from below");
    assertThat(told("solve(1, \"dns\")")).contains("Right: dns, in ");
    run("mystery(2);");
    assertThat(run(shop)).contains("curl: (7)");
    assertThat(run("%ip route get 203.0.113.200")).contains("No route to host");
    assertThat(told("solve(2, \"tcp\")")).contains("Ask from below");
    assertThat(told("solve(2, \"route\")")).contains("Right: route");
    run("mystery(3);");
    assertThat(run(shop)).contains("curl: (7)");
    assertThat(run("%ip route get 203.0.113.200")).contains("via 192.0.2.1");
    assertThat(run("%nc -zv shop.class.example 443")).contains("refused");
    assertThat(told("solve(3, \"tcp\")")).contains("Right: tcp");
    run("mystery(4);");
    assertThat(run(shop)).contains("200");
    assertThat(run("%curl -sS https://pay.class.example/")).contains("no alternative certificate");
    assertThat(told("solve(4, \"tls\")")).contains("Right: tls");
    run("mystery(5);");
    assertThat(run(shop)).contains("500");
    assertThat(told("solve(5, \"tls\")")).contains("tls works");
    assertThat(told("solve(5, \"http\")")).contains("Right: http");
    run("%backend stop shop\n%serve stop all");
  }
}
