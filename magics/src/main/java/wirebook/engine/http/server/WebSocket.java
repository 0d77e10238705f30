package wirebook.engine.http.server;

import java.io.IOException;
import java.util.Optional;
import wirebook.trace.Bytes;

/**
 * A connection that has left HTTP for messages in both directions (RFC 6455). Its handler runs on a
 * virtual thread of its own; when it returns, the connection is closed. One thread receives at a
 * time; several may send.
 */
public interface WebSocket {
  /** A message that came. */
  sealed interface Message {
    record Text(String text) implements Message {}

    record Binary(Bytes bytes) implements Message {}
  }

  /** Has the conversation. */
  @FunctionalInterface
  interface Handler {
    void handle(WebSocket socket) throws Exception;
  }

  /** The request that it began with. */
  Request request();

  /** What both sides agreed to speak over it (RFC 6455 §1.9), if they did. */
  Optional<String> protocol();

  /** The next message, once it is here; empty when the other side has closed. */
  Optional<Message> receive() throws InterruptedException;

  /** The text of the next message that is one; empty when the other side has closed. */
  default Optional<String> receiveText() throws InterruptedException {
    for (Optional<Message> next = receive(); next.isPresent(); next = receive()) {
      if (next.get() instanceof Message.Text text) {
        return Optional.of(text.text());
      }
    }
    return Optional.empty();
  }

  /**
   * @throws IOException when the other side is gone
   */
  void send(String text) throws IOException, InterruptedException;

  /**
   * @throws IOException when the other side is gone
   */
  void send(Bytes bytes) throws IOException, InterruptedException;

  /**
   * @param code 1000 for the usual end (RFC 6455 §7.4)
   */
  void close(int code, String reason);
}
