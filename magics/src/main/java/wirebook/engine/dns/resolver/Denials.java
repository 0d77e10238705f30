package wirebook.engine.dns.resolver;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.xbill.DNS.NSECRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * Ranges of names that signed NSEC records prove to be empty, so that a whole range is answered
 * without asking again (RFC 8198). Only what was validated may come in here. Safe for use by
 * several threads.
 */
final class Denials {
  private static final int MOST_ZONES = 1_000;
  private static final int MOST_RANGES = 10_000;

  private final LongSupplier nanoTime;
  private final Map<Name, NavigableMap<Name, Range>> zones = new HashMap<>();

  /**
   * @param nsec from its owner to the next name there is
   * @param soa of the zone, for the answer
   */
  private record Range(RecordSet nsec, RecordSet soa, long ends) {
    NSECRecord record() {
      return (NSECRecord) nsec.records().getFirst();
    }

    boolean has(int type) {
      return record().hasType(type);
    }
  }

  Denials(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Keeps the NSEC records of a negative answer. */
  synchronized void add(List<RecordSet> proof) {
    Optional<RecordSet> soa = proof.stream().filter(s -> s.type() == Type.SOA).findFirst();
    if (soa.isEmpty()) {
      return;
    }
    Name zone = soa.get().name();
    if (zones.size() >= MOST_ZONES && !zones.containsKey(zone)) {
      return;
    }
    NavigableMap<Name, Range> ranges = zones.computeIfAbsent(zone, _ -> new TreeMap<>());
    for (RecordSet set : proof) {
      // A record expanded from a wildcard proves nothing about its own name.
      if (set.type() == Type.NSEC && ranges.size() < MOST_RANGES && set.name().subdomain(zone)) {
        long ttl = Math.min(set.ttl(), soa.get().ttl());
        ranges.put(
            set.name(), new Range(set, soa.get(), nanoTime.getAsLong() + ttl * 1_000_000_000L));
      }
    }
  }

  synchronized void forget() {
    zones.clear();
  }

  /** What is proven about a question: that its name, or its type there, does not exist. */
  synchronized Optional<Cache.Content> find(Question question) {
    Name name = question.name();
    for (Name zone = name; ; zone = new Name(zone, 1)) {
      NavigableMap<Name, Range> ranges = zones.get(zone);
      if (ranges != null) {
        return find(question, zone, ranges);
      }
      if (zone.labels() <= 1) {
        return Optional.empty();
      }
    }
  }

  private Optional<Cache.Content> find(
      Question question, Name zone, NavigableMap<Name, Range> ranges) {
    Name name = question.name();
    Optional<Range> found = at(ranges, name);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    Range range = found.get();
    Name owner = range.nsec.name();
    if (owner.equals(name)) {
      boolean cut = range.has(Type.NS) && !range.has(Type.SOA);
      boolean there =
          range.has(question.type()) || range.has(Type.CNAME) || question.type() == Type.ANY;
      // The upper side of a cut speaks for the DS set alone (RFC 6840, 4.4).
      return there || cut != (question.type() == Type.DS && !name.equals(zone))
          ? Optional.empty()
          : Optional.of(new Cache.Content.NoData(proof(range)));
    }
    if (!covers(range, name, zone) || belowCutOrRenamed(range, name)) {
      return Optional.empty();
    }
    Name next = range.record().getNext();
    if (next.subdomain(name)) {
      return Optional.of(new Cache.Content.NoData(proof(range)));
    }
    Name encloser = longer(common(name, owner), common(name, next));
    Name wildcard;
    try {
      wildcard = Name.fromString("*", encloser);
    } catch (TextParseException e) {
      return Optional.empty();
    }
    Optional<Range> none = at(ranges, wildcard);
    return none.filter(r -> !r.nsec.name().equals(wildcard) && covers(r, wildcard, zone))
        .map(r -> new Cache.Content.NoName(proof(range, r)));
  }

  private Optional<Range> at(NavigableMap<Name, Range> ranges, Name name) {
    return Optional.ofNullable(ranges.floorEntry(name))
        .map(Map.Entry::getValue)
        .filter(r -> r.ends - nanoTime.getAsLong() > 0);
  }

  private static boolean covers(Range range, Name name, Name zone) {
    Name next = range.record().getNext();
    return range.nsec.name().compareTo(name) < 0 && (name.compareTo(next) < 0 || next.equals(zone));
  }

  private static boolean belowCutOrRenamed(Range range, Name name) {
    return name.subdomain(range.nsec.name())
        && (range.has(Type.DNAME) || (range.has(Type.NS) && !range.has(Type.SOA)));
  }

  private static Name common(Name one, Name other) {
    Name name = one;
    while (!other.subdomain(name)) {
      name = new Name(name, 1);
    }
    return name;
  }

  private static Name longer(Name one, Name other) {
    return one.labels() >= other.labels() ? one : other;
  }

  private List<RecordSet> proof(Range... ranges) {
    java.util.SequencedSet<RecordSet> sets = new java.util.LinkedHashSet<>();
    for (Range range : ranges) {
      long left = Math.max(1, (range.ends - nanoTime.getAsLong()) / 1_000_000_000L);
      sets.add(range.soa.withTtl(left));
      sets.add(range.nsec.withTtl(left));
    }
    return List.copyOf(sets);
  }
}
