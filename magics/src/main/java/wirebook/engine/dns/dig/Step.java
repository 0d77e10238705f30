package wirebook.engine.dns.dig;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import wirebook.engine.dns.DnsTransport;
import wirebook.trace.Bytes;

/** What the lookup machine wants done next; what came of it is the {@link Reply} it gets. */
sealed interface Step {
  /**
   * Open a channel to a server.
   *
   * @param timeout for connecting
   */
  record Open(
      DnsTransport transport,
      InetSocketAddress server,
      String serverName,
      Optional<InetSocketAddress> source,
      Duration timeout,
      Encryption encryption)
      implements Step {}

  /** Send a message. */
  record Send(int channel, Bytes message) implements Step {}

  /** Wait for the next message on any of these channels. */
  record Receive(List<Integer> channels, Duration timeout) implements Step {
    public Receive {
      channels = List.copyOf(channels);
    }
  }

  /** Close a channel. */
  record Close(int channel) implements Step {}

  /** Look up the addresses of a host. */
  record LookUp(String host) implements Step {}

  /** All is done. */
  record Done() implements Step {}
}
