package wirebook.engine.http.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What stands before a service. */
class OriginPolicyTest {
  private static final Endpoint HELLO =
      request -> Response.text("hello ".repeat(100)).with("ETag", "\"a\"");

  private static Request request(String method, String... headers) {
    return new Request(
        method,
        "/",
        "HTTP/1.1",
        false,
        Headers.of(headers),
        new InetSocketAddress(0),
        InputStream.nullInputStream());
  }

  private static OriginPolicy policy(boolean anyHost, boolean anyOrigin) {
    return new OriginPolicy(
        HELLO, "shop.class.example"::equals, Optional.of("/user/ada/"), anyHost, anyOrigin);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost",
        "LocalHost:8080",
        "localhost.:8080",
        "app.localhost:8080",
        "127.0.0.1:8080",
        "127.1.2.3",
        "[::1]:8080",
        "[::ffff:127.0.0.1]",
        "shop.class.example"
      })
  void theNamesOfThisMachineAndThePublishedOneAreAnswered(String host) throws Exception {
    assertThat(policy(false, false).handle(request("GET", "Host", host)).status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "evil.example",
        "evil.example:8080",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "192.0.2.1",
        "0.0.0.0",
        "[2001:db8::1]:80",
        "evillocalhost",
        "[",
        "www.shop.class.example"
      })
  void anyOtherNameIsMisdirected(String host) throws Exception {
    Response response = policy(false, false).handle(request("GET", "Host", host));
    assertThat(response.status()).isEqualTo(421);
    assertThat(policy(true, false).handle(request("GET", "Host", host)).status()).isEqualTo(200);
  }

  @Test
  void theHubsProxyAsksUnderTheHubsName() throws Exception {
    String[] forwarded = {"Host", "hub.example", "X-Forwarded-Prefix", "/user/ada/proxy/8080"};
    assertThat(policy(false, false).handle(request("GET", forwarded)).status()).isEqualTo(200);
    forwarded[3] = "/user/eve/proxy/8080";
    assertThat(policy(false, false).handle(request("GET", forwarded)).status()).isEqualTo(421);
    assertThat(policy(false, false).handle(request("GET", "Host", "hub.example")).status())
        .isEqualTo(421);
  }

  @ParameterizedTest
  @CsvSource({
    "http://evil.example, localhost:8080, 403",
    "http://localhost:8081, localhost:8080, 403",
    "http://127.0.0.1:8080, localhost:8080, 403",
    "null, localhost:8080, 403",
    "not a URL, localhost:8080, 403",
    "http://localhost:8080, localhost:8080, 200",
    "http://LOCALHOST:8080, localhost:8080, 200",
    "http://localhost, localhost:80, 200",
    "https://localhost, localhost:443, 200",
    "https://[::1]:8443, [::1]:8443, 200"
  })
  void onlyPagesOfTheServerItselfMaySend(String origin, String host, int status) throws Exception {
    for (String method : new String[] {"POST", "PUT", "PATCH", "DELETE", "PURGE"}) {
      assertThat(
              policy(false, false).handle(request(method, "Host", host, "Origin", origin)).status())
          .isEqualTo(status);
    }
    assertThat(
            policy(false, false)
                .handle(request("GET", "Host", host, "Origin", origin, "Upgrade", "websocket"))
                .status())
        .isEqualTo(status);
    assertThat(policy(false, false).handle(request("GET", "Host", host, "Origin", origin)).status())
        .isEqualTo(200);
    assertThat(policy(false, true).handle(request("POST", "Host", host, "Origin", origin)).status())
        .isEqualTo(200);
  }

  @Test
  void behindAProxyTheFirstHostCounts() throws Exception {
    assertThat(
            policy(false, false)
                .handle(
                    request(
                        "POST",
                        "Host",
                        "127.0.0.1:8081",
                        "Origin",
                        "http://localhost:8080",
                        "X-Forwarded-Host",
                        "localhost:8080"))
                .status())
        .isEqualTo(200);
  }

  @Test
  void corsLetsOthersReadAndAnswersTheirPreflight() throws Exception {
    Cors cors = new Cors(policy(false, true));
    String[] from = {"Host", "localhost", "Origin", "http://a.example"};
    assertThat(cors.handle(request("GET", from)).headers().first("Access-Control-Allow-Origin"))
        .contains("*");
    Response leave =
        cors.handle(
            request(
                "OPTIONS",
                "Host",
                "localhost",
                "Origin",
                "http://a.example",
                "Access-Control-Request-Method",
                "DELETE",
                "Access-Control-Request-Headers",
                "authorization,x-mine"));
    assertThat(leave.status()).isEqualTo(204);
    assertThat(leave.headers().first("Access-Control-Allow-Methods")).contains("DELETE");
    assertThat(leave.headers().first("Access-Control-Allow-Headers"))
        .contains("authorization,x-mine");
    assertThat(
            cors.handle(request("GET", "Host", "localhost"))
                .headers()
                .has("Access-Control-Allow-Origin"))
        .isFalse();
  }

  private static byte[] content(Response response) throws Exception {
    return switch (response.content()) {
      case Response.Content.Whole whole -> whole.bytes().toArray();
      case Response.Content.Streamed streamed -> {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        streamed.writer().write(out);
        yield out.toByteArray();
      }
      default -> throw new AssertionError(response.content());
    };
  }

  @ParameterizedTest
  @CsvSource({
    "gzip, true",
    "'deflate, gzip;q=0.5', true",
    "*, true",
    "'', false",
    "gzip;q=0, false",
    "'gzip;q=0, *', false",
    "br, false"
  })
  void textIsMadeSmallerForThoseWhoTakeIt(String accepts, boolean smaller) throws Exception {
    Response response =
        new Gzip(HELLO).handle(request("GET", "Host", "localhost", "Accept-Encoding", accepts));
    assertThat(response.headers().first("Vary")).contains("Accept-Encoding");
    assertThat(response.headers().has("Content-Encoding")).isEqualTo(smaller);
    assertThat(response.headers().first("ETag")).contains(smaller ? "W/\"a\"" : "\"a\"");
    byte[] bytes = content(response);
    InputStream in = new ByteArrayInputStream(bytes);
    assertThat((smaller ? new GZIPInputStream(in) : in).readAllBytes())
        .asString(StandardCharsets.UTF_8)
        .isEqualTo("hello ".repeat(100));
  }

  @ParameterizedTest
  @CsvSource({"W/\"a\", true", "\"a\", false"})
  void whoHoldsItCompressedKeepsTheTagOfThat(String held, boolean compressed) throws Exception {
    String[] fields = {
      "Host", "localhost", "Accept-Encoding", "gzip", "If-None-Match", held,
    };
    Endpoint unchanged = request -> Response.status(304).with("ETag", "\"a\"");
    Response response = new Gzip(unchanged).handle(request("GET", fields));
    assertThat(response.headers().first("ETag")).contains(held);
    assertThat(response.headers().has("Vary")).isEqualTo(compressed);
  }

  @Test
  void piecesComeWhenTheyAreWrittenThoughMadeSmaller() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Response response =
        new Gzip(
                asked ->
                    Response.events(
                        events -> {
                          events.send("one");
                          assertThat(
                                  new GZIPInputStream(new ByteArrayInputStream(out.toByteArray()))
                                      .readNBytes(9))
                              .asString(StandardCharsets.UTF_8)
                              .isEqualTo("data: one");
                        }))
            .handle(request("GET", "Accept-Encoding", "gzip"));
    if (response.content() instanceof Response.Content.Streamed streamed) {
      streamed.writer().write(out);
    }
    assertThat(response.headers().first("Content-Encoding")).contains("gzip");
    assertThat(out.size()).isPositive();
  }

  @Test
  void whatIsSmallAlreadyStaysAsItIs() throws Exception {
    for (Endpoint endpoint :
        new Endpoint[] {
          asked -> Response.text("short"),
          asked -> Response.text("x".repeat(999)).with("Content-Type", "image/png"),
          asked -> Response.text("x".repeat(999)).with("Content-Encoding", "br"),
          asked -> Response.text("x".repeat(999)).withStatus(206)
        }) {
      Response response = new Gzip(endpoint).handle(request("GET", "Accept-Encoding", "gzip"));
      assertThat(response.headers().first("Content-Encoding")).isNotEqualTo(Optional.of("gzip"));
    }
  }
}
