package wirebook.engine.dns.resolver;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.Set;
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
import wirebook.engine.dns.RecordType;

/** The work for one question of a client. */
final class Search {
  private static final int LONGEST_CHAIN = 12;
  private static final int MOST_REFERRALS = 40;

  /** RFC 9156, 2.3: so many names with less than all labels are tried, the rest at once. */
  private static final int MOST_MINIMISED = 10;

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

  private final Means means;
  private final Budget budget;
  private final Cache cache;
  boolean stale;

  Search(Means means, Budget budget) {
    this.means = means;
    this.budget = budget;
    cache = means.cache();
  }

  /** What has run out, and is better than nothing (RFC 8767, 4). */
  Optional<Result> stale(Question question, List<Step> steps) {
    if (!means.has(Feature.SERVE_STALE)) {
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
    budget.errors.addFirst(
        new ExtendedError(
            none
                ? ExtendedErrorCodeOption.STALE_NXDOMAIN_ANSWER
                : ExtendedErrorCodeOption.STALE_ANSWER,
            ""));
    return Optional.of(Result.of(found.get().content()));
  }

  /** The answer to a question, aliases followed. */
  Result look(Question question, int depth, List<Step> steps) throws InterruptedException {
    if (!budget.underWay.add(question)) {
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
      budget.underWay.remove(question);
    }
  }

  /** All servers answered, and it is no answer (RFC 8914, 4.1). */
  private Result stopped(String why, List<Step> steps) {
    steps.add(new Step.Stopped(why));
    budget.errors.add(new ExtendedError(ExtendedErrorCodeOption.OTHER, why));
    return Result.FAILED;
  }

  /** The answer for one name, out of the cache or by a walk. */
  private Verdict one(Question question, int depth, List<Step> steps) throws InterruptedException {
    Optional<Verdict> known = cached(question, steps);
    if (known.isPresent()) {
      return known.get();
    }
    Optional<Cache.Content> denied =
        means.has(Feature.AGGRESSIVE) ? means.denials().find(question) : Optional.empty();
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
    if (depth == 0 && means.has(Feature.SERVE_STALE) && cache.findStale(question).isPresent()) {
      budget.hurry();
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
        return Optional.of(Verdict.renamed(question, set, true));
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
    boolean minimise = means.has(Feature.MINIMISE);
    int minimised = 0;
    for (int referrals = 0; referrals < MOST_REFERRALS; ) {
      budget.check();
      int more = question.name().labels() - known.labels();
      boolean less = minimise && more > 1 && minimised < MOST_MINIMISED;
      Question sent =
          less ? new Question(ancestor(question.name(), known.labels() + 1), Type.A) : question;
      if (less) {
        minimised++;
      }
      Asking.Got got = ask(delegation, sent, less, depth, steps);
      if (got instanceof Asking.Got.Nothing nothing) {
        if (less) {
          steps.add(new Step.Note("so the whole name is asked for"));
          minimise = false;
          continue;
        }
        steps.add(new Step.Stopped(nothing.why()));
        if (!nothing.explained()) {
          budget.errors.add(
              new ExtendedError(
                  ExtendedErrorCodeOption.NO_REACHABLE_AUTHORITY,
                  "at delegation " + delegation.zone()));
        }
        return new Verdict.Useless(nothing.why());
      }
      Asking.Got.Reply reply = (Asking.Got.Reply) got;
      String origin = reply.origin(delegation.zone());
      switch (reply.verdict()) {
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
            throw new IllegalStateException("not an answer: " + reply.verdict());
      }
    }
    steps.add(new Step.Stopped("more than " + MOST_REFERRALS + " referrals"));
    return new Verdict.Useless("too many referrals");
  }

  private void keep(
      List<RecordSet> sets, boolean authoritative, String origin, List<RecordSet> proof) {
    Credibility credibility = authoritative ? Credibility.AUTHORITATIVE : Credibility.ANSWER;
    boolean made = sets.stream().anyMatch(s -> s.type() == Type.DNAME);
    // A CNAME that a DNAME makes is made anew each time: without the DNAME nothing proves it (RFC
    // 6672, 5.3.1).
    sets.stream()
        .filter(s -> !made || s.type() != Type.CNAME)
        .forEach(s -> cache.put(s, credibility, origin, proof));
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
        new Step.Start(
            question.asked(), DnsName.ROOT, means.hints().servers().size(), "the root hints"));
    Question rootServers = new Question(Name.root, Type.NS);
    if (question.equals(rootServers)) {
      return means.hints();
    }
    // RFC 8109: the hints only serve to ask the root for its present servers.
    Asking.Got got = ask(means.hints(), rootServers, false, depth, steps);
    if (got instanceof Asking.Got.Reply reply && reply.verdict() instanceof Verdict.Answer answer) {
      Delegation root = primed(answer, reply.message());
      cache.put(root, answer.sets().getFirst().ttl(), reply.origin(Name.root));
      keep(answer.sets(), answer.authoritative(), reply.origin(Name.root), List.of());
      return root;
    }
    steps.add(new Step.Note("the root does not say who serves it: the hints have to do"));
    return means.hints();
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
          List<InetAddress> hinted = means.hints().glue().get(n);
          if (hinted != null) {
            glue.putIfAbsent(n, hinted);
          }
        });
    return new Delegation(Name.root, names, glue, new LinkedHashMap<>(), List.of());
  }

  private Asking.Got ask(
      Delegation delegation, Question sent, boolean minimised, int depth, List<Step> steps)
      throws InterruptedException {
    return new Asking(means, budget, this::addresses, delegation, sent, minimised, depth, steps)
        .run();
  }

  private List<InetAddress> addresses(Question question, int depth, List<Step> steps)
      throws InterruptedException {
    return Verdict.addresses(look(question, depth, steps).answer);
  }

  private static Name ancestor(Name name, int labels) {
    return new Name(name, name.labels() - labels);
  }
}
