package wirebook.engine.dns.server;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.NSECRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Type;

/**
 * Signs zones (RFC 4034, 4035) with one key each, ECDSA P-256 (RFC 6605), and NSEC for what is not
 * there. The keys follow from a seed and the zone's name, so that they are the same at every start:
 * they protect a lab and no secret.
 */
public final class ZoneSigner {
  private static final int ZONE_KEY = 0x0101;
  private static final long DS_TTL = 86_400;
  private static final Duration EARLIER = Duration.ofHours(1);

  /** How long signatures hold. */
  public static final Duration VALIDITY = Duration.ofDays(14);

  private final String seed;

  /** Kept, because both a zone and its parent need them, and making one is slow in a young JVM. */
  private final Map<Name, KeyPair> pairs = new ConcurrentHashMap<>();

  /**
   * @param seed what all keys are made from
   */
  public ZoneSigner(String seed) {
    this.seed = seed;
  }

  private record Key(DNSKEYRecord record, KeyPair pair) {}

  private Key key(Name origin, long ttl) {
    try {
      KeyPair pair = pairs.computeIfAbsent(origin, this::pair);
      return new Key(
          new DNSKEYRecord(
              origin,
              DClass.IN,
              ttl,
              ZONE_KEY,
              DNSKEYRecord.Protocol.DNSSEC,
              DNSSEC.Algorithm.ECDSAP256SHA256,
              pair.getPublic()),
          pair);
    } catch (DNSSEC.DNSSECException e) {
      throw new IllegalStateException("the key of " + origin, e);
    }
  }

  private KeyPair pair(Name origin) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(
          new ECGenParameterSpec("secp256r1"),
          new SeededRandom(seed + " " + origin.toString().toLowerCase(Locale.ROOT)));
      return generator.generateKeyPair();
    } catch (NoSuchAlgorithmException | InvalidAlgorithmParameterException e) {
      throw new IllegalStateException("this JDK lacks ECDSA with P-256", e);
    }
  }

  /** What the parent of a zone has to say about its key. */
  public DSRecord ds(Name origin) {
    return new DSRecord(
        origin, DClass.IN, DS_TTL, DNSSEC.Digest.SHA256, key(origin, DS_TTL).record);
  }

  /** The zone without what {@link #sign} adds to it. */
  public static Zone unsigned(Zone zone) {
    List<Record> records =
        zone.records().stream()
            .filter(
                r ->
                    switch (r.getType()) {
                      case Type.RRSIG,
                          Type.NSEC,
                          Type.NSEC3,
                          Type.NSEC3PARAM,
                          Type.DNSKEY,
                          Type.DS ->
                          false;
                      default -> true;
                    })
            .toList();
    try {
      return Zone.of(zone.origin(), records);
    } catch (Zone.ZoneException e) {
      throw new IllegalStateException(e);
    }
  }

  /** As {@link #sign(Zone, Collection, Instant, Optional)}, with all signatures new. */
  public Zone sign(Zone zone, Collection<Name> signedChildren, Instant now) {
    return sign(zone, signedChildren, now, Optional.empty());
  }

  /**
   * The zone, signed at {@code now}; what it had of signatures and denials is made anew.
   *
   * @param signedChildren the delegations that get a DS record
   * @param before an earlier version: a set that is still the same keeps its signature while that
   *     holds for half its time
   */
  public Zone sign(Zone zone, Collection<Name> signedChildren, Instant now, Optional<Zone> before) {
    SOARecord soa = zone.soa();
    Key key = key(zone.origin(), soa.getTTL());
    List<Record> records = new ArrayList<>();
    for (Record record : zone.records()) {
      switch (record.getType()) {
        case Type.RRSIG, Type.NSEC, Type.NSEC3, Type.NSEC3PARAM, Type.DNSKEY -> {}
        default -> records.add(record);
      }
    }
    records.add(key.record);
    signedChildren.forEach(c -> records.add(ds(c)));
    try {
      Zone plain = Zone.of(zone.origin(), records);
      List<Record> signed = new ArrayList<>(plain.records());
      signed.addAll(denials(plain));
      Zone complete = Zone.of(zone.origin(), signed);
      Instant inception = now.minus(EARLIER);
      Instant expiration = now.plus(VALIDITY);
      for (Zone.Node node : complete.nodes()) {
        for (Map.Entry<Integer, List<Record>> set : node.sets().entrySet()) {
          Optional<Record> kept =
              before.flatMap(b -> signature(b, node.name(), set.getKey(), set.getValue(), now));
          if (kept.isPresent()) {
            signed.add(kept.get());
          } else if (ours(complete, node, set.getKey())) {
            signed.add(
                DNSSEC.sign(
                    new RRset(set.getValue()),
                    key.record,
                    key.pair.getPrivate(),
                    inception,
                    expiration));
          }
        }
      }
      return Zone.of(zone.origin(), signed);
    } catch (Zone.ZoneException | DNSSEC.DNSSECException e) {
      throw new IllegalStateException("signing " + zone.origin() + ": " + e.getMessage(), e);
    }
  }

  private static Optional<Record> signature(
      Zone before, Name name, int type, List<Record> set, Instant now) {
    return before
        .node(name)
        .filter(n -> text(n.set(type)).equals(text(set)))
        .flatMap(n -> n.signatures(type).stream().map(Record.class::cast).findFirst())
        .filter(
            r ->
                r instanceof RRSIGRecord s
                    && s.getExpire().isAfter(now.plus(VALIDITY.dividedBy(2)))
                    && !s.getTimeSigned().isAfter(now));
  }

  /** Records with their TTLs, which their equality leaves out. */
  private static List<String> text(List<Record> set) {
    return set.stream().map(Record::toString).sorted().toList();
  }

  /** Glue, and a delegation's NS set, are the child's to sign. */
  private static boolean ours(Zone zone, Zone.Node node, int type) {
    return zone.cut(node.name())
        .map(cut -> cut.name().equals(node.name()) && (type == Type.DS || type == Type.NSEC))
        .orElse(true);
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
