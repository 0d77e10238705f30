package wirebook.engine.dns.dig;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.OptionalInt;
import wirebook.engine.dns.DnsMessage;
import wirebook.engine.dns.DnsMessage.Flag;
import wirebook.engine.dns.DnsName;
import wirebook.engine.dns.DnsQuestion;
import wirebook.engine.dns.DnsRecord;
import wirebook.engine.dns.EdnsText.Cookie;
import wirebook.engine.dns.Inet;
import wirebook.engine.dns.Rcode;
import wirebook.engine.dns.RecordData;
import wirebook.engine.dns.RecordType;

/** Prints as nslookup does, and asks for IPv6 addresses after the IPv4 ones. */
final class NslookupPrinter implements Printer {
  private static final List<String> TYPES =
      List.of(
          "rtype_0 = ",
          "internet address = ",
          "nameserver = ",
          "md = ",
          "mf = ",
          "canonical name = ",
          "soa = ",
          "mb = ",
          "mg = ",
          "mr = ",
          "rtype_10 = ",
          "protocol = ",
          "name = ",
          "hinfo = ",
          "minfo = ",
          "mail exchanger = ",
          "text = ",
          "rp = ",
          "afsdb = ",
          "x25 address = ",
          "isdn address = ",
          "rt = ",
          "nsap = ",
          "nsap_ptr = ",
          "signature = ",
          "key = ",
          "px = ",
          "gpos = ",
          "has AAAA address ",
          "loc = ",
          "next = ",
          "rtype_31 = ",
          "rtype_32 = ",
          "service = ",
          "rtype_34 = ",
          "naptr = ",
          "kx = ",
          "cert = ",
          "v6 address = ",
          "dname = ",
          "rtype_40 = ",
          "optional = ");

  private final Session session;
  private final NslookupParser parser;
  private boolean reached;
  private boolean refused;

  NslookupPrinter(Session session, NslookupParser parser) {
    this.session = session;
    this.parser = parser;
  }

  /** 1 when no server was reached, or one said no. */
  int exitCode() {
    return reached && !refused ? 0 : 1;
  }

  private void out(String text) {
    session.output.out(text);
  }

  @Override
  public void message(
      Running running,
      Query query,
      DnsMessage message,
      boolean sent,
      int size,
      int trailing,
      Cookie cookie) {
    reached = true;
    Lookup l = running.lookup;
    boolean ipv4 = l.type.equals(RecordType.A);
    if (!parser.bothAddresses || ipv4) {
      out("Server:\t\t" + query.server.given() + "\n");
      out("Address:\t" + Inet.text(query.address) + "\n\n");
    }
    if (parser.debug) {
      out("------------\n");
      out("    QUESTIONS:\n");
      message.questions().forEach(this::question);
      detail("ANSWERS", message.answers());
      detail("AUTHORITY RECORDS", message.authorities());
      detail("ADDITIONAL RECORDS", message.additionals());
      out("------------\n");
    }
    if (!message.rcode().equals(Rcode.NOERROR)) {
      out(
          "** server can't find "
              + running.name.relative()
              + ": "
              + status(message.rcode())
              + "\n");
      refused = true;
      return;
    }
    if (parser.bothAddresses && ipv4) {
      askForIpv6(running, message);
    }
    boolean authoritative = message.has(Flag.AA);
    if (!authoritative && (!parser.bothAddresses || ipv4)) {
      out("Non-authoritative answer:\n");
    }
    if (!message.answers().isEmpty()) {
      message.answers().forEach(record -> record(record, true));
    } else if (parser.bothAddresses && ipv4) {
      parser.noIpv4 = true;
    } else if (!parser.bothAddresses || (l.type.equals(RecordType.AAAA) && parser.noIpv4)) {
      out("*** Can't find " + l.text + ": No answer\n");
    }
    if (!authoritative && !ipv4 && !l.type.equals(RecordType.AAAA)) {
      out("\nAuthoritative answers can be found from:\n");
      message.authorities().forEach(record -> record(record, false));
      message.additionals().forEach(record -> record(record, false));
    }
  }

  private static String status(Rcode rcode) {
    return rcode.code() <= 16 ? rcode.toString() : "?" + rcode.code();
  }

  private void askForIpv6(Running running, DnsMessage message) {
    DnsName name = running.name;
    for (int i = 0; i < message.answers().size(); i++) {
      DnsName alias = name;
      for (DnsRecord record : message.answers()) {
        if (record.name().equals(alias)
            && record.type().equals(RecordType.CNAME)
            && record.data() instanceof RecordData.Target(DnsName target)) {
          name = target;
          break;
        }
      }
    }
    Lookup next = running.lookup.copy(false);
    next.text = name.relative();
    next.type = RecordType.AAAA;
    next.typeSet = true;
    next.origin = OptionalInt.empty();
    next.tries = session.tries;
    session.queue.add(next);
  }

  private void record(DnsRecord record, boolean answer) {
    String name = record.name().relative();
    boolean address = record.type().equals(RecordType.A) || record.type().equals(RecordType.AAAA);
    if (address && answer) {
      out("Name:\t" + name + "\nAddress: " + record.text() + "\n");
    } else if (record.data() instanceof RecordData.StartOfAuthority soa) {
      out(name + "\n");
      startOfAuthority(soa);
    } else {
      out(name + "\t" + data(record));
    }
  }

  private static String data(DnsRecord record) {
    int type = record.type().code();
    String words = type < TYPES.size() ? TYPES.get(type) : "rdata_" + type + " = ";
    return words + record.text() + "\n";
  }

  private void startOfAuthority(RecordData.StartOfAuthority soa) {
    out("\torigin = " + soa.primary().relative() + "\n");
    out("\tmail addr = " + soa.mailbox().relative() + "\n");
    out("\tserial = " + soa.serial() + "\n");
    out("\trefresh = " + soa.refresh() + "\n");
    out("\tretry = " + soa.retry() + "\n");
    out("\texpire = " + soa.expire() + "\n");
    out("\tminimum = " + soa.minimum() + "\n");
  }

  private void question(DnsQuestion question) {
    out(
        "\t"
            + question.name().relative()
            + ", type = "
            + question.type()
            + ", class = "
            + question.recordClass()
            + "\n");
  }

  private void detail(String heading, List<DnsRecord> records) {
    out("    " + heading + ":\n");
    for (DnsRecord record : records) {
      out("    ->  " + record.name().relative() + "\n");
      if (record.data() instanceof RecordData.StartOfAuthority soa) {
        startOfAuthority(soa);
      } else {
        out("\t" + data(record));
      }
      out("\tttl = " + record.ttl() + "\n");
    }
  }

  @Override
  public void received(Running running, Query query, int size, InetSocketAddress from) {
    // nslookup shows no statistics.
  }

  @Override
  public void error(String text) {
    out(";; " + text + "\n");
  }

  @Override
  public void warning(String text) {
    out(";; " + text + "\n");
  }

  @Override
  public void comment(Lookup lookup, String text) {
    out(";; " + text + "\n");
  }
}
