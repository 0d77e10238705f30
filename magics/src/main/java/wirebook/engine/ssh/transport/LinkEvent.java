package wirebook.engine.ssh.transport;

import java.util.concurrent.CompletableFuture;
import org.apache.sshd.common.util.buffer.Buffer;

/** What comes in from the connection's own thread, in order. */
public sealed interface LinkEvent {
  /** The server showed its host key; it goes on when {@code verdict} is complete. */
  record HostKey(CompletableFuture<Boolean> verdict) implements LinkEvent {}

  /** The user authentication service is there. */
  record Accepted() implements LinkEvent {}

  /** A message of that service; the number was read. */
  record Message(int number, Buffer body) implements LinkEvent {}

  record Ended(Throwable reason) implements LinkEvent {}
}
