package wirebook.engine.dns.resolver;

import java.io.IOException;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Header;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import wirebook.trace.Bytes;

/**
 * The queries that a resolver sends, and which bytes are replies to them.
 *
 * @param ids unpredictable
 */
record Queries(RandomGenerator ids) {
  private static final int HEADER = 12;
  private static final int UDP_SIZE = 1232;
  private static final int DO = 0x8000;

  Bytes query(Question question, boolean edns, boolean recurse, boolean mixed) {
    Message message = new Message(ids.nextInt(0x10000));
    message.getHeader().setOpcode(Opcode.QUERY);
    if (recurse) {
      message.getHeader().setFlag(Flags.RD);
    }
    message.addRecord(
        Record.newRecord(question.name(), question.type(), DClass.IN), Section.QUESTION);
    if (edns) {
      message.addRecord(new OPTRecord(UDP_SIZE, 0, 0, DO), Section.ADDITIONAL);
    }
    byte[] wire = message.toWire();
    if (mixed) {
      mix(wire, question.name().length());
    }
    return Bytes.of(wire);
  }

  /** A bit more to guess for each letter of the name (draft-vixie-dnsext-dns0x20). */
  private void mix(byte[] wire, int nameLength) {
    for (int label = HEADER; wire[label] != 0 && label < HEADER + nameLength; ) {
      int end = label + 1 + wire[label];
      for (int i = label + 1; i < end; i++) {
        boolean letter = (wire[i] | 0x20) >= 'a' && (wire[i] | 0x20) <= 'z';
        wire[i] ^= (byte) (letter && ids.nextBoolean() ? 0x20 : 0);
      }
      label = end;
    }
  }

  /** The reply as if the name had been asked for as the client wrote it. */
  static byte[] asAsked(Bytes reply, Bytes query, Question sent) {
    byte[] bytes = reply.toArray();
    byte[] name = sent.name().toWire();
    int end = HEADER + name.length;
    if (bytes.length >= end
        && query.length() >= end
        && reply.slice(HEADER, end).equals(query.slice(HEADER, end))) {
      System.arraycopy(name, 0, bytes, HEADER, name.length);
    }
    return bytes;
  }

  /**
   * Whether bytes are a reply to a query: id, opcode and question are the same (RFC 5452, 9.1). An
   * error may come without the question.
   *
   * @param exactly whether the name's letters have to have the same case
   */
  static Predicate<Bytes> answers(Bytes query, boolean exactly) {
    return reply -> {
      try {
        Header asked = new Header(query.slice(0, HEADER).toArray());
        if (reply.length() < HEADER) {
          return false;
        }
        Header header = new Header(reply.slice(0, HEADER).toArray());
        if (header.getID() != asked.getID()
            || !header.getFlag(Flags.QR)
            || header.getOpcode() != asked.getOpcode()) {
          return false;
        }
        if (header.getCount(Section.QUESTION) == 0) {
          return header.getRcode() != Rcode.NOERROR && header.getRcode() != Rcode.NXDOMAIN;
        }
        // The question stands first, uncompressed.
        Record sent = new Message(query.toArray()).getQuestion();
        int end = HEADER + sent.getName().length() + 4;
        return reply.length() >= end
            && header.getCount(Section.QUESTION) == 1
            && sent.getName().equals(new Name(reply.slice(HEADER, end - 4).toArray()))
            && (!exactly || reply.slice(HEADER, end).equals(query.slice(HEADER, end)))
            && reply.slice(end - 4, end).equals(query.slice(end - 4, end));
      } catch (IOException | IllegalArgumentException e) {
        return false;
      }
    };
  }
}
