package wirebook.internet.zones;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Type;
import wirebook.codec.Resource;
import wirebook.engine.dns.server.Zone;
import wirebook.engine.dns.server.ZoneSigner;
import wirebook.internet.topology.Topology;
import wirebook.net.NetworkClock;
import wirebook.trace.Bytes;

/**
 * The zones of the lab: their versions, from its files at first use; the signed ones as their
 * servers give them out, signed by the lab's clock.
 */
public final class LabZones {
  private final NetworkClock clock;
  private final Supplier<Topology> topology;
  private final Map<Name, Zone> zones = new ConcurrentHashMap<>();
  private final Map<Name, List<Zone>> journal = new ConcurrentHashMap<>();
  private final Map<Name, Damage> damages = new ConcurrentHashMap<>();
  private final Map<Name, Signed> signed = new ConcurrentHashMap<>();
  private final Map<Name, Instant> students = new ConcurrentHashMap<>();
  private final Set<Name> signedToo = ConcurrentHashMap.newKeySet();

  public LabZones(NetworkClock clock, Supplier<Topology> topology) {
    this.clock = clock;
    this.topology = topology;
  }

  /** All are as they were at first. */
  public void clear() {
    List.of(zones, journal, damages, signed, students).forEach(Map::clear);
    signedToo.clear();
  }

  /** The zone in its current version; from the lab's files at first use. */
  public Optional<Zone> zone(Name origin) {
    Zone zone = zones.get(origin);
    if (zone == null && fileOf(origin) != null) {
      zone = zones.computeIfAbsent(origin, LabZones::read);
    }
    return Optional.ofNullable(zone);
  }

  /** Puts a zone, or its next version, in place of what its servers have. */
  public void put(Zone zone) {
    zone(zone.origin()).map(this::asServed).ifPresent(this::remember);
    zones.put(zone.origin(), zone);
  }

  private void remember(Zone version) {
    journal.merge(
        version.origin(),
        List.of(version),
        (before, more) -> {
          List<Zone> all = new ArrayList<>(before);
          all.addAll(more);
          return List.copyOf(all.subList(Math.max(0, all.size() - VERSIONS), all.size()));
        });
  }

  /** So many earlier versions of a zone can be told from the present one. */
  private static final int VERSIONS = 10;

  /** Earlier versions of a zone, the oldest first. */
  public List<Zone> earlier(Name origin) {
    return journal.getOrDefault(origin, List.of());
  }

  /** The root's key, as a DS record in zone file format: where trust in the lab begins. */
  public String trustAnchor() {
    return SIGNER.ds(Name.root) + "\n";
  }

  /** A zone of a student: anybody may copy it. */
  void belongsToStudent(Name origin) {
    students.putIfAbsent(origin, clock.instant());
  }

  /** The zones of students. */
  public List<Name> students() {
    return students.keySet().stream().sorted().toList();
  }

  /** When a zone of a student was first published. */
  public Optional<Instant> published(Name origin) {
    return Optional.ofNullable(students.get(origin));
  }

  /** The fingerprint of a signed zone's key, as its parent publishes it. */
  public Optional<DSRecord> ds(Name origin) {
    return isSigned(origin) ? Optional.of(SIGNER.ds(origin)) : Optional.empty();
  }

  /** Whether the lab signs a zone. */
  public boolean isSigned(Name origin) {
    return topology.get().signed().contains(origin.equals(Name.root) ? "." : origin.toString(true))
        || signedToo.contains(origin);
  }

  /** From now on the lab signs the zone, and its parent has a DS record of it. */
  void sign(Name origin) {
    signedToo.add(origin);
  }

  /** Damages a signed zone. */
  public void damage(Name origin, Damage damage) {
    damages.put(origin, damage);
  }

  /** The zones that are damaged. */
  public Map<Name, Damage> damages() {
    return Map.copyOf(damages);
  }

  /** The zone's next version, with these records. */
  public static Zone next(Zone zone, List<Record> records) {
    List<Record> next = new ArrayList<>(records);
    next.replaceAll(record -> record instanceof SOARecord soa ? bumped(soa) : record);
    try {
      return Zone.of(zone.origin(), next);
    } catch (Zone.ZoneException e) {
      throw new IllegalStateException("the next " + zone.origin() + ": " + e.getMessage(), e);
    }
  }

  public static SOARecord bumped(SOARecord soa) {
    return new SOARecord(
        soa.getName(),
        soa.getDClass(),
        soa.getTTL(),
        soa.getHost(),
        soa.getAdmin(),
        (soa.getSerial() + 1) & 0xffffffffL,
        soa.getRefresh(),
        soa.getRetry(),
        soa.getExpire(),
        soa.getMinimum());
  }

  /** Who may copy it: the root, as the real one's servers allow, and what belongs to the class. */
  public boolean isTransferable(Name origin) {
    return origin.equals(Name.root)
        || published(origin).isPresent()
        || ("." + origin).endsWith(".example.");
  }

  /** Mends all zones. */
  public void mendAll() {
    damages.clear();
  }

  /** Mends a zone; false when it was not damaged. */
  public boolean mend(Name origin) {
    return damages.remove(origin) != null;
  }

  /** As its servers give it out: signed by the lab's clock, when it is one of those that are. */
  public Zone asServed(Zone zone) {
    if (!isSigned(zone.origin())) {
      return zone;
    }
    Instant now = clock.instant();
    Optional<Damage> damage = Optional.ofNullable(damages.get(zone.origin()));
    List<Name> children = signedChildren(zone);
    return signed.compute(
            zone.origin(),
            (_, before) ->
                before != null
                        && before.source == zone
                        && before.damage.equals(damage)
                        && before.children.equals(children)
                        && now.isBefore(before.made.plus(RENEWAL))
                        && !now.isBefore(before.made)
                    ? before
                    : new Signed(zone, children, damage, sign(zone, children, now, damage), now))
        .zone;
  }

  private List<Name> signedChildren(Zone zone) {
    return zone.records().stream()
        .filter(r -> r.getType() == Type.NS && !r.getName().equals(zone.origin()))
        .map(Record::getName)
        .distinct()
        .filter(this::isSigned)
        .toList();
  }

  private static Zone sign(Zone zone, List<Name> children, Instant now, Optional<Damage> damage) {
    ZoneSigner.Denial denial =
        OPT_OUT.contains(zone.origin().toString())
            ? ZoneSigner.Denial.NSEC3_OPT_OUT
            : ZoneSigner.Denial.NSEC;
    if (damage.isEmpty()) {
      return SIGNER.sign(zone, children, now, denial);
    }
    return switch (damage.get()) {
      case EXPIRED ->
          SIGNER.sign(zone, children, now.minus(ZoneSigner.VALIDITY).minus(OVERDUE), denial);
      case ROLLED -> NEW_KEYS.sign(zone, children, now, denial);
      case FORGED -> forged(SIGNER.sign(zone, children, now, denial));
      case UNSIGNED -> zone;
    };
  }

  /**
   * Does ahead what the first answers of a young JVM wait for: a registry's zone is read and
   * signed, and its keys' signature is checked, as a resolver does. Once is enough.
   */
  public void prepare() {
    if (PREPARED.compareAndSet(false, true)) {
      zone(REGISTRY).map(this::asServed).ifPresent(z -> ZoneSigner.check(z, clock.instant()));
    }
  }

  private static final AtomicBoolean PREPARED = new AtomicBoolean();
  private static final Name REGISTRY = Name.fromConstantString("com.");

  /** Other addresses under the old signatures; those of name servers stay, so that it is found. */
  private static Zone forged(Zone zone) {
    List<Name> servers =
        zone.records().stream()
            .flatMap(r -> r instanceof NSRecord ns ? Stream.of(ns.getTarget()) : Stream.empty())
            .toList();
    List<Record> records =
        zone.records().stream()
            .map(
                r ->
                    r instanceof ARecord && !servers.contains(r.getName())
                        ? new ARecord(r.getName(), r.getDClass(), r.getTTL(), FORGER)
                        : r)
            .toList();
    try {
      return Zone.of(zone.origin(), records);
    } catch (Zone.ZoneException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Where the forger would like people to go. */
  private static final InetAddress FORGER = InetAddress.ofLiteral("203.0.113.66");

  private static final Duration OVERDUE = Duration.ofDays(2).plusHours(3);

  private record Signed(
      Zone source, List<Name> children, Optional<Damage> damage, Zone zone, Instant made) {}

  /** The registries whose zones cannot be walked, nor have a record for each of their names. */
  private static final Set<String> OPT_OUT = Set.of("com.", "net.", "org.", "info.", "io.");

  private static final ZoneSigner SIGNER = new ZoneSigner("wirebook lab", ZoneKeys::of);
  private static final ZoneSigner NEW_KEYS = new ZoneSigner("wirebook lab, rolled");

  /** Signatures are made anew well before they end. */
  private static final Duration RENEWAL = ZoneSigner.VALIDITY.dividedBy(2);

  private static @Nullable InputStream fileOf(Name origin) {
    String name =
        origin.equals(Name.root) ? "root" : origin.toString(true).toLowerCase(Locale.ROOT);
    return LabZones.class.getResourceAsStream(name + ".zone");
  }

  /**
   * The lab's own files have one record a line, and its five fields with tabs between them: reading
   * them so takes a tenth of what a zone file of anybody takes, and the first answer waits for it.
   */
  private static Zone read(Name origin) {
    try (InputStream in = fileOf(origin)) {
      if (in == null) {
        throw new IllegalStateException("no zone file for " + origin);
      }
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      List<Record> records = new ArrayList<>();
      String last = "";
      Name owner = Name.root;
      for (int at = 0; at < text.length(); at = text.indexOf('\n', at) + 1) {
        if (text.charAt(at) == ';') {
          continue;
        }
        int ttl = text.indexOf('\t', at) + 1;
        int type = text.indexOf("\tIN\t", ttl) + "\tIN\t".length();
        int data = text.indexOf('\t', type) + 1;
        int end = text.indexOf('\n', data);
        String name = text.substring(at, ttl - 1);
        if (!name.equals(last)) {
          last = name;
          owner = Name.fromString(name, Name.root);
        }
        records.add(
            Record.fromString(
                owner,
                Type.value(text.substring(type, data - 1)),
                DClass.IN,
                Long.parseLong(text, ttl, type - "\tIN\t".length(), 10),
                text.substring(data, end),
                Name.root));
      }
      return Zone.of(origin, records);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (Zone.ZoneException e) {
      throw new IllegalStateException("the lab's zone file of " + origin, e);
    }
  }

  /** Of the zones that are signed from the start; the root and org sign with RSA, as outside. */
  private static final class ZoneKeys {
    static final Map<String, ZoneSigner.GivenKey> ALL =
        Resource.text(LabZones.class, "zone.keys")
            .lines()
            .filter(l -> !l.startsWith("#"))
            .map(l -> List.of(l.split(" ")))
            .collect(Collectors.toMap(w -> w.get(0) + " " + w.get(1), ZoneKeys::key));

    private static ZoneSigner.GivenKey key(List<String> words) {
      return new ZoneSigner.GivenKey(
          Integer.parseInt(words.get(2)), bytes(words.get(3)), bytes(words.get(4)));
    }

    private static Bytes bytes(String base64) {
      return Bytes.of(Base64.getDecoder().decode(base64));
    }

    static Optional<ZoneSigner.GivenKey> of(Name origin, boolean entry) {
      return Optional.ofNullable(
          ALL.get(origin.toString().toLowerCase(Locale.ROOT) + (entry ? " 257" : " 256")));
    }
  }
}
