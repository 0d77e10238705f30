package wirebook.engine.dns;

import java.util.List;
import java.util.Optional;
import wirebook.engine.dns.DnsMessage.Edns;
import wirebook.engine.dns.DnsMessage.Header;
import wirebook.trace.Bytes;

/**
 * A query that is ready to be sent.
 *
 * @param message what it says
 * @param wire its bytes; padding and a signature are in these only
 */
public record DnsQuery(DnsMessage message, Bytes wire) {
  /**
   * Writes a query.
   *
   * @param flags the second 16 bits of the header
   * @param serial for IXFR (RFC 1995): the version of the zone that one has
   * @param padding the block to whose multiple the message is padded (RFC 7830), when the last
   *     option is an empty padding; 0 for none
   */
  public static DnsQuery of(
      int id,
      int flags,
      Optional<DnsQuestion> question,
      Optional<DnsRecord> serial,
      Optional<Edns> edns,
      int padding,
      int reserved) {
    WireWriter out = new WireWriter();
    int additional = edns.isPresent() ? 1 : 0;
    Header header =
        new Header(
            id, flags, question.isPresent() ? 1 : 0, 0, serial.isPresent() ? 1 : 0, additional);
    out.u16(id).u16(flags).u16(header.questionCount()).u16(0);
    out.u16(header.authorityCount()).u16(additional);
    question.ifPresent(q -> out.name(q.name()).u16(q.type().code()).u16(q.recordClass().code()));
    serial.ifPresent(
        soa -> {
          if (question.isPresent() && !soa.name().isRoot()) {
            out.u16(0xc00c);
          } else {
            out.name(soa.name());
          }
          out.u16(soa.type().code()).u16(soa.recordClass().code()).u32(soa.ttl());
          out.u16(soa.rdata().length()).bytes(soa.rdata());
        });
    edns.ifPresent(e -> write(e, out, padding, reserved));
    Bytes wire = out.written();
    DnsMessage message =
        new DnsMessage(
            header,
            question.stream().toList(),
            List.of(),
            serial.stream().toList(),
            List.of(),
            edns,
            Optional.empty(),
            Optional.empty(),
            wire);
    return new DnsQuery(message, wire);
  }

  private static void write(Edns edns, WireWriter out, int padding, int reserved) {
    WireWriter options = new WireWriter();
    int before = out.length() + 11;
    for (EdnsOption option : edns.options()) {
      options.u16(option.code());
      boolean padded =
          option.code() == EdnsOption.PADDING
              && option.data().isEmpty()
              && option.equals(edns.options().getLast())
              && padding > 0;
      if (padded) {
        int over = (before + options.length() + 2 + reserved) % padding;
        int length = over == 0 ? 0 : padding - over;
        options.u16(length).bytes(Bytes.of(new byte[length]));
      } else {
        options.u16(option.data().length()).bytes(option.data());
      }
    }
    out.u8(0).u16(RecordType.OPT.code()).u16(edns.udpSize());
    out.u8(edns.extendedRcode()).u8(edns.version()).u16(edns.flags());
    out.u16(options.length()).bytes(options.written());
  }

  /** The same query with a signature at its end. */
  public DnsQuery signed(Tsig.Signed signed) {
    Header old = message.header();
    Header header =
        new Header(
            old.id(),
            old.flags(),
            old.questionCount(),
            old.answerCount(),
            old.authorityCount(),
            old.additionalCount() + 1);
    return new DnsQuery(
        new DnsMessage(
            header,
            message.questions(),
            message.answers(),
            message.authorities(),
            message.additionals(),
            message.edns(),
            Optional.of(signed.record()),
            Optional.empty(),
            signed.wire()),
        signed.wire());
  }
}
