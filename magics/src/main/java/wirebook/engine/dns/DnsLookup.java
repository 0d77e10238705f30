package wirebook.engine.dns;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import wirebook.trace.Failure;
import wirebook.trace.Heavy;
import wirebook.trace.Trace;

/**
 * All that a call of dig or nslookup did: every query in the order in which it was sent. The
 * methods without parameters speak of the last one that was answered.
 *
 * @param exitCode the tool's: 0 when answers came, whatever they say; 9 when none did
 */
public record DnsLookup(List<DnsExchange> exchanges, Trace trace, int exitCode) implements Heavy {
  private static final long MADE_OF_A_BYTE = 4;

  public DnsLookup {
    exchanges = List.copyOf(exchanges);
  }

  @Override
  public long weight() {
    // What a message was made into takes some times its bytes.
    return MADE_OF_A_BYTE * trace.weight();
  }

  /** Without the trace; of the exchanges, the last one, which answers. */
  @Override
  public DnsLookup lightened() {
    int most = Math.max(0, exchanges.size() - 1);
    return new DnsLookup(exchanges.subList(most, exchanges.size()), trace.lightened(), exitCode);
  }

  /** The last message that came. */
  public Optional<DnsMessage> message() {
    for (DnsExchange exchange : exchanges.reversed()) {
      if (!exchange.replies().isEmpty()) {
        return Optional.of(exchange.replies().getLast());
      }
    }
    return Optional.empty();
  }

  /** The records of the answer section; of a zone transfer, all. */
  public List<DnsRecord> answers() {
    for (DnsExchange exchange : exchanges.reversed()) {
      if (!exchange.replies().isEmpty()) {
        return exchange.answers();
      }
    }
    return List.of();
  }

  /** The addresses among {@link #answers}. */
  public List<InetAddress> addresses() {
    List<InetAddress> addresses = new ArrayList<>();
    for (DnsRecord record : answers()) {
      if (record.data() instanceof RecordData.Address(InetAddress address)) {
        addresses.add(address);
      }
    }
    return addresses;
  }

  /** {@code NOERROR}, {@code NXDOMAIN} and so on; {@code no answer} when none came. */
  public String status() {
    return message().map(m -> m.rcode().toString()).orElse("no answer");
  }

  /** The lowest TTL among {@link #answers}, in seconds; 0 when there are none. */
  public long ttl() {
    return answers().stream().mapToLong(DnsRecord::ttl).min().orElse(0);
  }

  /** What went wrong, in the order in which it did. */
  public List<Failure> failures() {
    return exchanges.stream().flatMap(e -> e.failures().stream()).toList();
  }

  /** The way of {@code +trace}, or of any other call, as steps with their outcomes. */
  public List<DnsStep> steps() {
    return exchanges.stream().flatMap(e -> step(e).stream()).toList();
  }

  private static Optional<DnsStep> step(DnsExchange exchange) {
    return exchange
        .question()
        .map(
            question ->
                new DnsStep(
                    exchange.zone(),
                    exchange.serverName(),
                    exchange.server(),
                    question,
                    outcome(exchange, question),
                    exchange.roundTrip(),
                    exchange));
  }

  private static DnsStep.Outcome outcome(DnsExchange exchange, DnsQuestion question) {
    if (exchange.replies().isEmpty()) {
      return new DnsStep.Outcome.Failed(
          exchange.failures().isEmpty()
              ? new Failure.Other("no answer")
              : exchange.failures().getLast());
    }
    DnsMessage reply = exchange.replies().getFirst();
    boolean rootServers =
        exchange.zone().isEmpty()
            && question.name().isRoot()
            && question.type().equals(RecordType.NS);
    if (!exchange.answers().isEmpty() && !rootServers) {
      return new DnsStep.Outcome.Answer(exchange.answers());
    }
    List<DnsRecord> servers =
        (rootServers ? reply.answers() : reply.authorities())
            .stream().filter(r -> r.type().equals(RecordType.NS)).toList();
    boolean downward = reply.authorities().stream().noneMatch(r -> r.type().equals(RecordType.SOA));
    if (servers.isEmpty() || !downward) {
      return new DnsStep.Outcome.NoAnswer(reply.rcode());
    }
    return new DnsStep.Outcome.Referral(
        servers.getFirst().name(),
        servers.stream()
            .flatMap(
                r -> r.data() instanceof RecordData.Target t ? List.of(t.name()).stream() : null)
            .toList());
  }

  /** One line a step. */
  @Override
  public String toString() {
    return steps().stream().map(DnsStep::toString).collect(Collectors.joining("\n"));
  }
}
