package wirebook.engine.dns.resolver;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import wirebook.engine.dns.DnsMessage;
import wirebook.trace.Bytes;

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
  private static final int UDP_SIZE = 1232;

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

  /**
   * The same in the types of everybody else.
   *
   * @param dnssec whether signatures were asked for
   */
  public DnsWalk asWalk(boolean dnssec) {
    return new DnsWalk(message(dnssec), walk, queries, took, validation);
  }

  private DnsMessage message(boolean dnssec) {
    Message message = new Message(0);
    for (int flag : List.of(Flags.QR, Flags.RD, Flags.RA)) {
      message.getHeader().setFlag(flag);
    }
    if (validation.filter(v -> v.security() == Validation.Security.SECURE).isPresent()) {
      message.getHeader().setFlag(Flags.AD);
    }
    message.getHeader().setRcode(rcode);
    message.addRecord(
        Record.newRecord(question.name(), question.type(), DClass.IN), Section.QUESTION);
    answer.forEach(r -> message.addRecord(r, Section.ANSWER));
    authority.forEach(r -> message.addRecord(r, Section.AUTHORITY));
    if (dnssec || !errors.isEmpty()) {
      int flags = dnssec ? DnsMessage.Edns.DNSSEC_OK : 0;
      message.addRecord(
          ExtendedError.with(new OPTRecord(UDP_SIZE, 0, 0, flags), errors), Section.ADDITIONAL);
    }
    return switch (DnsMessage.parse(Bytes.of(message.toWire()))) {
      case DnsMessage.Parsed.Read read -> read.message();
      case DnsMessage.Parsed.Malformed malformed ->
          throw new IllegalStateException(malformed.toString());
    };
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
