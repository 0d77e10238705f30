package wirebook.engine.dns.dig;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.List;
import wirebook.trace.Bytes;
import wirebook.trace.Failure;

/** What came of a {@link Step}. */
sealed interface Reply {
  /** Nothing to report: the beginning, or a channel was closed. */
  record Nothing() implements Reply {}

  record Opened(int channel, InetSocketAddress local) implements Reply {}

  /**
   * Sent, at a time of the clock and of the stop watch (nanoseconds).
   *
   * @param nanos only differences mean something
   */
  record Sent(Instant at, long nanos) implements Reply {}

  record Received(int channel, Bytes message, InetSocketAddress from, Instant at, long nanos)
      implements Reply {}

  record Found(List<InetAddress> addresses) implements Reply {
    public Found {
      addresses = List.copyOf(addresses);
    }
  }

  /**
   * It did not work.
   *
   * @param channel 0 where there is none
   * @param reason BIND's words
   */
  record Failed(int channel, String reason, Failure failure, Instant at, long nanos)
      implements Reply {}
}
