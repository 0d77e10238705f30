// Above 500 lines: one list, a few lines for each type of record.
package wirebook.engine.dns;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;
import java.util.function.UnaryOperator;
import wirebook.trace.Bytes;

/** The data of records as BIND's tools print it. Long, as each type has a form of its own. */
final class RdataText {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuuMMddHHmmss", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final String[] SOA_FIELDS = {"serial", "refresh", "retry", "expire", "minimum"};

  private final RecordType type;
  private final RdataStyle style;
  private final Bytes rdata;
  private final WireReader in;
  private final UnaryOperator<String> names;
  private final StringBuilder out = new StringBuilder();

  private RdataText(RecordType type, Bytes rdata, RdataStyle style, UnaryOperator<String> names) {
    this.type = type;
    this.style = style;
    this.names = names;
    this.rdata = rdata;
    this.in = new WireReader(rdata);
  }

  static String of(RecordType type, RecordClass recordClass, Bytes rdata, RdataStyle style) {
    return of(type, recordClass, rdata, style, UnaryOperator.identity());
  }

  static String of(
      RecordType type,
      RecordClass recordClass,
      Bytes rdata,
      RdataStyle style,
      UnaryOperator<String> names) {
    if (style.unknown() || !RdataLayout.isDefined(type, recordClass)) {
      boolean address = !style.unknown() && type.equals(RecordType.A);
      if (!address || !(recordClass.equals(RecordClass.CH) || recordClass.equals(RecordClass.HS))) {
        return unknown(type, rdata, style);
      }
    }
    try {
      RdataText text = new RdataText(type, rdata, style, names);
      return text.write(recordClass) ? text.out.toString() : unknown(type, rdata, style);
    } catch (MalformedMessageException e) {
      return unknown(type, rdata, style);
    }
  }

  /** RFC 3597, 5. */
  private static String unknown(RecordType type, Bytes rdata, RdataStyle style) {
    RdataText text = new RdataText(type, rdata, style, UnaryOperator.identity());
    text.out.append("\\# ").append(rdata.length());
    if (!rdata.isEmpty()) {
      text.out.append(style.multiline() ? " ( " : " ");
      text.hex(rdata);
      text.close(" )");
    }
    return text.out.toString();
  }

  private boolean write(RecordClass recordClass) throws MalformedMessageException {
    String name = type.toString();
    if (name.equals("A") && recordClass.equals(RecordClass.CH)) {
      out.append(name()).append(' ').append(Integer.toOctalString(in.u16()));
      return true;
    }
    Optional<String> layout = RdataLayout.of(type);
    if (layout.isPresent()) {
      fields(layout.get());
      return true;
    }
    switch (name) {
      case "SOA" -> startOfAuthority();
      case "DS", "CDS", "DLV", "TA" -> {
        numbers("SBB");
        secret(true, true);
      }
      case "ZONEMD" -> {
        numbers("LBB");
        secret(true, true);
      }
      case "TLSA", "SMIMEA" -> {
        numbers("BBB");
        secret(true, false);
      }
      case "SSHFP" -> {
        numbers("BB");
        if (in.remaining() > 0) {
          secret(true, false);
        }
      }
      case "KEY", "DNSKEY", "CDNSKEY", "RKEY" -> key();
      case "RRSIG" -> {
        covered("TYPE");
        numbers(" BBL");
        open(" (");
        line();
        out.append(time()).append(' ').append(time()).append(' ').append(in.u16()).append(' ');
        out.append(name());
        line();
        secretText(false, true);
        close(" )");
      }
      case "SIG" -> {
        covered("");
        numbers(" BBL");
        out.append(' ').append(time());
        open(" (");
        line();
        out.append(time()).append(' ').append(in.u16()).append(' ').append(name());
        line();
        base64(in.rest());
        close(" )");
      }
      case "NSEC" -> {
        out.append(name());
        blankBeforeMap();
        typeMap(false);
      }
      case "NSEC3" -> {
        numbers("BBS");
        out.append(' ').append(dashOrHex(in.bytes(in.u8())));
        open(" (");
        line();
        out.append(base32(in.bytes(in.u8())));
        if (!style.multiline()) {
          blankBeforeMap();
        }
        typeMap(style.multiline());
        close(" )");
      }
      case "NSEC3PARAM" -> {
        numbers("BBS");
        out.append(' ').append(dashOrHex(in.bytes(in.u8())));
      }
      case "NXT" -> {
        out.append(name());
        bits(in.rest(), true);
      }
      case "CERT" -> {
        out.append(certificateType(in.u16())).append(' ').append(in.u16()).append(' ');
        out.append(algorithm(in.u8()));
        open(" (");
        line();
        base64(in.rest());
        close(" )");
      }
      case "OPENPGPKEY" -> {
        open("( ");
        secretText(false, true);
        close(" )");
      }
      case "DHCID" -> dhcid();
      case "EID", "NIMLOC" -> {
        open("( ");
        if (style.width() == 0) {
          hex(in.rest(), 60, "");
        } else {
          hex(in.rest());
        }
        close(" )");
      }
      case "NSAP" -> out.append("0x").append(in.rest().hex());
      case "SINK" -> {
        numbers("BBB");
        if (in.remaining() > 0) {
          open(" (");
          line();
          base64(in.rest());
          close(" )");
        }
      }
      case "URI" -> {
        numbers("SS");
        out.append(' ').append(quoted(in.rest()));
      }
      case "CAA" -> {
        numbers("B");
        out.append(' ').append(bare(in.bytes(in.u8()))).append(' ').append(quoted(in.rest()));
      }
      case "HIP" -> hip();
      case "IPSECKEY" -> {
        return ipsecKey();
      }
      case "AMTRELAY" -> {
        int precedence = in.u8();
        int relay = in.u8();
        if ((relay & 0x7f) > 3) {
          return false;
        }
        out.append(precedence).append(' ').append(relay >> 7).append(' ');
        out.append(relay & 0x7f).append(' ');
        gateway(relay & 0x7f);
      }
      case "LOC" -> {
        return location();
      }
      case "APL" -> {
        return addressPrefixes();
      }
      case "ATMA" -> {
        int format = in.u8();
        if (format > 1) {
          return false;
        }
        Bytes rest = in.rest();
        out.append(
            format == 0 ? rest.hex() : "+" + rest.text(java.nio.charset.StandardCharsets.US_ASCII));
      }
      case "A6" -> a6();
      case "SVCB", "HTTPS" -> serviceBinding();
      case "WKS" -> {
        out.append(Inet.text(in.bytes(4))).append(' ').append(in.u8());
        bits(in.rest(), false);
      }
      case "ISDN" -> {
        out.append(quoted(in.bytes(in.u8())));
        if (in.remaining() > 0) {
          out.append(' ').append(quoted(in.bytes(in.u8())));
        }
      }
      case "TKEY" -> tkey();
      case "TSIG" -> tsig();
      case "OPT" -> opt();
      default -> {
        return false;
      }
    }
    return true;
  }

  private void fields(String layout) throws MalformedMessageException {
    String gap = "";
    for (int i = 0; i < layout.length(); i++) {
      char field = layout.charAt(i);
      if (field == 'M' && in.remaining() == 0) {
        return;
      }
      out.append(gap);
      gap = " ";
      switch (field) {
        case 't' -> out.append(new RecordType(in.u16()));
        case 'n' -> {
          int scheme = in.u8();
          out.append(scheme == 1 ? "NOTIFY" : scheme);
        }
        case 'M' -> typeMap(false);
        case 'b' -> {
          open(" (");
          base64(in.rest());
          close(" )");
        }
        case 'd' -> out.append(in.remaining() == 0 ? "-" : encode(in.rest()));
        case 'B' -> out.append(in.u8());
        case 'S' -> out.append(in.u16());
        case 'L' -> out.append(in.u32());
        case '4' -> address(in.bytes(4));
        case '6' -> address(in.bytes(16));
        case 'X' ->
            out.append(String.format("%x:%x:%x:%x", in.u16(), in.u16(), in.u16(), in.u16()));
        case 'e' -> dashed(in.bytes(6));
        case 'E' -> dashed(in.bytes(8));
        case 'N' -> out.append(name());
        case 'T' -> out.append(quoted(in.bytes(in.u8())));
        default -> {
          String between = "";
          while (in.remaining() > 0) {
            out.append(between).append(quoted(in.bytes(in.u8())));
            between = " ";
          }
        }
      }
    }
  }

  private String name() throws MalformedMessageException {
    return names.apply(in.name(false).toString());
  }

  /** Numbers with single blanks between; a leading blank in the layout starts with one. */
  private void numbers(String layout) throws MalformedMessageException {
    String gap = "";
    for (int i = 0; i < layout.length(); i++) {
      char field = layout.charAt(i);
      if (field == ' ') {
        gap = " ";
        continue;
      }
      out.append(gap);
      gap = " ";
      out.append(field == 'B' ? in.u8() : field == 'S' ? in.u16() : in.u32());
    }
  }

  private void address(Bytes address) {
    if (address.length() == 16 && type.equals(RecordType.AAAA) && style.expandAddresses()) {
      String hex = address.hex();
      for (int i = 0; i < 32; i += 4) {
        out.append(i == 0 ? "" : ":").append(hex, i, i + 4);
      }
      return;
    }
    out.append(Inet.text(address));
    // An address that ends in a colon would start a mapping in YAML.
    if (address.length() == 16 && style.yaml() && out.charAt(out.length() - 1) == ':') {
      out.append('0');
    }
  }

  private void dashed(Bytes bytes) {
    out.append(bytes.hex().replaceAll("(..)(?!$)", "$1-"));
  }

  private void startOfAuthority() throws MalformedMessageException {
    boolean comments = style.multiline() && style.comments();
    out.append(name()).append(' ').append(name());
    open(" (");
    line();
    for (int i = 0; i < SOA_FIELDS.length; i++) {
      long number = in.u32();
      if (comments) {
        out.append(String.format("%-10d ; ", number)).append(SOA_FIELDS[i]);
        if (i > 0) {
          out.append(" (").append(Ttl.verbose(number)).append(')');
        }
        line();
      } else {
        out.append(number);
        if (i < SOA_FIELDS.length - 1) {
          line();
        }
      }
    }
    close(")");
  }

  private void key() throws MalformedMessageException {
    int flags = in.u16();
    int protocol = in.u8();
    int algorithm = in.u8();
    out.append(flags).append(' ').append(protocol).append(' ').append(algorithm);
    if (type.equals(RecordType.KEY) && (flags & 0xc000) == 0xc000) {
      return;
    }
    String algorithmName = algorithm(algorithm);
    if (style.comments() && algorithm == 253) {
      int at = in.position();
      algorithmName = in.name(false).relative();
      in.position(at);
    }
    open(" (");
    line();
    if (style.crypto()) {
      base64(in.rest());
    } else {
      out.append("[key id = ").append(keyId(rdata)).append(']');
    }
    if (style.comments()) {
      line();
    } else if (style.multiline()) {
      out.append(' ');
    }
    close(")");
    if (style.comments()) {
      String name = type.toString();
      if (name.equals("DNSKEY") || name.equals("CDNSKEY")) {
        boolean ksk = (flags & 1) != 0;
        out.append(" ; ").append(!ksk ? "ZSK" : (flags & 0x80) != 0 ? "revoked KSK" : "KSK");
      }
      out.append("; alg = ").append(algorithmName).append(" ; key id = ").append(keyId(rdata));
    }
  }

  /** RFC 4034, appendix B. */
  static int keyId(Bytes key) {
    long sum = 0;
    for (int i = 0; i < key.length(); i++) {
      sum += (i & 1) == 0 ? (long) key.at(i) << 8 : key.at(i);
    }
    sum += sum >> 16 & 0xffff;
    return (int) (sum & 0xffff);
  }

  private void covered(String prefix) throws MalformedMessageException {
    RecordType covered = new RecordType(in.u16());
    out.append(covered.isKnown() ? covered.toString() : prefix + covered.code());
  }

  private String time() throws MalformedMessageException {
    return TIME.format(Instant.ofEpochSecond(in.u32()));
  }

  private void blankBeforeMap() {
    if (in.remaining() > 0) {
      out.append(' ');
    }
  }

  private void typeMap(boolean lines) throws MalformedMessageException {
    String gap = "";
    while (in.remaining() > 0) {
      if (lines) {
        line();
        gap = "";
      }
      int window = in.u8();
      Bytes map = in.bytes(in.u8());
      for (int bit = 0; bit < map.length() * 8; bit++) {
        if ((map.at(bit / 8) & 0x80 >> bit % 8) != 0) {
          out.append(gap).append(new RecordType(window * 256 + bit));
          gap = " ";
        }
      }
    }
  }

  private void bits(Bytes map, boolean types) {
    for (int bit = 0; bit < map.length() * 8; bit++) {
      if ((map.at(bit / 8) & 0x80 >> bit % 8) != 0) {
        RecordType named = new RecordType(bit);
        out.append(' ').append(types && named.isKnown() ? named.toString() : bit);
      }
    }
  }

  private void dhcid() {
    open("( ");
    base64(in.rest());
    close(" )");
    if (style.multiline() && rdata.length() > 2) {
      out.append(" ; ").append(rdata.at(0) << 8 | rdata.at(1)).append(' ').append(rdata.at(2));
      out.append(' ').append(rdata.length() - 3);
    }
  }

  private void hip() throws MalformedMessageException {
    int hit = in.u8();
    int algorithm = in.u8();
    int key = in.u16();
    open("( ");
    out.append(algorithm).append(' ').append(in.bytes(hit).hex().toUpperCase(Locale.ROOT));
    line();
    out.append(encode(in.bytes(key)));
    while (in.remaining() > 0) {
      line();
      out.append(name());
    }
    close(" )");
  }

  private boolean ipsecKey() throws MalformedMessageException {
    int precedence = in.u8();
    int gateway = in.u8();
    int algorithm = in.u8();
    if (gateway > 3) {
      return false;
    }
    open("( ");
    out.append(precedence).append(' ').append(gateway).append(' ').append(algorithm).append(' ');
    gateway(gateway);
    if (in.remaining() > 0) {
      line();
      base64(in.rest());
    }
    close(" )");
    return true;
  }

  private void gateway(int kind) throws MalformedMessageException {
    switch (kind) {
      case 0 -> out.append('.');
      case 1 -> address(in.bytes(4));
      case 2 -> address(in.bytes(16));
      default -> out.append(name());
    }
  }

  /** RFC 1876, 3. */
  private boolean location() throws MalformedMessageException {
    if (in.u8() != 0) {
      return false;
    }
    String size = centimetres(in.u8());
    String horizontal = centimetres(in.u8());
    String vertical = centimetres(in.u8());
    degrees(in.u32() - 0x80000000L, "N", "S");
    degrees(in.u32() - 0x80000000L, "E", "W");
    long altitude = in.u32() - 10_000_000L;
    long above = Math.abs(altitude);
    out.append(altitude < 0 ? "-" : "").append(above / 100).append('.');
    out.append(String.format("%02dm ", above % 100));
    out.append(size).append(' ').append(horizontal).append(' ').append(vertical);
    return true;
  }

  private void degrees(long thousandths, String positive, String negative) {
    long rest = Math.abs(thousandths);
    out.append(
        String.format(
            "%d %d %d.%03d %s ",
            rest / 3_600_000,
            rest / 60_000 % 60,
            rest / 1000 % 60,
            rest % 1000,
            thousandths < 0 ? negative : positive));
  }

  private static String centimetres(int coded) {
    int power = coded & 0xf;
    long mantissa = coded >> 4;
    for (int i = power > 1 ? 2 : 0; i < power; i++) {
      mantissa *= 10;
    }
    return power > 1 ? mantissa + "m" : String.format("0.%02dm", mantissa);
  }

  private boolean addressPrefixes() throws MalformedMessageException {
    String gap = "";
    while (in.remaining() > 0) {
      int family = in.u16();
      int prefix = in.u8();
      int length = in.u8();
      if (family != 1 && family != 2) {
        return false;
      }
      byte[] padded = new byte[family == 1 ? 4 : 16];
      Bytes given = in.bytes(length & 0x7f);
      System.arraycopy(given.toArray(), 0, padded, 0, given.length());
      out.append(gap).append(length > 0x7f ? "!" : "").append(family).append(':');
      address(Bytes.of(padded));
      out.append('/').append(prefix);
      gap = " ";
    }
    return true;
  }

  private void a6() throws MalformedMessageException {
    int prefix = in.u8();
    out.append(prefix).append(' ');
    if (prefix != 128) {
      int octets = prefix / 8;
      byte[] suffix = new byte[16];
      Bytes given = in.bytes(16 - octets);
      System.arraycopy(given.toArray(), 0, suffix, octets, given.length());
      suffix[octets] &= (byte) (0xff >> prefix % 8);
      address(Bytes.of(suffix));
    }
    if (prefix != 0) {
      out.append(' ').append(name());
    }
  }

  /** RFC 9460, 2.1. */
  private void serviceBinding() throws MalformedMessageException {
    out.append(in.u16()).append(' ').append(name());
    while (in.remaining() > 0) {
      int key = in.u16();
      out.append(' ').append(new ServiceParameter(key, in.bytes(in.u16())).text());
    }
  }

  private void tkey() throws MalformedMessageException {
    out.append(name()).append(' ').append(in.u32()).append(' ').append(in.u32());
    out.append(' ').append(in.u16()).append(' ').append(Rcode.tsigError(in.u16())).append(' ');
    Bytes key = in.bytes(in.u16());
    out.append(key.length());
    open(" (");
    line();
    base64(key);
    out.append(style.multiline() ? " ) " : " ");
    Bytes other = in.bytes(in.u16());
    out.append(other.length());
    if (!other.isEmpty()) {
      open(" (");
      line();
      base64(other);
      close(" )");
    }
  }

  private void tsig() throws MalformedMessageException {
    out.append(name()).append(' ').append((long) in.u16() << 32 | in.u32()).append(' ');
    out.append(in.u16()).append(' ');
    Bytes mac = in.bytes(in.u16());
    out.append(mac.length());
    if (mac.isEmpty()) {
      out.append(' ');
    } else {
      open(" (");
      line();
      base64(mac);
      out.append(style.multiline() ? " ) " : " ");
    }
    out.append(in.u16()).append(' ').append(Rcode.tsigError(in.u16())).append(' ');
    Bytes other = in.bytes(in.u16());
    out.append(other.length()).append(' ');
    base64(other, 60, style.width() == 0 ? "" : " ");
  }

  private void opt() throws MalformedMessageException {
    while (in.remaining() > 0) {
      out.append(in.u16()).append(' ');
      Bytes data = in.bytes(in.u16());
      out.append(data.length());
      if (!data.isEmpty()) {
        open(" (");
        line();
        base64(data);
        close(" )");
      }
      if (in.remaining() > 0) {
        out.append(' ');
      }
    }
  }

  private void secret(boolean hex, boolean omittable) {
    open(" (");
    line();
    secretText(hex, omittable);
    close(" )");
  }

  private void secretText(boolean hex, boolean omittable) {
    if (omittable && !style.crypto()) {
      in.rest();
      out.append("[omitted]");
    } else if (hex) {
      hex(in.rest());
    } else {
      base64(in.rest());
    }
  }

  private void open(String text) {
    if (style.multiline()) {
      out.append(text);
    }
  }

  private void close(String text) {
    open(text);
  }

  private void line() {
    out.append(style.lineBreak());
  }

  private void hex(Bytes bytes) {
    if (style.width() == 0) {
      hex(bytes, 0, "");
    } else {
      hex(bytes, style.width() - 2, style.lineBreak());
    }
  }

  private void hex(Bytes bytes, int word, String gap) {
    split(bytes.hex().toUpperCase(Locale.ROOT), Math.max(word, 2), 2, gap);
  }

  private void base64(Bytes bytes) {
    if (style.width() == 0) {
      base64(bytes, 60, "");
    } else {
      base64(bytes, style.width() - 2, style.lineBreak());
    }
  }

  private void base64(Bytes bytes, int word, String gap) {
    split(encode(bytes), Math.max(word, 4), 4, gap);
  }

  /** Breaks where one more group would reach the word's length, but not at the end. */
  private void split(String text, int word, int group, String gap) {
    int groups = 0;
    for (int at = 0; at < text.length(); at += group) {
      out.append(text, at, at + group);
      groups++;
      if (at + group < text.length() && (groups + 1) * group >= word) {
        groups = 0;
        out.append(gap);
      }
    }
  }

  static String encode(Bytes bytes) {
    return Base64.getEncoder().encodeToString(bytes.toArray());
  }

  private static String base32(Bytes bytes) {
    StringBuilder text = new StringBuilder();
    int buffer = 0;
    int bits = 0;
    for (int i = 0; i < bytes.length(); i++) {
      buffer = buffer << 8 | bytes.at(i);
      bits += 8;
      while (bits >= 5) {
        bits -= 5;
        text.append(digit32((buffer >> bits) & 31));
      }
      buffer &= (1 << bits) - 1;
    }
    if (bits > 0) {
      text.append(digit32(buffer << (5 - bits) & 31));
    }
    return text.toString();
  }

  private static char digit32(int value) {
    return Character.toUpperCase(Character.forDigit(value, 32));
  }

  private static String dashOrHex(Bytes salt) {
    return salt.isEmpty() ? "-" : salt.hex().toUpperCase(Locale.ROOT);
  }

  /** In double quotes, with what would break out of them escaped. */
  static String quoted(Bytes string) {
    StringBuilder text = new StringBuilder("\"");
    for (int i = 0; i < string.length(); i++) {
      escape(text, string.at(i), ' ', "\"\\");
    }
    return text.append('"').toString();
  }

  private static String bare(Bytes string) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < string.length(); i++) {
      escape(text, string.at(i), '!', "\"\\@;");
    }
    return text.toString();
  }

  static void escape(StringBuilder text, int c, int first, String special) {
    if (c < first || c >= 0x7f) {
      text.append(String.format("\\%03d", c));
    } else {
      text.append(special.indexOf(c) >= 0 ? "\\" : "").append((char) c);
    }
  }

  private static String certificateType(int type) {
    return switch (type) {
      case 1 -> "PKIX";
      case 2 -> "SPKI";
      case 3 -> "PGP";
      case 4 -> "IPKIX";
      case 5 -> "ISPKI";
      case 6 -> "IPGP";
      case 7 -> "ACPKIX";
      case 8 -> "IACPKIX";
      case 253 -> "URI";
      case 254 -> "OID";
      default -> Integer.toString(type);
    };
  }

  /** IANA's registry of DNSSEC algorithm numbers. */
  private static String algorithm(int number) {
    return switch (number) {
      case 1 -> "RSAMD5";
      case 2 -> "DH";
      case 3 -> "DSA";
      case 5 -> "RSASHA1";
      case 6 -> "NSEC3DSA";
      case 7 -> "NSEC3RSASHA1";
      case 8 -> "RSASHA256";
      case 10 -> "RSASHA512";
      case 12 -> "ECCGOST";
      case 13 -> "ECDSAP256SHA256";
      case 14 -> "ECDSAP384SHA384";
      case 15 -> "ED25519";
      case 16 -> "ED448";
      case 252 -> "INDIRECT";
      case 253 -> "PRIVATEDNS";
      case 254 -> "PRIVATEOID";
      default -> Integer.toString(number);
    };
  }
}
