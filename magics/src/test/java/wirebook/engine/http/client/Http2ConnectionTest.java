package wirebook.engine.http.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import wirebook.engine.http.HttpHeader;
import wirebook.trace.Bytes;

class Http2ConnectionTest {
  private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

  /** SETTINGS without any, and the frame that acknowledges them (RFC 9113, 6.5). */
  private static final byte[] SETTINGS = {0, 0, 0, 4, 0, 0, 0, 0, 0};

  private static final byte[] ACKNOWLEDGED = {0, 0, 0, 4, 1, 0, 0, 0, 0};

  /** What the server says comes when it is put there; what it hears is kept. */
  private static final class Server implements Http2Connection.Line {
    private final BlockingQueue<Received> says = new LinkedBlockingQueue<>();
    private final ByteArrayOutputStream heard = new ByteArrayOutputStream();

    @Override
    public long id() {
      return 0;
    }

    @Override
    public Optional<Received> read(long millis) throws InterruptedException {
      return Optional.of(says.take());
    }

    @Override
    public synchronized void write(byte[] bytes, int offset, int length) {
      heard.write(bytes, offset, length);
    }

    @Override
    public boolean closed() {
      return false;
    }

    synchronized String heard() {
      return heard.toString(StandardCharsets.ISO_8859_1);
    }
  }

  @Test
  void aServerThatSpeaksFirstIsAnsweredBehindThePrefaceWhichIsSentOnce() throws Exception {
    Server server = new Server();
    Http2Connection connection = new Http2Connection(server, _ -> {});
    connection.start();
    server.says.add(new Received.Data(Bytes.of(SETTINGS)));
    String acknowledged = new String(ACKNOWLEDGED, StandardCharsets.ISO_8859_1);
    await().until(() -> server.heard().contains(acknowledged));
    assertThat(server.heard()).startsWith(PREFACE).endsWith(acknowledged);

    connection.open(List.of(new HttpHeader(":method", "GET")), true, _ -> {});

    assertThat(server.heard().lastIndexOf(PREFACE)).isZero();
    server.says.add(new Received.End());
  }
}
