package wirebook.engine.dns.resolver;

import java.net.InetAddress;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;
import wirebook.engine.dns.server.AuthoritativeServer;
import wirebook.engine.dns.server.AuthoritativeServer.Transport;
import wirebook.engine.dns.server.ServerCookies;
import wirebook.engine.dns.server.ServerQuery;
import wirebook.trace.Bytes;

/** A recursive name server: answers for others what its resolver finds. */
public record RecursiveServer(Resolver resolver, ServerCookies cookies) {
  private static final int LARGEST_TCP = 65_535;

  /**
   * The reply to a query, or none to what is no query.
   *
   * @throws InterruptedException when the thread was interrupted
   */
  public List<Bytes> answer(Bytes query, Transport transport, InetAddress client, Instant now)
      throws InterruptedException {
    return switch (ServerQuery.read(query)) {
      case ServerQuery.Ignored _ -> List.of();
      case ServerQuery.Rejected rejected -> List.of(Bytes.of(rejected.reply().toWire()));
      case ServerQuery.Asked asked -> List.of(answer(asked, transport, client, now));
    };
  }

  private Bytes answer(
      ServerQuery.Asked asked, Transport transport, InetAddress client, Instant now)
      throws InterruptedException {
    Message reply = asked.reply();
    reply.getHeader().setFlag(Flags.RA);
    if (asked.message().getHeader().getFlag(Flags.CD)) {
      reply.getHeader().setFlag(Flags.CD);
    }
    Question question = new Question(asked.name(), asked.type());
    switch (asked.type()) {
      case Type.AXFR, Type.IXFR -> reply.getHeader().setRcode(Rcode.REFUSED);
      case Type.MAILA, Type.MAILB -> reply.getHeader().setRcode(Rcode.NOTIMP);
      case 0, Type.OPT, Type.TSIG, Type.TKEY -> reply.getHeader().setRcode(Rcode.FORMERR);
      default -> {
        if (asked.question().getDClass() != DClass.IN) {
          reply.getHeader().setRcode(Rcode.REFUSED);
        } else {
          Optional<Resolution> found =
              asked.recursionDesired()
                  ? Optional.of(resolver.resolve(question, asked.dnssec()))
                  : resolver.known(question, asked.dnssec());
          found.ifPresent(r -> fill(reply, r));
        }
      }
    }
    AuthoritativeServer.ednsReply(asked, cookies, client, now)
        .ifPresent(o -> reply.addRecord(o, Section.ADDITIONAL));
    int limit =
        transport == Transport.TCP ? LARGEST_TCP : Math.min(asked.udpSize(), ServerQuery.UDP_SIZE);
    return Bytes.of(reply.toWire(limit));
  }

  private static void fill(Message reply, Resolution resolution) {
    reply.getHeader().setRcode(resolution.rcode());
    resolution.answer().forEach(r -> reply.addRecord(r, Section.ANSWER));
    resolution.authority().forEach(r -> reply.addRecord(r, Section.AUTHORITY));
  }
}
