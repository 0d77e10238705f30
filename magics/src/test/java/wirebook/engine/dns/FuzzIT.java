package wirebook.engine.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;
import wirebook.engine.dns.server.AuthoritativeServer;
import wirebook.engine.dns.server.ServerCookies;
import wirebook.engine.dns.server.Zone;
import wirebook.engine.dns.server.ZoneText;
import wirebook.trace.Bytes;

/**
 * Bytes and texts that nobody meant. Each round has a seed of its own, which a failure names; the
 * seeds are the same in every run, so a long run is for a change of what is tested here: {@code
 * -Dwirebook.fuzz.rounds=1000000}.
 */
class FuzzIT {
  private static final int ROUNDS = Integer.getInteger("wirebook.fuzz.rounds", 15_000);

  private interface Round {
    void run(Random random) throws Exception;
  }

  private static void fuzz(Round round) {
    for (int seed = 0; seed < ROUNDS; seed++) {
      try {
        round.run(new Random(seed));
      } catch (Throwable e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
  }

  private static final String ZONE =
      """
      @ 300 IN SOA ns hostmaster 1 7200 3600 1209600 60
      @ 300 IN NS ns
      ns 300 IN A 192.0.2.1
      ns 300 IN AAAA 2001:db8::1
      @ 300 IN MX 10 mail.example.org.
      www 300 IN CNAME ns
      txt 300 IN TXT "one" "tw\\"o" three
      *.wild 300 IN TXT "x"
      old 300 IN DNAME new
      sub 300 IN NS ns.sub
      ns.sub 300 IN A 192.0.2.2
      _s._tcp 300 IN SRV 1 2 3 ns
      svc 300 IN HTTPS 1 . alpn=h2 port=8443
      multi 300 IN TYPE65280 \\# 4 0a000001
      """;

  private static final AuthoritativeServer SERVER =
      AuthoritativeServer.of(List.of(zone()), new ServerCookies(Bytes.of(new byte[16])));

  private static Zone zone() {
    return switch (ZoneText.parse(ZONE, Name.fromConstantString("example."))) {
      case ZoneText.Good(Zone zone, _) -> zone;
      case ZoneText.Wrong wrong -> throw new AssertionError(wrong);
    };
  }

  private static List<Bytes> answer(byte[] query, Random random) {
    return SERVER.answer(
        Bytes.of(query),
        random.nextBoolean()
            ? AuthoritativeServer.Transport.UDP
            : AuthoritativeServer.Transport.TCP,
        InetAddress.getLoopbackAddress(),
        Instant.EPOCH);
  }

  private static final List<String> NAMES =
      List.of(
          "example.", "www.example.", "a.b.wild.example.", "x.old.example.", "q.sub.example.", ".");
  private static final List<Integer> TYPES =
      List.of(Type.A, Type.ANY, Type.SOA, Type.AXFR, Type.IXFR, Type.TXT, Type.DS, 0, 65_280);

  private static byte[] query(Random random) throws Exception {
    Message query =
        Message.newQuery(
            Record.newRecord(
                Name.fromString(NAMES.get(random.nextInt(NAMES.size()))),
                TYPES.get(random.nextInt(TYPES.size())),
                DClass.IN));
    query.getHeader().setID(random.nextInt(1 << 16));
    if (random.nextBoolean()) {
      query.addRecord(
          new OPTRecord(random.nextInt(5_000), 0, random.nextInt(3), 0x8000), Section.ADDITIONAL);
    }
    return query.toWire();
  }

  /** Some bytes changed, some cut off, some doubled. */
  private static byte[] damaged(byte[] wire, Random random) {
    byte[] bytes = wire.clone();
    for (int i = random.nextInt(6); i > 0; i--) {
      bytes[random.nextInt(bytes.length)] = (byte) (random.nextBoolean() ? 0xc0 : random.nextInt());
    }
    int length = random.nextInt(4) == 0 ? random.nextInt(bytes.length + 1) : bytes.length;
    byte[] result = new byte[length + (random.nextInt(8) == 0 ? random.nextInt(70) : 0)];
    for (int i = 0; i < result.length; i++) {
      result[i] = bytes[i % Math.max(1, bytes.length)];
    }
    return result;
  }

  @Test
  void noMessageMakesTheParserThePrinterOrTheByteViewThrow() {
    fuzz(
        random -> {
          byte[] query = query(random);
          List<Bytes> replies = answer(query, random);
          byte[] wire =
              replies.isEmpty() ? query : replies.get(random.nextInt(replies.size())).toArray();
          Bytes bytes = Bytes.of(damaged(wire, random));
          String text =
              switch (DnsMessage.parse(bytes)) {
                case DnsMessage.Parsed.Read read -> read.message().toString();
                case DnsMessage.Parsed.Malformed malformed -> malformed.toString();
              };
          assertThat(text.chars().allMatch(c -> c == '\n' || c == '\t' || (c >= ' ' && c != 127)))
              .as(text)
              .isTrue();
          int next = 0;
          for (MessageField field : MessageField.of(bytes)) {
            assertThat(field.from()).isEqualTo(next);
            next = field.to();
          }
          assertThat(next).isEqualTo(bytes.length());
        });
  }

  @Test
  void noQueryMakesAServerThrowAndEveryReplyIsAMessageWithTheQuerysId() {
    fuzz(
        random -> {
          byte[] query = damaged(query(random), random);
          for (Bytes reply : answer(query, random)) {
            Message message = new Message(reply.toArray());
            assertThat(message.getHeader().getID())
                .isEqualTo((query[0] & 0xff) << 8 | (query[1] & 0xff));
          }
        });
  }

  private static final List<String> PIECES =
      List.of(
          "(",
          ")",
          "\"",
          "\\",
          "\\300",
          ";",
          "$TTL 1w\n",
          "$ORIGIN x\n",
          "$GENERATE 1-9 a$ A 1.2.3.$\n",
          "$INCLUDE /etc/passwd\n",
          "IN",
          "CH",
          "\n",
          "\t",
          " ",
          "@",
          "*",
          ".",
          "..",
          "4294967296",
          "-1",
          "A",
          "TYPE1",
          "\\# 3 00",
          "::",
          "1.2.3.4",
          "é",
          "\u0000",
          "TXT",
          "SOA",
          "9z");

  @Test
  void noZoneTextMakesItFailAndEveryComplaintPointsIntoTheText() throws Exception {
    Name origin = Name.fromString("example.");
    fuzz(
        random -> {
          List<String> parts = new ArrayList<>(List.of(ZONE.split("(?<=\\s)")));
          for (int i = 1 + random.nextInt(5); i > 0; i--) {
            int at = random.nextInt(parts.size());
            switch (random.nextInt(3)) {
              case 0 -> parts.remove(at);
              case 1 -> parts.add(at, PIECES.get(random.nextInt(PIECES.size())));
              default -> parts.set(at, PIECES.get(random.nextInt(PIECES.size())) + parts.get(at));
            }
          }
          String text = String.join("", parts);
          if (ZoneText.parse(text, origin) instanceof ZoneText.Wrong wrong && wrong.line() >= 0) {
            List<String> lines = text.lines().toList();
            assertThat(wrong.line()).isLessThan(lines.size());
            assertThat(wrong.start()).isBetween(0, wrong.end());
            assertThat(wrong.end()).isLessThanOrEqualTo(lines.get(wrong.line()).length());
            assertThat(wrong.message().getBytes(StandardCharsets.UTF_8)).isNotEmpty();
          }
        });
  }
}
