package wirebook.engine.dns.resolver;

import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;
import wirebook.engine.dns.DnsName;
import wirebook.net.NetworkClock;

/**
 * Resolves names from the root (RFC 1034, 5.3.3), remembers what it learns, and writes down why it
 * did what it did. Many threads may ask at once.
 *
 * <p>Parents are asked where a zone's servers are; what the zone itself says about them is kept as
 * data, and does not redirect the walk.
 */
public final class Resolver implements Lookups {
  private final Means means;
  private final FailureCache failures;

  /** When work on a question began that is still under way: who joins has the same deadline. */
  private final Map<Question, Long> begun = new ConcurrentHashMap<>();

  private final AtomicInteger generation = new AtomicInteger();

  /** What resolvers usually do. */
  public static final Set<Feature> USUAL = Set.of(Feature.MINIMISE);

  /**
   * @param hints the root's servers to begin with
   * @param ids unpredictable, for the ids of queries
   */
  public Resolver(
      Delegation hints,
      Set<Feature> features,
      Upstream upstream,
      NetworkClock clock,
      RandomGenerator ids) {
    failures = new FailureCache(clock::nanoTime);
    means =
        new Means(
            hints,
            Set.copyOf(features),
            upstream,
            clock,
            ids,
            new Queries(ids),
            new Cache(clock::nanoTime),
            new Servers(clock::nanoTime),
            new Denials(clock::nanoTime),
            hints.glue().values().stream()
                .flatMap(List::stream)
                .anyMatch(InetAddress::isLoopbackAddress),
            new AtomicBoolean());
  }

  public Cache cache() {
    return means.cache();
  }

  /** Grows whenever something is forgotten on purpose. */
  int generation() {
    return generation.get();
  }

  long nanoTime() {
    return means.clock().nanoTime();
  }

  /** Forgets what is in the cache, and what was learnt about servers. */
  public int flush() {
    generation.incrementAndGet();
    means.servers().forget();
    means.denials().forget();
    return means.cache().flush() + failures.forget();
  }

  /** Forgets a name and all below it. */
  public int flush(DnsName below) {
    Name name = Question.name(below);
    generation.incrementAndGet();
    means.denials().forget();
    return means.cache().flush(name) + failures.forget(name);
  }

  /** A negative answer that was validated: its proofs answer further questions (RFC 8198). */
  public void proven(Resolution resolution) {
    if (means.has(Feature.AGGRESSIVE)) {
      means.denials().add(RecordSet.group(resolution.authority()));
    }
  }

  /** A question that failed, why, and for how long it is not tried again. */
  public record Failed(Question question, List<ExtendedError> errors, Duration left) {
    public Failed {
      errors = List.copyOf(errors);
    }
  }

  /** What is not tried again for a while. */
  public List<Failed> failed() {
    List<Failed> failed = new ArrayList<>();
    failures.all().forEach((q, known) -> failed.add(new Failed(q, known.errors(), known.left())));
    return failed;
  }

  /**
   * @param dnssec whether signatures and proofs are wanted
   * @throws InterruptedException when the asking thread was interrupted
   */
  @Override
  public Resolution resolve(Question question, boolean dnssec) throws InterruptedException {
    Optional<FailureCache.Known> failure = failures.find(question);
    if (failure.isPresent() && !means.has(Feature.SERVE_STALE)) {
      return remembered(question, failure.get());
    }
    long now = nanoTime();
    Long before = begun.putIfAbsent(question, now);
    Budget budget = new Budget(means, before == null ? now : before);
    Search search = new Search(means, budget);
    List<Step> steps = new ArrayList<>();
    Search.Result result;
    try {
      result = search.look(question, 0, steps);
    } catch (Budget.LimitException e) {
      steps.add(new Step.Stopped(e.limit));
      budget.errors.add(e.error);
      result = search.stale(question, steps).orElse(Search.Result.FAILED);
    } finally {
      if (before == null) {
        begun.remove(question);
      }
    }
    if (result.rcode() != Rcode.SERVFAIL) {
      failures.succeeded(question);
    } else if (!budget.blocked) {
      failures.put(question, List.copyOf(budget.errors));
    }
    boolean useful = result.rcode() != Rcode.SERVFAIL && !search.stale;
    return resolution(
        question,
        result,
        dnssec,
        steps,
        budget.queries,
        budget.waited,
        useful ? List.of() : List.copyOf(budget.errors));
  }

  private static Resolution remembered(Question question, FailureCache.Known failure) {
    List<ExtendedError> errors = new ArrayList<>();
    errors.add(new ExtendedError(ExtendedErrorCodeOption.CACHED_ERROR, ""));
    errors.addAll(failure.errors());
    Step step =
        new Step.Stopped(
            "this failed a moment ago, and is not tried again for "
                + Math.max(1, failure.left().toSeconds())
                + " s (RFC 9520)");
    return resolution(
        question, Search.Result.FAILED, true, List.of(step), 0, Duration.ZERO, errors);
  }

  /** What the cache has for a question, without asking anybody. */
  public Optional<Resolution> known(Question question, boolean dnssec) {
    return means
        .cache()
        .find(question)
        .map(
            found -> {
              Search.Result result = Search.Result.of(found.content());
              return resolution(question, result, dnssec, List.of(), 0, Duration.ZERO, List.of());
            });
  }

  private static Resolution resolution(
      Question question,
      Search.Result result,
      boolean dnssec,
      List<Step> steps,
      int queries,
      Duration took,
      List<ExtendedError> errors) {
    return new Resolution(
        question,
        result.rcode(),
        flatten(result.answer(), dnssec || question.type() == Type.RRSIG),
        flatten(
            result.authority().stream().filter(s -> dnssec || s.type() == Type.SOA).toList(),
            dnssec),
        new Step.Walk(question.asked(), "", steps),
        queries,
        took,
        Optional.empty(),
        errors);
  }

  private static List<Record> flatten(List<RecordSet> sets, boolean dnssec) {
    return sets.stream().flatMap(s -> s.all(dnssec).stream()).toList();
  }
}
