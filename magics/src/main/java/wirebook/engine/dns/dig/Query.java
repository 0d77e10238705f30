package wirebook.engine.dns.dig;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import wirebook.engine.dns.DnsExchange;
import wirebook.engine.dns.DnsMessage;
import wirebook.engine.dns.DnsName;
import wirebook.engine.dns.DnsQuery;
import wirebook.engine.dns.DnsTransport;
import wirebook.trace.Bytes;
import wirebook.trace.Failure;

/** One try at one server. */
final class Query {
  final Server server;
  final InetSocketAddress address;
  final DnsTransport transport;
  final Optional<DnsName> zone;
  final DnsQuery sent;
  int channel;
  Optional<InetSocketAddress> local = Optional.empty();
  boolean warnOfId = true;

  Optional<Instant> sentAt = Optional.empty();
  Optional<Instant> receivedAt = Optional.empty();
  private long sentNanos;
  private long receivedNanos;

  final List<DnsMessage> replies = new ArrayList<>();
  final List<Bytes> replyBytes = new ArrayList<>();
  final List<Failure> failures = new ArrayList<>();

  // A zone transfer's progress.
  boolean firstSoa;
  boolean secondRecord;
  boolean firstRepeat;
  boolean isAxfr;
  long firstSerial;
  int messages;
  int records;
  long bytes;

  Query(
      Server server,
      InetSocketAddress address,
      DnsTransport transport,
      Optional<DnsName> zone,
      DnsQuery sent) {
    this.server = server;
    this.address = address;
    this.transport = transport;
    this.zone = zone;
    this.sent = sent;
  }

  void sent(Reply.Sent reply) {
    sentAt = Optional.of(reply.at());
    sentNanos = reply.nanos();
    receivedNanos = sentNanos;
  }

  void received(Instant at, long nanos) {
    receivedAt = Optional.of(at);
    receivedNanos = nanos;
  }

  long microseconds() {
    return (receivedNanos - sentNanos) / 1000;
  }

  DnsExchange exchange() {
    return new DnsExchange(
        zone,
        server.given(),
        address,
        transport,
        sent.message(),
        sent.wire(),
        sentAt.orElse(Instant.EPOCH),
        replies,
        replyBytes,
        replies.isEmpty() ? Duration.ZERO : Duration.ofNanos(receivedNanos - sentNanos),
        failures);
  }
}
