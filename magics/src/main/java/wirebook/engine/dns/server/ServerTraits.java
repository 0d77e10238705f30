package wirebook.engine.dns.server;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.xbill.DNS.ClientSubnetOption;
import org.xbill.DNS.DClass;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.GenericEDNSOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;

/**
 * By what one name server can be told from another, whatever its zones are.
 *
 * @param cookies with which clients' cookies are answered; without them, they are ignored
 * @param udpSize that it announces, in octets (RFC 6891, 6.2.3)
 * @param id which instance this is, of those that share an address (RFC 4892, RFC 5001)
 * @param version of its software
 */
public record ServerTraits(
    Optional<ServerCookies> cookies, int udpSize, Optional<String> id, Optional<String> version) {
  private static final long CHAOS_TTL = 0;

  /** BIND's, which keeps to itself who it is. */
  public static ServerTraits of(ServerCookies cookies) {
    return new ServerTraits(
        Optional.of(cookies), ServerQuery.UDP_SIZE, Optional.empty(), Optional.empty());
  }

  /**
   * The OPT record of a reply: our size, the client's DO bit, its cookie answered, its subnet given
   * back as one that made no difference (RFC 7871, 7.2.1), who we are when that is asked for; other
   * options are not understood and so left out (RFC 6891, 6.1.2).
   */
  public Optional<OPTRecord> edns(ServerQuery.Asked asked, InetAddress client, Instant now) {
    return asked.edns().map(opt -> edns(opt, asked, client, now));
  }

  private OPTRecord edns(OPTRecord opt, ServerQuery.Asked asked, InetAddress client, Instant now) {
    List<EDNSOption> options = new ArrayList<>();
    if (cookies.isPresent() && asked.clientCookie().isPresent()) {
      byte[] cookie = asked.clientCookie().get().toArray();
      options.add(
          new GenericEDNSOption(EDNSOption.Code.COOKIE, cookies.get().cookie(cookie, client, now)));
    }
    if (id.isPresent() && !opt.getOptions(EDNSOption.Code.NSID).isEmpty()) {
      options.add(
          new GenericEDNSOption(
              EDNSOption.Code.NSID, id.get().getBytes(StandardCharsets.US_ASCII)));
    }
    opt.getOptions(EDNSOption.Code.CLIENT_SUBNET).stream()
        .limit(1)
        .map(ClientSubnetOption.class::cast)
        .forEach(
            subnet ->
                options.add(
                    new ClientSubnetOption(
                        subnet.getSourcePrefixLength(), 0, subnet.getAddress())));
    return new OPTRecord(udpSize, 0, 0, opt.getFlags() & 0x8000, options);
  }

  /** Answers a question of class CHAOS: who this is (RFC 4892), where that is told. */
  public void chaos(ServerQuery.Asked asked, Message reply) {
    Optional<String> text =
        switch (asked.name().toString(true).toLowerCase(Locale.ROOT)) {
          case "id.server", "hostname.bind" -> id;
          case "version.server", "version.bind" -> version;
          default -> Optional.empty();
        };
    if (text.isEmpty()) {
      reply.getHeader().setRcode(Rcode.REFUSED);
      return;
    }
    reply.getHeader().setFlag(Flags.AA);
    if (asked.type() == Type.TXT || asked.type() == Type.ANY) {
      reply.addRecord(
          new TXTRecord(asked.name(), DClass.CH, CHAOS_TTL, text.get()), Section.ANSWER);
    }
  }
}
