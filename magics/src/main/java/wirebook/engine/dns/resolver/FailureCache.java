package wirebook.engine.dns.resolver;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Questions that could not be answered, so that not every client who asks again sets off the same
 * vain work (RFC 9520). Each failure in a row is remembered for twice as long. Safe for use by
 * several threads.
 */
final class FailureCache {
  private static final Duration FIRST = Duration.ofSeconds(5);
  private static final Duration LONGEST = Duration.ofMinutes(5);
  private static final int CAPACITY = 1_000;

  private final LongSupplier nanoTime;
  private final Map<Question, Kept> entries =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Question, Kept> eldest) {
          return size() > CAPACITY;
        }
      };

  private record Kept(List<ExtendedError> errors, Duration length, long ends) {}

  /** A failure that still holds. */
  record Known(List<ExtendedError> errors, Duration left) {}

  FailureCache(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  synchronized void put(Question question, List<ExtendedError> errors) {
    Kept before = entries.remove(question);
    Duration length = before == null ? FIRST : before.length.multipliedBy(2);
    if (length.compareTo(LONGEST) > 0) {
      length = LONGEST;
    }
    entries.put(
        question, new Kept(List.copyOf(errors), length, nanoTime.getAsLong() + length.toNanos()));
  }

  synchronized void succeeded(Question question) {
    entries.remove(question);
  }

  synchronized Optional<Known> find(Question question) {
    return Optional.ofNullable(entries.get(question))
        .map(e -> new Known(e.errors, Duration.ofNanos(e.ends - nanoTime.getAsLong())))
        .filter(k -> k.left.isPositive());
  }

  /** All that still hold. */
  synchronized Map<Question, Known> all() {
    Map<Question, Known> all = new LinkedHashMap<>();
    List.copyOf(entries.keySet()).forEach(q -> find(q).ifPresent(k -> all.put(q, k)));
    return all;
  }

  synchronized int forget() {
    int count = all().size();
    entries.clear();
    return count;
  }

  /** Forgets a name and all below it. */
  synchronized int forget(org.xbill.DNS.Name name) {
    int count = (int) all().keySet().stream().filter(q -> q.name().subdomain(name)).count();
    entries.keySet().removeIf(q -> q.name().subdomain(name));
    return count;
  }
}
