package wirebook.engine.dns;

import java.util.function.UnaryOperator;
import wirebook.trace.Bytes;

/**
 * A resource record (RFC 1035, 4.1.3).
 *
 * @param ttl seconds for which it may be kept
 * @param rdata its data in wire form, with the names in it uncompressed
 */
public record DnsRecord(
    DnsName name, RecordType type, RecordClass recordClass, long ttl, Bytes rdata) {
  /** The data, typed. */
  public RecordData data() {
    return RecordData.of(type, recordClass, rdata);
  }

  /** The data as zone files write it. */
  public String text() {
    return text(RdataStyle.PLAIN, UnaryOperator.identity());
  }

  /** The data in another style, with what {@code names} makes of the names in it. */
  String text(RdataStyle style, UnaryOperator<String> names) {
    return RdataText.of(type, recordClass, rdata, style, names);
  }

  /** As a line of a zone file, with single blanks. */
  @Override
  public String toString() {
    return name + " " + ttl + " " + recordClass + " " + type + " " + text();
  }
}
