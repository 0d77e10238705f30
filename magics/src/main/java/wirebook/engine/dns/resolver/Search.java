// Above 500 lines: one search; each turn shares what was asked and found before.
package wirebook.engine.dns.resolver;

import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DNAMERecord;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;
import wirebook.engine.dns.DnsName;
import wirebook.engine.dns.Inet;
import wirebook.engine.dns.RecordType;
import wirebook.net.NetworkClock;

/** The work for one question of a client. Long, as its bounds hold for all inner walks together. */
final class Search {
  private static final int LONGEST_CHAIN = 12;
  private static final int MOST_REFERRALS = 40;

  /** Queries for one question, all inner walks counted. */
  private static final int MOST_QUERIES = 100;

  /**
   * Work for one question. BIND's resolver-query-timeout is 10 s; a little less, so that a client
   * who asks twice with 5 s of patience hears of the failure and not of silence.
   */
  private static final Duration LONGEST = Duration.ofMillis(9_500);

  /** So long a client waits before it gets what has run out (RFC 8767, 5). */
  private static final Duration STALE_AFTER = Duration.ofMillis(1_800);

  /** RFC 9156, 2.3: so many names with less than all labels are tried, the rest at once. */
  private static final int MOST_MINIMISED = 10;

  /** So many silent servers make one think of a blocked port. */
  private static final int BLOCKED = 3;

  /**
   * What all searches of a resolver have in common.
   *
   * @param onLoopback whether all servers may be on this machine: it is a test bench
   */
  record Shared(
      Delegation hints,
      Resolver.Options options,
      Upstream upstream,
      NetworkClock clock,
      RandomGenerator ids,
      Queries queries,
      Cache cache,
      Servers servers,
      Denials denials,
      boolean onLoopback,
      AtomicBoolean heard) {}

  record Result(int rcode, List<RecordSet> answer, List<RecordSet> authority) {
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
  static final class LimitException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    final String limit;
    final transient ExtendedError error;

    LimitException(String message, ExtendedError error) {
      super(message, null, false, false);
      limit = message;
      this.error = error;
    }
  }

  /** A server, under the name that a delegation gives it. */
  record Target(Name name, InetAddress address) {}

  /** What came of asking a zone's servers. */
  sealed interface Got {
    record Reply(Verdict verdict, Message message, Target target) implements Got {
      String origin(Name zone) {
        return target.name + " (" + Inet.text(target.address) + ") for " + zone;
      }
    }

    /**
     * @param explained whether the servers themselves said why
     */
    record Nothing(String why, boolean explained) implements Got {}
  }

  private final Shared shared;
  private final Resolver.Options options;
  private final Delegation hints;
  private final NetworkClock clock;
  private final Cache cache;
  private final Denials denials;
  private final long begun;
  final Set<Question> underWay = new HashSet<>();
  final SequencedSet<ExtendedError> errors = new LinkedHashSet<>();
  int queries;
  int mute;
  boolean blocked;
  boolean stale;
  private Duration longest = LONGEST;
  Duration waited = Duration.ZERO;

  Search(Shared shared, long begun) {
    this.shared = shared;
    options = shared.options();
    hints = shared.hints();
    clock = shared.clock();
    cache = shared.cache();
    denials = shared.denials();
    this.begun = begun;
  }

  void check() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    if (queries >= MOST_QUERIES) {
      throw limit("more than " + MOST_QUERIES + " queries for one question");
    }
    if (options.has(Resolver.Feature.NOTICE_BLOCKED) && !shared.heard().get() && mute >= BLOCKED) {
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
  Duration left() {
    return longest.minusNanos(clock.nanoTime() - begun);
  }

  /** What has run out, and is better than nothing (RFC 8767, 4). */
  Optional<Result> stale(Question question, List<Step> steps) {
    if (!options.has(Resolver.Feature.SERVE_STALE)) {
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
          return stopped("the aliases lead back to " + now.name(), steps);
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
      return stopped("more than " + LONGEST_CHAIN + " aliases in a row", steps);
    } finally {
      underWay.remove(question);
    }
  }

  /** All servers answered, and it is no answer (RFC 8914, 4.1). */
  private Result stopped(String why, List<Step> steps) {
    steps.add(new Step.Stopped(why));
    errors.add(new ExtendedError(ExtendedErrorCodeOption.OTHER, why));
    return Result.FAILED;
  }

  /** The answer for one name, out of the cache or by a walk. */
  private Verdict one(Question question, int depth, List<Step> steps) throws InterruptedException {
    Optional<Verdict> known = cached(question, steps);
    if (known.isPresent()) {
      return known.get();
    }
    Optional<Cache.Content> denied =
        options.has(Resolver.Feature.AGGRESSIVE) ? denials.find(question) : Optional.empty();
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
    if (depth == 0
        && options.has(Resolver.Feature.SERVE_STALE)
        && cache.findStale(question).isPresent()) {
      longest = STALE_AFTER;
    }
    Verdict verdict = walk(question, depth, steps);
    for (RecordSet set : Verdict.chain(verdict)) {
      Name target =
          set.records().getFirst() instanceof CNAMERecord alias
              ? alias.getTarget()
              : ((DNAMERecord) set.records().getFirst()).getTarget();
      steps.add(
          new Step.Followed(
              Question.dnsName(set.name()), new RecordType(set.type()), Question.dnsName(target)));
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
        hit(dname.get(), set.name() + " DNAME " + set.records().getFirst().rdataToString(), steps);
        return Optional.of(Verdict.renamed(question.name(), set, true));
      }
    }
    return Optional.empty();
  }

  private static void hit(Cache.Found found, String what, List<Step> steps) {
    steps.add(new Step.Hit(what, found.credibility(), found.origin(), found.left()));
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
  private Verdict walk(Question question, int depth, List<Step> steps) throws InterruptedException {
    // DS is the parent's (RFC 4035, 3.1.4.1): the zone's own servers are not asked.
    boolean ofParent = question.type() == Type.DS && question.name().labels() > 1;
    Name start = ofParent ? new Name(question.name(), 1) : question.name();
    Delegation delegation = closest(start, question, depth, steps);
    Name known = delegation.zone();
    boolean minimise = options.has(Resolver.Feature.MINIMISE);
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
              question.asked(),
              Question.dnsName(delegation.zone()),
              delegation.servers().size(),
              known.get().origin()));
      return delegation;
    }
    steps.add(
        new Step.Start(question.asked(), DnsName.ROOT, hints.servers().size(), "the root hints"));
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
            .ifPresent(a -> glue.computeIfAbsent(record.getName(), _ -> new ArrayList<>()).add(a));
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

  Got ask(Delegation delegation, Question sent, boolean minimised, int depth, List<Step> steps)
      throws InterruptedException {
    return new Asking(this, shared, delegation, sent, minimised, depth, steps).run();
  }

  private static Name ancestor(Name name, int labels) {
    return new Name(name, name.labels() - labels);
  }
}
