package wirebook.engine.dns.resolver;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import wirebook.engine.dns.DnsMessage;
import wirebook.engine.dns.DnsQuestion;
import wirebook.engine.dns.DnsRecord;
import wirebook.trace.Bytes;

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
  private static final int UDP_SIZE = 1232;

  /**
   * @param dnssec whether signatures were asked for
   */
  public static DnsWalk of(Resolution resolution, boolean dnssec) {
    return new DnsWalk(
        message(resolution, dnssec),
        resolution.walk(),
        resolution.queries(),
        resolution.took(),
        resolution.validation());
  }

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

  private static DnsMessage message(Resolution resolution, boolean dnssec) {
    Message message = new Message(0);
    for (int flag : List.of(Flags.QR, Flags.RD, Flags.RA)) {
      message.getHeader().setFlag(flag);
    }
    if (resolution
        .validation()
        .filter(v -> v.security() == Validation.Security.SECURE)
        .isPresent()) {
      message.getHeader().setFlag(Flags.AD);
    }
    message.getHeader().setRcode(resolution.rcode());
    message.addRecord(
        Record.newRecord(resolution.question().name(), resolution.question().type(), DClass.IN),
        Section.QUESTION);
    resolution.answer().forEach(r -> message.addRecord(r, Section.ANSWER));
    resolution.authority().forEach(r -> message.addRecord(r, Section.AUTHORITY));
    if (dnssec || !resolution.errors().isEmpty()) {
      int flags = dnssec ? DnsMessage.Edns.DNSSEC_OK : 0;
      message.addRecord(
          RecursiveServer.with(new OPTRecord(UDP_SIZE, 0, 0, flags), resolution.errors()),
          Section.ADDITIONAL);
    }
    return switch (DnsMessage.parse(Bytes.of(message.toWire()))) {
      case DnsMessage.Parsed.Read read -> read.message();
      case DnsMessage.Parsed.Malformed malformed ->
          throw new IllegalStateException(malformed.toString());
    };
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
