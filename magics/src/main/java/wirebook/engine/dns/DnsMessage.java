package wirebook.engine.dns;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import wirebook.trace.Bytes;

/**
 * A DNS message (RFC 1035, 4). The OPT record and a signature at its end are not among the
 * additional records, but stand for themselves.
 *
 * @param tsig the TSIG record (RFC 8945) at its end
 * @param sig0 the SIG(0) record (RFC 2931) at its end
 * @param bytes as it was on the wire, with whatever trailed it
 */
public record DnsMessage(
    Header header,
    List<DnsQuestion> questions,
    List<DnsRecord> answers,
    List<DnsRecord> authorities,
    List<DnsRecord> additionals,
    Optional<Edns> edns,
    Optional<DnsRecord> tsig,
    Optional<DnsRecord> sig0,
    Bytes bytes) {

  public DnsMessage {
    questions = List.copyOf(questions);
    answers = List.copyOf(answers);
    authorities = List.copyOf(authorities);
    additionals = List.copyOf(additionals);
  }

  /**
   * The twelve bytes at its start. The counts are what it claims, which a message that was cut
   * short does not keep.
   *
   * @param flags the second 16 bits: flags, opcode, and the lower four bits of the code
   */
  public record Header(
      int id,
      int flags,
      int questionCount,
      int answerCount,
      int authorityCount,
      int additionalCount) {
    public Opcode opcode() {
      return new Opcode(flags >> 11 & 0xf);
    }

    public boolean has(Flag flag) {
      return (flags & flag.bit) != 0;
    }
  }

  /** The one-bit fields, in the order in which dig prints them. */
  public enum Flag {
    /** A response, not a query. */
    QR(0x8000),
    /** Authoritative answer. */
    AA(0x0400),
    /** Truncated. */
    TC(0x0200),
    /** Recursion desired. */
    RD(0x0100),
    /** Recursion available. */
    RA(0x0080),
    /** Authentic data. */
    AD(0x0020),
    /** Checking disabled. */
    CD(0x0010);

    private final int bit;

    Flag(int bit) {
      this.bit = bit;
    }

    public int bit() {
      return bit;
    }
  }

  /** The bit that must be zero. */
  public static final int MUST_BE_ZERO = 0x0040;

  /**
   * The OPT record (RFC 6891, 6.1).
   *
   * @param extendedRcode the upper eight bits of the code
   * @param flags DO is 0x8000
   */
  public record Edns(
      int udpSize, int extendedRcode, int version, int flags, List<EdnsOption> options) {
    public static final int DNSSEC_OK = 0x8000;
    public static final int COMPACT_OK = 0x4000;

    public Edns {
      options = List.copyOf(options);
    }

    public Optional<EdnsOption> option(int code) {
      return options.stream().filter(o -> o.code() == code).findFirst();
    }
  }

  /** What parsing found. */
  public sealed interface Parsed {
    /**
     * A message; {@code trailing} bytes stand behind it.
     *
     * @param problem what is wrong with it, when it can be read all the same
     * @param signature the byte at which its TSIG or SIG(0) record begins
     */
    record Read(DnsMessage message, int trailing, Optional<String> problem, OptionalInt signature)
        implements Parsed {}

    /** None: BIND's word for what is wrong, and the byte at which it was seen. */
    record Malformed(String reason, int offset) implements Parsed {}
  }

  /** Reads a message; never throws. */
  public static Parsed parse(Bytes wire) {
    return MessageParser.parse(wire, true);
  }

  /** As {@link #parse}; with {@code bestEffort} off, the first thing that is wrong ends it. */
  public static Parsed parse(Bytes wire, boolean bestEffort) {
    return MessageParser.parse(wire, bestEffort);
  }

  public int id() {
    return header.id();
  }

  /** The code with the upper bits of the OPT record. */
  public Rcode rcode() {
    return new Rcode((header.flags() & 0xf) | (edns.map(Edns::extendedRcode).orElse(0) << 4));
  }

  public boolean has(Flag flag) {
    return header.has(flag);
  }

  /** The addresses among the answers. */
  public List<InetAddress> addresses() {
    List<InetAddress> addresses = new ArrayList<>();
    for (DnsRecord record : answers) {
      if (record.data() instanceof RecordData.Address(InetAddress address)) {
        addresses.add(address);
      }
    }
    return addresses;
  }

  /** As dig prints it: header, EDNS, the sections with their comments. */
  @Override
  public String toString() {
    return MessageText.whole(this);
  }
}
