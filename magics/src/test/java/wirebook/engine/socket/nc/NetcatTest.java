package wirebook.engine.socket.nc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import wirebook.net.Network;
import wirebook.net.RealNetwork;
import wirebook.trace.Bytes;
import wirebook.trace.Event;

class NetcatTest {
  private static final InetSocketAddress FREE =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  private final Network network = new RealNetwork();

  private Netcat netcat(boolean udp, boolean keep, long idle, String data) {
    return new Netcat(
        network,
        new Netcat.Plan(udp, true, keep, false, Duration.ofMillis(idle), Bytes.utf8(data)),
        event -> {});
  }

  /** One that keeps its side of the connection open. */
  private Netcat silent(long idle) {
    return new Netcat(
        network,
        new Netcat.Plan(false, false, false, false, Duration.ofMillis(idle), Bytes.EMPTY),
        event -> {});
  }

  private static CompletableFuture<Void> inBackground(Netcat server, Netcat.Listener listener) {
    return inBackground(server, listener, Optional.empty());
  }

  private static CompletableFuture<Void> inBackground(
      Netcat server, Netcat.Listener listener, Optional<InputStream> input) {
    CompletableFuture<Void> ended = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                server.serve(listener, input);
                ended.complete(null);
              } catch (IOException e) {
                ended.completeExceptionally(e);
              }
            });
    return ended;
  }

  @Test
  void twoOfThemTalkToEachOther() throws Exception {
    try (Netcat server = netcat(false, false, 0, "welcome\n");
        Netcat client = netcat(false, false, 0, "hello\n")) {
      Netcat.Listener listener = server.listen(FREE);
      CompletableFuture<Void> ended = inBackground(server, listener);
      client.connect(listener.address(), Optional.empty());
      ended.get(10, TimeUnit.SECONDS);
      assertThat(client.text()).isEqualTo("welcome\n");
      assertThat(server.text()).isEqualTo("hello\n");
      assertThat(client.conversation().hexdump())
          .contains("> 00000000  68 65 6c 6c 6f 0a", "< 00000000  77 65 6c 63");
      assertThat(client.conversation().trace().of(Event.Closed.class)).hasSize(1);
    }
  }

  @Test
  void aListenerIsClosedWhileItWaits() throws Exception {
    Netcat server = netcat(false, true, 0, "");
    CompletableFuture<Void> ended = inBackground(server, server.listen(FREE));
    server.close();
    ended.get(10, TimeUnit.SECONDS);
  }

  @Test
  void datagramsAreAnswered() throws Exception {
    try (Netcat server = netcat(true, false, 0, "pong");
        Netcat client = netcat(true, false, 500, "ping")) {
      Netcat.Listener listener = server.listen(FREE);
      inBackground(server, listener);
      client.connect(listener.address(), Optional.empty());
      assertThat(client.text()).isEqualTo("pong");
      assertThat(server.text()).isEqualTo("ping");
    }
  }

  /** Both sides: a listener's input goes to who speaks first. */
  @Test
  void whatIsPipedIntoADatagramConversationIsSent() throws Exception {
    try (Netcat server = netcat(true, false, 0, "");
        Netcat client = netcat(true, false, 500, "")) {
      Netcat.Listener listener = server.listen(FREE);
      inBackground(server, listener, Optional.of(piped("pong")));
      client.connect(listener.address(), Optional.of(piped("ping")));
      assertThat(client.text()).isEqualTo("pong");
      assertThat(server.text()).isEqualTo("ping");
    }
  }

  private static InputStream piped(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void thePortOfAClosedListenerIsFreeAtOnce() throws Exception {
    Netcat first = netcat(false, true, 0, "");
    Netcat.Listener listener = first.listen(FREE);
    InetSocketAddress port = listener.address();
    for (int again = 0; again < 20; again++) {
      inBackground(first, listener);
      try (Netcat client = netcat(false, false, 0, "hello")) {
        client.probe(port);
      }
      first.close();
      first = netcat(false, true, 0, "");
      listener = first.listen(port);
    }
    first.close();
  }

  @Test
  void aSilentPeerIsLeftAfterTheGivenTime() throws Exception {
    try (Netcat server = silent(0);
        Netcat client = silent(50)) {
      Netcat.Listener listener = server.listen(FREE);
      inBackground(server, listener);
      client.connect(listener.address(), Optional.empty());
      assertThat(client.conversation().trace().of(Event.Note.class))
          .singleElement()
          .extracting(Event.Note::text)
          .asString()
          .contains("50 ms");
    }
  }

  @Test
  void aClosedPortRefuses() throws Exception {
    Netcat.Listener gone;
    try (Netcat server = netcat(false, false, 0, "")) {
      gone = server.listen(FREE);
    }
    assertThatThrownBy(() -> netcat(false, false, 1000, "").probe(gone.address()))
        .isInstanceOf(ConnectException.class);
    assertThat(Netcat.ports("20-22")).containsExactly(20, 21, 22);
    assertThatThrownBy(() -> Netcat.ports("70000")).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void linesEndAsHttpWantsThemWhenThatIsAskedFor() {
    assertThat(
            new Netcat.Plan(false, false, false, true, Duration.ZERO, Bytes.utf8("a\nb\r\n\nc\r"))
                .data()
                .text())
        .isEqualTo("a\r\nb\r\n\r\nc\r");
  }
}
