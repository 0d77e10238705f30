package wirebook.engine.dns;

import java.security.MessageDigest;
import java.time.Instant;
import java.util.Optional;
import wirebook.codec.Digests;
import wirebook.trace.Bytes;

/** Signing queries and checking the signatures of replies (RFC 8945). */
public final class Tsig {
  private static final int FUDGE = 300;
  private static final int HEADER_LENGTH = 12;
  private static final String FAILED = "tsig verify failure";
  private static final String SKEW = "clocks are unsynchronized";

  private final TsigKey key;
  private Bytes previousMac;
  private Bytes unsigned = Bytes.EMPTY;
  private boolean first = true;

  private Tsig(TsigKey key, Bytes queryMac) {
    this.key = key;
    this.previousMac = queryMac;
  }

  /**
   * A query with its signature.
   *
   * @param check checks the replies to it
   */
  public record Signed(Bytes wire, DnsRecord record, Tsig check) {}

  /** Signs a query and adds the TSIG record to it. */
  public static Signed sign(Bytes message, TsigKey key, Instant now) {
    long time = now.getEpochSecond();
    Bytes variables =
        new WireWriter()
            .name(key.name().canonical())
            .u16(RecordClass.ANY.code())
            .u32(0)
            .name(key.algorithm().domain())
            .u16((int) (time >> 32))
            .u32(time)
            .u16(FUDGE)
            .u16(0)
            .u16(0)
            .written();
    Bytes mac = hmac(key, message.plus(variables));
    if (key.digestBits() != 0) {
      mac = mac.slice(0, Math.min(mac.length(), (key.digestBits() + 7) / 8));
    }
    Bytes rdata =
        new WireWriter()
            .name(key.algorithm().domain())
            .u16((int) (time >> 32))
            .u32(time)
            .u16(FUDGE)
            .u16(mac.length())
            .bytes(mac)
            .u16(message.at(0) << 8 | message.at(1))
            .u16(0)
            .u16(0)
            .written();
    DnsRecord record = new DnsRecord(key.name(), RecordType.TSIG, RecordClass.ANY, 0, rdata);
    int additional = (message.at(10) << 8 | message.at(11)) + 1;
    Bytes wire =
        new WireWriter()
            .bytes(message.slice(0, 10))
            .u16(additional)
            .bytes(message.slice(HEADER_LENGTH, message.length()))
            .name(key.name())
            .u16(RecordType.TSIG.code())
            .u16(RecordClass.ANY.code())
            .u32(0)
            .u16(rdata.length())
            .bytes(rdata)
            .written();
    return new Signed(wire, record, new Tsig(key, mac));
  }

  /**
   * Checks the next message of the reply.
   *
   * @param signatureAt where its TSIG record begins
   * @return what is wrong, in BIND's words; empty when nothing is
   */
  public Optional<String> check(Bytes wire, DnsMessage message, int signatureAt, Instant now) {
    boolean continuation = !first;
    first = false;
    Optional<DnsRecord> record = message.tsig();
    if (record.isEmpty()) {
      if (!continuation) {
        return Optional.of("expected a TSIG or SIG(0)");
      }
      unsigned = unsigned.plus(wire);
      return Optional.empty();
    }
    try {
      return check(wire, record.get(), signatureAt, continuation, now);
    } catch (MalformedMessageException e) {
      return Optional.of(e.reason());
    }
  }

  private Optional<String> check(
      Bytes wire, DnsRecord record, int signatureAt, boolean continuation, Instant now)
      throws MalformedMessageException {
    WireReader in = new WireReader(record.rdata());
    DnsName algorithm = in.name(false);
    long time = (long) in.u16() << 32 | in.u32();
    int fudge = in.u16();
    Bytes mac = in.bytes(in.u16());
    int originalId = in.u16();
    int error = in.u16();
    Bytes other = in.bytes(in.u16());
    Bytes queryMac = previousMac;
    Bytes before = unsigned;
    previousMac = mac;
    unsigned = Bytes.EMPTY;
    if (!record.name().equals(key.name()) || !algorithm.equals(key.algorithm().domain())) {
      return Optional.of(FAILED);
    }
    int whole = key.algorithm().bits() / 8;
    if (mac.length() > whole
        || (!mac.isEmpty() && (mac.length() < 10 || mac.length() < (whole + 1) / 2))) {
      return Optional.of(MalformedMessageException.FORMERR);
    }
    if (mac.isEmpty()) {
      boolean refused = error == 16 || error == 17;
      if (continuation ? error == 0 : !refused) {
        return Optional.of(FAILED);
      }
    } else {
      WireWriter digested = new WireWriter();
      digested.u16(queryMac.length()).bytes(queryMac).bytes(before);
      int additional = (wire.at(10) << 8 | wire.at(11)) - 1;
      digested.u16(originalId).bytes(wire.slice(2, 10)).u16(additional);
      digested.bytes(wire.slice(HEADER_LENGTH, signatureAt));
      if (!continuation) {
        digested.name(key.name().canonical()).u16(record.recordClass().code()).u32(record.ttl());
        digested.name(key.algorithm().domain());
      }
      digested.u16((int) (time >> 32)).u32(time).u16(fudge);
      if (!continuation) {
        digested.u16(error).u16(other.length()).bytes(other);
      }
      byte[] expected = hmac(key, digested.written()).slice(0, mac.length()).toArray();
      if (!MessageDigest.isEqual(expected, mac.toArray())) {
        return Optional.of(FAILED);
      }
    }
    if (Math.abs(now.getEpochSecond() - time) > fudge) {
      return Optional.of(SKEW);
    }
    int least = key.digestBits() == 0 ? whole : (key.digestBits() + 7) / 8;
    if (!mac.isEmpty() && mac.length() < least) {
      return Optional.of(FAILED);
    }
    if (error != 0) {
      return Optional.of(error == 18 ? SKEW : "tsig indicates error");
    }
    return Optional.empty();
  }

  private static Bytes hmac(TsigKey key, Bytes text) {
    byte[] secret = key.secret().isEmpty() ? new byte[1] : key.secret().toArray();
    return Bytes.of(Digests.mac(key.algorithm().macName(), secret, text.toArray()));
  }
}
