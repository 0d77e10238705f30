package wirebook.engine.dns.server;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.NSEC3PARAMRecord;
import org.xbill.DNS.NSEC3Record;
import org.xbill.DNS.NSECRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Type;
import wirebook.trace.Bytes;

/**
 * Signs zones (RFC 4034, 4035) with two keys each: one signs the zone, the other the keys (RFC
 * 6781, 3.1). They are ECDSA P-256 (RFC 6605), made from a seed and the zone's name, so that they
 * are the same at every start, or given: they protect a lab and no secret. A signature is made when
 * it is first asked for.
 */
public final class ZoneSigner {
  private static final int ZONE_KEY = 0x0100;
  private static final int SECURE_ENTRY = 0x0001;
  private static final long DS_TTL = 86_400;
  private static final Duration EARLIER = Duration.ofHours(1);
  private static final int MOST_KEPT = 5_000;

  /** SHA-1, no more rounds, no salt, as RFC 9276, 3.1 wants it and the large zones have it. */
  private static final int NSEC3_SHA1 = 1;

  /** With more, validators take the zone for unsigned (RFC 9276, 3.2). */
  public static final int MOST_ITERATIONS = 100;

  private static final int OPT_OUT = 1;
  private static final byte[] NO_SALT = {};

  /** What a zone has of being signed. */
  private static final Set<Integer> ADDED =
      Set.of(Type.RRSIG, Type.NSEC, Type.NSEC3, Type.NSEC3PARAM, Type.DNSKEY, Type.DS);

  /** How long signatures hold. */
  public static final Duration VALIDITY = Duration.ofDays(14);

  private final String seed;
  private final Given given;

  /** Kept, because both a zone and its parent need them, and making one is slow in a young JVM. */
  private final Map<Which, Key> keys = new ConcurrentHashMap<>();

  /** Signatures by what they sign, the ones unused for longest go first. */
  private final Map<Signed, RRSIGRecord> kept =
      Collections.synchronizedMap(
          new LinkedHashMap<>(64, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<Signed, RRSIGRecord> eldest) {
              return size() > MOST_KEPT;
            }
          });

  /** A set, with the TTL that the equality of records leaves out. */
  private record Signed(Name origin, List<String> set) {}

  /** How it is denied that something is there. */
  public enum Denial {
    /** Name by name (RFC 4034, 4). */
    NSEC,
    /** By hashes, and not at all for delegations that are not signed (RFC 5155, 6). */
    NSEC3_OPT_OUT
  }

  /** Keys that were made ahead, for making them takes its time. */
  public interface Given {
    /**
     * @param entry whether it is the one that signs the keys
     */
    Optional<GivenKey> key(Name origin, boolean entry);
  }

  /**
   * @param open as a DNSKEY record has it
   * @param secret as {@link OpenKey#of} reads it
   */
  public record GivenKey(int algorithm, Bytes open, Bytes secret) {}

  /**
   * @param seed what all keys are made from
   */
  public ZoneSigner(String seed) {
    this(seed, (_, _) -> Optional.empty());
  }

  /**
   * @param seed what all keys are made from that are not given
   */
  public ZoneSigner(String seed, Given given) {
    this.seed = seed;
    this.given = given;
  }

  private record Key(DNSKEYRecord record, OpenKey secret) {}

  private record Which(Name origin, boolean entry) {}

  private Key key(Name origin, boolean entry) {
    Which which = new Which(origin, entry);
    Key known = keys.get(which);
    if (known == null) {
      // Not within the map: it takes its time.
      known = given.key(origin, entry).map(g -> given(which, g)).orElseGet(() -> made(which));
      keys.put(which, known);
    }
    return known;
  }

  private static Key given(Which which, GivenKey key) {
    DNSKEYRecord record =
        new DNSKEYRecord(
            which.origin,
            DClass.IN,
            DS_TTL,
            flags(which.entry),
            DNSKEYRecord.Protocol.DNSSEC,
            key.algorithm,
            key.open.toArray());
    return new Key(record, OpenKey.of(key.algorithm, key.open, key.secret));
  }

  private Key made(Which which) {
    try {
      KeyPair pair = pair(which.origin, which.entry);
      DNSKEYRecord record =
          new DNSKEYRecord(
              which.origin,
              DClass.IN,
              DS_TTL,
              flags(which.entry),
              DNSKEYRecord.Protocol.DNSSEC,
              DNSSEC.Algorithm.ECDSAP256SHA256,
              pair.getPublic());
      return new Key(record, new OpenKey.P256((ECPrivateKey) pair.getPrivate()));
    } catch (DNSSEC.DNSSECException | GeneralSecurityException e) {
      throw new IllegalStateException("the key of " + which.origin, e);
    }
  }

  private static int flags(boolean entry) {
    return ZONE_KEY | (entry ? SECURE_ENTRY : 0);
  }

  private KeyPair pair(Name origin, boolean entry) throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(
        new ECGenParameterSpec("secp256r1"),
        new SeededRandom(
            seed + " " + origin.toString().toLowerCase(Locale.ROOT) + (entry ? "" : " zone")));
    return generator.generateKeyPair();
  }

  /** What the parent of a zone has to say about its key. */
  public DSRecord ds(Name origin) {
    return new DSRecord(origin, DClass.IN, DS_TTL, DNSSEC.Digest.SHA256, key(origin, true).record);
  }

  /** The zone without what {@link #sign} adds to it. */
  public static Zone unsigned(Zone zone) {
    List<Record> records =
        zone.records().stream().filter(r -> !ADDED.contains(r.getType())).toList();
    try {
      return Zone.of(zone.origin(), records);
    } catch (Zone.ZoneException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * The zone, signed at {@code now}; what it had of signatures and denials is made anew. A set that
   * this signer has signed before keeps its signature while that holds for half its time.
   *
   * @param signedChildren the delegations that get a DS record
   */
  public Zone sign(Zone zone, Collection<Name> signedChildren, Instant now, Denial denial) {
    long ttl = zone.soa().getTTL();
    List<Record> more = new ArrayList<>();
    more.add(Zone.withTtl(key(zone.origin(), true).record, ttl));
    more.add(Zone.withTtl(key(zone.origin(), false).record, ttl));
    signedChildren.forEach(c -> more.add(ds(c)));
    boolean optOut = denial == Denial.NSEC3_OPT_OUT;
    Optional<NSEC3PARAMRecord> parameters =
        optOut
            ? Optional.of(
                new NSEC3PARAMRecord(zone.origin(), DClass.IN, 0, NSEC3_SHA1, 0, 0, NO_SALT))
            : parameters(zone);
    parameters.ifPresent(more::add);
    try {
      Zone whole = withoutSignatures(zone, more);
      List<Record> denials =
          parameters.isPresent() ? hashedDenials(whole, parameters.get(), optOut) : denials(whole);
      return whole.with(denials, Optional.of(set -> signature(zone.origin(), set, now)));
    } catch (Zone.ZoneException | NoSuchAlgorithmException e) {
      throw new IllegalStateException("signing " + zone.origin() + ": " + e.getMessage(), e);
    }
  }

  /** By which a zone itself wants its names hashed (RFC 5155, 4), where validators go along. */
  public static Optional<NSEC3PARAMRecord> parameters(Zone zone) {
    return zone.apex().set(Type.NSEC3PARAM).stream()
        .map(NSEC3PARAMRecord.class::cast)
        .filter(p -> p.getHashAlgorithm() == NSEC3_SHA1 && p.getFlags() == 0)
        .filter(p -> p.getIterations() <= MOST_ITERATIONS)
        .findFirst();
  }

  private static Zone withoutSignatures(Zone zone, List<Record> more) throws Zone.ZoneException {
    if (zone.records().stream().noneMatch(r -> ADDED.contains(r.getType()))) {
      return zone.with(more, Optional.empty());
    }
    List<Record> records = new ArrayList<>(zone.records());
    records.removeIf(r -> r.getType() != Type.DS && ADDED.contains(r.getType()));
    records.addAll(more);
    return Zone.of(zone.origin(), records);
  }

  /** Checks the signature of a zone's keys; false when it is not good. */
  public static boolean check(Zone signed, Instant now) {
    List<Record> keys = signed.apex().set(Type.DNSKEY);
    try {
      DNSSEC.verify(
          new RRset(keys),
          signed.apex().signatures(Type.DNSKEY).getFirst(),
          (DNSKEYRecord) keys.getFirst(),
          now);
      return true;
    } catch (DNSSEC.DNSSECException e) {
      return false;
    }
  }

  private RRSIGRecord signature(Name origin, List<Record> set, Instant now) {
    Signed what = new Signed(origin, set.stream().map(Record::toString).sorted().toList());
    RRSIGRecord known = kept.get(what);
    if (known != null
        && known.getExpire().isAfter(now.plus(VALIDITY.dividedBy(2)))
        && !known.getTimeSigned().isAfter(now)) {
      return known;
    }
    Key key = key(origin, set.getFirst().getType() == Type.DNSKEY);
    RRset signed = new RRset(set);
    RRSIGRecord open = signature(signed, key, now, Bytes.EMPTY);
    RRSIGRecord signature =
        signature(signed, key, now, key.secret.sign(DNSSEC.digestRRset(open, signed)));
    kept.put(what, signature);
    return signature;
  }

  private static RRSIGRecord signature(RRset set, Key key, Instant now, Bytes signature) {
    return new RRSIGRecord(
        set.getName(),
        set.getDClass(),
        set.getTTL(),
        set.getType(),
        key.record.getAlgorithm(),
        set.getTTL(),
        now.plus(VALIDITY),
        now.minus(EARLIER),
        key.record.getFootprint(),
        key.record.getName(),
        signature.toArray());
  }

  /** The NSEC3 records, with what is not there for the hash to show (RFC 5155, 7.1). */
  private static List<Record> hashedDenials(Zone zone, NSEC3PARAMRecord parameters, boolean optOut)
      throws NoSuchAlgorithmException {
    NavigableMap<String, Set<Integer>> types = new TreeMap<>();
    Map<String, byte[]> hashes = new HashMap<>();
    for (Zone.Node node : zone.nodes()) {
      Optional<Zone.Node> cut = zone.cut(node.name());
      boolean ours = cut.isEmpty() || (cut.get() == node && (!optOut || node.has(Type.DS)));
      if (!ours) {
        continue;
      }
      for (Name name = node.name(); name.subdomain(zone.origin()); name = new Name(name, 1)) {
        byte[] hash = parameters.hashName(name);
        String label = Zone.hashLabel(hash);
        hashes.put(label, hash);
        Set<Integer> there = types.computeIfAbsent(label, _ -> new TreeSet<>());
        if (name.equals(node.name())) {
          there.addAll(node.sets().keySet());
          if (cut.isPresent()) {
            there.retainAll(List.of(Type.NS, Type.DS));
          }
          if (cut.isEmpty() || node.has(Type.DS)) {
            there.add(Type.RRSIG);
          }
        }
        if (name.equals(zone.origin())) {
          break;
        }
      }
    }
    SOARecord soa = zone.soa();
    long ttl = Math.min(soa.getTTL(), soa.getMinimum());
    byte[] salt = Optional.ofNullable(parameters.getSalt()).orElse(NO_SALT);
    List<Record> denials = new ArrayList<>();
    for (Map.Entry<String, Set<Integer>> each : types.entrySet()) {
      String next = types.higherKey(each.getKey());
      denials.add(
          new NSEC3Record(
              Zone.child(zone.origin(), each.getKey()),
              DClass.IN,
              ttl,
              NSEC3_SHA1,
              optOut ? OPT_OUT : 0,
              parameters.getIterations(),
              salt,
              hashes.get(next == null ? types.firstKey() : next),
              each.getValue().stream().mapToInt(Integer::intValue).toArray()));
    }
    return denials;
  }

  private static List<Record> denials(Zone zone) {
    List<Zone.Node> chain =
        zone.nodes().stream()
            .filter(n -> zone.cut(n.name()).map(c -> c.name().equals(n.name())).orElse(true))
            .toList();
    SOARecord soa = zone.soa();
    long ttl = Math.min(soa.getTTL(), soa.getMinimum());
    List<Record> denials = new ArrayList<>();
    for (int i = 0; i < chain.size(); i++) {
      Zone.Node node = chain.get(i);
      boolean cut = zone.cut(node.name()).isPresent();
      TreeSet<Integer> types = new TreeSet<>(node.sets().keySet());
      if (cut) {
        types.retainAll(List.of(Type.NS, Type.DS));
      }
      types.add(Type.RRSIG);
      types.add(Type.NSEC);
      denials.add(
          new NSECRecord(
              node.name(),
              DClass.IN,
              ttl,
              chain.get((i + 1) % chain.size()).name(),
              types.stream().mapToInt(Integer::intValue).toArray()));
    }
    return denials;
  }

  /** The digests of seed and counter, one after the other: always the same "random" bytes. */
  private static final class SeededRandom extends SecureRandom {
    private static final long serialVersionUID = 1L;

    private final transient String seed;
    private long counter;

    SeededRandom(String seed) {
      this.seed = seed;
    }

    @Override
    public void nextBytes(byte[] bytes) {
      try {
        for (int done = 0; done < bytes.length; ) {
          MessageDigest digest = MessageDigest.getInstance("SHA-256");
          digest.update(seed.getBytes(StandardCharsets.UTF_8));
          byte[] block = digest.digest(ByteBuffer.allocate(Long.BYTES).putLong(counter++).array());
          int count = Math.min(block.length, bytes.length - done);
          System.arraycopy(block, 0, bytes, done, count);
          done += count;
        }
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
