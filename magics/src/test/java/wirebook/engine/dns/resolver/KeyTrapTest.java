package wirebook.engine.dns.resolver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.NSEC3PARAMRecord;
import org.xbill.DNS.NSEC3Record;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Type;
import org.xbill.DNS.utils.base32;
import wirebook.engine.dns.server.AuthoritativeServer;
import wirebook.engine.dns.server.ServerCookies;
import wirebook.engine.dns.server.Zone;
import wirebook.net.NetworkClock;
import wirebook.trace.Bytes;

/** Zones that are made to keep a validator busy: CVE-2023-50387 and CVE-2023-50868. */
class KeyTrapTest {
  private static final Instant NOW = Instant.parse("2026-02-01T12:00:00Z");
  private static final Duration YEAR = Duration.ofDays(365);
  private static final long TTL = 3600;
  private static final Name TRAP = name("trap.");
  private static final int SECURE_ENTRY = 0x101;

  private final InetAddress address = InetAddress.ofLiteral("192.0.2.1");
  private final Signer root = new Signer(Name.root);
  private final Signer trap = new Signer(TRAP);
  private final World world = new World();

  private static Name name(String text) {
    try {
      return Name.fromString(text);
    } catch (org.xbill.DNS.TextParseException e) {
      throw new AssertionError(e);
    }
  }

  /** A key and what it signs. */
  private static final class Signer {
    private final KeyPair pair;
    private final DNSKEYRecord key;

    Signer(Name zone) {
      try {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(1024);
        pair = generator.generateKeyPair();
        key = key(zone, SECURE_ENTRY, pair);
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    }

    private static DNSKEYRecord key(Name zone, int flags, KeyPair pair) throws Exception {
      return new DNSKEYRecord(
          zone, DClass.IN, TTL, flags, 3, DNSSEC.Algorithm.RSASHA256, pair.getPublic());
    }

    RRSIGRecord sign(List<Record> set) throws Exception {
      return DNSSEC.sign(new RRset(set), key, pair.getPrivate(), NOW.minus(YEAR), NOW.plus(YEAR));
    }

    DSRecord ds() {
      return new DSRecord(key.getName(), DClass.IN, TTL, DNSSEC.Digest.SHA256, key);
    }
  }

  /** One server for all zones, without a network, and a clock that stands. */
  private static final class World implements Upstream, NetworkClock {
    private final List<Zone> zones = new ArrayList<>();

    @Override
    public Outcome ask(
        InetAddress server,
        Transport transport,
        Bytes query,
        Duration timeout,
        Predicate<Bytes> answers) {
      Bytes reply =
          AuthoritativeServer.of(zones, new ServerCookies(Bytes.of(new byte[16])))
              .answer(query, AuthoritativeServer.Transport.TCP, server, NOW)
              .getFirst();
      return new Outcome.Replied(reply, Duration.ofMillis(1), 0);
    }

    @Override
    public long nanoTime() {
      return 0;
    }

    @Override
    public void sleep(Duration duration) {}

    @Override
    public Instant instant() {
      return NOW;
    }
  }

  @BeforeEach
  void signTheRoot() throws Exception {
    List<Record> records = new ArrayList<>(apex(Name.root, root));
    records.add(new NSRecord(TRAP, DClass.IN, TTL, name("ns.")));
    records.add(trap.ds());
    records.add(new ARecord(name("ns."), DClass.IN, TTL, address));
    world.zones.add(Zone.of(Name.root, signed(records, root)));
  }

  @AfterEach
  void clearTheInterrupt() {
    Thread.interrupted();
  }

  private static List<Record> apex(Name zone, Signer signer) {
    return List.of(
        new SOARecord(zone, DClass.IN, TTL, name("ns."), name("hostmaster."), 1, 1, 1, 1, 60),
        new NSRecord(zone, DClass.IN, TTL, name("ns.")),
        signer.key);
  }

  /** With a signature for each set but delegations. */
  private static List<Record> signed(List<Record> records, Signer signer) throws Exception {
    Map<String, List<Record>> sets = new HashMap<>();
    for (Record record : records) {
      sets.computeIfAbsent(record.getName() + " " + record.getType(), _ -> new ArrayList<>())
          .add(record);
    }
    List<Record> all = new ArrayList<>(records);
    for (List<Record> set : sets.values()) {
      all.add(signer.sign(set));
    }
    return all;
  }

  private Resolver resolver() throws Exception {
    return new Resolver(
        RootHints.parse(". 3600 IN NS ns.\nns. 3600 IN A 192.0.2.1\n"),
        Resolver.USUAL,
        world,
        world,
        new Random(1));
  }

  private Validation validate(Name name) throws Exception {
    Resolver resolver = resolver();
    Resolution resolution = resolver.resolve(new Question(name, Type.A), true);
    assertThat(resolution.rcode()).isNotEqualTo(Rcode.SERVFAIL);
    return ChainOfTrust.check(resolution, resolver, root.ds() + "\n", world);
  }

  /**
   * Keys with the tag of {@code key}: its 16-bit words, which the tag is a sum of, in any order.
   */
  private static List<Record> withTheSameTag(DNSKEYRecord key, int count) {
    List<Record> keys = new ArrayList<>();
    Random random = new Random(1);
    byte[] bytes = key.getKey();
    List<Short> words = new ArrayList<>();
    ByteBuffer in = ByteBuffer.wrap(bytes, 4, bytes.length - 4);
    while (in.hasRemaining()) {
      words.add(in.getShort());
    }
    for (int i = 0; i < count; i++) {
      // The first word stays in its place for the length, the last one to be odd.
      Collections.shuffle(words.subList(1, words.size() - 1), random);
      ByteBuffer out = ByteBuffer.allocate(bytes.length).put(bytes, 0, 4);
      words.forEach(out::putShort);
      DNSKEYRecord next =
          new DNSKEYRecord(
              key.getName(), DClass.IN, TTL, SECURE_ENTRY, 3, key.getAlgorithm(), out.array());
      assertThat(next.getFootprint()).isEqualTo(key.getFootprint());
      keys.add(next);
    }
    return keys;
  }

  private static List<Record> wrong(RRSIGRecord signature, int count) {
    List<Record> all = new ArrayList<>();
    Random random = new Random(2);
    for (int i = 0; i < count; i++) {
      byte[] bytes = signature.getSignature().clone();
      bytes[20 + random.nextInt(80)] ^= (byte) (1 + random.nextInt(255));
      all.add(
          new RRSIGRecord(
              signature.getName(),
              DClass.IN,
              TTL,
              signature.getTypeCovered(),
              signature.getAlgorithm(),
              signature.getOrigTTL(),
              signature.getExpire(),
              signature.getTimeSigned(),
              signature.getFootprint(),
              signature.getSigner(),
              bytes));
    }
    return all;
  }

  private void publishTrap(int keys, int signatures) throws Exception {
    List<Record> records = new ArrayList<>(apex(TRAP, trap));
    records.addAll(withTheSameTag(trap.key, keys));
    List<Record> all = signed(records, trap);
    ARecord www = new ARecord(name("www.trap."), DClass.IN, TTL, address);
    all.add(www);
    all.addAll(wrong(trap.sign(List.of(www)), signatures));
    world.zones.add(Zone.of(TRAP, all));
  }

  @Test
  void manyKeysWithOneTagAndManyWrongSignaturesAreTriedAFewTimesOnly() throws Exception {
    publishTrap(80, 60);
    Validation validation = validate(name("www.trap."));
    assertThat(validation.security()).isEqualTo(Validation.Security.BOGUS);
    assertThat(validation.reason()).contains("no more are tried").contains("CVE-2023-50387");
  }

  @Test
  void theSearchForAFaultCanBeStopped() throws Exception {
    publishTrap(80, 60);
    Zone zone = world.zones.getLast();
    List<Record> keys = zone.records().stream().filter(DNSKEYRecord.class::isInstance).toList();
    List<Record> www = zone.records().stream().filter(r -> r.getType() == Type.A).toList();
    List<RRSIGRecord> signatures =
        zone.records().stream()
            .filter(r -> r instanceof RRSIGRecord s && s.getTypeCovered() == Type.A)
            .map(RRSIGRecord.class::cast)
            .toList();
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> LinkFault.ofSet(www, signatures, keys, NOW, new LinkFault.Patience()))
        .isInstanceOf(InterruptedException.class);
  }

  @Test
  void manyDigestsThatFitNoKeyAreComparedAFewTimesOnly() throws Exception {
    List<Record> keys = withTheSameTag(trap.key, 300);
    DSRecord ds = trap.ds();
    List<Record> digests = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      byte[] digest = ds.getDigest().clone();
      digest[i % digest.length] ^= (byte) (1 + i / digest.length);
      digests.add(
          new DSRecord(TRAP, DClass.IN, TTL, ds.getFootprint(), ds.getAlgorithm(), 2, digest));
    }
    LinkFault.Patience patience = new LinkFault.Patience();
    Optional<LinkFault> fault = LinkFault.ofKeys(TRAP, keys, digests, patience);
    assertThat(fault.orElseThrow().error().text()).contains("does not match");
    assertThat(patience.allows()).isFalse();
  }

  /**
   * A name with as many labels as fit, in a zone whose hashes are made many times over: without a
   * limit, each label costs all of that.
   */
  @Test
  void denialsWithManyIterationsForNamesOfManyLabelsProveNothing() throws Exception {
    NSEC3PARAMRecord parameters =
        new NSEC3PARAMRecord(TRAP, DClass.IN, TTL, 1, 0, 150, new byte[255]);
    List<Record> records = new ArrayList<>(apex(TRAP, trap));
    records.add(parameters);
    TreeMap<String, byte[]> hashes = new TreeMap<>();
    base32 text = new base32(base32.Alphabet.BASE32HEX, false, true);
    for (String owner : List.of("trap.", "www.trap.", "mail.trap.")) {
      byte[] hash = parameters.hashName(name(owner));
      hashes.put(text.toString(hash), hash);
    }
    for (String label : hashes.keySet()) {
      Map.Entry<String, byte[]> next = hashes.higherEntry(label);
      records.add(
          new NSEC3Record(
              name(label + ".trap."),
              DClass.IN,
              60,
              1,
              0,
              150,
              new byte[255],
              (next == null ? hashes.firstEntry() : next).getValue(),
              new int[] {Type.A}));
    }
    world.zones.add(Zone.of(TRAP, signed(records, trap)));
    Validation validation = validate(name("a.".repeat(120) + "trap."));
    assertThat(validation.security()).isNotEqualTo(Validation.Security.SECURE);
  }
}
