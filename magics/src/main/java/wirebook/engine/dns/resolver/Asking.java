package wirebook.engine.dns.resolver;

import java.io.IOException;
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
import java.util.Set;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;
import wirebook.engine.dns.Inet;
import wirebook.engine.dns.resolver.Candidates.Addresses;
import wirebook.engine.dns.resolver.Candidates.Target;
import wirebook.trace.Bytes;

/** One question to the servers of one zone, until one of them says something useful. */
final class Asking {
  /** What came of asking a zone's servers. */
  sealed interface Got {
    record Reply(Verdict verdict, Message message, Target target) implements Got {
      String origin(Name zone) {
        return target.name() + " (" + Inet.text(target.address()) + ") for " + zone;
      }
    }

    /**
     * @param explained whether the servers themselves said why
     */
    record Nothing(String why, boolean explained) implements Got {}
  }

  private static final Duration FIRST_TIMEOUT = Duration.ofMillis(800);
  private static final Duration SECOND_TIMEOUT = Duration.ofMillis(1600);
  private static final Duration TCP_TIMEOUT = Duration.ofSeconds(3);

  /** Servers that fail on a minimised name before the whole name is asked for. */
  private static final int MINIMISED_FAILURES = 2;

  /** Servers that give an empty reply without a SOA before it is believed. */
  private static final int EMPTY_REPLIES = 3;

  private final Means means;
  private final Budget budget;
  private final Addresses inner;
  private final Servers servers;
  private final Delegation delegation;
  private final Question sent;
  private final boolean minimised;
  private final int depth;
  private final List<Step> steps;
  private final Candidates candidates;
  private final List<Target> silent = new ArrayList<>();
  private final List<Target> recursive = new ArrayList<>();
  private final Set<ExtendedError> explained = new HashSet<>();
  private Optional<Got> empty = Optional.empty();
  private int empties;
  private int failures;
  private String why = "no server of it has a known address";

  Asking(
      Means means,
      Budget budget,
      Addresses inner,
      Delegation delegation,
      Question sent,
      boolean minimised,
      int depth,
      List<Step> steps) {
    this.means = means;
    this.budget = budget;
    this.inner = inner;
    servers = means.servers();
    this.delegation = delegation;
    this.sent = sent;
    this.minimised = minimised;
    this.depth = depth;
    this.steps = steps;
    candidates = new Candidates(means, budget, inner, delegation, sent, depth, steps);
  }

  Got run() throws InterruptedException {
    Optional<Got> got = inTurn();
    if (got.isEmpty() && !minimised) {
      got = all(silent, false);
    }
    if (got.isEmpty()) {
      got = empty;
    }
    for (Name name : delegation.foreignGlue().keySet()) {
      if (got.isEmpty()) {
        List<InetAddress> glue = delegation.foreignGlue().getOrDefault(name, List.of());
        got = askAt(name, glue, "the glue that was not the parent's to know");
      }
    }
    for (Name name : minimised ? new LinkedHashSet<Name>() : delegation.servers()) {
      if (got.isEmpty()) {
        got = askAt(name, glueAbove(name), "glue of a zone above it");
      }
      if (got.isEmpty()) {
        got = askAt(name, candidates.otherFamily(name), "its other addresses");
      }
    }
    if (got.isEmpty()) {
      got = all(recursive, true);
    }
    return got.orElseGet(
        () ->
            new Got.Nothing(
                "no server of " + delegation.zone() + " gave an answer: " + why, false));
  }

  /** One after the other, the best first. */
  private Optional<Got> inTurn() throws InterruptedException {
    while (true) {
      int lames = candidates.lames();
      Optional<Target> next = candidates.next(minimised && failures > 0);
      why = candidates.lames() > lames ? "some were found lame before" : why;
      if (next.isEmpty()) {
        return Optional.empty();
      }
      candidates.take(next.get().address());
      Optional<Got> got = attempt(next.get(), FIRST_TIMEOUT, false);
      if (got.isPresent()) {
        return got;
      }
      if (minimised && failures >= MINIMISED_FAILURES) {
        return Optional.of(new Got.Nothing(why, false));
      }
    }
  }

  private Optional<Got> all(List<Target> targets, boolean recurse) throws InterruptedException {
    for (Target target : targets) {
      Optional<Got> got = attempt(target, SECOND_TIMEOUT, recurse);
      if (got.isPresent()) {
        return got;
      }
    }
    return Optional.empty();
  }

  private Optional<Got> askAt(Name name, List<InetAddress> addresses, String which)
      throws InterruptedException {
    for (InetAddress address : addresses) {
      if (candidates.isAskable(name, address) && candidates.take(address)) {
        steps.add(new Step.Note("all else failed: " + name + " is asked at " + which));
        Optional<Got> got = attempt(new Target(name, address), FIRST_TIMEOUT, false);
        if (got.isPresent()) {
          return got;
        }
      }
    }
    return Optional.empty();
  }

  /**
   * Where a parent says that a server is: its own zone may say something else, or be out of reach.
   */
  private List<InetAddress> glueAbove(Name name) throws InterruptedException {
    List<InetAddress> glue = means.cache().glueOf(name);
    if (!glue.isEmpty()
        || !name.subdomain(delegation.zone())
        || delegation.zone().equals(Name.root)
        || !candidates.addresses(name).isEmpty()
        || !budget.underWay.add(new Question(name, Type.A))) {
      return glue;
    }
    try {
      Optional<Cache.FoundCut> parent = means.cache().closest(new Name(delegation.zone(), 1));
      if (parent.isEmpty() || depth >= Candidates.DEEPEST) {
        return List.of();
      }
      Question question = new Question(name, Type.A);
      List<Step> walk = new ArrayList<>();
      Got got = asking(parent.get(), question, walk).run();
      Name wanted = name;
      if (got instanceof Got.Reply reply && reply.verdict() instanceof Verdict.Alias alias) {
        wanted = alias.target();
        got = asking(parent.get(), new Question(wanted, Type.A), walk).run();
      }
      steps.add(new Step.Walk(question.asked(), "the glue that was left out", walk));
      return got instanceof Got.Reply reply ? addressesIn(reply, wanted) : List.of();
    } finally {
      budget.underWay.remove(new Question(name, Type.A));
    }
  }

  private Asking asking(Cache.FoundCut parent, Question question, List<Step> walk) {
    return new Asking(means, budget, inner, parent.delegation(), question, false, depth + 1, walk);
  }

  private static List<InetAddress> addressesIn(Got.Reply reply, Name name) {
    return switch (reply.verdict()) {
      case Verdict.Answer answer -> Verdict.addresses(answer.sets());
      case Verdict.Referral referral -> referral.delegation().glue().getOrDefault(name, List.of());
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

  /** Asks one server; empty when the next one has to be asked. */
  private Optional<Got> attempt(Target target, Duration timeout, boolean recurse)
      throws InterruptedException {
    String reason = recurse ? "as a last resort, with recursion" : reason(target);
    boolean edns = !servers.isPlain(target.address());
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
          exchange(target, Upstream.Transport.UDP, false, timeout, recurse, "again without EDNS");
      if (reply.isPresent() && !dislikesEdns(reply.get())) {
        servers.plain(target.address());
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
    Optional<Duration> roundTrip = servers.roundTrip(target.address());
    if (servers.isDead(target.address())) {
      return "which was silent, for want of another";
    }
    if (roundTrip.isPresent()) {
      return String.format(
          Locale.ROOT, "the quickest known (%.1f ms)", roundTrip.get().toNanos() / 1_000_000.0);
    }
    return candidates.taken() == 1
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
          servers.lame(target.address(), delegation.zone(), sent.type());
        }
        why = lame.why();
      }
      case Verdict.Useless useless -> {
        Optional<ExtendedError> error = explanation(reply);
        why = useless.why() + error.map(e -> ": " + e.text()).orElse("");
        if (error.isPresent()) {
          budget.errors.add(error.get());
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
        steps.add(new Step.Note("an empty reply without a SOA record: another server is asked"));
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
    refused.forEach(r -> byReason.computeIfAbsent(r.why(), _ -> new ArrayList<>()).add(r.record()));
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
    budget.check();
    budget.queries++;
    boolean mixed = means.has(Feature.MIX_CASE);
    Bytes query = means.queries().query(sent, edns, recurse, mixed);
    Duration patience = timeout.compareTo(budget.left()) < 0 ? timeout : budget.left();
    Upstream.Outcome outcome =
        means
            .upstream()
            .ask(target.address(), transport, query, patience, Queries.answers(query, mixed));
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
        servers.answered(target.address(), took);
        means.heard().set(true);
        try {
          message = Optional.of(new Message(Queries.asAsked(replied.reply(), query, sent)));
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
        result = new Step.Result.Silence();
        why = "no answer from " + target.name();
        if (timeout.equals(FIRST_TIMEOUT) && !silent.contains(target)) {
          silent.add(target);
        }
        servers.silent(target.address());
        budget.mute++;
      }
      case Upstream.Outcome.Unreachable(String cause) -> {
        result = new Step.Result.Failure(cause);
        why = target.name() + ": " + cause;
        servers.silent(target.address());
      }
    }
    budget.waited = budget.waited.plus(took);
    steps.add(
        new Step.Asked(
            Question.dnsName(delegation.zone()),
            Question.dnsName(target.name()),
            target.address(),
            transport,
            sent.asked(),
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

  private static Step.Result result(Verdict verdict) {
    return switch (verdict) {
      case Verdict.Answer answer ->
          new Step.Result.Answer(
              answer.sets().stream().mapToInt(s -> s.records().size()).sum(),
              answer.authoritative());
      case Verdict.Alias alias -> new Step.Result.Alias(Question.dnsName(alias.target()));
      case Verdict.TooLong _ -> new Step.Result.Failure("an alias that is too long");
      case Verdict.NoName _ -> new Step.Result.Denial(true);
      case Verdict.NoData none ->
          none.unfounded()
              ? new Step.Result.Failure("nothing, and no SOA record")
              : new Step.Result.Denial(false);
      case Verdict.Referral(Delegation to, long _) ->
          new Step.Result.Referral(
              Question.dnsName(to.zone()), to.servers().size(), to.addresses());
      case Verdict.Lame lame -> new Step.Result.Failure("lame: " + lame.why());
      case Verdict.Recursive _ ->
          new Step.Result.Failure("not authoritative: it answers out of a cache");
      case Verdict.Useless useless -> new Step.Result.Failure(useless.why());
    };
  }
}
