package wirebook.internet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import wirebook.net.Network;
import wirebook.net.RealNetwork;

class LabProxyTest {
  private final BlockingQueue<Socket> made = new LinkedBlockingQueue<>();

  /** A lab whose connections are gone as soon as they are there. */
  private Network broken() {
    return (Network)
        Proxy.newProxyInstance(
            LabProxyTest.class.getClassLoader(),
            new Class<?>[] {Network.class},
            (_, method, _) ->
                switch (method.getName()) {
                  case "lookUp" -> List.of(InetAddress.ofLiteral("192.0.2.1"));
                  case "connect" -> {
                    Socket gone = new Socket();
                    made.add(gone);
                    yield gone;
                  }
                  default -> throw new UnsupportedOperationException(method.getName());
                });
  }

  @Test
  void noConnectionIsLeftInTheLabWhenOneSideGoesBeforeTheFirstByte() throws Exception {
    try (LabProxy proxy = LabProxy.start(this::broken);
        Socket client = connected(proxy)) {
      String pair = proxy.url().replaceFirst("http://(.*)@.*", "$1");
      String token = Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.US_ASCII));
      client
          .getOutputStream()
          .write(
              ("GET http://www.example/ HTTP/1.1\r\nProxy-Authorization: Basic "
                      + token
                      + "\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      Socket lab = made.poll(10, TimeUnit.SECONDS);
      assertThat(lab).as("asked for in the lab").isNotNull();
      Awaitility.await().until(() -> lab.isClosed());
    }
  }

  private static Socket connected(LabProxy proxy) throws IOException {
    return new RealNetwork()
        .connect(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), proxy.port()),
            Optional.empty(),
            Duration.ofSeconds(5));
  }
}
