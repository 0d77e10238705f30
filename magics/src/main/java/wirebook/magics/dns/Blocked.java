package wirebook.magics.dns;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.random.RandomGenerator;
import wirebook.engine.dns.DnsMessage;
import wirebook.engine.dns.DnsName;
import wirebook.engine.dns.DnsQuery;
import wirebook.engine.dns.DnsQuestion;
import wirebook.engine.dns.Inet;
import wirebook.engine.dns.RecordClass;
import wirebook.engine.dns.RecordType;
import wirebook.engine.dns.resolver.NetworkUpstream;
import wirebook.engine.dns.resolver.Upstream;
import wirebook.engine.dns.resolver.Upstream.Transport;
import wirebook.net.Network;
import wirebook.trace.Bytes;

/** Networks that let no DNS through: how one sees it, and the way out. */
final class Blocked {
  private static final Duration PROBE = Duration.ofSeconds(1);

  private Blocked() {}

  /**
   * Whether a resolver answers, or the way to it is blocked; in words.
   *
   * @param name for the way out: what was to be asked
   */
  static String probe(Network network, InetSocketAddress server, String name)
      throws InterruptedException {
    return probe(network, server, name, "", List.of(Transport.values()));
  }

  /**
   * The same where UDP has been tried already.
   *
   * @param words what came of it
   */
  static String afterUdp(Network network, InetSocketAddress server, String name, String words)
      throws InterruptedException {
    return probe(network, server, name, words, List.of(Transport.TCP));
  }

  private static String probe(
      Network network,
      InetSocketAddress server,
      String name,
      String udp,
      List<Transport> transports)
      throws InterruptedException {
    Bytes query =
        DnsQuery.of(
                RandomGenerator.getDefault().nextInt(0x10000),
                DnsMessage.Flag.RD.bit(),
                Optional.of(new DnsQuestion(DnsName.ROOT, RecordType.NS, RecordClass.IN)),
                Optional.empty(),
                Optional.empty(),
                0,
                0)
            .wire();
    Upstream upstream = new NetworkUpstream(network, server.getPort());
    String who = Inet.text(server.getAddress());
    String words = udp;
    for (Transport transport : transports) {
      switch (upstream.ask(server.getAddress(), transport, query, PROBE, _ -> true)) {
        case Upstream.Outcome.Replied(Bytes _, Duration took, int _) -> {
          return who
              + " answers over "
              + transport
              + (words.isEmpty() ? "" : ", but not over UDP: " + words)
              + String.format(Locale.ROOT, " (%.1f ms).", took.toNanos() / 1e6)
              + (words.isEmpty() ? "" : " Try %dig +tcp " + name + ".");
        }
        case Upstream.Outcome.Silent _ ->
            words = "nothing came back within " + PROBE.toSeconds() + " s";
        case Upstream.Outcome.Unreachable(String reason) -> words = reason;
      }
    }
    return who
        + " answers neither over UDP nor over TCP ("
        + words
        + "): it is down, or this network lets no DNS through to port "
        + server.getPort()
        + ". DNS over HTTPS looks like any web page: %dig +https @1.1.1.1 "
        + name
        + ".";
  }
}
