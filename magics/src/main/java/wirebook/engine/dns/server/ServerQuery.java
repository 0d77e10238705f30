package wirebook.engine.dns.server;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.xbill.DNS.CookieOption;
import org.xbill.DNS.DClass;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Header;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TSIGRecord;
import org.xbill.DNS.Type;
import wirebook.engine.dns.DnsMessage;
import wirebook.trace.Bytes;

/**
 * A query as any server, authoritative or recursive, must take it (RFC 1035, 4.1; RFC 6891, 6.1;
 * RFC 7873, 5.2): read, or refused with the reply that says why.
 */
public sealed interface ServerQuery {
  /** Nothing may be said to this: no header, or itself a reply. */
  record Ignored(String why) implements ServerQuery {}

  /** What came is answered with an error. */
  record Rejected(Message reply) implements ServerQuery {}

  /**
   * A question to answer.
   *
   * @param edns the client's OPT record
   * @param clientCookie eight bytes
   */
  record Asked(
      Message message, Record question, Optional<OPTRecord> edns, Optional<Bytes> clientCookie)
      implements ServerQuery {
    public Name name() {
      return question.getName();
    }

    public int type() {
      return question.getType();
    }

    public boolean dnssec() {
      return edns.isPresent() && (edns.get().getFlags() & 0x8000) != 0;
    }

    public boolean recursionDesired() {
      return message.getHeader().getFlag(Flags.RD);
    }

    /** The largest reply the client takes over UDP. */
    public int udpSize() {
      return edns.map(o -> Math.max(SMALLEST_UDP, o.getPayloadSize())).orElse(SMALLEST_UDP);
    }

    /** The signature, of a key that no server here has. */
    public Optional<TSIGRecord> tsig() {
      return Optional.ofNullable(message.getTSIG());
    }

    /**
     * A reply to what was signed with an unknown key: NOTAUTH, and a TSIG record of no signature
     * that says BADKEY, behind all others (RFC 8945, 5.1, 5.2.1 and 5.3.2).
     */
    public Bytes badKey(TSIGRecord tsig, Optional<OPTRecord> edns) {
      Message reply = reply();
      reply.getHeader().setRcode(Rcode.NOTAUTH);
      edns.ifPresent(o -> reply.addRecord(o, Section.ADDITIONAL));
      TSIGRecord error =
          new TSIGRecord(
              tsig.getName(),
              DClass.ANY,
              0,
              tsig.getAlgorithm(),
              tsig.getTimeSigned(),
              FUDGE,
              new byte[0],
              message.getHeader().getID(),
              Rcode.BADKEY,
              new byte[0]);
      // The library writes the OPT record behind all others.
      byte[] wire = reply.toWire();
      wire[HEADER - 1]++;
      return Bytes.of(wire).plus(Bytes.of(error.toWire(Section.ADDITIONAL)));
    }

    /** An empty reply: id, opcode, question and RD copied, QR set. */
    public Message reply() {
      Message reply = empty(message.getHeader());
      reply.addRecord(question, Section.QUESTION);
      return reply;
    }
  }

  Duration FUDGE = Duration.ofMinutes(5);
  int SMALLEST_UDP = 512;
  int HEADER = 12;

  static ServerQuery read(Bytes query) {
    if (query.length() < HEADER) {
      return new Ignored("shorter than a header");
    }
    Header header;
    try {
      header = new Header(query.slice(0, HEADER).toArray());
    } catch (IOException e) {
      return new Ignored("no header");
    }
    if (header.getFlag(Flags.QR)) {
      return new Ignored("a reply, not a query");
    }
    // TC in a query means nothing, and dnsjava takes cut-off messages when it is set.
    byte[] wire = query.toArray();
    wire[2] &= ~0x02;
    Message message;
    try {
      message = new Message(wire);
      // dnsjava overlooks records of another class than the question's, for one.
      if (DnsMessage.parse(Bytes.of(wire), false) instanceof DnsMessage.Parsed.Malformed bad) {
        throw new IOException(bad.reason());
      }
    } catch (IOException | IllegalArgumentException e) {
      // An option that breaks its format makes the whole unreadable to dnsjava, and yet the client
      // has said that it knows EDNS (RFC 6891, 7).
      Rejected rejected = rejected(header, Optional.empty(), Rcode.FORMERR);
      if (optFollowsQuestion(query)) {
        rejected.reply().addRecord(new OPTRecord(UDP_SIZE, 0, 0), Section.ADDITIONAL);
      }
      return rejected;
    }
    Optional<Record> question = message.getSection(Section.QUESTION).stream().findFirst();
    if (header.getOpcode() != org.xbill.DNS.Opcode.QUERY) {
      return rejected(header, question, Rcode.NOTIMP);
    }
    List<Record> opts =
        message.getSection(Section.ADDITIONAL).stream()
            .filter(r -> r.getType() == Type.OPT)
            .toList();
    boolean misplaced =
        List.of(Section.ANSWER, Section.AUTHORITY).stream()
            .anyMatch(s -> message.getSection(s).stream().anyMatch(r -> r.getType() == Type.OPT));
    if (opts.size() > 1
        || misplaced
        || opts.stream().anyMatch(o -> !o.getName().equals(Name.root))) {
      return rejected(header, question, Rcode.FORMERR);
    }
    Optional<OPTRecord> edns = opts.stream().map(r -> (OPTRecord) r).findFirst();
    Optional<Bytes> cookie = Optional.empty();
    if (edns.isPresent()) {
      if (edns.get().getVersion() != 0) {
        Message reply = empty(header);
        question.ifPresent(q -> reply.addRecord(q, Section.QUESTION));
        // BADVERS is 16: its low four bits are in the header, the others in the OPT record
        // (RFC 6891, section 6.1.3).
        reply.getHeader().setRcode(Rcode.NOERROR);
        reply.addRecord(
            new OPTRecord(UDP_SIZE, Rcode.BADVERS >> 4, 0, edns.get().getFlags() & 0x8000),
            Section.ADDITIONAL);
        return new Rejected(reply);
      }
      for (EDNSOption option : edns.get().getOptions(EDNSOption.Code.COOKIE)) {
        Optional<Bytes> client = clientCookie(option);
        if (client.isEmpty()) {
          Rejected rejected = rejected(header, question, Rcode.FORMERR);
          rejected.reply().addRecord(new OPTRecord(UDP_SIZE, 0, 0), Section.ADDITIONAL);
          return rejected;
        }
        cookie = cookie.or(() -> client);
      }
    }
    if (message.getSection(Section.QUESTION).size() != 1) {
      return rejected(header, Optional.empty(), Rcode.FORMERR);
    }
    return new Asked(message, question.orElseThrow(), edns, cookie);
  }

  private static boolean optFollowsQuestion(Bytes query) {
    int at = HEADER;
    while (at < query.length() && query.at(at) != 0) {
      at += 1 + query.at(at);
    }
    at += 5;
    boolean oneQuestionAndNoRecords = query.slice(4, 10).hex().equals("000100000000");
    return oneQuestionAndNoRecords
        && at + 3 <= query.length()
        && query.at(at) == 0
        && (query.at(at + 1) << 8 | query.at(at + 2)) == Type.OPT;
  }

  /** The size that BIND announces since the flag day of 2020. */
  int UDP_SIZE = 1232;

  private static Optional<Bytes> clientCookie(EDNSOption option) {
    return option instanceof CookieOption cookie
        ? Optional.of(Bytes.of(cookie.getClientCookie()))
        : Optional.empty();
  }

  private static Message empty(Header query) {
    Message reply = new Message(query.getID());
    reply.getHeader().setOpcode(query.getOpcode());
    reply.getHeader().setFlag(Flags.QR);
    if (query.getFlag(Flags.RD)) {
      reply.getHeader().setFlag(Flags.RD);
    }
    return reply;
  }

  private static Rejected rejected(Header query, Optional<Record> question, int rcode) {
    Message reply = empty(query);
    question.ifPresent(q -> reply.addRecord(q, Section.QUESTION));
    reply.getHeader().setRcode(rcode);
    return new Rejected(reply);
  }
}
