package wirebook.magics.dns;

import java.util.List;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import wirebook.engine.dns.DnsMessage;
import wirebook.engine.dns.resolver.RecursiveServer;
import wirebook.engine.dns.resolver.Resolution;
import wirebook.engine.dns.resolver.Validation;
import wirebook.trace.Bytes;

/** A resolution's result as dig prints the message that a resolver would give for it. */
final class ResolutionText {
  private static final int UDP_SIZE = 1232;
  private static final int DO = 0x8000;

  private ResolutionText() {}

  static String of(Resolution resolution, boolean dnssec) {
    Message message = new Message(0);
    for (int flag : List.of(Flags.QR, Flags.RD, Flags.RA)) {
      message.getHeader().setFlag(flag);
    }
    if (resolution
        .validation()
        .filter(v -> v.security() == Validation.Security.SECURE)
        .isPresent()) {
      message.getHeader().setFlag(Flags.AD);
    }
    message.getHeader().setRcode(resolution.rcode());
    message.addRecord(
        Record.newRecord(resolution.question().name(), resolution.question().type(), DClass.IN),
        Section.QUESTION);
    resolution.answer().forEach(r -> message.addRecord(r, Section.ANSWER));
    resolution.authority().forEach(r -> message.addRecord(r, Section.AUTHORITY));
    if (dnssec || !resolution.errors().isEmpty()) {
      message.addRecord(
          RecursiveServer.with(new OPTRecord(UDP_SIZE, 0, 0, dnssec ? DO : 0), resolution.errors()),
          Section.ADDITIONAL);
    }
    String text =
        switch (DnsMessage.parse(Bytes.of(message.toWire()))) {
          case DnsMessage.Parsed.Read read -> read.message().toString();
          case DnsMessage.Parsed.Malformed malformed ->
              throw new IllegalStateException(malformed.toString());
        };
    // dig's own blank line below the header stands below its warnings, of which there are none.
    return text.replaceFirst("\n;; (OPT|QUESTION) ", "\n\n;; $1 ")
        + (text.endsWith("\n\n") ? "" : "\n")
        + ";; Query time: "
        + resolution.took().toMillis()
        + " msec, "
        + resolution.queries()
        + (resolution.queries() == 1 ? " query" : " queries")
        + " sent\n";
  }
}
