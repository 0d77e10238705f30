package wirebook.kernel.worker.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChannelTest {
  @TempDir private Path folder;

  /** What is under way when a cell is stopped is shown before its end is told. */
  @Test
  void ofSmallMessagesNotManyAreUnderWay() throws Exception {
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(folder.resolve("s"));
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(address);
      AtomicInteger sent = new AtomicInteger();
      Channel channel = new Channel(SocketChannel.open(address), "sender");
      try (Channel unread = new Channel(server.accept(), "receiver")) {
        Thread sender =
            Thread.ofVirtual()
                .start(
                    () -> {
                      while (!Thread.currentThread().isInterrupted()) {
                        channel.send(new WorkerMessage.Cleared(1, false));
                        sent.incrementAndGet();
                      }
                    });
        await()
            .during(Duration.ofMillis(300))
            .until(() -> sender.getState() == Thread.State.WAITING);
        // Beside what the system's buffers take, which is by bytes.
        assertThat(sent.get()).isLessThan(40_000);
        assertThat(unread.receive()).contains(new WorkerMessage.Cleared(1, false));
        sender.interrupt();
      } finally {
        channel.close();
      }
    }
  }
}
