package wirebook.internet.sites;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;
import wirebook.engine.dns.DnsName;
import wirebook.engine.dns.resolver.RecursiveServer;
import wirebook.engine.dns.server.AuthoritativeServer.Transport;
import wirebook.engine.dns.server.ServerCookies;
import wirebook.engine.dns.server.ServerTraits;
import wirebook.internet.Internets;
import wirebook.internet.Lab;
import wirebook.internet.time.LabClock;
import wirebook.internet.zones.Damage;
import wirebook.trace.Bytes;

/** What the lab's recursive server gives out of its cache. */
class RecursiveServerTest {
  private final Lab lab = Internets.lab(LabClock.standing(Instant.parse("2026-02-01T12:00:00Z")));
  private final RecursiveServer server =
      new RecursiveServer(
          lab.ports().providersResolver(),
          ServerTraits.of(new ServerCookies(Bytes.of(new byte[16]))),
          Optional.of(new RecursiveServer.Trust(lab.zones().trustAnchor(), lab.clock())),
          _ -> true,
          _ -> false);

  @AfterEach
  void close() throws IOException {
    lab.close();
  }

  private Message ask(String name, int type) throws Exception {
    Message query = Message.newQuery(Record.newRecord(Name.fromString(name), type, DClass.IN));
    query.addRecord(new OPTRecord(1232, 0, 0, 0x8000), Section.ADDITIONAL);
    return new Message(
        server
            .answer(
                Bytes.of(query.toWire()),
                Transport.TCP,
                InetAddress.getLoopbackAddress(),
                lab.clock().instant())
            .getFirst()
            .toArray());
  }

  private static long ttl(Message reply) {
    return reply.getSection(Section.ANSWER).getFirst().getTTL();
  }

  @Test
  void aCheckedAnswerIsGivenAgainWithItsTtlCountedDown() throws Exception {
    Message first = ask("www.class.example.", Type.A);
    assertThat(first.getHeader().getFlag(Flags.AD)).isTrue();
    lab.clock().advance(Duration.ofSeconds(40));
    Message second = ask("www.class.example.", Type.A);
    assertThat(second.getHeader().getFlag(Flags.AD)).isTrue();
    assertThat(ttl(first) - ttl(second)).isBetween(40L, 41L);
    assertThat(second.getSection(Section.ANSWER)).hasSameSizeAs(first.getSection(Section.ANSWER));
    lab.clock().advance(Duration.ofSeconds(ttl(second) + 1));
    assertThat(ttl(ask("www.class.example.", Type.A))).isEqualTo(ttl(first));
  }

  @Test
  void whatIsFlushedIsCheckedAnew() throws Exception {
    Name zone = Name.fromString("class.example.");
    assertThat(ask("www.class.example.", Type.A).getRcode()).isEqualTo(Rcode.NOERROR);
    lab.zones().damage(zone, Damage.ROLLED);
    assertThat(ask("www.class.example.", Type.A).getRcode()).isEqualTo(Rcode.NOERROR);
    lab.ports().providersResolver().flush();
    assertThat(ask("www.class.example.", Type.A).getRcode()).isEqualTo(Rcode.SERVFAIL);
  }

  @Test
  void aVerdictThatSomethingIsWrongIsForgottenSoonAfterItIsMended() throws Exception {
    Name zone = Name.fromString("class.example.");
    lab.zones().damage(zone, Damage.FORGED);
    assertThat(ask("www.class.example.", Type.A).getRcode()).isEqualTo(Rcode.SERVFAIL);
    lab.zones().mend(zone);
    lab.ports().providersResolver().flush(DnsName.of("www.class.example."));
    assertThat(ask("www.class.example.", Type.A).getRcode()).isEqualTo(Rcode.NOERROR);
  }

  @Test
  void askedWithCheckingDisabledItGivesEvenWhatIsBogus() throws Exception {
    lab.zones().damage(Name.fromString("class.example."), Damage.FORGED);
    assertThat(ask("www.class.example.", Type.A).getRcode()).isEqualTo(Rcode.SERVFAIL);
    Message query =
        Message.newQuery(
            Record.newRecord(Name.fromString("www.class.example."), Type.A, DClass.IN));
    query.getHeader().setFlag(Flags.CD);
    Message reply =
        new Message(
            server
                .answer(
                    Bytes.of(query.toWire()),
                    Transport.UDP,
                    InetAddress.getLoopbackAddress(),
                    lab.clock().instant())
                .getFirst()
                .toArray());
    assertThat(reply.getRcode()).isEqualTo(Rcode.NOERROR);
  }
}
