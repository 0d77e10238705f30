package wirebook.engine.dns.resolver;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Record;
import wirebook.engine.dns.server.Zone;

/**
 * Whole answers of a recursive server with the verdict on them, so that a question asked again
 * costs no validation ("packet cache" in the PowerDNS recursor): for as long as all of their
 * records, and the signatures among them, hold. Safe for use by several threads.
 */
final class AnswerCache {
  private static final int CAPACITY = 10_000;

  /** A verdict that something is wrong may be mended at any time (RFC 4035, 4.7). */
  private static final long LONGEST_BOGUS = 5;

  private final Map<Question, Kept> entries =
      new LinkedHashMap<>(64, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Question, Kept> eldest) {
          return size() > CAPACITY;
        }
      };
  private int generation;

  /**
   * @param seconds since it was put here, at which its TTLs are those of {@code aged}
   */
  private record Kept(Resolution first, long put, long ends, long seconds, Resolution aged) {}

  /**
   * @param generation of the resolver: what it has forgotten is forgotten here as well
   * @param now nanoseconds of the network's clock
   */
  synchronized Optional<Resolution> find(Question question, int generation, long now) {
    if (this.generation != generation) {
      entries.clear();
      this.generation = generation;
      return Optional.empty();
    }
    Kept entry = entries.get(question);
    if (entry == null || now < entry.put || now >= entry.ends) {
      return Optional.empty();
    }
    long seconds = Duration.ofNanos(now - entry.put).toSeconds();
    if (seconds != entry.seconds) {
      entry = new Kept(entry.first, entry.put, entry.ends, seconds, aged(entry.first, seconds));
      entries.put(question, entry);
    }
    return Optional.of(entry.aged);
  }

  synchronized void put(Resolution answer, int generation, long nanos, Instant now) {
    long seconds = lifetime(answer, now);
    if (seconds > 0 && this.generation == generation) {
      entries.put(
          answer.question(),
          new Kept(answer, nanos, nanos + Duration.ofSeconds(seconds).toNanos(), 0, answer));
    }
  }

  private static long lifetime(Resolution answer, Instant now) {
    boolean bogus =
        answer.validation().filter(v -> v.security() == Validation.Security.BOGUS).isPresent();
    if (bogus) {
      return LONGEST_BOGUS;
    }
    return answer.validation().isEmpty()
        ? 0
        : Stream.concat(answer.answer().stream(), answer.authority().stream())
            .mapToLong(r -> lifetime(r, now))
            .min()
            .orElse(0);
  }

  private static long lifetime(Record record, Instant now) {
    return record instanceof RRSIGRecord signature
        ? Math.min(record.getTTL(), Duration.between(now, signature.getExpire()).toSeconds())
        : record.getTTL();
  }

  private static Resolution aged(Resolution first, long seconds) {
    return new Resolution(
        first.question(),
        first.rcode(),
        aged(first.answer(), seconds),
        aged(first.authority(), seconds),
        first.walk(),
        0,
        Duration.ZERO,
        first.validation(),
        first.errors());
  }

  private static List<Record> aged(List<Record> records, long seconds) {
    return records.stream().map(r -> Zone.withTtl(r, r.getTTL() - seconds)).toList();
  }
}
