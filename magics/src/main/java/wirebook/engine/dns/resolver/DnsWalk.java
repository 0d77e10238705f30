package wirebook.engine.dns.resolver;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import wirebook.engine.dns.DnsMessage;
import wirebook.engine.dns.DnsQuestion;
import wirebook.engine.dns.DnsRecord;

/**
 * How a name was resolved, in the types that {@code %dig} has for the same things.
 *
 * @param message as a resolver would answer with it
 * @param walk every step, with its reason
 * @param queries sent to servers
 * @param took waiting for servers, by the network's clock
 * @param validation whether it is what its zone signed, when that was checked
 */
public record DnsWalk(
    DnsMessage message,
    Step.Walk walk,
    int queries,
    Duration took,
    Optional<Validation> validation) {
  public DnsQuestion question() {
    return walk.question();
  }

  /** {@code NOERROR}, {@code NXDOMAIN}, {@code YXDOMAIN} or {@code SERVFAIL}. */
  public String status() {
    return message.rcode().toString();
  }

  /** Aliases first. */
  public List<DnsRecord> answer() {
    return message.answers();
  }

  /** Of a negative answer: SOA, and the proof where it was asked for. */
  public List<DnsRecord> authority() {
    return message.authorities();
  }

  /** All that were asked, in order. */
  public List<Step.Asked> asked() {
    return walk.asked();
  }

  /** The walk as an indented tree, a line a step. */
  public String tree() {
    return walk.tree();
  }

  @Override
  public String toString() {
    return question().name()
        + " "
        + question().type()
        + ": "
        + status()
        + ", "
        + answer().size()
        + " records, "
        + queries
        + " queries";
  }
}
