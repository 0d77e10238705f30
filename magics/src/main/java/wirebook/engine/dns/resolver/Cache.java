package wirebook.engine.dns.resolver;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Type;
import wirebook.engine.dns.DnsName;

/**
 * What a resolver remembers, and for how long. Safe for use by several threads. At most {@value
 * #CAPACITY} entries of each kind; the ones unused for longest go first.
 */
public final class Cache {
  private static final int CAPACITY = 10_000;

  /** RFC 2308, 5 suggests one to three hours. */
  private static final long LONGEST_NEGATIVE = Duration.ofHours(3).toSeconds();

  private static final long LONGEST = Duration.ofDays(7).toSeconds();

  /** What has run out is kept for so long, in case nothing better can be had (RFC 8767, 4). */
  private static final Duration STALE = Duration.ofDays(1);

  /** The TTL of what has run out (RFC 8767, 4). */
  private static final long STALE_TTL = 30;

  private final LongSupplier nanoTime;
  private final Map<Question, Entry> entries = recent();
  private final Map<Name, Cut> cuts = recent();

  /**
   * @param nanoTime of the network's clock
   */
  public Cache(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  private static <K, V> Map<K, V> recent() {
    return new LinkedHashMap<>(64, 0.75f, true) {
      @Override
      protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > CAPACITY;
      }
    };
  }

  /** What is known for a name and type. */
  public sealed interface Content {
    /**
     * @param proof that no closer name exists, where the set comes from a wildcard
     */
    record Records(RecordSet set, List<RecordSet> proof) implements Content {
      public Records {
        proof = List.copyOf(proof);
      }
    }

    /** No records of this type; {@code proof} has the SOA. */
    record NoData(List<RecordSet> proof) implements Content {
      public NoData {
        proof = List.copyOf(proof);
      }
    }

    /** No such name, and so none below it (RFC 8020). */
    record NoName(List<RecordSet> proof) implements Content {
      public NoName {
        proof = List.copyOf(proof);
      }
    }
  }

  /**
   * @param origin which server it came from, and for what zone
   * @param ttl seconds, when it was put here
   * @param ends nanoseconds of the clock
   */
  private record Entry(
      Content content, Credibility credibility, String origin, long ttl, long ends) {}

  private record Cut(Delegation delegation, String origin, long ends) {}

  /**
   * Something that is still good.
   *
   * @param left until it ends, in whole seconds
   */
  public record Found(
      Question question, Content content, Credibility credibility, String origin, Duration left) {}

  public record FoundCut(Delegation delegation, String origin, Duration left) {}

  private long left(long ends) {
    return Math.ceilDiv(ends - nanoTime.getAsLong(), 1_000_000_000L);
  }

  private long end(long seconds) {
    return nanoTime.getAsLong() + seconds * 1_000_000_000L;
  }

  /** The type under which a name's non-existence is kept. */
  private static final int NO_NAME = -1;

  /**
   * Keeps a set, unless what is known is more credible. A TTL of zero holds only for the answer
   * that it came in.
   */
  synchronized void put(
      RecordSet set, Credibility credibility, String origin, List<RecordSet> proof) {
    long ttl = Math.min(LONGEST, set.ttl());
    if (set.records().isEmpty() || ttl == 0) {
      return;
    }
    Question key = new Question(set.name(), set.type());
    Entry known = entries.get(key);
    if (known != null && left(known.ends) > 0 && known.credibility.compareTo(credibility) > 0) {
      return;
    }
    entries.remove(new Question(set.name(), NO_NAME));
    entries.put(
        key, new Entry(new Content.Records(set, proof), credibility, origin, ttl, end(ttl)));
  }

  /** Keeps a negative answer as long as its SOA allows; without one, not at all. */
  synchronized void put(Question question, Content negative, String origin) {
    List<RecordSet> proof =
        switch (negative) {
          case Content.NoData none -> none.proof;
          case Content.NoName none -> none.proof;
          case Content.Records _ -> throw new IllegalArgumentException("not negative");
        };
    Optional<SOARecord> soa = Verdict.soa(proof);
    if (soa.isEmpty()) {
      return;
    }
    long ttl = Math.min(LONGEST_NEGATIVE, Math.min(soa.get().getTTL(), soa.get().getMinimum()));
    if (ttl > 0) {
      Question key =
          negative instanceof Content.NoName ? new Question(question.name(), NO_NAME) : question;
      entries.put(key, new Entry(negative, Credibility.AUTHORITATIVE, origin, ttl, end(ttl)));
    }
  }

  synchronized void put(Delegation delegation, long ttl, String origin) {
    if (ttl > 0) {
      cuts.put(delegation.zone(), new Cut(delegation, origin, end(Math.min(LONGEST, ttl))));
    }
  }

  /** What is known to answer the question, its TTLs counted down. */
  synchronized Optional<Found> find(Question question) {
    for (Name name = question.name(); ; name = new Name(name, 1)) {
      Optional<Found> none = get(new Question(name, NO_NAME));
      if (none.isPresent()) {
        return none;
      }
      if (name.labels() <= 1) {
        break;
      }
    }
    return get(question).filter(f -> f.credibility.compareTo(Credibility.ANSWER) >= 0);
  }

  private Optional<Found> get(Question key) {
    Entry entry = entries.get(key);
    if (entry == null) {
      return Optional.empty();
    }
    long left = left(entry.ends);
    if (left <= 0) {
      if (left < -STALE.toSeconds()) {
        entries.remove(key);
      }
      return Optional.empty();
    }
    // By the clock of who asks now it may have come only later.
    return Optional.of(found(key, entry, Math.min(left, entry.ttl)));
  }

  /**
   * What was known until less than a day ago. {@link Found#left} is negative, the TTLs are those to
   * give it out with.
   */
  synchronized Optional<Found> findStale(Question question) {
    for (Question key : List.of(question, new Question(question.name(), NO_NAME))) {
      Entry entry = entries.get(key);
      if (entry != null && entry.credibility.compareTo(Credibility.ANSWER) >= 0) {
        long left = left(entry.ends);
        if (left <= 0 && left >= -STALE.toSeconds()) {
          Found found = found(key, entry, STALE_TTL);
          return Optional.of(
              new Found(
                  key, found.content, found.credibility, found.origin, Duration.ofSeconds(left)));
        }
      }
    }
    return Optional.empty();
  }

  private static Found found(Question key, Entry entry, long left) {
    Content counted =
        switch (entry.content) {
          case Content.Records(RecordSet set, List<RecordSet> proof) ->
              new Content.Records(
                  set.withTtl(left), proof.stream().map(s -> s.withTtl(left)).toList());
          case Content.NoData(List<RecordSet> proof) ->
              new Content.NoData(proof.stream().map(s -> s.withTtl(left)).toList());
          case Content.NoName(List<RecordSet> proof) ->
              new Content.NoName(proof.stream().map(s -> s.withTtl(left)).toList());
        };
    return new Found(key, counted, entry.credibility, entry.origin, Duration.ofSeconds(left));
  }

  /** The deepest known zone at or above {@code name}. */
  synchronized Optional<FoundCut> closest(Name name) {
    for (Name zone = name; ; zone = new Name(zone, 1)) {
      Cut cut = cuts.get(zone);
      if (cut != null) {
        long left = left(cut.ends);
        if (left > 0) {
          return Optional.of(new FoundCut(cut.delegation, cut.origin, Duration.ofSeconds(left)));
        }
        cuts.remove(zone);
      }
      if (zone.labels() <= 1) {
        return Optional.empty();
      }
    }
  }

  /** The addresses that the nearest delegation at or above a server's name gives for it. */
  synchronized List<java.net.InetAddress> glueOf(Name server) {
    for (Name zone = server; ; zone = new Name(zone, 1)) {
      Cut cut = cuts.get(zone);
      if (cut != null && left(cut.ends) > 0 && cut.delegation.glue().containsKey(server)) {
        return cut.delegation.glue().getOrDefault(server, List.of());
      }
      if (zone.labels() <= 1) {
        return List.of();
      }
    }
  }

  /** One line of {@code %dns cache}. */
  public record Line(
      DnsName name,
      String type,
      String data,
      Duration left,
      Credibility credibility,
      String origin) {}

  /** All that is still good, by name in canonical order. */
  public synchronized List<Line> lines() {
    List<Line> lines = new ArrayList<>();
    new HashMap<>(entries)
        .forEach(
            (key, entry) -> {
              long left = left(entry.ends);
              if (left <= 0) {
                return;
              }
              Duration duration = Duration.ofSeconds(left);
              switch (entry.content) {
                case Content.Records(RecordSet set, List<RecordSet> _) ->
                    lines.add(
                        new Line(
                            Question.dnsName(set.name()),
                            Type.string(set.type()),
                            set.records().stream()
                                .map(Record::rdataToString)
                                .collect(Collectors.joining(", ")),
                            duration,
                            entry.credibility,
                            entry.origin));
                case Content.NoData _ ->
                    lines.add(
                        new Line(
                            Question.dnsName(key.name()),
                            Type.string(key.type()),
                            "no such records (NODATA)",
                            duration,
                            entry.credibility,
                            entry.origin));
                case Content.NoName _ ->
                    lines.add(
                        new Line(
                            Question.dnsName(key.name()),
                            "any",
                            "no such name (NXDOMAIN)",
                            duration,
                            entry.credibility,
                            entry.origin));
              }
            });
    for (Cut cut : List.copyOf(cuts.values())) {
      long left = left(cut.ends);
      if (left > 0) {
        lines.add(
            new Line(
                Question.dnsName(cut.delegation.zone()),
                "NS",
                cut.delegation.servers().stream()
                    .map(n -> n + glue(cut.delegation, n))
                    .collect(Collectors.joining(", ")),
                Duration.ofSeconds(left),
                Credibility.REFERRAL,
                cut.origin));
      }
    }
    lines.sort(
        Comparator.comparing(Line::name).thenComparing(Line::type).thenComparing(Line::data));
    return lines;
  }

  private static String glue(Delegation delegation, Name server) {
    List<java.net.InetAddress> addresses = delegation.glue().getOrDefault(server, List.of());
    return addresses.isEmpty()
        ? ""
        : addresses.stream()
            .map(java.net.InetAddress::getHostAddress)
            .collect(Collectors.joining(", ", " (glue ", ")"));
  }

  /** Forgets everything. */
  public synchronized int flush() {
    int count = lines().size();
    entries.clear();
    cuts.clear();
    return count;
  }

  /** Forgets a name and all below it. */
  public synchronized int flush(Name name) {
    int before = lines().size();
    entries.keySet().removeIf(q -> q.name().subdomain(name));
    cuts.keySet().removeIf(z -> z.subdomain(name));
    return before - lines().size();
  }
}
