package wirebook.engine.dns;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import wirebook.trace.Failure;

/**
 * One step on the way from the root to an answer.
 *
 * @param zone the zone whose server was asked; empty for the first step of {@code +trace}, which
 *     asks the configured resolver where the root is
 * @param serverName the server's name, or its address where no name is known
 * @param outcome where it led
 * @param roundTrip from query to answer; zero when there was none
 * @param exchange all of it, with the bytes
 */
public record DnsStep(
    Optional<DnsName> zone,
    String serverName,
    InetSocketAddress server,
    DnsQuestion question,
    Outcome outcome,
    Duration roundTrip,
    DnsExchange exchange) {

  /** Where a step led. */
  public sealed interface Outcome {
    /** To the servers of a zone further down. */
    record Referral(DnsName zone, List<DnsName> nameServers) implements Outcome {
      public Referral {
        nameServers = List.copyOf(nameServers);
      }
    }

    /** To the answer. */
    record Answer(List<DnsRecord> records) implements Outcome {
      public Answer {
        records = List.copyOf(records);
      }
    }

    /**
     * To the knowledge that there is none: the name does not exist, or has no record of the type
     * (then the code is NOERROR), or the server would not say.
     */
    record NoAnswer(Rcode rcode) implements Outcome {}

    /** To nothing: no server answered, or what it answered could not be read. */
    record Failed(Failure failure) implements Outcome {}
  }

  /** The answer's message. */
  public Optional<DnsMessage> message() {
    return exchange.reply();
  }

  /** One line: who was asked what, how long it took, and where it led. */
  @Override
  public String toString() {
    String led =
        switch (outcome) {
          case Outcome.Referral(var down, var servers) ->
              "ask " + down + " at one of " + servers.size() + " servers";
          case Outcome.Answer(var records) ->
              records.stream().map(DnsRecord::text).collect(Collectors.joining(", "));
          case Outcome.NoAnswer(var rcode) -> rcode + ", no records";
          case Outcome.Failed(var failure) -> failure.words();
        };
    return question + " @" + serverName + " (" + roundTrip.toMillis() + " ms): " + led;
  }
}
