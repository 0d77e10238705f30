package wirebook.engine.dns.resolver;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;
import wirebook.engine.dns.server.AuthoritativeServer;
import wirebook.engine.dns.server.ServerCookies;
import wirebook.engine.dns.server.Zone;
import wirebook.engine.dns.server.ZoneText;
import wirebook.net.NetworkClock;
import wirebook.trace.Bytes;

class IterativeResolverTest {
  private static final String SOA = "@ 300 IN SOA ns hostmaster 1 7200 3600 1209600 60\n";

  private final World world = new World();

  /** Servers by address, without a network; each reply takes ten milliseconds. */
  private static final class World implements Upstream, NetworkClock {
    private final Map<String, AuthoritativeServer> servers = new LinkedHashMap<>();
    private final List<String> asked = new ArrayList<>();
    private final Map<String, Reply> canned = new LinkedHashMap<>();
    private Optional<Random> broken = Optional.empty();

    /** What a server says instead of what its zones have. */
    private interface Reply {
      void fill(Message reply, Transport transport) throws Exception;
    }

    private long now;

    private static Bytes damaged(Bytes reply, Random random) {
      byte[] bytes = reply.toArray();
      for (int i = random.nextInt(8); i >= 0; i--) {
        bytes[2 + random.nextInt(bytes.length - 2)] = (byte) random.nextInt();
      }
      return Bytes.of(bytes, 0, bytes.length - random.nextInt(Math.min(20, bytes.length - 12)));
    }

    void serve(String address, String... zones) throws Exception {
      List<Zone> parsed = new ArrayList<>();
      for (int i = 0; i < zones.length; i += 2) {
        switch (ZoneText.parse(SOA + zones[i + 1], Name.fromString(zones[i]))) {
          case ZoneText.Good(Zone zone, _) -> parsed.add(zone);
          case ZoneText.Wrong wrong -> throw new AssertionError(wrong);
        }
      }
      servers.put(
          address, AuthoritativeServer.of(parsed, new ServerCookies(Bytes.of(new byte[16]))));
    }

    @Override
    public Outcome ask(
        InetAddress server,
        Transport transport,
        Bytes query,
        Duration timeout,
        Predicate<Bytes> answers) {
      try {
        asked.add(
            server.getHostAddress()
                + " "
                + new Message(query.toArray()).getQuestion().getName()
                + " "
                + Type.string(new Message(query.toArray()).getQuestion().getType()));
      } catch (java.io.IOException e) {
        throw new AssertionError(e);
      }
      Reply own = canned.get(asked.getLast());
      if (own != null) {
        now += Duration.ofMillis(10).toNanos();
        return new Outcome.Replied(filled(query, own, transport), Duration.ofMillis(10), 0);
      }
      AuthoritativeServer found = servers.get(server.getHostAddress());
      if (found == null) {
        now += timeout.toNanos();
        return new Outcome.Silent(timeout, 0);
      }
      now += Duration.ofMillis(10).toNanos();
      Bytes reply =
          found
              .answer(
                  query,
                  transport == Transport.TCP
                      ? AuthoritativeServer.Transport.TCP
                      : AuthoritativeServer.Transport.UDP,
                  server,
                  Instant.EPOCH)
              .getFirst();
      assertThat(answers.test(reply)).isTrue();
      return new Outcome.Replied(
          broken.map(r -> damaged(reply, r)).filter(answers).orElse(reply),
          Duration.ofMillis(10),
          0);
    }

    private static Bytes filled(Bytes query, Reply own, Transport transport) {
      try {
        Message reply = new Message(query.toArray());
        reply.removeAllRecords(Section.ADDITIONAL);
        reply.getHeader().setFlag(Flags.QR);
        own.fill(reply, transport);
        return Bytes.of(reply.toWire());
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public long nanoTime() {
      return now;
    }

    @Override
    public void sleep(Duration duration) {
      now += duration.toNanos();
    }

    @Override
    public Instant instant() {
      return Instant.EPOCH.plusNanos(now);
    }
  }

  private Resolver resolver(boolean minimise) throws Exception {
    return resolver(minimise ? Resolver.USUAL : Set.of());
  }

  private Resolver resolver(Set<Feature> options) throws Exception {
    return new Resolver(
        RootHints.parse(". 3600 IN NS root.\nroot. 3600 IN A 192.0.2.1\n"),
        options,
        world,
        world,
        new Random(1));
  }

  private static Question question(String name, int type) throws Exception {
    return new Question(Name.fromString(name), type);
  }

  private void usual() throws Exception {
    world.serve(
        "192.0.2.1",
        ".",
        """
        @ 9000 IN NS root.
        root. 9000 IN A 192.0.2.1
        com. 9000 IN NS ns.com.
        ns.com. 9000 IN A 192.0.2.2
        """);
    world.serve(
        "192.0.2.2",
        "com.",
        """
        @ 9000 IN NS ns
        ns 9000 IN A 192.0.2.2
        shop 9000 IN NS ns.shop
        ns.shop 9000 IN A 192.0.2.3
        bare 9000 IN NS ns.shop
        lost 9000 IN NS ns.lost
        """);
    world.serve(
        "192.0.2.3",
        "shop.com.",
        """
        @ 9000 IN NS ns
        ns 9000 IN A 192.0.2.3
        www 300 IN A 192.0.2.80
        alias 300 IN CNAME www
        loop 300 IN CNAME loop.bare.com.
        out 300 IN CNAME www.bare.com.
        old 300 IN DNAME new
        www.new 300 IN A 192.0.2.81
        """,
        "bare.com.",
        "@ 9000 IN NS ns.shop.com.\nwww 300 IN A 192.0.2.90\nloop 300 IN CNAME loop.shop.com.\n");
  }

  @Test
  void aWalkAsksEachLevelOnceAndNoMoreThanItNeedsToKnow() throws Exception {
    usual();
    Resolution resolution = resolver(true).resolve(question("www.shop.com.", Type.A), false);
    assertThat(resolution.status()).isEqualTo("NOERROR");
    assertThat(resolution.answer()).hasSize(1);
    assertThat(world.asked)
        .containsExactly(
            "192.0.2.1 . NS",
            "192.0.2.1 com. A",
            "192.0.2.2 shop.com. A",
            "192.0.2.3 www.shop.com. A");
    assertThat(resolution.took()).isEqualTo(Duration.ofMillis(40));
  }

  @Test
  void withoutMinimisationEverybodyHearsTheWholeName() throws Exception {
    usual();
    resolver(false).resolve(question("www.shop.com.", Type.A), false);
    assertThat(world.asked)
        .containsExactly(
            "192.0.2.1 . NS",
            "192.0.2.1 www.shop.com. A",
            "192.0.2.2 www.shop.com. A",
            "192.0.2.3 www.shop.com. A");
  }

  @Test
  void whatIsKnownIsNotAskedAgainUntilItsTtlIsOver() throws Exception {
    usual();
    Resolver resolver = resolver(true);
    resolver.resolve(question("www.shop.com.", Type.A), false);
    world.asked.clear();
    world.sleep(Duration.ofSeconds(100));
    Resolution second = resolver.resolve(question("www.shop.com.", Type.A), false);
    assertThat(world.asked).isEmpty();
    assertThat(second.answer().getFirst().getTTL()).isEqualTo(200);
    assertThat(second.tree()).contains("cache hit");
    world.sleep(Duration.ofSeconds(200));
    resolver.resolve(question("www.shop.com.", Type.A), false);
    assertThat(world.asked).containsExactly("192.0.2.3 www.shop.com. A");
  }

  @Test
  void aNameThatDoesNotExistIsRememberedForTheSoasMinimumAndSoIsAllBelowIt() throws Exception {
    usual();
    Resolver resolver = resolver(true);
    Resolution first = resolver.resolve(question("no.shop.com.", Type.A), false);
    assertThat(first.status()).isEqualTo("NXDOMAIN");
    assertThat(first.authority().getFirst().getType()).isEqualTo(Type.SOA);
    world.asked.clear();
    assertThat(resolver.resolve(question("below.no.shop.com.", Type.TXT), false).status())
        .isEqualTo("NXDOMAIN");
    assertThat(world.asked).isEmpty();
    world.sleep(Duration.ofSeconds(60));
    resolver.resolve(question("no.shop.com.", Type.A), false);
    assertThat(world.asked).hasSize(1);
  }

  @Test
  void whatFollowsAnAliasIsAskedForUnderItsOwnName() throws Exception {
    usual();
    Resolution resolution = resolver(true).resolve(question("alias.shop.com.", Type.A), false);
    assertThat(resolution.answer()).hasSize(2);
    assertThat(world.asked.getLast()).isEqualTo("192.0.2.3 www.shop.com. A");
  }

  @Test
  void aDnameRenamesAllBelowIt() throws Exception {
    usual();
    Resolution resolution = resolver(true).resolve(question("www.old.shop.com.", Type.A), false);
    assertThat(resolution.answer().stream().map(r -> Type.string(r.getType())))
        .containsExactly("DNAME", "CNAME", "A");
  }

  /** The CNAME has no signature, so that without the DNAME nobody could believe it. */
  @Test
  void aCnameThatADnameMakesNeverComesWithoutIt() throws Exception {
    usual();
    Resolver resolver = resolver(true);
    for (int time = 0; time < 2; time++) {
      for (int type : List.of(Type.CNAME, Type.A, Type.CNAME)) {
        Resolution resolution = resolver.resolve(question("www.old.shop.com.", type), true);
        assertThat(resolution.answer().stream().map(r -> Type.string(r.getType())))
            .startsWith("DNAME", "CNAME")
            .hasSize(type == Type.A ? 3 : 2);
      }
    }
  }

  @Test
  void aliasesInACircleAreGivenUp() throws Exception {
    usual();
    Resolution resolution = resolver(true).resolve(question("loop.shop.com.", Type.A), false);
    assertThat(resolution.rcode()).isEqualTo(Rcode.SERVFAIL);
    assertThat(resolution.tree()).contains("lead back to");
    // Its server is reached, and answers.
    assertThat(resolution.errors())
        .containsExactly(
            new ExtendedError(
                ExtendedErrorCodeOption.OTHER, "the aliases lead back to loop.shop.com."));
  }

  @Test
  void aServerInItsOwnZoneWithoutGlueCannotBeFound() throws Exception {
    usual();
    Resolution resolution = resolver(true).resolve(question("www.lost.com.", Type.A), false);
    assertThat(resolution.rcode()).isEqualTo(Rcode.SERVFAIL);
    assertThat(resolution.tree()).contains("came without glue");
    assertThat(resolution.queries()).isLessThan(6);
  }

  @Test
  void aServerThatRefusesIsPassedOver() throws Exception {
    usual();
    world.serve(
        "192.0.2.2",
        "com.",
        """
        @ 9000 IN NS ns
        ns 9000 IN A 192.0.2.2
        shop 9000 IN NS ns1.shop
        shop 9000 IN NS ns2.shop
        shop 9000 IN NS ns3.shop
        ns1.shop 9000 IN A 192.0.2.66
        ns2.shop 9000 IN A 192.0.2.1
        ns3.shop 9000 IN A 192.0.2.3
        """);
    Resolver resolver = resolver(true);
    Resolution resolution = resolver.resolve(question("www.shop.com.", Type.A), false);
    assertThat(resolution.status()).isEqualTo("NOERROR");
    assertThat(resolution.tree()).contains("no answer", "lame: it refers");
    world.asked.clear();
    resolver.resolve(question("ns.shop.com.", Type.A), false);
    assertThat(world.asked).containsExactly("192.0.2.3 ns.shop.com. A");
  }

  @Test
  void aDelegationToManyServersWithoutAddressesDoesNotCostManyQueries() throws Exception {
    usual();
    StringBuilder zone = new StringBuilder("@ 9000 IN NS ns\nns 9000 IN A 192.0.2.2\n");
    for (int i = 0; i < 200; i++) {
      zone.append("bomb 9000 IN NS x").append(i).append(".victim.org.\n");
    }
    world.serve("192.0.2.2", "com.", zone.toString());
    Resolution resolution = resolver(true).resolve(question("www.bomb.com.", Type.A), false);
    assertThat(resolution.rcode()).isEqualTo(Rcode.SERVFAIL);
    assertThat(resolution.queries()).isLessThan(30);
  }

  @Test
  void aReplyWithAnotherIdOrQuestionIsNoAnswer() throws Exception {
    Message query =
        Message.newQuery(
            org.xbill.DNS.Record.newRecord(Name.fromString("www.shop.com."), Type.A, 1));
    query.getHeader().setID(7);
    Predicate<Bytes> answers = Queries.answers(Bytes.of(query.toWire()), false);
    Message reply = query.clone();
    reply.getHeader().setFlag(Flags.QR);
    assertThat(answers.test(Bytes.of(reply.toWire()))).isTrue();
    reply.getHeader().setID(8);
    assertThat(answers.test(Bytes.of(reply.toWire()))).isFalse();
    Message other =
        Message.newQuery(
            org.xbill.DNS.Record.newRecord(Name.fromString("www.shop.org."), Type.A, 1));
    other.getHeader().setID(7);
    other.getHeader().setFlag(Flags.QR);
    assertThat(answers.test(Bytes.of(other.toWire()))).isFalse();
  }

  @Test
  void aServerOnThisMachineIsNotAsked() throws Exception {
    usual();
    world.serve(
        "192.0.2.2",
        "com.",
        """
        @ 9000 IN NS ns
        ns 9000 IN A 192.0.2.2
        trap 9000 IN NS ns.trap
        ns.trap 9000 IN A 127.0.0.1
        """);
    Resolution resolution = resolver(true).resolve(question("www.trap.com.", Type.A), false);
    assertThat(resolution.rcode()).isEqualTo(Rcode.SERVFAIL);
    assertThat(resolution.tree()).contains("not believed: ns.trap.com. at 127.0.0.1");
    assertThat(world.asked).noneMatch(a -> a.startsWith("127."));
  }

  /** Nor where its address is no glue that the parent could know. */
  @Test
  void foreignGlueOnThisMachineIsNotAskedEither() throws Exception {
    usual();
    world.canned.put(
        "192.0.2.2 www.trap.com. A",
        (reply, _) -> {
          reply.addRecord(record("trap.com.", Type.NS, "ns.elsewhere."), Section.AUTHORITY);
          reply.addRecord(record("ns.elsewhere.", Type.A, "127.0.0.1"), Section.ADDITIONAL);
        });
    Resolution resolution = resolver(false).resolve(question("www.trap.com.", Type.A), false);
    assertThat(resolution.status()).isEqualTo("SERVFAIL");
    assertThat(resolution.tree()).contains("not believed: ns.elsewhere. at 127.0.0.1");
    assertThat(world.asked).noneMatch(a -> a.startsWith("127."));
  }

  @Test
  void aFailureIsRememberedForFiveSecondsAndTheNextOneForTwiceAsLong() throws Exception {
    usual();
    world.servers.remove("192.0.2.3");
    Resolver resolver = resolver(true);
    Question www = question("www.shop.com.", Type.A);
    Resolution first = resolver.resolve(www, false);
    assertThat(first.rcode()).isEqualTo(Rcode.SERVFAIL);
    assertThat(first.errors())
        .containsExactly(
            new ExtendedError(
                ExtendedErrorCodeOption.NO_REACHABLE_AUTHORITY, "at delegation shop.com."));
    world.asked.clear();
    world.sleep(Duration.ofMillis(4_900));
    Resolution second = resolver.resolve(www, false);
    assertThat(world.asked).isEmpty();
    assertThat(second.errors().getFirst().code()).isEqualTo(ExtendedErrorCodeOption.CACHED_ERROR);
    world.sleep(Duration.ofMillis(200));
    resolver.resolve(www, false);
    assertThat(world.asked).isNotEmpty();
    assertThat(resolver.failed())
        .singleElement()
        .extracting(f -> f.left().toSeconds())
        .isEqualTo(10L);
  }

  @Test
  void silenceIsGivenUpBeforeAClientWhoAsksTwiceForFiveSecondsIs() throws Exception {
    usual();
    StringBuilder zone = new StringBuilder("@ 9000 IN NS ns\nns 9000 IN A 192.0.2.2\n");
    for (int i = 1; i < 14; i++) {
      zone.append(
          "shop 9000 IN NS ns%d.shop\nns%d.shop 9000 IN A 192.0.2.%d\n".formatted(i, i, 100 + i));
    }
    world.serve("192.0.2.2", "com.", zone.toString());
    resolver(true).resolve(question("www.shop.com.", Type.A), false);
    assertThat(Duration.ofNanos(world.now))
        .isBetween(Duration.ofSeconds(9), Duration.ofMillis(9_500));
  }

  @Test
  void withServeStaleAnAnswerThatRanOutIsBetterThanNone() throws Exception {
    usual();
    Resolver resolver = resolver(Set.of(Feature.SERVE_STALE));
    Question www = question("www.shop.com.", Type.A);
    resolver.resolve(www, false);
    world.servers.clear();
    world.sleep(Duration.ofSeconds(400));
    long before = world.now;
    Resolution stale = resolver.resolve(www, false);
    assertThat(stale.status()).isEqualTo("NOERROR");
    assertThat(stale.answer().getFirst().getTTL()).isEqualTo(30);
    assertThat(stale.errors().getFirst().code()).isEqualTo(ExtendedErrorCodeOption.STALE_ANSWER);
    assertThat(Duration.ofNanos(world.now - before)).isLessThanOrEqualTo(Duration.ofMillis(1_800));
    world.sleep(Duration.ofDays(1));
    assertThat(resolver.resolve(www, false).rcode()).isEqualTo(Rcode.SERVFAIL);
  }

  @Test
  void withMixedCaseTheServerHasToRepeatTheLettersAndTheClientSeesItsOwn() throws Exception {
    usual();
    Resolver resolver = resolver(Set.of(Feature.MIX_CASE));
    Resolution resolution = resolver.resolve(question("www.shop.com.", Type.A), false);
    assertThat(resolution.answer().getFirst().getName()).hasToString("www.shop.com.");
    assertThat(world.asked)
        .allMatch(a -> a.equals("192.0.2.1 . NS") || !a.contains("www.shop.com."))
        .anyMatch(a -> a.equalsIgnoreCase("192.0.2.3 www.shop.com. A"));
    Message query =
        Message.newQuery(
            org.xbill.DNS.Record.newRecord(Name.fromString("wWw.ShOp.com."), Type.A, 1));
    Message forged = query.clone();
    forged.getHeader().setFlag(Flags.QR);
    Predicate<Bytes> answers = Queries.answers(Bytes.of(query.toWire()), true);
    assertThat(answers.test(Bytes.of(forged.toWire()))).isTrue();
    Message other =
        Message.newQuery(
            org.xbill.DNS.Record.newRecord(Name.fromString("www.shop.com."), Type.A, 1));
    other.getHeader().setID(query.getHeader().getID());
    other.getHeader().setFlag(Flags.QR);
    assertThat(answers.test(Bytes.of(other.toWire()))).isFalse();
  }

  @Test
  void aProvenGapAnswersForAllNamesInIt() throws Exception {
    String denial = "a.shop.com. 300 IN NSEC www.shop.com. A RRSIG NSEC\n";
    Resolver resolver = resolver(Set.of(Feature.AGGRESSIVE));
    List<org.xbill.DNS.Record> proof = new ArrayList<>();
    for (String line :
        List.of(
            "shop.com. 60 IN SOA ns.shop.com. h.shop.com. 1 2 3 4 60",
            "shop.com. 60 IN NSEC a.shop.com. NS SOA RRSIG NSEC DNSKEY",
            denial.strip())) {
      String[] words = line.split(" ", 5);
      proof.add(
          org.xbill.DNS.Record.fromString(
              Name.fromString(words[0]), Type.value(words[3]), 1, 60, words[4], Name.root));
    }
    resolver.proven(
        new Resolution(
            question("b.shop.com.", Type.A),
            Rcode.NXDOMAIN,
            List.of(),
            proof,
            new Step.Walk(question("b.shop.com.", Type.A).asked(), "", List.of()),
            1,
            Duration.ZERO,
            Optional.empty(),
            List.of()));
    Resolution between = resolver.resolve(question("c.shop.com.", Type.MX), true);
    assertThat(between.status()).isEqualTo("NXDOMAIN");
    assertThat(between.authority()).hasSize(3);
    assertThat(resolver.resolve(question("a.shop.com.", Type.MX), false).status())
        .isEqualTo("NOERROR");
    assertThat(world.asked).isEmpty();
    world.sleep(Duration.ofSeconds(61));
    resolver.resolve(question("c.shop.com.", Type.MX), false);
    assertThat(world.asked).isNotEmpty();
  }

  private static org.xbill.DNS.Record record(String name, int type, String data) throws Exception {
    return org.xbill.DNS.Record.fromString(Name.fromString(name), type, 1, 300, data, Name.root);
  }

  @Test
  void glueThatWasLeftOutIsAskedForAtTheParent() throws Exception {
    usual();
    world.canned.put(
        "192.0.2.2 ns.lost.com. A",
        (reply, _) -> reply.addRecord(record("ns.lost.com.", Type.A, "192.0.2.9"), Section.ANSWER));
    world.serve(
        "192.0.2.9",
        "lost.com.",
        "@ 9000 IN NS ns\nns 9000 IN A 192.0.2.9\nwww 9 IN A 192.0.2.7\n");
    Resolution resolution = resolver(true).resolve(question("www.lost.com.", Type.A), false);
    assertThat(resolution.status()).isEqualTo("NOERROR");
    assertThat(resolution.tree()).contains("the glue that was left out", "glue of a zone above it");
  }

  @Test
  void aReplyThatIsCutOffOverTcpTooIsNoAnswer() throws Exception {
    usual();
    world.canned.put(
        "192.0.2.3 www.shop.com. A",
        (reply, _) -> {
          reply.getHeader().setFlag(Flags.TC);
          reply.addRecord(record("www.shop.com.", Type.A, "192.0.2.66"), Section.ANSWER);
        });
    Resolution resolution = resolver(true).resolve(question("www.shop.com.", Type.A), false);
    assertThat(resolution.rcode()).isEqualTo(Rcode.SERVFAIL);
    assertThat(resolution.tree()).contains("cut off over TCP too");
  }

  @Test
  void aSignatureInTheWrongSectionIsFound() throws Exception {
    usual();
    world.canned.put(
        "192.0.2.3 www.shop.com. A",
        (reply, _) -> {
          reply.getHeader().setFlag(Flags.AA);
          reply.addRecord(record("www.shop.com.", Type.A, "192.0.2.80"), Section.ANSWER);
          reply.addRecord(
              record(
                  "www.shop.com.",
                  Type.RRSIG,
                  "A 13 3 300 20261208000000 20261124000000 1 shop.com. AAAA"),
              Section.ADDITIONAL);
        });
    Resolution resolution = resolver(true).resolve(question("www.shop.com.", Type.A), true);
    assertThat(resolution.answer()).hasSize(2);
  }

  @Test
  void noReplyMakesItFail() throws Exception {
    usual();
    world.broken = Optional.of(new Random(1));
    for (int i = 0; i < 60; i++) {
      for (String name : List.of("www.shop.com.", "alias.shop.com.", "www.old.shop.com.")) {
        Resolution resolution = resolver(i % 2 == 0).resolve(question(name, Type.A), true);
        assertThat(resolution.tree()).isNotEmpty();
        assertThat(resolution.queries()).isLessThanOrEqualTo(100);
      }
    }
  }

  @Test
  void recordsOfOtherZonesInAReplyAreNotBelieved() throws Exception {
    Message reply =
        Message.newQuery(
            org.xbill.DNS.Record.newRecord(Name.fromString("www.shop.com."), Type.A, 1));
    reply.getHeader().setFlag(Flags.QR);
    reply.getHeader().setFlag(Flags.AA);
    reply.addRecord(
        org.xbill.DNS.Record.fromString(
            Name.fromString("www.bank.org."), Type.A, 1, 300, "192.0.2.66", Name.root),
        Section.ANSWER);
    List<Verdict.Refused> refused = new ArrayList<>();
    Verdict verdict =
        Verdict.of(
            reply, question("www.shop.com.", Type.A), Name.fromString("shop.com."), false, refused);
    assertThat(verdict).isInstanceOf(Verdict.NoData.class);
    assertThat(refused).extracting(Verdict.Refused::why).containsExactly("outside of shop.com.");
  }
}
