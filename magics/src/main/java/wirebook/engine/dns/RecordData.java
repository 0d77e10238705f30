package wirebook.engine.dns;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import wirebook.trace.Bytes;

/** The data of a record, by kind. The rarer types are {@link Other}, with their text. */
public sealed interface RecordData {
  /** A and AAAA. */
  record Address(InetAddress address) implements RecordData {}

  /** Types whose data is one name: NS, CNAME, PTR, DNAME and their like. */
  record Target(DnsName name) implements RecordData {}

  /** MX: the lowest preference is tried first. */
  record MailExchange(int preference, DnsName exchange) implements RecordData {}

  /** SOA; times are seconds. */
  record StartOfAuthority(
      DnsName primary,
      DnsName mailbox,
      long serial,
      long refresh,
      long retry,
      long expire,
      long minimum)
      implements RecordData {}

  /** TXT and SPF: one or more strings of at most 255 bytes each. */
  record Text(List<Bytes> strings) implements RecordData {
    public Text {
      strings = List.copyOf(strings);
    }

    /** The strings, joined without a gap, as most users of TXT records read them. */
    public String joined() {
      return strings.stream().reduce(Bytes.EMPTY, Bytes::plus).text();
    }
  }

  /** SRV (RFC 2782). */
  record Service(int priority, int weight, int port, DnsName target) implements RecordData {}

  /** Any other type. */
  record Other(String text, Bytes rdata) implements RecordData {}

  /** Reads well-formed data; what is not, is {@link Other}. */
  static RecordData of(RecordType type, RecordClass recordClass, Bytes rdata) {
    try {
      WireReader in = new WireReader(rdata);
      RecordData data =
          switch (type.toString()) {
            case "A" ->
                recordClass.equals(RecordClass.IN)
                    ? new Address(InetAddress.getByAddress(in.bytes(4).toArray()))
                    : other(type, recordClass, rdata);
            case "AAAA" ->
                recordClass.equals(RecordClass.IN)
                    ? new Address(InetAddress.getByAddress(in.bytes(16).toArray()))
                    : other(type, recordClass, rdata);
            case "NS", "CNAME", "PTR", "DNAME", "MB", "MD", "MF", "MG", "MR" ->
                new Target(in.name(false));
            case "MX" -> new MailExchange(in.u16(), in.name(false));
            case "SOA" ->
                new StartOfAuthority(
                    in.name(false),
                    in.name(false),
                    in.u32(),
                    in.u32(),
                    in.u32(),
                    in.u32(),
                    in.u32());
            case "TXT", "SPF" -> {
              List<Bytes> strings = new ArrayList<>();
              while (in.remaining() > 0) {
                strings.add(in.bytes(in.u8()));
              }
              yield new Text(strings);
            }
            case "SRV" -> new Service(in.u16(), in.u16(), in.u16(), in.name(false));
            default -> other(type, recordClass, rdata);
          };
      return data;
    } catch (MalformedMessageException | UnknownHostException e) {
      return other(type, recordClass, rdata);
    }
  }

  private static Other other(RecordType type, RecordClass recordClass, Bytes rdata) {
    return new Other(RdataText.of(type, recordClass, rdata, RdataStyle.PLAIN), rdata);
  }
}
