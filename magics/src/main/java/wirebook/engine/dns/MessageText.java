package wirebook.engine.dns;

import java.nio.charset.StandardCharsets;
import java.util.List;
import wirebook.engine.dns.DnsMessage.Flag;

/** A message's parts as BIND's tools print them: dig's form, the short one, and YAML. */
public final class MessageText {
  private static final int TAB = 8;
  static final String YAML_INDENT = "  ".repeat(3);

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

  private final MessageStyle style;
  private final StringBuilder out = new StringBuilder();

  private MessageText(MessageStyle style) {
    this.style = style;
  }

  /** All of a message, as {@code dig} shows it. */
  public static String whole(DnsMessage message) {
    MessageStyle style = MessageStyle.DIG;
    StringBuilder text = new StringBuilder(header(message, message.rcode().toString()));
    text.append(EdnsText.of(message, style, EdnsText.Cookie.UNCHECKED));
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
}
