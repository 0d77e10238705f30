package wirebook.engine.http.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import wirebook.net.NetworkClock;
import wirebook.net.RealNetwork;

class BalancerTest {
  private final HttpServers servers = new HttpServers();

  @AfterEach
  void closeAll() {
    servers.closeAll();
  }

  private HttpServer start(String name, Endpoint endpoint) throws IOException {
    return servers.start(HttpServers.Plan.on(0, name, endpoint), NetworkClock.SYSTEM).server();
  }

  private HttpServer named(String name) throws IOException {
    return start(name, request -> Response.text(name));
  }

  private HttpServer before(HttpServer... backends) throws IOException {
    List<URI> urls = Stream.of(backends).map(server -> URI.create(server.url())).toList();
    return start("balancer", new Balancer(new RealNetwork(), urls));
  }

  private static HttpResponse<String> ask(
      HttpServer server, String method, String path, String body) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(
          HttpRequest.newBuilder(URI.create(server.url()).resolve(path))
              .version(HttpClient.Version.HTTP_1_1)
              .method(
                  method,
                  body.isEmpty()
                      ? HttpRequest.BodyPublishers.noBody()
                      : HttpRequest.BodyPublishers.ofString(body))
              .build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }

  private static List<String> fourAnswers(HttpServer balancer) {
    return IntStream.range(0, 4)
        .mapToObj(
            i -> {
              try {
                return ask(balancer, "GET", "/", "").body();
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            })
        .toList();
  }

  @Test
  void serversTakeTurnsAndOneThatIsGoneIsNotMissed() throws Exception {
    HttpServer one = named("one");
    HttpServer balancer = before(one, named("two"));
    assertThat(fourAnswers(balancer)).containsExactly("one", "two", "one", "two");
    one.close();
    assertThat(fourAnswers(balancer)).containsOnly("two");
    assertThat(balancer.log()).contains("127.0.0.1:" + one.port() + " is not there] [to ");
  }

  @Test
  void withNoneLeftItSaysSoAndWhenToComeBack() throws Exception {
    HttpServer one = named("one");
    HttpServer balancer = before(one);
    one.close();
    HttpResponse<String> none = ask(balancer, "GET", "/", "");
    assertThat(none.statusCode()).isEqualTo(503);
    assertThat(none.headers().firstValue("Retry-After")).contains("2");
    assertThat(none.body()).contains("127.0.0.1:" + one.port());
  }

  @Test
  void requestAndResponseGoThroughWholeAndSayWhichWay() throws Exception {
    HttpServer backend =
        start(
            "echo",
            request ->
                Response.json(
                        List.of(
                            request.method(),
                            request.target(),
                            request.text(),
                            request.header("Via").orElse(""),
                            request.header("Connection").orElse(""),
                            request.origin("127.0.0.1").host()))
                    .withStatus(207)
                    .with("X-Two", "a")
                    .plus("X-Two", "b"));
    HttpServer balancer = before(backend);
    HttpResponse<String> response = ask(balancer, "PATCH", "/a%20b//c?x=%2F&y", "content");
    assertThat(response.statusCode()).isEqualTo(207);
    assertThat(response.headers().allValues("X-Two")).containsExactly("a", "b");
    assertThat(response.headers().firstValue("Via")).contains("1.1 wirebook");
    assertThat(response.body())
        .contains(
            "\"PATCH\"",
            "/a%20b//c?x=%2F&y",
            "\"content\"",
            "1.1 wirebook",
            "127.0.0.1:" + balancer.port());
    assertThat(ask(balancer, "HEAD", "/", "").headers().firstValue("X-Two")).contains("a");
  }

  @Test
  void whatAClientSaysOfItsOriginIsNotHandedOn() throws Exception {
    HttpServer balancer =
        before(
            start(
                "origin",
                request ->
                    Response.text(
                        request.origin("127.0.0.1").client()
                            + request.headers().all("X-Forwarded-For"))));
    try (Socket socket = new Socket(balancer.address().getAddress(), balancer.port())) {
      socket
          .getOutputStream()
          .write(
              "GET / HTTP/1.0\r\nForwarded: for=6.6.6.6\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
          .endsWith("127.0.0.1[127.0.0.1]");
    }
  }

  @Test
  void aRequestThatMayHaveBeenAnsweredIsNotAskedTwice() throws Exception {
    try (ServerSocket rude = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual()
          .start(
              () -> {
                while (!rude.isClosed()) {
                  try (Socket socket = rude.accept()) {
                    assertThat(socket.getInputStream().read()).isPositive();
                  } catch (IOException e) {
                    return;
                  }
                }
              });
      HttpServer balancer =
          start(
              "balancer",
              new Balancer(
                  new RealNetwork(),
                  List.of(
                      URI.create("http://127.0.0.1:" + rude.getLocalPort()),
                      URI.create(named("two").url()))));
      assertThat(ask(balancer, "POST", "/", "once").statusCode()).isEqualTo(502);
      assertThat(ask(balancer, "POST", "/", "once").body()).isEqualTo("two");
      assertThat(ask(balancer, "GET", "/", "").body()).isEqualTo("two");
    }
  }
}
