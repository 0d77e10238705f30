package wirebook.magics.lab;

import java.util.Optional;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;
import wirebook.engine.dns.DnsExchange;
import wirebook.engine.dns.DnsLookup;
import wirebook.engine.dns.DnsMessage;
import wirebook.engine.dns.DnsName;
import wirebook.engine.dns.EdnsOption;
import wirebook.engine.dns.Rcode;
import wirebook.internet.zones.Elsewhere;
import wirebook.spi.MagicCall;
import wirebook.spi.MimeBundle;

/**
 * A line below what a tool prints, which stays the tool's: a name was not found because the lab is
 * small, and not because there is no such name.
 */
public final class LabNote {
  private LabNote() {}

  public static void show(MagicCall call, DnsLookup lookup) {
    if (call.network().name().equals("lab")) {
      lookup.exchanges().stream()
          .filter(e -> e.reply().filter(LabNote::isFailure).isPresent())
          .flatMap(e -> name(e).stream())
          .distinct()
          .forEach(n -> call.display().show(MimeBundle.text(Elsewhere.note(n))));
    }
  }

  /** Without EDNS there is no telling from a failure for another reason. */
  private static boolean isFailure(DnsMessage reply) {
    boolean other =
        reply
            .edns()
            .filter(
                e ->
                    // A failure that is remembered has other errors before it.
                    e.options().stream()
                        .noneMatch(
                            o ->
                                o.code() == EdnsOption.EXTENDED_ERROR
                                    && o.data().text().endsWith(Elsewhere.WORDS)))
            .isPresent();
    return reply.rcode().equals(Rcode.SERVFAIL) && !other;
  }

  private static Optional<String> name(DnsExchange exchange) {
    return exchange
        .question()
        .map(q -> q.name())
        .map(DnsName::toString)
        .filter(
            n -> {
              try {
                return Elsewhere.above(Name.fromString(n, Name.root)).isPresent();
              } catch (TextParseException e) {
                return false;
              }
            });
  }
}
