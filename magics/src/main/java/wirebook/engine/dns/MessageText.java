// Above 500 lines: one format; each section and each option of EDNS is a few lines.
package wirebook.engine.dns;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import wirebook.engine.dns.DnsMessage.Edns;
import wirebook.engine.dns.DnsMessage.Flag;
import wirebook.trace.Bytes;

/**
 * A message's parts as BIND's tools print them. Long, as three forms are here, dig's, the short one
 * and YAML, which share their columns.
 */
public final class MessageText {
  private static final int TAB = 8;
  private static final String YAML_INDENT = "  ".repeat(3);

  /** RFC 8914, 4. */
  private static final List<String> EXTENDED_ERRORS =
      List.of(
          "Other",
          "Unsupported DNSKEY Algorithm",
          "Unsupported DS Digest Type",
          "Stale Answer",
          "Forged Answer",
          "DNSSEC Indeterminate",
          "DNSSEC Bogus",
          "Signature Expired",
          "Signature Not Yet Valid",
          "DNSKEY Missing",
          "RRSIGs Missing",
          "No Zone Key Bit Set",
          "NSEC Missing",
          "Cached Error",
          "Not Ready",
          "Blocked",
          "Censored",
          "Filtered",
          "Prohibited",
          "Stale NXDOMAIN Answer",
          "Not Authoritative",
          "Not Supported",
          "No Reachable Authority",
          "Network Error",
          "Invalid Data");

  /** A section of a message, in the order in which they stand. */
  public enum Section {
    QUESTION("ZONE"),
    ANSWER("PREREQUISITE"),
    AUTHORITY("UPDATE"),
    ADDITIONAL("ADDITIONAL");

    /** What it is called in an update (RFC 2136, 2). */
    private final String inUpdate;

    Section(String inUpdate) {
      this.inUpdate = inUpdate;
    }
  }

  /** Which SOA records of an answer are left out: a zone transfer starts and ends with the same. */
  public enum Soa {
    ALL,
    FIRST,
    NONE
  }

  /** What became of the cookie in a reply (RFC 7873, 5.3). */
  public enum Cookie {
    UNCHECKED,
    MATCHES,
    DIFFERS
  }

  private final MessageStyle style;
  private final StringBuilder out = new StringBuilder();

  private MessageText(MessageStyle style) {
    this.style = style;
  }

  /** All of a message, as {@code dig} shows it. */
  public static String whole(DnsMessage message) {
    MessageStyle style = MessageStyle.DIG;
    StringBuilder text = new StringBuilder(header(message, message.rcode().toString()));
    text.append(edns(message, style, Cookie.UNCHECKED));
    for (Section section : Section.values()) {
      text.append(section(message, section, style, Soa.ALL));
    }
    return text.append(signatures(message, style)).toString();
  }

  /** The two lines of a header and the blank one behind them. */
  public static String header(DnsMessage message, String status) {
    DnsMessage.Header header = message.header();
    return ";; ->>HEADER<<- opcode: "
        + header.opcode()
        + ", status: "
        + status
        + ", id: "
        + header.id()
        + "\n;; flags:"
        + flags(header)
        + ((header.flags() & DnsMessage.MUST_BE_ZERO) != 0 ? "; MBZ: 0x4" : "")
        + "; QUERY: "
        + header.questionCount()
        + ", ANSWER: "
        + header.answerCount()
        + ", AUTHORITY: "
        + header.authorityCount()
        + ", ADDITIONAL: "
        + header.additionalCount()
        + "\n";
  }

  private static String flags(DnsMessage.Header header) {
    StringBuilder text = new StringBuilder();
    for (Flag flag : Flag.values()) {
      if (header.has(flag)) {
        text.append(' ').append(flag.name().toLowerCase(java.util.Locale.ROOT));
      }
    }
    return text.toString();
  }

  /** The header as lines of a YAML mapping. */
  public static String yamlHeader(DnsMessage message) {
    DnsMessage.Header header = message.header();
    boolean update = header.opcode().equals(Opcode.UPDATE);
    StringBuilder text = new StringBuilder();
    yaml(text, "opcode: " + header.opcode());
    yaml(text, "status: " + message.rcode());
    yaml(text, "id: " + header.id());
    yaml(text, "flags:" + flags(header));
    if ((header.flags() & DnsMessage.MUST_BE_ZERO) != 0) {
      yaml(text, "MBZ: 0x4");
    }
    yaml(text, (update ? "ZONE: " : "QUESTION: ") + header.questionCount());
    yaml(text, (update ? "PREREQ: " : "ANSWER: ") + header.answerCount());
    yaml(text, (update ? "UPDATE: " : "AUTHORITY: ") + header.authorityCount());
    yaml(text, "ADDITIONAL: " + header.additionalCount());
    return text.toString();
  }

  private static void yaml(StringBuilder text, String line) {
    text.append(YAML_INDENT).append(line).append('\n');
  }

  /** A section with its heading; nothing when it is empty. */
  public static String section(DnsMessage message, Section section, MessageStyle style, Soa soa) {
    MessageText text = new MessageText(style);
    text.section(message, section, soa);
    return text.out.toString();
  }

  /** The heading of a question section in which nothing is asked. */
  public static String emptyQuestion(MessageStyle style) {
    return style.yaml()
        ? YAML_INDENT + "QUESTION_SECTION:\n"
        : style.comments() ? ";; QUESTION SECTION:\n\n" : "";
  }

  private void section(DnsMessage message, Section section, Soa soa) {
    List<DnsRecord> records =
        switch (section) {
          case QUESTION -> List.of();
          case ANSWER -> message.answers();
          case AUTHORITY -> message.authorities();
          case ADDITIONAL -> message.additionals();
        };
    if (records.isEmpty() && (section != Section.QUESTION || message.questions().isEmpty())) {
      return;
    }
    boolean update = message.header().opcode().equals(Opcode.UPDATE);
    String name = update ? section.inUpdate : section.name();
    if (style.yaml()) {
      out.append(YAML_INDENT).append(name).append("_SECTION:\n");
    } else if (style.comments()) {
      out.append(";; ").append(name).append(" SECTION:\n");
    }
    if (section == Section.QUESTION) {
      message.questions().forEach(this::question);
    }
    boolean seen = false;
    for (DnsRecord record : records) {
      if (section == Section.ANSWER && record.type().equals(RecordType.SOA)) {
        if (soa == Soa.NONE || (soa == Soa.FIRST && seen)) {
          continue;
        }
        seen = true;
      }
      record(record);
    }
    if (style.comments() && !style.yaml()) {
      out.append('\n');
    }
  }

  private void question(DnsQuestion question) {
    out.append(style.yaml() ? YAML_INDENT + "  - '" : ";");
    int start = out.length();
    String name = style.names().apply(question.name().toString());
    out.append(name);
    int column = to(width(name), style.classColumn());
    column += append(recordClass(question.recordClass()));
    to(column, style.typeColumn());
    append(type(question.type()));
    endOfLine(start);
  }

  /** A record's line. */
  public static String line(DnsRecord record, MessageStyle style) {
    MessageText text = new MessageText(style);
    text.record(record);
    return text.out.toString();
  }

  private void record(DnsRecord record) {
    if (style.yaml()) {
      out.append(YAML_INDENT).append("  - '");
    }
    int start = out.length();
    String name = style.names().apply(record.name().toString());
    out.append(name);
    int column = width(name);
    if (style.ttl() || style.yaml()) {
      column = to(column, style.ttlColumn());
      column +=
          append(
              style.ttlUnits() && !style.yaml()
                  ? Ttl.units(record.ttl())
                  : Long.toString(record.ttl()));
    }
    if (style.recordClass() || style.yaml()) {
      column = to(column, style.classColumn());
      column += append(recordClass(record.recordClass()));
    }
    column = to(column, style.typeColumn());
    column += append(type(record.type()));
    to(column, style.dataColumn());
    out.append(record.text(style.rdata(), style.names()));
    endOfLine(start);
  }

  private void endOfLine(int start) {
    if (style.yaml()) {
      String line = out.substring(start).replace("'", "''");
      out.setLength(start);
      out.append(line).append('\'');
    }
    out.append('\n');
  }

  private int append(String text) {
    out.append(text);
    return text.length();
  }

  private String recordClass(RecordClass recordClass) {
    return style.unknown() ? recordClass.numbered() : recordClass.toString();
  }

  private String type(RecordType type) {
    return style.unknown() ? type.numbered() : type.toString();
  }

  /** Columns are counted in bytes. */
  private static int width(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  /** Tabs, then blanks, to a column, but at least one. */
  private int to(int column, int target) {
    if (style.yaml()) {
      out.append(' ');
      return column + 1;
    }
    int end = Math.max(target, column + 1);
    int tabs = Math.max(0, end / TAB - column / TAB);
    out.append("\t".repeat(tabs));
    out.append(" ".repeat(tabs > 0 ? end % TAB : end - column));
    return end;
  }

  /** The data of a record alone, as {@code +short} shows it. */
  public static String data(DnsRecord record, MessageStyle style) {
    return record.text(style.line(style.recordComments()).rdata(), style.names());
  }

  /** The TSIG and SIG(0) records at a message's end. */
  public static String signatures(DnsMessage message, MessageStyle style) {
    MessageText text = new MessageText(style);
    message.tsig().ifPresent(record -> text.signature("TSIG", record));
    message.sig0().ifPresent(record -> text.signature("SIG0", record));
    return text.out.toString();
  }

  private void signature(String name, DnsRecord record) {
    if (style.yaml()) {
      out.append(YAML_INDENT).append(name).append("_PSEUDOSECTION:\n");
      // Not indented below its heading: so BIND prints it.
      String line = out.toString();
      out.setLength(0);
      record(record);
      String indented = out.toString();
      out.setLength(0);
      out.append(line).append(indented.replaceFirst("^ {8}", YAML_INDENT));
      if (name.equals("TSIG")) {
        out.append('\n');
      }
      return;
    }
    if (style.comments()) {
      out.append(";; ").append(name).append(" PSEUDOSECTION:\n");
    }
    record(record);
    if (style.comments()) {
      out.append('\n');
    }
  }

  /** The EDNS lines; nothing when the message has none. */
  public static String edns(DnsMessage message, MessageStyle style, Cookie cookie) {
    MessageText text = new MessageText(style);
    Optional<Edns> edns = message.edns();
    if (edns.isPresent()) {
      if (style.yaml()) {
        text.yamlEdns(edns.get(), cookie);
      } else {
        text.edns(edns.get(), cookie);
      }
    }
    return text.out.toString();
  }

  private void edns(Edns edns, Cookie cookie) {
    if (style.comments()) {
      out.append(";; OPT PSEUDOSECTION:\n");
    }
    out.append("; EDNS: version: ").append(edns.version()).append(", flags:").append(flags(edns));
    int unknown = edns.flags() & ~(Edns.DNSSEC_OK | Edns.COMPACT_OK);
    out.append(unknown == 0 ? "; udp: " : String.format("; MBZ: 0x%04x, udp: ", unknown));
    out.append(edns.udpSize()).append('\n');
    for (EdnsOption option : edns.options()) {
      out.append("; ").append(option(option, cookie)).append('\n');
    }
  }

  private static String flags(Edns edns) {
    return ((edns.flags() & Edns.DNSSEC_OK) != 0 ? " do" : "")
        + ((edns.flags() & Edns.COMPACT_OK) != 0 ? " co" : "");
  }

  private static String option(EdnsOption option, Cookie cookie) {
    Bytes data = option.data();
    int length = data.length();
    String name = optionName(option.code());
    switch (option.code()) {
      case EdnsOption.TCP_KEEPALIVE -> {
        name = "TCP KEEPALIVE";
        if (length == 2) {
          return name + ": " + tenths(data) + " secs";
        }
      }
      case EdnsOption.PADDING -> {
        return "PAD:" + (length > 0 ? " (" + length + " bytes)" : "");
      }
      case EdnsOption.EXTENDED_ERROR -> {
        return extendedError(data);
      }
      default -> {
        Optional<String> known = known(option);
        if (known.isPresent()) {
          return name + ":" + known.get();
        }
      }
    }
    if (length == 0) {
      return name + ":";
    }
    return name + ": " + bytes(option, cookie, "(\"", "\")");
  }

  /** The options that have a text of their own, when they are well-formed. */
  private static Optional<String> known(EdnsOption option) {
    Bytes data = option.data();
    int length = data.length();
    return switch (option.code()) {
      case EdnsOption.LLQ -> length == 18 ? Optional.of(longLived(data)) : Optional.empty();
      case EdnsOption.CLIENT_SUBNET -> clientSubnet(data);
      case EdnsOption.EXPIRE ->
          length == 4
              ? Optional.of(" " + number(data, 0, 4) + " (" + Ttl.verbose(number(data, 0, 4)) + ")")
              : Optional.empty();
      case EdnsOption.KEY_TAG -> {
        if (length == 0 || length % 2 != 0) {
          yield Optional.empty();
        }
        StringBuilder tags = new StringBuilder();
        for (int i = 0; i < length; i += 2) {
          tags.append(i == 0 ? " " : ", ").append(number(data, i, 2));
        }
        yield Optional.of(tags.toString());
      }
      case EdnsOption.CLIENT_TAG, EdnsOption.SERVER_TAG ->
          length == 2 ? Optional.of(" " + number(data, 0, 2)) : Optional.empty();
      default -> Optional.empty();
    };
  }

  private static String optionName(int code) {
    return switch (code) {
      case EdnsOption.LLQ -> "LLQ";
      case EdnsOption.NSID -> "NSID";
      case EdnsOption.CLIENT_SUBNET -> "CLIENT-SUBNET";
      case EdnsOption.EXPIRE -> "EXPIRE";
      case EdnsOption.COOKIE -> "COOKIE";
      case EdnsOption.TCP_KEEPALIVE -> "TCP-KEEPALIVE";
      case EdnsOption.PADDING -> "PAD";
      case EdnsOption.KEY_TAG -> "KEY-TAG";
      case EdnsOption.EXTENDED_ERROR -> "EDE";
      case EdnsOption.CLIENT_TAG -> "CLIENT-TAG";
      case EdnsOption.SERVER_TAG -> "SERVER-TAG";
      default -> "OPT=" + code;
    };
  }

  /** Hex, and for all but cookies and subnets the printable characters. */
  private static String bytes(EdnsOption option, Cookie cookie, String open, String close) {
    Bytes data = option.data();
    if (option.code() == EdnsOption.COOKIE) {
      return data.hex()
          + switch (cookie) {
            case UNCHECKED -> "";
            case MATCHES -> data.length() >= 16 ? " (good)" : " (echoed)";
            case DIFFERS -> " (bad)";
          };
    }
    String hex = spaced(data);
    return option.code() == EdnsOption.CLIENT_SUBNET ? hex : hex + open + printable(data) + close;
  }

  private static String spaced(Bytes data) {
    return data.hex().replaceAll("(..)", "$1 ");
  }

  private static String printable(Bytes data) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < data.length(); i++) {
      int c = data.at(i);
      text.append(c >= 0x20 && c < 0x7f ? (char) c : '.');
    }
    return text.toString();
  }

  private static String extendedError(Bytes data) {
    if (data.isEmpty()) {
      return "EDE:";
    }
    if (data.length() == 1) {
      return "EDE: " + data.hex() + " (\"" + printable(data) + "\")";
    }
    Bytes extra = data.slice(2, data.length());
    return "EDE: "
        + extendedErrorCode(data)
        + (extra.isEmpty() ? "" : ": " + (RdataReader.isUtf8(extra) ? "" : spaced(extra)))
        + (extra.isEmpty() ? "" : "(" + extraText(extra) + ")");
  }

  private static String extendedErrorCode(Bytes data) {
    int code = (int) number(data, 0, 2);
    return code + (code < EXTENDED_ERRORS.size() ? " (" + EXTENDED_ERRORS.get(code) + ")" : "");
  }

  /** Of text that claims to be UTF-8: no control characters, none that turn the line around. */
  private static String extraText(Bytes extra) {
    if (!RdataReader.isUtf8(extra)) {
      return printable(extra);
    }
    StringBuilder text = new StringBuilder();
    extra
        .text()
        .codePoints()
        .map(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT ? '.' : c)
        .forEach(text::appendCodePoint);
    return text.toString();
  }

  private static String longLived(Bytes data) {
    return " Version: "
        + number(data, 0, 2)
        + ", Opcode: "
        + number(data, 2, 2)
        + ", Error: "
        + number(data, 4, 2)
        + ", Identifier: "
        + Long.toUnsignedString(number(data, 6, 4) << 32 | number(data, 10, 4))
        + ", Lifetime: "
        + number(data, 14, 4);
  }

  private static Optional<String> clientSubnet(Bytes data) {
    if (data.length() < 4) {
      return Optional.empty();
    }
    int family = (int) number(data, 0, 2);
    int source = data.at(2);
    int scope = data.at(3);
    int octets = (source + 7) / 8;
    int longest = family == 0 ? 0 : family == 1 ? 32 : family == 2 ? 128 : -1;
    if (source > longest || scope > longest || data.length() < 4 + octets) {
      return Optional.empty();
    }
    byte[] address = new byte[family == 2 ? 16 : 4];
    System.arraycopy(data.toArray(), 4, address, 0, octets);
    String text = family == 0 ? "0" : Inet.text(Bytes.of(address));
    return Optional.of(" " + text + "/" + source + "/" + scope);
  }

  private static String tenths(Bytes data) {
    long tenths = number(data, 0, 2);
    return tenths / 10 + "." + tenths % 10;
  }

  private static long number(Bytes data, int from, int length) {
    long number = 0;
    for (int i = from; i < from + length; i++) {
      number = number << 8 | data.at(i);
    }
    return number;
  }

  private void yamlEdns(Edns edns, Cookie cookie) {
    String indent = YAML_INDENT + "    ";
    out.append(YAML_INDENT).append("OPT_PSEUDOSECTION:\n");
    out.append(YAML_INDENT).append("  EDNS:\n");
    out.append(indent).append("version: ").append(edns.version()).append('\n');
    out.append(indent).append("flags:").append(flags(edns)).append('\n');
    int unknown = edns.flags() & ~(Edns.DNSSEC_OK | Edns.COMPACT_OK);
    if (unknown != 0) {
      out.append(indent).append(String.format("MBZ: 0x%04x%n", unknown));
    }
    out.append(indent).append("udp: ").append(edns.udpSize()).append('\n');
    for (EdnsOption option : edns.options()) {
      out.append(indent).append(yamlOption(option, cookie, indent)).append('\n');
    }
  }

  private static String yamlOption(EdnsOption option, Cookie cookie, String indent) {
    Bytes data = option.data();
    String name = optionName(option.code()) + ":";
    if (option.code() == EdnsOption.TCP_KEEPALIVE && data.length() == 2) {
      return name + " " + tenths(data) + " secs";
    }
    if (option.code() == EdnsOption.EXTENDED_ERROR && data.length() >= 2) {
      Bytes extra = data.slice(2, data.length());
      return name
          + "\n"
          + indent
          + "  INFO-CODE: "
          + extendedErrorCode(data)
          + (extra.isEmpty()
              ? ""
              : "\n"
                  + indent
                  + "  EXTRA-TEXT: "
                  + (RdataReader.isUtf8(extra) ? "" : spaced(extra))
                  + "\""
                  + extraText(extra)
                  + "\"");
    }
    Optional<String> known = known(option);
    if (known.isPresent()) {
      return name + known.get();
    }
    if (option.code() == EdnsOption.CLIENT_SUBNET) {
      name += "\n";
    }
    return data.isEmpty() ? name : name + " " + bytes(option, cookie, "(\"", "\")");
  }
}
