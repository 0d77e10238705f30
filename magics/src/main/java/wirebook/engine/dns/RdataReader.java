// Above 500 lines: one list, a few lines for each type of record.
package wirebook.engine.dns;

import java.io.ByteArrayOutputStream;
import java.util.Optional;
import wirebook.trace.Bytes;

/**
 * Reads the data of a record from a message, checks it as strictly as BIND does, and uncompresses
 * the names in it.
 */
final class RdataReader {
  private static final String FORMERR = MalformedMessageException.FORMERR;
  private static final String RANGE = "out of range";

  private final WireReader in;
  private final RecordType type;
  private final int end;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private RdataReader(WireReader in, RecordType type, int end) {
    this.in = in;
    this.type = type;
    this.end = end;
  }

  /** Reads {@code length} bytes of data, and leaves the reader behind them. */
  static Bytes read(WireReader in, RecordType type, RecordClass recordClass, int length)
      throws MalformedMessageException {
    if (type.code() == 0) {
      throw new MalformedMessageException(FORMERR, in.position());
    }
    RdataReader reader = new RdataReader(in, type, in.position() + length);
    in.limit(reader.end);
    reader.read(recordClass);
    if (in.position() != reader.end) {
      throw new MalformedMessageException("extra input data", in.position());
    }
    if (reader.out.size() > 0xffff) {
      throw new MalformedMessageException(FORMERR, in.position());
    }
    return Bytes.of(reader.out.toByteArray());
  }

  private void read(RecordClass recordClass) throws MalformedMessageException {
    String name = type.toString();
    boolean chaos = recordClass.equals(RecordClass.CH);
    if (name.equals("A") && (chaos || recordClass.equals(RecordClass.HS))) {
      fields(chaos ? "NS" : "4");
      return;
    }
    if (!RdataLayout.isDefined(type, recordClass)) {
      rest();
      return;
    }
    Integer exact = RdataLayout.EXACT.get(name);
    if (exact != null && in.remaining() != exact) {
      throw bad(FORMERR);
    }
    if (name.equals("X25")) {
      checkX25();
    }
    Optional<String> layout = RdataLayout.of(type);
    if (layout.isPresent()) {
      fields(layout.get());
      return;
    }
    switch (name) {
      case "SOA" -> fields("NNLLLLL");
      case "DS", "CDS", "DLV", "TA" -> delegationSigner();
      case "KEY", "DNSKEY", "CDNSKEY", "RKEY" -> key();
      case "RRSIG", "SIG" -> {
        copy(18);
        name();
        atLeast(1, name.equals("SIG") ? MalformedMessageException.END : FORMERR);
        rest();
      }
      case "NSEC" -> {
        name();
        typeMap(false);
      }
      case "NSEC3" -> nsec3();
      case "NSEC3PARAM" -> {
        atLeast(5, FORMERR);
        if (in.remaining() != 5 + peek(4)) {
          throw bad(FORMERR);
        }
        rest();
      }
      case "NXT" -> {
        name();
        int length = in.remaining();
        if (length > 0 && ((peek(0) & 0x80) != 0 || length > 16 || peek(length - 1) == 0)) {
          throw bad("bad bitmap");
        }
        rest();
      }
      case "TLSA", "SMIMEA", "URI" -> atLeastRest(4);
      case "SSHFP" -> {
        atLeast(2, MalformedMessageException.END);
        int digest = peek(1);
        if ((digest == 1 && in.remaining() != 22) || (digest == 2 && in.remaining() != 34)) {
          throw bad(FORMERR);
        }
        rest();
      }
      case "CERT" -> atLeastRest(6);
      case "OPENPGPKEY", "DHCID", "EID", "NIMLOC", "NSAP" -> atLeastRest(1);
      case "SINK" -> atLeastRest(3);
      case "CAA" -> caa();
      case "HIP" -> hip();
      case "IPSECKEY" -> ipsecKey();
      case "AMTRELAY" -> amtRelay();
      case "LOC" -> location();
      case "APL" -> addressPrefixes();
      case "ATMA" -> {
        atLeast(2, MalformedMessageException.END);
        if (peek(0) == 1) {
          digits();
        }
        rest();
      }
      case "A6" -> a6();
      case "SVCB", "HTTPS" -> serviceBinding();
      case "WKS" -> {
        atLeast(5, MalformedMessageException.END);
        if (in.remaining() > 8 * 1024 + 5) {
          throw bad("extra input data");
        }
        if (in.remaining() > 5 && peek(in.remaining() - 1) == 0) {
          throw bad(FORMERR);
        }
        rest();
      }
      case "ISDN" -> fields(1 + peekString() == in.remaining() ? "T" : "TT");
      case "ZONEMD" -> {
        atLeast(18, MalformedMessageException.END);
        digest(6, peek(5) == 1 ? 48 : peek(5) == 2 ? 64 : 0);
      }
      case "TKEY" -> fields("NLLLcc");
      case "TSIG" -> fields("NLLcLc");
      case "OPT" -> options();
      default -> rest();
    }
  }

  private void fields(String layout) throws MalformedMessageException {
    for (int i = 0; i < layout.length(); i++) {
      switch (layout.charAt(i)) {
        case 'B', 'n' -> copy(1);
        case 'S', 't' -> copy(2);
        case 'L', '4' -> copy(4);
        case 'X', 'E' -> copy(8);
        case 'e' -> copy(6);
        case '6' -> copy(16);
        case 'N' -> name();
        case 'T' -> string();
        case 'M' -> typeMap(true);
        case 'b' -> atLeastRest(1);
        case 'd' -> rest();
        case 'c' -> counted();
        default -> {
          do {
            string();
          } while (in.remaining() > 0);
        }
      }
    }
  }

  private void delegationSigner() throws MalformedMessageException {
    atLeast(5, MalformedMessageException.END);
    digest(
        4,
        switch (peek(3)) {
          case 1 -> 20;
          case 2 -> 32;
          case 4 -> 48;
          default -> 0;
        });
  }

  /** A digest behind so many bytes; of unknown length where it is 0. */
  private void digest(int from, int length) throws MalformedMessageException {
    if (length == 0) {
      rest();
    } else {
      copy(from + length);
    }
  }

  private void key() throws MalformedMessageException {
    atLeast(4, MalformedMessageException.END);
    int flags = peek(0) << 8 | peek(1);
    boolean rkey = type.toString().equals("RKEY");
    if (rkey && flags != 0) {
      throw bad(FORMERR);
    }
    int algorithm = peek(3);
    copy(4);
    if (type.equals(RecordType.KEY) && (flags & 0xc000) == 0xc000) {
      return;
    }
    atLeast(1, MalformedMessageException.END);
    if (algorithm == 253) {
      name();
    }
    rest();
  }

  private void nsec3() throws MalformedMessageException {
    atLeast(5, FORMERR);
    int hash = peek(0);
    int salt = peek(4);
    atLeast(5 + salt + 1, FORMERR);
    int length = peek(5 + salt);
    boolean right = hash == 1 ? length == 20 : length >= 1 && length <= 155;
    if (!right || in.remaining() < 6 + salt + length) {
      throw bad(FORMERR);
    }
    copy(6 + salt + length);
    typeMap(true);
  }

  /** RFC 4034, 4.1.2. */
  private void typeMap(boolean mayBeEmpty) throws MalformedMessageException {
    int last = -1;
    if (!mayBeEmpty && in.remaining() == 0) {
      throw bad(FORMERR);
    }
    while (in.remaining() > 0) {
      atLeast(2, FORMERR);
      int window = peek(0);
      int length = peek(1);
      if (window <= last
          || length < 1
          || length > 32
          || in.remaining() < 2 + length
          || peek(1 + length) == 0) {
        throw bad(FORMERR);
      }
      last = window;
      copy(2 + length);
    }
  }

  private void caa() throws MalformedMessageException {
    atLeast(2, MalformedMessageException.END);
    int tag = peek(1);
    if (tag == 0 || in.remaining() < 2 + tag) {
      throw bad(FORMERR);
    }
    for (int i = 2; i < 2 + tag; i++) {
      int c = peek(i);
      boolean digit = c >= '0' && c <= '9';
      boolean letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
      if (!digit && !letter) {
        throw bad(FORMERR);
      }
    }
    rest();
  }

  private void hip() throws MalformedMessageException {
    atLeast(4, FORMERR);
    int hit = peek(0);
    int key = peek(2) << 8 | peek(3);
    if (hit == 0 || key == 0 || in.remaining() < 4 + hit + key) {
      throw bad(FORMERR);
    }
    copy(4 + hit + key);
    while (in.remaining() > 0) {
      name();
    }
  }

  private void ipsecKey() throws MalformedMessageException {
    atLeast(3, MalformedMessageException.END);
    switch (peek(1)) {
      case 0 -> atLeastRest(4);
      case 1 -> atLeastRest(8);
      case 2 -> atLeastRest(20);
      case 3 -> {
        copy(3);
        name();
        atLeastRest(1);
      }
      default -> throw bad("not implemented");
    }
  }

  private void amtRelay() throws MalformedMessageException {
    atLeast(2, MalformedMessageException.END);
    int relay = peek(1) & 0x7f;
    if (relay == 3) {
      copy(2);
      name();
      return;
    }
    if ((relay == 0 && in.remaining() != 2)
        || (relay == 1 && in.remaining() != 6)
        || (relay == 2 && in.remaining() != 18)) {
      throw bad(FORMERR);
    }
    rest();
  }

  /** RFC 1876. */
  private void location() throws MalformedMessageException {
    atLeast(1, MalformedMessageException.END);
    if (peek(0) != 0) {
      rest();
      return;
    }
    atLeast(16, MalformedMessageException.END);
    for (int i = 1; i <= 3; i++) {
      int c = peek(i);
      if (c != 0 && ((c & 0xf) > 9 || c >> 4 > 9 || c >> 4 == 0)) {
        throw bad(RANGE);
      }
    }
    if (Math.abs(peek32(4) - 0x80000000L) > 90 * 3_600_000L
        || Math.abs(peek32(8) - 0x80000000L) > 180 * 3_600_000L) {
      throw bad(RANGE);
    }
    copy(16);
  }

  private void addressPrefixes() throws MalformedMessageException {
    while (in.remaining() > 0) {
      atLeast(4, MalformedMessageException.END);
      int family = peek(0) << 8 | peek(1);
      int prefix = peek(2);
      int length = peek(3) & 0x7f;
      atLeast(4 + length, MalformedMessageException.END);
      if ((family == 1 && (prefix > 32 || length > 4))
          || (family == 2 && (prefix > 128 || length > 16))) {
        throw bad(RANGE);
      }
      if (length > 0 && peek(3 + length) == 0) {
        throw bad(FORMERR);
      }
      copy(4 + length);
    }
  }

  private void a6() throws MalformedMessageException {
    atLeast(1, MalformedMessageException.END);
    int prefix = peek(0);
    if (prefix > 128) {
      throw bad(RANGE);
    }
    copy(1);
    if (prefix != 128) {
      int octets = 16 - prefix / 8;
      atLeast(octets, MalformedMessageException.END);
      if ((peek(0) & ~(0xff >> prefix % 8)) != 0) {
        throw bad(FORMERR);
      }
      copy(octets);
    }
    if (prefix != 0) {
      name();
    }
  }

  /** RFC 9460, 2.2: keys in ascending order, the mandatory ones there. */
  private void serviceBinding() throws MalformedMessageException {
    copy(2);
    name();
    int last = -1;
    boolean alpn = false;
    Bytes mandatory = Bytes.EMPTY;
    while (in.remaining() > 0) {
      atLeast(2, MalformedMessageException.END);
      int key = peek(0) << 8 | peek(1);
      if (key <= last) {
        throw bad(FORMERR);
      }
      if (mandatory.length() > 0) {
        int next = mandatory.at(0) << 8 | mandatory.at(1);
        if (key > next) {
          throw bad(FORMERR);
        }
        if (key == next) {
          mandatory = mandatory.slice(2, mandatory.length());
        }
      }
      alpn |= key == 1;
      if (key == 2 && !alpn) {
        throw bad(FORMERR);
      }
      last = key;
      atLeast(4, MalformedMessageException.END);
      int length = peek(2) << 8 | peek(3);
      atLeast(4 + length, MalformedMessageException.END);
      copy(4);
      Bytes value = copy(length);
      if (!new ServiceParameter(key, value).isWellFormed()) {
        throw bad(FORMERR);
      }
      if (key == 0) {
        mandatory = value;
        if ((value.at(0) << 8 | value.at(1)) == 0) {
          throw bad(FORMERR);
        }
      }
    }
    if (mandatory.length() > 0) {
      throw bad(FORMERR);
    }
  }

  private void checkX25() throws MalformedMessageException {
    if (in.remaining() < 5 || peek(0) != in.remaining() - 1) {
      throw bad(FORMERR);
    }
    digits();
  }

  private void digits() throws MalformedMessageException {
    for (int i = 1; i < in.remaining(); i++) {
      if (peek(i) < '0' || peek(i) > '9') {
        throw bad(FORMERR);
      }
    }
  }

  /** RFC 6891, 6.1.2, and the options that say more of their contents. */
  private void options() throws MalformedMessageException {
    while (in.remaining() > 0) {
      atLeast(4, MalformedMessageException.END);
      int code = peek(0) << 8 | peek(1);
      int length = peek(2) << 8 | peek(3);
      atLeast(4 + length, MalformedMessageException.END);
      copy(4);
      if (!new EdnsOption(code, copy(length)).isWellFormed()) {
        throw bad("malformed OPT option");
      }
    }
  }

  /**
   * Compressed or not: RFC 3597, 4 forbids it to senders in the newer types, but not to read it.
   */
  private void name() throws MalformedMessageException {
    int start = in.position();
    out.writeBytes(in.name(true).wire().toArray());
    if (in.position() > end) {
      throw new MalformedMessageException("extra input data", start);
    }
  }

  private void string() throws MalformedMessageException {
    atLeast(1, MalformedMessageException.END);
    copy(1 + peek(0));
  }

  private int peekString() throws MalformedMessageException {
    atLeast(1, MalformedMessageException.END);
    return peek(0);
  }

  private void counted() throws MalformedMessageException {
    atLeast(2, MalformedMessageException.END);
    copy(2 + (peek(0) << 8 | peek(1)));
  }

  private Bytes copy(int length) throws MalformedMessageException {
    Bytes bytes = in.bytes(length);
    out.writeBytes(bytes.toArray());
    return bytes;
  }

  private void rest() {
    out.writeBytes(in.rest().toArray());
  }

  private void atLeastRest(int length) throws MalformedMessageException {
    atLeast(length, MalformedMessageException.END);
    rest();
  }

  private void atLeast(int length, String otherwise) throws MalformedMessageException {
    if (in.remaining() < length) {
      throw bad(otherwise);
    }
  }

  private int peek(int ahead) throws MalformedMessageException {
    int at = in.position();
    in.position(at + ahead);
    try {
      return in.u8();
    } finally {
      in.position(at);
    }
  }

  private long peek32(int ahead) throws MalformedMessageException {
    return (long) peek(ahead) << 24
        | peek(ahead + 1) << 16
        | peek(ahead + 2) << 8
        | peek(ahead + 3);
  }

  private MalformedMessageException bad(String reason) {
    return new MalformedMessageException(reason, in.position());
  }
}
