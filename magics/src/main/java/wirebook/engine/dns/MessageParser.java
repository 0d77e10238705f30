package wirebook.engine.dns;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import wirebook.engine.dns.DnsMessage.Edns;
import wirebook.engine.dns.DnsMessage.Header;
import wirebook.engine.dns.DnsMessage.Parsed;
import wirebook.trace.Bytes;

/**
 * Reads a message. What is odd but readable (a second question, a record of another class) is kept
 * and reported as a problem, and so is a message that was cut short; data that breaks its type's
 * format makes the whole message malformed. That is where BIND draws the line with best effort on.
 */
final class MessageParser {
  private static final int HEADER_LENGTH = 12;

  private final Bytes wire;
  private final WireReader in;
  private final int length;
  private final boolean bestEffort;
  private final List<DnsQuestion> questions = new ArrayList<>();
  private final List<List<DnsRecord>> sections =
      List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
  private Optional<Edns> edns = Optional.empty();
  private Optional<DnsRecord> tsig = Optional.empty();
  private Optional<DnsRecord> sig0 = Optional.empty();
  private Optional<RecordClass> recordClass = Optional.empty();
  private Optional<String> problem = Optional.empty();
  private OptionalInt signature = OptionalInt.empty();
  private boolean tkey;
  private int flags;

  private MessageParser(Bytes wire, boolean bestEffort) {
    this.wire = wire;
    this.in = new WireReader(wire);
    this.length = wire.length();
    this.bestEffort = bestEffort;
  }

  static Parsed parse(Bytes wire, boolean bestEffort) {
    if (wire.length() < HEADER_LENGTH) {
      return new Parsed.Malformed(MalformedMessageException.END, wire.length());
    }
    return new MessageParser(wire, bestEffort).parse();
  }

  private Parsed parse() {
    try {
      int id = in.u16();
      flags = in.u16();
      Header header = new Header(id, flags, in.u16(), in.u16(), in.u16(), in.u16());
      try {
        questions(header.questionCount());
        section(0, header.answerCount());
        section(1, header.authorityCount());
        section(2, header.additionalCount());
      } catch (MalformedMessageException e) {
        if (!bestEffort || !e.reason().equals(MalformedMessageException.END)) {
          throw e;
        }
        problem = Optional.of("it ends in the middle of a record");
      }
      DnsMessage message =
          new DnsMessage(
              header,
              questions,
              sections.get(0),
              sections.get(1),
              sections.get(2),
              edns,
              tsig,
              sig0,
              wire);
      return new Parsed.Read(message, length - in.position(), problem, signature);
    } catch (MalformedMessageException e) {
      return new Parsed.Malformed(e.reason(), e.offset());
    }
  }

  private void questions(int count) throws MalformedMessageException {
    for (int i = 0; i < count; i++) {
      in.limit(length);
      DnsName name = in.name(true);
      in.need(4);
      DnsQuestion question =
          new DnsQuestion(name, new RecordType(in.u16()), new RecordClass(in.u16()));
      if (!questions.isEmpty()) {
        if (!questions.getFirst().name().equals(name)) {
          odd(MalformedMessageException.FORMERR, "a question with another name");
        }
        if (questions.contains(question)) {
          odd(MalformedMessageException.FORMERR, "the same question twice");
        }
      }
      boolean meta =
          question.recordClass().equals(RecordClass.NONE)
              || question.recordClass().equals(RecordClass.ANY);
      Opcode opcode = opcode();
      if (meta && (opcode.equals(Opcode.UPDATE) || opcode.equals(Opcode.NOTIFY))) {
        odd(MalformedMessageException.FORMERR, "a question without a class of its own");
      }
      if (recordClass.isEmpty()) {
        recordClass = Optional.of(question.recordClass());
      } else if (!recordClass.get().equals(question.recordClass())) {
        odd(MalformedMessageException.FORMERR, "questions of different classes");
      }
      tkey |= question.type().equals(RecordType.TKEY);
      questions.add(question);
    }
  }

  private void section(int section, int count) throws MalformedMessageException {
    for (int i = 0; i < count; i++) {
      in.limit(length);
      boolean last = i == count - 1;
      int begin = in.position();
      DnsName name = in.name(true);
      in.need(10);
      RecordType type = new RecordType(in.u16());
      RecordClass itsClass = new RecordClass(in.u16());
      checkClass(type, itsClass);
      boolean transactionSignature = false;
      boolean opt = false;
      if (type.equals(RecordType.TSIG)) {
        transactionSignature = section == 2 && itsClass.equals(RecordClass.ANY) && last;
        if (!transactionSignature) {
          odd("TSIG in wrong location", "a TSIG that is not the last record");
        }
      } else if (type.equals(RecordType.OPT)) {
        opt = name.isRoot() && section == 2 && edns.isEmpty();
        if (!opt) {
          odd(MalformedMessageException.FORMERR, "a second or misplaced OPT");
        }
      } else if (type.equals(RecordType.TKEY)) {
        int right = (flags & DnsMessage.Flag.QR.bit()) == 0 ? 2 : 0;
        if (section != right && section != 0) {
          odd(MalformedMessageException.FORMERR, "a misplaced TKEY");
        }
      }
      long ttl = in.u32();
      int rdlength = in.u16();
      in.need(rdlength);
      int start = in.position();
      Bytes rdata = rdata(section, type, itsClass, rdlength, start);
      DnsRecord record = new DnsRecord(name, type, itsClass, ttl, rdata);
      boolean zeroCovered = rdata.length() >= 2 && rdata.at(0) == 0 && rdata.at(1) == 0;
      boolean transaction = false;
      if (type.equals(RecordType.RRSIG) && zeroCovered) {
        odd(MalformedMessageException.FORMERR, "an RRSIG that covers no type");
      } else if (type.equals(RecordType.SIG) && zeroCovered) {
        transaction = section == 2 && last && name.isRoot();
        if (!transaction) {
          odd("SIG(0) in wrong location", "a SIG(0) that is not the last record");
        }
      }
      if (type.equals(RecordType.NSEC3) && !isHashed(name)) {
        throw new MalformedMessageException("bad owner name (check-names)", start);
      }
      if (opt) {
        edns = Optional.of(edns(itsClass, ttl, rdata));
      } else if (transactionSignature) {
        tsig = Optional.of(record);
        signature = OptionalInt.of(begin);
      } else if (transaction) {
        sig0 = Optional.of(record);
        signature = OptionalInt.of(begin);
      } else {
        sections.get(section).add(record);
      }
    }
  }

  private Bytes rdata(int section, RecordType type, RecordClass itsClass, int rdlength, int start)
      throws MalformedMessageException {
    boolean update = opcode().equals(Opcode.UPDATE);
    boolean empty =
        update
            && ((itsClass.equals(RecordClass.ANY) && section < 2)
                || (itsClass.equals(RecordClass.NONE) && section == 0));
    if (empty) {
      if (rdlength != 0) {
        throw new MalformedMessageException(MalformedMessageException.FORMERR, start);
      }
      return Bytes.EMPTY;
    }
    RecordClass read =
        update && section == 1 && itsClass.equals(RecordClass.NONE)
            ? recordClass.orElse(itsClass)
            : itsClass;
    try {
      return RdataReader.read(in, type, read, rdlength);
    } catch (MalformedMessageException e) {
      in.position(start);
      throw e;
    }
  }

  private void checkClass(RecordType type, RecordClass itsClass) throws MalformedMessageException {
    boolean free =
        type.equals(RecordType.TSIG) || type.equals(RecordType.OPT) || type.equals(RecordType.TKEY);
    if (recordClass.isEmpty() && !free) {
      recordClass = Optional.of(itsClass);
    }
    // BIND's class is 0 until it was set.
    RecordClass expected = recordClass.orElse(new RecordClass(0));
    if (opcode().equals(Opcode.UPDATE)
        || expected.equals(RecordClass.ANY)
        || expected.equals(itsClass)) {
      return;
    }
    boolean exempt = free || type.equals(RecordType.SIG) || (type.equals(RecordType.KEY) && tkey);
    if (!exempt) {
      odd(MalformedMessageException.FORMERR, "a record of another class");
    }
  }

  private static Edns edns(RecordClass itsClass, long ttl, Bytes rdata)
      throws MalformedMessageException {
    List<EdnsOption> options = new ArrayList<>();
    WireReader in = new WireReader(rdata);
    while (in.remaining() > 0) {
      int code = in.u16();
      options.add(new EdnsOption(code, in.bytes(in.u16())));
    }
    return new Edns(
        itsClass.code(),
        (int) (ttl >> 24),
        (int) (ttl >> 16 & 0xff),
        (int) (ttl & 0xffff),
        options);
  }

  /** Whether the first label is base32hex (RFC 5155, 3). */
  private static boolean isHashed(DnsName name) {
    if (name.isRoot()) {
      return false;
    }
    Bytes label = name.labels().getFirst();
    for (int i = 0; i < label.length(); i++) {
      int c = Character.toUpperCase(label.at(i));
      if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'V'))) {
        return false;
      }
    }
    int over = label.length() % 8;
    return over != 1 && over != 3 && over != 6;
  }

  private Opcode opcode() {
    return new Opcode(flags >> 11 & 0xf);
  }

  private void odd(String reason, String words) throws MalformedMessageException {
    if (!bestEffort) {
      throw new MalformedMessageException(reason, in.position());
    }
    if (problem.isEmpty()) {
      problem = Optional.of("it has " + words);
    }
  }
}
