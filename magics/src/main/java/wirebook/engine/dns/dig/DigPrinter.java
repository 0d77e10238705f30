package wirebook.engine.dns.dig;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import wirebook.engine.dns.DnsMessage;
import wirebook.engine.dns.DnsMessage.Flag;
import wirebook.engine.dns.DnsName;
import wirebook.engine.dns.DnsRecord;
import wirebook.engine.dns.EdnsText;
import wirebook.engine.dns.EdnsText.Cookie;
import wirebook.engine.dns.Inet;
import wirebook.engine.dns.MessageStyle;
import wirebook.engine.dns.MessageText;
import wirebook.engine.dns.MessageText.Section;
import wirebook.engine.dns.MessageText.Soa;
import wirebook.engine.dns.Rcode;
import wirebook.engine.dns.RecordType;
import wirebook.net.Idn;

/** Prints as dig does. */
final class DigPrinter implements Printer {
  private static final List<String> DAYS = List.of("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun");
  private static final List<String> MONTHS =
      List.of("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec");
  private static final DateTimeFormatter ZONE = DateTimeFormatter.ofPattern("zzz", Locale.US);
  private static final DateTimeFormatter MILLIS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSX", Locale.ROOT)
          .withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter MICROS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSSX", Locale.ROOT)
          .withZone(ZoneOffset.UTC);
  private static final DnsName LOCAL = DnsName.of("local.");
  private static final DnsName IPV4_ONLY = DnsName.of("ipv4only.arpa.");

  private final Session session;
  private final ZoneId zone;

  DigPrinter(Session session, Map<String, String> environment) {
    this.session = session;
    this.zone = zone(environment.getOrDefault("TZ", ""));
  }

  private static ZoneId zone(String name) {
    try {
      return name.isEmpty() ? ZoneId.systemDefault() : ZoneId.of(name, ZoneId.SHORT_IDS);
    } catch (java.time.DateTimeException e) {
      return ZoneId.systemDefault();
    }
  }

  /** As date(1) has it; words of a pattern would have the JVM look up its locales first. */
  private static String when(ZonedDateTime time) {
    String zone = time.getZone().getId().matches("(Etc/)?UTC") ? "UTC" : ZONE.format(time);
    return DAYS.get(time.getDayOfWeek().getValue() - 1)
        + " "
        + MONTHS.get(time.getMonthValue() - 1)
        + (time.getDayOfMonth() < 10 ? " 0" : " ")
        + time.getDayOfMonth()
        + " "
        + time.toLocalTime()
            .truncatedTo(ChronoUnit.SECONDS)
            .format(DateTimeFormatter.ISO_LOCAL_TIME)
        + " "
        + zone
        + " "
        + time.getYear();
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
    Lookup l = running.lookup;
    MessageStyle style = style(l);
    boolean full = !session.shortForm && !l.dns64Prefix;
    if (!l.banner.isEmpty()) {
      if (full && session.printCommand) {
        out(l.banner);
      }
      l.banner = "";
    }
    if (session.yaml) {
      yamlFrame(l, query, message, size, sent);
    } else if (l.comments && full) {
      header(l, message, trailing, sent);
    }
    if (l.comments && full) {
      out(EdnsText.of(message, style, cookie));
    }
    if (l.question && full && sent && l.headerOnly) {
      out(MessageText.emptyQuestion(style));
    } else if (l.question && full) {
      out(MessageText.section(message, Section.QUESTION, style, Soa.ALL));
    }
    if (l.answer) {
      if (full) {
        out(MessageText.section(message, Section.ANSWER, style, soa(l, query)));
      } else if (l.dns64Prefix) {
        out(Dns64.prefixes(message, IPV4_ONLY));
      } else {
        message.answers().forEach(record -> shortAnswer(l, query, record, style));
      }
    }
    if (l.authority && full) {
      out(MessageText.section(message, Section.AUTHORITY, style, Soa.ALL));
    }
    if (l.additional && full) {
      out(MessageText.section(message, Section.ADDITIONAL, style, Soa.ALL));
      out(MessageText.signatures(message, style));
    }
  }

  private static Soa soa(Lookup l, Query query) {
    if (!l.oneSoa || !l.type.equals(RecordType.AXFR)) {
      return Soa.ALL;
    }
    return query.messages == 0 ? Soa.FIRST : Soa.NONE;
  }

  private MessageStyle style(Lookup l) {
    UnaryOperator<String> names = l.idnOut ? Idn::toUnicode : UnaryOperator.identity();
    if (session.yaml) {
      return new MessageStyle(
          l.comments,
          true,
          false,
          false,
          true,
          false,
          false,
          true,
          false,
          true,
          session.split,
          names);
    }
    boolean comments = l.multiline ? l.recordComments >= 0 : l.recordComments > 0;
    return new MessageStyle(
        l.comments,
        false,
        l.multiline,
        comments,
        !l.noCrypto,
        l.unknownFormat,
        l.expandAaaa,
        !l.noTtl,
        l.ttlUnits,
        !l.noClass,
        session.split,
        names);
  }

  private void header(Lookup l, DnsMessage message, int trailing, boolean sent) {
    out(sent ? ";; Sending:\n" : ";; Got answer:\n");
    if (message.questions().stream().anyMatch(q -> q.name().isSubdomainOf(LOCAL))) {
      out(
          """
          ;; WARNING: .local is reserved for Multicast DNS
          ;; You are currently testing what happens when an mDNS query is leaked to DNS
          """);
    }
    out(MessageText.header(message, status(message.rcode())));
    if (!sent && message.has(Flag.RD) && !message.has(Flag.RA)) {
      out(";; WARNING: recursion requested but not available\n");
    }
    boolean refused = message.rcode().equals(Rcode.FORMERR) || message.rcode().equals(Rcode.NOTIMP);
    if (!sent && l.edns != -1 && message.edns().isEmpty() && refused) {
      out(
          "\n;; WARNING: EDNS query returned status "
              + status(message.rcode())
              + " - retry with '"
              + (l.dnssec ? "+nodnssec " : "")
              + "+noedns'\n");
    }
    if (!sent && trailing != 0) {
      out(";; WARNING: Message has " + trailing + " extra bytes at end\n");
    }
    out("\n");
  }

  private static String status(Rcode rcode) {
    String text = rcode.toString();
    return Character.isDigit(text.charAt(0)) ? "?" + text : text;
  }

  private void shortAnswer(Lookup l, Query query, DnsRecord record, MessageStyle style) {
    String type = l.trace || l.nsSearch ? record.type() + " " : "";
    String from = "";
    if (l.identify) {
      from =
          " from server "
              + query.server.text()
              + " in "
              + (l.microseconds
                  ? query.microseconds() + " us."
                  : query.microseconds() / 1000 + " ms.");
    }
    out(type + MessageText.data(record, style.line(l.recordComments > 0)) + from + "\n");
  }

  private void yamlFrame(Lookup l, Query query, DnsMessage message, int size, boolean sent) {
    StringBuilder text = new StringBuilder("- type: MESSAGE\n  message:\n");
    boolean recursive = sent ? message.has(Flag.RD) : message.has(Flag.RD) && message.has(Flag.RA);
    text.append("    type: ").append(recursive ? "RECURSIVE_" : "AUTH_");
    text.append(sent ? "QUERY\n" : "RESPONSE\n");
    query.sentAt.ifPresent(at -> time(text, l, "query_time", at));
    if (!sent) {
      query.receivedAt.ifPresent(at -> time(text, l, "response_time", at));
    }
    text.append("    message_size: ").append(size).append("b\n");
    text.append("    socket_family: ");
    text.append(query.address.getAddress() instanceof Inet4Address ? "INET\n" : "INET6\n");
    text.append("    socket_protocol: ");
    text.append(query.transport == wirebook.engine.dns.DnsTransport.UDP ? "UDP\n" : "TCP\n");
    address(text, "response", query.address);
    // BIND shows the address that it bound to, which is a real one only where -b named it.
    address(text, "query", session.source.orElseGet(() -> unbound(query.address)));
    text.append(sent ? "    query_message_data:\n" : "    response_message_data:\n");
    out(text.append(MessageText.yamlHeader(message)).toString());
  }

  private static void time(StringBuilder text, Lookup l, String name, Instant at) {
    text.append("    ").append(name).append(": !!timestamp ");
    text.append((l.microseconds ? MICROS : MILLIS).format(at)).append('\n');
  }

  private static InetSocketAddress unbound(InetSocketAddress remote) {
    boolean four = remote.getAddress() instanceof Inet4Address;
    return new InetSocketAddress(InetAddress.ofLiteral(four ? "0.0.0.0" : "::"), 0);
  }

  private static void address(StringBuilder text, String name, InetSocketAddress address) {
    String host = Inet.text(address.getAddress());
    text.append("    ").append(name).append("_address: \"").append(host);
    text.append(host.equals("::") ? "0" : "").append("\"\n    ").append(name);
    text.append("_port: ").append(address.getPort()).append('\n');
  }

  @Override
  public void received(Running running, Query query, int size, InetSocketAddress from) {
    Lookup l = running.lookup;
    if (session.shortForm || session.yaml) {
      return;
    }
    String server = Inet.text(from) + "(" + query.server.given() + ")";
    long micros = query.microseconds();
    if (l.stats) {
      StringBuilder text = new StringBuilder(";; Query time: ");
      text.append(l.microseconds ? micros + " usec\n" : micros / 1000 + " msec\n");
      text.append(";; SERVER: ").append(server).append(" (").append(protocol(l)).append(")\n");
      Instant now = query.receivedAt.orElse(Instant.EPOCH);
      text.append(";; WHEN: ").append(when(now.atZone(zone))).append('\n');
      if (l.transfer) {
        text.append(";; XFR size: ").append(query.records).append(" records (messages ");
        text.append(query.messages).append(", bytes ").append(query.bytes).append(")\n");
      } else {
        text.append(";; MSG SIZE  rcvd: ").append(size).append('\n');
      }
      if (session.key.isPresent() && !session.validated) {
        text.append(";; WARNING -- Some TSIG could not be validated\n");
      }
      if (session.key.isEmpty() && session.keyWanted) {
        text.append(";; WARNING -- TSIG key was not used.\n");
      }
      out(text.append('\n').toString());
    } else if (l.identify) {
      out(
          ";; Received "
              + (l.transfer ? query.bytes : size)
              + " bytes from "
              + server
              + " in "
              + (l.microseconds ? micros + " us" : micros / 1000 + " ms")
              + "\n\n");
    }
  }

  private static String protocol(Lookup l) {
    if (l.usesTls()) {
      return "TLS";
    }
    if (l.https) {
      return (l.httpPlain ? "HTTP" : "HTTPS") + (l.httpGet ? "-GET" : "");
    }
    return l.tcp ? "TCP" : "UDP";
  }

  @Override
  public void error(String text) {
    out(session.yaml ? "- type: DIG_ERROR\n  message: |\n    " + text + "\n" : ";; " + text + "\n");
  }

  @Override
  public void warning(String text) {
    if (!session.yaml) {
      out(";; " + text + "\n");
    }
  }

  @Override
  public void comment(Lookup lookup, String text) {
    if (lookup.comments && !session.yaml) {
      out(";; " + text + "\n");
    }
  }
}
