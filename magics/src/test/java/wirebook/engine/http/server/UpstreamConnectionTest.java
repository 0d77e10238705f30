package wirebook.engine.http.server;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import wirebook.net.RealNetwork;

class UpstreamConnectionTest {
  @Test
  @Timeout(30)
  void aServerThatSaysNothingInTheHandshakeIsNotWaitedForLong() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      URI url = URI.create("https://127.0.0.1:" + silent.getLocalPort() + "/");
      assertThatThrownBy(
              () ->
                  UpstreamConnection.open(
                      new RealNetwork(), url, Duration.ofSeconds(5), Duration.ofMillis(50)))
          .hasMessageContaining("timed out");
    }
  }
}
