package wirebook.internet.sites;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import wirebook.internet.Internets;
import wirebook.net.Network;

class WebSitesTest {
  private final Internets internets = new Internets("lab");

  @AfterEach
  void close() throws Exception {
    internets.lab().close();
  }

  private String get(String host, int port, String path) throws IOException {
    Network lab = internets.current();
    try (Socket socket =
        lab.connect(
            new InetSocketAddress(lab.lookUp(host).getFirst(), port),
            Optional.empty(),
            Duration.ofSeconds(30))) {
      socket
          .getOutputStream()
          .write(
              ("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void httpbinAnswersInTheLabAndSeesTheLabsAddresses() throws IOException {
    assertThat(get("httpbin.org", 80, "/get?a=b"))
        .startsWith("HTTP/1.1 200 OK\r\n")
        .contains("\"origin\": \"192.0.2.10\"", "\"url\": \"http://httpbin.org/get?a=b\"");
    assertThat(get("httpbin.org", 80, "/html")).contains("Herman Melville - Moby-Dick");
  }

  @Test
  void aDelayPassesInTheLabsTime() throws IOException {
    long before = internets.lab().clock().nanoTime();
    get("httpbin.org", 80, "/delay/5");
    assertThat(Duration.ofNanos(internets.lab().clock().nanoTime() - before))
        .isGreaterThanOrEqualTo(Duration.ofSeconds(5));
  }

  @Test
  void theDateOfAnAnswerIsTheLabs() throws IOException {
    internets.lab().clock().advance(Duration.ofDays(40));
    Instant before = internets.lab().clock().instant().truncatedTo(ChronoUnit.SECONDS);
    String answer = get("httpbin.org", 80, "/cache");
    for (String field : List.of("Date", "Last-Modified")) {
      String date = answer.replaceFirst("(?s).*\r\n" + field + ": ([^\r]*)\r\n.*", "$1");
      assertThat(Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(date)))
          .as(field)
          .isBetween(before, internets.lab().clock().instant());
    }
  }

  @Test
  void theWellKnownSitesAnswerAsTheyDo() throws IOException {
    assertThat(get("example.com", 80, "/")).contains("<h1>Example Domain</h1>");
    assertThat(get("google.com", 80, "/"))
        .startsWith("HTTP/1.1 301 ")
        .contains("Location: http://www.google.com/\r\n");
    assertThat(get("www.google.com", 80, "/")).startsWith("HTTP/1.1 200 ");
    assertThat(get("github.com", 80, "/x"))
        .startsWith("HTTP/1.1 301 ")
        .contains("Location: https://github.com/x\r\n");
    assertThat(get("class.example", 80, "/api/items")).endsWith("[]\n");
  }

  @Test
  void aHostWithoutASiteRefuses() {
    assertThatThrownBy(() -> get("ns1.google.com", 80, "/")).isInstanceOf(ConnectException.class);
    assertThatThrownBy(() -> get("httpbin.org", 81, "/")).isInstanceOf(ConnectException.class);
  }
}
