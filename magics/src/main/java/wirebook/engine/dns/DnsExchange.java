package wirebook.engine.dns;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import wirebook.trace.Bytes;
import wirebook.trace.Failure;

/**
 * One query to one server, and what came of it.
 *
 * @param zone the zone for which the server was asked, where that is known: on the way of {@code
 *     +trace}, from the second step on
 * @param serverName what the server was called by whoever asked: a name, or its address again
 * @param query the message that was sent
 * @param sentAt by the network's clock
 * @param replies what the server answered: one message, or as many as a zone transfer takes
 * @param replyBytes the bytes of {@code replies}, and of what came and could not be read
 * @param roundTrip from sending to the last message; zero when none came
 * @param failures what went wrong, in the order in which it did
 */
public record DnsExchange(
    Optional<DnsName> zone,
    String serverName,
    InetSocketAddress server,
    DnsTransport transport,
    DnsMessage query,
    Bytes queryBytes,
    Instant sentAt,
    List<DnsMessage> replies,
    List<Bytes> replyBytes,
    Duration roundTrip,
    List<Failure> failures) {
  public DnsExchange {
    replies = List.copyOf(replies);
    replyBytes = List.copyOf(replyBytes);
    failures = List.copyOf(failures);
  }

  /** What was asked; empty for a query without a question section. */
  public Optional<DnsQuestion> question() {
    return query.questions().stream().findFirst();
  }

  /** The answer: the first message of it. */
  public Optional<DnsMessage> reply() {
    return replies.stream().findFirst();
  }

  /** The answers of all messages. */
  public List<DnsRecord> answers() {
    return replies.stream().flatMap(m -> m.answers().stream()).toList();
  }
}
