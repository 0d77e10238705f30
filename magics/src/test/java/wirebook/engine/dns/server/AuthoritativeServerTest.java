package wirebook.engine.dns.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.CookieOption;
import org.xbill.DNS.DClass;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TSIG;
import org.xbill.DNS.TSIGRecord;
import org.xbill.DNS.Type;
import wirebook.engine.dns.server.AuthoritativeServer.Transport;
import wirebook.trace.Bytes;

class AuthoritativeServerTest {
  private static final InetAddress CLIENT = InetAddress.ofLiteral("192.0.2.10");

  private final AuthoritativeServer server;

  AuthoritativeServerTest() throws Exception {
    StringBuilder text =
        new StringBuilder(
            """
            $TTL 300
            @ IN SOA ns1 hostmaster 1 7200 3600 1209600 60
            @ IN NS ns1
            ns1 IN A 203.0.113.53
            *.wild IN TXT "x"
            a.b.c IN A 203.0.113.9
            """);
    for (int i = 0; i < 200; i++) {
      text.append("big IN A 10.0.0.").append(i).append('\n');
    }
    server =
        AuthoritativeServer.of(
            List.of(
                ((ZoneText.Good) ZoneText.parse(text.toString(), Name.fromString("class.example.")))
                    .zone()),
            new ServerCookies(Bytes.of(new byte[16])));
  }

  private static Message query(String name, int type) throws Exception {
    return Message.newQuery(Record.newRecord(Name.fromString(name), type, DClass.IN));
  }

  private List<Bytes> answers(Message query, Transport transport) {
    return server.answer(Bytes.of(query.toWire()), transport, CLIENT, Instant.EPOCH);
  }

  private Message answer(Message query) throws Exception {
    return new Message(answers(query, Transport.UDP).getFirst().toArray());
  }

  @Test
  void aKeyThatNobodyKnowsGetsNoAnswer() throws Exception {
    for (boolean edns : List.of(true, false)) {
      Message query = query("ns1.class.example.", Type.A);
      if (edns) {
        query.addRecord(new OPTRecord(1232, 0, 0), Section.ADDITIONAL);
      }
      new TSIG(TSIG.HMAC_SHA256, "foo.", "Zm9vYmFyZm9vYmFy").apply(query, null);
      Message reply = answer(query);
      assertThat(reply.getHeader().getRcode()).isEqualTo(Rcode.NOTAUTH);
      assertThat(reply.getSection(Section.ANSWER)).isEmpty();
      assertThat(reply.getSection(Section.ADDITIONAL)).hasSize(edns ? 2 : 1);
      TSIGRecord tsig = reply.getTSIG();
      assertThat(tsig.getName()).isEqualTo(Name.fromString("foo."));
      assertThat(tsig.getError()).isEqualTo(Rcode.BADKEY);
      assertThat(tsig.getSignature()).isEmpty();
      assertThat(tsig.getOriginalID()).isEqualTo(query.getHeader().getID());
    }
  }

  @Test
  void anEmptyNonTerminalExistsWithoutRecords() throws Exception {
    Message reply = answer(query("b.c.class.example.", Type.A));
    assertThat(reply.getRcode()).isEqualTo(Rcode.NOERROR);
    assertThat(reply.getSection(Section.AUTHORITY).getFirst().getTTL()).isEqualTo(60);
  }

  @Test
  void aNameBelowAnEmptyNonTerminalDoesNotExist() throws Exception {
    assertThat(answer(query("x.b.c.class.example.", Type.A)).getRcode()).isEqualTo(Rcode.NXDOMAIN);
  }

  @Test
  void aWildcardAnswersUnderTheNameThatWasAsked() throws Exception {
    Message reply = answer(query("any.wild.class.example.", Type.TXT));
    assertThat(reply.getSection(Section.ANSWER).getFirst().getName())
        .isEqualTo(Name.fromString("any.wild.class.example."));
  }

  @Test
  void anotherZoneIsRefused() throws Exception {
    assertThat(answer(query("other.example.", Type.A)).getRcode()).isEqualTo(Rcode.REFUSED);
  }

  @Test
  void whatDoesNotFitIsCutOffOverUdpAndWholeOverTcp() throws Exception {
    Message cut = answer(query("big.class.example.", Type.A));
    assertThat(cut.getHeader().getFlag(Flags.TC)).isTrue();
    Message whole =
        new Message(
            answers(query("big.class.example.", Type.A), Transport.TCP).getFirst().toArray());
    assertThat(whole.getHeader().getFlag(Flags.TC)).isFalse();
    assertThat(whole.getSection(Section.ANSWER)).hasSize(200);
  }

  @Test
  void aTransferIsTheWholeZoneBetweenTwoSoaRecords() throws Exception {
    List<Bytes> replies = answers(query("class.example.", Type.AXFR), Transport.TCP);
    List<Record> records = new java.util.ArrayList<>();
    for (Bytes reply : replies) {
      records.addAll(new Message(reply.toArray()).getSection(Section.ANSWER));
    }
    assertThat(records).hasSize(206);
    assertThat(records.getFirst().getType()).isEqualTo(Type.SOA);
    assertThat(records.getLast()).isEqualTo(records.getFirst());
  }

  @Test
  void aTransferThatIsNotAllowedIsRefused() throws Exception {
    AuthoritativeServer closed =
        new AuthoritativeServer(server.zones(), server.traits(), _ -> false, server.history());
    Bytes reply =
        closed
            .answer(
                Bytes.of(query("class.example.", Type.AXFR).toWire()),
                Transport.TCP,
                CLIENT,
                Instant.EPOCH)
            .getFirst();
    assertThat(new Message(reply.toArray()).getRcode()).isEqualTo(Rcode.REFUSED);
  }

  @Test
  void aClientsCookieComesBackWithOurs() throws Exception {
    Message query = query("ns1.class.example.", Type.A);
    query.addRecord(
        new OPTRecord(1232, 0, 0, 0, new CookieOption(new byte[] {1, 2, 3, 4, 5, 6, 7, 8})),
        Section.ADDITIONAL);
    CookieOption cookie =
        (CookieOption) answer(query).getOPT().getOptions(EDNSOption.Code.COOKIE).getFirst();
    assertThat(cookie.getClientCookie()).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
    assertThat(cookie.getServerCookie().orElseThrow()).hasSize(16);
  }

  /** The test vector of the SipHash paper, appendix A. */
  @Test
  void sipHashIsThatOfThePaper() {
    byte[] key = new byte[16];
    byte[] data = new byte[15];
    for (int i = 0; i < 16; i++) {
      key[i] = (byte) i;
    }
    for (int i = 0; i < 15; i++) {
      data[i] = (byte) i;
    }
    assertThat(new ServerCookies(Bytes.of(key)).sipHash(data)).isEqualTo(0xa129ca6149be45e5L);
  }

  @Test
  void aReplyIsNotAnswered() throws Exception {
    Message query = query("ns1.class.example.", Type.A);
    query.getHeader().setFlag(Flags.QR);
    assertThat(answers(query, Transport.UDP)).isEmpty();
  }

  @Test
  void noBytesMakeItFail() throws Exception {
    Random random = new Random(1);
    byte[] good = query("any.wild.class.example.", Type.ANY).toWire();
    for (int i = 0; i < 4_000; i++) {
      byte[] bytes = random.nextInt(3) == 0 ? new byte[random.nextInt(80)] : good.clone();
      if (bytes.length > 0 && random.nextInt(3) > 0) {
        for (int j = random.nextInt(6); j >= 0; j--) {
          bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
      } else {
        random.nextBytes(bytes);
      }
      for (Transport transport : Transport.values()) {
        for (Bytes reply : server.answer(Bytes.of(bytes), transport, CLIENT, Instant.EPOCH)) {
          assertThat(reply.length()).isGreaterThanOrEqualTo(12);
          assertThat(reply.at(0)).isEqualTo(bytes[0] & 0xff);
        }
      }
    }
  }
}
