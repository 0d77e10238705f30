package wirebook.engine.dns.server;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DNAMERecord;
import org.xbill.DNS.NSEC3PARAMRecord;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;
import org.xbill.DNS.utils.base32;

/**
 * One version of a zone, by name in the canonical order of RFC 4034, 6.1: the names below a name
 * follow it at once, so that empty non-terminals and closest enclosers are found by neighbours.
 */
public final class Zone {
  private final Name origin;
  private final List<Record> records;
  private final NavigableMap<Name, Node> nodes = new TreeMap<>();
  private final NavigableMap<String, Node> hashed = new TreeMap<>();
  private final boolean signedWithNsec;

  /**
   * What makes a signature when somebody first asks for it; without one there are only given ones.
   */
  private final Optional<Signer> signer;

  /** Signs the sets of a zone. */
  interface Signer {
    /** The signature of a set that is the zone's own. */
    RRSIGRecord sign(List<Record> set);
  }

  /** All sets at one name, in the order in which the file has them, and their signatures. */
  public final class Node {
    private final Name name;
    private final SequencedMap<Integer, List<Record>> sets = new LinkedHashMap<>();
    private final Map<Integer, List<RRSIGRecord>> signatures = new ConcurrentHashMap<>();

    private Node(Name name) {
      this.name = name;
    }

    public Name name() {
      return name;
    }

    SequencedMap<Integer, List<Record>> sets() {
      return sets;
    }

    List<Record> set(int type) {
      return sets.getOrDefault(type, List.of());
    }

    boolean has(int type) {
      return sets.containsKey(type);
    }

    List<RRSIGRecord> signatures(int type) {
      return signer.isPresent() && has(type) && isOurs(type)
          ? signatures.computeIfAbsent(type, t -> List.of(signer.get().sign(set(t))))
          : signatures.getOrDefault(type, List.of());
    }

    /** The types that are signed. */
    List<Integer> signedTypes() {
      return signer.isPresent()
          ? sets.keySet().stream().filter(this::isOurs).toList()
          : signatures.keySet().stream().sorted().toList();
    }

    /** Glue, and a delegation's NS set, are the child's to sign (RFC 4035, 2.2). */
    private boolean isOurs(int type) {
      return type == Type.NSEC3
          || cut(name)
              .map(c -> c.name.equals(name) && (type == Type.DS || type == Type.NSEC))
              .orElse(true);
    }
  }

  /** The zone's records cannot be served. */
  public static final class ZoneException extends Exception {
    private static final long serialVersionUID = 1L;

    /** The record that is wrong, where one can be named. */
    private final transient Optional<Record> culprit;

    ZoneException(String message, Optional<Record> culprit) {
      super(message);
      this.culprit = culprit;
    }

    public Optional<Record> culprit() {
      return culprit;
    }
  }

  private Zone(Name origin, List<Record> records, Optional<Signer> signer) {
    this.origin = origin;
    this.records = records;
    this.signer = signer;
    for (Record record : records) {
      boolean hash =
          record.getType() == Type.NSEC3
              || (record instanceof RRSIGRecord sig && sig.getTypeCovered() == Type.NSEC3);
      Node node =
          hash
              ? hashed.computeIfAbsent(hashLabel(record.getName()), _ -> new Node(record.getName()))
              : nodes.computeIfAbsent(record.getName(), n -> new Node(n));
      if (record instanceof RRSIGRecord sig) {
        node.signatures.computeIfAbsent(sig.getTypeCovered(), _ -> new ArrayList<>()).add(sig);
      } else {
        node.sets.computeIfAbsent(record.getType(), _ -> new ArrayList<>()).add(record);
      }
    }
    signedWithNsec = apex().has(Type.NSEC);
  }

  /**
   * This zone with sets more that it has nothing of, so that what {@link #of} checks is as it was.
   *
   * @param maker of a signature for each set, when it is first wanted
   */
  Zone with(List<Record> sets, Optional<Signer> maker) {
    return new Zone(origin, Stream.concat(records.stream(), sets.stream()).toList(), maker);
  }

  /**
   * Checks and indexes a zone.
   *
   * @throws ZoneException when there is not exactly one SOA, no NS at the apex, a record outside of
   *     the zone, or something beside a CNAME or two of them (RFC 1034, 3.6.2; RFC 6672, 2.4)
   */
  public static Zone of(Name origin, Collection<Record> records) throws ZoneException {
    SequencedMap<Record, Record> unique = new LinkedHashMap<>();
    Map<String, Long> ttls = new LinkedHashMap<>();
    List<SOARecord> soas = new ArrayList<>();
    for (Record record : records) {
      if (!record.getName().subdomain(origin)) {
        throw new ZoneException(
            record.getName() + " is outside of the zone " + origin, Optional.of(record));
      }
      if (record instanceof SOARecord soa) {
        if (!soa.getName().equals(origin)) {
          throw new ZoneException(
              "the SOA record is not at the zone's name " + origin, Optional.of(soa));
        }
        if (!soas.contains(soa)) {
          soas.add(soa);
        }
      }
      if (!(record instanceof RRSIGRecord)) {
        // The first TTL holds for the whole set (RFC 2181, 5.2).
        String set = record.getName().toString().toLowerCase(Locale.ROOT) + "/" + record.getType();
        long ttl = ttls.computeIfAbsent(set, _ -> record.getTTL());
        Record same = ttl == record.getTTL() ? record : withTtl(record, ttl);
        unique.putIfAbsent(same, same);
      } else {
        unique.putIfAbsent(record, record);
      }
    }
    if (soas.size() != 1) {
      throw new ZoneException(
          "the zone "
              + origin
              + " has "
              + (soas.isEmpty() ? "no SOA record" : "several SOA records"),
          soas.stream().skip(1).map(r -> (Record) r).findFirst());
    }
    Zone zone = new Zone(origin, List.copyOf(unique.values()), Optional.empty());
    if (!zone.apex().has(Type.NS)) {
      throw new ZoneException(
          "the zone " + origin + " has no NS record of its own", Optional.empty());
    }
    for (Node node : zone.nodes.values()) {
      check(node);
    }
    return zone;
  }

  private static void check(Node node) throws ZoneException {
    List<Record> alias = node.set(Type.CNAME);
    if (!alias.isEmpty()) {
      for (Integer type : node.sets.keySet()) {
        if (type != Type.CNAME && type != Type.NSEC && type != Type.KEY) {
          throw new ZoneException(
              node.name + " has a CNAME record and other data",
              Optional.of(node.set(type).getFirst()));
        }
      }
    }
    for (int single : List.of(Type.CNAME, Type.DNAME)) {
      if (node.set(single).size() > 1) {
        throw new ZoneException(
            node.name + " has several " + Type.string(single) + " records",
            Optional.of(node.set(single).get(1)));
      }
    }
  }

  /** {@code record} with another TTL, in seconds; the case of its names is kept. */
  public static Record withTtl(Record record, long ttl) {
    byte[] wire = record.toWire(Section.ANSWER);
    ByteBuffer.wrap(wire).putInt(record.getName().length() + 4, (int) ttl);
    try {
      return Record.fromWire(wire, Section.ANSWER);
    } catch (IOException e) {
      throw new IllegalStateException("not read back: " + record, e);
    }
  }

  public Name origin() {
    return origin;
  }

  /** In the order of the file, signatures made on the way at the end. */
  public List<Record> records() {
    if (signer.isEmpty()) {
      return records;
    }
    List<Record> all = new ArrayList<>(records);
    for (Node node : nodes.values()) {
      node.signedTypes().forEach(t -> all.addAll(node.signatures(t)));
    }
    for (Node node : hashed.values()) {
      node.signedTypes().forEach(t -> all.addAll(node.signatures(t)));
    }
    return List.copyOf(all);
  }

  public SOARecord soa() {
    return (SOARecord) apex().set(Type.SOA).getFirst();
  }

  Node apex() {
    Node apex = nodes.get(origin);
    if (apex == null) {
      throw new IllegalStateException("no records at " + origin);
    }
    return apex;
  }

  Optional<Node> node(Name name) {
    return Optional.ofNullable(nodes.get(name));
  }

  /** Whether the name has records or names below it that have. */
  boolean exists(Name name) {
    Name next = nodes.ceilingKey(name);
    return next != null && next.subdomain(name);
  }

  /** The zone cut at or above {@code name}: the highest one, for below it nothing is ours. */
  Optional<Node> cut(Name name) {
    for (int labels = origin.labels() + 1; labels <= name.labels(); labels++) {
      Node node = nodes.get(ancestor(name, labels));
      if (node != null && node.has(Type.NS)) {
        return Optional.of(node);
      }
    }
    return Optional.empty();
  }

  /** The DNAME strictly above {@code name}, if no cut comes first. */
  Optional<DNAMERecord> dname(Name name) {
    for (int labels = origin.labels(); labels < name.labels(); labels++) {
      Node node = nodes.get(ancestor(name, labels));
      if (node != null && node.has(Type.DNAME)) {
        return Optional.of((DNAMERecord) node.set(Type.DNAME).getFirst());
      }
    }
    return Optional.empty();
  }

  /** The longest existing ancestor of a name that does not exist (RFC 4592, 3.3.1). */
  Name closestEncloser(Name name) {
    for (int labels = name.labels() - 1; labels > origin.labels(); labels--) {
      Name above = ancestor(name, labels);
      if (exists(above)) {
        return above;
      }
    }
    return origin;
  }

  /** The last {@code labels} labels of {@code name}, the root's empty one counted. */
  static Name ancestor(Name name, int labels) {
    return labels >= name.labels() ? name : new Name(name, name.labels() - labels);
  }

  // Denial of existence. NSEC: RFC 4035, 3.1.3; NSEC3: RFC 5155, 7.2.

  boolean signed() {
    return signedWithNsec || nsec3().isPresent();
  }

  boolean signedWithNsec() {
    return signedWithNsec;
  }

  Optional<NSEC3PARAMRecord> nsec3() {
    List<Record> parameters = apex().set(Type.NSEC3PARAM);
    return hashed.isEmpty() || parameters.isEmpty()
        ? Optional.empty()
        : Optional.of((NSEC3PARAMRecord) parameters.getFirst());
  }

  /** The node whose NSEC record is at {@code name} or covers it. */
  Optional<Node> nsecAtOrBefore(Name name) {
    for (Map.Entry<Name, Node> before = nodes.floorEntry(name);
        before != null;
        before = nodes.lowerEntry(before.getKey())) {
      if (before.getValue().has(Type.NSEC)) {
        return Optional.of(before.getValue());
      }
    }
    return Optional.empty();
  }

  /** The node of the NSEC3 record that matches {@code name}. */
  Optional<Node> nsec3Matching(Name name) {
    return nsec3().flatMap(p -> Optional.ofNullable(hashed.get(hash(p, name))));
  }

  /** The node of the NSEC3 record that covers {@code name}, the last one round the circle. */
  Optional<Node> nsec3Covering(Name name) {
    return nsec3()
        .map(
            p -> {
              Map.Entry<String, Node> before = hashed.lowerEntry(hash(p, name));
              return (before == null ? hashed.lastEntry() : before).getValue();
            });
  }

  private static final base32 BASE32HEX = new base32(base32.Alphabet.BASE32HEX, false, true);

  private static String hash(NSEC3PARAMRecord parameters, Name name) {
    try {
      return hashLabel(parameters.hashName(name));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("NSEC3 hash algorithm unknown", e);
    }
  }

  /** The label under which the NSEC3 record of a hash stands. */
  static String hashLabel(byte[] hash) {
    return BASE32HEX.toString(hash);
  }

  /** The name one label below another. */
  static Name child(Name parent, String label) {
    try {
      return Name.fromString(label, parent);
    } catch (org.xbill.DNS.TextParseException e) {
      // It always fits: the name asked for, or its hash, has a longer label there.
      throw new IllegalStateException(e);
    }
  }

  private static String hashLabel(Name owner) {
    return owner.getLabelString(0).toLowerCase(Locale.ROOT);
  }

  /** Every name that has records, in canonical order. */
  Collection<Node> nodes() {
    return Collections.unmodifiableCollection(nodes.values());
  }

  /** The types that lead elsewhere instead of answering. */
  static Optional<Name> alias(Node node) {
    return node.set(Type.CNAME).stream().findFirst().map(r -> ((CNAMERecord) r).getTarget());
  }

  static Optional<Name> target(Record record) {
    return switch (record) {
      case NSRecord ns -> Optional.of(ns.getTarget());
      case org.xbill.DNS.MXRecord mx -> Optional.of(mx.getTarget());
      case org.xbill.DNS.SRVRecord srv -> Optional.of(srv.getTarget());
      default -> Optional.empty();
    };
  }
}
