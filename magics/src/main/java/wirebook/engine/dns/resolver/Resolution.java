package wirebook.engine.dns.resolver;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;

/**
 * How a question was resolved, as the resolver has it at hand; {@link DnsWalk} is the same for
 * others.
 *
 * @param rcode NOERROR, NXDOMAIN, YXDOMAIN or SERVFAIL
 * @param answer aliases first
 * @param authority of a negative answer: SOA, and the proof where it was asked for
 * @param walk every step, with its reason
 * @param queries sent to servers
 * @param took waiting for servers, by the network's clock
 * @param validation whether it is what its zone signed, when that was checked
 * @param errors why there is no good answer, the most telling first
 */
public record Resolution(
    Question question,
    int rcode,
    List<Record> answer,
    List<Record> authority,
    Step.Walk walk,
    int queries,
    Duration took,
    Optional<Validation> validation,
    List<ExtendedError> errors) {
  public Resolution {
    errors = List.copyOf(errors);
    answer = List.copyOf(answer);
    authority = List.copyOf(authority);
  }

  /** This, checked: what is bogus is kept from those who asked (RFC 4035, 5.5). */
  public Resolution with(Validation checked) {
    boolean bogus = checked.security() == Validation.Security.BOGUS;
    List<ExtendedError> all = new ArrayList<>(checked.errors());
    all.addAll(errors);
    return new Resolution(
        question,
        bogus ? Rcode.SERVFAIL : rcode,
        bogus ? List.of() : answer,
        bogus ? List.of() : authority,
        walk,
        queries + checked.lookups().stream().mapToInt(DnsWalk::queries).sum(),
        checked.lookups().stream().map(DnsWalk::took).reduce(took, Duration::plus),
        Optional.of(checked),
        all);
  }

  public String status() {
    return Rcode.string(rcode);
  }

  /** All that were asked, in order, those of inner walks among them. */
  public List<Step.Asked> asked() {
    return walk.asked();
  }

  /** The walk as an indented tree, a line a step. */
  public String tree() {
    return walk.tree();
  }

  @Override
  public String toString() {
    return question + ": " + status() + ", " + answer.size() + " records, " + queries + " queries";
  }
}
