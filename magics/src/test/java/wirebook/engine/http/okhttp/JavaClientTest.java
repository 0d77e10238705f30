package wirebook.engine.http.okhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import okhttp3.MediaType;
import okhttp3.Request;
import okhttp3.RequestBody;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import wirebook.engine.http.HttpExchange;
import wirebook.engine.http.HttpTransfer;
import wirebook.engine.http.server.HttpServers;
import wirebook.engine.http.server.Response;
import wirebook.engine.http.server.Routes;
import wirebook.net.NetworkClock;
import wirebook.net.RealNetwork;
import wirebook.trace.Event;

class JavaClientTest {
  private final HttpServers servers = new HttpServers();
  private final JavaClient java = new JavaClient(RealNetwork::new);
  private String url = "";

  @BeforeEach
  void start() throws IOException {
    Routes routes =
        new Routes()
            .get("/", request -> Response.json("hello"))
            .post("/echo", request -> Response.text(request.text()));
    url =
        "http://127.0.0.1:"
            + servers
                .start(HttpServers.Plan.on(0, "test", routes), NetworkClock.SYSTEM)
                .server()
                .port();
  }

  @AfterEach
  void closeAll() {
    servers.closeAll();
  }

  private String call(Request.Builder request) throws IOException {
    try (okhttp3.Response response = java.client().newCall(request.build()).execute()) {
      return response.body().string();
    }
  }

  @Test
  void callsAreExchangesOverOneConnectionWithEveryByte() throws IOException {
    assertThat(call(new Request.Builder().url(url + "/?a=b"))).startsWith("\"hello\"");
    RequestBody body = RequestBody.create("a text", MediaType.get("text/plain"));
    assertThat(call(new Request.Builder().url(url + "/echo").post(body))).isEqualTo("a text");

    HttpTransfer traffic = java.traffic();
    assertThat(traffic.exchanges())
        .extracting(HttpExchange::toString)
        .containsExactly("GET /?a=b → 200 OK", "POST /echo → 200 OK");
    assertThat(traffic.exchanges()).extracting(HttpExchange::reused).containsExactly(false, true);
    assertThat(traffic.body()).isEqualTo("a text");
    assertThat(traffic.request().orElseThrow().body().text()).isEqualTo("a text");
    assertThat(traffic.request().orElseThrow().header("Content-Length")).contains("6");
    assertThat(traffic.trace().sent(1).text())
        .startsWith("GET /?a=b HTTP/1.1\r\n")
        .contains("POST /echo HTTP/1.1\r\n")
        .endsWith("a text");
    assertThat(traffic.trace().of(Event.Connected.class)).hasSize(1);
    assertThat(traffic.exchanges().getFirst().timing().connect()).isPositive();
    assertThat(traffic.exchanges().getLast().timing().connect()).isZero();
    assertThat(traffic.exchanges().getLast().timing().total())
        .isGreaterThanOrEqualTo(traffic.exchanges().getLast().timing().firstByte());
  }

  @Test
  void aRefusedConnectionIsInTheTrace() throws IOException {
    int port;
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = taken.getLocalPort();
    }
    assertThatThrownBy(() -> call(new Request.Builder().url("http://127.0.0.1:" + port)))
        .isInstanceOf(ConnectException.class);
    assertThat(java.traffic().exchanges()).isEmpty();
    assertThat(java.traffic().error()).isNotEmpty();
    assertThat(java.traffic().trace().failures()).hasSize(1);
  }

  @Test
  void clientsMadeFromItAreTappedAsWell() throws IOException {
    try (okhttp3.Response response =
        java.client()
            .newBuilder()
            .followRedirects(false)
            .build()
            .newCall(new Request.Builder().url(url + "/nowhere").build())
            .execute()) {
      assertThat(response.code()).isEqualTo(404);
    }
    assertThat(java.traffic().status()).isEqualTo(404);
  }
}
