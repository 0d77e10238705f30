package wirebook.engine.dns.resolver;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNAMERecord;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Header;
import org.xbill.DNS.Message;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;
import wirebook.net.NetworkClock;
import wirebook.trace.Bytes;

/**
 * Resolves names from the root (RFC 1034, 5.3.3), remembers what it learns, and writes down why it
 * did what it did. Many threads may ask at once.
 *
 * <p>Parents are asked where a zone's servers are; what the zone itself says about them is kept as
 * data, and does not redirect the walk.
 */
public final class Resolver implements Lookups {
  private static final int LONGEST_CHAIN = 12;
  private static final int MOST_REFERRALS = 40;

  /** Inner walks for addresses of name servers may begin inner walks, up to this depth. */
  private static final int DEEPEST = 6;

  /** Queries for one question, all inner walks counted. */
  private static final int MOST_QUERIES = 100;

  /** A delegation can name any number of servers without addresses (NXNSAttack); so many count. */
  private static final int MOST_ADDRESS_WALKS = 6;

  /**
   * Work for one question. BIND's resolver-query-timeout is 10 s; a little less, so that a client
   * who asks twice with 5 s of patience hears of the failure and not of silence.
   */
  private static final Duration LONGEST = Duration.ofMillis(9_500);

  /** So long a client waits before it gets what has run out (RFC 8767, 5). */
  private static final Duration STALE_AFTER = Duration.ofMillis(1_800);

  private static final Duration FIRST_TIMEOUT = Duration.ofMillis(800);
  private static final Duration SECOND_TIMEOUT = Duration.ofMillis(1600);
  private static final Duration TCP_TIMEOUT = Duration.ofSeconds(3);
  private static final int UDP_SIZE = 1232;
  private static final int DO = 0x8000;

  /** The round trip of a server that was never asked: longer than that of any that was. */
  private static final Duration UNKNOWN = Duration.ofDays(1);

  /** RFC 9156, 2.3: so many names with less than all labels are tried, the rest at once. */
  private static final int MOST_MINIMISED = 10;

  /** Servers that fail on a minimised name before the whole name is asked for. */
  private static final int MINIMISED_FAILURES = 2;

  /** So many silent servers make one think of a blocked port. */
  private static final int BLOCKED = 3;

  /** Servers that give an empty reply without a SOA before it is believed. */
  private static final int EMPTY_REPLIES = 3;

  private final Delegation hints;

  /** Then all servers may be on this machine: it is a test bench. */
  private final boolean hintsOnLoopback;

  private final Options options;
  private final Upstream upstream;
  private final NetworkClock clock;
  private final RandomGenerator ids;
  private final Cache cache;
  private final Servers servers;
  private final Failures failures;
  private final Denials denials;

  /** When work on a question began that is still under way: who joins has the same deadline. */
  private final Map<Question, Long> begun = new ConcurrentHashMap<>();

  private final AtomicInteger generation = new AtomicInteger();
  private volatile boolean heard;

  /** What a resolver may do or leave. */
  public enum Feature {
    /** Servers are asked only what they need to know (RFC 9156). */
    MINIMISE,
    /**
     * The silence of the first few servers, when no server ever answered, is taken for a network
     * that lets no DNS through.
     */
    NOTICE_BLOCKED,
    /** When no fresh answer can be had, one that has run out is given (RFC 8767). */
    SERVE_STALE,
    /** Proven ranges of names that do not exist answer further questions (RFC 8198). */
    AGGRESSIVE,
    /** Servers about which nothing is known are taken in any order, which spreads the load. */
    SPREAD,
    /** Queries mix the case of letters, and replies have to repeat it (the "0x20" trick). */
    MIX_CASE
  }

  public record Options(Set<Feature> features) {
    public static final Options USUAL = of(Feature.MINIMISE);

    public Options {
      features = Set.copyOf(features);
    }

    public static Options of(Feature... features) {
      return new Options(Set.of(features));
    }

    boolean has(Feature feature) {
      return features.contains(feature);
    }
  }

  /**
   * @param hints the root's servers to begin with
   * @param ids unpredictable, for the ids of queries
   */
  public Resolver(
      Delegation hints,
      Options options,
      Upstream upstream,
      NetworkClock clock,
      RandomGenerator ids) {
    this.hints = hints;
    this.hintsOnLoopback =
        hints.glue().values().stream()
            .flatMap(List::stream)
            .anyMatch(InetAddress::isLoopbackAddress);
    this.options = options;
    this.upstream = upstream;
    this.clock = clock;
    this.ids = ids;
    this.cache = new Cache(clock::nanoTime);
    this.servers = new Servers(clock::nanoTime);
    this.failures = new Failures(clock::nanoTime);
    this.denials = new Denials(clock::nanoTime);
  }

  public Cache cache() {
    return cache;
  }

  /** Grows whenever something is forgotten on purpose. */
  int generation() {
    return generation.get();
  }

  long nanoTime() {
    return clock.nanoTime();
  }

  /** Forgets what is in the cache, and what was learnt about servers. */
  public int flush() {
    generation.incrementAndGet();
    servers.forget();
    denials.forget();
    return cache.flush() + failures.forget();
  }

  /** Forgets a name and all below it. */
  public int flush(Name name) {
    generation.incrementAndGet();
    denials.forget();
    return cache.flush(name) + failures.forget(name);
  }

  /** A negative answer that was validated: its proofs answer further questions (RFC 8198). */
  public void proven(Resolution resolution) {
    if (options.has(Feature.AGGRESSIVE)) {
      denials.add(RecordSet.group(resolution.authority()));
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
    Optional<Failures.Known> failure = failures.find(question);
    if (failure.isPresent() && !options.has(Feature.SERVE_STALE)) {
      return remembered(question, failure.get());
    }
    long now = clock.nanoTime();
    Long before = begun.putIfAbsent(question, now);
    Work work = new Work(before == null ? now : before);
    List<Step> steps = new ArrayList<>();
    Result result;
    try {
      result = work.look(question, 0, steps);
    } catch (LimitException e) {
      steps.add(new Step.Stopped(e.limit));
      work.errors.add(e.error);
      result = work.stale(question, steps).orElse(Result.FAILED);
    } finally {
      if (before == null) {
        begun.remove(question);
      }
    }
    if (result.rcode != Rcode.SERVFAIL) {
      failures.succeeded(question);
    } else if (!work.blocked) {
      failures.put(question, List.copyOf(work.errors));
    }
    boolean useful = result.rcode != Rcode.SERVFAIL && !work.stale;
    return resolution(
        question,
        result,
        dnssec,
        steps,
        work.queries,
        work.waited,
        useful ? List.of() : List.copyOf(work.errors));
  }

  private static Resolution remembered(Question question, Failures.Known failure) {
    List<ExtendedError> errors = new ArrayList<>();
    errors.add(new ExtendedError(ExtendedErrorCodeOption.CACHED_ERROR, ""));
    errors.addAll(failure.errors());
    Step step =
        new Step.Stopped(
            "this failed a moment ago, and is not tried again for "
                + Math.max(1, failure.left().toSeconds())
                + " s (RFC 9520)");
    return resolution(question, Result.FAILED, true, List.of(step), 0, Duration.ZERO, errors);
  }

  /** What the cache has for a question, without asking anybody. */
  public Optional<Resolution> known(Question question, boolean dnssec) {
    return cache
        .find(question)
        .map(
            found -> {
              Result result = Result.of(found.content());
              return resolution(question, result, dnssec, List.of(), 0, Duration.ZERO, List.of());
            });
  }

  private static Resolution resolution(
      Question question,
      Result result,
      boolean dnssec,
      List<Step> steps,
      int queries,
      Duration took,
      List<ExtendedError> errors) {
    return new Resolution(
        question,
        result.rcode,
        flatten(result.answer, dnssec || question.type() == Type.RRSIG),
        flatten(
            result.authority.stream().filter(s -> dnssec || s.type() == Type.SOA).toList(), dnssec),
        new Step.Walk(question, "", steps),
        queries,
        took,
        Optional.empty(),
        errors);
  }

  private static List<Record> flatten(List<RecordSet> sets, boolean dnssec) {
    return sets.stream().flatMap(s -> s.all(dnssec).stream()).toList();
  }

  private record Result(int rcode, List<RecordSet> answer, List<RecordSet> authority) {
    static final Result FAILED = new Result(Rcode.SERVFAIL, List.of(), List.of());

    static Result of(Cache.Content content) {
      return switch (content) {
        case Cache.Content.Records(RecordSet set, List<RecordSet> proof) ->
            new Result(Rcode.NOERROR, List.of(set), proof);
        case Cache.Content.NoData(List<RecordSet> proof) ->
            new Result(Rcode.NOERROR, List.of(), proof);
        case Cache.Content.NoName(List<RecordSet> proof) ->
            new Result(Rcode.NXDOMAIN, List.of(), proof);
      };
    }
  }

  /** A limit on the work for one question was reached. */
  private static final class LimitException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String limit;
    private final transient ExtendedError error;

    LimitException(String message, ExtendedError error) {
      super(message, null, false, false);
      limit = message;
      this.error = error;
    }
  }

  /** A server, under the name that a delegation gives it. */
  private record Target(Name name, InetAddress address) {}

  /** What came of asking a zone's servers. */
  private sealed interface Got {
    record Reply(Verdict verdict, Message message, Target target) implements Got {
      String origin(Name zone) {
        return target.name + " (" + target.address.getHostAddress() + ") for " + zone;
      }
    }

    /**
     * @param explained whether the servers themselves said why
     */
    record Nothing(String why, boolean explained) implements Got {}
  }

  /** The work for one question of a client. */
  private final class Work {
    private final long begun;
    private final Set<Question> underWay = new HashSet<>();
    private final SequencedSet<ExtendedError> errors = new LinkedHashSet<>();
    private int queries;
    private int mute;
    private boolean blocked;
    private boolean stale;
    private Duration longest = LONGEST;
    private Duration waited = Duration.ZERO;

    Work(long begun) {
      this.begun = begun;
    }

    private void check() throws InterruptedException {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      if (queries >= MOST_QUERIES) {
        throw limit("more than " + MOST_QUERIES + " queries for one question");
      }
      if (options.has(Feature.NOTICE_BLOCKED) && !heard && mute >= BLOCKED) {
        blocked = true;
        throw limit(
            "none of "
                + BLOCKED
                + " servers answered, and none ever did: this network seems to let no DNS through"
                + " to port 53 of other hosts. Ask the configured resolver (%dig NAME), or one over"
                + " HTTPS (%dig +https @1.1.1.1 NAME)");
      }
      if (!left().isPositive()) {
        String words = String.format(Locale.ROOT, "no answer within %.1f s", seconds(longest));
        throw new LimitException(
            words, new ExtendedError(ExtendedErrorCodeOption.NO_REACHABLE_AUTHORITY, words));
      }
    }

    private static LimitException limit(String words) {
      return new LimitException(words, new ExtendedError(ExtendedErrorCodeOption.OTHER, words));
    }

    private static double seconds(Duration duration) {
      return duration.toNanos() / 1e9;
    }

    /** Until the client's question has to be given up. */
    private Duration left() {
      return longest.minusNanos(clock.nanoTime() - begun);
    }

    /** What has run out, and is better than nothing (RFC 8767, 4). */
    private Optional<Result> stale(Question question, List<Step> steps) {
      if (!options.has(Feature.SERVE_STALE)) {
        return Optional.empty();
      }
      Optional<Cache.Found> found = cache.findStale(question);
      if (found.isEmpty()) {
        return Optional.empty();
      }
      stale = true;
      steps.add(
          new Step.Note(
              "an answer that ran out "
                  + found.get().left().negated().toSeconds()
                  + " s ago has to do (serve-stale, RFC 8767)"));
      boolean none = found.get().content() instanceof Cache.Content.NoName;
      errors.addFirst(
          new ExtendedError(
              none
                  ? ExtendedErrorCodeOption.STALE_NXDOMAIN_ANSWER
                  : ExtendedErrorCodeOption.STALE_ANSWER,
              ""));
      return Optional.of(Result.of(found.get().content()));
    }

    /** The answer to a question, aliases followed. */
    Result look(Question question, int depth, List<Step> steps) throws InterruptedException {
      if (!underWay.add(question)) {
        steps.add(new Step.Stopped("to find this, this itself is needed first: a loop"));
        return Result.FAILED;
      }
      try {
        List<RecordSet> answer = new ArrayList<>();
        List<RecordSet> proof = new ArrayList<>();
        Set<Name> seen = new HashSet<>();
        Question now = question;
        for (int link = 0; link < LONGEST_CHAIN; link++) {
          if (!seen.add(now.name())) {
            steps.add(new Step.Stopped("the aliases lead back to " + now.name()));
            return Result.FAILED;
          }
          Verdict verdict = one(now, depth, steps);
          if (verdict instanceof Verdict.Useless) {
            Optional<Result> old = depth == 0 ? stale(now, steps) : Optional.empty();
            if (old.isPresent()) {
              answer.addAll(old.get().answer);
              proof.addAll(old.get().authority);
              return new Result(old.get().rcode, answer, proof);
            }
          }
          switch (verdict) {
            case Verdict.Answer found -> {
              answer.addAll(found.sets());
              proof.addAll(found.proof());
              return new Result(Rcode.NOERROR, answer, proof);
            }
            case Verdict.NoData none -> {
              proof.addAll(none.proof());
              return new Result(Rcode.NOERROR, answer, proof);
            }
            case Verdict.NoName none -> {
              proof.addAll(none.proof());
              return new Result(Rcode.NXDOMAIN, answer, proof);
            }
            case Verdict.TooLong tooLong -> {
              steps.add(new Step.Note("the DNAME makes a name of more than 255 octets"));
              answer.addAll(tooLong.chain());
              return new Result(Rcode.YXDOMAIN, answer, List.of());
            }
            case Verdict.Alias alias -> {
              answer.addAll(alias.chain());
              proof.addAll(alias.proof());
              now = new Question(alias.target(), question.type());
            }
            case Verdict.Referral _, Verdict.Lame _, Verdict.Recursive _, Verdict.Useless _ -> {
              return Result.FAILED;
            }
          }
        }
        steps.add(new Step.Stopped("more than " + LONGEST_CHAIN + " aliases in a row"));
        return Result.FAILED;
      } finally {
        underWay.remove(question);
      }
    }

    /** The answer for one name, out of the cache or by a walk. */
    private Verdict one(Question question, int depth, List<Step> steps)
        throws InterruptedException {
      Optional<Verdict> known = cached(question, steps);
      if (known.isPresent()) {
        return known.get();
      }
      Optional<Cache.Content> denied =
          options.has(Feature.AGGRESSIVE) ? denials.find(question) : Optional.empty();
      if (denied.isPresent()) {
        steps.add(
            new Step.Note(
                "nobody is asked: NSEC records in the cache prove that there is no such "
                    + (denied.get() instanceof Cache.Content.NoName ? "name" : "record")
                    + " (RFC 8198)"));
        Result result = Result.of(denied.get());
        return result.rcode == Rcode.NXDOMAIN
            ? new Verdict.NoName(result.authority)
            : new Verdict.NoData(result.authority);
      }
      if (depth == 0 && options.has(Feature.SERVE_STALE) && cache.findStale(question).isPresent()) {
        longest = STALE_AFTER;
      }
      Verdict verdict = walk(question, depth, steps);
      for (RecordSet set : Verdict.chain(verdict)) {
        if (set.type() == Type.CNAME) {
          steps.add(
              new Step.Followed(
                  set.name(), Type.CNAME, ((CNAMERecord) set.records().getFirst()).getTarget()));
        } else {
          steps.add(
              new Step.Followed(
                  set.name(), Type.DNAME, ((DNAMERecord) set.records().getFirst()).getTarget()));
        }
      }
      return verdict;
    }

    private Optional<Verdict> cached(Question question, List<Step> steps) {
      if (question.type() == Type.ANY || question.type() == Type.RRSIG) {
        return Optional.empty();
      }
      Optional<Cache.Found> found = cache.find(question);
      if (found.isPresent()) {
        return Optional.of(use(found.get(), steps));
      }
      if (question.type() != Type.CNAME) {
        Optional<Cache.Found> alias = cache.find(new Question(question.name(), Type.CNAME));
        if (alias.isPresent()
            && alias.get().content()
                instanceof Cache.Content.Records(RecordSet set, List<RecordSet> proof)) {
          hit(alias.get(), "alias " + set.records().getFirst().rdataToString(), steps);
          return Optional.of(
              new Verdict.Alias(
                  List.of(set), ((CNAMERecord) set.records().getFirst()).getTarget(), true, proof));
        }
      }
      for (Name name = question.name(); name.labels() > 1; ) {
        name = new Name(name, 1);
        Optional<Cache.Found> dname = cache.find(new Question(name, Type.DNAME));
        if (dname.isPresent()
            && dname.get().content()
                instanceof Cache.Content.Records(RecordSet set, List<RecordSet> _)) {
          hit(
              dname.get(),
              set.name() + " DNAME " + set.records().getFirst().rdataToString(),
              steps);
          return Optional.of(Verdict.renamed(question.name(), set, true));
        }
      }
      return Optional.empty();
    }

    private static void hit(Cache.Found found, String what, List<Step> steps) {
      steps.add(
          new Step.Hit(found.question(), what, found.credibility(), found.origin(), found.left()));
    }

    private Verdict use(Cache.Found found, List<Step> steps) {
      return switch (found.content()) {
        case Cache.Content.Records(RecordSet set, List<RecordSet> proof) -> {
          hit(
              found,
              set.records().size() + (set.records().size() == 1 ? " record" : " records"),
              steps);
          yield new Verdict.Answer(List.of(set), true, proof);
        }
        case Cache.Content.NoData(List<RecordSet> proof) -> {
          hit(found, "no such records", steps);
          yield new Verdict.NoData(proof);
        }
        case Cache.Content.NoName(List<RecordSet> proof) -> {
          hit(found, "no name " + found.question().name(), steps);
          yield new Verdict.NoName(proof);
        }
      };
    }

    /** Down the tree from the deepest known zone. */
    private Verdict walk(Question question, int depth, List<Step> steps)
        throws InterruptedException {
      // DS is the parent's (RFC 4035, 3.1.4.1): the zone's own servers are not asked.
      boolean ofParent = question.type() == Type.DS && question.name().labels() > 1;
      Name start = ofParent ? new Name(question.name(), 1) : question.name();
      Delegation delegation = closest(start, question, depth, steps);
      Name known = delegation.zone();
      boolean minimise = options.has(Feature.MINIMISE);
      int minimised = 0;
      for (int referrals = 0; referrals < MOST_REFERRALS; ) {
        check();
        int more = question.name().labels() - known.labels();
        boolean less = minimise && more > 1 && minimised < MOST_MINIMISED;
        Question sent =
            less ? new Question(ancestor(question.name(), known.labels() + 1), Type.A) : question;
        if (less) {
          minimised++;
        }
        Got got = ask(delegation, sent, less, depth, steps);
        if (got instanceof Got.Nothing nothing) {
          if (less) {
            steps.add(new Step.Note("so the whole name is asked for"));
            minimise = false;
            continue;
          }
          steps.add(new Step.Stopped(nothing.why));
          if (!nothing.explained) {
            errors.add(
                new ExtendedError(
                    ExtendedErrorCodeOption.NO_REACHABLE_AUTHORITY,
                    "at delegation " + delegation.zone()));
          }
          return new Verdict.Useless(nothing.why);
        }
        Got.Reply reply = (Got.Reply) got;
        String origin = reply.origin(delegation.zone());
        switch (reply.verdict) {
          case Verdict.Referral referral -> {
            delegation = referral.delegation();
            cache.put(delegation, referral.ttl(), origin);
            known = delegation.zone();
            referrals++;
          }
          case Verdict.Answer answer -> {
            keep(answer.sets(), answer.authoritative(), origin, answer.proof());
            if (!less) {
              return answer;
            }
            known = sent.name();
          }
          case Verdict.Alias alias -> {
            keep(alias.chain(), alias.authoritative(), origin, alias.proof());
            if (!less) {
              return alias;
            }
            minimise = false;
          }
          case Verdict.NoData none -> {
            if (!less) {
              cache.put(question, new Cache.Content.NoData(none.proof()), origin);
              return none;
            }
            known = sent.name();
          }
          case Verdict.NoName none -> {
            if (!less) {
              cache.put(question, new Cache.Content.NoName(none.proof()), origin);
              return none;
            }
            // Some servers deny names that only have others below them.
            steps.add(new Step.Note("not taken as final: the whole name is asked for"));
            minimise = false;
          }
          case Verdict.TooLong tooLong -> {
            return tooLong;
          }
          case Verdict.Lame _, Verdict.Recursive _, Verdict.Useless _ ->
              throw new IllegalStateException("not an answer: " + reply.verdict);
        }
      }
      steps.add(new Step.Stopped("more than " + MOST_REFERRALS + " referrals"));
      return new Verdict.Useless("too many referrals");
    }

    private void keep(
        List<RecordSet> sets, boolean authoritative, String origin, List<RecordSet> proof) {
      Credibility credibility = authoritative ? Credibility.AUTHORITATIVE : Credibility.ANSWER;
      sets.forEach(s -> cache.put(s, credibility, origin, proof));
    }

    /** The deepest known zone for a name; the root's servers are asked for once. */
    private Delegation closest(Name name, Question question, int depth, List<Step> steps)
        throws InterruptedException {
      Optional<Cache.FoundCut> known = cache.closest(name);
      if (known.isPresent()) {
        Delegation delegation = known.get().delegation();
        steps.add(
            new Step.Start(
                question, delegation.zone(), delegation.servers().size(), known.get().origin()));
        return delegation;
      }
      steps.add(new Step.Start(question, Name.root, hints.servers().size(), "the root hints"));
      Question rootServers = new Question(Name.root, Type.NS);
      if (question.equals(rootServers)) {
        return hints;
      }
      // RFC 8109: the hints only serve to ask the root for its present servers.
      Got got = ask(hints, rootServers, false, depth, steps);
      if (got instanceof Got.Reply reply && reply.verdict instanceof Verdict.Answer answer) {
        Delegation root = primed(answer, reply.message);
        cache.put(root, answer.sets().getFirst().ttl(), reply.origin(Name.root));
        keep(answer.sets(), answer.authoritative(), reply.origin(Name.root), List.of());
        return root;
      }
      steps.add(new Step.Note("the root does not say who serves it: the hints have to do"));
      return hints;
    }

    private Delegation primed(Verdict.Answer answer, Message message) {
      SequencedSet<Name> names = new LinkedHashSet<>();
      answer.sets().getFirst().records().forEach(r -> names.add(((NSRecord) r).getTarget()));
      SequencedMap<Name, List<InetAddress>> glue = new LinkedHashMap<>();
      for (Record record : message.getSection(Section.ADDITIONAL)) {
        if (names.contains(record.getName())) {
          Verdict.address(record)
              .ifPresent(
                  a -> glue.computeIfAbsent(record.getName(), _ -> new ArrayList<>()).add(a));
        }
      }
      // A reply without addresses is no reason to look them up: the hints have them.
      names.forEach(
          n -> {
            List<InetAddress> hinted = hints.glue().get(n);
            if (hinted != null) {
              glue.putIfAbsent(n, hinted);
            }
          });
      return new Delegation(Name.root, names, glue, new LinkedHashMap<>(), List.of());
    }

    // Asking the servers of one zone.

    private Got ask(
        Delegation delegation, Question sent, boolean minimised, int depth, List<Step> steps)
        throws InterruptedException {
      Asking asking = new Asking(delegation, sent, minimised, depth, steps);
      return asking.run();
    }

    /** One question to the servers of one zone, until one of them says something useful. */
    private final class Asking {
      private final Delegation delegation;
      private final Question sent;
      private final boolean minimised;
      private final int depth;
      private final List<Step> steps;
      private final Set<InetAddress> tried = new HashSet<>();
      private final List<Target> silent = new ArrayList<>();
      private final List<Target> recursive = new ArrayList<>();
      private final Set<Name> lookedUp = new HashSet<>();
      private final Set<ExtendedError> explained = new HashSet<>();
      private Optional<Got.Reply> empty = Optional.empty();
      private int empties;
      private int failures;
      private int walks;
      private final int salt = options.has(Feature.SPREAD) ? ids.nextInt() : 0;
      private String why = "no server of it has a known address";

      Asking(Delegation delegation, Question sent, boolean minimised, int depth, List<Step> steps) {
        this.delegation = delegation;
        this.sent = sent;
        this.minimised = minimised;
        this.depth = depth;
        this.steps = steps;
      }

      Got run() throws InterruptedException {
        while (true) {
          Optional<Target> next = next();
          if (next.isEmpty()) {
            break;
          }
          tried.add(next.get().address);
          Optional<Got> got = attempt(next.get(), FIRST_TIMEOUT, false);
          if (got.isPresent()) {
            return got.get();
          }
          if (minimised && failures >= MINIMISED_FAILURES) {
            return new Got.Nothing(why, false);
          }
        }
        if (!minimised) {
          for (Target target : silent) {
            Optional<Got> got = attempt(target, SECOND_TIMEOUT, false);
            if (got.isPresent()) {
              return got.get();
            }
          }
        }
        if (empty.isPresent()) {
          return empty.get();
        }
        for (Name name : delegation.foreignGlue().keySet()) {
          for (InetAddress address : delegation.foreignGlue().getOrDefault(name, List.of())) {
            if (tried.add(address)) {
              steps.add(
                  new Step.Note("all else failed: the glue of " + name + " is used after all"));
              Optional<Got> got = attempt(new Target(name, address), FIRST_TIMEOUT, false);
              if (got.isPresent()) {
                return got.get();
              }
            }
          }
        }
        if (!minimised) {
          for (Name name : delegation.servers()) {
            Optional<Got> got = askAt(name, glueAbove(name), "glue of a zone above it");
            got = got.isPresent() ? got : askAt(name, otherFamily(name), "its other addresses");
            if (got.isPresent()) {
              return got.get();
            }
          }
        }
        for (Target target : recursive) {
          Optional<Got> got = attempt(target, SECOND_TIMEOUT, true);
          if (got.isPresent()) {
            return got.get();
          }
        }
        return new Got.Nothing(
            "no server of " + delegation.zone() + " gave an answer: " + why, false);
      }

      private Optional<Got> askAt(Name name, List<InetAddress> addresses, String which)
          throws InterruptedException {
        for (InetAddress address : addresses) {
          if (isAskable(name, address) && tried.add(address)) {
            steps.add(new Step.Note("all else failed: " + name + " is asked at " + which));
            Optional<Got> got = attempt(new Target(name, address), FIRST_TIMEOUT, false);
            if (got.isPresent()) {
              return got;
            }
          }
        }
        return Optional.empty();
      }

      /** IPv4 addresses of a server that came with IPv6 ones only, or the other way round. */
      private List<InetAddress> otherFamily(Name name) throws InterruptedException {
        List<InetAddress> known = addresses(name);
        long six = known.stream().filter(Inet6Address.class::isInstance).count();
        boolean one = !known.isEmpty() && (six == 0 || six == known.size());
        return !one || depth >= DEEPEST || name.subdomain(delegation.zone())
            ? List.of()
            : lookUp(name, List.of(six == 0 ? Type.AAAA : Type.A));
      }

      /**
       * Where a parent says that a server is: its own zone may say something else, or be out of
       * reach.
       */
      private List<InetAddress> glueAbove(Name name) throws InterruptedException {
        List<InetAddress> glue = cache.glueOf(name);
        if (!glue.isEmpty()
            || !name.subdomain(delegation.zone())
            || delegation.zone().equals(Name.root)
            || !addresses(name).isEmpty()
            || !underWay.add(new Question(name, Type.A))) {
          return glue;
        }
        try {
          Optional<Cache.FoundCut> parent = cache.closest(new Name(delegation.zone(), 1));
          if (parent.isEmpty() || depth >= DEEPEST) {
            return List.of();
          }
          Question question = new Question(name, Type.A);
          List<Step> inner = new ArrayList<>();
          Got got = ask(parent.get().delegation(), question, false, depth + 1, inner);
          Name wanted = name;
          if (got instanceof Got.Reply reply && reply.verdict instanceof Verdict.Alias alias) {
            wanted = alias.target();
            got =
                ask(
                    parent.get().delegation(),
                    new Question(wanted, Type.A),
                    false,
                    depth + 1,
                    inner);
          }
          steps.add(new Step.Walk(question, "the glue that was left out", inner));
          return got instanceof Got.Reply reply ? addressesIn(reply, wanted) : List.of();
        } finally {
          underWay.remove(new Question(name, Type.A));
        }
      }

      private static List<InetAddress> addresses(List<RecordSet> sets) {
        return sets.stream()
            .flatMap(s -> s.records().stream())
            .map(Verdict::address)
            .flatMap(Optional::stream)
            .toList();
      }

      private static List<InetAddress> addressesIn(Got.Reply reply, Name name) {
        return switch (reply.verdict) {
          case Verdict.Answer answer -> addresses(answer.sets());
          case Verdict.Referral referral ->
              referral.delegation().glue().getOrDefault(name, List.of());
          case Verdict.Alias _,
              Verdict.NoData _,
              Verdict.NoName _,
              Verdict.TooLong _,
              Verdict.Lame _,
              Verdict.Recursive _,
              Verdict.Useless _ ->
              List.of();
        };
      }

      /** The best server not tried yet; its address is looked up when that is all that is left. */
      private Optional<Target> next() throws InterruptedException {
        while (true) {
          Optional<Target> best = known().min(ORDER);
          if (best.isPresent() && !servers.isDead(best.get().address)) {
            return best;
          }
          if (minimised && failures > 0 && best.isEmpty()) {
            // A whole name costs less than the addresses of more servers.
            return best;
          }
          Optional<Name> unknown =
              delegation.servers().stream()
                  .filter(n -> addresses(n).isEmpty() && !lookedUp.contains(n))
                  .min(Comparator.comparing(n -> n.subdomain(delegation.zone())));
          if (unknown.isEmpty()) {
            return best;
          }
          Name name = unknown.get();
          lookedUp.add(name);
          if (name.subdomain(delegation.zone()) && tried.isEmpty()) {
            steps.add(
                new Step.Note(
                    "the address of "
                        + name
                        + " is not known: it is in the zone itself, and came without glue"));
            continue;
          }
          if (walks >= MOST_ADDRESS_WALKS || depth >= DEEPEST) {
            steps.add(
                new Step.Note(
                    "the address of "
                        + name
                        + " is not looked up: "
                        + (depth >= DEEPEST ? "too deep" : "too many were in vain")));
            return best;
          }
          if (lookUp(name, List.of(Type.A, Type.AAAA)).isEmpty()) {
            walks++;
          }
        }
      }

      private java.util.stream.Stream<Target> known() {
        return delegation.servers().stream()
            .flatMap(n -> addresses(n).stream().map(a -> new Target(n, a)))
            .filter(t -> !tried.contains(t.address))
            .filter(
                t -> {
                  boolean lame = servers.isLame(t.address, delegation.zone(), sent.type());
                  if (lame && lamesNoted.add(t.address)) {
                    why = "some were found lame before";
                    steps.add(
                        new Step.Note(
                            t.name + " is not asked: it is lame for " + delegation.zone()));
                  }
                  return !lame;
                });
      }

      private final Set<InetAddress> lamesNoted = new HashSet<>();

      private final Comparator<Target> ORDER =
          Comparator.<Target, Boolean>comparing(t -> servers.isDead(t.address))
              .thenComparing(t -> servers.roundTrip(t.address).orElse(UNKNOWN))
              .thenComparing(t -> t.address instanceof Inet6Address)
              .thenComparingInt(this::lot);

      private int lot(Target target) {
        return options.has(Feature.SPREAD) ? (target.hashCode() ^ salt) * 0x9e3779b9 : 0;
      }

      /** Addresses of a server: what the cache has from its own zone, else the glue. */
      private List<InetAddress> addresses(Name name) {
        List<InetAddress> found = new ArrayList<>();
        for (int type : List.of(Type.A, Type.AAAA)) {
          cache
              .find(new Question(name, type))
              .map(Cache.Found::content)
              .ifPresent(
                  c -> {
                    if (c instanceof Cache.Content.Records(RecordSet set, List<RecordSet> _)) {
                      set.records().forEach(r -> Verdict.address(r).ifPresent(found::add));
                    }
                  });
        }
        delegation.glue().getOrDefault(name, List.of()).stream()
            .filter(a -> !found.contains(a))
            .forEach(found::add);
        found.addAll(looked.getOrDefault(name, List.of()));
        return found.stream().distinct().filter(a -> isAskable(name, a)).toList();
      }

      /** An address on this machine would make a stranger's zone ask us, or our neighbours. */
      private boolean isAskable(Name name, InetAddress address) {
        boolean askable =
            !address.isAnyLocalAddress()
                && !address.isMulticastAddress()
                && !address.isLinkLocalAddress()
                && (!address.isLoopbackAddress() || hintsOnLoopback);
        if (!askable && unaskable.add(address)) {
          steps.add(
              new Step.Refused(
                  name + " at " + address.getHostAddress(),
                  "no address that a name server on the Internet can have"));
        }
        return askable;
      }

      private final Set<InetAddress> unaskable = new HashSet<>();

      private final java.util.Map<Name, List<InetAddress>> looked = new java.util.HashMap<>();

      private List<InetAddress> lookUp(Name name, List<Integer> types) throws InterruptedException {
        List<InetAddress> found = new ArrayList<>();
        for (int type : types) {
          check();
          Question question = new Question(name, type);
          List<Step> inner = new ArrayList<>();
          Result result = look(question, depth + 1, inner);
          steps.add(
              new Step.Walk(question, "the address of a server of " + delegation.zone(), inner));
          result.answer.stream()
              .flatMap(s -> s.records().stream())
              .forEach(r -> Verdict.address(r).ifPresent(found::add));
          if (!found.isEmpty()) {
            break;
          }
        }
        looked.put(name, found);
        return found;
      }

      /** Asks one server; empty when the next one has to be asked. */
      private Optional<Got> attempt(Target target, Duration timeout, boolean recurse)
          throws InterruptedException {
        String reason = recurse ? "as a last resort, with recursion" : reason(target);
        boolean edns = !servers.isPlain(target.address);
        Optional<Message> reply =
            exchange(target, Upstream.Transport.UDP, edns, timeout, recurse, reason);
        if (reply.isPresent() && reply.get().getHeader().getFlag(Flags.TC)) {
          reply =
              exchange(
                  target,
                  Upstream.Transport.TCP,
                  edns,
                  TCP_TIMEOUT,
                  recurse,
                  "for the reply was cut off");
        }
        if (reply.isPresent() && reply.get().getHeader().getFlag(Flags.TC)) {
          why = "its reply is cut off over TCP too";
          failures++;
          return Optional.empty();
        }
        if (edns && reply.isPresent() && dislikesEdns(reply.get())) {
          reply =
              exchange(
                  target, Upstream.Transport.UDP, false, timeout, recurse, "again without EDNS");
          if (reply.isPresent() && !dislikesEdns(reply.get())) {
            servers.plain(target.address);
          }
        }
        if (reply.isEmpty()) {
          failures++;
          return Optional.empty();
        }
        return judge(target, reply.get(), recurse);
      }

      private static boolean dislikesEdns(Message reply) {
        int rcode = reply.getRcode();
        return rcode == Rcode.FORMERR || rcode == Rcode.NOTIMP || rcode == Rcode.BADVERS;
      }

      private String reason(Target target) {
        Optional<Duration> roundTrip = servers.roundTrip(target.address);
        if (servers.isDead(target.address)) {
          return "which was silent, for want of another";
        }
        if (roundTrip.isPresent()) {
          return String.format(
              java.util.Locale.ROOT,
              "the quickest known (%.1f ms)",
              roundTrip.get().toNanos() / 1_000_000.0);
        }
        return tried.size() == 1
            ? "the first of " + delegation.servers().size()
            : "the next of " + delegation.servers().size();
      }

      private Optional<Got> judge(Target target, Message reply, boolean recurse) {
        List<Verdict.Refused> refused = new ArrayList<>();
        Verdict verdict = Verdict.of(reply, sent, delegation.zone(), recurse, refused);
        if (verdict instanceof Verdict.Referral(Delegation to, long _)
            && sent.type() == Type.DS
            && !minimised
            && to.zone().equals(sent.name())
            && !to.ds().isEmpty()) {
          verdict = new Verdict.Answer(to.ds(), false, List.of());
        } else if (verdict instanceof Verdict.Referral(Delegation to, long _)
            && sent.type() == Type.DS
            && !minimised
            && to.zone().equals(sent.name())) {
          verdict = new Verdict.Useless("it refers to the zone whose DS it should know");
        }
        amend(verdict);
        note(refused);
        Got.Reply got = new Got.Reply(verdict, reply, target);
        switch (verdict) {
          case Verdict.Lame lame -> {
            if (!minimised) {
              servers.lame(target.address, delegation.zone(), sent.type());
            }
            why = lame.why();
          }
          case Verdict.Useless useless -> {
            Optional<ExtendedError> error = explanation(reply);
            why = useless.why() + error.map(e -> ": " + e.text()).orElse("");
            if (error.isPresent()) {
              errors.add(error.get());
              if (!explained.add(error.get())) {
                // Two servers give the same reason in words: the others would not know better.
                return Optional.of(
                    new Got.Nothing(
                        "the servers of " + delegation.zone() + " give no answer: " + why, true));
              }
            }
          }
          case Verdict.Recursive _ -> {
            recursive.add(target);
            why = "it only has it from others";
          }
          case Verdict.NoData none when none.unfounded() && !minimised -> {
            empties++;
            empty = empty.or(() -> Optional.of(got));
            if (empties >= EMPTY_REPLIES) {
              return Optional.of(got);
            }
            steps.add(
                new Step.Note("an empty reply without a SOA record: another server is asked"));
          }
          case Verdict.NoData _,
              Verdict.NoName _,
              Verdict.Answer _,
              Verdict.Alias _,
              Verdict.TooLong _,
              Verdict.Referral _ -> {
            return Optional.of(got);
          }
        }
        failures++;
        return Optional.empty();
      }

      /** What a server says of its failure, where it has words for it (RFC 8914). */
      private static Optional<ExtendedError> explanation(Message reply) {
        return Optional.ofNullable(reply.getOPT()).stream()
            .flatMap(o -> o.getOptions(EDNSOption.Code.EDNS_EXTENDED_ERROR).stream())
            .map(ExtendedErrorCodeOption.class::cast)
            .filter(e -> e.getText() != null && !e.getText().isBlank())
            .map(e -> new ExtendedError(e.getErrorCode(), e.getText()))
            .findFirst();
      }

      /** One step for all that was left out for the same reason. */
      private void note(List<Verdict.Refused> refused) {
        SequencedMap<String, List<String>> byReason = new LinkedHashMap<>();
        refused.forEach(
            r -> byReason.computeIfAbsent(r.why(), _ -> new ArrayList<>()).add(r.record()));
        byReason.forEach(
            (reason, records) ->
                steps.add(
                    new Step.Refused(
                        records.getFirst()
                            + (records.size() > 1 ? " and " + (records.size() - 1) + " more" : ""),
                        reason)));
      }

      /** Puts what a reply amounted to into the step that tells of its query. */
      private void amend(Verdict verdict) {
        if (steps.getLast() instanceof Step.Asked a) {
          steps.set(
              steps.size() - 1,
              new Step.Asked(
                  a.zone(),
                  a.server(),
                  a.address(),
                  a.transport(),
                  a.question(),
                  a.minimised(),
                  a.why(),
                  a.query(),
                  a.reply(),
                  a.took(),
                  result(verdict)));
        }
      }

      private Optional<Message> exchange(
          Target target,
          Upstream.Transport transport,
          boolean edns,
          Duration timeout,
          boolean recurse,
          String reason)
          throws InterruptedException {
        check();
        queries++;
        boolean mixed = options.has(Feature.MIX_CASE);
        Bytes query = query(sent, edns, recurse, mixed);
        Duration patience = timeout.compareTo(left()) < 0 ? timeout : left();
        Upstream.Outcome outcome =
            upstream.ask(target.address, transport, query, patience, answers(query, mixed));
        Optional<Bytes> bytes = Optional.empty();
        Optional<Message> message = Optional.empty();
        Duration took = Duration.ZERO;
        Step.Result result;
        int ignored = 0;
        switch (outcome) {
          case Upstream.Outcome.Replied replied -> {
            bytes = Optional.of(replied.reply());
            took = replied.took();
            ignored = replied.ignored();
            servers.answered(target.address, took);
            heard = true;
            try {
              message = Optional.of(new Message(asAsked(replied.reply(), query, sent)));
              result =
                  new Step.Result.Reply(
                      message.get().getHeader().getFlag(Flags.TC) ? "cut off" : "a reply");
            } catch (IOException | IllegalArgumentException e) {
              why = "malformed: " + e.getMessage();
              result = new Step.Result.Failure(why);
            }
          }
          case Upstream.Outcome.Silent(Duration waited, int others) -> {
            took = waited;
            ignored = others;
            result = new Step.Result.Failure("no answer");
            why = "no answer from " + target.name;
            if (timeout.equals(FIRST_TIMEOUT) && !silent.contains(target)) {
              silent.add(target);
            }
            servers.silent(target.address);
            mute++;
          }
          case Upstream.Outcome.Unreachable(String cause) -> {
            result = new Step.Result.Failure(cause);
            why = target.name + ": " + cause;
            servers.silent(target.address);
          }
        }
        waited = waited.plus(took);
        steps.add(
            new Step.Asked(
                delegation.zone(),
                target.name,
                target.address,
                transport,
                sent,
                minimised,
                reason,
                query,
                bytes,
                took,
                result));
        if (ignored > 0) {
          steps.add(
              new Step.Refused(
                  ignored + (ignored == 1 ? " reply" : " replies"),
                  "id or question are not those of the query"
                      + (mixed ? ", letter for letter in the same case" : "")));
        }
        if (mixed && ignored > 0 && message.isEmpty() && transport == Upstream.Transport.UDP) {
          // Over TCP nobody forges from afar, so that the letters need not prove anything.
          return exchange(
              target,
              Upstream.Transport.TCP,
              edns,
              TCP_TIMEOUT,
              recurse,
              "for it may not keep the case of letters");
        }
        return message;
      }
    }
  }

  private static Step.Result result(Verdict verdict) {
    return switch (verdict) {
      case Verdict.Answer answer ->
          new Step.Result.Answer(
              answer.sets().stream().mapToInt(s -> s.records().size()).sum(),
              answer.authoritative());
      case Verdict.Alias alias -> new Step.Result.Alias(alias.target());
      case Verdict.TooLong _ -> new Step.Result.Failure("an alias that is too long");
      case Verdict.NoName _ -> new Step.Result.Denial("no such name");
      case Verdict.NoData none ->
          none.unfounded()
              ? new Step.Result.Failure("nothing, and no SOA record")
              : new Step.Result.Denial("no such records");
      case Verdict.Referral(Delegation to, long _) ->
          new Step.Result.Referral(to.zone(), to.servers().size(), to.addresses());
      case Verdict.Lame lame -> new Step.Result.Failure("lame: " + lame.why());
      case Verdict.Recursive _ ->
          new Step.Result.Failure("not authoritative: it answers out of a cache");
      case Verdict.Useless useless -> new Step.Result.Failure(useless.why());
    };
  }

  private static Name ancestor(Name name, int labels) {
    return new Name(name, name.labels() - labels);
  }

  private Bytes query(Question question, boolean edns, boolean recurse, boolean mixed) {
    Message message = new Message(ids.nextInt(0x10000));
    message.getHeader().setOpcode(Opcode.QUERY);
    if (recurse) {
      message.getHeader().setFlag(Flags.RD);
    }
    message.addRecord(
        Record.newRecord(question.name(), question.type(), DClass.IN), Section.QUESTION);
    if (edns) {
      message.addRecord(new OPTRecord(UDP_SIZE, 0, 0, DO), Section.ADDITIONAL);
    }
    byte[] wire = message.toWire();
    if (mixed) {
      mix(wire, question.name().length());
    }
    return Bytes.of(wire);
  }

  /** A bit more to guess for each letter of the name (draft-vixie-dnsext-dns0x20). */
  private void mix(byte[] wire, int nameLength) {
    for (int label = HEADER; wire[label] != 0 && label < HEADER + nameLength; ) {
      int end = label + 1 + wire[label];
      for (int i = label + 1; i < end; i++) {
        boolean letter = (wire[i] | 0x20) >= 'a' && (wire[i] | 0x20) <= 'z';
        wire[i] ^= (byte) (letter && ids.nextBoolean() ? 0x20 : 0);
      }
      label = end;
    }
  }

  /** The reply as if the name had been asked for as the client wrote it. */
  private static byte[] asAsked(Bytes reply, Bytes query, Question sent) {
    byte[] bytes = reply.toArray();
    byte[] name = sent.name().toWire();
    int end = HEADER + name.length;
    if (bytes.length >= end
        && query.length() >= end
        && reply.slice(HEADER, end).equals(query.slice(HEADER, end))) {
      System.arraycopy(name, 0, bytes, HEADER, name.length);
    }
    return bytes;
  }

  /**
   * Whether bytes are a reply to a query: id, opcode and question are the same (RFC 5452, 9.1). An
   * error may come without the question.
   *
   * @param exactly whether the name's letters have to have the same case
   */
  static Predicate<Bytes> answers(Bytes query, boolean exactly) {
    return reply -> {
      try {
        Header asked = new Header(query.slice(0, HEADER).toArray());
        if (reply.length() < HEADER) {
          return false;
        }
        Header header = new Header(reply.slice(0, HEADER).toArray());
        if (header.getID() != asked.getID()
            || !header.getFlag(Flags.QR)
            || header.getOpcode() != asked.getOpcode()) {
          return false;
        }
        if (header.getCount(Section.QUESTION) == 0) {
          return header.getRcode() != Rcode.NOERROR && header.getRcode() != Rcode.NXDOMAIN;
        }
        // The question stands first, uncompressed.
        Record sent = new Message(query.toArray()).getQuestion();
        int end = HEADER + sent.getName().length() + 4;
        return reply.length() >= end
            && header.getCount(Section.QUESTION) == 1
            && sent.getName().equals(new Name(reply.slice(HEADER, end - 4).toArray()))
            && (!exactly || reply.slice(HEADER, end).equals(query.slice(HEADER, end)))
            && reply.slice(end - 4, end).equals(query.slice(end - 4, end));
      } catch (IOException | IllegalArgumentException e) {
        return false;
      }
    };
  }

  private static final int HEADER = 12;
}
