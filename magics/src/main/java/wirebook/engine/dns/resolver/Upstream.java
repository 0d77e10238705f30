package wirebook.engine.dns.resolver;

import java.net.InetAddress;
import java.time.Duration;
import java.util.function.Predicate;
import wirebook.trace.Bytes;

/** The one effect of the resolver: putting a query to a server and waiting for what comes. */
public interface Upstream {
  enum Transport {
    UDP,
    TCP
  }

  /**
   * Sends {@code query} and waits for a reply that {@code answers} it; others are ignored, and
   * counted.
   *
   * @throws InterruptedException when the resolution was cancelled
   */
  Outcome ask(
      InetAddress server,
      Transport transport,
      Bytes query,
      Duration timeout,
      Predicate<Bytes> answers)
      throws InterruptedException;

  /** What came of it. */
  public sealed interface Outcome {
    /**
     * @param ignored replies before this one that did not belong to the query
     */
    record Replied(Bytes reply, Duration took, int ignored) implements Outcome {}

    record Silent(Duration waited, int ignored) implements Outcome {}

    /** The system, or the host, says that it cannot be reached. */
    record Unreachable(String reason) implements Outcome {}
  }
}
